//! What a pool's properties become, and what they may be.

use serde_json::{Value as Json, json};

use super::version::{self, Version};
use super::{invalid, rules, settings};
use crate::simulator::refusal::Refusal;

/// What stays as it was made.
const FIXED: &[&str] = &[
    "/availabilityZones",
    "/enableNodePublicIP",
    "/gpuInstanceProfile",
    "/kubeletDiskType",
    "/maxPods",
    "/osDiskSizeGB",
    "/osDiskType",
    "/osType",
    "/podSubnetID",
    "/scaleSetEvictionPolicy",
    "/scaleSetPriority",
    "/type",
    "/vmSize",
    "/vnetSubnetID",
];
/// What every machine of a spot pool is marked with.
const SPOT: &str = "kubernetes.azure.com/scalesetpriority";

/// The cluster that a pool is in.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) properties: &'a Json,
    /// What the control plane runs, or is to run.
    pub(super) version: Version,
}

/// What a pool becomes that was not there, or was like this.
pub(super) fn become_of(before: Option<&Json>, given: &Json, around: Around<'_>) -> Result<(Json, Version), Refusal> {
    if let Some(before) = before
        && let Some(pointer) = settings::first_changed(before, &without_zero(given), FIXED)
    {
        return Err(rules::fixed(pointer));
    }
    let mut properties = before.cloned().unwrap_or_else(|| defaults(given, around));
    check_image(&properties, given)?;
    forget_lists(&mut properties);
    settings::lay_over(&mut properties, &without_zero(given));
    if properties["enableAutoScaling"] == true {
        size_by_itself(&mut properties);
    } else if let Some(properties) = properties.as_object_mut() {
        properties.remove("minCount");
        properties.remove("maxCount");
    }
    if properties["scaleSetPriority"] == "Spot" {
        mark_spot(&mut properties);
    }
    check(&properties)?;
    let text = properties["orchestratorVersion"].as_str().unwrap_or_default();
    let current = properties["currentOrchestratorVersion"].as_str().and_then(Version::read);
    let running: Vec<_> = current.into_iter().chain([around.version]).collect();
    let wanted = version::asked_for(text, &running)?;
    version::fit(wanted, around.version)?;
    if current.is_some_and(|current| wanted < current) {
        return Err(invalid("orchestratorVersion", "a pool does not go back to an earlier version"));
    }
    Ok((properties, wanted))
}

/// Machines go back to an image that they had lately, and here they have had no other.
fn check_image(pool: &Json, given: &Json) -> Result<(), Refusal> {
    let image = &given["nodeImageVersion"];
    if image.is_null() || *image == pool["nodeImageVersion"] {
        return Ok(());
    }
    Err(invalid("agentPool.nodeImageVersion", "it is none of the recently used versions of the pool"))
}

/// A disk of no size is one of the usual size.
fn without_zero(given: &Json) -> Json {
    let mut given = given.clone();
    if given["osDiskSizeGB"] == 0
        && let Some(given) = given.as_object_mut()
    {
        given.remove("osDiskSizeGB");
    }
    given
}

/// Labels, taints and tags are given as a whole, or there are none.
fn forget_lists(properties: &mut Json) {
    let Some(properties) = properties.as_object_mut() else { return };
    for name in ["nodeLabels", "nodeTaints", "tags"] {
        properties.remove(name);
    }
}

