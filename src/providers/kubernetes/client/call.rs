//! How every call is made: paced, tried again while that may help and can do no harm, and never beyond the deadline.
//!
//! Knows nothing of what is called.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value as Json;

use super::Client;
use super::forbidden::NAMESPACE_TERMINATING;
use super::request::Request;
use super::status::{Failure, NO_SUCH_PATH};
use super::subject::Subject;
use super::unreachable::{self, UNREACHABLE};
use crate::clock::Timestamp;
use crate::provider::{ErrorKind, Interrupt, Progress, ProviderError, RetryPolicy, Target, Tries, retry_after};

/// Bounded by the deadline alone: a namespace takes as long to go as what is in it.
const LEAVING: RetryPolicy = policy(u32::MAX, 15);
/// About half a minute: a name that is new may not have an address everywhere yet.
const NO_CONNECTION: RetryPolicy = policy(7, 8);
/// About half a minute: that long EKS may take to let in whom a new access entry names.
const NOT_INTRODUCED: RetryPolicy = policy(10, 5);
/// Between two looks at something that is settling.
const LOOK_AGAIN: RetryPolicy = policy(u32::MAX, 5);

const fn policy(attempts: u32, longest_s: u64) -> RetryPolicy {
    RetryPolicy { attempts, first_delay: Duration::from_millis(500), longest_delay: Duration::from_secs(longest_s) }
}

/// A random number in `0..1`.
pub type Jitter = Arc<dyn Fn() -> f64 + Send + Sync>;

/// The calls of one operation on one object: its deadline, and who hears of waits.
pub(in crate::providers) struct Calls<'a> {
    pub(super) client: &'a Client,
    progress: &'a dyn Progress,
    interrupt: &'a Interrupt,
    timeout: Duration,
    deadline: Timestamp,
    most_attempts: u32,
}

/// How long something has been waited for.
pub(in crate::providers) struct Wait {
    until: Timestamp,
    looks: u32,
}

impl<'a> Calls<'a> {
    pub(super) fn new(client: &'a Client, timeout: Duration) -> Self {
        let deadline = client.clock.now().saturating_add(timeout);
        Self { client, progress: &(), interrupt: &Interrupt::NEVER, timeout, deadline, most_attempts: u32::MAX }
    }

    pub(super) fn on(client: &'a Client, target: &Target<'a>) -> Self {
        Self { progress: target.progress, interrupt: target.interrupt, ..Self::new(client, target.timeout) }
    }

