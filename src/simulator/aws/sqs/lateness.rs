//! How late SQS is, all in one place.
//!
//! The numbers in its documentation: a new queue is not to be used for a second, a change takes up to 60 seconds to
//! be seen, and so does a deletion, whose name is blocked for as long. See
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>, `SetQueueAttributes`
//! and `DeleteQueue`.

use std::time::Duration;

use crate::simulator::World;

/// How long one kind of thing takes, in milliseconds: each queue its own share of the range.
pub(super) struct Lag {
    what: &'static str,
    least: u64,
    most: u64,
}

/// Until calls reach a new queue.
pub(super) const REACHED: Lag = Lag { what: "is reached", least: 100, most: 1_000 };
/// Until lists have a new queue.
pub(super) const LISTED: Lag = Lag { what: "is listed", least: 1_000, most: 30_000 };
/// Until reads show a change.
pub(super) const CHANGE_SHOWN: Lag = Lag { what: "shows a change", least: 1_000, most: 45_000 };
/// Until reads show changed tags.
pub(super) const TAGS_SHOWN: Lag = Lag { what: "shows tags", least: 100, most: 5_000 };
/// Until a read misses a deleted queue; not every kind of read at the same time.
pub(super) const GONE_SHOWN: Lag = Lag { what: "is shown gone", least: 1_000, most: 55_000 };

/// For how long a deleted queue's name is blocked, and by when every read misses it.
pub(super) const NAME_BLOCKED: Duration = Duration::from_secs(60);
/// For how long no second purge is taken.
pub(super) const PURGING: Duration = Duration::from_secs(60);

impl Lag {
    pub(super) fn of(&self, world: &World, key: &str) -> Duration {
        let range = [self.least, self.most].map(Duration::from_millis);
        world.delay(&format!("{key} {}", self.what), range[0], range[1])
    }

    /// Whether it is over for something that is so since then.
    pub(super) fn is_over(&self, world: &World, key: &str, since_ms: u64) -> bool {
        is_over(world, self.of(world, key), since_ms)
    }
}

pub(super) fn is_over(world: &World, lag: Duration, since_ms: u64) -> bool {
    world.time() >= Duration::from_millis(since_ms) + lag
}

/// Milliseconds since 1970.
pub(super) fn now_ms(world: &World) -> u64 {
    u64::try_from(world.time().as_millis()).unwrap_or(u64::MAX)
}
