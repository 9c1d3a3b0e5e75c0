//! What will change, why, and in which order.
//!
//! Pure: a stack, a state and what was observed go in, a [`Plan`] comes out. The
//! plan is the program: applying it decides nothing more.

mod change;
mod compare;
mod drift;
mod moves;
mod observation;
mod planner;
mod request;
mod saved;
mod secrecy;
mod step;
mod steps;

use std::collections::BTreeMap;
use std::time::Duration;

use petgraph::graph::DiGraph;

pub use change::{Action, Change, Drift, DriftKind, OutputChange, Reason, ReplaceOrder};
pub use compare::with_ignored;
pub use drift::{drift, owned};
pub use observation::Observation;
pub use planner::{Given, plan};
pub use request::Request;
pub use saved::{SavedPlan, SavedPlanError, SavedSource, Saving};
pub use secrecy::{seal_all, seal_seen};
pub use step::{Step, StepKind};

use crate::address::{Address, StackName};
use crate::diagnostic::Diagnostics;
use crate::graph::critical_path;
use crate::state::Entry;
use crate::value::Attributes;

/// Whether a plan makes what the stack wants, or takes everything away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Apply,
    Destroy,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub stack: StackName,
    pub mode: Mode,
    /// Of the state it was made from.
    pub lineage: String,
    pub serial: u64,
    /// Every resource looked at, those that stay as they are included.
    pub changes: BTreeMap<Address, Change>,
    /// What changed behind our back since it was recorded.
    pub drift: Vec<Drift>,
    /// Outputs of the stack that change.
    pub outputs: Vec<OutputChange>,
    /// Edges point from a step to those that wait for it.
    pub steps: DiGraph<Step, ()>,
    /// What is to be written down without any call: moves, and facts that were found to have changed.
    pub bookkeeping: Vec<Entry>,
    /// Resources that `--target` or `--exclude` left out although something may change there.
    pub left_out: Vec<Address>,
    pub warnings: Diagnostics,
    /// Attributes as they will be, for expressions; secrets in the open, so only for the engine.
    pub(crate) planned: BTreeMap<Address, Attributes>,
}

/// How many resources each action touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    pub create: usize,
    pub adopt: usize,
    pub update: usize,
    pub replace: usize,
    pub delete: usize,
    pub forget: usize,
    pub no_op: usize,
}

impl Plan {
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for change in self.changes.values() {
            let count = match change.action {
                Action::NoOp => &mut summary.no_op,
                Action::Create => &mut summary.create,
                Action::Adopt => &mut summary.adopt,
                Action::Update => &mut summary.update,
                Action::Replace(_) => &mut summary.replace,
                Action::Delete => &mut summary.delete,
                Action::Forget => &mut summary.forget,
            };
            *count += 1;
        }
        summary
    }

    /// Whether applying it would call no one and change no output. Moves count as changes.
    pub fn is_empty(&self) -> bool {
        let resources =
            self.changes.values().all(|change| change.action == Action::NoOp && change.moved_from.is_none());
        resources && self.outputs.is_empty() && self.steps.node_count() == 0
    }

    /// The chain of steps that decides how long an apply takes, and how long that usually is.
    pub fn critical_path(&self) -> (Vec<&Step>, Duration) {
        let (path, total) = critical_path(&self.steps, Step::usual_duration);
        (path.into_iter().map(|index| &self.steps[index]).collect(), total)
    }
}