    /// With the whole time once more: for what has to be done after something else took too long.
    pub(in crate::providers) fn afresh(&self) -> Calls<'a> {
        let deadline = self.client.clock.now().saturating_add(self.timeout);
        Calls { deadline, ..*self }
    }

    pub(in crate::providers) fn now(&self) -> Timestamp {
        self.client.clock.now()
    }

    /// How long everything may take in all.
    pub(in crate::providers) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Says what is being done.
    pub(in crate::providers) fn report(&self, what: &str) {
        self.progress.report(what);
    }

    /// For calls whose failure would only hide an earlier one: two tries and no more.
    pub(in crate::providers) fn briefly(&self) -> Calls<'a> {
        Calls { most_attempts: 2, ..*self }
    }

    /// Makes a call until it succeeds, or until trying again makes no sense.
    pub(in crate::providers) async fn send(&self, request: &Request) -> Result<Json, ProviderError> {
        let subject = Subject::of(request);
        let (mut tried, mut tries, mut unsure, mut unasked) = (0, Tries::default(), false, None);
        loop {
            self.client.turn().await;
            let mut failure = match self.client.attempt(&subject, request).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            tried += 1;
            if tried == 2 && failure.error.code.as_deref() == Some(UNREACHABLE) {
                match self.client.is_gone().await {
                    Ok(true) => failure = unreachable::gone(self.client, &subject),
                    Ok(false) => {}
                    Err(error) => unasked = Some(error),
                }
            }
            unsure |= failure.error.kind == ErrorKind::Unavailable && !failure.is_refused;
            failure.error.unsure = unsure;
            if failure.error.code.as_deref() == Some(NO_SUCH_PATH) {
                self.forget_at(&request.path);
            }
            if !may_repeat(request, &failure) {
                return Err(failure.error);
            }
            let Some(delay) = self.next_try(&failure, tries.count(&failure.error.kind)) else {
                let exhausted = failure.error.kind.is_transient();
                return Err(with_doubt(ProviderError { exhausted, ..failure.error }, unasked.as_ref()));
            };
            self.progress.report(&format!("{}; trying again", failure.error));
            if !self.sleep(delay).await {
                return Err(ProviderError { kind: ErrorKind::Interrupted, exhausted: true, ..failure.error });
            }
        }
    }

    fn next_try(&self, failure: &Failure, tried: u32) -> Option<Duration> {
        let is_unknown = failure.error.kind == ErrorKind::NoCredentials && failure.error.code.is_some();
        let (policy, kind) = match is_unknown && self.client.may_be_introduced() {
            true => (NOT_INTRODUCED, &ErrorKind::Busy),
            false => (patience(&failure.error), &failure.error.kind),
        };
        let policy = RetryPolicy { attempts: policy.attempts.min(self.most_attempts), ..policy };
        let delay = retry_after(&policy, kind, tried, (self.client.jitter)());
        if is_unknown && delay.is_none() {
            self.client.introduced.store(true, Ordering::Relaxed);
        }
        let delay = delay?;
        let delay = delay.max(failure.wait.unwrap_or_default());
        (self.client.clock.now().saturating_add(delay) < self.deadline).then_some(delay)
    }

    /// Whether there is time left for more calls.
    pub(super) fn in_time(&self, what: &str) -> Result<(), ProviderError> {
        if self.client.clock.now() < self.deadline {
            return Ok(());
        }
        Err(ProviderError::new(ErrorKind::TimedOut { after: self.timeout }, format!("list {what}"), "it has no end"))
    }

    /// Starts to wait for something that should come about within `patience`.
    pub(in crate::providers) fn wait(&self, patience: Duration) -> Wait {
        Wait { until: self.client.clock.now().saturating_add(patience).min(self.deadline), looks: 0 }
    }

    /// Whether the time is up.
    pub(in crate::providers) fn is_over(&self, wait: &Wait) -> bool {
        self.client.clock.now() >= wait.until
    }

    /// Says what is waited for and sleeps until the next look is due; false when the time is up.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`], with what was waited for, when the run is asked to stop.
    pub(in crate::providers) async fn pause(&self, wait: &mut Wait, what: &str) -> Result<bool, ProviderError> {
        self.progress.report(what);
        wait.looks += 1;
        let now = self.client.clock.now();
        let delay = retry_after(&LOOK_AGAIN, &ErrorKind::Busy, wait.looks, (self.client.jitter)());
        let Some(delay) = delay.filter(|_| now < wait.until) else {
            return Ok(false);
        };
        // The last look is at the very end.
        match self.sleep(delay.min(wait.until.saturating_sub(now))).await {
            true => Ok(true),
            false => {
                let error = ProviderError::new(ErrorKind::Interrupted, "kubernetes", what);
                Err(ProviderError { exhausted: true, ..error })
            }
        }
    }

    /// False when the run is asked to stop.
    async fn sleep(&self, duration: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.interrupt.asked() => false,
            () = self.client.clock.sleep(duration) => true,
        }
    }
}

/// Whether the very same call may succeed later, and does no harm if it has had its effect already.
fn may_repeat(request: &Request, failure: &Failure) -> bool {
    let is_outdated = failure.error.code.as_deref() == Some("Conflict") && request.names_version();
    !is_outdated && (failure.is_refused || request.is_repeatable())
}

/// A cluster that cannot be reached, of which its cloud could not be asked either.
fn with_doubt(error: ProviderError, unasked: Option<&ProviderError>) -> ProviderError {
    match unasked {
        Some(why) if error.code.as_deref() == Some(UNREACHABLE) => {
            let message = format!("{}; and whether it still exists cannot be asked: {why}", error.message);
            ProviderError { message, ..error }
        }
        _ => error,
    }
}

