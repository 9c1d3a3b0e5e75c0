//! What commands that work on a state have in common: the state, locked and
//! settled, an engine, and a way to stop.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::arguments::{FolderArguments, RunArguments};
use super::super::clouds::{Clouds, Opened};
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::{signals, view};
use crate::address::{Address, StackName};
use crate::clock::{Clock, SystemClock, rfc3339};
use crate::engine::{Engine, Stop, StopLevel, SystemRandom};
use crate::plan::{Given, Mode, Observation, Plan, Request, plan};
use crate::stack::Stack;
use crate::state::{Entry, Holder, State, StateStore as _};
use crate::store::{Journal, LocalFileStore};

pub(super) struct Session {
    pub(super) engine: Engine,
    pub(super) state: State,
    pub(super) journal: Journal,
    pub(super) stop: Stop,
}

/// What is looked at and asked of a plan.
pub(super) struct Wish<'a> {
    pub(super) stack: Option<&'a Stack>,
    pub(super) mode: Mode,
    pub(super) request: &'a Request,
    pub(super) refresh: bool,
}

/// A plan and what it was made from.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) observations: BTreeMap<Address, Observation>,
    pub(super) now_s: u64,
}

/// Opens the state without an engine, for commands that call no one.
pub(super) fn open(
    folder: &FolderArguments,
    name: &StackName,
    command: &str,
    clouds: &Clouds,
    console: &Console,
) -> Result<(Box<LocalFileStore>, State), Failure> {
    let clock = SystemClock;
    let holder = Holder {
        process: std::process::id(),
        host: console.environment().host.clone(),
        command: command.to_owned(),
        since: rfc3339(clock.now()),
    };
    let mut store = LocalFileStore::open(&clouds.state_dir(folder), name, holder, folder.lock_timeout, &clock)?;
    let state = store.load()?;
    for notice in store.notices() {
        warn(console, notice);
    }
    Ok((Box::new(store), state))
}

fn warn(console: &Console, notice: &str) {
    let problem = crate::diagnostic::Diagnostic::warning("state/mended", "The state was mended", notice);
    console.problems(&problem.into());
}

impl Session {
    /// Locks and reads the state, and settles what an earlier run left open.
    pub(super) async fn open(
        folder: &FolderArguments,
        parallelism: u16,
        name: &StackName,
        command: &str,
        clouds: &Clouds,
        console: &Console,
    ) -> Result<Self, Failure> {
        let (store, state) = open(folder, name, command, clouds, console)?;
        let journal = Journal::new(store).map_err(|source| Failure::File {
            doing: "start writing",
            file: folder.state_dir.display().to_string(),
            source,
        })?;
        let Opened { registry, clock } = clouds.open(folder, console)?;
        let observer = console.observer(&clock);
        let engine = Engine::new(registry, clock, Arc::new(SystemRandom), observer, usize::from(parallelism));
        let stop = Stop::default();
        signals::watch(&stop);
        let mut session = Self { engine, state, journal, stop };
        let Self { engine, state, journal, stop } = &mut session;
        unless_stopped(stop, engine.recover(state, journal)).await??;
        Ok(session)
    }

    /// Looks at what is there and plans.
    pub(super) async fn plan(&self, wish: &Wish<'_>) -> Result<Planned, Failure> {
        self.gather(wish).await?;
        let observations = match wish.refresh {
            true => unless_stopped(&self.stop, self.engine.refresh(&self.state, wish.stack)).await??,
            false => BTreeMap::new(),
        };
        let now_s = self.engine.now_s();
        let mut planned = self.plan_from(wish, observations, now_s)?;
        if let Some(stack) = wish.stack.filter(|_| wish.refresh && wish.mode == Mode::Apply) {
            let rehearsed = self.engine.rehearse(&planned.plan, stack, &self.state);
            planned.plan.warnings.extend(unless_stopped(&self.stop, rehearsed).await?);
        }
        Ok(planned)
    }

    /// Has what the plan needs fetched.
    pub(super) async fn gather(&self, wish: &Wish<'_>) -> Result<(), Failure> {
        let Some(stack) = wish.stack.filter(|_| wish.mode == Mode::Apply) else { return Ok(()) };
        let gathered = self.engine.gather(stack, &self.state, stack.folder());
        Ok(unless_stopped(&self.stop, gathered).await??)
    }

    pub(super) fn plan_from(
        &self,
        wish: &Wish<'_>,
        observations: BTreeMap<Address, Observation>,
        now_s: u64,
    ) -> Result<Planned, Failure> {
        let given = Given {
            stack: wish.stack,
            state: &self.state,
            observations: &observations,
            registry: self.engine.registry(),
            mode: wish.mode,
            request: wish.request,
            now_s,
        };
        let plan = plan(&given)?;
        Ok(Planned { plan, observations, now_s })
    }

    /// Puts a state that has just begun on disk, so that a saved plan has one to name.
    pub(super) async fn begin_state(&mut self) -> Result<(), Failure> {
        if self.state.serial > 0 {
            return Ok(());
        }
        // Nothing is on disk before the first entry is; this one says nothing.
        let entry = Entry::Outputs { values: self.state.outputs.clone() };
        self.state.apply(&entry);
        match self.journal.append(vec![entry]).await {
            Ok(Err(error)) => Err(error.into()),
            // A writer that ended early says why when it is closed.
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }

    /// Lets the state be tidied up on disk.
    pub(super) fn close(self) -> Result<(), Failure> {
        let (_, result) = self.journal.close(&self.state);
        Ok(result?)
    }
}

/// The first Ctrl-C ends what has changed nothing yet.
pub(super) async fn unless_stopped<T>(stop: &Stop, work: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::select! {
        done = work => Ok(done),
        () = stop.reached(StopLevel::Finish) => Err(Failure::Interrupted),
    }
}

pub(super) fn request(run: &RunArguments, replace: Vec<Address>) -> Request {
    Request { target: run.target.clone(), exclude: run.exclude.clone(), replace }
}

/// Shows a plan, with what it warns of.
pub(super) fn show(planned: &Planned, console: &Console) {
    console.problems(&planned.plan.warnings);
    if console.json {
        return console.message(&view::json::plan(&planned.plan));
    }
    let now = std::time::Duration::from_secs(planned.now_s);
    console.out(&view::plan::text(&planned.plan, now, console.style()));
}
