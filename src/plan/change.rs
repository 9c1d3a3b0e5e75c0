//! What happens to one resource.

use serde::Serialize;

use crate::address::Address;
use crate::value::{Attributes, FieldChange, Path, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    NoOp,
    Create,
    /// Takes over an object that is there and not ours, because the stack says `adopt: true`.
    Adopt,
    Update,
    Replace(ReplaceOrder),
    Delete,
    /// Removed from the state; the object stays.
    Forget,
}

impl Action {
    /// For machines.
    pub fn name(self) -> &'static str {
        match self {
            Action::NoOp => "no_op",
            Action::Create => "create",
            Action::Adopt => "adopt",
            Action::Update => "update",
            Action::Replace(_) => "replace",
            Action::Delete => "delete",
            Action::Forget => "forget",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplaceOrder {
    /// Both cannot be there at once, since they have the same identity.
    DeleteFirst,
    /// The new object has another identity, so nothing is ever missing.
    CreateFirst,
}

/// Why a change is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing to do.
    Unchanged,
    /// In the stack, not in the state.
    New,
    /// In the state, but the object is gone.
    Gone,
    /// The stack wants other values than were recorded.
    Changed,
    /// The object is no longer as recorded.
    Drifted,
    /// It depends on something that is not known yet.
    Unknown,
    /// An earlier change did not finish.
    Incomplete,
    /// The object is still being made or changed.
    Settling,
    /// The object will never work, or is on its way out.
    Broken,
    /// Its ownership marks are missing or stale.
    Marks,
    /// A field changed that cannot change in place.
    CannotUpdate,
    /// `--replace`.
    Requested,
    /// In the state, no longer in the stack.
    NotInStack,
    /// A replacement left it behind.
    Deposed,
    Destroy,
    /// `on_destroy: retain`.
    Retained,
    /// It is in a cluster that is deleted, and goes with it.
    GoesWithCluster,
    /// `adopt: true`, and the object is there.
    Adopted,
}

/// The change of one resource. Secrets in it are sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub address: Address,
    pub resource_type: String,
    pub identity: Option<String>,
    pub action: Action,
    pub reason: Reason,
    /// Field by field, for an update or a replacement.
    pub differences: Vec<FieldChange>,
    /// The fields that force a replacement.
    pub replace_because: Vec<Path>,
    /// What is there: fields of ours and outputs.
    pub before: Option<Attributes>,
    /// What will be: spec and outputs, with what is not known yet.
    pub after: Option<Attributes>,
    pub moved_from: Option<Address>,
    /// What stands for attributes of `after` that are too long for people.
    pub brief: Attributes,
    /// More of the reason than its name says, such as the state the object is in.
    pub note: Option<String>,
}

/// What changed behind our back.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    pub address: Address,
    pub resource_type: String,
    pub kind: DriftKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum DriftKind {
    /// The object is gone.
    Gone,
    /// From recorded to observed.
    Changed(Vec<FieldChange>),
    /// It will never work, or is on its way out, and why.
    Broken(String),
    /// Its ownership marks are missing or someone else's.
    Marks(String),
}

/// An output of the stack whose value changes. `None` is an output that is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputChange {
    pub name: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}
