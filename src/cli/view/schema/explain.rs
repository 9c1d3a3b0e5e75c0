//! One type explained in the terminal, and a list of all.

use super::duration;
use crate::cli::view::text::{columns, wrap};
use crate::cli::view::{Role, Style};
use crate::provider::{Field, FieldType, OnChange, ResourceType, Schema, Text};
use crate::value::Value;

/// Every type with its first sentence, a line each.
pub fn list<'a>(types: impl IntoIterator<Item = &'a dyn ResourceType>) -> String {
    let rows: Vec<_> = types.into_iter().map(|each| vec![each.name().to_owned(), each.doc().to_owned()]).collect();
    columns(&rows)
}

/// One type: what it is, what its spec may say, what it tells, and how to begin.
pub fn explain(resource_type: &dyn ResourceType, style: &Style) -> String {
    let schema = resource_type.schema();
    let mut text = format!("{}\n", style.paint(Role::Strong, resource_type.name()));
    paragraph(&mut text, resource_type.doc(), 2, style);
    let identity = resource_type.identity_fields();
    if !identity.is_empty() {
        paragraph(&mut text, &format!("Identified by: {}", identity.join(", ")), 2, style);
    }
    text.push_str(&format!("\n{}\n", style.paint(Role::Strong, "Spec")));
    fields(&mut text, &schema.spec, 2, style);
    if !schema.outputs.is_empty() {
        text.push_str(&format!("\n{}\n", style.paint(Role::Strong, "Outputs")));
        for output in &schema.outputs {
            let name = style.paint(Role::Strong, output.name);
            text.push_str(&format!("  {name}  {}\n", style.paint(Role::Muted, output.kind.name())));
            paragraph(&mut text, output.doc, 6, style);
        }
    }
    text.push_str(&format!("\n{}\n", style.paint(Role::Strong, "Example")));
    text.push_str(&example(resource_type.name(), schema));
    text
}

fn paragraph(text: &mut String, words: &str, indent: usize, style: &Style) {
    for line in wrap(words, style.width.saturating_sub(indent).max(30)) {
        text.push_str(&format!("{:indent$}{line}\n", ""));
    }
}

fn fields(text: &mut String, fields: &[Field], indent: usize, style: &Style) {
    for field in fields {
        let name = style.paint(Role::Strong, field.name);
        let facts = style.paint(Role::Muted, facts(field).join(", "));
        text.push_str(&format!("{:indent$}{name}  {facts}\n", ""));
        paragraph(text, field.doc, indent + 4, style);
        if let Some(inner) = inner_fields(&field.field_type) {
            self::fields(text, inner, indent + 4, style);
        }
    }
}

/// The fields of the object in it, lists and maps seen through.
fn inner_fields(field_type: &FieldType) -> Option<&[Field]> {
    match field_type {
        FieldType::Object(fields) => Some(fields),
        FieldType::List(item) | FieldType::Set(item) | FieldType::Map(item) => inner_fields(item),
        _ => None,
    }
}

/// The type, then what else is to be known of a field, a few words each.
fn facts(field: &Field) -> Vec<String> {
    let mut facts = vec![type_name(&field.field_type)];
    facts.extend(limits(&field.field_type));
    if field.required {
        facts.push("required".to_owned());
    }
    if let Some(default) = &field.default {
        let shown = match (&field.field_type, default) {
            (FieldType::Duration { .. }, Value::Integer(seconds)) => duration(*seconds),
            (_, other) => other.to_string(),
        };
        facts.push(format!("default {shown}"));
    }
    if field.on_change == OnChange::Replace {
        facts.push("a change replaces".to_owned());
    }
    facts
}

fn type_name(field_type: &FieldType) -> String {
    match field_type {
        FieldType::Bool => "bool".to_owned(),
        FieldType::Integer { .. } => "integer".to_owned(),
        FieldType::Float => "number".to_owned(),
        FieldType::String(_) => "string".to_owned(),
        FieldType::Duration { .. } => "duration".to_owned(),
        FieldType::List(item) => format!("list of {}", type_name(item)),
        FieldType::Set(item) => format!("set of {}", type_name(item)),
        FieldType::Map(entry) => format!("map of {}", type_name(entry)),
        FieldType::Object(_) => "object".to_owned(),
        FieldType::Document { .. } => "document, as its own API has it".to_owned(),
        FieldType::Any => "any value".to_owned(),
    }
}

fn limits(field_type: &FieldType) -> Vec<String> {
    match field_type {
        FieldType::Integer { min, max } => integer_limits(*min, *max, &|number| number.to_string()),
        FieldType::Duration { min, max } => integer_limits(*min, *max, &duration),
        FieldType::String(text) => text_limits(text),
        FieldType::List(item) | FieldType::Set(item) | FieldType::Map(item) => limits(item),
        _ => Vec::new(),
    }
}

