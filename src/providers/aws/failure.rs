//! What an AWS error means: from status, code and message to an [`ErrorKind`].
//!
//! The tables come from the services' models. Knows nothing of what is tried again, or how often.

use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};

use crate::provider::{ErrorKind, ProviderError};
use crate::providers::cloud::Explain;

const DENIED: &[&str] = &["AccessDenied", "NotAuthorized", "UnauthorizedOperation"];

const CREDENTIALS: &[&str] = &[
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignature",
    "MissingAuthenticationToken",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClient",
];

const THROTTLED: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2Throttled",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "Throttled",
    "Throttling",
    "TooManyRequests",
    "TransactionInProgress",
];

const UNAVAILABLE: &[&str] =
    &["InternalError", "InternalFailure", "RequestTimeout", "ServiceFailure", "ServiceUnavailable"];

/// botocore lists `LimitExceededException` as throttling. In IAM it is a quota of the account, which no patience lifts.
const QUOTA: &[&str] =
    &["AccountQuotaExceeded", "LimitExceeded", "QuotaExceeded", "ResourceLimitExceeded", "ServiceQuotaExceeded"];

const EXISTS: &[&str] = &["EntityAlreadyExists", "QueueAlreadyExists", "QueueNameExists"];

const MISSING: &[&str] = &["NoSuchEntity", "NonExistentQueue", "QueueDoesNotExist", "ResourceNotFound"];

const BUSY: &[&str] = &[
    "ConcurrentModification",
    "DeleteConflict",
    "EntityTemporarilyUnmodifiable",
    "QueueDeletedRecently",
    "ResourcePropagationDelay",
];

/// What EKS says of a role that its servers do not see yet, or not yet with its policies; in lower case.
const NEW_ROLE: &[&str] = &[
    "error in role params",
    "role could not be assumed because the trusted entity is not correct",
    "the provided role doesn't have the amazon eks managed policies associated with it",
    "iam role's policy must include",
    "the specified principalarn is invalid: invalid principal",
    "the role with name",
    "were not found in the trust relationships",
];

/// What came back from a service.
#[derive(Clone, Copy)]
struct Answer<'a> {
    status: Option<u16>,
    code: Option<&'a str>,
    message: &'a str,
}

impl<E> Explain for SdkError<E, HttpResponse>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    /// `operation` is written as IAM writes its permission, such as `sqs:CreateQueue`.
    fn explain(&self, operation: &str) -> ProviderError {
        explained(operation, self)
    }
}

fn explained<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> ProviderError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    match error {
        SdkError::ServiceError(service) => {
            let (code, message) = (service.err().code(), service.err().message().unwrap_or(""));
            classify(operation, Answer { status, code, message })
        }
        SdkError::ResponseError(_) => classify(operation, Answer { status, code: None, message: "" }),
        SdkError::TimeoutError(_) => ProviderError::new(ErrorKind::Unavailable, operation, "no answer in time"),
        failed => {
            let text = chain(failed);
            match text.contains("redential") {
                true => no_credentials(operation, &text),
                false => ProviderError::new(ErrorKind::Unavailable, operation, text),
            }
        }
    }
}

