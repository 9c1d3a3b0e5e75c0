//! Carries out a plan. One loop owns the state: steps run at the same time, and
//! what they bring about is taken in one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{FutureExt as _, Shared};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use petgraph::graph::NodeIndex;

use super::applied::{Applied, StepFailure};
use super::ended::{Failed, NotDone};
use super::step::{Done, Prepared, Work};
use super::stop::{Stop, StopLevel};
use super::{Engine, Event, Phase, durable};
use crate::address::Address;
use crate::graph::Schedule;
use crate::plan::{Action, Plan, Step, StepKind, Summary};
use crate::provider::FamilySettings;
use crate::stack::Stack;
use crate::state::{Entry, Intent, IntentOperation, Record, State, StoreError};
use crate::store::Journal;
use crate::value::{Attributes, Value};

type Durable = Shared<Pin<Box<dyn Future<Output = Result<(), Arc<StoreError>>> + Send>>>;
type Running<'a> = Pin<Box<dyn Future<Output = (NodeIndex, Result<Done, NotDone>)> + Send + 'a>>;

impl Engine {
    /// Carries out a plan. `stack` is the one it was made from; a plan of deletions alone needs none.
    pub async fn apply(
        &self,
        plan: &Plan,
        stack: Option<&Stack>,
        state: State,
        journal: &Journal,
        stop: &Stop,
    ) -> Applied {
        let started = self.clock.now();
        self.tell(Event::PhaseStarted { phase: Phase::Apply, total: plan.steps.node_count() });
        let mut settings = BTreeMap::new();
        for step in plan.steps.node_weights().filter(|step| self.calls_out(&step.resource_type)) {
            let key = settings_key(&step.provider, &step.provider_settings);
            if let std::collections::btree_map::Entry::Vacant(slot) = settings.entry(key) {
                slot.insert(self.doors.resolved(&step.provider, &step.provider_settings).await);
            }
        }
        let mut run = Run {
            engine: self,
            settings,
            plan,
            stack,
            state,
            journal,
            stop,
            live: plan.planned.clone(),
            batch: Vec::new(),
            last: None,
            intents: BTreeMap::new(),
            started: BTreeMap::new(),
            busy: BTreeSet::new(),
            half_replaced: BTreeSet::new(),
            done: Summary::default(),
            failed: Vec::new(),
            skipped: Vec::new(),
            unrecorded: None,
        };
        for entry in &plan.bookkeeping {
            run.write(entry.clone());
        }
        run.done.forget = plan.summary().forget;
        let finished = run.steps().await;
        run.outputs();
        run.flush();
        run.settle().await;
        self.tell(Event::PhaseFinished { phase: Phase::Apply });
        self.tell(Event::Applied {
            done: run.done,
            failed: run.failed.len(),
            skipped: run.skipped.len(),
            elapsed: self.clock.now().saturating_sub(started),
        });
        Applied {
            not_started: plan.steps.node_count() - finished - run.skipped.len(),
            state: run.state,
            done: run.done,
            failed: run.failed,
            skipped: run.skipped,
            stopped: stop.level(),
            unrecorded: run.unrecorded,
            live: run.live,
        }
    }
}

pub(super) struct Run<'a> {
    pub(super) engine: &'a Engine,
    pub(super) plan: &'a Plan,
    pub(super) stack: Option<&'a Stack>,
    pub(super) state: State,
    journal: &'a Journal,
    pub(super) stop: &'a Stop,
    /// Of each provider configuration, with what its surroundings decided.
    settings: BTreeMap<(String, String), FamilySettings>,
    pub(super) live: BTreeMap<Address, Attributes>,
    /// Entries that are taken in and not yet handed to the journal.
    batch: Vec<Entry>,
    /// Tells when everything handed over so far is on disk.
    last: Option<Durable>,
    intents: BTreeMap<NodeIndex, u64>,
    started: BTreeMap<NodeIndex, Duration>,
    /// Keys of running steps that exclude others.
    busy: BTreeSet<String>,
    /// Replacements of which one of two steps is done.
    half_replaced: BTreeSet<Address>,
    done: Summary,
    failed: Vec<StepFailure>,
    skipped: Vec<(Address, StepKind)>,
    unrecorded: Option<Arc<StoreError>>,
}

impl<'a> Run<'a> {
    /// Runs every step whose dependencies succeed; returns how many came to an end.
    async fn steps(&mut self) -> usize {
        let plan = self.plan;
        let mut schedule = Schedule::new(&plan.steps, Step::usual_duration);
        let mut running: FuturesUnordered<Running<'a>> = FuturesUnordered::new();
        let (mut finished, mut told) = (0, false);
        loop {
            finished += self.start_ready(&mut schedule, &mut running);
            let first = tokio::select! {
                biased;
                () = self.stop.reached(StopLevel::Now) => return finished,
                // Said at once: what is running may go on for long.
                () = self.stop.reached(StopLevel::Finish), if !told && !running.is_empty() => {
                    told = true;
                    self.engine.tell(Event::Stopping { running: running.len() });
                    continue;
                }
                ended = running.next() => ended,
            };
            let Some(first) = first else { return finished };
            let mut ended = vec![first];
            while let Some(Some(more)) = running.next().now_or_never() {
                ended.push(more);
            }
            for (node, result) in ended {
                finished += usize::from(self.take_in(node, result, &mut schedule));
            }
        }
    }

