//! What happens by itself on a cluster: controllers, a scheduler, kubelets, and what the cloud does for them.
//!
//! Nobody polls. What is written is noticed, and has the controllers that care look a moment later; what takes
//! time is looked at when its time has come. So a cluster in which nothing happens costs nothing, however much
//! is in it. What fell due between two calls is done in the order of its time and as of its time.
//!
//! Not here: how much a node can carry, how long images take by their size, what containers do. An image whose
//! name has `does-not-exist` in it, or whose tag is `missing`, is never pulled; one with `crash` in its name
//! ends with an error; every other one runs, or ends well if it is to end.

mod api_service;
mod autoscaler;
mod claim;
mod container;
mod daemon_set;
mod deployment;
mod endpoints;
mod events;
mod job;
mod keda;
mod namespace;
mod nodes;
mod object;
mod ownership;
mod pod;
mod pod_template;
mod queue;
mod replica_set;
mod revision;
mod rollout;
mod scale;
mod scheduler;
mod selector;
mod service;
mod stateful_set;
#[cfg(test)]
mod tests;
mod turn;

use serde_json::Value as Json;

use super::{Cluster, Place};
use object::Kind;
use queue::{Task, Work};
use turn::Turn;

pub(in crate::simulator) use service::{address, node_port};

/// How much is done before a call is answered. The rest is done before the next one is.
const MOST_LOOKS: usize = 50_000;

/// Brings everything to now.
pub(in crate::simulator) fn run(cluster: &mut Cluster<'_>) {
    let now = cluster.now();
    claim::begin(&mut Turn::new(cluster, now, now));
    nodes::look(&mut Turn::new(cluster, now, now));
    for _ in 0..MOST_LOOKS {
        let Some((at, task)) = queue::take(cluster, now) else { return };
        look(&mut Turn::new(cluster, at, now), &task);
    }
}

/// Is told of everything that a client wrote or erased, right after it did.
pub(in crate::simulator) fn noticed(
    cluster: &mut Cluster<'_>,
    place: &Place,
    before: Option<&Json>,
    after: Option<&Json>,
) {
    let now = cluster.now();
    notice(&mut Turn::new(cluster, now, now), place, before, after);
}

/// How many seconds an object that is deleted without further words stays, for its end to be graceful. None
/// for what is gone at once.
pub(in crate::simulator) fn grace(place: &Place, object: &Json) -> Option<u64> {
    let runs = object::POD.is_of(place) && !object::text(object, "/spec/nodeName").is_empty() && !pod::is_over(object);
    let asked = object::number(object, "/spec/terminationGracePeriodSeconds").unwrap_or(30);
    runs.then(|| u64::try_from(asked).unwrap_or(0)).filter(|seconds| *seconds > 0)
}

fn look(turn: &mut Turn<'_, '_>, Task { work, namespace, name }: &Task) {
    let look = match work {
        Work::ApiService => api_service::look,
        Work::Authentication => keda::authentication,
        Work::Autoscaler => autoscaler::look,
        Work::Claim => claim::look,
        Work::ClusterAuthentication => keda::cluster_authentication,
        Work::DaemonSet => daemon_set::look,
        Work::Deployment => deployment::look,
        Work::EndpointSlices => endpoints::look,
        Work::Event => events::expire,
        Work::Garbage => ownership::collect,
        Work::Job => job::look,
        Work::KedaOperator => keda::operator,
        Work::Namespace => namespace::look,
        Work::Nodes => nodes::join_and_leave,
        Work::Pod => pod::look,
        Work::ReplicaSet => replica_set::look,
        Work::ScaledJob => keda::scaled_job,
        Work::ScaledObject => keda::scaled_object,
        Work::Service => service::look,
        Work::StatefulSet => stateful_set::look,
        Work::VolumeRelease => claim::release,
    };
    look(turn, namespace, name);
}

/// A change of an object, as those see it who are told of it.
#[derive(Clone, Copy)]
struct Seen<'a> {
    place: &'a Place,
    before: Option<&'a Json>,
    after: Option<&'a Json>,
}

