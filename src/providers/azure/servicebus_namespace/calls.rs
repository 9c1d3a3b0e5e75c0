//! The calls behind `azure.servicebus_namespace`.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value as Json;

use super::super::arm::{At, id};
use super::super::client::Azure;
use super::super::servicebus::VERSION;
use super::super::servicebus::members::no_body;
use super::super::{fields, ownership};
use super::{ServiceBusNamespace, body};
use crate::provider::{Observed, ProviderError, Target};
use crate::providers::cloud::{Calls, Wire};
use crate::value::{Attributes, Value};

fn path(client: &Azure, group: &str, name: &str) -> String {
    client.in_group(group, &format!("Microsoft.ServiceBus/namespaces/{name}"))
}

fn known(client: &Azure, target: &Target<'_>) -> String {
    let (group, name) = target.identity.split_once('/').unwrap_or(("", target.identity));
    path(client, group, name)
}

#[async_trait]
impl Wire<Azure> for ServiceBusNamespace {
    async fn read(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let path = known(client, target);
        let Some(body) = client.arm.get(calls, At { id: &path, version: VERSION }).await? else { return Ok(None) };
        let mut attributes = body::read(&body, target.recorded);
        let id = body.get("id").and_then(Json::as_str).unwrap_or(&path);
        let group = id::part(id, "resourceGroups").unwrap_or_default();
        attributes.extend([
            ("id".to_owned(), Value::from(id)),
            ("name".to_owned(), fields::name(&body, target)),
            ("resource_group".to_owned(), fields::spelled(group, target.recorded.get("resource_group"))),
            ("location".to_owned(), fields::location_of(&body)),
        ]);
        Ok(Some(ownership::observed(&body, target.owner, attributes, fields::condition(&body))))
    }

    async fn create(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let text = |field: &str| desired.get(field).and_then(Value::as_str).unwrap_or_default();
        let path = path(client, text("resource_group"), text("name"));
        let at = At { id: &path, version: VERSION };
        fields::absent(client.arm.get(calls, at).await?, &path)?;
        let tags = ownership::to_send(target.owner, desired, &ownership::Tags::new());
        let body = body::written(desired, &Attributes::new(), &Json::Null, tags);
        let body = body.map_err(|error| no_body(&path, &error))?;
        client.arm.put(calls, at, &body).await?;
        Ok(Attributes::new())
    }

    async fn update(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let path = known(client, target);
        let at = At { id: &path, version: VERSION };
        let present = client.arm.get(calls, at).await?.ok_or_else(|| fields::gone(&path))?;
        let tags = ownership::to_send(target.owner, desired, &ownership::of(&present));
        let body = body::written(desired, target.recorded, &present, tags);
        let body = body.map_err(|error| no_body(&path, &error))?;
        client.arm.put(calls, at, &body).await.map(|_| ())
    }

    async fn delete(&self, client: &Azure, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        client.arm.delete(calls, At { id: &known(client, target), version: VERSION }).await
    }

    fn gone_within(&self, timeout: Duration) -> Duration {
        timeout
    }
}
