//! Definitions of custom resources: served a while after they are made, and gone only after their objects.

use serde_json::{Value as Json, json};

use super::delete::{self, CLEANUP, Manner, Propagation};
use super::garbage::let_go;
use super::kinds::{CRD_GROUP, CRDS};
use super::object::{finalizers, is_going, name, set_condition, text};
use super::upkeep::{Task, later, whole};
use super::{controllers, custom};
use crate::clock::Timestamp;
use crate::simulator::kubernetes::Cluster;

/// Accepts the names of a definition and begins to serve it.
pub(super) fn establish(cluster: &mut Cluster<'_>, name: &str, at: Timestamp) {
    let Some((place, mut crd)) = whole(cluster, CRD_GROUP, CRDS, name) else { return };
    if let Some((reason, message)) = conflict(cluster, &crd) {
        set_condition(&mut crd, at, "NamesAccepted", "False", (reason, &message));
        set_condition(&mut crd, at, "Established", "False", ("NotAccepted", "not all names are accepted"));
        if cluster.get(&place).as_ref() != Some(&crd) {
            controllers::write(cluster, &place, crd);
        }
        return;
    }
    crd["status"]["acceptedNames"] = crd["spec"]["names"].clone();
    set_condition(&mut crd, at, "NamesAccepted", "True", ("NoConflicts", "no conflicts found"));
    let because = ("InitialNamesAccepted", "the initial names have been accepted");
    set_condition(&mut crd, at, "Established", "True", because);
    controllers::write(cluster, &place, crd);
}

/// A kind of a group is defined once.
fn conflict(cluster: &Cluster<'_>, crd: &Json) -> Option<(&'static str, String)> {
    let (group, kind) = (text(&crd["spec"], "group"), text(&crd["spec"]["names"], "kind"));
    let others = cluster.list(CRD_GROUP, CRDS, None);
    let mut others = others.iter().filter(|other| name(other) != name(crd) && text(&other["spec"], "group") == group);
    let taken = others.any(|other| text(&other["status"]["acceptedNames"], "kind") == kind);
    taken.then(|| ("KindConflict", format!("\"{kind}\" is already in use")))
}

/// Deletes the objects, and then the definition.
pub(super) fn undefine(cluster: &mut Cluster<'_>, name: &str, at: Timestamp) {
    let Some((place, mut crd)) = whole(cluster, CRD_GROUP, CRDS, name).filter(|(_, found)| is_going(found)) else {
        return;
    };
    if !finalizers(&crd).iter().any(|one| one == CLEANUP) {
        return;
    }
    let mut left = 0;
    let kinds = custom::kept(cluster).into_iter().filter(|kind| kind.qualified() == name);
    for kind in kinds {
        for object in cluster.list(&kind.group, &kind.plural, None) {
            let manner = Manner::by(Propagation::Background);
            let goes = is_going(&object);
            left += usize::from(goes || !matches!(delete::take_away(cluster, &kind, object, &manner, at), Ok(None)));
        }
    }
    if left == 0 {
        let because = ("InstanceDeletionCompleted", "removed all instances");
        set_condition(&mut crd, at, "Terminating", "False", because);
        return let_go(cluster, &place, crd, CLEANUP);
    }
    let before = crd.clone();
    let because = ("InstanceDeletionInProgress", "CustomResource deletion is in progress");
    set_condition(&mut crd, at, "Terminating", "True", because);
    if crd == before {
        later(cluster, at, 2_500, &Task::Undefine { definition: name.to_owned() });
    } else {
        controllers::write(cluster, &place, crd);
    }
}

/// Remembers every version in which objects may be kept.
pub(super) fn before_update(live: &Json, crd: &mut Json) {
    let stored = crd["spec"]["versions"].as_array().into_iter().flatten().find(|one| one["storage"] == true);
    let Some(stored) = stored.map(|version| version["name"].clone()) else { return };
    let mut versions = live["status"]["storedVersions"].as_array().cloned().unwrap_or_default();
    if !versions.contains(&stored) && crd["status"].is_object() {
        versions.push(stored);
        crd["status"]["storedVersions"] = json!(versions);
    }
}
