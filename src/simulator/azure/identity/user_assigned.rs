//! The identities themselves: made at once, with a principal that others hear of later.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::super::TENANT;
use super::super::arm::{Arm, Asked, Kind, Outcome, found, group_of, page};
use super::super::principal;
use super::super::resource_group::place;
use super::super::shape::{Member, Shape, check, may, must};
use super::federated;
use super::{IDENTITIES, check_name};
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;

pub(super) const SINCE: &str = "2018-11-30";

pub(super) const KIND: Kind = Kind {
    name: IDENTITIES,
    since: SINCE,
    get,
    put: Some(put),
    patch: Some(patch),
    delete: Some(delete),
    others: &[("federatedidentitycredentials", http::Method::GET, federated::list)],
};

const PROPERTIES: &[Member] = &[may("isolationScope", Shape::Among(&["None", "Regional"]))];
const BODY: &[Member] =
    &[must("location", Shape::Text), may("tags", Shape::TextMap), may("properties", Shape::Structure(PROPERTIES))];
const CHANGE: &[Member] =
    &[may("location", Shape::Text), may("tags", Shape::TextMap), may("properties", Shape::Structure(PROPERTIES))];

/// Until a new identity, or a change of one, is shown.
const SHOWN: (Duration, Duration) = (Duration::ZERO, Duration::from_secs(3));

fn put(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, BODY)?;
    check_name(asked.id.name(), (3, 128))?;
    group_of(arm, &asked.id)?;
    let present = arm.object(&asked.id);
    let location = place(asked.body.get("location").and_then(Json::as_str).unwrap_or_default());
    if let Some(present) = present.as_ref().filter(|present| present.text("location") != location) {
        return Err(elsewhere(asked, present, &location));
    }
    let is_new = present.is_none();
    let mut identity = present.unwrap_or_else(|| made(arm, asked, &location));
    let tags = asked.body.get("tags").filter(|tags| !tags.is_null()).cloned();
    identity.set("tags", tags.unwrap_or_else(|| json!({})));
    take_properties(&mut identity, asked);
    arm.put_late(&asked.id, &identity, shown(arm, asked));
    Ok(Outcome::new(if is_new { 201 } else { 200 }, identity.answer()))
}

fn elsewhere(asked: &Asked, present: &Object, location: &str) -> Refusal {
    let text = format!(
        "The resource '{}' already exists in location '{}' in resource group '{}'. A resource with the same name \
         cannot be created in location '{location}'. Please select a new resource name.",
        asked.id.name(),
        present.text("location"),
        asked.id.group.as_deref().unwrap_or_default()
    );
    Refusal::new(409, "InvalidResourceLocation", text)
}

fn made(arm: &mut Arm<'_>, asked: &Asked, location: &str) -> Object {
    let (principal, client) = (arm.guid(), arm.guid());
    principal::remember(arm, &principal, &asked.id);
    Object::new(json!({
        "id": asked.id.path(), "name": asked.id.name(), "type": IDENTITIES, "location": location,
        "properties": {"tenantId": TENANT, "principalId": principal, "clientId": client, "isolationScope": "None"},
    }))
}

fn take_properties(identity: &mut Object, asked: &Asked) {
    for (name, value) in asked.properties().into_iter().filter(|(_, value)| !value.is_null()) {
        super::super::arm::set_property(identity, &name, value);
    }
}

fn shown(arm: &Arm<'_>, asked: &Asked) -> Duration {
    arm.world.delay(&format!("shown/{}", asked.id.key()), SHOWN.0, SHOWN.1)
}

fn get(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    Ok(Outcome::new(200, found(arm, &asked.id)?.answer()))
}

fn patch(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, CHANGE)?;
    group_of(arm, &asked.id)?;
    let mut identity = arm.object(&asked.id).ok_or_else(|| super::super::arm::missing(arm, &asked.id))?;
    if let Some(location) = asked.body.get("location").and_then(Json::as_str)
        && place(location) != identity.text("location")
    {
        return Err(elsewhere(asked, &identity, location));
    }
    if let Some(tags) = asked.body.get("tags").filter(|tags| !tags.is_null()) {
        identity.set("tags", tags.clone());
    }
    take_properties(&mut identity, asked);
    arm.put_late(&asked.id, &identity, shown(arm, asked));
    Ok(Outcome::new(200, identity.answer()))
}

/// Its credentials go with it, and roles that it was given stay.
fn delete(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    group_of(arm, &asked.id)?;
    let is_there = arm.object(&asked.id).is_some();
    arm.remove(&asked.id);
    Ok(Outcome::empty(if is_there { 200 } else { 204 }))
}

/// Those of a group, or of the subscription.
pub(super) fn list(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    if asked.id.group.is_some() {
        group_of(arm, &asked.id)?;
    }
    let within = format!("azure{}/", asked.id.scope.to_lowercase());
    let now = arm.now();
    let all = arm.world.list_shown::<Object>(&within).into_iter().filter_map(|(_, object)| object.at(now));
    Ok(page(all.filter(|object| object.text("type") == IDENTITIES).map(|object| object.answer())))
}
