//! Why something could not be applied, in the words of an API server.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::simulator::kubernetes::fields::{Path, shown};

/// Why nothing was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulator) enum Refused {
    /// 409: others own what would change.
    Conflicts(Vec<Conflict>),
    /// 400 or 500: what was applied makes no sense.
    Invalid(String),
}

/// Someone else owns a field that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulator) struct Conflict {
    pub(in crate::simulator) manager: String,
    /// `Apply` or `Update`.
    pub(in crate::simulator) operation: String,
    pub(in crate::simulator) api_version: String,
    pub(in crate::simulator) subresource: String,
    pub(in crate::simulator) path: Path,
}

impl Conflict {
    /// `.spec.replicas`.
    pub(in crate::simulator) fn field(&self) -> String {
        shown(&self.path)
    }

    /// `conflict with "kubectl-client-side-apply" using apps/v1`.
    pub(in crate::simulator) fn message(&self) -> String {
        format!("conflict with {}", self.who())
    }

    /// As `details.causes` of the answer have it.
    pub(in crate::simulator) fn cause(&self) -> Json {
        json!({"reason": "FieldManagerConflict", "message": self.message(), "field": self.field()})
    }

    fn who(&self) -> String {
        let mut who = format!("{:?}", self.manager);
        if !self.subresource.is_empty() {
            who = format!("{who} with subresource {:?}", self.subresource);
        }
        if self.operation == "Update" {
            who = format!("{who} using {}", self.api_version);
        }
        who
    }
}

impl Refused {
    /// The message of the answer.
    pub(in crate::simulator) fn message(&self) -> String {
        match self {
            Self::Invalid(why) => why.clone(),
            Self::Conflicts(conflicts) => conflict_message(conflicts),
        }
    }
}

fn conflict_message(conflicts: &[Conflict]) -> String {
    if let [one] = conflicts {
        return format!("Apply failed with 1 conflict: {}: {}", one.message(), one.field());
    }
    let mut by_manager: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for conflict in conflicts {
        by_manager.entry(conflict.who()).or_default().push(format!("- {}", conflict.field()));
    }
    let lines: Vec<_> =
        by_manager.iter().map(|(who, fields)| format!("conflicts with {who}:\n{}", fields.join("\n"))).collect();
    format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
}
