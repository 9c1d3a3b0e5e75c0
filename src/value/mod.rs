//! The data of a resource.
//!
//! A [`Value`] is JSON plus two things JSON has no word for: what is not known
//! yet, and what must not be shown.

mod diff;
mod json;
mod path;
mod secret;

use std::collections::BTreeMap;
use std::fmt;

pub use diff::{FieldChange, differences};
pub use path::{Path, Segment};
pub use secret::{SealKey, Secret};

/// The attributes of one resource, by field name: its spec and its outputs, flat.
pub type Attributes = BTreeMap<String, Value>;

/// What kind of value an unknown will turn out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Any,
    Bool,
    Integer,
    Float,
    String,
    List,
    Map,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Any => "any",
            Kind::Bool => "bool",
            Kind::Integer => "integer",
            Kind::Float => "float",
            Kind::String => "string",
            Kind::List => "list",
            Kind::Map => "map",
        }
    }
}

impl Kind {
    /// For messages: `a whole number`.
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Any => "a value",
            Kind::Bool => "true or false",
            Kind::Integer => "a whole number",
            Kind::Float => "a number",
            Kind::String => "a string",
            Kind::List => "a list",
            Kind::Map => "a map",
        }
    }
}

#[derive(Clone, PartialEq, Default)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
    /// Only the cloud can tell, once the resource is made.
    Unknown(Kind),
    /// Has no printable form.
    Secret(Secret),
}

impl Value {
    pub fn kind(&self) -> Kind {
        match self {
            Value::Null => Kind::Any,
            Value::Bool(_) => Kind::Bool,
            Value::Integer(_) => Kind::Integer,
            Value::Float(_) => Kind::Float,
            Value::String(_) => Kind::String,
            Value::List(_) => Kind::List,
            Value::Map(_) => Kind::Map,
            Value::Unknown(kind) => *kind,
            Value::Secret(secret) => secret.revealed().map_or(Kind::Any, Value::kind),
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(yes) => Some(*yes),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&BTreeMap<String, Value>> {
        match self {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Whether any leaf is unknown.
    pub fn has_unknown(&self) -> bool {
        self.any(&|leaf| matches!(leaf, Value::Unknown(_)))
    }

    /// Whether any leaf is secret.
    pub fn has_secret(&self) -> bool {
        self.any(&|leaf| matches!(leaf, Value::Secret(_)))
    }

    /// Whether any leaf is a secret of which only the hash is left.
    pub fn has_sealed(&self) -> bool {
        self.any(&|leaf| matches!(leaf, Value::Secret(secret) if secret.revealed().is_none()))
    }

    /// Whether a leaf passes the test. A secret is a leaf.
    fn any(&self, test: &dyn Fn(&Value) -> bool) -> bool {
        match self {
            Value::List(items) => items.iter().any(|item| item.any(test)),
            Value::Map(entries) => entries.values().any(|entry| entry.any(test)),
            leaf => test(leaf),
        }
    }

    /// This value with every leaf replaced.
    pub fn map_leaves(self, change: &dyn Fn(Value) -> Value) -> Value {
        match self {
            Value::List(items) => Value::List(items.into_iter().map(|item| item.map_leaves(change)).collect()),
            Value::Map(entries) => {
                Value::Map(entries.into_iter().map(|(key, entry)| (key, entry.map_leaves(change))).collect())
            }
            leaf => change(leaf),
        }
    }

    /// The value a path leads to.
    pub fn at(&self, path: &[Segment]) -> Option<&Value> {
        let Some((first, rest)) = path.split_first() else {
            return Some(self);
        };
        match (self, first) {
            (Value::Map(entries), Segment::Key(key)) => entries.get(key)?.at(rest),
            (Value::List(items), Segment::Index(index)) => items.get(*index)?.at(rest),
            _ => None,
        }
    }

    /// With every secret's content in place of the secret: for the provider alone.
    ///
    /// A secret of which only the hash is left becomes null.
    pub fn reveal(self) -> Value {
        self.map_leaves(&|leaf| match leaf {
            Value::Secret(secret) => secret.revealed().cloned().unwrap_or_default(),
            other => other,
        })
    }

    /// With every secret's content replaced by its hash: for everything that is kept.
    pub fn seal(self, key: &SealKey) -> Value {
        self.map_leaves(&|leaf| match leaf {
            Value::Secret(secret) => Value::Secret(secret.seal(key)),
            other => other,
        })
    }

    /// The whole value as one secret, unless it is one or has nothing to hide.
    pub fn into_secret(self) -> Value {
        match self {
            Value::Secret(_) | Value::Null | Value::Unknown(_) => self,
            other => Value::Secret(Secret::new(other.reveal())),
        }
    }
}

/// Prints JSON, with `(known after apply)` and `(secret)` where JSON has no word.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(yes) => write!(f, "{yes}"),
            Value::Integer(number) => write!(f, "{number}"),
            Value::Float(number) => write!(f, "{number:?}"),
            Value::String(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Value::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{item}")?;
                }
                f.write_str("]")
            }
            Value::Map(entries) => {
                f.write_str("{")?;
                for (index, (key, entry)) in entries.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{}: {entry}", serde_json::Value::from(key.as_str()))?;
                }
                f.write_str("}")
            }
            Value::Unknown(_) => f.write_str("(known after apply)"),
            Value::Secret(_) => f.write_str("(secret)"),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Value::Bool(yes)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Value::List(items.into_iter().map(Into::into).collect())
    }
}

impl From<BTreeMap<String, Value>> for Value {
    fn from(entries: BTreeMap<String, Value>) -> Self {
        Value::Map(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let value = Value::Map(BTreeMap::from([("password".to_owned(), Value::from("hunter2").into_secret())]));
        assert_eq!(format!("{value} {value:?}").matches("(secret)").count(), 2);
        assert!(!format!("{value} {value:#?}").contains("hunter2"));
    }

    #[test]
    fn sealing_hides_and_still_tells_a_change() {
        let key = SealKey::from_bytes([7; 32]);
        let sealed = Value::from("hunter2").into_secret().seal(&key);
        assert_eq!(sealed, Value::from("hunter2").into_secret().seal(&key));
        assert_ne!(sealed, Value::from("hunter3").into_secret().seal(&key));
        assert_ne!(sealed, Value::from("hunter2").into_secret().seal(&SealKey::from_bytes([8; 32])));
        assert!(sealed.has_sealed() && !Value::from("hunter2").into_secret().has_sealed());
        assert_eq!(sealed.reveal(), Value::Null);
    }
}
