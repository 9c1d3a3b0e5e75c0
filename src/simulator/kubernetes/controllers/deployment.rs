//! Deployments: a ReplicaSet for each template, the newest brought up and the others down.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::object::{
    DEPLOYMENT, POD, REPLICA_SET, annotation, condition, controller, count, deleting, drop_condition, flag, generation,
    moment, name, namespace, number, put_condition, set, set_annotation, set_label, share, text, time,
};
use super::pod_template::without_label;
use super::queue::Work;
use super::revision::hash;
use super::rollout::{Limits, Size, new_size, old_sizes};
use super::turn::Turn;
use crate::clock::Timestamp;
use crate::simulator::kubernetes::Place;

const HASH: &str = "pod-template-hash";
const REVISION: &str = "deployment.kubernetes.io/revision";

pub(super) fn look(turn: &mut Turn<'_, '_>, space: &str, deployment_name: &str) {
    let Some(mut deployment) = turn.get(DEPLOYMENT, space, deployment_name) else { return };
    let mut sets = turn.controlled(&deployment, REPLICA_SET);
    sets.sort_by_key(revision);
    if !deleting(&deployment) {
        let paused = flag(&deployment, "/spec/paused");
        let mut newest = sets.iter().position(|set| is_of(set, &deployment));
        if newest.is_none() && !paused {
            // Before it asks for less of the old, as much of the new as there is room for.
            if may_begin(turn, &deployment, &sets) {
                begin(turn, &mut deployment, &sets);
            }
            sets = turn.controlled(&deployment, REPLICA_SET);
            sets.sort_by_key(revision);
            newest = sets.iter().position(|set| is_of(set, &deployment));
        }
        if let Some(newest) = newest {
            number_revision(turn, &mut deployment, &mut sets, newest);
        }
        let (new, old) = split(&sets, newest);
        scale(turn, &deployment, new.as_ref(), &old, paused);
        tidy(turn, &deployment, &old);
    }
    report(turn, deployment);
}

fn place(deployment: &Json) -> Place {
    DEPLOYMENT.place_in(namespace(deployment), name(deployment))
}

fn revision(set: &Json) -> i64 {
    annotation(set, REVISION).and_then(|revision| revision.parse().ok()).unwrap_or(0)
}

/// Whether it is the set of the template that the Deployment has now.
fn is_of(set: &Json, deployment: &Json) -> bool {
    without_label(&set["spec"]["template"], HASH) == without_label(&deployment["spec"]["template"], HASH)
}

fn split(sets: &[Json], newest: Option<usize>) -> (Option<Json>, Vec<Json>) {
    let new = newest.and_then(|index| sets.get(index)).cloned();
    let others = sets.iter().enumerate().filter(|(index, _)| Some(*index) != newest);
    (new, others.map(|(_, set)| set.clone()).collect())
}

fn replicas(object: &Json) -> i64 {
    number(object, "/spec/replicas").unwrap_or(1)
}

fn recreates(deployment: &Json) -> bool {
    text(deployment, "/spec/strategy/type") == "Recreate"
}

fn limits(deployment: &Json) -> Limits {
    let replicas = replicas(deployment);
    let of = |member: &str, up| {
        share(deployment.pointer(&format!("/spec/strategy/rollingUpdate/{member}")), replicas, up, "25%")
    };
    let (surge, unavailable) = match recreates(deployment) {
        true => (0, replicas),
        false => (of("maxSurge", true), of("maxUnavailable", false)),
    };
    // Something has to move.
    let unavailable = if surge == 0 { unavailable.max(1) } else { unavailable };
    Limits { replicas, surge, unavailable: unavailable.min(replicas) }
}

fn size(set: &Json) -> Size {
    Size { wanted: replicas(set), available: number(set, "/status/availableReplicas").unwrap_or(0) }
}

/// A Deployment that recreates has no pod of the new template while there is one of the old.
fn may_begin(turn: &mut Turn<'_, '_>, deployment: &Json, sets: &[Json]) -> bool {
    if !recreates(deployment) {
        return true;
    }
    for set in sets.iter().filter(|set| replicas(set) > 0) {
        resize(turn, deployment, set, 0);
    }
    sets.iter().all(|set| turn.controlled(set, POD).iter().all(super::pod::is_over))
}

