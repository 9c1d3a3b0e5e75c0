//! Events of a run as messages.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::message;
use crate::address::Address;
use crate::engine::{Event, Phase};
use crate::plan::StepKind;

/// An event as a message.
///
/// - `phase_started`: `phase` (`recover`, `refresh`, `apply`), `total`. `phase_finished`: `phase`.
/// - `recovered`: `address`, `operation`, `outcome` in words.
/// - `refreshing`, `refreshed`: `address`.
/// - `step_…`: `address`, `kind` (`create`, `adopt`, `update`, `delete`, `delete_deposed`), and
///   - `step_started`: `identity`, `expected_ms`;
///   - `step_progress`: `message`, `elapsed_ms`, `expected_ms`;
///   - `step_retried`: `error`, `after_ms`;
///   - `step_succeeded`: `identity`, `elapsed_ms`;
///   - `step_failed`: `error`, `hint`, `elapsed_ms`;
///   - `step_interrupted`: `waiting_for` in words, `elapsed_ms`;
///   - `step_skipped`: `because`, the address that failed.
/// - `stopping`: `running`, how many steps are waited for.
/// - `applied`: `done` (how many of each action, as a plan's `summary`), `failed`, `skipped`, `elapsed_ms`.
pub fn event(event: &Event) -> Json {
    match event {
        Event::PhaseStarted { phase, total } => {
            message("phase_started", json!({"phase": phase_name(*phase), "total": total}))
        }
        Event::PhaseFinished { phase } => message("phase_finished", json!({"phase": phase_name(*phase)})),
        Event::Recovered { address, operation, outcome } => {
            message("recovered", json!({"address": address, "operation": operation, "outcome": outcome}))
        }
        Event::Refreshing { address } => message("refreshing", json!({"address": address})),
        Event::Refreshed { address } => message("refreshed", json!({"address": address})),
        Event::StepStarted { address, kind, identity, expected } => {
            let more = json!({"identity": identity, "expected_ms": milliseconds(*expected)});
            step("step_started", address, *kind, more)
        }
        Event::StepProgress { address, kind, message, elapsed, expected } => {
            let (elapsed, expected) = (milliseconds(*elapsed), milliseconds(*expected));
            let more = json!({"message": message, "elapsed_ms": elapsed, "expected_ms": expected});
            step("step_progress", address, *kind, more)
        }
        Event::StepRetried { address, kind, error, after } => {
            step("step_retried", address, *kind, json!({"error": error, "after_ms": milliseconds(*after)}))
        }
        Event::StepSucceeded { address, kind, identity, elapsed } => {
            let more = json!({"identity": identity, "elapsed_ms": milliseconds(*elapsed)});
            step("step_succeeded", address, *kind, more)
        }
        Event::StepFailed { address, kind, error, hint, elapsed } => {
            let more = json!({"error": error, "hint": hint, "elapsed_ms": milliseconds(*elapsed)});
            step("step_failed", address, *kind, more)
        }
        Event::StepInterrupted { address, kind, waiting_for, elapsed } => {
            let more = json!({"waiting_for": waiting_for, "elapsed_ms": milliseconds(*elapsed)});
            step("step_interrupted", address, *kind, more)
        }
        Event::StepSkipped { address, kind, because } => {
            step("step_skipped", address, *kind, json!({"because": because}))
        }
        Event::Stopping { running } => message("stopping", json!({"running": running})),
        Event::Applied { done, failed, skipped, elapsed } => message(
            "applied",
            json!({"done": done, "failed": failed, "skipped": skipped, "elapsed_ms": milliseconds(*elapsed)}),
        ),
    }
}

/// A message about a step: `more` behind what every one has.
fn step(name: &str, address: &Address, kind: StepKind, more: Json) -> Json {
    let mut body = json!({"address": address, "kind": kind.name()});
    if let (Some(fields), Json::Object(more)) = (body.as_object_mut(), more) {
        fields.extend(more);
    }
    message(name, body)
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Recover => "recover",
        Phase::Refresh => "refresh",
        Phase::Apply => "apply",
    }
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
