//! `tidegate state`: looks into the state, or repairs it.

use super::super::arguments::{StateArguments, StateCommand};
use super::super::clouds::Clouds;
use super::super::console::Console;
use super::super::failure::{Exit, Failure};
use super::super::view;
use super::session::open;
use super::{Outcome, input};
use crate::address::{Address, StackName};
use crate::diagnostic::{Diagnostic, closest};
use crate::state::{Entry, State, StateStore as _};
use crate::store::LocalFileStore;

pub(super) fn run(command: StateCommand, clouds: &Clouds, console: &Console) -> Outcome {
    match command {
        StateCommand::List(arguments) => {
            let state = read(&arguments, &name(&arguments, clouds)?, clouds, console)?;
            console.message(&view::json::resources(&state.resources));
            if !console.json {
                console.out(&view::state::list(&state));
            }
        }
        StateCommand::Show { address, state: arguments } => {
            let state = read(&arguments, &name(&arguments, clouds)?, clouds, console)?;
            let record = state.resources.get(&address).ok_or_else(|| unknown(&address, &state))?;
            console.message(&view::json::resource(&address, record));
            if !console.json {
                console.out(&view::state::show(&address, record, console.style()));
            }
        }
        StateCommand::Mv { from, to, state: arguments } => {
            change(&arguments, "state mv", clouds, console, |state| {
                if !state.resources.contains_key(&from) {
                    return Err(unknown(&from, state));
                }
                if state.resources.contains_key(&to) {
                    return Err(Failure::usage(format!("`{to}` is taken"), "move or forget that one first"));
                }
                settled(state, &from)?;
                settled(state, &to)?;
                let said = format!("Moved {from} to {to}.");
                Ok((Entry::Moved { from, to }, said))
            })?;
        }
        StateCommand::Rm { address, state: arguments } => {
            change(&arguments, "state rm", clouds, console, |state| {
                if !state.resources.contains_key(&address) {
                    return Err(unknown(&address, state));
                }
                settled(state, &address)?;
                let said = format!("Forgot {address}. If it has an object in a cloud, that stays as it is.");
                Ok((Entry::Forgotten { address }, said))
            })?;
        }
    }
    Ok(Exit::Done)
}

fn name(arguments: &StateArguments, clouds: &Clouds) -> Result<StackName, Failure> {
    input::state_name(arguments.stack.as_ref(), arguments.name.as_ref(), &clouds.state_dir(&arguments.folder))
}

/// The state as it is, without a lock.
pub(super) fn read(
    arguments: &StateArguments,
    name: &StackName,
    clouds: &Clouds,
    console: &Console,
) -> Result<State, Failure> {
    let folder = clouds.state_dir(&arguments.folder);
    let Some(state) = LocalFileStore::read_only(&folder, name)? else {
        let hint = "apply it first, or name the folder of states with --state-dir";
        return Err(Failure::usage(format!("there is no state of `{name}` in {}", folder.display()), hint));
    };
    if !state.pending.is_empty() {
        let pending: Vec<_> = state.pending.values().map(|intent| intent.address.to_string()).collect();
        let notice = format!(
            "a run is under way or was cut off while it changed {}; the next plan or apply settles that",
            pending.join(", ")
        );
        let problem = Diagnostic::warning("state/pending", "The state is not settled", notice);
        console.problems(&problem.into());
    }
    Ok(state)
}

fn change(
    arguments: &StateArguments,
    command: &str,
    clouds: &Clouds,
    console: &Console,
    make: impl FnOnce(&State) -> Result<(Entry, String), Failure>,
) -> Result<(), Failure> {
    let (mut store, mut state) = open(&arguments.folder, &name(arguments, clouds)?, command, clouds, console)?;
    let (entry, said) = make(&state)?;
    state.apply(&entry);
    store.append(&[entry])?;
    store.finish(&state)?;
    console.message(&serde_json::json!({"version": 1, "type": "state_changed", "message": said}));
    if !console.json {
        console.out(&said);
    }
    Ok(())
}

/// Whoever finds out what became of a call records it at the address it was made for.
fn settled(state: &State, address: &Address) -> Result<(), Failure> {
    match state.pending.values().any(|intent| intent.address == *address) {
        true => Err(Failure::usage(
            format!("an earlier run was cut off while it changed `{address}`"),
            "find out what became of it with `tidegate plan`, and then do this again",
        )),
        false => Ok(()),
    }
}

fn unknown(address: &Address, state: &State) -> Failure {
    let names: Vec<_> = state.resources.keys().map(ToString::to_string).collect();
    let hint = closest(&address.to_string(), names.iter().map(String::as_str))
        .map_or("see what there is with `tidegate state list`".to_owned(), |word| format!("did you mean `{word}`?"));
    Failure::usage(format!("there is no `{address}` in the state"), hint)
}
