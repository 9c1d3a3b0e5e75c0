//! How every call is made: within its API's rate, tried again while that may help, and never beyond the deadline.
//!
//! The retries of SDKs are off: two policies over each other multiply. Knows nothing of what is called.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::provider::{
    ErrorKind, Interrupt, Progress, ProviderError, Rate, RetryPolicy, Target, TokenBucket, Tries, retry_after,
};

/// Between two looks at something that is settling.
const LOOK_AGAIN: RetryPolicy = looks(5);
/// The same for what takes minutes.
const LOOK_AGAIN_LATER: RetryPolicy = looks(15);
/// How long a new object may be missing for a call that needs it.
const NEW_OBJECT_UNSEEN: Duration = Duration::from_secs(60);

/// A wait of at most so long is finished when a run is asked to stop.
const SHORT: Duration = Duration::from_secs(60);

const fn looks(longest_s: u64) -> RetryPolicy {
    let first_delay = Duration::from_millis(250);
    RetryPolicy { attempts: u32::MAX, first_delay, longest_delay: Duration::from_secs(longest_s) }
}

/// A random number in `0..1`.
pub type Jitter = Arc<dyn Fn() -> f64 + Send + Sync>;

/// How one cloud wants to be called.
#[derive(Debug)]
pub(crate) struct Manners {
    /// For messages: `AWS`.
    pub(crate) cloud: &'static str,
    /// How often each API may be called.
    pub(crate) rates: &'static [(&'static str, Rate)],
    /// The API that an operation is of.
    pub(crate) api: fn(&str) -> &str,
    /// How often a call that failed so is tried.
    pub(crate) patience: fn(&ProviderError) -> RetryPolicy,
}

/// What all calls through one door share.
pub(crate) struct Pace {
    pub(crate) clock: Arc<dyn Clock>,
    jitter: Jitter,
    manners: &'static Manners,
    buckets: BTreeMap<&'static str, Mutex<TokenBucket>>,
}

/// What came back in place of an answer.
pub(crate) trait Explain {
    fn explain(&self, operation: &str) -> ProviderError;

    /// How long the service asks to be left alone.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

impl Pace {
    pub(crate) fn new(clock: Arc<dyn Clock>, jitter: Jitter, manners: &'static Manners) -> Self {
        let now = clock.now();
        let buckets = manners.rates.iter();
        let buckets = buckets.map(|(api, rate)| (*api, Mutex::new(TokenBucket::new(*rate, now)))).collect();
        Self { clock, jitter, manners, buckets }
    }

    /// For messages: `AWS`.
    pub(crate) fn cloud(&self) -> &'static str {
        self.manners.cloud
    }

    /// Waits for this call's turn within its API's rate.
    pub(crate) async fn turn(&self, operation: &str) {
        let Some(bucket) = self.buckets.get((self.manners.api)(operation)) else {
            return;
        };
        let wait = bucket.lock().unwrap_or_else(PoisonError::into_inner).take(self.clock.now());
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
    }
}

/// The calls of one operation on one object: its deadline, and who hears of waits.
pub(crate) struct Calls<'a> {
    pace: &'a Pace,
    progress: &'a dyn Progress,
    interrupt: &'a Interrupt,
    timeout: Duration,
    deadline: Timestamp,
    most_attempts: u32,
}

/// How long something has been waited for.
pub(crate) struct Wait {
    until: Timestamp,
    /// Worth its time even when the run is asked to stop: what was done is then known and recorded.
    is_short: bool,
    looks: u32,
}

impl<'a> Calls<'a> {
    /// For what no one watches or interrupts.
    pub(crate) fn new(pace: &'a Pace, timeout: Duration) -> Self {
        let deadline = pace.clock.now().saturating_add(timeout);
        Self { pace, progress: &(), interrupt: &Interrupt::NEVER, timeout, deadline, most_attempts: u32::MAX }
    }

    /// For one operation on one object.
    pub(crate) fn on(pace: &'a Pace, target: &Target<'a>) -> Self {
        Self { progress: target.progress, interrupt: target.interrupt, ..Self::new(pace, target.timeout) }
    }

