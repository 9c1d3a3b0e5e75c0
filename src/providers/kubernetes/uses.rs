//! Which objects of its namespace an object cannot do without, by its manifest. Pure.

use super::manifest::Id;
use crate::value::{Path, Value};

/// Where kinds have the pods that they run.
const PODS: &[&str] =
    &["spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec", "spec.jobTargetRef.template.spec"];

/// What the object refers to by name. Claims are left out: they are bound only when a pod uses them.
pub(in crate::providers) fn of(id: &Id, manifest: &Value) -> Vec<Id> {
    let mut found = Vec::new();
    let here = |api_version: &str, kind: &str, name: &str| Id::new(api_version, kind, id.namespace.as_deref(), name);
    let pods = PODS.iter().filter_map(|path| at(manifest, path));
    for pod in pods.filter(|pod| at(pod, "containers").is_some()) {
        found.extend(text(pod, "serviceAccountName").map(|name| here("v1", "ServiceAccount", name)));
        found.extend(
            items(pod, "imagePullSecrets").filter_map(|one| text(one, "name")).map(|name| here("v1", "Secret", name)),
        );
        let named = |one: &Value, kind, path| text(one, path).map(|name| here("v1", kind, name));
        for volume in items(pod, "volumes") {
            found.extend(named(volume, "ConfigMap", "configMap.name"));
            found.extend(named(volume, "Secret", "secret.secretName"));
        }
        for container in items(pod, "containers").chain(items(pod, "initContainers")) {
            for source in items(container, "envFrom") {
                found.extend(named(source, "ConfigMap", "configMapRef.name"));
                found.extend(named(source, "Secret", "secretRef.name"));
            }
            for variable in items(container, "env") {
                found.extend(named(variable, "ConfigMap", "valueFrom.configMapKeyRef.name"));
                found.extend(named(variable, "Secret", "valueFrom.secretKeyRef.name"));
            }
        }
    }
    if id.group == "keda.sh" {
        found.extend(of_keda(id, manifest));
    }
    found
}

/// What a scaler scales and how it authenticates; where an authentication has its secrets.
fn of_keda(id: &Id, manifest: &Value) -> Vec<Id> {
    let here = |api_version: &str, kind: &str, name: &str| Id::new(api_version, kind, id.namespace.as_deref(), name);
    let mut found = Vec::new();
    if let (Some(target), "ScaledObject") = (at(manifest, "spec.scaleTargetRef"), id.kind.as_str()) {
        let (api, kind) =
            (text(target, "apiVersion").unwrap_or("apps/v1"), text(target, "kind").unwrap_or("Deployment"));
        found.extend(text(target, "name").map(|name| here(api, kind, name)));
    }
    for reference in items(manifest, "spec.triggers").filter_map(|trigger| at(trigger, "authenticationRef")) {
        let Some(name) = text(reference, "name") else { continue };
        found.push(match text(reference, "kind") {
            Some("ClusterTriggerAuthentication") => {
                Id::new(&id.api_version(), "ClusterTriggerAuthentication", None, name)
            }
            _ => here(&id.api_version(), "TriggerAuthentication", name),
        });
    }
    let secrets = items(manifest, "spec.secretTargetRef").filter_map(|one| text(one, "name"));
    found.extend(secrets.map(|name| here("v1", "Secret", name)));
    let settings = items(manifest, "spec.configMapTargetRef").filter_map(|one| text(one, "name"));
    found.extend(settings.map(|name| here("v1", "ConfigMap", name)));
    found
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let path = path.split('.').fold(Path::default(), |path, key| path.key(key));
    value.at(path.segments())
}

fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    at(value, path).and_then(Value::as_str)
}

fn items<'a>(value: &'a Value, path: &str) -> impl Iterator<Item = &'a Value> {
    at(value, path).and_then(Value::as_list).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn uses(manifest: serde_json::Value) -> Vec<String> {
        let manifest = Value::from(manifest);
        of(&Id::of(&manifest).unwrap(), &manifest).iter().map(Id::key).collect()
    }

    #[test]
    fn pods_need_what_they_name() {
        let pod = json!({
            "serviceAccountName": "me",
            "imagePullSecrets": [{"name": "registry"}],
            "volumes": [
                {"name": "a", "configMap": {"name": "files"}},
                {"name": "b", "secret": {"secretName": "key"}},
                {"name": "c", "persistentVolumeClaim": {"claimName": "disk"}},
            ],
            "containers": [{
                "name": "x",
                "envFrom": [{"configMapRef": {"name": "all"}}, {"secretRef": {"name": "hidden"}}],
                "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": "one", "key": "k"}}}],
            }],
        });
        let expected = [
            "ServiceAccount demo/me",
            "Secret demo/registry",
            "ConfigMap demo/files",
            "Secret demo/key",
            "ConfigMap demo/all",
            "Secret demo/hidden",
            "Secret demo/one",
        ];
        let metadata = json!({"name": "worker", "namespace": "demo"});
        let table = [
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod}),
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"template": {"spec": pod}}}),
            json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata,
                "spec": {"jobTemplate": {"spec": {"template": {"spec": pod}}}}}),
        ];
        for manifest in table {
            assert_eq!(uses(manifest), expected);
        }
    }

    #[test]
    fn scalers_need_what_they_scale_and_how_they_ask() {
        let scaler = json!({
            "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "s", "namespace": "demo"},
            "spec": {"scaleTargetRef": {"name": "worker"}, "triggers": [
                {"type": "cron", "metadata": {}},
                {"type": "kafka", "authenticationRef": {"name": "near"}},
                {"type": "kafka", "authenticationRef": {"name": "far", "kind": "ClusterTriggerAuthentication"}},
            ]},
        });
        let expected = [
            "Deployment.apps demo/worker",
            "TriggerAuthentication.keda.sh demo/near",
            "ClusterTriggerAuthentication.keda.sh far",
        ];
        assert_eq!(uses(scaler), expected);
        let authentication = json!({
            "apiVersion": "keda.sh/v1alpha1", "kind": "TriggerAuthentication", "metadata": {"name": "a", "namespace": "demo"},
            "spec": {"secretTargetRef": [{"parameter": "p", "name": "key", "key": "k"}]},
        });
        assert_eq!(uses(authentication), ["Secret demo/key"]);
        let service =
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "demo"}, "spec": {}});
        assert_eq!(uses(service), [] as [String; 0]);
    }
}
