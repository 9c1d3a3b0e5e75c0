//! One call to one provider.

use std::time::Duration;

use crate::address::Address;
use crate::provider::FamilySettings;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepKind {
    Create,
    Adopt,
    Update,
    /// Deletes the object at the address.
    Delete,
    /// Deletes an object that was set aside: by this plan, or by an earlier one at this serial.
    DeleteDeposed {
        since: Option<u64>,
    },
}

impl StepKind {
    /// For machines.
    pub fn name(self) -> &'static str {
        match self {
            StepKind::Create => "create",
            StepKind::Adopt => "adopt",
            StepKind::Update => "update",
            StepKind::Delete => "delete",
            StepKind::DeleteDeposed { .. } => "delete_deposed",
        }
    }
}

/// What is done to one object. A replacement is two of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub address: Address,
    pub kind: StepKind,
    pub resource_type: String,
    /// Of the object, as far as it is known.
    pub identity: Option<String>,
    /// The provider configuration that carries it out.
    pub provider: String,
    pub provider_settings: FamilySettings,
    /// How long it usually takes.
    pub expected: Duration,
    pub timeout: Duration,
    /// Steps with the same key never run at the same time.
    pub exclusive: Option<String>,
    /// How long the service keeps the identity blocked after the step before deleted it.
    pub reuse_after: Duration,
    /// In seconds since 1970: an earlier run deleted the identity, and it is blocked until then.
    pub not_before_s: Option<u64>,
}

impl Step {
    /// What it usually takes, the time a blocked name is waited for included.
    pub fn usual_duration(&self) -> Duration {
        match self.kind {
            StepKind::Create => self.expected + self.reuse_after,
            _ => self.expected,
        }
    }
}
