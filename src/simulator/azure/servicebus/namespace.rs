//! Namespaces: made, changed and taken away in minutes, with names that the whole of Azure shares.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::{Tier, bad, head, in_transit, keys, part, state};
use crate::simulator::azure::arm::{Arm, Asked, Outcome, found, group_of, missing, set_property};
use crate::simulator::azure::everywhere;
use crate::simulator::azure::id::Id;
use crate::simulator::azure::operation::{self, Begun};
use crate::simulator::azure::resource_group::place;
use crate::simulator::azure::shape::{Member, Shape, check, may, must};
use crate::simulator::fault::Twist;
use crate::simulator::object::{Object, map};
use crate::simulator::refusal::Refusal;

const TIERS: &[&str] = &["Basic", "Standard", "Premium"];
const SKU: &[Member] =
    &[must("name", Shape::Among(TIERS)), may("tier", Shape::Among(TIERS)), may("capacity", Shape::Integer(0, 64))];
const PROPERTIES: &[Member] = &[
    may("minimumTlsVersion", Shape::Among(&["1.0", "1.1", "1.2", "1.3"])),
    may("disableLocalAuth", Shape::Bool),
    may("publicNetworkAccess", Shape::Among(&["Enabled", "Disabled", "SecuredByPerimeter"])),
    may("zoneRedundant", Shape::Bool),
    may("premiumMessagingPartitions", Shape::Integer(0, 4)),
    may("encryption", Shape::Any),
    may("alternateName", Shape::Text),
    may("privateEndpointConnections", Shape::Any),
];
const IDENTITY: &[Member] = &[
    must("type", Shape::Among(&["SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned", "None"])),
    may("userAssignedIdentities", Shape::Any),
];
const BODY: &[Member] = &[
    must("location", Shape::Text),
    may("tags", Shape::TextMap),
    may("sku", Shape::Structure(SKU)),
    may("identity", Shape::Structure(IDENTITY)),
    may("properties", Shape::Structure(PROPERTIES)),
];
const CHANGE: &[Member] = &[
    may("location", Shape::Text),
    may("tags", Shape::TextMap),
    may("sku", Shape::Structure(SKU)),
    may("identity", Shape::Structure(IDENTITY)),
    may("properties", Shape::Structure(PROPERTIES)),
];
const NAME: &[Member] = &[must("name", Shape::Text)];

const MADE: (Duration, Duration) = (Duration::from_secs(45), Duration::from_secs(100));
const CHANGED: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(30));
const GONE: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(60));

pub(super) fn get(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    Ok(Outcome::new(200, found(arm, &asked.id)?.answer()))
}

/// Those of a group, or of the whole subscription.
pub(super) fn list(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let all = match &asked.id.group {
        Some(_) => {
            group_of(arm, &asked.id)?;
            arm.list_shown(&asked.id, "namespaces")
        }
        None => {
            let prefix = format!("azure/subscriptions/{}/", asked.id.subscription);
            let now = arm.now();
            let all = arm.world.list_shown::<Object>(&prefix).into_iter();
            let own = all.filter(|(key, _)| {
                key.rsplit_once('/').is_some_and(|(of, _)| of.ends_with("/microsoft.servicebus/namespaces"))
            });
            own.filter_map(|(_, object)| object.at(now)).collect()
        }
    };
    part(arm, asked, &all)
}

/// Whether a name can still be had.
pub(super) fn check_name(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, NAME)?;
    let name = asked.body["name"].as_str().unwrap_or_default();
    let taken = match (is_valid(name), everywhere::messaging_name_is_free(arm, name)) {
        (false, _) => Some(("InvalidName", "The name is not valid.".to_owned())),
        (true, taken) => taken.err().map(|refusal| ("NameInUse", refusal.message().to_owned())),
    };
    Ok(everywhere::availability(taken))
}

pub(super) fn put(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, BODY)?;
    group_of(arm, &asked.id)?;
    let name = asked.id.name();
    if !is_valid(name) {
        return Err(bad(format!("The specified service namespace '{name}' is invalid")));
    }
    let present = arm.object(&asked.id);
    match &present {
        Some(present) => may_change(present)?,
        None => everywhere::messaging_name_is_free(arm, name)?,
    }
    let wanted = wanted(arm, asked, present.as_ref())?;
    bring_about(arm, asked, present, wanted)
}

