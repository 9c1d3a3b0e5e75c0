//! Connections over the loopback address, with kubeconfigs in folders of their own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::json;

use super::super::client::{CLUSTER_GONE, Request, TransportError, UNREACHABLE, Unreachable};
use super::super::loopback::{Asked, Loopback, closed};
use super::*;
use crate::clock::{ManualClock, SystemClock};
use crate::provider::Token;
use crate::value::{Attributes, Value};

const PATIENCE: Duration = Duration::from_secs(20);

fn connection(parts: &[(&str, &str)]) -> Connection {
    let parts = parts.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text)));
    Connection::parse(&Value::Map(parts.collect())).unwrap().unwrap()
}

fn eks(endpoint: &str) -> Connection {
    trusted(endpoint, "QQ==")
}

fn trusted(endpoint: &str, authority: &str) -> Connection {
    connection(&[
        ("kind", "eks"),
        ("account", "1"),
        ("region", "r"),
        ("name", "demo"),
        ("endpoint", endpoint),
        ("certificate_authority", authority),
    ])
}

/// A kubeconfig for one server, whose user is described so.
struct Kubeconfig(tempfile::TempDir);

impl Kubeconfig {
    fn new(server: &str, user: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: main\n\
             clusters: [{{ name: main, cluster: {{ server: '{server}' }} }}]\n\
             contexts: [{{ name: main, context: {{ cluster: main, user: me }} }}]\n\
             users: [{{ name: me, user: {user} }}]\n"
        );
        write(&folder, "config", &text);
        Self(folder)
    }

    fn connection(&self) -> Connection {
        connection(&[("kind", "kubeconfig"), ("path", self.0.path().join("config").to_str().unwrap())])
    }
}

fn write(folder: &tempfile::TempDir, name: &str, text: &str) {
    std::fs::File::create(folder.path().join(name)).unwrap().write_all(text.as_bytes()).unwrap();
}

/// A user whose token comes out of this script.
fn plugin(script: &str) -> String {
    let exec = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
        "env": [{"name": "PASSWORD", "value": "hunter2"}], "interactiveMode": "Never",
    });
    json!({"exec": exec}).to_string()
}

fn clusters() -> Clusters {
    Clusters::new(Arc::new(SystemClock), [])
}

fn fine(_: &Asked) -> (u16, String) {
    (200, json!({"gitVersion": "v1.34.1"}).to_string())
}

async fn ask(clusters: &Clusters, connection: &Connection) -> Result<serde_json::Value, ProviderError> {
    let client = clusters.client(connection).await?;
    // Bound in real time: these tests are about what comes back, not about how often it is tried.
    client.within(PATIENCE).briefly().send(&Request::new(Method::GET, "/version")).await
}

#[tokio::test]
async fn a_kubeconfig_leads_to_its_server_with_its_token() {
    let server = Loopback::start(fine);
    let file = Kubeconfig::new(&format!("{}/k8s/clusters/c-1/", server.url), "{ token: t0ken }");
    assert_eq!(ask(&clusters(), &file.connection()).await.unwrap()["gitVersion"], "v1.34.1");
    let expected = Asked {
        line: "GET /k8s/clusters/c-1/version HTTP/1.1".to_owned(),
        authorization: Some("Bearer t0ken".to_owned()),
    };
    assert_eq!(server.asked(), [expected]);
}

#[tokio::test]
async fn a_plugins_token_is_asked_for_again_when_it_is_refused() {
    let stale: Mutex<Option<String>> = Mutex::default();
    let server = Loopback::start(move |asked| {
        let mut stale = stale.lock().unwrap();
        let first = stale.get_or_insert_with(|| asked.authorization.clone().unwrap());
        if asked.authorization.as_ref() == Some(first) { (401, String::new()) } else { fine(asked) }
    });
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    let script = format!(
        "echo >> '{0}'; printf '{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\
         \"status\":{{\"token\":\"t%s\",\"expirationTimestamp\":\"2199-01-01T00:00:00Z\"}}}}' \"$(wc -l < '{0}' | tr -d ' ')\"",
        runs.display()
    );
    let file = Kubeconfig::new(&server.url, &plugin(&script));
    assert!(ask(&clusters(), &file.connection()).await.is_ok());
    let tokens: Vec<String> = server.asked().into_iter().map(|asked| asked.authorization.unwrap()).collect();
    assert!(tokens.len() == 2 && tokens[0].starts_with("Bearer t") && tokens[0] != tokens[1], "{tokens:?}");
}

#[tokio::test]
async fn a_fixed_token_that_is_refused_stays_so() {
    let server = Loopback::start(|_| (401, String::new()));
    let file = Kubeconfig::new(&server.url, "{ token: t0ken }");
    let error = ask(&clusters(), &file.connection()).await.unwrap_err();
    assert_eq!((error.kind, server.asked().len()), (ErrorKind::NoCredentials, 1));
}

