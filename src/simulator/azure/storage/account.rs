//! Accounts: made in the background, followed by an address that answers the account in the end; deleted at once.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use super::super::arm::{Arm, Asked, Outcome, found, group_of, set_property};
use super::super::everywhere;
use super::super::id::Id;
use super::super::operation::{self, Begun};
use super::super::resource_group::place;
use super::super::shape::{Member, Shape, check, may, must};
use super::queue;
use crate::simulator::fault::Twist;
use crate::simulator::object::{Object, map};
use crate::simulator::refusal::Refusal;
use crate::simulator::world::number;

const TYPE: &str = "Microsoft.Storage/storageAccounts";

const SKUS: &[&str] = &[
    "Standard_LRS",
    "Standard_GRS",
    "Standard_RAGRS",
    "Standard_ZRS",
    "Standard_GZRS",
    "Standard_RAGZRS",
    "Premium_LRS",
    "Premium_ZRS",
];
const SKU: &[Member] = &[must("name", Shape::Among(SKUS)), may("tier", Shape::Among(&["Standard", "Premium"]))];
const KINDS: Shape = Shape::Among(&["Storage", "StorageV2", "BlobStorage", "FileStorage", "BlockBlobStorage"]);
const PROPERTIES: &[Member] = &[
    may("accessTier", Shape::Among(&["Hot", "Cool", "Premium", "Cold"])),
    may("allowBlobPublicAccess", Shape::Bool),
    may("allowCrossTenantReplication", Shape::Bool),
    may("allowSharedKeyAccess", Shape::Bool),
    may("allowedCopyScope", Shape::Among(&["PrivateLink", "AAD"])),
    may("azureFilesIdentityBasedAuthentication", Shape::Any),
    may("customDomain", Shape::Any),
    may("defaultToOAuthAuthentication", Shape::Bool),
    may("dnsEndpointType", Shape::Among(&["Standard", "AzureDnsZone"])),
    may("enableExtendedGroups", Shape::Bool),
    may("encryption", Shape::Any),
    may("immutableStorageWithVersioning", Shape::Any),
    may("isHnsEnabled", Shape::Bool),
    may("isLocalUserEnabled", Shape::Bool),
    may("isNfsV3Enabled", Shape::Bool),
    may("isSftpEnabled", Shape::Bool),
    may("keyPolicy", Shape::Any),
    may("largeFileSharesState", Shape::Among(&["Disabled", "Enabled"])),
    may("minimumTlsVersion", Shape::Among(&["TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3"])),
    may("networkAcls", Shape::Any),
    may("publicNetworkAccess", Shape::Among(&["Enabled", "Disabled", "SecuredByPerimeter"])),
    may("routingPreference", Shape::Any),
    may("sasPolicy", Shape::Any),
    may("supportsHttpsTrafficOnly", Shape::Bool),
];
const BODY: &[Member] = &[
    must("location", Shape::Text),
    must("sku", Shape::Structure(SKU)),
    must("kind", KINDS),
    may("tags", Shape::TextMap),
    may("identity", Shape::Any),
    may("extendedLocation", Shape::Any),
    may("placement", Shape::Any),
    may("zones", Shape::List(&Shape::Text)),
    may("properties", Shape::Structure(PROPERTIES)),
];
const NAME: &[Member] = &[must("name", Shape::Text), must("type", Shape::Among(&[TYPE]))];
const CHANGE: &[Member] = &[
    may("sku", Shape::Structure(SKU)),
    may("kind", KINDS),
    may("tags", Shape::TextMap),
    may("identity", Shape::Any),
    may("properties", Shape::Structure(PROPERTIES)),
];

const MADE: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(40));

pub(super) fn get(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    Ok(Outcome::new(200, found(arm, &asked.id)?.answer()))
}

pub(super) fn list(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    Ok(everywhere::list(arm, asked, "storageAccounts"))
}

pub(super) fn check_name(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, NAME)?;
    let name = asked.body["name"].as_str().unwrap_or_default();
    let taken = match name_fits(name) {
        Err(refusal) => Some(("AccountNameInvalid", refusal.message().to_owned())),
        Ok(()) => everywhere::holder(arm, &[TYPE], name)
            .map(|_| ("AlreadyExists", format!("The storage account named {name} is already taken."))),
    };
    Ok(everywhere::availability(taken))
}

/// The account that something is in has to be there, and to be made.
pub(super) fn at_rest(arm: &Arm<'_>, id: &Id) -> Result<Object, Refusal> {
    group_of(arm, id)?;
    let mut above = id.clone();
    above.parts.truncate(1);
    let Some(account) = arm.object(&above) else {
        let text = format!(
            "Can not perform requested operation on nested resource. Parent resource '{}' not found.",
            above.name()
        );
        return Err(Refusal::new(404, "ParentResourceNotFound", text));
    };
    quiet(&account)?;
    Ok(account)
}

