//! What stands on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::address::{Address, StackName};

/// A declarative stack engine for event-driven workloads on Kubernetes in two clouds.
#[derive(Debug, Parser)]
#[command(name = "tidegate", version, propagate_version = true, disable_help_subcommand = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) output: OutputArguments,
    #[cfg(feature = "simulator")]
    #[command(flatten)]
    pub(super) simulation: SimulationArguments,
}

/// How results are shown.
#[derive(Clone, Debug, Args)]
pub(super) struct OutputArguments {
    /// Write NDJSON messages to standard output, for machines
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Use no colours
    #[arg(long, global = true)]
    pub(super) no_color: bool,
    /// Log what is done to standard error; more with -vv and -vvv
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
}

/// Whether everything takes place in simulated clouds.
#[cfg(feature = "simulator")]
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Simulation")]
pub(super) struct SimulationArguments {
    /// Work on simulated clouds: no account, no credentials, no cost. Their world and its states are kept in
    /// the folder `simulated` of the states
    #[arg(long, global = true)]
    pub(super) simulate: bool,
    /// A YAML file of what goes wrong in the simulated clouds
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) simulate_faults: Option<PathBuf>,
    /// Simulated seconds that pass in a real one, for runs to watch or to interrupt [default: no waiting at all]
    #[arg(long, global = true, value_name = "N", value_parser = speed)]
    pub(super) simulate_speed: Option<f64>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a first stack to start from
    Init(InitArguments),
    /// Check everything that can be known without a cloud
    Validate(StackArguments),
    /// Show what would change
    Plan(PlanArguments),
    /// Plan, ask, and carry it out; or carry out a saved plan
    Apply(ApplyArguments),
    /// Delete everything the state knows; needs no stack file
    Destroy(DestroyArguments),
    /// Show what changed outside Tidegate, and change nothing
    Drift(StateArguments),
    /// Show the outputs of the last apply
    Output(ShowOutputArguments),
    /// Look into the state, or repair it
    #[command(subcommand)]
    State(StateCommand),
    /// Take an existing object into the state
    Import(ImportArguments),
    /// Show who depends on whom
    Graph(GraphArguments),
    /// JSON Schema of stack files for editors; with a type, explain it
    Schema(SchemaArguments),
    /// The simulated clouds by themselves
    #[cfg(feature = "simulator")]
    #[command(subcommand)]
    Simulator(SimulatorCommand),
}

#[derive(Clone, Debug, Args)]
pub(super) struct InitArguments {
    /// The file to write
    #[arg(default_value = "stacks/hello.yaml")]
    pub(super) file: PathBuf,
}

/// Where states are.
#[derive(Clone, Debug, Args)]
pub(super) struct FolderArguments {
    /// The folder that holds the states
    #[arg(long, value_name = "FOLDER", default_value = "state")]
    pub(super) state_dir: PathBuf,
    /// How long to wait for a state that another run has locked, such as 30s
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    pub(super) lock_timeout: Duration,
}

/// A stack file and what it is given.
#[derive(Clone, Debug, Args)]
pub(super) struct StackArguments {
    /// The stack file [default: the only one in stacks/]
    #[arg(value_name = "STACK")]
    pub(super) stack: Option<PathBuf>,
    /// The value of a variable
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    pub(super) var: Vec<(String, String)>,
    /// A YAML file of variables
    #[arg(long, value_name = "FILE")]
    pub(super) var_file: Vec<PathBuf>,
    /// A name in place of the file's own
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<StackName>,
}

/// How a run is made, and on what.
#[derive(Clone, Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) folder: FolderArguments,
    /// How many calls may be under way at once
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) parallelism: u16,
    /// Only this resource and what it needs
    #[arg(long, value_name = "ADDRESS")]
    pub(super) target: Vec<Address>,
    /// All but this resource and what needs it
    #[arg(long, value_name = "ADDRESS")]
    pub(super) exclude: Vec<Address>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct PlanArguments {
    #[command(flatten)]
    pub(super) stack: StackArguments,
    #[command(flatten)]
    pub(super) run: RunArguments,
    #[command(flatten)]
    pub(super) change: ChangeArguments,
    /// Save the plan, for `tidegate apply FILE`
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Plan to delete everything
    #[arg(long)]
    pub(super) destroy: bool,
    /// Exit with 2 when there are changes
    #[arg(long)]
    pub(super) detailed_exitcode: bool,
}