/// Makes the ReplicaSet of a new template.
fn begin(turn: &mut Turn<'_, '_>, deployment: &mut Json, sets: &[Json]) {
    let template = without_label(&deployment["spec"]["template"], HASH);
    let space = namespace(deployment).to_owned();
    let (mut mark, mut collisions) = (hash(&template, 0), 0);
    while turn.get(REPLICA_SET, &space, &format!("{}-{mark}", name(deployment))).is_some() {
        collisions += 1;
        mark = hash(&template, collisions);
    }
    let set_name = format!("{}-{mark}", name(deployment));
    let mut new = Turn::owned(REPLICA_SET, deployment, &set_name);
    set(&mut new, "/metadata/labels", deployment["spec"]["template"]["metadata"]["labels"].clone());
    set_label(&mut new, HASH, &mark);
    copy_annotations(deployment, &mut new);
    set(&mut new, "/spec/selector", deployment["spec"]["selector"].clone());
    set(&mut new, &format!("/spec/selector/matchLabels/{HASH}"), mark.as_str());
    set(&mut new, "/spec/template", deployment["spec"]["template"].clone());
    set(&mut new, &format!("/spec/template/metadata/labels/{HASH}"), mark.as_str());
    if let Some(seconds) = number(deployment, "/spec/minReadySeconds").filter(|seconds| *seconds > 0) {
        set(&mut new, "/spec/minReadySeconds", seconds);
    }
    let old: Vec<_> = sets.iter().map(size).collect();
    let wanted = new_size(limits(deployment), Size::default(), &old);
    set(&mut new, "/spec/replicas", wanted);
    set(&mut new, "/status", json!({"replicas": 0}));
    note_size(deployment, &mut new);
    let next = sets.iter().map(revision).max().unwrap_or(0) + 1;
    set_annotation(&mut new, REVISION, &next.to_string());
    turn.create(&REPLICA_SET.place_in(&space, &set_name), new);
    if wanted > 0 {
        let told = format!("Scaled up replica set {set_name} from 0 to {wanted}");
        turn.tell(deployment, "deployment-controller", true, "ScalingReplicaSet", &told);
    }
    let made = format!("Created new replica set \"{set_name}\"");
    progress(deployment, "True", "NewReplicaSetCreated", &made, turn.at);
    turn.save(&place(deployment), deployment.clone());
    *deployment = turn.cluster.get(&place(deployment)).unwrap_or_default();
}

/// The newest set has the highest revision, also when an old template comes back.
fn number_revision(turn: &mut Turn<'_, '_>, deployment: &mut Json, sets: &mut [Json], newest: usize) {
    let highest = sets.iter().enumerate().filter(|(index, _)| *index != newest).map(|(_, set)| revision(set)).max();
    let Some(new) = sets.get_mut(newest) else { return };
    let mut changed = new.clone();
    if revision(new) <= highest.unwrap_or(0) {
        set_annotation(&mut changed, REVISION, &(highest.unwrap_or(0) + 1).to_string());
    }
    copy_annotations(deployment, &mut changed);
    save_set(turn, &changed);
    *new = changed;
    let now = revision(new).to_string();
    if annotation(deployment, REVISION) != Some(&now) {
        set_annotation(deployment, REVISION, &now);
        turn.save(&place(deployment), deployment.clone());
        *deployment = turn.cluster.get(&place(deployment)).unwrap_or_default();
    }
}

fn copy_annotations(deployment: &Json, set: &mut Json) {
    let own = ["kubectl.kubernetes.io/last-applied-configuration", REVISION];
    for (name, value) in super::object::texts(deployment, "/metadata/annotations") {
        if !own.contains(&name.as_str()) && !name.starts_with("deployment.kubernetes.io/") {
            set_annotation(set, &name, &value);
        }
    }
}

fn scale(turn: &mut Turn<'_, '_>, deployment: &Json, new: Option<&Json>, old: &[Json], paused: bool) {
    let limits = limits(deployment);
    let old_now: Vec<_> = old.iter().map(size).collect();
    let Some(new) = new else {
        // Paused, or waiting for the old ones to end: the latest of them has what is asked for.
        if paused && let Some(latest) = old.last() {
            resize(turn, deployment, latest, limits.replicas);
        }
        return;
    };
    if paused {
        let others: i64 = old_now.iter().map(|one| one.wanted).sum();
        return resize(turn, deployment, new, (limits.replicas - others).max(0));
    }
    let grown = if recreates(deployment) { limits.replicas } else { new_size(limits, size(new), &old_now) };
    resize(turn, deployment, new, grown);
    let now = Size { wanted: grown, ..size(new) };
    for (set, wanted) in old.iter().zip(old_sizes(limits, now, &old_now)) {
        resize(turn, deployment, set, wanted);
    }
}

