//! The command line: the only code that reads arguments, the environment and the terminal.

mod arguments;
mod clouds;
#[cfg(feature = "simulator")]
pub use clouds::{SimulatedNetwork, simulated_azure, simulated_network};
mod command;
mod console;
mod environment;
mod failure;
mod logs;
mod redact;
mod signals;
pub mod view;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::Arguments;
use clouds::Clouds;
use console::Console;
use environment::Environment;
use failure::Exit;

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::BadInput } else { Exit::Done };
            let _ = error.print();
            return exit.into();
        }
    };
    let console = Console::new(arguments.output.json, Environment::read(&arguments.output));
    logs::start(&console, arguments.output.verbose);
    #[cfg(feature = "simulator")]
    let clouds = match Clouds::of(&arguments, console.environment()) {
        Ok(clouds) => clouds,
        Err(failure) => {
            failure.tell(&console);
            return failure.exit().into();
        }
    };
    #[cfg(not(feature = "simulator"))]
    let clouds = Clouds::real(console.environment());
    let runtime = match clouds.runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            console.err(&format!("error: the system gives no threads: {error}"));
            return Exit::Failed.into();
        }
    };
    let exit = runtime.block_on(command::run(arguments, &clouds, &console)).unwrap_or_else(|failure| {
        failure.tell(&console);
        failure.exit()
    });
    // A call that is still under way must not hold up a second Ctrl-C.
    runtime.shutdown_background();
    exit.into()
}
