//! The language: what a stack file may say, and what is said of one that is wrong.

mod expressions;
mod instances;
mod names;
mod pages;
mod properties;
mod providers;
mod references;
mod render;
mod variables;
mod warnings;
mod yaml;

use std::collections::BTreeMap;

use tidegate::diagnostic::{Diagnostic, Diagnostics, Source};
use tidegate::expression::Files;
use tidegate::plan::{Given as PlanGiven, Mode, Plan, Request, plan};
use tidegate::provider::Registry;
use tidegate::stack::{Assignment, Given, Inputs, Stack, load};
use tidegate::state::State;
use tidegate::value::{SealKey, Value};

use crate::support::scripted::Cloud;

fn registry() -> Registry {
    let families: Vec<_> = tidegate::providers::registry().families().cloned().collect();
    Registry::new(families.into_iter().chain([Cloud::default().family()]).collect::<Vec<_>>())
}

fn source(text: &str) -> Source {
    Source { name: "stack.yaml".to_owned(), text: text.to_owned() }
}

/// A stack file with its first lines, so that tests can begin with what they are about.
fn file(rest: &str) -> String {
    format!("tidegate: 1\nstack: test\n{rest}")
}

fn inputs(variables: &[(&str, &str)]) -> Inputs {
    let assignments = variables.iter().map(|(name, value)| Assignment {
        name: (*name).to_owned(),
        value: Given::Text((*value).to_owned()),
        origin: "--var".to_owned(),
        must_exist: true,
    });
    let files = [
        ("greeting.txt", "hello\n"),
        ("objects/", "a.yaml\nb.yaml\n"),
        ("objects/a.yaml", "kind: Namespace\n---\nkind: Secret\n"),
        ("objects/b.yaml", "kind: Pod\n"),
    ];
    let files: BTreeMap<_, _> = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    Inputs { assignments: assignments.collect(), files: Files::fixed(files), ..Inputs::default() }
}

fn plan_from_nothing(stack: &Stack, registry: &Registry) -> Result<Plan, Diagnostics> {
    let state = State::new(stack.name.clone(), String::new(), SealKey::from_bytes([0; 32]));
    let (observations, request) = (BTreeMap::new(), Request::default());
    plan(&PlanGiven {
        stack: Some(stack),
        state: &state,
        observations: &observations,
        registry,
        mode: Mode::Apply,
        request: &request,
        now_s: 0,
    })
}

/// Everything that loading and then planning on an empty account find wrong. Nothing is filtered
/// out, so whatever is told twice shows.
fn all_problems(text: &str, inputs: &Inputs) -> Diagnostics {
    let registry = registry();
    let (stack, mut problems) = load(source(text), inputs, &registry);
    if let Some(stack) = stack {
        match plan_from_nothing(&stack, &registry) {
            Ok(plan) => problems.extend(plan.warnings),
            Err(more) => problems.extend(more),
        }
    }
    problems.sorted()
}

/// One line a problem: where, what, the characters under its caret, why, and the way out.
fn told(problems: &Diagnostics) -> String {
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn line(problem: &Diagnostic) -> String {
    let place = problem.range.as_ref().map(|range| {
        let marked = range.source.text[range.start.offset..range.end.offset].replace('\n', "⏎");
        format!("{}:{} «{marked}» ", range.start.line, range.start.column)
    });
    let help = problem.help.as_ref().map(|help| format!(" ({help})"));
    format!("{}{}: {}{}", place.unwrap_or_default(), problem.code, problem.detail, help.unwrap_or_default())
}

/// What is wrong with a stack, its first two lines given.
fn problems(rest: &str) -> String {
    told(&all_problems(&file(rest), &inputs(&[])))
}

/// A stack that must be fine.
fn stack(rest: &str, variables: &[(&str, &str)]) -> Stack {
    let (stack, problems) = load(source(&file(rest)), &inputs(variables), &registry());
    assert!(problems.is_empty(), "{}", told(&problems));
    stack.unwrap()
}

/// What a stack that must be fine plans, as the attributes that each resource will have.
fn planned(rest: &str, variables: &[(&str, &str)]) -> BTreeMap<String, Value> {
    let plan = plan_from_nothing(&stack(rest, variables), &registry()).unwrap_or_else(|all| panic!("{}", told(&all)));
    let changes = plan.changes.into_values();
    changes.map(|change| (change.address.to_string(), Value::Map(change.after.unwrap()))).collect()
}
