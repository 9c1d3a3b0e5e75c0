//! The calls behind `azure.aks_cluster`.

use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::Method;
use serde_json::Value as Json;

use super::super::aks::{self, at, parts, pool, shown, text};
use super::super::arm::id;
use super::super::client::Azure;
use super::super::{fields, ownership};
use super::{AksCluster, body, view};
use crate::provider::{ErrorKind, FieldType, Observed, OnChange, ProviderError, Target};
use crate::providers::cloud::{Calls, Wire};
use crate::value::{Attributes, Value};

#[async_trait]
impl Wire<Azure> for AksCluster {
    async fn read(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let found = client.arm.get(calls, at(&path(client, target))).await?;
        Ok(found.map(|body| {
            let attributes = view::read(&body, target, client);
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
        let named = Target { recorded: desired, ..*target };
        let path = path(client, &named);
        fields::absent(client.arm.get(calls, at(&path)).await?, &path)?;
        let tags = ownership::to_send(target.owner, desired, &ownership::Tags::new());
        client.arm.put(calls, at(&path), &body::new(desired, tags)).await?;
        Ok(Attributes::new())
    }

    /// Pools that are the cluster's no more go last: the one that takes over has to be there first.
    async fn update(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let path = path(client, target);
        aks::unless_changed(calls, || change(client, calls, target, desired)).await?;
        for name in body::dropped(target.recorded, desired) {
            let pool = format!("{path}/agentPools/{name}");
            let found = client.arm.get(calls, at(&pool)).await?;
            // One that a resource of its own has taken over is no more the cluster's.
            if !found.is_some_and(|found| ownership::is_marked(&found["properties"])) {
                client.arm.delete(calls, at(&pool)).await?;
            }
        }
        Ok(())
    }

    fn gone_within(&self, timeout: Duration) -> Duration {
        timeout
    }

    async fn delete(&self, client: &Azure, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        client.arm.delete(calls, at(&path(client, target))).await
    }
}

async fn change(
    client: &Azure,
    calls: &Calls<'_>,
    target: &Target<'_>,
    desired: &Attributes,
) -> Result<(), ProviderError> {
    let path = path(client, target);
    let present = aks::running_cluster(calls, client, &path).await?;
    fixed(&present, desired, &path)?;
    let tags = || ownership::to_send(target.owner, desired, &ownership::of(&present));
    let wanted = body::changed(desired, &present, tags());
    let present = match body::control_plane_first(&wanted, &present) {
        Some(first) => client.arm.put_over(calls, at(&path), &present, &first).await?,
        None => present.clone(),
    };
    // What came of the first change is in the second one.
    let wanted = body::changed(desired, &present, wanted.get("tags").cloned().unwrap_or_else(tags));
    client.arm.put_over(calls, at(&path), &present, &wanted).await.map(|_| ())
}

fn path(client: &Azure, target: &Target<'_>) -> String {
    let [group, name] = aks::spelled(target, ["resource_group", "name"]);
    aks::cluster_path(client, group, name)
}

/// Nodes stay what they were made as.
fn fixed(present: &Json, desired: &Attributes, path: &str) -> Result<(), ProviderError> {
    let there = present.pointer("/properties/agentPoolProfiles").and_then(Json::as_array);
    for wanted in parts(desired, "pools") {
        let name = text(wanted, "name");
        let same = |pool: &&Json| pool.get("name").and_then(Json::as_str) == name;
        let Some(pool) = there.into_iter().flatten().find(same) else { continue };
        let fields = pool::fields("System");
        let found = Value::Map(pool::read(pool, Some(wanted)));
        let found = shown::like(&FieldType::Object(fields.clone()), found, Some(&Value::Map(wanted.clone())));
        let differs = |name: &str| {
            let (old, new) = (found.as_map().and_then(|found| found.get(name)), wanted.get(name));
            matches!((old, new), (Some(old), Some(new)) if old != new)
        };
        let changed = fields.iter().find(|field| field.on_change == OnChange::Replace && differs(field.name));
        if let Some(field) = changed {
            let text = format!(
                "the nodes of pool {} stay as they were made, and `{}` has changed",
                name.unwrap_or_default(),
                field.name
            );
            return Err(ProviderError::new(ErrorKind::Rejected, id::permission(Method::Put, path), text).hint(
                "give the pool another name: then it is made anew, and the old one goes when the new one is there",
            ));
        }
    }
    Ok(())
}
