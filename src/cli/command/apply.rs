//! `tidegate apply`: plans, asks, and carries it out; or carries out a saved plan.

use std::io::Write as _;
use std::path::Path;

use super::super::arguments::ApplyArguments;
use super::super::clouds::Clouds;
use super::super::console::Console;
use super::super::failure::{Exit, Failure};
use super::super::view;
use super::session::{Planned, Session, Wish, request, show, unless_stopped};
use super::{Outcome, input};
use crate::diagnostic::Diagnostics;
use crate::engine::{Applied, Stop, StopLevel};
use crate::expression::Files;
use crate::plan::{Mode, Request, SavedPlan, SavedPlanError};
use crate::stack::Stack;

pub(super) async fn run(arguments: ApplyArguments, clouds: &Clouds, console: &Console) -> Outcome {
    if let Some(path) = arguments.stack.stack.as_ref().filter(|path| path.is_file()) {
        let text = input::read(path)?;
        if SavedPlan::is_one(&text) {
            return saved(&arguments, path, &text, clouds, console).await;
        }
    }
    let registry = clouds.registry();
    let loaded = input::load_stack(&arguments.stack, &registry, console)?;
    console.problems(&loaded.warnings);
    let run = &arguments.run;
    let session = Session::open(&run.folder, run.parallelism, &loaded.stack.name, "apply", clouds, console).await?;
    let request = request(run, arguments.change.replace.clone());
    let stack = Some(&loaded.stack);
    let wish = Wish { stack, mode: Mode::Apply, request: &request, refresh: arguments.change.refresh };
    let planned = session.plan(&wish).await?;
    show(&planned, console);
    carry_out(session, planned, stack, arguments.auto_approve, console).await
}

/// Makes the saved plan again, checks that it is the same, and carries it out without asking.
async fn saved(arguments: &ApplyArguments, path: &Path, text: &str, clouds: &Clouds, console: &Console) -> Outcome {
    let refuse = |error: SavedPlanError| Failure::usage(format!("{}: {error}", path.display()), error.hint());
    let saved = SavedPlan::parse(text).map_err(refuse)?;
    let request = &saved.request;
    as_it_is(arguments, &saved)?;
    let registry = clouds.registry();
    let loaded = match &saved.source {
        None => None,
        Some(source) => {
            let mut assignments = input::assignments(&arguments.stack, console)?;
            let secret: Vec<_> = source.secret_names().collect();
            assignments.retain(|assignment| secret.contains(&assignment.name.as_str()));
            assignments.extend(source.assignments());
            let files = Files::fixed(source.files.clone());
            Some(input::load_source(source.clone(), assignments, files, &registry, console)?)
        }
    };
    let run = &arguments.run;
    let session = Session::open(&run.folder, run.parallelism, &saved.stack, "apply", clouds, console).await?;
    saved.check_state(&session.state).map_err(refuse)?;
    let stack = loaded.as_ref().map(|loaded| &loaded.stack);
    if let Some(stack) = stack {
        saved.check_secrets(stack, &session.state.seal_key).map_err(refuse)?;
    }
    let wish = Wish { stack, mode: saved.mode, request, refresh: false };
    session.gather(&wish).await?;
    let planned = session.plan_from(&wish, saved.observations(), saved.now_s)?;
    saved.check_plan(&planned.plan).map_err(refuse)?;
    show(&planned, console);
    carry_out(session, planned, stack, true, console).await
}

/// Refuses flags that would make another plan of it.
fn as_it_is(arguments: &ApplyArguments, saved: &SavedPlan) -> Result<(), Failure> {
    let given = &arguments.stack;
    let is_secret = |name: &str| saved.source.iter().any(|source| source.secret_names().any(|secret| secret == name));
    let asked = super::session::request(&arguments.run, arguments.change.replace.clone()) != Request::default();
    if asked || given.name.is_some() || given.var.iter().any(|(name, _)| !is_secret(name)) {
        return Err(Failure::usage(
            "a saved plan is applied as it is, with no more than its secret variables",
            "leave --target, --exclude, --replace, --name and other variables out, or give them to `tidegate plan`",
        ));
    }
    Ok(())
}

/// Asks, applies and tells what came of it.
pub(super) async fn carry_out(
    session: Session,
    planned: Planned,
    stack: Option<&Stack>,
    approved: bool,
    console: &Console,
) -> Outcome {
    let plan = &planned.plan;
    let mode = plan.mode;
    if !plan.is_empty() && !approved {
        ask(mode, &session.stop, console).await?;
    }
    let Session { engine, state, journal, stop } = session;
    let applied = engine.apply(plan, stack, state, &journal, &stop).await;
    let (_store, recorded) = journal.close(&applied.state);
    tell_failures(&applied, console);
    let failed_checks = failed_checks(stack, mode, &applied);
    console.problems(&failed_checks);
    if mode == Mode::Apply {
        show_outputs(&applied, console);
    }
    // What could not be written while it went on has been told already.
    if applied.unrecorded.is_none() {
        recorded?;
    }
    Ok(exit(&applied, &failed_checks))
}

fn exit(applied: &Applied, failed_checks: &Diagnostics) -> Exit {
    let done = applied.done;
    let some = done.create + done.adopt + done.update + done.replace + done.delete + done.forget > 0;
    match applied.is_complete() {
        true if failed_checks.has_errors() => Exit::Failed,
        true => Exit::Done,
        false if applied.stopped != StopLevel::None => Exit::Interrupted,
        false if some => Exit::PartlyApplied,
        false => Exit::Failed,
    }
}

/// Whatever the events could not tell.
fn tell_failures(applied: &Applied, console: &Console) {
    if let Some(error) = &applied.unrecorded {
        Failure::Store(std::sync::Arc::clone(error)).tell(console);
    }
    if applied.stopped != StopLevel::None && !console.json {
        let left = applied.not_started;
        console.err(&format!("Interrupted with {left} steps to go. What was done is recorded; run it again to go on."));
    }
}

/// Checks that could not be computed before.
fn failed_checks(stack: Option<&Stack>, mode: Mode, applied: &Applied) -> Diagnostics {
    let mut problems = Diagnostics::default();
    let stack = stack.filter(|_| mode == Mode::Apply && applied.is_complete());
    for (stack, check) in stack.iter().flat_map(|stack| stack.checks.iter().map(move |check| (stack, check))) {
        if let Err(problem) = stack.check(check, &|address| applied.known(address)) {
            problems.push(*problem);
        }
    }
    problems
}

fn show_outputs(applied: &Applied, console: &Console) {
    let outputs = &applied.state.outputs;
    console.message(&view::json::outputs(outputs));
    if !console.json && !outputs.is_empty() {
        console.out(&format!("\nOutputs:\n\n{}", view::outputs::text(outputs, console.style())));
    }
}

async fn ask(mode: Mode, stop: &Stop, console: &Console) -> Result<(), Failure> {
    if !console.environment().can_ask || console.json {
        return Err(Failure::usage(
            "there is no one to ask whether to go on",
            "look at the plan, and give --auto-approve",
        ));
    }
    let question = match mode {
        Mode::Apply => "Carry this out? Only `yes` goes on: ",
        Mode::Destroy => "Really delete all this? Only `yes` goes on: ",
    };
    let _ = write!(std::io::stderr().lock(), "\n{question}");
    let _ = std::io::stderr().flush();
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    match unless_stopped(stop, answer).await? {
        Ok(Ok(line)) if line.trim() == "yes" => Ok(()),
        _ => {
            console.err("Nothing was changed.");
            Err(Failure::Told(Exit::Failed))
        }
    }
}