pub(super) fn patch(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, CHANGE)?;
    group_of(arm, &asked.id)?;
    let present = arm.object(&asked.id).ok_or_else(|| missing(arm, &asked.id))?;
    may_change(&present)?;
    let mut whole = Map::new();
    for name in ["location", "tags", "sku", "identity"] {
        let value = asked.body.get(name).filter(|value| !value.is_null()).or_else(|| present.members.get(name));
        whole.extend(value.map(|value| (name.to_owned(), value.clone())));
    }
    let mut properties = map(present.inner(&["properties"]).clone());
    properties.retain(|name, _| PROPERTIES.iter().any(|member| member.name == name));
    properties.extend(asked.properties().into_iter().filter(|(_, value)| !value.is_null()));
    whole.insert("properties".to_owned(), Json::Object(properties));
    let asked = Asked { body: Json::Object(whole), ..asked.clone() };
    let wanted = wanted(arm, &asked, Some(&present))?;
    bring_about(arm, &asked, Some(present), wanted)
}

pub(super) fn delete(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    group_of(arm, &asked.id)?;
    let Some(mut namespace) = arm.object(&asked.id) else { return Ok(Outcome::empty(204)) };
    let goes = state(&namespace) == "Deleting";
    // One that never gets anywhere can at least be taken away.
    if !goes && namespace.settles_at().is_some() {
        return Err(in_transit());
    }
    let ends = match (namespace.settles_at(), arm.twist()) {
        (Some(at), _) => Some(at),
        (None, Some(Twist::Stuck)) => None,
        (None, _) => Some(arm.after(&format!("delete/{}", asked.id.key()), GONE)),
    };
    let stays = map(namespace.answer());
    set_property(&mut namespace, "provisioningState", "Deleting");
    set_property(&mut namespace, "status", "Removing");
    let failed = !goes && arm.twist() == Some(Twist::Failed);
    if let Some(at) = ends.filter(|_| !goes) {
        namespace.settle(at, failed.then_some(stays));
    }
    arm.put(&asked.id, &namespace);
    let failure = failed.then(|| ("InternalError", "The namespace could not be removed.".to_owned()));
    let location = namespace.text("location").to_owned();
    let ways = operation::begin(arm, &asked.id, &location, Begun { ends, failure, result: None });
    Ok(Outcome::empty(202).with(ways.by_location()))
}

/// Something goes on with it until it has settled.
fn may_change(present: &Object) -> Result<(), Refusal> {
    if matches!(state(present), "Succeeded" | "Failed") { Ok(()) } else { Err(in_transit()) }
}

/// Stores what is wanted, and begins to bring it about. A change of tags needs no time.
fn bring_about(arm: &mut Arm<'_>, asked: &Asked, present: Option<Object>, wanted: Object) -> Result<Outcome, Refusal> {
    let id = &asked.id;
    let is_same = |present: &Object| {
        let of = |object: &Object| {
            let mut properties = object.inner(&["properties"]).clone();
            properties["updatedAt"] = Json::Null;
            (object.inner(&["sku"]).clone(), object.inner(&["identity"]).clone(), properties)
        };
        of(present) == of(&wanted)
    };
    if present.as_ref().is_some_and(is_same) {
        arm.put(id, &wanted);
        return Ok(Outcome::new(200, wanted.answer()));
    }
    let is_new = present.is_none();
    let (takes, now, status) =
        if is_new { (MADE, "Creating", "Creating") } else { (CHANGED, "Updating", "Activating") };
    let at = arm.after(&format!("put/{}", id.key()), takes);
    let (mut object, mut failed) = (wanted.clone(), wanted.clone());
    set_property(&mut object, "provisioningState", now);
    set_property(&mut object, "status", status);
    set_property(&mut failed, "provisioningState", "Failed");
    set_property(&mut failed, "status", "Unknown");
    object.become_or(arm.twist(), at, Some(wanted.members), failed.answer());
    arm.put(id, &object);
    if is_new {
        keys::put_root(arm, id);
    }
    let ends = (arm.twist() != Some(Twist::Stuck)).then_some(at);
    let failure = (arm.twist() == Some(Twist::Failed))
        .then(|| ("InternalError", format!("The namespace '{}' could not be provisioned.", id.name())));
    let location = object.text("location").to_owned();
    let ways = operation::begin(arm, id, &location, Begun { ends, failure, result: Some(id.clone()) });
    Ok(Outcome::new(if is_new { 201 } else { 202 }, object.answer()).with(ways.by_location()))
}

