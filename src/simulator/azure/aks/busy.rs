//! One operation at a time, and none on what is no longer what the caller thinks it is.

use serde_json::Value as Json;

use crate::clock::Timestamp;
use crate::simulator::azure::arm::{Arm, Asked};
use crate::simulator::azure::id::Id;
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;

pub(super) fn state(object: &Object) -> &str {
    object.inner(&["properties", "provisioningState"]).as_str().unwrap_or_default()
}

pub(super) fn is_settled(object: &Object) -> bool {
    matches!(state(object), "Succeeded" | "Failed" | "Canceled")
}

/// The pools of a cluster as they really are, by name.
pub(super) fn pools(arm: &Arm<'_>, cluster: &Id) -> Vec<Object> {
    let below = format!("{}/agentpools/", cluster.key());
    let all = arm.world.list::<Object>(&below).into_iter();
    all.filter_map(|(_, pool)| pool.at(arm.now())).collect()
}

/// What goes on with a cluster or one of its pools: what it is called, and when it ends, if it does.
fn going_on(arm: &Arm<'_>, id: &Id, cluster: &Object) -> Option<(String, Option<Timestamp>)> {
    let all = std::iter::once(cluster.clone()).chain(pools(arm, id));
    let mut busy = all.filter(|object| !is_settled(object));
    busy.next().map(|object| (state(&object).to_owned(), object.settles_at()))
}

/// Nothing else may be going on.
pub(super) fn idle(arm: &Arm<'_>, id: &Id, cluster: &Object) -> Result<(), Refusal> {
    match going_on(arm, id, cluster) {
        Some((what, _)) => Err(in_progress(&what)),
        None => Ok(()),
    }
}

/// What never ends is ended by a deletion, which waits for everything else.
pub(super) fn idle_or_stuck(arm: &Arm<'_>, id: &Id, cluster: &Object) -> Result<(), Refusal> {
    match going_on(arm, id, cluster) {
        Some((what, Some(_))) => Err(in_progress(&what)),
        _ => Ok(()),
    }
}

fn in_progress(what: &str) -> Refusal {
    let text = format!(
        "Operation is not allowed: Another operation ({what}) is in progress, please wait for it to finish before \
         starting a new operation. See https://aka.ms/aks-pending-operation for more details"
    );
    Refusal::new(409, "OperationNotAllowed", text)
}

/// What the caller thinks is there has to be there.
pub(super) fn is_as_expected(asked: &Asked, tag: Option<&Json>) -> Result<(), Refusal> {
    let tag = tag.and_then(Json::as_str);
    let given = |text: &String| text.trim_matches('"').to_owned();
    let fits = asked.if_match.as_ref().map(given).is_none_or(|one| match tag {
        Some(tag) => one == "*" || one == tag,
        None => false,
    });
    let is_new = asked.if_none_match.as_ref().map(given).is_none_or(|one| match tag {
        Some(tag) => one != "*" && one != tag,
        None => true,
    });
    if fits && is_new {
        return Ok(());
    }
    let header = if fits { "if-none-match" } else { "if-match" };
    let text = format!(
        "The etag provided in the {header} header does not match the etag of the resource, which is '{}'. Read it \
         again and retry.",
        tag.unwrap_or_default()
    );
    Err(Refusal::new(412, "PreconditionFailed", text))
}
