//! Values as people read them: on one line, as a block of fields, and how one differs from another.
//!
//! Secrets and unknowns print as `(secret)` and `(known after apply)`: that is
//! in [`Value`]'s own `Display`, which everything here goes through.

mod change;
mod edits;

pub(super) use change::changes;

use super::Style;
use super::text::{clean, thousands, truncate, width};
use crate::value::{Path, Value};

/// Names longer than this do not push the values of their neighbours away.
const WIDEST_NAME: usize = 32;
/// Lines of one text that are shown.
const MOST_LINES: usize = 20;
/// No value is cut shorter than this, however narrow the terminal.
const LEAST_ROOM: usize = 24;

/// A string is not cut to less than this, in columns.
const LEAST_TEXT: usize = 140;

/// A value on one line, cut to the room there is.
pub(super) fn inline(value: &Value, room: usize, style: &Style) -> String {
    let room = room.max(LEAST_ROOM);
    match value {
        Value::String(text) => quoted(text, room, style),
        other => truncate(&clean(&other.to_string()), room, style.ellipsis()),
    }
}

/// A string as JSON; one that is cut says how long it is.
fn quoted(text: &str, room: usize, style: &Style) -> String {
    // Names, URLs and ARNs are what one compares and copies: better wrapped than cut.
    let room = room.max(LEAST_TEXT);
    let whole = clean(&Value::from(text).to_string()).into_owned();
    if width(&whole) <= room {
        return whole;
    }
    let length = format!(" ({} characters)", thousands(text.chars().count()));
    let kept = room.saturating_sub(width(&length) + 1).max(LEAST_ROOM / 2);
    format!("{}\"{length}", truncate(&whole, kept, style.ellipsis()))
}

/// Fields below each other, values aligned, maps and lists as blocks. Nulls are left out.
pub(super) fn fields<'a>(
    fields: impl Iterator<Item = (&'a str, &'a Value)>,
    indent: usize,
    style: &Style,
) -> Vec<String> {
    let fields: Vec<(String, &Value)> = fields
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (clean(&Path::field(name).to_string()).into_owned(), value))
        .collect();
    let column = column(fields.iter().filter(|(_, value)| is_short(value)).map(|(name, _)| name.as_str()));
    let mut lines = Vec::new();
    for (name, value) in fields {
        let label = format!("{name}:");
        let room = style.width.saturating_sub(indent + column.max(width(&label)) + 1);
        match is_short(value) && (!matches!(value, Value::List(_)) || width(&value.to_string()) <= room) {
            true => lines.push(format!("{:indent$}{label:column$} {}", "", inline(value, room, style))),
            false => {
                let bar = if matches!(value, Value::String(_)) { " |" } else { "" };
                lines.push(format!("{:indent$}{label}{bar}", ""));
                lines.extend(block(value, indent + 2, style));
            }
        }
    }
    lines
}

/// Where the values of fields with these names begin.
fn column<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(|name| width(name) + 1).filter(|width| *width <= WIDEST_NAME).max().unwrap_or_default()
}

/// Whether it may stand on the line of its name.
fn is_short(value: &Value) -> bool {
    match value {
        Value::Map(entries) => entries.is_empty(),
        Value::List(items) => {
            items.iter().all(|item| !matches!(item, Value::Map(_) | Value::List(_)) && is_short(item))
        }
        Value::String(text) => !text.contains('\n'),
        _ => true,
    }
}

/// A value on lines of its own.
pub(super) fn block(value: &Value, indent: usize, style: &Style) -> Vec<String> {
    match value {
        Value::Map(entries) if !entries.is_empty() => {
            fields(entries.iter().map(|(name, value)| (name.as_str(), value)), indent, style)
        }
        Value::List(items) if !items.is_empty() => {
            items.iter().flat_map(|item| list_item(item, indent, style)).collect()
        }
        Value::String(text) if text.contains('\n') => text_block(text, indent, style),
        other => vec![format!("{:indent$}{}", "", inline(other, style.width.saturating_sub(indent), style))],
    }
}

/// `- ` and the item, its further lines below its first.
fn list_item(item: &Value, indent: usize, style: &Style) -> Vec<String> {
    let mut lines = block(item, indent + 2, style);
    if let Some(first) = lines.first_mut() {
        *first = format!("{:indent$}- {}", "", first.trim_start());
    }
    lines
}

