//! `tidegate import`: takes an existing object into the state.

use super::super::arguments::ImportArguments;
use super::super::clouds::Clouds;
use super::super::console::Console;
use super::super::failure::{Exit, Failure};
use super::session::{Session, unless_stopped};
use super::{Outcome, input};
use crate::address::Address;
use crate::diagnostic::closest;
use crate::engine::Wanted;
use crate::plan::{owned, seal_all, seal_seen};
use crate::provider::{Observed, Ownership};
use crate::stack::{Resource, Stack};
use crate::state::{Entry, Record, State, Status};
use crate::value::Attributes;

pub(super) async fn run(arguments: ImportArguments, clouds: &Clouds, console: &Console) -> Outcome {
    let registry = clouds.registry();
    let loaded = input::load_stack(&arguments.stack, &registry, console)?;
    let stack = &loaded.stack;
    let address = &arguments.address;
    let Some(resource) = stack.resources.get(address) else {
        let names: Vec<_> = stack.resources.keys().map(ToString::to_string).collect();
        let hint = closest(&address.to_string(), names.iter().map(String::as_str))
            .map_or("declare it in the stack first".to_owned(), |word| format!("did you mean `{word}`?"));
        return Err(Failure::usage(format!("the stack has no `{address}`"), hint));
    };
    let type_name = resource.resource_type.name();
    if !resource.resource_type.calls_out() {
        let message = format!("a `{type_name}` has no object to import");
        return Err(Failure::usage(message, "it is made by `tidegate apply`"));
    }
    let mut session = Session::open(&arguments.folder, 1, &stack.name, "import", clouds, console).await?;
    if session.state.resources.contains_key(address) {
        let hint = format!("forget it first with `tidegate state rm {address}`");
        return Err(Failure::usage(format!("`{address}` is recorded already"), hint));
    }
    let provider_settings = stack.providers.get(&resource.provider).cloned().unwrap_or_default();
    let wanted = Wanted {
        address: address.clone(),
        resource_type: type_name.to_owned(),
        identity: arguments.id.clone(),
        provider: resource.provider.clone(),
        provider_settings,
        recorded: whereabouts(stack, resource, &session.state),
    };
    let found = unless_stopped(&session.stop, session.engine.look(&session.state, &wanted)).await?;
    let Some(observed) = found.map_err(Failure::Provider)? else {
        let message = format!("there is no {type_name} `{}`", arguments.id);
        return Err(Failure::usage(message, "check the name, the account and the region"));
    };
    if observed.ownership == Ownership::Foreign && !resource.lifecycle.adopt {
        let marks = observed.marks.as_deref().unwrap_or("another stack");
        let message = format!("`{}` is marked as made by {marks}", arguments.id);
        return Err(Failure::usage(message, "say `adopt: true` on the resource to take it over"));
    }
    let record = record(stack, resource, wanted, observed, &session.state);
    let entry = Entry::Recorded { address: address.clone(), record: Box::new(record) };
    session.state.apply(&entry);
    let written = session.journal.append(vec![entry]).await;
    session.close()?;
    if let Ok(Err(error)) = written {
        return Err(error.into());
    }
    let said = format!("Imported {} as {address}. See what differs from the stack with `tidegate plan`.", arguments.id);
    console.message(&serde_json::json!({"version": 1, "type": "imported", "address": address.to_string()}));
    if !console.json {
        console.out(&said);
    }
    Ok(Exit::Done)
}

/// What the stack says of where the object is, as far as that is known.
fn whereabouts(stack: &Stack, resource: &Resource, state: &State) -> Attributes {
    let known = |address: &Address| state.resources.get(address).map(|record| &record.attributes);
    let desired = stack.desired(resource, &known).unwrap_or_default();
    resource.resource_type.whereabouts(&desired)
}

/// What the stack wants to own of what is there.
fn record(stack: &Stack, resource: &Resource, wanted: Wanted, observed: Observed, state: &State) -> Record {
    let desired = stack.desired(resource, &|_| None).unwrap_or_default();
    let sealed = seal_all(desired, &state.seal_key);
    let seen = owned(&*resource.resource_type, &observed.attributes, &sealed);
    Record {
        resource_type: wanted.resource_type,
        identity: wanted.identity,
        provider: wanted.provider,
        provider_settings: wanted.provider_settings,
        status: Status::Ready,
        attributes: seal_seen(seen, &[&sealed], &state.seal_key),
        dependencies: resource.dependencies.iter().cloned().collect(),
        adopted: true,
        protect: resource.lifecycle.protect,
        retain: resource.lifecycle.retain,
        delete_timeout_s: resource.lifecycle.timeouts.delete.map(|timeout| timeout.as_secs()),
    }
}
