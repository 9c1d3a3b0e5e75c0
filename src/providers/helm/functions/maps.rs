//! Maps, which templates share and change: `set` and `unset` change the map they are given, and give it back.

use std::rc::Rc;

use super::super::template::{Failure, Function, List, Map, Value, type_name};
use super::arguments::{Arguments, DEEPEST, Outcome, at_least, exactly, nil_pointer};
use super::printing::text_of;

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("deepCopy", exactly(1, |_, given| copy(given.any(0), 0))),
    ("dict", at_least(0, |_, given| dict(given))),
    ("dig", at_least(0, |_, given| dig(given))),
    ("get", exactly(2, |_, given| get(given))),
    ("hasKey", exactly(2, |_, given| Ok(Value::Bool(entry(given.map(0)?, given.text(1)?).is_some())))),
    ("keys", at_least(0, |_, given| keys(given))),
    ("mustDeepCopy", exactly(1, |_, given| copy(given.any(0), 0))),
    ("omit", at_least(1, |_, given| omit(given))),
    ("pick", at_least(1, |_, given| pick(given))),
    ("pluck", at_least(1, |_, given| pluck(given))),
    ("set", exactly(3, |_, given| set(given))),
    ("unset", exactly(2, |_, given| unset(given))),
    ("values", exactly(1, |_, given| values(given))),
];

fn entry(map: Option<&Map>, key: &str) -> Option<Value> {
    map.and_then(|map| map.entries.borrow().get(key).cloned())
}

/// Keys and values in turn; a last key without a value has the empty text.
fn dict(given: &[Value]) -> Outcome {
    let mut entries = Vec::with_capacity(given.len().div_ceil(2));
    for pair in given.chunks(2) {
        let value = pair.get(1).cloned().unwrap_or_else(|| Value::string(""));
        entries.push((text_of(pair.any(0))?, value));
    }
    Ok(Value::map(entries))
}

fn get(given: &[Value]) -> Outcome {
    Ok(entry(given.map(0)?, given.text(1)?).unwrap_or_else(|| Value::string("")))
}

fn set(given: &[Value]) -> Outcome {
    let (map, key) = (given.map(0)?, given.text(1)?);
    let Some(map) = map else { return Err(Failure::new("assignment to entry in nil map")) };
    map.entries.borrow_mut().insert(key.into(), given.any(2).clone());
    Ok(Value::Map(map.clone()))
}

fn unset(given: &[Value]) -> Outcome {
    let (map, key) = (given.map(0)?, given.text(1)?);
    let Some(map) = map else { return Ok(Value::Map(Map::default())) };
    map.entries.borrow_mut().remove(key);
    Ok(Value::Map(map.clone()))
}

/// In order, where Go has them in any.
fn keys(given: &[Value]) -> Outcome {
    let mut keys: Vec<Rc<str>> = Vec::new();
    for place in 0..given.len() {
        if let Some(map) = given.map(place)? {
            keys.extend(map.entries.borrow().keys().cloned());
        }
    }
    Ok(Value::strings(keys))
}

/// In the order of their keys, where Go has them in any.
fn values(given: &[Value]) -> Outcome {
    let map = given.map(0)?;
    let values: Vec<Value> = map.map(|map| map.entries.borrow().values().cloned().collect()).unwrap_or_default();
    Ok(Value::list(values))
}

fn pick(given: &[Value]) -> Outcome {
    let map = given.map(0)?;
    let mut picked = Vec::new();
    for place in 1..given.len() {
        let key = given.text(place)?;
        picked.extend(entry(map, key).map(|value| (key, value)));
    }
    Ok(Value::map(picked))
}

fn omit(given: &[Value]) -> Outcome {
    let map = given.map(0)?;
    let left = match copy_flat(map) {
        Value::Map(map) => map,
        other => return Ok(other),
    };
    for place in 1..given.len() {
        left.entries.borrow_mut().remove(given.text(place)?);
    }
    Ok(Value::Map(left))
}

fn copy_flat(map: Option<&Map>) -> Value {
    let entries = map.map(|map| map.entries.borrow().clone()).unwrap_or_default();
    Value::map(entries)
}

fn pluck(given: &[Value]) -> Outcome {
    let key = given.text(0)?;
    let mut plucked = Vec::new();
    for place in 1..given.len() {
        plucked.extend(entry(given.map(place)?, key));
    }
    Ok(Value::list(plucked))
}

