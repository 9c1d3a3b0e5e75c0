use std::sync::Arc;

use serde_json::json;

use super::super::credentials::Basic;
use super::super::fetch::NoAnswer;
use super::super::reference::Reference;
use super::super::scripted::{Script, answer, header};
use super::*;
use crate::clock::ManualClock;

const HOST: &str = "https://ghcr.io/v2/kedacore/charts/keda";
const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

fn reference(text: &str, version: Option<&str>) -> OciReference {
    match Reference::parse(text, None, version).unwrap() {
        Reference::Oci(reference) => reference,
        other => panic!("{other:?}"),
    }
}

fn manifest(chart: &[u8]) -> String {
    let layer = json!({"mediaType": CHART, "digest": digest(chart), "size": chart.len()});
    json!({"schemaVersion": 2, "config": {"mediaType": CONFIG}, "layers": [layer]}).to_string()
}

/// A registry with one version of a chart, for everyone.
fn open(version: &str, chart: &[u8]) -> Script {
    Script::default()
        .always(&format!("{HOST}/manifests/{version}"), manifest(chart))
        .always(&format!("{HOST}/blobs/{}", digest(chart)), chart)
}

/// Has the registry ask for a token, which its server gives to whom `who` says.
fn guarded(script: Script, who: Option<&'static str>) -> Script {
    let inner = Arc::new(script);
    Script::default().rule(move |get| {
        if get.url.starts_with("https://token.example/") {
            let scope =
                get.url == "https://token.example/t?service=s&scope=repository%3Akedacore%2Fcharts%2Fkeda%3Apull";
            assert!(scope, "{}", get.url);
            let is_known = header(get, "authorization") == who;
            return Some(Ok(if is_known { answer(200, r#"{"token": "T1"}"#) } else { answer(401, "") }));
        }
        if header(get, "authorization") != Some("Bearer T1") {
            let mut refusal = answer(401, "");
            let challenge = r#"Bearer realm="https://token.example/t",service="s""#;
            refusal.headers.push(("www-authenticate".to_owned(), challenge.to_owned()));
            return Some(Ok(refusal));
        }
        Some(futures_now(&inner, get))
    })
}

/// An answer of a script, which takes no time.
fn futures_now(script: &Script, get: &Get) -> Result<Answer, NoAnswer> {
    use futures_util::FutureExt as _;
    super::super::fetch::Fetch::get(script, get).now_or_never().unwrap()
}

async fn archive(script: &Script, text: &str, version: Option<&str>) -> Result<Vec<u8>, SourceError> {
    archive_for(script, &Credentials::default(), text, version).await
}

async fn archive_for(
    script: &Script,
    credentials: &Credentials,
    text: &str,
    version: Option<&str>,
) -> Result<Vec<u8>, SourceError> {
    let (reference, clock) = (reference(text, version), ManualClock::default());
    let registry = Registry::new(Patient { fetch: script, clock: &clock }, credentials, &reference);
    let chosen = if reference.digest.is_some() { None } else { Some(registry.choose(None).await?) };
    registry.archive(chosen.as_deref()).await
}

const KEDA: &str = "oci://ghcr.io/kedacore/charts/keda";

#[tokio::test]
async fn an_exact_version_is_its_tag_and_no_list_is_asked_for() {
    let script = open("2.14.0_build.1", b"chart");
    assert_eq!(archive(&script, KEDA, Some("2.14.0+build.1")).await.unwrap(), b"chart");
    assert_eq!(
        script.urls(),
        [format!("{HOST}/manifests/2.14.0_build.1"), format!("{HOST}/blobs/{}", digest(b"chart"))]
    );
    assert!(header(&script.asked()[0], "accept").unwrap().contains("application/vnd.oci.image.manifest.v1+json"));
}

#[tokio::test]
async fn versions_are_chosen_from_all_pages_of_tags() {
    let mut first = answer(200, r#"{"tags": ["2.13.0", "latest", "2.15.0-rc1", "v3.0.0"]}"#);
    let next = r#"</v2/kedacore/charts/keda/tags/list?n=1000&last=x>; rel="next""#;
    first.headers.push(("link".to_owned(), next.to_owned()));
    let second = answer(200, r#"{"tags": ["2.14.1_b", "2.14.0", "2.12"]}"#);
    let versions = |wish: Option<&'static str>, kept: Option<&'static str>| {
        let script = Script::of(&format!("{HOST}/tags/list?n=1000"), [Ok(first.clone())])
            .with(&format!("{HOST}/tags/list?n=1000&last=x"), [Ok(second.clone())]);
        async move {
            let (reference, clock, credentials) =
                (reference(KEDA, wish), ManualClock::default(), Credentials::default());
            Registry::new(Patient { fetch: &script, clock: &clock }, &credentials, &reference).choose(kept).await
        }
    };
    assert_eq!(versions(None, None).await.unwrap(), "2.14.1+b");
    assert_eq!(versions(Some("~2.13"), None).await.unwrap(), "2.13.0");
    assert_eq!(versions(Some(">0.0.0-0"), None).await.unwrap(), "2.15.0-rc1");
    assert_eq!(versions(Some("2.x"), Some("2.14.0")).await.unwrap(), "2.14.0");
    assert_eq!(versions(Some("2.x"), Some("2.11.0")).await.unwrap(), "2.14.1+b");
    let error = versions(Some("^9"), None).await.unwrap_err();
    assert_eq!(error.message, "oci://ghcr.io/kedacore/charts/keda has no version that is ^9");
    assert_eq!(error.help, "there is 2.15.0-rc1, 2.14.1+b, 2.14.0, 2.13.0");
}

#[tokio::test]
async fn lists_of_tags_that_go_on_for_ever_or_elsewhere_are_refused() {
    let page = |next: &'static str| {
        move |get: &Get| {
            let mut page = answer(200, r#"{"tags": []}"#);
            page.headers.push(("link".to_owned(), format!("<{next}>; rel=\"next\"")));
            get.url.contains("tags/list").then_some(Ok(page))
        }
    };
    let circle = Script::default().rule(page("/v2/kedacore/charts/keda/tags/list?n=1000"));
    assert!(archive(&circle, KEDA, None).await.unwrap_err().message.ends_with("its list of tags does not end"));
    let elsewhere = Script::default().rule(page("https://evil.example/v2/x"));
    assert!(archive(&elsewhere, KEDA, None).await.unwrap_err().message.ends_with("goes on elsewhere"));
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_without_credentials_too() {
    let script = guarded(open("2.14.0", b"chart"), None);
    assert_eq!(archive(&script, KEDA, Some("2.14.0")).await.unwrap(), b"chart");
    let tokens = script.urls().iter().filter(|url| url.starts_with("https://token.example/")).count();
    assert_eq!((tokens, script.asked().len()), (1, 4));
}

#[tokio::test]
async fn a_token_is_asked_for_with_credentials_where_there_are_any() {
    let mut credentials = Credentials::default();
    credentials.add("oci://ghcr.io/kedacore", Basic::new("me", "pw"), false);
    let script = guarded(open("2.14.0", b"chart"), Some("Basic bWU6cHc="));
    assert_eq!(archive_for(&script, &credentials, KEDA, Some("2.14.0")).await.unwrap(), b"chart");
    let script = guarded(open("2.14.0", b"chart"), Some("Basic bWU6cHc="));
    let error = archive(&script, KEDA, Some("2.14.0")).await.unwrap_err();
    assert_eq!(error.reason, Reason::Forbidden);
    assert!(error.help.contains("helm registry login ghcr.io"));
}

#[tokio::test]
async fn a_registry_may_ask_for_a_name_and_a_password() {
    let refuse = |get: &Get| {
        let mut refusal = answer(401, "");
        refusal.headers.push(("www-authenticate".to_owned(), "Basic realm=\"r\"".to_owned()));
        (header(get, "authorization") != Some("Basic bWU6cHc=")).then_some(Ok(refusal))
    };
    let script = || Script::default().rule(refuse).rule(|get| Some(futures_now(&open("2.14.0", b"chart"), get)));
    let mut credentials = Credentials::default();
    credentials.add("ghcr.io", Basic::new("me", "pw"), false);
    assert!(archive_for(&script(), &credentials, KEDA, Some("2.14.0")).await.is_ok());
    let error = archive(&script(), KEDA, Some("2.14.0")).await.unwrap_err();
    assert!(error.message.ends_with("it asks for a name and a password"), "{error}");
}

#[tokio::test]
async fn tokens_are_asked_for_over_https_alone() {
    let script = Script::default().rule(|_| {
        let mut refusal = answer(401, "");
        refusal.headers.push(("www-authenticate".to_owned(), "Bearer realm=\"http://t.example\"".to_owned()));
        Some(Ok(refusal))
    });
    assert!(archive(&script, KEDA, Some("1.0.0")).await.unwrap_err().message.contains("not over https"));
}

#[tokio::test]
async fn a_pinned_digest_is_the_manifests() {
    let pinned = digest(manifest(b"chart").as_bytes());
    let script = open(&pinned, b"chart");
    assert_eq!(archive(&script, &format!("{KEDA}:2.14.0@{pinned}"), None).await.unwrap(), b"chart");
    let other = digest(b"other");
    let script = Script::default().always(&format!("{HOST}/manifests/{other}"), manifest(b"chart"));
    let error = archive(&script, &format!("{KEDA}@{other}"), None).await.unwrap_err();
    assert!(error.message.contains(&format!("{other} is due")), "{error}");
}

#[tokio::test]
async fn what_has_another_digest_than_due_is_refused() {
    let blob = format!("{HOST}/blobs/{}", digest(b"chart"));
    let script =
        Script::default().always(&format!("{HOST}/manifests/1.0.0"), manifest(b"chart")).always(&blob, b"chars");
    let error = archive(&script, KEDA, Some("1.0.0")).await.unwrap_err();
    assert_eq!(error.reason, Reason::Damaged);
    assert!(error.message.contains(&digest(b"chars")) && error.message.contains(&digest(b"chart")), "{error}");

    let mut lying = answer(200, manifest(b"chart"));
    lying.headers.push(("docker-content-digest".to_owned(), digest(b"x")));
    let script = open("2.0.0", b"chart").with(&format!("{HOST}/manifests/1.0.0"), [Ok(lying)]);
    assert_eq!(archive(&script, KEDA, Some("1.0.0")).await.unwrap_err().reason, Reason::Damaged);
}

#[tokio::test]
async fn a_chart_may_be_one_of_several_in_an_index() {
    let (image, chart) =
        (r#"{"config": {"mediaType": "application/vnd.oci.image.config.v1+json"}}"#, manifest(b"chart"));
    let index = json!({"manifests": [{"digest": digest(image.as_bytes())}, {"digest": digest(chart.as_bytes())}]});
    let script = open(&digest(chart.as_bytes()), b"chart")
        .always(&format!("{HOST}/manifests/1.0.0"), index.to_string())
        .always(&format!("{HOST}/manifests/{}", digest(image.as_bytes())), image);
    assert_eq!(archive(&script, KEDA, Some("1.0.0")).await.unwrap(), b"chart");
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let error = archive(&Script::default(), KEDA, Some("1.0.0")).await.unwrap_err();
    assert_eq!(
        (error.reason, error.message.as_str()),
        (Reason::Missing, "oci://ghcr.io/kedacore/charts/keda has no 1.0.0")
    );
}

#[test]
fn registries_on_this_machine_are_asked_without_https_and_docker_goes_by_its_own_name() {
    let (script, clock, credentials) = (Script::default(), ManualClock::default(), Credentials::default());
    let url = |text: &str| {
        let reference = reference(text, None);
        Registry::new(Patient { fetch: &script, clock: &clock }, &credentials, &reference).url("x")
    };
    assert_eq!(url("oci://localhost:5000/a"), "http://localhost:5000/v2/a/x");
    assert_eq!(url("oci://127.0.0.1/a"), "http://127.0.0.1/v2/a/x");
    assert_eq!(url("oci://[::1]:80/a"), "http://[::1]:80/v2/a/x");
    assert_eq!(url("oci://localhost.example/a"), "https://localhost.example/v2/a/x");
    assert_eq!(url("oci://docker.io/bitnamicharts/redis"), "https://registry-1.docker.io/v2/bitnamicharts/redis/x");
}
