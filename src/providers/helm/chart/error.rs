//! What is wrong with a chart.

/// Which rule a chart breaks, in words for people, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {help}")]
pub(crate) struct ChartError {
    /// The same for every chart that breaks the rule: `archive/link`.
    pub(crate) code: &'static str,
    /// Where, and what is wrong there.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: String,
}

impl ChartError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: help.into() }
    }

    /// The same of something that is inside of what the caller knows about.
    pub(crate) fn within(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }
}
