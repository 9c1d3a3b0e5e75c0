//! The calls behind `aws.eks_pod_identity_association`.
//!
//! EKS knows an association by an id that it draws itself, so each is looked up by its service account.

use async_trait::async_trait;
use aws_sdk_eks::types::PodIdentityAssociation;

use super::super::client::Client;
use super::super::eks;
use super::EksPodIdentityAssociation;
use crate::provider::{Condition, Observed, ProviderError, Target};
use crate::providers::cloud::Calls;
use crate::providers::cloud::Wire;
use crate::value::Attributes;

#[async_trait]
impl Wire<Client> for EksPodIdentityAssociation {
    async fn read(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let Some(association) = get(client, calls, target).await? else {
            return Ok(None);
        };
        let (cluster, namespace, account) = parts(target);
        let attributes = eks::map([
            eks::entry("cluster", Some(cluster)),
            eks::entry("namespace", Some(namespace)),
            eks::entry("service_account", Some(account)),
            eks::entry("role_arn", association.role_arn()),
            eks::entry("target_role_arn", target_role(&association)),
            eks::entry("disable_session_tags", Some(association.disable_session_tags() == Some(true))),
            eks::entry("association_id", association.association_id()),
            eks::entry("arn", association.association_arn()),
        ]);
        Ok(Some(eks::observed(attributes, association.tags(), Condition::Ready, target)))
    }

    async fn create(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let (cluster, namespace, account) = parts(target);
        let request = client
            .eks
            .create_pod_identity_association()
            .cluster_name(cluster)
            .namespace(namespace)
            .service_account(account)
            .set_role_arn(eks::text(desired, "role_arn").map(str::to_owned))
            .set_target_role_arn(eks::text(desired, "target_role_arn").map(str::to_owned))
            .set_disable_session_tags(eks::flag(desired, "disable_session_tags"))
            .client_request_token(target.token)
            .set_tags(eks::new_tags(target, desired));
        calls.send("eks:CreatePodIdentityAssociation", || request.clone().send()).await?;
        Ok(Attributes::new())
    }

    async fn update(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let association = get(client, calls, target).await?.ok_or_else(|| {
            eks::missing("eks:UpdatePodIdentityAssociation", &format!("association for {}", target.identity))
        })?;
        let arn = association.association_arn().unwrap_or_default();
        eks::set_tags(client, calls, arn, association.tags(), (target, desired)).await?;
        let (role, target_role) = (eks::text(desired, "role_arn"), wanted_target_role(target, desired));
        let given_up = eks::is_given_up(target, desired, "disable_session_tags");
        let no_tags = eks::flag(desired, "disable_session_tags").or(given_up.then_some(false));
        let differs = role.is_some_and(|wanted| association.role_arn() != Some(wanted))
            || target_role.is_some_and(|wanted| target_role_text(&association) != wanted)
            || no_tags.is_some_and(|wanted| (association.disable_session_tags() == Some(true)) != wanted);
        if !differs {
            return Ok(());
        }
        let request = client
            .eks
            .update_pod_identity_association()
            .cluster_name(parts(target).0)
            .set_association_id(association.association_id().map(str::to_owned))
            .set_role_arn(role.map(str::to_owned))
            .set_target_role_arn(target_role.map(str::to_owned))
            .set_disable_session_tags(no_tags)
            .client_request_token(eks::token(target, "association"));
        calls.send("eks:UpdatePodIdentityAssociation", || request.clone().send()).await.map(|_| ())
    }

    async fn delete(&self, client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        let cluster = parts(target).0;
        let Some(id) = id(client, calls, target).await? else {
            return Ok(());
        };
        let request = client.eks.delete_pod_identity_association().cluster_name(cluster).association_id(id);
        eks::gone_is_fine(calls.send("eks:DeletePodIdentityAssociation", || request.clone().send()).await)
    }
}

/// Cluster, namespace and service account. Kubernetes allows no `/` in the latter two.
fn parts<'a>(target: &Target<'a>) -> (&'a str, &'a str, &'a str) {
    let (cluster, rest) = eks::halves(target);
    let (namespace, account) = rest.split_once('/').unwrap_or((rest, ""));
    (cluster, namespace, account)
}

async fn id(client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<Option<String>, ProviderError> {
    let (cluster, namespace, account) = parts(target);
    let mut next = None;
    loop {
        let request = client
            .eks
            .list_pod_identity_associations()
            .cluster_name(cluster)
            .namespace(namespace)
            .service_account(account)
            .set_next_token(next);
        let answer = eks::found(calls.send("eks:ListPodIdentityAssociations", || request.clone().send()).await)?;
        let Some(page) = answer else {
            return Ok(None);
        };
        let id = page.associations().iter().find_map(|association| association.association_id());
        if id.is_some() || page.next_token().is_none() {
            return Ok(id.map(str::to_owned));
        }
        next = page.next_token;
    }
}

async fn get(
    client: &Client,
    calls: &Calls<'_>,
    target: &Target<'_>,
) -> Result<Option<PodIdentityAssociation>, ProviderError> {
    let Some(id) = id(client, calls, target).await? else {
        return Ok(None);
    };
    let request = client.eks.describe_pod_identity_association().cluster_name(parts(target).0).association_id(id);
    let answer = calls.send("eks:DescribePodIdentityAssociation", || request.clone().send()).await;
    Ok(eks::found(answer)?.and_then(|answer| answer.association))
}

fn target_role(association: &PodIdentityAssociation) -> Option<&str> {
    association.target_role_arn().filter(|arn| !arn.is_empty())
}

fn target_role_text(association: &PodIdentityAssociation) -> &str {
    target_role(association).unwrap_or("")
}

/// An empty ARN takes the role away.
fn wanted_target_role<'a>(target: &Target<'_>, desired: &'a Attributes) -> Option<&'a str> {
    let given_up = eks::is_given_up(target, desired, "target_role_arn");
    eks::text(desired, "target_role_arn").or(given_up.then_some(""))
}
