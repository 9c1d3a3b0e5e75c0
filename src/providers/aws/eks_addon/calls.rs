//! The calls behind `aws.eks_addon`.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_eks::types::{Addon, PodIdentityAssociation, ResolveConflicts};

use super::super::client::Client;
use super::super::eks::{self, Updated};
use super::{EksAddon, parts};
use crate::provider::{Observed, ProviderError, Target};
use crate::providers::cloud::Calls;
use crate::providers::cloud::Wire;
use crate::value::Attributes;

#[async_trait]
impl Wire<Client> for EksAddon {
    async fn read(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let Some(addon) = get(client, calls, target).await? else {
            return Ok(None);
        };
        let associations = associations(client, calls, target, &addon).await?;
        let attributes = parts::read(&addon, &associations, target);
        Ok(Some(eks::observed(attributes, addon.tags(), parts::condition(&addon), target)))
    }

    async fn create(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let (cluster, name) = eks::halves(target);
        let request = client
            .eks
            .create_addon()
            .cluster_name(cluster)
            .addon_name(name)
            .set_addon_version(eks::text(desired, "version").map(str::to_owned))
            .set_configuration_values(parts::wanted_values(desired))
            .set_service_account_role_arn(eks::text(desired, "service_account_role_arn").map(str::to_owned))
            .set_pod_identity_associations(parts::wanted_associations(desired)?)
            .set_resolve_conflicts(resolve_conflicts(desired))
            .client_request_token(target.token)
            .set_tags(eks::new_tags(target, desired));
        calls.send("eks:CreateAddon", || request.clone().send()).await?;
        eks::works(calls, target, || get(client, calls, target), parts::healthy).await?;
        Ok(Attributes::new())
    }

    async fn update(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let addon = eks::settled(calls, target, || get(client, calls, target), parts::moving).await?;
        let arn = addon.addon_arn().unwrap_or_default();
        eks::set_tags(client, calls, arn, addon.tags(), (target, desired)).await?;
        let present = parts::read(&addon, &associations(client, calls, target, &addon).await?, target);
        let changes = match parts::changes(&present, target, desired)? {
            None if parts::needs_repair(&addon) => parts::again(&present, desired),
            None => return Ok(()),
            Some(changes) => changes,
        };
        let (cluster, name) = eks::halves(target);
        let request = client
            .eks
            .update_addon()
            .cluster_name(cluster)
            .addon_name(name)
            .set_addon_version(changes.version)
            .set_configuration_values(changes.values)
            .set_service_account_role_arn(changes.role)
            .set_pod_identity_associations(changes.associations)
            .set_resolve_conflicts(resolve_conflicts(desired))
            .client_request_token(eks::token(target, "addon"));
        let answer = calls.send("eks:UpdateAddon", || request.clone().send()).await;
        let of = Updated { cluster, node_group: None, addon: Some(name) };
        eks::finish(client, calls, target, of, answer.map(|answer| answer.update)).await
    }

    fn gone_within(&self, timeout: Duration) -> Duration {
        timeout
    }

    async fn delete(&self, client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        let state = |addon: &Addon| (parts::status(addon) == "DELETING", parts::moving(addon));
        if !eks::free(calls, target, || get(client, calls, target), state).await? {
            return Ok(());
        }
        let (cluster, name) = eks::halves(target);
        let request = client.eks.delete_addon().cluster_name(cluster).addon_name(name);
        let request = request.set_preserve(eks::flag(target.recorded, "preserve").filter(|preserve| *preserve));
        eks::gone_is_fine(calls.send("eks:DeleteAddon", || request.clone().send()).await)
    }
}

async fn get(client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<Option<Addon>, ProviderError> {
    let (cluster, name) = eks::halves(target);
    let request = client.eks.describe_addon().cluster_name(cluster).addon_name(name);
    let answer = calls.send("eks:DescribeAddon", || request.clone().send()).await;
    Ok(eks::found(answer)?.and_then(|answer| answer.addon))
}

/// EKS tells only the ARNs of an addon's associations, which end in their ids.
async fn associations(
    client: &Client,
    calls: &Calls<'_>,
    target: &Target<'_>,
    addon: &Addon,
) -> Result<Vec<PodIdentityAssociation>, ProviderError> {
    let (cluster, _) = eks::halves(target);
    let mut found = Vec::new();
    for arn in addon.pod_identity_associations() {
        let id = arn.rsplit('/').next().unwrap_or(arn);
        let request = client.eks.describe_pod_identity_association().cluster_name(cluster).association_id(id);
        let answer = calls.send("eks:DescribePodIdentityAssociation", || request.clone().send()).await;
        found.extend(eks::found(answer)?.and_then(|answer| answer.association));
    }
    Ok(found)
}

fn resolve_conflicts(desired: &Attributes) -> Option<ResolveConflicts> {
    eks::text(desired, "resolve_conflicts").map(ResolveConflicts::from)
}
