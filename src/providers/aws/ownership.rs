//! Tags: the marks that say who made an object, and the tags that belong to the user.
//!
//! Marks never appear in a spec's `tags`, nor do the `aws:` tags that the cloud sets
//! itself. Knows nothing of any service's calls.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use crate::address::Address;
use crate::provider::{Condition, Field, FieldType, Finding, Observed, Owner, Ownership, Text};
use crate::value::{Attributes, Path, Value};

pub(super) const STACK: &str = "tidegate:stack";
pub(super) const ADDRESS: &str = "tidegate:address";
/// Prefixes of tags that no user owns.
const RESERVED: [&str; 2] = ["tidegate:", "aws:"];

/// The longest value a tag may have, in characters.
const LONGEST_VALUE: usize = 256;
/// An object takes 50 tags, and two of them are the marks.
const MOST_TAGS: usize = 48;

pub(super) type Tags = BTreeMap<String, String>;

/// Whose rules for tags hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tagging {
    /// EKS says that other services take fewer characters, and not that it does so itself.
    Eks,
    /// Tells keys apart without their case.
    Iam,
    /// Takes the same characters as IAM: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html>
    Sqs,
}

impl Tagging {
    /// The service, if it takes some characters only.
    fn narrow(self) -> Option<&'static str> {
        match self {
            Tagging::Eks => None,
            Tagging::Iam => Some("IAM"),
            Tagging::Sqs => Some("SQS"),
        }
    }
}

/// What an object's tags say.
#[derive(Debug, PartialEq)]
pub(super) struct Marks {
    pub(super) ownership: Ownership,
    /// For messages: `stack video-encoder, jobs`.
    pub(super) text: Option<String>,
}

impl Marks {
    /// An object with these marks, which can be used as it is.
    pub(super) fn observed(self, attributes: Attributes) -> Observed {
        Observed { attributes, ownership: self.ownership, marks: self.text, condition: Condition::Ready }
    }
}

/// What must change for an object to have the tags it should.
#[derive(Debug, Default, PartialEq)]
pub(super) struct TagChanges {
    pub(super) set: Tags,
    pub(super) remove: Vec<String>,
}

/// The field `tags` of every type.
pub(super) fn field() -> Field {
    let value = FieldType::String(Text { max: Some(LONGEST_VALUE), ..Text::default() });
    Field::new("tags", FieldType::map(value), "Tags beside the marks that say who made it")
        .default(Value::Map(BTreeMap::new()))
}

/// The tags an object should have: the user's and the marks.
pub(super) fn wanted(owner: &Owner, desired: &Attributes) -> Tags {
    let users = desired.get("tags").and_then(Value::as_map).into_iter().flatten();
    let mut tags: Tags = users.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    tags.insert(STACK.to_owned(), owner.stack.to_string());
    tags.insert(ADDRESS.to_owned(), encoded(&owner.address));
    tags
}

/// From what is to what should be. Tags of the cloud itself are left alone.
pub(super) fn changes(present: &Tags, wanted: &Tags) -> TagChanges {
    let set = wanted.iter().filter(|(key, value)| present.get(*key) != Some(value));
    let remove = present.keys().filter(|key| !wanted.contains_key(*key) && !is_reserved(key));
    TagChanges {
        set: set.map(|(key, value)| (key.clone(), value.clone())).collect(),
        remove: remove.cloned().collect(),
    }
}

/// The tags that are the user's, as the spec would write them.
pub(super) fn users(present: &Tags) -> Value {
    let own = present.iter().filter(|(key, _)| !is_reserved(key));
    Value::Map(own.map(|(key, value)| (key.clone(), value.as_str().into())).collect())
}

