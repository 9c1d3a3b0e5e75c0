//! StatefulSets, as `kubectl rollout status` waits for them.

use super::status::{Status, of_all};
use super::{Readiness, Related};

pub(super) fn readiness(status: &Status<'_>, related: &Related<'_>) -> Readiness {
    if !status.is_surely_seen() {
        return status.not_seen();
    }
    let (wanted, ready) = (status.replicas(), status.count("readyReplicas"));
    if ready < wanted {
        return status.waiting(format!("{} ready", of_all(ready, wanted, "replica")), related);
    }
    let all = status.count("replicas");
    if all > wanted {
        return status.waiting(format!("{} still to go", of_all(all - wanted, all, "replica")), related);
    }
    if let Some(what) = outdated(status) {
        return status.waiting(what, related);
    }
    // Left out where no time of readiness is asked for, and by old clusters.
    let available = status.number("/status/availableReplicas").unwrap_or(wanted);
    if available < wanted {
        return status.waiting(format!("{} available", of_all(available, wanted, "replica")), related);
    }
    Readiness::Ready
}

/// Pods of an older revision that are to be replaced.
fn outdated(status: &Status<'_>) -> Option<String> {
    // They are replaced when somebody deletes them.
    if status.text("/spec/updateStrategy/type") == Some("OnDelete") {
        return None;
    }
    let updated = status.count("updatedReplicas");
    if let Some(partition) = status.number("/spec/updateStrategy/rollingUpdate/partition").filter(|below| *below > 0) {
        let wanted = (status.replicas() - partition).max(0);
        return (updated < wanted)
            .then(|| format!("{} above the partition updated", of_all(updated, wanted, "replica")));
    }
    (status.text("/status/currentRevision") != status.text("/status/updateRevision"))
        .then(|| format!("{} updated", of_all(updated, status.replicas(), "replica")))
}

pub(super) fn rolled_out(status: &Status<'_>) -> bool {
    if !status.is_surely_seen() || outdated(status).is_some() {
        return false;
    }
    let by_hand = status.text("/spec/updateStrategy/type") == Some("OnDelete");
    let partition = status.number("/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0);
    let made = if by_hand { status.count("replicas") } else { status.count("updatedReplicas") };
    made >= status.replicas() - partition
}