fn resize(turn: &mut Turn<'_, '_>, deployment: &Json, set: &Json, wanted: i64) {
    let had = replicas(set);
    let mut resized = set.clone();
    self::set(&mut resized, "/spec/replicas", wanted);
    note_size(deployment, &mut resized);
    save_set(turn, &resized);
    if had != wanted {
        let direction = if wanted > had { "up" } else { "down" };
        let told = format!("Scaled {direction} replica set {} from {had} to {wanted}", name(set));
        turn.tell(deployment, "deployment-controller", true, "ScalingReplicaSet", &told);
    }
}

fn note_size(deployment: &Json, set: &mut Json) {
    let Limits { replicas, surge, .. } = limits(deployment);
    set_annotation(set, "deployment.kubernetes.io/desired-replicas", &replicas.to_string());
    set_annotation(set, "deployment.kubernetes.io/max-replicas", &(replicas + surge).to_string());
}

/// Only what the Deployment says of a set is written: its status may have become another one.
fn save_set(turn: &mut Turn<'_, '_>, set: &Json) {
    let place = REPLICA_SET.place_in(namespace(set), name(set));
    let Some(mut now) = turn.cluster.get(&place) else { return };
    now["spec"] = set["spec"].clone();
    now["metadata"]["annotations"] = set["metadata"]["annotations"].clone();
    turn.save(&place, now);
}

/// Forgets old templates.
fn tidy(turn: &mut Turn<'_, '_>, deployment: &Json, old: &[Json]) {
    let kept = usize::try_from(number(deployment, "/spec/revisionHistoryLimit").unwrap_or(10)).unwrap_or(10);
    let idle = |set: &&Json| replicas(set) == 0 && number(set, "/status/replicas").unwrap_or(0) == 0;
    for set in old.iter().filter(idle).take(old.len().saturating_sub(kept)) {
        turn.delete(&REPLICA_SET.place_in(namespace(set), name(set)));
    }
}

