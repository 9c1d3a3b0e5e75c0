//! The calls behind `azure.aks_node_pool`.

use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::Method;
use serde_json::{Value as Json, json};

use super::super::aks::{self, at, merge, pool, shown};
use super::super::arm::id;
use super::super::client::Azure;
use super::super::{fields, ownership};
use super::AksNodePool;
use crate::provider::{ErrorKind, Observed, ProviderError, ResourceType as _, Target};
use crate::providers::cloud::{Calls, Wire};
use crate::value::{Attributes, Value};

#[async_trait]
impl Wire<Azure> for AksNodePool {
    async fn read(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let found = client.arm.get(calls, at(&path(client, target))).await?;
        Ok(found.map(|body| {
            let properties = body.get("properties").cloned().unwrap_or_default();
            let attributes = self.view(&body, &properties, target);
            ownership::observed(&properties, target.owner, attributes, fields::condition(&body))
        }))
    }

    async fn create(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let named = Target { recorded: desired, ..*target };
        let path = path(client, &named);
        let cluster = cluster(client, &named);
        running(calls, client, &cluster, &path).await?;
        fields::absent(client.arm.get(calls, at(&path)).await?, &path)?;
        let tags = ownership::to_send(target.owner, desired, &ownership::Tags::new());
        client.arm.put(calls, at(&path), &new(desired, tags)).await?;
        Ok(Attributes::new())
    }

    async fn update(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        aks::unless_changed(calls, || change(client, calls, target, desired)).await
    }

    fn gone_within(&self, timeout: Duration) -> Duration {
        timeout
    }

    async fn delete(&self, client: &Azure, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        let (cluster, path) = (cluster(client, target), path(client, target));
        match client.arm.delete(calls, at(&path)).await {
            Err(error) if error.kind == ErrorKind::Rejected => {
                let found = client.arm.get(&calls.briefly(), at(&cluster)).await.ok().flatten();
                let is_stopped = found.as_ref().is_some_and(aks::is_stopped);
                Err(if is_stopped { aks::stopped(error.operation, &cluster) } else { error })
            }
            done => done,
        }
    }
}

async fn change(
    client: &Azure,
    calls: &Calls<'_>,
    target: &Target<'_>,
    desired: &Attributes,
) -> Result<(), ProviderError> {
    let path = path(client, target);
    running(calls, client, &cluster(client, target), &path).await?;
    let present = client.arm.get(calls, at(&path)).await?.ok_or_else(|| fields::gone(&path))?;
    let body = changed(target, desired, present.clone());
    client.arm.put_over(calls, at(&path), &present, &body).await.map(|_| ())
}

impl AksNodePool {
    fn view(&self, body: &Json, properties: &Json, target: &Target<'_>) -> Attributes {
        let mut found = pool::read(properties, Some(target.recorded));
        let [group, cluster, _] = names(target);
        found.insert("name".to_owned(), fields::name(body, target));
        found.insert("resource_group".to_owned(), group.into());
        found.insert("cluster".to_owned(), cluster.into());
        let mut attributes = Attributes::new();
        for field in &self.schema().spec {
            if let Some(value) = found.remove(field.name) {
                let shown = shown::like(&field.field_type, value, target.recorded.get(field.name));
                attributes.insert(field.name.to_owned(), shown);
            }
        }
        let state = aks::json_text(properties, "/provisioningState").map_or(Value::Null, Value::from);
        attributes.insert("id".to_owned(), fields::text(body, "id"));
        attributes.insert("provisioning_state".to_owned(), state);
        attributes
    }
}

fn names<'a>(target: &Target<'a>) -> [&'a str; 3] {
    aks::spelled(target, ["resource_group", "cluster", "name"])
}

fn cluster(client: &Azure, target: &Target<'_>) -> String {
    let [group, cluster, _] = names(target);
    aks::cluster_path(client, group, cluster)
}

fn path(client: &Azure, target: &Target<'_>) -> String {
    let [_, _, name] = names(target);
    format!("{}/agentPools/{name}", cluster(client, target))
}

/// The cluster has to be there and running.
async fn running(calls: &Calls<'_>, client: &Azure, cluster: &str, pool: &str) -> Result<(), ProviderError> {
    match aks::running_cluster(calls, client, cluster).await {
        Err(error) if error.kind == ErrorKind::NotFound => {
            let text = format!("there is no cluster {} for pool {}", id::name(cluster), id::name(pool));
            Err(ProviderError::new(ErrorKind::Rejected, id::permission(Method::Put, pool), text)
                .hint("`cluster` is the name of an AKS cluster in the same resource group, such as ${cluster.name}"))
        }
        found => found.map(|_| ()),
    }
}

/// The body of a pool that is not there yet.
pub(super) fn new(desired: &Attributes, tags: Json) -> Json {
    let mut properties = pool::properties(desired, None);
    properties["tags"] = tags;
    merge::without_nulls(json!({"properties": properties}))
}

fn changed(target: &Target<'_>, desired: &Attributes, present: Json) -> Json {
    let there = present.get("properties").cloned().unwrap_or_default();
    let mut ours = pool::properties(desired, Some(&there));
    ours["tags"] = ownership::to_send(target.owner, desired, &ownership::of(&there));
    let mut body = merge::writable_pool(present);
    merge::onto(&mut body, json!({"properties": ours}));
    body
}
