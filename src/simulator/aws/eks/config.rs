//! The settings of a cluster, and how one of them at a time is changed.

use serde_json::{Value as Json, json};

use super::input::{Member, Shape, TEXTS, check, may, must, text};
use super::place::{CLUSTER, Place};
use super::refusal::invalid;
use super::status::{
    ACCESS_UPDATES, ENCRYPTION_UPDATES, ENDPOINT_UPDATES, LOGGING_UPDATES, NETWORK_UPDATES, Object, SETTING_UPDATES,
    Span, map,
};
use super::update::{Change, Changed, begin, changeable};
use super::version::{self, Version};
use super::{token, vpc};
use crate::simulator::World;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal};

/// In the order in which a cluster may go through them.
pub(super) const MODES: [&str; 3] = ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"];
const LOGS: [&str; 5] = ["api", "audit", "authenticator", "controllerManager", "scheduler"];
const LOG_SETUP: [Member; 2] = [may("types", Shape::List(&Shape::Among(&LOGS), 100)), may("enabled", Shape::Boolean)];
pub(super) const LOGGING: [Member; 1] = [may("clusterLogging", Shape::List(&Shape::Structure(&LOG_SETUP), 100))];
const KEY: [Member; 1] = [may("keyArn", Shape::Text)];
const ENCRYPTION_ITEM: [Member; 2] = [may("resources", TEXTS), may("provider", Shape::Structure(&KEY))];
pub(super) const ENCRYPTION: Shape = Shape::List(&Shape::Structure(&ENCRYPTION_ITEM), 1);
pub(super) const UPGRADE_POLICY: [Member; 1] = [may("supportType", Shape::Among(&["STANDARD", "EXTENDED"]))];
pub(super) const ZONAL_SHIFT: [Member; 1] = [may("enabled", Shape::Boolean)];
const ACCESS: [Member; 1] = [may("authenticationMode", Shape::Among(&MODES))];

pub(super) const UPDATE: [Member; 16] = [
    must("name", Shape::Text),
    may("resourcesVpcConfig", Shape::Structure(&vpc::VPC)),
    may("logging", Shape::Structure(&LOGGING)),
    may("clientRequestToken", Shape::Text),
    may("accessConfig", Shape::Structure(&ACCESS)),
    may("upgradePolicy", Shape::Structure(&UPGRADE_POLICY)),
    may("zonalShiftConfig", Shape::Structure(&ZONAL_SHIFT)),
    may("computeConfig", Shape::NotHere),
    may("kubernetesNetworkConfig", Shape::NotHere),
    may("storageConfig", Shape::NotHere),
    may("remoteNetworkConfig", Shape::NotHere),
    may("deletionProtection", Shape::Boolean),
    may("controlPlaneScalingConfig", Shape::NotHere),
    may("kubeApiServerConfig", Shape::NotHere),
    may("kubeSchedulerConfig", Shape::NotHere),
    may("kubeControllerManagerConfig", Shape::NotHere),
];
pub(super) const ASSOCIATE_ENCRYPTION: [Member; 3] =
    [must("clusterName", Shape::Text), must("encryptionConfig", ENCRYPTION), may("clientRequestToken", Shape::Text)];

/// Whether access entries count for it.
pub(super) fn has_entries(cluster: &Object) -> bool {
    cluster.inner(&["accessConfig", "authenticationMode"]) != "CONFIG_MAP"
}

