//! Looks at what is there.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use futures_util::stream;

use super::{Engine, Event, Phase};
use crate::address::Address;
use crate::plan::Observation;
use crate::provider::{FailedChange, FamilySettings, Interrupt, Observed, Owner, ProviderError, Target};
use crate::stack::Stack;
use crate::state::State;
use crate::value::Attributes;

/// Resources that could not be looked at, and why.
#[derive(Debug, thiserror::Error)]
#[error("{} of {total} resources could not be looked at", failed.len())]
pub struct RefreshError {
    pub total: usize,
    pub failed: Vec<(Address, ProviderError)>,
}

/// One object to look at.
pub struct Wanted {
    pub address: Address,
    pub resource_type: String,
    pub identity: String,
    pub provider: String,
    pub provider_settings: FamilySettings,
    pub recorded: Attributes,
}

impl Engine {
    /// Looks at every recorded object, and at those that the stack would adopt. Asks nobody when there are none.
    ///
    /// # Errors
    /// When any object could not be looked at.
    pub async fn refresh(
        &self,
        state: &State,
        stack: Option<&Stack>,
    ) -> Result<BTreeMap<Address, Observation>, RefreshError> {
        let wanted: Vec<_> = self.recorded(state).chain(self.adoptable(state, stack)).collect();
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        let total = wanted.len();
        self.open_all(stack, total).await?;
        self.tell(Event::PhaseStarted { phase: Phase::Refresh, total });
        let reads = wanted.into_iter().map(|wanted| async move {
            self.tell(Event::Refreshing { address: wanted.address.clone() });
            let seen = self.look(state, &wanted).await;
            self.tell(Event::Refreshed { address: wanted.address.clone() });
            (wanted, seen)
        });
        let mut reads = stream::iter(reads).buffer_unordered(self.parallelism);
        let (mut found, mut failed) = (BTreeMap::new(), Vec::new());
        while let Some((wanted, seen)) = reads.next().await {
            let recorded = state.resources.contains_key(&wanted.address);
            match seen {
                Ok(Some(observed)) => {
                    found.insert(wanted.address, Observation::Present(observed));
                }
                Ok(None) if recorded => {
                    found.insert(wanted.address, Observation::Gone);
                }
                // Nothing there to adopt.
                Ok(None) => {}
                Err(error) => failed.push((wanted.address, error)),
            }
        }
        self.tell(Event::PhaseFinished { phase: Phase::Refresh });
        failed.sort_by(|left, right| left.0.cmp(&right.0));
        if failed.is_empty() { Ok(found) } else { Err(RefreshError { total, failed }) }
    }

    /// Opens what the stack would work with, so that a wrong account is refused by the plan, not half-way.
    async fn open_all(&self, stack: Option<&Stack>, total: usize) -> Result<(), RefreshError> {
        let mut opened = std::collections::BTreeSet::new();
        for (stack, resource) in
            stack.iter().flat_map(|stack| stack.resources.values().map(move |found| (stack, found)))
        {
            if !resource.resource_type.calls_out() || !opened.insert(&resource.provider) {
                continue;
            }
            let settings = stack.providers.get(&resource.provider).cloned().unwrap_or_default();
            if let Err(error) = self.doors.get(&resource.provider, &settings).await {
                return Err(RefreshError { total, failed: vec![(resource.address.clone(), error)] });
            }
        }
        Ok(())
    }

    fn recorded(&self, state: &State) -> impl Iterator<Item = Wanted> {
        state.resources.iter().filter(|(_, record)| self.calls_out(&record.resource_type)).map(|(address, record)| {
            Wanted {
                address: address.clone(),
                resource_type: record.resource_type.clone(),
                identity: record.identity.clone(),
                provider: record.provider.clone(),
                provider_settings: record.provider_settings.clone(),
                recorded: record.attributes.clone(),
            }
        })
    }

    /// Resources with `adopt: true` that are not ours yet and whose identity is known.
    fn adoptable(&self, state: &State, stack: Option<&Stack>) -> impl Iterator<Item = Wanted> {
        let resources = stack.into_iter().flat_map(|stack| stack.resources.values().map(move |found| (stack, found)));
        resources
            .filter(|(_, resource)| resource.lifecycle.adopt && !state.resources.contains_key(&resource.address))
            .filter(|(_, resource)| resource.resource_type.calls_out())
            .filter_map(|(stack, resource)| {
                let desired = stack.desired(resource, &|_| None).ok()?;
                Some(Wanted {
                    address: resource.address.clone(),
                    resource_type: resource.resource_type.name().to_owned(),
                    identity: resource.resource_type.identity(&desired)?,
                    provider: resource.provider.clone(),
                    provider_settings: stack.providers.get(&resource.provider).cloned().unwrap_or_default(),
                    recorded: Attributes::new(),
                })
            })
    }

    pub(super) fn calls_out(&self, resource_type: &str) -> bool {
        self.registry.resource_type(resource_type).is_none_or(|found| found.calls_out())
    }

    /// Reads one object.
    ///
    /// # Errors
    /// When its provider cannot be opened or the read fails.
    pub async fn look(&self, state: &State, wanted: &Wanted) -> Result<Option<Observed>, ProviderError> {
        let door = self.doors.get(&wanted.provider, &wanted.provider_settings).await?;
        let owner = Owner { stack: state.stack.clone(), address: wanted.address.clone() };
        let timeout = std::time::Duration::from_secs(300);
        let read = || async {
            let target = Target {
                resource_type: &wanted.resource_type,
                identity: &wanted.identity,
                owner: &owner,
                recorded: &wanted.recorded,
                progress: &(),
                interrupt: &Interrupt::NEVER,
                timeout,
                token: "",
            };
            door.read(&target).await.map_err(FailedChange::from)
        };
        self.persist(&wanted.address, None, timeout, &Interrupt::NEVER, read).await.map_err(|failed| failed.error)
    }
}
