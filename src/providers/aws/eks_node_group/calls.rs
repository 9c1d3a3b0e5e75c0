//! The calls behind `aws.eks_node_group`.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_eks::types::{AmiTypes, CapacityTypes, Nodegroup, Update};

use super::super::client::Client;
use super::super::eks::{self, Updated};
use super::{EksNodeGroup, parts};
use crate::provider::{Condition, Observed, ProviderError, Target};
use crate::providers::cloud::Calls;
use crate::providers::cloud::Wire;
use crate::value::Attributes;

#[async_trait]
impl Wire<Client> for EksNodeGroup {
    async fn read(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let Some(group) = get(client, calls, target).await? else {
            return Ok(None);
        };
        let attributes = parts::read(&group, target);
        Ok(Some(eks::observed(attributes, group.tags(), parts::condition(&group), target)))
    }

    async fn create(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let (cluster, name) = eks::halves(target);
        let types = eks::texts(desired, "instance_types");
        let request = client
            .eks
            .create_nodegroup()
            .cluster_name(cluster)
            .nodegroup_name(name)
            .set_node_role(eks::text(desired, "node_role_arn").map(str::to_owned))
            .set_subnets(Some(eks::texts(desired, "subnet_ids")))
            .set_instance_types(Some(types).filter(|types| !types.is_empty()))
            .set_capacity_type(eks::text(desired, "capacity_type").map(CapacityTypes::from))
            .set_ami_type(eks::text(desired, "ami_type").map(AmiTypes::from))
            .set_disk_size(eks::small(desired.get("disk_size")))
            .set_scaling_config(parts::Scaling::for_create(desired).map(parts::Scaling::wire))
            .set_labels(Some(parts::wanted_labels(desired)).filter(|labels| !labels.is_empty()))
            .set_taints(Some(parts::wanted_taints(desired)).filter(|taints| !taints.is_empty()))
            .set_update_config(parts::wanted_update_config(desired))
            .set_version(eks::text(desired, "version").map(str::to_owned))
            .set_launch_template(parts::wanted_template(desired))
            .client_request_token(target.token)
            .set_tags(eks::new_tags(target, desired));
        calls.send("eks:CreateNodegroup", || request.clone().send()).await?;
        eks::works(calls, target, || get(client, calls, target), healthy).await?;
        Ok(Attributes::new())
    }

    async fn update(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let group = settled(client, calls, target).await?;
        let (template, versions) = (parts::template(&group, desired)?, parts::versions(&group, desired)?);
        let arn = group.nodegroup_arn().unwrap_or_default();
        eks::set_tags(client, calls, arn, group.tags(), (target, desired)).await?;
        let (cluster, name) = eks::halves(target);
        let of = Updated { cluster, node_group: Some(name), addon: None };
        if let Some(started) = change_config(client, calls, target, &group, desired).await {
            eks::finish(client, calls, target, of, started).await?;
            settled(client, calls, target).await?;
        }
        let request = client.eks.update_nodegroup_version().cluster_name(cluster).nodegroup_name(name);
        let template = template.map(|template| {
            request.clone().launch_template(template).client_request_token(eks::token(target, "launch-template"))
        });
        let versions = versions.into_iter().map(|version| {
            let token = eks::token(target, &version);
            request.clone().version(version).client_request_token(token)
        });
        for request in template.into_iter().chain(versions) {
            let answer = calls.send("eks:UpdateNodegroupVersion", || request.clone().send()).await;
            eks::finish(client, calls, target, of, answer.map(|answer| answer.update)).await?;
            settled(client, calls, target).await?;
        }
        Ok(())
    }

    fn gone_within(&self, timeout: Duration) -> Duration {
        timeout
    }

    async fn delete(&self, client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        let state = |group: &Nodegroup| (parts::status(group) == "DELETING", parts::condition(group));
        if !eks::free(calls, target, || get(client, calls, target), state).await? {
            return Ok(());
        }
        let (cluster, name) = eks::halves(target);
        let request = client.eks.delete_nodegroup().cluster_name(cluster).nodegroup_name(name);
        eks::gone_is_fine(calls.send("eks:DeleteNodegroup", || request.clone().send()).await)
    }
}

async fn get(client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<Option<Nodegroup>, ProviderError> {
    let (cluster, name) = eks::halves(target);
    let request = client.eks.describe_nodegroup().cluster_name(cluster).nodegroup_name(name);
    let answer = calls.send("eks:DescribeNodegroup", || request.clone().send()).await;
    Ok(eks::found(answer)?.and_then(|answer| answer.nodegroup))
}

async fn settled(client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<Nodegroup, ProviderError> {
    eks::settled(calls, target, || get(client, calls, target), parts::condition).await
}

/// A degraded node group is left as it is by plans, since it may get well by itself. A new one that
/// is degraded never worked as it should, and whoever asked for it has to hear of that.
fn healthy(group: &Nodegroup) -> Condition {
    match parts::status(group) {
        "DEGRADED" => Condition::Broken(format!("it is DEGRADED: {}", parts::issues(group))),
        _ => parts::condition(group),
    }
}

/// Labels, taints, numbers of nodes and the pace of updates, which EKS changes in one call; `None` if all are as desired.
async fn change_config(
    client: &Client,
    calls: &Calls<'_>,
    target: &Target<'_>,
    group: &Nodegroup,
    desired: &Attributes,
) -> Option<Result<Option<Update>, ProviderError>> {
    let (cluster, name) = eks::halves(target);
    let labels = parts::labels(group, desired);
    let taints = parts::taints(group, desired);
    let scaling = parts::scaling(group, target, desired);
    let update_config = parts::update_config(group, target, desired);
    if labels.is_none() && taints.is_none() && scaling.is_none() && update_config.is_none() {
        return None;
    }
    let request = client
        .eks
        .update_nodegroup_config()
        .cluster_name(cluster)
        .nodegroup_name(name)
        .set_labels(labels)
        .set_taints(taints)
        .set_scaling_config(scaling.map(parts::Scaling::wire))
        .set_update_config(update_config)
        .client_request_token(eks::token(target, "config"));
    let answer = calls.send("eks:UpdateNodegroupConfig", || request.clone().send()).await;
    Some(answer.map(|answer| answer.update))
}
