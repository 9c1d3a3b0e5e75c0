//! Node groups: made, shown and deleted.

use serde_json::{Value as Json, json};

use super::input::{Member, PAGE, Shape, TEXTS, check, check_name, may, must, text};
use super::page::{names, page};
use super::place::{ADDON, NODE_GROUP, Place, epoch};
use super::refusal::{in_use, invalid, limit, not_found};
use super::status::{APPEARS_AFTER, NODES_CREATE, NODES_DELETE, NODES_FAIL, Object, map};
use super::{access_entry, config, node_settings, role, tags, token, vpc};
use crate::simulator::World;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal, Twist};

const IMAGES: [&str; 23] = [
    "AL2_x86_64",
    "AL2_x86_64_GPU",
    "AL2_ARM_64",
    "CUSTOM",
    "BOTTLEROCKET_ARM_64",
    "BOTTLEROCKET_x86_64",
    "BOTTLEROCKET_ARM_64_FIPS",
    "BOTTLEROCKET_x86_64_FIPS",
    "BOTTLEROCKET_ARM_64_NVIDIA",
    "BOTTLEROCKET_x86_64_NVIDIA",
    "BOTTLEROCKET_ARM_64_NVIDIA_FIPS",
    "BOTTLEROCKET_x86_64_NVIDIA_FIPS",
    "WINDOWS_CORE_2019_x86_64",
    "WINDOWS_FULL_2019_x86_64",
    "WINDOWS_CORE_2022_x86_64",
    "WINDOWS_FULL_2022_x86_64",
    "WINDOWS_CORE_2025_x86_64",
    "WINDOWS_FULL_2025_x86_64",
    "AL2023_x86_64_STANDARD",
    "AL2023_ARM_64_STANDARD",
    "AL2023_x86_64_NEURON",
    "AL2023_x86_64_NVIDIA",
    "AL2023_ARM_64_NVIDIA",
];
/// The last version that has images of Amazon Linux 2.
const LAST_WITH_AL2: u32 = 32;

const REMOTE_ACCESS: [Member; 2] = [may("ec2SshKey", Shape::Text), may("sourceSecurityGroups", TEXTS)];
pub(super) const LAUNCH_TEMPLATE: [Member; 3] =
    [may("name", Shape::Text), may("version", Shape::Text), may("id", Shape::Text)];

pub(super) const CREATE: [Member; 20] = [
    must("clusterName", Shape::Text),
    must("nodegroupName", Shape::Text),
    may("scalingConfig", Shape::Structure(&node_settings::SCALING)),
    may("diskSize", Shape::Integer(1, 65536)),
    must("subnets", TEXTS),
    may("instanceTypes", Shape::List(&Shape::Text, 20)),
    may("amiType", Shape::Among(&IMAGES)),
    may("remoteAccess", Shape::Structure(&REMOTE_ACCESS)),
    must("nodeRole", Shape::Text),
    may("labels", Shape::TextMap),
    may("taints", node_settings::TAINTS),
    may("tags", Shape::TextMap),
    may("clientRequestToken", Shape::Text),
    may("launchTemplate", Shape::Structure(&LAUNCH_TEMPLATE)),
    may("updateConfig", Shape::Structure(&node_settings::UPDATE_CONFIG)),
    may("nodeRepairConfig", Shape::Structure(&node_settings::REPAIR)),
    may("capacityType", Shape::Among(&["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"])),
    may("version", Shape::Text),
    may("releaseVersion", Shape::Text),
    may("warmPoolConfig", Shape::NotHere),
];
pub(super) const NAMED: [Member; 2] = [must("clusterName", Shape::Text), must("nodegroupName", Shape::Text)];
pub(super) const LIST: [Member; 3] =
    [must("clusterName", Shape::Text), may("maxResults", PAGE), may("nextToken", Shape::Text)];

/// A cluster's, unless its owner asks for more.
const MOST: usize = 30;

pub(super) fn none(name: &str) -> Refusal {
    not_found(format!("No node group found for name: {name}."))
}

