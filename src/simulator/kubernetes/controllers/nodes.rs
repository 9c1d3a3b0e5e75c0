//! Nodes: they join when their group's machines run, and leave when those go. Knows nothing of pods but where
//! they are.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::Seen;
use super::object::{
    DAEMON_SET, NODE, POD, has_finalizer, is_true, label, list, moment, name, namespace, set, set_label, text, texts,
};
use super::queue::{Task, Work};
use super::turn::Turn;
use crate::clock::Timestamp;
use crate::simulator::aws::{Machines, machines};

pub(super) const ZONE: &str = "topology.kubernetes.io/zone";
const GROUP: &str = "eks.amazonaws.com/nodegroup";
/// What was last seen of the groups, and when.
const SEEN: &str = "node-groups";

/// What of a node group matters to its nodes.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Glance {
    group: String,
    wanted: usize,
    settles: Option<Timestamp>,
}

/// Notices what became of the node groups since the last look, which the cloud tells no one.
pub(super) fn look(turn: &mut Turn<'_, '_>) {
    let glances: Vec<_> = groups(turn, turn.at).iter().map(glance).collect();
    let (last, before): (Timestamp, Vec<Glance>) = turn.cluster.recall(SEEN).unwrap_or_default();
    if glances == before {
        return;
    }
    let (now, settled) = (turn.at, glances.iter().filter_map(|one| one.settles));
    for moment in settled.filter(|moment| *moment > last).chain([now]) {
        super::queue::add(turn.cluster, moment, &Task::new(Work::Nodes, "", ""));
    }
    turn.cluster.remember(SEEN, &(now, glances));
}

/// Makes the nodes those that the groups have at that moment.
pub(super) fn join_and_leave(turn: &mut Turn<'_, '_>, _: &str, _: &str) {
    let groups = groups(turn, turn.at);
    let nodes = turn.cluster.list("", "nodes", None);
    for group in &groups {
        let wanted = wanted(group);
        let mine: Vec<_> = nodes.iter().filter(|node| label(node, GROUP) == group.group).collect();
        for number in mine.len()..wanted {
            join(turn, group, number);
        }
        for node in mine.iter().skip(wanted) {
            turn.erase(&NODE.place(None, name(node)));
        }
    }
    for node in &nodes {
        let of = label(node, GROUP);
        if !of.is_empty() && !groups.iter().any(|group| group.group == of) {
            turn.erase(&NODE.place(None, name(node)));
        }
    }
}

/// Who cares for nodes: pods that wait for one, daemons, and those that ran on one that is gone.
pub(super) fn notice(turn: &mut Turn<'_, '_>, seen: Seen<'_>) {
    let ready = |node: Option<&Json>| node.is_some_and(|node| is_true(node, "Ready"));
    let came = ready(seen.after) && (!ready(seen.before) || seen.differs("/spec") || seen.differs("/metadata/labels"));
    if came {
        turn.wake(NODE.resource, "", "");
    }
    if came || seen.after.is_none() {
        for set in turn.cluster.list(DAEMON_SET.group, DAEMON_SET.resource, None) {
            turn.soon(Work::DaemonSet, namespace(&set), name(&set));
        }
    }
    if seen.after.is_none() {
        let there = |pod: &Json| text(pod, "/spec/nodeName") == seen.place.name;
        for pod in turn.list(POD, "").iter().filter(|pod| there(pod)) {
            let place = POD.place_in(namespace(pod), name(pod));
            // Nobody is left there to end it.
            if list(pod, "/metadata/finalizers").is_empty() {
                turn.erase(&place);
            } else if !has_finalizer(pod, "") {
                turn.delete(&place);
            }
        }
    }
}

fn groups(turn: &mut Turn<'_, '_>, at: Timestamp) -> Vec<Machines> {
    let id = turn.cluster.id();
    machines(turn.cluster.around(), [&id.account, &id.region, &id.name], at)
}

fn glance(group: &Machines) -> Glance {
    Glance { group: group.group.clone(), wanted: wanted(group), settles: group.settles }
}

/// Nodes are there from when their group is active until it is gone.
fn wanted(group: &Machines) -> usize {
    let Some(members) = &group.members else { return 0 };
    let size = super::object::number(members, "/scalingConfig/desiredSize").unwrap_or(0);
    match text(members, "/status") {
        "CREATING" | "CREATE_FAILED" => 0,
        _ => usize::try_from(size).unwrap_or(0),
    }
}

