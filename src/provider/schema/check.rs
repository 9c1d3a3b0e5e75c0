//! A spec against its schema: what is wrong with it, and what it is in its normal form.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Field, FieldType, Text};
use crate::diagnostic::closest;
use crate::provider::Finding;
use crate::value::{Attributes, Kind, Path, Value};

/// Checks a spec against its fields and brings it to its normal form: durations
/// as seconds, sets sorted, defaults filled in, nulls dropped.
///
/// Unknown values pass, if they can become what is asked for.
pub fn normalise(fields: &[Field], spec: &Attributes, at: &Path) -> (Attributes, Vec<Finding>) {
    let mut normal = Attributes::new();
    let mut findings = Vec::new();
    let mut slips = Vec::new();
    for name in spec.keys().filter(|name| !fields.iter().any(|field| field.name == *name)) {
        let slip = closest(name, fields.iter().map(|field| field.name));
        slips.extend(slip);
        let mut finding = Finding::new("stack/unknown-field", at.key(name), format!("there is no field `{name}` here"));
        finding.on_key = true;
        finding.help = match slip {
            Some(word) => Some(format!("did you mean `{word}`?")),
            None => Some(format!("the fields are: {}", names(fields))),
        };
        findings.push(finding);
    }
    for field in fields {
        let path = at.key(field.name);
        match spec.get(field.name).filter(|value| !value.is_null()) {
            Some(value) => {
                normal.insert(field.name.to_owned(), check(&field.field_type, value, &path, &mut findings));
            }
            // One mistake is told once.
            None if slips.contains(&field.name) => {}
            None if field.required => findings.push(
                Finding::new("stack/missing-field", at.clone(), format!("the field `{}` is missing", field.name))
                    .help(format!("`{}`: {}", field.name, field.doc)),
            ),
            None => {
                if let Some(default) = &field.default {
                    normal.insert(field.name.to_owned(), default.clone());
                }
            }
        }
    }
    (normal, findings)
}

fn names(fields: &[Field]) -> String {
    fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
}

/// One value against its type; gives back its normal form.
fn check(field_type: &FieldType, value: &Value, path: &Path, findings: &mut Vec<Finding>) -> Value {
    if let Value::Secret(secret) = value {
        // The content is checked like any other, but no finding may quote it.
        if let Some(content) = secret.revealed() {
            let mut hidden = Vec::new();
            let normal = check(field_type, content, path, &mut hidden);
            if !hidden.is_empty() {
                let text = format!("the secret given here is not {}", field_type.noun());
                findings.push(Finding::new("stack/wrong-type", path.clone(), text));
            }
            return normal.into_secret();
        }
        return value.clone();
    }
    if let Value::Unknown(kind) = value {
        let wanted = field_type.kind();
        // A duration may still come as text.
        let fits = *kind == wanted
            || *kind == Kind::Any
            || wanted == Kind::Any
            || (*kind == Kind::Integer && wanted == Kind::Float)
            || (*kind == Kind::String && matches!(field_type, FieldType::Duration { .. }));
        if !fits {
            let text = format!("this will be {}, but the field takes {}", kind.noun(), field_type.noun());
            findings.push(Finding::new("stack/wrong-type", path.clone(), text));
        }
        return value.clone();
    }
    match (field_type, value) {
        (FieldType::Any | FieldType::Document { .. }, value) => value.clone(),
        (FieldType::Bool, Value::Bool(_)) | (FieldType::Float, Value::Float(_)) => value.clone(),
        (FieldType::Float, Value::Integer(number)) => Value::Float(*number as f64),
        (FieldType::Integer { min, max }, Value::Integer(number)) => {
            in_range(*number, *min, *max, "", path, findings);
            value.clone()
        }
        (FieldType::Duration { min, max }, value) => duration(value, *min, *max, path, findings),
        (FieldType::String(text), Value::String(string)) => {
            check_text(text, string, path, findings);
            value.clone()
        }
        (FieldType::List(item), Value::List(items)) => Value::List(each(item, items, path, findings)),
        (FieldType::Set(item), Value::List(items)) => sorted(each(item, items, path, findings)),
        (FieldType::Map(entry), Value::Map(entries)) => Value::Map(
            entries.iter().map(|(key, value)| (key.clone(), check(entry, value, &path.key(key), findings))).collect(),
        ),
        (FieldType::Object(fields), Value::Map(entries)) => {
            let (normal, more) = normalise(fields, entries, path);
            findings.extend(more);
            Value::Map(normal)
        }
        (field_type, value) => {
            let text = format!("expected {}, found {}", field_type.noun(), describe(value));
            let mut finding = Finding::new("stack/wrong-type", path.clone(), text);
            finding.help = way_out(field_type, value).map(str::to_owned);
            findings.push(finding);
            value.clone()
        }
    }
}

