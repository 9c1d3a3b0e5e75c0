//! How every call is made: within its API's rate, tried again while that may help, and never beyond the deadline.
//!
//! The SDK's own retries are off: two policies over each other multiply. Knows nothing of what is called.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};

use super::failure;
use crate::clock::{Clock, Timestamp};
use crate::provider::{
    ErrorKind, Interrupt, Progress, ProviderError, Rate, RetryPolicy, Target, TokenBucket, Tries, retry_after,
};

/// How often each API may be called. IAM publishes no numbers; these stay below where it is seen to throttle.
const RATES: &[(&str, Rate)] = &[
    ("sqs", Rate { per_second: 50.0, burst: 100.0 }),
    ("iam", Rate { per_second: 20.0, burst: 40.0 }),
    ("eks", Rate { per_second: 10.0, burst: 20.0 }),
    ("sts", Rate { per_second: 50.0, burst: 50.0 }),
];

/// Outlasts the 60 seconds for which SQS blocks a deleted queue's name.
const NAME_BLOCKED: RetryPolicy = policy(40, 4);
/// About a minute: that long IAM may take to see its own new roles everywhere.
const PRINCIPAL_UNSEEN: RetryPolicy = policy(30, 4);
/// About two minutes: that long EKS may take to see a new role and what is attached to it.
const ROLE_UNSEEN: RetryPolicy = policy(60, 4);
/// Bounded by the deadline alone: an update of a cluster takes many minutes, and ends.
const CHANGING: RetryPolicy = policy(u32::MAX, 15);
/// A detach that IAM has not seen yet. After that, what is attached is listed again.
const STILL_ATTACHED: RetryPolicy = policy(3, 4);
/// Between two looks at something that is settling.
const LOOK_AGAIN: RetryPolicy = looks(5);
/// The same for what takes minutes.
const LOOK_AGAIN_LATER: RetryPolicy = looks(15);
/// How long a new IAM object may be missing for a call that needs it.
const NEW_OBJECT_UNSEEN: Duration = Duration::from_secs(60);

/// A wait of at most so long is finished when a run is asked to stop.
const SHORT: Duration = Duration::from_secs(60);

const fn looks(longest_s: u64) -> RetryPolicy {
    let first_delay = Duration::from_millis(250);
    RetryPolicy { attempts: u32::MAX, first_delay, longest_delay: Duration::from_secs(longest_s) }
}

const fn policy(attempts: u32, longest_s: u64) -> RetryPolicy {
    RetryPolicy { attempts, first_delay: Duration::from_secs(1), longest_delay: Duration::from_secs(longest_s) }
}

/// A random number in `0..1`.
pub type Jitter = Arc<dyn Fn() -> f64 + Send + Sync>;

/// What all calls through one door share.
pub(super) struct Pace {
    pub(super) clock: Arc<dyn Clock>,
    jitter: Jitter,
    buckets: BTreeMap<&'static str, Mutex<TokenBucket>>,
}

impl Pace {
    pub(super) fn new(clock: Arc<dyn Clock>, jitter: Jitter) -> Self {
        let now = clock.now();
        let buckets = RATES.iter().map(|(api, rate)| (*api, Mutex::new(TokenBucket::new(*rate, now)))).collect();
        Self { clock, jitter, buckets }
    }

    /// Waits for this call's turn within its API's rate.
    async fn turn(&self, operation: &str) {
        let api = operation.split(':').next().unwrap_or(operation);
        let Some(bucket) = self.buckets.get(api) else {
            return;
        };
        let wait = bucket.lock().unwrap_or_else(PoisonError::into_inner).take(self.clock.now());
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
    }
}

/// The calls of one operation on one object: its deadline, and who hears of waits.
pub(super) struct Calls<'a> {
    pace: &'a Pace,
    progress: &'a dyn Progress,
    interrupt: &'a Interrupt,
    deadline: Timestamp,
    most_attempts: u32,
}

/// How long something has been waited for.
pub(super) struct Wait {
    until: Timestamp,
    /// Worth its time even when the run is asked to stop: what was done is then known and recorded.
    is_short: bool,
    looks: u32,
}

