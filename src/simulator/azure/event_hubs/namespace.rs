//! Namespaces: made and deleted in the background, followed by what the namespace itself says.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::super::arm::{Arm, Asked, Outcome, found, group_of, set_property};
use super::super::everywhere;
use super::super::operation::{self, Begun};
use super::super::resource_group::place;
use super::super::shape::{Member, Shape, check, may, must};
use super::bad;
use crate::simulator::fault::Twist;
use crate::simulator::object::{Object, map};
use crate::simulator::refusal::Refusal;

const TYPE: &str = "Microsoft.EventHub/namespaces";
/// Both have names below `servicebus.windows.net`.
const TIERS: &[&str] = &["Basic", "Standard", "Premium"];

const SKU: &[Member] =
    &[must("name", Shape::Among(TIERS)), may("tier", Shape::Among(TIERS)), may("capacity", Shape::Integer(0, 40))];
const PROPERTIES: &[Member] = &[
    may("alternateName", Shape::Text),
    may("clusterArmId", Shape::Text),
    may("disableLocalAuth", Shape::Bool),
    may("encryption", Shape::Any),
    may("geoDataReplication", Shape::Any),
    may("ipAddressType", Shape::Text),
    may("isAutoInflateEnabled", Shape::Bool),
    may("kafkaEnabled", Shape::Bool),
    may("maximumThroughputUnits", Shape::Integer(0, 40)),
    may("minimumTlsVersion", Shape::Among(&["1.0", "1.1", "1.2", "1.3"])),
    may("platformCapabilities", Shape::Any),
    may("privateEndpointConnections", Shape::List(&Shape::Any)),
    may("publicNetworkAccess", Shape::Among(&["Enabled", "Disabled", "SecuredByPerimeter"])),
    may("zoneRedundant", Shape::Bool),
];
const BODY: &[Member] = &[
    must("location", Shape::Text),
    may("tags", Shape::TextMap),
    may("identity", Shape::Any),
    may("sku", Shape::Structure(SKU)),
    may("properties", Shape::Structure(PROPERTIES)),
];
const NAME: &[Member] = &[must("name", Shape::Text)];
const CHANGE: &[Member] = &[
    may("location", Shape::Text),
    may("tags", Shape::TextMap),
    may("identity", Shape::Any),
    may("sku", Shape::Structure(SKU)),
    may("properties", Shape::Structure(PROPERTIES)),
];

const MADE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(90));
const CHANGED: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(20));
const GOES: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(60));

pub(super) fn get(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    Ok(Outcome::new(200, found(arm, &asked.id)?.answer()))
}

pub(super) fn list(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    Ok(everywhere::list(arm, asked, "namespaces"))
}

pub(super) fn check_name(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, NAME)?;
    let name = asked.body["name"].as_str().unwrap_or_default();
    let taken = match name_fits(name) {
        Err(refusal) => Some(("InvalidName", refusal.message().to_owned())),
        Ok(()) => {
            let taken = everywhere::messaging_name_is_free(arm, name).err();
            taken.map(|refusal| ("NameInUse", refusal.message().to_owned()))
        }
    };
    Ok(everywhere::availability(taken))
}

/// The namespace that something is in has to be there, and to be at rest.
pub(super) fn at_rest(arm: &Arm<'_>, id: &super::super::id::Id) -> Result<Object, Refusal> {
    group_of(arm, id)?;
    let mut above = id.clone();
    above.parts.truncate(1);
    let Some(namespace) = arm.object(&above) else {
        let text = format!(
            "Failed to perform 'write' on resource(s) of type '{}', because the parent resource '{}' could not be found.",
            id.type_name().trim_start_matches("Microsoft.EventHub/"),
            above.path()
        );
        return Err(Refusal::new(404, "ParentResourceNotFound", text));
    };
    quiet(&namespace)?;
    Ok(namespace)
}

fn quiet(namespace: &Object) -> Result<(), Refusal> {
    let state = namespace.inner(&["properties", "provisioningState"]).as_str().unwrap_or_default();
    if matches!(state, "Succeeded" | "Failed") {
        return Ok(());
    }
    let text = format!(
        "SubCode=40901. Another conflicting operation is in progress: namespace '{}' is {state}.",
        namespace.text("name")
    );
    Err(Refusal::new(409, "Conflict", text))
}

