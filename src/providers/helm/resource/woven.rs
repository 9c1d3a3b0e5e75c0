//! What a plan shows of an object whose fields are not all known, from renderings that differ in what is not.

use serde_json::Value as Json;

use crate::value::{Kind, Path, Value};

/// What a difference between two renderings means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thread {
    /// It depends on what is known after the apply.
    Unknown,
    /// It depends on a secret.
    Secret,
    /// It is another one each time it is rendered.
    Chance,
}

/// The object as one value, and the places in it that chance decides.
pub(super) fn weave(object: &Json, others: &[(Thread, &Json)], at: &Path, chance: &mut Vec<Path>) -> Value {
    if others.is_empty() {
        return Value::from(object.clone());
    }
    let same_kind = |other: &Json| std::mem::discriminant(other) == std::mem::discriminant(object);
    let differs = |(_, other): &&(Thread, &Json)| match (object, other) {
        (Json::Object(_), Json::Object(_)) => false,
        (Json::Array(items), Json::Array(others)) => items.len() != others.len(),
        (_, other) => !same_kind(other) || *other != object,
    };
    let threads: Vec<_> = others.iter().filter(differs).map(|(thread, _)| *thread).collect();
    if threads.contains(&Thread::Unknown) {
        return Value::Unknown(kind(object));
    }
    if threads.contains(&Thread::Secret) {
        return Value::from(object.clone()).into_secret();
    }
    if threads.contains(&Thread::Chance) {
        chance.push(at.clone());
        return Value::from(object.clone());
    }
    match object {
        Json::Object(entries) => {
            let woven = entries.iter().map(|(key, entry)| {
                let inside: Vec<_> = others.iter().map(|(thread, other)| (*thread, &other[key.as_str()])).collect();
                (key.clone(), weave(entry, &inside, &at.key(key), chance))
            });
            Value::Map(woven.collect())
        }
        Json::Array(items) => {
            let woven = items.iter().enumerate().map(|(index, item)| {
                let inside: Vec<_> = others.iter().map(|(thread, other)| (*thread, &other[index])).collect();
                weave(item, &inside, &at.index(index), chance)
            });
            Value::List(woven.collect())
        }
        leaf => Value::from(leaf.clone()),
    }
}

fn kind(object: &Json) -> Kind {
    match object {
        Json::Null => Kind::Any,
        Json::Bool(_) => Kind::Bool,
        Json::Number(number) if number.is_f64() => Kind::Float,
        Json::Number(_) => Kind::Integer,
        Json::String(_) => Kind::String,
        Json::Array(_) => Kind::List,
        Json::Object(_) => Kind::Map,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_difference_is_what_it_comes_from() {
        let object = json!({"role": "a", "list": ["x", "y"], "password": "p", "pick": 1, "same": {"deep": true}});
        let later = json!({"role": "b", "list": ["x"], "password": "p", "pick": 1, "same": {"deep": true}});
        let other = json!({"role": "a", "list": ["x", "y"], "password": "q", "pick": 1, "same": {"deep": true}});
        let again = json!({"role": "a", "list": ["x", "z"], "password": "p", "pick": 2, "same": {"deep": true}});
        let mut chance = Vec::new();
        let others = [(Thread::Unknown, &later), (Thread::Secret, &other), (Thread::Chance, &again)];
        let woven = weave(&object, &others, &Path::default(), &mut chance);
        let at = |key: &str| woven.as_map().unwrap()[key].clone();
        assert_eq!(at("role"), Value::Unknown(Kind::String));
        assert_eq!(at("list"), Value::Unknown(Kind::List));
        assert_eq!(at("password"), Value::from("p").into_secret());
        assert_eq!(at("pick"), Value::from(1));
        assert_eq!(at("same"), Value::from(json!({"deep": true})));
        assert_eq!(chance, [Path::field("pick")]);
    }

    #[test]
    fn without_other_renderings_an_object_is_as_it_is() {
        let object = json!({"a": [1, {"b": null}]});
        let mut chance = Vec::new();
        assert_eq!(weave(&object, &[], &Path::default(), &mut chance), Value::from(object));
        assert_eq!(chance, []);
    }
}
