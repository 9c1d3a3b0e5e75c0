//! DaemonSets, as `kubectl rollout status` waits for them.

use super::status::{Status, of_all};
use super::{Readiness, Related};

pub(super) fn readiness(status: &Status<'_>, related: &Related<'_>) -> Readiness {
    if !status.is_surely_seen() {
        return status.not_seen();
    }
    // Pods are replaced when somebody deletes them.
    if by_hand(status) {
        return Readiness::Ready;
    }
    let wanted = status.count("desiredNumberScheduled");
    let (updated, available) = (status.count("updatedNumberScheduled"), status.count("numberAvailable"));
    if updated < wanted {
        return status.waiting(format!("updated on {}", of_all(updated, wanted, "node")), related);
    }
    if available < wanted {
        return status.waiting(format!("available on {}", of_all(available, wanted, "node")), related);
    }
    Readiness::Ready
}

pub(super) fn rolled_out(status: &Status<'_>) -> bool {
    status.is_surely_seen()
        && (by_hand(status) || status.count("updatedNumberScheduled") >= status.count("desiredNumberScheduled"))
}

fn by_hand(status: &Status<'_>) -> bool {
    status.text("/spec/updateStrategy/type") == Some("OnDelete")
}