fn patience(error: &ProviderError) -> RetryPolicy {
    match error.code.as_deref() {
        Some(NAMESPACE_TERMINATING) => LEAVING,
        Some(UNREACHABLE) => NO_CONNECTION,
        _ => RetryPolicy::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Script, broken, refusal, reply, unreachable};
    use super::super::unreachable::CLUSTER_GONE;
    use super::*;
    use crate::clock::Clock as _;
    use crate::provider::Interrupter;
    use http::Method;
    use serde_json::json;

    fn unavailable() -> (u16, Json) {
        refusal(503, "ServiceUnavailable", "apiserver is shutting down", json!({}))
    }

    fn get() -> Request {
        Request::new(Method::GET, "/api/v1/namespaces/demo")
    }

    fn post() -> Request {
        Request::new(Method::POST, "/api/v1/namespaces").body(json!({}))
    }

    #[tokio::test]
    async fn a_read_is_tried_again_until_it_succeeds() {
        let throttled = refusal(429, "TooManyRequests", "", json!({"retryAfterSeconds": 7}));
        let script = Script::new([reply(unavailable()), broken(), reply(throttled), reply((200, json!({"a": 1})))]);
        assert_eq!(script.client().within(Script::PATIENCE).send(&get()).await, Ok(json!({"a": 1})));
        assert!(script.clock.now() >= Duration::from_secs(7), "{:?}", script.clock.now());
    }

    #[tokio::test]
    async fn what_may_have_had_its_effect_is_not_done_twice() {
        for first in [reply(unavailable()), broken(), reply((500, json!("odd")))] {
            let script = Script::new([first, reply((201, json!({})))]);
            let error = script.client().within(Script::PATIENCE).send(&post()).await.unwrap_err();
            assert_eq!((&error.kind, error.unsure, error.exhausted), (&ErrorKind::Unavailable, true, false));
            assert_eq!(script.asked().len(), 1);
        }
    }

    #[tokio::test]
    async fn what_was_turned_away_at_the_door_is_tried_again() {
        let webhook = "Internal error occurred: failed calling webhook \"v.keda.sh\": no endpoints available";
        for first in [
            unreachable(),
            reply(refusal(429, "TooManyRequests", "", json!({}))),
            reply(refusal(500, "InternalError", webhook, json!({}))),
            reply(refusal(409, "Conflict", "the object has been modified", json!({}))),
        ] {
            let script = Script::new([first, reply((201, json!({})))]);
            assert!(script.client().within(Script::PATIENCE).send(&post()).await.is_ok());
            assert_eq!(script.asked().len(), 2);
        }
    }

    #[tokio::test]
    async fn a_version_that_is_outdated_stays_so() {
        let conflict = refusal(409, "Conflict", "the object has been modified", json!({}));
        let script = Script::new([reply(conflict), reply((200, json!({})))]);
        let put = Request::new(Method::PUT, "/api/v1/namespaces/a").body(json!({"metadata": {"resourceVersion": "1"}}));
        let error = script.client().within(Script::PATIENCE).send(&put).await.unwrap_err();
        assert_eq!((error.kind, error.exhausted, script.asked().len()), (ErrorKind::Busy, false, 1));
    }

    #[tokio::test]
    async fn giving_up_says_so_and_no_call_goes_beyond_the_deadline() {
        let script = Script::always(|| reply(unavailable()));
        let error = script.client().within(Script::PATIENCE).send(&get()).await.unwrap_err();
        assert_eq!((error.exhausted, script.asked().len()), (true, RetryPolicy::default().attempts as usize));
        let script = Script::always(|| reply(unavailable()));
        assert!(script.client().within(Duration::from_secs(5)).send(&get()).await.is_err_and(|error| error.exhausted));
        assert!(script.clock.now() <= Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_namespace_on_its_way_out_is_waited_for_until_the_deadline() {
        let details =
            json!({"causes": [{"reason": "NamespaceTerminating", "message": "namespace demo is being terminated"}]});
        let script = Script::always(move || reply(refusal(403, "Forbidden", "unable to create", details.clone())));
        let error = script.client().within(Duration::from_secs(900)).send(&post()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Busy);
        assert!(script.clock.now() > Duration::from_secs(870), "{:?}", script.clock.now());
    }

    #[tokio::test]
    async fn a_cluster_that_is_gone_is_told_from_one_that_cannot_be_reached() {
        let script = Script::always(unreachable);
        let client = script.client();
        let error = client.within(Script::PATIENCE).send(&get()).await.unwrap_err();
        assert_eq!((error.code.as_deref(), error.exhausted), (Some(UNREACHABLE), true));
        assert!(error.message.contains("cluster eks/1/r/demo at https://demo.example"), "{error}");
        assert!(error.hint.is_some_and(|hint| hint.contains("private")));
        script.vanish();
        let tries = script.asked().len();
        for _ in 0..3 {
            let error = client.within(Script::PATIENCE).send(&get()).await.unwrap_err();
            assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::NotFound, Some(CLUSTER_GONE)));
        }
        assert_eq!(script.asked().len(), tries + 2, "it was found out once");
        assert_eq!(client.within(Script::PATIENCE).get("/api/v1/pods").await, Ok(None));
        assert_eq!(client.within(Script::PATIENCE).list("/api/v1/pods", None).await, Ok(Vec::new()));
    }

    #[tokio::test]
    async fn a_caller_may_be_let_in_a_moment_later() {
        let stranger = || reply(refusal(401, "Unauthorized", "Unauthorized", json!({})));
        let answers = (0..6).map(|_| stranger()).chain([reply((200, json!({})))]).chain((0..2).map(|_| stranger()));
        let script = Script::new(answers);
        let client = script.client();
        assert!(client.within(Script::PATIENCE).send(&get()).await.is_ok());
        let error = client.within(Script::PATIENCE).send(&get()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NoCredentials, "who was let in once has been shut out");

        let script = Script::always(stranger);
        let client = script.client();
        assert!(client.within(Script::PATIENCE).send(&get()).await.is_err());
        let waited = script.clock.now().as_secs();
        assert!((20..60).contains(&waited), "{waited} s");
        assert!(client.within(Script::PATIENCE).send(&get()).await.is_err());
        assert_eq!(script.clock.now().as_secs(), waited, "the next call does not wait as well");
    }

    #[tokio::test]
    async fn a_cloud_that_cannot_be_asked_does_not_make_a_cluster_gone() {
        let script = Script::always(unreachable);
        script.keep_silent();
        let error = script.client().within(Script::PATIENCE).get("/api/v1/pods").await.unwrap_err();
        assert_eq!(error.code.as_deref(), Some(UNREACHABLE));
        assert!(error.message.contains("cannot be asked: eks:DescribeCluster failed: no"), "{}", error.message);
    }

    #[tokio::test]
    async fn whoever_is_asked_to_stop_neither_waits_nor_tries_again() {
        let script = Script::always(|| reply(unavailable()));
        let (client, interrupter) = (script.client(), Interrupter::default());
        let interrupt = interrupter.interrupt();
        interrupter.ask();
        let calls = Calls { interrupt: &interrupt, ..client.within(Script::PATIENCE) };
        let error = calls.send(&get()).await.unwrap_err();
        assert_eq!((error.kind, error.exhausted, script.asked().len()), (ErrorKind::Interrupted, true, 1));
        let error = calls.pause(&mut calls.wait(Script::PATIENCE), "1 of 2 replicas are ready").await.unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Interrupted, "1 of 2 replicas are ready"));
    }

    #[tokio::test]
    async fn a_wait_ends_on_time() {
        let script = Script::new([]);
        let client = script.client();
        let calls = client.within(Duration::from_secs(60));
        let mut wait = calls.wait(Duration::from_secs(600));
        while calls.pause(&mut wait, "").await == Ok(true) {}
        assert_eq!(script.clock.now(), Duration::from_secs(60));
    }

    #[tokio::test]
    async fn calls_keep_to_a_rate() {
        let script = Script::always(|| reply((200, json!({}))));
        let client = script.client();
        for _ in 0..150 {
            client.within(Script::PATIENCE).send(&get()).await.unwrap();
        }
        assert!((script.clock.now().as_secs_f64() - 1.0).abs() < 0.1, "{:?}", script.clock.now());
    }
}
