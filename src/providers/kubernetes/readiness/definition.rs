//! Definitions of custom resources: ready when their objects can be made.

use super::Readiness;
use super::status::Status;

pub(super) fn readiness(status: &Status<'_>) -> Readiness {
    if let Some(names) = status.condition("NamesAccepted").filter(|names| names.is_false()) {
        return Readiness::Failed(format!("another definition has one of its names; {}", names.told()));
    }
    match status.condition("Established") {
        Some(established) if established.is_true() => Readiness::Ready,
        Some(established) if established.is_false() && established.reason() != "Installing" => {
            Readiness::Failed(established.told())
        }
        _ => Readiness::Waiting(
            match status.condition("KubernetesAPIApprovalPolicyConformant").filter(|policy| policy.is_false()) {
                Some(policy) => format!("it is not established; {}", policy.told()),
                None => "it is not established yet".to_owned(),
            },
        ),
    }
}
