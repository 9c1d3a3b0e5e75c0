//! When to try again, as a pure function of what happened so far.

use std::time::Duration;

use super::ErrorKind;

/// How patient one caller is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    /// Tries in all, the first included.
    pub attempts: u32,
    pub first_delay: Duration,
    pub longest_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 14, first_delay: Duration::from_millis(250), longest_delay: Duration::from_secs(20) }
    }
}

/// How often a call has failed in the same way, one time after the other.
///
/// Counted anew when it begins to fail in another way: a service that was busy for minutes has not used up the
/// tries of one that asks for fewer calls.
#[derive(Debug, Default)]
pub struct Tries {
    kind: Option<ErrorKind>,
    count: u32,
}

impl Tries {
    /// Counts a failure, and says how many there are of its kind now.
    pub fn count(&mut self, kind: &ErrorKind) -> u32 {
        if self.kind.as_ref() != Some(kind) {
            *self = Self { kind: Some(kind.clone()), count: 0 };
        }
        self.count += 1;
        self.count
    }
}

/// How long to wait before the next try, or `None` to give up.
///
/// `tried` counts the tries so far. `jitter` is a random number in `0..1`: the
/// delay lies between half and the whole of an exponentially growing one, so that
/// many callers who failed together do not come back together.
pub fn retry_after(policy: &RetryPolicy, kind: &ErrorKind, tried: u32, jitter: f64) -> Option<Duration> {
    if !kind.is_transient() || tried >= policy.attempts {
        return None;
    }
    let doublings = tried.saturating_sub(1).min(20);
    let whole = policy.first_delay.saturating_mul(1 << doublings).min(policy.longest_delay);
    Some(whole.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tries_are_counted_by_what_went_wrong() {
        let mut tries = Tries::default();
        let kinds = [ErrorKind::Busy, ErrorKind::Busy, ErrorKind::Throttled, ErrorKind::Throttled, ErrorKind::Busy];
        assert_eq!(kinds.map(|kind| tries.count(&kind)), [1, 2, 1, 2, 1]);
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let policy = RetryPolicy::default();
        assert!(retry_after(&policy, &ErrorKind::Throttled, 1, 0.0).is_some());
        assert!(retry_after(&policy, &ErrorKind::QuotaExceeded, 1, 0.0).is_none());
        assert!(retry_after(&policy, &ErrorKind::Throttled, policy.attempts, 0.0).is_none());
    }

    proptest! {
        #[test]
        fn a_delay_stays_within_its_bounds(tried in 1u32..100, jitter in 0.0..1.0f64) {
            let policy = RetryPolicy { attempts: 1000, ..RetryPolicy::default() };
            let delay = retry_after(&policy, &ErrorKind::Busy, tried, jitter).unwrap();
            prop_assert!(delay >= policy.first_delay / 2 && delay <= policy.longest_delay);
        }
    }
}
