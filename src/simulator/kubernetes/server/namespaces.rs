//! Namespaces that are being deleted: everything in them goes first.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::delete::{self, Manner, Propagation};
use super::object::{finalizers, has_condition, is_going, set_condition, strings, text};
use super::upkeep::{Task, later, whole};
use super::write::is_finished;
use super::{controllers, custom};
use crate::clock::Timestamp;
use crate::simulator::kubernetes::Cluster;

const FINALIZER: &str = "kubernetes";

/// What keeps a namespace from going.
struct Remains {
    /// The groups that nobody answers for.
    undiscovered: Vec<String>,
    /// How many objects of a resource are left, and how many of them a finalizer holds.
    objects: BTreeMap<String, usize>,
    finalizers: BTreeMap<String, usize>,
}

pub(super) fn empty(cluster: &mut Cluster<'_>, name: &str, at: Timestamp) {
    let Some((place, namespace)) = whole(cluster, "", "namespaces", name).filter(|(_, found)| is_going(found)) else {
        return;
    };
    let remains = remains(cluster, name, at);
    let mut changed = namespace.clone();
    remains.tell(&mut changed, at);
    let done = remains.undiscovered.is_empty() && remains.objects.is_empty();
    if done {
        let mut held = strings(&changed["spec"]["finalizers"]);
        held.retain(|one| one != FINALIZER);
        changed["spec"] = if held.is_empty() { json!({}) } else { json!({"finalizers": held}) };
    }
    if done && is_finished(&changed) {
        controllers::erase(cluster, &place);
    } else if changed != namespace {
        // What follows from this change looks again by itself.
        controllers::write(cluster, &place, changed);
    } else if !done {
        later(cluster, at, 2_500, &Task::Empty { namespace: name.to_owned() });
    }
}

/// Deletes what can be deleted, and tells the rest.
fn remains(cluster: &mut Cluster<'_>, name: &str, at: Timestamp) -> Remains {
    let (mut objects, mut held) = (BTreeMap::new(), BTreeMap::new());
    for kind in custom::kept(cluster).into_iter().filter(|kind| kind.namespaced) {
        for object in cluster.list(&kind.group, &kind.plural, Some(name)) {
            let manner = Manner::by(Propagation::Background);
            let left = if is_going(&object) {
                Some(object)
            } else {
                delete::take_away(cluster, &kind, object, &manner, at).ok().flatten()
            };
            let Some(left) = left else { continue };
            *objects.entry(kind.qualified()).or_default() += 1;
            finalizers(&left).into_iter().for_each(|one| *held.entry(one).or_default() += 1);
        }
    }
    Remains { undiscovered: undiscovered(cluster), objects, finalizers: held }
}

/// Versions of groups whose servers do not answer.
fn undiscovered(cluster: &Cluster<'_>) -> Vec<String> {
    let services = cluster.list("apiregistration.k8s.io", "apiservices", None);
    let dead =
        services.iter().filter(|one| one["spec"]["service"].is_object() && !has_condition(one, "Available", "True"));
    dead.map(|one| format!("{}/{}", text(&one["spec"], "group"), text(&one["spec"], "version"))).collect()
}

impl Remains {
    fn tell(&self, namespace: &mut Json, at: Timestamp) {
        let listed = |counts: &BTreeMap<String, usize>, word: &str| {
            let parts: Vec<_> =
                counts.iter().map(|(name, count)| format!("{name} {word} {count} resource instances")).collect();
            parts.join(", ")
        };
        let groups = self.undiscovered.iter().map(|group| format!("{group}: stale GroupVersion discovery: {group}"));
        let failed = format!(
            "Discovery failed for some groups, {} failing: unable to retrieve the complete list of server APIs: {}",
            self.undiscovered.len(),
            groups.collect::<Vec<_>>().join(", ")
        );
        let remaining = format!("Some resources are remaining: {}", listed(&self.objects, "has"));
        let holding =
            format!("Some content in the namespace has finalizers remaining: {}", listed(&self.finalizers, "in"));
        let all = [
            (
                "NamespaceDeletionDiscoveryFailure",
                (!self.undiscovered.is_empty()).then_some(("DiscoveryFailed", failed.as_str())),
                ("ResourcesDiscovered", "All resources successfully discovered"),
            ),
            (
                "NamespaceDeletionGroupVersionParsingFailure",
                None,
                ("ParsedGroupVersions", "All legacy kube types successfully parsed"),
            ),
            (
                "NamespaceDeletionContentFailure",
                None,
                ("ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
            ),
            (
                "NamespaceContentRemaining",
                (!self.objects.is_empty()).then_some(("SomeResourcesRemain", remaining.as_str())),
                ("ContentRemoved", "All content successfully removed"),
            ),
            (
                "NamespaceFinalizersRemaining",
                (!self.finalizers.is_empty()).then_some(("SomeFinalizersRemain", holding.as_str())),
                ("ContentHasNoFinalizers", "All content-preserving finalizers finished"),
            ),
        ];
        for (kind, wrong, right) in all {
            let status = if wrong.is_some() { "True" } else { "False" };
            set_condition(namespace, at, kind, status, wrong.unwrap_or(right));
        }
    }
}
