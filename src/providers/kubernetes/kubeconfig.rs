//! Reads kubeconfig files as kube does, and says what is wrong with them.
//!
//! Shows nothing of their content but names: they are full of credentials.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::{
    AuthInfo, Cluster, Config, Context, KubeConfigOptions, Kubeconfig, KubeconfigError, NamedAuthInfo, NamedCluster,
    NamedContext,
};
use serde_json::json;

use crate::diagnostic::closest;
use crate::provider::{ClientIdentity, ErrorKind, ProviderError};

const OPERATION: &str = "reading the kubeconfig";
/// The name of everything in a kubeconfig that is made for one cluster alone.
const ONLY: &str = "cluster";

/// What a context leads to: of this file, or of those that `KUBECONFIG` names, or of `~/.kube/config`; and this
/// context, or the current one.
pub(super) async fn load(path: Option<&str>, context: Option<&str>) -> Result<Config, ProviderError> {
    let read = match path {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let kubeconfig = read.map_err(|error| refuse(path, &error))?;
    let context = chosen(&kubeconfig, path, context)?.clone();
    complete(&kubeconfig, path, &context)?;
    let cluster = context.context.map(|context| context.cluster);
    let named = kubeconfig.clusters.iter().find(|known| Some(&known.name) == cluster.as_ref());
    let has_proxy = named.and_then(|known| known.cluster.as_ref()?.proxy_url.as_ref()).is_some();
    let options = KubeConfigOptions { context: Some(context.name), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| refuse(path, &error))?;
    Ok(if has_proxy { config } else { beside_proxies(config) })
}

/// Proxies of the surroundings are not for this machine itself.
fn beside_proxies(mut config: Config) -> Config {
    let host = config.cluster_url.host().unwrap_or_default().trim_matches(['[', ']']);
    if host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()) {
        config.proxy_url = None;
    }
    config
}

/// How a server is reached whose certificate is signed with this one, in PEM, by whoever brings a credential.
/// Proxies are as the surroundings have them.
pub(super) async fn bare(
    server: &str,
    certificate_authority: Option<&str>,
    identity: Option<&ClientIdentity>,
) -> Result<Config, ProviderError> {
    let cluster = Cluster {
        server: Some(server.to_owned()),
        certificate_authority_data: certificate_authority.map(|pem| STANDARD.encode(pem)),
        ..Cluster::default()
    };
    let user = identity.map(|identity| NamedAuthInfo {
        name: ONLY.to_owned(),
        auth_info: serde_json::from_value(json!({
            "client-certificate-data": STANDARD.encode(&identity.certificate),
            "client-key-data": STANDARD.encode(&identity.key),
        }))
        .ok(),
        ..NamedAuthInfo::default()
    });
    let context = Context { cluster: ONLY.to_owned(), user: identity.map(|_| ONLY.to_owned()), ..Context::default() };
    let kubeconfig = Kubeconfig {
        auth_infos: user.into_iter().collect(),
        clusters: vec![NamedCluster { name: ONLY.to_owned(), cluster: Some(cluster), ..NamedCluster::default() }],
        contexts: vec![NamedContext { name: ONLY.to_owned(), context: Some(context), ..NamedContext::default() }],
        current_context: Some(ONLY.to_owned()),
        ..Kubeconfig::default()
    };
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
    config.map(beside_proxies).map_err(|error| {
        let text = format!("the way to {server} is not as it should be: {}", told(&error));
        ProviderError::new(ErrorKind::Rejected, "kubernetes", text)
            .hint("take the cluster's output `connection` as it is, and see that HTTPS_PROXY and NO_PROXY are right")
    })
}

