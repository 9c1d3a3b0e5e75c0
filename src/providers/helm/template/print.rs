//! Writes values as Go's `%v` does, which is how an action prints them.

use std::fmt::Write;

use super::format::float;
use super::{List, Value};

/// What Go prints for what is not there. Helm takes it out again, at the end of a file.
pub(super) const NO_VALUE: &str = "<no value>";

/// As `%v` prints it.
pub(crate) fn print(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// Writes `%v` of a value behind a text.
pub(crate) fn write(value: &Value, out: &mut String) {
    // Writing to a string never fails.
    let _ = match value {
        Value::Nil => out.write_str("<nil>"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Int(value) | Value::Int64(value) => write!(out, "{value}"),
        Value::Uint64(value) => write!(out, "{value}"),
        Value::Float(value) => out.write_str(&float::shortest(*value)),
        Value::String(text) => out.write_str(text),
        Value::Bytes(bytes) => {
            out.push('[');
            for (index, byte) in bytes.iter().enumerate() {
                let _ = write!(out, "{}{byte}", if index > 0 { " " } else { "" });
            }
            out.write_str("]")
        }
        Value::List(List { items, .. }) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                write(item, out);
            }
            out.write_str("]")
        }
        Value::Map(map) => {
            out.push_str("map[");
            for (index, (key, entry)) in map.entries.borrow().iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                write(entry, out);
            }
            out.write_str("]")
        }
        Value::Object(object) => out.write_str(&object.print()),
    };
}

/// As `%T` prints it, and as errors name a type.
pub(crate) fn type_name(value: &Value) -> &str {
    use super::Element;
    match value {
        Value::Nil => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Int64(_) => "int64",
        Value::Uint64(_) => "uint64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::Bytes(_) => "[]uint8",
        Value::List(list) => match list.of {
            Element::Any => "[]interface {}",
            Element::String => "[]string",
            Element::Int => "[]int",
        },
        Value::Map(map) => match map.of {
            Element::Any => "map[string]interface {}",
            Element::String => "map[string]string",
            Element::Int => "map[string]int",
        },
        Value::Object(object) => object.type_name(),
    }
}
