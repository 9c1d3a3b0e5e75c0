//! Carries out a plan. One loop owns the state: steps run at the same time, and
//! what they bring about is taken in one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{FutureExt as _, Shared};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use petgraph::graph::NodeIndex;

use super::step::{Done, Failed, Prepared, Work, recordable, resolve};
use super::stop::{Stop, StopLevel};
use super::{Engine, Event, Phase, durable};
use crate::address::Address;
use crate::graph::Schedule;
use crate::plan::{Action, Plan, Step, StepKind, Summary, seal_all};
use crate::provider::Owner;
use crate::stack::{Resource, Stack};
use crate::state::{Entry, Intent, IntentOperation, Record, State, Status, StoreError};
use crate::store::Journal;
use crate::value::Attributes;

/// A step that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct StepFailure {
    pub address: Address,
    pub kind: StepKind,
    pub error: String,
    pub hint: Option<String>,
}

/// What became of a plan.
pub struct Applied {
    pub state: State,
    pub done: Summary,
    pub failed: Vec<StepFailure>,
    pub skipped: Vec<(Address, StepKind)>,
    /// Steps that were never reached, because the run was asked to stop.
    pub not_started: usize,
    pub stopped: StopLevel,
    /// Something was done that could not be written down.
    pub unrecorded: Option<Arc<StoreError>>,
    /// Attributes of all resources, for outputs; secrets in the open.
    pub(crate) live: BTreeMap<Address, Attributes>,
}

impl Applied {
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty() && self.not_started == 0 && self.unrecorded.is_none()
    }

    /// Attributes of a resource as they are now, for expressions.
    pub fn known(&self, address: &Address) -> Option<&Attributes> {
        self.live.get(address)
    }
}

