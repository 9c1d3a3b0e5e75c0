//! What an error of ARM means: from status, code and message to an [`ErrorKind`].
//!
//! Knows nothing of what is tried again, or how often.

use std::time::Duration;

use azure_core::error::ErrorKind as Trouble;
use serde_json::Value as Json;

use super::answer::Answer;
use crate::provider::{ErrorKind, ProviderError};
use crate::providers::cloud::Explain;

const CREDENTIALS: &[&str] = &[
    "AuthenticationFailed",
    "AuthenticationFailedMissingToken",
    "ExpiredAuthenticationToken",
    "InvalidAuthenticationToken",
    "InvalidAuthenticationTokenTenant",
];

const DENIED: &[&str] = &["AuthorizationFailed", "Forbidden", "LinkedAuthorizationFailed"];

const MISSING: &[&str] = &[
    "FederatedIdentityCredentialNotFound",
    "MessagingGatewayNotFound",
    "NotFound",
    "ParentResourceNotFound",
    "QueueNotFound",
    "ResourceGroupNotFound",
    "ResourceNotFound",
    "RoleAssignmentNotFound",
];

/// It was looked for in the wrong way or place, which says nothing of whether it is there, with whatever status.
const ASTRAY: &[&str] = &[
    "InvalidApiVersionParameter",
    "InvalidResourceNamespace",
    "InvalidResourceType",
    "NoRegisteredProviderFound",
    NO_SUBSCRIPTION,
];

/// The subscription is none that the credentials reach.
pub(in super::super) const NO_SUBSCRIPTION: &str = "SubscriptionNotFound";

/// Something else is changing the object, or it is on its way.
const BUSY: &[&str] = &[
    "AnotherOperationInProgress",
    "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
    "EtagMismatch",
    "InUse",
    "OperationPreempted",
    CHANGED,
    PRINCIPAL_UNSEEN,
    "QueueBeingDeleted",
    "ResourceGroupBeingDeleted",
    "RetryableError",
    "StorageAccountOperationInProgress",
];

const THROTTLED: &[&str] = &["OperationThrottled", "SubscriptionRequestsThrottled", "Throttled", "TooManyRequests"];

const QUOTA: &[&str] = &[
    "ErrCode_InsufficientVCPUQuota",
    "MaxNumberOfNamespacesPerSubscriptionReached",
    "QuotaExceeded",
    "RoleAssignmentLimitExceeded",
    "SkuNotAvailable",
];

/// A new identity that role assignments do not see yet.
pub(super) const PRINCIPAL_UNSEEN: &str = "PrincipalNotFound";

/// What was to be changed is no longer what was read.
pub(super) const CHANGED: &str = "PreconditionFailed";

const NAME_TAKEN: &[&str] =
    &["NameUnavailable", "NamespaceUnavailable", "StorageAccountAlreadyTaken", "StorageAccountInAnotherResourceGroup"];

/// What came back in place of what was asked for.
#[derive(Clone, Debug)]
pub(in super::super) enum Failed {
    /// ARM, or something on the way, said no.
    Refused(Box<Answer>),
    /// It is no longer what the call was meant to change.
    Stale(Box<Answer>),
    /// No token could be had.
    NoToken(String),
    /// No connection, or no answer on it.
    NoAnswer(String),
}

impl Failed {
    pub(super) fn from_transport(error: &azure_core::Error) -> Self {
        match error.kind() {
            Trouble::Credential => Self::NoToken(chain(error)),
            _ => Self::NoAnswer(chain(error)),
        }
    }
}

impl Explain for Failed {
    fn explain(&self, operation: &str) -> ProviderError {
        match self {
            Self::Refused(answer) => classify(operation, answer),
            Self::Stale(answer) => ProviderError { kind: ErrorKind::Busy, ..classify(operation, answer) }.code(CHANGED),
            Self::NoToken(text) => no_credentials(operation, text),
            Self::NoAnswer(text) => ProviderError::new(ErrorKind::Unavailable, operation, text),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(answer) | Self::Stale(answer) => answer.retry_after(),
            Self::NoToken(_) | Self::NoAnswer(_) => None,
        }
    }
}

pub(in super::super) fn no_credentials(operation: &str, message: &str) -> ProviderError {
    ProviderError::new(ErrorKind::NoCredentials, operation, message).hint(
        "sign in with `az login`, set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, \
         or say under `providers: azure:` which `credential` to use",
    )
}

fn chain(error: &azure_core::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// The envelope that all of ARM's errors come in, of answers and of operations that failed.
#[derive(Debug, Default)]
pub(super) struct Envelope<'a> {
    pub(super) code: &'a str,
    pub(super) message: String,
}

