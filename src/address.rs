//! Names: of stacks, of resources, of resource types, of provider configurations.
//!
//! Knows how each is written and read back, and nothing of what it names.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a name was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("a name is empty")]
    Empty,
    #[error("`{0}` is not a name: it starts with a lower-case letter, then lower-case letters, digits and `_`")]
    NotAName(String),
    #[error("`{0}` is not a stack name: lower-case letters, digits and `-`, starting with a letter, 63 at most")]
    NotAStackName(String),
    #[error("`{0}` is reserved")]
    Reserved(String),
    #[error("`{0}` is not an address: write `name` or `name[\"key\"]`")]
    NotAnAddress(String),
}

/// Words an expression already uses, so nothing may be named so. The first
/// group is ours, the rest is reserved by CEL.
const RESERVED: &[&str] = &[
    "vars",
    "locals",
    "stack",
    "each",
    "providers", //
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// Checks the name of a resource, variable or local.
pub fn check_name(name: &str) -> Result<(), NameError> {
    let mut characters = name.chars();
    let Some(first) = characters.next() else {
        return Err(NameError::Empty);
    };
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !first.is_ascii_lowercase() || !characters.all(fits) {
        return Err(NameError::NotAName(name.to_owned()));
    }
    if RESERVED.contains(&name) {
        return Err(NameError::Reserved(name.to_owned()));
    }
    Ok(())
}

/// Where a resource stands in a stack: `jobs`, or `reader["jobs"]` under `for_each`.
///
/// Cheap to clone: addresses are the keys of every map in the engine.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    name: Arc<str>,
    key: Option<Arc<str>>,
}

impl Address {
    /// The only instance of a resource without `for_each`.
    pub fn single(name: &str) -> Self {
        Self { name: name.into(), key: None }
    }

    /// One instance of a resource with `for_each`.
    pub fn instance(name: &str, key: &str) -> Self {
        Self { name: name.into(), key: Some(key.into()) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            None => f.write_str(&self.name),
            // JSON's quoting, so that every key can be read back.
            Some(key) => write!(f, "{}[{}]", self.name, serde_json::Value::from(&**key)),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Address {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let Some((name, rest)) = text.split_once('[') else {
            check_name(text)?;
            return Ok(Self::single(text));
        };
        check_name(name)?;
        let key = rest
            .strip_suffix(']')
            .and_then(|quoted| serde_json::from_str::<String>(quoted).ok())
            .ok_or_else(|| NameError::NotAnAddress(text.to_owned()))?;
        Ok(Self::instance(name, &key))
    }
}

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The name of a stack; it is also the name of its state file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StackName(String);

impl StackName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for StackName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let starts = text.chars().next().is_some_and(|c| c.is_ascii_lowercase());
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if !starts || text.len() > 63 || !text.chars().all(fits) {
            return Err(NameError::NotAStackName(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for StackName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<StackName> for String {
    fn from(name: StackName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_is_a_name_or_a_name_with_a_key() {
        assert_eq!("jobs".parse(), Ok(Address::single("jobs")));
        assert_eq!(r#"reader["a b"]"#.parse(), Ok(Address::instance("reader", "a b")));
        for bad in ["", "Jobs", "1a", "jobs[", "jobs[a]", "jobs[\"a\"", "vars", "var", "a-b", "a.b"] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_stack_name_can_be_a_file_name() {
        assert!("video-encoder".parse::<StackName>().is_ok());
        for bad in ["", "-a", "a/b", "..", "A", &"a".repeat(64)] {
            assert!(bad.parse::<StackName>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_address_reads_back(name in "r[a-z0-9_]{0,12}", key in proptest::option::of(".*")) {
            prop_assume!(check_name(&name).is_ok());
            let address = match &key {
                None => Address::single(&name),
                Some(key) => Address::instance(&name, key),
            };
            prop_assert_eq!(address.to_string().parse::<Address>(), Ok(address));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<Address>();
            let _ = text.parse::<StackName>();
        }
    }
}
