//! Where a value stands inside an object, in lists by what names the element:
//! `spec.template.spec.containers[name="worker"].image`.
//!
//! This is how API servers write the fields of managers and of conflicts. An index would mean another element
//! as soon as anyone adds one.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value as Json;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Key(String),
    /// An element of a list by position, where nothing names it.
    Index(usize),
    /// An element by the fields that name it.
    Named(BTreeMap<String, Json>),
    /// An element of a set, by itself.
    Item(Json),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Place(Vec<Step>);

impl Place {
    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }

    pub(super) fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    pub(super) fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// Reads what is printed, and with a dot at the beginning too, as API servers write it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut rest = text.strip_prefix('.').unwrap_or(text);
        while !rest.is_empty() {
            if let Some(bracket) = rest.strip_prefix('[') {
                let (step, after) = bracketed(bracket)?;
                steps.push(step);
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                if end == 0 {
                    return None;
                }
                steps.push(Step::Key(rest[..end].to_owned()));
                rest = &rest[end..];
            }
            rest = match rest.strip_prefix('.') {
                Some("") => return None,
                Some(after) => after,
                None if rest.is_empty() || rest.starts_with('[') => rest,
                None => return None,
            };
        }
        Some(Self(steps))
    }

    /// Takes out the value this leads to. What held it stays, even if nothing else was in it.
    pub(super) fn remove(&self, object: &mut Json) -> Option<Json> {
        let (last, way) = self.0.split_last()?;
        let holder = way.iter().try_fold(object, |at, step| match (step, at) {
            (Step::Key(key), Json::Object(fields)) => fields.get_mut(key),
            (step, Json::Array(items)) => position(items, step).and_then(|index| items.get_mut(index)),
            _ => None,
        })?;
        match (last, holder) {
            (Step::Key(key), Json::Object(fields)) => fields.remove(key),
            (step, Json::Array(items)) => position(items, step).map(|index| items.remove(index)),
            _ => None,
        }
    }
}

fn position(items: &[Json], step: &Step) -> Option<usize> {
    match step {
        Step::Key(_) => None,
        Step::Index(index) => (*index < items.len()).then_some(*index),
        Step::Item(wanted) => items.iter().position(|item| item == wanted),
        Step::Named(names) => items.iter().position(|item| is_named(item, names)),
    }
}

/// Whether an element has these values in the fields that name it.
///
/// A port without a protocol is one of TCP: the only default in a name that Kubernetes' own types have.
pub(super) fn is_named(item: &Json, names: &BTreeMap<String, Json>) -> bool {
    item.is_object()
        && names.iter().all(|(key, value)| match item.get(key) {
            Some(found) => found == value,
            None => key == "protocol" && value == "TCP",
        })
}

/// What stands between brackets, and the text after them.
fn bracketed(text: &str) -> Option<(Step, &str)> {
    if let Some(item) = text.strip_prefix('=') {
        let (item, rest) = leading(item)?;
        return Some((Step::Item(item), rest.strip_prefix(']')?));
    }
    if text.starts_with('"') {
        let (key, rest) = leading(text)?;
        return Some((Step::Key(key.as_str()?.to_owned()), rest.strip_prefix(']')?));
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let (index, rest) = text.split_once(']')?;
        return Some((Step::Index(index.parse().ok()?), rest));
    }
    let mut names = BTreeMap::new();
    let mut rest = text;
    loop {
        let (key, after) = rest.split_once('=')?;
        let (value, after) = leading(after)?;
        names.insert(key.to_owned(), value);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Some((Step::Named(names), after.strip_prefix(']')?)),
        }
    }
}

/// The JSON at the beginning of a text, and the text after it.
fn leading(text: &str) -> Option<(Json, &str)> {
    // A number ends where it ends only if something follows that cannot belong to it: `]` and `,` do.
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Json>();
    let value = values.next()?.ok()?;
    Some((value, &text[values.byte_offset()..]))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if is_plain(key) => write!(f, "{}{key}", if position == 0 { "" } else { "." })?,
                Step::Key(key) => write!(f, "[{}]", Json::from(key.as_str()))?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Item(item) => write!(f, "[={item}]")?,
                Step::Named(names) => {
                    let names: Vec<_> = names.iter().map(|(key, value)| format!("{key}={value}")).collect();
                    write!(f, "[{}]", names.join(","))?;
                }
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-/:$".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn any_step() -> impl Strategy<Value = Step> {
        let scalar = || {
            prop_oneof![
                ".*".prop_map(Json::from),
                any::<i64>().prop_map(Json::from),
                any::<bool>().prop_map(Json::from)
            ]
        };
        prop_oneof![
            ".*".prop_map(Step::Key),
            any::<usize>().prop_map(Step::Index),
            scalar().prop_map(Step::Item),
            proptest::collection::btree_map("[a-z][a-zA-Z]{0,8}", scalar(), 1..3).prop_map(Step::Named),
        ]
    }

    proptest! {
        #[test]
        fn every_place_reads_back(steps in proptest::collection::vec(any_step(), 0..5)) {
            let place = Place(steps);
            let text = place.to_string();
            prop_assert_eq!(Place::parse(&text), Some(place), "{}", text);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = Place::parse(&text);
        }
    }

    #[test]
    fn a_place_is_found_and_taken_out() {
        let object = || {
            json!({"spec": {"containers": [
                {"name": "a", "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}]},
                {"name": "b", "args": ["x", "y"]},
            ]}, "metadata": {"finalizers": ["one", "two"], "annotations": {"a.b/c": "d"}}})
        };
        let cases = [
            (".spec.containers[name=\"b\"].args[1]", json!("y")),
            ("spec.containers[name=\"a\"].ports[containerPort=80,protocol=\"TCP\"]", json!({"containerPort": 80})),
            ("metadata.finalizers[=\"two\"]", json!("two")),
            ("metadata.annotations[\"a.b/c\"]", json!("d")),
        ];
        for (text, expected) in cases {
            let (place, mut without) = (Place::parse(text).unwrap(), object());
            assert_eq!(place.remove(&mut without), Some(expected), "{text}");
            assert_ne!(without, object(), "{text}");
            assert_eq!(place.remove(&mut without), None, "{text}");
        }
        for text in ["spec.containers[name=\"c\"].args", "spec.containers[5]", "spec.x.y", "spec.containers.args"] {
            assert_eq!(Place::parse(text).unwrap().remove(&mut object()), None, "{text}");
        }
        for text in ["a.", "a..b", "[", "[name=]", "[name=1", "a]b[", "[\"a\"", "[1"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
