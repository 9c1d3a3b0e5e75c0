//! Runs of the engine, one after the other, over one state and one world.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tidegate::clock::ManualClock;
use tidegate::diagnostic::{Diagnostics, Source};
use tidegate::engine::{Applied, Engine, Event, Observer, Random, Stop};
use tidegate::plan::{Given, Mode, Plan, Request, plan};
use tidegate::provider::Registry;
use tidegate::stack::{Inputs, Stack, load};
use tidegate::state::{State, StateStore};
use tidegate::store::{Journal, MemoryStore};
use tidegate::value::SealKey;

use super::scripted::Cloud;

/// A source of numbers that repeats from run to run.
#[derive(Default)]
pub struct Counted(AtomicU64);

impl Counted {
    /// No two runs on one world draw the same, as long as time passes between them.
    #[cfg(feature = "simulator")]
    pub fn since(time: std::time::Duration) -> Self {
        Self(AtomicU64::new(time.as_nanos() as u64))
    }
}

impl Random for Counted {
    fn bytes(&self) -> [u8; 16] {
        let number = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        (u128::from(number) << 64 | u128::from(!number)).to_le_bytes()
    }
}

#[derive(Clone, Default)]
pub struct Events(Arc<std::sync::Mutex<Vec<Event>>>);

impl Observer for Events {
    fn observe(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

impl Events {
    #[cfg(feature = "simulator")]
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    pub fn all(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }
}

/// One user with one stack, who runs one command after the other.
pub struct Session {
    pub cloud: Cloud,
    pub clock: ManualClock,
    pub store: MemoryStore,
    pub events: Events,
    pub registry: Registry,
    pub parallelism: usize,
    pub refresh: bool,
}

impl Default for Session {
    fn default() -> Self {
        let cloud = Cloud::default();
        let registry = Registry::new(
            tidegate::providers::registry().families().cloned().chain([cloud.family()]).collect::<Vec<_>>(),
        );
        let begun = State::new("test".parse().unwrap(), "lineage".to_owned(), SealKey::from_bytes([7; 32]));
        let clock = ManualClock::default();
        clock.advance(Duration::from_secs(1_000_000));
        Self {
            cloud,
            clock,
            store: MemoryStore::new(begun),
            events: Events::default(),
            registry,
            parallelism: 8,
            refresh: true,
        }
    }
}

/// What one run of a command came to.
pub enum Outcome {
    Applied(Box<Plan>, Box<Applied>),
    Killed,
}

impl Outcome {
    pub fn applied(self) -> (Plan, Applied) {
        match self {
            Outcome::Applied(plan, applied) => (*plan, *applied),
            Outcome::Killed => panic!("the run was killed"),
        }
    }
}

impl Session {
    pub fn stack(&self, resources: &str) -> Stack {
        self.try_stack(resources).unwrap_or_else(|problems| panic!("{problems:#?}"))
    }

    pub fn try_stack(&self, rest: &str) -> Result<Stack, Diagnostics> {
        let text = format!("tidegate: 1\nstack: test\n{rest}");
        let source = Source { name: "test.yaml".to_owned(), text };
        let (stack, problems) = load(source, &Inputs::default(), &self.registry);
        if problems.has_errors() { Err(problems) } else { Ok(stack.unwrap()) }
    }

    pub fn state(&self) -> State {
        self.store.clone().load().unwrap()
    }

    fn engine(&self) -> Engine {
        Engine::new(
            self.registry.clone(),
            Arc::new(self.clock.clone()),
            Arc::new(Counted::default()),
            Arc::new(self.events.clone()),
            self.parallelism,
        )
    }

    /// Recovers, refreshes and plans, as every command does.
    pub async fn plan(&self, stack: Option<&Stack>, mode: Mode, request: &Request) -> Result<Plan, Diagnostics> {
        let engine = self.engine();
        let journal = Journal::new(Box::new(self.store.clone())).unwrap();
        let mut state = self.state();
        engine.recover(&mut state, &journal).await.unwrap();
        drop(journal);
        let observations = match self.refresh {
            true => engine.refresh(&state, stack).await.unwrap(),
            false => Default::default(),
        };
        let now_s = engine.now_s();
        let given =
            Given { stack, state: &state, observations: &observations, registry: &self.registry, mode, request, now_s };
        plan(&given)
    }

    pub async fn run(&self, stack: Option<&Stack>, mode: Mode, request: &Request, stop: &Stop) -> Outcome {
        let plan = self.plan(stack, mode, request).await.unwrap_or_else(|problems| panic!("{problems:#?}"));
        let journal = Journal::new(Box::new(self.store.clone())).unwrap();
        let state = self.state();
        let engine = self.engine();
        let applied = tokio::select! {
            applied = engine.apply(&plan, stack, state, &journal, stop) => applied,
            () = self.cloud.killed.notified() => {
                self.cloud.world().under_way.clear();
                return Outcome::Killed;
            }
        };
        drop(journal);
        assert_eq!(self.state(), applied.state, "what is on disk is what the run thinks");
        Outcome::Applied(Box::new(plan), Box::new(applied))
    }

    pub async fn apply(&self, resources: &str) -> (Plan, Applied) {
        let stack = self.stack(resources);
        self.run(Some(&stack), Mode::Apply, &Request::default(), &Stop::default()).await.applied()
    }

    /// Applies and expects no failure.
    pub async fn apply_all(&self, resources: &str) -> Plan {
        let (plan, applied) = self.apply(resources).await;
        assert!(applied.is_complete(), "{:#?}", applied.failed);
        plan
    }

    pub async fn plan_for(&self, resources: &str) -> Plan {
        let stack = self.stack(resources);
        let planned = self.plan(Some(&stack), Mode::Apply, &Request::default()).await;
        planned.unwrap_or_else(|problems| panic!("{problems:#?}"))
    }

    /// A plan for what was applied shows nothing.
    pub async fn assert_settled(&self, resources: &str) {
        let plan = self.plan_for(resources).await;
        assert!(plan.is_empty(), "{:#?}", plan.changes);
    }

    pub async fn destroy(&self) -> (Plan, Applied) {
        self.run(None, Mode::Destroy, &Request::default(), &Stop::default()).await.applied()
    }
}