fn defaults(given: &Json, around: Around<'_>) -> Json {
    let network = &around.properties["networkProfile"];
    let is_overlay = network["networkPluginMode"] == "overlay";
    let pods = match network["networkPlugin"].as_str() {
        Some("azure") if is_overlay => 250,
        Some("azure") => 30,
        _ => 110,
    };
    let is_windows = given["osType"] == "Windows";
    json!({
        "count": 1,
        "vmSize": "Standard_D2s_v3",
        "osDiskSizeGB": 128,
        "osDiskType": "Managed",
        "kubeletDiskType": "OS",
        "maxPods": pods,
        "type": "VirtualMachineScaleSets",
        "enableAutoScaling": false,
        "scaleDownMode": "Delete",
        "powerState": {"code": "Running"},
        "orchestratorVersion": around.version.to_string(),
        "enableNodePublicIP": false,
        "mode": "User",
        "enableEncryptionAtHost": false,
        "enableUltraSSD": false,
        "osType": "Linux",
        "osSKU": if is_windows { "Windows2022" } else { "Ubuntu" },
        "nodeImageVersion": "AKSUbuntu-2204gen2containerd-202511.07.0",
        "upgradeSettings": {"maxSurge": "10%", "maxUnavailable": "0"},
        "enableFIPS": false,
        "securityProfile": {"enableVTPM": false, "enableSecureBoot": false},
    })
}

/// A pool that sizes itself is somewhere between its least and its most.
fn size_by_itself(properties: &mut Json) {
    let number = |name: &str| properties[name].as_i64();
    if let (Some(least), Some(most), Some(count)) = (number("minCount"), number("maxCount"), number("count"))
        && least <= most
    {
        properties["count"] = json!(count.clamp(least, most));
    }
}

fn mark_spot(properties: &mut Json) {
    properties["nodeLabels"][SPOT] = json!("spot");
    let taint = json!(format!("{SPOT}=spot:NoSchedule"));
    let mut taints = properties["nodeTaints"].as_array().cloned().unwrap_or_default();
    if !taints.contains(&taint) {
        taints.push(taint);
    }
    properties["nodeTaints"] = Json::Array(taints);
    if properties["scaleSetEvictionPolicy"].is_null() {
        properties["scaleSetEvictionPolicy"] = json!("Delete");
    }
    if properties["spotMaxPrice"].is_null() {
        properties["spotMaxPrice"] = json!(-1);
    }
}

fn check(pool: &Json) -> Result<(), Refusal> {
    let is = |name: &str, value: &str| pool[name] == value;
    let count = pool["count"].as_i64().unwrap_or(0);
    let is_system = is("mode", "System");
    if is_system && (is("osType", "Windows") || is("scaleSetPriority", "Spot")) {
        return Err(invalid("agentPool.mode", "a system pool has to be of Linux, and not of spot machines"));
    }
    if is_system && (count == 0 || pool["minCount"] == 0) {
        return Err(invalid("agentPool.count", "a system pool has to have at least one node"));
    }
    if pool["enableAutoScaling"] == true {
        let (least, most) = (pool["minCount"].as_i64(), pool["maxCount"].as_i64());
        if !least.zip(most).is_some_and(|(least, most)| least <= most && most > 0) {
            let why = "a pool that scales by itself has to have a minCount and a maxCount that is not less";
            return Err(invalid("agentPool.minCount", why));
        }
    }
    if !pool["vmSize"].as_str().is_some_and(|size| size.starts_with("Standard_") && size.len() > 9) {
        return Err(invalid("agentPool.vmSize", "the size is not available in this subscription and region"));
    }
    let zones = pool["availabilityZones"].as_array().into_iter().flatten();
    if !zones.into_iter().all(|zone| ["1", "2", "3"].iter().any(|known| zone == known)) {
        return Err(invalid("agentPool.availabilityZones", "the zones are 1, 2 and 3"));
    }
    if is("osDiskType", "Ephemeral") && pool["osDiskSizeGB"].as_i64().is_some_and(|size| size < 30) {
        return Err(invalid("agentPool.osDiskSizeGB", "it is too small"));
    }
    let taints = pool["nodeTaints"].as_array().into_iter().flatten().filter_map(Json::as_str);
    taints.into_iter().try_for_each(|text| {
        let why = format!("'{text}' is not of the form key=value:effect");
        taint(text).map(|_| ()).ok_or_else(|| invalid("agentPool.nodeTaints", &why))
    })
}

