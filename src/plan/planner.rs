//! From what is wanted, recorded and observed to a plan.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{Subject, protected};
use super::moves::Moves;
use super::{Action, Change, Drift, DriftKind, Mode, Observation, OutputChange, Plan, Reason, Request, drift, steps};
use crate::address::Address;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::graph::Dependencies;
use crate::provider::{OnChange, Ownership, Registry};
use crate::stack::{Resource, Stack};
use crate::state::{Entry, Record, State, Status};
use crate::value::{Attributes, Value};

/// Everything a plan is made from.
pub struct Given<'a> {
    /// None when there is only a state to destroy.
    pub stack: Option<&'a Stack>,
    pub state: &'a State,
    pub observations: &'a BTreeMap<Address, Observation>,
    pub registry: &'a Registry,
    pub mode: Mode,
    pub request: &'a Request,
    /// In seconds since 1970: tells which deleted names are still blocked.
    pub now_s: u64,
}

/// Makes the plan. The same input always gives the same plan.
///
/// # Errors
/// Everything that stands in the way, all at once.
pub fn plan(given: &Given<'_>) -> Result<Plan, Diagnostics> {
    let moves = Moves::find(given);
    let records = moves.records(given.state);
    let empty = BTreeMap::new();
    let resources = match (given.mode, given.stack) {
        (Mode::Apply, Some(stack)) => &stack.resources,
        _ => &empty,
    };
    let wanted = Dependencies::new(resources.values().map(|resource| (&resource.address, &resource.dependencies)));
    let order = wanted.order().map_err(|cycles| cycle_problems(given, resources, &cycles))?;
    let scope = scope(given, &wanted, &records)?;
    let mut work = Work {
        given,
        records: &records,
        moves: &moves,
        changes: BTreeMap::new(),
        planned: BTreeMap::new(),
        problems: Diagnostics::default(),
        bookkeeping: moves.entries(),
        left_out: Vec::new(),
        scope: &scope,
    };
    for address in &order {
        work.resource(&resources[address], scope.contains(address));
    }
    for (address, record) in &records {
        if !resources.contains_key(address) {
            work.leftover(address, record, scope.contains(address));
        }
    }
    work.same_objects();
    let outputs = work.outputs();
    let Work { changes, planned, problems, bookkeeping, left_out, .. } = work;
    if problems.has_errors() {
        return Err(problems.sorted());
    }
    let steps = steps::steps(given, &records, &changes);
    Ok(Plan {
        stack: given.state.stack.clone(),
        mode: given.mode,
        lineage: given.state.lineage.clone(),
        serial: given.state.serial,
        drift: drifted(given, &moves, &changes),
        changes,
        outputs,
        steps,
        bookkeeping,
        left_out,
        warnings: problems.sorted(),
        planned,
    })
}

/// Drift of the resources that are looked at, under their new addresses.
fn drifted(given: &Given<'_>, moves: &Moves, changes: &BTreeMap<Address, Change>) -> Vec<Drift> {
    drift::drift(given.state, given.observations, given.registry)
        .into_iter()
        .map(|drift| Drift { address: moves.new_address(&drift.address).clone(), ..drift })
        .filter(|drift| changes.contains_key(&drift.address) || matches!(drift.kind, DriftKind::Gone))
        .collect()
}

/// The circles, and what else is wrong that does not need an order to be found.
fn cycle_problems(given: &Given<'_>, resources: &BTreeMap<Address, Resource>, cycles: &[Vec<Address>]) -> Diagnostics {
    let mut problems = Diagnostics::default();
    for (stack, resource) in given.stack.iter().flat_map(|stack| resources.values().map(move |found| (stack, found))) {
        problems.extend(stack.judged(resource, &|_| None).1);
    }
    for cycle in cycles {
        let path: Vec<_> = cycle.iter().map(ToString::to_string).collect();
        let mut problem = Diagnostic::error("stack/cycle", "Things depend on each other", path.join(" → "));
        problem.help = Some("break the circle at one of them, for instance by a name in place of a reference".into());
        let resource = given.stack.and_then(|stack| Some((stack, stack.resources.get(&cycle[0])?)));
        problems.push(match resource {
            Some((stack, resource)) => problem.at(&stack.range_of(resource)),
            None => problem,
        });
    }
    problems.sorted()
}

