//! What can go wrong behind a provider, sorted by what one can do about it.

use std::time::Duration;

use super::Observed;

/// The sort of a failure, which decides whether it is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The credentials may not do this; `action` is the permission that is missing, such as `sqs:CreateQueue`.
    AccessDenied { action: String },
    /// There are no usable credentials.
    NoCredentials,
    /// The credentials belong to an account the stack does not allow.
    WrongAccount { allowed: String, found: String },
    /// An object of this identity is there already.
    AlreadyExists,
    /// Something the call needs is not there (never the object of a `read`: that is `None`).
    NotFound,
    /// A limit of the account is reached. Trying again does not help.
    QuotaExceeded,
    /// The API asks for fewer calls.
    Throttled,
    /// The service failed or could not be reached; the call may or may not have had an effect.
    Unavailable,
    /// Something else is changing the object, or it is still settling.
    Busy,
    /// The service refuses what was asked for.
    Rejected,
    /// It took longer than allowed.
    TimedOut { after: Duration },
    /// The run was asked to stop while this waited; what it waits for goes on by itself.
    Interrupted,
    /// An answer that makes no sense.
    Unexpected,
}

impl ErrorKind {
    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, ErrorKind::Throttled | ErrorKind::Unavailable | ErrorKind::Busy)
    }

    /// Whether the service said no, so that the call itself had no effect.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            ErrorKind::AccessDenied { .. } | ErrorKind::QuotaExceeded | ErrorKind::Rejected | ErrorKind::NotFound
        )
    }
}

/// A call that failed. `Display` is one sentence; `hint` is what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderError {
    pub kind: ErrorKind,
    /// The API call, such as `sqs:CreateQueue`.
    pub operation: String,
    /// The service's own code, such as `QueueDeletedRecently`.
    pub code: Option<String>,
    /// The service's own words, or ours.
    pub message: String,
    pub hint: Option<String>,
    /// The provider itself tried again until it gave up, so the engine need not.
    pub exhausted: bool,
    /// A try of this call got no answer, so the call may have had its effect.
    pub unsure: bool,
}

impl ProviderError {
    pub fn new(kind: ErrorKind, operation: impl Into<String>, message: impl Into<String>) -> Self {
        let (operation, message) = (operation.into(), message.into());
        Self { kind, operation, code: None, message, hint: None, exhausted: false, unsure: false }
    }

    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl std::fmt::Display for ProviderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            ErrorKind::AccessDenied { action } => write!(f, "access denied: `{action}` is not allowed")?,
            ErrorKind::WrongAccount { allowed, found } => {
                write!(f, "these credentials belong to account {found}, the stack allows only {allowed}")?;
                return Ok(());
            }
            ErrorKind::TimedOut { after } => {
                write!(f, "{} did not finish in {}", self.operation, humantime::format_duration(*after))?;
            }
            ErrorKind::Interrupted => write!(f, "{} was not waited for", self.operation)?,
            _ => write!(f, "{} failed", self.operation)?,
        }
        if let Some(code) = &self.code {
            write!(f, " with {code}")?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for ProviderError {}

/// A change that did not finish, and what it left behind.
#[derive(Clone, Debug)]
pub struct FailedChange {
    pub error: ProviderError,
    /// The object as far as it got, to be recorded so that the next plan repairs it.
    pub partial: Option<Box<Observed>>,
    /// A creation that is certain to have made nothing. Without it, whoever asked looks for what it left.
    pub nothing_made: bool,
}

impl From<ProviderError> for FailedChange {
    fn from(error: ProviderError) -> Self {
        Self { error, partial: None, nothing_made: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denied_call_names_the_missing_permission() {
        let kind = ErrorKind::AccessDenied { action: "sqs:CreateQueue".to_owned() };
        let error = ProviderError::new(kind, "sqs:CreateQueue", "").code("AccessDenied");
        assert_eq!(error.to_string(), "access denied: `sqs:CreateQueue` is not allowed with AccessDenied");
    }
}
