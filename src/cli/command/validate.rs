//! `tidegate validate`: everything that can be known without a cloud.

use std::collections::BTreeMap;

use super::super::arguments::StackArguments;
use super::super::console::Console;
use super::super::failure::Exit;
use super::{Outcome, input};
use crate::diagnostic::Diagnostics;
use crate::plan::{Given, Mode, Request, plan};
use crate::provider::Registry;
use crate::stack::Stack;
use crate::state::State;
use crate::value::SealKey;

pub(super) fn run(arguments: &StackArguments, console: &Console) -> Outcome {
    let registry = crate::providers::registry();
    let loaded = input::load_stack(arguments, &registry, console)?;
    let problems = problems(&loaded.stack, loaded.warnings, &registry);
    console.problems(&problems);
    if problems.has_errors() {
        return Ok(Exit::BadInput);
    }
    let (name, count) = (&loaded.stack.name, loaded.stack.resources.len());
    console
        .message(&serde_json::json!({"version": 1, "type": "validated", "stack": name.as_str(), "resources": count}));
    if !console.json {
        let noun = if count == 1 { "resource" } else { "resources" };
        console.out(&format!("{name} is valid: {count} {noun}."));
    }
    Ok(Exit::Done)
}

/// What a plan from nothing finds wrong, on top of what reading found.
pub(super) fn problems(stack: &Stack, mut problems: Diagnostics, registry: &Registry) -> Diagnostics {
    let state = State::new(stack.name.clone(), String::new(), SealKey::from_bytes([0; 32]));
    let given = Given {
        stack: Some(stack),
        state: &state,
        observations: &BTreeMap::new(),
        registry,
        mode: Mode::Apply,
        request: &Request::default(),
        now_s: 0,
    };
    match plan(&given) {
        Ok(plan) => problems.extend(plan.warnings),
        Err(more) => {
            // One mistake in one place is told once, however many ways it was noticed.
            let told: Vec<_> = problems.iter().filter_map(|problem| problem.range.clone()).collect();
            let is_new = |problem: &crate::diagnostic::Diagnostic| {
                let range = problem.range.as_ref();
                !range.is_some_and(|range| {
                    told.iter().any(|told| {
                        told.start.offset < range.end.offset
                            && range.start.offset < told.end.offset
                            && range.end.offset - range.start.offset <= told.end.offset - told.start.offset + 4
                    })
                })
            };
            problems.extend(more.into_iter().filter(is_new));
        }
    }
    problems.sorted()
}
