//! The client of Azure's Resource Manager: one way to read, put, change and delete whatever has an id.
//!
//! The requests go through `azure_core`'s transport; when to try again is for [`Calls`]. Knows no resource type.

mod answer;
mod failure;
pub(super) mod id;
mod operation;
mod registration;

use std::sync::Arc;
use std::time::Duration;

use azure_core::http::{HttpClient, Method, Request, Url};
use serde_json::Value as Json;

pub(super) use answer::Answer;
pub(super) use failure::{Failed, NO_SUBSCRIPTION, is_changed, no_credentials};
use operation::{Operation, Step};

use super::tokens::Tokens;
use crate::provider::{ErrorKind, ProviderError, RetryPolicy};
use crate::providers::cloud::Calls;

/// Where everyone's Resource Manager is.
pub(super) const ENDPOINT: &str = "https://management.azure.com";
/// What a token for it is for, wherever it is reached.
const SCOPE: &str = "https://management.azure.com/.default";

/// ARM answers within a minute, or not at all.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
/// A page of a list refers to the next one. There are never so many in what is listed here.
const MOST_PAGES: usize = 1_000;

pub(super) struct Arm {
    transport: Arc<dyn HttpClient>,
    tokens: Tokens,
    endpoint: Url,
}

/// What is called: an id and the version of its API.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    pub(super) id: &'a str,
    /// Such as `2024-01-01`.
    pub(super) version: &'static str,
}

/// What goes along with a call.
#[derive(Clone, Copy)]
struct Sent<'a> {
    body: Option<&'a Json>,
    /// The tag of what it is meant to change, and of nothing else.
    over: Option<&'a str>,
}

const NOTHING: Sent<'static> = Sent { body: None, over: None };

impl<'a> Sent<'a> {
    fn of(body: &'a Json) -> Self {
        Self { body: Some(body), over: None }
    }
}

impl Arm {
    /// # Errors
    /// When the endpoint is no URL.
    pub(super) fn new(transport: Arc<dyn HttpClient>, tokens: Tokens, endpoint: &str) -> Result<Self, ProviderError> {
        let endpoint = Url::parse(endpoint)
            .map_err(|error| ProviderError::new(ErrorKind::Rejected, "azure", format!("`endpoint`: {error}")))?;
        Ok(Self { transport, tokens, endpoint })
    }

