//! Nodes: they join when their group's machines run, and leave when those go. Knows nothing of pods but where
//! they are.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::Seen;
use super::object::{
    DAEMON_SET, NODE, POD, has_finalizer, is_true, label, list, moment, name, namespace, set, set_label, text,
};
use super::queue::{Task, Work};
use super::turn::Turn;
use crate::clock::Timestamp;
use crate::simulator::kubernetes::clouds::{Cloud, MachineKind, Machines, Slot, machines};

pub(super) const ZONE: &str = "topology.kubernetes.io/zone";
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
    let label_of_group = Cloud::of(&turn.cluster.id()).group_label();
    let nodes = turn.cluster.list("", "nodes", None);
    for group in &groups {
        let mine: Vec<_> = nodes.iter().filter(|node| label(node, label_of_group) == group.group).collect();
        for number in mine.len()..group.wanted {
            join(turn, group, number);
        }
        for node in mine.iter().skip(group.wanted) {
            turn.erase(&NODE.place(None, name(node)));
        }
    }
    for node in &nodes {
        let of = label(node, label_of_group);
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
    machines(turn.cluster.around(), &id, at)
}

fn glance(group: &Machines) -> Glance {
    Glance { group: group.group.clone(), wanted: group.wanted, settles: group.settles }
}

fn join(turn: &mut Turn<'_, '_>, group: &Machines, number: usize) {
    let (id, kind) = (turn.cluster.id(), &group.kind);
    let joined = count(turn, "nodes-joined");
    let cloud = Cloud::of(&id);
    let address = format!("{}.{}.{}", cloud.fittings().nodes, 16 + joined / 250, 4 + joined % 250);
    let zone = kind.zones.get(number % kind.zones.len().max(1)).map(String::as_str).unwrap_or_default();
    let number = count(turn, &format!("group-nodes-joined/{}", group.group));
    let slot = Slot { number, address: &address, zone, drawn: turn.cluster.draw() };
    let (node_name, provider_id) = cloud.node_name(&id, kind, slot);
    let architecture = if kind.is_arm { "arm64" } else { "amd64" };
    let region = kind.region.as_str();

    let mut node = NODE.object(None, &node_name);
    for (name, value) in [
        ("beta.kubernetes.io/arch", architecture),
        ("beta.kubernetes.io/instance-type", &kind.instance),
        ("beta.kubernetes.io/os", "linux"),
        ("failure-domain.beta.kubernetes.io/region", region),
        ("failure-domain.beta.kubernetes.io/zone", zone),
        ("kubernetes.io/arch", architecture),
        ("kubernetes.io/hostname", &node_name),
        ("kubernetes.io/os", "linux"),
        ("node.kubernetes.io/instance-type", &kind.instance),
        ("topology.kubernetes.io/region", region),
        (ZONE, zone),
    ] {
        set_label(&mut node, name, value);
    }
    for (name, value) in &kind.labels {
        set_label(&mut node, name, value);
    }
    set(&mut node, "/spec", json!({"providerID": provider_id}));
    if !kind.taints.is_empty() {
        set(&mut node, "/spec/taints", kind.taints.clone());
    }
    set(&mut node, "/status", status(kind, &address, &node_name, turn.at));
    turn.create(&NODE.place(None, &node_name), node);
}

/// How many there were before this one.
fn count(turn: &mut Turn<'_, '_>, of: &str) -> u64 {
    let before: u64 = turn.cluster.recall(of).unwrap_or(0);
    turn.cluster.remember(of, &(before + 1));
    before
}

fn status(kind: &MachineKind, address: &str, name: &str, at: Timestamp) -> Json {
    let condition = |of: &str, status: &str, reason: &str, message: &str| {
        json!({"type": of, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": moment(at), "lastTransitionTime": moment(at)})
    };
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
            "architecture": if kind.is_arm { "arm64" } else { "amd64" },
            "bootID": "", "machineID": "", "systemUUID": "",
            "containerRuntimeVersion": "containerd://2.1.4",
            "kernelVersion": kind.kernel,
            "kubeProxyVersion": kind.kubelet,
            "kubeletVersion": kind.kubelet,
            "operatingSystem": "linux",
            "osImage": kind.system,
        },
    })
}
