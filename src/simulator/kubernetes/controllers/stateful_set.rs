//! StatefulSets: pods with numbers, one after the other, each with claims of its own.

use serde_json::Value as Json;

use super::object::{
    CLAIM, POD, STATEFUL_SET, count, deleting, generation, label, list, name, namespace, number, set, set_label, text,
};
use super::queue::{Task, Work};
use super::revision::{LABEL, current};
use super::turn::Turn;
use super::{pod, pod_template};
use crate::clock::Timestamp;

pub(super) fn look(turn: &mut Turn<'_, '_>, space: &str, own_name: &str) {
    let Some(owner) = turn.get(STATEFUL_SET, space, own_name) else { return };
    let version = current(turn, &owner);
    if !deleting(&owner) {
        advance(turn, &owner, &version);
    }
    report(turn, owner, &version);
}

fn replicas(owner: &Json) -> i64 {
    number(owner, "/spec/replicas").unwrap_or(1)
}

fn first(owner: &Json) -> i64 {
    number(owner, "/spec/ordinals/start").unwrap_or(0)
}

fn ordinal(pod: &Json) -> Option<i64> {
    name(pod).rsplit_once('-')?.1.parse().ok()
}

/// One step: what comes first in order is done first, and the next only when it is.
fn advance(turn: &mut Turn<'_, '_>, owner: &Json, version: &str) {
    let pods = turn.controlled(owner, POD);
    let parallel = text(owner, "/spec/podManagementPolicy") == "Parallel";
    let seconds = number(owner, "/spec/minReadySeconds").unwrap_or(0);
    let (start, end) = (first(owner), first(owner) + replicas(owner));
    for number in start..end {
        match pods.iter().find(|one| ordinal(one) == Some(number)) {
            None => {
                if !add(turn, owner, number, version) || !parallel {
                    return;
                }
            }
            Some(one) if pod::is_over(one) && !deleting(one) => {
                turn.delete(&POD.place_in(namespace(one), name(one)));
                if !parallel {
                    return;
                }
            }
            Some(one) if !parallel && (deleting(one) || !available(turn, owner, one, seconds)) => {
                return replace_broken(turn, owner, &pods, version);
            }
            Some(_) => {}
        }
    }
    let mut surplus: Vec<_> =
        pods.iter().filter(|one| ordinal(one).is_none_or(|number| number < start || number >= end)).collect();
    surplus.sort_by_key(|one| std::cmp::Reverse(ordinal(one)));
    if !surplus.is_empty() {
        for one in surplus.iter().take(if parallel { usize::MAX } else { 1 }) {
            remove(turn, owner, one);
        }
        return;
    }
    roll(turn, owner, pods, version, seconds);
}

/// A pod of an old version that never got ready stands in the way of its own repair.
fn replace_broken(turn: &mut Turn<'_, '_>, owner: &Json, pods: &[Json], version: &str) {
    let broken = |one: &&Json| !pod::is_ready(one) && !deleting(one) && !is_of(one, owner, version);
    if let Some(one) = pods.iter().rev().find(broken)
        && text(owner, "/spec/updateStrategy/type") != "OnDelete"
    {
        remove(turn, owner, one);
    }
}