fn quiet(account: &Object) -> Result<(), Refusal> {
    match account.inner(&["properties", "provisioningState"]).as_str() {
        Some("Succeeded" | "Failed") => Ok(()),
        _ => {
            let text = format!(
                "An operation is currently performing on this storage account that requires exclusive access: {}.",
                account.text("name")
            );
            Err(Refusal::new(409, "StorageAccountOperationInProgress", text))
        }
    }
}

pub(super) fn put(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, BODY)?;
    group_of(arm, &asked.id)?;
    let name = asked.id.name().to_owned();
    name_fits(&name)?;
    let present = arm.object(&asked.id);
    match &present {
        Some(present) => {
            quiet(present)?;
            stays(present, &asked.body)?;
        }
        None => name_is_free(arm, asked, &name)?,
    }
    let mut account = account(arm, &asked.id, &asked.body, present.as_ref());
    let is_whole = present.is_some_and(|present| present.inner(&["properties", "provisioningState"]) == "Succeeded");
    if is_whole {
        set_property(&mut account, "provisioningState", "Succeeded");
        arm.put(&asked.id, &account);
        return Ok(Outcome::new(200, account.answer()));
    }
    let mut in_state = |state: &str| {
        set_property(&mut account, "provisioningState", state);
        json!({"properties": account.members.get("properties").cloned().unwrap_or_default()})
    };
    let (done, failed) = (map(in_state("Succeeded")), in_state("Failed"));
    in_state("Creating");
    let at = arm.after(&format!("put/{}/{}", asked.id.key(), arm.time()), MADE);
    account.become_or(arm.twist(), at, Some(done), failed);
    arm.put(&asked.id, &account);
    let failure = (arm.twist() == Some(Twist::Failed))
        .then(|| ("StorageAccountCreationFailed", "The storage account could not be created.".to_owned()));
    let ends = account.settles_at();
    let begun = Begun { ends, failure, result: Some(asked.id.clone()) };
    let ways = operation::begin(arm, &asked.id, account.text("location"), begun);
    Ok(Outcome::empty(202).with(ways.by_location()))
}

/// What is said is changed, and everything else stays.
pub(super) fn patch(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, CHANGE)?;
    let present = found(arm, &asked.id)?;
    quiet(&present)?;
    let is_sent = |members: &[Member], name: &str| members.iter().any(|member| member.name == name);
    let mut body: Map<String, Json> =
        present.members.clone().into_iter().filter(|(name, _)| is_sent(BODY, name)).collect();
    let mut properties = map(body.remove("properties").unwrap_or_default());
    properties.retain(|name, _| is_sent(PROPERTIES, name));
    properties.extend(asked.properties().into_iter().filter(|(_, value)| !value.is_null()));
    let said = asked.body.as_object().cloned().unwrap_or_default();
    body.extend(said.into_iter().filter(|(name, value)| name != "properties" && !value.is_null()));
    body.insert("properties".to_owned(), Json::Object(properties));
    let body = Json::Object(body);
    stays(&present, &body)?;
    let mut account = account(arm, &asked.id, &body, Some(&present));
    set_property(&mut account, "provisioningState", present.inner(&["properties", "provisioningState"]).clone());
    arm.put(&asked.id, &account);
    Ok(Outcome::new(200, account.answer()))
}

/// The account that a body describes, with what the service adds.
fn account(arm: &Arm<'_>, id: &Id, body: &Json, present: Option<&Object>) -> Object {
    let name = id.name();
    let location = place(body["location"].as_str().unwrap_or_default());
    let mut properties = map(json!({
        "accessTier": "Hot", "allowBlobPublicAccess": false, "allowCrossTenantReplication": false,
        "minimumTlsVersion": "TLS1_0", "publicNetworkAccess": "Enabled", "supportsHttpsTrafficOnly": true,
        "networkAcls": {"bypass": "AzureServices", "defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": []},
    }));
    let given = body.get("properties").and_then(Json::as_object).cloned().unwrap_or_default();
    properties.extend(given.into_iter().filter(|(_, value)| !value.is_null()));
    let created = present.map(|present| present.inner(&["properties", "creationTime"]).clone());
    let endpoint = |service: &str| format!("https://{name}.{service}.core.windows.net/");
    properties.extend(map(json!({
        "creationTime": created.unwrap_or_else(|| json!(arm.time())),
        "primaryLocation": location, "statusOfPrimary": "available",
        "primaryEndpoints": {
            "blob": endpoint("blob"), "queue": endpoint("queue"), "table": endpoint("table"), "file": endpoint("file"),
        },
    })));
    let sku = body["sku"]["name"].as_str().unwrap_or_default();
    let tier = if sku.starts_with("Premium") { "Premium" } else { "Standard" };
    let mut account = Object::new(json!({
        "id": id.path(), "name": name, "type": TYPE, "kind": body["kind"], "location": location,
        "sku": {"name": sku, "tier": tier},
        "tags": body.get("tags").filter(|tags| !tags.is_null()).cloned().unwrap_or_else(|| json!({})),
        "properties": properties,
    }));
    if let Some(identity) = body.get("identity").filter(|identity| !identity.is_null()) {
        account.set("identity", identity.clone());
    }
    account
}