impl<'a> Seen<'a> {
    /// It as it is, or as it was last.
    fn object(&self) -> &'a Json {
        self.after.or(self.before).unwrap_or(&Json::Null)
    }

    fn namespace(&self) -> &'a str {
        self.place.namespace.as_deref().unwrap_or_default()
    }

    /// Whether more than its status is another one now.
    fn was_asked(&self) -> bool {
        const ASKED: [&str; 7] = [
            "/spec",
            "/metadata/annotations",
            "/metadata/deletionTimestamp",
            "/metadata/finalizers",
            "/metadata/labels",
            "/metadata/ownerReferences",
            "/metadata/uid",
        ];
        ASKED.iter().any(|part| self.differs(part))
    }

    /// Whether a part of it is another one now, or it came or went.
    fn differs(&self, pointer: &str) -> bool {
        let part = |object: Option<&'a Json>| object.and_then(|object| object.pointer(pointer));
        self.before.is_none() || self.after.is_none() || part(self.before) != part(self.after)
    }
}

fn notice(turn: &mut Turn<'_, '_>, place: &Place, before: Option<&Json>, after: Option<&Json>) {
    let seen = Seen { place, before, after };
    ownership::notice(turn, place, before, after);
    // Controllers write the status themselves, or look at it as its owner's.
    if let Some(work) = looker(place).filter(|_| seen.was_asked()) {
        turn.soon(work, seen.namespace(), &place.name);
    }
    if let Some((work, owner)) = object::controller(seen.object()).and_then(|by| Some((owner_looker(by)?, by))) {
        turn.soon(work, seen.namespace(), object::text(owner, "/name"));
    }
    match (place.group.as_str(), place.resource.as_str()) {
        ("", "pods") => pod::notice(turn, seen),
        ("", "nodes") => nodes::notice(turn, seen),
        ("", "services") => endpoints::notice(turn, seen),
        ("", "configmaps" | "secrets" | "serviceaccounts") | ("storage.k8s.io", "storageclasses") => {
            turn.wake(&place.resource, seen.namespace(), &place.name);
        }
        ("", "persistentvolumeclaims") => claim::notice(turn, seen),
        ("discovery.k8s.io", "endpointslices") => api_service::notice(turn, seen),
        ("apps", "deployments" | "replicasets" | "statefulsets") => {
            if seen.differs("/spec/replicas") {
                turn.wake(&place.resource, seen.namespace(), &place.name);
            }
            keda::notice(turn, seen);
        }
        ("keda.sh", _) => keda::notice(turn, seen),
        ("apiextensions.k8s.io", "customresourcedefinitions") => keda::notice(turn, seen),
        _ => {}
    }
}

/// Who looks at an object of its own.
fn looker(place: &Place) -> Option<Work> {
    let own: &[(Kind, Work)] = &[
        (object::API_SERVICE, Work::ApiService),
        (object::AUTOSCALER, Work::Autoscaler),
        (object::CLAIM, Work::Claim),
        (object::DAEMON_SET, Work::DaemonSet),
        (object::DEPLOYMENT, Work::Deployment),
        (object::JOB, Work::Job),
        (object::NAMESPACE, Work::Namespace),
        (object::POD, Work::Pod),
        (object::REPLICA_SET, Work::ReplicaSet),
        (object::SERVICE, Work::Service),
        (object::STATEFUL_SET, Work::StatefulSet),
        (keda::SCALED_OBJECT, Work::ScaledObject),
        (keda::SCALED_JOB, Work::ScaledJob),
        (keda::AUTHENTICATION, Work::Authentication),
        (keda::CLUSTER_AUTHENTICATION, Work::ClusterAuthentication),
        (object::VOLUME, Work::VolumeRelease),
    ];
    own.iter().find(|(kind, _)| kind.is_of(place)).map(|(_, work)| *work)
}

/// Who looks at what an object controls.
fn owner_looker(owner: &Json) -> Option<Work> {
    match object::text(owner, "/kind") {
        "DaemonSet" => Some(Work::DaemonSet),
        "Deployment" => Some(Work::Deployment),
        "Job" => Some(Work::Job),
        "ReplicaSet" => Some(Work::ReplicaSet),
        "ScaledObject" => Some(Work::ScaledObject),
        "StatefulSet" => Some(Work::StatefulSet),
        _ => None,
    }
}
