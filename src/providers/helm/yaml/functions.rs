//! The functions of templates that read and write YAML, JSON and TOML.
//!
//! Those without `must` in their names never fail: they give an empty text, or what they read is a map with the error
//! under `Error`, or a list with it.

use serde_json::Value as Json;

use super::json::{self, Html};
use super::{json_read, toml_read, toml_write};
use super::{read, to_json, to_plain, to_yaml, to_yaml_pretty, wrong_kind};
use crate::providers::helm::template::{Failure, Function, Map, Surroundings, Value, type_name};

const MAP: &str = "map[string]interface {}";
const LIST: &str = "[]interface {}";

pub(crate) const FUNCTIONS: &[(&str, Function)] = &[
    ("toYaml", one(|_, arguments| lenient(yaml(arguments)))),
    ("mustToYaml", one(|_, arguments| yaml(arguments))),
    ("toYamlPretty", one(|_, arguments| lenient(to_yaml_pretty(first(arguments)).map(|text| trimmed(&text))))),
    ("fromYaml", one(|_, arguments| from_yaml(arguments))),
    ("fromYamlArray", one(|_, arguments| from_yaml_array(arguments))),
    ("toJson", one(|_, arguments| lenient(to_json(first(arguments)).map(Value::string)))),
    ("mustToJson", one(|_, arguments| to_json(first(arguments)).map(Value::string))),
    ("toPrettyJson", one(|_, arguments| lenient(pretty_json(arguments)))),
    ("mustToPrettyJson", one(|_, arguments| pretty_json(arguments))),
    ("toRawJson", one(|_, arguments| raw_json(arguments))),
    ("mustToRawJson", one(|_, arguments| raw_json(arguments))),
    ("fromJson", one(|_, arguments| from_json(arguments))),
    ("mustFromJson", one(|_, arguments| must_from_json(arguments))),
    ("fromJsonArray", one(|_, arguments| from_json_array(arguments))),
    ("toToml", one(|_, arguments| to_toml(arguments))),
    ("mustToToml", one(|_, arguments| toml_write::write(first(arguments)).map(Value::string))),
    ("fromToml", one(|_, arguments| from_toml(arguments))),
];

const fn one(call: fn(&dyn Surroundings, &[Value]) -> Result<Value, Failure>) -> Function {
    Function { call, least: 1, most: Some(1) }
}

fn first(arguments: &[Value]) -> &Value {
    arguments.first().unwrap_or(&Value::Nil)
}

fn text(arguments: &[Value]) -> Result<&str, Failure> {
    match first(arguments) {
        Value::String(text) => Ok(text),
        Value::Nil => Err(Failure::new("invalid value; expected string")),
        other => Err(Failure::new(format!("wrong type for value; expected string; got {}", type_name(other)))),
    }
}

/// What a function that never fails gives instead.
fn lenient(written: Result<Value, Failure>) -> Result<Value, Failure> {
    Ok(written.unwrap_or_else(|_| Value::string("")))
}

fn trimmed(text: &str) -> Value {
    Value::string(text.strip_suffix('\n').unwrap_or(text))
}

fn yaml(arguments: &[Value]) -> Result<Value, Failure> {
    let text = to_yaml(first(arguments)).map_err(|failure| {
        let marshaling = if failure.0.starts_with("json:") { "error marshaling into JSON: " } else { "" };
        Failure(format!("{marshaling}{}", failure.0))
    });
    text.map(|text| trimmed(&text))
}

fn empty_map() -> Value {
    Value::Map(Map::default())
}

fn with_error(message: String) -> Value {
    Value::map([("Error", Value::string(message))])
}

fn from_yaml(arguments: &[Value]) -> Result<Value, Failure> {
    Ok(match read(text(arguments)?) {
        Ok(json @ Json::Object(_)) => Value::from_json(&json),
        Ok(Json::Null) => empty_map(),
        Ok(other) => with_error(wrong_kind(&other, MAP)),
        Err(error) => with_error(error.message),
    })
}

fn from_yaml_array(arguments: &[Value]) -> Result<Value, Failure> {
    Ok(match read(text(arguments)?) {
        Ok(json @ Json::Array(_)) => Value::from_json(&json),
        Ok(Json::Null) => Value::list([]),
        Ok(other) => Value::list([Value::string(wrong_kind(&other, LIST))]),
        Err(error) => Value::list([Value::string(error.message)]),
    })
}

fn pretty_json(arguments: &[Value]) -> Result<Value, Failure> {
    to_plain(first(arguments)).map(|json| Value::string(json::pretty(&json, Html::Escaped)))
}

fn raw_json(arguments: &[Value]) -> Result<Value, Failure> {
    to_plain(first(arguments)).map(|json| Value::string(json::compact(&json, Html::Raw)))
}

