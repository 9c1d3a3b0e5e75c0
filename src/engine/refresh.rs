//! Looks at what is there.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};

use super::{Engine, Event, Phase};
use crate::address::Address;
use crate::plan::Observation;
use crate::provider::{FailedChange, FamilySettings, Interrupt, Observed, Owner, ProviderError, Target};
use crate::stack::Stack;
use crate::state::State;
use crate::value::{Attributes, Value};

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
    /// As in [`Target::recorded`].
    pub recorded: Attributes,
}

type Seen = Result<Option<Observed>, ProviderError>;

const READ_TIMEOUT: Duration = Duration::from_secs(300);

impl Wanted {
    fn owner(&self, state: &State) -> Owner {
        Owner { stack: state.stack.clone(), address: self.address.clone() }
    }

    fn target<'a>(&'a self, owner: &'a Owner) -> Target<'a> {
        Target {
            resource_type: &self.resource_type,
            identity: &self.identity,
            owner,
            recorded: &self.recorded,
            progress: &(),
            interrupt: &Interrupt::NEVER,
            timeout: READ_TIMEOUT,
            token: "",
        }
    }
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
        let (mut found, mut failed) = (BTreeMap::new(), Vec::new());
        for (wanted, seen) in self.look_at_all(state, wanted).await {
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

    /// Looks at many objects: one by one, or together where a door can do that.
    async fn look_at_all(&self, state: &State, wanted: Vec<Wanted>) -> Vec<(Wanted, Seen)> {
        let mut together: BTreeMap<(String, String), Vec<Wanted>> = BTreeMap::new();
        let mut alone = Vec::new();
        for wanted in wanted {
            match self.doors.get(&wanted.provider, &wanted.provider_settings).await {
                Ok(door) if door.reads_together() => {
                    let settings = Value::Map(wanted.provider_settings.clone()).to_string();
                    together.entry((wanted.provider.clone(), settings)).or_default().push(wanted);
                }
                _ => alone.push(wanted),
            }
        }
        let alone = stream::iter(alone.into_iter().map(|wanted| self.look_alone(state, wanted)));
        let alone = alone.buffer_unordered(self.parallelism).collect::<Vec<_>>();
        let together = join_all(together.into_values().map(|group| self.look_together(state, group)));
        let (mut all, groups) = tokio::join!(alone, together);
        all.extend(groups.into_iter().flatten());
        all
    }

    async fn look_alone(&self, state: &State, wanted: Wanted) -> (Wanted, Seen) {
        self.tell(Event::Refreshing { address: wanted.address.clone() });
        let seen = self.look(state, &wanted).await;
        self.tell(Event::Refreshed { address: wanted.address.clone() });
        (wanted, seen)
    }

    /// Objects of one door. Those of which that says nothing certain are looked at once more, alone.
    async fn look_together(&self, state: &State, group: Vec<Wanted>) -> Vec<(Wanted, Seen)> {
        let Some(first) = group.first() else { return Vec::new() };
        let Ok(door) = self.doors.get(&first.provider, &first.provider_settings).await else { return Vec::new() };
        group.iter().for_each(|wanted| self.tell(Event::Refreshing { address: wanted.address.clone() }));
        let owners: Vec<_> = group.iter().map(|wanted| wanted.owner(state)).collect();
        let targets: Vec<_> = group.iter().zip(&owners).map(|(wanted, owner)| wanted.target(owner)).collect();
        let read = door.read_all(&targets).await;
        drop(targets);
        let seen = group.into_iter().zip(read).map(|(wanted, seen)| async move {
            let seen = match seen {
                Err(error) if error.kind.is_transient() && !error.exhausted => self.look(state, &wanted).await,
                seen => seen,
            };
            self.tell(Event::Refreshed { address: wanted.address.clone() });
            (wanted, seen)
        });
        stream::iter(seen).buffer_unordered(self.parallelism).collect().await
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
                let known = |address: &Address| state.resources.get(address).map(|record| &record.attributes);
                let desired = stack.desired(resource, &known).ok()?;
                Some(Wanted {
                    address: resource.address.clone(),
                    resource_type: resource.resource_type.name().to_owned(),
                    identity: resource.resource_type.identity(&desired)?,
                    provider: resource.provider.clone(),
                    provider_settings: stack.providers.get(&resource.provider).cloned().unwrap_or_default(),
                    recorded: resource.resource_type.whereabouts(&desired),
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
        let owner = wanted.owner(state);
        let read = || async { door.read(&wanted.target(&owner)).await.map_err(FailedChange::from) };
        let read = self.persist(&wanted.address, None, READ_TIMEOUT, &Interrupt::NEVER, read);
        read.await.map_err(|failed| failed.error)
    }
}
