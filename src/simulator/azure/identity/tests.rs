//! The service from outside: calls, their codes, and what becomes of things over time.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::super::bench::exchange;
use super::super::token::Claims;
use super::super::{AUDIENCE, PRINCIPAL, SUBSCRIPTION, TENANT};
use crate::simulator::World;

/// A world with one user, and a resource group.
pub(in super::super) struct Bench {
    pub(in super::super) world: World,
    now: Duration,
}

impl Bench {
    pub(in super::super) fn new() -> Self {
        let mut bench = Self { world: World::new(3), now: Duration::from_secs(1_790_000_000) };
        assert_eq!(bench.ask("PUT", &group(""), "2021-04-01", json!({"location": "westeurope"})).0, 201);
        bench
    }

    pub(in super::super) fn pass(&mut self, seconds: f64) {
        self.now += Duration::from_secs_f64(seconds);
    }

    /// The status and the body of what is answered.
    pub(in super::super) fn ask(&mut self, method: &str, path: &str, version: &str, body: Json) -> (u16, Json) {
        let separator = if path.contains('?') { '&' } else { '?' };
        let url = format!("{AUDIENCE}{path}{separator}api-version={version}");
        let token = Claims::new(AUDIENCE, PRINCIPAL, TENANT, self.now).token();
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request =
            http::Request::builder().method(method).uri(url).header("authorization", format!("Bearer {token}"));
        self.send(&request.body(body).unwrap())
    }

    pub(in super::super) fn send(&mut self, request: &http::Request<Bytes>) -> (u16, Json) {
        let reply = exchange(&mut self.world, self.now, request, None);
        (reply.status().as_u16(), serde_json::from_slice(reply.body()).unwrap_or_default())
    }

