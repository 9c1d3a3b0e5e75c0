//! Clusters: made, shown and deleted. What changes in between is elsewhere.

use serde_json::{Map, Value as Json, json};

use super::input::{Member, PAGE, Shape, TEXTS, check, check_name, may, must, text};
use super::page::{names, page};
use super::place::{CLUSTER, NODE_GROUP, Place};
use super::refusal::{in_use, invalid, invalid_request, limit};
use super::status::{APPEARS_AFTER, CLUSTER_CREATES, CLUSTER_DELETES, CLUSTER_FAILS, Object, map};
use super::{access_entry, config, role, tags, token, update, version, vpc};
use crate::simulator::World;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal, Twist};
use crate::simulator::kubernetes;

const ACCESS: [Member; 2] = [
    may("bootstrapClusterCreatorAdminPermissions", Shape::Boolean),
    may("authenticationMode", Shape::Among(&config::MODES)),
];

pub(super) const CREATE: [Member; 22] = [
    must("name", Shape::Text),
    may("version", Shape::Text),
    must("roleArn", Shape::Text),
    must("resourcesVpcConfig", Shape::Structure(&vpc::VPC)),
    may("kubernetesNetworkConfig", Shape::Structure(&vpc::KUBERNETES_NETWORK)),
    may("logging", Shape::Structure(&config::LOGGING)),
    may("clientRequestToken", Shape::Text),
    may("tags", Shape::TextMap),
    may("encryptionConfig", config::ENCRYPTION),
    may("outpostConfig", Shape::NotHere),
    may("accessConfig", Shape::Structure(&ACCESS)),
    may("bootstrapSelfManagedAddons", Shape::Boolean),
    may("upgradePolicy", Shape::Structure(&config::UPGRADE_POLICY)),
    may("zonalShiftConfig", Shape::Structure(&config::ZONAL_SHIFT)),
    may("remoteNetworkConfig", Shape::NotHere),
    may("computeConfig", Shape::Off),
    may("storageConfig", Shape::Off),
    may("deletionProtection", Shape::Boolean),
    may("controlPlaneScalingConfig", Shape::NotHere),
    may("kubeApiServerConfig", Shape::NotHere),
    may("kubeSchedulerConfig", Shape::NotHere),
    may("kubeControllerManagerConfig", Shape::NotHere),
];
pub(super) const NAMED: [Member; 1] = [must("name", Shape::Text)];
pub(super) const LIST: [Member; 3] = [may("maxResults", PAGE), may("nextToken", Shape::Text), may("include", TEXTS)];

/// An account's in a region, unless it asks for more.
const MOST_CLUSTERS: usize = 100;

pub(super) fn create(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &CREATE)?;
    check_name("cluster name", text(members, "name"), 100)?;
    let mut place = Place::enter(world, caller);
    token::once(&mut place, "CreateCluster", &CREATE, members, |place| create_new(place, members))
}

fn create_new(place: &mut Place<'_>, members: &Members) -> Result<Json, Refusal> {
    let name = text(members, "name");
    let mut cluster = described(place, members)?;
    if place.get(CLUSTER, &[name]).is_some() {
        return Err(in_use(format!("Cluster already exists with name: {name}")));
    }
    if place.list(CLUSTER, &[]).len() >= MOST_CLUSTERS {
        return Err(limit("You've reached the maximum limit for the number of clusters in this region"));
    }
    role::check_cluster_role(place.world, place.caller, text(members, "roleArn"))?;

    let takes = if place.caller.twist == Some(Twist::Failed) { CLUSTER_FAILS } else { CLUSTER_CREATES };
    let at = place.after(&format!("create/{name}"), takes);
    let into = running(place, &cluster);
    let failed = json!({"status": "FAILED", "health": {"issues": [{
        "code": "InternalFailure",
        "message": "The control plane did not become healthy in time.",
        "resourceIds": [name],
    }]}});
    cluster.become_or(place.caller.twist, at, Some(into), failed);
    place.put_late(CLUSTER, &[name], &cluster, APPEARS_AFTER);

    let access = members.structure("accessConfig")?.unwrap_or_default();
    let administers = access.boolean("bootstrapClusterCreatorAdminPermissions")?.unwrap_or(true);
    if administers && config::has_entries(&cluster) {
        access_entry::add_creator(place, name);
    }
    Ok(json!({"cluster": cluster.answer()}))
}

