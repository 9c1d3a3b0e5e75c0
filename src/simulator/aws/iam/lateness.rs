//! How late IAM is, all in one place. Knows no kind of object.
//!
//! IAM is eventually consistent: what was made, changed or deleted shows after a while, and not everywhere at
//! once. See <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>,
//! which names no numbers; these are what its users see on ordinary days, and a little more.

use std::time::Duration;

use serde::Serialize;

use crate::simulator::World;

/// How long one kind of thing takes, in milliseconds: each thing its own share of the range.
pub(super) struct Lag {
    what: &'static str,
    least: u64,
    most: u64,
}

/// Until reads show a new object.
const NEW_SHOWN: Lag = Lag { what: "is shown", least: 200, most: 4_000 };
/// Until reads show a change of an object.
const CHANGE_SHOWN: Lag = Lag { what: "shows a change", least: 100, most: 4_000 };
/// Until reads miss a deleted object.
const GONE_SHOWN: Lag = Lag { what: "is shown gone", least: 1_000, most: 2_000 };
/// Until a new object may be named in other calls: before, they say that it does not exist.
pub(super) const REACHED: Lag = Lag { what: "is reached", least: 0, most: 2_000 };
/// Until a new principal may be named in policies, or act for a service: the slowest of all, since every region
/// has to hear of it.
pub(super) const TRUSTED: Lag = Lag { what: "is trusted", least: 5_000, most: 12_000 };
/// Until other services act by a policy that was attached.
pub(super) const IN_FORCE: Lag = Lag { what: "is in force", least: 2_000, most: 10_000 };

impl Lag {
    fn of(&self, world: &World, key: &str) -> Duration {
        let range = [self.least, self.most].map(Duration::from_millis);
        world.delay(&format!("{key} {}", self.what), range[0], range[1])
    }

    /// Whether it is over for something that is there since then.
    pub(super) fn is_over(&self, world: &World, key: &str, since_ms: u64) -> bool {
        world.time() >= Duration::from_millis(since_ms) + self.of(world, key)
    }
}

/// Puts in something new, or something changed.
pub(super) fn put<T: Serialize>(world: &mut World, key: &str, value: &T) {
    let is_new = world.get::<serde_json::Value>(key).is_none();
    let lag = if is_new { NEW_SHOWN } else { CHANGE_SHOWN }.of(world, key);
    world.put_late(key, value, lag);
}

pub(super) fn remove(world: &mut World, key: &str) {
    let lag = GONE_SHOWN.of(world, key);
    world.remove_late(key, lag);
}

/// Milliseconds since 1970.
pub(super) fn now_ms(world: &World) -> u64 {
    u64::try_from(world.time().as_millis()).unwrap_or(u64::MAX)
}
