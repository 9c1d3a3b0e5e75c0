//! What counts as true.

use super::Value;

/// As `if`, `and` and `not` see it: whatever is not the zero of its type.
pub(crate) fn is_true(value: &Value) -> bool {
    match value {
        Value::Nil => false,
        Value::Bool(value) => *value,
        Value::Int(value) | Value::Int64(value) => *value != 0,
        Value::Uint64(value) => *value != 0,
        Value::Float(value) => *value != 0.0,
        Value::String(text) => !text.is_empty(),
        Value::Bytes(bytes) => !bytes.is_empty(),
        Value::List(list) => !list.items.is_empty(),
        Value::Map(map) => !map.entries.borrow().is_empty(),
        Value::Object(object) => match object.kind() {
            "map" | "slice" => object.elements().is_some_and(|elements| !elements.is_empty()),
            _ => true,
        },
    }
}
