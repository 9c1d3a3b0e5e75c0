//! The service's ways to say no. Each code has one HTTP status.

use crate::simulator::aws::Refusal;

pub(super) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidParameterException", message)
}

pub(super) fn invalid_request(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidRequestException", message)
}

pub(super) fn serialization(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "SerializationException", message)
}

pub(super) fn in_use(message: impl Into<String>) -> Refusal {
    Refusal::new(409, "ResourceInUseException", message)
}

pub(super) fn not_found(message: impl Into<String>) -> Refusal {
    Refusal::new(404, "ResourceNotFoundException", message)
}

pub(super) fn limit(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "ResourceLimitExceededException", message)
}

/// What the real service has and the simulator does not: no answer at all is better than a wrong one.
pub(super) fn not_here(what: &str) -> Refusal {
    Refusal::new(501, "NotImplemented", format!("the simulator's EKS has no {what}"))
}
