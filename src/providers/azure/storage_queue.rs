//! `azure.storage_queue`: what a queue of a storage account may say, and its calls.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

use super::arm::At;
use super::client::Azure;
use super::storage_account::VERSION;
use super::{fields, written_marks};
use crate::provider::{
    Condition, Field, FieldType, Finding, Observed, Operation, Output, ProviderError, ResourceType, Schema, Target,
};
use crate::providers::cloud::{Calls, Wire};
use crate::value::{Attributes, Kind, Path, Value};

const NAMED_BY: [&str; 3] = ["resource_group", "account", "name"];

pub(super) struct StorageQueue {
    schema: Schema,
}

impl StorageQueue {
    pub(super) fn new() -> Self {
        let name = FieldType::pattern(
            "[a-z0-9](-?[a-z0-9]){2,62}",
            "a name has 3 to 63 small letters, digits and single `-`, and begins and ends with a letter or a digit",
        );
        let value = FieldType::pattern("[ -~]*", "printable characters of ASCII");
        let spec = vec![
            Field::new("name", name, "Unique in its account").required().replaces(),
            Field::new("account", FieldType::text(), "The name of the storage account it is in").required().replaces(),
            fields::resource_group(),
            Field::new("metadata", FieldType::map(value), "Texts by name, beside the marks that say who made it")
                .default(Value::Map(BTreeMap::new())),
        ];
        let outputs = vec![
            Output::new("id", Kind::String, "The id in Azure's Resource Manager, as scopes name it"),
            Output::new("url", Kind::String, "Where messages are sent and received"),
        ];
        Self { schema: Schema { spec, outputs } }
    }
}

impl ResourceType for StorageQueue {
    fn name(&self) -> &'static str {
        "azure.storage_queue"
    }

    fn doc(&self) -> &'static str {
        "A queue of an Azure storage account. Its metadata say which stack made it."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let mut findings = Vec::new();
        if spec.get("name").and_then(Value::as_str).is_some_and(|name| name.len() > 63) {
            findings.push(Finding::new("azure/bad-name", Path::field("name"), "a name has 3 to 63 characters"));
        }
        let metadata = spec.get("metadata").and_then(Value::as_map).into_iter().flatten();
        for (name, _) in metadata {
            let Some((code, message)) = wrong_with(name) else { continue };
            let mut finding = Finding::new(code, Path::field("metadata").key(name), message);
            finding.on_key = true;
            findings.push(finding);
        }
        findings
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        fields::identity(spec, &NAMED_BY)
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &NAMED_BY
    }

    fn whereabouts(&self, spec: &Attributes) -> Attributes {
        fields::whereabouts(spec, self.identity_fields())
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["subscription"]
    }

    /// Storage says 30 seconds or longer.
    fn reuse_after(&self) -> Duration {
        Duration::from_secs(40)
    }

    fn expected(&self, _: Operation) -> Duration {
        Duration::from_secs(2)
    }
}

fn wrong_with(name: &str) -> Option<(&'static str, String)> {
    let is_letter = |character: char| character.is_ascii_alphabetic() || character == '_';
    let is_name = name.starts_with(is_letter) && name.chars().all(|one| is_letter(one) || one.is_ascii_digit());
    if name.to_lowercase().starts_with(written_marks::RESERVED) {
        let text = format!("metadata that start with `{}` are not yours to set", written_marks::RESERVED);
        return Some(("azure/reserved-metadata", text));
    }
    (!is_name).then(|| {
        let text = "the name of metadata has letters, digits and `_`, and begins with no digit".to_owned();
        ("azure/bad-metadata", text)
    })
}

fn path(client: &Azure, identity: &str) -> String {
    let (group, rest) = identity.split_once('/').unwrap_or_default();
    let (account, name) = rest.split_once('/').unwrap_or_default();
    client.in_group(group, &format!("Microsoft.Storage/storageAccounts/{account}/queueServices/default/queues/{name}"))
}

#[async_trait]
impl Wire<Azure> for StorageQueue {
    async fn read(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let id = path(client, target.identity);
        let found = client.arm.get(calls, At { id: &id, version: VERSION }).await?;
        Ok(found.map(|body| {
            let marks = written_marks::of_metadata(&metadata(&body), target.owner);
            Observed { condition: Condition::Ready, ..marks.observed(attributes(&body, target)) }
        }))
    }

    async fn create(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let id = path(client, &fields::as_written(desired, &NAMED_BY, target.identity));
        let at = At { id: &id, version: VERSION };
        fields::absent(client.arm.get(calls, at).await?, &id)?;
        client.arm.put(calls, at, &body(desired, target)).await?;
        Ok(Attributes::new())
    }

    async fn update(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let id = path(client, target.identity);
        client.arm.put(calls, At { id: &id, version: VERSION }, &body(desired, target)).await.map(|_| ())
    }

    async fn delete(&self, client: &Azure, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        client.arm.delete(calls, At { id: &path(client, target.identity), version: VERSION }).await
    }
}

fn metadata(body: &Json) -> Json {
    body.get("properties").and_then(|properties| properties.get("metadata")).cloned().unwrap_or_default()
}

fn attributes(body: &Json, target: &Target<'_>) -> Attributes {
    let (name, account) = (fields::name(body, target), fields::parent(body, target, "account", "storageAccounts"));
    let part = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
    let url = format!("https://{}.queue.core.windows.net/{}", part(&account), part(&name));
    let metadata = metadata(body);
    let own = metadata.as_object().into_iter().flatten();
    let own = own.filter(|(name, _)| !name.to_lowercase().starts_with(written_marks::RESERVED));
    let own = own.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.into())));
    Attributes::from([
        ("name".to_owned(), name),
        ("account".to_owned(), account),
        ("resource_group".to_owned(), fields::parent(body, target, "resource_group", "resourceGroups")),
        ("metadata".to_owned(), Value::Map(own.collect())),
        ("id".to_owned(), fields::text(body, "id")),
        ("url".to_owned(), Value::from(url)),
    ])
}

fn body(desired: &Attributes, target: &Target<'_>) -> Json {
    let own = desired.get("metadata").and_then(Value::as_map).into_iter().flatten();
    let mut metadata: Map<String, Json> =
        own.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.into()))).collect();
    metadata.extend(written_marks::metadata(target.owner));
    json!({"properties": {"metadata": metadata}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_have_names_that_storage_takes() {
        let cases = [
            ("team", None),
            ("_x9", None),
            ("9x", Some("azure/bad-metadata")),
            ("a-b", Some("azure/bad-metadata")),
            ("", Some("azure/bad-metadata")),
            ("Tidegate_stack", Some("azure/reserved-metadata")),
        ];
        for (name, expected) in cases {
            let metadata = Value::Map([(name.to_owned(), "v".into())].into());
            let findings = StorageQueue::new().check(&Attributes::from([("metadata".to_owned(), metadata)]));
            assert_eq!(findings.first().map(|finding| finding.code), expected, "{name}");
        }
        let long = Attributes::from([("name".to_owned(), "a-".repeat(40).as_str().into())]);
        assert_eq!(StorageQueue::new().check(&long).len(), 1);
    }
}
