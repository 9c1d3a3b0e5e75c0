//! A cluster for tests: answers as a script says, and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::{Client, Transport, TransportError, Unreachable};
use crate::clock::{Clock as _, ManualClock};
use crate::provider::{Access, ErrorKind, ProviderError, Token};

pub(super) type Answer = Result<http::Response<Bytes>, TransportError>;

pub(super) fn reply((status, body): (u16, Json)) -> Answer {
    Ok(http::Response::builder().status(status).body(Bytes::from(body.to_string())).unwrap())
}

/// A Status object.
pub(super) fn refusal(status: u16, reason: &str, message: &str, details: Json) -> (u16, Json) {
    let told = json!({"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": status,
        "reason": reason, "message": message, "details": details});
    (status, told)
}

pub(super) fn broken() -> Answer {
    Err(TransportError::NoAnswer("connection reset".to_owned()))
}

pub(super) fn unreachable() -> Answer {
    Err(TransportError::NoConnection { why: Unreachable::Silent, cause: "no route".to_owned() })
}

#[derive(Clone)]
pub(super) struct Script {
    pub(super) clock: ManualClock,
    shared: Arc<Shared>,
}

struct Shared {
    clock: ManualClock,
    answers: Mutex<VecDeque<Answer>>,
    otherwise: Option<Box<dyn Fn() -> Answer + Send + Sync>>,
    sent: Mutex<Vec<http::Request<Bytes>>>,
    tokens: AtomicU32,
    is_gone: AtomicBool,
    is_silent: AtomicBool,
}

impl Script {
    pub(super) const PATIENCE: Duration = Duration::from_secs(600);
    pub(super) const TOKEN_LASTS: Duration = Duration::from_secs(840);

    /// Answers so, one after the other, and then no more.
    pub(super) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::with(answers.into_iter().collect(), None)
    }

    pub(super) fn always(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Self {
        Self::with(VecDeque::new(), Some(Box::new(answer)))
    }

    /// Never answers.
    pub(super) fn hanging() -> Self {
        Self::new([])
    }

    fn with(answers: VecDeque<Answer>, otherwise: Option<Box<dyn Fn() -> Answer + Send + Sync>>) -> Self {
        let clock = ManualClock::default();
        let (sent, tokens, is_gone, is_silent) = Default::default();
        let shared =
            Shared { clock: clock.clone(), answers: Mutex::new(answers), otherwise, sent, tokens, is_gone, is_silent };
        Self { clock, shared: Arc::new(shared) }
    }

    pub(super) fn client(&self) -> Client {
        let names = ("eks/1/r/demo".to_owned(), "https://demo.example");
        let (transport, access) = (self.shared.clone(), self.shared.clone());
        Client::new(names, transport, Some(access), Arc::new(self.clock.clone()), Arc::new(|| 0.5))
    }

    /// The cluster's cloud knows it no longer.
    pub(super) fn vanish(&self) {
        self.shared.is_gone.store(true, Ordering::Relaxed);
    }

    /// The cluster's cloud does not answer.
    pub(super) fn keep_silent(&self) {
        self.shared.is_silent.store(true, Ordering::Relaxed);
    }

    pub(super) fn sent(&self) -> Vec<http::Request<Bytes>> {
        self.shared.sent.lock().unwrap().clone()
    }

    /// Method, path and query of every request.
    pub(super) fn asked(&self) -> Vec<String> {
        let line = |sent: &http::Request<Bytes>| format!("{} {}", sent.method(), sent.uri().path_and_query().unwrap());
        self.sent().iter().map(line).collect()
    }
}

#[async_trait]
impl Transport for Shared {
    async fn send(&self, request: http::Request<Bytes>) -> Answer {
        self.sent.lock().unwrap().push(request);
        let next = self.answers.lock().unwrap().pop_front();
        match (next, &self.otherwise) {
            (Some(answer), _) => answer,
            (None, Some(otherwise)) => otherwise(),
            (None, None) => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Access for Shared {
    fn server(&self) -> &str {
        "https://demo.example"
    }

    fn certificate_authority(&self) -> Option<&str> {
        None
    }

    async fn token(&self) -> Result<Option<Token>, ProviderError> {
        let number = self.tokens.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Some(Token { secret: number.to_string(), expires_at: self.clock.now() + Script::TOKEN_LASTS }))
    }

    async fn exists(&self) -> Result<bool, ProviderError> {
        if self.is_silent.load(Ordering::Relaxed) {
            return Err(ProviderError::new(ErrorKind::Unavailable, "eks:DescribeCluster", "no"));
        }
        Ok(!self.is_gone.load(Ordering::Relaxed))
    }
}