    /// How long all of them may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// For calls whose failure would only hide an earlier one: two tries and no more.
    pub(crate) fn briefly(&self) -> Calls<'a> {
        Calls { most_attempts: 2, ..*self }
    }

    /// Makes a call until it succeeds, or until trying again makes no sense.
    pub(crate) async fn send<T, E, F>(
        &self,
        operation: &str,
        attempt: impl Fn() -> F + Send + Sync,
    ) -> Result<T, ProviderError>
    where
        E: Explain,
        F: Future<Output = Result<T, E>> + Send,
    {
        let (mut tries, mut unsure) = (Tries::default(), false);
        loop {
            self.pace.turn(operation).await;
            let (error, asked) = match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(failed) => (failed.explain(operation), failed.retry_after()),
            };
            unsure |= error.kind == ErrorKind::Unavailable;
            let error = ProviderError { unsure, ..error };
            let Some(delay) = self.next_try(&error, asked, tries.count(&error.kind)) else {
                return Err(ProviderError { exhausted: error.kind.is_transient(), ..error });
            };
            self.progress.report(&format!("{error}; trying again"));
            if !self.sleep(delay).await {
                return Err(ProviderError { kind: ErrorKind::Interrupted, exhausted: true, ..error });
            }
        }
    }

    /// Like [`send`](Self::send), for a call that needs an object made a moment ago, which the cloud may not see everywhere yet.
    pub(crate) async fn send_to_new<T, E, F>(
        &self,
        operation: &str,
        attempt: impl Fn() -> F + Send + Sync,
    ) -> Result<T, ProviderError>
    where
        E: Explain,
        F: Future<Output = Result<T, E>> + Send,
    {
        let mut wait = self.wait(NEW_OBJECT_UNSEEN);
        loop {
            match self.send(operation, &attempt).await {
                Err(error) if error.kind == ErrorKind::NotFound => {
                    if !self.pause(&mut wait, "waiting until what was just made is seen everywhere").await? {
                        return Err(error);
                    }
                }
                answer => return answer,
            }
        }
    }

    /// Takes away what a read has shown. A call that misses it may only not reach yet what was just made, so
    /// it is gone when a read says so too, and until then the call is made again.
    pub(crate) async fn take_away<T, E, F, L>(
        &self,
        operation: &str,
        attempt: impl Fn() -> F + Send + Sync,
        is_shown: impl Fn() -> L + Send + Sync,
    ) -> Result<(), ProviderError>
    where
        E: Explain,
        F: Future<Output = Result<T, E>> + Send,
        L: Future<Output = Result<bool, ProviderError>> + Send,
    {
        let mut wait = self.wait(NEW_OBJECT_UNSEEN);
        loop {
            match self.send(operation, &attempt).await {
                Err(error) if error.kind == ErrorKind::NotFound => {
                    if !is_shown().await? {
                        return Ok(());
                    }
                    if !self.pause(&mut wait, "waiting until what is shown can be reached").await? {
                        return Err(error);
                    }
                }
                outcome => return outcome.map(|_| ()),
            }
        }
    }

    fn next_try(&self, error: &ProviderError, asked: Option<Duration>, tried: u32) -> Option<Duration> {
        let policy = (self.pace.manners.patience)(error);
        let policy = RetryPolicy { attempts: policy.attempts.min(self.most_attempts), ..policy };
        let delay = retry_after(&policy, &error.kind, tried, (self.pace.jitter)())?.max(asked.unwrap_or_default());
        (self.pace.clock.now() + delay < self.deadline).then_some(delay)
    }

    /// Starts to wait for something that should come about within `patience`.
    pub(crate) fn wait(&self, patience: Duration) -> Wait {
        let until = self.pace.clock.now().saturating_add(patience).min(self.deadline);
        Wait { until, is_short: patience <= SHORT, looks: 0 }
    }

    /// Says what is waited for and sleeps until the next look is due; false when the time is up.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`], with what was waited for, when the run is asked to stop and this may take long.
    pub(crate) async fn pause(&self, wait: &mut Wait, what: &str) -> Result<bool, ProviderError> {
        wait.looks += 1;
        let policy = if wait.is_short { &LOOK_AGAIN } else { &LOOK_AGAIN_LATER };
        let delay = retry_after(policy, &ErrorKind::Busy, wait.looks, (self.pace.jitter)());
        self.pause_for(wait, delay.unwrap_or_default(), what).await
    }

    /// The same, where the cloud says when to look again.
    ///
    /// # Errors
    /// As of [`pause`](Self::pause).
    pub(crate) async fn pause_for(&self, wait: &Wait, delay: Duration, what: &str) -> Result<bool, ProviderError> {
        self.progress.report(what);
        let now = self.pace.clock.now();
        if now >= wait.until {
            return Ok(false);
        }
        // The last look is at the very end.
        let delay = delay.min(wait.until - now);
        if wait.is_short {
            self.pace.clock.sleep(delay).await;
            return Ok(true);
        }
        match self.sleep(delay).await {
            true => Ok(true),
            false => {
                let interrupted = ProviderError::new(ErrorKind::Interrupted, self.pace.manners.cloud, what);
                Err(ProviderError { exhausted: true, ..interrupted })
            }
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

    pub(crate) async fn rest(&self, duration: Duration) {
        self.pace.clock.sleep(duration).await;
    }
}

pub(crate) fn random_jitter() -> f64 {
    // Without a source of randomness every caller waits the same time, which is worse and not wrong.
    getrandom::u32().map_or(0.5, |bits| f64::from(bits) / (f64::from(u32::MAX) + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use std::sync::atomic::{AtomicU32, Ordering};

    const MANNERS: Manners =
        Manners { cloud: "the cloud", rates: &[], api: |operation| operation, patience: |_| RetryPolicy::default() };

    struct No(ErrorKind);

    impl Explain for No {
        fn explain(&self, operation: &str) -> ProviderError {
            ProviderError::new(self.0.clone(), operation, "")
        }
    }

    fn patient(clock: &ManualClock, jitter: f64) -> Pace {
        Pace::new(Arc::new(clock.clone()), Arc::new(move || jitter), &MANNERS)
    }

    #[test]
    fn jitter_lies_between_nothing_and_one() {
        assert!((0..100).all(|_| (0.0..1.0).contains(&random_jitter())));
    }

    #[tokio::test]
    async fn no_call_goes_beyond_the_deadline() {
        let clock = ManualClock::default();
        let pace = patient(&clock, 0.5);
        let calls = Calls::new(&pace, Duration::from_secs(5));
        let outcome = calls.send("sqs:CreateQueue", || async { Err::<(), _>(No(ErrorKind::Unavailable)) }).await;
        assert!(outcome.is_err() && clock.now() <= Duration::from_secs(5));
        let mut wait = calls.wait(Duration::from_secs(60));
        while calls.pause(&mut wait, "").await == Ok(true) {}
        assert_eq!(clock.now(), Duration::from_secs(5));
    }

    #[tokio::test]
    async fn what_a_read_still_shows_is_taken_away_again() {
        for (shown, tries, is_gone) in [(0, 1, true), (3, 4, true), (1000, 17, false)] {
            let clock = ManualClock::default();
            let pace = patient(&clock, 1.0);
            let calls = Calls::new(&pace, Duration::from_secs(600));
            let (tried, looked) = (AtomicU32::new(0), AtomicU32::new(0));
            let attempt = || {
                tried.fetch_add(1, Ordering::Relaxed);
                async { Err::<(), _>(No(ErrorKind::NotFound)) }
            };
            let is_shown = || async { Ok(looked.fetch_add(1, Ordering::Relaxed) < shown) };
            let outcome = calls.take_away("iam:DeleteRole", attempt, is_shown).await;
            assert_eq!((outcome.is_ok(), tried.into_inner()), (is_gone, tries));
            assert!(clock.now() <= NEW_OBJECT_UNSEEN);
        }
    }

    #[tokio::test]
    async fn whoever_is_asked_to_stop_neither_waits_nor_tries_again() {
        let clock = ManualClock::default();
        let pace = patient(&clock, 0.5);
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
        let outcome = calls.send("sqs:CreateQueue", || async { Err::<(), _>(No(ErrorKind::Throttled)) }).await;
        assert_eq!(outcome.unwrap_err().kind, ErrorKind::Interrupted);
        assert_eq!(clock.now(), before);
        assert_eq!(calls.pause(&mut short, "waiting for AWS to show it").await, Ok(true));
    }
}
