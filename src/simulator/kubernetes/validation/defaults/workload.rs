//! What makes and scales pods.

use serde_json::{Value as Json, json};

use super::{each, fill, fill_at, pod, text};

pub(super) fn default(object: &mut Json, api_version: &str, kind: &str) {
    let pods = if kind == "PodTemplate" { "/template/spec" } else { "/spec/template/spec" };
    if let Some(spec) = object.pointer_mut(pods) {
        pod::default_spec(spec);
    }
    match kind {
        "Deployment" => deployment(object),
        "StatefulSet" => stateful_set(object),
        "DaemonSet" => daemon_set(object),
        "ReplicaSet" => fill_at(object, "/spec", json!({"replicas": 1})),
        "ReplicationController" => replication_controller(object),
        "Job" => job(object),
        "CronJob" => cron_job(object),
        "HorizontalPodAutoscaler" if api_version == "autoscaling/v2" => autoscaler(object),
        "HorizontalPodAutoscaler" => fill_at(object, "/spec", json!({"minReplicas": 1})),
        _ => {}
    }
}

fn deployment(object: &mut Json) {
    fill_at(
        object,
        "/spec",
        json!({"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600, "strategy": {"type": "RollingUpdate"}}),
    );
    if text(object, "/spec/strategy/type") == "RollingUpdate" {
        fill_at(object, "/spec/strategy", json!({"rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}));
    }
}

fn stateful_set(object: &mut Json) {
    fill_at(
        object,
        "/spec",
        json!({"replicas": 1, "revisionHistoryLimit": 10, "podManagementPolicy": "OrderedReady",
               "updateStrategy": {"type": "RollingUpdate"},
               "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"}}),
    );
    if text(object, "/spec/updateStrategy/type") == "RollingUpdate" {
        fill_at(object, "/spec/updateStrategy", json!({"rollingUpdate": {"partition": 0}}));
    }
    each(object, "/spec/volumeClaimTemplates", |claim| {
        fill(
            claim,
            json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": {"volumeMode": "Filesystem"}, "status": {"phase": "Pending"}}),
        );
    });
}

fn daemon_set(object: &mut Json) {
    fill_at(object, "/spec", json!({"revisionHistoryLimit": 10, "updateStrategy": {"type": "RollingUpdate"}}));
    if text(object, "/spec/updateStrategy/type") == "RollingUpdate" {
        fill_at(object, "/spec/updateStrategy", json!({"rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}));
    }
}

fn replication_controller(object: &mut Json) {
    let labels = object.pointer("/spec/template/metadata/labels").cloned();
    fill_at(object, "/spec", json!({"replicas": 1}));
    if let Some(labels) = labels {
        let metadata = object.get("metadata").is_some_and(|metadata| metadata.get("labels").is_none());
        if metadata {
            fill_at(object, "/metadata", json!({"labels": labels}));
        }
        if object.pointer("/spec/selector").is_none() {
            fill_at(object, "/spec", json!({"selector": labels}));
        }
    }
}

fn job(object: &mut Json) {
    let (completions, parallelism) =
        (object.pointer("/spec/completions").is_some(), object.pointer("/spec/parallelism").is_some());
    if !completions && !parallelism {
        fill_at(object, "/spec", json!({"completions": 1}));
    }
    fill_at(
        object,
        "/spec",
        json!({"parallelism": 1, "backoffLimit": 6, "completionMode": "NonIndexed", "suspend": false, "manualSelector": false,
               "podReplacementPolicy": if object.pointer("/spec/podFailurePolicy").is_some() { "Failed" } else { "TerminatingOrFailed" }}),
    );
    select_pods_of_job(object);
}

/// A job finds its pods by its own id, once it has one.
fn select_pods_of_job(object: &mut Json) {
    let (uid, name) = (text(object, "/metadata/uid").to_owned(), text(object, "/metadata/name").to_owned());
    let manual = object.pointer("/spec/manualSelector") == Some(&Json::Bool(true));
    if uid.is_empty() || manual || object.pointer("/spec/template").is_none() {
        return;
    }
    fill_at(object, "/spec", json!({"selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}}));
    let labels = json!({"batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name,
                        "controller-uid": uid, "job-name": name});
    fill_at(object, "/spec/template", json!({"metadata": {"labels": labels}}));
}

fn cron_job(object: &mut Json) {
    fill_at(
        object,
        "/spec",
        json!({"concurrencyPolicy": "Allow", "suspend": false, "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1}),
    );
    if let Some(spec) = object.pointer_mut("/spec/jobTemplate/spec/template/spec") {
        pod::default_spec(spec);
    }
}

fn autoscaler(object: &mut Json) {
    fill_at(object, "/spec", json!({"minReplicas": 1}));
    if object.pointer("/spec/metrics").and_then(Json::as_array).is_none_or(Vec::is_empty) {
        let cpu = json!([{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]);
        if let Some(spec) = object.pointer_mut("/spec").filter(|spec| spec.is_object()) {
            spec["metrics"] = cpu;
        }
    }
    if object.pointer("/spec/behavior").is_some() {
        let all = json!({"type": "Percent", "value": 100, "periodSeconds": 15});
        let up = json!({"stabilizationWindowSeconds": 0, "selectPolicy": "Max",
                        "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}, all]});
        let down = json!({"selectPolicy": "Max", "policies": [all]});
        fill_at(object, "/spec/behavior", json!({"scaleUp": up, "scaleDown": down}));
    }
}
