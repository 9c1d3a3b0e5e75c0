//! `azure.managed_identity`: what a user-assigned managed identity may say, and its calls.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::arm::{At, id};
use super::client::Azure;
use super::{fields, ownership};
use crate::provider::{
    Field, FieldType, Finding, Observed, Operation, Output, ProviderError, ResourceType, Schema, Target,
};
use crate::providers::cloud::{Calls, Wire};
use crate::value::{Attributes, Kind, Value};

pub(super) const VERSION: &str = "2024-11-30";

pub(super) struct ManagedIdentity {
    schema: Schema,
}

impl ManagedIdentity {
    pub(super) fn new() -> Self {
        let spec = vec![
            Field::new("name", name(), "Unique in the resource group").required().replaces(),
            fields::resource_group(),
            fields::location(),
            ownership::field(),
        ];
        let outputs = vec![
            Output::new("id", Kind::String, "The id in Azure's Resource Manager"),
            Output::new(
                "client_id",
                Kind::String,
                "What workloads sign in as: the annotation azure.workload.identity/client-id",
            ),
            Output::new("principal_id", Kind::String, "What roles are assigned to"),
            Output::new("tenant_id", Kind::String, "The tenant it is in"),
        ];
        Self { schema: Schema { spec, outputs } }
    }
}

/// The name of an identity.
pub(super) fn name() -> FieldType {
    FieldType::pattern(
        "[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}",
        "an identity's name has 3 to 128 letters, digits, `-` and `_`, and starts with a letter or a digit",
    )
}

/// The path of an identity.
pub(super) fn path(client: &Azure, group: &str, name: &str) -> String {
    client.in_group(group, &format!("Microsoft.ManagedIdentity/userAssignedIdentities/{name}"))
}

/// As it is known, without the case of its names.
fn known_as(client: &Azure, target: &Target<'_>) -> String {
    let (group, name) = target.identity.split_once('/').unwrap_or((target.identity, ""));
    path(client, group, name)
}

impl ResourceType for ManagedIdentity {
    fn name(&self) -> &'static str {
        "azure.managed_identity"
    }

    fn doc(&self) -> &'static str {
        "A user-assigned managed identity of Azure: what a workload acts as, without any secret."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        ownership::check(spec)
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        fields::identity(spec, self.identity_fields())
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["resource_group", "name"]
    }

    fn whereabouts(&self, spec: &Attributes) -> Attributes {
        fields::whereabouts(spec, self.identity_fields())
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["subscription"]
    }

    fn visible_after(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn expected(&self, _: Operation) -> Duration {
        Duration::from_secs(3)
    }
}

#[async_trait]
impl Wire<Azure> for ManagedIdentity {
    async fn read(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let path = known_as(client, target);
        let found = client.arm.get(calls, At { id: &path, version: VERSION }).await?;
        Ok(found
            .map(|body| ownership::observed(&body, target.owner, attributes(&body, target), fields::condition(&body))))
    }

    async fn create(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let text = |name: &str| desired.get(name).and_then(Value::as_str).unwrap_or_default();
        let path = path(client, text("resource_group"), text("name"));
        let at = At { id: &path, version: VERSION };
        fields::absent(client.arm.get(calls, at).await?, &path)?;
        let tags = ownership::to_send(target.owner, desired, &ownership::Tags::new());
        client.arm.put_at_once(calls, at, &body(desired, &tags, None)).await?;
        Ok(Attributes::new())
    }

    async fn update(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let path = known_as(client, target);
        let at = At { id: &path, version: VERSION };
        let present = client.arm.get(calls, at).await?.ok_or_else(|| fields::gone(&path))?;
        let tags = ownership::to_send(target.owner, desired, &ownership::of(&present));
        client.arm.put_at_once(calls, at, &body(desired, &tags, Some(&present))).await.map(|_| ())
    }

    async fn delete(&self, client: &Azure, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        let path = known_as(client, target);
        client.arm.delete(calls, At { id: &path, version: VERSION }).await
    }
}

fn attributes(body: &Json, target: &Target<'_>) -> Attributes {
    let (id, properties) = (body.get("id").and_then(Json::as_str).unwrap_or_default(), &body["properties"]);
    let group = id::part(id, "resourceGroups").unwrap_or_default();
    Attributes::from([
        ("name".to_owned(), fields::name(body, target)),
        ("resource_group".to_owned(), fields::spelled(group, target.recorded.get("resource_group"))),
        ("location".to_owned(), fields::location_of(body)),
        ("id".to_owned(), fields::text(body, "id")),
        ("client_id".to_owned(), fields::text(properties, "clientId")),
        ("principal_id".to_owned(), fields::text(properties, "principalId")),
        ("tenant_id".to_owned(), fields::text(properties, "tenantId")),
    ])
}

/// What to send, with what is there and not the stack's as it is.
fn body(desired: &Attributes, tags: &Json, present: Option<&Json>) -> Json {
    let mut body = json!({"location": desired.get("location").and_then(Value::as_str), "tags": tags});
    let isolation = present.and_then(|present| present.get("properties")?.get("isolationScope")?.as_str());
    // Where there is none, it is not sent: of the types that Microsoft publishes, this version's has it as read-only.
    if let Some(isolation) = isolation.filter(|isolation| *isolation != "None") {
        body["properties"] = json!({"isolationScope": isolation});
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_known_without_the_case_of_its_names() {
        let spec =
            Attributes::from([("name".to_owned(), "Worker".into()), ("resource_group".to_owned(), "Main".into())]);
        assert_eq!(ManagedIdentity::new().identity(&spec).as_deref(), Some("main/worker"));
        let unknown = Attributes::from([("name".to_owned(), "Worker".into())]);
        assert_eq!(ManagedIdentity::new().identity(&unknown), None);
        let written = |recorded: &str| fields::spelled("main", Some(&recorded.into())).to_string();
        assert_eq!([written("Main"), written("other")], ["\"Main\"", "\"main\""]);
    }

    #[test]
    fn what_is_not_the_stacks_is_sent_as_it_is() {
        let desired = Attributes::from([("location".to_owned(), "westeurope".into())]);
        let present = json!({"properties": {"isolationScope": "Regional", "clientId": "c"}});
        let sent = |present| body(&desired, &json!({"a": "b"}), present);
        let isolated = json!({"properties": {"isolationScope": "None"}});
        assert!(sent(Some(&isolated)).get("properties").is_none());
        assert_eq!(sent(None), json!({"location": "westeurope", "tags": {"a": "b"}}));
        assert_eq!(sent(Some(&present))["properties"], json!({"isolationScope": "Regional"}));
    }
}
