//! Pods that nobody else makes.

use super::status::Status;
use super::{Readiness, Related, pods};

pub(super) fn readiness(status: &Status<'_>, related: &Related<'_>) -> Readiness {
    let ready = status.condition("Ready").is_some_and(|ready| ready.is_true());
    match status.text("/status/phase") {
        Some("Succeeded") => Readiness::Ready,
        Some("Running") if ready => Readiness::Ready,
        Some("Failed") => {
            Readiness::Failed(told(status, related).unwrap_or_else(|| "its containers failed".to_owned()))
        }
        Some("Running") => {
            Readiness::Waiting(told(status, related).unwrap_or_else(|| "it runs and is not ready".to_owned()))
        }
        phase => {
            let phase = phase.unwrap_or("Pending");
            Readiness::Waiting(told(status, related).unwrap_or_else(|| format!("it is {phase}")))
        }
    }
}

fn told(status: &Status<'_>, related: &Related<'_>) -> Option<String> {
    pods::trouble_of(status.object, related.events).map(|trouble| trouble.text)
}
