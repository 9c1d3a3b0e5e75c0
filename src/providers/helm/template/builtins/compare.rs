//! Comparisons, which know no conversion between numbers of different kinds.

use std::cmp::Ordering;

use super::super::print::{print, type_name};
use super::super::{Failure, Surroundings, Value};

/// Whether the first is equal to any of the others.
pub(super) fn eq(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    let (first, others) = match arguments {
        [] | [_] => return Err(Failure::new("missing argument for comparison")),
        [first, others @ ..] => (first, others),
    };
    for other in others {
        if equal(first, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn ne(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    let (one, other) = pair(arguments)?;
    Ok(Value::Bool(!equal(one, other)?))
}

pub(super) fn lt(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    let (one, other) = pair(arguments)?;
    Ok(Value::Bool(order(one, other)? == Some(Ordering::Less)))
}

pub(super) fn le(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    let (one, other) = pair(arguments)?;
    Ok(Value::Bool(matches!(order(one, other)?, Some(Ordering::Less | Ordering::Equal))))
}

/// The opposite of `le`, even where a number is none.
pub(super) fn gt(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    let (one, other) = pair(arguments)?;
    Ok(Value::Bool(!matches!(order(one, other)?, Some(Ordering::Less | Ordering::Equal))))
}

pub(super) fn ge(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    let (one, other) = pair(arguments)?;
    Ok(Value::Bool(order(one, other)? != Some(Ordering::Less)))
}

fn pair(arguments: &[Value]) -> Result<(&Value, &Value), Failure> {
    match arguments {
        [one, other] => Ok((one, other)),
        _ => Err(Failure::new("missing argument for comparison")),
    }
}

fn incompatible(one: &Value, other: &Value) -> Failure {
    Failure(format!("incompatible types for comparison: {} and {}", type_name(one), type_name(other)))
}

fn equal(one: &Value, other: &Value) -> Result<bool, Failure> {
    Ok(match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::String(one), Value::String(other)) => one == other,
        (Value::Float(one), Value::Float(other)) => one == other,
        (Value::Int(one) | Value::Int64(one), Value::Int(other) | Value::Int64(other)) => one == other,
        (Value::Uint64(one), Value::Uint64(other)) => one == other,
        (Value::Int(signed) | Value::Int64(signed), Value::Uint64(unsigned))
        | (Value::Uint64(unsigned), Value::Int(signed) | Value::Int64(signed)) => {
            u64::try_from(*signed).is_ok_and(|signed| signed == *unsigned)
        }
        (Value::Nil, Value::Nil) => true,
        (Value::Nil, _) | (_, Value::Nil) => false,
        (one, other) if kind(one).is_some() || kind(other).is_some() => return Err(incompatible(one, other)),
        (one, other) if reflected(one) != reflected(other) => {
            return Err(Failure(format!(
                "non-comparable types {}: {}, {}: {}",
                print(one),
                type_name(one),
                type_name(other),
                print(other)
            )));
        }
        (Value::Object(one), Value::Object(other)) if reflected_object(&**one) == "struct" => {
            one.print() == other.print()
        }
        (one, other) => {
            return Err(Failure(format!("non-comparable type {}: {}", print(other), type_name(one))));
        }
    })
}

/// What Go calls a basic kind; none for what consists of parts.
fn kind(value: &Value) -> Option<u8> {
    match value {
        Value::Bool(_) => Some(0),
        Value::Int(_) | Value::Int64(_) => Some(1),
        Value::Uint64(_) => Some(2),
        Value::Float(_) => Some(3),
        Value::String(_) => Some(4),
        Value::Nil | Value::Bytes(_) | Value::List(_) | Value::Map(_) | Value::Object(_) => None,
    }
}

fn reflected(value: &Value) -> &str {
    match value {
        Value::Bytes(_) | Value::List(_) => "slice",
        Value::Map(_) => "map",
        Value::Object(object) => reflected_object(&**object),
        _ => "",
    }
}

fn reflected_object(object: &dyn super::super::Object) -> &str {
    object.kind()
}

fn order(one: &Value, other: &Value) -> Result<Option<Ordering>, Failure> {
    let (Some(first), Some(second)) = (kind(one), kind(other)) else {
        return Err(Failure::new("invalid type for comparison"));
    };
    Ok(match (one, other) {
        (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
        (Value::Float(one), Value::Float(other)) => one.partial_cmp(other),
        (Value::Int(one) | Value::Int64(one), Value::Int(other) | Value::Int64(other)) => Some(one.cmp(other)),
        (Value::Uint64(one), Value::Uint64(other)) => Some(one.cmp(other)),
        (Value::Int(one) | Value::Int64(one), Value::Uint64(other)) => Some(i128::from(*one).cmp(&i128::from(*other))),
        (Value::Uint64(one), Value::Int(other) | Value::Int64(other)) => {
            Some(i128::from(*one).cmp(&i128::from(*other)))
        }
        _ if first == second => return Err(Failure::new("invalid type for comparison")),
        _ => return Err(incompatible(one, other)),
    })
}