type Durable = Shared<Pin<Box<dyn Future<Output = Result<(), Arc<StoreError>>> + Send>>>;
type Running<'a> = Pin<Box<dyn Future<Output = (NodeIndex, Result<Done, Failed>)> + Send + 'a>>;

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
        self.observer.observe(Event::PhaseStarted { phase: Phase::Apply, total: plan.steps.node_count() });
        let mut run = Run {
            engine: self,
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
            half_replaced: BTreeMap::new(),
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
        self.observer.observe(Event::PhaseFinished { phase: Phase::Apply });
        self.observer.observe(Event::Applied {
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

struct Run<'a> {
    engine: &'a Engine,
    plan: &'a Plan,
    stack: Option<&'a Stack>,
    state: State,
    journal: &'a Journal,
    stop: &'a Stop,
    live: BTreeMap<Address, Attributes>,
    /// Entries that are taken in and not yet handed to the journal.
    batch: Vec<Entry>,
    /// Tells when everything handed over so far is on disk.
    last: Option<Durable>,
    intents: BTreeMap<NodeIndex, u64>,
    started: BTreeMap<NodeIndex, Duration>,
    /// Keys of running steps that exclude others.
    busy: BTreeSet<String>,
    /// Replacements of which one of two steps is done.
    half_replaced: BTreeMap<Address, ()>,
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
            let Some(first) = self.next(&mut running).await else { return finished };
            let mut ended = vec![first];
            while let Some(Some(more)) = running.next().now_or_never() {
                ended.push(more);
            }
            for (node, result) in ended {
                finished += usize::from(self.take_in(node, result, &mut schedule));
            }
            if !told && self.stop.level() != StopLevel::None {
                told = true;
                self.engine.observer.observe(Event::Stopping { running: running.len() });
            }
        }
    }

    /// The next step to end, or none when all have, or when they are not to be waited for.
    async fn next(&mut self, running: &mut FuturesUnordered<Running<'a>>) -> Option<(NodeIndex, Result<Done, Failed>)> {
        tokio::select! {
            biased;
            () = self.stop.reached(StopLevel::Now) => None,
            ended = running.next() => ended,
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
                if let (true, Some(ticket)) = (needs_intent, ticket)
                    && let Err(error) = ticket.await
                {
                    return (node, Err(unrecorded(&error)));
                }
                (node, engine.run_step(&prepared, stop).await)
            }));
        }
        ended
    }

    /// Resolves everything a step needs.
    fn prepare(&self, node: NodeIndex) -> Result<Prepared<'a>, Failed> {
        let plan = self.plan;
        let step = &plan.steps[node];
        let known_type = self.engine.registry.resource_type(&step.resource_type);
        let Some(resource_type) = known_type else {
            let error = format!("this build has no type `{}`", step.resource_type);
            return Err(Failed { error, hint: None, partial: None, interrupted: false });
        };
        let owner = Owner { stack: plan.stack.clone(), address: step.address.clone() };
        let key = self.state.seal_key.clone();
        let (work, recorded, identity) = match step.kind {
            StepKind::Delete | StepKind::DeleteDeposed { .. } => {
                let record = self.record_to_delete(step);
                let adopted = record.is_some_and(|record| record.adopted);
                let recorded = record.map(|record| record.attributes.clone()).unwrap_or_default();
                (Work::Delete { adopted }, recorded, step.identity.clone().unwrap_or_default())
            }
            StepKind::Create | StepKind::Adopt | StepKind::Update => self.prepare_make(step)?,
        };
        let blocked = match step.kind {
            StepKind::Create => self.state.reusable_from(&step.resource_type, &identity).map(Duration::from_secs),
            _ => None,
        };
        Ok(Prepared {
            step,
            resource_type: Arc::clone(resource_type),
            owner,
            identity,
            token: self.engine.token(),
            key,
            recorded,
            work,
            not_before: blocked,
        })
    }

    fn prepare_make(&self, step: &'a Step) -> Result<(Work, Attributes, String), Failed> {
        let plan = self.plan;
        let lost = || Failed {
            error: "it is not in the stack that was planned".to_owned(),
            hint: None,
            partial: None,
            interrupted: false,
        };
        let (stack, change) = self.stack.zip(plan.changes.get(&step.address)).ok_or_else(lost)?;
        let resource = stack.resources.get(&step.address).ok_or_else(lost)?;
        let desired = stack
            .desired(resource, &|address| self.live.get(address))
            .map_err(|problems| Failed::from_problems(&problems))?;
        let desired = resolve(resource, change, step, desired, &self.state.seal_key)?;
        let old = self.state.resources.get(&step.address).filter(|_| step.kind == StepKind::Update);
        let recorded = old.map(|record| record.attributes.clone()).unwrap_or_default();
        let identity = match (old, resource.resource_type.is_identified_by_address()) {
            (Some(record), _) => record.identity.clone(),
            (None, true) => step.address.to_string(),
            (None, false) => resource.resource_type.identity(&desired).unwrap_or_default(),
        };
        let planned = self.planned_record(step, resource, old, &identity, &desired);
        let work = Work::Make { desired, planned: Box::new(planned), adopt: resource.lifecycle.adopt };
        Ok((work, recorded, identity))
    }

    fn planned_record(
        &self,
        step: &Step,
        resource: &Resource,
        old: Option<&Record>,
        identity: &str,
        desired: &Attributes,
    ) -> Record {
        Record {
            resource_type: step.resource_type.clone(),
            identity: identity.to_owned(),
            provider: step.provider.clone(),
            provider_settings: step.provider_settings.clone(),
            status: Status::Ready,
            attributes: recordable(seal_all(desired.clone(), &self.state.seal_key)),
            dependencies: resource.dependencies.iter().cloned().collect(),
            adopted: old.is_some_and(|record| record.adopted),
            protect: resource.lifecycle.protect,
            retain: resource.lifecycle.retain,
            delete_timeout_s: resource.lifecycle.timeouts.delete.map(|timeout| timeout.as_secs()),
        }
    }

    /// The object a deletion is about: the one at its address, or one set aside.
    fn record_to_delete(&self, step: &Step) -> Option<&Record> {
        match step.kind {
            StepKind::DeleteDeposed { .. } => {
                self.deposed(step).map(|serial| &self.state.deposed[&(step.address.clone(), serial)])
            }
            _ => self.state.resources.get(&step.address),
        }
    }

    fn deposed(&self, step: &Step) -> Option<u64> {
        let StepKind::DeleteDeposed { since } = step.kind else { return None };
        let at_address = self.state.deposed.iter().filter(|((address, _), _)| *address == step.address);
        at_address
            .filter(|((_, serial), _)| since.is_none_or(|since| since == *serial))
            .filter(|(_, record)| Some(&record.identity) == step.identity.as_ref())
            .map(|((_, serial), _)| *serial)
            .next_back()
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
                provider_settings: step.provider_settings.clone(),
                at_s: now.as_secs(),
                token: prepared.token.clone(),
                operation,
            }));
            self.intents.insert(node, self.state.serial);
        }
        self.busy.extend(step.exclusive.clone());
        self.started.insert(node, now);
        self.engine.observer.observe(Event::StepStarted {
            address: step.address.clone(),
            kind: step.kind,
            identity: Some(prepared.identity.clone()),
            expected: step.usual_duration(),
        });
    }

    /// Takes in what a step brought about. Says whether the step came to an end.
    fn take_in(&mut self, node: NodeIndex, result: Result<Done, Failed>, schedule: &mut Schedule<'a, Step>) -> bool {
        let step = &self.plan.steps[node];
        if let Some(key) = &step.exclusive {
            self.busy.remove(key);
        }
        let done = match result {
            Ok(done) => done,
            Err(failed) if failed.interrupted => {
                self.close_intent(node, None);
                return false;
            }
            Err(failed) => {
                self.close_intent(node, failed.partial.clone());
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
        self.engine.observer.observe(Event::StepSucceeded { address, kind, identity, elapsed });
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
            if self.half_replaced.insert(step.address.clone(), ()).is_some() {
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
        self.engine.observer.observe(Event::StepFailed {
            address: address.clone(),
            kind,
            error: error.clone(),
            hint: hint.clone(),
            elapsed,
        });
        self.failed.push(StepFailure { address: address.clone(), kind, error, hint });
        for skipped in schedule.fail(node) {
            let step = &self.plan.steps[skipped];
            self.engine.observer.observe(Event::StepSkipped {
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
                    _ => {}
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

fn unrecorded(error: &StoreError) -> Failed {
    Failed {
        error: format!("not started, since it could not be written down: {error}"),
        hint: error.hint(),
        partial: None,
        interrupted: false,
    }
}
