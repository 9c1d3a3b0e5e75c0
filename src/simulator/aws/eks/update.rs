//! Updates: changes that take a while, one at a time for each thing that changes.

use serde_json::{Map, Value as Json, json};

use super::input::{Member, PAGE, Shape, check, may, must, text};
use super::page::{names, page};
use super::place::{ADDON, CLUSTER, NODE_GROUP, Place, UPDATE};
use super::refusal::{in_use, invalid, invalid_request, not_found};
use super::status::{CHANGE_SHOWS_AFTER, Object, Span, map};
use crate::simulator::World;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal};

pub(super) const DESCRIBE: [Member; 5] = [
    must("name", Shape::Text),
    must("updateId", Shape::Text),
    may("nodegroupName", Shape::Text),
    may("addonName", Shape::Text),
    may("capabilityName", Shape::NotHere),
];
pub(super) const LIST: [Member; 6] = [
    must("name", Shape::Text),
    may("nodegroupName", Shape::Text),
    may("addonName", Shape::Text),
    may("capabilityName", Shape::NotHere),
    may("nextToken", Shape::Text),
    may("maxResults", PAGE),
];

/// What an update is to change.
pub(super) struct Change {
    /// Such as `VersionUpdate`.
    pub(super) kind: &'static str,
    /// What the update says it changes.
    pub(super) params: Vec<(&'static str, String)>,
    pub(super) takes: Span,
    /// The members that are others when it is done.
    pub(super) into: Map<String, Json>,
}

/// Where the thing that changes is.
pub(super) struct Changed<'a> {
    pub(super) kind: &'static str,
    /// The cluster, and what in it.
    pub(super) name: &'a [&'a str],
}

/// Begins an update of something that may be updated now.
pub(super) fn begin(place: &mut Place<'_>, of: &Changed<'_>, mut object: Object, change: Change) -> Json {
    let id = place.uuid();
    let at = place.after(&format!("update/{id}"), change.takes);
    let params: Vec<_> = change.params.iter().map(|(name, value)| json!({"type": name, "value": value})).collect();
    let mut update = Object::new(json!({
        "id": id,
        "status": "InProgress",
        "type": change.kind,
        "params": params,
        "createdAt": place.now(),
        "errors": [],
    }));
    let (owner, failed) = match of.kind {
        NODE_GROUP => ("nodegroup", ACTIVE),
        ADDON => ("addon", "UPDATE_FAILED"),
        _ => ("cluster", ACTIVE),
    };
    let cluster = of.name.first().copied().unwrap_or_default();
    update.hidden.insert("of".to_owned(), json!(format!("{owner}/{}", of.name.last().copied().unwrap_or_default())));
    let twist = place.caller.twist;
    update.become_or(
        twist,
        at,
        Some(map(json!({"status": "Successful"}))),
        json!({"status": "Failed", "errors": [{
            "errorCode": "Unknown",
            "errorMessage": "The update failed. Nothing was changed.",
            "resourceIds": [of.name.last()],
        }]}),
    );
    let mut into = change.into;
    into.insert("status".to_owned(), json!(ACTIVE));
    if of.kind != CLUSTER {
        into.insert("modifiedAt".to_owned(), super::place::epoch(at));
    }
    object.set("status", "UPDATING");
    object.become_or(twist, at, Some(into), json!({"status": failed}));
    place.put_late(of.kind, of.name, &object, CHANGE_SHOWS_AFTER);
    place.put(UPDATE, &[cluster, &id], &update);
    json!({"update": update.answer()})
}

const ACTIVE: &str = "ACTIVE";

/// The id of the update that is under way in a cluster itself.
pub(super) fn under_way(place: &Place<'_>, cluster: &str) -> Option<String> {
    let mut all = place.list(UPDATE, &[cluster]).into_iter();
    let of = json!(format!("cluster/{cluster}"));
    let (id, _) = all.find(|(_, update)| update.status() == "InProgress" && update.hidden.get("of") == Some(&of))?;
    Some(id)
}

/// The cluster, when it may be changed now.
pub(super) fn changeable(place: &Place<'_>, name: &str, what: &str) -> Result<Object, Refusal> {
    let cluster = place.cluster(name)?;
    match cluster.status() {
        ACTIVE => Ok(cluster),
        "UPDATING" => {
            let id = under_way(place, name).unwrap_or_default();
            Err(in_use(format!("Cannot {what} because cluster {name} currently has update {id} in progress")))
        }
        "FAILED" => Err(invalid_request(format!("Cannot {what} because cluster {name} has status FAILED"))),
        status => Err(in_use(format!(
            "Cannot {what} because cluster {name} currently has an update in progress: its status is {status}"
        ))),
    }
}

pub(super) fn describe(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &DESCRIBE)?;
    let place = Place::enter(world, caller);
    let (cluster, id) = (text(members, "name"), text(members, "updateId"));
    let of = owner(&place, members)?;
    let update = place.shown(UPDATE, &[cluster, id]).filter(|update| update.hidden.get("of") == Some(&json!(of)));
    let update = update.ok_or_else(|| not_found(format!("No update found for ID: {id}")))?;
    Ok(json!({"update": update.answer()}))
}

pub(super) fn list(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &LIST)?;
    let place = Place::enter(world, caller);
    let of = json!(owner(&place, members)?);
    let all = place.list_shown(UPDATE, &[text(members, "name")]).into_iter();
    let ids = all.filter(|(_, update)| update.hidden.get("of") == Some(&of)).map(|(id, _)| id);
    page("updateIds", names(ids), members)
}

/// What the updates are of, such as `nodegroup/workers`.
fn owner(place: &Place<'_>, members: &Members) -> Result<String, Refusal> {
    let cluster = text(members, "name");
    place.shown_cluster(cluster)?;
    match (members.text("nodegroupName")?, members.text("addonName")?) {
        (Some(_), Some(_)) => Err(invalid("nodegroupName and addonName exclude each other")),
        (Some(name), None) => {
            place.shown(NODE_GROUP, &[cluster, name]).ok_or_else(|| super::node_group::none(name))?;
            Ok(format!("nodegroup/{name}"))
        }
        (None, Some(name)) => {
            place.shown(ADDON, &[cluster, name]).ok_or_else(|| super::addon::none(cluster, name))?;
            Ok(format!("addon/{name}"))
        }
        (None, None) => Ok(format!("cluster/{cluster}")),
    }
}
