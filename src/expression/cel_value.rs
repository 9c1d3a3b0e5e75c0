//! Values in and out of CEL.
//!
//! JSON numbers become CEL ints. The crate's own serializer makes them uints,
//! and then `vars.workers + 1` has no overload.

use std::collections::HashMap;
use std::sync::Arc;

use cel::objects::{Key, Map};

use crate::value::Value;

/// Secrets are revealed and unknowns are gone by now; what is left of either is null.
pub(super) fn from_value(value: Value) -> cel::Value {
    match value {
        Value::Null | Value::Unknown(_) | Value::Secret(_) => cel::Value::Null,
        Value::Bool(yes) => cel::Value::Bool(yes),
        Value::Integer(number) => cel::Value::Int(number),
        Value::Float(number) => cel::Value::Float(number),
        Value::String(text) => cel::Value::String(Arc::new(text)),
        Value::List(items) => cel::Value::List(Arc::new(items.into_iter().map(from_value).collect())),
        Value::Map(entries) => {
            let entries: HashMap<Key, cel::Value> =
                entries.into_iter().map(|(key, entry)| (Key::from(key), from_value(entry))).collect();
            cel::Value::Map(Map::from(entries))
        }
    }
}

pub(super) fn into_value(value: cel::Value) -> Result<Value, String> {
    match value {
        cel::Value::Null => Ok(Value::Null),
        cel::Value::Bool(yes) => Ok(Value::Bool(yes)),
        cel::Value::Int(number) => Ok(Value::Integer(number)),
        cel::Value::UInt(number) => {
            i64::try_from(number).map(Value::Integer).map_err(|_| format!("{number} is too large"))
        }
        cel::Value::Float(number) if number.is_finite() => Ok(Value::Float(number)),
        cel::Value::Float(number) => Err(format!("{number} is not a number a stack can hold")),
        cel::Value::String(text) => Ok(Value::String(text.to_string())),
        cel::Value::List(items) => {
            let items: Result<_, _> = items.iter().cloned().map(into_value).collect();
            Ok(Value::List(items?))
        }
        cel::Value::Map(map) => {
            let entries: Result<_, String> =
                map.map.iter().map(|(key, entry)| Ok((key.to_string(), into_value(entry.clone())?))).collect();
            Ok(Value::Map(entries?))
        }
        other => Err(format!("its result is of the type `{}`, which a stack cannot hold", other.type_of())),
    }
}
