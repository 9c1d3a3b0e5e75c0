//! Addons of a cluster.

use serde_json::{Value as Json, json};

use super::addon_catalogue::{Entry, entry, unknown};
use super::input::{Member, PAGE, Shape, check, may, must, text};
use super::page::{names, page};
use super::place::{ADDON, NODE_GROUP, Place, epoch};
use super::refusal::{in_use, invalid, not_found};
use super::status::{ADDON_CREATES, ADDON_DELETES, ADDON_UPDATES, APPEARS_AFTER, Object, map};
use super::update::{Change, Changed, begin};
use super::{pod_identity, role, tags, token};
use crate::simulator::World;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal};

const ASSOCIATION: [Member; 2] = [must("serviceAccount", Shape::Text), must("roleArn", Shape::Text)];
const ASSOCIATIONS: Shape = Shape::List(&Shape::Structure(&ASSOCIATION), 20);
const CONFLICTS: Shape = Shape::Among(&["OVERWRITE", "NONE", "PRESERVE"]);
const NAMESPACE: [Member; 1] = [may("namespace", Shape::Text)];

pub(super) const CREATE: [Member; 10] = [
    must("clusterName", Shape::Text),
    must("addonName", Shape::Text),
    may("addonVersion", Shape::Text),
    may("serviceAccountRoleArn", Shape::Text),
    may("resolveConflicts", CONFLICTS),
    may("clientRequestToken", Shape::Text),
    may("tags", Shape::TextMap),
    may("configurationValues", Shape::Text),
    may("podIdentityAssociations", ASSOCIATIONS),
    may("namespaceConfig", Shape::Structure(&NAMESPACE)),
];
pub(super) const UPDATE: [Member; 8] = [
    must("clusterName", Shape::Text),
    must("addonName", Shape::Text),
    may("addonVersion", Shape::Text),
    may("serviceAccountRoleArn", Shape::Text),
    may("resolveConflicts", CONFLICTS),
    may("clientRequestToken", Shape::Text),
    may("configurationValues", Shape::Text),
    may("podIdentityAssociations", ASSOCIATIONS),
];
pub(super) const NAMED: [Member; 2] = [must("clusterName", Shape::Text), must("addonName", Shape::Text)];
pub(super) const DELETE: [Member; 3] =
    [must("clusterName", Shape::Text), must("addonName", Shape::Text), may("preserve", Shape::Boolean)];
pub(super) const LIST: [Member; 3] =
    [must("clusterName", Shape::Text), may("maxResults", PAGE), may("nextToken", Shape::Text)];

pub(super) fn none(cluster: &str, name: &str) -> Refusal {
    not_found(format!("No addon: {name} found in cluster: {cluster}"))
}

pub(super) fn create(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &CREATE)?;
    let mut place = Place::enter(world, caller);
    token::once(&mut place, "CreateAddon", &CREATE, members, |place| create_new(place, members))
}

