//! `tidegate graph`: who depends on whom.

use super::super::arguments::{GraphArguments, GraphFormat};
use super::super::console::Console;
use super::super::failure::Exit;
use super::super::view;
use super::{Outcome, input};
use crate::graph::Dependencies;

pub(super) fn run(arguments: &GraphArguments, console: &Console) -> Outcome {
    let registry = crate::providers::registry();
    let loaded = input::load_stack(&arguments.stack, &registry, console)?;
    let resources = loaded.stack.resources.values();
    let graph =
        Dependencies::new(resources.map(|resource| (&resource.address, &resource.dependencies)).collect::<Vec<_>>());
    console.out(&match arguments.format {
        GraphFormat::Dot => view::graph::dot(&graph),
        GraphFormat::Mermaid => view::graph::mermaid(&graph),
    });
    Ok(Exit::Done)
}
