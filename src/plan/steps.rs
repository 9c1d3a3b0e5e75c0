//! Which calls a plan makes, and which must wait for which.
//!
//! What is made comes after what it needs; what is deleted comes before what it
//! needed; an object is deleted only when whoever used it has been changed to do
//! without; and an identity is free before it is used again.

use std::collections::BTreeMap;

use petgraph::algo::has_path_connecting;
use petgraph::graph::{DiGraph, NodeIndex};

use super::planner::Given;
use super::{Action, Change, ReplaceOrder, Step, StepKind};
use crate::address::Address;
use crate::provider::{Operation, ResourceType};
use crate::state::Record;
use crate::value::Attributes;

pub(super) fn steps(
    given: &Given<'_>,
    records: &BTreeMap<Address, &Record>,
    changes: &BTreeMap<Address, Change>,
) -> DiGraph<Step, ()> {
    let orders = replace_orders(given, records, changes);
    let mut build = Build { given, records, graph: DiGraph::new(), makes: BTreeMap::new(), deletes: BTreeMap::new() };
    for (address, change) in changes {
        build.nodes(address, change, orders.get(address).copied());
    }
    build.deposed();
    build.make_edges();
    build.delete_edges();
    build.replace_edges(&orders);
    build.identity_edges();
    build.release_edges();
    build.graph
}

/// A new object can come first only if nothing that is in its way must go first.
fn replace_orders(
    given: &Given<'_>,
    records: &BTreeMap<Address, &Record>,
    changes: &BTreeMap<Address, Change>,
) -> BTreeMap<Address, ReplaceOrder> {
    let mut orders: BTreeMap<Address, ReplaceOrder> = changes
        .iter()
        .filter_map(|(address, change)| match change.action {
            Action::Replace(order) => Some((address.clone(), order)),
            _ => None,
        })
        .collect();
    for (address, order) in &mut orders {
        let change = &changes[address];
        let taken = records.iter().any(|(other, record)| {
            other != address
                && record.resource_type == change.resource_type
                && Some(&record.identity) == change.identity.as_ref()
        });
        if taken {
            *order = ReplaceOrder::DeleteFirst;
        }
    }
    let Some(stack) = given.stack else { return orders };
    // The old object of a dependent goes before the old object of what it depends on, so if that one
    // goes before anything is made, so does this one.
    loop {
        let late: Vec<_> = orders
            .iter()
            .filter(|(_, order)| **order == ReplaceOrder::CreateFirst)
            .filter(|(address, _)| {
                let dependencies = stack.resources.get(address).map(|resource| &resource.dependencies);
                dependencies.into_iter().flatten().any(|on| orders.get(on) == Some(&ReplaceOrder::DeleteFirst))
            })
            .map(|(address, _)| address.clone())
            .collect();
        if late.is_empty() {
            return orders;
        }
        for address in late {
            orders.insert(address, ReplaceOrder::DeleteFirst);
        }
    }
}

struct Build<'a> {
    given: &'a Given<'a>,
    records: &'a BTreeMap<Address, &'a Record>,
    graph: DiGraph<Step, ()>,
    /// The step that brings an address to what is wanted.
    makes: BTreeMap<Address, NodeIndex>,
    /// The step that deletes the object that was recorded at an address.
    deletes: BTreeMap<Address, NodeIndex>,
}

