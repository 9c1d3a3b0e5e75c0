//! KEDA, its ScaledObjects, and the autoscalers they make.

use super::*;

fn keda(bench: &mut Bench) {
    bench.put(json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "scaledobjects.keda.sh", "labels": {"app.kubernetes.io/version": "2.18.1"}}}));
    bench.put(deployment("keda-operator", "keda", 1));
    bench.wait(30);
}

fn scaled(spec: Json) -> Json {
    let mut object = json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
        "metadata": {"name": "web", "namespace": SPACE}, "spec": {
            "scaleTargetRef": {"name": "web"},
            "triggers": [{"type": "aws-sqs-queue", "metadata": {"queueURL": "https://sqs/1/jobs", "awsRegion": "r",
                "identityOwner": "operator"}}]}});
    for (member, value) in spec.as_object().unwrap() {
        object["spec"][member.as_str()] = value.clone();
    }
    object
}

fn replicas(bench: &mut Bench) -> i64 {
    bench.number("Deployment", "web", "/spec/replicas")
}

fn annotate(bench: &mut Bench, name: &str, value: &str) {
    bench.change("ScaledObject", "web", &format!("/metadata/annotations/autoscaling.keda.sh~1{name}"), value);
}

#[test]
fn a_scaled_object_gets_ready_and_brings_its_target_to_zero() {
    let mut bench = Bench::new(1);
    keda(&mut bench);
    bench.put(deployment("web", "nginx", 3));
    bench.wait(30);
    bench.put(scaled(json!({})));
    bench.wait(10);
    let object = bench.get("ScaledObject", "web");
    assert_eq!(list(&object, "/metadata/finalizers"), [json!("finalizer.keda.sh")]);
    assert_eq!(object::label(&object, "scaledobject.keda.sh/name"), "web");
    assert_eq!(object["status"]["externalMetricNames"], json!(["s0-aws-sqs-jobs"]));
    assert_eq!(text(&object, "/status/scaleTargetKind"), "apps/v1.Deployment");
    assert_eq!(
        (text(&object, "/status/hpaName"), number(&object, "/status/originalReplicaCount")),
        ("keda-hpa-web", Some(3))
    );
    assert_eq!(bench.condition("ScaledObject", "web", "Ready"), "True ScaledObjectReady");
    assert_eq!(bench.condition("ScaledObject", "web", "Active"), "False ScalerNotActive");
    assert_eq!(bench.condition("ScaledObject", "web", "Fallback"), "False NoFallbackFound");
    assert_eq!(bench.condition("ScaledObject", "web", "Paused"), "Unknown ");
    assert_eq!(replicas(&mut bench), 0);
    let target = bench.get("Deployment", "web");
    let entry = list(&target, "/metadata/managedFields").last().unwrap();
    assert_eq!(
        [text(entry, "/manager"), text(entry, "/operation"), text(entry, "/subresource")],
        ["keda", "Update", "scale"]
    );
    assert_eq!(entry["fieldsV1"], json!({"f:spec": {"f:replicas": {}}}));
    bench.wait(30);
    assert_eq!(bench.condition("HorizontalPodAutoscaler", "keda-hpa-web", "ScalingActive"), "False ScalingDisabled");
    assert_eq!(bench.number("HorizontalPodAutoscaler", "keda-hpa-web", "/spec/maxReplicas"), 100);
    assert!(bench.pods().iter().all(|pod| !name(pod).starts_with("web")));
}

#[test]
fn whoever_scales_the_target_up_sees_it_go_down_at_the_next_poll() {
    let mut bench = Bench::new(1);
    keda(&mut bench);
    bench.put(deployment("web", "nginx", 1));
    bench.put(scaled(json!({"pollingInterval": 30})));
    bench.wait(10);
    bench.change("Deployment", "web", "/spec/replicas", 2);
    bench.wait(5);
    assert_eq!(replicas(&mut bench), 2);
    bench.wait(30);
    assert_eq!(replicas(&mut bench), 0);
}

#[test]
fn activation_is_forced_and_cools_down() {
    let mut bench = Bench::new(1);
    keda(&mut bench);
    bench.put(deployment("web", "nginx", 0));
    bench.put(scaled(json!({"cooldownPeriod": 100})));
    bench.wait(10);
    annotate(&mut bench, "force-activation", "true");
    bench.wait(10);
    assert_eq!(
        (replicas(&mut bench), bench.condition("ScaledObject", "web", "Active")),
        (1, "True ScalerActive".to_owned())
    );
    bench.wait(1_000);
    assert_eq!(replicas(&mut bench), 1);
    annotate(&mut bench, "force-activation", "false");
    bench.wait(60);
    assert_eq!(
        (replicas(&mut bench), bench.condition("ScaledObject", "web", "Active")),
        (1, "False ScalerCooldown".to_owned())
    );
    bench.wait(60);
    assert_eq!(
        (replicas(&mut bench), bench.condition("ScaledObject", "web", "Active")),
        (0, "False ScalerNotActive".to_owned())
    );
}