pub(super) fn put(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, BODY)?;
    group_of(arm, &asked.id)?;
    let present = arm.object(&asked.id);
    write(arm, asked, &asked.body, present)
}

/// What is said is changed, and everything else stays.
pub(super) fn patch(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, CHANGE)?;
    let present = found(arm, &asked.id)?;
    let mut body = Map::new();
    for member in BODY {
        let was = present.members.get(member.name).cloned().unwrap_or(Json::Null);
        let said = asked.body.get(member.name).filter(|said| !said.is_null()).cloned();
        let now = match (member.name, was, said) {
            ("properties", was, said) => {
                let (mut all, said) = (map(was), map(said.unwrap_or_default()));
                all.retain(|name, _| PROPERTIES.iter().any(|property| property.name == name));
                all.extend(said.into_iter().filter(|(_, value)| !value.is_null()));
                Json::Object(all)
            }
            (_, was, said) => said.unwrap_or(was),
        };
        body.insert(member.name.to_owned(), now);
    }
    write(arm, asked, &Json::Object(body), Some(present))
}

fn write(arm: &mut Arm<'_>, asked: &Asked, body: &Json, present: Option<Object>) -> Result<Outcome, Refusal> {
    let (id, name) = (&asked.id, asked.id.name().to_owned());
    match &present {
        Some(present) => quiet(present)?,
        None => name_is_free(arm, &name)?,
    }
    let sku = sku(body)?;
    let properties = properties(body, &sku)?;
    if let Some(present) = &present {
        stays(present, body, &sku, &properties)?;
    }
    let was = |path: &[&str]| present.as_ref().map(|present| present.inner(path).clone()).filter(|was| !was.is_null());
    let name = present.as_ref().map_or(name, |present| present.text("name").to_owned());
    let mut namespace = Object::new(json!({
        "id": id.path(), "name": name, "type": TYPE, "sku": sku,
        "location": place(body["location"].as_str().unwrap_or_default()),
        "tags": body.get("tags").filter(|tags| !tags.is_null()).cloned().unwrap_or_else(|| json!({})),
        "properties": properties,
    }));
    if let Some(identity) = body.get("identity").filter(|identity| !identity.is_null()) {
        namespace.set("identity", identity.clone());
    }
    let time = json!(arm.time());
    set_property(&mut namespace, "metricId", format!("{}:{}", id.subscription, name.to_lowercase()));
    set_property(&mut namespace, "serviceBusEndpoint", format!("https://{name}.servicebus.windows.net:443/"));
    set_property(&mut namespace, "createdAt", was(&["properties", "createdAt"]).unwrap_or_else(|| time.clone()));
    set_property(&mut namespace, "updatedAt", time);
    begin(arm, asked, namespace, present.is_none())
}

/// What is done in the background: the namespace says itself how it is getting on.
fn begin(arm: &mut Arm<'_>, asked: &Asked, mut namespace: Object, is_new: bool) -> Result<Outcome, Refusal> {
    let (state, status, takes) = if is_new { ("Creating", "Creating", MADE) } else { ("Updating", "Active", CHANGED) };
    let mut in_state = |state: &str, status: &str| {
        set_property(&mut namespace, "provisioningState", state);
        set_property(&mut namespace, "status", status);
        namespace.members.get("properties").cloned().unwrap_or_default()
    };
    let done = json!({"properties": in_state("Succeeded", "Active")});
    let failed = json!({"properties": in_state("Failed", "Active")});
    in_state(state, status);
    let ends = arm.after(&format!("put/{}/{}", asked.id.key(), arm.time()), takes);
    namespace.become_or(arm.twist(), ends, Some(map(done)), failed);
    arm.put(&asked.id, &namespace);
    Ok(Outcome::new(if is_new { 201 } else { 200 }, namespace.answer()))
}

fn name_is_free(arm: &Arm<'_>, name: &str) -> Result<(), Refusal> {
    name_fits(name)?;
    everywhere::messaging_name_is_free(arm, name)
}

fn name_fits(name: &str) -> Result<(), Refusal> {
    let fits = (6..=50).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.ends_with(|last: char| last.is_ascii_alphanumeric())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
        && !["-sb", "-mgmt"].iter().any(|end| name.ends_with(end));
    if fits { Ok(()) } else { Err(bad(format!("The namespace name '{name}' is invalid."))) }
}

