//! The settings of a node group, and how they are changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::input::{Member, Shape, TEXTS, check, may, must, text};
use super::node_group::{LAUNCH_TEMPLATE, none};
use super::place::{NODE_GROUP, Place};
use super::refusal::{in_use, invalid};
use super::status::{NODES_CONFIG_UPDATES, NODES_VERSION_UPDATES, Object, map};
use super::token;
use super::update::{Change, Changed, begin};
use super::version;
use crate::simulator::World;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal};

pub(super) const SCALING: [Member; 3] = [
    may("minSize", Shape::Integer(0, 10_000)),
    may("maxSize", Shape::Integer(1, 10_000)),
    may("desiredSize", Shape::Integer(0, 10_000)),
];
const TAINT: [Member; 3] = [
    may("key", Shape::Text),
    may("value", Shape::Text),
    may("effect", Shape::Among(&["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"])),
];
pub(super) const TAINTS: Shape = Shape::List(&Shape::Structure(&TAINT), 50);
pub(super) const UPDATE_CONFIG: [Member; 3] = [
    may("maxUnavailable", Shape::Integer(1, 100)),
    may("maxUnavailablePercentage", Shape::Integer(1, 100)),
    may("updateStrategy", Shape::Among(&["DEFAULT", "MINIMAL"])),
];
const COUNT: Shape = Shape::Integer(1, 10_000);
const OVERRIDE: [Member; 4] = [
    may("nodeMonitoringCondition", Shape::Text),
    may("nodeUnhealthyReason", Shape::Text),
    may("minRepairWaitTimeMins", COUNT),
    may("repairAction", Shape::Among(&["Replace", "Reboot", "NoAction"])),
];
pub(super) const REPAIR: [Member; 6] = [
    may("enabled", Shape::Boolean),
    may("maxUnhealthyNodeThresholdCount", COUNT),
    may("maxUnhealthyNodeThresholdPercentage", Shape::Integer(1, 100)),
    may("maxParallelNodesRepairedCount", COUNT),
    may("maxParallelNodesRepairedPercentage", Shape::Integer(1, 100)),
    may("nodeRepairConfigOverrides", Shape::List(&Shape::Structure(&OVERRIDE), 100)),
];
const LABELS: [Member; 2] = [may("addOrUpdateLabels", Shape::TextMap), may("removeLabels", TEXTS)];
const TAINT_CHANGES: [Member; 2] = [may("addOrUpdateTaints", TAINTS), may("removeTaints", TAINTS)];

pub(super) const UPDATE: [Member; 9] = [
    must("clusterName", Shape::Text),
    must("nodegroupName", Shape::Text),
    may("labels", Shape::Structure(&LABELS)),
    may("taints", Shape::Structure(&TAINT_CHANGES)),
    may("scalingConfig", Shape::Structure(&SCALING)),
    may("updateConfig", Shape::Structure(&UPDATE_CONFIG)),
    may("nodeRepairConfig", Shape::Structure(&REPAIR)),
    may("warmPoolConfig", Shape::NotHere),
    may("clientRequestToken", Shape::Text),
];
pub(super) const UPDATE_VERSION: [Member; 7] = [
    must("clusterName", Shape::Text),
    must("nodegroupName", Shape::Text),
    may("version", Shape::Text),
    may("releaseVersion", Shape::Text),
    may("launchTemplate", Shape::Structure(&LAUNCH_TEMPLATE)),
    may("force", Shape::Boolean),
    may("clientRequestToken", Shape::Text),
];

const DEFAULT_SIZES: (i64, i64, i64) = (1, 2, 2);

/// The sizes once the request is carried out.
pub(super) fn scaling(request: Option<Members>, current: Option<&Json>) -> Result<Json, Refusal> {
    let request = request.unwrap_or_default();
    let sizes = ["minSize", "maxSize", "desiredSize"].iter().filter(|size| request.get(size).is_some()).count();
    // The model: "When creating a node group, you must specify all or none of the properties."
    if current.is_none() && ![0, 3].contains(&sizes) {
        return Err(invalid("minSize, maxSize and desiredSize have to be specified together"));
    }
    let (least, most, wanted) = DEFAULT_SIZES;
    let now = |name: &str, default| current.and_then(|current| current[name].as_i64()).unwrap_or(default);
    let given = |name: &str, default| Ok::<i64, Refusal>(request.integer(name)?.unwrap_or_else(|| now(name, default)));
    let (least, most, wanted) = (given("minSize", least)?, given("maxSize", most)?, given("desiredSize", wanted)?);
    if least > wanted {
        return Err(invalid(format!("Minimum capacity {least} can't be greater than desired size {wanted}")));
    }
    if wanted > most {
        return Err(invalid(format!("desired capacity {wanted} can't be greater than max size {most}")));
    }
    Ok(json!({"minSize": least, "maxSize": most, "desiredSize": wanted}))
}

