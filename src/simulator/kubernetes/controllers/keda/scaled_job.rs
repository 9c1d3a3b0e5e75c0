//! ScaledJobs: checked and held. No trigger is ever active here, so there are no Jobs of theirs.

use serde_json::Value as Json;

use super::super::object::{add_finalizer, condition, deleting, drop_finalizer, list, set};
use super::super::queue::Work;
use super::super::turn::Turn;
use super::authentication::note_user;
use super::conditions::{asks, begin, is, put};
use super::operator::is_running;
use super::{FINALIZER, SCALED_JOB, trigger};

const COMPONENT: &str = "keda-operator";

pub(in super::super) fn look(turn: &mut Turn<'_, '_>, space: &str, own_name: &str) {
    let place = SCALED_JOB.place_in(space, own_name);
    let Some(mut object) = turn.cluster.get(&place).filter(|_| is_running(turn)) else { return };
    if deleting(&object) {
        if drop_finalizer(&mut object, FINALIZER) {
            note_user(turn, &object, "scaledjobs", false);
            turn.tell(&object, COMPONENT, false, "ScaledJobDeleted", "ScaledJob was deleted");
            turn.save(&place, object);
        }
        return;
    }
    if add_finalizer(&mut object, FINALIZER) {
        turn.save(&place, object);
        object = turn.cluster.get(&place).unwrap_or_default();
    }
    begin(&mut object);
    let was_ready = is(&object, "Ready", "True");
    match check(turn, &mut object) {
        Ok(message) => {
            if !was_ready {
                turn.tell(&object, COMPONENT, true, "ScaledJobReady", "ScaledJob is ready for scaling");
            }
            put(&mut object, "Ready", ["True", "ScaledJobReady", message]);
            if !is(&object, "Paused", "True") {
                let idle = "Scaling is not performed because triggers are not active";
                put(&mut object, "Active", ["False", "ScalerNotActive", idle]);
            }
        }
        Err(problem) => {
            if condition(&object, "Ready").is_none_or(|one| one["message"] != problem) {
                turn.tell(&object, COMPONENT, false, "ScaledJobCheckFailed", problem);
            }
            put(&mut object, "Ready", ["False", "ScaledJobCheckFailed", problem]);
            put(&mut object, "Active", ["Unknown", "UnknownState", "ScaledJob check failed"]);
        }
    }
    note_user(turn, &object, "scaledjobs", true);
    turn.save(&place, object);
}

/// A ScaledJob says less of what is wrong than a ScaledObject does: only at which step.
fn check(turn: &mut Turn<'_, '_>, object: &mut Json) -> Result<&'static str, &'static str> {
    if asks(object, "paused") {
        put(object, "Paused", ["True", "ScaledJobPaused", "ScaledJob is paused"]);
        return Ok("ScaledJob is paused, skipping reconcile loop");
    }
    if is(object, "Paused", "True") {
        put(object, "Paused", ["False", "ScaledJobUnpaused", "ScaledJob is unpaused"]);
    }
    let triggers = list(object, "/spec/triggers").to_vec();
    if trigger::mistake(&triggers).is_some() {
        return Err("ScaledJob doesn't have correct triggers specification");
    }
    let [types, authentications] = trigger::types(&triggers);
    set(object, "/status/triggersTypes", types);
    set(object, "/status/authenticationsTypes", authentications);
    if trigger::unbuildable(turn, object, Work::ScaledJob).is_some() {
        return Err("Failed to ensure ScaledJob is correctly created");
    }
    if triggers.iter().any(|one| one.get("metricType").is_some_and(|of| of != "")) {
        return Err("Cannot set metricType in ScaledJob triggers");
    }
    Ok("ScaledJob is defined correctly and is ready to scaling")
}
