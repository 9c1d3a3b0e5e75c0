//! What the EKS types have in common: names, versions, tags, status words, and waits for updates.
//!
//! EKS makes and changes things by itself once it has been told to, and takes one change of an
//! object at a time. Knows no single type.

mod waits;

use std::collections::{BTreeMap, HashMap};

use super::client::Client;
use super::ownership::{self, Tags};
use crate::provider::{Condition, ErrorKind, FieldType, Finding, Observed, ProviderError, Target};
use crate::providers::cloud::Calls;
use crate::value::{Attributes, Path, Value};

pub(super) use super::iam::{found, gone_is_fine, text, texts};
pub(super) use waits::{Updated, finish, free, settled, works};

/// Tags as the SDK takes and gives them.
pub(super) type WireTags = HashMap<String, String>;

/// What one field becomes in [`Attributes`].
pub(super) type Entry = (String, Value);

pub(super) fn cluster_name() -> FieldType {
    FieldType::pattern(
        r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}",
        "a cluster's name has 1 to 100 letters, digits, `-` and `_`, and starts with a letter or a digit",
    )
}

pub(super) fn role_arn() -> FieldType {
    FieldType::pattern(r"arn:[a-z-]+:iam::[0-9]{12}:role/[!-~]+", "the ARN of an IAM role")
}

pub(super) fn kubernetes_version() -> FieldType {
    FieldType::pattern(r"[1-9][0-9]?\.[0-9]{1,3}", "a Kubernetes version has two numbers, such as \"1.33\"")
}

pub(super) fn subnet_id() -> FieldType {
    FieldType::pattern("subnet-[0-9a-z]+", "the id of a subnet, such as subnet-0a1b")
}

/// The versions from one to another, each a step that EKS takes: it never skips a minor version.
///
/// `None` if there is no way: a version is never taken back.
pub(super) fn steps(from: &str, to: &str) -> Option<Vec<String>> {
    if from == to {
        return Some(Vec::new());
    }
    let ((major, minor), (to_major, to_minor)) = (numbers(from)?, numbers(to)?);
    if major != to_major || to_minor < minor {
        return None;
    }
    Some((minor + 1..=to_minor).map(|minor| format!("{major}.{minor}")).collect())
}

fn numbers(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// There is no update that does it, and no object is replaced behind anyone's back for it.
pub(super) fn no_way_back(operation: &str, field: &str, present: &str, wanted: &str) -> ProviderError {
    let text = format!("its `{field}` is {present} and is never taken back to {wanted}");
    ProviderError::new(ErrorKind::Rejected, operation, text)
        .hint(format!("write `{field}: \"{present}\"`, or have the object replaced with `--replace`"))
}

/// What a status word means for an object that should be in use.
///
/// A degraded object works in part and may get well by itself, so it is no reason to change or replace it.
pub(super) fn condition(status: &str, issues: &str) -> Condition {
    let why = match issues {
        "" => format!("it is {status}"),
        issues => format!("it is {status}: {issues}"),
    };
    match status {
        "CREATING" | "UPDATING" | "PENDING" => Condition::Settling(why),
        "FAILED" | "CREATE_FAILED" | "DELETE_FAILED" | "DELETING" => Condition::Broken(why),
        _ => Condition::Ready,
    }
}

/// What EKS says is wrong with an object, as one text.
pub(super) fn told<'a>(issues: impl IntoIterator<Item = (Option<&'a str>, Option<&'a str>)>) -> String {
    let one = |(code, message): (Option<&str>, Option<&str>)| match (code, message) {
        (Some(code), Some(message)) => Some(format!("{code}: {message}")),
        (only, None) | (None, only) => only.map(str::to_owned),
    };
    issues.into_iter().filter_map(one).collect::<Vec<_>>().join("; ")
}

pub(super) fn tags(wire: Option<&WireTags>) -> Tags {
    wire.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The tags a new object is made with.
pub(super) fn new_tags(target: &Target<'_>, desired: &Attributes) -> Option<WireTags> {
    Some(ownership::wanted(target.owner, desired).into_iter().collect())
}

/// Brings the tags of an object to what they should be.
pub(super) async fn set_tags(
    client: &Client,
    calls: &Calls<'_>,
    arn: &str,
    present: Option<&WireTags>,
    (target, desired): (&Target<'_>, &Attributes),
) -> Result<(), ProviderError> {
    let changes = ownership::changes(&tags(present), &ownership::wanted(target.owner, desired));
    if !changes.remove.is_empty() {
        let request = client.eks.untag_resource().resource_arn(arn).set_tag_keys(Some(changes.remove));
        calls.send("eks:UntagResource", || request.clone().send()).await?;
    }
    if !changes.set.is_empty() {
        let request = client.eks.tag_resource().resource_arn(arn).set_tags(Some(changes.set.into_iter().collect()));
        calls.send("eks:TagResource", || request.clone().send()).await?;
    }
    Ok(())
}

/// An object with its tags, its marks and its condition.
pub(super) fn observed(
    mut attributes: Attributes,
    wire_tags: Option<&WireTags>,
    condition: Condition,
    target: &Target<'_>,
) -> Observed {
    let tags = tags(wire_tags);
    attributes.insert("tags".to_owned(), ownership::users(&tags));
    Observed { condition, ..ownership::marks(&tags, target.owner).observed(attributes) }
}

/// Fields that EKS tells nothing of are as they were last written.
pub(super) fn as_recorded(target: &Target<'_>, fields: &[&'static str]) -> Vec<Entry> {
    let known = |name: &&str| Some(((*name).to_owned(), target.recorded.get(*name)?.clone()));
    fields.iter().filter_map(known).collect()
}

/// A field, if there is something to tell.
pub(super) fn entry(name: &str, value: Option<impl Into<Value>>) -> Option<Entry> {
    Some((name.to_owned(), value?.into()))
}

/// Items as a set in its normal form.
pub(super) fn sorted(items: impl IntoIterator<Item = Value>) -> Value {
    let keyed: BTreeMap<String, Value> = items.into_iter().map(|item| (item.to_string(), item)).collect();
    Value::List(keyed.into_values().collect())
}

/// Texts as a set in its normal form.
pub(super) fn set(texts: &[String]) -> Value {
    sorted(texts.iter().map(|text| text.as_str().into()))
}

pub(super) fn map(entries: impl IntoIterator<Item = Option<Entry>>) -> BTreeMap<String, Value> {
    entries.into_iter().flatten().collect()
}

/// An entry of a field that is a map.
pub(super) fn part<'a>(fields: &'a Attributes, name: &str, part: &str) -> Option<&'a Value> {
    fields.get(name)?.as_map()?.get(part)
}

