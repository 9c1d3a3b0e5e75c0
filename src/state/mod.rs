//! What was made: recorded attributes by address, and what was about to be done.
//!
//! Pure. How a state gets to disk is the business of [`crate::store`]; that it
//! can is the contract [`StateStore`].

mod entry;
mod record;
mod store;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use entry::{Entry, Intent, IntentOperation};
pub use record::{Gone, Record, Status};
pub use store::{Holder, StateStore, StoreError};

use crate::address::{Address, StackName};
use crate::value::{SealKey, Value};

/// Version of the form in which states are stored.
pub const FORMAT: u32 = 1;

/// The state of one stack.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub stack: StackName,
    /// Drawn when the state began; two states with one name but different histories differ in it.
    pub lineage: String,
    /// Goes up by one with every entry.
    pub serial: u64,
    pub seal_key: SealKey,
    pub resources: BTreeMap<Address, Record>,
    /// Objects that a replacement has not deleted yet, with the serial at which they were set aside.
    pub deposed: BTreeMap<(Address, u64), Record>,
    /// Calls that were about to be made, and of which nothing is known, by the serial of their entry.
    pub pending: BTreeMap<u64, Intent>,
    /// Identities that were deleted and may not be usable again yet.
    pub gone: Vec<Gone>,
    pub outputs: BTreeMap<String, Value>,
}

impl State {
    /// A state with nothing in it. `lineage` and `seal_key` are random.
    pub fn new(stack: StackName, lineage: String, seal_key: SealKey) -> Self {
        Self {
            stack,
            lineage,
            serial: 0,
            seal_key,
            resources: BTreeMap::new(),
            deposed: BTreeMap::new(),
            pending: BTreeMap::new(),
            gone: Vec::new(),
            outputs: BTreeMap::new(),
        }
    }

    /// Nothing recorded and nothing pending.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.deposed.is_empty() && self.pending.is_empty()
    }

    /// Takes one entry in. The same entries in the same order always give the same state.
    pub fn apply(&mut self, entry: &Entry) {
        self.serial += 1;
        match entry {
            Entry::Intended(intent) => {
                self.pending.insert(self.serial, intent.clone());
            }
            Entry::Succeeded { intent, at_s, record } => {
                let Some(done) = self.pending.remove(intent) else { return };
                self.settle(&done, *at_s, record.as_deref());
            }
            Entry::Failed { intent, partial } => {
                let Some(failed) = self.pending.remove(intent) else { return };
                let deletion = matches!(failed.operation, IntentOperation::Delete { .. });
                if let Some(record) = partial.as_deref().filter(|_| !deletion) {
                    self.place(&failed.address, record);
                }
            }
            Entry::Recorded { address, record } => {
                self.resources.insert(address.clone(), (**record).clone());
            }
            Entry::Forgotten { address } => {
                self.resources.remove(address);
            }
            Entry::Moved { from, to } => {
                if let Some(record) = self.resources.remove(from) {
                    self.resources.insert(to.clone(), record);
                }
                for record in self.resources.values_mut() {
                    for dependency in record.dependencies.iter_mut().filter(|dependency| *dependency == from) {
                        *dependency = to.clone();
                    }
                }
            }
            Entry::Outputs { values } => self.outputs = values.clone(),
        }
    }

    /// The effect of an intent that was carried out.
    fn settle(&mut self, done: &Intent, at_s: u64, record: Option<&Record>) {
        match (&done.operation, record) {
            (IntentOperation::Delete { deposed, reuse_after_s }, _) => {
                match deposed {
                    Some(serial) => self.deposed.remove(&(done.address.clone(), *serial)),
                    None => self.resources.remove(&done.address),
                };
                if *reuse_after_s > 0 {
                    self.gone.retain(|gone| gone.until_s > at_s);
                    self.gone.push(Gone {
                        resource_type: done.resource_type.clone(),
                        identity: done.identity.clone(),
                        until_s: at_s + reuse_after_s,
                    });
                }
            }
            (_, Some(record)) => self.place(&done.address, record),
            (_, None) => {}
        }
    }

    /// Puts a record at its address. An object of another identity that stood there is set aside for deletion.
    fn place(&mut self, address: &Address, record: &Record) {
        if let Some(old) = self.resources.insert(address.clone(), record.clone())
            && old.identity != record.identity
        {
            self.deposed.insert((address.clone(), self.serial), old);
        }
    }

    /// When the identity of a deleted object can be used again, in seconds since 1970, if it cannot be yet.
    pub fn reusable_from(&self, resource_type: &str, identity: &str) -> Option<u64> {
        self.gone
            .iter()
            .filter(|gone| gone.resource_type == resource_type && gone.identity == identity)
            .map(|gone| gone.until_s)
            .max()
    }
}

/// A state as it is written, whole. What may be large is borrowed for writing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredState<'a> {
    pub stack: StackName,
    pub lineage: String,
    pub serial: u64,
    pub seal_key: String,
    pub resources: Cow<'a, BTreeMap<Address, Record>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deposed: Vec<StoredDeposed>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pending: Cow<'a, BTreeMap<u64, Intent>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<Gone>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredDeposed {
    pub address: Address,
    pub since: u64,
    pub record: Record,
}

impl<'a> From<&'a State> for StoredState<'a> {
    fn from(state: &'a State) -> Self {
        let deposed = state.deposed.iter().map(|((address, since), record)| StoredDeposed {
            address: address.clone(),
            since: *since,
            record: record.clone(),
        });
        Self {
            stack: state.stack.clone(),
            lineage: state.lineage.clone(),
            serial: state.serial,
            seal_key: state.seal_key.to_text(),
            resources: Cow::Borrowed(&state.resources),
            deposed: deposed.collect(),
            pending: Cow::Borrowed(&state.pending),
            gone: state.gone.clone(),
            outputs: state.outputs.clone(),
        }
    }
}

impl StoredState<'_> {
    /// The state this was written from, or `None` when its key cannot be read.
    pub fn into_state(self) -> Option<State> {
        let deposed = self.deposed.into_iter().map(|stored| ((stored.address, stored.since), stored.record));
        Some(State {
            stack: self.stack,
            lineage: self.lineage,
            serial: self.serial,
            seal_key: SealKey::from_text(&self.seal_key)?,
            resources: self.resources.into_owned(),
            deposed: deposed.collect(),
            pending: self.pending.into_owned(),
            gone: self.gone,
            outputs: self.outputs,
        })
    }
}
