//! What is asked of a plan.

use std::collections::BTreeSet;

use super::Mode;
use crate::address::Address;
use crate::diagnostic::{Diagnostic, closest};
use crate::graph::Dependencies;

/// What the user asks for beyond the stack itself.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Request {
    /// Only these and what they need; empty for all. A bare name stands for all its instances.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target: Vec<Address>,
    /// All but these and what needs them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Address>,
    /// Made anew although nothing asks for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replace: Vec<Address>,
}

impl Request {
    /// The addresses the plan is about, or what is wrong with the request.
    pub(super) fn scope(
        &self,
        mode: Mode,
        graph: &Dependencies,
        known: &BTreeSet<Address>,
    ) -> Result<BTreeSet<Address>, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut all = |given: &[Address]| {
            let mut found = BTreeSet::new();
            for address in given {
                let matching = matching(address, known);
                if matching.is_empty() {
                    problems.push(unknown(address, known));
                }
                found.extend(matching);
            }
            found
        };
        let (target, exclude) = (all(&self.target), all(&self.exclude));
        all(&self.replace);
        if !problems.is_empty() {
            return Err(problems);
        }
        // To make something, what it needs must be there; to remove it, what needs it must go.
        let mut scope = match (self.target.is_empty(), mode) {
            (true, _) => known.clone(),
            (false, Mode::Apply) => graph.with_dependencies(&target),
            (false, Mode::Destroy) => graph.with_dependents(&target),
        };
        let excluded = match mode {
            Mode::Apply => graph.with_dependents(&exclude),
            Mode::Destroy => graph.with_dependencies(&exclude),
        };
        scope.retain(|address| !excluded.contains(address));
        Ok(scope)
    }

    pub(super) fn replaces(&self, address: &Address) -> bool {
        self.replace.iter().any(|given| is_match(given, address))
    }
}

fn is_match(given: &Address, address: &Address) -> bool {
    given == address || (given.key().is_none() && given.name() == address.name())
}

fn matching(given: &Address, known: &BTreeSet<Address>) -> Vec<Address> {
    known.iter().filter(|address| is_match(given, address)).cloned().collect()
}

fn unknown(address: &Address, known: &BTreeSet<Address>) -> Diagnostic {
    let detail = format!("there is no `{address}` in the stack or the state");
    let mut problem = Diagnostic::error("plan/unknown-address", "Unknown address", detail);
    let names: Vec<_> = known.iter().map(ToString::to_string).collect();
    problem.help =
        closest(&address.to_string(), names.iter().map(String::as_str)).map(|word| format!("did you mean `{word}`?"));
    problem
}