/// A taint such as `dedicated=batch:NoSchedule`, in Kubernetes's words.
pub(super) fn taint(text: &str) -> Option<Json> {
    let (rest, effect) = text.rsplit_once(':')?;
    let (key, value) = rest.split_once('=').unwrap_or((rest, ""));
    let is_known = ["NoSchedule", "NoExecute", "PreferNoSchedule"].contains(&effect);
    (is_known && !key.is_empty()).then(|| json!({"key": key, "value": value, "effect": effect}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(before: Option<&Json>, given: &Json) -> Result<Json, String> {
        let properties = json!({"networkProfile": {"networkPlugin": "azure", "networkPluginMode": "overlay"}});
        let around = Around { properties: &properties, version: Version::read("1.33.3").unwrap() };
        become_of(before, given, around).map(|(pool, _)| pool).map_err(|refusal| refusal.message().to_owned())
    }

    #[test]
    fn a_pool_is_filled_in() {
        let pool = made(None, &json!({"count": 2, "osDiskSizeGB": 0})).unwrap();
        let some = [&pool["count"], &pool["osDiskSizeGB"], &pool["maxPods"], &pool["orchestratorVersion"]];
        assert_eq!(some, [&json!(2), &json!(128), &json!(250), &json!("1.33.3")]);
        let scaling = made(None, &json!({"enableAutoScaling": true, "minCount": 2, "maxCount": 5})).unwrap();
        assert_eq!(scaling["count"], 2);
        let spot = made(None, &json!({"scaleSetPriority": "Spot", "nodeLabels": {"a": "b"}})).unwrap();
        assert_eq!(spot["nodeLabels"], json!({"a": "b", SPOT: "spot"}));
        assert_eq!(spot["nodeTaints"], json!([format!("{SPOT}=spot:NoSchedule")]));
    }

    #[test]
    fn what_a_pool_cannot_be_is_refused() {
        let cases = [
            (json!({"mode": "System", "count": 0}), "at least one node"),
            (json!({"mode": "System", "scaleSetPriority": "Spot"}), "spot"),
            (json!({"mode": "System", "osType": "Windows"}), "Linux"),
            (json!({"enableAutoScaling": true}), "minCount"),
            (json!({"enableAutoScaling": true, "minCount": 3, "maxCount": 2}), "minCount"),
            (json!({"vmSize": "t3.medium"}), "vmSize"),
            (json!({"availabilityZones": ["4"]}), "availabilityZones"),
            (json!({"nodeTaints": ["a=b"]}), "nodeTaints"),
            (json!({"nodeImageVersion": "AKSUbuntu-1"}), "nodeImageVersion"),
            (json!({"orchestratorVersion": "1.33.4"}), "bigger than control plane"),
            (json!({"orchestratorVersion": "1.2.3"}), "not supported"),
        ];
        for (given, expected) in cases {
            let why = made(None, &given).unwrap_err();
            assert!(why.contains(expected), "{given}: {why}");
        }
    }

    #[test]
    fn what_a_pool_was_made_with_stays() {
        let pool = made(None, &json!({"vmSize": "Standard_D2s_v5", "nodeLabels": {"a": "b"}})).unwrap();
        assert_eq!(
            made(Some(&pool), &json!({"vmSize": "Standard_D2s_v5", "osDiskSizeGB": 0, "count": 3})).unwrap()["count"],
            3
        );
        assert_eq!(made(Some(&pool), &json!({"count": 2})).unwrap()["nodeLabels"], Json::Null);
        for given in [json!({"vmSize": "Standard_D4s_v5"}), json!({"availabilityZones": ["1"]}), json!({"maxPods": 50})]
        {
            let why = made(Some(&pool), &given).unwrap_err();
            assert!(why.starts_with("Changing property 'properties."), "{why}");
        }
    }

    #[test]
    fn taints_are_read() {
        let known = json!({"key": "a", "value": "b", "effect": "NoSchedule"});
        assert_eq!(taint("a=b:NoSchedule"), Some(known));
        assert_eq!(taint("a:NoExecute").map(|taint| taint["value"].clone()), Some(json!("")));
        for text in ["", "a", "a=b:Never", ":NoSchedule", "=b:NoSchedule"] {
            assert_eq!(taint(text), None, "{text}");
        }
    }
}