/// The context that is asked for, or the current one.
fn chosen<'a>(
    kubeconfig: &'a Kubeconfig,
    path: Option<&str>,
    context: Option<&str>,
) -> Result<&'a NamedContext, ProviderError> {
    let names = || kubeconfig.contexts.iter().map(|context| context.name.as_str());
    let Some(wanted) = context.or(kubeconfig.current_context.as_deref()).filter(|name| !name.is_empty()) else {
        let text = format!("{} has no current context, and the connection names none", file(path));
        return Err(error(text, format!("name a `context`: {}", listed(names()))));
    };
    kubeconfig
        .contexts
        .iter()
        .find(|context| context.name == wanted)
        .ok_or_else(|| error(format!("{} has no context `{wanted}`", file(path)), suggested(wanted, names())))
}

/// Whether what the context names is there: kube takes a user that is missing for none at all.
fn complete(kubeconfig: &Kubeconfig, path: Option<&str>, context: &NamedContext) -> Result<(), ProviderError> {
    let Some(inner) = &context.context else {
        let text = format!("context `{}` in {} is empty", context.name, file(path));
        return Err(error(text, "give it a `cluster` and a `user`".to_owned()));
    };
    let clusters = kubeconfig.clusters.iter().map(|cluster| cluster.name.as_str());
    let users = kubeconfig.auth_infos.iter().map(|user| user.name.as_str());
    let user = inner.user.as_deref().filter(|user| !user.is_empty());
    let named =
        [("cluster", Some(inner.cluster.as_str()), clusters.collect::<Vec<_>>()), ("user", user, users.collect())];
    for (what, name, known) in named {
        if let Some(name) = name.filter(|name| !known.contains(name)) {
            let text =
                format!("context `{}` in {} is of {what} `{name}`, which is not there", context.name, file(path));
            return Err(error(text, suggested(name, known.into_iter())));
        }
    }
    Ok(())
}

/// Whether credentials of this sort can change while a run goes on.
pub(super) fn is_renewable(user: &AuthInfo) -> bool {
    user.exec.is_some() || user.auth_provider.is_some() || user.token_file.is_some()
}

fn suggested<'a>(written: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    closest(written, known.clone()).map_or_else(|| listed(known), |near| format!("did you mean `{near}`?"))
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "there is none in it".to_owned() } else { format!("there is {}", names.join(", ")) }
}

fn file(path: Option<&str>) -> String {
    path.map_or("the kubeconfig (KUBECONFIG, or ~/.kube/config)".to_owned(), |path| format!("kubeconfig {path}"))
}

fn error(text: String, hint: String) -> ProviderError {
    ProviderError::new(ErrorKind::Rejected, OPERATION, text).hint(hint)
}

fn refuse(path: Option<&str>, failed: &KubeconfigError) -> ProviderError {
    let hint = match failed {
        KubeconfigError::ReadConfig(..) | KubeconfigError::FindPath => {
            "have it made by your cluster's tool, or say with `path` or KUBECONFIG where it is"
        }
        _ => "see what `kubectl config view` makes of it",
    };
    error(format!("{}: {}", file(path), told(failed)), hint.to_owned())
}

