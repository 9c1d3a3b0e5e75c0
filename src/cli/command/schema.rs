//! `tidegate schema`: JSON Schema of stack files for editors; with a type, explains it.

use super::super::arguments::SchemaArguments;
use super::super::console::Console;
use super::super::failure::{Exit, Failure};
use super::super::view;
use super::Outcome;
use crate::diagnostic::closest;

pub(super) fn run(arguments: &SchemaArguments, console: &Console) -> Outcome {
    let registry = crate::providers::registry();
    match arguments.resource_type.as_deref() {
        None => {
            let schema = view::schema::json_schema(&registry);
            console.out(&format!("{schema:#}"));
        }
        Some("types") => console.out(&view::schema::list(registry.resource_types().map(|known| &**known))),
        Some(name) => match registry.resource_type(name) {
            Some(resource_type) => console.out(&view::schema::explain(&**resource_type, console.style())),
            None => {
                let names: Vec<_> = registry.resource_types().map(|known| known.name()).collect();
                let hint = closest(name, names.iter().copied()).map_or_else(
                    || format!("the types are: {}", names.join(", ")),
                    |word| format!("did you mean `{word}`?"),
                );
                return Err(Failure::usage(format!("there is no resource type `{name}`"), hint));
            }
        },
    }
    Ok(Exit::Done)
}
