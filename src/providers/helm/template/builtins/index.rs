//! Parts of lists, maps and strings, and how many there are.

use super::super::print::type_name;
use super::super::value::Element;
use super::super::{Failure, Surroundings, Value};

pub(super) fn len(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    let length = match arguments.first().unwrap_or(&Value::Nil) {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.items.len(),
        Value::Map(map) => map.entries.borrow().len(),
        Value::Nil => return Err(Failure::new("len of nil pointer")),
        Value::Object(object) => match object.elements() {
            Some(elements) => elements.len(),
            None => return Err(Failure(format!("len of type {}", object.type_name()))),
        },
        other => return Err(Failure(format!("len of type {}", type_name(other)))),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// `index x 1 "a"` is `x[1]["a"]`.
pub(super) fn index(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    let Some((item, indexes)) = arguments.split_first() else { return Ok(Value::Nil) };
    if matches!(item, Value::Nil) {
        return Err(Failure::new("index of untyped nil"));
    }
    let mut item = item.clone();
    for index in indexes {
        item = part(&item, index)?;
    }
    Ok(item)
}

fn part(item: &Value, index: &Value) -> Result<Value, Failure> {
    Ok(match item {
        Value::Nil => return Err(Failure::new("index of nil pointer")),
        Value::List(list) => list.items[position(index, list.items.len())?].clone(),
        Value::String(text) => Value::Uint64(u64::from(text.as_bytes()[position(index, text.len())?])),
        Value::Bytes(bytes) => Value::Uint64(u64::from(bytes[position(index, bytes.len())?])),
        Value::Map(map) => {
            let found = map.entries.borrow().get(key(index)?).cloned();
            match (found, map.of) {
                (Some(found), _) => found,
                (None, Element::Any) => Value::Nil,
                (None, Element::String) => Value::string(""),
                (None, Element::Int) => Value::Int(0),
            }
        }
        Value::Object(object) => match object.elements() {
            Some(elements) if object.kind() == "slice" => {
                let position = position(index, elements.len())?;
                elements.into_iter().nth(position).map(|(_, element)| element).unwrap_or_default()
            }
            Some(_) => object.field(key(index)?).unwrap_or_default(),
            None => return Err(Failure(format!("can't index item of type {}", object.type_name()))),
        },
        other => return Err(Failure(format!("can't index item of type {}", type_name(other)))),
    })
}

fn key(index: &Value) -> Result<&str, Failure> {
    match index {
        Value::String(key) => Ok(key),
        Value::Nil => Err(Failure::new("value is nil; should be of type string")),
        other => Err(Failure(format!("value has type {}; should be string", type_name(other)))),
    }
}

fn position(index: &Value, length: usize) -> Result<usize, Failure> {
    let position = match index {
        Value::Int(position) | Value::Int64(position) => i128::from(*position),
        Value::Uint64(position) => i128::from(*position),
        Value::Nil => return Err(Failure::new("cannot index slice/array with nil")),
        other => return Err(Failure(format!("cannot index slice/array with type {}", type_name(other)))),
    };
    match usize::try_from(position) {
        Ok(valid) if valid < length => Ok(valid),
        _ => Err(Failure(format!("index out of range: {position}"))),
    }
}
