//! Jobs: ready when they are complete, because what comes after one needs its effect.

use super::status::{Status, of_all};
use super::{Readiness, Related};

pub(super) fn readiness(status: &Status<'_>, related: &Related<'_>) -> Readiness {
    let holds = |name: &str| status.condition(name).filter(|condition| condition.is_true());
    if let Some(failed) = holds("Failed") {
        return match status.waiting(failed.told(), related) {
            Readiness::Waiting(told) => Readiness::Failed(told),
            other => other,
        };
    }
    if holds("Complete").is_some() || is_suspended(status) {
        return Readiness::Ready;
    }
    if let Some(failing) = holds("FailureTarget") {
        return Readiness::Waiting(format!("its last pods are ending; {}", failing.told()));
    }
    let wanted = status.number("/spec/completions").or(status.number("/spec/parallelism")).unwrap_or(1);
    let mut what = format!("{} complete", of_all(status.count("succeeded"), wanted, "pod"));
    match status.count("failed") {
        0 => {}
        failed => what.push_str(&format!(", {failed} failed")),
    }
    status.waiting(what, related)
}

/// It runs when it is resumed, and that it does not is what was asked for.
fn is_suspended(status: &Status<'_>) -> bool {
    status.is("/spec/suspend")
}

pub(super) fn rolled_out(status: &Status<'_>) -> bool {
    let holds = |name: &str| status.condition(name).is_some_and(|condition| condition.is_true());
    holds("Complete") || holds("Failed") || is_suspended(status)
}
