//! What one object may not say.

use serde_json::{Value as Json, json};

use super::{assert_refused, deployment, object, pod, refused, web};

#[test]
fn what_is_right_is_accepted() {
    let mut changed = web();
    changed["template"]["spec"]["containers"][0]["image"] = json!("web:2");
    assert_eq!(refused(&deployment(changed), Some(&deployment(web()))), [] as [&str; 0]);
    let claim = json!({"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    let definition = json!({"metadata": {"name": "scaledobjects.keda.sh"}, "spec": {"group": "keda.sh", "scope": "Namespaced",
        "names": {"plural": "scaledobjects", "kind": "ScaledObject"},
        "versions": [{"name": "v1alpha1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}]}});
    let mut claims = web();
    claims["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"}}]);
    claims["template"]["spec"]["containers"][0]["volumeMounts"] = json!([{"name": "data", "mountPath": "/data"}]);
    let cases = [
        object("apps/v1", "StatefulSet", json!({"spec": claims})),
        object("v1", "PersistentVolumeClaim", claim),
        object("apiextensions.k8s.io/v1", "CustomResourceDefinition", definition),
        object("v1", "Service", json!({"spec": {"clusterIP": "None"}})),
        object("v1", "Service", json!({"spec": {"type": "ExternalName", "externalName": "example.com"}})),
        object(
            "rbac.authorization.k8s.io/v1",
            "ClusterRole",
            json!({"metadata": {"name": "system:Any_thing"}, "rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}]}),
        ),
        object("serving.example.com/v1", "Service", json!({})),
        // Only built-in kinds want a domain in a finalizer's name.
        object(
            "keda.sh/v1alpha1",
            "ScaledObject",
            json!({"metadata": {"name": "a", "namespace": "b", "finalizers": ["finalizer.keda.sh"]}}),
        ),
        object(
            "apiregistration.k8s.io/v1",
            "APIService",
            json!({"metadata": {"name": "v1beta1.metrics.k8s.io"}, "spec": {"group": "metrics.k8s.io", "version": "v1beta1"}}),
        ),
        object("batch/v1", "CronJob", json!({"spec": {"schedule": "*/5 * * * MON-FRI"}})),
    ];
    for object in cases {
        assert_eq!(refused(&object, None), [] as [&str; 0], "{object:#}");
    }
}

#[test]
fn metadata_is_checked_for_every_kind() {
    let with = |metadata: Json| object("keda.sh/v1alpha1", "ScaledObject", json!({"metadata": metadata}));
    let cases = [
        (with(json!({})), "metadata.name: Required value: name or generateName is required"),
        (with(json!({"name": "A"})), "metadata.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain"),
        (
            with(json!({"name": "a", "labels": {"a b": "c"}})),
            "metadata.labels: Invalid value: \"a b\": name part must consist of",
        ),
        (
            with(json!({"name": "a", "labels": {"a": "c d"}})),
            "metadata.labels: Invalid value: \"c d\": a valid label must be",
        ),
        (
            with(json!({"name": "a", "annotations": {"/x": "c"}})),
            "metadata.annotations: Invalid value: \"/x\": prefix part must be non-empty",
        ),
        (
            with(json!({"name": "a", "annotations": {"x": "y".repeat(262_144)}})),
            "metadata.annotations: Too long: may not be more than 262144 bytes",
        ),
        (
            object("v1", "ConfigMap", json!({"metadata": {"name": "a", "finalizers": ["mine"]}})),
            "metadata.finalizers: Invalid value: \"mine\": name is neither a standard finalizer name",
        ),
        (
            with(json!({"name": "a", "ownerReferences": [{"controller": true}, {"controller": true}]})),
            "metadata.ownerReferences: Invalid value",
        ),
        (
            object("v1", "Namespace", json!({"metadata": {"name": "a.b"}})),
            "metadata.name: Invalid value: \"a.b\": a lowercase RFC 1123 label",
        ),
        (
            object("v1", "Service", json!({"metadata": {"name": "1a"}, "spec": {"clusterIP": "None"}})),
            "metadata.name: Invalid value: \"1a\": a DNS-1035 label",
        ),
        (
            object("batch/v1", "CronJob", json!({"metadata": {"name": "a".repeat(53)}})),
            "must be no more than 52 characters",
        ),
        (
            object("rbac.authorization.k8s.io/v1", "Role", json!({"metadata": {"name": "a/b"}})),
            "metadata.name: Invalid value: \"a/b\": may not contain '/'",
        ),
    ];
    for (object, why) in cases {
        let found = refused(&object, None);
        assert!(found.len() == 1 && found[0].contains(why), "{why}: {found:?}");
    }
}

/// A pod of one container, with what else is said of it.
fn one(container: &Json) -> Json {
    let mut all = json!({"name": "a", "image": "a"});
    for (name, value) in container.as_object().unwrap() {
        all[name] = value.clone();
    }
    pod(json!({"containers": [all], "volumes": [{"name": "data", "emptyDir": {}}]}))
}

#[test]
fn containers_are_checked() {
    assert_refused(&[
        (one(&json!({"image": ""})), "spec.containers[0].image: Required value"),
        (
            one(&json!({"image": " a"})),
            "spec.containers[0].image: Invalid value: \" a\": must not have leading or trailing whitespace",
        ),
        (one(&json!({"name": "A"})), "spec.containers[0].name: Invalid value: \"A\": a lowercase RFC 1123 label"),
        (
            one(&json!({"imagePullPolicy": "always"})),
            "spec.containers[0].imagePullPolicy: Unsupported value: \"always\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
        ),
        (
            one(&json!({"ports": [{"containerPort": 70_000}]})),
            "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        (
            one(&json!({"ports": [{"containerPort": 1, "name": "h"}, {"containerPort": 2, "name": "h"}]})),
            "spec.containers[0].ports[1].name: Duplicate value: \"h\"",
        ),
        (
            one(&json!({"volumeMounts": [{"name": "x", "mountPath": "/x"}]})),
            "spec.containers[0].volumeMounts[0].name: Not found: \"x\"",
        ),
        (
            one(&json!({"volumeMounts": [{"name": "data", "mountPath": "/x"}, {"name": "data", "mountPath": "/x"}]})),
            "spec.containers[0].volumeMounts[1].mountPath: Invalid value: \"/x\": must be unique",
        ),
        (one(&json!({"env": [{"name": "A=B"}]})), "spec.containers[0].env[0].name: Invalid value: \"A=B\""),
        (
            one(&json!({"env": [{"name": "A", "value": "b", "valueFrom": {}}]})),
            "may not be specified when `value` is not empty",
        ),
    ]);
}

#[test]
fn what_containers_need_and_pods_hold_is_checked() {
    assert_refused(&[
        (
            one(&json!({"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1500m"}}})),
            "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1500m",
        ),
        (
            one(&json!({"resources": {"limits": {"cpu": "-1"}}})),
            "spec.containers[0].resources.limits[cpu]: Invalid value: \"-1\": must be greater than or equal to 0",
        ),
        (
            one(&json!({"livenessProbe": {}})),
            "spec.containers[0].livenessProbe: Required value: must specify a handler type",
        ),
        (
            one(&json!({"livenessProbe": {"httpGet": {"port": 0}}})),
            "spec.containers[0].livenessProbe.httpGet.port: Invalid value: 0: must be between",
        ),
        (
            one(&json!({"livenessProbe": {"exec": {}, "successThreshold": 2}})),
            "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
        ),
        (
            pod(json!({"containers": [{"name": "a", "image": "a"}, {"name": "a", "image": "a"}]})),
            "spec.containers[1].name: Duplicate value: \"a\"",
        ),
        (
            pod(json!({"restartPolicy": "Sometimes"})),
            "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"",
        ),
        (
            pod(json!({"volumes": [{"name": "a", "emptyDir": {}, "hostPath": {}}]})),
            "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
        ),
        (pod(json!({"volumes": [{"name": "a"}, {"name": "a"}]})), "spec.volumes[1].name: Duplicate value: \"a\""),
        (pod(json!({"terminationGracePeriodSeconds": -1})), "spec.terminationGracePeriodSeconds: Invalid value: -1"),
    ]);
}

#[test]
fn deployments_are_checked() {
    let deployment_with = |pointer: &str, value: Json| {
        let mut spec = web();
        let (holder, name) = pointer.rsplit_once('/').unwrap();
        spec.pointer_mut(holder).unwrap()[name] = value;
        deployment(spec)
    };
    assert_refused(&[
        (
            deployment_with("/template/metadata/labels", json!({"app": "x"})),
            "spec.template.metadata.labels: Invalid value: {\"app\":\"x\"}: `selector` does not match template `labels`",
        ),
        (
            deployment_with("/selector", json!({})),
            "spec.selector: Invalid value: {}: empty selector is invalid for deployment",
        ),
        (
            deployment_with(
                "/selector",
                json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}),
            ),
            "`selector` does not match template `labels`",
        ),
        (
            deployment_with("/replicas", json!(-1)),
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        ),
        (
            deployment_with("/template/spec/restartPolicy", json!("Never")),
            "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
        ),
        (
            deployment_with("/strategy", json!({"type": "Recreate", "rollingUpdate": {}})),
            "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
        ),
        (
            deployment_with(
                "/strategy",
                json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}),
            ),
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
        ),
        (
            deployment_with("/template/spec/containers", json!([{"name": "a"}])),
            "spec.template.spec.containers[0].image: Required value",
        ),
    ]);
}

