//! The contract of whatever keeps a state.

use std::fmt;

use super::{Entry, State};

/// Who holds a state's lock. Process 0 stands for one whose name could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Holder {
    pub process: u32,
    pub host: String,
    /// Such as `apply`.
    pub command: String,
    /// RFC 3339.
    pub since: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.process == 0 {
            return f.write_str("another process, which has not written its name yet");
        }
        write!(f, "`{}` of process {} on {}, since {}", self.command, self.process, self.host, self.since)
    }
}

/// Why a state could not be read or written. `Display` says what, `hint` what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the state `{file}` is locked by {holder}")]
    Locked { file: String, holder: Holder },
    #[error("cannot {doing} `{file}`")]
    Io {
        doing: &'static str,
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("`{file}` is damaged: {what}")]
    Damaged { file: String, what: String, hint: String },
    #[error("`{file}` has format {found}, this version reads up to {known}")]
    NewerFormat { file: String, found: u32, known: u32 },
}

impl StoreError {
    pub fn hint(&self) -> Option<String> {
        match self {
            StoreError::Locked { .. } => {
                Some("wait for it, or give --lock-timeout; the lock ends with its process".to_owned())
            }
            StoreError::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => Some(
                "free some space and run the same command again: what was done but not recorded is found by its marks"
                    .to_owned(),
            ),
            StoreError::Io { source, .. }
                if matches!(
                    source.kind(),
                    std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                Some("give yourself write access to the state folder, or name another with --state-dir".to_owned())
            }
            StoreError::Io { .. } => None,
            StoreError::Damaged { hint, .. } => Some(hint.clone()),
            StoreError::NewerFormat { .. } => Some("use the newer tidegate that wrote it".to_owned()),
        }
    }
}

/// Keeps one state, locked for as long as the store lives.
pub trait StateStore: Send {
    /// The state as it stands, all entries taken in.
    ///
    /// # Errors
    /// When it cannot be read without losing something.
    fn load(&mut self) -> Result<State, StoreError>;

    /// Adds entries, in order. When this returns they outlive a crash of the machine.
    ///
    /// # Errors
    /// When they could not be made durable; then none of them is there.
    fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError>;

    /// Tells the store that a command is done with `state`, for it to tidy up.
    ///
    /// # Errors
    /// When writing fails; the state is then still whole as it was.
    fn finish(&mut self, state: &State) -> Result<(), StoreError>;

    /// What was noticed and mended while loading, such as a torn last entry.
    fn notices(&self) -> &[String];
}
