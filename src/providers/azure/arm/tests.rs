//! The client over a scripted transport: what it sends, in which order, and when.

use std::sync::Mutex;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::AsyncRawResponse;
use azure_core::http::headers::Headers;
use azure_core::time::OffsetDateTime;
use serde_json::json;

use super::super::pace::MANNERS;
use super::*;
use crate::clock::{Clock, ManualClock};
use crate::providers::cloud::Pace;

const GROUP: At<'static> = At { id: "/subscriptions/s/resourcegroups/g", version: "2025-04-01" };

#[derive(Debug)]
struct SignedIn;

#[async_trait::async_trait]
impl TokenCredential for SignedIn {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new("secret", OffsetDateTime::from_unix_timestamp(i64::from(u32::MAX)).unwrap()))
    }
}

/// A status, headers and a body; no status is no answer.
type Line = (u16, &'static [(&'static str, &'static str)], Json);

/// Answers by a script, and keeps what was asked and when, in seconds.
#[derive(Debug)]
struct Scripted {
    lines: Mutex<Vec<Line>>,
    asked: Mutex<Vec<String>>,
    clock: ManualClock,
}

#[async_trait::async_trait]
impl HttpClient for Scripted {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let at = self.clock.now().as_secs();
        let tag = request.headers().get_optional_str(&"if-match".into()).map(|tag| format!(" over {tag}"));
        let (method, url) = (request.method(), request.url());
        self.asked.lock().unwrap().push(format!("{at} {method} {url}{}", tag.unwrap_or_default()));
        let (status, headers, body) = self.lines.lock().unwrap().remove(0);
        if status == 0 {
            return std::future::pending().await;
        }
        let mut sent = Headers::new();
        headers.iter().for_each(|(name, value)| sent.insert(*name, *value));
        Ok(AsyncRawResponse::from_bytes(status.into(), sent, body.to_string()))
    }
}

struct Scene {
    transport: Arc<Scripted>,
    arm: Arm,
    pace: Pace,
}

fn scene(lines: Vec<Line>) -> Scene {
    let clock = ManualClock::default();
    let transport = Scripted { lines: Mutex::new(lines), asked: Mutex::default(), clock: clock.clone() };
    let (transport, shared) = (Arc::new(transport), Arc::new(clock));
    let arm = Arm::new(transport.clone(), Tokens::new(Arc::new(SignedIn), shared.clone()), ENDPOINT).unwrap();
    Scene { transport, arm, pace: Pace::new(shared, Arc::new(|| 1.0), &MANNERS) }
}

impl Scene {
    fn calls(&self) -> Calls<'_> {
        Calls::new(&self.pace, Duration::from_secs(600))
    }

    fn asked(&self) -> Vec<String> {
        let asked = self.transport.asked.lock().unwrap();
        asked.iter().map(|line| line.replace("https://management.azure.com", "")).collect()
    }
}

#[tokio::test]
async fn an_operation_is_followed_in_the_services_own_time() {
    let scene = scene(vec![
        (201, &[("azure-asyncoperation", "https://management.azure.com/op/1"), ("retry-after", "5")], json!({})),
        (200, &[("azure-asyncoperation", "/op/2"), ("retry-after", "7")], json!({"status": "InProgress"})),
        (200, &[], json!({"status": "Succeeded"})),
        (200, &[], json!({"name": "g"})),
    ]);
    assert_eq!(scene.arm.put(&scene.calls(), GROUP, &json!({})).await, Ok(json!({"name": "g"})));
    let group = "/subscriptions/s/resourcegroups/g?api-version=2025-04-01";
    let expected = [format!("0 PUT {group}"), "5 GET /op/1".into(), "12 GET /op/2".into(), format!("12 GET {group}")];
    assert_eq!(scene.asked(), expected);
}

#[tokio::test]
async fn credentials_go_nowhere_else() {
    let elsewhere = [
        "https://elsewhere.example/op",
        "http://management.azure.com/op",
        "https://evilmanagement.azure.com/op",
        "https://management.azure.com.evil.example/op",
    ];
    for url in elsewhere {
        let headers: &'static [(&str, &str)] = vec![("location", url)].leak();
        let scene = scene(vec![(202, headers, Json::Null)]);
        let error = scene.arm.delete(&scene.calls(), GROUP).await.unwrap_err();
        assert_eq!((error.kind, scene.asked().len()), (ErrorKind::Unexpected, 1), "{url}");
    }
}