impl<'a> Calls<'a> {
    /// For what no one watches or interrupts.
    pub(super) fn new(pace: &'a Pace, timeout: Duration) -> Self {
        let deadline = pace.clock.now().saturating_add(timeout);
        Self { pace, progress: &(), interrupt: &Interrupt::NEVER, deadline, most_attempts: u32::MAX }
    }

    /// For one operation on one object.
    pub(super) fn on(pace: &'a Pace, target: &Target<'a>) -> Self {
        Self { progress: target.progress, interrupt: target.interrupt, ..Self::new(pace, target.timeout) }
    }

    /// For calls whose failure would only hide an earlier one: two tries and no more.
    pub(super) fn briefly(&self) -> Calls<'a> {
        Calls { most_attempts: 2, ..*self }
    }

    /// Makes a call until it succeeds, or until trying again makes no sense.
    pub(super) async fn send<T, E, F>(
        &self,
        operation: &'static str,
        attempt: impl Fn() -> F + Send + Sync,
    ) -> Result<T, ProviderError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        let (mut tries, mut unsure) = (Tries::default(), false);
        loop {
            self.pace.turn(operation).await;
            let error = match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(error) => failure::explain(operation, &error),
            };
            unsure |= error.kind == ErrorKind::Unavailable;
            let error = ProviderError { unsure, ..error };
            let Some(delay) = self.next_try(&error, tries.count(&error.kind)) else {
                return Err(ProviderError { exhausted: error.kind.is_transient(), ..error });
            };
            self.progress.report(&format!("{error}; trying again"));
            if !self.sleep(delay).await {
                return Err(ProviderError { kind: ErrorKind::Interrupted, exhausted: true, ..error });
            }
        }
    }

    /// Like [`send`](Self::send), for a call that needs an object made a moment ago, which IAM may not see everywhere yet.
    pub(super) async fn send_to_new<T, E, F>(
        &self,
        operation: &'static str,
        attempt: impl Fn() -> F + Send + Sync,
    ) -> Result<T, ProviderError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        let mut wait = self.wait(NEW_OBJECT_UNSEEN);
        loop {
            match self.send(operation, &attempt).await {
                Err(error) if error.kind == ErrorKind::NotFound => {
                    if !self.pause(&mut wait, "waiting for IAM to see what was just made").await? {
                        return Err(error);
                    }
                }
                answer => return answer,
            }
        }
    }

    /// Takes away what a read has shown. A call that misses it may only not reach yet what was just made, so
    /// it is gone when a read says so too, and until then the call is made again.
    pub(super) async fn take_away<T, E, F, L>(
        &self,
        operation: &'static str,
        attempt: impl Fn() -> F + Send + Sync,
        is_shown: impl Fn() -> L + Send + Sync,
    ) -> Result<(), ProviderError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
        L: Future<Output = Result<bool, ProviderError>> + Send,
    {
        let mut wait = self.wait(NEW_OBJECT_UNSEEN);
        loop {
            match self.send(operation, &attempt).await {
                Err(error) if error.kind == ErrorKind::NotFound => {
                    if !is_shown().await? {
                        return Ok(());
                    }
                    if !self.pause(&mut wait, "waiting for AWS to reach what it shows").await? {
                        return Err(error);
                    }
                }
                outcome => return outcome.map(|_| ()),
            }
        }
    }

    fn next_try(&self, error: &ProviderError, tried: u32) -> Option<Duration> {
        let policy = patience(error);
        let policy = RetryPolicy { attempts: policy.attempts.min(self.most_attempts), ..policy };
        let delay = retry_after(&policy, &error.kind, tried, (self.pace.jitter)())?;
        (self.pace.clock.now() + delay < self.deadline).then_some(delay)
    }

    /// Starts to wait for something that should come about within `patience`.
    pub(super) fn wait(&self, patience: Duration) -> Wait {
        let until = self.pace.clock.now().saturating_add(patience).min(self.deadline);
        Wait { until, is_short: patience <= SHORT, looks: 0 }
    }

    /// Says what is waited for and sleeps until the next look is due; false when the time is up.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`], with what was waited for, when the run is asked to stop and this may take long.
    pub(super) async fn pause(&self, wait: &mut Wait, what: &str) -> Result<bool, ProviderError> {
        self.progress.report(what);
        wait.looks += 1;
        let now = self.pace.clock.now();
        let policy = if wait.is_short { &LOOK_AGAIN } else { &LOOK_AGAIN_LATER };
        let delay = retry_after(policy, &ErrorKind::Busy, wait.looks, (self.pace.jitter)());
        let Some(delay) = delay.filter(|_| now < wait.until) else {
            return Ok(false);
        };
        // The last look is at the very end.
        let delay = delay.min(wait.until - now);
        if wait.is_short {
            self.pace.clock.sleep(delay).await;
            return Ok(true);
        }
        match self.sleep(delay).await {
            true => Ok(true),
            false => Err(ProviderError { exhausted: true, ..ProviderError::new(ErrorKind::Interrupted, "aws", what) }),
        }
    }

    /// False when the run is asked to stop.
    async fn sleep(&self, duration: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.interrupt.asked() => false,
            () = self.pace.clock.sleep(duration) => true,
        }
    }

    pub(super) async fn rest(&self, duration: Duration) {
        self.pace.clock.sleep(duration).await;
    }
}

