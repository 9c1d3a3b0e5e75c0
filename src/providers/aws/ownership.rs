//! What AWS makes of tags: which characters each service takes, and the `aws:` tags that the cloud sets itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::provider::{Field, FieldType, Finding, Text};
use crate::providers::cloud::{self, LONGEST_VALUE, MARKS};
pub(super) use crate::providers::cloud::{STACK, TagChanges, Tags, marks, wanted};
use crate::value::{Attributes, Path, Value};

/// Prefixes of tags that no user owns.
const RESERVED: [&str; 2] = [MARKS, "aws:"];

/// An object takes 50 tags, and two of them are the marks.
const MOST_TAGS: usize = 48;

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

/// The field `tags` of every type.
pub(super) fn field() -> Field {
    let value = FieldType::String(Text { max: Some(LONGEST_VALUE), ..Text::default() });
    Field::new("tags", FieldType::map(value), "Tags beside the marks that say who made it")
        .default(Value::Map(BTreeMap::new()))
}

/// From what is to what should be. Tags of the cloud itself are left alone.
pub(super) fn changes(present: &Tags, wanted: &Tags) -> TagChanges {
    cloud::changes(present, wanted, is_reserved)
}

/// The tags that are the user's, as the spec would write them.
pub(super) fn users(present: &Tags) -> Value {
    cloud::users(present, is_reserved)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Owner;
    use crate::providers::cloud::ADDRESS;

    fn tags(entries: &[(&str, &str)]) -> Tags {
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn only_the_users_tags_are_shown_and_removed() {
        let present =
            tags(&[(STACK, "video"), (ADDRESS, "old"), ("aws:cloudformation:stack", "x"), ("team", "a"), ("x", "y")]);
        let owner = Owner { stack: "video".parse().unwrap(), address: "jobs".parse().unwrap() };
        let desired = Attributes::from([("tags".to_owned(), Value::Map([("team".to_owned(), "b".into())].into()))]);
        assert_eq!(users(&present).to_string(), r#"{"team": "a", "x": "y"}"#);
        let changes = changes(&present, &wanted(&owner, &desired));
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
}
