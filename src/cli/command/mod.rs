//! The commands, one file each.

mod apply;
mod destroy;
mod drift;
mod graph;
mod import;
mod init;
pub(super) mod input;
mod output;
mod plan;
mod schema;
mod session;
#[cfg(feature = "simulator")]
mod simulator;
mod state;
mod validate;

use super::arguments::{Arguments, Command};
use super::clouds::Clouds;
use super::console::Console;
use super::failure::{Exit, Failure};

type Outcome = Result<Exit, Failure>;

pub(super) async fn run(arguments: Arguments, clouds: &Clouds, console: &Console) -> Outcome {
    match arguments.command {
        Command::Init(arguments) => init::run(&arguments, console),
        Command::Validate(arguments) => validate::run(&arguments, console),
        Command::Plan(arguments) => plan::run(arguments, clouds, console).await,
        Command::Apply(arguments) => apply::run(arguments, clouds, console).await,
        Command::Destroy(arguments) => destroy::run(arguments, clouds, console).await,
        Command::Drift(arguments) => drift::run(&arguments, clouds, console).await,
        Command::Output(arguments) => output::run(&arguments, clouds, console),
        Command::State(command) => state::run(command, clouds, console),
        Command::Import(arguments) => import::run(arguments, clouds, console).await,
        Command::Graph(arguments) => graph::run(&arguments, console),
        Command::Schema(arguments) => schema::run(&arguments, console),
        #[cfg(feature = "simulator")]
        Command::Simulator(command) => simulator::run(command, &arguments.simulation, console).await,
    }
}