/// What `--target` and `--exclude` leave, over the stack and what only the state knows.
fn scope(
    given: &Given<'_>,
    wanted: &Dependencies,
    records: &BTreeMap<Address, &Record>,
) -> Result<BTreeSet<Address>, Diagnostics> {
    let recorded: BTreeMap<_, BTreeSet<_>> = records
        .iter()
        .map(|(address, record)| (address.clone(), record.dependencies.iter().cloned().collect()))
        .collect();
    let recorded_graph = Dependencies::new(recorded.iter());
    let known: BTreeSet<_> = wanted.addresses().chain(records.keys()).cloned().collect();
    let graph = if given.mode == Mode::Destroy { &recorded_graph } else { wanted };
    let mut scope = given.request.scope(given.mode, graph, &known).map_err(|problems| {
        let mut all = Diagnostics::default();
        all.extend(problems);
        all
    })?;
    // A leftover is in the graph of the state only, and named by itself.
    for address in given.request.target.iter().filter(|address| records.contains_key(address)) {
        scope.insert(address.clone());
    }
    for address in &given.request.exclude {
        scope.remove(address);
    }
    Ok(scope)
}

struct Work<'a> {
    given: &'a Given<'a>,
    records: &'a BTreeMap<Address, &'a Record>,
    moves: &'a Moves,
    changes: BTreeMap<Address, Change>,
    /// Attributes as they will be, for expressions.
    planned: BTreeMap<Address, Attributes>,
    problems: Diagnostics,
    bookkeeping: Vec<Entry>,
    left_out: Vec<Address>,
    scope: &'a BTreeSet<Address>,
}

