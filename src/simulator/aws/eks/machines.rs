//! Node groups as the clusters see them whose nodes they are.

use serde_json::{Value as Json, json};

use super::place::NODE_GROUP;
use super::status::Object;
use crate::clock::Timestamp;
use crate::simulator::World;
use crate::simulator::kubernetes::ClusterId;
use crate::simulator::kubernetes::clouds::{MachineKind, Machines, Slot};

/// The label in which a node says of which group it is.
pub(in crate::simulator) const GROUP: &str = "eks.amazonaws.com/nodegroup";

pub(in crate::simulator) fn machines(world: &World, id: &ClusterId, time: Timestamp) -> Vec<Machines> {
    let ClusterId { account, region, name } = id;
    let groups = world.list::<Object>(&format!("aws/{account}/{region}/eks/{NODE_GROUP}/{name}/"));
    let seen = groups.into_iter().map(|(group, object)| {
        let settles = object.settles_at();
        let now = object.at(time);
        let wanted = now.as_ref().map_or(0, wanted);
        let kind = now.map(|object| kind(&object, &group, region)).unwrap_or_default();
        Machines { group, wanted, settles, kind }
    });
    seen.collect()
}

/// Nodes are there from when their group is active until it is gone.
fn wanted(group: &Object) -> usize {
    let size = group.inner(&["scalingConfig", "desiredSize"]).as_u64().unwrap_or(0);
    match group.status() {
        "CREATING" | "CREATE_FAILED" => 0,
        _ => usize::try_from(size).unwrap_or(0),
    }
}

fn kind(group: &Object, name: &str, region: &str) -> MachineKind {
    let first = group.inner(&["instanceTypes"]).get(0).and_then(Json::as_str);
    let own = [("eks.amazonaws.com/capacityType", group.text("capacityType")), (GROUP, name)];
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let given = group.inner(&["labels"]).as_object().into_iter().flatten();
    let given = given.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    MachineKind {
        instance: first.unwrap_or("t3.medium").to_owned(),
        is_arm: group.text("amiType").contains("ARM"),
        region: region.to_owned(),
        zones: ["a", "b", "c"].map(|letter| format!("{region}{letter}")).into(),
        labels: own.into_iter().chain(given).collect(),
        taints: taints(group),
        kubelet: format!("v{}.0-eks-simulated", group.text("version")),
        system: "Amazon Linux 2023",
        kernel: "6.12.46-66.121.amzn2023.x86_64",
        prefix: String::new(),
        provider: String::new(),
    }
}

/// The group's taints in the cluster's own words.
fn taints(group: &Object) -> Vec<Json> {
    let effects =
        [("NO_SCHEDULE", "NoSchedule"), ("NO_EXECUTE", "NoExecute"), ("PREFER_NO_SCHEDULE", "PreferNoSchedule")];
    let of = |word: &Json| effects.iter().find(|(theirs, _)| word == theirs).map_or("NoSchedule", |(_, ours)| ours);
    let taints = group.inner(&["taints"]).as_array().into_iter().flatten();
    taints
        .map(|taint| {
            let value = taint["value"].as_str().unwrap_or_default();
            json!({"key": taint["key"], "value": value, "effect": of(&taint["effect"])})
        })
        .collect()
}

/// After the address, as EC2 names machines.
pub(in crate::simulator) fn node_name(region: &str, slot: Slot<'_>) -> (String, String) {
    let domain = if region == "us-east-1" { "ec2.internal".to_owned() } else { format!("{region}.compute.internal") };
    let name = format!("ip-{}.{domain}", slot.address.replace('.', "-"));
    (name, format!("aws:///{}/i-0{:016x}", slot.zone, slot.drawn))
}
