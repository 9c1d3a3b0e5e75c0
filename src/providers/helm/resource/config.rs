//! The values a spec gives its release. What is not known yet, or secret, can be stood in for.

use std::cell::Cell;

use serde_json::{Map, Value as Json, json};

use crate::providers::helm::{shelf::Wish, values};
use crate::value::{Attributes, Kind, Value};

/// What stands for values that a plan cannot or must not tell. Two renderings that differ in one of these show which
/// fields depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct StandIns {
    /// In place of what is unknown, one or another.
    pub(super) other_unknowns: bool,
    /// In place of secrets, something else.
    pub(super) other_secrets: bool,
}

/// Which chart is meant; `None` while that is not known.
pub(in crate::providers::helm) fn wish(spec: &Attributes) -> Option<Wish> {
    let text = |name: &str| match spec.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => Some(Some(text.clone())),
        Some(_) => None,
    };
    Some(Wish { chart: text("chart")??, repository: text("repository")?, version: text("version")? })
}

/// Values as a user of Helm would give them: files, then `values`. `None` where a whole file is not known yet.
///
/// # Errors
/// What is wrong with which file, counted from 0.
pub(in crate::providers::helm) fn config(
    spec: &Attributes,
    stand_ins: StandIns,
) -> Result<Option<Map<String, Json>>, (usize, String)> {
    let mut config = Map::new();
    let files = spec.get("values_files").and_then(Value::as_list).unwrap_or_default();
    for (index, file) in files.iter().enumerate() {
        let text = match file {
            Value::Secret(secret) => secret.revealed().cloned().unwrap_or(Value::Unknown(Kind::String)),
            plain => plain.clone(),
        };
        let Value::String(text) = text else { return Ok(None) };
        let read = values::merge_files(&[&text]).map_err(|error| (index, error.to_string()))?;
        config = values::overlay(config, read);
    }
    let given = match spec.get("values") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Map(entries)) => {
            let standing = Standing { stand_ins, count: Cell::new(0) };
            entries.iter().map(|(key, value)| (key.clone(), standing.json(value))).collect()
        }
        Some(_) => return Ok(None),
    };
    Ok(Some(values::overlay(config, given)))
}

struct Standing {
    stand_ins: StandIns,
    count: Cell<usize>,
}

impl Standing {
    fn json(&self, value: &Value) -> Json {
        match value {
            Value::Unknown(kind) => self.unknown(*kind),
            Value::Secret(secret) => match secret.revealed() {
                Some(content) if self.stand_ins.other_secrets => self.other(content),
                Some(content) => self.json(content),
                None => self.unknown(Kind::String),
            },
            Value::List(items) => items.iter().map(|item| self.json(item)).collect(),
            Value::Map(entries) => entries.iter().map(|(key, entry)| (key.clone(), self.json(entry))).collect(),
            plain => plain.to_json(),
        }
    }

    /// Lower-case letters and digits, so that names, labels and URLs made of it are good ones.
    fn text(&self) -> String {
        self.count.set(self.count.get() + 1);
        let which = if self.stand_ins.other_unknowns { "later" } else { "known" };
        format!("{which}0after0apply{}", self.count.get())
    }

    fn unknown(&self, kind: Kind) -> Json {
        let other = self.stand_ins.other_unknowns;
        match kind {
            Kind::Bool => json!(!other),
            Kind::Integer => json!(if other { 7 } else { 3 }),
            Kind::Float => json!(if other { 7.5 } else { 3.5 }),
            Kind::String | Kind::Any => json!(self.text()),
            Kind::List => {
                if other {
                    json!([self.text()])
                } else {
                    json!([])
                }
            }
            Kind::Map => {
                if other {
                    json!({ "known": self.text() })
                } else {
                    json!({})
                }
            }
        }
    }

    /// Something of the same shape with other leaves.
    fn other(&self, content: &Value) -> Json {
        match content {
            Value::Bool(value) => json!(!value),
            Value::Integer(value) => json!(value.wrapping_add(1)),
            Value::Float(value) => json!(value + 1.0),
            Value::String(_) => json!(self.text()),
            Value::List(items) => items.iter().map(|item| self.other(item)).collect(),
            Value::Map(entries) => entries.iter().map(|(key, entry)| (key.clone(), self.other(entry))).collect(),
            Value::Null | Value::Unknown(_) | Value::Secret(_) => self.json(content),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(values: Value) -> Attributes {
        Attributes::from([("values".to_owned(), values)])
    }

    #[test]
    fn files_come_first_and_values_last() {
        let mut given = spec(Value::from(json!({"a": {"x": 3}})));
        let files = ["a: {x: 1, z: 1}\nb: yes\n", "a: {x: 2}\n"].map(Value::from);
        given.insert("values_files".to_owned(), Value::List(files.into()));
        let config = config(&given, StandIns::default()).unwrap().unwrap();
        assert_eq!(Json::Object(config), json!({"a": {"x": 3, "z": 1}, "b": true}));
    }

    #[test]
    fn a_file_that_is_no_yaml_is_told_by_its_number() {
        let files = ["a: 1", "a: [", "b: 1"].map(Value::from);
        let given = Attributes::from([("values_files".to_owned(), Value::List(files.into()))]);
        assert_eq!(config(&given, StandIns::default()).unwrap_err().0, 1);
    }

    #[test]
    fn what_is_unknown_or_secret_is_stood_in_for_in_two_ways() {
        let secret = Value::from("hunter2").into_secret();
        let all =
            [("role", Value::Unknown(Kind::String)), ("count", Value::Unknown(Kind::Integer)), ("password", secret)];
        let given = spec(Value::Map(all.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()));
        let with = |stand_ins| config(&given, stand_ins).unwrap().unwrap();
        let usual = with(StandIns::default());
        assert_eq!(usual["password"], json!("hunter2"));
        let later = with(StandIns { other_unknowns: true, other_secrets: false });
        assert!(usual["role"] != later["role"] && usual["count"] != later["count"], "{usual:?} {later:?}");
        assert_eq!(later["password"], json!("hunter2"));
        let other = with(StandIns { other_unknowns: false, other_secrets: true });
        assert_eq!(other["count"], usual["count"]);
        assert_ne!(other["password"], usual["password"]);
    }
}
