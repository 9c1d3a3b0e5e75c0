//! Gives a step everything it needs: attributes resolved, the record it will leave, the object it is about.

use std::sync::Arc;
use std::time::Duration;

use petgraph::graph::NodeIndex;

use super::apply::Run;
use super::ended::Failed;
use super::step::{Prepared, Work, recordable, resolve};
use crate::plan::{Step, StepKind, seal_all};
use crate::provider::Owner;
use crate::stack::Resource;
use crate::state::{Record, Status};
use crate::value::Attributes;

impl<'a> Run<'a> {
    /// Resolves everything a step needs.
    pub(super) fn prepare(&self, node: NodeIndex) -> Result<Prepared<'a>, Failed> {
        let plan = self.plan;
        let step = &plan.steps[node];
        let known_type = self.engine.registry.resource_type(&step.resource_type);
        let Some(resource_type) = known_type else {
            let error = format!("this build has no type `{}`", step.resource_type);
            return Err(Failed { error, hint: None, partial: None, unsure: false });
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
            interrupt: self.stop.interrupt(),
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
            unsure: false,
        };
        let (stack, change) = self.stack.zip(plan.changes.get(&step.address)).ok_or_else(lost)?;
        let resource = stack.resources.get(&step.address).ok_or_else(lost)?;
        let desired = stack
            .desired(resource, &|address| self.live.get(address))
            .map_err(|problems| Failed::from_problems(&problems))?;
        let desired = resolve(resource, change, step, desired, &self.state.seal_key)?;
        let old = self.state.resources.get(&step.address).filter(|_| step.kind == StepKind::Update);
        let recorded = match old {
            Some(record) => record.attributes.clone(),
            None => resource.resource_type.whereabouts(&desired),
        };
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
            provider_settings: self.settings(step),
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

    pub(super) fn deposed(&self, step: &Step) -> Option<u64> {
        let StepKind::DeleteDeposed { since } = step.kind else { return None };
        let at_address = self.state.deposed.iter().filter(|((address, _), _)| *address == step.address);
        at_address
            .filter(|((_, serial), _)| since.is_none_or(|since| since == *serial))
            .filter(|(_, record)| Some(&record.identity) == step.identity.as_ref())
            .map(|((_, serial), _)| *serial)
            .next_back()
    }
}
