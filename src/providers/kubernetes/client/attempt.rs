//! One try of one call: the credential, the way there and back, and what the answer means.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use serde_json::Value as Json;

use super::request::Request;
use super::status::{self, Failure};
use super::subject::Subject;
use super::transport::TransportError;
use super::{Client, unreachable};
use crate::provider::{ErrorKind, ProviderError, Token};

/// API servers end a call after 60 seconds and say so; this is for those that do not.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(65);

impl Client {
    /// Tries once, or twice when the credential turns out to be stale.
    pub(super) async fn attempt(&self, subject: &Subject, request: &Request) -> Result<Json, Failure> {
        if self.is_known_gone() {
            return Err(unreachable::gone(self, subject));
        }
        let token = match self.token().await {
            Ok(token) => token,
            Err(error) if error.kind == ErrorKind::NotFound && self.is_gone().await.unwrap_or_default() => {
                return Err(unreachable::gone(self, subject));
            }
            Err(error) => return Err(Failure::refused(error)),
        };
        let mut answer = self.exchange(subject, request, token.as_ref()).await?;
        if answer.status() == http::StatusCode::UNAUTHORIZED && self.renew(subject, token.as_ref()).await? {
            let token = self.token().await.map_err(Failure::refused)?;
            answer = self.exchange(subject, request, token.as_ref()).await?;
        }
        if answer.status() != http::StatusCode::UNAUTHORIZED {
            self.introduced.store(true, Ordering::Relaxed);
        }
        if !answer.status().is_success() {
            return Err(status::explain(subject, &answer));
        }
        if request.is_text {
            return Ok(Json::String(String::from_utf8_lossy(answer.body()).into_owned()));
        }
        serde_json::from_slice(answer.body()).map_err(|_| Failure::unsure(no_json(subject, answer.body())))
    }

    /// Whether there may be a better credential than this one, which the server did not take.
    async fn renew(&self, subject: &Subject, refused: Option<&Token>) -> Result<bool, Failure> {
        match refused {
            Some(token) => {
                self.discard(token).await;
                Ok(true)
            }
            None => self.transport.renew().await.map_err(|failed| unreachable::explain(self, subject, failed)),
        }
    }

    async fn exchange(
        &self,
        subject: &Subject,
        request: &Request,
        token: Option<&Token>,
    ) -> Result<http::Response<Bytes>, Failure> {
        let sent = request.to_http(&self.server).map_err(|error| unsendable(subject, &error.to_string()));
        let mut sent = sent?;
        if let Some(token) = token {
            let bearer = HeaderValue::try_from(format!("Bearer {}", token.secret));
            let mut bearer = bearer.map_err(|_| unsendable(subject, "the token has characters no header may have"))?;
            bearer.set_sensitive(true);
            sent.headers_mut().insert(AUTHORIZATION, bearer);
        }
        let answer = tokio::select! {
            biased;
            answer = self.transport.send(sent) => answer,
            () = self.clock.sleep(ATTEMPT_TIMEOUT) => Err(TransportError::NoAnswer("it took too long".to_owned())),
        };
        answer.map_err(|failed| unreachable::explain(self, subject, failed))
    }
}

fn unsendable(subject: &Subject, why: &str) -> Failure {
    Failure::refused(ProviderError::new(ErrorKind::Rejected, subject.operation(), why))
}

fn no_json(subject: &Subject, body: &[u8]) -> ProviderError {
    let said = status::shown(&String::from_utf8_lossy(body));
    ProviderError::new(ErrorKind::Unexpected, subject.operation(), format!("the answer is no JSON: {said}"))
        .hint("is this the address of a Kubernetes API server, or does a proxy answer in its place?")
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Script, refusal, reply};
    use super::*;
    use crate::clock::Clock as _;
    use http::Method;
    use serde_json::json;

    fn get() -> Request {
        Request::new(Method::GET, "/version")
    }

    #[tokio::test]
    async fn a_token_is_used_until_shortly_before_it_expires() {
        let script = Script::always(|| reply((200, json!({}))));
        let client = script.client();
        let mut used = Vec::new();
        for _ in 0..4 {
            client.within(Script::PATIENCE).send(&get()).await.unwrap();
            used.push(script.sent().last().unwrap().headers()[AUTHORIZATION].to_str().unwrap().to_owned());
            script.clock.advance(Script::TOKEN_LASTS / 3);
        }
        assert_eq!(used, ["Bearer 1", "Bearer 1", "Bearer 1", "Bearer 2"]);
        script.clock.advance(Script::TOKEN_LASTS - crate::provider::RENEWED_BEFORE - Script::TOKEN_LASTS / 3);
        client.within(Script::PATIENCE).send(&get()).await.unwrap();
        assert_eq!(script.sent().last().unwrap().headers()[AUTHORIZATION], "Bearer 3");
    }

    #[tokio::test]
    async fn a_token_that_is_refused_is_replaced_once() {
        let refused = || reply(refusal(401, "Unauthorized", "Unauthorized", json!({})));
        let script = Script::new([refused(), reply((200, json!({}))), refused(), refused()]);
        let client = script.client();
        client.within(Script::PATIENCE).send(&get()).await.unwrap();
        let error = client.within(Script::PATIENCE).send(&get()).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::NoCredentials, Some("Unauthorized")));
        assert!(error.hint.is_some_and(|hint| hint.contains("access entry")));
        let used: Vec<_> = script.sent().iter().map(|sent| sent.headers()[AUTHORIZATION].clone()).collect();
        assert_eq!(used, ["Bearer 1", "Bearer 2", "Bearer 2", "Bearer 3"]);
        assert!(used[0].is_sensitive());
    }

    #[tokio::test]
    async fn an_answer_that_never_comes_is_not_waited_for_for_ever() {
        let script = Script::hanging();
        let client = script.client();
        let error = client.within(ATTEMPT_TIMEOUT).send(&get()).await.unwrap_err();
        assert_eq!((error.kind, error.unsure), (ErrorKind::Unavailable, true));
        assert!(error.message.contains("too long"), "{}", error.message);
        assert_eq!(script.clock.now(), ATTEMPT_TIMEOUT);
    }

    #[tokio::test]
    async fn an_answer_must_be_json() {
        let script = Script::new([Ok(http::Response::new("<html>\n sign in".into()))]);
        let error = script.client().within(Script::PATIENCE).send(&get()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unexpected);
        assert!(error.message.ends_with("no JSON: <html> sign in"), "{}", error.message);
    }
}
