//! How often an API may be called: a token bucket, as a pure value.

use std::time::Duration;

use crate::clock::Timestamp;

/// So many calls a second in the long run, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub per_second: f64,
    pub burst: f64,
}

#[derive(Clone, Debug)]
pub struct TokenBucket {
    rate: Rate,
    tokens: f64,
    updated: Timestamp,
}

impl TokenBucket {
    pub fn new(rate: Rate, now: Timestamp) -> Self {
        Self { rate, tokens: rate.burst, updated: now }
    }

    /// Takes one call's worth and says how long to wait before making it.
    ///
    /// The bucket may go below zero: that is the queue of those who wait.
    pub fn take(&mut self, now: Timestamp) -> Duration {
        let refill = now.saturating_sub(self.updated).as_secs_f64() * self.rate.per_second;
        self.tokens = (self.tokens + refill).min(self.rate.burst) - 1.0;
        self.updated = self.updated.max(now);
        if self.tokens >= 0.0 {
            return Duration::ZERO;
        }
        Duration::from_secs_f64(-self.tokens / self.rate.per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_the_rest_is_spread_out() {
        let mut bucket = TokenBucket::new(Rate { per_second: 10.0, burst: 2.0 }, Duration::ZERO);
        let waits: Vec<_> = (0..4).map(|_| bucket.take(Duration::ZERO).as_millis()).collect();
        assert_eq!(waits, [0, 0, 100, 200]);
        assert_eq!(bucket.take(Duration::from_secs(10)), Duration::ZERO);
    }
}