/// What to do about the usual mix-ups.
fn way_out(field_type: &FieldType, value: &Value) -> Option<&'static str> {
    match (field_type, value) {
        (FieldType::String(_), Value::Integer(_) | Value::Float(_) | Value::Bool(_)) => {
            Some("put it in quotes, or write string(…) in an expression")
        }
        (FieldType::Integer { .. } | FieldType::Float, Value::String(text)) if text.parse::<f64>().is_ok() => {
            Some("take the quotes away, or write int(…) in an expression")
        }
        (FieldType::Bool, Value::String(text)) => match text.to_lowercase().as_str() {
            "true" | "false" => Some("take the quotes away"),
            "yes" | "no" | "on" | "off" => Some("in YAML 1.2 that is a string; write true or false"),
            _ => None,
        },
        (FieldType::List(_) | FieldType::Set(_), Value::String(_)) => Some("put it in brackets: [ … ]"),
        _ => None,
    }
}

fn each(item: &FieldType, items: &[Value], path: &Path, findings: &mut Vec<Finding>) -> Vec<Value> {
    items.iter().enumerate().map(|(index, value)| check(item, value, &path.index(index), findings)).collect()
}

/// A set in its normal form. Unknown items keep their place at the end.
fn sorted(items: Vec<Value>) -> Value {
    let mut keyed: BTreeMap<String, Value> = BTreeMap::new();
    let mut unknown = Vec::new();
    for item in items {
        match item.has_unknown() || item.has_secret() {
            true => unknown.push(item),
            false => {
                keyed.insert(item.to_string(), item);
            }
        }
    }
    Value::List(keyed.into_values().chain(unknown).collect())
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Map(_) => "a map".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::String(text) => format!("the string {}", quoted(text)),
        Value::Integer(number) => format!("the number {number}"),
        Value::Float(number) => format!("the number {number:?}"),
        other => other.to_string(),
    }
}

/// As much of a text as a message has room for.
fn quoted(text: &str) -> Value {
    const SHOWN: usize = 80;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => Value::from(format!("{}…", &text[..end])),
        None => Value::from(text),
    }
}

fn in_range(number: i64, min: i64, max: i64, unit: &str, path: &Path, findings: &mut Vec<Finding>) {
    if number < min || number > max {
        let text = format!("{number}{unit} is out of range: {min} to {max}{unit}");
        findings.push(Finding::new("stack/out-of-range", path.clone(), text));
    }
}

fn duration(value: &Value, min: i64, max: i64, path: &Path, findings: &mut Vec<Finding>) -> Value {
    match parse_duration(value) {
        Some(seconds) => {
            in_range(seconds, min, max, " seconds", path, findings);
            Value::Integer(seconds)
        }
        None => {
            let text = format!("expected a duration, such as 90s, 10m or 600, found {}", describe(value));
            findings.push(Finding::new("stack/wrong-type", path.clone(), text));
            value.clone()
        }
    }
}