pub(super) fn create(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &CREATE)?;
    check_name("nodegroup name", text(members, "nodegroupName"), 63)?;
    let mut place = Place::enter(world, caller);
    token::once(&mut place, "CreateNodegroup", &CREATE, members, |place| create_new(place, members))
}

fn create_new(place: &mut Place<'_>, members: &Members) -> Result<Json, Refusal> {
    let (cluster_name, name) = (text(members, "clusterName"), text(members, "nodegroupName"));
    let cluster = place.ready_cluster(cluster_name)?;
    let mut group = described(place, &cluster, members)?;
    if place.get(NODE_GROUP, &[cluster_name, name]).is_some() {
        return Err(in_use(format!("NodeGroup already exists with name {name} and cluster name {cluster_name}")));
    }
    if place.list(NODE_GROUP, &[cluster_name]).len() >= MOST {
        return Err(limit(format!("Cluster {cluster_name} already has {MOST} nodegroups")));
    }
    let node_role = text(members, "nodeRole");
    role::check_node_role(place.world, place.caller, node_role)?;

    let twist = match place.caller.twist {
        None if !has_network(place, cluster_name, node_role) => Some(Twist::Failed),
        twist => twist,
    };
    let takes = if twist == Some(Twist::Failed) { NODES_FAIL } else { NODES_CREATE };
    let at = place.after(&format!("create/{cluster_name}/{name}"), takes);
    let scaling_group = format!("eks-{name}-{}", place.uuid());
    let running = map(json!({
        "status": "ACTIVE",
        "modifiedAt": epoch(at),
        "resources": {"autoScalingGroups": [{"name": scaling_group}]},
    }));
    let failed = json!({"status": "CREATE_FAILED", "modifiedAt": epoch(at), "health": {"issues": [{
        "code": "NodeCreationFailure",
        "message": "Instances failed to join the kubernetes cluster",
        "resourceIds": [format!("i-0{}", place.hex().get(..16).unwrap_or_default())],
    }]}});
    group.become_or(twist, at, Some(running), failed);
    place.put_late(NODE_GROUP, &[cluster_name, name], &group, APPEARS_AFTER);
    if config::has_entries(&cluster) {
        access_entry::add_nodes(place, cluster_name, node_role);
    }
    Ok(json!({"nodegroup": group.answer()}))
}

/// Nodes without a network never join: either they may set it up themselves, or the network's addon may.
fn has_network(place: &Place<'_>, cluster: &str, node_role: &str) -> bool {
    let addon_may = place.get(ADDON, &[cluster, "vpc-cni"]).is_some_and(|addon| {
        let associated = addon.inner(&["podIdentityAssociations"]).as_array().is_some_and(|list| !list.is_empty());
        associated || !addon.text("serviceAccountRoleArn").is_empty()
    });
    addon_may || role::has_network_policy(place.world, place.caller, node_role)
}

