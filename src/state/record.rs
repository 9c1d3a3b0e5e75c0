//! What is known of one object that was made.

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::value::Attributes;

/// One object. Secrets in it are sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    #[serde(rename = "type")]
    pub resource_type: String,
    pub identity: String,
    /// The provider configuration it was made with, by name, and what that said: enough to reach
    /// the object when the stack file is gone.
    pub provider: String,
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub provider_settings: Attributes,
    pub status: Status,
    /// The spec fields that are ours, and the outputs, as last seen.
    pub attributes: Attributes,
    /// What must outlive it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Address>,
    /// It was there before us, and is ours by `adopt` or `import`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopted: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    /// `on_destroy: retain`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retain: bool,
    /// Longer or shorter than usual, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_timeout_s: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Ready,
    /// A change did not finish; the next plan repairs it.
    Incomplete,
}

/// A deleted object whose identity the service keeps blocked for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gone {
    #[serde(rename = "type")]
    pub resource_type: String,
    pub identity: String,
    /// In seconds since 1970.
    pub until_s: u64,
}