/// What a plan of changes can be asked for.
#[derive(Clone, Debug, Args)]
pub(super) struct ChangeArguments {
    /// Whether to look at what is there first
    #[arg(long, value_name = "YES", default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    pub(super) refresh: bool,
    /// Make this resource anew
    #[arg(long, value_name = "ADDRESS")]
    pub(super) replace: Vec<Address>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ApplyArguments {
    #[command(flatten)]
    pub(super) stack: StackArguments,
    #[command(flatten)]
    pub(super) run: RunArguments,
    #[command(flatten)]
    pub(super) change: ChangeArguments,
    /// Do not ask
    #[arg(long)]
    pub(super) auto_approve: bool,
}

#[derive(Clone, Debug, Args)]
pub(super) struct DestroyArguments {
    /// The stack file, or the name of a stack that has a state
    #[arg(value_name = "STACK")]
    pub(super) stack: Option<PathBuf>,
    /// A name in place of the file's own
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<StackName>,
    #[command(flatten)]
    pub(super) run: RunArguments,
    /// Do not ask
    #[arg(long)]
    pub(super) auto_approve: bool,
    /// Taken for the sake of scripts that give the same to every command; not needed
    #[arg(long, value_name = "NAME=VALUE", hide = true)]
    pub(super) var: Vec<String>,
    /// As --var
    #[arg(long, value_name = "FILE", hide = true)]
    pub(super) var_file: Vec<PathBuf>,
}

/// A state, by its stack's file or name.
#[derive(Clone, Debug, Args)]
pub(super) struct StateArguments {
    /// The stack file, or the name of a stack that has a state
    #[arg(value_name = "STACK")]
    pub(super) stack: Option<PathBuf>,
    /// A name in place of the file's own
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<StackName>,
    #[command(flatten)]
    pub(super) folder: FolderArguments,
    /// How many calls may be under way at once
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) parallelism: u16,
    /// Taken for the sake of scripts that give the same to every command; not needed
    #[arg(long, value_name = "NAME=VALUE", hide = true)]
    pub(super) var: Vec<String>,
    /// As --var
    #[arg(long, value_name = "FILE", hide = true)]
    pub(super) var_file: Vec<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ShowOutputArguments {
    /// Only this output
    #[arg(long, value_name = "OUTPUT")]
    pub(super) only: Option<String>,
    /// The bare value of the only output, for scripts
    #[arg(long, requires = "only")]
    pub(super) raw: bool,
    #[command(flatten)]
    pub(super) state: StateArguments,
}

#[derive(Debug, Subcommand)]
pub(super) enum StateCommand {
    /// List what is recorded
    List(StateArguments),
    /// Show one record
    Show {
        address: Address,
        #[command(flatten)]
        state: StateArguments,
    },
    /// Give a record another address
    Mv {
        from: Address,
        to: Address,
        #[command(flatten)]
        state: StateArguments,
    },
    /// Forget a record; the object stays
    Rm {
        address: Address,
        #[command(flatten)]
        state: StateArguments,
    },
}

#[derive(Clone, Debug, Args)]
pub(super) struct ImportArguments {
    /// Where the object goes; the stack must declare it
    pub(super) address: Address,
    /// What the object is known by, such as a queue's name
    pub(super) id: String,
    #[command(flatten)]
    pub(super) stack: StackArguments,
    #[command(flatten)]
    pub(super) folder: FolderArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    Dot,
    Mermaid,
}

#[derive(Clone, Debug, Args)]
pub(super) struct GraphArguments {
    #[command(flatten)]
    pub(super) stack: StackArguments,
    #[arg(long, value_enum, default_value_t = GraphFormat::Dot)]
    pub(super) format: GraphFormat,
}

#[derive(Clone, Debug, Args)]
pub(super) struct SchemaArguments {
    /// Such as aws.sqs_queue; `types` lists them
    #[arg(value_name = "TYPE")]
    pub(super) resource_type: Option<String>,
}

#[cfg(feature = "simulator")]
#[derive(Clone, Debug, Subcommand)]
pub(super) enum SimulatorCommand {
    /// Answer on a socket, for the aws command, SDKs and other runs of Tidegate
    Serve {
        /// The loopback address to listen on; port 0 takes a free one
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4599")]
        listen: std::net::SocketAddr,
        /// Simulated seconds that pass in a real one
        #[arg(long, value_name = "N", default_value = "60", value_parser = speed)]
        speed: f64,
        #[command(flatten)]
        folder: FolderArguments,
    },
}

#[cfg(feature = "simulator")]
fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.001..=1e9).contains(&speed) => Ok(speed),
        _ => Err("a number of at least 0.001".to_owned()),
    }
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_switch_may_be_written_out() {
        let parse = |arguments: &[&str]| match Arguments::try_parse_from(arguments).map(|parsed| parsed.command) {
            Ok(Command::Plan(plan)) => plan.change.refresh,
            other => panic!("{other:?}"),
        };
        assert!(parse(&["tidegate", "plan"]));
        assert!(!parse(&["tidegate", "plan", "--refresh=false"]));
    }
}
