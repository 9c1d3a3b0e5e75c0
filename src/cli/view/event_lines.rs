//! Events as plain lines, for pipes and logs: one line for what begins, ends, fails or waits.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Style;
use super::summary_lines::Ending;
use super::text::{about, count, elapsed, one_line};
use super::{Role, step_words};
use crate::address::Address;
use crate::engine::{Event, Observer, Phase};
use crate::plan::StepKind;

/// What a step says while it waits is repeated at most this often, unless it says something new.
const REPEAT_AFTER: Duration = Duration::from_secs(30);

/// What usually takes less needs no announcement.
const WORTH_TELLING: Duration = Duration::from_secs(10);

/// Turns events into lines, and remembers the failures for the end.
#[derive(Debug)]
pub struct EventLines {
    style: Style,
    ending: Ending,
    /// What was last said of a running step, and when.
    said: BTreeMap<(Address, StepKind), (Duration, String)>,
}

impl EventLines {
    pub fn new(style: Style) -> Self {
        Self { style, ending: Ending::default(), said: BTreeMap::new() }
    }

    /// The line or lines for an event, each with its line break; empty when there is nothing to say.
    pub fn text(&mut self, event: &Event) -> String {
        let line = match event {
            Event::PhaseStarted { phase, total } => phase_started(*phase, *total),
            Event::PhaseFinished { .. } | Event::Refreshing { .. } | Event::Refreshed { .. } => String::new(),
            Event::StepStarted { address, kind, expected, .. } => started(address, *kind, *expected, &self.style),
            Event::StepProgress { address, kind, message, elapsed, expected } => {
                self.progress(address, *kind, message, (*elapsed, *expected)).unwrap_or_default()
            }
            Event::Applied { done, failed, skipped, elapsed } => {
                return self.ending.text(done, *failed, *skipped, *elapsed, &self.style);
            }
            other => {
                self.ending.note(other);
                outcome(other, &self.style).unwrap_or_default()
            }
        };
        if line.is_empty() { line } else { line + "\n" }
    }

    fn progress(
        &mut self,
        address: &Address,
        kind: StepKind,
        message: &str,
        time: (Duration, Duration),
    ) -> Option<String> {
        let (at, expected) = time;
        let message = one_line(message);
        let step = (address.clone(), kind);
        if let Some((last, said)) = self.said.get(&step)
            && *said == message
            && at.saturating_sub(*last) < REPEAT_AFTER
        {
            return None;
        }
        self.said.insert(step, (at, message.clone()));
        let usual = if expected >= WORTH_TELLING { format!(" of about {}", about(expected)) } else { String::new() };
        Some(format!("{address}: still {} ({}{usual}): {message}", step_words::doing(kind), elapsed(at)))
    }
}

fn phase_started(phase: Phase, total: usize) -> String {
    match (phase, total) {
        (_, 0) => String::new(),
        (Phase::Recover, _) => {
            format!("Looking for the effect of {} of an earlier run...", count(total, "call"))
        }
        (Phase::Refresh, _) => format!("Refreshing {}...", count(total, "resource")),
        (Phase::Apply, _) => format!("Applying {}...", count(total, "step")),
    }
}

fn started(address: &Address, kind: StepKind, expected: Duration, style: &Style) -> String {
    let usual = match expected >= WORTH_TELLING {
        true => style.paint(Role::Muted, format!(" (usually takes {})", about(expected))),
        false => String::new(),
    };
    format!("{address}: {}{usual}", step_words::doing(kind))
}

/// The line that stays of something that happened; nothing for what is only under way.
pub(super) fn outcome(event: &Event, style: &Style) -> Option<String> {
    Some(match event {
        Event::Recovered { address, operation, outcome } => {
            format!("{address}: {operation} of an earlier run: {}", one_line(outcome))
        }
        Event::StepSucceeded { address, kind, identity, elapsed: took } => {
            let known = identity.as_deref().filter(|identity| *identity != address.to_string());
            let identity = known.map(|identity| format!("  {}", one_line(identity))).unwrap_or_default();
            let word = style.paint(Role::Create, step_words::done(*kind));
            format!("{address}: {word} in {}{}", elapsed(*took), style.paint(Role::Muted, identity))
        }
        Event::StepFailed { address, error, elapsed: took, .. } => {
            let word = style.paint(Role::Error, "failed");
            format!("{address}: {word} after {}: {}", elapsed(*took), one_line(error))
        }
        Event::StepRetried { address, error, after, .. } => {
            let word = style.paint(Role::Warning, "trying again");
            format!("{address}: {word} in {}: {}", elapsed(*after), one_line(error))
        }
        Event::StepInterrupted { address, waiting_for, elapsed: took, .. } => {
            let word = style.paint(Role::Warning, "not waited for");
            format!("{address}: {word} after {}: {}", elapsed(*took), one_line(waiting_for))
        }
        Event::StepSkipped { address, kind, because } => {
            let word = style.paint(Role::Warning, "skipped");
            format!("{address}: {word} ({}), since {because} failed", step_words::to_do(*kind))
        }
        Event::Stopping { running } => {
            let calls = count(*running, "running step");
            format!("Stopping: starting nothing new, waiting for {calls}. Ctrl-C again stops now.")
        }
        _ => return None,
    })
}

