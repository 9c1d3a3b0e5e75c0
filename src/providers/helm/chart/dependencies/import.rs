//! Values that a chart takes over from its dependencies: `import-values`.

use serde_json::{Value as Json, json};

use super::super::{Chart, ChartError, Dependency};
use super::table::{Node, Table};

/// Moves values up, from the innermost chart outwards.
pub(super) fn import_values(chart: &mut Chart) -> Result<(), ChartError> {
    for inner in &mut chart.dependencies {
        import_values(inner)?;
    }
    let mut wanted = chart.metadata.dependencies();
    if wanted.is_empty() {
        return Ok(());
    }
    let values = merged(chart, &Table::default())?;
    let imported = Table::default();
    for dependency in &mut wanted {
        import_from(dependency, &values, &imported)?;
    }
    // A chart's own values win over those it takes over. They are taken apart from the tables that were taken over,
    // which may be parts of them.
    let own = Table::from_json(&values.to_json()?);
    own.merge(&imported)?;
    chart.values = own.to_json()?;
    chart.metadata.set_dependencies(&wanted);
    Ok(())
}

fn import_from(dependency: &mut Dependency, values: &Table, imported: &Table) -> Result<(), ChartError> {
    let mut read = Vec::new();
    for import in &dependency.import_values {
        let (child, parent) = match import {
            Json::String(name) => (format!("exports.{name}"), ".".to_owned()),
            Json::Object(pair) => (printed(pair.get("child")), printed(pair.get("parent"))),
            _ => continue,
        };
        read.push(json!({"child": child, "parent": parent}));
        let Some(found) = values.at(&format!("{}.{child}", dependency.name)) else { continue };
        imported.merge(&if parent == "." { found } else { found.under(&parent) })?;
    }
    dependency.import_values = read;
    Ok(())
}

/// A value where a path is due, as Go prints it.
fn printed(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => "<nil>".to_owned(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The values of a chart with those of its dependencies, nulls and all; what is in `over` wins.
fn merged(chart: &Chart, over: &Table) -> Result<Table, ChartError> {
    for (key, node) in Table::from_json(&chart.values).entries() {
        match (over.get(&key), node) {
            (None, node) => over.set(&key, node),
            (Some(Node::Table(over)), Node::Table(under)) => over.merge(&under)?,
            _ => {}
        }
    }
    for inner in &chart.dependencies {
        let name = &inner.metadata.name;
        let values = match over.get(name) {
            None => Table::default(),
            Some(Node::Table(values)) => values,
            Some(Node::Leaf(other)) => {
                let message = format!("type mismatch on {name}: its values are {other}");
                return Err(ChartError::new("chart/values", message, "give the dependency a map of values"));
            }
        };
        over.set(name, Node::Table(values.clone()));
        hand_down_globals(over, &values)?;
        merged(inner, &values)?;
    }
    Ok(over.clone())
}

fn hand_down_globals(from: &Table, to: &Table) -> Result<(), ChartError> {
    const GLOBAL: &str = "global";
    let [given, known] = [from, to].map(|table| table.get(GLOBAL).unwrap_or_else(|| Node::Table(Table::default())));
    let (Node::Table(given), Node::Table(known)) = (given, known) else { return Ok(()) };
    for (key, value) in given.entries() {
        match (value, known.get(&key)) {
            (Node::Table(value), None) => known.set(&key, Node::Table(value.copy())),
            (Node::Table(value), Some(Node::Table(under))) => {
                let copy = value.copy();
                copy.merge(&under)?;
                known.set(&key, Node::Table(copy));
            }
            (Node::Table(_), Some(Node::Leaf(_))) | (Node::Leaf(_), Some(Node::Table(_))) => {}
            (value, _) => known.set(&key, value),
        }
    }
    to.set(GLOBAL, Node::Table(known));
    Ok(())
}
