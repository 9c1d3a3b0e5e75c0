//! A service's no, in the form all clouds share.

/// What a service answers instead of doing what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub(in crate::simulator) status: u16,
    /// The service's own, such as `ResourceInUseException`.
    pub(in crate::simulator) code: String,
    pub(in crate::simulator) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    pub(in crate::simulator) fn status(&self) -> u16 {
        self.status
    }

    pub(in crate::simulator) fn code(&self) -> &str {
        &self.code
    }

    pub(in crate::simulator) fn message(&self) -> &str {
        &self.message
    }

    /// Whose mistake it is, in the words of the protocols.
    pub(in crate::simulator) fn fault(&self) -> &'static str {
        if self.status >= 500 { "Receiver" } else { "Sender" }
    }
}
