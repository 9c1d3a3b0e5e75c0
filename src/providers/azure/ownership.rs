//! What Azure makes of tags, and how what takes none is told apart.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::provider::{Condition, Field, FieldType, Finding, Observed, Owner, Ownership, Target, Text};
use crate::providers::cloud::{self, LONGEST_VALUE, MARKS, STACK};
pub(super) use crate::providers::cloud::{Tags, wanted};
use crate::value::{Attributes, Path, Value};

/// An object takes 50 tags, and two of them are the marks.
const MOST_TAGS: usize = 48;
/// What no key of a tag may have: <https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources>
const UNFIT: &str = "<>%&\\?/";
/// What keys may not begin with, in any case.
const RESERVED: [&str; 4] = [MARKS, "microsoft", "azure", "windows"];

/// The field `tags` of every type that has them.
pub(super) fn field() -> Field {
    let value = FieldType::String(Text { max: Some(LONGEST_VALUE), ..Text::default() });
    Field::new("tags", FieldType::map(value), "Tags beside the marks that say who made it")
        .default(Value::Map(BTreeMap::new()))
}

/// Findings on `tags`, each at its key. Azure tells keys apart without their case.
pub(super) fn check(spec: &Attributes) -> Vec<Finding> {
    let Some(tags) = spec.get("tags").and_then(Value::as_map) else { return Vec::new() };
    let (at, mut seen) = (Path::field("tags"), BTreeSet::new());
    let mut findings = Vec::new();
    for key in tags.keys() {
        let lower = key.to_lowercase();
        let problem = if let Some(prefix) = RESERVED.iter().find(|prefix| lower.starts_with(*prefix)) {
            Some(("azure/reserved-tag", format!("tags that start with `{prefix}` are not yours to set")))
        } else if key.is_empty() || key.chars().count() > 512 {
            Some(("azure/bad-tag", "the key of a tag has 1 to 512 characters".to_owned()))
        } else if key.contains(|character: char| UNFIT.contains(character)) {
            Some((
                "azure/bad-tag",
                format!("`{key}` has one of the characters {UNFIT}, which no key of a tag may have"),
            ))
        } else if !seen.insert(lower) {
            Some(("azure/bad-tag", format!("Azure takes `{key}` for another key here that differs only in case")))
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
        findings.push(Finding::new("azure/bad-tag", at, message));
    }
    findings
}

/// The tags of a body.
pub(super) fn of(body: &Json) -> Tags {
    let tags = body.get("tags").and_then(Json::as_object).into_iter().flatten();
    tags.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// Whether some stack says that it made it.
pub(super) fn is_marked(body: &Json) -> bool {
    of(body).contains_key(STACK)
}

/// The tags to send: the user's, the marks, and what the cloud itself keeps there.
pub(super) fn to_send(owner: &Owner, desired: &Attributes, present: &Tags) -> Json {
    let kept = present.iter().filter(|(key, _)| is_reserved(key) && !key.starts_with(MARKS));
    let mut tags: Tags = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
    tags.extend(wanted(owner, desired));
    json!(tags)
}

/// An object as its tags tell whose it is, with the user's tags among its attributes.
pub(super) fn observed(body: &Json, owner: &Owner, mut attributes: Attributes, condition: Condition) -> Observed {
    let tags = of(body);
    attributes.insert("tags".to_owned(), cloud::users(&tags, is_reserved));
    let marks = cloud::marks(&tags, owner);
    Observed { condition, ..marks.observed(attributes) }
}

/// Whose an object is that takes no tags: ours where it is recorded, and else as `parent`, which it is a part of, is.
pub(super) fn untagged(target: &Target<'_>, parent: &Json) -> (Ownership, Option<String>) {
    if target.recorded.get("id").and_then(Value::as_str).is_some() {
        return (Ownership::Ours, None);
    }
    let marks = cloud::marks(&of(parent), target.owner);
    match marks.ownership {
        // What is in it was made by the same stack, since no other may change it.
        Ownership::Ours | Ownership::SameStack => (Ownership::Ours, marks.text),
        other => (other, marks.text),
    }
}

fn is_reserved(key: &str) -> bool {
    let lower = key.to_lowercase();
    RESERVED.iter().any(|prefix| lower.starts_with(prefix)) || lower.starts_with("hidden-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Owner {
        Owner { stack: "video".parse().unwrap(), address: "jobs".parse().unwrap() }
    }

    #[test]
    fn tags_that_azure_does_not_take_are_found() {
        let check_all = |keys: &[&str]| {
            let tags = keys.iter().map(|key| ((*key).to_owned(), "v".into())).collect();
            check(&Attributes::from([("tags".to_owned(), Value::Map(tags))])).first().map(|finding| finding.code)
        };
        assert_eq!(check_all(&["team", "größe", "a b", "a:b"]), None);
        assert_eq!(check_all(&["Microsoft.x"]), Some("azure/reserved-tag"));
        assert_eq!(check_all(&["tidegate:stack"]), Some("azure/reserved-tag"));
        for bad in [&["a/b"][..], &["a&b"], &[""], &["Team", "team"]] {
            assert_eq!(check_all(bad), Some("azure/bad-tag"), "{bad:?}");
        }
    }

    #[test]
    fn what_the_cloud_keeps_in_tags_is_sent_back() {
        let present = of(&json!({"tags": {"hidden-link": "x", "gone": "y", "tidegate:address": "old"}}));
        let desired = Attributes::from([("tags".to_owned(), Value::Map([("team".to_owned(), "a".into())].into()))]);
        let sent = to_send(&owner(), &desired, &present);
        assert_eq!(
            sent,
            json!({"hidden-link": "x", "team": "a", "tidegate:address": "jobs", "tidegate:stack": "video"})
        );
        let observed = observed(&json!({"tags": sent}), &owner(), Attributes::new(), Condition::Ready);
        assert_eq!(
            (observed.ownership, observed.attributes["tags"].to_string()),
            (Ownership::Ours, r#"{"team": "a"}"#.to_owned())
        );
    }
}
