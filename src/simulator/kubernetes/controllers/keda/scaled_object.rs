//! ScaledObjects: checked, handed to an autoscaler, and brought to zero while nothing is to be done.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::super::object::{
    AUTOSCALER, Kind, add_finalizer, condition, deleting, drop_finalizer, flag, generation, list, moment, name,
    namespace, number, set, set_label, text, time_at, uid, unset,
};
use super::super::queue::{Task, Work};
use super::super::scale;
use super::super::turn::Turn;
use super::authentication::note_user;
use super::conditions::{asks, begin, is, is_paused, paused_replicas, put};
use super::operator::{is_running, is_since};
use super::{FINALIZER, SCALED_OBJECT, autoscaler, trigger};
use crate::clock::Timestamp;

const MANAGER: &str = "keda";
const COMPONENT: &str = "keda-operator";
const TARGET_WRONG: &str = "ScaledObject doesn't have correct scaleTargetRef specification";

/// A target that was found to be one.
struct Target {
    kind: Kind,
    object: Json,
}

pub(in super::super) fn look(turn: &mut Turn<'_, '_>, space: &str, own_name: &str) {
    let place = SCALED_OBJECT.place_in(space, own_name);
    let Some(mut object) = turn.cluster.get(&place).filter(|_| is_running(turn)) else { return };
    if deleting(&object) {
        return let_go(turn, object);
    }
    if add_finalizer(&mut object, FINALIZER) || !trigger::is_labelled(&object) {
        let own_name = name(&object).to_owned();
        set_label(&mut object, "scaledobject.keda.sh/name", &own_name);
        turn.save(&place, object);
        object = turn.cluster.get(&place).unwrap_or_default();
    }
    begin(&mut object);
    let was_ready = is(&object, "Ready", "True");
    let checked = check(turn, &mut object);
    match &checked {
        Ok(_) => {
            if !was_ready {
                turn.tell(&object, COMPONENT, true, "ScaledObjectReady", "ScaledObject is ready for scaling");
            }
            let paused = is_paused(&object);
            let message = if paused {
                "ScaledObject is paused"
            } else {
                "ScaledObject is defined correctly and is ready for scaling"
            };
            put(&mut object, "Ready", ["True", "ScaledObjectReady", message]);
        }
        Err(problem) => {
            if condition(&object, "Ready").is_none_or(|one| one["message"] != *problem) {
                turn.tell(&object, COMPONENT, false, "ScaledObjectCheckFailed", problem);
            }
            put(&mut object, "Ready", ["False", "ScaledObjectCheckFailed", problem]);
            put(&mut object, "Active", ["Unknown", "UnknownState", "ScaledObject check failed"]);
        }
    }
    if !is(&object, "Fallback", "True") {
        put(&mut object, "Fallback", ["False", "NoFallbackFound", "No fallbacks are active on this scaled object"]);
    }
    if let Ok(Some(target)) = &checked {
        poll(turn, &mut object, target);
    }
    note_user(turn, &object, "scaledobjects", true);
    turn.save(&place, object);
}

/// The finalizer goes, and before it what KEDA did to the target, if that is asked for.
fn let_go(turn: &mut Turn<'_, '_>, mut object: Json) {
    if !drop_finalizer(&mut object, FINALIZER) {
        return;
    }
    if flag(&object, "/spec/advanced/restoreToOriginalReplicaCount")
        && let Some(original) = number(&object, "/status/originalReplicaCount")
        && let Ok(target) = target(turn, &object)
    {
        scale::write(turn, target.kind, &target.object, original, MANAGER);
    }
    note_user(turn, &object, "scaledobjects", false);
    turn.cluster.forget(&memory(&object));
    turn.tell(&object, COMPONENT, false, "ScaledObjectDeleted", "ScaledObject was deleted");
    turn.save(&SCALED_OBJECT.place_in(namespace(&object), name(&object)), object);
}

/// Looks at everything that has to be right. No target when it is paused: then nothing more is done.
fn check(turn: &mut Turn<'_, '_>, object: &mut Json) -> Result<Option<Target>, String> {
    if pause(turn, object)? {
        return Ok(None);
    }
    let target = target(turn, object).map_err(|problem| format!("{TARGET_WRONG}: {problem}"))?;
    let version = target.kind.version;
    let (group, kind, resource) = (target.kind.group, target.kind.kind, target.kind.resource);
    set(object, "/status/scaleTargetKind", format!("{group}/{version}.{kind}"));
    set(
        object,
        "/status/scaleTargetGVKR",
        json!({"group": group, "kind": kind, "resource": resource, "version": version}),
    );
    if object["status"].get("originalReplicaCount").is_none() {
        set(object, "/status/originalReplicaCount", scale::replicas(&target.object));
    }
    bounds(object).map_err(|problem| {
        format!("ScaledObject doesn't have correct Idle/Min/Max Replica Counts specification: {problem}")
    })?;
    let triggers = list(object, "/spec/triggers").to_vec();
    if let Some(problem) = trigger::mistake(&triggers) {
        return Err(format!("ScaledObject doesn't have correct triggers specification: {problem}"));
    }
    let [types, authentications] = trigger::types(&triggers);
    set(object, "/status/triggersTypes", types);
    set(object, "/status/authenticationsTypes", authentications);
    if let Some(problem) = trigger::unbuildable(turn, object, Work::ScaledObject) {
        return Err(format!("failed to ensure HPA is correctly created for ScaledObject: {problem}"));
    }
    name_metrics(object, &triggers);
    autoscaler::ensure(turn, object, target.kind);
    set(object, "/status/hpaName", autoscaler::name_of(object));
    Ok(Some(target))
}

