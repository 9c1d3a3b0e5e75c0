//! Clouds to try things on: a world behind the clouds' own wire formats.
//!
//! Whoever talks to it sends the requests a real cloud would get, and only the transport knows
//! that they go nowhere. Time passes on a [`SimulatedClock`], which jumps to when something
//! happens next. The [`World`] holds what is there; `aws` says, one file a service, what each
//! call does to it; [`Faults`] say what goes wrong.
//!
//! Where a real cloud is strict, slow or late, so is this one, and rather more than less.

pub mod aws;
pub mod azure;
pub mod charts;
mod clock;
mod exchange;
mod fault;
mod kubernetes;
mod object;
mod record;
mod refusal;
mod server;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use clock::{ScaledClock, SimulatedClock};
#[cfg(test)]
pub(crate) use exchange::ServedAt;
pub use exchange::{Broken, Reply, Request};
pub use fault::{Fault, FaultKind, Faults, FaultsError, Moment};
pub use record::WorldError;
pub use server::Server;
pub use world::World;

use crate::clock::Clock;
use fault::Strikes;

/// A world, its clock, and what goes wrong in it.
#[derive(Clone)]
pub struct Simulator(Arc<Parts>);

struct Parts {
    clock: Arc<dyn Clock>,
    world: Mutex<World>,
    strikes: Mutex<Strikes>,
    /// Told of every call that hangs.
    hung: tokio::sync::Notify,
    witness: Mutex<Option<Witness>>,
}

/// Sees every call as it arrives: its operation, such as `eks:CreateCluster`, and its target and body.
type Witness = Arc<dyn Fn(&str, &str) + Send + Sync>;

impl Simulator {
    /// A new world that is gone with the last of its users. The seed decides its ids and its chances.
    pub fn in_memory(clock: Arc<dyn Clock>, seed: u64, faults: Faults) -> Self {
        Self::of(World::new(seed), clock, faults)
    }

    /// Clouds around this world.
    pub fn of(world: World, clock: Arc<dyn Clock>, faults: Faults) -> Self {
        let strikes = Mutex::new(Strikes::new(faults, world.seed()));
        Self(Arc::new(Parts {
            clock,
            world: Mutex::new(world),
            strikes,
            hung: tokio::sync::Notify::new(),
            witness: Mutex::default(),
        }))
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// What is there, for whoever wants to look behind the services.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces what goes wrong from here on.
    pub fn set_faults(&self, faults: Faults) {
        let seed = self.world().seed();
        *self.strikes() = Strikes::new(faults, seed);
    }

    /// Returns when a call hangs: its effect, if it is to have one, is there.
    pub async fn hung(&self) {
        self.0.hung.notified().await;
    }

    /// Has every call told to someone from here on.
    pub fn watch(&self, witness: impl Fn(&str, &str) + Send + Sync + 'static) {
        *self.0.witness.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(witness));
    }
}
