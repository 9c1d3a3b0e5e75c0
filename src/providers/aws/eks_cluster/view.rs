//! A cluster as its spec would write it, and what it tells.

use aws_sdk_eks::types::{Cluster, VpcConfigResponse};

use super::super::eks::{self, Entry};
use super::super::eks_entrance;
use super::{ANYWHERE, Endpoint, LOG_TYPES, ONLY_WHEN_MADE};
use crate::provider::{Condition, FamilySettings, Target};
use crate::value::{Attributes, Kind, Value};

pub(super) fn condition(cluster: &Cluster) -> Condition {
    let issues = cluster.health().map(|health| health.issues()).unwrap_or_default();
    let issues = eks::told(issues.iter().map(|issue| (issue.code().map(|code| code.as_str()), issue.message())));
    eks::condition(cluster.status().map_or("", |status| status.as_str()), &issues)
}

/// `way` are the settings that lead to the credentials for it.
pub(super) fn read(cluster: &Cluster, target: &Target<'_>, way: &FamilySettings) -> Attributes {
    let network = cluster.kubernetes_network_config();
    let mut entries = vec![
        eks::entry("name", cluster.name()),
        eks::entry("role_arn", cluster.role_arn()),
        eks::entry("version", cluster.version()),
        eks::entry("logging", Some(eks::set(&logging(cluster)))),
        encryption_key(cluster)
            .map(|key| ("encryption".to_owned(), Value::Map(eks::map([eks::entry("key_arn", Some(key))])))),
        eks::entry(
            "authentication_mode",
            cluster.access_config().and_then(|access| access.authentication_mode()).map(|mode| mode.as_str()),
        ),
        eks::entry("service_ipv4_cidr", network.and_then(|network| network.service_ipv4_cidr())),
        eks::entry("ip_family", network.and_then(|network| network.ip_family()).map(|family| family.as_str())),
        eks::entry(
            "upgrade_policy",
            cluster.upgrade_policy().and_then(|policy| policy.support_type()).map(|kind| kind.as_str()),
        ),
        eks::entry("zonal_shift", Some(cluster.zonal_shift_config().and_then(|shift| shift.enabled()) == Some(true))),
        eks::entry("deletion_protection", Some(cluster.deletion_protection() == Some(true))),
    ];
    entries.extend(cluster.resources_vpc_config().into_iter().flat_map(placement));
    entries.extend(outputs(cluster, way));
    let mut attributes = eks::map(entries);
    attributes.extend(eks::as_recorded(target, &ONLY_WHEN_MADE));
    attributes
}

fn placement(vpc: &VpcConfigResponse) -> Vec<Option<Entry>> {
    let (public, private) = (vpc.endpoint_public_access(), vpc.endpoint_private_access());
    // Without a public endpoint EKS keeps no addresses, and the spec's default stands for that.
    let cidrs = if public { vpc.public_access_cidrs().to_vec() } else { vec![ANYWHERE.to_owned()] };
    vec![
        eks::entry("subnet_ids", Some(eks::set(vpc.subnet_ids()))),
        eks::entry("security_group_ids", Some(eks::set(vpc.security_group_ids()))),
        eks::entry("endpoint_access", Some(Endpoint { public, private, cidrs }.value())),
    ]
}

/// What it tells. A cluster that is being made has some of it only later.
fn outputs(cluster: &Cluster, way: &FamilySettings) -> Vec<Option<Entry>> {
    let vpc = cluster.resources_vpc_config();
    let authority = cluster.certificate_authority().and_then(|authority| authority.data());
    let issuer = cluster.identity().and_then(|identity| identity.oidc()).and_then(|oidc| oidc.issuer());
    vec![
        eks::entry("arn", cluster.arn()),
        eks::entry("endpoint", cluster.endpoint()),
        eks::entry("certificate_authority", authority),
        eks::entry("oidc_issuer", issuer),
        eks::entry("cluster_security_group_id", vpc.and_then(|vpc| vpc.cluster_security_group_id())),
        eks::entry("vpc_id", vpc.and_then(|vpc| vpc.vpc_id())),
        connection(cluster, authority, way).map(|connection| ("connection".to_owned(), connection)),
    ]
}

/// What can be told of the connection to a cluster that is not there yet.
pub(super) fn connection_to_come(name: &Value) -> Value {
    let later = ["region", "account", "endpoint", "certificate_authority"];
    let mut entries: Attributes = later.map(|part| (part.to_owned(), Value::Unknown(Kind::String))).into();
    entries.insert("kind".to_owned(), "eks".into());
    entries.insert("name".to_owned(), name.clone());
    Value::Map(entries)
}

fn connection(cluster: &Cluster, authority: Option<&str>, way: &FamilySettings) -> Option<Value> {
    let mut arn = cluster.arn()?.split(':').skip(3);
    let (region, account) = (arn.next()?, arn.next()?);
    let mut entries = vec![
        eks::entry("kind", Some("eks")),
        eks::entry("name", cluster.name()),
        eks::entry("region", Some(region)),
        eks::entry("account", Some(account)),
        eks::entry("endpoint", Some(cluster.endpoint()?)),
        eks::entry("certificate_authority", authority.filter(|authority| !authority.is_empty())),
    ];
    let way = way.iter().map(|(name, value)| eks::entry(eks_entrance::part(name), Some(value.clone())));
    entries.extend(way);
    Some(Value::Map(eks::map(entries)))
}

fn encryption_key(cluster: &Cluster) -> Option<&str> {
    cluster
        .encryption_config()
        .iter()
        .find_map(|config| config.provider().and_then(|provider| provider.key_arn()))
        .filter(|key| !key.is_empty())
}

fn logging(cluster: &Cluster) -> Vec<String> {
    let setups = cluster.logging().map(|logging| logging.cluster_logging()).unwrap_or_default();
    let on = setups.iter().filter(|setup| setup.enabled() == Some(true));
    let on: Vec<&str> = on.flat_map(|setup| setup.types()).map(|kind| kind.as_str()).collect();
    LOG_TYPES.iter().filter(|kind| on.contains(kind)).map(|kind| (*kind).to_owned()).collect()
}
