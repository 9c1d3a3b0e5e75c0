//! `tidegate destroy`: the plan of an empty stack, from the state alone.

use super::super::arguments::DestroyArguments;
use super::super::clouds::Clouds;
use super::super::console::Console;
use super::session::{Session, Wish, request, show};
use super::{Outcome, apply, input};
use crate::plan::Mode;

pub(super) async fn run(arguments: DestroyArguments, clouds: &Clouds, console: &Console) -> Outcome {
    let run = &arguments.run;
    let name = input::state_name(arguments.stack.as_ref(), arguments.name.as_ref(), &clouds.state_dir(&run.folder))?;
    let session = Session::open(&run.folder, run.parallelism, &name, "destroy", clouds, console).await?;
    let request = request(run, Vec::new());
    let wish = Wish { stack: None, mode: Mode::Destroy, request: &request, refresh: true };
    let planned = session.plan(&wish).await?;
    show(&planned, console);
    apply::carry_out(session, planned, None, arguments.auto_approve, console).await
}