fn sku(body: &Json) -> Result<Json, Refusal> {
    let given = body.get("sku").filter(|sku| !sku.is_null()).cloned().unwrap_or_else(|| json!({"name": "Standard"}));
    let name = given["name"].as_str().unwrap_or_default();
    if given.get("tier").and_then(Json::as_str).is_some_and(|tier| tier != name) {
        return Err(bad("The SKU's name and tier have to be the same."));
    }
    let capacity = given.get("capacity").and_then(Json::as_i64).filter(|capacity| *capacity > 0).unwrap_or(1);
    if name == "Premium" && ![1, 2, 4, 8, 16].contains(&capacity) {
        return Err(bad(format!("{capacity} is no number of processing units: there are 1, 2, 4, 8 and 16.")));
    }
    Ok(json!({"name": name, "tier": name, "capacity": capacity}))
}

fn properties(body: &Json, sku: &Json) -> Result<Json, Refusal> {
    let tier = sku["name"].as_str().unwrap_or_default();
    let mut all = map(json!({
        "disableLocalAuth": false, "isAutoInflateEnabled": false, "kafkaEnabled": tier != "Basic",
        "maximumThroughputUnits": 0, "minimumTlsVersion": "1.2", "publicNetworkAccess": "Enabled",
        "zoneRedundant": true,
    }));
    let given = body.get("properties").and_then(Json::as_object).cloned().unwrap_or_default();
    all.extend(given.into_iter().filter(|(_, value)| !value.is_null()));
    let inflates = all.get("isAutoInflateEnabled") == Some(&json!(true));
    let most = all.get("maximumThroughputUnits").and_then(Json::as_i64).unwrap_or_default();
    if inflates && tier != "Standard" {
        return Err(bad("Auto-inflate is only there for the Standard tier."));
    }
    if inflates && most < sku["capacity"].as_i64().unwrap_or_default() {
        return Err(bad("The maximum throughput units have to be no less than the throughput units."));
    }
    if !inflates && most != 0 {
        return Err(bad("Maximum throughput units have to be 0 where auto-inflate is off."));
    }
    if tier == "Basic" && all.get("kafkaEnabled") == Some(&json!(true)) {
        return Err(bad("Kafka is not there for the Basic tier."));
    }
    Ok(Json::Object(all))
}

/// What cannot change in place.
fn stays(present: &Object, body: &Json, sku: &Json, properties: &Json) -> Result<(), Refusal> {
    let location = place(body["location"].as_str().unwrap_or_default());
    if present.text("location") != location {
        let text = format!(
            "The resource '{}' already exists in location '{}'. A resource with the same name cannot be created in location '{location}'.",
            present.text("name"),
            present.text("location")
        );
        return Err(Refusal::new(409, "InvalidResourceLocation", text));
    }
    let is_premium = |name: &Json| name == "Premium";
    if is_premium(present.inner(&["sku", "name"])) != is_premium(&sku["name"]) {
        return Err(bad("A namespace cannot change between Premium and another tier."));
    }
    if *present.inner(&["properties", "zoneRedundant"]) != properties["zoneRedundant"] {
        return Err(bad("Zone redundancy cannot be changed after creation."));
    }
    Ok(())
}

pub(super) fn delete(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let Some(mut namespace) = arm.object(&asked.id) else {
        group_of(arm, &asked.id)?;
        return Ok(Outcome::empty(204));
    };
    let is_going = namespace.inner(&["properties", "provisioningState"]) == "Deleting";
    let ends = match (is_going, namespace.settles_at(), arm.twist()) {
        (true, at, _) => at,
        (false, _, Some(Twist::Stuck)) => None,
        (false, _, _) => Some(arm.after(&format!("delete/{}", asked.id.key()), GOES)),
    };
    let fails = !is_going && arm.twist() == Some(Twist::Failed);
    set_property(&mut namespace, "provisioningState", "Succeeded");
    let stays = namespace.members.get("properties").cloned().unwrap_or_default();
    set_property(&mut namespace, "provisioningState", "Deleting");
    namespace.settles = None;
    if let Some(at) = ends {
        namespace.settle(at, fails.then(|| map(json!({"properties": stays}))));
    }
    arm.put(&asked.id, &namespace);
    let failure = fails.then(|| ("InternalServerError", "The namespace could not be deleted.".to_owned()));
    let ways = operation::begin(arm, &asked.id, namespace.text("location"), Begun { ends, failure, result: None });
    Ok(Outcome::empty(202).with(ways.by_location()))
}