    /// The status, and the code where it is an error.
    pub(in super::super) fn code(&mut self, method: &str, path: &str, version: &str, body: Json) -> (u16, String) {
        let (status, body) = self.ask(method, path, version, body);
        (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
    }

    /// A new identity, with its client and its principal.
    pub(in super::super) fn identity(&mut self, name: &str) -> (String, String) {
        let (status, body) = self.ask("PUT", &identity(name), VERSION, json!({"location": "West Europe"}));
        assert_eq!(status, 201, "{body}");
        let text = |name: &str| body["properties"][name].as_str().unwrap().to_owned();
        (text("clientId"), text("principalId"))
    }
}

pub(in super::super) const VERSION: &str = "2024-11-30";

pub(in super::super) fn group(rest: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/main{rest}")
}

pub(in super::super) fn identity(name: &str) -> String {
    group(&format!("/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"))
}

pub(in super::super) fn credential(of: &str, name: &str) -> String {
    format!("{}/federatedIdentityCredentials/{name}", identity(of))
}

pub(in super::super) fn taking(issuer: &str, subject: &str) -> Json {
    json!({"properties": {"issuer": issuer, "subject": subject, "audiences": ["api://AzureADTokenExchange"]}})
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn an_identity_is_made_changed_listed_and_deleted() {
    let mut bench = Bench::new();
    let (client, principal) = bench.identity("worker");
    assert_ne!(client, principal);
    for id in [&client, &principal] {
        let id = uuid::Uuid::parse_str(id).unwrap();
        let kind = (id.get_version(), id.get_variant());
        assert_eq!(kind, (Some(uuid::Version::Random), uuid::Variant::RFC4122), "{id}");
    }
    bench.pass(4.0);
    let (status, found) = bench.ask(
        "GET",
        &identity("WORKER").to_uppercase().replace("/SUBSCRIPTIONS", "/subscriptions"),
        VERSION,
        Json::Null,
    );
    assert_eq!(
        (status, &found["location"], &found["properties"]["clientId"]),
        (200, &json!("westeurope"), &json!(client))
    );
    let tags = json!({"tags": {"a": "b"}});
    let (status, changed) = bench.ask("PATCH", &identity("worker"), VERSION, tags);
    assert_eq!(
        (status, &changed["tags"], &changed["properties"]["principalId"]),
        (200, &json!({"a": "b"}), &json!(principal))
    );
    let again = json!({"location": "westeurope"});
    assert_eq!(bench.ask("PUT", &identity("worker"), VERSION, again).0, 200);
    bench.pass(4.0);
    for path in [
        group("/providers/Microsoft.ManagedIdentity/userAssignedIdentities"),
        format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"),
    ] {
        let (status, all) = bench.ask("GET", &path, VERSION, Json::Null);
        assert_eq!((status, all["value"].as_array().unwrap().len()), (200, 1), "{path}");
    }
    assert_eq!(bench.ask("DELETE", &identity("worker"), VERSION, Json::Null).0, 200);
    assert_eq!(bench.ask("DELETE", &identity("worker"), VERSION, Json::Null).0, 204);
    assert_eq!(bench.code("GET", &identity("worker"), VERSION, Json::Null), refused(404, "ResourceNotFound"));
}

#[test]
fn what_an_identity_cannot_be_is_refused() {
    let mut bench = Bench::new();
    bench.identity("worker");
    let here = || json!({"location": "westeurope"});
    let elsewhere = identity("worker").replace("/main/", "/other/");
    let cases = [
        (identity("ab"), here(), refused(400, "BadRequest")),
        (identity("_ab"), here(), refused(400, "BadRequest")),
        (identity("a.bc"), here(), refused(400, "BadRequest")),
        (identity("abc"), json!({}), refused(400, "InvalidRequestContent")),
        (
            identity("abc"),
            json!({"location": "x", "properties": {"clientId": "c"}}),
            refused(400, "InvalidRequestContent"),
        ),
        (identity("worker"), json!({"location": "eastus"}), refused(409, "InvalidResourceLocation")),
        (elsewhere, here(), refused(404, "ResourceGroupNotFound")),
        (credential("nobody", "abc"), taking("https://a/", "s"), refused(404, "ParentResourceNotFound")),
        (credential("worker", "ab"), taking("https://a/", "s"), refused(400, "BadRequest")),
        (credential("worker", "abc"), taking("http://a/", "s"), refused(400, "BadRequest")),
        (credential("worker", "abc"), taking("https://a/", ""), refused(400, "BadRequest")),
        (
            credential("worker", "abc"),
            json!({"properties": {"issuer": "https://a/", "subject": "s"}}),
            refused(400, "InvalidRequestContent"),
        ),
    ];
    for (path, body, expected) in cases {
        assert_eq!(bench.code("PUT", &path, VERSION, body.clone()), expected, "{path} {body}");
    }
    assert_eq!(bench.code("PUT", &identity("abc"), "2017-01-01", here()), refused(400, "NoRegisteredProviderFound"));
}

#[test]
fn one_credential_of_an_identity_is_written_at_a_time() {
    const CONCURRENT: &str = "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity";
    let mut bench = Bench::new();
    bench.identity("worker");
    bench.identity("other");
    let put = |bench: &mut Bench, of: &str, name: &str| {
        bench.code("PUT", &credential(of, name), VERSION, taking("https://a/", &format!("subject of {name}")))
    };
    assert_eq!(put(&mut bench, "worker", "one"), refused(201, ""));
    assert_eq!(put(&mut bench, "worker", "two"), refused(409, CONCURRENT));
    assert_eq!(put(&mut bench, "other", "two"), refused(201, ""));
    bench.pass(3.0);
    assert_eq!(put(&mut bench, "worker", "two"), refused(201, ""));
    assert_eq!(bench.code("DELETE", &credential("worker", "one"), VERSION, Json::Null), refused(409, CONCURRENT));
    bench.pass(3.0);
    let (_, all) =
        bench.ask("GET", &format!("{}/federatedIdentityCredentials", identity("worker")), VERSION, Json::Null);
    assert_eq!(all["value"].as_array().unwrap().len(), 2);
    assert_eq!(bench.code("DELETE", &credential("worker", "one"), VERSION, Json::Null), refused(200, ""));
    assert_eq!(put(&mut bench, "worker", "three"), refused(409, CONCURRENT));
    bench.pass(3.0);
    assert_eq!(bench.code("DELETE", &credential("worker", "one"), VERSION, Json::Null), refused(204, ""));
    assert_eq!(bench.code("GET", &credential("worker", "one"), VERSION, Json::Null), refused(404, "NotFound"));
}

#[test]
fn a_token_is_taken_by_one_credential_and_there_are_at_most_twenty() {
    let mut bench = Bench::new();
    bench.identity("worker");
    let put = |bench: &mut Bench, name: &str, subject: &str| {
        bench.pass(3.0);
        bench.code("PUT", &credential("worker", name), VERSION, taking("https://a/", subject))
    };
    assert_eq!(put(&mut bench, "c-1", "s-1"), refused(201, ""));
    assert_eq!(put(&mut bench, "other", "s-1"), refused(409, "Conflict"));
    assert_eq!(put(&mut bench, "c-1", "s-1"), refused(200, ""));
    for number in 2..=20 {
        assert_eq!(put(&mut bench, &format!("c-{number}"), &format!("s-{number}")), refused(201, ""));
    }
    assert_eq!(put(&mut bench, "c-21", "s-21"), refused(400, "BadRequest"));
    assert_eq!(put(&mut bench, "c-20", "another"), refused(200, ""));
}
