//! What may not change.

use serde_json::{Value as Json, json};

use super::{deployment, object, pod, refused, web};

fn assert_change(cases: &[(Json, Json, Option<&str>)]) {
    for (old, new, why) in cases {
        let found = refused(new, Some(old));
        match why {
            None => assert_eq!(found, [] as [&str; 0]),
            Some(why) => assert!(found.len() == 1 && found[0].contains(why), "{why}: {found:?}"),
        }
    }
}

#[test]
fn what_runs_keeps_what_it_is_found_by() {
    let mut selector = web();
    selector["selector"] = json!({"matchLabels": {"app": "web", "x": "y"}});
    selector["template"]["metadata"]["labels"] = json!({"app": "web", "x": "y"});
    let set = |service: &str, replicas: i64| {
        let mut spec = web();
        spec["serviceName"] = json!(service);
        spec["replicas"] = json!(replicas);
        object("apps/v1", "StatefulSet", json!({"spec": spec}))
    };
    let job = |image: &str| {
        object(
            "batch/v1",
            "Job",
            json!({"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": image}]}}}}),
        )
    };
    let running = |name: &str, image: &str| pod(json!({"containers": [{"name": name, "image": image}]}));
    assert_change(&[
        (
            deployment(web()),
            deployment(selector),
            Some("spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"web\",\"x\":\"y\"}}: field is immutable"),
        ),
        (set("a", 1), set("a", 2), None),
        (
            set("a", 1),
            set("b", 1),
            Some("spec: Forbidden: updates to statefulset spec for fields other than 'replicas'"),
        ),
        (job("a"), job("b"), Some("spec.template: Invalid value: {")),
        (running("a", "1"), running("a", "2"), None),
        (
            running("a", "1"),
            running("b", "1"),
            Some("spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`"),
        ),
    ]);
}

#[test]
fn storage_keeps_what_it_is_made_of() {
    let claim = |pointer: &str, value: Json| {
        let mut all = object(
            "v1",
            "PersistentVolumeClaim",
            json!({"spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "gp3",
            "resources": {"requests": {"storage": "2Gi"}}}, "status": {"phase": "Bound"}}),
        );
        *all.pointer_mut(pointer).unwrap() = value;
        all
    };
    let kept = claim("/status/phase", json!("Bound"));
    let class = |provisioner: &str| object("storage.k8s.io/v1", "StorageClass", json!({"provisioner": provisioner}));
    assert_change(&[
        (class("a"), class("b"), Some("provisioner: Forbidden: updates to provisioner are forbidden.")),
        (kept.clone(), claim("/spec/resources/requests/storage", json!("3Gi")), None),
        (
            kept.clone(),
            claim("/spec/resources/requests/storage", json!("1Gi")),
            Some("spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"),
        ),
        (
            kept,
            claim("/spec/storageClassName", json!("gp2")),
            Some("spec: Forbidden: spec is immutable after creation"),
        ),
        (
            claim("/status/phase", json!("Pending")),
            claim("/spec/resources/requests/storage", json!("3Gi")),
            Some("spec: Forbidden: spec is immutable after creation"),
        ),
    ]);
}

#[test]
fn configuration_keeps_what_others_rely_on() {
    let definition = |group: &str, version: &str| {
        object(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            json!({
        "metadata": {"name": format!("xs.{group}")}, "spec": {"group": group, "scope": "Cluster", "names": {"plural": "xs", "kind": "X"},
        "versions": [{"name": version, "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}]},
        "status": {"storedVersions": ["v1"]}}),
        )
    };
    let role = |name: &str| {
        object("rbac.authorization.k8s.io/v1", "RoleBinding", json!({"roleRef": {"kind": "Role", "name": name}}))
    };
    let sealed = |value: &str| object("v1", "ConfigMap", json!({"immutable": true, "data": {"a": value}}));
    let secret = |kind: &str| object("v1", "Secret", json!({"type": kind}));
    let service =
        |address: &str| object("v1", "Service", json!({"spec": {"clusterIP": address, "ports": [{"port": 1}]}}));
    assert_change(&[
        (
            role("a"),
            role("b"),
            Some("roleRef: Invalid value: {\"kind\":\"Role\",\"name\":\"b\"}: cannot change roleRef"),
        ),
        (sealed("a"), sealed("b"), Some("data: Forbidden: field is immutable when `immutable` is set")),
        (secret("a"), secret("b"), Some("type: Invalid value: \"b\": field is immutable")),
        (
            service("10.0.0.1"),
            service("10.0.0.2"),
            Some("spec.clusterIPs[0]: Invalid value: [\"10.0.0.2\"]: may not change once set"),
        ),
        (
            definition("a.io", "v1"),
            definition("a.io", "v2"),
            Some("status.storedVersions[0]: Invalid value: \"v1\": missing from spec.versions"),
        ),
    ]);
}
