//! How large and how deep values are. Maps are shared and can be put into themselves.

use std::rc::Rc;

use super::Value;

/// How deep lists and maps may be in one another: what goes through them calls itself for each level.
const DEEPEST: usize = 500;

/// Refuses what has too many levels, or none at the end.
pub(crate) fn check_depth(value: &Value) -> Result<(), String> {
    check(value, usize::MAX)
}

/// Refuses what has too many levels, none at the end, or more elements than anyone could write out.
pub(super) fn check(value: &Value, elements: usize) -> Result<(), String> {
    if !matches!(value, Value::List(_) | Value::Map(_)) {
        return Ok(());
    }
    let mut left = elements;
    descend(value, DEEPEST, &mut left, elements)
}

fn descend(value: &Value, levels: usize, left: &mut usize, elements: usize) -> Result<(), String> {
    let mut visit = |value: &Value| {
        if !matches!(value, Value::List(_) | Value::Map(_)) {
            return Ok(());
        }
        let Some(levels) = levels.checked_sub(1) else {
            return Err(format!(
                "a value has more than {DEEPEST} levels, or contains itself: no manifest can be made of it"
            ));
        };
        descend(value, levels, left, elements)
    };
    let count = match value {
        Value::List(list) => {
            list.items.iter().try_for_each(&mut visit)?;
            list.items.len()
        }
        Value::Map(map) => {
            let entries = map.entries.borrow();
            entries.values().try_for_each(&mut visit)?;
            entries.len()
        }
        _ => 0,
    };
    match left.checked_sub(count) {
        Some(rest) => {
            *left = rest;
            Ok(())
        }
        None => Err(format!("a value has more than {elements} elements: no manifest can be made of it")),
    }
}

/// About how many bytes of its own a value has.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.items.len() * std::mem::size_of::<Value>(),
        _ => 0,
    }
}

/// Empties maps, and what was in them, without one call for each level.
pub(super) fn take_apart(maps: Vec<Value>) {
    let mut pending = maps;
    while let Some(mut value) = pending.pop() {
        match &mut value {
            Value::Map(map) => pending.extend(std::mem::take(&mut *map.entries.borrow_mut()).into_values()),
            // What someone else has as well is let go of by the last one.
            Value::List(list) => {
                if let Some(items) = Rc::get_mut(&mut list.items) {
                    pending.extend(items.iter_mut().map(std::mem::take));
                }
            }
            _ => {}
        }
    }
}
