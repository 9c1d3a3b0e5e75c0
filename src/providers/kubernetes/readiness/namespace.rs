//! Namespaces.

use super::Readiness;
use super::status::Status;

pub(super) fn readiness(status: &Status<'_>) -> Readiness {
    match status.text("/status/phase") {
        Some("Active") | None => Readiness::Ready,
        Some(phase) => Readiness::Waiting(format!("it is {phase}")),
    }
}