fn join(turn: &mut Turn<'_, '_>, group: &Machines, number: usize) {
    let id = turn.cluster.id();
    let joined: u64 = turn.cluster.recall("nodes-joined").unwrap_or(0);
    turn.cluster.remember("nodes-joined", &(joined + 1));
    let address = format!("10.0.{}.{}", 16 + joined / 250, 4 + joined % 250);
    let domain =
        if id.region == "us-east-1" { "ec2.internal".to_owned() } else { format!("{}.compute.internal", id.region) };
    let node_name = format!("ip-{}.{domain}", address.replace('.', "-"));
    let zone = format!("{}{}", id.region, ["a", "b", "c"].get(number % 3).copied().unwrap_or("a"));
    let machine = format!("i-0{:016x}", turn.cluster.draw());
    let members = group.members.clone().unwrap_or_default();
    let kind = list(&members, "/instanceTypes").first().and_then(Json::as_str).unwrap_or("t3.medium").to_owned();
    let arm = text(&members, "/amiType").contains("ARM");

    let mut node = NODE.object(None, &node_name);
    for (name, value) in [
        ("beta.kubernetes.io/arch", if arm { "arm64" } else { "amd64" }),
        ("beta.kubernetes.io/instance-type", &kind),
        ("beta.kubernetes.io/os", "linux"),
        ("eks.amazonaws.com/capacityType", text(&members, "/capacityType")),
        (GROUP, &group.group),
        ("failure-domain.beta.kubernetes.io/region", &id.region),
        ("failure-domain.beta.kubernetes.io/zone", &zone),
        ("kubernetes.io/arch", if arm { "arm64" } else { "amd64" }),
        ("kubernetes.io/hostname", &node_name),
        ("kubernetes.io/os", "linux"),
        ("node.kubernetes.io/instance-type", &kind),
        ("topology.kubernetes.io/region", &id.region),
        (ZONE, &zone),
    ] {
        set_label(&mut node, name, value);
    }
    for (name, value) in texts(&members, "/labels") {
        set_label(&mut node, &name, &value);
    }
    set(&mut node, "/spec", json!({"providerID": format!("aws:///{zone}/{machine}")}));
    if let Some(taints) = taints(&members) {
        set(&mut node, "/spec/taints", taints);
    }
    set(&mut node, "/status", status(&members, &address, &node_name, turn.at));
    turn.create(&NODE.place(None, &node_name), node);
}

/// The group's taints in the cluster's own words.
fn taints(members: &Json) -> Option<Json> {
    let effects =
        [("NO_SCHEDULE", "NoSchedule"), ("NO_EXECUTE", "NoExecute"), ("PREFER_NO_SCHEDULE", "PreferNoSchedule")];
    let of = |word: &str| effects.iter().find(|(theirs, _)| *theirs == word).map_or("NoSchedule", |(_, ours)| ours);
    let taints = list(members, "/taints").iter().map(
        |taint| json!({"key": taint["key"], "value": text(taint, "/value"), "effect": of(text(taint, "/effect"))}),
    );
    let taints: Vec<_> = taints.collect();
    (!taints.is_empty()).then_some(Json::Array(taints))
}

fn status(members: &Json, address: &str, name: &str, at: Timestamp) -> Json {
    let condition = |of: &str, status: &str, reason: &str, message: &str| {
        json!({"type": of, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": moment(at), "lastTransitionTime": moment(at)})
    };
    let version = text(members, "/version");
    json!({
        "addresses": [
            {"type": "InternalIP", "address": address},
            {"type": "InternalDNS", "address": name},
            {"type": "Hostname", "address": name},
        ],
        "capacity": {"cpu": "2", "memory": "3943372Ki", "ephemeral-storage": "20893676Ki", "pods": "17"},
        "allocatable": {"cpu": "1930m", "memory": "3388364Ki", "ephemeral-storage": "18181869946", "pods": "17"},
        "conditions": [
            condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "architecture": if text(members, "/amiType").contains("ARM") { "arm64" } else { "amd64" },
            "bootID": "", "machineID": "", "systemUUID": "",
            "containerRuntimeVersion": "containerd://2.1.4",
            "kernelVersion": "6.12.46-66.121.amzn2023.x86_64",
            "kubeProxyVersion": format!("v{version}.0-eks-simulated"),
            "kubeletVersion": format!("v{version}.0-eks-simulated"),
            "operatingSystem": "linux",
            "osImage": "Amazon Linux 2023",
        },
    })
}
