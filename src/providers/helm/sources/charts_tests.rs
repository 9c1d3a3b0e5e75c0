use super::super::fetch::{Answer, Get, NoAnswer};
use super::super::scripted::{Script, answer, header};
use super::*;
use crate::clock::ManualClock;
use crate::providers::helm::chart::packed::Packed;
use crate::providers::helm::chart::{digest, real_charts};

const REPOSITORY: &str = "https://charts.example/stable";

fn archive(version: &str) -> Vec<u8> {
    Packed::chart("keda", version, &[("templates/x.yaml", b"x")])
}

/// An index of these versions, with their digests.
fn index(versions: &[&str]) -> String {
    let entry = |version: &&str| {
        let digest = digest(&archive(version));
        format!("  - {{name: keda, version: {version}, urls: [keda-{version}.tgz], digest: {}}}\n", &digest[7..])
    };
    let entries: String = versions.iter().map(entry).collect();
    format!("apiVersion: v1\nentries:\n  keda:\n{entries}")
}

fn repository(versions: &[&str]) -> Script {
    let script = Script::default().always(&format!("{REPOSITORY}/index.yaml"), index(versions));
    versions
        .iter()
        .fold(script, |script, version| script.always(&format!("{REPOSITORY}/keda-{version}.tgz"), archive(version)))
}

fn offline() -> Script {
    Script::default().rule(|_| Some(Err(NoAnswer { message: "no route".to_owned(), transient: false })))
}

struct Run {
    script: Arc<Script>,
    charts: Charts,
}

impl Run {
    fn new(script: Script) -> Self {
        let script = Arc::new(script);
        Self { charts: Charts::new(Arc::clone(&script) as Arc<dyn Fetch>), script }
    }

    fn cached(script: Script, folder: &Path) -> Self {
        let run = Self::new(script);
        Self { charts: run.charts.with_cache(folder.to_owned()), ..run }
    }

    async fn load(&self, version: Option<&str>, installed: Option<&str>) -> Result<Arc<Loaded>, SourceError> {
        let reference = Reference::parse("keda", Some(REPOSITORY), version).unwrap();
        self.reference(&reference, installed, &[]).await
    }

    async fn reference(
        &self,
        reference: &Reference,
        installed: Option<&str>,
        credentials: &[Credential],
    ) -> Result<Arc<Loaded>, SourceError> {
        let clock = ManualClock::default();
        self.charts.load(reference, Path::new("/nowhere"), installed, credentials, &clock).await
    }
}

#[tokio::test]
async fn a_chart_comes_from_a_repository_and_is_fetched_once() {
    let run = Run::new(repository(&["2.13.0", "2.14.0"]));
    let loaded = run.load(None, None).await.unwrap();
    assert_eq!((loaded.version.as_str(), &loaded.digest), ("2.14.0", &digest(&archive("2.14.0"))));
    assert_eq!(loaded.chart.templates[0].name, "templates/x.yaml");
    let again = run.load(Some("2.14.0"), None).await.unwrap();
    assert!(Arc::ptr_eq(&loaded, &again));
    assert_eq!(run.script.urls(), [format!("{REPOSITORY}/index.yaml"), format!("{REPOSITORY}/keda-2.14.0.tgz")]);
}