    /// What is there, if anything is.
    pub(super) async fn get(&self, calls: &Calls<'_>, at: At<'_>) -> Result<Option<Json>, ProviderError> {
        match self.send(calls, Method::Get, &self.url(at)?, NOTHING).await {
            Ok(answer) => Ok(Some(answer.body)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Everything that a list has, page after page.
    pub(super) async fn list(&self, calls: &Calls<'_>, at: At<'_>) -> Result<Vec<Json>, ProviderError> {
        let (mut url, mut all) = (self.url(at)?, Vec::new());
        for _ in 0..MOST_PAGES {
            let mut page = self.send(calls, Method::Get, &url, NOTHING).await?.body;
            if let Some(Json::Array(items)) = page.get_mut("value").map(Json::take) {
                all.extend(items);
            }
            match page.get("nextLink").and_then(Json::as_str).filter(|link| !link.is_empty()) {
                Some(next) => url = self.followed(next)?,
                None => return Ok(all),
            }
        }
        let text = format!("a list of more than {MOST_PAGES} pages");
        Err(ProviderError::new(ErrorKind::Unexpected, id::permission(Method::Get, at.id), text))
    }

    /// Brings it to what the body says, and waits until that has come about; what there is then.
    pub(super) async fn put(&self, calls: &Calls<'_>, at: At<'_>, body: &Json) -> Result<Json, ProviderError> {
        let done = self.carry_out(calls, Method::Put, at, Sent::of(body)).await?;
        Ok(done.unwrap_or_default())
    }

    /// The same for types that begin nothing: a 201 of theirs says only that it is new.
    pub(super) async fn put_at_once(&self, calls: &Calls<'_>, at: At<'_>, body: &Json) -> Result<Json, ProviderError> {
        Ok(self.ask(calls, Method::Put, at, Sent::of(body)).await?.body)
    }

    /// The same where that is still what was read: nothing that came in between is undone.
    ///
    /// # Errors
    /// One that [`is_changed`] when it has changed. It is for the caller to read it again.
    pub(super) async fn put_over(
        &self,
        calls: &Calls<'_>,
        at: At<'_>,
        present: &Json,
        body: &Json,
    ) -> Result<Json, ProviderError> {
        let sent = Sent { body: Some(body), over: tag(present) };
        Ok(self.carry_out(calls, Method::Put, at, sent).await?.unwrap_or_default())
    }

    /// Deletes it and waits until that has come about; what is gone already is no error.
    pub(super) async fn delete(&self, calls: &Calls<'_>, at: At<'_>) -> Result<(), ProviderError> {
        match self.carry_out(calls, Method::Delete, at, NOTHING).await {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            outcome => outcome.map(|_| ()),
        }
    }

    /// Asks for an action, whose name is the last part of the id.
    pub(super) async fn post(&self, calls: &Calls<'_>, at: At<'_>, body: &Json) -> Result<Json, ProviderError> {
        let done = self.carry_out(calls, Method::Post, at, Sent::of(body)).await?;
        Ok(done.unwrap_or_default())
    }

    /// Makes a call that changes something, in a subscription that may have to be registered for that first.
    async fn ask(
        &self,
        calls: &Calls<'_>,
        method: Method,
        at: At<'_>,
        sent: Sent<'_>,
    ) -> Result<Answer, ProviderError> {
        let url = self.url(at)?;
        match self.send(calls, method, &url, sent).await {
            Err(error) if error.code.as_deref() == Some(registration::MISSING) => {
                self.register(calls, at.id).await?;
                self.send(calls, method, &url, sent).await
            }
            answer => answer,
        }
    }

    /// Makes a call that changes something, and follows what it begins to its end.
    async fn carry_out(
        &self,
        calls: &Calls<'_>,
        method: Method,
        at: At<'_>,
        sent: Sent<'_>,
    ) -> Result<Option<Json>, ProviderError> {
        let (url, permission) = (self.url(at)?, id::permission(method, at.id));
        let first = self.ask(calls, method, at, sent).await?;
        let (mut operation, mut step) = Operation::begin(method, url.as_str(), &first);
        // As long as the whole call may take: that is the wait's bound too.
        let wait = calls.wait(Duration::MAX);
        loop {
            match step {
                Step::Done(result) => return Ok(result),
                Step::DoneAt(url) => {
                    let url = self.followed(&url)?;
                    return Ok(Some(self.send(calls, Method::Get, &url, NOTHING).await?.body));
                }
                Step::Failed(body) => return Err(ended_badly(&permission, &body)),
                Step::Wait => {}
            }
            let what = waiting(at, operation.state());
            if !calls.pause_for(&wait, operation.interval(), &what).await? {
                let kind = ErrorKind::TimedOut { after: calls.timeout() };
                let late = ProviderError::new(kind, permission, what)
                    .hint("apply again to go on waiting; `timeouts` on the resource says how long");
                return Err(ProviderError { exhausted: true, ..late });
            }
            let look = self.send(calls, Method::Get, &self.followed(operation.url())?, NOTHING).await;
            step = match look {
                Ok(answer) => operation.look(&answer),
                // What is deleted takes the document of its operation along.
                Err(error) if method == Method::Delete && error.kind == ErrorKind::NotFound => Step::Done(None),
                // The service took the change, so whatever is said now is said of something that may be there.
                Err(error) => return Err(ProviderError { operation: permission, unsure: true, ..error }),
            };
        }
    }

    /// One call, tried again while that may help.
    async fn send(
        &self,
        calls: &Calls<'_>,
        method: Method,
        url: &Url,
        sent: Sent<'_>,
    ) -> Result<Answer, ProviderError> {
        calls.send(&id::permission(method, url.path()), || self.attempt(method, url, sent)).await
    }

    /// One try. The SDK's transport would wait for an answer for ever.
    async fn attempt(&self, method: Method, url: &Url, sent: Sent<'_>) -> Result<Answer, Failed> {
        tokio::select! {
            biased;
            answer = self.exchange(method, url, sent) => answer,
            () = self.tokens.clock().sleep(ATTEMPT_TIMEOUT) => Err(Failed::NoAnswer("no answer in time".to_owned())),
        }
    }

    async fn exchange(&self, method: Method, url: &Url, sent: Sent<'_>) -> Result<Answer, Failed> {
        let token = self.tokens.get(SCOPE).await.map_err(|error| Failed::NoToken(error.message))?;
        let mut request = Request::new(url.clone(), method);
        request.insert_header("authorization", format!("Bearer {}", token.secret));
        request.insert_header("accept", "application/json");
        request.insert_header("user-agent", concat!("tidegate/", env!("CARGO_PKG_VERSION")));
        if let Some(tag) = sent.over {
            request.insert_header("if-match", tag.to_owned());
        }
        match sent.body {
            Some(body) => {
                request.insert_header("content-type", "application/json");
                request.set_body(body.to_string());
            }
            // Azure's front ends want the length of a body that there is none of.
            None if method != Method::Get => request.insert_header("content-length", "0"),
            None => {}
        }
        let response = self.transport.execute_request(&request).await;
        let response = response.map_err(|error| Failed::from_transport(&error))?;
        let answer = Answer::receive(response).await.map_err(|error| Failed::from_transport(&error))?;
        match answer.is_success() {
            true => Ok(answer),
            false if sent.over.is_some() && failure::is_stale(&answer) => Err(Failed::Stale(Box::new(answer))),
            false => Err(Failed::Refused(Box::new(answer))),
        }
    }

    fn url(&self, at: At<'_>) -> Result<Url, ProviderError> {
        let separator = if at.id.contains('?') { '&' } else { '?' };
        let text =
            format!("{}{}{separator}api-version={}", self.endpoint.as_str().trim_end_matches('/'), at.id, at.version);
        Url::parse(&text).map_err(|error| ProviderError::new(ErrorKind::Rejected, "azure", format!("{text}: {error}")))
    }

    /// An address that an answer gave. Credentials are sent nowhere but where the first call went.
    fn followed(&self, url: &str) -> Result<Url, ProviderError> {
        let unexpected = |why: String| ProviderError::new(ErrorKind::Unexpected, "azure", why);
        let url = self.endpoint.join(url).map_err(|error| unexpected(format!("{url}: {error}")))?;
        let (host, home) = (url.host_str().unwrap_or_default(), self.endpoint.host_str().unwrap_or_default());
        let is_home = host == home || host.ends_with(&format!(".{home}"));
        if is_home && url.scheme() == self.endpoint.scheme() {
            return Ok(url);
        }
        Err(unexpected(format!("an answer of {home} leads to {host}, where no credentials are sent")))
    }
}

/// The tag of what was read, where its service gives one: of a cluster itself, of a pool among its properties.
fn tag(present: &Json) -> Option<&str> {
    let whole = present.get("eTag").or_else(|| present.get("etag"));
    whole.or_else(|| present.get("properties")?.get("eTag"))?.as_str().filter(|tag| !tag.is_empty())
}

fn waiting(at: At<'_>, state: &str) -> String {
    let of = id::type_of(at.id);
    match state {
        "" => format!("waiting for {of} {}", id::name(at.id)),
        state => format!("{of} {} is {state}", id::name(at.id)),
    }
}

/// What an operation that failed in the end came to. Asking again is for the next plan.
fn ended_badly(permission: &str, body: &Json) -> ProviderError {
    let envelope = failure::Envelope::read(body).unwrap_or_default();
    let error = failure::meaning(permission, None, &envelope);
    let kind = if error.kind.is_transient() { ErrorKind::Rejected } else { error.kind };
    ProviderError { kind, exhausted: true, unsure: true, ..error }
        .hint("see to the cause and apply again: it is brought to what it should be, or made anew")
}

/// How patiently a call that failed so is tried.
pub(super) fn patience(error: &ProviderError) -> RetryPolicy {
    let policy = |attempts, longest_s| RetryPolicy {
        attempts,
        first_delay: Duration::from_secs(2),
        longest_delay: Duration::from_secs(longest_s),
    };
    match (&error.kind, error.code.as_deref()) {
        // What was read will not become what is there by waiting.
        (ErrorKind::Busy, Some(failure::CHANGED)) => policy(1, 0),
        // Entra takes up to some minutes to tell every region of a new identity.
        (ErrorKind::Busy, Some(failure::PRINCIPAL_UNSEEN)) => policy(60, 10),
        // Updates of a cluster take many minutes, and end; what goes on in the background does so by itself.
        (ErrorKind::Busy, _) => policy(120, 20),
        _ => RetryPolicy::default(),
    }
}

#[cfg(test)]
mod tests;