/// Whole seconds of `90s`, `1h 30m` or a number of seconds.
pub(crate) fn parse_duration(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(seconds) => Some(*seconds),
        Value::String(text) => match text.parse::<i64>() {
            Ok(seconds) => Some(seconds),
            Err(_) => {
                let duration: Duration = humantime::parse_duration(text).ok()?;
                (duration.subsec_nanos() == 0).then(|| i64::try_from(duration.as_secs()).ok()).flatten()
            }
        },
        _ => None,
    }
}

fn check_text(text: &Text, string: &str, path: &Path, findings: &mut Vec<Finding>) {
    let length = string.chars().count();
    if length < text.min || text.max.is_some_and(|max| length > max) {
        let most = text.max.map_or("any number of".to_owned(), |max| max.to_string());
        let says = format!("{} is {length} characters long: {} to {most} are allowed", quoted(string), text.min);
        findings.push(Finding::new("stack/out-of-range", path.clone(), says));
    }
    if let Some(pattern) = text.pattern.as_ref().filter(|pattern| !pattern.is_match(string)) {
        let text = format!("{} does not fit: {}", quoted(string), pattern.says());
        findings.push(Finding::new("stack/bad-pattern", path.clone(), text));
    }
    if !text.one_of.is_empty() && !text.one_of.contains(&string) {
        let says = format!("{} is not one of: {}", quoted(string), text.one_of.join(", "));
        let mut finding = Finding::new("stack/not-one-of", path.clone(), says);
        finding.help = closest(string, text.one_of.iter().copied()).map(|word| format!("did you mean `{word}`?"));
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Vec<Field> {
        vec![
            Field::new("name", FieldType::pattern("[a-z]+", "lower-case letters"), "Its name").required(),
            Field::new("wait", FieldType::Duration { min: 0, max: 600 }, "How long").default(30),
            Field::new("tags", FieldType::set(FieldType::text()), "Some tags"),
        ]
    }

    fn spec(json: serde_json::Value) -> Attributes {
        match Value::from(json) {
            Value::Map(entries) => entries,
            _ => panic!("a map"),
        }
    }

    #[test]
    fn a_spec_is_brought_to_its_normal_form() {
        let given = spec(serde_json::json!({"name": "a", "wait": "2m", "tags": ["b", "a", "b"]}));
        let (normal, findings) = normalise(&fields(), &given, &Path::default());
        assert_eq!(findings, []);
        assert_eq!(Value::from(normal).to_string(), r#"{"name": "a", "tags": ["a", "b"], "wait": 120}"#);
    }

    #[test]
    fn every_mistake_is_found_at_once() {
        let given = spec(serde_json::json!({"nam": "A", "wait": "11m", "tags": 3}));
        let (_, findings) = normalise(&fields(), &given, &Path::default());
        let codes: Vec<_> = findings.iter().map(|finding| (finding.code, finding.path.to_string())).collect();
        assert_eq!(
            codes,
            [
                ("stack/unknown-field", "nam".to_owned()),
                ("stack/out-of-range", "wait".to_owned()),
                ("stack/wrong-type", "tags".to_owned()),
            ]
        );
        assert_eq!(findings[0].help.as_deref(), Some("did you mean `name`?"));
    }

    #[test]
    fn a_secret_is_checked_and_not_quoted() {
        let mut given = spec(serde_json::json!({"name": "a"}));
        given.insert("wait".to_owned(), Value::from("hunter2").into_secret());
        let (_, findings) = normalise(&fields(), &given, &Path::default());
        assert_eq!(findings.len(), 1);
        assert!(!findings[0].message.contains("hunter2"));
    }

    #[test]
    fn an_unknown_must_be_able_to_become_what_is_asked_for() {
        let mut given = spec(serde_json::json!({}));
        given.insert("name".to_owned(), Value::Unknown(Kind::Integer));
        let (_, findings) = normalise(&fields(), &given, &Path::default());
        assert_eq!(findings[0].code, "stack/wrong-type");
    }
}
