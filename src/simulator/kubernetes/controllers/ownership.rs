//! Who belongs to whom: an index of owner references, and the end of what has lost all its owners.
//!
//! What is to stay behind its owner, or to go before it, is told by the server in finalizers before the owner
//! is erased; here only an erased owner counts.

use serde_json::Value as Json;

use super::object::{list, set, text, uid};
use super::queue::Work;
use super::turn::Turn;
use crate::simulator::kubernetes::{Cluster, Place};

const INDEX: &str = "owned/";

/// Keeps the index as the objects are, and has an erased object's dependants looked at.
pub(super) fn notice(turn: &mut Turn<'_, '_>, place: &Place, before: Option<&Json>, after: Option<&Json>) {
    let [old, new] = [before, after].map(owners);
    for uid in old.iter().filter(|uid| !new.contains(uid)) {
        turn.cluster.forget(&entry(uid, place));
    }
    for uid in new.iter().filter(|uid| !old.contains(uid)) {
        turn.cluster.remember(&entry(uid, place), place);
    }
    if let (Some(before), None) = (before, after)
        && turn.cluster.recall_first::<Place>(&format!("{INDEX}{}/", uid(before))).is_some()
    {
        turn.soon(Work::Garbage, "", uid(before));
    }
}

/// Where everything is that names an owner.
pub(super) fn dependants(cluster: &Cluster<'_>, uid: &str) -> Vec<Place> {
    cluster.recall_all::<Place>(&format!("{INDEX}{uid}/")).into_iter().map(|(_, place)| place).collect()
}

/// The dependants of an erased owner go with it, unless they have another one.
pub(super) fn collect(turn: &mut Turn<'_, '_>, _: &str, gone: &str) {
    for place in dependants(turn.cluster, gone) {
        let Some(mut object) = turn.cluster.get(&place) else {
            turn.cluster.forget(&entry(gone, &place));
            continue;
        };
        let owners = list(&object, "/metadata/ownerReferences");
        let left: Vec<_> = owners.iter().filter(|owner| text(owner, "/uid") != gone).cloned().collect();
        if left.len() == owners.len() {
            // It was let go of before.
            turn.cluster.forget(&entry(gone, &place));
        } else if left.is_empty() {
            turn.delete(&place);
        } else {
            set(&mut object, "/metadata/ownerReferences", left);
            turn.save(&place, object);
        }
    }
}

fn owners(object: Option<&Json>) -> Vec<&str> {
    object
        .map_or(&[][..], |object| list(object, "/metadata/ownerReferences"))
        .iter()
        .map(|one| text(one, "/uid"))
        .collect()
}

fn entry(uid: &str, Place { group, resource, namespace, name }: &Place) -> String {
    format!("{INDEX}{uid}/{group}/{resource}/{}/{name}", namespace.as_deref().unwrap_or("-"))
}
