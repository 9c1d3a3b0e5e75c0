//! Nodes, pods, and what they need.

use super::*;

#[test]
fn nodes_are_those_of_the_groups_at_their_own_times() {
    let mut bench = Bench::new(0);
    bench.put(deployment("web", "nginx", 1));
    bench.wait(30);
    let pod = name(&bench.pods()[0]).to_owned();
    assert!(bench.message("Pod", &pod, "PodScheduled").starts_with("0/0 nodes are available"));
    let into = json!({"status": "ACTIVE"});
    bench.node_group("workers", "CREATING", 2, Some((100, into)));
    bench.wait(99);
    assert_eq!(bench.all("Node").len(), 0);
    let active = object::moment(bench.now + Duration::from_secs(1));
    bench.wait(60);
    let nodes = bench.all("Node");
    assert_eq!(nodes.len(), 2);
    assert_eq!(nodes[0]["metadata"]["creationTimestamp"], active);
    assert_eq!(object::label(&nodes[0], "eks.amazonaws.com/nodegroup"), "workers");
    assert_eq!(bench.number("Deployment", "web", "/status/readyReplicas"), 1);
    bench.node_group("workers", "ACTIVE", 1, None);
    assert_eq!(bench.wait(10).all("Node").len(), 1);
    bench.world.remove("aws/1/us-east-1/eks/node-group/c/workers");
    assert_eq!(bench.wait(10).wait(10).all("Node").len(), 0);
    assert_eq!(bench.number("Deployment", "web", "/status/readyReplicas"), 0);
}

