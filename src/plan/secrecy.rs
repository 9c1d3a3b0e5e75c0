//! Keeps secrets secret when they come back from a cloud.
//!
//! A provider reads plain values. Those that the stack or the state know as secret
//! are sealed again before anyone else sees them: by their place, and by their hash
//! wherever they turn up.

use std::collections::BTreeSet;

use crate::value::{Attributes, SealKey, Secret, Value};

/// `seen` with everything sealed that is secret in one of the `guides`, which are sealed themselves.
pub fn seal_seen(mut seen: Attributes, guides: &[&Attributes], key: &SealKey) -> Attributes {
    let mut hashes = BTreeSet::new();
    for value in guides.iter().flat_map(|guide| guide.values()) {
        collect_hashes(value, &mut hashes);
    }
    if hashes.is_empty() {
        return seen;
    }
    for (name, value) in &mut seen {
        for guide in guides.iter().filter_map(|guide| guide.get(name)) {
            seal_by_place(value, guide, key);
        }
        seal_by_hash(value, &hashes, key);
    }
    seen
}

fn collect_hashes<'a>(value: &'a Value, hashes: &mut BTreeSet<&'a str>) {
    match value {
        Value::Secret(secret) => hashes.extend(secret.hash()),
        Value::List(items) => items.iter().for_each(|item| collect_hashes(item, hashes)),
        Value::Map(entries) => entries.values().for_each(|entry| collect_hashes(entry, hashes)),
        _ => {}
    }
}

fn seal_by_place(value: &mut Value, guide: &Value, key: &SealKey) {
    match (value, guide) {
        (value @ (Value::Null | Value::Secret(_)), _) => {
            let _ = value;
        }
        (value, Value::Secret(_)) => *value = Value::Secret(Secret::new(std::mem::take(value))).seal(key),
        (Value::List(items), Value::List(guides)) => {
            items.iter_mut().zip(guides).for_each(|(item, guide)| seal_by_place(item, guide, key));
        }
        (Value::Map(entries), Value::Map(guides)) => {
            for (name, entry) in entries {
                if let Some(guide) = guides.get(name) {
                    seal_by_place(entry, guide, key);
                }
            }
        }
        _ => {}
    }
}

fn seal_by_hash(value: &mut Value, hashes: &BTreeSet<&str>, key: &SealKey) {
    match value {
        Value::List(items) => items.iter_mut().for_each(|item| seal_by_hash(item, hashes, key)),
        Value::Map(entries) => entries.values_mut().for_each(|entry| seal_by_hash(entry, hashes, key)),
        Value::Null | Value::Bool(_) | Value::Unknown(_) | Value::Secret(_) => {}
        leaf => {
            let hash = key.hash(leaf);
            if hashes.contains(hash.as_str()) {
                *leaf = Value::Secret(Secret::from_hash(hash));
            }
        }
    }
}

/// Every value sealed.
pub fn seal_all(attributes: Attributes, key: &SealKey) -> Attributes {
    attributes.into_iter().map(|(name, value)| (name, value.seal(key))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(json: serde_json::Value) -> Attributes {
        match Value::from(json) {
            Value::Map(entries) => entries,
            _ => panic!("a map"),
        }
    }

    #[test]
    fn a_secret_that_comes_back_is_sealed_wherever_it_stands() {
        let key = SealKey::from_bytes([1; 32]);
        let mut guide = attributes(serde_json::json!({"name": "jobs"}));
        guide.insert("password".to_owned(), Value::from("hunter2").into_secret().seal(&key));
        let seen = attributes(serde_json::json!({"name": "jobs", "password": "other", "log": ["hunter2"]}));
        let sealed = seal_seen(seen, &[&guide], &key);
        let text = format!("{sealed:?}{}", serde_json::to_string(&sealed).unwrap());
        assert!(!text.contains("hunter2") && !text.contains("other"), "{text}");
        assert_ne!(sealed["password"], guide["password"]);
        assert_eq!(sealed["name"], Value::from("jobs"));
    }
}