impl<'a> Envelope<'a> {
    /// `{code, message, target, details}`, below `error` or not.
    pub(super) fn read(body: &'a Json) -> Option<Self> {
        let error = body.get("error").unwrap_or(body);
        let code = error.get("code").or_else(|| error.get("Code"))?.as_str()?;
        let mut message = told(error);
        for detail in error.get("details").and_then(Json::as_array).into_iter().flatten() {
            let more = told(detail);
            if !more.is_empty() && !message.contains(&more) {
                message.push_str("; ");
                message.push_str(&more);
            }
        }
        Some(Self { code, message })
    }
}

/// Whether an answer to a call with a tag says that the tag is of the past: AKS does so with two statuses.
pub(super) fn is_stale(answer: &Answer) -> bool {
    let code = Envelope::read(&answer.body).map_or("", |envelope| envelope.code);
    answer.status == 412 || ["EtagMismatch", CHANGED].iter().any(|known| known.eq_ignore_ascii_case(code))
}

/// Whether a call failed for nothing else than that.
pub(in super::super) fn is_changed(error: &ProviderError) -> bool {
    error.kind == ErrorKind::Busy && error.code.as_deref() == Some(CHANGED)
}

fn told(error: &Json) -> String {
    let text = |name: &str| error.get(name).and_then(Json::as_str).unwrap_or_default();
    let message = text("message").split("\r\n").next().unwrap_or_default().trim().trim_end_matches('.');
    match text("target") {
        "" => message.to_owned(),
        target if message.contains(target) => message.to_owned(),
        target => format!("{message} ({target})"),
    }
}

fn classify(operation: &str, answer: &Answer) -> ProviderError {
    let Some(envelope) = Envelope::read(&answer.body) else {
        return without_code(operation, answer);
    };
    let error = meaning(operation, Some(answer.status), &envelope);
    match answer.header("x-ms-correlation-request-id") {
        Some(id) => ProviderError { message: format!("{} [correlation id {id}]", error.message), ..error },
        None => error,
    }
}

/// What a code and its message mean, of an answer or of an operation that failed in the end.
pub(super) fn meaning(operation: &str, status: Option<u16>, envelope: &Envelope<'_>) -> ProviderError {
    let Envelope { code, message } = envelope;
    let is = |codes: &[&str]| codes.iter().any(|known| known.eq_ignore_ascii_case(code));
    let kind = if status == Some(401) || is(CREDENTIALS) {
        return no_credentials(operation, message).code(*code);
    } else if is(DENIED) || status == Some(403) {
        ErrorKind::AccessDenied { action: denied(message).unwrap_or(operation).to_owned() }
    } else if is(QUOTA) || is_quota(message) {
        ErrorKind::QuotaExceeded
    } else if is(THROTTLED) || status == Some(429) {
        ErrorKind::Throttled
    } else if is(ASTRAY) {
        ErrorKind::Rejected
    } else if is(MISSING) || status == Some(404) {
        ErrorKind::NotFound
    } else if code.eq_ignore_ascii_case("RoleAssignmentExists") {
        ErrorKind::AlreadyExists
    } else if is(BUSY) || is_in_progress(message) || status == Some(412) {
        ErrorKind::Busy
    } else if matches!(status, Some(408 | 500 | 502 | 503 | 504)) {
        ErrorKind::Unavailable
    } else {
        ErrorKind::Rejected
    };
    let error = ProviderError::new(kind, operation, message).code(*code);
    // Service Bus and Event Hubs have no code for it.
    if is(NAME_TAKEN) || message.to_lowercase().contains("specified name is not available") {
        return error.hint("names of this kind are shared by everyone in Azure: choose another");
    }
    match &error.kind {
        ErrorKind::Busy if is(&[PRINCIPAL_UNSEEN]) => error
            .hint("a new identity is known everywhere after some minutes: apply again then, or see to `principal_id`"),
        ErrorKind::Busy => error.hint("something else changes it: apply again when that is through"),
        ErrorKind::QuotaExceeded => {
            error.hint("ask for more under Quotas in the portal, or choose another size or region")
        }
        _ => error,
    }
}

/// AKS and Service Bus say the same with many codes: `OperationNotAllowed`, `Conflict`, `409`.
fn is_in_progress(message: &str) -> bool {
    let message = message.to_lowercase();
    ["in progress", "is being", "another operation", "please try again", "please retry"]
        .iter()
        .any(|words| message.contains(words))
}

fn is_quota(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("quota") && (message.contains("exceed") || message.contains("insufficient"))
}

/// The permission in `does not have authorization to perform action 'Microsoft.X/y/write' over scope`.
fn denied(message: &str) -> Option<&str> {
    message.split_once("perform action '")?.1.split('\'').next()
}