#[test]
fn what_a_pod_lacks_is_said_and_healed() {
    let mut bench = Bench::new(1);
    let mut web = deployment("web", "nginx", 1);
    set(
        &mut web,
        "/spec/template/spec/containers",
        json!([{"name": "main", "image": "nginx",
        "envFrom": [{"configMapRef": {"name": "settings"}}],
        "env": [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "k"}}}]}]),
    );
    set(&mut web, "/spec/template/spec/serviceAccountName", "worker");
    bench.put(web);
    bench.wait(30);
    assert_eq!(bench.pods().len(), 0);
    let set_name = name(&bench.all("ReplicaSet")[0]).to_owned();
    assert_eq!(bench.condition("ReplicaSet", &set_name, "ReplicaFailure"), "True FailedCreate");
    let told = bench.message("Deployment", "web", "ReplicaFailure");
    assert!(
        told.contains("error looking up service account demo/worker: serviceaccount \"worker\" not found"),
        "{told}"
    );

    bench
        .put(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "worker", "namespace": SPACE}}));
    bench.wait(30);
    assert_eq!(bench.waits(), "CreateContainerConfigError");
    assert_eq!(bench.condition("Deployment", "web", "ReplicaFailure"), "");
    bench.put(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": SPACE}}));
    bench.put(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", "namespace": SPACE}, "data": {"x": ""}}));
    bench.wait(30);
    assert_eq!(bench.waits(), "CreateContainerConfigError");
    bench.change("Secret", "keys", "/data/k", "");
    bench.wait(30);
    assert_eq!(bench.number("Deployment", "web", "/status/readyReplicas"), 1);
    assert_eq!(bench.condition("Deployment", "web", "Progressing"), "True NewReplicaSetAvailable");
}

#[test]
fn a_missing_volume_is_waited_for() {
    let mut bench = Bench::new(1);
    let mut web = deployment("web", "nginx", 1);
    set(&mut web, "/spec/template/spec/volumes", json!([{"name": "v", "configMap": {"name": "settings"}}]));
    bench.put(web);
    bench.wait(60);
    assert_eq!(bench.waits(), "ContainerCreating");
    assert!(bench.reasons().contains(&"FailedMount".to_owned()));
    bench.put(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": SPACE}}));
    bench.wait(30);
    assert_eq!(bench.number("Deployment", "web", "/status/readyReplicas"), 1);
}

#[test]
fn images_decide_what_becomes_of_pods() {
    let cases = [
        ("registry/does-not-exist:1", "ImagePullBackOff"),
        ("x:missing", "ImagePullBackOff"),
        ("crash", "CrashLoopBackOff"),
    ];
    for (image, expected) in cases {
        let mut bench = Bench::new(1);
        bench.put(deployment("web", image, 1));
        bench.wait(3_300);
        assert_eq!(bench.waits(), expected, "{image}");
        assert_eq!(bench.number("Deployment", "web", "/status/readyReplicas"), 0);
        assert!(bench.reasons().contains(&"BackOff".to_owned()));
    }
}

#[test]
fn init_containers_go_first() {
    let mut bench = Bench::new(1);
    let mut web = deployment("web", "nginx", 1);
    set(
        &mut web,
        "/spec/template/spec/initContainers",
        json!([
            {"name": "first", "image": "busybox"},
            {"name": "beside", "image": "proxy", "restartPolicy": "Always"},
        ]),
    );
    bench.put(web);
    bench.wait(60);
    assert_eq!(bench.number("Deployment", "web", "/status/readyReplicas"), 1);
    let pod = bench.pods().remove(0);
    assert_eq!(text(&pod, "/status/initContainerStatuses/0/state/terminated/reason"), "Completed");
    assert!(pod.pointer("/status/initContainerStatuses/1/state/running").is_some());
}

#[test]
fn a_deleted_pod_ends_gracefully_and_is_replaced() {
    let mut bench = Bench::new(1);
    bench.put(deployment("web", "nginx", 1));
    bench.wait(30);
    let first = name(&bench.pods()[0]).to_owned();
    bench.delete("Pod", &first);
    assert!(deleting(&bench.get("Pod", &first)));
    bench.wait(1);
    assert!(bench.find("Pod", &first).is_some());
    bench.wait(30);
    assert!(bench.find("Pod", &first).is_none());
    assert_eq!(bench.number("Deployment", "web", "/status/readyReplicas"), 1);
}

#[test]
fn a_cordon_and_a_taint_keep_pods_away() {
    let mut bench = Bench::new(1);
    let node = name(&bench.all("Node")[0]).to_owned();
    bench.change("Node", &node, "/spec/unschedulable", true);
    bench.put(deployment("web", "nginx", 1));
    bench.wait(30);
    let pod = name(&bench.pods()[0]).to_owned();
    assert!(bench.message("Pod", &pod, "PodScheduled").contains("1 node(s) were unschedulable"));
    bench.change("Node", &node, "/spec/unschedulable", false);
    bench.wait(30);
    assert_eq!(bench.number("Deployment", "web", "/status/readyReplicas"), 1);
}

#[test]
fn a_lone_pod_that_is_to_end_ends() {
    let mut bench = Bench::new(1);
    for (name, image) in [("good", "busybox"), ("bad", "crash")] {
        bench.put(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": SPACE},
            "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": image}]}}));
    }
    bench.wait(60);
    assert_eq!(text(&bench.get("Pod", "good"), "/status/phase"), "Succeeded");
    assert_eq!(text(&bench.get("Pod", "bad"), "/status/phase"), "Failed");
}

#[test]
fn events_are_few_and_gone_after_an_hour() {
    let mut bench = Bench::new(1);
    bench.put(deployment("web", "nginx", 2));
    bench.wait(60);
    let expected = ["Pulled", "ScalingReplicaSet", "Scheduled", "Started", "SuccessfulCreate"];
    assert_eq!(bench.reasons(), expected);
    assert_eq!(bench.all("Event").len(), 1 + 2 * 4);
    bench.wait(3_700);
    assert_eq!(bench.all("Event").len(), 0);
}

#[test]
fn what_nobody_controls_costs_nothing() {
    let mut bench = Bench::new(1);
    bench.wait(60);
    for number in 0..1_000 {
        bench.put(json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": format!("c{number}"), "namespace": SPACE}}));
    }
    let revision = bench.revision();
    bench.wait(60);
    assert_eq!(bench.revision(), revision);
    assert_eq!(bench.cluster(|cluster| cluster.recall_all::<Json>("due/").len()), 0);
}
