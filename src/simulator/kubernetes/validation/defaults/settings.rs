//! Everything that runs no pods and carries no traffic.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use super::{each, fill, fill_at, text};

pub(super) fn default(object: &mut Json, group: &str, kind: &str) {
    match (group, kind) {
        ("", "Namespace") => namespace(object),
        ("", "Secret") => secret(object),
        ("", "PersistentVolumeClaim") => {
            fill(object, json!({"spec": {"volumeMode": "Filesystem"}, "status": {"phase": "Pending"}}));
        }
        ("", "PersistentVolume") => {
            let spec = json!({"volumeMode": "Filesystem", "persistentVolumeReclaimPolicy": "Retain"});
            fill(object, json!({"spec": spec, "status": {"phase": "Pending"}}));
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => binding(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
        ("apiregistration.k8s.io", "APIService") => fill_at(object, "/spec/service", json!({"port": 443})),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration") => {
            each(object, "/webhooks", |webhook| default_webhook(webhook, kind == "MutatingWebhookConfiguration"));
        }
        ("storage.k8s.io", "StorageClass") => {
            fill(object, json!({"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"}));
        }
        ("scheduling.k8s.io", "PriorityClass") => fill(object, json!({"preemptionPolicy": "PreemptLowerPriority"})),
        _ => {}
    }
}

fn namespace(object: &mut Json) {
    let name = text(object, "/metadata/name").to_owned();
    fill(object, json!({"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}));
    fill_at(object, "/metadata", json!({"labels": {"kubernetes.io/metadata.name": name}}));
}

/// What is written as text is kept as data.
fn secret(object: &mut Json) {
    fill(object, json!({"type": "Opaque"}));
    let Some(members) = object.as_object_mut() else { return };
    let Some(Json::Object(texts)) = members.remove("stringData") else { return };
    let data = members.entry("data").or_insert_with(|| Json::Object(Map::new()));
    for (name, value) in texts {
        if let Some(value) = value.as_str() {
            data[name] = Json::String(STANDARD.encode(value));
        }
    }
}

fn binding(object: &mut Json) {
    const RBAC: &str = "rbac.authorization.k8s.io";
    fill_at(object, "/roleRef", json!({"apiGroup": RBAC}));
    each(object, "/subjects", |subject| {
        if ["User", "Group"].contains(&text(subject, "/kind")) {
            fill(subject, json!({"apiGroup": RBAC}));
        }
    });
}

fn definition(object: &mut Json) {
    let kind = text(object, "/spec/names/kind").to_owned();
    if !kind.is_empty() {
        let names = json!({"singular": kind.to_lowercase(), "listKind": format!("{kind}List")});
        fill_at(object, "/spec/names", names);
    }
    fill_at(object, "/spec", json!({"conversion": {"strategy": "None"}}));
}

fn default_webhook(webhook: &mut Json, mutates: bool) {
    fill(
        webhook,
        json!({"failurePolicy": "Fail", "matchPolicy": "Equivalent", "timeoutSeconds": 10, "namespaceSelector": {}, "objectSelector": {}}),
    );
    if mutates {
        fill(webhook, json!({"reinvocationPolicy": "Never"}));
    }
    fill_at(webhook, "/clientConfig/service", json!({"port": 443}));
    each(webhook, "/rules", |rule| fill(rule, json!({"scope": "*"})));
}