pub(super) fn marks(present: &Tags, owner: &Owner) -> Marks {
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

/// Findings on `tags`, each at its key.
pub(super) fn check(spec: &Attributes, tagging: Tagging) -> Vec<Finding> {
    let Some(tags) = spec.get("tags").and_then(Value::as_map) else {
        return Vec::new();
    };
    let at = Path::field("tags");
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for (key, value) in tags {
        let problem = if is_reserved(key) {
            Some(("aws/reserved-tag", format!("tags that start with `{}` are not yours to set", reserved_prefix(key))))
        } else if key.is_empty() || key.chars().count() > 128 {
            Some(("aws/bad-tag", format!("the key {} has to have 1 to 128 characters", Value::from(key.as_str()))))
        } else if let Some(service) = tagging.narrow()
            && !key.chars().chain(value.as_str().unwrap_or("").chars()).all(fits)
        {
            Some(("aws/bad-tag", format!("{service} takes letters, digits, spaces and `_.:/=+-@` in the tag `{key}`")))
        } else if tagging == Tagging::Iam && !seen.insert(key.to_lowercase()) {
            Some(("aws/bad-tag", format!("IAM takes `{key}` for another key here that differs only in case")))
        } else {
            None
        };
        if let Some((code, message)) = problem {
            let mut finding = Finding::new(code, at.key(key), message);
            finding.on_key = true;
            findings.push(finding);
        }
    }
    if tags.len() > MOST_TAGS {
        let message = format!("{} tags: an object takes {MOST_TAGS} beside the marks that say who made it", tags.len());
        findings.push(Finding::new("aws/bad-tag", at, message));
    }
    findings
}

/// `aws:` is reserved in any case, by AWS's own rule.
fn is_reserved(key: &str) -> bool {
    !reserved_prefix(key).is_empty()
}

fn reserved_prefix(key: &str) -> &'static str {
    let lower = key.to_lowercase();
    RESERVED.into_iter().find(|prefix| lower.starts_with(prefix)).unwrap_or("")
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`, near enough: a combining mark passes here and is refused by the service itself.
fn fits(character: char) -> bool {
    character.is_alphanumeric()
        || (character.is_whitespace() && !character.is_control())
        || "_.:/=+-@".contains(character)
}

/// An address within the characters and the length a tag's value may have: `jobs`, or `reader/a b`,
/// where every byte outside letters, digits and `_.:/+-@` stands as `=` and two hexadecimal digits.
///
/// One too long for a tag is cut, and its hash put behind `=:`; that one cannot be read back.
pub(super) fn encoded(address: &Address) -> String {
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
    fn only_the_users_tags_are_shown_and_removed() {
        let present =
            tags(&[(STACK, "video"), (ADDRESS, "old"), ("aws:cloudformation:stack", "x"), ("team", "a"), ("x", "y")]);
        let desired = Attributes::from([("tags".to_owned(), Value::Map([("team".to_owned(), "b".into())].into()))]);
        assert_eq!(users(&present).to_string(), r#"{"team": "a", "x": "y"}"#);
        let changes = changes(&present, &wanted(&owner("jobs"), &desired));
        assert_eq!(changes.set, tags(&[(ADDRESS, "jobs"), ("team", "b")]));
        assert_eq!(changes.remove, ["x"]);
    }

    #[test]
    fn tags_that_are_not_the_users_are_found() {
        let check_one = |key: &str, tagging| {
            let tags = Value::Map([(key.to_owned(), "v".into())].into());
            check(&Attributes::from([("tags".to_owned(), tags)]), tagging).first().map(|finding| finding.code)
        };
        assert_eq!(check_one("tidegate:stack", Tagging::Eks), Some("aws/reserved-tag"));
        assert_eq!(check_one("AWS:x", Tagging::Eks), Some("aws/reserved-tag"));
        assert_eq!(check_one("a&b", Tagging::Iam), Some("aws/bad-tag"));
        assert_eq!(check_one("a&b", Tagging::Sqs), Some("aws/bad-tag"));
        assert_eq!(check_one("a&b", Tagging::Eks), None);
        assert_eq!(check_one("größe", Tagging::Sqs), None);
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
            prop_assert!(text.chars().all(fits) && text.len() <= LONGEST_VALUE);
            if !text.contains("=:") {
                prop_assert_eq!(decoded(&text), Some(address.to_string()));
            }
        }
    }
}
