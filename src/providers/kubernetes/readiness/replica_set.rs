//! ReplicaSets, and ReplicationControllers, which were their model.

use super::status::{Status, of_all};
use super::{Readiness, Related};

pub(super) fn readiness(status: &Status<'_>, related: &Related<'_>) -> Readiness {
    if !status.is_surely_seen() {
        return status.not_seen();
    }
    let (wanted, all, available) = (status.replicas(), status.count("replicas"), status.count("availableReplicas"));
    if available >= wanted && all <= wanted {
        return Readiness::Ready;
    }
    let what = match available < wanted {
        true => format!("{} available", of_all(available, wanted, "replica")),
        false => format!("{} still to go", of_all(all - wanted, all, "replica")),
    };
    match status.condition("ReplicaFailure").filter(|failure| failure.is_true()) {
        Some(failure) => Readiness::Waiting(format!("{what}; {}", failure.told())),
        None => status.waiting(what, related),
    }
}