/// What is logged once the request is carried out: every type is either on or off.
pub(super) fn logging(request: Option<Members>, current: Option<&Json>) -> Result<Json, Refusal> {
    let mut on: Vec<&str> = current.map(enabled).unwrap_or_default();
    let setups = request.map(|request| request.list("clusterLogging").map(|list| list.unwrap_or_default().to_vec()));
    let mut seen: Vec<&str> = Vec::new();
    for setup in setups.transpose()?.unwrap_or_default() {
        let setup = Members::of(&setup);
        let enable = setup.boolean("enabled")?.unwrap_or(false);
        let types = setup.texts("types")?.unwrap_or_default();
        for log in LOGS.into_iter().filter(|log| types.iter().any(|given| given == log)) {
            if seen.contains(&log) {
                return Err(invalid(format!("The log type {log} is given more than once")));
            }
            seen.push(log);
            on.retain(|other| *other != log);
            if enable {
                on.push(log);
            }
        }
    }
    let part = |enabled: bool| {
        let types: Vec<_> = LOGS.into_iter().filter(|log| on.contains(log) == enabled).collect();
        (!types.is_empty()).then(|| json!({"types": types, "enabled": enabled}))
    };
    let parts: Vec<_> = [part(true), part(false)].into_iter().flatten().collect();
    Ok(json!({"clusterLogging": parts}))
}

fn enabled(logging: &Json) -> Vec<&'static str> {
    let setups = logging["clusterLogging"].as_array().into_iter().flatten();
    let on: Vec<&Json> = setups
        .filter(|setup| setup["enabled"] == true)
        .filter_map(|setup| setup["types"].as_array())
        .flatten()
        .collect();
    LOGS.into_iter().filter(|log| on.iter().any(|given| *given == log)).collect()
}

pub(super) fn upgrade_policy(request: Option<Members>, version: &Version) -> Result<Json, Refusal> {
    let support = request.map(|request| request.text("supportType").map(|text| text.map(str::to_owned)));
    let support = support.transpose()?.flatten().unwrap_or_else(|| "EXTENDED".to_owned());
    if support == "STANDARD" && !version.standard {
        return Err(invalid(format!(
            "The support type STANDARD cannot be set: Kubernetes version {} is in extended support",
            version.minor
        )));
    }
    Ok(json!({"supportType": support}))
}

pub(super) fn encryption(members: &Members) -> Result<Option<Json>, Refusal> {
    let Some([config]) = members.list("encryptionConfig")? else { return Ok(None) };
    if config["resources"] != json!(["secrets"]) {
        return Err(invalid("The only encryptionConfig.resources that can be encrypted are [secrets]"));
    }
    let key = config["provider"]["keyArn"].as_str().unwrap_or_default();
    let parts: Vec<_> = key.split(':').collect();
    match parts.as_slice() {
        ["arn", "aws", "kms", _, _, resource] if resource.starts_with("key/") => Ok(Some(json!([config]))),
        _ => Err(invalid(format!("The keyArn in encryptionConfig provider is invalid: {key}"))),
    }
}

pub(super) fn update(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &UPDATE)?;
    let mut place = Place::enter(world, caller);
    token::once(&mut place, "UpdateClusterConfig", &UPDATE, members, |place| {
        let name = text(members, "name");
        let kinds = kinds(members)?;
        place.cluster(name)?;
        let kind = match kinds.as_slice() {
            [] => return Err(invalid("The type for cluster update was not provided.")),
            [kind] => kind,
            _ => return Err(invalid("Only one type of update can be allowed.")),
        };
        let cluster = changeable(place, name, kind.name())?;
        let change = kind.change(&cluster, members)?;
        Ok(begin(place, &Changed { kind: CLUSTER, name: &[name] }, cluster, change))
    })
}

#[derive(Clone, Copy)]
enum Kind {
    Endpoint,
    Network,
    Logging,
    Access,
    UpgradePolicy,
    ZonalShift,
    DeletionProtection,
}

