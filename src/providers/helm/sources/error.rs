//! Why a chart could not be had.

use super::fetch::NoAnswer;
use crate::provider::{ErrorKind, ProviderError};
use crate::providers::helm::chart::ChartError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// There is no such repository, chart or version.
    Missing,
    /// Credentials are missing or not enough.
    Forbidden,
    /// No answer, or one that says to come back later.
    Unreachable,
    /// What came is not what was asked for: another digest, or no chart at all.
    Damaged,
    /// The chart breaks a rule or a limit.
    Chart,
    /// The stack asks for what cannot be.
    Wrong,
}

/// What went wrong, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct SourceError {
    pub(crate) reason: Reason,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl SourceError {
    pub(super) fn new(reason: Reason, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { reason, message: message.into(), help: help.into() }
    }

    pub(super) fn chart(place: &str, error: &ChartError) -> Self {
        Self::new(Reason::Chart, format!("{place}: {}", error.message), error.help.clone())
    }

    pub(super) fn unreachable(url: &str, error: &NoAnswer) -> Self {
        let help = "see that the address is right and that this machine reaches it, such as through HTTPS_PROXY";
        Self::new(Reason::Unreachable, format!("{url} does not answer: {}", error.message), help)
    }

    /// An answer that is none of the expected.
    pub(super) fn status(url: &str, status: u16) -> Self {
        let (reason, help) = match status {
            401 | 403 => (Reason::Forbidden, "see that the credentials for this address are there and may read it"),
            404 | 410 => (Reason::Missing, "see that the address, the chart's name and its version are right"),
            408 | 429 | 500..=599 => (Reason::Unreachable, "try again later"),
            _ => (Reason::Damaged, "see that the address is that of a chart repository or a registry"),
        };
        Self::new(reason, format!("{url} answers with status {status}"), help)
    }
}

/// What a call that needs a chart comes to.
impl From<SourceError> for ProviderError {
    fn from(error: SourceError) -> Self {
        let kind = match error.reason {
            Reason::Missing => ErrorKind::NotFound,
            Reason::Forbidden => ErrorKind::NoCredentials,
            Reason::Unreachable => ErrorKind::Unavailable,
            Reason::Damaged => ErrorKind::Unexpected,
            Reason::Chart | Reason::Wrong => ErrorKind::Rejected,
        };
        ProviderError::new(kind, "fetching the chart", error.message).hint(error.help)
    }
}
