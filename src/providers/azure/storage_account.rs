//! `azure.storage_account`: what a storage account may say, and its calls. Accounts are of the kind `StorageV2`.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::arm::At;
use super::client::Azure;
use super::{fields, ownership};
use crate::provider::{
    Field, FieldType, Finding, Observed, Operation, Output, ProviderError, ResourceType, Schema, Target,
};
use crate::providers::cloud::{Calls, Wire};
use crate::value::{Attributes, Kind, Path, Value};

pub(super) const VERSION: &str = "2025-01-01";
const NAMED_BY: [&str; 2] = ["resource_group", "name"];
/// What others may have set, and a PUT without it would reset.
const KEPT: [&str; 15] = [
    "allowCrossTenantReplication",
    "allowedCopyScope",
    "customDomain",
    "defaultToOAuthAuthentication",
    "dnsEndpointType",
    "enableExtendedGroups",
    "isLocalUserEnabled",
    "isNfsV3Enabled",
    "isSftpEnabled",
    "keyPolicy",
    "largeFileSharesState",
    "networkAcls",
    "routingPreference",
    "sasPolicy",
    "supportsHttpsTrafficOnly",
];

pub(super) struct StorageAccount {
    schema: Schema,
}

impl StorageAccount {
    pub(super) fn new() -> Self {
        let outputs = vec![
            Output::new("id", Kind::String, "The id in Azure's Resource Manager, as scopes name it"),
            Output::new("queue_endpoint", Kind::String, "Where its queues are: `https://NAME.queue.core.windows.net/`"),
            Output::new("blob_endpoint", Kind::String, "Where its blobs are"),
            fields::state_output(),
        ];
        Self { schema: Schema { spec: spec(), outputs } }
    }
}

fn spec() -> Vec<Field> {
    let name = FieldType::pattern("[a-z0-9]{3,24}", "a name has 3 to 24 small letters and digits");
    let skus = FieldType::one_of(&[
        "Standard_LRS",
        "Standard_GRS",
        "Standard_RAGRS",
        "Standard_ZRS",
        "Standard_GZRS",
        "Standard_RAGZRS",
    ]);
    vec![
        Field::new("name", name, "Unique in all of Azure").required().replaces(),
        fields::resource_group(),
        fields::location(),
        Field::new("sku", skus, "How often and where it is kept; to zones and back there is no way but a new account")
            .default("Standard_LRS"),
        Field::new("access_tier", FieldType::one_of(&["Hot", "Cool", "Cold"]), "What blobs cost to keep and to read")
            .default("Hot"),
        Field::new(
            "hierarchical_namespace",
            FieldType::Bool,
            "Whether blobs are in real folders, as Data Lake Storage has them",
        )
        .default(false)
        .replaces(),
        Field::new("allow_blob_public_access", FieldType::Bool, "Whether containers may be opened to everyone")
            .default(false),
        Field::new(
            "allow_shared_key_access",
            FieldType::Bool,
            "Whether its keys let anyone in, or only identities of Entra",
        )
        .default(true),
        Field::new(
            "minimum_tls_version",
            FieldType::one_of(&["1.0", "1.1", "1.2", "1.3"]),
            "The oldest TLS that is spoken",
        )
        .default("1.2"),
        fields::public_network_access(),
        ownership::field(),
    ]
}

impl ResourceType for StorageAccount {
    fn name(&self) -> &'static str {
        "azure.storage_account"
    }

    fn doc(&self) -> &'static str {
        "A storage account of Azure. Whatever is kept in it goes with it."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        ownership::check(spec)
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

    fn planned_outputs(&self, _: &Attributes, recorded: Option<&Attributes>) -> Attributes {
        fields::planned(&self.schema, recorded)
    }

    fn also_replaces(&self, before: &Attributes, desired: &Attributes) -> Vec<Path> {
        let in_zones = |spec: &Attributes| spec.get("sku").and_then(Value::as_str).map(|sku| sku.ends_with("ZRS"));
        match (in_zones(before), in_zones(desired)) {
            (Some(was), Some(is)) if was != is => vec![Path::field("sku")],
            _ => Vec::new(),
        }
    }

    fn expected(&self, operation: Operation) -> Duration {
        Duration::from_secs(if operation == Operation::Create { 30 } else { 5 })
    }

    fn timeout(&self, _: Operation) -> Duration {
        Duration::from_secs(30 * 60)
    }
}

fn path(client: &Azure, identity: &str) -> String {
    let (group, name) = identity.split_once('/').unwrap_or(("", identity));
    client.in_group(group, &format!("Microsoft.Storage/storageAccounts/{name}"))
}

