//! Fetches what has to be there before a plan is made, such as the charts of releases.

use std::path::Path;

use futures_util::{StreamExt as _, stream};

use super::Engine;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::provider::Wanting;
use crate::stack::{Resource, Stack};
use crate::state::State;

impl Engine {
    /// Has every family fetch what it needs to plan this stack.
    ///
    /// # Errors
    /// Everything that could not be fetched.
    pub async fn gather(&self, stack: &Stack, state: &State, folder: &Path) -> Result<(), Diagnostics> {
        let wanted = stack.resources.values().map(|resource| self.gather_one(resource, stack, state, folder));
        let wanted: Vec<_> = wanted.collect();
        let told: Vec<_> = stream::iter(wanted).buffered(self.parallelism).collect().await;
        let mut problems = Diagnostics::default();
        problems.extend(told.into_iter().flatten());
        if problems.has_errors() { Err(problems.sorted()) } else { Ok(()) }
    }

    async fn gather_one(&self, resource: &Resource, stack: &Stack, state: &State, folder: &Path) -> Option<Diagnostic> {
        let family = self.registry.family(resource.resource_type.family()).filter(|family| family.gathers())?;
        let known = |address: &_| state.resources.get(address).map(|record| &record.attributes);
        // What is wrong with the spec is for the plan to say.
        let spec = stack.desired(resource, &known).ok()?;
        let settings = stack.providers.get(&resource.provider).cloned().unwrap_or_default();
        let wanting = Wanting {
            resource_type: resource.resource_type.name(),
            spec: &spec,
            settings: &settings,
            recorded: known(&resource.address),
            folder,
        };
        let error = family.gather(&wanting, std::sync::Arc::clone(&self.clock)).await.err()?;
        let detail = format!("`{}` cannot be planned: {error}", resource.address);
        let problem = Diagnostic::error("plan/not-fetched", "Something the plan needs could not be had", detail);
        let problem = problem.at(&stack.range_of(resource));
        Some(match error.hint {
            Some(hint) => problem.help(hint),
            None => problem,
        })
    }
}