fn integer_limits(min: i64, max: i64, show: &dyn Fn(i64) -> String) -> Vec<String> {
    match (min == i64::MIN, max == i64::MAX) {
        (true, true) => Vec::new(),
        (true, false) => vec![format!("at most {}", show(max))],
        (false, true) => vec![format!("at least {}", show(min))],
        (false, false) => vec![format!("{} to {}", show(min), show(max))],
    }
}

pub(super) fn text_limits(text: &Text) -> Vec<String> {
    let mut limits = Vec::new();
    match (text.min, text.max) {
        (0, None) => {}
        (min, None) => limits.push(format!("at least {min} characters")),
        (0, Some(max)) => limits.push(format!("at most {max} characters")),
        (min, Some(max)) => limits.push(format!("{min} to {max} characters")),
    }
    limits.extend(text.pattern.as_ref().map(|pattern| pattern.says().to_owned()));
    if !text.one_of.is_empty() {
        limits.push(format!("one of {}", text.one_of.join(", ")));
    }
    limits
}

/// A resource with what must be said; a type that asks for nothing shows its first field.
fn example(name: &str, schema: &Schema) -> String {
    let kind = name.rsplit('.').next().unwrap_or(name);
    let mut text = format!("  my_{kind}:\n    type: {name}\n    spec:\n");
    let required: Vec<_> = schema.spec.iter().filter(|field| field.required).collect();
    let shown = if required.is_empty() { schema.spec.iter().take(1).collect() } else { required };
    if shown.is_empty() {
        return text.replace("    spec:\n", "");
    }
    for field in shown {
        example_field(&mut text, field, 6);
    }
    text
}

fn example_field(text: &mut String, field: &Field, indent: usize) {
    match inner_fields(&field.field_type) {
        Some(inner) if inner.iter().any(|field| field.required) => {
            text.push_str(&format!("{:indent$}{}:\n", "", field.name));
            let nested = match &field.field_type {
                FieldType::Map(_) => {
                    text.push_str(&format!("{:width$}some_key:\n", "", width = indent + 2));
                    indent + 4
                }
                FieldType::List(_) | FieldType::Set(_) => indent + 4,
                _ => indent + 2,
            };
            let start = text.len();
            inner.iter().filter(|field| field.required).for_each(|field| example_field(text, field, nested));
            if matches!(field.field_type, FieldType::List(_) | FieldType::Set(_)) {
                text.replace_range(start + indent + 2..start + indent + 4, "- ");
            }
        }
        _ => text.push_str(&format!("{:indent$}{}: {}\n", "", field.name, placeholder(&field.field_type))),
    }
}

fn placeholder(field_type: &FieldType) -> String {
    match field_type {
        FieldType::Bool => "true".to_owned(),
        FieldType::Integer { min, .. } => (*min).max(1).to_string(),
        FieldType::Float => "1.0".to_owned(),
        FieldType::Duration { min, .. } => duration((*min).max(60)),
        FieldType::String(text) => text.one_of.first().map_or("...".to_owned(), |first| (*first).to_owned()),
        FieldType::List(item) | FieldType::Set(item) => format!("[{}]", placeholder(item)),
        FieldType::Map(entry) => format!("{{ some_key: {} }}", placeholder(entry)),
        FieldType::Object(_) | FieldType::Document { .. } => "{}".to_owned(),
        FieldType::Any => "...".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::view::schema::sample::Queue;

    #[test]
    fn a_type_is_explained() {
        insta::assert_snapshot!(explain(&Queue::new(), &Style { width: 80, ..Style::PLAIN }), @r#"
        test.queue
          A queue for tests.
          Identified by: name

        Spec
          name  string, 1 to 80 characters, lower-case letters and `-`, required, a change replaces
              Its name
          visibility_timeout  duration, 0s to 12h, default 30s
              How long a message that was received stays hidden from other consumers
          retention  duration, 1m to 14d
              How long messages are kept
          fifo  bool, a change replaces
              Keeps the order
          weight  number
              A number
          mode  string, one of fast, slow, default "slow"
              How it works
          dead_letter  object
              Where messages go that nobody can handle
              queue  string, required
                  The ARN of the other queue
              max_receive_count  integer, 1 to 1000, default 5
                  Tries before that
          rules  list of object, required
              Some rules
              kind  string, one of a, b, required
                  Its kind
          tags  map of string
              Tags
          zones  set of string
              Zones
          policy  document, as its own API has it
              A policy
          input  any value
              Anything

        Outputs
          url  string
              Where producers send

        Example
          my_queue:
            type: test.queue
            spec:
              name: ...
              rules:
                - kind: a
        "#);
    }

    #[test]
    fn types_are_listed() {
        let queue = Queue::new();
        assert_eq!(list([&queue as &dyn ResourceType]), "test.queue  A queue for tests.\n");
    }
}
