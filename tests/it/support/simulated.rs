//! One user with one stack, who runs one command after the other in simulated clouds.

use std::sync::Arc;
use std::time::Duration;

use tidegate::clock::Clock as _;
use tidegate::diagnostic::{Diagnostics, Source};
use tidegate::engine::{Applied, Engine, Stop};
use tidegate::plan::{Given, Mode, Plan, Request, plan};
use tidegate::provider::{Family, Registry};
use tidegate::providers::aws::AwsFamily;
use tidegate::providers::helm::sources::Charts;
use tidegate::providers::helm::{HelmFamily, Supply};
use tidegate::simulator::{Faults, SimulatedClock, Simulator, World, aws};
use tidegate::stack::{Assignment, Inputs, Stack, load};
use tidegate::state::{State, StateStore as _};
use tidegate::store::{Journal, MemoryStore};
use tidegate::value::SealKey;

use super::session::{Counted, Events};
use super::tidegate::{repository_files, repository_stack};
use crate::simulation::picture::{Picture, picture};

/// Some time in 2026.
const START: Duration = Duration::from_secs(1_790_000_000);

pub struct Simulation {
    pub simulator: Simulator,
    pub clock: SimulatedClock,
    pub events: Events,
    pub parallelism: usize,
    store: MemoryStore,
    registry: Registry,
    runtime: tokio::runtime::Runtime,
}

/// What one run of a command came to.
pub enum Outcome {
    Applied(Box<Plan>, Box<Applied>),
    /// A call hung, and the process was killed.
    Killed,
    /// What is there could not be found out, so nothing was begun.
    NotPlanned(String),
}

impl Outcome {
    pub fn applied(self) -> (Plan, Applied) {
        match self {
            Outcome::Applied(plan, applied) => (*plan, *applied),
            Outcome::Killed => panic!("the run was killed"),
            Outcome::NotPlanned(why) => panic!("{why}"),
        }
    }
}

impl Simulation {
    /// Nothing is there yet.
    pub fn new(stack: &str) -> Self {
        let begun = State::new(stack.parse().unwrap(), "lineage".to_owned(), SealKey::from_bytes([7; 32]));
        Self::of(World::new(1), begun)
    }

    /// Another that goes on from here by itself.
    pub fn fork(&self) -> Self {
        Self::of(self.simulator.world().copy(), self.state())
    }

    fn of(world: World, state: State) -> Self {
        let clock = SimulatedClock::new(START.max(world.time()));
        let simulator = Simulator::of(world, Arc::new(clock.clone()), Faults::default());
        let family = AwsFamily::with_config(aws::sdk_config(&simulator)).with_jitter(Arc::new(|| 0.5));
        let azure = tidegate::cli::simulated_azure(&simulator).with_jitter(Arc::new(|| 0.5));
        let entrances = [family.entrance(), azure.entrance()];
        let kubernetes = tidegate::providers::kubernetes_family(entrances.clone())
            .with_network(tidegate::cli::simulated_network(&simulator))
            .with_jitter(Arc::new(|| 0.5));
        let supply = Supply::new(Charts::new(Arc::new(tidegate::cli::SimulatedNetwork)));
        let helm = HelmFamily::new(entrances, supply)
            .with_network(tidegate::cli::simulated_network(&simulator))
            .with_jitter(Arc::new(|| 0.5));
        let families: [Arc<dyn Family>; 5] = [
            tidegate::providers::tidegate::family(),
            Arc::new(kubernetes),
            Arc::new(helm),
            Arc::new(family),
            Arc::new(azure),
        ];
        let registry = Registry::new(families);
        let runtime = clock.runtime().unwrap();
        let store = MemoryStore::new(state);
        Self { simulator, clock, events: Events::default(), parallelism: 32, store, registry, runtime }
    }

    /// A stack of the repository.
    pub fn repository_stack(&self, name: &str) -> Stack {
        self.stack(&Self::repository_text(name))
    }

    /// Its text; one that wants an account or an issuer has them.
    pub fn repository_text(name: &str) -> String {
        let text = repository_stack(name);
        let account = "    type: string\n    pattern: \"[0-9]{12}\"";
        let issuer = "    type: string\n    pattern: \"https://.+\"";
        let known = format!("    default: \"{}\"", aws::ACCOUNT);
        text.replace(account, &known).replace(issuer, "    default: https://example.com/id/A")
    }

    pub fn stack(&self, text: &str) -> Stack {
        let (stack, problems) = self.load(text);
        assert!(!problems.has_errors(), "{problems:#?}");
        stack.unwrap()
    }

    /// A stack that is given one variable.
    pub fn stack_with(&self, text: &str, (name, value): (&str, &str)) -> Stack {
        let source = Source { name: "test.yaml".to_owned(), text: text.to_owned() };
        let (name, value) = (name.to_owned(), tidegate::stack::Given::Text(value.to_owned()));
        let assignment = Assignment { name, value, origin: "a test".to_owned(), must_exist: true };
        let inputs = Inputs { files: repository_files(), assignments: vec![assignment], ..Inputs::default() };
        let (stack, problems) = load(source, &inputs, &self.registry);
        assert!(!problems.has_errors(), "{problems:#?}");
        stack.unwrap()
    }

