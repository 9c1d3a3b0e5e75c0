//! What clusters of AKS and their node pools have in common: their paths, and reading specs and answers.

pub(super) mod merge;
pub(super) mod pool;
pub(super) mod shown;

use std::time::Duration;

use azure_core::http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::arm::{self, At, id};
use super::client::Azure;
use crate::provider::{ErrorKind, FieldType, ProviderError, Target};
use crate::providers::cloud::Calls;
use crate::value::{Attributes, Path, Value};

pub(super) const VERSION: &str = "2025-05-01";

/// How many changes by others are made way for.
const MOST_CHANGES: u32 = 10;
/// How long a change may take to be read.
const CHANGE_SHOWS: Duration = Duration::from_secs(5);

pub(super) fn at(id: &str) -> At<'_> {
    At { id, version: VERSION }
}

pub(super) fn cluster_path(client: &Azure, group: &str, name: &str) -> String {
    client.in_group(group, &format!("Microsoft.ContainerService/managedClusters/{name}"))
}

/// The parts of an identity, as the stack spells them where it is recorded: ARM does not mind, and people do.
pub(super) fn spelled<'a, const N: usize>(target: &Target<'a>, fields: [&str; N]) -> [&'a str; N] {
    let mut parts = target.identity.split('/');
    fields.map(|field| {
        let part = parts.next().unwrap_or_default();
        text(target.recorded, field).filter(|text| text.eq_ignore_ascii_case(part)).unwrap_or(part)
    })
}

/// The cluster, which has to be running to be changed.
pub(super) async fn running_cluster(calls: &Calls<'_>, client: &Azure, path: &str) -> Result<Json, ProviderError> {
    let found = client.arm.get(calls, at(path)).await?.ok_or_else(|| super::fields::gone(path))?;
    if is_stopped(&found) {
        return Err(stopped(id::permission(Method::Put, path), path));
    }
    Ok(found)
}

pub(super) fn is_stopped(cluster: &Json) -> bool {
    json_text(cluster, "/properties/powerState/code") == Some("Stopped")
}

/// Nothing can be done with a cluster that is stopped, nor in it, but to start it and to delete it.
pub(super) fn stopped(operation: String, path: &str) -> ProviderError {
    let (name, group) = (id::name(path), id::part(path, "resourceGroups").unwrap_or_default());
    let message = format!("cluster {name} is stopped: it takes no changes and answers no one until it runs");
    ProviderError::new(ErrorKind::Rejected, operation, message)
        .hint(format!("start it with `az aks start --resource-group {group} --name {name}`, and try again"))
}

/// Reads and puts, and begins again where someone else's change came in between the two.
pub(super) async fn unless_changed<F>(
    calls: &Calls<'_>,
    attempt: impl Fn() -> F + Send + Sync,
) -> Result<(), ProviderError>
where
    F: Future<Output = Result<(), ProviderError>> + Send,
{
    let wait = calls.wait(Duration::MAX);
    for _ in 1..MOST_CHANGES {
        match attempt().await {
            Err(error) if arm::is_changed(&error) => {
                calls.pause_for(&wait, CHANGE_SHOWS, "it has changed since it was read, and is read again").await?;
            }
            outcome => return outcome,
        }
    }
    attempt().await
}

pub(super) fn cluster_name() -> FieldType {
    FieldType::pattern(
        "[a-zA-Z0-9]|[a-zA-Z0-9][-_a-zA-Z0-9]{0,61}[a-zA-Z0-9]",
        "a cluster's name has 1 to 63 letters, digits, `-` and `_`, and starts and ends with a letter or a digit",
    )
}

pub(super) fn kubernetes_version() -> FieldType {
    FieldType::pattern(r"1\.[0-9]+(\.[0-9]+)?", "a Kubernetes version in quotes, such as \"1.33\" or \"1.33.2\"")
}

/// A resource of Azure of this type, by its id.
pub(super) fn resource_id(says: &'static str) -> FieldType {
    FieldType::pattern("/subscriptions/[^/]+/resource[gG]roups/.+", says)
}

pub(super) fn text<'a>(of: &'a Attributes, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

pub(super) fn flag(of: &Attributes, name: &str) -> Option<bool> {
    of.get(name).and_then(Value::as_bool)
}

pub(super) fn number(of: &Attributes, name: &str) -> Option<i32> {
    of.get(name).and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok())
}

pub(super) fn texts(of: &Attributes, name: &str) -> Vec<String> {
    let items = of.get(name).and_then(Value::as_list).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A field that is an object.
pub(super) fn part<'a>(of: &'a Attributes, name: &str) -> Option<&'a Attributes> {
    of.get(name).and_then(Value::as_map)
}

/// The objects of a list.
pub(super) fn parts<'a>(of: &'a Attributes, name: &str) -> Vec<&'a Attributes> {
    of.get(name).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_map).collect()
}

/// The objects of a list that each stand at a path.
pub(super) fn numbered<'a>(of: &'a Attributes, name: &'static str) -> Vec<(Path, &'a Attributes)> {
    let items = of.get(name).and_then(Value::as_list).unwrap_or_default().iter().enumerate();
    items.filter_map(|(index, item)| Some((Path::field(name).index(index), item.as_map()?))).collect()
}

pub(super) fn json_text<'a>(body: &'a Json, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
}

/// What stands in an answer, or null.
pub(super) fn found(body: &Json, pointer: &str) -> Value {
    body.pointer(pointer).cloned().map_or(Value::Null, Value::from)
}

/// A list whose order has no meaning, as specs have it.
pub(super) fn found_set(body: &Json, pointer: &str) -> Value {
    let items = body.pointer(pointer).and_then(Json::as_array).into_iter().flatten();
    let mut items: Vec<String> = items.filter_map(|item| item.as_str().map(str::to_owned)).collect();
    items.sort_unstable();
    items.dedup();
    Value::List(items.into_iter().map(Value::from).collect())
}

/// A Kubernetes version as it is written: `1.33` stands for all of its patches.
pub(super) fn version(found: &str, written: Option<&Value>) -> Value {
    let alias = written
        .and_then(Value::as_str)
        .filter(|written| found.strip_prefix(written).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
    Value::from(alias.unwrap_or(found))
}

/// A word as the models know it.
pub(super) fn word<T: DeserializeOwned>(text: Option<&str>) -> Option<T> {
    serde_json::from_value(Json::from(text?)).ok()
}

/// A model as JSON.
pub(super) fn json(model: &impl Serialize) -> Json {
    serde_json::to_value(model).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_without_its_patch_stands_for_all_of_them() {
        let cases = [("1.33.2", "1.33", "1.33"), ("1.33.2", "1.33.1", "1.33.2"), ("1.33", "1.33", "1.33")];
        for (found, written, expected) in cases {
            assert_eq!(version(found, Some(&written.into())), expected.into(), "{found} {written}");
        }
        assert_eq!(version("1.3.0", Some(&"1.33".into())), "1.3.0".into());
        assert_eq!(version("1.33.2", None), "1.33.2".into());
    }
}
