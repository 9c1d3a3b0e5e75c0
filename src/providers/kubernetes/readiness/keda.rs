//! ScaledObjects and ScaledJobs: <https://keda.sh/docs/latest/reference/scaledobject-spec/>.

use super::status::Status;
use super::{Readiness, Related};

/// `paused-scale-in` and `paused-scale-out` are no pauses: the rest goes on.
const PAUSES: [&str; 2] = ["autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas"];

pub(super) fn readiness(status: &Status<'_>, related: &Related<'_>) -> Readiness {
    if is_paused(status) {
        return Readiness::Ready;
    }
    match status.condition("Ready") {
        Some(ready) if ready.is_true() => Readiness::Ready,
        // What the cloud said stands only in an event.
        Some(ready) if !ready.reason().is_empty() => status.waiting(ready.told(), related),
        _ => status.waiting("KEDA has not looked at it yet: is its operator running?".to_owned(), related),
    }
}

fn is_paused(status: &Status<'_>) -> bool {
    let annotation = |key: &&str| {
        let annotations = status.object.pointer("/metadata/annotations");
        annotations.and_then(|all| all.get(*key)).and_then(serde_json::Value::as_str)
    };
    // Whatever is not plainly false pauses.
    let says_no = |value: &str| ["false", "FALSE", "False", "f", "F", "0"].contains(&value);
    let [paused, at] = PAUSES;
    annotation(&paused).is_some_and(|value| !says_no(value)) || annotation(&at).is_some()
}
