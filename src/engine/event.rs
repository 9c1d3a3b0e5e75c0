//! What a run has to tell while it goes on.

use std::time::Duration;

use crate::address::Address;
use crate::plan::{StepKind, Summary};

/// What a run is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Looking for the effect of calls an earlier run did not see the end of.
    Recover,
    Refresh,
    Apply,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    PhaseStarted {
        phase: Phase,
        total: usize,
    },
    PhaseFinished {
        phase: Phase,
    },
    /// A call of an earlier run, and what became of it, in words.
    Recovered {
        address: Address,
        operation: &'static str,
        outcome: String,
    },
    Refreshing {
        address: Address,
    },
    Refreshed {
        address: Address,
    },
    StepStarted {
        address: Address,
        kind: StepKind,
        identity: Option<String>,
        expected: Duration,
    },
    /// What the provider says while it waits.
    StepProgress {
        address: Address,
        kind: StepKind,
        message: String,
        elapsed: Duration,
        /// How long the step usually takes in all.
        expected: Duration,
    },
    StepRetried {
        address: Address,
        kind: StepKind,
        error: String,
        after: Duration,
    },
    StepSucceeded {
        address: Address,
        kind: StepKind,
        identity: Option<String>,
        elapsed: Duration,
    },
    StepFailed {
        address: Address,
        kind: StepKind,
        error: String,
        hint: Option<String>,
        elapsed: Duration,
    },
    /// The run was asked to stop while the step waited for something that goes on by itself.
    StepInterrupted {
        address: Address,
        kind: StepKind,
        waiting_for: String,
        elapsed: Duration,
    },
    /// It depends on something that failed.
    StepSkipped {
        address: Address,
        kind: StepKind,
        because: Address,
    },
    /// The first Ctrl-C: nothing new is started.
    Stopping {
        running: usize,
    },
    Applied {
        done: Summary,
        failed: usize,
        skipped: usize,
        elapsed: Duration,
    },
}

/// Takes events as they come.
pub trait Observer: Send + Sync {
    fn observe(&self, event: Event);
}

impl Observer for () {
    fn observe(&self, _: Event) {}
}
