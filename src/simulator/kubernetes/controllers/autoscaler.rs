//! HorizontalPodAutoscalers: between their least and their most. What KEDA measures is always nothing here, and
//! nothing else is measured.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::object::{
    AUTOSCALER, Kind, controller, deleting, is_true, list, moment, name, namespace, number, put_condition, set,
    set_condition, text, time_at,
};
use super::queue::{Task, Work};
use super::turn::Turn;
use super::{keda, scale};

/// Fewer replicas are only asked for when fewer were enough for this long.
const STABLE: Duration = Duration::from_secs(300);
const MANAGER: &str = "kube-controller-manager";

pub(super) fn look(turn: &mut Turn<'_, '_>, space: &str, own_name: &str) {
    let Some(mut hpa) = turn.get(AUTOSCALER, space, own_name).filter(|hpa| !deleting(hpa)) else { return };
    let place = AUTOSCALER.place_in(space, own_name);
    let of = &hpa["spec"]["scaleTargetRef"];
    let target_name = text(of, "/name").to_owned();
    let kind = scale::kind_of(text(of, "/apiVersion"), text(of, "/kind"));
    if let Some(kind) = kind {
        turn.wait_for(kind, space, &target_name, &Task::new(Work::Autoscaler, space, own_name));
    }
    let Some((kind, target)) = kind.and_then(|kind| Some((kind, turn.get(kind, space, &target_name)?))) else {
        let resource = kind.map_or("resource", |kind| kind.resource);
        let told = format!(
            "the HPA controller was unable to get the target's current scale: {resource}.apps \"{target_name}\" not found"
        );
        set_condition(&mut hpa, "AbleToScale", "False", "FailedGetScale", &told, turn.at);
        return turn.save(&place, hpa);
    };
    let able = "the HPA controller was able to get the target's current scale";
    set_condition(&mut hpa, "AbleToScale", "True", "SucceededGetScale", able, turn.at);
    let current = scale::replicas(&target);
    let desired = decide(turn, &mut hpa, current);
    set(&mut hpa, "/status/currentReplicas", current);
    set(&mut hpa, "/status/desiredReplicas", desired);
    if desired != current {
        set(&mut hpa, "/status/lastScaleTime", moment(turn.at));
    }
    turn.save(&place, hpa.clone());
    if desired != current {
        resize(turn, &hpa, kind, &target, desired);
    }
}

fn resize(turn: &mut Turn<'_, '_>, hpa: &Json, kind: Kind, target: &Json, desired: i64) {
    let told = format!("New size: {desired}; reason: {}", reason(hpa, scale::replicas(target)));
    turn.tell(hpa, "horizontal-pod-autoscaler", true, "SuccessfulRescale", &told);
    scale::write(turn, kind, target, desired, MANAGER);
}

fn reason(hpa: &Json, current: i64) -> &'static str {
    if current > number(hpa, "/spec/maxReplicas").unwrap_or(1) {
        "Current number of replicas above Spec.MaxReplicas"
    } else if current < number(hpa, "/spec/minReplicas").unwrap_or(1) {
        "Current number of replicas below Spec.MinReplicas"
    } else {
        "All metrics below target"
    }
}

/// What it asks for, with what it says of why.
fn decide(turn: &mut Turn<'_, '_>, hpa: &mut Json, current: i64) -> i64 {
    let least = number(hpa, "/spec/minReplicas").unwrap_or(1);
    let most = number(hpa, "/spec/maxReplicas").unwrap_or(1);
    if current == 0 && least != 0 {
        let told = "scaling is disabled since the replica count of the target is zero";
        set_condition(hpa, "ScalingActive", "False", "ScalingDisabled", told, turn.at);
        return 0;
    }
    let measured = measure(turn, hpa);
    if current > most || current < least {
        return current.max(least).min(most);
    }
    if !measured || current == least {
        return current;
    }
    let held = "recent recommendations were higher than current one, applying the highest recent recommendation";
    let since = held_since(hpa, current).unwrap_or(turn.at);
    if text(hpa, "/spec/behavior/scaleDown/selectPolicy") == "Disabled" {
        return current;
    }
    if turn.at < since + STABLE {
        put_condition(
            hpa,
            json!({"type": "AbleToScale", "status": "True", "reason": "ScaleDownStabilized", "message": held,
                "lastTransitionTime": moment(since)}),
        );
        turn.later(since + STABLE, Work::Autoscaler, namespace(hpa), name(hpa));
        return current;
    }
    least
}

/// Since when it has known of that many replicas.
fn held_since(hpa: &Json, current: i64) -> Option<Duration> {
    let same = number(hpa, "/status/currentReplicas") == Some(current);
    let able = list(hpa, "/status/conditions").iter().find(|one| one["type"] == "AbleToScale")?;
    time_at(able, "/lastTransitionTime").filter(|_| same)
}

/// Whether there is anything to go by: only KEDA's metrics have a source here, and they are zero.
fn measure(turn: &Turn<'_, '_>, hpa: &mut Json) -> bool {
    let external: Vec<_> = list(hpa, "/spec/metrics").iter().filter(|one| one["type"] == "External").cloned().collect();
    let first = external.first().map_or("", |one| text(one, "/external/metric/name")).to_owned();
    let of_keda = controller(hpa).is_some_and(|by| text(by, "/kind") == "ScaledObject") && !external.is_empty();
    if of_keda && keda_answers(turn) {
        let told = format!("the HPA was able to successfully calculate a replica count from external metric {first}");
        set_condition(hpa, "ScalingActive", "True", "ValidMetricFound", &told, turn.at);
        let values = external.iter().map(|one| {
            let metric = one["external"]["metric"].clone();
            json!({"type": "External", "external": {"metric": metric, "current": {"averageValue": "0"}}})
        });
        let values: Vec<_> = values.collect();
        set(hpa, "/status/currentMetrics", values);
        return true;
    }
    let (reason, told) = if external.is_empty() {
        (
            "FailedGetResourceMetric",
            "the HPA was unable to compute the replica count: unable to get metrics for resource: unable to fetch \
             metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
                .to_owned(),
        )
    } else {
        let space = namespace(hpa);
        (
            "FailedGetExternalMetric",
            format!(
                "the HPA was unable to compute the replica count: unable to get external metric {space}/{first}: unable \
                 to fetch metrics from external metrics API: the server is currently unable to handle the request"
            ),
        )
    };
    set_condition(hpa, "ScalingActive", "False", reason, &told, turn.at);
    false
}

/// Without its API service everyone takes the operator's word.
fn keda_answers(turn: &Turn<'_, '_>) -> bool {
    let api = super::object::API_SERVICE.place(None, "v1beta1.external.metrics.k8s.io");
    keda::is_running(turn) && turn.cluster.get(&api).is_none_or(|api| is_true(&api, "Available"))
}