fn name_metrics(object: &mut Json, triggers: &[Json]) {
    let (resource, external): (Vec<_>, Vec<_>) =
        triggers.iter().enumerate().partition(|(_, one)| trigger::is_resource(one));
    let external: Vec<_> = external.into_iter().map(|(index, one)| trigger::metric_name(index, one)).collect();
    let resource: Vec<_> = resource.into_iter().map(|(_, one)| text(one, "/type").to_owned()).collect();
    let healthy = external.iter().map(|name| (name.clone(), json!({"numberOfFailures": 0, "status": "Happy"})));
    set(object, "/status/health", Json::Object(healthy.collect()));
    for (member, names) in [("externalMetricNames", external), ("resourceMetricNames", resource)] {
        let pointer = format!("/status/{member}");
        if names.is_empty() { unset(object, &pointer) } else { set(object, &pointer, names) }
    }
}

/// Whether an annotation stops everything. Then the target has the number it is to have while it is stopped.
fn pause(turn: &mut Turn<'_, '_>, object: &mut Json) -> Result<bool, String> {
    let was = is(object, "Paused", "True");
    let stops = is_paused(object);
    if stops || asks(object, "paused-scale-in") || asks(object, "paused-scale-out") {
        if !was {
            turn.tell(object, COMPONENT, true, "ScaledObjectPaused", "ScaledObject is paused");
        }
        put(object, "Paused", ["True", "ScaledObjectPaused", "ScaledObject is paused"]);
    } else if was {
        let told = "pause annotation removed for ScaledObject";
        turn.tell(object, COMPONENT, true, "ScaledObjectUnpaused", told);
        put(object, "Paused", ["False", "ScaledObjectUnpaused", told]);
        unset(object, "/status/pausedReplicaCount");
    }
    if !stops {
        return Ok(false);
    }
    autoscaler::remove(turn, object);
    if let Some(wanted) = paused_replicas(object) {
        let wanted: i64 = wanted.parse().map_err(|_| {
            format!("failed to scale target to paused replica count: failed to parse paused replica count: {wanted:?}")
        })?;
        let target = target(turn, object).map_err(|problem| {
            format!(
                "failed to scale target to paused replica count: failed to get scale for target resource: {problem}"
            )
        })?;
        scale::write(turn, target.kind, &target.object, wanted, MANAGER);
        set(object, "/status/pausedReplicaCount", wanted);
    }
    Ok(true)
}

/// What is to be scaled. It is looked at again when that comes, goes or is scaled by another.
fn target(turn: &mut Turn<'_, '_>, object: &Json) -> Result<Target, String> {
    let of = &object["spec"]["scaleTargetRef"];
    let (version, kind, target_name) = (text(of, "/apiVersion"), text(of, "/kind"), text(of, "/name"));
    if target_name.is_empty() {
        return Err("ScaledObject.spec.scaleTargetRef.name is missing".to_owned());
    }
    let Some(kind) = scale::kind_of(version, kind) else {
        return Err(format!("no matches for kind \"{kind}\" in version \"{version}\""));
    };
    let again = Task::new(Work::ScaledObject, namespace(object), name(object));
    turn.wait_for(kind, namespace(object), target_name, &again);
    let found = turn.get(kind, namespace(object), target_name);
    let object = found.ok_or_else(|| format!("{}.{} \"{target_name}\" not found", kind.resource, kind.group))?;
    Ok(Target { kind, object })
}

fn bounds(object: &Json) -> Result<(), String> {
    let least = number(object, "/spec/minReplicaCount").map_or(0, |least| least.max(1));
    let most = number(object, "/spec/maxReplicaCount").unwrap_or(100);
    if least > most {
        return Err(format!("MinReplicaCount={least} must be less than MaxReplicaCount={most}"));
    }
    match number(object, "/spec/idleReplicaCount") {
        Some(idle) if idle >= least => {
            Err(format!("IdleReplicaCount={idle} must be less than MinReplicaCount={least}"))
        }
        _ => Ok(()),
    }
}

