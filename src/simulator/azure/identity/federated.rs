//! Federated credentials: whose tokens an identity takes for its own. One is written at a time.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::super::arm::{Arm, Asked, Kind, Outcome, group_of, page};
use super::super::id::Id;
use super::super::shape::{Member, Shape, check, must};
use super::check_name;
use crate::clock::Timestamp;
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;

pub(super) const KIND: Kind = Kind {
    name: "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
    since: "2022-01-31-preview",
    get,
    put: Some(put),
    patch: None,
    delete: Some(delete),
    others: &[],
};

const PROPERTIES: &[Member] =
    &[must("issuer", Shape::Text), must("subject", Shape::Text), must("audiences", Shape::List(&Shape::Text))];
const BODY: &[Member] = &[must("properties", Shape::Structure(PROPERTIES))];

/// An identity has no more of them.
const MOST: usize = 20;
/// No issuer, subject or audience is longer.
const LONGEST: usize = 600;
/// Until one is written, which is when it is answered.
const TAKES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3));
/// From then until Entra goes by it.
const IN_FORCE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(20));
/// A hidden member: when Entra goes by it, in milliseconds.
const FROM: &str = "in_force_ms";

fn put(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, BODY)?;
    check_name(asked.id.name(), (3, 120))?;
    let identity = identity(arm, asked)?;
    let properties = asked.properties();
    check_values(&Json::Object(properties.clone()))?;
    let others = others(arm, &identity, &asked.id);
    if others.iter().any(|other| is_same(other, &Json::Object(properties.clone()))) {
        let text = "Issuer and subject combination already exists for this Managed Identity.";
        return Err(Refusal::new(409, "Conflict", text));
    }
    let is_new = arm.object(&asked.id).is_none();
    if is_new && others.len() >= MOST {
        let text =
            format!("There are {MOST} Federated Identity Credentials, which is as many as an identity can have.");
        return Err(Refusal::new(400, "BadRequest", text));
    }
    let takes = write(arm, &identity, asked)?;
    let mut credential = Object::new(json!({
        "id": asked.id.path(), "name": asked.id.name(), "type": KIND.name, "properties": properties,
    }));
    let from = arm.now() + takes + arm.world.delay(&format!("force/{}", asked.id.key()), IN_FORCE.0, IN_FORCE.1);
    credential.hidden.insert(FROM.to_owned(), milliseconds(from).into());
    arm.put_late(&asked.id, &credential, takes);
    Ok(Outcome::new(if is_new { 201 } else { 200 }, credential.answer()).taking(takes))
}

fn check_values(properties: &Json) -> Result<(), Refusal> {
    let text = |name: &str| properties.get(name).and_then(Json::as_str).unwrap_or_default();
    let audiences = properties.get("audiences").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let why = if !text("issuer").starts_with("https://") || text("issuer").len() > LONGEST {
        "The issuer has to be an https URL of at most 600 characters."
    } else if text("subject").is_empty() || text("subject").len() > LONGEST {
        "The subject has to have 1 to 600 characters."
    } else if audiences.len() != 1 {
        "Exactly one audience has to be given."
    } else if audiences.iter().filter_map(Json::as_str).any(|audience| audience.is_empty() || audience.len() > LONGEST)
    {
        "An audience has to have 1 to 600 characters."
    } else {
        return Ok(());
    };
    Err(Refusal::new(400, "BadRequest", format!("The request format was unexpected. {why}")))
}

/// The identity it is of.
fn identity(arm: &Arm<'_>, asked: &Asked) -> Result<Id, Refusal> {
    group_of(arm, &asked.id)?;
    let identity = asked.id.parent();
    if arm.object(&identity).is_some() {
        return Ok(identity);
    }
    let text = format!(
        "Failed to perform '{}' on resource(s) of type 'userAssignedIdentities/federatedIdentityCredentials', because \
         the parent resource '{}' could not be found.",
        if asked.method == http::Method::GET { "read" } else { "write" },
        identity.path()
    );
    Err(Refusal::new(404, "ParentResourceNotFound", text))
}