fn name_is_free(arm: &Arm<'_>, asked: &Asked, name: &str) -> Result<(), Refusal> {
    let Some(holder) = everywhere::holder(arm, &[TYPE], name) else { return Ok(()) };
    let here = format!("azure/subscriptions/{}/", asked.id.subscription);
    Err(match holder.starts_with(&here) {
        true => {
            let text = format!("The account {name} is already in another resource group in this subscription.");
            Refusal::new(409, "StorageAccountInAnotherResourceGroup", text)
        }
        false => {
            let text = format!("The storage account named {name} is already taken.");
            Refusal::new(409, "StorageAccountAlreadyTaken", text)
        }
    })
}

fn name_fits(name: &str) -> Result<(), Refusal> {
    let fits = (3..=24).contains(&name.len())
        && name.chars().all(|character| character.is_ascii_lowercase() || character.is_ascii_digit());
    if fits {
        return Ok(());
    }
    let text = format!(
        "{name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only."
    );
    Err(Refusal::new(400, "AccountNameInvalid", text))
}

/// What cannot change in place.
fn stays(present: &Object, body: &Json) -> Result<(), Refusal> {
    let location = place(body["location"].as_str().unwrap_or_default());
    if present.text("location") != location {
        let text = format!(
            "The resource '{}' already exists in location '{}'. A resource with the same name cannot be created in location '{location}'.",
            present.text("name"),
            present.text("location")
        );
        return Err(Refusal::new(409, "InvalidResourceLocation", text));
    }
    let (was, now) = (present.inner(&["sku", "name"]).as_str().unwrap_or_default(), &body["sku"]["name"]);
    let now = now.as_str().unwrap_or_default();
    // Zones, and the kind of disk, are others: that takes a conversion, or a new account.
    let stand = |sku: &str| (sku.starts_with("Premium"), sku.ends_with("ZRS"));
    if stand(was) != stand(now) {
        let text = format!("Changing the sku from {was} to {now} is not supported by an update.");
        return Err(Refusal::new(409, "StorageAccountTypeConversionNotAllowed", text));
    }
    if present.text("kind") != body["kind"].as_str().unwrap_or_default() {
        return Err(Refusal::new(400, "AccountPropertyCannotBeUpdated", "The property 'kind' cannot be changed."));
    }
    let is_hierarchical = |enabled: &Json| *enabled == json!(true);
    let was = is_hierarchical(present.inner(&["properties", "isHnsEnabled"]));
    if was != is_hierarchical(&body["properties"]["isHnsEnabled"]) {
        let text = "The property 'isHnsEnabled' was specified in the input, but it cannot be updated.";
        return Err(Refusal::new(400, "AccountPropertyCannotBeUpdated", text));
    }
    Ok(())
}

pub(super) fn list_keys(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let account = found(arm, &Id { last: None, ..asked.id.clone() })?;
    quiet(&account)?;
    if account.inner(&["properties", "allowSharedKeyAccess"]) == &json!(false) {
        let text = "Key based authentication is not permitted on this storage account.";
        return Err(Refusal::new(403, "KeyBasedAuthenticationNotPermitted", text));
    }
    let key = |name: &str| {
        let seed = arm.world.seed().to_le_bytes();
        let of = account.text("id").to_lowercase();
        let parts = (0..8u8).map(|part| number(&[&seed, of.as_bytes(), name.as_bytes(), &[part]]));
        let bytes: Vec<u8> = parts.flat_map(u64::to_le_bytes).collect();
        json!({"keyName": name, "value": STANDARD.encode(bytes), "permissions": "FULL"})
    };
    Ok(Outcome::new(200, json!({"keys": [key("key1"), key("key2")]})))
}

pub(super) fn delete(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    match arm.object(&asked.id) {
        None => {
            group_of(arm, &asked.id)?;
            Ok(Outcome::empty(204))
        }
        Some(account) => {
            quiet(&account)?;
            arm.remove(&asked.id);
            queue::forget(arm, &asked.id);
            Ok(Outcome::empty(200))
        }
    }
}
