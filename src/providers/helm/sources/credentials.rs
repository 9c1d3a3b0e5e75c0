//! Who a reader of charts is, to which hosts.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use url::Url;

/// A name and a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Basic {
    user: String,
    password: String,
}

impl Basic {
    pub(crate) fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: password.into() }
    }

    /// The value of the header `authorization`.
    pub(super) fn header(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.user, self.password)))
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Basic(…)")
    }
}

/// What is known, by host and port.
#[derive(Clone, Debug, Default)]
pub(crate) struct Credentials {
    hosts: BTreeMap<String, Basic>,
    /// Repositories whose credentials may go to every host that their indexes lead to.
    passed_on: Vec<String>,
}

impl Credentials {
    /// Reads what `docker login` and `helm registry login` write. Helpers that keep credentials elsewhere are not asked.
    ///
    /// # Errors
    /// When it is no such thing; says nothing of its content.
    pub(crate) fn from_docker_config(text: &str) -> Result<Self, String> {
        let config: Json = serde_json::from_str(text)
            .map_err(|error| format!("it is not JSON, at line {}, column {}", error.line(), error.column()))?;
        let mut credentials = Self::default();
        for (address, entry) in config.get("auths").and_then(Json::as_object).into_iter().flatten() {
            let text = |key: &str| entry.get(key).and_then(Json::as_str);
            let basic = match (text("auth").filter(|auth| !auth.is_empty()), text("username"), text("password")) {
                (Some(auth), _, _) => decoded(auth)
                    .ok_or_else(|| format!("`auths`, `{address}`: `auth` is no base64 of `name:password`"))?,
                (None, Some(user), Some(password)) => Basic::new(user, password),
                _ => continue,
            };
            credentials.hosts.insert(host_of(address), basic);
        }
        Ok(credentials)
    }

    /// Those of a repository or registry, by its address. `passed_on` hands them to every host that its index leads to.
    pub(crate) fn add(&mut self, address: &str, basic: Basic, passed_on: bool) {
        let host = host_of(address);
        if passed_on {
            self.passed_on.push(host.clone());
        }
        self.hosts.insert(host, basic);
    }

    /// Adds those of hosts that are not known yet.
    pub(super) fn join(&mut self, others: Self) {
        for (host, basic) in others.hosts {
            self.hosts.entry(host).or_insert(basic);
        }
        self.passed_on.extend(others.passed_on);
    }

    /// Those of a registry.
    pub(super) fn of_host(&self, host: &str) -> Option<&Basic> {
        self.hosts.get(&host_of(host))
    }

    /// Those of a repository that may go to this address: its own host's, unless they are passed on.
    pub(super) fn of_repository(&self, repository: &Url, address: &Url) -> Option<Basic> {
        let host = authority(repository);
        if !is_same_origin(repository, address) && !self.passed_on.contains(&host) {
            return None;
        }
        in_address(repository).or_else(|| self.hosts.get(&host).cloned())
    }
}

/// What stands in front of an address's host.
fn in_address(url: &Url) -> Option<Basic> {
    let decoded = |text: &str| percent_decoded(text);
    (!url.username().is_empty())
        .then(|| Basic::new(decoded(url.username()), decoded(url.password().unwrap_or_default())))
}

fn percent_decoded(text: &str) -> String {
    // A form's decoder takes a plus sign for a space, which it is not here.
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

pub(super) fn is_same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme() && authority(one) == authority(other)
}

/// Host and port.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().to_owned();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// The host in an address, which may be written with or without a scheme. Docker's own registry goes by three names.
fn host_of(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host).to_ascii_lowercase();
    match host.as_str() {
        "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
        _ => host,
    }
}

fn decoded(auth: &str) -> Option<Basic> {
    let text = String::from_utf8(STANDARD.decode(auth).ok()?).ok()?;
    let (user, password) = text.trim_end_matches('\0').split_once(':')?;
    Some(Basic::new(user, password))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn files_of_docker_are_read() {
        let text = r#"{"auths": {"ghcr.io": {"auth": "bWU6YTpi"}, "https://index.docker.io/v1/": {"username": "u", "password": "p"},
            "quay.io": {}}, "credsStore": "desktop"}"#;
        let credentials = Credentials::from_docker_config(text).unwrap();
        assert_eq!(credentials.of_host("ghcr.io"), Some(&Basic::new("me", "a:b")));
        assert_eq!(credentials.of_host("registry-1.docker.io"), Some(&Basic::new("u", "p")));
        assert_eq!(credentials.of_host("quay.io"), None);
    }

    #[test]
    fn broken_files_are_refused_without_showing_them() {
        assert_eq!(Credentials::from_docker_config("secret").unwrap_err(), "it is not JSON, at line 1, column 1");
        let error = Credentials::from_docker_config(r#"{"auths": {"a": {"auth": "c2VjcmV0"}}}"#).unwrap_err();
        assert_eq!(error, "`auths`, `a`: `auth` is no base64 of `name:password`");
        assert_eq!(format!("{:?}", Basic::new("me", "secret")), "Basic(…)");
    }

    #[test]
    fn credentials_stay_with_their_host_unless_they_are_passed_on() {
        let mut credentials = Credentials::default();
        credentials.add("https://charts.example/stable", Basic::new("u", "p"), false);
        let repository = url("https://charts.example/stable");
        let given = |credentials: &Credentials, to: &str| credentials.of_repository(&repository, &url(to)).is_some();
        assert!(given(&credentials, "https://charts.example/other/a.tgz"));
        assert!(!given(&credentials, "https://charts.example:8443/a.tgz"));
        assert!(!given(&credentials, "http://charts.example/a.tgz"));
        assert!(!given(&credentials, "https://cdn.example/a.tgz"));
        credentials.add("https://charts.example/stable", Basic::new("u", "p"), true);
        assert!(given(&credentials, "https://cdn.example/a.tgz"));
    }

    #[test]
    fn credentials_may_stand_in_the_address() {
        let repository = url("https://me:p%40ss+1@charts.example/");
        let basic = Credentials::default().of_repository(&repository, &repository);
        assert_eq!(basic, Some(Basic::new("me", "p@ss+1")));
    }
}
