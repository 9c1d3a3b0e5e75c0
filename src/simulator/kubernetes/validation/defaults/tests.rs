//! What objects look like once an API server has filled them in.

use serde_json::{Value as Json, json};

use super::default;
use crate::simulator::kubernetes::schema::{built_in, of_crd_version};

fn filled(mut object: Json) -> Json {
    let (group, version) =
        object["apiVersion"].as_str().unwrap().split_once('/').unwrap_or(("", object["apiVersion"].as_str().unwrap()));
    let schema = built_in(group, version, object["kind"].as_str().unwrap()).unwrap();
    default(&mut object, schema);
    let mut again = object.clone();
    default(&mut again, schema);
    assert_eq!(again, object, "filling in twice changes nothing");
    object
}

#[test]
fn a_deployment_looks_like_on_a_real_server() {
    let object = filled(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {
            "serviceAccountName": "web",
            "containers": [{"name": "web", "image": "nginx", "ports": [{"containerPort": 80}],
                "env": [{"name": "X", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
                "readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": 3},
                "resources": {"limits": {"cpu": "0.5", "memory": "1024Mi"}}}],
            "volumes": [{"name": "a"}, {"name": "b", "configMap": {"name": "c"}}]
        }}}
    }));
    assert_eq!(
        object["spec"],
        json!({"selector": {"matchLabels": {"a": "b"}}, "replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {
            "serviceAccountName": "web", "serviceAccount": "web", "restartPolicy": "Always", "dnsPolicy": "ClusterFirst",
            "schedulerName": "default-scheduler", "securityContext": {}, "terminationGracePeriodSeconds": 30,
            "containers": [{"name": "web", "image": "nginx", "imagePullPolicy": "Always",
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                "ports": [{"containerPort": 80, "protocol": "TCP"}],
                "env": [{"name": "X", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}}],
                "readinessProbe": {"httpGet": {"port": 80, "path": "/", "scheme": "HTTP"}, "periodSeconds": 3, "timeoutSeconds": 1,
                    "successThreshold": 1, "failureThreshold": 3},
                "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}}}],
            "volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "configMap": {"name": "c", "defaultMode": 420}}]
        }}})
    );
}

#[test]
fn images_are_pulled_by_their_tag() {
    let cases = [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.27", "IfNotPresent"),
        ("registry:5000/nginx", "Always"),
        ("registry:5000/nginx:1", "IfNotPresent"),
        ("nginx@sha256:0000", "IfNotPresent"),
    ];
    for (image, policy) in cases {
        let pod =
            filled(json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "image": image}]}}));
        assert_eq!(pod["spec"]["containers"][0]["imagePullPolicy"], policy, "{image}");
    }
}

/// Objects, and what is found at pointers of them once they are filled in.
fn assert_filled(cases: Vec<(Json, Vec<(&str, Json)>)>) {
    for (object, found) in cases {
        let object = filled(object);
        for (pointer, value) in found {
            assert_eq!(object.pointer(pointer).unwrap_or(&Json::Null), &value, "{pointer} of {object:#}");
        }
    }
}

#[test]
fn pods_and_what_makes_them_are_filled_in() {
    let pod =
        json!({"containers": [{"name": "a", "image": "a:1", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}]});
    assert_filled(vec![
        (
            json!({"apiVersion": "v1", "kind": "Pod", "spec": pod}),
            vec![
                ("/spec/enableServiceLinks", json!(true)),
                ("/spec/serviceAccount", json!("default")),
                ("/spec/priority", json!(0)),
                ("/spec/tolerations/1/key", json!("node.kubernetes.io/unreachable")),
                ("/spec/containers/0/resources/requests/cpu", json!("1")),
                ("/status/qosClass", json!("Guaranteed")),
            ],
        ),
        (
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"volumeClaimTemplates": [{"metadata": {"name": "d"}}]}}),
            vec![
                ("/spec/podManagementPolicy", json!("OrderedReady")),
                ("/spec/updateStrategy/rollingUpdate/partition", json!(0)),
                ("/spec/volumeClaimTemplates/0/kind", json!("PersistentVolumeClaim")),
                ("/spec/persistentVolumeClaimRetentionPolicy/whenScaled", json!("Retain")),
            ],
        ),
        (
            json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "spec": {}}),
            vec![("/spec/updateStrategy/rollingUpdate/maxUnavailable", json!(1))],
        ),
        (
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"strategy": {"type": "Recreate"}}}),
            vec![("/spec/strategy", json!({"type": "Recreate"}))],
        ),
    ]);
}

