//! APIServices: ready when the server behind them answers.

use super::Readiness;
use super::status::Status;

pub(super) fn readiness(status: &Status<'_>) -> Readiness {
    match status.condition("Available") {
        Some(available) if available.is_true() => Readiness::Ready,
        Some(available) => Readiness::Waiting(format!("its server does not answer; {}", available.told())),
        None => Readiness::Waiting("its server has not been asked yet".to_owned()),
    }
}