fn patience(error: &ProviderError) -> RetryPolicy {
    match error.code.as_deref() {
        Some(code) if failure::is_recently_deleted(code) => NAME_BLOCKED,
        Some(code) if failure::is_new_principal(code, &error.message) => PRINCIPAL_UNSEEN,
        Some(code) if failure::is_new_role(code, &error.message) => ROLE_UNSEEN,
        Some(code) if failure::is_in_progress(code, &error.message) => CHANGING,
        Some(code) if failure::is_delete_conflict(code) => STILL_ATTACHED,
        _ => RetryPolicy::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use aws_sdk_sts::error::ErrorMetadata;
    use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
    use aws_smithy_types::body::SdkBody;
    use std::sync::atomic::{AtomicU32, Ordering};

    type Refusal = SdkError<GetCallerIdentityError, HttpResponse>;

    fn refused(status: u16, code: &str, message: &str) -> Box<Refusal> {
        let error = GetCallerIdentityError::generic(ErrorMetadata::builder().code(code).message(message).build());
        Box::new(SdkError::service_error(error, HttpResponse::new(status.try_into().unwrap(), SdkBody::empty())))
    }

    /// How a call goes that is refused so often, and how many tries and seconds it took.
    async fn run(times: u32, refuse: impl Fn() -> Box<Refusal> + Send + Sync) -> (Result<(), ProviderError>, u32, u64) {
        let clock = ManualClock::default();
        let pace = Pace::new(Arc::new(clock.clone()), Arc::new(|| 0.0));
        let calls = Calls::new(&pace, Duration::from_secs(600));
        let tried = AtomicU32::new(0);
        let outcome = calls
            .send("sqs:CreateQueue", || {
                let done = tried.fetch_add(1, Ordering::Relaxed) >= times;
                let answer = if done { Ok(()) } else { Err(*refuse()) };
                async { answer }
            })
            .await;
        (outcome, tried.into_inner(), clock.now().as_secs())
    }

    #[tokio::test]
    async fn a_throttled_call_is_made_again() {
        let (outcome, tried, _) = run(3, || refused(400, "Throttling", "")).await;
        assert_eq!((outcome, tried), (Ok(()), 4));
    }

    #[tokio::test]
    async fn a_quota_is_never_tried_again() {
        let (outcome, tried, _) = run(1, || refused(409, "LimitExceeded", "")).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.kind, error.exhausted, tried), (ErrorKind::QuotaExceeded, false, 1));
    }

    #[tokio::test]
    async fn giving_up_says_so() {
        let (outcome, tried, _) = run(1000, || refused(503, "ServiceUnavailable", "")).await;
        assert_eq!((outcome.unwrap_err().exhausted, tried), (true, RetryPolicy::default().attempts));
    }

    #[tokio::test]
    async fn a_blocked_name_is_waited_out() {
        let code = "AWS.SimpleQueueService.QueueDeletedRecently";
        let (outcome, _, seconds) = run(1000, || refused(400, code, "")).await;
        assert!(outcome.is_err() && seconds > 60, "{seconds} s");
    }

    #[tokio::test]
    async fn a_new_principal_is_given_about_a_minute() {
        let message = "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:role/a\"";
        let (outcome, _, seconds) = run(1000, || refused(400, "MalformedPolicyDocument", message)).await;
        assert!(outcome.is_err() && (45..120).contains(&seconds), "{seconds} s");
    }

    #[tokio::test]
    async fn a_new_role_is_given_about_two_minutes() {
        let message = "roleArn, arn:aws:iam::123456789012:role/a, does not exist";
        let (outcome, _, seconds) = run(1000, || refused(400, "InvalidParameterException", message)).await;
        assert!(outcome.is_err() && (100..240).contains(&seconds), "{seconds} s");
    }

    #[tokio::test]
    async fn another_change_is_waited_for_until_the_deadline() {
        let message = "Cannot delete because cluster a has an update in progress";
        let (outcome, _, seconds) = run(1000, || refused(409, "ResourceInUseException", message)).await;
        assert!(outcome.is_err() && (570..=600).contains(&seconds), "{seconds} s");
    }

    #[tokio::test]
    async fn no_call_goes_beyond_the_deadline() {
        let clock = ManualClock::default();
        let pace = Pace::new(Arc::new(clock.clone()), Arc::new(|| 0.5));
        let calls = Calls::new(&pace, Duration::from_secs(5));
        let outcome =
            calls.send("sqs:CreateQueue", || async { Err::<(), _>(*refused(503, "ServiceUnavailable", "")) }).await;
        assert!(outcome.is_err() && clock.now() <= Duration::from_secs(5));
        let mut wait = calls.wait(Duration::from_secs(60));
        while calls.pause(&mut wait, "").await == Ok(true) {}
        assert_eq!(clock.now(), Duration::from_secs(5));
    }

    #[tokio::test]
    async fn what_a_read_still_shows_is_taken_away_again() {
        for (shown, tries, is_gone) in [(0, 1, true), (3, 4, true), (1000, 17, false)] {
            let clock = ManualClock::default();
            let pace = Pace::new(Arc::new(clock.clone()), Arc::new(|| 1.0));
            let calls = Calls::new(&pace, Duration::from_secs(600));
            let (tried, looked) = (AtomicU32::new(0), AtomicU32::new(0));
            let attempt = || {
                tried.fetch_add(1, Ordering::Relaxed);
                async { Err::<(), _>(*refused(404, "NoSuchEntity", "")) }
            };
            let is_shown = || async { Ok(looked.fetch_add(1, Ordering::Relaxed) < shown) };
            let outcome = calls.take_away("iam:DeleteRole", attempt, is_shown).await;
            assert_eq!((outcome.is_ok(), tried.into_inner()), (is_gone, tries));
            assert!(clock.now() <= NEW_OBJECT_UNSEEN);
        }
    }

    #[tokio::test]
    async fn calls_keep_to_the_rate_of_their_api() {
        let clock = ManualClock::default();
        let pace = Pace::new(Arc::new(clock.clone()), Arc::new(|| 0.0));
        for _ in 0..60 {
            pace.turn("iam:GetRole").await;
        }
        assert!((clock.now().as_secs_f64() - 1.0).abs() < 0.1, "{:?}", clock.now());
    }

    #[tokio::test]
    async fn whoever_is_asked_to_stop_neither_waits_nor_tries_again() {
        let clock = ManualClock::default();
        let pace = Pace::new(Arc::new(clock.clone()), Arc::new(|| 0.5));
        let interrupter = crate::provider::Interrupter::default();
        let interrupt = interrupter.interrupt();
        let calls = Calls { interrupt: &interrupt, ..Calls::new(&pace, Duration::from_secs(600)) };
        let mut wait = calls.wait(Duration::from_secs(600));
        let mut short = calls.wait(Duration::from_secs(60));
        assert_eq!(calls.pause(&mut wait, "it is CREATING").await, Ok(true));
        let before = clock.now();
        interrupter.ask();
        let ended = calls.pause(&mut wait, "it is CREATING").await.unwrap_err();
        assert_eq!((ended.kind, ended.message.as_str()), (ErrorKind::Interrupted, "it is CREATING"));
        let outcome = calls.send("sqs:CreateQueue", || async { Err::<(), _>(*refused(400, "Throttling", "")) }).await;
        assert_eq!(outcome.unwrap_err().kind, ErrorKind::Interrupted);
        assert_eq!(clock.now(), before);
        assert_eq!(calls.pause(&mut short, "waiting for AWS to show it").await, Ok(true));
    }
}
