//! What makes, scales and protects pods.
//!
//! The template of a job never changes here; a real server allows a few changes while the job is suspended.

use serde_json::{Value as Json, json};

use super::{check_immutable, check_not_negative, check_one_of, is_empty, items, metadata, part, pod, text};
use crate::simulator::kubernetes::schema::Cause;

const STATEFUL_SET_MAY_CHANGE: &[&str] = &[
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

pub(super) fn check(kind: &str, object: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" => {
            check_not_negative(object, "/spec/replicas", &mut causes);
            check_selector(kind, object, &mut causes);
            check_template(object, "/spec/template", &["Always"], &mut causes);
            check_strategy(kind, object, &mut causes);
        }
        "Job" => {
            for pointer in
                ["/spec/parallelism", "/spec/completions", "/spec/backoffLimit", "/spec/ttlSecondsAfterFinished"]
            {
                check_not_negative(object, pointer, &mut causes);
            }
            check_template(object, "/spec/template", &["OnFailure", "Never"], &mut causes);
        }
        "CronJob" => {
            check_schedule(object, &mut causes);
            let policies = ["Allow", "Forbid", "Replace"];
            check_one_of(
                part(object, "/spec/concurrencyPolicy"),
                "spec.concurrencyPolicy".into(),
                &policies,
                &mut causes,
            );
            check_template(object, "/spec/jobTemplate/spec/template", &["OnFailure", "Never"], &mut causes);
        }
        "HorizontalPodAutoscaler" => check_autoscaler(object, &mut causes),
        "PodDisruptionBudget" => check_budget(object, &mut causes),
        _ => {}
    }
    causes
}

pub(super) fn check_change(kind: &str, object: &Json, old: &Json) -> Vec<Cause> {
    match kind {
        "Deployment" | "DaemonSet" | "ReplicaSet" => check_immutable(object, old, &["/spec/selector"]),
        "StatefulSet" => check_stateful_set_change(object, old),
        "Job" => {
            let mut fixed = vec![
                "/spec/template",
                "/spec/selector",
                "/spec/completionMode",
                "/spec/podFailurePolicy",
                "/spec/backoffLimitPerIndex",
            ];
            if text(object, "/spec/completionMode") != "Indexed" {
                fixed.push("/spec/completions");
            }
            check_immutable(object, old, &fixed)
        }
        _ => Vec::new(),
    }
}

fn check_stateful_set_change(object: &Json, old: &Json) -> Vec<Cause> {
    let fixed = |set: &Json| -> Vec<(String, Json)> {
        let spec = part(set, "/spec").as_object().into_iter().flatten();
        spec.filter(|(name, value)| !STATEFUL_SET_MAY_CHANGE.contains(&name.as_str()) && !is_empty(value))
            .map(|(name, value)| (name.clone(), without_status(value)))
            .collect()
    };
    if fixed(object) == fixed(old) {
        return Vec::new();
    }
    let why = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
    vec![Cause::forbidden("spec", why)]
}

/// The claims of a stateful set, without what the server adds to them.
fn without_status(value: &Json) -> Json {
    let mut value = value.clone();
    for item in value.as_array_mut().into_iter().flatten() {
        item.as_object_mut().and_then(|members| members.remove("status"));
    }
    value
}

fn check_selector(kind: &str, object: &Json, causes: &mut Vec<Cause>) {
    let (selector, template) = (part(object, "/spec/selector"), part(object, "/spec/template"));
    let labels = part(template, "/metadata/labels");
    if selector.is_null() || template.is_null() {
        return;
    }
    if kind == "ReplicationController" {
        let all = selector.as_object().into_iter().flatten().all(|(name, value)| labels.get(name) == Some(value));
        if !all {
            causes.push(Cause::invalid(
                "spec.template.metadata.labels",
                labels,
                "`selector` does not match template `labels`",
            ));
        }
        return;
    }
    let empty = is_empty(part(selector, "/matchLabels")) && is_empty(part(selector, "/matchExpressions"));
    if empty {
        let why = format!("empty selector is invalid for {}", kind.to_lowercase());
        causes.push(Cause::invalid("spec.selector", selector, &why));
    } else if !selects(selector, labels) {
        causes.push(Cause::invalid(
            "spec.template.metadata.labels",
            labels,
            "`selector` does not match template `labels`",
        ));
    }
}