#[tokio::test]
async fn a_plugin_that_fails_is_told_of_without_its_secrets() {
    let cases = [
        (
            "echo hunter2; echo 'hello' >&2; echo 'run: sso login' >&2; exit 3",
            "`sh` failed with exit status: 3: run: sso login",
        ),
        ("echo hunter2: [", "printed is no ExecCredential"),
        ("echo '{}'", "without a status"),
    ];
    for (script, expected) in cases {
        let file = Kubeconfig::new("http://127.0.0.1:1", &plugin(script));
        let error = ask(&clusters(), &file.connection()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NoCredentials);
        assert!(error.message.contains(expected), "{}", error.message);
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
    let missing = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin",
        "installHint": "get it from example.com", "interactiveMode": "Never"}});
    let file = Kubeconfig::new("http://127.0.0.1:1", &missing.to_string());
    let error = ask(&clusters(), &file.connection()).await.unwrap_err();
    assert!(error.message.contains("`no-such-plugin` cannot be run"), "{}", error.message);
    assert!(error.message.contains("get it from example.com"), "{}", error.message);
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_says_why() {
    let cases = [
        (closed(), "Connection refused", "nothing listens there"),
        ("http://no-such-host.invalid".to_owned(), "dns error", "has no address here"),
        (Loopback::start(fine).url.replace("http:", "https:"), "", "what is different"),
    ];
    for (server, cause, remedy) in cases {
        let file = Kubeconfig::new(&server, "{}");
        let error = ask(&clusters(), &file.connection()).await.unwrap_err();
        assert_eq!((error.kind.clone(), error.code.as_deref()), (ErrorKind::Unavailable, Some(UNREACHABLE)), "{error}");
        assert!(error.message.contains(&format!("cluster kubeconfig/default at {server} cannot")), "{}", error.message);
        assert!(error.message.contains(cause), "{}", error.message);
        assert!(error.hint.as_ref().is_some_and(|hint| hint.contains(remedy)), "{:?}", error.hint);
        assert!(!error.unsure, "nothing has been sent");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_may_have_had_its_effect() {
    let server = Loopback::start(|_| (200, "not all of it".to_owned()));
    let file = Kubeconfig::new(&server.url, "{}");
    let error = ask(&clusters(), &file.connection()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unexpected, "{error}");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().for_each(drop));
    let file = Kubeconfig::new(&address, "{}");
    let error = ask(&clusters(), &file.connection()).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.unsure), (ErrorKind::Unavailable, true), "{error}");
    assert_ne!(error.code.as_deref(), Some(UNREACHABLE));
}

/// Knows one cluster, counts who enters it, and may forget it.
#[derive(Default)]
struct Door {
    entered: AtomicU32,
    is_gone: Mutex<bool>,
}

#[async_trait]
impl Entrance for Arc<Door> {
    fn kind(&self) -> &'static str {
        "eks"
    }

    async fn open(&self, connection: &Attributes, _: Arc<dyn Clock>) -> Result<Arc<dyn Access>, ProviderError> {
        let entered = self.entered.fetch_add(1, Ordering::Relaxed);
        if connection["endpoint"].as_str() == Some("https://shut.example") && entered == 0 {
            return Err(ProviderError::new(ErrorKind::NoCredentials, "aws", "no credentials were found"));
        }
        let server = connection["endpoint"].as_str().unwrap_or_default().to_owned();
        let authority = connection["certificate_authority"].as_str().filter(|text| text.starts_with("--"));
        Ok(Arc::new(Inside { server, authority: authority.map(str::to_owned), door: Arc::clone(self) }))
    }
}

struct Inside {
    server: String,
    authority: Option<String>,
    door: Arc<Door>,
}

#[async_trait]
impl Access for Inside {
    fn server(&self) -> &str {
        &self.server
    }

    fn certificate_authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    async fn token(&self) -> Result<Option<Token>, ProviderError> {
        Ok(Some(Token { secret: "t0ken".to_owned(), expires_at: Duration::MAX }))
    }

    async fn exists(&self) -> Result<bool, ProviderError> {
        Ok(!*self.door.is_gone.lock().unwrap())
    }
}

struct Nowhere;

#[async_trait]
impl Transport for Nowhere {
    async fn send(&self, _: http::Request<bytes::Bytes>) -> Result<http::Response<bytes::Bytes>, TransportError> {
        Err(TransportError::NoConnection { why: Unreachable::Silent, cause: "no route".to_owned() })
    }
}

/// Over real connections, in real time.
fn behind(door: &Arc<Door>) -> Clusters {
    let entrance: Arc<dyn Entrance> = Arc::new(Arc::clone(door));
    Clusters::new(Arc::new(SystemClock), [entrance])
}

