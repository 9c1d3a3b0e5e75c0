//! Values as JSON, in state files and on standard output.
//!
//! `{"$unknown": "string"}` and `{"$secret": "<hash>"}` stand for what JSON has
//! no word for; a user's key that starts with `$` is written with one more.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Kind, Secret, Value};

const UNKNOWN: &str = "$unknown";
const SECRET: &str = "$secret";

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(yes) => serializer.serialize_bool(*yes),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::String(text) => serializer.serialize_str(text),
            Value::List(items) => serializer.collect_seq(items),
            Value::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, entry) in entries {
                    match key.starts_with('$') {
                        true => map.serialize_entry(&format!("${key}"), entry)?,
                        false => map.serialize_entry(key, entry)?,
                    }
                }
                map.end()
            }
            Value::Unknown(kind) => marker(serializer, UNKNOWN, kind.name()),
            // A secret that was not sealed has no hash, and so nothing to show.
            Value::Secret(secret) => marker(serializer, SECRET, secret.hash().unwrap_or("")),
        }
    }
}

fn marker<S: Serializer>(serializer: S, key: &str, content: &str) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(key, content)?;
    map.end()
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Value, E> {
        Ok(Value::Bool(yes))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(i64::try_from(number).map_or(Value::Float(number as f64), Value::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((key, entry)) = map.next_entry::<String, Value>()? {
            match (key.as_str(), entry) {
                (SECRET, Value::String(hash)) => return Ok(Value::Secret(Secret::from_hash(hash))),
                (UNKNOWN, Value::String(kind)) => return Ok(Value::Unknown(kind_named(&kind))),
                (_, entry) => {
                    let plain = key.strip_prefix('$').unwrap_or(&key).to_owned();
                    entries.insert(plain, entry);
                }
            }
        }
        Ok(Value::Map(entries))
    }
}

fn kind_named(name: &str) -> Kind {
    let kinds = [Kind::Bool, Kind::Integer, Kind::Float, Kind::String, Kind::List, Kind::Map];
    kinds.into_iter().find(|kind| kind.name() == name).unwrap_or(Kind::Any)
}

/// Plain JSON, as other programs write it: no escapes, no markers.
impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(yes) => Value::Bool(yes),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(integer) => Value::Integer(integer),
                None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(text) => Value::String(text),
            serde_json::Value::Array(items) => Value::List(items.into_iter().map(Value::from).collect()),
            serde_json::Value::Object(entries) => {
                Value::Map(entries.into_iter().map(|(key, entry)| (key, Value::from(entry))).collect())
            }
        }
    }
}

impl Value {
    /// Plain JSON for another program. Secrets and unknowns must be gone by now; they become null.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Null | Value::Unknown(_) | Value::Secret(_) => serde_json::Value::Null,
            Value::Bool(yes) => (*yes).into(),
            Value::Integer(number) => (*number).into(),
            Value::Float(number) => (*number).into(),
            Value::String(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(Value::to_json).collect(),
            Value::Map(entries) => entries.iter().map(|(key, entry)| (key.clone(), entry.to_json())).collect(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Integer),
            (-1e9..1e9f64).prop_map(Value::Float),
            ".*".prop_map(Value::String),
            Just(Value::Unknown(Kind::String)),
            "[a-z]{4}".prop_map(|hash| Value::Secret(Secret::from_hash(hash))),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
                proptest::collection::btree_map("[$a-z]{0,4}", inner, 0..4).prop_map(Value::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_reads_back(value in any_value()) {
            let text = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
