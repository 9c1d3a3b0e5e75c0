//! How a run is asked to stop.

use std::sync::Arc;

use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopLevel {
    /// Go on.
    None,
    /// Start nothing new; let running calls finish and record them.
    Finish,
    /// Stop now; the next run finds out what became of the running calls.
    Now,
}

/// Asks a run to stop, from anywhere. Asking again asks harder.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<StopLevel>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(StopLevel::None)))
    }
}

impl Stop {
    pub fn ask(&self) {
        self.0.send_modify(|level| {
            *level = match *level {
                StopLevel::None => StopLevel::Finish,
                StopLevel::Finish | StopLevel::Now => StopLevel::Now,
            }
        });
    }

    pub fn level(&self) -> StopLevel {
        *self.0.borrow()
    }

    /// Returns once at least this level is asked for.
    pub async fn reached(&self, level: StopLevel) {
        let mut receiver = self.0.subscribe();
        // The sender lives as long as we do, so this only ends when the level is reached.
        let _ = receiver.wait_for(|asked| *asked >= level).await;
    }
}