/// Those of the identity beside this one.
fn others(arm: &Arm<'_>, identity: &Id, id: &Id) -> Vec<Object> {
    let below = format!("{}/federatedidentitycredentials/", identity.key());
    let all = arm.world.list::<Object>(&below).into_iter();
    all.filter(|(name, _)| !name.eq_ignore_ascii_case(id.name())).map(|(_, object)| object).collect()
}

fn is_same(credential: &Object, properties: &Json) -> bool {
    ["issuer", "subject"].iter().all(|name| Some(credential.inner(&["properties", name])) == properties.get(name))
}

/// Begins to write to an identity; how long that takes.
fn write(arm: &mut Arm<'_>, identity: &Id, asked: &Asked) -> Result<Duration, Refusal> {
    let key = format!("azure/memory/federated/{}", identity.key());
    if arm.world.get::<u64>(&key).is_some_and(|until| milliseconds(arm.now()) < until) {
        let text = format!(
            "Too many Federated Identity Credentials are written concurrently for the managed identity '{}'. \
             Concurrent Federated Identity Credentials writes under the same managed identity are not supported.",
            identity.path().to_lowercase()
        );
        let code = "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity";
        return Err(Refusal::new(409, code, text));
    }
    let takes = arm.world.delay(&format!("write/{}", asked.id.key()), TAKES.0, TAKES.1);
    arm.world.put(&key, &milliseconds(arm.now() + takes));
    Ok(takes)
}

fn get(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    identity(arm, asked)?;
    match arm.shown(&asked.id) {
        Some(credential) => Ok(Outcome::new(200, credential.answer())),
        None => {
            let text = format!("The Federated Identity Credential '{}' was not found.", asked.id.name());
            Err(Refusal::new(404, "NotFound", text))
        }
    }
}

fn delete(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let identity = identity(arm, asked)?;
    if arm.object(&asked.id).is_none() {
        return Ok(Outcome::empty(204));
    }
    let takes = write(arm, &identity, asked)?;
    arm.remove(&asked.id);
    Ok(Outcome::empty(200).taking(takes))
}

/// Those of one identity.
pub(super) fn list(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let identity = Id { last: None, ..asked.id.clone() };
    if arm.object(&identity).is_none() {
        return Err(super::super::arm::missing(arm, &identity));
    }
    let all = arm.list_shown(&identity, "federatedIdentityCredentials");
    Ok(page(all.iter().map(Object::answer)))
}

/// What a token of someone else says.
#[derive(Debug)]
pub(in super::super) struct Presented<'a> {
    pub(in super::super) issuer: &'a str,
    pub(in super::super) subject: &'a str,
    pub(in super::super) audiences: Vec<&'a str>,
}

/// What of a token no credential of an identity has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Unmatched {
    Issuer,
    Subject,
    Audience,
}

/// Whether a credential of the identity at this key is for such a token, byte for byte.
pub(in super::super) fn matched(arm: &Arm<'_>, identity: &str, presented: &Presented<'_>) -> Result<(), Unmatched> {
    let now = milliseconds(arm.now());
    let in_force =
        |credential: &Object| credential.hidden.get(FROM).and_then(Json::as_u64).is_some_and(|from| from <= now);
    let all = arm.world.list::<Object>(&format!("{identity}/federatedidentitycredentials/"));
    let mut left: Vec<Object> = all.into_iter().map(|(_, object)| object).filter(in_force).collect();
    left.retain(|credential| credential.inner(&["properties", "issuer"]) == presented.issuer);
    if left.is_empty() {
        return Err(Unmatched::Issuer);
    }
    left.retain(|credential| credential.inner(&["properties", "subject"]) == presented.subject);
    if left.is_empty() {
        return Err(Unmatched::Subject);
    }
    let takes = |credential: &Object| {
        let audiences = credential.inner(&["properties", "audiences"]).as_array();
        let mut audiences = audiences.into_iter().flatten().filter_map(Json::as_str);
        audiences.any(|audience| presented.audiences.contains(&audience))
    };
    if left.iter().any(takes) { Ok(()) } else { Err(Unmatched::Audience) }
}

fn milliseconds(time: Timestamp) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