fn described(place: &mut Place<'_>, cluster: &Object, members: &Members) -> Result<Object, Refusal> {
    let (cluster_name, name) = (text(members, "clusterName"), text(members, "nodegroupName"));
    let subnets = members.texts("subnets")?.unwrap_or_default();
    vpc::check_subnets(&subnets, 1)?;
    let version = cluster.text("version");
    let template = members.get("launchTemplate").map(|_| node_settings::launch_template(members)).transpose()?;
    let image = members.text("amiType")?.unwrap_or("AL2023_x86_64_STANDARD");
    check_version(version, image, members)?;
    let release = node_settings::release(version, image, members.text("releaseVersion")?)?;
    let id = place.uuid();
    let mut group = Object::new(json!({
        "nodegroupName": name,
        "nodegroupArn": place.arn(&format!("nodegroup/{cluster_name}/{name}/{id}")),
        "clusterName": cluster_name,
        "version": version,
        "releaseVersion": release,
        "createdAt": place.now(),
        "modifiedAt": place.now(),
        "status": "CREATING",
        "capacityType": members.text("capacityType")?.unwrap_or("ON_DEMAND"),
        "scalingConfig": node_settings::scaling(members.structure("scalingConfig")?, None)?,
        "subnets": subnets,
        "amiType": image,
        "nodeRole": text(members, "nodeRole"),
        "labels": node_settings::labels(members.text_map("labels")?.unwrap_or_default())?,
        "health": {"issues": []},
        "updateConfig": node_settings::update_config(members.structure("updateConfig")?)?,
        "tags": tags::read(members)?,
    }));
    for member in ["taints", "nodeRepairConfig", "remoteAccess"] {
        if let Some(value) = members.get(member) {
            group.set(member, value.clone());
        }
    }
    node_settings::check_taints(members.list("taints")?.unwrap_or_default())?;
    let types = members.texts("instanceTypes")?.filter(|types| !types.is_empty());
    match template {
        Some(template) => {
            if members.get("diskSize").is_some() {
                return Err(invalid("Disk size must be specified within the launch template."));
            }
            if members.get("remoteAccess").is_some() {
                return Err(invalid("Remote access configuration cannot be specified with a launch template."));
            }
            group.set("launchTemplate", template);
            if let Some(types) = types {
                group.set("instanceTypes", types);
            }
        }
        None => {
            let disk = if image.starts_with("WINDOWS") { 50 } else { 20 };
            group.set("diskSize", members.integer("diskSize")?.unwrap_or(disk));
            group.set("instanceTypes", types.unwrap_or_else(|| vec!["t3.medium".to_owned()]));
        }
    }
    Ok(group)
}

fn check_version(cluster: &str, image: &str, members: &Members) -> Result<(), Refusal> {
    if let Some(asked) = members.text("version")?
        && asked != cluster
    {
        return Err(invalid(format!(
            "Requested Nodegroup version {asked} is invalid. It has to be the cluster's version {cluster}"
        )));
    }
    if image == "CUSTOM" && members.get("launchTemplate").is_none() {
        return Err(invalid("The AMI type CUSTOM needs a launch template"));
    }
    if image.starts_with("AL2_") && super::version::number(cluster).is_some_and(|number| number > LAST_WITH_AL2) {
        return Err(invalid(format!(
            "AMI Type {image} is only supported for kubernetes versions 1.{LAST_WITH_AL2} or earlier"
        )));
    }
    Ok(())
}

pub(super) fn describe(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &NAMED)?;
    let place = Place::enter(world, caller);
    let (cluster, name) = (text(members, "clusterName"), text(members, "nodegroupName"));
    place.shown_cluster(cluster)?;
    let group = place.shown(NODE_GROUP, &[cluster, name]).ok_or_else(|| none(name))?;
    Ok(json!({"nodegroup": group.answer()}))
}

pub(super) fn list(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &LIST)?;
    let place = Place::enter(world, caller);
    let cluster = text(members, "clusterName");
    place.shown_cluster(cluster)?;
    let all = place.list_shown(NODE_GROUP, &[cluster]).into_iter().map(|(name, _)| name);
    page("nodegroups", names(all), members)
}

pub(super) fn delete(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &NAMED)?;
    let mut place = Place::enter(world, caller);
    let (cluster, name) = (text(members, "clusterName"), text(members, "nodegroupName"));
    place.cluster(cluster)?;
    let mut group = place.get(NODE_GROUP, &[cluster, name]).ok_or_else(|| none(name))?;
    if matches!(group.status(), "CREATING" | "UPDATING" | "DELETING") {
        return Err(in_use(format!(
            "Nodegroup {name} cannot be deleted as an operation is in progress: its status is {}",
            group.status()
        )));
    }
    group.set("status", "DELETING");
    let at = place.after(&format!("delete/{cluster}/{name}"), NODES_DELETE);
    group.become_or(
        place.caller.twist,
        at,
        None,
        json!({"status": "DELETE_FAILED", "health": {"issues": [{
            "code": "Ec2SecurityGroupDeletionFailure",
            "message": "DependencyViolation - resource has a dependent object",
            "resourceIds": [vpc::id(&place, "sg", name)],
        }]}}),
    );
    place.put(NODE_GROUP, &[cluster, name], &group);
    Ok(json!({"nodegroup": group.answer()}))
}