/// What will be there, with everything that the service fills in.
fn wanted(arm: &Arm<'_>, asked: &Asked, present: Option<&Object>) -> Result<Object, Refusal> {
    let (id, body) = (&asked.id, &asked.body);
    let (sku, tier, partitions) = sku(asked, present)?;
    let location = place(body["location"].as_str().unwrap_or_default());
    let given = asked.properties().into_iter().filter(|(_, value)| !value.is_null());
    let was = |name: &str| present.map(|present| present.inner(&["properties", name]).clone());
    let name = present.map_or(id.name(), |present| present.text("name")).to_owned();
    let mut properties = json!({
        "premiumMessagingPartitions": 0, "minimumTlsVersion": "1.2", "publicNetworkAccess": "Enabled",
        "disableLocalAuth": false, "zoneRedundant": false,
    });
    for (name, value) in given {
        properties[name] = value;
    }
    if properties["zoneRedundant"] == true && tier != Tier::Premium {
        return Err(bad("Zone redundancy is available in the Premium tier only"));
    }
    properties["premiumMessagingPartitions"] = partitions.into();
    properties["provisioningState"] = "Succeeded".into();
    properties["status"] = "Active".into();
    properties["createdAt"] = was("createdAt").unwrap_or_else(|| arm.time().into());
    properties["updatedAt"] = arm.time().into();
    properties["serviceBusEndpoint"] = format!("https://{name}.servicebus.windows.net:443/").into();
    properties["metricId"] = format!("{}:{}", id.subscription, name.to_lowercase()).into();
    if let Some(present) = present {
        if present.text("location") != location {
            let text = format!(
                "The resource '{name}' already exists in location '{}' in resource group '{}'. \
                 A resource with the same name cannot be created in location '{location}'.",
                present.text("location"),
                id.group.as_deref().unwrap_or_default()
            );
            return Err(Refusal::new(409, "InvalidResourceLocation", text));
        }
        for fixed in ["premiumMessagingPartitions", "zoneRedundant", "alternateName"] {
            if present.inner(&["properties", fixed]) != properties.get(fixed).unwrap_or(&Json::Null) {
                return Err(bad(format!("The property '{fixed}' of an existing namespace cannot be changed")));
            }
        }
    }
    let mut object = head(id, &name);
    object["location"] = location.into();
    object["tags"] = body.get("tags").filter(|tags| !tags.is_null()).cloned().unwrap_or_else(|| json!({}));
    object["sku"] = sku;
    if let Some(identity) = body.get("identity").filter(|identity| !identity.is_null()) {
        object["identity"] = identity.clone();
    }
    object["properties"] = properties;
    Ok(Object::new(object))
}

/// The tier with its capacity, and the number of partitions.
fn sku(asked: &Asked, present: Option<&Object>) -> Result<(Json, Tier, i64), Refusal> {
    let given = asked.body.get("sku").filter(|sku| !sku.is_null()).cloned();
    let sku = Object::new(json!({"sku": given.unwrap_or_else(|| json!({"name": "Standard"}))}));
    let tier = Tier::of(&sku);
    let stated = sku.inner(&["sku", "tier"]);
    if !stated.is_null() && *stated != tier.name() {
        return Err(bad("The name and the tier of the SKU have to be the same"));
    }
    let was = present.map(Tier::of);
    if was.is_some_and(|was| was != tier && (was == Tier::Premium || tier == Tier::Premium)) {
        return Err(bad("The SKU of an existing namespace cannot be changed to Premium or from it"));
    }
    let number = |value: &Json| value.as_i64().filter(|number| *number != 0);
    let partitions = asked.properties().get("premiumMessagingPartitions").and_then(number);
    let capacity = number(sku.inner(&["sku", "capacity"]));
    if tier != Tier::Premium {
        return match (partitions, capacity) {
            (None, None) => Ok((json!({"name": tier.name(), "tier": tier.name()}), tier, 0)),
            (Some(_), _) => Err(bad("PremiumMessagingPartitions can be set in the Premium tier only")),
            (None, Some(_)) => Err(bad("Capacity can be set in the Premium tier only")),
        };
    }
    let partitions = partitions.unwrap_or(1);
    let capacity = capacity.unwrap_or(partitions);
    let is_right =
        matches!(partitions, 1 | 2 | 4) && [1, 2, 4, 8, 16].iter().any(|units| units * partitions == capacity);
    if !is_right {
        return Err(bad(format!("The capacity {capacity} is not valid for {partitions} messaging partitions")));
    }
    Ok((json!({"name": tier.name(), "tier": tier.name(), "capacity": capacity}), tier, partitions))
}

/// 6 to 50 letters, digits and hyphens.
fn is_valid(name: &str) -> bool {
    let lower = name.to_lowercase();
    (6..=50).contains(&name.len())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !lower.ends_with('-')
        && !lower.ends_with("-sb")
        && !lower.ends_with("-mgmt")
        && !lower.contains("--")
}

/// Where a thing in a namespace is.
pub(super) fn inside(namespace: &Id, kind: &str, name: &str) -> Id {
    let mut id = namespace.clone();
    id.parts.push((kind.to_owned(), name.to_owned()));
    id
}
