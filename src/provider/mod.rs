//! The contract between the engine and whatever really makes things.
//!
//! A [`ResourceType`] is pure: what a resource may say, what its identity is,
//! which of two versions differ and how. A [`Provider`] is the door to one
//! account: it reads, creates, updates and deletes. A [`Family`] is a set of types
//! that share one kind of door, such as `aws`.

mod cluster;
mod error;
mod family;
mod interrupt;
mod rate;
mod resource_type;
mod retry;
mod schema;
mod together;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use cluster::{Access, ClientIdentity, Entrance, RENEWED_BEFORE, Token};
pub use error::{ErrorKind, FailedChange, ProviderError};
pub use family::{Family, FamilySettings, Registry, Wanting};
pub use interrupt::{Interrupt, Interrupter};
pub use rate::{Rate, TokenBucket};
pub use resource_type::{
    Difference, Finding, Operation, ResourceType, completes, difference, output_difference, planned_outputs,
};
pub use retry::{RetryPolicy, Tries, retry_after};
pub(crate) use schema::parse_duration;
pub use schema::{Field, FieldType, OnChange, Output, Pattern, Schema, Text, normalise};
pub use together::{Declared, Together};

use crate::address::{Address, StackName};
use crate::value::Attributes;

/// Who made an object: written on it as tags, labels or annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub stack: StackName,
    pub address: Address,
}

/// What an object's marks say of who made it, seen from one owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// Marked with this stack and this address.
    Ours,
    /// Marked with this stack and another address, or a stale one.
    SameStack,
    /// Marked by another stack.
    Foreign,
    /// Not marked.
    Unmarked,
}

/// Whether an object can be used as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    #[default]
    Ready,
    /// It is still being made or changed, and gets there by itself: `it is CREATING`. An update waits for that.
    Settling(String),
    /// It will never work, or is on its way out: `it is FAILED`. Only a new one helps.
    Broken(String),
}

/// An object as it is in the cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Spec fields as the spec would write them, and outputs.
    pub attributes: Attributes,
    pub ownership: Ownership,
    /// What the marks say, for messages: `stack video-encoder, jobs`.
    pub marks: Option<String>,
    pub condition: Condition,
}

/// The object a call is about, and on whose behalf.
pub struct Target<'a> {
    pub resource_type: &'a str,
    /// What [`ResourceType::identity`] gave when it was made.
    pub identity: &'a str,
    pub owner: &'a Owner,
    /// Attributes as last recorded; when nothing is, the [`ResourceType::whereabouts`] of what is wanted.
    pub recorded: &'a Attributes,
    pub progress: &'a dyn Progress,
    /// When it is asked for, waits end with [`ErrorKind::Interrupted`].
    pub interrupt: &'a Interrupt,
    /// How long the call may take in all, waits included.
    pub timeout: Duration,
    /// The same for every attempt at one intent: for APIs that take an idempotency token.
    pub token: &'a str,
}

/// Takes what a long call has to say while it waits, such as `waiting for IAM to see the role`.
pub trait Progress: Send + Sync {
    fn report(&self, message: &str);
}

impl Progress for () {
    fn report(&self, _: &str) {}
}

/// One account, subscription or cluster, and the only door to it.
///
/// Values in `desired` are all known, and secrets are revealed. Every call may be
/// repeated after a crash, so each must bring about what was asked for, whatever it finds.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What the settings left to the surroundings and turned out to be, such as a region: recorded with
    /// every object, so that later runs look for it in the same place whatever their surroundings.
    fn resolved_settings(&self) -> FamilySettings {
        FamilySettings::new()
    }

    /// Reads the object as it is now, or `None` if it is gone.
    async fn read(&self, target: &Target<'_>) -> Result<Option<Observed>, ProviderError>;

    /// Reads many objects as they are now, in the given order. For doors that can look at many with one call.
    async fn read_all(&self, targets: &[Target<'_>]) -> Vec<Result<Option<Observed>, ProviderError>> {
        let mut all = Vec::with_capacity(targets.len());
        for target in targets {
            all.push(self.read(target).await);
        }
        all
    }

    /// Whether [`read_all`](Self::read_all) is more than reading one after the other.
    fn reads_together(&self) -> bool {
        false
    }

    /// Asks whether a change would be taken, and changes nothing. What cannot be told is no error.
    async fn rehearse(&self, _target: &Target<'_>, _desired: &Attributes) -> Result<(), ProviderError> {
        Ok(())
    }

    /// Whether [`rehearse`](Self::rehearse) asks anyone.
    fn rehearses(&self) -> bool {
        false
    }

    /// Creates the object with its ownership marks, and waits until it can be used.
    ///
    /// If an object of this identity exists already, answers [`ErrorKind::AlreadyExists`] and leaves it as it is.
    async fn create(&self, target: &Target<'_>, desired: &Attributes) -> Result<Observed, FailedChange>;

    /// Brings the object, marks included, to `desired`, whatever its present form.
    async fn update(&self, target: &Target<'_>, desired: &Attributes) -> Result<Observed, FailedChange>;

    /// Deletes the object and waits until it is gone; one that is already gone is a success.
    async fn delete(&self, target: &Target<'_>) -> Result<(), ProviderError>;
}

/// A provider configuration that has been opened.
pub type Door = Arc<dyn Provider>;
