//! OIDC providers: whose tokens may act as roles.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::input::{self, date, exists, invalid, limit, missing};
use super::key;
use super::lateness::{self, REACHED, now_ms};
use super::tags::{self, Tags};
use crate::simulator::World;
use crate::simulator::aws::query::{Parameters, element, list, nested};
use crate::simulator::aws::{Caller, Refusal};

const KIND: &str = "oidc-provider";
const MOST_CLIENTS: usize = 100;
const MOST_THUMBPRINTS: usize = 5;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Provider {
    /// Without its scheme.
    url: String,
    clients: Vec<String>,
    thumbprints: Vec<String>,
    created_ms: u64,
    tags: Tags,
}

fn arn(account: &str, url: &str) -> String {
    format!("arn:aws:iam::{account}:{KIND}/{url}")
}

/// The URL of a request, without its scheme and without a slash at its end.
fn url(parameters: &Parameters) -> Result<String, Refusal> {
    let text = input::sized(parameters, "Url", 1, 255)?;
    let wrong = || Refusal::new(400, "ValidationError", "Invalid Open ID Connect Provider URL");
    let rest = text.strip_prefix("https://").ok_or_else(wrong)?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let host = rest.split('/').next().unwrap_or_default();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    let named = host.contains('.') && host.bytes().all(fits) && !host.starts_with('.') && !host.ends_with('.');
    match named && rest.bytes().all(|byte| byte.is_ascii_graphic()) && !rest.contains(['?', '#']) {
        true => Ok(rest.to_owned()),
        false => Err(wrong()),
    }
}

fn thumbprints(parameters: &Parameters) -> Result<Vec<String>, Refusal> {
    let given = parameters.texts("ThumbprintList");
    if given.len() > MOST_THUMBPRINTS {
        return Err(invalid(format!("Thumbprint list must contain fewer than {MOST_THUMBPRINTS} entries.")));
    }
    if given.iter().any(|thumbprint| thumbprint.len() != 40) {
        return Err(input::validation("thumbprintList", "Member must have length equal to 40"));
    }
    match given.iter().all(|thumbprint| thumbprint.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        true => Ok(given.iter().map(|thumbprint| thumbprint.to_lowercase()).collect()),
        false => Err(invalid("Thumbprint list must contain only hexadecimal thumbprints.")),
    }
}

fn client(id: &str) -> Result<(), Refusal> {
    match (1..=255).contains(&id.chars().count()) {
        true => Ok(()),
        false => Err(input::validation("clientID", "Member must have length between 1 and 255")),
    }
}

fn too_many_clients() -> Refusal {
    limit(format!("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {MOST_CLIENTS}"))
}