#[test]
fn jobs_and_what_scales_is_checked() {
    let job = |spec: Json| object("batch/v1", "Job", json!({"spec": {"template": {"spec": spec}}}));
    assert_refused(&[
        (
            job(json!({"restartPolicy": "Always"})),
            "spec.template.spec.restartPolicy: Unsupported value: \"Always\": supported values: \"OnFailure\", \"Never\"",
        ),
        (
            object("batch/v1", "CronJob", json!({"spec": {"schedule": "* *"}})),
            "spec.schedule: Invalid value: \"* *\": expected exactly 5 fields, found 2: [* *]",
        ),
        (
            object("autoscaling/v2", "HorizontalPodAutoscaler", json!({"spec": {"minReplicas": 3, "maxReplicas": 2}})),
            "spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`",
        ),
        (
            object("autoscaling/v2", "HorizontalPodAutoscaler", json!({"spec": {"minReplicas": 0, "maxReplicas": 2}})),
            "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
        ),
        (
            object("policy/v1", "PodDisruptionBudget", json!({"spec": {"minAvailable": 1, "maxUnavailable": 1}})),
            "minAvailable and maxUnavailable cannot be both set",
        ),
        (
            object("policy/v1", "PodDisruptionBudget", json!({"spec": {"minAvailable": "half"}})),
            "spec.minAvailable: Invalid value: \"half\": a valid percent string",
        ),
    ]);
}