fn kinds(members: &Members) -> Result<Vec<Kind>, Refusal> {
    let network = members.structure("resourcesVpcConfig")?.unwrap_or_default();
    let any = |names: &[&str]| names.iter().any(|name| network.get(name).is_some());
    let has = |name| members.get(name).is_some();
    let all = [
        (Kind::Endpoint, any(&vpc::ENDPOINT_MEMBERS)),
        (Kind::Network, any(&vpc::NETWORK_MEMBERS)),
        (Kind::Logging, has("logging")),
        (Kind::Access, has("accessConfig")),
        (Kind::UpgradePolicy, has("upgradePolicy")),
        (Kind::ZonalShift, has("zonalShiftConfig")),
        (Kind::DeletionProtection, has("deletionProtection")),
    ];
    Ok(all.into_iter().filter(|(_, given)| *given).map(|(kind, _)| kind).collect())
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Endpoint => "EndpointAccessUpdate",
            Kind::Network => "VpcConfigUpdate",
            Kind::Logging => "LoggingUpdate",
            Kind::Access => "AccessConfigUpdate",
            Kind::UpgradePolicy => "UpgradePolicyUpdate",
            Kind::ZonalShift => "ZonalShiftConfigUpdate",
            Kind::DeletionProtection => "DeletionProtectionUpdate",
        }
    }

    fn takes(self) -> Span {
        match self {
            Kind::Endpoint => ENDPOINT_UPDATES,
            Kind::Network => NETWORK_UPDATES,
            Kind::Logging => LOGGING_UPDATES,
            Kind::Access => ACCESS_UPDATES,
            Kind::UpgradePolicy | Kind::ZonalShift | Kind::DeletionProtection => SETTING_UPDATES,
        }
    }

    fn change(self, cluster: &Object, members: &Members) -> Result<Change, Refusal> {
        let (member, value, params) = match self {
            Kind::Endpoint => endpoint(cluster, members)?,
            Kind::Network => network(cluster, members)?,
            Kind::Logging => {
                let current = cluster.inner(&["logging"]);
                let new = logging(members.structure("logging")?, Some(current))?;
                let written = members.get("logging").map(Json::to_string).unwrap_or_default();
                ("logging", new, vec![("ClusterLogging", written)])
            }
            Kind::Access => access(cluster, members)?,
            Kind::UpgradePolicy => {
                let version = version::of_a_cluster(cluster)?;
                let new = upgrade_policy(members.structure("upgradePolicy")?, version)?;
                let written = new.to_string();
                ("upgradePolicy", new, vec![("UpgradePolicy", written)])
            }
            Kind::ZonalShift => {
                let shift = members.structure("zonalShiftConfig")?.unwrap_or_default();
                let new = json!({"enabled": shift.boolean("enabled")?.unwrap_or(false)});
                let written = new.to_string();
                ("zonalShiftConfig", new, vec![("ZonalShiftConfig", written)])
            }
            Kind::DeletionProtection => {
                let new = members.boolean("deletionProtection")?.unwrap_or(false);
                ("deletionProtection", json!(new), vec![("DeletionProtection", new.to_string())])
            }
        };
        let current = cluster.inner(&[member]);
        let never_shifted = member == "zonalShiftConfig" && current.is_null() && value == json!({"enabled": false});
        if *current == value || never_shifted {
            return Err(self.nothing_changes(current));
        }
        Ok(Change { kind: self.name(), params, takes: self.takes(), into: map(json!({member: value})) })
    }

    fn nothing_changes(self, current: &Json) -> Refusal {
        let what = match self {
            Kind::Endpoint => {
                return invalid(format!(
                    "Cluster is already at the desired configuration with endpointPrivateAccess: {} , \
                     endpointPublicAccess: {}, and Public Endpoint Restrictions: {}",
                    current["endpointPrivateAccess"], current["endpointPublicAccess"], current["publicAccessCidrs"]
                ));
            }
            Kind::Network => "VPC",
            Kind::Logging => "logging",
            Kind::Access => "access",
            Kind::UpgradePolicy => "upgrade policy",
            Kind::ZonalShift => "zonal shift",
            Kind::DeletionProtection => "deletion protection",
        };
        invalid(format!("No changes needed for the {what} config provided"))
    }
}

type Changes = (&'static str, Json, Vec<(&'static str, String)>);