    /// Starts what may start. Returns how many steps ended before they began.
    fn start_ready(&mut self, schedule: &mut Schedule<'a, Step>, running: &mut FuturesUnordered<Running<'a>>) -> usize {
        let mut starting = Vec::new();
        let mut ended = 0;
        while running.len() + starting.len() < self.engine.parallelism
            && self.stop.level() == StopLevel::None
            && self.unrecorded.is_none()
        {
            let free = |step: &Step| step.exclusive.as_ref().is_none_or(|key| !self.busy.contains(key));
            let Some(node) = schedule.next_ready_where(free) else { break };
            match self.prepare(node) {
                Ok(prepared) => {
                    self.begin(node, &prepared);
                    starting.push((node, prepared));
                }
                Err(failed) => {
                    ended += 1;
                    self.fail(node, &failed, schedule);
                }
            }
        }
        let ticket = self.flush();
        for (node, prepared) in starting {
            let (engine, stop, ticket) = (self.engine, self.stop, ticket.clone());
            let needs_intent = self.intents.contains_key(&node);
            running.push(Box::pin(async move {
                // Nothing is called before the intent is on disk.
                if let (true, Some(ticket)) = (needs_intent, ticket) {
                    let hold = engine.clock.hold();
                    if let Err(error) = ticket.await {
                        return (node, Err(NotDone::Unrecorded(error)));
                    }
                    drop(hold);
                }
                (node, engine.run_step(&prepared, stop).await)
            }));
        }
        ended
    }

    /// The settings of a step's provider configuration, as they are recorded.
    pub(super) fn settings(&self, step: &Step) -> FamilySettings {
        let key = settings_key(&step.provider, &step.provider_settings);
        self.settings.get(&key).unwrap_or(&step.provider_settings).clone()
    }

    /// Writes the intent, and says that the step begins.
    fn begin(&mut self, node: NodeIndex, prepared: &Prepared<'_>) {
        let step = prepared.step;
        let now = self.engine.clock.now();
        if prepared.resource_type.calls_out() {
            let operation = match &prepared.work {
                Work::Delete { .. } => IntentOperation::Delete {
                    deposed: self.deposed(step),
                    reuse_after_s: prepared.resource_type.reuse_after().as_secs(),
                },
                Work::Make { planned, .. } if step.kind == StepKind::Update => {
                    IntentOperation::Update { planned: planned.clone() }
                }
                Work::Make { planned, .. } => IntentOperation::Create { planned: planned.clone() },
            };
            self.write(Entry::Intended(Intent {
                address: step.address.clone(),
                resource_type: step.resource_type.clone(),
                identity: prepared.identity.clone(),
                provider: step.provider.clone(),
                provider_settings: self.settings(step),
                at_s: now.as_secs(),
                token: prepared.token.clone(),
                operation,
            }));
            self.intents.insert(node, self.state.serial);
        }
        self.busy.extend(step.exclusive.clone());
        self.started.insert(node, now);
        self.engine.tell(Event::StepStarted {
            address: step.address.clone(),
            kind: step.kind,
            identity: Some(prepared.identity.clone()),
            expected: step.usual_duration(),
        });
    }

    /// Takes in what a step brought about. Says whether the step came to an end.
    fn take_in(&mut self, node: NodeIndex, result: Result<Done, NotDone>, schedule: &mut Schedule<'a, Step>) -> bool {
        let step = &self.plan.steps[node];
        if let Some(key) = &step.exclusive {
            self.busy.remove(key);
        }
        let done = match result {
            Ok(done) => done,
            Err(NotDone::Interrupted(interrupted)) => {
                let (address, kind, elapsed) = (step.address.clone(), step.kind, self.elapsed(node));
                if !interrupted.unsure {
                    self.close_intent(node, interrupted.partial);
                }
                let waiting_for = interrupted.waiting_for;
                self.engine.tell(Event::StepInterrupted { address, kind, waiting_for, elapsed });
                return false;
            }
            Err(NotDone::Unrecorded(error)) => {
                self.unrecorded = Some(error);
                return false;
            }
            Err(NotDone::Failed(failed)) => {
                if !failed.unsure {
                    self.close_intent(node, failed.partial.clone());
                }
                self.fail(node, &failed, schedule);
                return true;
            }
        };
        let (record, live) = match done {
            Done::Made { record, live } => (Some(record), Some(live)),
            Done::Deleted => (None, None),
        };
        let identity = record.as_ref().map(|record| record.identity.clone()).or(step.identity.clone());
        if let Some(live) = live {
            self.live.insert(step.address.clone(), live);
        }
        let entry = match (self.intents.get(&node), record) {
            (Some(intent), record) => Entry::Succeeded { intent: *intent, at_s: self.engine.now_s() + 1, record },
            (None, Some(record)) => Entry::Recorded { address: step.address.clone(), record },
            (None, None) => Entry::Forgotten { address: step.address.clone() },
        };
        self.write(entry);
        self.count(step);
        let elapsed = self.elapsed(node);
        let (address, kind) = (step.address.clone(), step.kind);
        self.engine.tell(Event::StepSucceeded { address, kind, identity, elapsed });
        schedule.complete(node);
        true
    }