fn memory(object: &Json) -> String {
    format!("keda/polled/{}", uid(object))
}

/// Asks the triggers, if it is time to: at once for a new or changed object, otherwise in its rhythm.
fn poll(turn: &mut Turn<'_, '_>, object: &mut Json, target: &Target) {
    let asked = format!("{}{}", generation(object), object["metadata"]["annotations"]);
    let every = trigger::polls_every(object);
    if let Some((last, known)) = turn.cluster.recall::<(Timestamp, String)>(&memory(object))
        && known == asked
        && turn.at < last + every
    {
        return turn.later(last + every, Work::ScaledObject, namespace(object), name(object));
    }
    turn.cluster.remember(&memory(object), &(turn.at, asked));
    decide(turn, object, target);
    if is_since(turn, [2, 20, 2]) {
        health(turn, object);
    }
}

fn decide(turn: &mut Turn<'_, '_>, object: &mut Json, target: &Target) {
    let current = scale::replicas(&target.object);
    let least = number(object, "/spec/minReplicaCount").unwrap_or(0);
    let idle = number(object, "/spec/idleReplicaCount");
    let was_active = is(object, "Active", "True");
    let forced = asks(object, "force-activation");
    let only_resources = list(object, "/spec/triggers").iter().all(trigger::is_resource);
    if forced || only_resources {
        let by = if forced { "activation is being forced by annotation" } else { "triggers are active" };
        put(object, "Active", ["True", "ScalerActive", &format!("Scaling is performed because {by}")]);
        set(object, "/status/lastActiveTime", moment(turn.at));
        if ((idle.is_some() && current < least) || current == 0) && !asks(object, "paused-scale-out") {
            resize(turn, object, target, least.max(1), "Activated");
        }
        return;
    }
    if was_active {
        // It was so until now.
        set(object, "/status/lastActiveTime", moment(turn.at));
    }
    put(object, "Active", ["False", "ScalerNotActive", "Scaling is not performed because triggers are not active"]);
    let down = idle.is_some_and(|idle| current > idle) || (current > 0 && least == 0);
    if down {
        if asks(object, "paused-scale-in") {
            return;
        }
        let cooled = cooled_at(object);
        if cooled < turn.at {
            resize(turn, object, target, idle.unwrap_or(least), "Deactivated");
        } else {
            put(object, "Active", ["False", "ScalerCooldown", "Scaler cooling down because triggers are not active"]);
            let again = cooled.max(turn.at + trigger::polls_every(object)) + Duration::from_secs(1);
            turn.later(again, Work::ScaledObject, namespace(object), name(object));
        }
    } else if idle.is_none() && current < least {
        scale::write(turn, target.kind, &target.object, least, MANAGER);
    }
}

/// From when on it may go to zero.
fn cooled_at(object: &Json) -> Timestamp {
    let seconds = |pointer: &str, otherwise: i64| {
        Duration::from_secs(u64::try_from(number(object, pointer).unwrap_or(otherwise)).unwrap_or(0))
    };
    match time_at(object, "/status/lastActiveTime") {
        Some(last) => last + seconds("/spec/cooldownPeriod", 300),
        None => {
            let made = time_at(object, "/metadata/creationTimestamp").unwrap_or_default();
            made + seconds("/spec/initialCooldownPeriod", 0)
        }
    }
}

fn resize(turn: &mut Turn<'_, '_>, object: &Json, target: &Target, wanted: i64, what: &str) {
    let (kind, before) = (text(object, "/status/scaleTargetKind"), scale::replicas(&target.object));
    let path = format!("{}/{}", namespace(object), name(&target.object));
    let told = match what {
        "Activated" => {
            format!("Scaled {kind} {path} from {before} to {wanted}, caused by forced activation annotation")
        }
        _ => format!("Deactivated {kind} {path} from {before} to {wanted}"),
    };
    turn.tell(object, COMPONENT, true, &format!("KEDAScaleTarget{what}"), &told);
    scale::write(turn, target.kind, &target.object, wanted, MANAGER);
}

/// What the autoscaler says of itself, in KEDA's words.
fn health(turn: &Turn<'_, '_>, object: &mut Json) {
    let hpa = turn.get(AUTOSCALER, namespace(object), text(object, "/status/hpaName")).unwrap_or_default();
    let Some(active) = condition(&hpa, "ScalingActive") else { return };
    let message = text(active, "/message");
    match (text(active, "/status"), text(active, "/reason")) {
        ("True", _) => put(object, "HPAActive", ["True", "HPAActive", "HPA is actively scaling"]),
        (_, "ScalingDisabled") => put(object, "HPAActive", ["True", "ScalingDisabled", message]),
        (_, reason) => put(object, "HPAActive", ["False", reason, &format!("HPA is not actively scaling: {message}")]),
    }
}
