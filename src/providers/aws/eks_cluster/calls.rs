//! The calls behind `aws.eks_cluster`.
//!
//! Every change is an update of its own that EKS carries out by itself, and there is one at a time.

use async_trait::async_trait;
use aws_sdk_eks::types::{
    AuthenticationMode, Cluster, CreateAccessConfigRequest, EncryptionConfig, IpFamily, KubernetesNetworkConfigRequest,
    LogSetup, LogType, Logging, Provider, SupportType, Update, UpdateAccessConfigRequest, UpgradePolicyRequest,
    VpcConfigRequest, ZonalShiftConfigRequest,
};

use super::super::client::Client;
use super::super::eks::{self, Updated};
use super::changes::{self, Change};
use super::{EksCluster, Endpoint, LOG_TYPES, view};
use crate::provider::{Condition, Observed, ProviderError, Target};
use crate::providers::cloud::Calls;
use crate::providers::cloud::Wire;
use crate::value::{Attributes, Value};

#[async_trait]
impl Wire<Client> for EksCluster {
    async fn read(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let Some(cluster) = get(client, calls, target.identity).await? else {
            return Ok(None);
        };
        let attributes = view::read(&cluster, target, &client.way);
        Ok(Some(eks::observed(attributes, cluster.tags(), view::condition(&cluster), target)))
    }

    async fn create(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let request = client
            .eks
            .create_cluster()
            .name(target.identity)
            .set_role_arn(eks::text(desired, "role_arn").map(str::to_owned))
            .set_version(eks::text(desired, "version").map(str::to_owned))
            .resources_vpc_config(placement(desired))
            .set_kubernetes_network_config(network(desired))
            .set_logging(desired.get("logging").map(|_| logging(&eks::texts(desired, "logging"))))
            .set_encryption_config(encryption_key(desired).map(|key| vec![encryption(key)]))
            .set_access_config(access(desired))
            .set_bootstrap_self_managed_addons(eks::flag(desired, "bootstrap_self_managed_addons"))
            .set_upgrade_policy(eks::text(desired, "upgrade_policy").map(upgrade_policy))
            .set_zonal_shift_config(eks::flag(desired, "zonal_shift").map(zonal_shift))
            .set_deletion_protection(eks::flag(desired, "deletion_protection"))
            .client_request_token(target.token)
            .set_tags(eks::new_tags(target, desired));
        calls.send("eks:CreateCluster", || request.clone().send()).await?;
        Ok(Attributes::new())
    }

    async fn update(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let cluster = settled(client, calls, target).await?;
        let present = view::read(&cluster, target, &client.way);
        let needed = changes::needed(&present, target, desired)?;
        let arn = cluster.arn().unwrap_or_default();
        eks::set_tags(client, calls, arn, cluster.tags(), (target, desired)).await?;
        let of = Updated { cluster: target.identity, node_group: None, addon: None };
        for change in needed {
            let started = start(client, calls, target, &change).await;
            eks::finish(client, calls, target, of, started).await?;
            // An update may be over before the cluster says so, and EKS refuses the next one until then.
            settled(client, calls, target).await?;
        }
        Ok(())
    }

    fn gone_within(&self, timeout: std::time::Duration) -> std::time::Duration {
        timeout
    }

    async fn delete(&self, client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        let name = target.identity;
        let state = |cluster: &Cluster| {
            let leaving = cluster.status().is_some_and(|status| status.as_str() == "DELETING");
            (leaving, view::condition(cluster))
        };
        if !eks::free(calls, target, || get(client, calls, name), state).await? {
            return Ok(());
        }
        eks::gone_is_fine(calls.send("eks:DeleteCluster", || client.eks.delete_cluster().name(name).send()).await)
    }
}

async fn get(client: &Client, calls: &Calls<'_>, name: &str) -> Result<Option<Cluster>, ProviderError> {
    let answer = calls.send("eks:DescribeCluster", || client.eks.describe_cluster().name(name).send()).await;
    Ok(eks::found(answer)?.and_then(|answer| answer.cluster))
}

