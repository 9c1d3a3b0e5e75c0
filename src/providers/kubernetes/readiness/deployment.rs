//! Deployments, as `kubectl rollout status` waits for them.

use super::status::{Status, of_all};
use super::{Readiness, Related};

pub(super) fn readiness(status: &Status<'_>, related: &Related<'_>) -> Readiness {
    if !status.is_surely_seen() {
        return status.not_seen();
    }
    // Nothing goes on until it is resumed, and that is what was asked for.
    if status.is("/spec/paused") {
        return Readiness::Ready;
    }
    if let Some(progress) = status.condition("Progressing").filter(|progress| is_over(progress.reason())) {
        return match status.waiting(progress.told(), related) {
            Readiness::Waiting(told) => Readiness::Failed(told),
            other => other,
        };
    }
    match unfinished(status) {
        None => Readiness::Ready,
        Some(what) => match status.condition("ReplicaFailure").filter(|failure| failure.is_true()) {
            Some(failure) => Readiness::Waiting(format!("{what}; {}", failure.told())),
            None => status.waiting(what, related),
        },
    }
}

fn is_over(reason: &str) -> bool {
    reason == "ProgressDeadlineExceeded"
}

fn unfinished(status: &Status<'_>) -> Option<String> {
    let wanted = status.replicas();
    let (all, updated, available) =
        (status.count("replicas"), status.count("updatedReplicas"), status.count("availableReplicas"));
    if updated < wanted {
        return Some(format!("{} updated", of_all(updated, wanted, "replica")));
    }
    if all > updated {
        return Some(format!("{} still to go", of_all(all - updated, all, "replica")));
    }
    (available < updated).then(|| format!("{} available", of_all(available, updated, "replica")))
}

pub(super) fn rolled_out(status: &Status<'_>) -> bool {
    if !status.is_surely_seen() {
        return false;
    }
    if status.is("/spec/paused") {
        return true;
    }
    match status.condition("Progressing") {
        Some(progress) => progress.is_true() && progress.reason() == "NewReplicaSetAvailable",
        // It has no deadline, so nothing is said of progress.
        None => {
            status.count("updatedReplicas") >= status.replicas()
                && status.count("replicas") <= status.count("updatedReplicas")
        }
    }
}
