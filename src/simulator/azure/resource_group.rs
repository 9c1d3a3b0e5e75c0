//! Resource groups: made at once, and gone after a while with everything in them.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::arm::{Arm, Asked, Kind, Outcome, found, group_of, page, set_property};
use super::id::Id;
use super::operation::{self, Begun};
use super::shape::{Member, Shape, check, may, must};
use crate::simulator::fault::Twist;
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;
use crate::simulator::world::MEMORY;

pub(super) const KINDS: &[Kind] = &[Kind {
    name: "Microsoft.Resources/subscriptions/resourceGroups",
    since: "2021-04-01",
    get,
    put: Some(put),
    patch: Some(patch),
    delete: Some(delete),
    others: &[("resources", http::Method::GET, resources)],
}];

const BODY: &[Member] = &[
    must("location", Shape::Text),
    may("tags", Shape::TextMap),
    may("managedBy", Shape::Text),
    may("properties", Shape::Structure(&[])),
];
const CHANGE: &[Member] = &[may("tags", Shape::TextMap), may("managedBy", Shape::Text), may("name", Shape::Text)];

/// Also when it is empty.
const GOES: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(60));

fn put(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, BODY)?;
    let name = asked.id.name();
    let fits = |character: char| character.is_alphanumeric() || "-_.()".contains(character);
    if name.chars().count() > 90 || !name.chars().all(fits) || name.ends_with('.') {
        let text = format!("The provided resource group name '{name}' has these invalid characters or ends with '.'.");
        return Err(Refusal::new(400, "InvalidResourceGroupName", text));
    }
    let location = place(asked.body["location"].as_str().unwrap_or_default());
    let present = arm.object(&asked.id);
    if let Some(present) = &present {
        group_of(arm, &asked.id)?;
        if present.text("location") != location {
            let text = format!(
                "Invalid resource group location '{location}'. The Resource group already exists in location '{}'.",
                present.text("location")
            );
            return Err(Refusal::new(409, "InvalidResourceGroupLocation", text));
        }
    }
    let name = present.as_ref().map_or(name.to_owned(), |present| present.text("name").to_owned());
    let group = Object::new(json!({
        "id": format!("/subscriptions/{}/resourceGroups/{name}", asked.id.subscription),
        "name": name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": location,
        "tags": asked.body.get("tags").filter(|tags| !tags.is_null()).cloned().unwrap_or_else(|| json!({})),
        "properties": {"provisioningState": "Succeeded"},
    }));
    arm.put(&asked.id, &group);
    Ok(Outcome::new(if present.is_some() { 200 } else { 201 }, group.answer()))
}

fn get(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    if asked.method == http::Method::HEAD {
        return Ok(Outcome::empty(if arm.shown(&asked.id).is_some() { 204 } else { 404 }));
    }
    group_is_there(arm, asked)?;
    Ok(Outcome::new(200, found(arm, &asked.id)?.answer()))
}

/// Every group of the subscription.
pub(super) fn list(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let subscription = Id { subscription: asked.id.subscription.clone(), ..Id::default() };
    Ok(page(arm.list_shown(&subscription, "resourceGroups").iter().map(Object::answer)))
}

/// A group that goes is still shown.
fn group_is_there(arm: &Arm<'_>, asked: &Asked) -> Result<(), Refusal> {
    match group_of(arm, &asked.id) {
        Err(refusal) if refusal.status() == 404 => Err(refusal),
        _ => Ok(()),
    }
}

fn patch(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, CHANGE)?;
    let mut group = group_of(arm, &asked.id)?;
    if let Some(tags) = asked.body.get("tags").filter(|tags| !tags.is_null()) {
        group.set("tags", tags.clone());
    }
    arm.put(&asked.id, &group);
    Ok(Outcome::new(200, group.answer()))
}

fn delete(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let Some(mut group) = arm.object(&asked.id) else {
        return Err(group_of(arm, &asked.id).err().unwrap_or_else(|| Refusal::new(404, "ResourceGroupNotFound", "")));
    };
    let ends = match (group.settles_at(), arm.twist()) {
        (Some(at), _) => Some(at),
        (None, Some(Twist::Stuck)) => None,
        (None, _) => Some(arm.after(&format!("delete/{}", asked.id.key()), GOES)),
    };
    set_property(&mut group, "provisioningState", "Deleting");
    let failure = (arm.twist() == Some(Twist::Failed)).then(|| {
        (
            "ResourceGroupDeletionBlocked",
            "Deletion of resource group was not completed, since something in it stayed.".to_owned(),
        )
    });
    if let Some(at) = ends {
        let stays = json!({"properties": {"provisioningState": "Succeeded"}});
        group.settle(at, failure.is_some().then(|| crate::simulator::object::map(stays)));
    }
    arm.put(&asked.id, &group);
    let ways = operation::begin(arm, &asked.id, group.text("location"), Begun { ends, failure, result: None });
    Ok(Outcome::empty(202).with(ways.by_location()))
}

/// What is in the group, of whatever type: only what stands by itself, not its parts.
fn resources(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    group_is_there(arm, asked)?;
    let below = format!("{}/providers/", asked.id.key());
    let now = arm.now();
    let all = arm.world.list_shown::<Object>(&below).into_iter();
    let is_own = |name: &str| name.matches('/').count() == 2 && !name.contains(MEMORY);
    // Who may do what in a group is no resource in it.
    let own = all.filter(|(name, _)| is_own(name) && !name.starts_with("microsoft.authorization/"));
    let told = own.filter_map(|(_, object)| object.at(now)).map(|object| {
        let of = |name: &str| object.members.get(name).cloned().unwrap_or(Json::Null);
        json!({"id": of("id"), "name": of("name"), "type": of("type"), "location": of("location"), "tags": of("tags")})
    });
    Ok(page(told))
}

/// As ARM keeps it: `West Europe` is `westeurope`.
pub(super) fn place(location: &str) -> String {
    location.to_lowercase().replace(' ', "")
}
