//! The end of a run: what failed, once more with what to do, and what was done.

use std::time::Duration;

use super::diagnostics::titled;
use super::text::elapsed;
use super::{Role, Style, step_words};
use crate::address::Address;
use crate::engine::Event;
use crate::plan::{StepKind, Summary};

/// What is to be remembered of a run for its end.
#[derive(Debug, Default)]
pub(super) struct Ending {
    failures: Vec<Failure>,
    stopped: bool,
}

#[derive(Debug)]
struct Failure {
    address: Address,
    kind: StepKind,
    error: String,
    hint: Option<String>,
}

impl Ending {
    pub(super) fn note(&mut self, event: &Event) {
        match event.clone() {
            Event::StepFailed { address, kind, error, hint, .. } => {
                self.failures.push(Failure { address, kind, error, hint });
            }
            Event::Stopping { .. } => self.stopped = true,
            _ => {}
        }
    }

    /// The failures, each with what to do, and the last line.
    pub(super) fn text(&self, done: &Summary, failed: usize, skipped: usize, took: Duration, style: &Style) -> String {
        let mut text = String::from("\n");
        for failure in &self.failures {
            let (to_do, address, error) = (step_words::to_do(failure.kind), &failure.address, &failure.error);
            text.push_str(&titled("error", Role::Error, &format!("could not {to_do} {address}: {error}"), style));
            if let Some(hint) = &failure.hint {
                text.push_str(&titled("  hint", Role::Hint, hint, style));
            }
            text.push('\n');
        }
        let title = match (self.stopped, failed + skipped) {
            (true, _) => style.paint(Role::Warning, "Stopped"),
            (false, 0) => style.paint(Role::Create, "Applied"),
            (false, _) => style.paint(Role::Error, "Partly applied"),
        };
        text.push_str(&format!("{title} in {}: {}.\n", elapsed(took), counts(done, failed, skipped)));
        if failed > 0 {
            text.push_str("What was done is recorded: see to what failed and run the same command again.\n");
        } else if self.stopped {
            text.push_str("What was done is recorded: run the same command again to go on.\n");
        }
        text
    }
}

fn counts(done: &Summary, failed: usize, skipped: usize) -> String {
    let counts = [
        (done.create, "created"),
        (done.adopt, "adopted"),
        (done.update, "updated"),
        (done.replace, "replaced"),
        (done.delete, "deleted"),
        (done.forget, "forgotten"),
        (failed, "failed"),
        (skipped, "skipped"),
    ];
    let parts: Vec<_> =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    if parts.is_empty() { "nothing done".to_owned() } else { parts.join(", ") }
}