#[async_trait]
impl Wire<Azure> for StorageAccount {
    async fn read(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let id = path(client, target.identity);
        let found = client.arm.get(calls, At { id: &id, version: VERSION }).await?;
        Ok(found.map(|body| {
            let attributes = attributes(&body, target);
            ownership::observed(&body, target.owner, attributes, fields::condition(&body))
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
        let tags = ownership::to_send(target.owner, desired, &ownership::Tags::new());
        client.arm.put(calls, at, &body(desired, tags, &Json::Null)).await?;
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
        let at = At { id: &id, version: VERSION };
        let present = client.arm.get(calls, at).await?.ok_or_else(|| fields::gone(&id))?;
        let tags = ownership::to_send(target.owner, desired, &ownership::of(&present));
        client.arm.put(calls, at, &body(desired, tags, &present)).await.map(|_| ())
    }

    async fn delete(&self, client: &Azure, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        client.arm.delete(calls, At { id: &path(client, target.identity), version: VERSION }).await
    }
}

fn attributes(body: &Json, target: &Target<'_>) -> Attributes {
    let property = |name: &str| fields::property(body, name);
    let endpoints = body.get("properties").and_then(|properties| properties.get("primaryEndpoints"));
    let endpoint = |service: &str| endpoints.map_or(Value::Null, |endpoints| fields::text(endpoints, service));
    Attributes::from([
        ("name".to_owned(), fields::name(body, target)),
        ("resource_group".to_owned(), fields::parent(body, target, "resource_group", "resourceGroups")),
        ("location".to_owned(), fields::location_of(body)),
        ("sku".to_owned(), body.get("sku").map_or(Value::Null, |sku| fields::text(sku, "name"))),
        ("access_tier".to_owned(), property("accessTier")),
        ("hierarchical_namespace".to_owned(), Value::Bool(property("isHnsEnabled") == Value::Bool(true))),
        // The older accounts are, the more of these they leave out: each stands then for what it was in those days.
        ("allow_blob_public_access".to_owned(), Value::Bool(property("allowBlobPublicAccess") == Value::Bool(true))),
        ("allow_shared_key_access".to_owned(), Value::Bool(property("allowSharedKeyAccess") != Value::Bool(false))),
        ("minimum_tls_version".to_owned(), tls_version(property("minimumTlsVersion").as_str()).into()),
        ("public_network_access".to_owned(), or(property("publicNetworkAccess"), "Enabled")),
        ("id".to_owned(), fields::text(body, "id")),
        ("queue_endpoint".to_owned(), endpoint("queue")),
        ("blob_endpoint".to_owned(), endpoint("blob")),
        fields::state(body),
    ])
}

/// Storage writes `TLS1_2` for what the rest of Azure calls `1.2`.
fn tls_version(written: Option<&str>) -> String {
    written.and_then(|written| written.strip_prefix("TLS")).unwrap_or("1.0").replace('_', ".")
}

fn or(value: Value, otherwise: &str) -> Value {
    if value.is_null() { otherwise.into() } else { value }
}

fn body(desired: &Attributes, tags: Json, present: &Json) -> Json {
    let text = |name: &str| desired.get(name).and_then(Value::as_str);
    let is = |name: &str| desired.get(name).and_then(Value::as_bool).unwrap_or_default();
    let own = [
        ("accessTier", json!(text("access_tier"))),
        ("allowBlobPublicAccess", json!(is("allow_blob_public_access"))),
        ("allowSharedKeyAccess", json!(is("allow_shared_key_access"))),
        ("isHnsEnabled", json!(is("hierarchical_namespace"))),
        ("minimumTlsVersion", json!(text("minimum_tls_version").map(|of| format!("TLS{}", of.replace('.', "_"))))),
        ("publicNetworkAccess", json!(text("public_network_access"))),
        ("supportsHttpsTrafficOnly", json!(true)),
    ];
    let own = own.into_iter().map(|(name, value)| (name.to_owned(), value));
    let mut properties: serde_json::Map<String, Json> = own.collect();
    properties.extend(fields::kept(present, &KEPT));
    let mut body = json!({
        "location": text("location"), "tags": tags, "kind": "StorageV2",
        "sku": {"name": text("sku")}, "properties": properties,
    });
    if let Some(identity) = fields::kept_identity(present) {
        body["identity"] = identity;
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zones_take_a_new_account() {
        let spec = |sku: &str| Attributes::from([("sku".to_owned(), sku.into())]);
        let replaces = |was: &str, is: &str| !StorageAccount::new().also_replaces(&spec(was), &spec(is)).is_empty();
        assert!(replaces("Standard_LRS", "Standard_ZRS") && replaces("Standard_RAGZRS", "Standard_RAGRS"));
        assert!(!replaces("Standard_LRS", "Standard_RAGRS") && !replaces("Standard_ZRS", "Standard_GZRS"));
    }

    #[test]
    fn what_others_set_is_sent_again_and_what_the_service_says_is_not() {
        let present = json!({
            "identity": {"type": "SystemAssigned", "principalId": "p"},
            "properties": {"networkAcls": {"defaultAction": "Deny"}, "supportsHttpsTrafficOnly": false,
                "accessTier": "Cool", "provisioningState": "Succeeded", "primaryEndpoints": {}},
        });
        let desired = Attributes::from([("access_tier".to_owned(), "Hot".into())]);
        let sent = body(&desired, json!({}), &present);
        let properties = &sent["properties"];
        assert_eq!(properties["networkAcls"], json!({"defaultAction": "Deny"}));
        assert_eq!(
            (&properties["accessTier"], &properties["supportsHttpsTrafficOnly"]),
            (&json!("Hot"), &json!(false))
        );
        assert_eq!((properties.get("provisioningState"), properties.get("primaryEndpoints")), (None, None));
        assert_eq!(sent["identity"], json!({"type": "SystemAssigned"}));
    }
}