/// What Go says of a value that is not of the type it is read as.
fn mistyped(value: &Value, wanted: &str) -> String {
    let kind = match value {
        Value::Bool(_) => "bool",
        Value::String(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        _ => "number",
    };
    format!("json: cannot unmarshal {kind} into Go value of type {wanted}")
}

fn from_json(arguments: &[Value]) -> Result<Value, Failure> {
    let read = match json_read::read(text(arguments)?) {
        Ok(read) => read,
        Err(message) => return Ok(with_error(message)),
    };
    Ok(match (&read.value, read.problem) {
        (Value::Map(map), problem) => {
            if let Some(problem) = problem {
                map.entries.borrow_mut().insert("Error".into(), Value::string(problem));
            }
            read.value
        }
        (Value::Nil, None) => empty_map(),
        (other, _) => with_error(mistyped(other, MAP)),
    })
}

fn must_from_json(arguments: &[Value]) -> Result<Value, Failure> {
    let read = json_read::read(text(arguments)?).map_err(Failure)?;
    read.problem.map_or(Ok(read.value), |problem| Err(Failure(problem)))
}

fn from_json_array(arguments: &[Value]) -> Result<Value, Failure> {
    let read = match json_read::read(text(arguments)?) {
        Ok(read) => read,
        Err(message) => return Ok(Value::list([Value::string(message)])),
    };
    Ok(match (read.value, read.problem) {
        (Value::List(_), Some(problem)) => Value::list([Value::string(problem)]),
        (Value::Nil, None) => Value::list([]),
        (value @ Value::List(_), None) => value,
        (other, _) => Value::list([Value::string(mistyped(&other, LIST))]),
    })
}

fn to_toml(arguments: &[Value]) -> Result<Value, Failure> {
    match (first(arguments), toml_write::write(first(arguments))) {
        (Value::Nil, written) => written.map(Value::string),
        (_, written) => Ok(Value::string(written.unwrap_or_else(|failure| failure.0))),
    }
}

fn from_toml(arguments: &[Value]) -> Result<Value, Failure> {
    Ok(toml_read::read(text(arguments)?).unwrap_or_else(with_error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    struct Nowhere;

    impl Surroundings for Nowhere {
        fn random(&self, _: &mut [u8]) {}

        fn now(&self) -> Duration {
            Duration::ZERO
        }
    }

    fn call(name: &str, argument: Value) -> Result<Value, Failure> {
        let (_, function) = FUNCTIONS.iter().find(|(known, _)| *known == name).unwrap();
        (function.call)(&Nowhere, &[argument])
    }

    fn json_of(name: &str, argument: &str) -> String {
        let value = call(name, Value::string(argument)).unwrap();
        to_json(&value).unwrap()
    }

    fn text_of(name: &str, argument: Value) -> String {
        call(name, argument).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn errors_stand_in_what_was_read() {
        assert_eq!(json_of("fromYaml", "a: 1"), r#"{"a":1}"#);
        assert_eq!(json_of("fromYaml", ""), "{}");
        assert_eq!(
            json_of("fromYaml", "a: b: c"),
            r#"{"Error":"error converting YAML to JSON: yaml: mapping values are not allowed in this context"}"#
        );
        assert_eq!(
            json_of("fromYaml", "- a"),
            r#"{"Error":"error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}"}"#
        );
        assert_eq!(json_of("fromYamlArray", "- a"), r#"["a"]"#);
        assert_eq!(
            json_of("fromYamlArray", "a"),
            r#"["error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type []interface {}"]"#
        );
        assert_eq!(json_of("fromJson", "{"), r#"{"Error":"unexpected end of JSON input"}"#);
        assert_eq!(
            json_of("fromJson", "[]"),
            r#"{"Error":"json: cannot unmarshal array into Go value of type map[string]interface {}"}"#
        );
        assert_eq!(
            json_of("fromJson", r#"{"a":1e400}"#),
            r#"{"Error":"json: cannot unmarshal number 1e400 into Go value of type float64","a":null}"#
        );
        assert_eq!(json_of("fromJsonArray", "[1]"), "[1]");
        assert_eq!(
            json_of("fromJsonArray", "{}"),
            r#"["json: cannot unmarshal object into Go value of type []interface {}"]"#
        );
        assert!(json_of("fromToml", "a = ").starts_with(r#"{"Error":"toml: line 1: "#));
    }

    #[test]
    fn what_must_be_written_or_read_fails() {
        let infinite = || Value::list([Value::Float(f64::INFINITY)]);
        assert_eq!(text_of("toYaml", infinite()), "");
        assert_eq!(text_of("toJson", infinite()), "");
        assert_eq!(
            call("mustToYaml", infinite()).unwrap_err().0,
            "error marshaling into JSON: json: unsupported value: +Inf"
        );
        assert_eq!(call("mustToJson", infinite()).unwrap_err().0, "json: unsupported value: +Inf");
        assert_eq!(
            call("mustFromJson", Value::string("1 2")).unwrap_err().0,
            "invalid character '2' after top-level value"
        );
        assert_eq!(
            call("mustToToml", Value::list([Value::Nil])).unwrap_err().0,
            "toml: cannot encode array with nil element"
        );
        assert_eq!(call("fromYaml", Value::Int(1)).unwrap_err().0, "wrong type for value; expected string; got int");
    }

    #[test]
    fn texts_have_no_end_of_line_but_those_of_toml() {
        let value = || Value::map([("a", Value::list([Value::Int(1), Value::string("<")]))]);
        assert_eq!(text_of("toYaml", value()), "a:\n- 1\n- <");
        assert_eq!(text_of("toYamlPretty", value()), "a:\n  - 1\n  - <");
        assert_eq!(text_of("toJson", value()), r#"{"a":[1,"\u003c"]}"#);
        assert_eq!(text_of("toPrettyJson", value()), "{\n  \"a\": [\n    1,\n    \"\\u003c\"\n  ]\n}");
        assert_eq!(text_of("toRawJson", value()), r#"{"a":[1,"<"]}"#);
        assert_eq!(text_of("toToml", value()), "a = [1, \"<\"]\n");
        assert_eq!(text_of("toYaml", Value::Nil), "null");
    }
}
