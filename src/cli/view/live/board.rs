//! What is going on right now, as rows of text. Knows nothing of terminals or of time passing by itself.

use std::time::Duration;

use crate::address::Address;
use crate::cli::view::text::{about, count, elapsed, one_line, thousands, truncate};
use crate::cli::view::{Role, Style, step_words};
use crate::engine::{Event, Phase};
use crate::plan::StepKind;

/// Running steps shown, however many there are.
const MOST_ROWS: usize = 14;
/// A run of more steps shows its successes as a number.
const MANY_STEPS: usize = 200;
const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const ASCII_SPINNER: [&str; 4] = ["|", "/", "-", "\\"];

#[derive(Debug)]
struct Running {
    address: Address,
    kind: StepKind,
    /// On the clock of the phase.
    since: Duration,
    expected: Duration,
    message: String,
}

/// One phase of a run.
#[derive(Debug)]
pub(super) struct Board {
    phase: Phase,
    total: usize,
    done: usize,
    failed: usize,
    skipped: usize,
    running: Vec<Running>,
    stopping: bool,
}

impl Board {
    pub(super) fn new(phase: Phase, total: usize) -> Self {
        Self { phase, total, done: 0, failed: 0, skipped: 0, running: Vec::new(), stopping: false }
    }

    /// Whether there are too many steps for a line each.
    pub(super) fn only_counts_successes(&self) -> bool {
        self.total > MANY_STEPS
    }

    /// Takes an event in. `at` is how long the phase has been going on.
    pub(super) fn take(&mut self, event: &Event, at: Duration) {
        match event {
            Event::Refreshed { .. } | Event::Recovered { .. } => self.done += 1,
            Event::StepStarted { address, kind, expected, .. } => self.running.push(Running {
                address: address.clone(),
                kind: *kind,
                since: at,
                expected: *expected,
                message: String::new(),
            }),
            Event::StepProgress { address, kind, message, .. } => self.say(address, *kind, one_line(message)),
            Event::StepRetried { address, kind, error, after, .. } => {
                let message = format!("trying again in {}: {}", elapsed(*after), one_line(error));
                self.say(address, *kind, message);
            }
            Event::StepSucceeded { address, kind, .. } => {
                self.end(address, *kind);
                self.done += 1;
            }
            Event::StepInterrupted { address, kind, .. } => self.end(address, *kind),
            Event::StepFailed { address, kind, .. } => {
                self.end(address, *kind);
                self.failed += 1;
            }
            Event::StepSkipped { .. } => self.skipped += 1,
            Event::Stopping { .. } => self.stopping = true,
            _ => {}
        }
    }

    fn say(&mut self, address: &Address, kind: StepKind, message: String) {
        let step = self.running.iter_mut().find(|step| step.address == *address && step.kind == kind);
        if let Some(step) = step {
            step.message = message;
        }
    }

    fn end(&mut self, address: &Address, kind: StepKind) {
        self.running.retain(|step| step.address != *address || step.kind != kind);
    }

    /// The running steps, the longest running first, and a line of counts. No row is wider than the terminal.
    pub(super) fn rows(&self, at: Duration, style: &Style) -> Vec<String> {
        let shown = if self.running.len() > MOST_ROWS { MOST_ROWS - 1 } else { self.running.len() };
        let mut rows: Vec<_> = self.running.iter().take(shown).map(|step| row(step, at, style)).collect();
        if self.running.len() > shown {
            let more = format!("  {} and {} more running", style.ellipsis(), self.running.len() - shown);
            rows.push(style.paint(Role::Muted, truncate(&more, style.width.saturating_sub(1), style.ellipsis())));
        }
        let counts = truncate(&self.counts(), style.width.saturating_sub(1), style.ellipsis());
        rows.push(style.paint(Role::Strong, counts));
        rows
    }

    fn counts(&self) -> String {
        let progress = format!("{}/{}", thousands(self.done), thousands(self.total));
        let mut text = match self.phase {
            Phase::Recover => format!("Looking for the effect of earlier calls: {progress}"),
            Phase::Refresh => format!("Refreshing: {progress}"),
            Phase::Apply => format!("{progress} done, {} running", self.running.len()),
        };
        for (number, word) in [(self.failed, "failed"), (self.skipped, "skipped")] {
            if number > 0 {
                text.push_str(&format!(", {} {word}", thousands(number)));
            }
        }
        if self.stopping {
            let steps = count(self.running.len(), "step");
            return format!("Stopping, waiting for {steps}; Ctrl-C again stops now. {text}");
        }
        text
    }
}

/// `⠙ cluster: creating 2m 5s (usually 10m)  CREATING`, cut where the terminal ends.
fn row(step: &Running, at: Duration, style: &Style) -> String {
    let frames: &[&str] = if style.unicode { &SPINNER } else { &ASCII_SPINNER };
    let frame = usize::try_from(at.as_millis() / 100).unwrap_or_default() % frames.len();
    let so_far = at.saturating_sub(step.since);
    let mut text = format!("{}: {} {}", step.address, step_words::doing(step.kind), elapsed(so_far));
    if step.expected >= Duration::from_secs(10) {
        text.push_str(&format!(" (usually {})", about(step.expected)));
    }
    if !step.message.is_empty() {
        text.push_str(&format!("  {}", step.message));
    }
    let room = style.width.saturating_sub(3);
    format!("{} {}", style.paint(Role::Hint, frames[frame]), truncate(&text, room, style.ellipsis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(name: &str, seconds: u64) -> Event {
        Event::StepStarted {
            address: Address::single(name),
            kind: StepKind::Create,
            identity: None,
            expected: Duration::from_secs(seconds),
        }
    }

    fn second(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn rows_tell_what_runs_and_the_last_line_how_far_it_is() {
        let mut board = Board::new(Phase::Apply, 12);
        board.take(&started("cluster", 600), second(0));
        board.take(&started("jobs", 1), second(3));
        let message = "waiting for the control plane, which is CREATING".to_owned();
        let (address, kind) = (Address::single("cluster"), StepKind::Create);
        board.take(
            &Event::StepProgress { address: address.clone(), kind, message, elapsed: second(4), expected: second(600) },
            second(4),
        );
        insta::assert_snapshot!(board.rows(second(64), &Style::PLAIN).join("\n"), @"
        ⠋ cluster: creating 1m 4s (usually 10m)  waiting for the control plane, which is CREATING
        ⠋ jobs: creating 1m 1s
        0/12 done, 2 running
        ");

        board.take(&Event::Stopping { running: 2 }, second(65));
        let failed = Event::StepFailed { address, kind, error: "x".to_owned(), hint: None, elapsed: second(66) };
        board.take(&failed, second(66));
        let narrow = Style { width: 30, unicode: false, ..Style::PLAIN };
        insta::assert_snapshot!(board.rows(second(66), &narrow).join("\n"), @"
        | jobs: creating 1m 3s
        Stopping, waiting for 1 st...
        ");
    }

    #[test]
    fn never_more_rows_than_fit() {
        let mut board = Board::new(Phase::Apply, 5000);
        (0..100).for_each(|number| board.take(&started(&format!("r{number}"), 0), second(0)));
        for width in [0, 1, 7, 80] {
            let rows = board.rows(second(1), &Style { width, ..Style::PLAIN });
            assert_eq!(rows.len(), 15);
            assert!(rows.iter().all(|row| row.chars().count() <= width.max(3)), "{width}: {rows:?}");
        }
        assert!(board.only_counts_successes());
    }
}