#[test]
fn a_least_number_is_kept_and_the_autoscaler_goes_down_to_it() {
    let mut bench = Bench::new(1);
    keda(&mut bench);
    bench.put(deployment("web", "nginx", 5));
    bench.put(scaled(json!({"minReplicaCount": 2})));
    bench.wait(60);
    assert_eq!(replicas(&mut bench), 5);
    bench.wait(400);
    assert_eq!(replicas(&mut bench), 2);
    bench.change("Deployment", "web", "/spec/replicas", 1);
    bench.wait(60);
    assert_eq!(replicas(&mut bench), 2);
}

#[test]
fn a_missing_target_or_authentication_is_said_and_healed() {
    let mut bench = Bench::new(1);
    keda(&mut bench);
    let trigger = json!({"type": "aws-sqs-queue", "metadata": {"queueURL": "https://sqs/1/jobs", "awsRegion": "r"},
        "authenticationRef": {"name": "aws"}});
    bench.put(scaled(json!({"triggers": [trigger]})));
    bench.wait(10);
    assert_eq!(bench.condition("ScaledObject", "web", "Ready"), "False ScaledObjectCheckFailed");
    assert_eq!(bench.condition("ScaledObject", "web", "Active"), "Unknown UnknownState");
    let expected = "ScaledObject doesn't have correct scaleTargetRef specification: deployments.apps \"web\" not found";
    assert_eq!(bench.message("ScaledObject", "web", "Ready"), expected);
    bench.put(deployment("web", "nginx", 1));
    bench.wait(10);
    let expected = "failed to ensure HPA is correctly created for ScaledObject: error parsing SQS queue metadata: awsAccessKeyID not found";
    assert_eq!(bench.message("ScaledObject", "web", "Ready"), expected);
    assert!(bench.find("HorizontalPodAutoscaler", "keda-hpa-web").is_none());
    bench.put(json!({"apiVersion": "keda.sh/v1alpha1", "kind": "TriggerAuthentication",
        "metadata": {"name": "aws", "namespace": SPACE}, "spec": {"podIdentity": {"provider": "aws"}}}));
    bench.wait(10);
    assert_eq!(bench.condition("ScaledObject", "web", "Ready"), "True ScaledObjectReady");
    let authentication = bench.get("TriggerAuthentication", "aws");
    assert_eq!(list(&authentication, "/metadata/finalizers"), [json!("finalizer.keda.sh")]);
    assert_eq!(text(&authentication, "/status/scaledobjects"), "web");
    bench.delete("ScaledObject", "web");
    bench.wait(10);
    assert_eq!(text(&bench.get("TriggerAuthentication", "aws"), "/status/scaledobjects"), "");
    bench.delete("TriggerAuthentication", "aws");
    bench.wait(10);
    assert!(bench.find("TriggerAuthentication", "aws").is_none());
}

#[test]
fn bounds_are_checked() {
    let cases = [
        (json!({"minReplicaCount": 5, "maxReplicaCount": 3}), "MinReplicaCount=5 must be less than MaxReplicaCount=3"),
        (json!({"idleReplicaCount": 0}), "IdleReplicaCount=0 must be less than MinReplicaCount=0"),
        (json!({"scaleTargetRef": {"name": "web", "kind": "Odd"}}), "no matches for kind \"Odd\""),
        (json!({"triggers": []}), "no triggers defined"),
    ];
    for (spec, expected) in cases {
        let mut bench = Bench::new(1);
        keda(&mut bench);
        bench.put(deployment("web", "nginx", 1));
        bench.put(scaled(spec));
        bench.wait(10);
        let told = bench.message("ScaledObject", "web", "Ready");
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn a_paused_object_is_left_alone() {
    let mut bench = Bench::new(1);
    keda(&mut bench);
    bench.put(deployment("web", "nginx", 0));
    bench.put(scaled(json!({})));
    bench.wait(10);
    annotate(&mut bench, "paused-replicas", "3");
    bench.wait(60);
    assert_eq!(
        (replicas(&mut bench), bench.condition("ScaledObject", "web", "Paused")),
        (3, "True ScaledObjectPaused".to_owned())
    );
    assert!(bench.find("HorizontalPodAutoscaler", "keda-hpa-web").is_none());
    assert_eq!(bench.number("ScaledObject", "web", "/status/pausedReplicaCount"), 3);
    bench.change("ScaledObject", "web", "/metadata/annotations", json!({}));
    bench.wait(60);
    assert_eq!(
        (replicas(&mut bench), bench.condition("ScaledObject", "web", "Paused")),
        (0, "False ScaledObjectUnpaused".to_owned())
    );
    assert!(bench.find("HorizontalPodAutoscaler", "keda-hpa-web").is_some());
}

#[test]
fn only_a_running_operator_lets_go() {
    let mut bench = Bench::new(1);
    keda(&mut bench);
    bench.put(deployment("web", "nginx", 2));
    bench.put(scaled(json!({"advanced": {"restoreToOriginalReplicaCount": true}})));
    bench.wait(10);
    bench.delete("Deployment", "keda-operator");
    bench.wait(30);
    bench.delete("ScaledObject", "web");
    bench.wait(100_000);
    assert!(deleting(&bench.get("ScaledObject", "web")));
    bench.put(deployment("keda-operator", "keda", 1));
    bench.wait(60);
    assert!(bench.find("ScaledObject", "web").is_none());
    assert!(bench.find("HorizontalPodAutoscaler", "keda-hpa-web").is_none());
    assert_eq!(replicas(&mut bench), 2);
}

#[test]
fn the_operator_makes_the_certificates_others_wait_for() {
    let mut bench = Bench::new(1);
    let mut metrics = deployment("metrics", "keda-metrics", 1);
    set(&mut metrics, "/spec/template/spec/volumes", json!([{"name": "c", "secret": {"secretName": "certs"}}]));
    bench.put(metrics);
    bench.put(json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "scaledobjects.keda.sh", "labels": {"app.kubernetes.io/version": "2.20.2"}}}));
    bench.wait(30);
    assert_eq!(bench.number("Deployment", "metrics", "/status/readyReplicas"), 0);
    let mut operator = deployment("keda-operator", "keda", 1);
    let arguments = json!(["--enable-cert-rotation=true", "--cert-secret-name=certs"]);
    set(&mut operator, "/spec/template/spec/containers", json!([{"name": "main", "image": "keda", "args": arguments}]));
    bench.put(operator);
    bench.wait(60);
    assert_eq!(bench.number("Deployment", "metrics", "/status/readyReplicas"), 1);

    bench.put(deployment("web", "nginx", 0));
    bench.put(scaled(json!({})));
    bench.wait(60);
    bench.change("ScaledObject", "web", "/spec/cooldownPeriod", 10);
    bench.wait(10);
    assert_eq!(bench.condition("ScaledObject", "web", "HPAActive"), "True ScalingDisabled");
}

