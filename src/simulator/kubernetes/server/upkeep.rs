//! What a cluster's own controllers of objects as such do: a list of what is due, and who does it.
//!
//! Changes are noticed whoever made them, and what follows from them is done when its time has come, looked at
//! from whichever call comes next.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::kinds::{self, CRD_GROUP, CRDS};
use super::object::{finalizers, is_going, name, text};
use super::{controllers, definitions, delete, garbage, namespaces, start};
use crate::clock::Timestamp;
use crate::simulator::kubernetes::{Change, Cluster, Place};

const SEEN: &str = "upkeep/seen";
const DUE: &str = "upkeep/due/";
/// Whatever follows from what follows comes to an end, or waits for the next call.
const MOST_ROUNDS: usize = 10_000;

/// Something to do at its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Task {
    /// Deletes what belongs to an object that was never there.
    Collect { uid: String },
    /// Lets go of an object that waits for what belongs to it.
    Release { place: Place },
    /// Empties a namespace that is being deleted.
    Empty { namespace: String },
    /// Begins to serve what a definition defines.
    Establish { definition: String },
    /// Deletes the objects of a definition that is being deleted.
    Undefine { definition: String },
}

/// Brings a cluster to the present, from its very beginning.
pub(super) fn catch_up(cluster: &mut Cluster<'_>) {
    start::begin(cluster);
    for _ in 0..MOST_ROUNDS {
        notice(cluster);
        if let Some((at, ..)) = due(cluster).first() {
            // What the controllers did before then comes first.
            cluster.as_of(Some(*at));
            controllers::run(cluster);
            notice(cluster);
            work(cluster);
            notice(cluster);
            cluster.as_of(None);
            continue;
        }
        controllers::run(cluster);
        if cluster.recall(SEEN) == Some(cluster.revision()) {
            return;
        }
    }
}

/// Does it so much later, or a little more.
pub(super) fn later(cluster: &mut Cluster<'_>, from: Timestamp, least_ms: u64, task: &Task) {
    let is_one_of_many = matches!(task, Task::Collect { .. });
    if !is_one_of_many && cluster.recall_all::<Task>(DUE).iter().any(|(_, queued)| queued == task) {
        return;
    }
    let least = Duration::from_millis(least_ms);
    let what = serde_json::to_string(task).unwrap_or_default();
    let at = from + cluster.delay(&what, least, least * 2);
    let number = cluster.draw();
    cluster.remember(&format!("{DUE}{:020}/{number}", at.as_millis()), task);
}

/// Takes in what changed.
fn notice(cluster: &mut Cluster<'_>) {
    let revision = cluster.revision();
    let seen: u64 = cluster.recall(SEEN).unwrap_or(1);
    if seen == revision {
        return;
    }
    for change in cluster.changes_since(seen).unwrap_or_default() {
        follow(cluster, &change);
    }
    cluster.remember(SEEN, &revision);
}

/// What follows from a change.
fn follow(cluster: &mut Cluster<'_>, change: &Change) {
    let now = cluster.now();
    let (object, place) = (&change.object, &change.place);
    if change.deleted {
        return;
    }
    if change.added {
        garbage::check_owners(cluster, object);
    }
    let waits = finalizers(object).iter().any(|one| one == delete::ORPHAN || one == delete::FOREGROUND);
    if is_going(object) && waits {
        later(cluster, now, 200, &Task::Release { place: place.clone() });
    }
    let going = is_going(object);
    let name = name(object).to_owned();
    match (place.group.as_str(), place.resource.as_str()) {
        ("", "namespaces") if going => later(cluster, now, 500, &Task::Empty { namespace: name }),
        (CRD_GROUP, CRDS) if going => later(cluster, now, 500, &Task::Undefine { definition: name }),
        (CRD_GROUP, CRDS) if text(&object["status"]["acceptedNames"], "plural").is_empty() => {
            later(cluster, now, 600, &Task::Establish { definition: name });
        }
        _ => {}
    }
}

/// Does what is due first.
fn work(cluster: &mut Cluster<'_>) {
    let due = due(cluster);
    // What is to be collected is looked for at once, because that looks at every object.
    let is_collected = |task: &Task| matches!(task, Task::Collect { .. });
    let many = due.iter().take_while(|(.., task)| is_collected(task)).count().max(1);
    let mut gone = Vec::new();
    for (at, name, task) in due.into_iter().take(many) {
        cluster.forget(&format!("{DUE}{name}"));
        match task {
            Task::Collect { uid } => gone.push(uid),
            Task::Release { place } => garbage::release(cluster, &place, at),
            Task::Empty { namespace } => namespaces::empty(cluster, &namespace, at),
            Task::Establish { definition } => definitions::establish(cluster, &definition, at),
            Task::Undefine { definition } => definitions::undefine(cluster, &definition, at),
        }
    }
    if !gone.is_empty() {
        garbage::collect(cluster, &gone);
    }
}

/// When, under which name, and what, the soonest first.
fn due(cluster: &Cluster<'_>) -> Vec<(Timestamp, String, Task)> {
    let at = |name: &str| name.split('/').next().and_then(|time| time.parse::<u64>().ok()).unwrap_or_default();
    let all = cluster.recall_all::<Task>(DUE).into_iter();
    let all = all.map(|(name, task)| (Duration::from_millis(at(&name)), name, task));
    all.take_while(|(at, ..)| *at <= cluster.now()).collect()
}

/// The object of a place that is a namespace or a definition.
pub(super) fn whole(cluster: &Cluster<'_>, group: &str, plural: &str, name: &str) -> Option<(Place, Json)> {
    let kind = kinds::built_in(group, plural)?;
    let place = super::write::place_of(&kind, None, name);
    let object = cluster.get(&place)?;
    Some((place, object))
}