/// What is wrong, without the lines of the file that the parser would show.
fn told(failed: &KubeconfigError) -> String {
    match failed {
        KubeconfigError::ReadConfig(cause, path) => format!("{} cannot be read: {cause}", path.display()),
        KubeconfigError::Parse(cause) => match cause.location() {
            Some(at) => format!("no valid YAML of a kubeconfig at line {}, column {}", at.line(), at.column()),
            None => "no valid YAML of a kubeconfig".to_owned(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const GOOD: &str = "
apiVersion: v1
kind: Config
current-context: staging
clusters:
- { name: one, cluster: { server: 'https://one.example:6443/k8s/one', insecure-skip-tls-verify: true } }
contexts:
- { name: staging, context: { cluster: one, user: me, namespace: video } }
- { name: production, context: { cluster: one } }
- { name: nobody, context: { cluster: one, user: mee } }
- { name: nowhere, context: { cluster: on, user: me } }
users:
- { name: me, user: { token: hunter2 } }
";

    async fn read(text: &str, context: Option<&str>) -> Result<Config, ProviderError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        load(path.to_str(), context).await
    }

    #[tokio::test]
    async fn a_context_leads_to_a_server() {
        for context in [None, Some("production")] {
            let config = read(GOOD, context).await.unwrap();
            assert_eq!(config.cluster_url, "https://one.example:6443/k8s/one");
            assert_eq!(config.auth_info.token.is_some(), context.is_none());
            assert!(!is_renewable(&config.auth_info));
        }
    }

    #[tokio::test]
    async fn what_is_wrong_is_told_with_what_was_meant() {
        let empty = "apiVersion: v1\nkind: Config\nusers: []";
        let cases = [
            (GOOD, Some("stagign"), "has no context `stagign`", "did you mean `staging`?"),
            (GOOD, Some("x"), "has no context `x`", "there is `staging`, `production`, `nobody`, `nowhere`"),
            (GOOD, Some("nobody"), "is of user `mee`, which is not there", "did you mean `me`?"),
            (GOOD, Some("nowhere"), "is of cluster `on`, which is not there", "did you mean `one`?"),
            (empty, None, "no current context", "there is none in it"),
            (
                "users: [{ name: me, user: { token: hunter2 }",
                None,
                "no valid YAML of a kubeconfig at line 1",
                "kubectl",
            ),
            ("users:\n- name: me\n  user: hunter2\n", None, "no valid YAML of a kubeconfig at line 3", "kubectl"),
        ];
        for (text, context, message, hint) in cases {
            let error = read(text, context).await.unwrap_err();
            assert!(error.message.contains(message), "{}", error.message);
            assert!(error.hint.as_ref().is_some_and(|found| found.contains(hint)), "{:?}", error.hint);
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_named() {
        let error = load(Some("no/such/file"), None).await.unwrap_err();
        assert!(error.message.contains("kubeconfig no/such/file"), "{}", error.message);
        assert!(error.hint.is_some_and(|hint| hint.contains("KUBECONFIG")));
    }

    #[test]
    fn nothing_on_this_machine_is_behind_a_proxy() {
        let cases = [
            ("http://127.0.0.1:8080", false),
            ("https://[::1]:6443", false),
            ("https://localhost", false),
            ("https://10.0.0.1", true),
            ("https://localhost.example", true),
        ];
        for (server, expected) in cases {
            let mut config = Config::new(server.parse().unwrap());
            config.proxy_url = Some("http://proxy.example:3128".parse().unwrap());
            assert_eq!(beside_proxies(config).proxy_url.is_some(), expected, "{server}");
        }
    }

    #[tokio::test]
    async fn a_proxy_of_the_kubeconfig_is_used() {
        let text = GOOD.replace("insecure-skip-tls-verify: true", "proxy-url: 'socks5://127.0.0.1:1080'");
        let text = text.replace("one.example", "localhost");
        assert_eq!(read(&text, None).await.unwrap().proxy_url, Some("socks5://127.0.0.1:1080".parse().unwrap()));
    }

    #[tokio::test]
    async fn a_server_needs_no_more_than_its_certificate() {
        let config = bare("https://demo.example", None, None).await.unwrap();
        assert_eq!(config.cluster_url, "https://demo.example");
        assert!(config.root_cert.is_none() && config.auth_info.token.is_none());
        let pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
        assert_eq!(bare("https://demo.example", Some(pem), None).await.unwrap().root_cert, Some(vec![vec![0]]));
        let error = bare("not an address", None, None).await.unwrap_err();
        assert!(error.message.contains("not an address"), "{}", error.message);
        let identity = ClientIdentity { certificate: "c".to_owned(), key: "k".to_owned() };
        let config = bare("https://demo.example", None, Some(&identity)).await.unwrap();
        assert_eq!(config.auth_info.client_certificate_data, Some(STANDARD.encode("c")));
        assert!(config.auth_info.client_key_data.is_some() && config.auth_info.token.is_none());
    }
}
