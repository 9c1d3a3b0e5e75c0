//! HorizontalPodAutoscalers: ready when they can read and change what they scale.
//!
//! Whether their metrics can be read depends on pods that may come later, and at zero on nothing at all.

use super::Readiness;
use super::status::Status;

pub(super) fn readiness(status: &Status<'_>) -> Readiness {
    match status.condition("AbleToScale").filter(|able| able.is_false()) {
        Some(able) => Readiness::Waiting(able.told()),
        None => Readiness::Ready,
    }
}
