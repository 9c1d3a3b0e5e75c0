//! Event hubs: made at once in a namespace that is at rest.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::super::arm::{Arm, Asked, Outcome, found, page, set_property};
use super::super::id::Id;
use super::super::shape::{Member, Shape, check, may};
use super::{bad, consumer_group, limits, namespace};
use crate::simulator::object::{Object, map};
use crate::simulator::refusal::Refusal;

const TYPE: &str = "Microsoft.EventHub/namespaces/eventhubs";

const RETENTION: &[Member] = &[
    may("cleanupPolicy", Shape::Among(&["Delete", "Compact"])),
    may("retentionTimeInHours", Shape::Integer(1, 2160)),
    may("tombstoneRetentionTimeInHours", Shape::Integer(1, 2160)),
    may("minCompactionLagTimeInMinutes", Shape::Integer(0, 129_600)),
];
const PROPERTIES: &[Member] = &[
    may("captureDescription", Shape::Any),
    may("messageRetentionInDays", Shape::Integer(1, 90)),
    may("messageTimestampDescription", Shape::Any),
    may("partitionCount", Shape::Integer(1, 100)),
    may("retentionDescription", Shape::Structure(RETENTION)),
    may("status", Shape::Among(&["Active", "Disabled", "SendDisabled"])),
    may("userMetadata", Shape::Text),
];
const BODY: &[Member] = &[may("properties", Shape::Structure(PROPERTIES))];

/// How long readers may be shown what was before.
const LATE: (Duration, Duration) = (Duration::ZERO, Duration::from_secs(3));

pub(super) fn get(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    Ok(Outcome::new(200, found(arm, &asked.id)?.answer()))
}

pub(super) fn list(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    found(arm, &Id { last: None, ..asked.id.clone() })?;
    Ok(page(arm.list_shown(&asked.id, "eventhubs").iter().map(Object::answer)))
}

pub(super) fn put(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, BODY)?;
    let namespace = namespace::at_rest(arm, &asked.id)?;
    let tier = namespace.inner(&["sku", "name"]).as_str().unwrap_or_default().to_owned();
    let present = arm.object(&asked.id);
    if present.is_none() {
        name_fits(asked.id.name())?;
        let there = arm.list_shown(&asked.id.parent(), "eventhubs").len();
        let most = limits(&tier).hubs;
        if there >= most {
            let text = format!("The namespace has reached its quota of {most} event hubs.");
            return Err(Refusal::new(403, "QuotaExceeded", text));
        }
    }
    let properties = properties(&asked.properties(), &tier, present.as_ref())?;
    let name = present.as_ref().map_or(asked.id.name(), |present| present.text("name")).to_owned();
    let mut hub = Object::new(json!({
        "id": asked.id.path(), "name": name, "type": TYPE, "location": namespace.text("location"),
        "properties": properties,
    }));
    let created = present.as_ref().map(|present| present.inner(&["properties", "createdAt"]).clone());
    let time = json!(arm.time());
    set_property(&mut hub, "createdAt", created.unwrap_or_else(|| time.clone()));
    set_property(&mut hub, "updatedAt", time);
    let late = arm.world.delay(&format!("late/{}/{}", asked.id.key(), arm.time()), LATE.0, LATE.1);
    arm.put_late(&asked.id, &hub, late);
    if present.is_none() {
        consumer_group::put_default(arm, &asked.id, late);
    }
    Ok(Outcome::new(200, hub.answer()))
}

fn name_fits(name: &str) -> Result<(), Refusal> {
    let is_plain = |character: char| character.is_ascii_alphanumeric();
    let fits = (1..=256).contains(&name.len())
        && name.starts_with(is_plain)
        && name.ends_with(is_plain)
        && name.chars().all(|character| is_plain(character) || "._-".contains(character));
    if fits { Ok(()) } else { Err(bad(format!("The event hub's name '{name}' is invalid."))) }
}

fn properties(given: &serde_json::Map<String, Json>, tier: &str, present: Option<&Object>) -> Result<Json, Refusal> {
    let limits = limits(tier);
    let number = |name: &str| given.get(name).and_then(Json::as_i64);
    let was = present.and_then(|present| present.inner(&["properties", "partitionCount"]).as_i64());
    let partitions = number("partitionCount").or(was).unwrap_or(4);
    if partitions > limits.partitions {
        return Err(bad(format!("An event hub of the {tier} tier has up to {} partitions.", limits.partitions)));
    }
    if was.is_some_and(|was| partitions < was || partitions > was && tier != "Premium") {
        return Err(bad("The number of partitions cannot be changed after creation."));
    }
    let (days, retention) = retention(given, &limits, tier)?;
    let metadata = given.get("userMetadata").filter(|metadata| !metadata.is_null()).cloned();
    if metadata.as_ref().and_then(Json::as_str).is_some_and(|text| text.len() > 1024) {
        return Err(bad("userMetadata has up to 1024 characters."));
    }
    let ids: Vec<_> = (0..partitions).map(|number| number.to_string()).collect();
    let mut all = map(json!({
        "partitionCount": partitions, "partitionIds": ids, "messageRetentionInDays": days,
        "retentionDescription": retention,
        "status": given.get("status").and_then(Json::as_str).unwrap_or("Active"),
    }));
    let kept = ["captureDescription", "messageTimestampDescription"];
    all.extend(kept.iter().filter_map(|name| Some(((*name).to_owned(), given.get(*name)?.clone()))));
    all.extend(metadata.map(|metadata| ("userMetadata".to_owned(), metadata)));
    Ok(Json::Object(all))
}

/// Days are the older way to say the same, and both are answered.
fn retention(
    given: &serde_json::Map<String, Json>,
    limits: &super::Limits,
    tier: &str,
) -> Result<(i64, Json), Refusal> {
    let described = given.get("retentionDescription").cloned().unwrap_or_default();
    let days = given.get("messageRetentionInDays").and_then(Json::as_i64);
    let hours = described.get("retentionTimeInHours").and_then(Json::as_i64);
    let compacts = described.get("cleanupPolicy").and_then(Json::as_str) == Some("Compact");
    if compacts && tier == "Basic" {
        return Err(bad("The Basic tier has no compaction."));
    }
    if !compacts && described.get("tombstoneRetentionTimeInHours").is_some_and(|hours| !hours.is_null()) {
        return Err(bad("tombstoneRetentionTimeInHours goes with the cleanup policy Compact."));
    }
    let rounded = |hours: i64| (hours + 23) / 24;
    let hours = match (days, hours) {
        (Some(days), Some(hours)) if rounded(hours) != days => {
            return Err(bad("messageRetentionInDays and retentionTimeInHours say different things."));
        }
        (_, Some(hours)) => hours,
        (Some(days), None) => days * 24,
        (None, None) => limits.retention.min(7 * 24),
    };
    if hours > limits.retention {
        return Err(bad(format!("The {tier} tier keeps events for up to {} hours.", limits.retention)));
    }
    let mut retention = described.as_object().cloned().unwrap_or_default();
    retention.entry("cleanupPolicy").or_insert_with(|| json!("Delete"));
    retention.insert("retentionTimeInHours".to_owned(), json!(hours));
    Ok((rounded(hours), Json::Object(retention)))
}

pub(super) fn delete(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    if arm.object(&asked.id).is_none() {
        return Ok(Outcome::empty(204));
    }
    namespace::at_rest(arm, &asked.id)?;
    arm.remove(&asked.id);
    Ok(Outcome::empty(200))
}