#[tokio::test]
async fn what_is_cached_needs_no_network() {
    let folder = tempfile::tempdir().unwrap();
    Run::cached(repository(&["2.13.0", "2.14.0"]), folder.path()).load(Some("2.13.0"), None).await.unwrap();
    Run::cached(repository(&["2.13.0", "2.14.0"]), folder.path()).load(Some("v2.14"), None).await.unwrap();
    let run = Run::cached(offline(), folder.path());
    assert_eq!(run.load(Some("2.13.0"), None).await.unwrap().version, "2.13.0");
    assert_eq!(run.load(Some("v2.14"), None).await.unwrap().version, "2.14.0");
    assert_eq!(run.load(Some("2.x"), Some("2.13.0")).await.unwrap().version, "2.13.0");
    assert_eq!(run.load(None, Some("2.14.0")).await.unwrap().version, "2.14.0");
    assert!(run.script.asked().is_empty());
    assert_eq!(run.load(Some("<2.14"), None).await.unwrap().version, "2.13.0");
    assert_eq!(run.load(None, None).await.unwrap().version, "2.14.0");
    assert_eq!(run.load(Some("^3"), None).await.unwrap_err().reason, Reason::Unreachable);
    assert_eq!(run.load(Some("2.15.0"), None).await.unwrap_err().reason, Reason::Unreachable);
}

#[tokio::test]
async fn a_version_that_is_installed_is_kept_until_it_no_longer_does() {
    let run = Run::new(repository(&["2.13.0", "2.14.0"]));
    assert_eq!(run.load(None, Some("2.13.0")).await.unwrap().version, "2.13.0");
    assert_eq!(run.load(Some(">2.13.0"), Some("2.13.0")).await.unwrap().version, "2.14.0");
}

#[tokio::test]
async fn a_cache_that_was_damaged_is_filled_again() {
    let folder = tempfile::tempdir().unwrap();
    Run::cached(repository(&["2.14.0"]), folder.path()).load(Some("2.14.0"), None).await.unwrap();
    let path = folder.path().join(format!("charts/{}.tgz", digest(&archive("2.14.0")).replace(':', "-")));
    std::fs::File::create(&path).unwrap();
    let run = Run::cached(repository(&["2.14.0"]), folder.path());
    assert_eq!(run.load(Some("2.14.0"), None).await.unwrap().version, "2.14.0");
    assert_eq!(run.script.asked().len(), 2);
    assert_eq!(std::fs::read(path).unwrap(), archive("2.14.0"));
}