pub(super) fn update_config(request: Option<Members>) -> Result<Json, Refusal> {
    let Some(request) = request else { return Ok(json!({"maxUnavailable": 1})) };
    let (count, share) = (request.integer("maxUnavailable")?, request.integer("maxUnavailablePercentage")?);
    let mut config = match (count, share) {
        (Some(_), Some(_)) => {
            return Err(invalid("maxUnavailable and maxUnavailablePercentage cannot be specified at the same time"));
        }
        (None, Some(share)) => json!({"maxUnavailablePercentage": share}),
        (count, None) => json!({"maxUnavailable": count.unwrap_or(1)}),
    };
    if let Some(strategy) = request.text("updateStrategy")? {
        config["updateStrategy"] = json!(strategy);
    }
    Ok(config)
}

pub(super) fn labels(labels: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Refusal> {
    let reserved = |key: &str| key.starts_with("eks.amazonaws.com/") || key.contains("kubernetes.io/role");
    for (key, value) in &labels {
        if key.is_empty() || value.is_empty() || key.len() > 63 || value.len() > 63 {
            return Err(invalid(format!(
                "The label '{key}' is not valid: it has to have 1 to 63 characters, and its value too"
            )));
        }
        if reserved(key) {
            return Err(invalid(format!("Label cannot contain reserved prefixes: {key}")));
        }
    }
    Ok(labels)
}

pub(super) fn check_taints(taints: &[Json]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for taint in taints {
        let (key, effect) = (taint["key"].as_str().unwrap_or_default(), taint["effect"].as_str().unwrap_or_default());
        let value = taint["value"].as_str().unwrap_or_default();
        if key.is_empty() || effect.is_empty() || key.len() > 63 || value.len() > 63 {
            return Err(invalid("A taint has to have a key of 1 to 63 characters and an effect"));
        }
        if !seen.insert((key, effect)) {
            return Err(invalid(format!("The taint {key} is given twice with the effect {effect}")));
        }
    }
    Ok(())
}

/// A launch template has either an id or a name.
pub(super) fn launch_template(members: &Members) -> Result<Json, Refusal> {
    let request = members.structure("launchTemplate")?.unwrap_or_default();
    let (id, name) = (request.text("id")?, request.text("name")?);
    let version = request.text("version")?.unwrap_or("1");
    let id_fits = id.is_none_or(|id| id.starts_with("lt-"));
    match (id, name) {
        (Some(id), None) if id_fits => Ok(json!({"id": id, "name": format!("template-{id}"), "version": version})),
        (None, Some(name)) => Ok(json!({"name": name, "version": version})),
        _ => Err(invalid("You must specify either the launch template ID or the launch template name in the request.")),
    }
}

/// The machine image's release, the newest for its version unless another is asked for.
pub(super) fn release(minor: &str, image: &str, asked: Option<&str>) -> Result<String, Refusal> {
    let patch = version::find(minor).map_or(minor, |version| version.patch);
    let newest = match image.split('_').next() {
        Some("BOTTLEROCKET") => "1.49.0-713f44ce".to_owned(),
        _ => format!("{patch}-20251016"),
    };
    let Some(asked) = asked else { return Ok(newest) };
    let of_version = image.starts_with("BOTTLEROCKET") || asked.starts_with(&format!("{minor}."));
    if !of_version || !asked.contains('-') {
        return Err(invalid(format!(
            "Requested Nodegroup release version {asked} is invalid. Allowed release version is {newest}"
        )));
    }
    Ok(asked.to_owned())
}

/// The node group, when it may be changed now.
fn changeable(place: &Place<'_>, cluster: &str, name: &str) -> Result<Object, Refusal> {
    place.living_cluster(cluster)?;
    let group = place.get(NODE_GROUP, &[cluster, name]).ok_or_else(|| none(name))?;
    match group.status() {
        "ACTIVE" | "DEGRADED" => Ok(group),
        status => Err(in_use(format!(
            "Nodegroup cannot be updated as it is currently not in Active State: an operation is in progress \
             or has failed, its status is {status}"
        ))),
    }
}

pub(super) fn update(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &UPDATE)?;
    let mut place = Place::enter(world, caller);
    token::once(&mut place, "UpdateNodegroupConfig", &UPDATE, members, |place| {
        let (cluster, name) = (text(members, "clusterName"), text(members, "nodegroupName"));
        let group = changeable(place, cluster, name)?;
        let change = config_change(&group, members)?;
        Ok(begin(place, &Changed { kind: NODE_GROUP, name: &[cluster, name] }, group, change))
    })
}

