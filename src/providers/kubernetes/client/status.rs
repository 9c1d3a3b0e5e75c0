//! What an API server's refusal means: from a Status object to an [`ErrorKind`].
//!
//! Knows nothing of what is tried again, or how often.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value as Json;

use super::forbidden;
use super::subject::Subject;
use crate::provider::{ErrorKind, ProviderError};

/// Other managers own fields that an apply would change.
pub(in crate::providers) const FIELD_MANAGER_CONFLICT: &str = "FieldManagerConflict";
/// The address is no part of this API: a group, version or kind that is not served.
pub(super) const NO_SUCH_PATH: &str = "NoSuchPath";
/// A list's next page is no longer kept.
pub(super) const EXPIRED: &str = "Expired";
/// The object of the name is not the one that was meant.
pub(super) const OTHER_OBJECT: &str = "PreconditionFailed";

/// How much of an answer that makes no sense is shown.
const SHOWN: usize = 200;
/// What Go's servers say of an address they do not know.
const NO_PAGE: &str = "404 page not found";

/// A call that was not answered with what it asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failure {
    pub(super) error: ProviderError,
    /// The server said no before the call had any effect.
    pub(super) is_refused: bool,
    /// The server asks to be left alone for so long.
    pub(super) wait: Option<Duration>,
}

impl Failure {
    pub(super) fn refused(error: ProviderError) -> Self {
        Self { error, is_refused: true, wait: None }
    }

    pub(super) fn unsure(error: ProviderError) -> Self {
        Self { error, is_refused: false, wait: None }
    }
}

/// A Status object, as far as it matters here.
pub(super) struct Told<'a> {
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
    pub(super) causes: Vec<Cause<'a>>,
    json: &'a Json,
}

pub(super) struct Cause<'a> {
    pub(super) reason: &'a str,
    pub(super) field: &'a str,
    message: &'a str,
}

impl<'a> Told<'a> {
    fn of(json: &'a Json) -> Option<Self> {
        (json.get("kind")?.as_str()? == "Status").then(|| {
            let causes = json.pointer("/details/causes").and_then(Json::as_array);
            let causes = causes.into_iter().flatten().map(|cause| Cause {
                reason: text(cause, "reason"),
                field: text(cause, "field"),
                message: text(cause, "message"),
            });
            Self { reason: text(json, "reason"), message: text(json, "message"), causes: causes.collect(), json }
        })
    }

    pub(super) fn has_cause(&self, reason: &str) -> bool {
        self.causes.iter().any(|cause| cause.reason == reason)
    }

    fn retry_after(&self) -> Option<Duration> {
        self.json
            .pointer("/details/retryAfterSeconds")
            .and_then(Json::as_u64)
            .filter(|seconds| *seconds > 0)
            .map(Duration::from_secs)
    }

    /// The error it is, with its reason as the code.
    pub(super) fn error(&self, kind: ErrorKind, subject: &Subject) -> ProviderError {
        let error = ProviderError::new(kind, subject.operation(), self.message);
        if self.reason.is_empty() { error } else { error.code(self.reason) }
    }
}

fn text<'a>(json: &'a Json, name: &str) -> &'a str {
    json.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// What an answer that is no success means.
pub(super) fn explain(subject: &Subject, answer: &http::Response<bytes::Bytes>) -> Failure {
    let (status, body) = (answer.status(), answer.body());
    let json: Option<Json> = serde_json::from_slice(body).ok();
    let told = json.as_ref().and_then(Told::of);
    let header = answer.headers().get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let wait = told.as_ref().and_then(Told::retry_after).or(header.map(Duration::from_secs));
    let failure = match &told {
        Some(told) => of_status(subject, status, told),
        None => without_status(subject, status, &String::from_utf8_lossy(body)),
    };
    Failure { wait, ..failure }
}

