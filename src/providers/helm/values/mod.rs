//! Values: of a chart, of files, of the stack, laid over each other and checked.

mod coalesce;
mod overlay;
mod schema;
mod table;

pub(crate) use coalesce::coalesce;
pub(crate) use overlay::{merge_files, overlay};
pub(crate) use schema::{SchemaFault, check_schema};

/// Why values cannot be used, in the words of Helm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ValuesError {
    pub(crate) message: String,
    /// Where in the values, from the root chart on.
    pub(crate) path: Vec<String>,
}

impl ValuesError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), path: Vec::new() }
    }
}