impl Build<'_> {
    fn nodes(&mut self, address: &Address, change: &Change, order: Option<ReplaceOrder>) {
        match change.action {
            Action::NoOp | Action::Forget => {}
            Action::Create => self.make(change, StepKind::Create),
            Action::Adopt => self.make(change, StepKind::Adopt),
            Action::Update => self.make(change, StepKind::Update),
            Action::Delete => self.delete(address, StepKind::Delete),
            Action::Replace(_) => {
                self.make(change, StepKind::Create);
                self.delete(
                    address,
                    match order {
                        Some(ReplaceOrder::CreateFirst) => StepKind::DeleteDeposed { since: None },
                        _ => StepKind::Delete,
                    },
                );
            }
        }
    }

    fn make(&mut self, change: &Change, kind: StepKind) {
        let Some((stack, resource)) =
            self.given.stack.and_then(|stack| Some((stack, stack.resources.get(&change.address)?)))
        else {
            return;
        };
        let resource_type = &*resource.resource_type;
        let timeouts = &resource.lifecycle.timeouts;
        let (operation, timeout) = match kind {
            StepKind::Create => (Operation::Create, timeouts.create),
            _ => (Operation::Update, timeouts.update),
        };
        let identity = change.identity.as_deref();
        let step = Step {
            address: change.address.clone(),
            kind,
            resource_type: change.resource_type.clone(),
            identity: change.identity.clone(),
            provider: resource.provider.clone(),
            provider_settings: stack.providers.get(&resource.provider).cloned().unwrap_or_default(),
            expected: resource_type.expected(operation),
            timeout: timeout.unwrap_or(resource_type.timeout(operation)),
            exclusive: change.after.as_ref().and_then(|after| resource_type.exclusive(after)),
            reuse_after: std::time::Duration::ZERO,
            not_before_s: identity
                .filter(|_| kind == StepKind::Create)
                .and_then(|identity| self.given.state.reusable_from(&change.resource_type, identity))
                .filter(|until| *until > self.given.now_s),
        };
        let node = self.graph.add_node(step);
        self.makes.insert(change.address.clone(), node);
    }

    fn delete(&mut self, address: &Address, kind: StepKind) {
        let Some(record) = self.records.get(address) else { return };
        let Some(resource_type) = self.given.registry.resource_type(&record.resource_type) else { return };
        let step = delete_step(address, kind, record, &**resource_type);
        let node = self.graph.add_node(step);
        self.deletes.insert(address.clone(), node);
    }

    /// Objects that an earlier run set aside and did not get to delete.
    fn deposed(&mut self) {
        for ((address, since), record) in &self.given.state.deposed {
            let Some(resource_type) = self.given.registry.resource_type(&record.resource_type) else { continue };
            let kind = StepKind::DeleteDeposed { since: Some(*since) };
            let deposed = self.graph.add_node(delete_step(address, kind, record, &**resource_type));
            // Whoever used it may be waiting for the update that lets it go.
            for dependent in self.dependents_of(address) {
                if let Some(make) = self.makes.get(&dependent) {
                    self.graph.add_edge(*make, deposed, ());
                }
            }
        }
    }

    fn dependents_of(&self, address: &Address) -> Vec<Address> {
        let resources = self.given.stack.iter().flat_map(|stack| stack.resources.values());
        resources
            .filter(|resource| resource.dependencies.contains(address))
            .map(|resource| resource.address.clone())
            .collect()
    }

    /// What is made waits for what it needs.
    fn make_edges(&mut self) {
        let Some(stack) = self.given.stack else { return };
        for (address, make) in &self.makes {
            let dependencies = stack.resources.get(address).map(|resource| &resource.dependencies);
            for dependency in dependencies.into_iter().flatten() {
                if let Some(before) = self.makes.get(dependency) {
                    self.graph.add_edge(*before, *make, ());
                }
            }
        }
    }

    /// What is deleted goes before what it needed.
    fn delete_edges(&mut self) {
        for (address, delete) in &self.deletes {
            for dependency in &self.records[address].dependencies {
                if let Some(after) = self.deletes.get(dependency) {
                    self.graph.add_edge(*delete, *after, ());
                }
            }
        }
    }

    fn replace_edges(&mut self, orders: &BTreeMap<Address, ReplaceOrder>) {
        for (address, order) in orders {
            let (Some(make), Some(delete)) = (self.makes.get(address), self.deletes.get(address)) else { continue };
            match order {
                ReplaceOrder::DeleteFirst => self.graph.add_edge(*delete, *make, ()),
                ReplaceOrder::CreateFirst => self.graph.add_edge(*make, *delete, ()),
            };
        }
    }

    /// An identity is free before it is used again, and for as long as the service wants.
    fn identity_edges(&mut self) {
        let freed: BTreeMap<(String, Option<String>), NodeIndex> = self
            .deletes
            .values()
            .map(|node| ((self.graph[*node].resource_type.clone(), self.graph[*node].identity.clone()), *node))
            .collect();
        for make in self.makes.values() {
            let step = &self.graph[*make];
            if step.kind != StepKind::Create || step.identity.is_none() {
                continue;
            }
            let key = (step.resource_type.clone(), step.identity.clone());
            let Some(delete) = freed.get(&key) else { continue };
            if let Some(resource_type) = self.given.registry.resource_type(&key.0) {
                self.graph[*make].reuse_after = resource_type.reuse_after();
            }
            if !self.graph.contains_edge(*delete, *make) {
                self.graph.add_edge(*delete, *make, ());
            }
        }
    }

    /// An object goes only when whoever used it has been changed to do without. Where that would make
    /// a circle, because its user waits for what takes its identity, it cannot be had.
    fn release_edges(&mut self) {
        for (user, record) in self.records {
            let Some(make) = self.makes.get(user).copied() else { continue };
            if self.deletes.contains_key(user) && self.graph[make].kind == StepKind::Create {
                continue;
            }
            for dependency in &record.dependencies {
                let Some(delete) = self.deletes.get(dependency).copied() else { continue };
                if !has_path_connecting(&self.graph, delete, make, None) {
                    self.graph.add_edge(make, delete, ());
                }
            }
        }
    }
}

fn delete_step(address: &Address, kind: StepKind, record: &Record, resource_type: &dyn ResourceType) -> Step {
    let timeout = record.delete_timeout_s.map(std::time::Duration::from_secs);
    let attributes: &Attributes = &record.attributes;
    Step {
        address: address.clone(),
        kind,
        resource_type: record.resource_type.clone(),
        identity: Some(record.identity.clone()),
        provider: record.provider.clone(),
        provider_settings: record.provider_settings.clone(),
        expected: resource_type.expected(Operation::Delete),
        timeout: timeout.unwrap_or(resource_type.timeout(Operation::Delete)),
        exclusive: resource_type.exclusive(attributes),
        reuse_after: std::time::Duration::ZERO,
        not_before_s: None,
    }
}