#[tokio::test]
async fn a_subscription_is_registered_when_a_service_wants_it() {
    let missing = json!({"error": {"code": "MissingSubscriptionRegistration", "message": "no"}});
    let state = |state: &str| json!({"registrationState": state});
    let scene = scene(vec![
        (409, &[], missing),
        (200, &[], state("Registering")),
        (200, &[], state("Registering")),
        (200, &[], state("Registered")),
        (200, &[], json!({"name": "n"})),
    ]);
    let at = At { id: "/subscriptions/s/resourceGroups/g/providers/Microsoft.X/y/n", version: "2024-01-01" };
    assert_eq!(scene.arm.put(&scene.calls(), at, &json!({})).await, Ok(json!({"name": "n"})));
    let asked: Vec<_> =
        scene.asked().iter().map(|line| line.split(['?', ' ']).skip(1).take(2).collect::<Vec<_>>().join(" ")).collect();
    let service = "/subscriptions/s/providers/Microsoft.X";
    let put = format!("PUT {}", at.id);
    let get = format!("GET {service}");
    assert_eq!(asked, [put.clone(), format!("POST {service}/register"), get.clone(), get, put]);
}

#[tokio::test]
async fn a_list_is_read_to_its_end() {
    let next = "https://management.azure.com/subscriptions/s/resourcegroups?page=2";
    let scene = scene(vec![
        (200, &[], json!({"value": [1, 2], "nextLink": next})),
        (200, &[], json!({"value": [3], "nextLink": ""})),
    ]);
    let at = At { id: "/subscriptions/s/resourcegroups", ..GROUP };
    assert_eq!(scene.arm.list(&scene.calls(), at).await, Ok(vec![json!(1), json!(2), json!(3)]));
    assert_eq!(scene.asked()[1], "0 GET /subscriptions/s/resourcegroups?page=2");
}

#[tokio::test]
async fn no_answer_and_a_full_bucket_are_tried_again_in_time() {
    let throttled = json!({"error": {"code": "TooManyRequests", "message": "no"}});
    let scene =
        scene(vec![(429, &[("retry-after", "17")], throttled), (0, &[], Json::Null), (200, &[], json!({"name": "g"}))]);
    assert_eq!(scene.arm.get(&scene.calls(), GROUP).await, Ok(Some(json!({"name": "g"}))));
    let seconds: Vec<_> = scene.asked().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(seconds, ["0", "17", "77"]);
}

#[tokio::test]
async fn what_failed_in_the_end_is_told_and_not_asked_again() {
    let failed = json!({"status": "Failed", "error": {"code": "ConflictingResource", "message": "it is being moved"}});
    let scene = scene(vec![(202, &[("azure-asyncoperation", "/op/1")], Json::Null), (200, &[], failed)]);
    let error = scene.arm.put(&scene.calls(), GROUP, &json!({})).await.unwrap_err();
    assert_eq!((error.kind, error.exhausted, error.unsure), (ErrorKind::Rejected, true, true));
    assert_eq!(error.message, "it is being moved");
}

#[tokio::test]
async fn what_was_taken_and_then_refused_may_be_there() {
    let refused = json!({"error": {"code": "StorageAccountCreationFailed", "message": "it could not be created"}});
    let scene = scene(vec![(202, &[("location", "/op/1")], Json::Null), (409, &[], refused)]);
    let error = scene.arm.put(&scene.calls(), GROUP, &json!({})).await.unwrap_err();
    assert!(error.kind.is_refusal() && error.unsure, "{error:?}");
    assert!(error.operation.ends_with("/write"), "{error:?}");
}

#[tokio::test]
async fn what_was_changed_by_someone_else_is_not_put_over() {
    let (own, changed) = (json!({"eTag": "1"}), json!({"properties": {"eTag": "2"}}));
    let stale = |status, code: &str| (status, &[][..], json!({"error": {"code": code, "message": "no"}}));
    let busy = "Another operation (Updating) is in progress";
    let scene = scene(vec![
        stale(412, "PreconditionFailed"),
        (409, &[], json!({"error": {"code": "OperationNotAllowed", "message": busy}})),
        stale(409, "EtagMismatch"),
        (200, &[], json!({})),
    ]);
    for present in [&own, &changed] {
        let error = scene.arm.put_over(&scene.calls(), GROUP, present, &json!({})).await.unwrap_err();
        assert!(is_changed(&error) && error.exhausted, "{error:?}");
    }
    assert_eq!(scene.arm.put_over(&scene.calls(), GROUP, &json!({}), &json!({})).await, Ok(json!({})));
    let put = "PUT /subscriptions/s/resourcegroups/g?api-version=2025-04-01";
    let expected =
        [format!("0 {put} over 1"), format!("0 {put} over 2"), format!("2 {put} over 2"), format!("2 {put}")];
    assert_eq!(scene.asked(), expected);
}