    /// The stack, and what is wrong with it.
    pub fn load(&self, text: &str) -> (Option<Stack>, Diagnostics) {
        let source = Source { name: "test.yaml".to_owned(), text: text.to_owned() };
        load(source, &Inputs { files: repository_files(), ..Inputs::default() }, &self.registry)
    }

    pub fn state(&self) -> State {
        self.store.clone().load().unwrap()
    }

    fn engine(&self) -> Engine {
        Engine::new(
            self.registry.clone(),
            Arc::new(self.clock.clone()),
            Arc::new(Counted::since(self.clock.now())),
            Arc::new(self.events.clone()),
            self.parallelism,
        )
    }

    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    async fn plan_async(&self, stack: Option<&Stack>, mode: Mode) -> Result<Plan, String> {
        let engine = self.engine();
        let journal = Journal::new(Box::new(self.store.clone())).unwrap();
        let mut state = self.state();
        engine.recover(&mut state, &journal).await.map_err(|error| format!("{error:?}"))?;
        drop(journal);
        if let Some(stack) = stack.filter(|_| mode == Mode::Apply) {
            engine.gather(stack, &state, std::path::Path::new("stacks")).await.map_err(|error| format!("{error:?}"))?;
        }
        let observations = engine.refresh(&state, stack).await.map_err(|error| format!("{error:?}"))?;
        let (request, registry, now_s) = (Request::default(), &self.registry, engine.now_s());
        let given =
            Given { stack, state: &state, observations: &observations, registry, mode, request: &request, now_s };
        Ok(plan(&given).unwrap_or_else(|problems| panic!("{problems:#?}")))
    }

    pub fn plan(&self, stack: &Stack) -> Plan {
        self.block_on(self.plan_async(Some(stack), Mode::Apply)).unwrap()
    }

    /// Plans and carries out; ends when a call hangs, as if the process was killed there.
    pub fn run(&self, stack: Option<&Stack>, mode: Mode, stop: &Stop, killed_when_hung: bool) -> Outcome {
        self.block_on(async {
            let hung = async {
                match killed_when_hung {
                    true => self.simulator.hung().await,
                    false => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = hung => Outcome::Killed,
                outcome = self.carry_out(stack, mode, stop) => outcome,
            }
        })
    }

    async fn carry_out(&self, stack: Option<&Stack>, mode: Mode, stop: &Stop) -> Outcome {
        let plan = match self.plan_async(stack, mode).await {
            Ok(plan) => plan,
            Err(why) => return Outcome::NotPlanned(why),
        };
        let journal = Journal::new(Box::new(self.store.clone())).unwrap();
        let applied = self.engine().apply(&plan, stack, self.state(), &journal, stop).await;
        drop(journal);
        assert_eq!(self.state(), applied.state, "what is on disk is what the run thinks");
        Outcome::Applied(Box::new(plan), Box::new(applied))
    }

    pub fn apply(&self, stack: &Stack) -> (Plan, Applied) {
        self.run(Some(stack), Mode::Apply, &Stop::default(), false).applied()
    }

    /// Applies and expects no failure.
    pub fn apply_all(&self, stack: &Stack) -> Plan {
        let (plan, applied) = self.apply(stack);
        assert!(applied.is_complete(), "{:#?}", applied.failed);
        plan
    }

    pub fn destroy(&self) -> (Plan, Applied) {
        self.run(None, Mode::Destroy, &Stop::default(), false).applied()
    }

    pub fn destroy_all(&self) {
        let (_, applied) = self.destroy();
        assert!(applied.is_complete(), "{:#?}", applied.failed);
        assert!(self.state().is_empty());
        assert_eq!(self.objects(), Vec::<String>::new());
    }

    /// A plan for what was applied shows nothing.
    pub fn assert_settled(&self, stack: &Stack) {
        let plan = self.plan(stack);
        assert!(plan.is_empty(), "{:#?}", plan.changes);
    }

    pub fn set_faults(&self, yaml: &str) {
        self.simulator.set_faults(Faults::parse(yaml).unwrap());
    }

    /// Lets so many simulated seconds pass.
    pub fn pass(&self, seconds: u64) {
        self.block_on(self.clock.sleep(Duration::from_secs(seconds)));
    }

    /// How long something took in simulated time.
    pub fn timed<T>(&self, work: impl FnOnce() -> T) -> (T, Duration) {
        let before = self.clock.now();
        let done = work();
        (done, self.clock.now() - before)
    }

    pub fn picture(&self) -> Picture {
        picture(&self.simulator.world())
    }

    /// What is in the clouds.
    pub fn objects(&self) -> Vec<String> {
        self.simulator.world().objects().map(str::to_owned).collect()
    }
}