pub(super) fn flag(fields: &Attributes, name: &str) -> Option<bool> {
    fields.get(name).and_then(Value::as_bool)
}

/// A whole number as the SDK takes it; schemas keep numbers within its range.
pub(super) fn small(value: Option<&Value>) -> Option<i32> {
    value.and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok())
}

/// Whether a field is no longer in the spec and was before: it goes back to where a new object has it.
pub(super) fn is_given_up(target: &Target<'_>, desired: &Attributes, name: &str) -> bool {
    target.recorded.contains_key(name) && !desired.contains_key(name)
}

/// A list that needs some items, all of which may still be unknown.
pub(super) fn at_least(spec: &Attributes, name: &str, least: usize, what: &str) -> Option<Finding> {
    let items = spec.get(name)?.as_list()?;
    let unknown = items.iter().any(Value::has_unknown);
    (items.len() < least && !unknown)
        .then(|| Finding::new("aws/too-few", Path::field(name), format!("{} is too few: {what}", items.len())))
}

/// The SDK's builders ask for required members when they are built, which schemas have seen to.
pub(super) fn incomplete(error: impl std::fmt::Display) -> ProviderError {
    ProviderError::new(ErrorKind::Rejected, "eks", error.to_string())
}

pub(super) fn missing(operation: &str, what: &str) -> ProviderError {
    ProviderError::new(ErrorKind::NotFound, operation, format!("there is no {what}"))
}

/// The idempotency token of one of several calls that carry out one intent.
pub(super) fn token(target: &Target<'_>, step: &str) -> String {
    format!("{}-{step}", target.token)
}

/// The identity of what belongs to a cluster: `cluster/name`.
pub(super) fn inside(spec: &Attributes, fields: &[&str]) -> Option<String> {
    let parts: Option<Vec<&str>> = fields.iter().map(|field| text(spec, field)).collect();
    Some(parts?.join("/"))
}

/// The two halves of such an identity. Names of clusters have no `/`, what follows may.
pub(super) fn halves<'a>(target: &Target<'a>) -> (&'a str, &'a str) {
    target.identity.split_once('/').unwrap_or((target.identity, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_climbed_one_minor_at_a_time() {
        let way = |from, to| steps(from, to).map(|steps| steps.join(" "));
        assert_eq!(way("1.28", "1.31").as_deref(), Some("1.29 1.30 1.31"));
        assert_eq!(way("1.9", "1.10").as_deref(), Some("1.10"));
        assert_eq!(way("1.31", "1.31").as_deref(), Some(""));
        assert_eq!(way("1.31", "1.30"), None);
        assert_eq!(way("1.31", "2.1"), None);
        assert_eq!(way("", "1.30"), None);
    }

    #[test]
    fn status_words_say_what_can_be_done() {
        let settling = |why: &str| Condition::Settling(why.to_owned());
        let broken = |why: &str| Condition::Broken(why.to_owned());
        assert_eq!(condition("CREATING", ""), settling("it is CREATING"));
        assert_eq!(condition("PENDING", ""), settling("it is PENDING"));
        assert_eq!(condition("FAILED", "a: b"), broken("it is FAILED: a: b"));
        assert_eq!(condition("DELETING", ""), broken("it is DELETING"));
        assert_eq!(condition("CREATE_FAILED", ""), broken("it is CREATE_FAILED"));
        assert_eq!(condition("ACTIVE", ""), Condition::Ready);
        assert_eq!(condition("DEGRADED", "x"), Condition::Ready);
    }

    #[test]
    fn issues_are_told_in_one_text() {
        assert_eq!(told([(Some("A"), Some("b")), (Some("C"), None), (None, None), (None, Some("d"))]), "A: b; C; d");
    }

    #[test]
    fn an_identity_has_two_halves() {
        let spec = Attributes::from([("cluster".to_owned(), "c".into()), ("name".to_owned(), "n".into())]);
        assert_eq!(inside(&spec, &["cluster", "name"]).as_deref(), Some("c/n"));
        assert_eq!(inside(&spec, &["cluster", "other"]), None);
    }
}
