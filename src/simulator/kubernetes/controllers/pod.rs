//! Pods: scheduled, started, watched and ended.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Seen;
use super::container::{Advance, Surroundings, advance, waiting};
use super::object::{
    CLAIM, NODE, POD, REPLICA_SET, condition, controller, deleting, is_true, list, moment, name, namespace, number,
    set, set_condition, text, time_at, uid,
};
use super::pod_template::{missing, needed_by_environment, needed_by_volumes};
use super::queue::{Task, Work};
use super::scheduler::choose;
use super::turn::{PODS_END_AFTER, Turn};
use super::{claim, deployment, endpoints};
use crate::clock::Timestamp;

/// Whether all its containers have ended for good.
pub(super) fn is_over(pod: &Json) -> bool {
    matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

/// Whether a controller counts it as one of its own.
pub(super) fn is_active(pod: &Json) -> bool {
    !is_over(pod) && !deleting(pod)
}

pub(super) fn is_ready(pod: &Json) -> bool {
    is_true(pod, "Ready")
}

/// Whether it has been ready for long enough, and otherwise when it will have been.
pub(super) fn is_available(pod: &Json, seconds: i64, at: Timestamp) -> Result<(), Option<Timestamp>> {
    if !is_ready(pod) {
        return Err(None);
    }
    let since = condition(pod, "Ready").and_then(|ready| time_at(ready, "/lastTransitionTime")).unwrap_or(at);
    let from = since + Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    if from <= at { Ok(()) } else { Err(Some(from)) }
}

pub(super) fn look(turn: &mut Turn<'_, '_>, space: &str, pod_name: &str) {
    let Some(pod) = turn.get(POD, space, pod_name) else { return };
    if deleting(&pod) {
        end(turn, pod);
    } else if is_over(&pod) {
        // Nothing becomes of it any more.
    } else if text(&pod, "/spec/nodeName").is_empty() {
        schedule(turn, pod);
    } else {
        live(turn, pod);
    }
}

/// Who cares for pods besides their controllers.
pub(super) fn notice(turn: &mut Turn<'_, '_>, seen: Seen<'_>) {
    let ready = |pod: Option<&Json>| pod.is_some_and(|pod| is_ready(pod) && !deleting(pod));
    let gone = seen.after.is_none() && seen.before.is_some_and(is_ready);
    if gone || ready(seen.before) != ready(seen.after) || (ready(seen.after) && seen.differs("/metadata/labels")) {
        endpoints::pods_changed(turn, seen.namespace());
    }
    if seen.after.is_none()
        && let Some(set) =
            controller(seen.object()).and_then(|by| turn.get(REPLICA_SET, seen.namespace(), text(by, "/name")))
        && let Some(deployment) = deployment::of_set(&set)
    {
        // One that recreates has waited for this.
        turn.soon(Work::Deployment, seen.namespace(), deployment);
    }
    if seen.after.is_none_or(is_over) {
        for claim in claims(seen.object()) {
            turn.soon(Work::Claim, seen.namespace(), &claim);
        }
    }
}

/// The claims that a pod uses.
pub(super) fn claims(pod: &Json) -> Vec<String> {
    let names = list(pod, "/spec/volumes").iter().map(|volume| text(volume, "/persistentVolumeClaim/claimName"));
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn place(pod: &Json) -> super::Place {
    POD.place_in(namespace(pod), name(pod))
}

fn task(pod: &Json) -> Task {
    Task::new(Work::Pod, namespace(pod), name(pod))
}

fn end(turn: &mut Turn<'_, '_>, pod: Json) {
    let grace = number(&pod, "/metadata/deletionGracePeriodSeconds").unwrap_or(0);
    let grace = Duration::from_secs(u64::try_from(grace).unwrap_or(0));
    let asked = time_at(&pod, "/metadata/deletionTimestamp").unwrap_or(turn.at).saturating_sub(grace);
    let ends = asked + grace.min(PODS_END_AFTER);
    let runs = !text(&pod, "/spec/nodeName").is_empty() && !is_over(&pod);
    if runs && turn.at < ends {
        turn.later(ends, Work::Pod, namespace(&pod), name(&pod));
    } else if list(&pod, "/metadata/finalizers").is_empty() {
        turn.erase(&place(&pod));
    }
}

fn schedule(turn: &mut Turn<'_, '_>, pod: Json) {
    let nodes = turn.cluster.list("", "nodes", None);
    let chosen = claims_in_the_way(turn, &pod).map_or_else(|| choose(&pod, &nodes), Err);
    let problem = match chosen {
        Ok(fit) => {
            let number: usize = turn.cluster.recall("pods-scheduled").unwrap_or(0);
            let node = fit.get(number % fit.len().max(1)).copied().unwrap_or_default();
            if claims_wait_for_node(turn, &pod, node) {
                return;
            }
            turn.cluster.remember("pods-scheduled", &(number + 1));
            bind(turn, pod, node);
            return;
        }
        Err(problem) => problem,
    };
    turn.wait_for(NODE, "", "", &task(&pod));
    let known = condition(&pod, "PodScheduled").is_some_and(|one| one["message"] == problem);
    if !known {
        let mut pending = pod.clone();
        set(&mut pending, "/status/phase", "Pending");
        set_condition(&mut pending, "PodScheduled", "False", "Unschedulable", &problem, turn.at);
        turn.save(&place(&pod), pending);
        turn.tell(&pod, "default-scheduler", false, "FailedScheduling", &problem);
    }
}

/// Why the pod cannot go anywhere because of a claim. It is looked at again when the claim is another.
fn claims_in_the_way(turn: &mut Turn<'_, '_>, pod: &Json) -> Option<String> {
    for claim_name in claims(pod) {
        let claim = turn.get(CLAIM, namespace(pod), &claim_name);
        let problem = match &claim {
            None => format!("persistentvolumeclaim \"{claim_name}\" not found"),
            Some(claim) if deleting(claim) => format!("persistentvolumeclaim \"{claim_name}\" is being deleted"),
            Some(claim) if claim::is_bound(claim) || claim::waits_for_pod(turn, claim) => continue,
            Some(_) => "pod has unbound immediate PersistentVolumeClaims".to_owned(),
        };
        turn.wait_for(CLAIM, namespace(pod), &claim_name, &task(pod));
        let nodes = turn.cluster.list("", "nodes", None).len();
        return Some(format!("0/{nodes} nodes are available: {problem}."));
    }
    None
}

/// Has volumes made where the pod is going, and says whether that has to be waited for.
fn claims_wait_for_node(turn: &mut Turn<'_, '_>, pod: &Json, node: &str) -> bool {
    let mut waits = false;
    for claim_name in claims(pod) {
        if let Some(claim) = turn.get(CLAIM, namespace(pod), &claim_name).filter(|claim| !claim::is_bound(claim)) {
            turn.wait_for(CLAIM, namespace(pod), &claim_name, &task(pod));
            claim::select_node(turn, claim, node);
            waits = true;
        }
    }
    waits
}

fn bind(turn: &mut Turn<'_, '_>, mut pod: Json, node: &str) {
    set(&mut pod, "/spec/nodeName", node);
    set(&mut pod, "/status/phase", "Pending");
    set_condition(&mut pod, "PodScheduled", "True", "", "", turn.at);
    let done = format!("Successfully assigned {}/{} to {node}", namespace(&pod), name(&pod));
    turn.tell(&pod, "default-scheduler", true, "Scheduled", &done);
    turn.save(&place(&pod), pod);
}

/// What its node makes of it.
fn live(turn: &mut Turn<'_, '_>, pod: Json) {
    let mut now = pod.clone();
    if now["status"].get("startTime").is_none() {
        let node = turn.cluster.get(&NODE.place(None, text(&now, "/spec/nodeName"))).unwrap_or_default();
        let host = list(&node, "/status/addresses").first().map_or("", |address| text(address, "/address")).to_owned();
        set(&mut now, "/status/startTime", moment(turn.at));
        set(&mut now, "/status/hostIP", host);
        set(&mut now, "/status/phase", "Pending");
    }
    let (mut next, mut told) = (None, Vec::new());
    if mount(turn, &mut now) {
        (next, told) = containers(turn, &mut now);
    } else {
        let making = list(&now, "/spec/containers").iter().map(|one| waiting(one, "ContainerCreating"));
        let making: Vec<_> = making.collect();
        set(&mut now, "/status/containerStatuses", making);
    }
    conclude(&mut now, turn.at);
    turn.save(&place(&pod), now);
    for (normal, reason, message) in told {
        turn.tell(&pod, "kubelet", normal, reason, &message);
    }
    if let Some(next) = next {
        turn.later(next, Work::Pod, namespace(&pod), name(&pod));
    }
}

/// Whether its volumes are there.
fn mount(turn: &mut Turn<'_, '_>, pod: &mut Json) -> bool {
    if is_true(pod, "PodReadyToStartContainers") {
        return true;
    }
    let mut ready = true;
    for (volume, need) in needed_by_volumes(pod) {
        if let Some(problem) = missing(turn, namespace(pod), &need) {
            turn.wait_for(need.kind, namespace(pod), &need.name, &task(pod));
            let problem = format!("MountVolume.SetUp failed for volume \"{volume}\" : {problem}");
            turn.tell(pod, "kubelet", false, "FailedMount", &problem);
            ready = false;
        }
    }
    let (status, at) = (if ready { "True" } else { "False" }, turn.at);
    set_condition(pod, "PodReadyToStartContainers", status, "", "", at);
    ready
}

type Told = Vec<(bool, &'static str, String)>;

/// Brings its containers on, and says when to look again.
fn containers(turn: &mut Turn<'_, '_>, pod: &mut Json) -> (Option<Timestamp>, Told) {
    let (mut next, mut told) = (None::<Timestamp>, Vec::new());
    let since = |pod: &Json, of: &str| condition(pod, of).and_then(|one| time_at(one, "/lastTransitionTime"));
    let mut from = since(pod, "PodReadyToStartContainers").unwrap_or(turn.at);
    let mut prepared = true;
    let mut statuses = Vec::new();
    for (index, container) in list(pod, "/spec/initContainers").to_vec().iter().enumerate() {
        if !prepared {
            statuses.push(waiting(container, "PodInitializing"));
            continue;
        }
        let now = bring_on(turn, pod, container, ("/status/initContainerStatuses", index, from));
        let ended = time_at(&now.status, "/state/terminated/finishedAt").filter(|_| now.status["ready"] == true);
        let helps = text(container, "/restartPolicy") == "Always" && now.status["started"] == true;
        prepared = ended.is_some() || helps;
        from = ended.unwrap_or(from);
        next = earliest(next, now.next);
        told.extend(now.told);
        statuses.push(now.status);
    }
    if !statuses.is_empty() {
        set(pod, "/status/initContainerStatuses", statuses);
    }
    let unprepared = "containers with incomplete status";
    let (status, reason, message) =
        if prepared { ("True", "", "") } else { ("False", "ContainersNotInitialized", unprepared) };
    set_condition(pod, "Initialized", status, reason, message, turn.at);
    let from = since(pod, "Initialized").unwrap_or(turn.at);
    let mut statuses = Vec::new();
    for (index, container) in list(pod, "/spec/containers").to_vec().iter().enumerate() {
        if !prepared {
            statuses.push(waiting(container, "PodInitializing"));
            continue;
        }
        let now = bring_on(turn, pod, container, ("/status/containerStatuses", index, from));
        next = earliest(next, now.next);
        told.extend(now.told);
        statuses.push(now.status);
    }
    set(pod, "/status/containerStatuses", statuses);
    (next, told)
}

fn bring_on(
    turn: &mut Turn<'_, '_>,
    pod: &Json,
    container: &Json,
    (statuses, index, from): (&str, usize, Timestamp),
) -> Advance {
    let before = list(pod, statuses).get(index).cloned();
    let mut wanting = None;
    if before.as_ref().is_none_or(|status| status["state"].get("waiting").is_some()) {
        for need in needed_by_environment(container) {
            if let Some(problem) = missing(turn, namespace(pod), &need) {
                turn.wait_for(need.kind, namespace(pod), &need.name, &task(pod));
                wanting = wanting.or(Some(problem));
            }
        }
    }
    let of = format!("{}/{}/{}", namespace(pod), name(pod), text(container, "/name"));
    let around = Surroundings {
        at: turn.at,
        until: turn.until,
        from,
        pull: turn.delay(&format!("pull/{of}"), 1, 4),
        work: turn.delay(&format!("work/{of}"), 5, 20),
        policy: match text(pod, "/spec/restartPolicy") {
            "" => "Always",
            policy => policy,
        },
        prepares: statuses == "/status/initContainerStatuses",
        missing: wanting,
        uid: uid(pod),
    };
    advance(container, before.as_ref(), &around)
}

/// What its containers make of the pod.
fn conclude(pod: &mut Json, at: Timestamp) {
    let statuses = list(pod, "/status/containerStatuses").to_vec();
    let ended = |status: &Json| number(status, "/state/terminated/exitCode");
    let begun =
        |status: &Json| status["state"].get("running").is_some() || status["lastState"].get("terminated").is_some();
    let init_failed =
        list(pod, "/status/initContainerStatuses").iter().any(|one| ended(one).is_some_and(|code| code != 0));
    let phase = if init_failed
        || (statuses.iter().all(|one| ended(one).is_some()) && statuses.iter().any(|one| ended(one) != Some(0)))
    {
        "Failed"
    } else if !statuses.is_empty() && statuses.iter().all(|one| ended(one).is_some()) {
        "Succeeded"
    } else if statuses.iter().any(|one| begun(one) || ended(one).is_some()) {
        "Running"
    } else {
        "Pending"
    };
    set(pod, "/status/phase", phase);
    if phase == "Running" && pod["status"].get("podIP").is_none() {
        let number = crate::simulator::world::number(&[uid(pod).as_bytes()]);
        let ip = format!("10.0.{}.{}", 128 + number % 128, 2 + (number >> 8) % 250);
        set(pod, "/status/podIP", ip.as_str());
        set(pod, "/status/podIPs", json!([{"ip": ip}]));
    }
    let unready = |one: &&Json| one["ready"] != true;
    let unready: Vec<_> = statuses.iter().filter(unready).map(|one| text(one, "/name").to_owned()).collect();
    let message = format!("containers with unready status: [{}]", unready.join(" "));
    let (status, reason, message) = match phase {
        "Succeeded" => ("False", "PodCompleted", ""),
        "Failed" => ("False", "PodFailed", ""),
        _ if unready.is_empty() && !statuses.is_empty() => ("True", "", ""),
        _ => ("False", "ContainersNotReady", message.as_str()),
    };
    set_condition(pod, "Ready", status, reason, message, at);
    set_condition(pod, "ContainersReady", status, reason, message, at);
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
