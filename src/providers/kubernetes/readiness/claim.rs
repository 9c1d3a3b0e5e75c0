//! Claims to volumes.

use super::status::Status;
use super::{Readiness, Related, pods};

pub(super) fn readiness(status: &Status<'_>, related: &Related<'_>) -> Readiness {
    match status.text("/status/phase") {
        Some("Bound") => Readiness::Ready,
        Some("Lost") => Readiness::Failed("its volume is gone".to_owned()),
        // It is bound when a pod uses it, and that pod may come after it.
        _ if waits_for_a_pod(status, related) => Readiness::Ready,
        phase => {
            let what = format!("it is {}, not Bound", phase.unwrap_or("Pending"));
            status.waiting(what, related)
        }
    }
}

fn waits_for_a_pod(status: &Status<'_>, related: &Related<'_>) -> bool {
    let reasons = ["WaitForFirstConsumer", "WaitForPodScheduled"];
    pods::is_reported(related.events, "PersistentVolumeClaim", status.name(), &reasons)
}
