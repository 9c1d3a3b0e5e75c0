//! Field types as JSON Schema.
//!
//! Wherever something else than a string is expected, a string with an expression
//! may stand. The keywords of JSON Schema speak each of one type only, so `pattern`
//! can say that of strings beside what is said of numbers, lists or maps.

use serde_json::{Map, Value as Json, json};

use super::{duration, explain};
use crate::provider::{Field, FieldType, Text};

/// A string that holds an expression.
pub(super) const EXPRESSION: &str = r"\$\{";
/// What `humantime` reads as a duration, whole seconds as text included.
const DURATION: &str = r"^\d+$|^\s*(\d+\s*(s|sec|secs|second|seconds|m|min|mins|minute|minutes|h|hr|hrs|hour|hours|d|day|days|w|wk|wks|week|weeks|M|month|months|y|yr|yrs|year|years)\s*)+$";

/// A map with these fields and no others, or an expression.
pub(super) fn object(fields: &[Field]) -> Json {
    let properties: Map<String, Json> = fields.iter().map(|field| (field.name.to_owned(), property(field))).collect();
    let required: Vec<_> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let mut schema = json!({
        "type": ["object", "string"],
        "pattern": EXPRESSION,
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// One field, described.
fn property(field: &Field) -> Json {
    let mut schema = of(&field.field_type);
    schema["description"] = json!(description(field));
    if let Some(default) = &field.default {
        schema["default"] = default.to_json();
    }
    // A null in a stack is the same as nothing, which a field may be unless it is required.
    if !field.required {
        if let Some(Json::Array(choices)) = schema.get_mut("anyOf") {
            choices.push(json!({"type": "null"}));
        }
        match schema.get_mut("type") {
            Some(Json::Array(types)) => types.push(json!("null")),
            Some(only) => *only = json!([only.take(), "null"]),
            None => {}
        }
    }
    schema
}

fn description(field: &Field) -> String {
    let mut text = field.doc.to_owned();
    let more = match &field.field_type {
        FieldType::Duration { min, max } => {
            format!("a duration such as 90s, 10m or 600, {} to {}", duration(*min), duration(*max))
        }
        FieldType::String(text) => explain::text_limits(text).join(", "),
        _ => String::new(),
    };
    if !more.is_empty() {
        text.push_str(&format!(" ({more})"));
    }
    if field.on_change == crate::provider::OnChange::Replace {
        text.push_str(". A change replaces the object");
    }
    text
}

fn of(field_type: &FieldType) -> Json {
    match field_type {
        FieldType::Bool => json!({"type": ["boolean", "string"], "pattern": EXPRESSION}),
        FieldType::Float => json!({"type": ["number", "string"], "pattern": EXPRESSION}),
        FieldType::Integer { min, max } => {
            limited(json!({"type": ["integer", "string"], "pattern": EXPRESSION}), *min, *max)
        }
        FieldType::Duration { min, max } => {
            limited(json!({"type": ["integer", "string"], "pattern": format!("{EXPRESSION}|{DURATION}")}), *min, *max)
        }
        FieldType::String(text) => string(text),
        FieldType::List(item) | FieldType::Set(item) => {
            json!({"type": ["array", "string"], "pattern": EXPRESSION, "items": of(item)})
        }
        FieldType::Map(entry) => {
            json!({"type": ["object", "string"], "pattern": EXPRESSION, "additionalProperties": of(entry)})
        }
        FieldType::Object(fields) => object(fields),
        FieldType::Document { .. } | FieldType::Any => json!({}),
    }
}

fn limited(mut schema: Json, min: i64, max: i64) -> Json {
    if min != i64::MIN {
        schema["minimum"] = json!(min);
    }
    if max != i64::MAX {
        schema["maximum"] = json!(max);
    }
    schema
}

fn string(text: &Text) -> Json {
    if !text.one_of.is_empty() {
        return json!({"anyOf": [{"enum": text.one_of}, {"type": "string", "pattern": EXPRESSION}]});
    }
    // The length is part of the pattern, since it is not that of the expression that is limited.
    let length = match (text.min, text.max) {
        (0, None) => String::new(),
        (min, None) => format!(r"(?=[\s\S]{{{min},}}$)"),
        (min, Some(max)) => format!(r"(?=[\s\S]{{{min},{max}}}$)"),
    };
    let pattern = text.pattern.as_ref().map(|pattern| pattern.as_str()).filter(|pattern| every_engine_reads(pattern));
    match (length.as_str(), pattern) {
        ("", None) => json!({"type": "string"}),
        (_, None) => json!({"type": "string", "pattern": format!("{EXPRESSION}|^{length}")}),
        // The pattern brings its own `^`, and a lookahead before that looks at the same place.
        (_, Some(pattern)) => json!({"type": "string", "pattern": format!("{EXPRESSION}|{length}{pattern}")}),
    }
}

/// Whether JavaScript's regular expressions, which editors use, mean the same by it.
fn every_engine_reads(pattern: &str) -> bool {
    !["(?i", "(?s", "(?x", "(?P", "(?-", "(?u", "[[:", r"\A", r"\z", r"\p", r"\P", "&&", "--", "~~"]
        .iter()
        .any(|foreign| pattern.contains(foreign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::parse_duration;
    use crate::value::Value;

    #[test]
    fn a_duration_is_what_the_language_takes_for_one() {
        let pattern = regex::Regex::new(DURATION).unwrap();
        for text in ["90s", "10m", "1h 30m", "1h30m", "600", "2 days", "3weeks", "", "soon", "10", "10x", "m", "1h 30"]
        {
            let is_one = parse_duration(&Value::from(text)).is_some();
            assert_eq!(pattern.is_match(text), is_one, "{text}");
        }
    }
}
