//! Asks again where asking again may help.

use std::time::Duration;

use super::error::SourceError;
use super::fetch::{Answer, Fetch, Get};
use crate::clock::Clock;

/// The first is one of them.
const TRIES: u32 = 4;
/// Before the second; twice as long before each that follows.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// A server that asks for more patience than this gets an error.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Fetches over a network that may have a bad day.
#[derive(Clone, Copy)]
pub(super) struct Patient<'a> {
    pub(super) fetch: &'a dyn Fetch,
    pub(super) clock: &'a dyn Clock,
}

impl Patient<'_> {
    /// Any answer that asking again would not change.
    ///
    /// # Errors
    /// When there is none after some tries.
    pub(super) async fn get(&self, get: &Get) -> Result<Answer, SourceError> {
        let unreachable = |error| SourceError::unreachable(&shown(&get.url), &error);
        let mut wait = FIRST_WAIT;
        let mut tries = 1;
        loop {
            let answer = self.fetch.get(get).await;
            let asked_for = match &answer {
                Ok(answer) if is_transient(answer.status) => retry_after(answer),
                Err(error) if error.transient => None,
                Ok(_) | Err(_) => return answer.map_err(unreachable),
            };
            if tries == TRIES || asked_for.is_some_and(|asked_for| asked_for > LONGEST_WAIT) {
                return answer.map_err(unreachable);
            }
            self.clock.sleep(asked_for.unwrap_or(wait)).await;
            wait *= 2;
            tries += 1;
        }
    }

    /// The body of an answer that says that all is well.
    ///
    /// # Errors
    /// When there is none.
    pub(super) async fn body(&self, get: &Get) -> Result<Vec<u8>, SourceError> {
        let answer = self.get(get).await?;
        match answer.status {
            200 => Ok(answer.body),
            status => Err(SourceError::status(&shown(&get.url), status)),
        }
    }
}

fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// How long a server asks to be left alone.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let value = answer.header("retry-after")?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// An address without what may be secret in it.
pub(super) fn shown(url: &str) -> String {
    let Ok(mut parsed) = url::Url::parse(url) else { return "the address".to_owned() };
    // Neither fails for an address with a host.
    let _ = parsed.set_username("");
    let _ = parsed.set_password(None);
    parsed.set_query(None);
    parsed.to_string()
}

#[cfg(test)]
mod tests {
    use super::super::error::Reason;
    use super::super::fetch::NoAnswer;
    use super::super::scripted::{Script, answer};
    use super::*;
    use crate::clock::ManualClock;

    const URL: &str = "https://me:secret@a.example/x?token=1";

    async fn get(answers: Vec<Result<Answer, NoAnswer>>) -> (Result<Vec<u8>, SourceError>, usize, Duration) {
        let (script, clock) = (Script::of(URL, answers), ManualClock::default());
        let get = Get { url: URL.to_owned(), headers: Vec::new(), limit: 10 };
        let body = Patient { fetch: &script, clock: &clock }.body(&get).await;
        (body, script.asked().len(), clock.now())
    }

    fn no_answer(transient: bool) -> Result<Answer, NoAnswer> {
        Err(NoAnswer { message: "timed out".to_owned(), transient })
    }

    #[tokio::test]
    async fn what_may_pass_is_tried_again_with_growing_waits() {
        let (body, asked, waited) = get(vec![no_answer(true), Ok(answer(503, "")), Ok(answer(200, "x"))]).await;
        assert_eq!((body, asked, waited), (Ok(b"x".to_vec()), 3, Duration::from_secs(3)));
    }

    #[tokio::test]
    async fn patience_ends() {
        let (body, asked, waited) = get(vec![no_answer(true); 9]).await;
        let error = body.unwrap_err();
        assert_eq!((error.reason, asked, waited), (Reason::Unreachable, 4, Duration::from_secs(7)));
        assert_eq!(error.message, "https://a.example/x does not answer: timed out");
        let (body, asked, _) = get(vec![Ok(answer(500, "")); 9]).await;
        assert_eq!((body.unwrap_err().message.as_str(), asked), ("https://a.example/x answers with status 500", 4));
    }

    #[tokio::test]
    async fn what_will_not_pass_is_not_tried_again() {
        for (answers, reason) in [
            (vec![no_answer(false)], Reason::Unreachable),
            (vec![Ok(answer(404, ""))], Reason::Missing),
            (vec![Ok(answer(403, ""))], Reason::Forbidden),
            (vec![Ok(answer(302, ""))], Reason::Damaged),
        ] {
            let (body, asked, _) = get(answers).await;
            assert_eq!((body.unwrap_err().reason, asked), (reason, 1));
        }
    }

    #[tokio::test]
    async fn a_server_says_when_to_come_back() {
        let busy = |seconds: &str| {
            let mut busy = answer(429, "");
            busy.headers.push(("retry-after".to_owned(), seconds.to_owned()));
            Ok(busy)
        };
        let (body, _, waited) = get(vec![busy("20"), Ok(answer(200, "x"))]).await;
        assert_eq!((body.is_ok(), waited), (true, Duration::from_secs(20)));
        let (body, asked, _) = get(vec![busy("3600"), Ok(answer(200, "x"))]).await;
        assert_eq!((body.unwrap_err().reason, asked), (Reason::Unreachable, 1));
    }
}
