//! What the kubeconfig says that Azure answers: where the API server is, whom it trusts, and a credential.
//!
//! Says nothing of what stands in it but what is missing: it is full of secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::provider::ClientIdentity;

/// The way into a cluster. Has no printable form.
pub(super) struct Way {
    /// Without a slash at its end.
    pub(super) server: String,
    /// In PEM.
    pub(super) certificate_authority: Option<String>,
    pub(super) token: Option<String>,
    pub(super) identity: Option<ClientIdentity>,
    /// It is where a cluster once was.
    pub(super) is_guess: bool,
}

impl Way {
    /// Where a cluster was that is gone.
    pub(super) fn to(server: &str) -> Self {
        Self { server: server.to_owned(), certificate_authority: None, token: None, identity: None, is_guess: true }
    }
}

#[derive(Deserialize)]
struct Kubeconfig {
    #[serde(rename = "current-context", default)]
    current_context: String,
    #[serde(default)]
    clusters: Vec<NamedCluster>,
    #[serde(default)]
    contexts: Vec<NamedContext>,
    #[serde(default)]
    users: Vec<NamedUser>,
}

#[derive(Deserialize)]
struct NamedCluster {
    name: String,
    cluster: Cluster,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Cluster {
    server: String,
    certificate_authority_data: Option<String>,
}

#[derive(Deserialize)]
struct NamedContext {
    name: String,
    context: Context,
}

#[derive(Deserialize)]
struct Context {
    cluster: String,
    #[serde(default)]
    user: String,
}

#[derive(Deserialize)]
struct NamedUser {
    name: String,
    #[serde(default)]
    user: User,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct User {
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
    token: Option<String>,
}

/// Reads `{kubeconfigs: [{name, value}]}`.
///
/// # Errors
/// What is wrong with it, as the rest of a sentence.
pub(super) fn read(answer: &Json) -> Result<Way, &'static str> {
    let value = answer.pointer("/kubeconfigs/0/value").and_then(Json::as_str).ok_or("have no kubeconfig")?;
    let text = decoded(value).ok_or("are no kubeconfig in base64")?;
    way(&text)
}

fn way(text: &str) -> Result<Way, &'static str> {
    let config: Kubeconfig = serde_yaml::from_str(text).map_err(|_| "are no kubeconfig in YAML")?;
    let named = |context: &&NamedContext| context.name == config.current_context;
    let context = config.contexts.iter().find(named).or(config.contexts.first()).ok_or("have no context")?;
    let cluster = config.clusters.iter().find(|cluster| cluster.name == context.context.cluster);
    let cluster = &cluster.ok_or("have a context without a cluster")?.cluster;
    let user = config.users.iter().find(|user| user.name == context.context.user).map(|user| &user.user);
    let server = cluster.server.trim_end_matches('/').to_owned();
    let certificate_authority = match &cluster.certificate_authority_data {
        Some(data) => Some(decoded(data).ok_or("have a certificate that is no PEM in base64")?),
        // As to an imitation of Azure on this machine.
        None if server.starts_with("http://") => None,
        None => return Err("do not say which certificate to trust"),
    };
    let pem = |data: Option<&String>| match data.filter(|data| !data.is_empty()) {
        Some(data) => decoded(data).map(Some).ok_or("have a client certificate that is no PEM in base64"),
        None => Ok(None),
    };
    let certificate = pem(user.and_then(|user| user.client_certificate_data.as_ref()))?;
    let key = pem(user.and_then(|user| user.client_key_data.as_ref()))?;
    let identity = certificate.zip(key).map(|(certificate, key)| ClientIdentity { certificate, key });
    let token = user.and_then(|user| user.token.clone()).filter(|token| !token.is_empty());
    Ok(Way { server, certificate_authority, token, identity, is_guess: false })
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn answer(text: &str) -> Json {
        json!({"kubeconfigs": [{"name": "clusterUser", "value": STANDARD.encode(text)}]})
    }

    fn config(cluster: &str, user: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\npreferences: {{}}\ncurrent-context: demo\n\
             clusters:\n- name: demo\n  cluster: {{{cluster}}}\n\
             contexts:\n- name: other\n  context: {{cluster: other, user: other}}\n\
             - name: demo\n  context: {{cluster: demo, user: clusterUser_main_demo}}\n\
             users:\n- name: clusterUser_main_demo\n  user: {{{user}}}\n"
        )
    }

    #[test]
    fn every_form_of_credential_is_read() {
        let pem = STANDARD.encode("PEM");
        let cluster = format!("server: 'https://demo.example:443/', certificate-authority-data: {pem}");
        let both = format!("client-certificate-data: {pem}, client-key-data: {pem}, token: t0ken");
        let certificate = format!("client-certificate-data: {pem}, client-key-data: {pem}");
        let exec = "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: kubelogin}";
        let cases = [
            (both.as_str(), true, true),
            (&certificate, false, true),
            ("token: t0ken", true, false),
            (exec, false, false),
        ];
        for (user, has_token, has_identity) in cases {
            let way = read(&answer(&config(&cluster, user))).ok().unwrap();
            assert_eq!((way.server.as_str(), way.is_guess), ("https://demo.example:443", false));
            assert_eq!(way.certificate_authority.as_deref(), Some("PEM"));
            assert_eq!((way.token.is_some(), way.identity.is_some()), (has_token, has_identity), "{user}");
        }
        let plain = read(&answer(&config("server: 'http://127.0.0.1:1'", "token: t"))).ok().unwrap();
        assert_eq!(plain.certificate_authority, None);
    }

    #[test]
    fn what_is_no_kubeconfig_is_told_without_its_content() {
        let good = "server: 'https://x', certificate-authority-data: UEVN";
        let cases = [
            (json!({}), "have no kubeconfig"),
            (json!({"kubeconfigs": []}), "have no kubeconfig"),
            (json!({"kubeconfigs": [{"value": "%%"}]}), "are no kubeconfig in base64"),
            (answer("- a"), "are no kubeconfig in YAML"),
            (answer("clusters: []"), "have no context"),
            (
                answer(&config(good, "token: t").replace("clusters:\n- name: demo", "clusters:\n- name: no")),
                "have a context without a cluster",
            ),
            (answer(&config("server: 'https://x'", "token: t")), "do not say which certificate to trust"),
            (
                answer(&config("server: 'https://x', certificate-authority-data: '%'", "token: t")),
                "have a certificate that is no PEM in base64",
            ),
            (
                answer(&config(good, "client-certificate-data: '%'")),
                "have a client certificate that is no PEM in base64",
            ),
        ];
        for (given, expected) in cases {
            assert_eq!(read(&given).err(), Some(expected), "{given}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in ".*", cluster in "[a-z: {},'/]*", user in "[a-z: {},'-]*") {
            let _ = way(&text);
            let _ = way(&config(&cluster, &user));
        }
    }
}
