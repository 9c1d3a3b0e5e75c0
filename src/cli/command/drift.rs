//! `tidegate drift`: recorded against observed; changes nothing.

use super::super::arguments::StateArguments;
use super::super::clouds::Clouds;
use super::super::console::Console;
use super::super::failure::Exit;
use super::super::view;
use super::session::{Session, unless_stopped};
use super::{Outcome, input};
use crate::plan::drift;

pub(super) async fn run(arguments: &StateArguments, clouds: &Clouds, console: &Console) -> Outcome {
    let folder = &arguments.folder;
    let name = input::state_name(arguments.stack.as_ref(), arguments.name.as_ref(), &clouds.state_dir(folder))?;
    let session = Session::open(folder, arguments.parallelism, &name, "drift", clouds, console).await?;
    let observations = unless_stopped(&session.stop, session.engine.refresh(&session.state, None)).await??;
    let found = drift(&session.state, &observations, session.engine.registry());
    console.message(&view::json::drift(&found));
    if !console.json {
        console.out(&view::drift::text(&found, console.style()));
    }
    Ok(if found.is_empty() { Exit::Done } else { Exit::DriftFound })
}
