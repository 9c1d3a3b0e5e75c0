//! How a step can end without having done what it should.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::state::{Record, StoreError};

/// Why a step did not do what it should.
pub(super) struct Failed {
    pub(super) error: String,
    pub(super) hint: Option<String>,
    pub(super) partial: Option<Box<Record>>,
    /// Something may have been made all the same, so the intent stays open for the next run to look.
    pub(super) unsure: bool,
}

/// How a step can end without having done anything it should.
pub(super) enum NotDone {
    Failed(Failed),
    /// The run was asked to stop while the step waited.
    Interrupted(Box<Interrupted>),
    /// Its intent could not be written down, so no call was made.
    Unrecorded(Arc<StoreError>),
}

/// A step that was not waited for.
pub(super) struct Interrupted {
    pub(super) waiting_for: String,
    /// What is there so far.
    pub(super) partial: Option<Box<Record>>,
    /// Something may have been made all the same.
    pub(super) unsure: bool,
}

impl From<Failed> for NotDone {
    fn from(failed: Failed) -> Self {
        NotDone::Failed(failed)
    }
}

impl Failed {
    pub(super) fn from_problems(problems: &[Diagnostic]) -> Self {
        let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
        let hint = problems.iter().find_map(|problem| problem.help.clone());
        Self { error: texts.join("; "), hint, partial: None, unsure: false }
    }
}