fn create_new(place: &mut Place<'_>, members: &Members) -> Result<Json, Refusal> {
    let (cluster_name, name) = (text(members, "clusterName"), text(members, "addonName"));
    let cluster = place.ready_cluster(cluster_name)?;
    let kubernetes = cluster.text("version");
    let entry = entry(name).ok_or_else(|| unknown(name, kubernetes))?;
    let version = entry.choose(kubernetes, members.text("addonVersion")?)?;
    if place.get(ADDON, &[cluster_name, name]).is_some() {
        return Err(in_use("Addon already exists."));
    }
    check_settings(place, members)?;
    let namespace = members.structure("namespaceConfig")?.unwrap_or_default();
    let namespace = namespace.text("namespace")?.unwrap_or(entry.namespace).to_owned();
    let tags = tags::read(members)?;
    let wanted = members.list("podIdentityAssociations")?.map(<[Json]>::to_vec);
    let brought = wanted.as_deref().unwrap_or_default();
    pod_identity::check_of_an_addon(place, cluster_name, &namespace, None, brought)?;
    let id = place.uuid();
    let arn = place.arn(&format!("addon/{cluster_name}/{name}/{id}"));
    let mut addon = Object::new(json!({
        "addonName": name,
        "clusterName": cluster_name,
        "status": "CREATING",
        "addonVersion": version,
        "health": {"issues": []},
        "addonArn": arn,
        "createdAt": place.now(),
        "modifiedAt": place.now(),
        "tags": tags,
        "publisher": "eks",
        "owner": "aws",
        "namespaceConfig": {"namespace": namespace},
    }));
    for member in ["serviceAccountRoleArn", "configurationValues"] {
        if let Some(value) = members.get(member) {
            addon.set(member, value.clone());
        }
    }
    if let Some(wanted) = wanted {
        let associations = pod_identity::of_an_addon(place, cluster_name, &namespace, &arn, &wanted);
        addon.set("podIdentityAssociations", associations);
    }
    let at = place.after(&format!("create/{cluster_name}/addon/{name}"), ADDON_CREATES);
    let active = map(json!({"status": "ACTIVE", "modifiedAt": epoch(at)}));
    let failed = json!({"status": "CREATE_FAILED", "modifiedAt": epoch(at), "health": {"issues": [{
        "code": "ConfigurationConflict",
        "message": "Conflicts found when trying to apply. Will not continue due to resolve conflicts mode.",
        "resourceIds": [],
    }]}});
    addon.become_or(place.caller.twist, at, Some(active), failed);
    place.put_late(ADDON, &[cluster_name, name], &addon, APPEARS_AFTER);
    Ok(json!({"addon": addon.answer()}))
}

/// What a request may set for an addon, whether it is new or not.
fn check_settings(place: &Place<'_>, members: &Members) -> Result<(), Refusal> {
    let role_arn = members.text("serviceAccountRoleArn")?;
    let associations = members.list("podIdentityAssociations")?.unwrap_or_default();
    if role_arn.is_some() && !associations.is_empty() {
        return Err(invalid("serviceAccountRoleArn and podIdentityAssociations cannot be specified together"));
    }
    if let Some(arn) = role_arn {
        role::check_exists(place.world, place.caller, arn)?;
    }
    // Values may also be YAML; of that only what cannot be a mapping is refused.
    let values = members.text("configurationValues")?.unwrap_or_default().trim();
    let fits = match values.starts_with('{') {
        true => serde_json::from_str::<Json>(values).is_ok(),
        false => values.is_empty() || values.contains(':'),
    };
    if !fits {
        return Err(invalid("ConfigurationValue provided in request is not supported: it is no JSON or YAML mapping"));
    }
    Ok(())
}

/// An addon as it is seen: one whose replicas find no node is degraded.
fn seen(place: &Place<'_>, cluster: &str, mut addon: Object) -> Object {
    let needs_nodes = entry(addon.text("addonName")).is_some_and(|entry: &Entry| entry.needs_nodes);
    if addon.status() != "ACTIVE" || !needs_nodes {
        return addon;
    }
    let has_nodes = |group: &Object| {
        matches!(group.status(), "ACTIVE" | "UPDATING" | "DEGRADED")
            && group.inner(&["scalingConfig", "desiredSize"]).as_i64() > Some(0)
    };
    if !place.list(NODE_GROUP, &[cluster]).iter().any(|(_, group)| has_nodes(group)) {
        addon.set("status", "DEGRADED");
        addon.set(
            "health",
            json!({"issues": [{
                "code": "InsufficientNumberOfReplicas",
                "message": "The add-on is unhealthy because it doesn't have the desired number of replicas.",
                "resourceIds": [],
            }]}),
        );
    }
    addon
}

pub(super) fn describe(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &NAMED)?;
    let place = Place::enter(world, caller);
    let (cluster, name) = (text(members, "clusterName"), text(members, "addonName"));
    place.shown_cluster(cluster)?;
    let addon = place.shown(ADDON, &[cluster, name]).ok_or_else(|| none(cluster, name))?;
    Ok(json!({"addon": seen(&place, cluster, addon).answer()}))
}

