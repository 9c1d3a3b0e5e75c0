//! Does what a plan says. Async; talks only to contracts.
//!
//! [`Engine::recover`] settles what an earlier run left open, [`Engine::refresh`]
//! looks at what is there, [`Engine::apply`] carries a plan out.

mod applied;
mod apply;
mod call;
mod doors;
mod ended;
mod event;
mod gather;
mod prepare;
mod recover;
mod refresh;
mod rehearse;
mod step;
mod stop;

use std::sync::Arc;

pub use applied::{Applied, StepFailure};
pub use event::{Event, Observer, Phase};
pub use recover::RecoverError;
pub use refresh::{RefreshError, Wanted};
pub use stop::{Stop, StopLevel};

use crate::clock::Clock;
use crate::provider::Registry;
use crate::state::StoreError;

/// Where tokens and jitter come from.
pub trait Random: Send + Sync {
    fn bytes(&self) -> [u8; 16];
}

/// The system's own source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn bytes(&self) -> [u8; 16] {
        *uuid::Uuid::new_v4().as_bytes()
    }
}

/// What every verb of the engine works with.
pub struct Engine {
    registry: Registry,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    observer: Arc<dyn Observer>,
    /// How many calls may be under way at once.
    parallelism: usize,
    doors: doors::Doors,
}

impl Engine {
    pub fn new(
        registry: Registry,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        observer: Arc<dyn Observer>,
        parallelism: usize,
    ) -> Self {
        let doors = doors::Doors::new(registry.clone(), Arc::clone(&clock));
        Self { registry, clock, random, observer, parallelism: parallelism.max(1), doors }
    }

    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// In seconds since 1970.
    pub fn now_s(&self) -> u64 {
        self.clock.now().as_secs()
    }

    fn tell(&self, event: Event) {
        tracing::debug!(?event);
        self.observer.observe(event);
    }

    /// A random number in `0..1`.
    fn jitter(&self) -> f64 {
        let bytes = self.random.bytes();
        f64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])) / f64::from(u32::MAX)
    }

    fn token(&self) -> String {
        uuid::Builder::from_random_bytes(self.random.bytes()).into_uuid().to_string()
    }
}

/// Whether a journal took what it was given.
type Ticket = tokio::sync::oneshot::Receiver<Result<(), Arc<StoreError>>>;

/// Waits for a ticket.
async fn durable(ticket: Ticket) -> Result<(), Arc<StoreError>> {
    ticket.await.unwrap_or_else(|_| {
        let source = std::io::Error::other("its writer ended early");
        Err(Arc::new(StoreError::Io { doing: "write", file: "the journal".to_owned(), source }))
    })
}
