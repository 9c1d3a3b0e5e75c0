//! The commands, one file each.

mod apply;
mod destroy;
mod drift;
mod graph;
mod import;
mod init;
mod input;
mod output;
mod plan;
mod schema;
mod session;
mod state;
mod validate;

use super::arguments::Command;
use super::console::Console;
use super::failure::{Exit, Failure};

type Outcome = Result<Exit, Failure>;

pub(super) async fn run(command: Command, console: &Console) -> Outcome {
    match command {
        Command::Init(arguments) => init::run(&arguments, console),
        Command::Validate(arguments) => validate::run(&arguments, console),
        Command::Plan(arguments) => plan::run(arguments, console).await,
        Command::Apply(arguments) => apply::run(arguments, console).await,
        Command::Destroy(arguments) => destroy::run(arguments, console).await,
        Command::Drift(arguments) => drift::run(&arguments, console).await,
        Command::Output(arguments) => output::run(&arguments, console),
        Command::State(command) => state::run(command, console),
        Command::Import(arguments) => import::run(arguments, console).await,
        Command::Graph(arguments) => graph::run(&arguments, console),
        Command::Schema(arguments) => schema::run(&arguments, console),
    }
}