#[test]
fn services_and_ingresses_are_checked() {
    let service = |spec: Json| object("v1", "Service", json!({"spec": spec}));
    assert_refused(&[
        (service(json!({})), "spec.ports: Required value"),
        (service(json!({"type": "ExternalName"})), "spec.externalName: Required value"),
        (
            service(json!({"ports": [{"port": 0}]})),
            "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        ),
        (
            service(json!({"ports": [{"port": 80, "name": "a"}, {"port": 80, "name": "b"}]})),
            "spec.ports[1]: Duplicate value: {\"port\":80,\"protocol\":\"TCP\"}",
        ),
        (
            service(json!({"ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "a"}]})),
            "spec.ports[1].name: Duplicate value: \"a\"",
        ),
        (service(json!({"ports": [{"port": 80, "name": "a"}, {"port": 81}]})), "spec.ports[1].name: Required value"),
        (
            object("networking.k8s.io/v1", "Ingress", json!({"spec": {}})),
            "spec: Invalid value: {}: either `defaultBackend` or `rules` must be specified",
        ),
        (
            object(
                "networking.k8s.io/v1",
                "Ingress",
                json!({"spec": {"rules": [{"http": {"paths": [{"path": "a", "pathType": "Prefix"}]}}]}}),
            ),
            "spec.rules[0].http.paths[0].path: Invalid value: \"a\": must be an absolute path",
        ),
    ]);
}

#[test]
fn configuration_is_checked() {
    assert_refused(&[
        (
            object("v1", "Secret", json!({"type": "kubernetes.io/tls", "data": {"tls.crt": ""}})),
            "data[tls.key]: Required value",
        ),
        (object("v1", "Secret", json!({"data": {"a b": ""}})), "data[a b]: Invalid value: \"a b\": a valid config key"),
        (
            object("v1", "ConfigMap", json!({"data": {"a": "b"}, "binaryData": {"a": "Yg=="}})),
            "data[a]: Invalid value: \"a\": duplicate of key present in binaryData",
        ),
        (
            object("v1", "ConfigMap", json!({"data": {"a": "b".repeat(1_048_577)}})),
            "data: Too long: may not be more than 1048576 bytes",
        ),
        (
            object("v1", "PersistentVolumeClaim", json!({"spec": {"accessModes": ["ReadWriteOnce"]}})),
            "spec.resources[storage]: Required value",
        ),
        (
            object(
                "rbac.authorization.k8s.io/v1",
                "Role",
                json!({"rules": [{"verbs": ["get"], "resources": ["pods"]}]}),
            ),
            "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
        ),
    ]);
}

#[test]
fn definitions_are_checked() {
    let definition = |pointer: &str, value: Json| {
        let mut all = object(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            json!({"metadata": {"name": "xs.example.com"},
            "spec": {"group": "example.com", "scope": "Cluster", "names": {"plural": "xs", "kind": "X"},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}]}}),
        );
        *all.pointer_mut(pointer).unwrap() = value;
        all
    };
    assert_refused(&[
        (
            object("apiregistration.k8s.io/v1", "APIService", json!({"spec": {"group": "g.io", "version": "v1"}})),
            "metadata.name: Invalid value: \"a\": must be `spec.version+\".\"+spec.group`: \"v1.g.io\"",
        ),
        (
            definition("/metadata/name", json!("ys.example.com")),
            "metadata.name: Invalid value: \"ys.example.com\": must be spec.names.plural+\".\"+spec.group",
        ),
        (
            definition("/spec/scope", json!("World")),
            "spec.scope: Unsupported value: \"World\": supported values: \"Cluster\", \"Namespaced\"",
        ),
        (
            definition("/spec/versions/0/storage", json!(false)),
            "spec.versions: Invalid value: [\"v1\"]: must have exactly one version marked as storage version",
        ),
        (
            definition("/spec/versions/0/name", json!("1")),
            "spec.versions[0].name: Invalid value: \"1\": a DNS-1035 label",
        ),
        (
            definition("/spec/versions/0/schema", json!({})),
            "spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required",
        ),
        (
            definition("/spec/versions/0/schema/openAPIV3Schema", json!({})),
            "spec.versions[0].schema.openAPIV3Schema.type: Required value: must not be empty at the root",
        ),
        (
            definition("/spec/names/kind", json!("a b")),
            "spec.names.kind: Invalid value: \"a b\": may have mixed case, but should otherwise match: a DNS-1035 label",
        ),
    ]);
}
