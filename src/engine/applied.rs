//! What became of a plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::stop::StopLevel;
use crate::address::Address;
use crate::plan::{StepKind, Summary};
use crate::state::{State, StoreError};
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
