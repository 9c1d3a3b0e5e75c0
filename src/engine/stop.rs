//! How a run is asked to stop.

use std::sync::Arc;

use tokio::sync::watch;

use crate::provider::{Interrupt, Interrupter};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopLevel {
    /// Go on.
    None,
    /// Start nothing new; let running calls finish and record them, and wait for nothing that takes long.
    Finish,
    /// Stop now; the next run finds out what became of the running calls.
    Now,
}

/// Asks a run to stop, from anywhere. Asking again asks harder.
#[derive(Clone, Debug)]
pub struct Stop {
    level: Arc<watch::Sender<StopLevel>>,
    /// For providers, which know only one level: do not wait for what takes long.
    interrupter: Arc<Interrupter>,
}

impl Default for Stop {
    fn default() -> Self {
        Self { level: Arc::new(watch::Sender::new(StopLevel::None)), interrupter: Arc::default() }
    }
}

impl Stop {
    pub fn ask(&self) {
        self.level.send_modify(|level| {
            *level = match *level {
                StopLevel::None => StopLevel::Finish,
                StopLevel::Finish | StopLevel::Now => StopLevel::Now,
            }
        });
        self.interrupter.ask();
    }

    /// Asked for as soon as this is asked at all.
    pub fn interrupt(&self) -> Interrupt {
        self.interrupter.interrupt()
    }

    pub fn level(&self) -> StopLevel {
        *self.level.borrow()
    }

    /// Returns once at least this level is asked for.
    pub async fn reached(&self, level: StopLevel) {
        let mut receiver = self.level.subscribe();
        // The sender lives as long as we do, so this only ends when the level is reached.
        let _ = receiver.wait_for(|asked| *asked >= level).await;
    }
}