async fn settled(client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<Cluster, ProviderError> {
    let condition = |cluster: &Cluster| -> Condition { view::condition(cluster) };
    eks::settled(calls, target, || get(client, calls, target.identity), condition).await
}

/// Asks for one change.
async fn start(
    client: &Client,
    calls: &Calls<'_>,
    target: &Target<'_>,
    change: &Change,
) -> Result<Option<Update>, ProviderError> {
    let (name, token) = (target.identity, eks::token(target, &change.step()));
    let config = client.eks.update_cluster_config().name(name).client_request_token(&token);
    let vpc = VpcConfigRequest::builder();
    let request = match change {
        Change::Version(version) => {
            let request = client.eks.update_cluster_version().name(name).version(version).client_request_token(token);
            let answer = calls.send("eks:UpdateClusterVersion", || request.clone().send()).await?;
            return Ok(answer.update);
        }
        Change::Encryption(key) => {
            let request = client
                .eks
                .associate_encryption_config()
                .cluster_name(name)
                .encryption_config(encryption(key))
                .client_request_token(token);
            let answer = calls.send("eks:AssociateEncryptionConfig", || request.clone().send()).await?;
            return Ok(answer.update);
        }
        Change::Network { subnet_ids, security_group_ids } => {
            let vpc = vpc.set_subnet_ids(Some(subnet_ids.clone()));
            config.resources_vpc_config(vpc.set_security_group_ids(Some(security_group_ids.clone())).build())
        }
        Change::Endpoint(endpoint) => config.resources_vpc_config(reachable(vpc, endpoint).build()),
        Change::Logging(on) => config.logging(logging(on)),
        Change::AuthenticationMode(mode) => {
            let mode = AuthenticationMode::from(mode.as_str());
            config.access_config(UpdateAccessConfigRequest::builder().authentication_mode(mode).build())
        }
        Change::UpgradePolicy(policy) => config.upgrade_policy(upgrade_policy(policy)),
        Change::ZonalShift(on) => config.zonal_shift_config(zonal_shift(*on)),
        Change::DeletionProtection(on) => config.deletion_protection(*on),
    };
    Ok(calls.send("eks:UpdateClusterConfig", || request.clone().send()).await?.update)
}

fn placement(desired: &Attributes) -> VpcConfigRequest {
    let groups = desired.get("security_group_ids").map(|_| eks::texts(desired, "security_group_ids"));
    let request = VpcConfigRequest::builder()
        .set_subnet_ids(Some(eks::texts(desired, "subnet_ids")))
        .set_security_group_ids(groups);
    match Endpoint::of(desired) {
        Some(endpoint) => reachable(request, &endpoint).build(),
        None => request.build(),
    }
}

fn reachable(
    request: aws_sdk_eks::types::builders::VpcConfigRequestBuilder,
    endpoint: &Endpoint,
) -> aws_sdk_eks::types::builders::VpcConfigRequestBuilder {
    request
        .endpoint_public_access(endpoint.public)
        .endpoint_private_access(endpoint.private)
        .set_public_access_cidrs(endpoint.public.then(|| endpoint.cidrs.clone()))
}

fn network(desired: &Attributes) -> Option<KubernetesNetworkConfigRequest> {
    let (cidr, family) = (eks::text(desired, "service_ipv4_cidr"), eks::text(desired, "ip_family"));
    (cidr.is_some() || family.is_some()).then(|| {
        KubernetesNetworkConfigRequest::builder()
            .set_service_ipv4_cidr(cidr.map(str::to_owned))
            .set_ip_family(family.map(IpFamily::from))
            .build()
    })
}

fn access(desired: &Attributes) -> Option<CreateAccessConfigRequest> {
    let mode = eks::text(desired, "authentication_mode").map(AuthenticationMode::from);
    let admin = eks::flag(desired, "bootstrap_cluster_creator_admin_permissions");
    (mode.is_some() || admin.is_some()).then(|| {
        CreateAccessConfigRequest::builder()
            .set_authentication_mode(mode)
            .set_bootstrap_cluster_creator_admin_permissions(admin)
            .build()
    })
}

/// Every kind of log, since EKS leaves alone what it is not told of.
fn logging(on: &[String]) -> Logging {
    let setup = |enabled: bool| {
        let kinds = LOG_TYPES.iter().filter(|kind| on.iter().any(|name| name == *kind) == enabled);
        let kinds: Vec<LogType> = kinds.map(|kind| LogType::from(*kind)).collect();
        (!kinds.is_empty()).then(|| LogSetup::builder().set_types(Some(kinds)).enabled(enabled).build())
    };
    Logging::builder().set_cluster_logging(Some([true, false].into_iter().filter_map(setup).collect())).build()
}

fn encryption_key(desired: &Attributes) -> Option<&str> {
    eks::part(desired, "encryption", "key_arn").and_then(Value::as_str)
}

#[expect(
    deprecated,
    reason = "EKS encrypts more by itself today, and imitations and older partitions still ask for it"
)]
fn encryption(key: &str) -> EncryptionConfig {
    EncryptionConfig::builder().resources("secrets").provider(Provider::builder().key_arn(key).build()).build()
}

fn upgrade_policy(kind: &str) -> UpgradePolicyRequest {
    UpgradePolicyRequest::builder().support_type(SupportType::from(kind)).build()
}

fn zonal_shift(on: bool) -> ZonalShiftConfigRequest {
    ZonalShiftConfigRequest::builder().enabled(on).build()
}