/// An answer in which no service speaks: a proxy, a load balancer, a wrong address. Its 404 says nothing of any object.
fn without_code(operation: &str, answer: &Answer) -> ProviderError {
    let text = format!("an answer with status {} and no error of Azure's", answer.status);
    match answer.status {
        401 => no_credentials(operation, &text),
        429 => ProviderError::new(ErrorKind::Throttled, operation, text),
        408 | 500..=599 => ProviderError::new(ErrorKind::Unavailable, operation, text),
        _ => ProviderError::new(ErrorKind::Unexpected, operation, text)
            .hint("see whether `endpoint` is right, and whether a proxy answers in Azure's place"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn explained(status: u16, code: &str, message: &str) -> ProviderError {
        let body = json!({"error": {"code": code, "message": message}});
        Failed::Refused(Box::new(Answer::new(status, &[], body))).explain("Microsoft.X/y/write")
    }

    #[test]
    fn codes_say_what_can_be_done() {
        let denied = "The client 'a' does not have authorization to perform action 'Microsoft.X/y/z/write' over scope";
        let cases = [
            (401, "InvalidAuthenticationToken", "", ErrorKind::NoCredentials),
            (
                403,
                "AuthorizationFailed",
                denied,
                ErrorKind::AccessDenied { action: "Microsoft.X/y/z/write".to_owned() },
            ),
            (403, "Other", "", ErrorKind::AccessDenied { action: "Microsoft.X/y/write".to_owned() }),
            (404, "ResourceGroupNotFound", "", ErrorKind::NotFound),
            (400, "PrincipalNotFound", "", ErrorKind::Busy),
            (409, "OperationNotAllowed", "Another operation (Updating) is in progress", ErrorKind::Busy),
            (
                409,
                "OperationNotAllowed",
                "Operation could not be completed as it results in exceeding approved quota",
                ErrorKind::QuotaExceeded,
            ),
            (409, "OperationNotAllowed", "Managed cluster is stopped", ErrorKind::Rejected),
            (409, "RoleAssignmentExists", "", ErrorKind::AlreadyExists),
            (409, "QueueBeingDeleted", "", ErrorKind::Busy),
            (404, "SubscriptionNotFound", "", ErrorKind::Rejected),
            (404, "InvalidResourceType", "", ErrorKind::Rejected),
            (404, "InvalidResourceNamespace", "", ErrorKind::Rejected),
            (404, "Whatever", "", ErrorKind::NotFound),
            (404, "QueueNotFound", "", ErrorKind::NotFound),
            (412, "Whatever", "", ErrorKind::Busy),
            (429, "Whatever", "", ErrorKind::Throttled),
            (500, "InternalServerError", "", ErrorKind::Unavailable),
            (400, "BadRequest", "no", ErrorKind::Rejected),
        ];
        for (status, code, message, kind) in cases {
            assert_eq!(explained(status, code, message).kind, kind, "{status} {code}");
        }
    }

    #[test]
    fn a_principal_that_is_not_seen_is_not_taken_for_a_change_by_others() {
        let hint = |code| explained(400, code, "").hint.unwrap_or_default();
        assert!(hint("PrincipalNotFound").starts_with("a new identity"));
        assert!(hint("RetryableError").starts_with("something else"));
    }

    #[test]
    fn a_name_that_someone_has_is_told_from_one_that_is_wrong() {
        let hint = |code, message| explained(400, code, message).hint.unwrap_or_default();
        let taken = "The specified name is not available. For more information visit https://aka.ms/x.";
        assert!(hint("BadRequest", taken).contains("shared by everyone"));
        assert!(hint("NameUnavailable", "").contains("shared by everyone"));
        assert_eq!(hint("BadRequest", "The specified service namespace is invalid."), "");
    }

    #[test]
    fn everything_that_azure_says_is_told() {
        let body = json!({"error": {"code": "InvalidParameter", "message": "It is wrong.", "target": "sku",
            "details": [{"code": "A", "message": "Too small."}, {"code": "B", "message": "It is wrong."}]}});
        let headers = [("x-ms-correlation-request-id", "c-1")];
        let error = Failed::Refused(Box::new(Answer::new(400, &headers, body))).explain("op");
        assert_eq!(
            error.to_string(),
            "op failed with InvalidParameter: It is wrong (sku); Too small [correlation id c-1]"
        );
    }

    #[test]
    fn an_answer_that_is_not_azures_is_not_taken_for_one() {
        let answer = |status| Failed::Refused(Box::new(Answer::new(status, &[], Json::Null))).explain("op").kind;
        assert_eq!([answer(404), answer(503)], [ErrorKind::Unexpected, ErrorKind::Unavailable]);
    }
}
