//! Whether an object is what it was made for, by its own word; and if not yet, what is waited for.
//!
//! One file a kind, after `kubectl rollout status`, kstatus
//! (<https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus>) and Helm's waiter. Where these differ,
//! the one that waits for the effect is followed: a Job is ready when it is complete. Asks no one; what to look
//! at besides is given as [`Related`].

mod api_service;
mod autoscaler;
mod claim;
mod daemon_set;
mod definition;
mod deployment;
mod job;
mod keda;
mod namespace;
mod other;
mod pod;
mod pods;
mod replica_set;
mod selector;
mod service;
mod stateful_set;
mod status;

use serde_json::Value as Json;

use super::{kinds, obstacle};
pub(super) use selector::pods_selector;
use status::Status;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::providers) enum Readiness {
    Ready,
    /// It may still get ready by itself: `2 of 3 replicas available`.
    Waiting(String),
    /// It does not get ready by itself any more.
    Failed(String),
    /// It is being deleted, and this is in the way.
    Leaving(String),
}

/// What stands around an object and says more than the object does. May be empty.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::providers) struct Related<'a> {
    /// Those that [`pods_selector`] selects.
    pub pods: &'a [Json],
    /// Of the object's namespace: warnings and others.
    pub events: &'a [Json],
}

/// Whether an object is ready.
pub(in crate::providers) fn of(object: &Json, related: &Related<'_>) -> Readiness {
    if object.pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null()) {
        return Readiness::Leaving(obstacle::text(object));
    }
    let status = Status::of(object);
    if let Some(waiting) = status.unseen() {
        return waiting;
    }
    match kind(object) {
        ("apps", "Deployment") => deployment::readiness(&status, related),
        ("apps", "StatefulSet") => stateful_set::readiness(&status, related),
        ("apps", "DaemonSet") => daemon_set::readiness(&status, related),
        ("apps", "ReplicaSet") | ("", "ReplicationController") => replica_set::readiness(&status, related),
        ("batch", "Job") => job::readiness(&status, related),
        ("", "Pod") => pod::readiness(&status, related),
        ("", "PersistentVolumeClaim") => claim::readiness(&status, related),
        ("", "Service") => service::readiness(&status, related),
        ("", "Namespace") => namespace::readiness(&status),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition::readiness(&status),
        ("apiregistration.k8s.io", "APIService") => api_service::readiness(&status),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaler::readiness(&status),
        ("keda.sh", "ScaledObject" | "ScaledJob") => keda::readiness(&status, related),
        _ => other::readiness(&status),
    }
}

/// Whether this generation of an object was ever complete, as far as its status tells. A pod that crashes
/// afterwards makes an object unready, but the change that was made to it is done.
pub(in crate::providers) fn rolled_out(object: &Json) -> bool {
    let status = Status::of(object);
    match kind(object) {
        ("apps", "Deployment") => deployment::rolled_out(&status),
        ("apps", "StatefulSet") => stateful_set::rolled_out(&status),
        ("apps", "DaemonSet") => daemon_set::rolled_out(&status),
        ("batch", "Job") => job::rolled_out(&status),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition::readiness(&status) == Readiness::Ready,
        _ => true,
    }
}

fn kind(object: &Json) -> (&str, &str) {
    let text = |key: &str| object.get(key).and_then(Json::as_str).unwrap_or_default();
    (kinds::split_api_version(text("apiVersion")).0, text("kind"))
}

#[cfg(test)]
mod related_tests;
#[cfg(test)]
mod tests;