fn config_change(group: &Object, members: &Members) -> Result<Change, Refusal> {
    let mut into = json!({});
    let mut params = Vec::new();
    if let Some(request) = members.structure("scalingConfig")? {
        let sizes = scaling(Some(request), Some(group.inner(&["scalingConfig"])))?;
        for (param, member) in [("MinSize", "minSize"), ("MaxSize", "maxSize"), ("DesiredSize", "desiredSize")] {
            params.push((param, sizes[member].to_string()));
        }
        into["scalingConfig"] = sizes;
    }
    if let Some(request) = members.structure("labels")? {
        let added = labels(request.text_map("addOrUpdateLabels")?.unwrap_or_default())?;
        let removed = request.texts("removeLabels")?.unwrap_or_default();
        params.push(("LabelsToAdd", json!(added).to_string()));
        params.push(("LabelsToRemove", json!(removed).to_string()));
        let mut all = Members::of(&group.answer()).text_map("labels")?.unwrap_or_default();
        all.retain(|key, _| !removed.contains(key));
        all.extend(added);
        into["labels"] = json!(all);
    }
    if let Some(request) = members.structure("taints")? {
        into["taints"] = taints_after(group, &request, &mut params)?;
    }
    if let Some(request) = members.structure("updateConfig")? {
        let config = update_config(Some(request))?;
        for (param, member) in
            [("MaxUnavailable", "maxUnavailable"), ("MaxUnavailablePercentage", "maxUnavailablePercentage")]
        {
            if !config[member].is_null() {
                params.push((param, config[member].to_string()));
            }
        }
        into["updateConfig"] = config;
    }
    if let Some(repair) = members.get("nodeRepairConfig") {
        params.push(("NodeRepairConfig", repair.to_string()));
        into["nodeRepairConfig"] = repair.clone();
    }
    if params.is_empty() {
        return Err(invalid("No changes needed: the request changes nothing"));
    }
    Ok(Change { kind: "ConfigUpdate", params, takes: NODES_CONFIG_UPDATES, into: map(into) })
}

/// A taint is the same as another by its key and effect.
fn taints_after(group: &Object, request: &Members, params: &mut Vec<(&'static str, String)>) -> Result<Json, Refusal> {
    let added = request.list("addOrUpdateTaints")?.unwrap_or_default();
    let removed = request.list("removeTaints")?.unwrap_or_default();
    check_taints(added)?;
    check_taints(removed)?;
    params.push(("TaintsToAdd", json!(added).to_string()));
    params.push(("TaintsToRemove", json!(removed).to_string()));
    let same = |one: &Json, other: &Json| one["key"] == other["key"] && one["effect"] == other["effect"];
    let replaced = |taint: &Json| added.iter().chain(removed).any(|other| same(taint, other));
    let kept = group.inner(&["taints"]).as_array().into_iter().flatten().filter(|taint| !replaced(taint));
    Ok(kept.chain(added).cloned().collect())
}

pub(super) fn update_version(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &UPDATE_VERSION)?;
    let mut place = Place::enter(world, caller);
    token::once(&mut place, "UpdateNodegroupVersion", &UPDATE_VERSION, members, |place| {
        let (cluster_name, name) = (text(members, "clusterName"), text(members, "nodegroupName"));
        let group = changeable(place, cluster_name, name)?;
        let cluster = place.cluster(cluster_name)?;
        let change = version_change(&group, cluster.text("version"), members)?;
        Ok(begin(place, &Changed { kind: NODE_GROUP, name: &[cluster_name, name] }, group, change))
    })
}

/// Up to the cluster's version, to which it goes when nothing is said; never down.
fn version_change(group: &Object, cluster: &str, members: &Members) -> Result<Change, Refusal> {
    let now = group.text("version");
    let asked = members.text("version")?.unwrap_or(cluster);
    let (from, to, most) = (version::number(now), version::number(asked), version::number(cluster));
    if to.is_none() || to > most || to < from {
        return Err(invalid(format!(
            "Requested Nodegroup version {asked} is invalid. It has to be between the nodegroup's version {now} and \
             the cluster's version {cluster}"
        )));
    }
    let release = release(asked, group.text("amiType"), members.text("releaseVersion")?)?;
    let mut params = vec![("Version", asked.to_owned()), ("ReleaseVersion", release.clone())];
    let mut into = json!({"version": asked, "releaseVersion": release});
    if members.get("launchTemplate").is_some() {
        if group.inner(&["launchTemplate"]).is_null() {
            return Err(invalid("You cannot specify a launch template for a nodegroup that was made without one"));
        }
        let template = launch_template(members)?;
        params.push(("LaunchTemplateVersion", template["version"].as_str().unwrap_or_default().to_owned()));
        into["launchTemplate"] = template;
    }
    Ok(Change { kind: "VersionUpdate", params, takes: NODES_VERSION_UPDATES, into: map(into) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_group_has_all_sizes_or_none_of_its_own() {
        let asked = |sizes: Json, current: Option<&Json>| scaling(Some(Members::of(&sizes)), current).ok();
        let all = json!({"minSize": 0, "maxSize": 9, "desiredSize": 3});
        assert_eq!(asked(all.clone(), None), Some(all.clone()));
        assert!(asked(json!({}), None).is_some());
        for some in [json!({"desiredSize": 2}), json!({"minSize": 0, "maxSize": 3})] {
            assert_eq!(asked(some, None), None);
        }
        let changed = json!({"minSize": 0, "maxSize": 9, "desiredSize": 4});
        assert_eq!(asked(json!({"desiredSize": 4}), Some(&all)), Some(changed));
    }
}