#[test]
fn jobs_and_what_scales_is_filled_in() {
    assert_filled(vec![
        (
            json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "uid": "u"}, "spec": {"template": {"spec": {"restartPolicy": "Never"}}}}),
            vec![
                ("/spec/backoffLimit", json!(6)),
                ("/spec/completions", json!(1)),
                ("/spec/parallelism", json!(1)),
                ("/spec/template/spec/restartPolicy", json!("Never")),
                ("/spec/selector/matchLabels/batch.kubernetes.io~1controller-uid", json!("u")),
                ("/spec/template/metadata/labels/job-name", json!("j")),
            ],
        ),
        (
            json!({"apiVersion": "batch/v1", "kind": "Job", "spec": {"parallelism": 2, "template": {}}}),
            vec![("/spec/completions", json!(null))],
        ),
        (
            json!({"apiVersion": "batch/v1", "kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": {}}}}}}),
            vec![
                ("/spec/concurrencyPolicy", json!("Allow")),
                ("/spec/jobTemplate/spec/template/spec/dnsPolicy", json!("ClusterFirst")),
                ("/spec/jobTemplate/spec/backoffLimit", json!(null)),
            ],
        ),
        (
            json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "spec": {"maxReplicas": 3, "behavior": {"scaleDown": {"stabilizationWindowSeconds": 5}}}}),
            vec![
                ("/spec/minReplicas", json!(1)),
                ("/spec/metrics/0/resource/target/averageUtilization", json!(80)),
                ("/spec/behavior/scaleUp/policies/0/value", json!(4)),
                ("/spec/behavior/scaleDown/stabilizationWindowSeconds", json!(5)),
            ],
        ),
        (
            json!({"apiVersion": "v1", "kind": "ReplicationController", "metadata": {}, "spec": {"template": {"metadata": {"labels": {"a": "b"}}}}}),
            vec![("/spec/selector", json!({"a": "b"})), ("/metadata/labels", json!({"a": "b"}))],
        ),
    ]);
}

#[test]
fn what_connects_and_keeps_is_filled_in() {
    assert_filled(vec![
        (
            json!({"apiVersion": "v1", "kind": "Service", "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}}),
            vec![
                ("/spec/sessionAffinity", json!("None")),
                ("/spec/ports/0", json!({"port": 80, "protocol": "TCP", "targetPort": 80})),
                ("/spec/allocateLoadBalancerNodePorts", json!(true)),
                ("/spec/clusterIP", json!(null)),
            ],
        ),
        (
            json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "b"}, "data": {"a": "eA==", "c": "ZA=="}}),
            vec![
                ("/type", json!("Opaque")),
                ("/data", json!({"a": "Yg==", "c": "ZA=="})),
                ("/stringData", json!(null)),
            ],
        ),
        (
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}}),
            vec![
                ("/metadata/labels/kubernetes.io~1metadata.name", json!("demo")),
                ("/status/phase", json!("Active")),
                ("/spec/finalizers/0", json!("kubernetes")),
            ],
        ),
        (
            json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": {"resources": {"requests": {"storage": "1024Mi"}}}}),
            vec![("/spec/volumeMode", json!("Filesystem")), ("/spec/resources/requests/storage", json!("1Gi"))],
        ),
        (
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": {"podSelector": {}, "egress": [{"ports": [{"port": 1}]}]}}),
            vec![
                ("/spec/policyTypes", json!(["Ingress", "Egress"])),
                ("/spec/egress/0/ports/0/protocol", json!("TCP")),
            ],
        ),
        (
            json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "ports": [{"port": 1}]}),
            vec![("/ports/0/protocol", json!("TCP"))],
        ),
    ]);
}

#[test]
fn what_says_who_and_how_is_filled_in() {
    assert_filled(vec![
        (
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "roleRef": {"kind": "Role", "name": "r"},
            "subjects": [{"kind": "ServiceAccount", "name": "a"}, {"kind": "User", "name": "u"}]}),
            vec![
                ("/roleRef/apiGroup", json!("rbac.authorization.k8s.io")),
                ("/subjects/0/apiGroup", json!(null)),
                ("/subjects/1/apiGroup", json!("rbac.authorization.k8s.io")),
            ],
        ),
        (
            json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": {"names": {"kind": "ScaledJob"}}}),
            vec![
                ("/spec/names/singular", json!("scaledjob")),
                ("/spec/names/listKind", json!("ScaledJobList")),
                ("/spec/conversion/strategy", json!("None")),
            ],
        ),
        (
            json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "webhooks": [{"name": "a", "rules": [{}]}]}),
            vec![
                ("/webhooks/0/timeoutSeconds", json!(10)),
                ("/webhooks/0/reinvocationPolicy", json!("Never")),
                ("/webhooks/0/rules/0/scope", json!("*")),
            ],
        ),
        (json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass"}), vec![("/reclaimPolicy", json!("Delete"))]),
        (
            json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass"}),
            vec![("/preemptionPolicy", json!("PreemptLowerPriority"))],
        ),
    ]);
}

#[test]
fn a_custom_resource_gets_the_defaults_of_its_schema() {
    let schema = of_crd_version(&json!({"type": "object", "properties": {"spec": {"type": "object", "default": {}, "properties": {
        "interval": {"type": "integer", "default": 30},
        "maybe": {"type": "string", "nullable": true, "default": "x"},
        "list": {"type": "array", "items": {"type": "object", "properties": {"kind": {"type": "string", "default": "A"}}}},
        "inner": {"type": "object", "properties": {"a": {"type": "string", "default": "b"}}}
    }}}}))
    .unwrap();
    let cases = [
        (json!({}), json!({"spec": {"interval": 30, "maybe": "x"}})),
        (
            json!({"spec": {"interval": 5, "maybe": null, "list": [{}, {"kind": "B"}], "inner": {}}}),
            json!({"spec": {"interval": 5, "maybe": null, "list": [{"kind": "A"}, {"kind": "B"}], "inner": {"a": "b"}}}),
        ),
    ];
    for (mut object, expected) in cases {
        default(&mut object, &schema);
        assert_eq!(object, expected);
    }
}
