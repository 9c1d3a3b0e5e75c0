//! Asks those who would make a plan's changes whether they would, without making any.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};

use super::Engine;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::{Action, Change, Plan};
use crate::provider::{Interrupt, Owner, Target};
use crate::stack::{Resource, Stack};
use crate::state::State;
use crate::value::{Attributes, Value};

/// A rehearsal that takes longer tells nothing.
const PATIENCE: Duration = Duration::from_secs(30);

impl Engine {
    /// What would be refused of the changes that are known in full. What cannot be asked is not told of.
    pub async fn rehearse(&self, plan: &Plan, stack: &Stack, state: &State) -> Diagnostics {
        let changes: Vec<_> = plan.changes.values().collect();
        let asked: Vec<_> = changes.iter().map(|change| self.rehearse_one(plan, change, stack, state)).collect();
        let told: Vec<_> = stream::iter(asked).buffered(self.parallelism).collect().await;
        let mut refused = Diagnostics::default();
        refused.extend(told.into_iter().flatten());
        refused
    }

    async fn rehearse_one(&self, plan: &Plan, change: &Change, stack: &Stack, state: &State) -> Option<Diagnostic> {
        if !matches!(change.action, Action::Create | Action::Update | Action::Adopt) {
            return None;
        }
        let resource = stack.resources.get(&change.address).filter(|resource| resource.resource_type.calls_out())?;
        let settings = stack.providers.get(&resource.provider).cloned().unwrap_or_default();
        let door = self.doors.get(&resource.provider, &settings).await.ok().filter(|door| door.rehearses())?;
        let desired = known(resource, stack, plan)?;
        let identity = change.identity.clone().or_else(|| resource.resource_type.identity(&desired));
        let recorded = match state.resources.get(&change.address) {
            Some(record) => record.attributes.clone(),
            None => resource.resource_type.whereabouts(&desired),
        };
        let owner = Owner { stack: state.stack.clone(), address: change.address.clone() };
        let target = Target {
            resource_type: &change.resource_type,
            identity: identity.as_deref().unwrap_or_default(),
            owner: &owner,
            recorded: &recorded,
            progress: &(),
            interrupt: &Interrupt::NEVER,
            timeout: PATIENCE,
            token: "",
        };
        let error = door.rehearse(&target, &desired).await.err()?;
        let detail = format!("`{}` would be refused: {error}", change.address);
        let problem = Diagnostic::warning("plan/refused", "A change would be refused", detail);
        let problem = problem.at(&stack.range_of(resource));
        Some(match error.hint {
            Some(hint) => problem.help(hint),
            None => problem,
        })
    }
}

/// The spec with its secrets in the open, if nothing in it depends on the apply.
fn known(resource: &Resource, stack: &Stack, plan: &Plan) -> Option<Attributes> {
    let desired = stack.desired(resource, &|address| plan.planned.get(address)).ok()?;
    let open: Attributes = desired.into_iter().map(|(name, value)| (name, value.reveal())).collect();
    (!open.values().any(Value::has_unknown)).then_some(open)
}