/// Without any connection, in no time.
fn cut_off(door: &Arc<Door>) -> Clusters {
    let entrance: Arc<dyn Entrance> = Arc::new(Arc::clone(door));
    Clusters::new(Arc::new(ManualClock::default()), [entrance]).with_network(Arc::new(|_, _| Arc::new(Nowhere)))
}

#[tokio::test]
async fn a_connection_is_opened_once_and_again_when_that_failed() {
    let door = Arc::<Door>::default();
    let clusters = cut_off(&door);
    let shut = eks("https://shut.example");
    assert_eq!(clusters.client(&shut).await.err().map(|error| error.kind), Some(ErrorKind::NoCredentials));
    let first = clusters.client(&shut).await.unwrap();
    let again = clusters.client(&shut).await.unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    let moved = clusters.client(&eks("https://b.example")).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &moved));
    assert_eq!(door.entered.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn an_entrance_gives_the_address_and_the_token() {
    let (server, door) = (Loopback::start(fine), Arc::<Door>::default());
    assert!(ask(&behind(&door), &eks(&server.url)).await.is_ok());
    assert_eq!(server.asked()[0].authorization.as_deref(), Some("Bearer t0ken"));
}

#[tokio::test]
async fn gone_is_told_from_unreachable_by_the_clusters_cloud() {
    let door = Arc::<Door>::default();
    let clusters = cut_off(&door);
    let demo = eks("https://demo.example");
    let error = ask(&clusters, &demo).await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some(UNREACHABLE));
    assert!(error.message.contains("eks/1/r/demo"), "{}", error.message);
    *door.is_gone.lock().unwrap() = true;
    let error = ask(&clusters, &demo).await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some(CLUSTER_GONE));
}

#[tokio::test]
async fn what_has_no_way_in_is_refused() {
    let error = clusters().client(&eks("https://demo.example")).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Rejected);
    assert!(error.message.contains("no way into clusters of kind `eks`"), "{}", error.message);
    let file = Kubeconfig::new("http://127.0.0.1:1", "{}");
    let error = cut_off(&Arc::default()).client(&file.connection()).await.err().unwrap();
    assert!(error.message.contains("is a real cluster"), "{}", error.message);
}

/// A server with certificates; dropped, it ends.
struct Tls {
    child: Child,
    told: serde_json::Value,
}

impl Tls {
    #[expect(clippy::disallowed_methods, reason = "whether a test may be skipped depends on who runs it")]
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    fn start() -> Option<Self> {
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/counterparts/bin/python");
        if !python.is_file() {
            let why = "there is no Python with `cryptography`: `pip install 'moto[server]'` into target/counterparts";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
            eprintln!("skipped: {why}");
            return None;
        }
        let script = include_str!("../../../../tests/it/kubernetes/tls_server.py");
        let mut command = Command::new(python);
        command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Some(Self { child, told: serde_json::from_str(&line).unwrap() })
    }

    fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.told["port"])
    }

    fn text(&self, name: &str) -> &str {
        self.told[name].as_str().unwrap()
    }

    /// As kubeconfigs hold it.
    fn data(&self, name: &str) -> String {
        STANDARD.encode(self.text(name))
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_server_must_have_the_certificate_of_the_connection() {
    let (Some(one), Some(other)) = (Tls::start(), Tls::start()) else { return };
    let door = Arc::<Door>::default();
    let clusters = behind(&door);
    let answer = ask(&clusters, &trusted(&one.url(), one.text("authority"))).await;
    assert_eq!(answer, Ok(json!({"visitor": []})));
    for authority in [other.text("authority"), "QQ=="] {
        let error = ask(&clusters, &trusted(&one.url(), authority)).await.unwrap_err();
        assert_eq!(error.code.as_deref(), Some(UNREACHABLE), "{error}");
        assert!(error.message.contains("certificate"), "{error}");
        assert!(error.hint.as_ref().is_some_and(|hint| hint.contains("made anew")), "{:?}", error.hint);
    }
}

#[tokio::test]
async fn a_kubeconfig_shows_its_certificate() {
    let Some(server) = Tls::start() else { return };
    let user = json!({"client-certificate-data": server.data("certificate"), "client-key-data": server.data("key")});
    let file = Kubeconfig::new(&server.url(), &user.to_string());
    let untrusted = ask(&clusters(), &file.connection()).await.unwrap_err();
    assert_eq!(untrusted.code.as_deref(), Some(UNREACHABLE));
    let trust = format!("server: '{}', certificate-authority-data: {}", server.url(), server.data("authority"));
    let path = file.0.path().join("config");
    let text = std::fs::read_to_string(&path).unwrap();
    write(&file.0, "config", &text.replace(&format!("server: '{}'", server.url()), &trust));
    assert_eq!(ask(&clusters(), &file.connection()).await, Ok(json!({"visitor": ["visitor"]})));
}