/// Keys, what stands in for a missing one, and the map to look in.
fn dig(given: &[Value]) -> Outcome {
    let [keys @ .., otherwise, value] = given else {
        return Err(Failure::new("dig needs at least three arguments"));
    };
    if keys.is_empty() {
        return Err(Failure::new("dig needs at least three arguments"));
    }
    let mut found = map_to_dig(value)?.clone();
    let keys: Vec<&str> = keys.iter().map(key_to_dig).collect::<Result<_, _>>()?;
    for (place, key) in keys.iter().enumerate() {
        let Some(step) = entry(Some(&found), key) else { return Ok(otherwise.clone()) };
        if place + 1 == keys.len() {
            return Ok(step);
        }
        found = map_to_dig(&step)?.clone();
    }
    Ok(otherwise.clone())
}

fn map_to_dig(value: &Value) -> Result<&Map, Failure> {
    match value {
        Value::Map(map) if type_name(value) == "map[string]interface {}" => Ok(map),
        other => Err(not_of("map[string]interface {}", other)),
    }
}

fn key_to_dig(value: &Value) -> Result<&str, Failure> {
    value.as_str().ok_or_else(|| not_of("string", value))
}

fn not_of(wanted: &str, found: &Value) -> Failure {
    let found = if matches!(found, Value::Nil) { "nil" } else { type_name(found) };
    Failure::new(format!("interface conversion: interface {{}} is {found}, not {wanted}"))
}

