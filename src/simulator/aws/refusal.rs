//! A service's no, in the form all protocols share.

/// What a service answers instead of doing what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub(super) status: u16,
    /// The service's own, such as `ResourceInUseException`.
    pub(super) code: String,
    pub(super) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    /// Whose mistake it is, in the words of the protocols.
    pub(super) fn fault(&self) -> &'static str {
        if self.status >= 500 { "Receiver" } else { "Sender" }
    }
}
