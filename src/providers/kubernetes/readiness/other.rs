//! Every other kind, after the conventions that kstatus found: `Reconciling`, `Stalled` and `Ready`.

use super::Readiness;
use super::status::Status;

pub(super) fn readiness(status: &Status<'_>) -> Readiness {
    let holds = |name: &str| status.condition(name).filter(|condition| condition.is_true());
    if let Some(stalled) = holds("Stalled") {
        return Readiness::Failed(stalled.told());
    }
    if let Some(reconciling) = holds("Reconciling") {
        return Readiness::Waiting(reconciling.told());
    }
    match status.condition("Ready").filter(|ready| !ready.is_true()) {
        Some(ready) => Readiness::Waiting(ready.told()),
        None => Readiness::Ready,
    }
}