fn endpoint(cluster: &Object, members: &Members) -> Result<Changes, Refusal> {
    let request = members.structure("resourcesVpcConfig")?.unwrap_or_default();
    let mut network = cluster.inner(&["resourcesVpcConfig"]).clone();
    let now = |name: &str| network[name] == true;
    let public = request.boolean("endpointPublicAccess")?.unwrap_or_else(|| now("endpointPublicAccess"));
    let private = request.boolean("endpointPrivateAccess")?.unwrap_or_else(|| now("endpointPrivateAccess"));
    let given = request.texts("publicAccessCidrs")?;
    vpc::check_endpoint(public, private, given.as_deref())?;
    let current = Members::of(&network).texts("publicAccessCidrs")?;
    let mut cidrs = vpc::cidrs_or_default(public, given.or(current.clone()));
    // The order of the blocks means nothing, so another order is no change.
    let sorted = |mut list: Vec<String>| {
        list.sort();
        list
    };
    if let Some(current) = current.filter(|current| sorted(current.clone()) == sorted(cidrs.clone())) {
        cidrs = current;
    }
    network["endpointPublicAccess"] = json!(public);
    network["endpointPrivateAccess"] = json!(private);
    let params = vec![
        ("EndpointPublicAccess", public.to_string()),
        ("EndpointPrivateAccess", private.to_string()),
        ("PublicAccessCidrs", json!(cidrs).to_string()),
    ];
    network["publicAccessCidrs"] = json!(cidrs);
    Ok(("resourcesVpcConfig", network, params))
}

fn network(cluster: &Object, members: &Members) -> Result<Changes, Refusal> {
    let request = members.structure("resourcesVpcConfig")?.unwrap_or_default();
    let mut network = cluster.inner(&["resourcesVpcConfig"]).clone();
    let mut params = Vec::new();
    if let Some(subnets) = request.texts("subnetIds")? {
        vpc::check_subnets(&subnets, 2)?;
        params.push(("Subnets", json!(subnets).to_string()));
        replace_set(&mut network["subnetIds"], subnets);
    }
    if let Some(groups) = request.texts("securityGroupIds")? {
        vpc::check_security_groups(&groups)?;
        params.push(("SecurityGroups", json!(groups).to_string()));
        replace_set(&mut network["securityGroupIds"], groups);
    }
    Ok(("resourcesVpcConfig", network, params))
}

/// Another order of the same is no change.
fn replace_set(current: &mut Json, new: Vec<String>) {
    let same = current.as_array().is_some_and(|current| {
        current.len() == new.len() && new.iter().all(|item| current.iter().any(|other| other == item))
    });
    if !same {
        *current = json!(new);
    }
}

fn access(cluster: &Object, members: &Members) -> Result<Changes, Refusal> {
    let request = members.structure("accessConfig")?.unwrap_or_default();
    let current = cluster.inner(&["accessConfig", "authenticationMode"]).as_str().unwrap_or_default();
    let mode = request.text("authenticationMode")?.unwrap_or(current);
    let rank = |mode: &str| MODES.iter().position(|known| *known == mode).unwrap_or_default();
    if mode != current && rank(mode) != rank(current) + 1 {
        return Err(invalid(format!("Unsupported authentication mode update from {current} to {mode}")));
    }
    Ok(("accessConfig", json!({"authenticationMode": mode}), vec![("AuthenticationMode", mode.to_owned())]))
}

pub(super) fn associate_encryption(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &ASSOCIATE_ENCRYPTION)?;
    let mut place = Place::enter(world, caller);
    token::once(&mut place, "AssociateEncryptionConfig", &ASSOCIATE_ENCRYPTION, members, |place| {
        let name = text(members, "clusterName");
        let Some(config) = encryption(members)? else {
            return Err(invalid("There has to be an encryptionConfig"));
        };
        let cluster = changeable(place, name, "AssociateEncryptionConfig")?;
        if !cluster.inner(&["encryptionConfig"]).is_null() {
            return Err(invalid(format!("Encryption is already enabled for cluster {name}, and cannot be changed")));
        }
        let change = Change {
            kind: "AssociateEncryptionConfig",
            params: vec![("EncryptionConfig", config.to_string())],
            takes: ENCRYPTION_UPDATES,
            into: map(json!({"encryptionConfig": config})),
        };
        Ok(begin(place, &Changed { kind: CLUSTER, name: &[name] }, cluster, change))
    })
}
