//! The calls behind `aws.eks_access_entry`.
//!
//! Creating makes the entry and then its policies; updating compares each with what is
//! really there, so either may stop anywhere and be done again.

use async_trait::async_trait;
use aws_sdk_eks::types::AccessEntry;

use super::super::client::Client;
use super::super::eks;
use super::{EksAccessEntry, policies};
use crate::provider::{Condition, Observed, ProviderError, Target};
use crate::providers::cloud::Calls;
use crate::providers::cloud::Wire;
use crate::value::{Attributes, Value};

#[async_trait]
impl Wire<Client> for EksAccessEntry {
    async fn read(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let Some(entry) = get(client, calls, target).await? else {
            return Ok(None);
        };
        // Gone in between.
        let Some(policies) = eks::found(policies::listed(client, calls, target).await)? else {
            return Ok(None);
        };
        let (cluster, principal) = eks::halves(target);
        let attributes = eks::map([
            eks::entry("cluster", Some(cluster)),
            eks::entry("principal_arn", Some(principal)),
            eks::entry("type", entry.r#type()),
            eks::entry("kubernetes_groups", Some(eks::set(entry.kubernetes_groups()))),
            eks::entry("username", entry.username()),
            eks::entry("policies", Some(policies)),
            eks::entry("arn", entry.access_entry_arn()),
        ]);
        Ok(Some(eks::observed(attributes, entry.tags(), Condition::Ready, target)))
    }

    async fn create(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let (cluster, principal) = eks::halves(target);
        let groups = eks::texts(desired, "kubernetes_groups");
        let request = client
            .eks
            .create_access_entry()
            .cluster_name(cluster)
            .principal_arn(principal)
            .set_type(eks::text(desired, "type").map(str::to_owned))
            .set_kubernetes_groups(Some(groups).filter(|groups| !groups.is_empty()))
            .set_username(eks::text(desired, "username").map(str::to_owned))
            .client_request_token(target.token)
            .set_tags(eks::new_tags(target, desired));
        calls.send("eks:CreateAccessEntry", || request.clone().send()).await?;
        policies::settle(client, calls, target, &Value::List(Vec::new()), desired).await?;
        Ok(Attributes::new())
    }

    async fn update(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let (cluster, principal) = eks::halves(target);
        let entry = get(client, calls, target).await?;
        let entry = entry.ok_or_else(|| {
            eks::missing("eks:UpdateAccessEntry", &format!("access entry for {principal} in {cluster}"))
        })?;
        let arn = entry.access_entry_arn().unwrap_or_default();
        eks::set_tags(client, calls, arn, entry.tags(), (target, desired)).await?;
        let username = eks::text(desired, "username").or_else(|| entry.username());
        let wanted = eks::texts(desired, "kubernetes_groups");
        if eks::set(entry.kubernetes_groups()) != eks::set(&wanted) || username != entry.username() {
            let request = client
                .eks
                .update_access_entry()
                .cluster_name(cluster)
                .principal_arn(principal)
                .set_kubernetes_groups(Some(wanted))
                .set_username(username.map(str::to_owned))
                .client_request_token(eks::token(target, "entry"));
            calls.send("eks:UpdateAccessEntry", || request.clone().send()).await?;
        }
        let present = policies::listed(client, calls, target).await?;
        policies::settle(client, calls, target, &present, desired).await
    }

    async fn delete(&self, client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        let (cluster, principal) = eks::halves(target);
        let request = client.eks.delete_access_entry().cluster_name(cluster).principal_arn(principal);
        eks::gone_is_fine(calls.send("eks:DeleteAccessEntry", || request.clone().send()).await)
    }
}

async fn get(client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<Option<AccessEntry>, ProviderError> {
    let (cluster, principal) = eks::halves(target);
    let request = client.eks.describe_access_entry().cluster_name(cluster).principal_arn(principal);
    let answer = calls.send("eks:DescribeAccessEntry", || request.clone().send()).await;
    Ok(eks::found(answer)?.and_then(|answer| answer.access_entry))
}
