//! DaemonSets: a pod on every node that may run it.

use serde_json::{Value as Json, json};

use super::object::{
    DAEMON_SET, POD, count, deleting, generation, label, list, name, namespace, number, set, set_label, share, text,
};
use super::queue::{Task, Work};
use super::revision::{LABEL, hash};
use super::turn::Turn;
use super::{pod, pod_template, revision, scheduler};

/// Daemons run where others are kept from.
const TOLERATED: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

pub(super) fn look(turn: &mut Turn<'_, '_>, space: &str, own_name: &str) {
    let Some(owner) = turn.get(DAEMON_SET, space, own_name) else { return };
    revision::current(turn, &owner);
    if !deleting(&owner) {
        place_pods(turn, &owner);
    }
    report(turn, owner);
}

fn mark(owner: &Json) -> String {
    hash(&owner["spec"]["template"], 0)
}

/// The nodes that are to have one.
fn nodes(turn: &Turn<'_, '_>, owner: &Json) -> Vec<String> {
    let pod = json!({"spec": owner["spec"]["template"]["spec"]});
    let mut pod = pod;
    tolerate(&mut pod);
    // A cordon keeps no daemon away.
    let open = |mut node: Json| {
        set(&mut node, "/spec/unschedulable", false);
        node
    };
    let nodes = turn.cluster.list("", "nodes", None).into_iter().map(open);
    nodes.filter(|node| scheduler::obstacle(&pod, node).is_none()).map(|node| name(&node).to_owned()).collect()
}

fn tolerate(pod: &mut Json) {
    let mut all = list(pod, "/spec/tolerations").to_vec();
    all.extend(TOLERATED.iter().map(|(key, effect)| json!({"key": key, "operator": "Exists", "effect": effect})));
    set(pod, "/spec/tolerations", all);
}

/// The node that a daemon's pod is for.
fn node_of(pod: &Json) -> &str {
    let terms = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    let fields = list(pod, terms).first().map_or(&[][..], |term| list(term, "/matchFields"));
    fields.first().and_then(|field| list(field, "/values").first()).and_then(Json::as_str).unwrap_or_default()
}

fn place_pods(turn: &mut Turn<'_, '_>, owner: &Json) {
    let wanted = nodes(turn, owner);
    let pods = turn.controlled(owner, POD);
    for one in &pods {
        let misplaced = !wanted.iter().any(|node| node == node_of(one));
        if (misplaced || pod::is_over(one)) && !deleting(one) {
            remove(turn, owner, one);
        }
    }
    for node in &wanted {
        if !pods.iter().any(|one| node_of(one) == node) && !add(turn, owner, node) {
            return;
        }
    }
    roll(turn, owner, &pods, wanted.len());
}

fn roll(turn: &mut Turn<'_, '_>, owner: &Json, pods: &[Json], nodes: usize) {
    if text(owner, "/spec/updateStrategy/type") == "OnDelete" {
        return;
    }
    let nodes = i64::try_from(nodes).unwrap_or(0);
    let most = share(owner.pointer("/spec/updateStrategy/rollingUpdate/maxUnavailable"), nodes, true, "1%").max(1);
    let ready = pods.iter().filter(|one| pod::is_active(one) && pod::is_ready(one)).count();
    let mut spare = most - (nodes - i64::try_from(ready).unwrap_or(0));
    let mark = mark(owner);
    for one in pods.iter().filter(|one| pod::is_active(one) && label(one, LABEL) != mark) {
        if !pod::is_ready(one) {
            remove(turn, owner, one);
        } else if spare > 0 {
            spare -= 1;
            remove(turn, owner, one);
        }
    }
}

fn remove(turn: &mut Turn<'_, '_>, owner: &Json, one: &Json) {
    turn.delete(&POD.place_in(namespace(one), name(one)));
    turn.tell(owner, "daemonset-controller", true, "SuccessfulDelete", &format!("Deleted pod: {}", name(one)));
}

fn add(turn: &mut Turn<'_, '_>, owner: &Json, node: &str) -> bool {
    let pod_name = format!("{}-{}", name(owner), turn.suffix());
    let mut pod = pod_template::pod(owner, &owner["spec"]["template"], &pod_name);
    set_label(&mut pod, LABEL, &mark(owner));
    if let Some(version) = number(owner, "/metadata/generation") {
        set_label(&mut pod, "pod-template-generation", &version.to_string());
    }
    let field = json!({"key": "metadata.name", "operator": "In", "values": [node]});
    let terms = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    set(&mut pod, terms, json!([{"matchFields": [field]}]));
    tolerate(&mut pod);
    let task = Task::new(Work::DaemonSet, namespace(owner), name(owner));
    if let Some(refusal) = pod_template::refusal(turn, &pod, &task) {
        turn.tell(owner, "daemonset-controller", false, "FailedCreate", &format!("Error creating: {refusal}"));
        return false;
    }
    turn.create(&POD.place_in(namespace(owner), &pod_name), pod);
    turn.tell(owner, "daemonset-controller", true, "SuccessfulCreate", &format!("Created pod: {pod_name}"));
    true
}

fn report(turn: &mut Turn<'_, '_>, mut owner: Json) {
    let wanted = nodes(turn, &owner);
    let pods: Vec<_> = turn.controlled(&owner, POD).into_iter().filter(pod::is_active).collect();
    let seconds = number(&owner, "/spec/minReadySeconds").unwrap_or(0);
    let mark = mark(&owner);
    let (mut here, mut ready, mut available, mut updated, mut misplaced) = (0, 0, 0, 0, 0);
    for one in &pods {
        if !wanted.iter().any(|node| node == node_of(one)) {
            misplaced += 1;
            continue;
        }
        here += 1;
        ready += i64::from(pod::is_ready(one));
        updated += i64::from(label(one, LABEL) == mark);
        match pod::is_available(one, seconds, turn.at) {
            Ok(()) => available += 1,
            Err(Some(from)) => turn.later(from, Work::DaemonSet, namespace(&owner), name(&owner)),
            Err(None) => {}
        }
    }
    let desired = i64::try_from(wanted.len()).unwrap_or(0);
    for (member, value) in [
        ("currentNumberScheduled", here),
        ("desiredNumberScheduled", desired),
        ("numberMisscheduled", misplaced),
        ("numberReady", ready),
    ] {
        set(&mut owner, &format!("/status/{member}"), value);
    }
    count(&mut owner, "/status/numberAvailable", available);
    count(&mut owner, "/status/numberUnavailable", desired - available);
    count(&mut owner, "/status/updatedNumberScheduled", updated);
    let seen = generation(&owner);
    set(&mut owner, "/status/observedGeneration", seen);
    turn.save(&DAEMON_SET.place_in(namespace(&owner), name(&owner)), owner);
}