impl Work<'_> {
    fn resource(&mut self, resource: &Resource, in_scope: bool) {
        let address = &resource.address;
        let record = self.records.get(address).copied();
        if !in_scope {
            self.left_out.push(address.clone());
            if let Some(record) = record {
                self.planned.insert(address.clone(), record.attributes.clone());
            }
            return;
        }
        let Some(stack) = self.given.stack else { return };
        let (desired, problems) = stack.judged(resource, &|address| self.planned.get(address));
        self.problems.extend(problems);
        let Some(desired) = desired else { return };
        let moved_from = self.moves.old_address(address);
        let settings = self.settings(&resource.provider);
        let subject = Subject {
            resource,
            record,
            moved_from,
            observation: self.given.observations.get(moved_from.unwrap_or(address)),
            settings: &settings,
            requested: self.given.request.replaces(address),
            key: &self.given.state.seal_key,
        };
        match subject.compare(desired) {
            Ok(compared) => {
                if let Some(record) = record {
                    self.keep_books(resource, record, &compared.change);
                }
                self.planned.insert(address.clone(), compared.planned);
                self.changes.insert(address.clone(), compared.change);
            }
            Err(problem) => self.problems.push(problem.at(&stack.range_of(resource))),
        }
    }

    /// What is known better than it is recorded, though no call is needed.
    fn keep_books(&mut self, resource: &Resource, record: &Record, change: &Change) {
        if change.action != Action::NoOp {
            return;
        }
        let mut better = refreshed_record(resource, record, change);
        better.provider_settings = self.settings(&resource.provider);
        // Where the object is was decided when it was made, by the surroundings if not by the stack.
        let family = resource.provider.split('.').next().and_then(|name| self.given.registry.family(name));
        for field in family.iter().flat_map(|family| family.settings()) {
            if let (OnChange::Replace, Some(value)) = (field.on_change, record.provider_settings.get(field.name)) {
                better.provider_settings.entry(field.name.to_owned()).or_insert(value.clone());
            }
        }
        if better != *record {
            self.bookkeeping.push(Entry::Recorded { address: resource.address.clone(), record: Box::new(better) });
        }
    }

    fn settings(&self, provider: &str) -> Attributes {
        self.given.stack.and_then(|stack| stack.providers.get(provider)).cloned().unwrap_or_default()
    }

    /// A resource of the state that the stack does not want.
    fn leftover(&mut self, address: &Address, record: &Record, in_scope: bool) {
        if !in_scope {
            return self.left_out.push(address.clone());
        }
        if self.given.registry.resource_type(&record.resource_type).is_none() {
            let detail = format!("`{address}` is a `{}`, which this build does not know", record.resource_type);
            let problem = Diagnostic::error("plan/unknown-type", "A resource of an unknown type", detail);
            return self.problems.push(problem.help("use a build with that type, such as the default one"));
        }
        let destroy = self.given.mode == Mode::Destroy;
        // The stack may have changed its mind since the object was recorded.
        let lifecycle = self.given.stack.and_then(|stack| stack.resources.get(address)).map(|found| &found.lifecycle);
        let (protect, retain) = match lifecycle {
            Some(lifecycle) => (lifecycle.protect, lifecycle.retain),
            None => (record.protect, record.retain),
        };
        let observation = self.given.observations.get(self.moves.old_address(address).unwrap_or(address));
        let usual = if destroy { Reason::Destroy } else { Reason::NotInStack };
        let (action, reason) = match observation {
            Some(Observation::Gone) => (Action::Forget, Reason::Gone),
            _ if retain => (Action::Forget, Reason::Retained),
            _ if self.goes_with_another(record) => (Action::Forget, Reason::GoesWithCluster),
            _ => (Action::Delete, usual),
        };
        if action == Action::Delete && protect {
            return self.problems.push(protected(address, "deleted"));
        }
        if let (Action::Delete, Some(Observation::Present(observed))) = (action, observation) {
            let not_ours = match observed.ownership {
                Ownership::Ours | Ownership::SameStack => None,
                Ownership::Unmarked if record.adopted => None,
                Ownership::Unmarked => Some("carries no mark that it is ours".to_owned()),
                Ownership::Foreign => observed.marks.as_ref().map(|marks| format!("is marked as made by {marks}")),
            };
            if let Some(why) = not_ours {
                return self.problems.push(not_ours_problem(address, &why));
            }
        }
        if action == Action::Forget {
            self.bookkeeping.push(Entry::Forgotten { address: address.clone() });
        }
        let change = Change {
            address: address.clone(),
            resource_type: record.resource_type.clone(),
            identity: Some(record.identity.clone()),
            action,
            reason,
            differences: Vec::new(),
            replace_because: Vec::new(),
            before: Some(record.attributes.clone()),
            after: None,
            moved_from: None,
            brief: Attributes::new(),
            note: None,
        };
        self.changes.insert(address.clone(), change);
    }

    /// Whether the cluster it is in is deleted too, and takes it along.
    fn goes_with_another(&self, record: &Record) -> bool {
        let resource_type = self.given.registry.resource_type(&record.resource_type);
        let said = self.given.stack.and_then(|stack| stack.providers.get(&record.provider));
        let settings = said.unwrap_or(&record.provider_settings);
        let cluster = resource_type.and_then(|found| found.goes_with(&record.attributes, settings));
        let Some(cluster) = cluster else { return false };
        let goes = |address: &Address| {
            let wanted = self.given.stack.is_some_and(|stack| stack.resources.contains_key(address));
            let gone = self.given.observations.get(address) == Some(&Observation::Gone);
            (self.given.mode == Mode::Destroy || !wanted) && !gone && self.scope.contains(address)
        };
        self.records.iter().any(|(address, maker)| {
            maker.attributes.get("connection") == Some(cluster) && !maker.retain && !maker.protect && goes(address)
        })
    }

    /// Two resources that would make the same object, and objects that only changed their address.
    fn same_objects(&mut self) {
        let Some(stack) = self.given.stack.filter(|_| self.given.mode == Mode::Apply) else { return };
        let mut seen: BTreeMap<(String, &str, String), Address> = BTreeMap::new();
        for change in self.changes.values().filter(|change| change.after.is_some()) {
            let (Some(resource), Some(identity)) = (stack.resources.get(&change.address), &change.identity) else {
                continue;
            };
            let settings = Value::Map(self.settings(&resource.provider)).to_string();
            let key = (settings, resource.resource_type.name(), identity.clone());
            if let Some(other) = seen.insert(key, change.address.clone()) {
                let detail = format!("`{other}` and `{}` are both `{identity}`", change.address);
                let problem = Diagnostic::error("plan/same-object", "Two resources are one object", detail);
                self.problems.push(problem.at(&stack.range_of(resource)).help("give one of them another name"));
            }
        }
        let deleted: BTreeMap<_, _> = self
            .changes
            .values()
            .filter(|change| change.action == Action::Delete)
            .map(|change| ((change.resource_type.as_str(), &change.identity), &change.address))
            .collect();
        for created in self.changes.values().filter(|change| change.action == Action::Create) {
            if let Some(twin) = deleted.get(&(created.resource_type.as_str(), &created.identity)) {
                let detail = format!("`{twin}` is deleted, and then made again as `{}`", created.address);
                let problem =
                    Diagnostic::warning("plan/renamed", "An object is made again under a new address", detail);
                let help = format!("to keep the object, add `moved_from: [{twin}]` to `{}`", created.address);
                self.problems.push(problem.help(help));
            }
        }
    }

    fn outputs(&mut self) -> Vec<OutputChange> {
        // They go with the last resource.
        if self.given.mode == Mode::Destroy && !self.left_out.is_empty() {
            return Vec::new();
        }
        let recorded = &self.given.state.outputs;
        let mut wanted = BTreeMap::new();
        if let (Mode::Apply, Some(stack)) = (self.given.mode, self.given.stack) {
            for check in &stack.checks {
                if let Err(problem) = stack.check(check, &|address| self.planned.get(address)) {
                    self.problems.push(*problem);
                }
            }
            for (name, output) in &stack.outputs {
                match stack.output(output, &|address| self.planned.get(address)) {
                    Ok(value) => {
                        wanted.insert(name, value.seal(&self.given.state.seal_key));
                    }
                    Err(problem) => self.problems.push(*problem),
                }
            }
        }
        let names: BTreeSet<_> = recorded.keys().chain(wanted.keys().copied()).collect();
        let changes = names.into_iter().map(|name| OutputChange {
            name: name.clone(),
            before: recorded.get(name).cloned(),
            after: wanted.get(name).cloned(),
        });
        let changed = |change: &OutputChange| {
            change.before != change.after || change.after.as_ref().is_some_and(Value::has_unknown)
        };
        // What was left out cannot be told from what is unknown, so it does not count as a change.
        let left_out = !self.left_out.is_empty();
        changes
            .filter(changed)
            .filter(|change| !(left_out && change.after.as_ref().is_some_and(Value::has_unknown)))
            .collect()
    }
}

fn not_ours_problem(address: &Address, why: &str) -> Diagnostic {
    let detail = format!("`{address}` would be deleted, but the object {why}");
    let help = "apply the stack first to mark it as ours, or forget it with `tidegate state rm`";
    Diagnostic::error("plan/not-ours", "An object belongs to someone else", detail).help(help)
}

/// The record as it would be written now, from what was observed and what the stack says.
fn refreshed_record(resource: &Resource, record: &Record, change: &Change) -> Record {
    let mut better = record.clone();
    better.status = Status::Ready;
    better.provider.clone_from(&resource.provider);
    better.dependencies = resource.dependencies.iter().cloned().collect();
    better.protect = resource.lifecycle.protect;
    better.retain = resource.lifecycle.retain;
    better.delete_timeout_s = resource.lifecycle.timeouts.delete.map(|timeout| timeout.as_secs());
    if let (Some(before), Some(after)) = (&change.before, &change.after) {
        let schema = resource.resource_type.schema();
        for (name, value) in before {
            // A document's spelling stays as the stack has it; its meaning is the same.
            let spelled = after.get(name).filter(|_| schema.field(name).is_some());
            better.attributes.insert(name.clone(), spelled.unwrap_or(value).clone());
        }
    }
    better
}
