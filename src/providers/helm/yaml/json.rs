//! JSON as Go's `encoding/json` writes it, and templates' values as JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value as Json};

use super::number::{format_float, json_float, number_of};
use crate::providers::helm::template::{Failure, Value};

/// Whether `<`, `>` and `&` are written as escapes, as Go does unless told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Html {
    Escaped,
    Raw,
}

/// How deep values may nest before this is taken for a map that holds itself.
const MAX_DEPTH: usize = 300;

/// A value as JSON has it: bytes as base64, integers exact, floats that are whole as integers.
pub(crate) fn to_plain(value: &Value) -> Result<Json, Failure> {
    plain(value, &number_of, 0)
}

/// As [`to_plain`], but floats stay floats.
pub(super) fn to_typed(value: &Value) -> Result<Json, Failure> {
    plain(value, &Number::from_f64, 0)
}

fn plain(value: &Value, float: &dyn Fn(f64) -> Option<Number>, depth: usize) -> Result<Json, Failure> {
    if depth > MAX_DEPTH {
        return Err(Failure::new("json: unsupported value: encountered a cycle"));
    }
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) | Value::Int64(value) => Json::from(*value),
        Value::Uint64(value) => Json::from(*value),
        Value::Float(value) => {
            let number = float(*value);
            let unsupported = || Failure::new(format!("json: unsupported value: {}", format_float(*value)));
            Json::Number(number.ok_or_else(unsupported)?)
        }
        Value::String(text) => Json::from(&**text),
        Value::Bytes(bytes) => Json::from(STANDARD.encode(bytes)),
        Value::List(list) if list.nil => Json::Null,
        Value::List(list) => {
            let items = list.items.iter().map(|item| plain(item, float, depth + 1));
            Json::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Map(map) => {
            let entries = map.entries.borrow();
            let entries = entries.iter().map(|(key, entry)| Ok((key.to_string(), plain(entry, float, depth + 1)?)));
            Json::Object(entries.collect::<Result<_, Failure>>()?)
        }
        Value::Object(object) => object.json(),
    })
}

/// As Go's messages call it.
pub(crate) fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

/// JSON in one line.
pub(super) fn compact(json: &Json, html: Html) -> String {
    let mut out = String::new();
    write(&mut out, json, html, None);
    out
}

/// JSON over several lines, two blanks for a level.
pub(super) fn pretty(json: &Json, html: Html) -> String {
    let mut out = String::new();
    write(&mut out, json, html, Some(0));
    out
}

fn write(out: &mut String, json: &Json, html: Html, level: Option<usize>) {
    match json {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Number(number) => out.push_str(&number_text(number)),
        Json::String(text) => quote(out, text, html),
        Json::Array(items) => {
            let items = items.iter().map(|item| (None, item));
            write_all(out, ('[', ']'), items, html, level);
        }
        Json::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().map(|(key, entry)| (Some(key.as_str()), entry)).collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            write_all(out, ('{', '}'), entries.into_iter(), html, level);
        }
    }
}

fn write_all<'a>(
    out: &mut String,
    (open, close): (char, char),
    items: impl ExactSizeIterator<Item = (Option<&'a str>, &'a Json)>,
    html: Html,
    level: Option<usize>,
) {
    let inner = level.map(|level| level + 1);
    let new_line = |out: &mut String, level: Option<usize>| {
        if let Some(level) = level {
            out.push('\n');
            out.push_str(&"  ".repeat(level));
        }
    };
    out.push(open);
    let empty = items.len() == 0;
    for (at, (key, item)) in items.enumerate() {
        if at > 0 {
            out.push(',');
        }
        new_line(out, inner);
        if let Some(key) = key {
            quote(out, key, html);
            out.push_str(if level.is_some() { ": " } else { ":" });
        }
        write(out, item, html, inner);
    }
    if !empty {
        new_line(out, level);
    }
    out.push(close);
}

fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() => json_float(value).unwrap_or_default(),
        _ => number.to_string(),
    }
}

fn quote(out: &mut String, text: &str, html: Html) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' if html == Html::Raw => out.push(char),
            '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(char)));
            }
            _ => out.push(char),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::super::template::Element;
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_written_as_go_writes_it() {
        let json = json!({"b": [1, 1.5, 1e21, null, true], "a": "<é\u{2028}\u{1}\"\t>", "e": {}, "l": []});
        let text = r#"{"a":"\u003cé\u2028\u0001\"\t\u003e","b":[1,1.5,1e+21,null,true],"e":{},"l":[]}"#;
        assert_eq!(compact(&json, Html::Escaped), text);
        assert_eq!(compact(&json!("<&>"), Html::Raw), "\"<&>\"");
        assert_eq!(
            pretty(&json!({"a": [1, {}], "b": []}), Html::Escaped),
            "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}"
        );
    }

    #[test]
    fn values_have_a_plain_form() {
        let value = Value::map([
            ("bytes", Value::Bytes([104, 105].as_slice().into())),
            ("float", Value::Float(1_000_000.0)),
            ("large", Value::Uint64(u64::MAX)),
            ("list", Value::strings(["a"])),
            ("nil", Value::list_or_nil(Element::String, [])),
            ("none", Value::strings([""; 0])),
        ]);
        let wanted =
            json!({"bytes": "aGk=", "float": 1_000_000, "large": u64::MAX, "list": ["a"], "nil": null, "none": []});
        assert_eq!(to_plain(&value), Ok(wanted));
        let failure = to_plain(&Value::Float(f64::INFINITY)).unwrap_err();
        assert_eq!(failure.0, "json: unsupported value: +Inf");
    }

    #[test]
    fn a_map_that_holds_itself_is_refused() {
        let value = Value::map([("a", Value::Nil)]);
        if let Value::Map(map) = &value {
            map.entries.borrow_mut().insert("a".into(), value.clone());
            assert!(to_plain(&value).is_err());
            map.entries.borrow_mut().clear();
        }
    }
}
