//! What makes pods: the mistakes that every API server refuses, and that can be seen without one.

use std::collections::BTreeMap;

use crate::provider::Finding;
use crate::providers::kubernetes::kinds::Kind;
use crate::value::{Path, Value};

use super::{metadata, wrong_type};

/// Where the pods of a kind are described, and whether it says itself which pods are its own.
fn template(known: &Kind) -> Option<(&'static [&'static str], bool)> {
    match (known.group, known.kind) {
        ("apps", "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet") => Some((&["spec", "template"], true)),
        ("batch", "Job") | ("", "ReplicationController") => Some((&["spec", "template"], false)),
        ("batch", "CronJob") => Some((&["spec", "jobTemplate", "spec", "template"], false)),
        ("", "Pod") => Some((&[], false)),
        ("keda.sh", "ScaledJob") => Some((&["spec", "jobTargetRef", "template"], false)),
        _ => None,
    }
}

pub(super) fn check(manifest: &Value, known: Option<&Kind>, findings: &mut Vec<Finding>) {
    let Some((known, (way, selects))) = known.and_then(|known| Some((known, template(known)?))) else {
        return;
    };
    let template = way.iter().fold(Path::default(), |path, key| path.key(key));
    if selects {
        check_selector(manifest, known.kind, &template, findings);
    }
    if !way.is_empty() {
        for field in ["labels", "annotations"] {
            metadata::check_entries(manifest, &template.key("metadata").key(field), field, findings);
        }
    }
    let pod = template.key("spec");
    if known.group == "batch" {
        findings.extend(check_restarts(manifest, known.kind, &pod));
    }
    for field in ["initContainers", "containers"] {
        check_containers(manifest, &pod.key(field), findings);
    }
}

/// A workload must select the pods it makes.
fn check_selector(manifest: &Value, kind: &str, template: &Path, findings: &mut Vec<Finding>) {
    let path = Path::field("spec").key("selector");
    let spec = match manifest.at(Path::field("spec").segments()) {
        Some(Value::Map(spec)) => spec,
        _ => return,
    };
    let selector = match spec.get("selector") {
        Some(Value::Map(selector)) => selector,
        None | Some(Value::Null) => {
            let message = format!("a {kind} needs a `selector`, which says which pods are its own");
            let finding = Finding::new("kubernetes/missing-field", Path::field("spec"), message);
            return findings.push(finding.help("repeat the labels of its template under `selector.matchLabels`"));
        }
        Some(_) => return,
    };
    let none = BTreeMap::new();
    let labels = match manifest.at(template.key("metadata").key("labels").segments()) {
        Some(Value::Map(labels)) => labels,
        None | Some(Value::Null) if surely_lacks_labels(manifest, template) => &none,
        _ => return,
    };
    let Some(Value::Map(wanted)) = selector.get("matchLabels") else {
        return;
    };
    for (key, value) in wanted {
        let Some(text) = value.as_str() else { continue };
        let found = match labels.get(key) {
            Some(Value::String(found)) if found == text => continue,
            Some(Value::String(found)) => format!("its pods have `{key}: {found}`"),
            None => format!("its pods have no label `{key}`"),
            // Unknown or secret, or told already.
            Some(_) => continue,
        };
        let message = format!("the {kind} selects `{key}: {text}`, but {found}");
        let finding = Finding::new("kubernetes/selector-mismatch", path.key("matchLabels").key(key), message);
        findings.push(finding.help(format!("write the same in `{}`", template.key("metadata").key("labels"))));
    }
}

/// Whether it is certain that a template has no labels: neither it nor its metadata is unknown.
fn surely_lacks_labels(manifest: &Value, template: &Path) -> bool {
    let is_plain = |path: &Path| matches!(manifest.at(path.segments()), None | Some(Value::Null | Value::Map(_)));
    is_plain(template) && is_plain(&template.key("metadata"))
}

/// The pods of a Job may not be started again for ever, which is what pods do where nothing is said.
fn check_restarts(manifest: &Value, kind: &str, pod: &Path) -> Option<Finding> {
    let spec = manifest.at(pod.segments())?.as_map()?;
    let (at, found) = match spec.get("restartPolicy") {
        None | Some(Value::Null) => (pod.clone(), "and where it is left out it is Always".to_owned()),
        Some(Value::String(policy)) if !["Never", "OnFailure"].contains(&policy.as_str()) => {
            (pod.key("restartPolicy"), format!("not {policy}"))
        }
        Some(_) => return None,
    };
    let message = format!("the `restartPolicy` of a {kind}'s pods must be Never or OnFailure, {found}");
    Some(
        Finding::new("kubernetes/restart-policy", at, message)
            .help("write `restartPolicy: Never` to have every try in a pod of its own"),
    )
}

fn check_containers(manifest: &Value, path: &Path, findings: &mut Vec<Finding>) {
    let Some(Value::List(containers)) = manifest.at(path.segments()) else {
        return;
    };
    let mut names = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        let at = path.index(index);
        let Value::Map(fields) = container else { continue };
        if let Some(name) = fields.get("name").and_then(Value::as_str) {
            if names.contains(&name) {
                let message = format!("there are two containers of the name `{name}`");
                findings.push(Finding::new("kubernetes/duplicate", at.key("name"), message));
            }
            names.push(name);
        }
        check_environment(fields.get("env"), &at.key("env"), findings);
    }
}

/// Variables are text, which `8080` and `true` in YAML are not.
fn check_environment(env: Option<&Value>, path: &Path, findings: &mut Vec<Finding>) {
    let Some(Value::List(variables)) = env else {
        return;
    };
    for (index, variable) in variables.iter().enumerate() {
        let name = variable.at(Path::field("name").segments()).and_then(Value::as_str).unwrap_or("a variable");
        let (value, is_secret) = match variable.at(Path::field("value").segments()) {
            Some(Value::Secret(secret)) => (secret.revealed(), true),
            value => (value, false),
        };
        if let Some(value @ (Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::List(_) | Value::Map(_))) =
            value
        {
            let finding =
                wrong_type(path.index(index).key("value"), &format!("the value of `{name}`"), "a string", value);
            let finding = Finding { code: "kubernetes/not-a-string", ..finding };
            findings.push(if is_secret { finding } else { metadata::quote(finding, value) });
        }
    }
}
