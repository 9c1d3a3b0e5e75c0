//! Settles what an earlier run left open.
//!
//! Every call has an intent on disk before it is made. One whose end is not on
//! disk may have had its effect or not: the object's identity and marks tell.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::{Engine, Event, Phase, Wanted, durable};
use crate::plan::{owned, seal_seen};
use crate::provider::{Condition, ErrorKind, Observed, Ownership, ProviderError, difference};
use crate::state::{Entry, Intent, IntentOperation, Record, State, Status, StoreError};
use crate::store::Journal;
use crate::value::Attributes;

#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    #[error("cannot tell what became of `{address}`, which an earlier run was about to {operation}")]
    Provider {
        address: crate::address::Address,
        operation: &'static str,
        #[source]
        source: ProviderError,
    },
    #[error("what was found out could not be recorded")]
    Store(#[source] Arc<StoreError>),
}

impl Engine {
    /// Finds out what became of every call that an earlier run did not see the end of.
    ///
    /// # Errors
    /// When that cannot be found out; nothing is lost then, the next run tries again.
    pub async fn recover(&self, state: &mut State, journal: &Journal) -> Result<(), RecoverError> {
        if state.pending.is_empty() {
            return Ok(());
        }
        let pending = state.pending.clone();
        self.tell(Event::PhaseStarted { phase: Phase::Recover, total: pending.len() });
        // Looked for all at once: each may have to be waited for.
        let found = join_all(pending.values().map(|intent| self.find(state, intent))).await;
        for ((serial, intent), found) in pending.iter().zip(found) {
            let operation = operation_name(&intent.operation);
            let observed = match found {
                Ok(observed) => observed,
                // Whoever may not look at it may still work on the rest. It stays open.
                Err(error) if matches!(error.kind, ErrorKind::AccessDenied { .. }) => {
                    let outcome = format!("that cannot be told yet: {error}");
                    self.tell(Event::Recovered { address: intent.address.clone(), operation, outcome });
                    continue;
                }
                Err(source) => {
                    return Err(RecoverError::Provider { address: intent.address.clone(), operation, source });
                }
            };
            let (entry, outcome) = self.verdict(state, *serial, intent, observed);
            state.apply(&entry);
            let hold = self.clock.hold();
            durable(journal.append(vec![entry])).await.map_err(RecoverError::Store)?;
            drop(hold);
            let outcome = outcome.to_owned();
            self.tell(Event::Recovered { address: intent.address.clone(), operation, outcome });
        }
        self.tell(Event::PhaseFinished { phase: Phase::Recover });
        Ok(())
    }

    /// The object of an intent. A new object that cannot be seen may only be too new, and a deleted one that can may
    /// only be shown still. A call may have been made long after its intent, so both are waited for from now on.
    async fn find(&self, state: &State, intent: &Intent) -> Result<Option<Observed>, ProviderError> {
        let recorded = state.resources.get(&intent.address).filter(|record| record.identity == intent.identity);
        let resource_type = self.registry.resource_type(&intent.resource_type);
        let recorded = match (recorded, &intent.operation, resource_type) {
            (Some(record), ..) => record.attributes.clone(),
            (None, IntentOperation::Create { planned }, Some(found)) => found.whereabouts(&planned.attributes),
            _ => Attributes::new(),
        };
        let wanted = Wanted {
            address: intent.address.clone(),
            resource_type: intent.resource_type.clone(),
            identity: intent.identity.clone(),
            provider: intent.provider.clone(),
            provider_settings: intent.provider_settings.clone(),
            recorded,
        };
        let lag = resource_type.map_or(Duration::ZERO, |found| match intent.operation {
            IntentOperation::Create { .. } => found.visible_after(),
            IntentOperation::Update { .. } => Duration::ZERO,
            IntentOperation::Delete { .. } => found.shown_after_deletion(),
        });
        let certain_from = self.clock.now() + lag;
        loop {
            let observed = self.look(state, &wanted).await?;
            let may_change = match (&intent.operation, &observed) {
                (IntentOperation::Create { .. }, None) => true,
                (IntentOperation::Delete { .. }, Some(observed)) => observed.condition == Condition::Ready,
                _ => false,
            };
            if !may_change || self.clock.now() >= certain_from {
                return Ok(observed);
            }
            self.clock.sleep(Duration::from_millis(500)).await;
        }
    }

    fn verdict(
        &self,
        state: &State,
        serial: u64,
        intent: &Intent,
        observed: Option<Observed>,
    ) -> (Entry, &'static str) {
        let nothing = Entry::Failed { intent: serial, partial: None };
        match (&intent.operation, observed) {
            (IntentOperation::Delete { .. }, None) => {
                (Entry::Succeeded { intent: serial, at_s: self.now_s() + 1, record: None }, "it is gone")
            }
            (IntentOperation::Delete { .. }, Some(_)) => (nothing, "it is still there"),
            (IntentOperation::Create { .. }, None) => (nothing, "it was not made"),
            (IntentOperation::Update { .. }, None) => (nothing, "it is gone"),
            (IntentOperation::Create { planned }, Some(observed)) => match observed.ownership {
                owner if owner == Ownership::Ours || self.must_be_ours(state, planned, &observed) => {
                    let record = self.found_record(state, planned, observed);
                    (
                        Entry::Succeeded { intent: serial, at_s: self.now_s() + 1, record: Some(Box::new(record)) },
                        "it was made",
                    )
                }
                // The object was there before, so the call cannot have made it.
                _ if !planned.adopted => (nothing, "an object of that identity is there, and it is not ours"),
                _ => (nothing, "it was not taken over yet"),
            },
            (IntentOperation::Update { planned }, Some(observed)) => {
                let mut record = self.found_record(state, planned, observed);
                record.status = Status::Incomplete;
                (Entry::Failed { intent: serial, partial: Some(Box::new(record)) }, "it may be half changed")
            }
        }
    }

    /// Whether an object without marks is just what a call was about to make, which is all that can tell that it did.
    fn must_be_ours(&self, state: &State, planned: &Record, observed: &Observed) -> bool {
        let known = self.registry.resource_type(&planned.resource_type);
        known.is_some_and(|known| !known.carries_marks())
            && self.found_record(state, planned, observed.clone()).status == Status::Ready
    }

    /// The planned record with what is really there.
    fn found_record(&self, state: &State, planned: &Record, observed: Observed) -> Record {
        let Some(resource_type) = self.registry.resource_type(&planned.resource_type) else {
            return planned.clone();
        };
        let seen = owned(&**resource_type, &observed.attributes, &planned.attributes);
        let seen = seal_seen(seen, &[&planned.attributes], &state.seal_key);
        let fields: Attributes = seen
            .iter()
            .filter(|(name, _)| resource_type.schema().field(name).is_some())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let complete = difference(&**resource_type, &fields, &planned.attributes).changes.is_empty();
        let status = if complete { Status::Ready } else { Status::Incomplete };
        Record { attributes: seen, status, ..planned.clone() }
    }
}

fn operation_name(operation: &IntentOperation) -> &'static str {
    match operation {
        IntentOperation::Create { .. } => "create",
        IntentOperation::Update { .. } => "update",
        IntentOperation::Delete { .. } => "delete",
    }
}