/// Writes the lines somewhere as the events come.
pub struct LineObserver<W> {
    lines: Mutex<(EventLines, W)>,
}

impl<W: Write + Send> LineObserver<W> {
    pub fn new(style: Style, writer: W) -> Self {
        Self { lines: Mutex::new((EventLines::new(style), writer)) }
    }
}

impl<W: Write + Send> Observer for LineObserver<W> {
    fn observe(&self, event: Event) {
        let mut guard = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let (lines, writer) = &mut *guard;
        let text = lines.text(&event);
        // A log that cannot be written must not stop a run half-way.
        let _ = writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::view::sample;

    #[test]
    fn a_run_is_a_log() {
        let mut lines = EventLines::new(Style::PLAIN);
        let text: String = sample::events().iter().map(|event| lines.text(event)).collect();
        insta::assert_snapshot!(text, @"
        Looking for the effect of 1 call of an earlier run...
        old: create of an earlier run: found and recorded
        Refreshing 2 resources...
        Applying 4 steps...
        jobs: creating
        cluster: creating (usually takes 10m)
        events: deleting the replaced object
        jobs: trying again in 0.8s: sqs:CreateQueue failed with Throttled
        jobs: created in 1.2s  video-jobs
        cluster: still creating (20s of about 10m): the control plane is CREATING
        events: deleted the replaced object in 1m 30s
        cluster: failed after 1m 1s: access denied: `eks:CreateCluster` is not allowed
        other: not waited for after 1m 4s: it is CREATING
        nodes: skipped (create), since cluster failed
        Stopping: starting nothing new, waiting for 1 running step. Ctrl-C again stops now.

        error: could not create cluster: access denied: `eks:CreateCluster` is not allowed
          hint: add the action to a policy of the role you use

        Stopped in 1m 5s: 1 created, 1 replaced, 1 failed, 1 skipped.
        What was done is recorded: see to what failed and run the same command again.
        ");
    }

    #[test]
    fn the_last_line_says_how_it_ended() {
        let end = |failed, seconds| Event::Applied {
            done: crate::plan::Summary { create: 3, delete: 1, ..Default::default() },
            failed,
            skipped: failed * 2,
            elapsed: Duration::from_secs(seconds),
        };
        let mut lines = EventLines::new(Style::PLAIN);
        assert_eq!(lines.text(&end(0, 5)), "\nApplied in 5.0s: 3 created, 1 deleted.\n");
        assert!(lines.text(&end(1, 5)).contains("Partly applied in 5.0s: 3 created, 1 deleted, 1 failed, 2 skipped."));
    }

    #[test]
    fn a_step_that_waits_does_not_fill_the_log() {
        let mut lines = EventLines::new(Style::PLAIN);
        let mut say = |seconds, message: &str| {
            let event = Event::StepProgress {
                address: Address::single("cluster"),
                kind: StepKind::Create,
                message: message.to_owned(),
                elapsed: Duration::from_secs(seconds),
                expected: Duration::from_secs(600),
            };
            !lines.text(&event).is_empty()
        };
        let said = [say(5, "CREATING"), say(10, "CREATING"), say(12, "ACTIVE"), say(43, "ACTIVE")];
        assert_eq!(said, [true, false, true, true]);
    }

    #[test]
    fn the_observer_writes_what_the_lines_say() {
        let observer = LineObserver::new(Style::PLAIN, Vec::new());
        observer.observe(Event::Stopping { running: 1 });
        let guard = observer.lines.lock().unwrap();
        assert!(String::from_utf8_lossy(&guard.1).starts_with("Stopping"));
    }
}