fn report(turn: &mut Turn<'_, '_>, mut deployment: Json) {
    let sets = turn.controlled(&deployment, REPLICA_SET);
    let new = sets.iter().find(|set| is_of(set, &deployment)).cloned();
    let total = |pointer: &str| sets.iter().map(|set| number(set, pointer).unwrap_or(0)).sum::<i64>();
    let before = deployment["status"].clone();
    let updated = new.as_ref().map_or(0, |set| number(set, "/status/replicas").unwrap_or(0));
    let available = total("/status/availableReplicas");
    let unavailable = (sets.iter().map(replicas).sum::<i64>() - available).max(0);
    for (member, value) in [
        ("replicas", total("/status/replicas")),
        ("updatedReplicas", updated),
        ("readyReplicas", total("/status/readyReplicas")),
        ("availableReplicas", available),
        ("unavailableReplicas", unavailable),
    ] {
        count(&mut deployment, &format!("/status/{member}"), value);
    }
    let seen = generation(&deployment);
    set(&mut deployment, "/status/observedGeneration", seen);
    let enough = available >= replicas(&deployment) - limits(&deployment).unavailable;
    let (status, reason, message) = match enough {
        true => ("True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
        false => ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability."),
    };
    put(&mut deployment, "Available", (status, reason, message), turn.at);
    if !deleting(&deployment) {
        let refusal =
            sets.iter().find_map(|set| condition(set, "ReplicaFailure")).map(|one| text(one, "/message").to_owned());
        match refusal {
            Some(refusal) => put(&mut deployment, "ReplicaFailure", ("True", "FailedCreate", &refusal), turn.at),
            None => drop_condition(&mut deployment, "ReplicaFailure"),
        }
        report_progress(turn, &mut deployment, &before, new.as_ref());
    }
    turn.save(&place(&deployment), deployment);
}

fn report_progress(turn: &mut Turn<'_, '_>, deployment: &mut Json, before: &Json, new: Option<&Json>) {
    let at = turn.at;
    if flag(deployment, "/spec/paused") {
        return progress(deployment, "Unknown", "DeploymentPaused", "Deployment is paused", at);
    }
    let known = condition(deployment, "Progressing").cloned();
    let known_reason = known.as_ref().map_or("", |one| text(one, "/reason")).to_owned();
    if known_reason == "DeploymentPaused" {
        progress(deployment, "Unknown", "DeploymentResumed", "Deployment is resumed", at);
    }
    let what = new
        .map_or_else(|| format!("Deployment \"{}\"", name(deployment)), |set| format!("ReplicaSet \"{}\"", name(set)));
    let of = |status: &Json, member: &str| status[member].as_i64().unwrap_or(0);
    let now = deployment["status"].clone();
    let wanted = replicas(deployment);
    let complete = new.is_some()
        && ["updatedReplicas", "replicas", "availableReplicas"].iter().all(|member| of(&now, member) == wanted);
    let old = |status: &Json| of(status, "replicas") - of(status, "updatedReplicas");
    let moved = of(&now, "updatedReplicas") > of(before, "updatedReplicas")
        || old(&now) < old(before)
        || of(&now, "readyReplicas") > of(before, "readyReplicas")
        || of(&now, "availableReplicas") > of(before, "availableReplicas");
    // What was once complete makes no progress by losing pods and getting them back.
    let settled = known_reason == "NewReplicaSetAvailable" && of(&now, "replicas") == of(&now, "updatedReplicas");
    let deadline = number(deployment, "/spec/progressDeadlineSeconds").unwrap_or(600);
    if complete {
        progress(deployment, "True", "NewReplicaSetAvailable", &format!("{what} has successfully progressed."), at);
    } else if settled {
        // As it was.
    } else if moved {
        renew(deployment, &format!("{what} is progressing."), at);
    } else if known.is_some() && known_reason != "ProgressDeadlineExceeded" {
        let since = condition(deployment, "Progressing").and_then(|one| time(&one["lastUpdateTime"])).unwrap_or(at);
        let end = since + Duration::from_secs(u64::try_from(deadline).unwrap_or(600));
        if end < at && known_reason != "NewReplicaSetAvailable" {
            progress(
                deployment,
                "False",
                "ProgressDeadlineExceeded",
                &format!("{what} has timed out progressing."),
                at,
            );
        } else if known_reason == "NewReplicaSetAvailable" {
            renew(deployment, &format!("{what} is progressing."), at);
        }
    } else if known.is_none() {
        progress(deployment, "True", "ReplicaSetUpdated", &format!("{what} is progressing."), at);
    }
    let now_reason = condition(deployment, "Progressing").map_or("", |one| text(one, "/reason")).to_owned();
    if !matches!(now_reason.as_str(), "ProgressDeadlineExceeded" | "NewReplicaSetAvailable") {
        let since = condition(deployment, "Progressing").and_then(|one| time(&one["lastUpdateTime"])).unwrap_or(at);
        let end = since + Duration::from_secs(u64::try_from(deadline).unwrap_or(600) + 1);
        if end > at {
            turn.later(end, Work::Deployment, namespace(deployment), name(deployment));
        }
    }
}

/// Says that it goes on, and from when on the deadline is counted.
fn renew(deployment: &mut Json, message: &str, at: Timestamp) {
    drop_same(deployment);
    progress(deployment, "True", "ReplicaSetUpdated", message, at);
}

/// A condition of the same status and reason is only ever replaced with a later update.
fn drop_same(deployment: &mut Json) {
    if let Some(mut one) = condition(deployment, "Progressing").cloned() {
        one["reason"] = json!("");
        put_condition(deployment, one);
    }
}

fn progress(deployment: &mut Json, status: &str, reason: &str, message: &str, at: Timestamp) {
    put(deployment, "Progressing", (status, reason, message), at);
}

fn put(deployment: &mut Json, of: &str, (status, reason, message): (&str, &str, &str), at: Timestamp) {
    let known = condition(deployment, of);
    if known.is_some_and(|one| one["status"] == status && one["reason"] == reason && one["message"] == message) {
        return;
    }
    let since =
        known.filter(|one| one["status"] == status).map_or_else(|| moment(at), |one| one["lastTransitionTime"].clone());
    put_condition(
        deployment,
        json!({"type": of, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": since, "lastUpdateTime": moment(at)}),
    );
}

/// The Deployment a pod's ReplicaSet belongs to, if it does.
pub(super) fn of_set(set: &Json) -> Option<&str> {
    controller(set).filter(|by| text(by, "/kind") == "Deployment").map(|by| text(by, "/name"))
}
