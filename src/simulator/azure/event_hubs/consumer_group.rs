//! Consumer groups of event hubs. `$Default` comes and goes with its hub.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::super::arm::{Arm, Asked, Outcome, found, page};
use super::super::id::Id;
use super::super::shape::{Member, Shape, check, may};
use super::{bad, limits, namespace};
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;

const TYPE: &str = "Microsoft.EventHub/namespaces/eventhubs/consumergroups";
const DEFAULT: &str = "$Default";

const BODY: &[Member] = &[may("properties", Shape::Structure(&[may("userMetadata", Shape::Text)]))];

pub(super) fn get(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    Ok(Outcome::new(200, found(arm, &asked.id)?.answer()))
}

pub(super) fn list(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    found(arm, &Id { last: None, ..asked.id.clone() })?;
    Ok(page(arm.list_shown(&asked.id, "consumergroups").iter().map(Object::answer)))
}

pub(super) fn put_default(arm: &mut Arm<'_>, hub: &Id, late: Duration) {
    let mut id = hub.clone();
    id.parts.push(("consumergroups".to_owned(), DEFAULT.to_owned()));
    let group = group(arm, &id, None, &Json::Null);
    arm.put_late(&id, &group, late);
}

pub(super) fn put(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, BODY)?;
    let namespace = namespace::at_rest(arm, &asked.id)?;
    let hub = asked.id.parent();
    if arm.object(&hub).is_none() {
        let text = format!(
            "Failed to perform 'write' on resource(s) of type 'namespaces/eventhubs/consumergroups', because the parent resource '{}' could not be found.",
            hub.path()
        );
        return Err(Refusal::new(404, "ParentResourceNotFound", text));
    }
    let present = arm.object(&asked.id);
    let name = asked.id.name();
    let fits = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    let is_name = (1..=50).contains(&name.len()) && name.chars().all(fits) || name.eq_ignore_ascii_case(DEFAULT);
    if !is_name {
        return Err(bad(format!("The consumer group's name '{name}' is invalid.")));
    }
    let tier = namespace.inner(&["sku", "name"]).as_str().unwrap_or_default();
    let most = limits(tier).consumer_groups;
    // Counted without the one that is always there.
    let below = format!("{}/consumergroups/", hub.key());
    let there = arm.world.list::<Object>(&below).len().saturating_sub(1);
    if present.is_none() && there >= most {
        let text =
            format!("The {tier} tier allows {most} consumer groups beside {DEFAULT} in an event hub: quota exceeded.");
        return Err(Refusal::new(403, "QuotaExceeded", text));
    }
    let metadata = asked.properties().get("userMetadata").cloned().unwrap_or_default();
    let group = group(arm, &asked.id, present.as_ref(), &metadata);
    arm.put(&asked.id, &group);
    Ok(Outcome::new(200, group.answer()))
}

fn group(arm: &Arm<'_>, id: &Id, present: Option<&Object>, metadata: &Json) -> Object {
    let created = present.map(|present| present.inner(&["properties", "createdAt"]).clone());
    let time = json!(arm.time());
    let mut properties = json!({"createdAt": created.unwrap_or_else(|| time.clone()), "updatedAt": time});
    if !metadata.is_null() {
        properties["userMetadata"] = metadata.clone();
    }
    Object::new(json!({"id": id.path(), "name": id.name(), "type": TYPE, "properties": properties}))
}

pub(super) fn delete(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    if asked.id.name().eq_ignore_ascii_case(DEFAULT) {
        return Err(bad(format!("{DEFAULT} cannot be deleted.")));
    }
    if arm.object(&asked.id).is_none() {
        return Ok(Outcome::empty(204));
    }
    namespace::at_rest(arm, &asked.id)?;
    arm.remove(&asked.id);
    Ok(Outcome::empty(200))
}
