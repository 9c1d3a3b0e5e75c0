//! Tags: the marks that say who made an object, beside the tags that belong to the user.
//!
//! Marks never appear in a spec's `tags`, nor do the tags that a cloud sets itself. Knows no API.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::address::Address;
use crate::provider::{Condition, Observed, Owner, Ownership};
use crate::value::{Attributes, Value};

pub(crate) const STACK: &str = "tidegate:stack";
pub(crate) const ADDRESS: &str = "tidegate:address";
/// What the keys of all marks begin with.
pub(crate) const MARKS: &str = "tidegate:";

/// The longest value a tag may have, in characters.
pub(crate) const LONGEST_VALUE: usize = 256;
pub(crate) type Tags = BTreeMap<String, String>;

/// What an object's tags say.
#[derive(Debug, PartialEq)]
pub(crate) struct Marks {
    pub(crate) ownership: Ownership,
    /// For messages: `stack video-encoder, jobs`.
    pub(crate) text: Option<String>,
}

impl Marks {
    /// An object with these marks, which can be used as it is.
    pub(crate) fn observed(self, attributes: Attributes) -> Observed {
        Observed { attributes, ownership: self.ownership, marks: self.text, condition: Condition::Ready }
    }
}

/// What must change for an object to have the tags it should.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct TagChanges {
    pub(crate) set: Tags,
    pub(crate) remove: Vec<String>,
}

/// The tags an object should have: the user's and the marks.
pub(crate) fn wanted(owner: &Owner, desired: &Attributes) -> Tags {
    let users = desired.get("tags").and_then(Value::as_map).into_iter().flatten();
    let mut tags: Tags = users.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    tags.insert(STACK.to_owned(), owner.stack.to_string());
    tags.insert(ADDRESS.to_owned(), encoded(&owner.address));
    tags
}

/// From what is to what should be. Tags that are `reserved` are the cloud's own, and left alone.
pub(crate) fn changes(present: &Tags, wanted: &Tags, reserved: impl Fn(&str) -> bool) -> TagChanges {
    let set = wanted.iter().filter(|(key, value)| present.get(*key) != Some(value));
    let remove = present.keys().filter(|key| !wanted.contains_key(*key) && !reserved(key));
    TagChanges {
        set: set.map(|(key, value)| (key.clone(), value.clone())).collect(),
        remove: remove.cloned().collect(),
    }
}

/// The tags that are the user's, as the spec would write them.
pub(crate) fn users(present: &Tags, reserved: impl Fn(&str) -> bool) -> Value {
    let own = present.iter().filter(|(key, _)| !reserved(key));
    Value::Map(own.map(|(key, value)| (key.clone(), value.as_str().into())).collect())
}

pub(crate) fn marks(present: &Tags, owner: &Owner) -> Marks {
    let Some(stack) = present.get(STACK) else {
        return Marks { ownership: Ownership::Unmarked, text: None };
    };
    let address = present.get(ADDRESS).map(String::as_str);
    let ownership = match (stack == owner.stack.as_str(), address) {
        (false, _) => Ownership::Foreign,
        (true, Some(address)) if address == encoded(&owner.address) => Ownership::Ours,
        (true, _) => Ownership::SameStack,
    };
    let shown = address.map_or(String::new(), |text| format!(", {}", decoded(text).unwrap_or_else(|| text.to_owned())));
    Marks { ownership, text: Some(format!("stack {stack}{shown}")) }
}

/// An address within the characters and the length a tag's value may have: `jobs`, or `reader/a b`,
/// where every byte outside letters, digits and `_.:/+-@` stands as `=` and two hexadecimal digits.
///
/// One too long for a tag is cut, and its hash put behind `=:`; that one cannot be read back.
pub(crate) fn encoded(address: &Address) -> String {
    let mut text = address.name().to_owned();
    if let Some(key) = address.key() {
        text.push('/');
        let last = key.len().saturating_sub(1);
        for (at, byte) in key.bytes().enumerate() {
            match byte {
                // Services trim spaces at the ends.
                b' ' if at > 0 && at < last => text.push(' '),
                b'_' | b'.' | b':' | b'/' | b'+' | b'-' | b'@' => text.push(char::from(byte)),
                _ if byte.is_ascii_alphanumeric() => text.push(char::from(byte)),
                _ => text.push_str(&format!("={byte:02X}")),
            }
        }
    }
    if text.len() <= LONGEST_VALUE {
        return text;
    }
    let hash: String = Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    text.truncate(LONGEST_VALUE - 2 - hash.len());
    format!("{text}=:{hash}")
}

/// The address as people write it, unless it was cut.
fn decoded(text: &str) -> Option<String> {
    let Some((name, key)) = text.split_once('/') else {
        return Some(text.to_owned());
    };
    let mut bytes = Vec::new();
    let mut rest = key.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first != b'=' {
            bytes.push(first);
            rest = tail;
            continue;
        }
        let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &tail[2..];
    }
    Some(Address::instance(name, &String::from_utf8(bytes).ok()?).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn owner(address: &str) -> Owner {
        Owner { stack: "video".parse().unwrap(), address: address.parse().unwrap() }
    }

    fn tags(entries: &[(&str, &str)]) -> Tags {
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn marks_tell_whose_an_object_is() {
        let cases = [
            (tags(&[]), Ownership::Unmarked, None),
            (tags(&[(ADDRESS, "jobs")]), Ownership::Unmarked, None),
            (tags(&[(STACK, "video"), (ADDRESS, "jobs")]), Ownership::Ours, Some("stack video, jobs")),
            (tags(&[(STACK, "video"), (ADDRESS, "r/a=22b")]), Ownership::SameStack, Some(r#"stack video, r["a\"b"]"#)),
            (tags(&[(STACK, "video")]), Ownership::SameStack, Some("stack video")),
            (tags(&[(STACK, "other"), (ADDRESS, "jobs")]), Ownership::Foreign, Some("stack other, jobs")),
        ];
        for (present, ownership, text) in cases {
            assert_eq!(marks(&present, &owner("jobs")), Marks { ownership, text: text.map(str::to_owned) });
        }
    }

    #[test]
    fn an_address_is_readable_where_it_can_be() {
        let address = |text: &str| text.parse::<Address>().unwrap();
        assert_eq!(encoded(&address("jobs")), "jobs");
        assert_eq!(encoded(&address(r#"reader["a b"]"#)), "reader/a b");
        assert_eq!(encoded(&address(r#"reader[" ü="]"#)), "reader/=20=C3=BC=3D");
        let long = encoded(&Address::instance("reader", &"x".repeat(300)));
        assert_eq!(long.len(), LONGEST_VALUE);
        assert_ne!(long, encoded(&Address::instance("reader", &"x".repeat(301))));
    }

    proptest! {
        #[test]
        fn every_address_fits_a_tag_and_reads_back(name in "r[a-z0-9_]{0,12}", key in proptest::option::of(".{0,40}")) {
            let address = match &key {
                None => Address::single(&name),
                Some(key) => Address::instance(&name, key),
            };
            let text = encoded(&address);
            // What the narrowest of services takes.
            let fits = |character: char| character.is_ascii_alphanumeric() || " _.:/=+-@".contains(character);
            prop_assert!(text.chars().all(fits) && text.len() <= LONGEST_VALUE);
            if !text.contains("=:") {
                prop_assert_eq!(decoded(&text), Some(address.to_string()));
            }
        }
    }
}
