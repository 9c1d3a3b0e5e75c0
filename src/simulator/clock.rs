//! Simulated time: it stands still while anything can go on without it, and then jumps to the next wake-up.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::{Builder, Runtime};

use crate::clock::{Clock, Hold, Timestamp};

/// In a paced run, how much real time passes at most before the clock moves on.
const TICK: Duration = Duration::from_millis(20);

/// A clock that only [`SimulatedClock::runtime`] moves, when nothing is left to do but to wait.
#[derive(Clone, Debug)]
pub struct SimulatedClock(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Simulated seconds a real second; `None` jumps.
    speed: Option<f64>,
}

#[derive(Debug, Default)]
struct State {
    now: Timestamp,
    last_id: u64,
    sleepers: BTreeMap<(Timestamp, u64), Waker>,
    holds: usize,
    /// A tick of real time is under way.
    ticking: bool,
}

impl SimulatedClock {
    /// Jumps from one wake-up to the next.
    pub fn new(start: Timestamp) -> Self {
        Self::paced(start, None)
    }

    /// Lets so many simulated seconds pass in a real one, for runs that someone watches or interrupts.
    pub fn paced(start: Timestamp, speed: Option<f64>) -> Self {
        let state = State { now: start, ..State::default() };
        Self(Arc::new(Shared { state: Mutex::new(state), speed }))
    }

    /// A runtime whose idle moments move this clock on. It has a single thread: only then is it
    /// certain that nothing else can go on.
    ///
    /// # Errors
    /// When the system gives no resources.
    pub fn runtime(&self) -> std::io::Result<Runtime> {
        let clock = self.clone();
        Builder::new_current_thread().enable_all().on_thread_park(move || clock.idle()).build()
    }

    /// Moves on to this time, if it is not past already.
    pub fn advance_to(&self, time: Timestamp) {
        let mut state = self.state();
        state.now = state.now.max(time);
        let due = take_due(&mut state);
        drop(state);
        due.into_iter().for_each(Waker::wake);
    }

    /// When a sleep that begins now ends, and its number.
    fn alarm(&self, duration: Duration) -> (Timestamp, u64) {
        let mut state = self.state();
        state.last_id += 1;
        (state.now.saturating_add(duration), state.last_id)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing can go on but by time passing.
    fn idle(&self) {
        let mut state = self.state();
        let Some(next) = state.sleepers.keys().next().map(|(time, _)| *time).filter(|_| state.holds == 0) else {
            return;
        };
        let Some(speed) = self.0.speed else {
            drop(state);
            return self.advance_to(next);
        };
        if std::mem::replace(&mut state.ticking, true) {
            return;
        }
        let real = next.saturating_sub(state.now).div_f64(speed).min(TICK);
        drop(state);
        let clock = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(real).await;
            let mut state = clock.state();
            state.ticking = false;
            let passed = state.now + real.mul_f64(speed);
            let soonest = state.sleepers.keys().next().map_or(passed, |(time, _)| *time);
            // Rounding must not keep the clock short of the wake-up for ever.
            let to = if real < TICK { soonest } else { passed.min(soonest) };
            drop(state);
            clock.advance_to(to);
        });
    }
}

fn take_due(state: &mut State) -> Vec<Waker> {
    let later = state.sleepers.split_off(&(state.now + Duration::from_nanos(1), 0));
    std::mem::replace(&mut state.sleepers, later).into_values().collect()
}

#[async_trait]
impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    async fn sleep(&self, duration: Duration) {
        let key = self.alarm(duration);
        Sleep { clock: self.clone(), key }.await;
    }

    fn hold(&self) -> Hold {
        self.state().holds += 1;
        let clock = self.clone();
        Hold::new(move || clock.state().holds -= 1)
    }
}

struct Sleep {
    clock: SimulatedClock,
    key: (Timestamp, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.state();
        if state.now >= self.key.0 {
            return Poll::Ready(());
        }
        state.sleepers.insert(self.key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    /// Nobody waits any longer, so time need not stop here.
    fn drop(&mut self) {
        self.clock.state().sleepers.remove(&self.key);
    }
}

/// Real time, so many times as fast: for a simulator that others talk to over sockets.
#[derive(Clone, Debug)]
pub struct ScaledClock {
    real_start: Timestamp,
    start: Timestamp,
    speed: f64,
    real: crate::clock::SystemClock,
}

impl ScaledClock {
    pub fn new(start: Timestamp, speed: f64) -> Self {
        let real = crate::clock::SystemClock;
        Self { real_start: real.now(), start, speed, real }
    }
}

#[async_trait]
impl Clock for ScaledClock {
    fn now(&self) -> Timestamp {
        self.start + self.real.now().saturating_sub(self.real_start).mul_f64(self.speed)
    }

    async fn sleep(&self, duration: Duration) {
        self.real.sleep(duration.div_f64(self.speed)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn time_jumps_to_whoever_wakes_first() {
        let clock = SimulatedClock::new(seconds(100));
        let order = clock.runtime().unwrap().block_on(async {
            let order = Mutex::new(Vec::new());
            let wait = async |name: &'static str, naps: &[u64]| {
                for nap in naps {
                    clock.sleep(seconds(*nap)).await;
                    order.lock().unwrap().push((name, clock.now().as_secs()));
                }
            };
            tokio::join!(wait("a", &[600, 60]), wait("b", &[30, 580]));
            order.into_inner().unwrap()
        });
        assert_eq!(order, [("b", 130), ("a", 700), ("b", 710), ("a", 760)]);
    }

    #[test]
    fn nothing_waits_for_a_sleep_that_was_given_up() {
        let clock = SimulatedClock::new(Duration::ZERO);
        clock.runtime().unwrap().block_on(async {
            tokio::select! {
                () = clock.sleep(seconds(5)) => {}
                () = clock.sleep(seconds(500)) => {}
            }
            clock.sleep(seconds(1)).await;
        });
        assert_eq!(clock.now(), seconds(6));
    }

    #[test]
    fn time_stands_still_while_something_outside_is_waited_for() {
        let clock = SimulatedClock::new(Duration::ZERO);
        clock.runtime().unwrap().block_on(async {
            let disk = async {
                let hold = clock.hold();
                tokio::time::sleep(Duration::from_millis(30)).await;
                assert_eq!(clock.now(), Duration::ZERO);
                drop(hold);
            };
            tokio::join!(clock.sleep(seconds(60)), disk);
        });
        assert_eq!(clock.now(), seconds(60));
    }

    #[test]
    fn a_paced_clock_takes_its_time() {
        let clock = SimulatedClock::paced(Duration::ZERO, Some(1000.0));
        clock.runtime().unwrap().block_on(async {
            let watch = async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                clock.now()
            };
            let ((), seen) = tokio::join!(clock.sleep(seconds(300)), watch);
            assert!(seen > Duration::ZERO && seen < seconds(300), "{seen:?}");
        });
        assert_eq!(clock.now(), seconds(300));
    }
}
