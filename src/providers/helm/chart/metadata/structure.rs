//! Reads JSON into the fields that Helm knows, as Go does: other keys are passed over, and numbers of YAML become texts
//! where a text is due.

use serde_json::{Map, Value as Json};

use crate::providers::helm::yaml::kind;

/// A field of a Go structure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    name: &'static str,
    shape: Shape,
    /// Whether it is written even where it is empty.
    always: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Text,
    Truth,
    Texts,
    TextMap,
    Anythings,
    /// What they are called in Go, and what is in each.
    Structures(&'static str, &'static [Field]),
}

impl Field {
    pub(super) const fn new(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, always: false }
    }

    pub(super) const fn always(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, always: true }
    }
}

/// Reads an object; what it does not mention stays as it is.
pub(super) fn read(
    content: &Json,
    structure: &str,
    fields: &[Field],
    into: &mut Map<String, Json>,
) -> Result<(), String> {
    let entries = match content {
        Json::Null => return Ok(()),
        Json::Object(entries) => entries,
        other => {
            return Err(format!("json: cannot unmarshal {} into Go value of type v2.{structure}", kind(other)));
        }
    };
    for (key, value) in entries.iter().filter(|(_, value)| !value.is_null()) {
        let field = fields.iter().find(|field| field.name == key);
        let Some(field) = field.or_else(|| fields.iter().find(|field| field.name.eq_ignore_ascii_case(key))) else {
            continue;
        };
        let place = format!("{structure}.{}", field.name);
        let value = value_of(value, field.shape, &place)?;
        if is_empty(&value) && !field.always {
            into.remove(field.name);
        } else {
            into.insert(field.name.to_owned(), value);
        }
    }
    for field in fields.iter().filter(|field| field.always) {
        into.entry(field.name).or_insert_with(|| Json::String(String::new()));
    }
    Ok(())
}

fn value_of(value: &Json, shape: Shape, place: &str) -> Result<Json, String> {
    let wrong = |value: &Json, due: &str| {
        Err(format!("json: cannot unmarshal {} into Go struct field {place} of type {due}", kind(value)))
    };
    let text = |value: &Json| match value {
        Json::Null => Ok(Json::String(String::new())),
        Json::String(_) => Ok(value.clone()),
        Json::Number(number) => Ok(Json::String(number_text(number))),
        Json::Bool(truth) => Ok(Json::String(truth.to_string())),
        _ => wrong(value, "string"),
    };
    match (shape, value) {
        (Shape::Text, _) => text(value),
        (Shape::Truth, Json::Bool(_)) => Ok(value.clone()),
        (Shape::Truth, _) => wrong(value, "bool"),
        (Shape::Texts, Json::Array(items)) => items.iter().map(text).collect(),
        (Shape::Texts, _) => wrong(value, "[]string"),
        (Shape::Anythings, Json::Array(_)) => Ok(value.clone()),
        (Shape::Anythings, _) => wrong(value, "[]interface {}"),
        (Shape::TextMap, Json::Object(entries)) => {
            let read = |(key, value): (&String, &Json)| Ok((key.clone(), text(value)?));
            entries.iter().map(read).collect::<Result<Map<_, _>, String>>().map(Json::Object)
        }
        (Shape::TextMap, _) => wrong(value, "map[string]string"),
        (Shape::Structures(name, fields), Json::Array(items)) => {
            let read = |item: &Json| match item {
                Json::Null => Ok(Json::Null),
                Json::Object(_) => {
                    let mut entries = Map::new();
                    read(item, place, fields, &mut entries)?;
                    Ok(Json::Object(entries))
                }
                other => wrong(other, &format!("v2.{name}")),
            };
            items.iter().map(read).collect()
        }
        (Shape::Structures(name, _), _) => wrong(value, &format!("[]*v2.{name}")),
    }
}

/// A number as it was written, near enough: what YAML reads as an integer has no exponent.
fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => crate::providers::helm::yaml::format_float(float),
        _ => number.to_string(),
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Bool(truth) => !truth,
        Json::Number(_) => false,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
    }
}