/// Replaces pods of older versions, the last first, one at a time.
fn roll(turn: &mut Turn<'_, '_>, owner: &Json, mut pods: Vec<Json>, version: &str, seconds: i64) {
    if text(owner, "/spec/updateStrategy/type") == "OnDelete" {
        return;
    }
    let from = number(owner, "/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0);
    pods.sort_by_key(|one| std::cmp::Reverse(ordinal(one)));
    for one in pods.iter().filter(|one| ordinal(one).is_some_and(|number| number >= from)) {
        if !is_of(one, owner, version) {
            remove(turn, owner, one);
            return;
        }
        if deleting(one) || !available(turn, owner, one, seconds) {
            return;
        }
    }
}

fn is_of(pod: &Json, _: &Json, version: &str) -> bool {
    label(pod, LABEL) == version
}

fn available(turn: &mut Turn<'_, '_>, owner: &Json, one: &Json, seconds: i64) -> bool {
    match pod::is_available(one, seconds, turn.at) {
        Ok(()) => true,
        Err(from) => {
            let again = |from: Timestamp| turn.later(from, Work::StatefulSet, namespace(owner), name(owner));
            from.map(again);
            false
        }
    }
}

fn remove(turn: &mut Turn<'_, '_>, owner: &Json, one: &Json) {
    if !deleting(one) {
        turn.delete(&POD.place_in(namespace(one), name(one)));
        let told = format!("delete Pod {} in StatefulSet {} successful", name(one), name(owner));
        turn.tell(owner, "statefulset-controller", true, "SuccessfulDelete", &told);
    }
}

/// Makes a pod and its claims, and says whether the server took it.
fn add(turn: &mut Turn<'_, '_>, owner: &Json, number: i64, version: &str) -> bool {
    let space = namespace(owner).to_owned();
    let pod_name = format!("{}-{number}", name(owner));
    let mut pod = pod_template::pod(owner, &owner["spec"]["template"], &pod_name);
    set_label(&mut pod, LABEL, version);
    set_label(&mut pod, "statefulset.kubernetes.io/pod-name", &pod_name);
    set_label(&mut pod, "apps.kubernetes.io/pod-index", &number.to_string());
    set(&mut pod, "/spec/hostname", pod_name.as_str());
    set(&mut pod, "/spec/subdomain", text(owner, "/spec/serviceName").to_owned());
    let task = Task::new(Work::StatefulSet, &space, name(owner));
    if let Some(refusal) = pod_template::refusal(turn, &pod, &task) {
        let told = format!("create Pod {pod_name} in StatefulSet {} failed error: {refusal}", name(owner));
        turn.tell(owner, "statefulset-controller", false, "FailedCreate", &told);
        return false;
    }
    let mut volumes = list(&pod, "/spec/volumes").to_vec();
    for template in list(owner, "/spec/volumeClaimTemplates") {
        let claim_name = format!("{}-{pod_name}", name(template));
        let mut claim = CLAIM.object(Some(&space), &claim_name);
        for part in ["labels", "annotations"] {
            if let Some(value) = template["metadata"].get(part) {
                claim["metadata"][part] = value.clone();
            }
        }
        for (label, value) in super::object::texts(owner, "/spec/selector/matchLabels") {
            set_label(&mut claim, &label, &value);
        }
        set(&mut claim, "/spec", template["spec"].clone());
        if text(&claim, "/spec/volumeMode").is_empty() {
            set(&mut claim, "/spec/volumeMode", "Filesystem");
        }
        set(&mut claim, "/status", serde_json::json!({"phase": "Pending"}));
        turn.create(&CLAIM.place_in(&space, &claim_name), claim);
        volumes.retain(|volume| volume["name"] != template["metadata"]["name"]);
        volumes.push(serde_json::json!({
            "name": name(template), "persistentVolumeClaim": {"claimName": claim_name},
        }));
    }
    if !volumes.is_empty() {
        set(&mut pod, "/spec/volumes", volumes);
    }
    turn.create(&POD.place_in(&space, &pod_name), pod);
    let told = format!("create Pod {pod_name} in StatefulSet {} successful", name(owner));
    turn.tell(owner, "statefulset-controller", true, "SuccessfulCreate", &told);
    true
}

fn report(turn: &mut Turn<'_, '_>, mut owner: Json, version: &str) {
    let pods = turn.controlled(&owner, POD);
    let seconds = number(&owner, "/spec/minReadySeconds").unwrap_or(0);
    let living = pods.iter().filter(|one| !pod::is_over(one));
    let (mut all, mut ready, mut available, mut updated) = (0, 0, 0, 0);
    for one in living {
        all += 1;
        ready += i64::from(pod::is_ready(one));
        available += i64::from(pod::is_available(one, seconds, turn.at).is_ok());
        updated += i64::from(!deleting(one) && is_of(one, &owner, version));
    }
    let complete = updated == replicas(&owner) && ready == all && all == updated;
    let before = text(&owner, "/status/currentRevision").to_owned();
    let old = if complete || before.is_empty() { version.to_owned() } else { before };
    let current = pods.iter().filter(|one| !deleting(one) && label(one, LABEL) == old).count();
    set(&mut owner, "/status/replicas", all);
    set(&mut owner, "/status/availableReplicas", available);
    count(&mut owner, "/status/readyReplicas", ready);
    count(&mut owner, "/status/currentReplicas", i64::try_from(current).unwrap_or(0));
    count(&mut owner, "/status/updatedReplicas", updated);
    set(&mut owner, "/status/currentRevision", old);
    set(&mut owner, "/status/updateRevision", version);
    set(&mut owner, "/status/collisionCount", 0);
    let seen = generation(&owner);
    set(&mut owner, "/status/observedGeneration", seen);
    turn.save(&STATEFUL_SET.place_in(namespace(&owner), name(&owner)), owner);
}
