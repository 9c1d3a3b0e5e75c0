//! What belongs to something goes with it.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::delete::{self, FOREGROUND, Manner, ORPHAN, Propagation};
use super::kinds::Kind;
use super::object::{finalizers, is_going, name, namespace, owners, set_finalizers, take, text, uid};
use super::upkeep::{Task, later};
use super::write::{is_finished, place_of};
use super::{controllers, custom};
use crate::clock::Timestamp;
use crate::simulator::kubernetes::{Cluster, Place};

/// All objects that say they belong to one of these.
fn dependents(cluster: &Cluster<'_>, uids: &BTreeSet<&str>) -> Vec<(Kind, Json)> {
    let mut found = Vec::new();
    for kind in custom::kept(cluster) {
        let all = cluster.list(&kind.group, &kind.plural, None).into_iter();
        let owned = all.filter(|object| owners(object).iter().any(|owner| uids.contains(text(owner, "uid"))));
        found.extend(owned.map(|object| (kind.clone(), object)));
    }
    found
}

/// An object whose owner is not there goes like those whose owner went.
pub(super) fn check_owners(cluster: &mut Cluster<'_>, object: &Json) {
    for owner in owners(object) {
        if !exists(cluster, object, owner) {
            let now = cluster.now();
            later(cluster, now, 1_000, &Task::Collect { uid: text(owner, "uid").to_owned() });
        }
    }
}

fn exists(cluster: &Cluster<'_>, object: &Json, owner: &Json) -> bool {
    let Some(kind) = custom::of_reference(cluster, text(owner, "apiVersion"), text(owner, "kind")) else {
        return false;
    };
    let place = place_of(&kind, Some(namespace(object)), text(owner, "name"));
    cluster.get(&place).is_some_and(|found| uid(&found) == text(owner, "uid"))
}

/// Deletes what belonged to nothing but these.
pub(super) fn collect(cluster: &mut Cluster<'_>, gone: &[String]) {
    let at = cluster.now();
    for (kind, object) in dependents(cluster, &gone.iter().map(String::as_str).collect()) {
        let mut remaining = owners(&object).to_vec();
        remaining.retain(|owner| exists(cluster, &object, owner));
        if remaining.is_empty() {
            // What may not be deleted stays.
            let _ = delete::take_away(cluster, &kind, object, &Manner::by(Propagation::Background), at);
        } else {
            let mut object = object;
            object["metadata"]["ownerReferences"] = json!(remaining);
            controllers::write(cluster, &place(&kind, &object), object);
        }
    }
}

/// Orphans what belongs to an object, or waits until it is gone.
pub(super) fn release(cluster: &mut Cluster<'_>, of: &Place, at: Timestamp) {
    let Some(owner) = cluster.get(of).filter(is_going) else { return };
    let held = finalizers(&owner);
    let dependents = dependents(cluster, &BTreeSet::from([uid(&owner)]));
    if held.iter().any(|one| one == ORPHAN) {
        for (kind, object) in dependents {
            orphan(cluster, &kind, object, uid(&owner));
        }
        return let_go(cluster, of, owner.clone(), ORPHAN);
    }
    if !held.iter().any(|one| one == FOREGROUND) {
        return;
    }
    let blocks =
        |object: &Json| owners(object).iter().any(|one| one["uid"] == uid(&owner) && one["blockOwnerDeletion"] == true);
    let mut waits = false;
    for (kind, object) in dependents {
        let blocks = blocks(&object);
        let manner = if blocks { Propagation::Foreground } else { Propagation::Background };
        if is_going(&object) {
            waits |= blocks;
        } else if let Ok(Some(_)) = delete::take_away(cluster, &kind, object, &Manner::by(manner), at) {
            waits |= blocks;
        }
    }
    if waits {
        later(cluster, at, 1_000, &Task::Release { place: of.clone() });
    } else {
        let_go(cluster, of, owner, FOREGROUND);
    }
}

fn orphan(cluster: &mut Cluster<'_>, kind: &Kind, mut object: Json, owner: &str) {
    let mut remaining = owners(&object).to_vec();
    remaining.retain(|one| one["uid"] != owner);
    if remaining.is_empty() {
        take(&mut object["metadata"], "ownerReferences");
    } else {
        object["metadata"]["ownerReferences"] = json!(remaining);
    }
    controllers::write(cluster, &place(kind, &object), object);
}

/// Takes a finalizer off, and the object away when it was the last.
pub(super) fn let_go(cluster: &mut Cluster<'_>, place: &Place, mut object: Json, finalizer: &str) {
    let mut held = finalizers(&object);
    held.retain(|one| one != finalizer);
    set_finalizers(&mut object, &held);
    if is_finished(&object) {
        controllers::erase(cluster, place);
    } else {
        controllers::write(cluster, place, object);
    }
}

fn place(kind: &Kind, object: &Json) -> Place {
    place_of(kind, Some(namespace(object)), name(object))
}