fn of_status(subject: &Subject, status: StatusCode, told: &Told<'_>) -> Failure {
    let error = |kind: ErrorKind| told.error(kind, subject);
    match status.as_u16() {
        401 => Failure::refused(no_credentials(subject, told.message).code("Unauthorized")),
        403 => Failure::refused(forbidden::explain(subject, told)),
        404 => Failure::refused(missing(subject, told)),
        409 => Failure::refused(conflict(subject, told)),
        410 => Failure::refused(error(ErrorKind::Rejected).code(EXPIRED)),
        429 => Failure::refused(error(ErrorKind::Throttled)),
        500 => failed(subject, told),
        502..=504 => Failure::unsure(error(ErrorKind::Unavailable)),
        400..=499 => Failure::refused(rejected(subject, told)),
        _ => Failure::unsure(error(ErrorKind::Unexpected)),
    }
}

pub(super) fn no_credentials(subject: &Subject, message: &str) -> ProviderError {
    ProviderError::new(ErrorKind::NoCredentials, subject.operation(), message).hint(
        "the cluster does not know who this is: on EKS the credentials' role or user needs an access entry, \
         in a kubeconfig the user's token or certificate may have expired",
    )
}

fn missing(subject: &Subject, told: &Told<'_>) -> ProviderError {
    let error = told.error(ErrorKind::NotFound, subject);
    // An object that is missing is named; an address that is not served is not.
    if told.message.contains("could not find the requested resource") || told.message == NO_PAGE {
        return error.code(NO_SUCH_PATH);
    }
    match told.message.strip_prefix("namespaces \"").and_then(|rest| rest.split('"').next()) {
        Some(namespace) if subject.resource != "namespaces" => {
            error.hint(format!("make namespace {namespace} first, and refer to it here so that it comes first"))
        }
        _ => error,
    }
}

fn conflict(subject: &Subject, told: &Told<'_>) -> ProviderError {
    if told.has_cause(FIELD_MANAGER_CONFLICT) {
        return owned_by_others(subject, told);
    }
    if told.reason == "AlreadyExists" {
        return told.error(ErrorKind::AlreadyExists, subject);
    }
    if told.message.contains("recondition failed: UID") {
        return told.error(ErrorKind::Rejected, subject).code(OTHER_OBJECT);
    }
    told.error(ErrorKind::Busy, subject).hint("something else changes it at the same time: apply again")
}

fn owned_by_others(subject: &Subject, told: &Told<'_>) -> ProviderError {
    let conflicts = told.causes.iter().filter(|cause| cause.reason == FIELD_MANAGER_CONFLICT);
    let mut lines: Vec<String> =
        conflicts.map(|cause| format!("{}: {}", manager(cause.message), cause.field)).collect();
    lines.sort();
    let message = format!("others manage fields that this would change\n{}", itemised(&lines));
    ProviderError::new(ErrorKind::Rejected, subject.operation(), message).code(FIELD_MANAGER_CONFLICT).hint(
        "leave these fields out of the manifest, so that they stay with whoever manages them, \
         or take them over with `force_conflicts: true`",
    )
}

/// `manager "x"` out of `conflict with "x" using apps/v1`.
fn manager(message: &str) -> String {
    let name = message.split_once("conflict with \"").and_then(|(_, rest)| rest.split('"').next());
    name.map_or(message.to_owned(), |name| format!("manager \"{name}\""))
}

