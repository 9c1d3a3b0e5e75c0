//! What Helm keeps of a release in the cluster: a Secret for every revision.

mod chart;
mod encoding;
mod history;
mod record;
mod secret;
mod status;

pub(crate) use chart::chart_record;
pub(crate) use history::History;
pub(crate) use record::{ApplyMethod, Phase, Record};
pub(crate) use secret::{Stored, name as secret_name, selector};
pub(crate) use status::Status;

/// A record that cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct RecordError(String);

impl RecordError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