/// What there is to see of it from the start.
fn described(place: &Place<'_>, members: &Members) -> Result<Object, Refusal> {
    let name = text(members, "name");
    let version = version::of_a_new_cluster(members.text("version")?)?;
    let network = members.structure("resourcesVpcConfig")?.unwrap_or_default();
    let services = members.structure("kubernetesNetworkConfig")?;
    let access = members.structure("accessConfig")?.unwrap_or_default();
    let mut cluster = Object::new(json!({
        "name": name,
        "arn": place.arn(&format!("cluster/{name}")),
        "createdAt": place.now(),
        "version": version.minor,
        "roleArn": text(members, "roleArn"),
        "resourcesVpcConfig": vpc::new(place, &network)?,
        "kubernetesNetworkConfig": vpc::service_network(services.as_ref())?,
        "logging": config::logging(members.structure("logging")?, None)?,
        "status": "CREATING",
        "certificateAuthority": {},
        "platformVersion": version.platform,
        "tags": tags::read(members)?,
        "health": {"issues": []},
        "accessConfig": {"authenticationMode": access.text("authenticationMode")?.unwrap_or("CONFIG_MAP")},
        "upgradePolicy": config::upgrade_policy(members.structure("upgradePolicy")?, version)?,
        "deletionProtection": members.boolean("deletionProtection")?.unwrap_or(false),
    }));
    if let Some(encryption) = config::encryption(members)? {
        cluster.set("encryptionConfig", encryption);
    }
    if let Some(shift) = members.structure("zonalShiftConfig")? {
        cluster.set("zonalShiftConfig", json!({"enabled": shift.boolean("enabled")?.unwrap_or(false)}));
    }
    if let Some(token) = members.text("clientRequestToken")? {
        cluster.set("clientRequestToken", token);
    }
    let mode = cluster.inner(&["accessConfig", "authenticationMode"]).as_str();
    let administers = access.boolean("bootstrapClusterCreatorAdminPermissions")?.unwrap_or(true);
    if mode == Some("CONFIG_MAP") && !administers {
        return Err(invalid(
            "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to CONFIG_MAP",
        ));
    }
    Ok(cluster)
}

/// What there is to see of it once its control plane runs.
fn running(place: &mut Place<'_>, cluster: &Object) -> Map<String, Json> {
    let (region, id) = (place.caller.region.clone(), place.hex().to_uppercase());
    let group = vpc::id(place, "sg", &format!("cluster/{id}"));
    let mut network = cluster.inner(&["resourcesVpcConfig"]).clone();
    network["clusterSecurityGroupId"] = json!(group);
    map(json!({
        "status": "ACTIVE",
        "endpoint": format!("https://{id}.gr7.{region}.eks.amazonaws.com"),
        "identity": {"oidc": {"issuer": format!("https://oidc.eks.{region}.amazonaws.com/id/{id}")}},
        "certificateAuthority": {"data": kubernetes::certificate(&place.hex())},
        "resourcesVpcConfig": network,
    }))
}

pub(super) fn describe(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &NAMED)?;
    let place = Place::enter(world, caller);
    let cluster = place.shown_cluster(text(members, "name"))?;
    Ok(answer(&place, &cluster))
}

/// Whoever calls a socket finds the cluster's API server on the same socket, where nothing is encrypted.
fn answer(place: &Place<'_>, cluster: &Object) -> Json {
    let mut answer = cluster.answer();
    if let Some(host) = place.caller.served_at.as_ref().filter(|_| cluster.members.contains_key("endpoint")) {
        let name = cluster.text("name");
        let (account, region) = (&place.caller.account, &place.caller.region);
        answer.as_object_mut().into_iter().for_each(|answer| {
            answer.insert("endpoint".to_owned(), json!(kubernetes::served_at(host, account, region, name)));
            answer.insert("certificateAuthority".to_owned(), json!({"data": ""}));
        });
    }
    json!({"cluster": answer})
}

pub(super) fn list(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &LIST)?;
    if members.texts("include")?.unwrap_or_default().iter().any(|what| what != "all") {
        return Err(invalid("include has to be [all]"));
    }
    let place = Place::enter(world, caller);
    page("clusters", names(place.list_shown(CLUSTER, &[]).into_iter().map(|(name, _)| name)), members)
}

pub(super) fn delete(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &NAMED)?;
    let name = text(members, "name");
    let mut place = Place::enter(world, caller);
    let mut cluster = place.cluster(name)?;
    if cluster.status() != "FAILED" {
        cluster = update::changeable(&place, name, "delete")?;
    }
    if cluster.inner(&["deletionProtection"]) == true {
        return Err(invalid_request(format!(
            "Cannot delete cluster {name} because deletion protection is enabled. Disable it first"
        )));
    }
    if !place.list(NODE_GROUP, &[name]).is_empty() {
        return Err(in_use("Cluster has nodegroups attached"));
    }
    cluster.set("status", "DELETING");
    let at = place.after(&format!("delete/{name}"), CLUSTER_DELETES);
    cluster.become_or(
        place.caller.twist,
        at,
        None,
        json!({"status": "FAILED", "health": {"issues": [{
            "code": "ResourceNotFound",
            "message": "A resource of the cluster could not be deleted.",
            "resourceIds": [name],
        }]}}),
    );
    place.put(CLUSTER, &[name], &cluster);
    Ok(answer(&place, &cluster))
}