/// What IAM takes from the provider's server when no thumbprint is given.
fn fetched(url: &str) -> String {
    let host = url.split('/').next().unwrap_or(url);
    Sha256::digest(host).iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

/// The key of the provider that a request names.
fn key_of(caller: &Caller, parameters: &Parameters) -> Result<(String, String), Refusal> {
    let given = input::arn(parameters, "OpenIDConnectProviderArn")?;
    match given.strip_prefix(&arn(&caller.account, "")) {
        Some(url) if !url.is_empty() => Ok((given.to_owned(), key(&caller.account, KIND, url))),
        _ => Err(invalid(format!("Invalid ARN: {given}"))),
    }
}

fn unknown(arn: &str) -> Refusal {
    missing(format!("OpenIDConnect Provider not found for arn {arn}"))
}

fn shown(world: &World, caller: &Caller, parameters: &Parameters) -> Result<Provider, Refusal> {
    let (arn, key) = key_of(caller, parameters)?;
    world.shown(&key).ok_or_else(|| unknown(&arn))
}

/// The provider a call wants to change, and its key: missing while the call does not reach it yet.
fn reached(world: &World, caller: &Caller, parameters: &Parameters) -> Result<(String, Provider), Refusal> {
    let (arn, key) = key_of(caller, parameters)?;
    let found = world.get(&key).filter(|provider: &Provider| REACHED.is_over(world, &key, provider.created_ms));
    found.map(|provider| (key, provider)).ok_or_else(|| unknown(&arn))
}

/// Changes a provider that the call reaches.
fn change(
    world: &mut World,
    caller: &Caller,
    parameters: &Parameters,
    how: impl FnOnce(&mut Provider) -> Result<(), Refusal>,
) -> Result<String, Refusal> {
    let (key, mut provider) = reached(world, caller, parameters)?;
    how(&mut provider)?;
    lateness::put(world, &key, &provider);
    Ok(String::new())
}

pub(super) fn create(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let url = url(parameters)?;
    let mut clients = parameters.texts("ClientIDList");
    clients.iter().try_for_each(|id| client(id))?;
    clients.sort();
    clients.dedup();
    if clients.len() > MOST_CLIENTS {
        return Err(too_many_clients());
    }
    let (mut thumbprints, tags) = (thumbprints(parameters)?, tags::given(parameters)?);
    let key = key(&caller.account, KIND, &url);
    if world.get::<Provider>(&key).is_some() {
        return Err(exists(format!("Provider with url https://{url} already exists.")));
    }
    if thumbprints.is_empty() {
        thumbprints.push(fetched(&url));
    }
    let provider = Provider { url, clients, thumbprints, created_ms: now_ms(world), tags };
    lateness::put(world, &key, &provider);
    let arn = element("OpenIDConnectProviderArn", &arn(&caller.account, &provider.url));
    Ok(arn + &tags::xml(&provider.tags))
}

fn members(name: &str, texts: &[String]) -> String {
    nested(name, &texts.iter().map(|text| element("member", text)).collect::<String>())
}

pub(super) fn get(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let provider = shown(world, caller, parameters)?;
    Ok([
        element("Url", &provider.url),
        members("ClientIDList", &provider.clients),
        members("ThumbprintList", &provider.thumbprints),
        date("CreateDate", provider.created_ms),
        tags::xml(&provider.tags),
    ]
    .concat())
}

pub(super) fn all(world: &mut World, caller: &Caller, _: &Parameters) -> Result<String, Refusal> {
    let providers = world.list_shown::<Provider>(&key(&caller.account, KIND, "")).into_iter();
    let entries = providers.map(|(_, provider)| element("Arn", &arn(&caller.account, &provider.url)));
    Ok(list("OpenIDConnectProviderList", entries))
}

pub(super) fn delete(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let (_, key) = key_of(caller, parameters)?;
    // The documentation: "it does not fail or return an error if you call the operation for a provider that does not
    // exist."
    if world.get::<Provider>(&key).is_some() {
        lateness::remove(world, &key);
    }
    Ok(String::new())
}

pub(super) fn set_thumbprints(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let given = thumbprints(parameters)?;
    if given.is_empty() {
        return Err(invalid("Thumbprint list must contain at least one entry."));
    }
    change(world, caller, parameters, |provider| {
        provider.thumbprints = given;
        Ok(())
    })
}

pub(super) fn add_client(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let id = parameters.required("ClientID")?;
    client(id)?;
    change(world, caller, parameters, |provider| {
        // Adding one that is there already changes nothing and is no error.
        if !provider.clients.iter().any(|present| present == id) {
            provider.clients.push(id.to_owned());
        }
        match provider.clients.len() > MOST_CLIENTS {
            true => Err(too_many_clients()),
            false => Ok(()),
        }
    })
}

pub(super) fn remove_client(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let id = parameters.required("ClientID")?;
    client(id)?;
    // Removing one that is not there is no error.
    change(world, caller, parameters, |provider| {
        provider.clients.retain(|present| present != id);
        Ok(())
    })
}

pub(super) fn tag(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    change(world, caller, parameters, |provider| tags::add(&mut provider.tags, parameters))
}

pub(super) fn untag(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    change(world, caller, parameters, |provider| tags::take(&mut provider.tags, parameters))
}

pub(super) fn tags(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    tags::listed(&shown(world, caller, parameters)?.tags, parameters)
}