/// Whether a label selector takes something with these labels.
fn selects(selector: &Json, labels: &Json) -> bool {
    let labelled = part(selector, "/matchLabels").as_object().into_iter().flatten();
    let expressions = part(selector, "/matchExpressions").as_array().into_iter().flatten();
    let is_met = |one: &Json| {
        let value = labels.get(text(one, "/key"));
        let listed = value.is_some_and(|value| part(one, "/values").as_array().is_some_and(|all| all.contains(value)));
        match text(one, "/operator") {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    };
    labelled.into_iter().all(|(name, value)| labels.get(name) == Some(value)) && expressions.into_iter().all(is_met)
}

fn check_template(object: &Json, pointer: &str, restarts: &[&str], causes: &mut Vec<Cause>) {
    let template = part(object, pointer);
    if template.is_null() {
        return;
    }
    let path = pointer.trim_start_matches('/').replace('/', ".");
    metadata::check_labels(part(template, "/metadata/labels"), &format!("{path}.metadata.labels"), causes);
    let spec = part(template, "/spec");
    if spec.is_null() {
        causes.push(Cause::required(format!("{path}.spec.containers"), ""));
        return;
    }
    // A stateful set makes a volume of each of its claims.
    let claims: Vec<&str> =
        items(object, "/spec/volumeClaimTemplates").map(|(_, claim)| text(claim, "/metadata/name")).collect();
    let found = pod::check_with_claims(spec, &format!("{path}.spec"), &claims);
    let policy = part(spec, "/restartPolicy");
    let odd = found.iter().any(|cause| cause.field.ends_with(".restartPolicy"));
    causes.extend(found);
    if !odd {
        check_one_of(policy, format!("{path}.spec.restartPolicy"), restarts, causes);
    }
}

fn check_strategy(kind: &str, object: &Json, causes: &mut Vec<Cause>) {
    let (pointer, supported): (_, &[&str]) = match kind {
        "Deployment" => ("/spec/strategy", &["Recreate", "RollingUpdate"]),
        "StatefulSet" | "DaemonSet" => ("/spec/updateStrategy", &["RollingUpdate", "OnDelete"]),
        _ => return,
    };
    let (strategy, path) = (part(object, pointer), pointer.trim_start_matches('/').replace('/', "."));
    check_one_of(part(strategy, "/type"), format!("{path}.type"), supported, causes);
    let rolling = part(strategy, "/rollingUpdate");
    if text(strategy, "/type") == "Recreate" && !rolling.is_null() {
        let why = "may not be specified when strategy `type` is 'Recreate'";
        causes.push(Cause::forbidden(format!("{path}.rollingUpdate"), why));
    }
    let none = |value: &Json| value.as_i64() == Some(0) || value.as_str() == Some("0%");
    if kind == "Deployment" && none(part(rolling, "/maxSurge")) && none(part(rolling, "/maxUnavailable")) {
        let value = part(rolling, "/maxUnavailable");
        causes.push(Cause::invalid(
            format!("{path}.rollingUpdate.maxUnavailable"),
            value,
            "may not be 0 when `maxSurge` is 0",
        ));
    }
}

fn check_schedule(object: &Json, causes: &mut Vec<Cause>) {
    const NAMED: &[&str] = &["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
    let schedule = text(object, "/spec/schedule");
    let fields: Vec<_> = schedule.split_whitespace().collect();
    if schedule.is_empty() || NAMED.contains(&schedule) || schedule.starts_with("@every ") {
        return;
    }
    let readable = |field: &&str| field.chars().all(|c| c.is_ascii_alphanumeric() || "*,-/?".contains(c));
    let why = if fields.len() != 5 {
        format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" "))
    } else if let Some(field) = fields.iter().find(|field| !readable(field)) {
        format!("failed to parse int from {field}: it is made of numbers, names and * , - /")
    } else {
        return;
    };
    causes.push(Cause::invalid("spec.schedule", &json!(schedule), &why));
}

fn check_autoscaler(object: &Json, causes: &mut Vec<Cause>) {
    let (least, most) = (part(object, "/spec/minReplicas"), part(object, "/spec/maxReplicas"));
    if least.as_i64().is_some_and(|number| number < 1) {
        causes.push(Cause::invalid("spec.minReplicas", least, "must be greater than or equal to 1"));
    }
    if most.as_i64().is_some_and(|number| number < 1) {
        causes.push(Cause::invalid("spec.maxReplicas", most, "must be greater than 0"));
    }
    if let (Some(min), Some(max)) = (least.as_i64(), most.as_i64())
        && max < min
    {
        causes.push(Cause::invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"));
    }
}

fn check_budget(object: &Json, causes: &mut Vec<Cause>) {
    let (least, most) = (part(object, "/spec/minAvailable"), part(object, "/spec/maxUnavailable"));
    if !least.is_null() && !most.is_null() {
        causes.push(Cause::invalid(
            "spec",
            part(object, "/spec"),
            "minAvailable and maxUnavailable cannot be both set",
        ));
    }
    for (field, value) in [("spec.minAvailable", least), ("spec.maxUnavailable", most)] {
        if value.as_i64().is_some_and(|number| number < 0) {
            causes.push(Cause::invalid(field, value, "must be greater than or equal to 0"));
        }
        let percent = |text: &str| text.strip_suffix('%').is_some_and(|number| number.parse::<u32>().is_ok());
        if value.as_str().is_some_and(|text| !percent(text)) {
            let why = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
            causes.push(Cause::invalid(field, value, why));
        }
    }
}
