//! `azure.resource_group`: what a resource group may say, and its calls.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::arm::At;
use super::client::Azure;
use super::{fields, ownership};
use crate::provider::{
    ErrorKind, Field, FieldType, Finding, Observed, Operation, Output, ProviderError, ResourceType, Schema, Target,
};
use crate::providers::cloud::{Calls, Wire};
use crate::value::{Attributes, Kind, Value};

const VERSION: &str = "2025-04-01";
/// ARM lists what a group has from a copy that lags behind.
const STILL_LISTED: Duration = Duration::from_secs(60);

pub(super) struct ResourceGroup {
    schema: Schema,
}

impl ResourceGroup {
    pub(super) fn new() -> Self {
        let name = FieldType::pattern(
            r"[-\w._()]{0,89}[-\w_()]",
            "a name has up to 90 letters, digits and `-_.()`, and ends with no point",
        );
        let spec = vec![
            Field::new("name", name, "Unique in the subscription").required().replaces(),
            fields::location(),
            ownership::field(),
        ];
        let outputs = vec![Output::new("id", Kind::String, "The id in Azure's Resource Manager, as scopes name it")];
        Self { schema: Schema { spec, outputs } }
    }
}

impl ResourceType for ResourceGroup {
    fn name(&self) -> &'static str {
        "azure.resource_group"
    }

    fn doc(&self) -> &'static str {
        "A resource group of Azure. Whatever is in it goes with it, so it is deleted only when nothing of anyone else's is."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        ownership::check(spec)
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        Some(spec.get("name")?.as_str()?.to_lowercase())
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["name"]
    }

    fn whereabouts(&self, spec: &Attributes) -> Attributes {
        fields::whereabouts(spec, self.identity_fields())
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["subscription"]
    }

    fn expected(&self, operation: Operation) -> Duration {
        Duration::from_secs(if operation == Operation::Delete { 60 } else { 3 })
    }

    /// What is left in it goes first, and that may be a cluster.
    fn timeout(&self, operation: Operation) -> Duration {
        Duration::from_secs(if operation == Operation::Delete { 90 * 60 } else { 5 * 60 })
    }
}

fn id(client: &Azure, name: &str) -> String {
    format!("/subscriptions/{}/resourcegroups/{name}", client.subscription)
}

#[async_trait]
impl Wire<Azure> for ResourceGroup {
    async fn read(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let id = id(client, target.identity);
        let found = client.arm.get(calls, At { id: &id, version: VERSION }).await?;
        Ok(found.map(|body| {
            let attributes = Attributes::from([
                ("name".to_owned(), fields::name(&body, target)),
                ("location".to_owned(), fields::location_of(&body)),
                ("id".to_owned(), fields::text(&body, "id")),
            ]);
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
        let name = desired.get("name").and_then(Value::as_str).unwrap_or(target.identity);
        let id = id(client, name);
        fields::absent(client.arm.get(calls, At { id: &id, version: VERSION }).await?, &id)?;
        let body = body(desired, ownership::to_send(target.owner, desired, &ownership::Tags::new()));
        client.arm.put(calls, At { id: &id, version: VERSION }, &body).await?;
        Ok(Attributes::new())
    }

    async fn update(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let id = id(client, target.identity);
        let at = At { id: &id, version: VERSION };
        let present = client.arm.get(calls, at).await?.ok_or_else(|| fields::gone(&id))?;
        let tags = ownership::to_send(target.owner, desired, &ownership::of(&present));
        client.arm.put(calls, at, &body(desired, tags)).await.map(|_| ())
    }

    /// A group takes everything in it along, what others put there too. So it goes only when it is empty.
    async fn delete(&self, client: &Azure, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        let id = id(client, target.identity);
        let inside = format!("{id}/resources");
        let mut wait = calls.wait(STILL_LISTED);
        loop {
            let left = match client.arm.list(calls, At { id: &inside, version: VERSION }).await {
                Err(error) if error.kind == ErrorKind::NotFound => return Ok(()),
                left => left?,
            };
            if left.is_empty() {
                return client.arm.delete(calls, At { id: &id, version: VERSION }).await;
            }
            if !calls.pause(&mut wait, "waiting until what was in it is not listed any more").await? {
                return Err(not_empty(target.identity, &left));
            }
        }
    }

    fn gone_within(&self, timeout: Duration) -> Duration {
        timeout
    }
}

fn body(desired: &Attributes, tags: Json) -> Json {
    json!({"location": desired.get("location").and_then(Value::as_str), "tags": tags})
}

fn not_empty(group: &str, left: &[Json]) -> ProviderError {
    let names =
        left.iter().filter_map(|one| Some(format!("{} {}", one.get("type")?.as_str()?, one.get("name")?.as_str()?)));
    let names: Vec<_> = names.take(5).collect();
    let more = if left.len() > names.len() { ", …" } else { "" };
    let text = format!("resource group {group} still has {} in it: {}{more}", left.len(), names.join(", "));
    ProviderError::new(ErrorKind::Rejected, "Microsoft.Resources/subscriptions/resourceGroups/delete", text)
        .hint("it would take them along: delete them first, or keep the group with `on_destroy: retain`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Condition;

    #[test]
    fn what_would_go_along_is_named() {
        let left: Vec<_> =
            (0..7).map(|number| json!({"type": "Microsoft.Cache/redis", "name": format!("c{number}")})).collect();
        let error = not_empty("main", &left).message;
        assert!(error.starts_with("resource group main still has 7 in it: Microsoft.Cache/redis c0,"), "{error}");
        assert!(error.ends_with("c4, …"), "{error}");
    }

    #[test]
    fn a_group_is_known_without_the_case_of_its_name() {
        let spec = Attributes::from([("name".to_owned(), "Main".into())]);
        assert_eq!(ResourceGroup::new().identity(&spec).as_deref(), Some("main"));
        assert_eq!(fields::condition(&json!({})), Condition::Ready);
    }
}