    fn elapsed(&self, node: NodeIndex) -> Duration {
        let now = self.engine.clock.now();
        self.started.get(&node).map(|started| now.saturating_sub(*started)).unwrap_or_default()
    }

    /// Counts resources, not steps: a replacement is done when both of its steps are.
    fn count(&mut self, step: &Step) {
        let action = self.plan.changes.get(&step.address).map(|change| change.action);
        if let Some(Action::Replace(_)) = action
            && !matches!(step.kind, StepKind::DeleteDeposed { since: Some(_) })
        {
            if !self.half_replaced.insert(step.address.clone()) {
                self.done.replace += 1;
            }
            return;
        }
        let count = match step.kind {
            StepKind::Create => &mut self.done.create,
            StepKind::Adopt => &mut self.done.adopt,
            StepKind::Update => &mut self.done.update,
            StepKind::Delete | StepKind::DeleteDeposed { .. } => &mut self.done.delete,
        };
        *count += 1;
    }

    fn close_intent(&mut self, node: NodeIndex, partial: Option<Box<Record>>) {
        if let Some(intent) = self.intents.get(&node).copied() {
            self.write(Entry::Failed { intent, partial });
        }
    }

    fn fail(&mut self, node: NodeIndex, failed: &Failed, schedule: &mut Schedule<'a, Step>) {
        let step = &self.plan.steps[node];
        let (address, kind, elapsed) = (step.address.clone(), step.kind, self.elapsed(node));
        let (error, hint) = (failed.error.clone(), failed.hint.clone());
        self.engine.tell(Event::StepFailed {
            address: address.clone(),
            kind,
            error: error.clone(),
            hint: hint.clone(),
            elapsed,
        });
        self.failed.push(StepFailure { address: address.clone(), kind, error, hint });
        for skipped in schedule.fail(node) {
            let step = &self.plan.steps[skipped];
            self.engine.tell(Event::StepSkipped {
                address: step.address.clone(),
                kind: step.kind,
                because: address.clone(),
            });
            self.skipped.push((step.address.clone(), step.kind));
        }
    }

    /// The stack's outputs, as far as they can be told now.
    fn outputs(&mut self) {
        let mut values = match (self.plan.mode, self.stack) {
            (crate::plan::Mode::Apply, Some(_)) => self.state.outputs.clone(),
            _ if self.state.resources.is_empty() => BTreeMap::new(),
            _ => self.state.outputs.clone(),
        };
        if let (crate::plan::Mode::Apply, Some(stack)) = (self.plan.mode, self.stack) {
            values.retain(|name, _| stack.outputs.contains_key(name));
            for (name, output) in &stack.outputs {
                match stack.output(output, &|address| self.live.get(address)) {
                    Ok(value) if !value.has_unknown() => {
                        values.insert(name.clone(), value.seal(&self.state.seal_key));
                    }
                    // What it was before may be the output of an object that is gone.
                    _ => {
                        values.remove(name);
                    }
                }
            }
        }
        if values != self.state.outputs {
            self.write(Entry::Outputs { values });
        }
    }

    /// Takes an entry in; [`flush`](Self::flush) hands it to the journal.
    fn write(&mut self, entry: Entry) {
        self.state.apply(&entry);
        self.batch.push(entry);
    }

    fn flush(&mut self) -> Option<Durable> {
        if !self.batch.is_empty() {
            let ticket = self.journal.append(std::mem::take(&mut self.batch));
            let future: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(durable(ticket));
            self.last = Some(future.shared());
        }
        self.last.clone()
    }

    /// Waits until everything is on disk.
    async fn settle(&mut self) {
        if let Some(last) = self.last.take()
            && let Err(error) = last.await
        {
            self.unrecorded = Some(error);
        }
    }
}

fn settings_key(provider: &str, settings: &FamilySettings) -> (String, String) {
    (provider.to_owned(), Value::Map(settings.clone()).to_string())
}
