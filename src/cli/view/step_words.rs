//! What is done to an object, in the words a sentence needs.

use crate::plan::StepKind;

/// `creating`.
pub(super) fn doing(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Create => "creating",
        StepKind::Adopt => "adopting",
        StepKind::Update => "updating",
        StepKind::Delete => "deleting",
        StepKind::DeleteDeposed { .. } => "deleting the replaced object",
    }
}

/// `created`.
pub(super) fn done(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Create => "created",
        StepKind::Adopt => "adopted",
        StepKind::Update => "updated",
        StepKind::Delete => "deleted",
        StepKind::DeleteDeposed { .. } => "deleted the replaced object",
    }
}

/// `create`, as in "could not create".
pub(super) fn to_do(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Create => "create",
        StepKind::Adopt => "adopt",
        StepKind::Update => "update",
        StepKind::Delete => "delete",
        StepKind::DeleteDeposed { .. } => "delete the replaced object of",
    }
}