#[tokio::test]
async fn an_archive_that_is_not_what_the_index_says_is_refused_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let script = Script::default()
        .always(&format!("{REPOSITORY}/index.yaml"), index(&["2.14.0"]))
        .always(&format!("{REPOSITORY}/keda-2.14.0.tgz"), archive("2.13.0"));
    let error = Run::cached(script, folder.path()).load(None, None).await.unwrap_err();
    assert_eq!(error.reason, Reason::Damaged);
    assert!(error.message.contains(&digest(&archive("2.13.0"))), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn what_is_no_repository_says_so() {
    let error = Run::new(Script::default()).load(None, None).await.unwrap_err();
    assert_eq!(error.message, "https://charts.example/stable is no chart repository: it has no index.yaml");
    let page = Script::default().always(&format!("{REPOSITORY}/index.yaml"), "<html></html>");
    let error = Run::new(page).load(None, None).await.unwrap_err();
    assert!(error.message.contains("is no index of a chart repository"), "{error}");
    let error = Run::new(repository(&["2.14.0"])).load(Some("^3"), None).await.unwrap_err();
    assert_eq!((error.reason, error.help.as_str()), (Reason::Missing, "there is 2.14.0"));
    let hostile = Script::default()
        .always(
            &format!("{REPOSITORY}/index.yaml"),
            "apiVersion: v1\nentries: {keda: [{name: keda, version: 1.0.0, urls: [x.tgz]}]}",
        )
        .always(&format!("{REPOSITORY}/x.tgz"), "x");
    let error = Run::new(hostile).load(None, None).await.unwrap_err();
    assert!(error.message.starts_with("https://charts.example/stable/x.tgz: this is no chart archive"), "{error}");
}

#[tokio::test]
async fn credentials_go_to_the_repository_and_not_to_where_it_leads() {
    let entry =
        |url: &str| format!("apiVersion: v1\nentries: {{keda: [{{name: keda, version: 1.0.0, urls: ['{url}']}}]}}");
    let cdn = "https://cdn.example/keda.tgz";
    let script =
        Script::default().always(&format!("{REPOSITORY}/index.yaml"), entry(cdn)).always(cdn, archive("1.0.0"));
    let run = Run::new(script);
    let [url, username, password] = [REPOSITORY, "me", "pw"].map(str::to_owned);
    let reference = Reference::parse("keda", Some(REPOSITORY), None).unwrap();
    run.reference(&reference, None, &[Credential { url, username, password }]).await.unwrap();
    let sent: Vec<_> = run.script.asked().iter().map(|get| header(get, "authorization").map(str::to_owned)).collect();
    assert_eq!(sent, [Some("Basic bWU6cHc=".to_owned()), None]);

    let script = Script::default().always(&format!("{REPOSITORY}/index.yaml"), entry("http://charts.example/keda.tgz"));
    let error = Run::new(script).load(None, None).await.unwrap_err();
    assert_eq!(error.reason, Reason::Wrong);
}

#[tokio::test]
async fn a_password_in_an_address_is_sent_and_not_shown() {
    let run = Run::new(repository(&[]).rule(|get: &Get| {
        assert!(!get.url.contains("secret"));
        Some(Ok(answer(403, "")))
    }));
    let reference = Reference::parse("keda", Some("https://me:secret@private.example/"), None).unwrap();
    let error = run.reference(&reference, None, &[]).await.unwrap_err();
    assert_eq!(header(&run.script.asked()[0], "authorization"), Some("Basic bWU6c2VjcmV0"));
    assert_eq!((error.reason, error.to_string().contains("secret")), (Reason::Forbidden, false));
}

/// A registry with one version of a chart.
fn registry(version: &'static str) -> Script {
    let (config, kind) =
        ("application/vnd.cncf.helm.config.v1+json", "application/vnd.cncf.helm.chart.content.v1.tar+gzip");
    let found = digest(&archive(version));
    let layers = format!(r#"[{{"mediaType": "{kind}", "digest": "{found}"}}]"#);
    let manifest = format!(r#"{{"config": {{"mediaType": "{config}"}}, "layers": {layers}}}"#);
    let base = "https://ghcr.io/v2/charts/keda";
    let get = |path: &str| format!("{base}/{path}");
    Script::default()
        .always(&get("tags/list?n=1000"), format!(r#"{{"tags": ["{version}"]}}"#))
        .always(&get(&format!("manifests/{version}")), manifest.clone())
        .always(&get(&format!("manifests/{}", digest(manifest.as_bytes()))), manifest)
        .always(&get(&format!("blobs/{found}")), archive(version))
}

#[tokio::test]
async fn a_chart_comes_from_a_registry_and_is_cached() {
    let folder = tempfile::tempdir().unwrap();
    let reference = |version| Reference::parse("oci://ghcr.io/charts/keda", None, version).unwrap();
    let run = Run::cached(registry("2.14.0"), folder.path());
    let loaded = run.reference(&reference(None), None, &[]).await.unwrap();
    assert_eq!((loaded.version.as_str(), &loaded.digest), ("2.14.0", &digest(&archive("2.14.0"))));
    let run = Run::cached(offline(), folder.path());
    assert!(run.reference(&reference(Some("2.14.0")), None, &[]).await.is_ok());
    assert!(run.script.asked().is_empty());
    assert!(run.reference(&reference(Some("~2.14")), None, &[]).await.is_ok());
}

#[tokio::test]
async fn a_pinned_chart_is_cached_and_of_the_version_that_is_asked_for() {
    let manifest = registry("2.14.0").always("x", "");
    let url = "https://ghcr.io/v2/charts/keda/manifests/2.14.0".to_owned();
    let get = Get { url, headers: Vec::new(), limit: 0 };
    let Answer { body, .. } = Fetch::get(&manifest, &get).await.unwrap();
    let pinned = format!("oci://ghcr.io/charts/keda@{}", digest(&body));
    let folder = tempfile::tempdir().unwrap();
    let reference = |version| Reference::parse(&pinned, None, version).unwrap();
    let run = Run::cached(registry("2.14.0"), folder.path());
    assert_eq!(run.reference(&reference(None), None, &[]).await.unwrap().version, "2.14.0");
    let error = run.reference(&reference(Some("^3")), None, &[]).await.unwrap_err();
    assert_eq!(error.reason, Reason::Wrong);
    assert!(Run::cached(offline(), folder.path()).reference(&reference(None), None, &[]).await.is_ok());
}

#[tokio::test]
async fn an_index_may_lead_to_a_registry() {
    let entry =
        "apiVersion: v1\nentries: {keda: [{name: keda, version: 2.14.0, urls: ['oci://ghcr.io/charts/keda:2.14.0']}]}";
    let run = Run::new(registry("2.14.0").always(&format!("{REPOSITORY}/index.yaml"), entry));
    assert_eq!(run.load(None, None).await.unwrap().version, "2.14.0");
}

#[tokio::test]
async fn a_chart_may_have_an_address_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let url = "https://a.example/keda.tgz";
    let reference = |version| Reference::parse(url, None, version).unwrap();
    let run = Run::cached(Script::default().always(url, archive("1.0.0")), folder.path());
    assert_eq!(run.reference(&reference(Some("1.x")), None, &[]).await.unwrap().version, "1.0.0");
    let error = run.reference(&reference(Some("2.x")), None, &[]).await.unwrap_err();
    assert_eq!(error.message, "the chart at https://a.example/keda.tgz is version 1.0.0, not 2.x");
    assert!(Run::cached(offline(), folder.path()).reference(&reference(None), None, &[]).await.is_ok());
}

#[tokio::test]
async fn charts_on_this_machine_are_read_from_the_folder_of_the_stack() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("mine")).unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let mut file = std::fs::File::create(folder.path().join(path)).unwrap();
        std::io::Write::write_all(&mut file, bytes).unwrap();
    };
    write("mine/Chart.yaml", b"apiVersion: v2\nname: mine\nversion: 1.0.0\ndeprecated: true\n");
    write("keda.tgz", &archive("2.14.0"));
    let run = Run::new(Script::default());
    let load = async |path: &str, version| {
        let reference = Reference::parse(path, None, version).unwrap();
        run.charts.load(&reference, folder.path(), None, &[], &ManualClock::default()).await
    };
    let loaded = load("./mine", None).await.unwrap();
    assert_eq!((loaded.chart.metadata.name.as_str(), loaded.remarks.len()), ("mine", 1));
    let before = loaded.digest.clone();
    write("mine/values.yaml", b"a: 1");
    assert_ne!(load("./mine", None).await.unwrap().digest, before);
    assert_eq!(load("./keda.tgz", Some("~2.14")).await.unwrap().digest, digest(&archive("2.14.0")));
    assert_eq!(load("./keda.tgz", Some("^3")).await.unwrap_err().reason, Reason::Wrong);
    let error = load("./nothing", None).await.unwrap_err();
    assert_eq!(error.reason, Reason::Missing);
    assert!(error.message.contains("nothing"), "{error}");
}

#[tokio::test]
async fn the_charts_of_keda_come_through_their_own_index() {
    let (Some(index), Some(chart)) = (real_charts::find("index.yaml"), real_charts::find("keda-2.14.2.tgz")) else {
        return;
    };
    let base = "https://kedacore.github.io/charts";
    let script = Script::default()
        .always(&format!("{base}/index.yaml"), std::fs::read(index).unwrap())
        .always(&format!("{base}/keda-2.14.2.tgz"), std::fs::read(chart).unwrap());
    let reference = Reference::parse("keda", Some(base), Some("2.14.2")).unwrap();
    assert_eq!(Run::new(script).reference(&reference, None, &[]).await.unwrap().version, "2.14.2");
}