pub(super) fn list(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &LIST)?;
    let place = Place::enter(world, caller);
    let cluster = text(members, "clusterName");
    place.shown_cluster(cluster)?;
    page("addons", names(place.list_shown(ADDON, &[cluster]).into_iter().map(|(name, _)| name)), members)
}

pub(super) fn update(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &UPDATE)?;
    let mut place = Place::enter(world, caller);
    token::once(&mut place, "UpdateAddon", &UPDATE, members, |place| update_known(place, members))
}

fn update_known(place: &mut Place<'_>, members: &Members) -> Result<Json, Refusal> {
    let (cluster_name, name) = (text(members, "clusterName"), text(members, "addonName"));
    let cluster = place.living_cluster(cluster_name)?;
    let addon = place.get(ADDON, &[cluster_name, name]).ok_or_else(|| none(cluster_name, name))?;
    if matches!(addon.status(), "CREATING" | "UPDATING" | "DELETING") {
        return Err(in_use(format!(
            "Addon {name} cannot be updated as an operation is in progress: its status is {}",
            addon.status()
        )));
    }
    check_settings(place, members)?;
    let mut into = json!({"health": {"issues": []}});
    let mut params = Vec::new();
    if let Some(asked) = members.text("addonVersion")? {
        let entry = entry(name).ok_or_else(|| none(cluster_name, name))?;
        // What is installed stays allowed, even if it is not for the cluster's version any more.
        if asked != addon.text("addonVersion") {
            entry.choose(cluster.text("version"), Some(asked))?;
        }
        params.push(("AddonVersion", asked.to_owned()));
        into["addonVersion"] = json!(asked);
    }
    for (param, member) in
        [("ServiceAccountRoleArn", "serviceAccountRoleArn"), ("ConfigurationValues", "configurationValues")]
    {
        if let Some(value) = members.text(member)? {
            params.push((param, value.to_owned()));
            into[member] = json!(value);
        }
    }
    if let Some(conflicts) = members.text("resolveConflicts")? {
        params.push(("ResolveConflicts", conflicts.to_owned()));
    }
    if let Some(wanted) = members.list("podIdentityAssociations")?.map(<[Json]>::to_vec) {
        let namespace = addon.inner(&["namespaceConfig", "namespace"]).as_str().unwrap_or_default();
        let arn = addon.text("addonArn");
        pod_identity::check_of_an_addon(place, cluster_name, namespace, Some(arn), &wanted)?;
        pod_identity::remove_owned(place, cluster_name, arn);
        let associations = pod_identity::of_an_addon(place, cluster_name, namespace, arn, &wanted);
        params.push(("PodIdentityAssociations", json!(associations).to_string()));
        into["podIdentityAssociations"] = json!(associations);
    }
    let change = Change { kind: "AddonUpdate", params, takes: ADDON_UPDATES, into: map(into) };
    Ok(begin(place, &Changed { kind: ADDON, name: &[cluster_name, name] }, addon, change))
}

pub(super) fn delete(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &DELETE)?;
    let mut place = Place::enter(world, caller);
    let (cluster, name) = (text(members, "clusterName"), text(members, "addonName"));
    place.living_cluster(cluster)?;
    let mut addon = place.get(ADDON, &[cluster, name]).ok_or_else(|| none(cluster, name))?;
    if matches!(addon.status(), "CREATING" | "UPDATING" | "DELETING") {
        return Err(in_use(format!(
            "Addon {name} cannot be deleted as an operation is in progress: its status is {}",
            addon.status()
        )));
    }
    addon.set("status", "DELETING");
    let at = place.after(&format!("delete/{cluster}/addon/{name}"), ADDON_DELETES);
    addon.become_or(
        place.caller.twist,
        at,
        None,
        json!({"status": "DELETE_FAILED", "health": {"issues": [{
            "code": "ClusterUnreachable",
            "message": "The cluster could not be reached.",
            "resourceIds": [],
        }]}}),
    );
    pod_identity::remove_owned(&mut place, cluster, addon.text("addonArn"));
    place.put(ADDON, &[cluster, name], &addon);
    Ok(json!({"addon": addon.answer()}))
}
