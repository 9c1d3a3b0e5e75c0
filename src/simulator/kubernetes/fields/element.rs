//! One step of a path into an object: a field, an item of a list by its keys or its value, an index.

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter, Result as FormatResult};

use serde_json::Value as Json;

/// How to find a value in the one that holds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::simulator) enum Element {
    Field(String),
    /// An item of a list, by the fields that tell items apart.
    Key(BTreeMap<String, Scalar>),
    /// A member of a set.
    Value(Scalar),
    Index(u64),
}

/// A value that can be compared and ordered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::simulator) enum Scalar {
    Integer(i64),
    Text(String),
    Flag(bool),
    /// Anything else, as JSON.
    Other(String),
}

impl Scalar {
    pub(in crate::simulator) fn of(value: &Json) -> Self {
        match value {
            Json::String(text) => Self::Text(text.clone()),
            Json::Bool(flag) => Self::Flag(*flag),
            Json::Number(number) => number.as_i64().map_or_else(|| Self::Other(number.to_string()), Self::Integer),
            other => Self::Other(other.to_string()),
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::Integer(number) => Json::from(*number),
            Self::Text(text) => Json::String(text.clone()),
            Self::Flag(flag) => Json::Bool(*flag),
            Self::Other(text) => serde_json::from_str(text).unwrap_or(Json::Null),
        }
    }
}

impl Element {
    pub(in crate::simulator) fn field(name: &str) -> Self {
        Self::Field(name.to_owned())
    }

    /// Reads `f:name`, `k:{...}`, `v:...` or `i:0`; `None` for what a later version may have written.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "f" => Some(Self::field(rest)),
            "k" => {
                let keys: BTreeMap<String, Json> = serde_json::from_str(rest).ok()?;
                Some(Self::Key(keys.iter().map(|(name, value)| (name.clone(), Scalar::of(value))).collect()))
            }
            "v" => Some(Self::Value(Scalar::of(&serde_json::from_str(rest).ok()?))),
            "i" => rest.parse().ok().map(Self::Index),
            _ => None,
        }
    }

    /// As `managedFields` have it.
    pub(super) fn encoded(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(keys) => {
                let keys: BTreeMap<_, _> = keys.iter().map(|(name, value)| (name, value.json())).collect();
                format!("k:{}", serde_json::json!(keys))
            }
            Self::Value(value) => format!("v:{}", value.json()),
            Self::Index(at) => format!("i:{at}"),
        }
    }
}

impl Display for Element {
    fn fmt(&self, f: &mut Formatter<'_>) -> FormatResult {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Key(keys) => {
                let keys: Vec<_> = keys.iter().map(|(name, value)| format!("{name}={}", value.json())).collect();
                write!(f, "[{}]", keys.join(","))
            }
            Self::Value(value) => write!(f, "[={}]", value.json()),
            Self::Index(at) => write!(f, "[{at}]"),
        }
    }
}
