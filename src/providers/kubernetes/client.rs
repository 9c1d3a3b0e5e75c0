//! A client of one API server: paced, patient, and with a fresh credential whenever one is due.
//!
//! Knows the API's ways and no kind of object. What it needs of a cluster is a [`Transport`] and, where the
//! transport has no credentials of its own, an [`Access`].

mod attempt;
mod call;
mod discovery;
mod forbidden;
mod request;
#[cfg(test)]
mod scripted;
mod status;
mod subject;
mod transport;
mod unreachable;
mod verbs;
mod wire;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub use call::Jitter;
pub(in crate::providers) use call::{Calls, Wait};
pub(in crate::providers) use discovery::{ApiResource, NO_KIND_MATCH};
#[cfg(test)]
pub(super) use request::Request;
pub use transport::{Transport, TransportError, Unreachable};
pub(in crate::providers) use unreachable::CLUSTER_GONE;
#[cfg(test)]
pub(super) use unreachable::UNREACHABLE;
pub(in crate::providers) use verbs::{Apply, Manager, Propagation};
pub(super) use wire::Wire;

use crate::clock::Clock;
use crate::provider::{Access, ProviderError, RENEWED_BEFORE, Rate, Target, Token, TokenBucket};

/// Below what API servers let one client have before they ask for patience.
const RATE: Rate = Rate { per_second: 50.0, burst: 100.0 };

/// A cluster's API server, and everything that calls to it share.
pub(in crate::providers) struct Client {
    /// What the cluster is known by, for messages: `eks/123456789012/us-east-1/demo`.
    name: String,
    /// Without a slash at its end.
    server: String,
    transport: Arc<dyn Transport>,
    /// Where the transport has no credentials of its own.
    access: Option<Arc<dyn Access>>,
    clock: Arc<dyn Clock>,
    jitter: Jitter,
    bucket: Mutex<TokenBucket>,
    token: tokio::sync::Mutex<Option<Token>>,
    /// What each group and version has, such as `apps/v1`.
    resources: Mutex<BTreeMap<String, Arc<Vec<ApiResource>>>>,
    /// Its cloud has said that the cluster does not exist.
    gone: AtomicBool,
    /// The cluster has told whether it knows who calls: a refusal is no longer one of a caller it has yet to hear of.
    introduced: AtomicBool,
}

impl Client {
    pub(in crate::providers) fn new(
        (name, server): (String, &str),
        transport: Arc<dyn Transport>,
        access: Option<Arc<dyn Access>>,
        clock: Arc<dyn Clock>,
        jitter: Jitter,
    ) -> Self {
        let bucket = Mutex::new(TokenBucket::new(RATE, clock.now()));
        let server = server.trim_end_matches('/').to_owned();
        let (token, resources, gone, introduced) = Default::default();
        Self { name, server, transport, access, clock, jitter, bucket, token, resources, gone, introduced }
    }

    /// Calls for one operation on one object: within its time, told of and interrupted as it is.
    pub(in crate::providers) fn on<'a>(&'a self, target: &Target<'a>) -> Calls<'a> {
        Calls::on(self, target)
    }

    /// Calls that no one watches or interrupts.
    #[cfg(test)]
    pub(in crate::providers) fn within(&self, timeout: std::time::Duration) -> Calls<'_> {
        Calls::new(self, timeout)
    }

    /// Waits for this call's turn.
    async fn turn(&self) {
        let wait = self.bucket.lock().unwrap_or_else(PoisonError::into_inner).take(self.clock.now());
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
    }

    /// A credential that is good for a while yet. Callers that come together share one.
    async fn token(&self) -> Result<Option<Token>, ProviderError> {
        let Some(access) = &self.access else {
            return Ok(None);
        };
        let mut kept = self.token.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.expires_at > self.clock.now() + RENEWED_BEFORE) {
            return Ok(Some(token.clone()));
        }
        let token = access.token().await?;
        kept.clone_from(&token);
        Ok(token)
    }

    /// Has a token that the server did not take replaced, unless another call has seen to it.
    async fn discard(&self, refused: &Token) {
        let mut kept = self.token.lock().await;
        if kept.as_ref().is_some_and(|token| token.secret == refused.secret) {
            *kept = None;
        }
    }

    /// Whether its cloud says that the cluster does not exist. Once gone, it stays gone: a new one of the same name
    /// has another address.
    ///
    /// # Errors
    /// When its cloud cannot be asked.
    async fn is_gone(&self) -> Result<bool, ProviderError> {
        if self.is_known_gone() {
            return Ok(true);
        }
        let Some(access) = &self.access else {
            return Ok(false);
        };
        let gone = !access.exists().await?;
        self.gone.fetch_or(gone, Ordering::Relaxed);
        Ok(gone)
    }

    /// Whether the cluster may know its caller in a moment: what lets callers in takes effect a little later.
    fn may_be_introduced(&self) -> bool {
        self.access.is_some() && !self.introduced.load(Ordering::Relaxed)
    }

    fn is_known_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }
}