pub(super) fn no_credentials(operation: &str, message: &str) -> ProviderError {
    ProviderError::new(ErrorKind::NoCredentials, operation, message).hint(
        "set AWS_PROFILE or `profile` under `providers: aws:`, sign in with `aws sso login`, \
         or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    )
}

/// SQS puts a prefix before some codes and SDKs put `Exception` behind others: `AWS.SimpleQueueService.NonExistentQueue`.
fn bare(code: &str) -> &str {
    let code = code.strip_prefix("AWS.SimpleQueueService.").unwrap_or(code);
    code.strip_suffix("Exception").unwrap_or(code)
}

fn classify(operation: &str, answer: Answer<'_>) -> ProviderError {
    let Some(code) = answer.code else {
        return without_code(operation, answer);
    };
    let is = |codes: &[&str]| codes.contains(&bare(code));
    let kind = if is(DENIED) {
        ErrorKind::AccessDenied { action: denied_action(answer.message).unwrap_or(operation).to_owned() }
    } else if is(CREDENTIALS) {
        return no_credentials(operation, answer.message).code(code);
    } else if is(THROTTLED) || answer.status == Some(429) {
        ErrorKind::Throttled
    } else if is(QUOTA) {
        ErrorKind::QuotaExceeded
    } else if is(EXISTS) || (is_in_use(code) && says_it_exists(operation, answer.message)) {
        ErrorKind::AlreadyExists
    } else if is(MISSING) || is_missing_cluster(code, answer.message) {
        ErrorKind::NotFound
    } else if is(BUSY) || is_in_use(code) || is_new_principal(code, answer.message) || is_new_role(code, answer.message)
    {
        ErrorKind::Busy
    } else if is(UNAVAILABLE) || matches!(answer.status, Some(500 | 502 | 503 | 504)) {
        ErrorKind::Unavailable
    } else {
        ErrorKind::Rejected
    };
    let still_needed = kind == ErrorKind::Busy && is_in_use(code);
    let error = ProviderError::new(kind, operation, answer.message).code(code);
    match hint(code, answer.message) {
        _ if still_needed => {
            error.hint("something else changes it, or still needs it: apply again when that is through")
        }
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// An answer in which no service speaks: a proxy, a load balancer, a wrong address. Its 404 says nothing of any object.
fn without_code(operation: &str, answer: Answer<'_>) -> ProviderError {
    let status = answer.status.map_or("no status".to_owned(), |status| format!("status {status}"));
    let (kind, hint) = match answer.status {
        Some(429) => (ErrorKind::Throttled, None),
        Some(500 | 502 | 503 | 504) => (ErrorKind::Unavailable, None),
        _ => (ErrorKind::Unexpected, Some("is `endpoint`, or AWS_ENDPOINT_URL, the address of an AWS service?")),
    };
    let error = ProviderError::new(kind, operation, format!("{status} and no error code of the service"));
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// A principal IAM does not see: one that was made a moment ago, or none at all. The message is the same for both,
/// so both are tried again for a while. SQS does not even say that it is the principal.
pub(super) fn is_new_principal(code: &str, message: &str) -> bool {
    match bare(code) {
        "MalformedPolicyDocument" => message.to_lowercase().contains("invalid principal"),
        "InvalidAttributeValue" => message.contains("Invalid value for the parameter Policy"),
        _ => false,
    }
}

/// A role that EKS does not see: one that was made a moment ago, or none at all. A subnet that "does not exist" is none.
pub(super) fn is_new_role(code: &str, message: &str) -> bool {
    let text = message.to_lowercase();
    let is_no_role = text.contains("does not exist") && text.contains("role");
    bare(code) == "InvalidParameter" && (is_no_role || NEW_ROLE.iter().any(|words| text.contains(words)))
}

/// EKS's one code for an object that is there already, that is changing, and that others still need.
fn is_in_use(code: &str) -> bool {
    bare(code) == "ResourceInUse"
}

fn says_it_exists(operation: &str, message: &str) -> bool {
    operation.starts_with("eks:Create") && !message.contains("in progress")
}

/// Another change of the object is under way, which takes as long as it takes.
pub(super) fn is_in_progress(code: &str, message: &str) -> bool {
    is_in_use(code) && message.contains("in progress")
}

/// `No cluster found for name: a` comes under this code as well as under `ResourceNotFoundException`.
fn is_missing_cluster(code: &str, message: &str) -> bool {
    bare(code) == "Client" && message.contains("No cluster found for name")
}

pub(super) fn is_recently_deleted(code: &str) -> bool {
    bare(code) == "QueueDeletedRecently"
}

pub(super) fn is_delete_conflict(code: &str) -> bool {
    bare(code) == "DeleteConflict"
}

/// The permission named in `… is not authorized to perform: sqs:CreateQueue on resource: …`.
fn denied_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("is not authorized to perform: ")?;
    let action = rest.split_whitespace().next()?.trim_end_matches(['.', ',']);
    (!action.is_empty()).then_some(action)
}

fn hint(code: &str, message: &str) -> Option<&'static str> {
    if is_recently_deleted(code) {
        return Some("SQS keeps the name of a deleted queue blocked for 60 seconds");
    }
    if is_new_principal(code, message) {
        return Some("every principal that a policy names must exist: check the ARNs in it");
    }
    if is_new_role(code, message) {
        return Some("the role must exist, trust the service that uses it, and have its policies: check both");
    }
    match bare(code) {
        "ResourceLimitExceeded" => Some("a quota of EKS is used up: have it raised in Service Quotas, or delete some"),
        "UnsupportedAvailabilityZone" => Some("take subnets in the zones that EKS names, at least two of them"),
        "DeleteConflict" => Some("something is still attached to it that this stack did not make"),
        "LimitExceeded" => Some("a quota of the account is used up: have it raised in Service Quotas, or delete some"),
        "MalformedPolicyDocument" => Some("the policy document is not valid for IAM: check it in the console's editor"),
        _ => None,
    }
}

/// An error and everything it came from, once each.
fn chain(error: &dyn std::error::Error) -> String {
    let mut parts: Vec<String> = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if parts.last().is_some_and(|last| !last.contains(&text)) {
            parts.push(text);
        }
        source = cause.source();
    }
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: u16, code: Option<&str>, message: &str) -> ErrorKind {
        classify("sqs:CreateQueue", Answer { status: Some(status), code, message }).kind
    }

    #[test]
    fn every_error_is_sorted_by_what_one_can_do_about_it() {
        let denied = |action: &str| ErrorKind::AccessDenied { action: action.to_owned() };
        let said = "User: arn:aws:iam::1:user/a is not authorized to perform: iam:PassRole on resource: *";
        let cases = [
            (403, Some("AccessDenied"), said, denied("iam:PassRole")),
            (403, Some("AccessDeniedException"), "no", denied("sqs:CreateQueue")),
            (403, Some("ExpiredTokenException"), "", ErrorKind::NoCredentials),
            (400, Some("Throttling"), "Rate exceeded", ErrorKind::Throttled),
            (400, Some("ThrottlingException"), "", ErrorKind::Throttled),
            (429, Some("Unheard"), "", ErrorKind::Throttled),
            (409, Some("LimitExceeded"), "Cannot exceed quota", ErrorKind::QuotaExceeded),
            (409, Some("LimitExceededException"), "", ErrorKind::QuotaExceeded),
            (409, Some("EntityAlreadyExists"), "", ErrorKind::AlreadyExists),
            (400, Some("QueueAlreadyExists"), "", ErrorKind::AlreadyExists),
            (409, Some("ConcurrentModification"), "", ErrorKind::Busy),
            (400, Some("AWS.SimpleQueueService.QueueDeletedRecently"), "", ErrorKind::Busy),
            (400, Some("AWS.SimpleQueueService.NonExistentQueue"), "", ErrorKind::NotFound),
            (404, Some("NoSuchEntity"), "", ErrorKind::NotFound),
            (400, Some("MalformedPolicyDocument"), "Invalid principal in policy: \"AWS\"", ErrorKind::Busy),
            (400, Some("MalformedPolicyDocument"), "Syntax errors in policy.", ErrorKind::Rejected),
            (400, Some("InvalidAttributeValue"), "Invalid value for the parameter Policy.", ErrorKind::Busy),
            (400, Some("InvalidAttributeValue"), "", ErrorKind::Rejected),
            (501, Some("NotImplemented"), "", ErrorKind::Rejected),
            (404, Some("ResourceNotFoundException"), "No cluster found for name: a.", ErrorKind::NotFound),
            (400, Some("ClientException"), "No cluster found for name: a.", ErrorKind::NotFound),
            (400, Some("ClientException"), "This is wrong.", ErrorKind::Rejected),
            (428, Some("ResourcePropagationDelayException"), "", ErrorKind::Busy),
            (400, Some("ResourceLimitExceededException"), "", ErrorKind::QuotaExceeded),
            (400, Some("InvalidParameterException"), "roleArn, arn:aws:iam::1:role/a, does not exist", ErrorKind::Busy),
            (400, Some("InvalidParameterException"), "Error in role params", ErrorKind::Busy),
            (400, Some("InvalidParameterException"), "The subnet ID 'a' does not exist", ErrorKind::Rejected),
            (400, Some("UnsupportedAvailabilityZoneException"), "", ErrorKind::Rejected),
            (500, Some("ServerException"), "", ErrorKind::Unavailable),
            (503, Some("Unheard"), "", ErrorKind::Unavailable),
            (502, None, "", ErrorKind::Unavailable),
            (404, None, "", ErrorKind::Unexpected),
        ];
        for (status, code, message, expected) in cases {
            assert_eq!(kind(status, code, message), expected, "{status} {code:?} {message}");
        }
    }

    #[test]
    fn in_use_means_three_things() {
        let kind = |operation: &str, message: &str| {
            let code = Some("ResourceInUseException");
            classify(operation, Answer { status: Some(409), code, message }).kind
        };
        assert_eq!(kind("eks:CreateCluster", "Cluster already exists with name: a"), ErrorKind::AlreadyExists);
        assert_eq!(kind("eks:CreateAddon", "Another change is in progress"), ErrorKind::Busy);
        assert_eq!(kind("eks:DeleteCluster", "Cluster has nodegroups attached"), ErrorKind::Busy);
        assert!(is_in_progress("ResourceInUseException", "Cannot delete: an update is in progress"));
        assert!(!is_in_progress("ResourceInUseException", "Cluster has nodegroups attached"));
    }

    #[test]
    fn a_missing_page_is_not_a_missing_object() {
        let error = classify("sqs:GetQueueUrl", Answer { status: Some(404), code: None, message: "" });
        assert!(error.hint.is_some_and(|hint| hint.contains("endpoint")));
    }
}
