//! One step of a state's history.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Record;
use crate::address::Address;
use crate::value::{Attributes, Value};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Entry {
    /// On disk before the call is made. Its serial names the intent from then on.
    Intended(Intent),
    /// The call did what was asked. A deletion leaves no record.
    Succeeded {
        intent: u64,
        /// When it had, in seconds since 1970, rounded up.
        at_s: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        record: Option<Box<Record>>,
    },
    /// The call did not, and this is what it left behind, if that differs from what was recorded.
    Failed {
        intent: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        partial: Option<Box<Record>>,
    },
    /// Known without a call of ours: refreshed, imported, or made by a type that calls no one.
    Recorded {
        address: Address,
        record: Box<Record>,
    },
    /// No longer ours, or found to be gone.
    Forgotten {
        address: Address,
    },
    Moved {
        from: Address,
        to: Address,
    },
    Outputs {
        values: BTreeMap<String, Value>,
    },
}

/// A call that is about to be made, with what is needed to find its effect again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    pub address: Address,
    #[serde(rename = "type")]
    pub resource_type: String,
    pub identity: String,
    pub provider: String,
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub provider_settings: Attributes,
    /// When it was written, in seconds since 1970.
    pub at_s: u64,
    /// Passed to APIs that take an idempotency token.
    pub token: String,
    pub operation: IntentOperation,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum IntentOperation {
    /// `planned` is what will be recorded if it succeeds, without outputs; secrets are sealed.
    Create {
        planned: Box<Record>,
    },
    Update {
        planned: Box<Record>,
    },
    Delete {
        /// The serial since which it stands aside, if it is not the object at the address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deposed: Option<u64>,
        /// How long the service keeps the identity blocked.
        reuse_after_s: u64,
    },
}
