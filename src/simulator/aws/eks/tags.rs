//! Tags: of a request, and of whatever has an ARN.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::input::{Member, Shape, TEXTS, check, must, text};
use super::place::{ACCESS_ENTRY, ADDON, CLUSTER, NODE_GROUP, POD_IDENTITY, Place};
use super::refusal::invalid;
use super::status::{APPEARS_AFTER, Object};
use crate::simulator::World;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal};

pub(super) const TAG: [Member; 2] = [must("resourceArn", Shape::Text), must("tags", Shape::TextMap)];
pub(super) const UNTAG: [Member; 2] = [must("resourceArn", Shape::Text), must("tagKeys", TEXTS)];
pub(super) const LIST: [Member; 1] = [must("resourceArn", Shape::Text)];

/// Which member is the ARN of what has tags.
const TAGGED: [(&str, &str); 5] = [
    (CLUSTER, "arn"),
    (NODE_GROUP, "nodegroupArn"),
    (ADDON, "addonArn"),
    (ACCESS_ENTRY, "accessEntryArn"),
    (POD_IDENTITY, "associationArn"),
];

const MOST: usize = 50;

/// The tags of a request that makes something.
pub(super) fn read(members: &Members) -> Result<BTreeMap<String, String>, Refusal> {
    let tags = members.text_map("tags")?.unwrap_or_default();
    validate(&tags).map_err(invalid)?;
    Ok(tags)
}

fn validate(tags: &BTreeMap<String, String>) -> Result<(), String> {
    if tags.len() > MOST {
        return Err(format!("There are {} tags, and there may be {MOST}", tags.len()));
    }
    let fine = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c));
    for (key, value) in tags {
        let length = key.chars().count();
        if length == 0 || length > 128 || value.chars().count() > 256 || !fine(key) || !fine(value) {
            return Err(format!("The tag '{key}' is not valid"));
        }
        // Only these two spellings are refused.
        if key.starts_with("aws:") || key.starts_with("AWS:") {
            return Err(format!("The tag key '{key}' begins with the reserved prefix aws:"));
        }
    }
    Ok(())
}

pub(super) fn tag(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &TAG)?;
    let mut place = Place::enter(world, caller);
    let (kind, name, mut object) = find(&place, text(members, "resourceArn"))?;
    let new = members.text_map("tags")?.unwrap_or_default();
    if new.is_empty() {
        return Err(bad("There has to be a tag"));
    }
    validate(&new).map_err(bad)?;
    let mut tags = of(&object);
    tags.extend(new);
    validate(&tags).map_err(bad)?;
    object.set("tags", json!(tags));
    place.put_late(kind, &[&name], &object, APPEARS_AFTER);
    Ok(json!({}))
}

pub(super) fn untag(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &UNTAG)?;
    let mut place = Place::enter(world, caller);
    let (kind, name, mut object) = find(&place, text(members, "resourceArn"))?;
    let keys = members.texts("tagKeys")?.unwrap_or_default();
    if keys.is_empty() || keys.len() > MOST {
        return Err(bad(format!("There have to be 1 to {MOST} tag keys")));
    }
    let mut tags = of(&object);
    tags.retain(|key, _| !keys.contains(key));
    object.set("tags", json!(tags));
    place.put_late(kind, &[&name], &object, APPEARS_AFTER);
    Ok(json!({}))
}

pub(super) fn list(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &LIST)?;
    let place = Place::enter(world, caller);
    let (kind, name, _) = find(&place, text(members, "resourceArn"))?;
    let shown = place.shown(kind, &[&name]).unwrap_or_default();
    Ok(json!({"tags": of(&shown)}))
}

fn of(object: &Object) -> BTreeMap<String, String> {
    let tags = object.members.get("tags").and_then(Json::as_object).into_iter().flatten();
    tags.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn find(place: &Place<'_>, arn: &str) -> Result<(&'static str, String, Object), Refusal> {
    if !arn.starts_with("arn:aws:eks:") {
        return Err(bad(format!("{arn} is not an ARN of this service")));
    }
    let all = TAGGED.into_iter().flat_map(|(kind, member)| {
        place.list(kind, &[]).into_iter().map(move |(name, object)| (kind, member, name, object))
    });
    all.into_iter()
        .find(|(_, member, _, object)| object.text(member) == arn)
        .map(|(kind, _, name, object)| (kind, name, object))
        .ok_or_else(|| Refusal::new(404, "NotFoundException", format!("There is no resource {arn}")))
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "BadRequestException", message)
}
