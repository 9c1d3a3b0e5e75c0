//! `tidegate output`: the outputs of the last apply.

use super::super::arguments::ShowOutputArguments;
use super::super::clouds::Clouds;
use super::super::console::Console;
use super::super::failure::{Exit, Failure};
use super::super::view;
use super::{Outcome, input, state};
use crate::diagnostic::closest;

pub(super) fn run(arguments: &ShowOutputArguments, clouds: &Clouds, console: &Console) -> Outcome {
    let given = &arguments.state;
    let name = input::state_name(given.stack.as_ref(), given.name.as_ref(), &clouds.state_dir(&given.folder))?;
    let state = state::read(given, &name, clouds, console)?;
    let mut outputs = state.outputs;
    if let Some(only) = &arguments.only {
        if !outputs.contains_key(only) {
            let hint = match closest(only, outputs.keys().map(String::as_str)) {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("there are: {}", outputs.keys().cloned().collect::<Vec<_>>().join(", ")),
            };
            return Err(Failure::usage(format!("there is no output `{only}`"), hint));
        }
        outputs.retain(|name, _| name == only);
        if arguments.raw {
            let raw = outputs.get(only).and_then(view::outputs::raw).ok_or_else(|| {
                Failure::usage(
                    format!("`{only}` has no plain form"),
                    "a secret is not kept anywhere; for lists and maps use --json",
                )
            })?;
            console.out(&raw);
            return Ok(Exit::Done);
        }
    }
    console.message(&view::json::outputs(&outputs));
    if !console.json {
        console.out(&view::outputs::text(&outputs, console.style()));
    }
    Ok(Exit::Done)
}
