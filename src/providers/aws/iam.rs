//! What the IAM types have in common: tags in IAM's form, ARNs, fields, and "already gone" as a success.
//!
//! Knows no single type.

use std::time::Duration;

use aws_sdk_iam::error::BuildError;
use aws_sdk_iam::types::Tag;

use super::client::Account;
use super::failure;
use super::ownership::Tags;
use super::policy_document;
use crate::provider::{ErrorKind, Field, FieldType, ProviderError};
use crate::providers::cloud::Calls;
use crate::value::{Attributes, Value};

/// How long something may be missing from a list that IAM already counts.
const LISTED_WITHIN: Duration = Duration::from_secs(60);

/// `document` or `trust`: an IAM policy document.
pub(super) fn document() -> FieldType {
    FieldType::Document { canonical: policy_document::canonical }
}

pub(super) fn path_field() -> Field {
    let kind = FieldType::pattern(r"/|/[!-~]{1,510}/", "a path starts and ends with `/`");
    Field::new("path", kind, "Where it stands among the account's names").default("/").replaces()
}

pub(super) fn arn(account: &Account, kind: &str, path: &str, name: &str) -> String {
    format!("arn:{}:iam::{}:{kind}{path}{name}", account.partition, account.id)
}

pub(super) fn from_wire(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

pub(super) fn to_wire(tags: &Tags) -> Result<Vec<Tag>, ProviderError> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build().map_err(incomplete)).collect()
}

/// The SDK's builders ask for required members when they are built, which tables and schemas have seen to.
fn incomplete(error: BuildError) -> ProviderError {
    ProviderError::new(ErrorKind::Rejected, "iam", error.to_string())
}

/// A deletion of something that is gone already has done what it should.
pub(super) fn gone_is_fine<T>(outcome: Result<T, ProviderError>) -> Result<(), ProviderError> {
    match outcome {
        Err(error) if error.kind != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Deletes what other things may hang on. IAM lists late what was attached a moment ago, so what is in the way is
/// looked for again while a deletion is refused for that.
pub(super) async fn until_free<F>(calls: &Calls<'_>, delete: impl Fn() -> F) -> Result<(), ProviderError>
where
    F: Future<Output = Result<(), ProviderError>>,
{
    let mut wait = calls.wait(LISTED_WITHIN);
    loop {
        let error = match delete().await {
            Err(error) if error.code.as_deref().is_some_and(failure::is_delete_conflict) => error,
            outcome => return outcome,
        };
        if !calls.pause(&mut wait, "waiting for IAM to list what hangs on it").await? {
            return Err(error);
        }
    }
}

/// Something, or nothing where IAM knows no such thing.
pub(super) fn found<T>(outcome: Result<T, ProviderError>) -> Result<Option<T>, ProviderError> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A field's text; nothing where it is left out.
pub(super) fn text<'a>(fields: &'a Attributes, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str)
}

/// A field's texts; none where it is left out.
pub(super) fn texts(fields: &Attributes, name: &str) -> Vec<String> {
    let items = fields.get(name).and_then(Value::as_list).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Texts as a set in its normal form.
pub(super) fn set(texts: impl IntoIterator<Item = String>) -> Value {
    let sorted: std::collections::BTreeSet<String> = texts.into_iter().collect();
    sorted.into_iter().collect::<Vec<_>>().into()
}

/// What is in one and not in the other.
pub(super) fn without(these: &[String], those: &[String]) -> Vec<String> {
    these.iter().filter(|item| !those.contains(item)).cloned().collect()
}

/// An object that was to be changed and is not there.
pub(super) fn missing(operation: &str, what: &str) -> ProviderError {
    ProviderError::new(ErrorKind::NotFound, operation, format!("there is no {what}"))
}

/// An object met under its name with something IAM never changes in place.
pub(super) fn fixed(operation: &str, field: &str, present: &str, wanted: &str) -> ProviderError {
    let text = format!("its `{field}` is {present:?} and IAM never changes it to {wanted:?} in place");
    ProviderError::new(ErrorKind::Rejected, operation, text)
        .hint(format!("write `{field}` as it is, or have the object replaced with `--replace`"))
}