#[test]
fn a_scaled_job_is_held_and_ready() {
    let mut bench = Bench::new(1);
    keda(&mut bench);
    let trigger = json!({"type": "aws-sqs-queue", "metadata": {"queueURL": "u/q", "identityOwner": "operator"}});
    bench.put(
        json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledJob", "metadata": {"name": "jobs", "namespace": SPACE},
        "spec": {"jobTargetRef": {}, "triggers": [trigger]}}),
    );
    bench.wait(10);
    assert_eq!(bench.condition("ScaledJob", "jobs", "Ready"), "True ScaledJobReady");
    bench.change("ScaledJob", "jobs", "/metadata/annotations/autoscaling.keda.sh~1paused", "true");
    bench.wait(10);
    assert_eq!(bench.condition("ScaledJob", "jobs", "Paused"), "True ScaledJobPaused");
    bench.delete("ScaledJob", "jobs");
    bench.wait(10);
    assert!(bench.find("ScaledJob", "jobs").is_none());
}

#[test]
fn without_keda_nothing_happens_to_its_objects() {
    let mut bench = Bench::new(1);
    bench.put(deployment("web", "nginx", 2));
    bench.put(scaled(json!({})));
    bench.wait(600);
    let object = bench.get("ScaledObject", "web");
    assert!(object.get("status").is_none() && list(&object, "/metadata/finalizers").is_empty());
    keda(&mut bench);
    assert_eq!(bench.condition("ScaledObject", "web", "Ready"), "True ScaledObjectReady");
}

#[test]
fn the_metrics_api_is_there_while_its_backend_is() {
    const API: &str = "v1beta1.external.metrics.k8s.io";
    let mut bench = Bench::new(1);
    let backend = "keda-operator-metrics-apiserver";
    bench.put(json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": API},
        "spec": {"service": {"name": backend, "namespace": SPACE}}}));
    bench.wait(5);
    assert_eq!(bench.condition("APIService", API, "Available"), "False ServiceNotFound");
    bench.put(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": backend, "namespace": SPACE},
        "spec": {"selector": {"app": backend}, "ports": [{"name": "https", "port": 443}]}}));
    bench.wait(5);
    assert_eq!(bench.condition("APIService", API, "Available"), "False MissingEndpoints");
    bench.put(deployment(backend, "keda-metrics", 1));
    bench.wait(30);
    assert_eq!(bench.condition("APIService", API, "Available"), "True Passed");
    bench.delete("Deployment", backend);
    bench.wait(30);
    assert_eq!(bench.condition("APIService", API, "Available"), "False MissingEndpoints");
    bench.delete("Service", backend);
    bench.wait(30);
    assert_eq!(bench.condition("APIService", API, "Available"), "False ServiceNotFound");
}

#[test]
fn an_autoscaler_keeps_to_its_bounds() {
    let mut bench = Bench::new(1);
    bench.put(deployment("web", "nginx", 9));
    bench.put(json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": SPACE}, "spec": {"minReplicas": 2, "maxReplicas": 4,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}}));
    bench.wait(20);
    assert_eq!(replicas(&mut bench), 4);
    bench.change("Deployment", "web", "/spec/replicas", 1);
    bench.wait(20);
    assert_eq!(replicas(&mut bench), 2);
    assert_eq!(bench.condition("HorizontalPodAutoscaler", "web", "ScalingActive"), "False FailedGetResourceMetric");
}
