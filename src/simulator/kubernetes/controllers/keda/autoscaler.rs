//! The HorizontalPodAutoscaler that a ScaledObject hands its target to.

use serde_json::{Value as Json, json};

use super::super::object::{AUTOSCALER, Kind, name, namespace, number, reference, set, set_label, text, texts};
use super::super::turn::Turn;
use super::conditions::asks;
use super::{SCALED_OBJECT, operator, trigger};

pub(super) fn name_of(object: &Json) -> String {
    match text(object, "/spec/advanced/horizontalPodAutoscalerConfig/name") {
        "" => format!("keda-hpa-{}", name(object)),
        own => own.to_owned(),
    }
}

/// Makes it as the ScaledObject asks.
pub(super) fn ensure(turn: &mut Turn<'_, '_>, object: &Json, target: Kind) {
    let own_name = name_of(object);
    let before = text(object, "/status/hpaName");
    if !before.is_empty() && before != own_name {
        turn.delete(&AUTOSCALER.place_in(namespace(object), before));
    }
    let place = AUTOSCALER.place_in(namespace(object), &own_name);
    let wanted = wanted(turn, object, target, &own_name);
    match turn.cluster.get(&place) {
        None => {
            turn.create(&place, wanted);
        }
        Some(mut there) => {
            there["spec"] = wanted["spec"].clone();
            for part in ["labels", "annotations", "ownerReferences"] {
                there["metadata"][part] = wanted["metadata"][part].clone();
            }
            super::super::object::unset_null(&mut there, "/metadata/annotations");
            turn.save(&place, there);
        }
    }
}

/// There is none while the ScaledObject is paused.
pub(super) fn remove(turn: &mut Turn<'_, '_>, object: &Json) {
    let own_name = match text(object, "/status/hpaName") {
        "" => name_of(object),
        known => known.to_owned(),
    };
    turn.delete(&AUTOSCALER.place_in(namespace(object), &own_name));
}

fn wanted(turn: &Turn<'_, '_>, object: &Json, target: Kind, own_name: &str) -> Json {
    let mut hpa = AUTOSCALER.object(Some(namespace(object)), own_name);
    let version = operator::version(turn);
    for (label, value) in [
        ("app.kubernetes.io/name", own_name),
        ("app.kubernetes.io/version", &version),
        ("app.kubernetes.io/part-of", name(object)),
        ("app.kubernetes.io/managed-by", "keda-operator"),
    ] {
        set_label(&mut hpa, label, value);
    }
    let excluded = trigger::excluded(object, "scaledobject.keda.sh/hpa-excluded-labels");
    for (label, value) in texts(object, "/metadata/labels") {
        if !excluded.contains(&label.as_str()) {
            set_label(&mut hpa, &label, &value);
        }
    }
    if let Some(annotations) = object["metadata"].get("annotations") {
        hpa["metadata"]["annotations"] = annotations.clone();
    }
    let mut owner = reference(object);
    owner["apiVersion"] = json!(SCALED_OBJECT.api_version());
    owner["kind"] = json!(SCALED_OBJECT.kind);
    set(&mut hpa, "/metadata/ownerReferences", json!([owner]));
    set(
        &mut hpa,
        "/spec",
        json!({
            "scaleTargetRef": {
                "apiVersion": target.api_version(), "kind": target.kind, "name": object["spec"]["scaleTargetRef"]["name"],
            },
            "minReplicas": number(object, "/spec/minReplicaCount").filter(|least| *least > 0).unwrap_or(1),
            "maxReplicas": number(object, "/spec/maxReplicaCount").unwrap_or(100),
            "metrics": trigger::metrics(object),
        }),
    );
    if let Some(behavior) = object.pointer("/spec/advanced/horizontalPodAutoscalerConfig/behavior") {
        set(&mut hpa, "/spec/behavior", behavior.clone());
    }
    for (pause, direction) in [("paused-scale-in", "scaleDown"), ("paused-scale-out", "scaleUp")] {
        if asks(object, pause) {
            set(&mut hpa, &format!("/spec/behavior/{direction}/selectPolicy"), "Disabled");
        }
    }
    hpa
}