/// Maps and lists anew, all the way down.
fn copy(value: &Value, depth: usize) -> Outcome {
    if depth > DEEPEST {
        return Err(Failure::new(format!("a value nested more than {DEEPEST} deep cannot be copied")));
    }
    match value {
        Value::Nil if depth == 0 => Err(nil_pointer()),
        Value::List(list) => {
            let items = list.items.iter().map(|item| copy(item, depth + 1)).collect::<Result<_, _>>()?;
            Ok(Value::List(List { items, ..list.clone() }))
        }
        Value::Map(map) => {
            let entries = map.entries.borrow();
            let copied = entries.iter().map(|(key, entry)| Ok((key.clone(), copy(entry, depth + 1)?)));
            let copied = Value::map(copied.collect::<Result<Vec<_>, Failure>>()?);
            Ok(match copied {
                Value::Map(copied) => Value::Map(Map { of: map.of, ..copied }),
                other => other,
            })
        }
        other => Ok(other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{evaluate, fails, gives};
    use super::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of what Helm said")]
    fn maps_are_handled_as_helm_handles_them() {
        gives(&[
            ("dict", "map[string]interface {}", "map[]"),
            ("dict \"a\" 1 \"b\"", "map[string]interface {}", "map[a:1 b:]"),
            ("dict \"a\" 1 \"a\" 2", "map[string]interface {}", "map[a:2]"),
            ("dict 1 2 true nil", "map[string]interface {}", "map[1:2 true:<nil>]"),
            ("dict \"a\" (dict \"b\" (list 1))", "map[string]interface {}", "map[a:map[b:[1]]]"),
            ("dict nil 1", "map[string]interface {}", "map[<nil>:1]"),
            ("get (dict \"a\" 1) \"a\"", "int", "1"),
            ("get (dict \"a\" 1) \"b\"", "string", ""),
            ("get (dict \"a\" nil) \"a\"", "<nil>", "<nil>"),
            ("set (dict \"a\" 1) \"b\" 2", "map[string]interface {}", "map[a:1 b:2]"),
            ("set (dict \"a\" 1) \"a\" nil", "map[string]interface {}", "map[a:<nil>]"),
            ("unset (dict \"a\" 1 \"b\" 2) \"a\"", "map[string]interface {}", "map[b:2]"),
            ("unset (dict \"a\" 1) \"x\"", "map[string]interface {}", "map[a:1]"),
            ("hasKey (dict \"a\" nil) \"a\"", "bool", "true"),
            ("hasKey (dict \"a\" 1) \"b\"", "bool", "false"),
            ("keys (dict \"a\" 1)", "[]string", "[a]"),
            ("keys", "[]string", "[]"),
            ("keys (dict \"a\" 1) (dict \"a\" 2)", "[]string", "[a a]"),
            ("sortAlpha (keys (dict \"c\" 1 \"a\" 2 \"b\" 3))", "[]string", "[a b c]"),
            ("values (dict \"a\" 1)", "[]interface {}", "[1]"),
            ("values (dict)", "[]interface {}", "[]"),
            ("pick (dict \"a\" 1 \"b\" 2 \"c\" 3) \"a\" \"c\" \"x\"", "map[string]interface {}", "map[a:1 c:3]"),
            ("pick (dict \"a\" 1)", "map[string]interface {}", "map[]"),
            ("omit (dict \"a\" 1 \"b\" 2 \"c\" 3) \"a\" \"c\" \"x\"", "map[string]interface {}", "map[b:2]"),
            ("omit (dict \"a\" 1)", "map[string]interface {}", "map[a:1]"),
            ("pluck \"a\" (dict \"a\" 1) (dict \"b\" 2) (dict \"a\" nil)", "[]interface {}", "[1 <nil>]"),
            ("pluck \"a\"", "[]interface {}", "[]"),
            ("dig \"a\" \"b\" \"x\" (dict \"a\" (dict \"b\" 1))", "int", "1"),
            ("dig \"a\" \"c\" \"x\" (dict \"a\" (dict \"b\" 1))", "string", "x"),
            ("dig \"c\" \"b\" \"x\" (dict \"a\" (dict \"b\" 1))", "string", "x"),
            ("dig \"a\" \"x\" (dict \"a\" nil)", "<nil>", "<nil>"),
            (
                "deepCopy (dict \"a\" (list 1 (dict \"b\" 2)) \"c\" nil)",
                "map[string]interface {}",
                "map[a:[1 map[b:2]] c:<nil>]",
            ),
            ("deepCopy (list 1 \"a\" nil)", "[]interface {}", "[1 a <nil>]"),
            ("deepCopy \"a\"", "string", "a"),
            ("mustDeepCopy (until 3)", "[]int", "[0 1 2]"),
            ("mustDeepCopy (dict)", "map[string]interface {}", "map[]"),
            ("deepCopy 1.5", "float64", "1.5"),
            ("get (first list) \"a\"", "string", ""),
            ("unset (first list) \"a\"", "map[string]interface {}", "map[]"),
            ("pick (first list) \"a\"", "map[string]interface {}", "map[]"),
            ("omit (first list) \"a\"", "map[string]interface {}", "map[]"),
            ("values (first list)", "[]interface {}", "[]"),
            ("keys (first list)", "[]string", "[]"),
            ("pluck \"a\" (first list)", "[]interface {}", "[]"),
        ]);
        fails(&[
            ("dig \"a\" 1", "dig needs at least three arguments"),
            ("dig", "dig needs at least three arguments"),
            ("dig \"a\" \"x\" \"y\"", "interface conversion: interface {} is string, not map[string]interface {}"),
            (
                "dig \"a\" \"b\" \"x\" (dict \"a\" 1)",
                "interface conversion: interface {} is int, not map[string]interface {}",
            ),
            (
                "dig \"a\" \"b\" \"x\" (dict \"a\" nil)",
                "interface conversion: interface {} is nil, not map[string]interface {}",
            ),
            ("dig 1 \"x\" (dict)", "interface conversion: interface {} is int, not string"),
            ("dig \"a\" \"x\" nil", "interface conversion: interface {} is nil, not map[string]interface {}"),
            ("set (first list) \"a\" 1", "assignment to entry in nil map"),
        ]);
    }

    #[test]
    fn set_and_unset_change_the_map_itself() {
        let map = evaluate("dict \"a\" 1").unwrap();
        let call = |name: &str, given: &[Value]| {
            let (_, function) = FUNCTIONS.iter().find(|(known, _)| *known == name).unwrap();
            (function.call)(&super::super::testing::Still, given).unwrap()
        };
        let changed = call("set", &[map.clone(), Value::string("b"), Value::Int(2)]);
        assert_eq!(format!("{map:?} {changed:?}"), "{\"a\": 1, \"b\": 2} {\"a\": 1, \"b\": 2}");
        let copied = call("deepCopy", std::slice::from_ref(&map));
        call("unset", &[map.clone(), Value::string("a")]);
        assert_eq!(format!("{map:?} {copied:?}"), "{\"b\": 2} {\"a\": 1, \"b\": 2}");
    }

    #[test]
    fn a_map_in_itself_is_not_copied_for_ever() {
        let map = evaluate("dict").unwrap();
        let Value::Map(entries) = &map else { panic!("no map") };
        entries.entries.borrow_mut().insert("self".into(), map.clone());
        assert!(copy(&map, 0).is_err());
        entries.entries.borrow_mut().clear();
    }
}
