//! Pools as the clusters see them whose nodes they are.

use serde_json::Value as Json;

use super::{busy, control_plane, key_of, pool_settings};
use crate::clock::Timestamp;
use crate::simulator::World;
use crate::simulator::kubernetes::ClusterId;
use crate::simulator::kubernetes::clouds::{MachineKind, Machines, Slot};
use crate::simulator::object::Object;

/// The label in which a node says of which pool it is.
pub(in crate::simulator) const POOL: &str = "kubernetes.azure.com/agentpool";

pub(in crate::simulator) fn machines(world: &World, id: &ClusterId, time: Timestamp) -> Vec<Machines> {
    let Some(cluster) = control_plane::cluster(world, id) else { return Vec::new() };
    let pools = world.list::<Object>(&format!("{}/agentpools/", key_of(id)));
    let seen = pools.into_iter().map(|(group, pool)| {
        let settles = pool.settles_at();
        let now = pool.at(time);
        let wanted = now.as_ref().map_or(0, wanted);
        let kind = now.map(|pool| kind(&cluster, &pool, &group)).unwrap_or_default();
        Machines { group, wanted, settles, kind }
    });
    seen.collect()
}

/// Nodes are there from when their pool was made until it is gone.
fn wanted(pool: &Object) -> usize {
    let count = pool.inner(&["properties", "count"]).as_u64().unwrap_or(0);
    let was_made = pool.inner(&["properties", "currentOrchestratorVersion"]).is_string();
    if was_made && busy::state(pool) != "Creating" { usize::try_from(count).unwrap_or(0) } else { 0 }
}

fn kind(cluster: &Object, pool: &Object, name: &str) -> MachineKind {
    let properties = pool.inner(&["properties"]);
    let text = |name: &str| properties[name].as_str().unwrap_or_default();
    let location = cluster.text("location");
    let number = cluster.hidden.get("machines").and_then(Json::as_str).unwrap_or_default();
    let node_group = cluster.inner(&["properties", "nodeResourceGroup"]).as_str().unwrap_or_default();
    let subscription = cluster.text("id").split('/').nth(2).unwrap_or_default();
    let prefix = format!("aks-{name}-{number}-vmss");
    let provider = format!(
        "azure:///subscriptions/{subscription}/resourceGroups/{}/providers/Microsoft.Compute/virtualMachineScaleSets/\
         {prefix}/virtualMachines/",
        node_group.to_lowercase()
    );
    let mode = text("mode").to_lowercase();
    let own = [
        ("agentpool", name),
        (POOL, name),
        ("kubernetes.azure.com/cluster", node_group),
        ("kubernetes.azure.com/mode", &mode),
        ("kubernetes.azure.com/node-image-version", text("nodeImageVersion")),
        ("kubernetes.azure.com/os-sku", text("osSKU")),
        ("kubernetes.azure.com/role", "agent"),
    ];
    let given = properties["nodeLabels"].as_object().into_iter().flatten();
    let given = given.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    let zones = properties["availabilityZones"].as_array().into_iter().flatten().filter_map(Json::as_str);
    let mut zones: Vec<_> = zones.map(|zone| format!("{location}-{zone}")).collect();
    if zones.is_empty() {
        // Machines of no zone have the number of their fault domain there.
        zones.push("0".to_owned());
    }
    let taints = properties["nodeTaints"].as_array().into_iter().flatten().filter_map(Json::as_str);
    MachineKind {
        instance: text("vmSize").to_owned(),
        is_arm: is_arm(text("vmSize")),
        region: location.to_owned(),
        zones,
        labels: own.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().chain(given).collect(),
        taints: taints.filter_map(pool_settings::taint).collect(),
        kubelet: format!("v{}", text("currentOrchestratorVersion")),
        system: "Ubuntu 22.04.5 LTS",
        kernel: "5.15.0-1098-azure",
        prefix,
        provider,
    }
}

/// A size such as `Standard_D2ps_v5`, where the letters behind the number have a p.
fn is_arm(size: &str) -> bool {
    let family = size.split('_').nth(1).unwrap_or_default();
    let features = family.trim_start_matches(|one: char| one.is_ascii_uppercase());
    features.trim_start_matches(|one: char| one.is_ascii_digit()).contains('p')
}

/// As scale sets name machines: by their number, in six digits of base 36.
pub(in crate::simulator) fn node_name(kind: &MachineKind, slot: Slot<'_>) -> (String, String) {
    let mut digits = Vec::new();
    let mut rest = slot.number;
    for _ in 0..6 {
        let digit = u32::try_from(rest % 36).ok().and_then(|digit| char::from_digit(digit, 36));
        digits.push(digit.unwrap_or('0'));
        rest /= 36;
    }
    let digits: String = digits.into_iter().rev().collect();
    (format!("{}{digits}", kind.prefix), format!("{}{}", kind.provider, slot.number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_named_by_their_number() {
        let kind =
            MachineKind { prefix: "aks-a-1-vmss".to_owned(), provider: "azure:///x/".to_owned(), ..Default::default() };
        for (number, expected) in [(0, "000000"), (9, "000009"), (35, "00000z"), (36, "000010")] {
            let (name, id) = node_name(&kind, Slot { number, address: "", zone: "", drawn: 0 });
            assert_eq!((name, id), (format!("aks-a-1-vmss{expected}"), format!("azure:///x/{number}")));
        }
    }

    #[test]
    fn sizes_say_what_processors_they_have() {
        for (size, arm) in
            [("Standard_D2ps_v5", true), ("Standard_D2s_v5", false), ("Standard_B2pls_v2", true), ("x", false)]
        {
            assert_eq!(is_arm(size), arm, "{size}");
        }
    }
}
