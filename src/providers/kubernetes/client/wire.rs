//! The real way to an API server, over kube: its connections, proxies and certificates, and the credentials of a
//! kubeconfig.

use std::error::Error as Cause;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use kube::Config;
use kube::client::{AuthError, Body};
use tokio::sync::Mutex;

use super::transport::{Transport, TransportError, Unreachable};
use crate::clock::Clock;
use crate::provider::RENEWED_BEFORE;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

pub(in crate::providers) struct Wire {
    config: Config,
    /// The credentials may be other ones when they are asked for again.
    is_renewable: bool,
    clock: Arc<dyn Clock>,
    client: Mutex<Option<kube::Client>>,
}

impl Wire {
    /// As a kubeconfig says, credentials included. Requests bring the path of its server's address with them.
    pub(in crate::providers) fn new(config: Config, is_renewable: bool, clock: Arc<dyn Clock>) -> Self {
        let mut config = config;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        // Two policies over each other multiply.
        config.default_retry = false;
        config.cluster_url = origin(config.cluster_url);
        Self { config, is_renewable, clock, client: Mutex::new(None) }
    }

    async fn client(&self) -> Result<kube::Client, TransportError> {
        let mut kept = self.client.lock().await;
        if let Some(client) = kept.as_ref().filter(|client| !self.is_due(client)) {
            return Ok(client.clone());
        }
        let config = self.config.clone();
        // It may run a program and wait for it.
        let opened = tokio::task::spawn_blocking(move || kube::Client::try_from(config)).await;
        let opened = opened.map_err(|error| TransportError::NoCredentials(error.to_string()))?;
        let client = opened.map_err(|error| unopened(&self.config, &error))?;
        *kept = Some(client.clone());
        Ok(client)
    }

    /// Whether the client certificate of an exec plugin is about to expire. Tokens are renewed by kube.
    fn is_due(&self, client: &kube::Client) -> bool {
        let until = client.valid_until().as_ref().and_then(|until| u64::try_from(until.as_second()).ok());
        until.is_some_and(|until| Duration::from_secs(until) <= self.clock.now() + RENEWED_BEFORE)
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let _hold = self.clock.hold();
        let client = self.client().await?;
        let answer = client.send(request.map(Body::from)).await.map_err(|error| unanswered(&self.config, &error))?;
        let (parts, body) = answer.into_parts();
        let body = body.collect_bytes().await.map_err(|error| TransportError::NoAnswer(chain(&error)))?;
        Ok(http::Response::from_parts(parts, body))
    }

    async fn renew(&self) -> Result<bool, TransportError> {
        if self.is_renewable {
            *self.client.lock().await = None;
        }
        Ok(self.is_renewable)
    }
}

/// The address without its path.
fn origin(address: http::Uri) -> http::Uri {
    let mut parts = address.clone().into_parts();
    parts.path_and_query = Some(http::uri::PathAndQuery::from_static("/"));
    http::Uri::from_parts(parts).unwrap_or(address)
}

/// Why there is no client: nothing has been sent.
fn unopened(config: &Config, error: &kube::Error) -> TransportError {
    match find::<AuthError>(error) {
        Some(error) => TransportError::NoCredentials(credentials(config, error)),
        None => TransportError::NoCredentials(chain(error)),
    }
}

fn unanswered(config: &Config, error: &kube::Error) -> TransportError {
    if let Some(error) = find::<AuthError>(error) {
        return TransportError::NoCredentials(credentials(config, error));
    }
    match find::<hyper_util::client::legacy::Error>(error) {
        Some(inner) if inner.is_connect() => {
            let cause = inner.source().map_or_else(|| inner.to_string(), chain);
            TransportError::NoConnection { why: why(error, &cause), cause }
        }
        _ => TransportError::NoAnswer(chain(error)),
    }
}

fn why(error: &kube::Error, text: &str) -> Unreachable {
    if text.contains("dns error") {
        return Unreachable::Unnamed;
    }
    if text.contains("certificate") {
        return Unreachable::Untrusted;
    }
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => Unreachable::Refused,
        Some(io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
            Unreachable::Silent
        }
        _ => Unreachable::Other,
    }
}

/// What is wrong with the credentials, without what a plugin was given or has printed: both are full of secrets.
fn credentials(config: &Config, error: &AuthError) -> String {
    let plugin = config.auth_info.exec.as_ref().and_then(|exec| exec.command.as_deref()).unwrap_or("of the user");
    let said = match error {
        AuthError::AuthExecStart(cause) => format!("the exec plugin `{plugin}` cannot be run: {cause}"),
        AuthError::AuthExecRun { out, .. } => {
            let text = String::from_utf8_lossy(&out.stderr);
            let last = text.lines().rev().find(|line| !line.trim().is_empty()).map(|line| format!(": {}", line.trim()));
            format!("the exec plugin `{plugin}` failed with {}{}", out.status, last.unwrap_or_default())
        }
        AuthError::AuthExecParse(_) => format!("what the exec plugin `{plugin}` printed is no ExecCredential"),
        AuthError::ExecPluginFailed => format!("the exec plugin `{plugin}` printed an ExecCredential without a status"),
        other => other.to_string(),
    };
    let hint = config.auth_info.exec.as_ref().and_then(|exec| exec.install_hint.as_deref());
    match (error, hint) {
        (AuthError::AuthExecStart(_), Some(hint)) => format!("{said} ({})", hint.trim()),
        _ => said,
    }
}

/// The first of an error and its causes that is of this type.
fn find<E: Cause + 'static>(error: &kube::Error) -> Option<&E> {
    let mut next: Option<&(dyn Cause + 'static)> = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<E>() {
            return Some(found);
        }
        next = cause.source();
    }
    None
}

/// An error and everything it came from, once each.
fn chain(error: &dyn Cause) -> String {
    let mut parts: Vec<String> = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        source = cause.source();
    }
    parts.join(": ")
}