/// A refusal of what was asked for, every cause on its own.
pub(super) fn rejected(subject: &Subject, told: &Told<'_>) -> ProviderError {
    let error = told.error(ErrorKind::Rejected, subject);
    let error = match told.causes.as_slice() {
        [] => error,
        causes => {
            let lines: Vec<String> = causes.iter().map(|cause| line(cause)).collect();
            let message = if let [line] = lines.as_slice() {
                line.clone()
            } else {
                format!("{} causes\n{}", lines.len(), itemised(&lines))
            };
            ProviderError { message, ..error }
        }
    };
    match hint(told) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

fn line(cause: &Cause<'_>) -> String {
    match cause.field {
        "" | "<nil>" => cause.message.to_owned(),
        field => format!("{field}: {}", cause.message),
    }
}

fn itemised(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  - {line}")).collect::<Vec<_>>().join("\n")
}

/// An error of the server's own, but for the few under this status that are the caller's.
fn failed(subject: &Subject, told: &Told<'_>) -> Failure {
    // The words under which a server-side apply refuses fields that no schema has.
    if told.message.contains("failed to create typed") || told.message.contains("field not declared in schema") {
        return Failure::refused(rejected(subject, told));
    }
    let error = told.error(ErrorKind::Unavailable, subject);
    match webhook(told.message) {
        Some(name) => Failure::refused(error.hint(format!(
            "the cluster asks webhook {name} about such objects and it does not answer: see that the pods behind it are ready"
        ))),
        None => Failure::unsure(error),
    }
}

/// The name in `failed calling webhook "x": …`.
fn webhook(message: &str) -> Option<&str> {
    message.split_once("failed calling webhook \"").and_then(|(_, rest)| rest.split('"').next())
}

fn hint(told: &Told<'_>) -> Option<&'static str> {
    let says = |words: &str| told.message.contains(words);
    if says("unknown field") || says("field not declared in schema") {
        return Some(
            "a field is misspelt, misplaced, or newer than the cluster: `kubectl explain` shows what there is",
        );
    }
    if says("denied the request") || says("denied request") {
        return Some("an admission policy of the cluster does not let it pass: change the object or the policy");
    }
    if says("field is immutable") {
        return Some("this field cannot change in place: the object has to be deleted and made anew");
    }
    match told.reason {
        "RequestEntityTooLarge" => Some("an object may have about 1.5 MB in all: split it"),
        "MethodNotAllowed" => Some("this kind of object does not offer that"),
        _ => None,
    }
}

/// An answer in which no API server speaks: a proxy, a load balancer, a wrong address. Its 404 says nothing of any object.
fn without_status(subject: &Subject, status: StatusCode, body: &str) -> Failure {
    let said = body.trim();
    let error = |kind: ErrorKind, text: String| ProviderError::new(kind, subject.operation(), text);
    let plain = || format!("status {} and no Status object: {}", status.as_u16(), shown(said));
    match status.as_u16() {
        401 => Failure::refused(no_credentials(subject, &shown(said)).code("Unauthorized")),
        404 if said == NO_PAGE => Failure::refused(error(ErrorKind::NotFound, said.to_owned()).code(NO_SUCH_PATH)),
        429 => Failure::refused(error(ErrorKind::Throttled, plain())),
        500 | 502..=504 => Failure::unsure(error(ErrorKind::Unavailable, plain())),
        _ => Failure::unsure(
            error(ErrorKind::Unexpected, plain())
                .hint("is this the address of a Kubernetes API server, or does a proxy answer in its place?"),
        ),
    }
}

/// The beginning of a text, on one line.
pub(super) fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::super::request::Request;
    use super::super::scripted::{refusal, reply};
    use super::*;
    use http::Method;
    use proptest::prelude::*;
    use serde_json::json;

    fn subject() -> Subject {
        Subject::of(&Request::new(Method::PATCH, "/apis/apps/v1/namespaces/demo/deployments/web"))
    }

    fn told(status: u16, reason: &str, message: &str, details: Json) -> Failure {
        explain(&subject(), &reply(refusal(status, reason, message, details)).unwrap())
    }

    #[test]
    fn every_refusal_is_sorted_by_what_one_can_do_about_it() {
        let denied = |action: &str| ErrorKind::AccessDenied { action: action.to_owned() };
        let rbac = "deployments.apps \"web\" is forbidden: User \"a\" cannot patch resource \"deployments\" in API group \"apps\" in the namespace \"demo\"";
        let nodes =
            "nodes is forbidden: User \"a\" cannot list resource \"nodes\" in API group \"\" at the cluster scope";
        let path = "forbidden: User \"system:anonymous\" cannot get path \"/version\"";
        let terminating = "configmaps \"a\" is forbidden: unable to create new content in namespace demo because it is being terminated";
        let quota = "pods \"a\" is forbidden: exceeded quota: small, requested: pods=1, used: pods=4, limited: pods=4";
        let security = "pods \"a\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true";
        let policy = "admission webhook \"validation.gatekeeper.sh\" denied the request: no";
        let typed = "failed to create typed patch object (demo/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema";
        let escalation =
            "roles \"a\" is forbidden: user \"a\" is attempting to grant RBAC permissions not currently held";
        let precondition = "Operation cannot be fulfilled on pods \"a\": Precondition failed: UID in precondition: a, UID in object meta: b";
        let cases = [
            (401, "Unauthorized", "Unauthorized", ErrorKind::NoCredentials),
            (403, "Forbidden", rbac, denied("patch deployments.apps in namespace demo")),
            (403, "Forbidden", nodes, denied("list nodes")),
            (403, "Forbidden", path, denied("get /version")),
            (403, "Forbidden", "no", denied("patch deployments.apps in namespace demo")),
            (403, "Forbidden", terminating, ErrorKind::Busy),
            (403, "Forbidden", quota, ErrorKind::QuotaExceeded),
            (403, "Forbidden", security, ErrorKind::Rejected),
            (403, "Forbidden", policy, ErrorKind::Rejected),
            (403, "Forbidden", escalation, ErrorKind::Rejected),
            (404, "NotFound", "deployments.apps \"web\" not found", ErrorKind::NotFound),
            (409, "AlreadyExists", "deployments.apps \"web\" already exists", ErrorKind::AlreadyExists),
            (409, "Conflict", "the object has been modified; please apply your changes", ErrorKind::Busy),
            (409, "Conflict", precondition, ErrorKind::Rejected),
            (422, "Invalid", "", ErrorKind::Rejected),
            (400, "BadRequest", "strict decoding error: unknown field \"spec.replica\"", ErrorKind::Rejected),
            (405, "MethodNotAllowed", "", ErrorKind::Rejected),
            (413, "RequestEntityTooLarge", "", ErrorKind::Rejected),
            (415, "UnsupportedMediaType", "", ErrorKind::Rejected),
            (410, "Expired", "", ErrorKind::Rejected),
            (429, "TooManyRequests", "", ErrorKind::Throttled),
            (500, "InternalError", "Internal error occurred: etcdserver: leader changed", ErrorKind::Unavailable),
            (500, "ServerTimeout", "", ErrorKind::Unavailable),
            (500, "", "etcdserver: request timed out", ErrorKind::Unavailable),
            (500, "", typed, ErrorKind::Rejected),
            (503, "ServiceUnavailable", "", ErrorKind::Unavailable),
            (504, "Timeout", "", ErrorKind::Unavailable),
            (301, "", "", ErrorKind::Unexpected),
        ];
        for (status, reason, message, expected) in cases {
            let failure = told(status, reason, message, json!({}));
            assert_eq!(failure.error.kind, expected, "{status} {reason} {message}");
            let may_have_happened = matches!(expected, ErrorKind::Unavailable | ErrorKind::Unexpected);
            assert_eq!(failure.is_refused, !may_have_happened, "{status} {reason} {message}");
        }
    }

    #[test]
    fn an_answer_without_a_status_says_little() {
        let cases = [
            (404, "404 page not found\n", ErrorKind::NotFound, Some(NO_SUCH_PATH)),
            (404, "<html>", ErrorKind::Unexpected, None),
            (403, "<html>", ErrorKind::Unexpected, None),
            (401, "", ErrorKind::NoCredentials, Some("Unauthorized")),
            (429, "slow down", ErrorKind::Throttled, None),
            (502, "Bad Gateway", ErrorKind::Unavailable, None),
            (302, "", ErrorKind::Unexpected, None),
        ];
        for (status, body, kind, code) in cases {
            let mut answer = http::Response::new(body.into());
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            let error = explain(&subject(), &answer).error;
            assert_eq!((error.kind, error.code.as_deref()), (kind, code), "{status} {body}");
        }
    }

    #[test]
    fn whose_fields_they_are_is_told_one_by_one() {
        let cause = |manager: &str, field: &str| json!({"reason": FIELD_MANAGER_CONFLICT, "message": format!("conflict with \"{manager}\" using apps/v1"), "field": field});
        let causes = json!({"causes": [cause("kubectl", ".spec.replicas"), cause("argocd", ".spec.paused")]});
        let error = told(409, "Conflict", "Apply failed with 2 conflicts", causes).error;
        assert_eq!((&error.kind, error.code.as_deref()), (&ErrorKind::Rejected, Some(FIELD_MANAGER_CONFLICT)));
        let lines: Vec<_> = error.message.lines().skip(1).collect();
        assert_eq!(lines, ["  - manager \"argocd\": .spec.paused", "  - manager \"kubectl\": .spec.replicas"]);
        assert!(error.hint.is_some_and(|hint| hint.contains("force_conflicts: true")));
    }

    #[test]
    fn every_cause_stands_on_its_own() {
        let cause = |field: &str| json!({"reason": "FieldValueRequired", "message": "Required value", "field": field});
        let message = |causes: Vec<Json>| {
            told(422, "Invalid", "Deployment \"web\" is invalid", json!({"causes": causes})).error.message
        };
        assert_eq!(message(vec![]), "Deployment \"web\" is invalid");
        assert_eq!(message(vec![cause("spec.selector")]), "spec.selector: Required value");
        let two = message(vec![cause("spec.selector"), cause("spec.template")]);
        assert_eq!(two, "2 causes\n  - spec.selector: Required value\n  - spec.template: Required value");
    }

    #[test]
    fn hints_say_what_to_do() {
        let cases = [
            (404, "NotFound", "namespaces \"demo\" not found", "make namespace demo first"),
            (400, "BadRequest", "strict decoding error: unknown field \"spec.replica\"", "misspelt"),
            (422, "Invalid", "spec.selector: Invalid value: {}: field is immutable", "made anew"),
            (
                500,
                "InternalError",
                "Internal error occurred: failed calling webhook \"v.keda.sh\": EOF",
                "webhook v.keda.sh",
            ),
            (403, "Forbidden", "admission webhook \"a\" denied the request: no", "policy"),
        ];
        for (status, reason, message, expected) in cases {
            let hint = told(status, reason, message, json!({})).error.hint.unwrap_or_default();
            assert!(hint.contains(expected), "{message}: {hint}");
        }
    }

    #[test]
    fn how_long_to_wait_is_taken_from_either_place() {
        assert_eq!(told(429, "", "", json!({"retryAfterSeconds": 3})).wait, Some(Duration::from_secs(3)));
        let mut answer = http::Response::new("".into());
        *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        answer.headers_mut().insert("retry-after", "5".parse().unwrap());
        assert_eq!(explain(&subject(), &answer).wait, Some(Duration::from_secs(5)));
    }

    #[test]
    fn what_is_shown_of_nonsense_is_short() {
        let long = "é".repeat(1000);
        assert_eq!(shown(&long).chars().count(), SHOWN + 1);
        assert_eq!(shown(" a\n b "), "a b");
    }

    /// Something like a Status object, right or wrong in any place.
    fn odd_status() -> impl Strategy<Value = Json> {
        let word = prop_oneof![
            Just(json!(null)),
            Just(json!(7)),
            Just(json!([])),
            any::<String>().prop_map(Json::from),
            Just(json!("Conflict")),
            Just(json!("conflict with \"")),
            Just(json!("User \"a\" cannot ")),
            Just(json!("failed calling webhook \"")),
            Just(json!("namespaces \"")),
            Just(json!(FIELD_MANAGER_CONFLICT)),
        ];
        let cause = (word.clone(), word.clone(), word.clone())
            .prop_map(|(reason, field, message)| json!({"reason": reason, "field": field, "message": message}));
        (word.clone(), word.clone(), prop::collection::vec(cause, 0..3), word).prop_map(
            |(reason, message, causes, wait)| {
                json!({"kind": "Status", "reason": reason, "message": message,
                   "details": {"causes": causes, "retryAfterSeconds": wait}})
            },
        )
    }

    proptest! {
        #[test]
        fn no_answer_is_too_odd(status in 100u16..1000, body in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut answer = http::Response::new(body.into());
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            explain(&subject(), &answer);
        }

        #[test]
        fn no_status_is_too_odd(status in 100u16..1000, json in odd_status()) {
            let error = explain(&subject(), &reply((status, json)).unwrap()).error;
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