fn text_block(text: &str, indent: usize, style: &Style) -> Vec<String> {
    let count = text.lines().count();
    let room = style.width.saturating_sub(indent).max(LEAST_ROOM);
    let shown = text.lines().take(MOST_LINES);
    let mut lines: Vec<_> =
        shown.map(|line| format!("{:indent$}{}", "", truncate(&clean(line), room, style.ellipsis()))).collect();
    if count > MOST_LINES {
        lines.push(format!("{:indent$}{} {} more lines", "", style.ellipsis(), thousands(count - MOST_LINES)));
    }
    lines
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    pub(in crate::cli::view) fn attributes(json: serde_json::Value) -> crate::value::Attributes {
        match Value::from(json) {
            Value::Map(entries) => entries,
            _ => panic!("a map"),
        }
    }

    fn show(json: serde_json::Value, width: usize) -> String {
        let attributes = attributes(json);
        let style = Style { width, ..Style::PLAIN };
        fields(attributes.iter().map(|(name, value)| (name.as_str(), value)), 2, &style).join("\n")
    }

    #[test]
    fn fields_read_like_the_stack_file() {
        let text = show(
            json!({
                "name": "jobs", "visibility_timeout": 600, "empty": {}, "nothing": null,
                "tags": ["a", "b"],
                "dead_letter": {"max_receive_count": 5, "queue": "x"},
                "document": {"Statement": [{"Effect": "Allow", "Action": ["sqs:*"]}, {"Effect": "Deny"}]},
                "script": "one\ntwo\n",
            }),
            80,
        );
        insta::assert_snapshot!(text, @r#"
        dead_letter:
          max_receive_count: 5
          queue:             "x"
        document:
          Statement:
            - Action: ["sqs:*"]
              Effect: "Allow"
            - Effect: "Deny"
        empty:              {}
        name:               "jobs"
        script: |
          one
          two
        tags:               ["a", "b"]
        visibility_timeout: 600
        "#);
    }

    #[test]
    fn what_is_long_is_cut() {
        let text = show(
            json!({
                "policy": "x".repeat(300),
                "names": (0..20).map(|number| format!("name-{number}")).collect::<Vec<_>>(),
                "a b": "\u{1b}[2J\u{9b}",
                "text": "line\n".repeat(30),
            }),
            60,
        );
        insta::assert_snapshot!(text, @r#"
        ["a b"]: "\u001b[2J\u{9b}"
        names:
          - "name-0"
          - "name-1"
          - "name-2"
          - "name-3"
          - "name-4"
          - "name-5"
          - "name-6"
          - "name-7"
          - "name-8"
          - "name-9"
          - "name-10"
          - "name-11"
          - "name-12"
          - "name-13"
          - "name-14"
          - "name-15"
          - "name-16"
          - "name-17"
          - "name-18"
          - "name-19"
        policy:  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" (300 characters)
        text: |
          line
          line
          line
          line
          line
          line
          line
          line
          line
          line
          line
          line
          line
          line
          line
          line
          line
          line
          line
          line
          … 10 more lines
        "#);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Integer),
            any::<f64>().prop_map(Value::Float),
            "(?s).{0,200}".prop_map(Value::String),
            Just(Value::Unknown(crate::value::Kind::List)),
            Just(Value::from("hunter2").into_secret()),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
                proptest::collection::btree_map("(?s).{0,4}", inner, 0..4).prop_map(Value::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_value_can_be_shown_on_any_terminal(
            before in any_value(), after in any_value(), width in 0usize..120, unicode in any::<bool>(),
        ) {
            let style = Style { colour: false, width, unicode };
            let all = crate::value::differences(&Path::field("x"), Some(&before), Some(&after));
            let mut lines = changes(&all, 6, &|_| None, &style);
            lines.extend(fields([("x", &before), ("y", &after)].into_iter(), 6, &style));
            for line in lines {
                prop_assert!(!line.chars().any(char::is_control) || line.contains('\t'), "{:?}", line);
                prop_assert!(!line.contains("hunter2"));
            }
        }
    }
}
