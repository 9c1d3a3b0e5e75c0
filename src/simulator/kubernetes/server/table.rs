//! Objects as rows of a table, as people see them.

use serde_json::{Value as Json, json};

use super::columns::{self, Column};
use super::kinds::Kind;
use crate::clock::Timestamp;

/// What comes with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Included {
    None,
    Metadata,
    Object,
}

impl Included {
    pub(super) fn of(parameter: Option<&str>) -> Self {
        match parameter {
            Some("None") => Self::None,
            Some("Object") => Self::Object,
            _ => Self::Metadata,
        }
    }
}

/// An object or a list of objects as a table.
pub(super) fn of(document: &Json, kind: &Kind, included: Included, now: Timestamp) -> Json {
    let columns = columns::of(kind);
    let (metadata, objects) = match document["items"].as_array() {
        Some(items) => (document["metadata"].clone(), items.iter().collect::<Vec<_>>()),
        None => (json!({"resourceVersion": document["metadata"]["resourceVersion"]}), vec![document]),
    };
    let rows: Vec<_> = objects.into_iter().map(|object| row(object, kind, &columns, included, now)).collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": columns.iter().map(definition).collect::<Vec<_>>(),
        "rows": rows,
    })
}

fn definition(column: &Column) -> Json {
    let format = if column.name == "Name" { "name" } else { column.format.as_str() };
    json!({
        "name": column.name,
        "type": column.shown_type(),
        "format": format,
        "description": "",
        "priority": column.priority,
    })
}

fn row(object: &Json, kind: &Kind, columns: &[Column], included: Included, now: Timestamp) -> Json {
    let cells: Vec<_> = columns.iter().map(|column| column.cell(object, now)).collect();
    let mut row = json!({"cells": cells});
    match included {
        Included::None => {}
        Included::Metadata => {
            row["object"] = json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                "metadata": object["metadata"]});
        }
        Included::Object => {
            let mut whole = object.clone();
            whole["apiVersion"] = json!(kind.api_version());
            whole["kind"] = json!(kind.kind);
            row["object"] = whole;
        }
    }
    row
}
