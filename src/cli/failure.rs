//! Why a command ends early, and with which exit code.

use std::process::ExitCode;
use std::sync::Arc;

use super::console::Console;
use super::view;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::engine::{RecoverError, RefreshError};
use crate::provider::ProviderError;
use crate::state::StoreError;

/// The exit codes, as the README lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    Done = 0,
    Failed = 1,
    ChangesPending = 2,
    BadInput = 3,
    Locked = 4,
    PartlyApplied = 5,
    DriftFound = 6,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

#[derive(Debug)]
pub(super) enum Failure {
    /// The stack, a variable or the plan is wrong.
    Problems(Diagnostics),
    /// The command line is.
    Usage {
        message: String,
        hint: Option<String>,
    },
    Store(Arc<StoreError>),
    Recover(RecoverError),
    Refresh(RefreshError),
    Provider(ProviderError),
    /// Reading or writing a file that is no state.
    File {
        doing: &'static str,
        file: String,
        source: std::io::Error,
    },
    #[cfg(feature = "simulator")]
    World(crate::simulator::WorldError),
    /// The first Ctrl-C came before anything was begun.
    Interrupted,
    /// Everything has been said.
    Told(Exit),
}

impl Failure {
    pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Failure::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    pub(super) fn exit(&self) -> Exit {
        match self {
            Failure::Problems(_) | Failure::Usage { .. } => Exit::BadInput,
            Failure::Store(error) if matches!(**error, StoreError::Locked { .. }) => Exit::Locked,
            #[cfg(feature = "simulator")]
            Failure::World(crate::simulator::WorldError::InUse { .. }) => Exit::Locked,
            #[cfg(feature = "simulator")]
            Failure::World(_) => Exit::Failed,
            Failure::Interrupted => Exit::Interrupted,
            Failure::Told(exit) => *exit,
            Failure::Store(_)
            | Failure::Recover(_)
            | Failure::Refresh(_)
            | Failure::Provider(_)
            | Failure::File { .. } => Exit::Failed,
        }
    }

    pub(super) fn tell(&self, console: &Console) {
        match self {
            Failure::Problems(problems) => console.problems(problems),
            Failure::Usage { message, hint } => tell_text(console, message, hint.as_deref()),
            Failure::Store(error) => tell_error(console, &**error, error.hint().as_deref()),
            Failure::Recover(error) => tell_error(console, error, recover_hint(error).as_deref()),
            Failure::Refresh(error) => tell_refresh(console, error),
            Failure::Provider(error) => tell_error(console, error, error.hint.as_deref()),
            Failure::File { doing, file, source } => {
                tell_text(console, &format!("cannot {doing} `{file}`: {source}"), None);
            }
            #[cfg(feature = "simulator")]
            Failure::World(error) => tell_error(console, error, Some(error.hint())),
            Failure::Interrupted => tell_text(console, "interrupted before anything was changed", None),
            Failure::Told(_) => {}
        }
    }
}

fn tell_error(console: &Console, error: &dyn std::error::Error, hint: Option<&str>) {
    let error = Text::of(error, console);
    let hint = hint.map(|hint| console.redactor.clean(hint));
    if console.json {
        return console.message(&view::json::error(&error, hint.as_deref()));
    }
    console.err(&view::diagnostics::error(&error, hint.as_deref(), &console.environment().err));
}

/// An error as it may be shown: without secrets, before its lines are broken.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Text {
    message: String,
    source: Option<Box<Text>>,
}

impl Text {
    fn of(error: &dyn std::error::Error, console: &Console) -> Self {
        let message = console.redactor.clean(&error.to_string()).into_owned();
        Self { message, source: error.source().map(|source| Box::new(Self::of(source, console))) }
    }
}

fn tell_text(console: &Console, message: &str, hint: Option<&str>) {
    tell_error(console, &Text { message: message.to_owned(), source: None }, hint);
}

fn recover_hint(error: &RecoverError) -> Option<String> {
    match error {
        RecoverError::Provider { source, .. } => source.hint.clone(),
        RecoverError::Store(error) => error.hint(),
    }
}

/// The same failure of many resources is told once.
fn tell_refresh(console: &Console, error: &RefreshError) {
    let mut told: Vec<(&ProviderError, Vec<String>)> = Vec::new();
    for (address, source) in &error.failed {
        match told.iter_mut().find(|(known, _)| *known == source) {
            Some((_, addresses)) => addresses.push(address.to_string()),
            None => told.push((source, vec![address.to_string()])),
        }
    }
    for (source, addresses) in told {
        let who = match addresses.as_slice() {
            [one] => format!("`{one}`"),
            [one, rest @ ..] => format!("`{one}` and {} more", rest.len()),
            [] => String::new(),
        };
        tell_text(console, &format!("{who} could not be looked at: {source}"), source.hint.as_deref());
    }
}

impl From<Diagnostics> for Failure {
    fn from(problems: Diagnostics) -> Self {
        Failure::Problems(problems)
    }
}

impl From<Diagnostic> for Failure {
    fn from(problem: Diagnostic) -> Self {
        Failure::Problems(problem.into())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(Arc::new(error))
    }
}

impl From<Arc<StoreError>> for Failure {
    fn from(error: Arc<StoreError>) -> Self {
        Failure::Store(error)
    }
}

#[cfg(feature = "simulator")]
impl From<crate::simulator::WorldError> for Failure {
    fn from(error: crate::simulator::WorldError) -> Self {
        Failure::World(error)
    }
}

impl From<RecoverError> for Failure {
    fn from(error: RecoverError) -> Self {
        match error {
            RecoverError::Store(error) => Failure::Store(error),
            other => Failure::Recover(other),
        }
    }
}

impl From<RefreshError> for Failure {
    fn from(error: RefreshError) -> Self {
        Failure::Refresh(error)
    }
}
