//! Deployments, StatefulSets and DaemonSets.

use proptest::prelude::*;

use super::*;

#[test]
fn a_deployment_gets_ready() {
    let mut bench = Bench::new(2);
    bench.put(deployment("web", "nginx", 3));
    bench.wait(1);
    assert_eq!(bench.condition("Deployment", "web", "Available"), "False MinimumReplicasUnavailable");
    assert!(bench.condition("Deployment", "web", "Progressing").starts_with("True "));
    bench.wait(29);
    let web = bench.get("Deployment", "web");
    let mut status = web["status"].clone();
    object::unset(&mut status, "/conditions");
    let expected = json!({"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3});
    assert_eq!(status, expected);
    assert_eq!(bench.condition("Deployment", "web", "Available"), "True MinimumReplicasAvailable");
    assert_eq!(bench.condition("Deployment", "web", "Progressing"), "True NewReplicaSetAvailable");
    assert_eq!(object::annotation(&web, "deployment.kubernetes.io/revision"), Some("1"));
    let set = bench.all("ReplicaSet").remove(0);
    let expected = json!({"observedGeneration": 1, "replicas": 3, "fullyLabeledReplicas": 3, "readyReplicas": 3, "availableReplicas": 3});
    assert_eq!(set["status"], expected);
    assert_eq!(object::controller(&set).map(|by| text(by, "/uid")), Some(object::uid(&web)));
    let mark = object::label(&set, "pod-template-hash").to_owned();
    assert_eq!(name(&set), format!("web-{mark}"));
    assert!(bench.pods().iter().all(|pod| object::label(pod, "pod-template-hash") == mark));
}

#[test]
fn nothing_to_run_is_complete_at_once() {
    let mut bench = Bench::new(0);
    bench.put(deployment("web", "nginx", 0));
    bench.wait(2);
    assert_eq!(bench.condition("Deployment", "web", "Progressing"), "True NewReplicaSetAvailable");
    assert_eq!(bench.condition("Deployment", "web", "Available"), "True MinimumReplicasAvailable");
    assert_eq!(bench.number("Deployment", "web", "/status/observedGeneration"), 1);
}

#[test]
fn a_new_template_is_rolled_out_within_its_limits() {
    let mut bench = Bench::new(2);
    let mut web = deployment("web", "nginx:1", 4);
    set(&mut web, "/spec/strategy", json!({"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}));
    bench.put(web);
    bench.wait(60);
    bench.change("Deployment", "web", "/spec/template/spec/containers/0", json!({"name": "main", "image": "nginx:2"}));
    bench.change("Deployment", "web", "/spec/template/spec/containers", json!([{"name": "main", "image": "nginx:2"}]));
    let mut done = false;
    for _ in 0..120 {
        bench.wait(1);
        let ready = bench.number("Deployment", "web", "/status/availableReplicas");
        let asked: i64 = bench.all("ReplicaSet").iter().map(|set| number(set, "/spec/replicas").unwrap()).sum();
        assert!(ready >= 3 && asked <= 5, "{ready} {asked}");
        done |= bench.number("Deployment", "web", "/status/updatedReplicas") == 4 && ready == 4;
    }
    assert!(done);
    assert_eq!(bench.condition("Deployment", "web", "Progressing"), "True NewReplicaSetAvailable");
    assert!(bench.pods().iter().all(|pod| text(pod, "/spec/containers/0/image") == "nginx:2"));
    let web = bench.get("Deployment", "web");
    assert_eq!(object::annotation(&web, "deployment.kubernetes.io/revision"), Some("2"));
    assert_eq!(bench.all("ReplicaSet").len(), 2);
}

#[test]
fn a_rollout_that_cannot_go_on_says_so_in_time() {
    let mut bench = Bench::new(2);
    let mut web = deployment("web", "nginx:1", 2);
    set(&mut web, "/spec/progressDeadlineSeconds", 60);
    bench.put(web);
    bench.wait(60);
    bench.change(
        "Deployment",
        "web",
        "/spec/template/spec/containers",
        json!([{"name": "main", "image": "x:missing"}]),
    );
    bench.wait(30);
    assert_eq!(bench.condition("Deployment", "web", "Progressing"), "True ReplicaSetUpdated");
    let changed = bench.now;
    bench.wait(3_000);
    assert_eq!(bench.condition("Deployment", "web", "Progressing"), "False ProgressDeadlineExceeded");
    let web = bench.get("Deployment", "web");
    let since = object::time(&object::condition(&web, "Progressing").unwrap()["lastTransitionTime"]).unwrap();
    assert!(since < changed + Duration::from_secs(60), "{since:?} {changed:?}");
    assert_eq!(number(&web, "/status/availableReplicas"), Some(2));
    bench.change("Deployment", "web", "/spec/template/spec/containers", json!([{"name": "main", "image": "nginx:1"}]));
    bench.wait(60);
    assert_eq!(bench.condition("Deployment", "web", "Progressing"), "True NewReplicaSetAvailable");
    assert_eq!(bench.number("Deployment", "web", "/status/updatedReplicas"), 2);
}

#[test]
fn a_new_deployment_that_never_runs_misses_its_deadline() {
    let mut bench = Bench::new(2);
    bench.put(deployment("web", "crash", 2));
    bench.wait(500);
    assert_eq!(bench.condition("Deployment", "web", "Progressing"), "True ReplicaSetUpdated");
    bench.wait(300);
    assert_eq!(bench.condition("Deployment", "web", "Progressing"), "False ProgressDeadlineExceeded");
}

#[test]
fn recreating_ends_the_old_before_it_begins_the_new() {
    let mut bench = Bench::new(1);
    let mut web = deployment("web", "nginx:1", 2);
    set(&mut web, "/spec/strategy", json!({"type": "Recreate"}));
    bench.put(web);
    bench.wait(60);
    bench.change("Deployment", "web", "/spec/template/spec/containers", json!([{"name": "main", "image": "nginx:2"}]));
    for _ in 0..60 {
        bench.wait(1);
        let pods = bench.pods();
        let images: std::collections::BTreeSet<_> =
            pods.iter().map(|pod| text(pod, "/spec/containers/0/image")).collect();
        assert!(images.len() <= 1, "{images:?}");
    }
    assert_eq!(bench.number("Deployment", "web", "/status/updatedReplicas"), 2);
    assert_eq!(bench.condition("Deployment", "web", "Progressing"), "True NewReplicaSetAvailable");
}

#[test]
fn a_stateful_set_is_made_in_order_and_keeps_its_claims() {
    let mut bench = Bench::new(2);
    let template = json!({"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "storageClassName": "gp2", "resources": {"requests": {"storage": "1Gi"}}}});
    bench.put(workload(
        "StatefulSet",
        "db",
        "postgres:1",
        json!({"replicas": 3, "serviceName": "db", "volumeClaimTemplates": [template]}),
    ));
    let mut most = 0;
    for _ in 0..90 {
        bench.wait(1);
        let pods = bench.pods();
        let unready = pods.iter().filter(|pod| !object::is_true(pod, "Ready")).count();
        most = most.max(unready);
    }
    assert_eq!(most, 1);
    let names = |objects: Vec<Json>| objects.iter().map(|one| name(one).to_owned()).collect::<Vec<_>>();
    assert_eq!(names(bench.pods()), ["db-0", "db-1", "db-2"]);
    assert_eq!(names(bench.all("PersistentVolumeClaim")), ["data-db-0", "data-db-1", "data-db-2"]);
    let status = bench.get("StatefulSet", "db")["status"].clone();
    for member in ["replicas", "readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas"] {
        assert_eq!(status[member], 3, "{member}");
    }
    assert_eq!(status["currentRevision"], status["updateRevision"]);

    bench.change(
        "StatefulSet",
        "db",
        "/spec/template/spec/containers",
        json!([{"name": "main", "image": "postgres:2"}]),
    );
    bench.wait(1);
    let halfway = bench.get("StatefulSet", "db")["status"].clone();
    assert_ne!(halfway["currentRevision"], halfway["updateRevision"]);
    bench.wait(90);
    assert!(bench.pods().iter().all(|pod| text(pod, "/spec/containers/0/image") == "postgres:2"));
    let status = bench.get("StatefulSet", "db")["status"].clone();
    assert_eq!(
        (status["currentRevision"].clone(), &status["updatedReplicas"]),
        (status["updateRevision"].clone(), &json!(3))
    );
    bench.change("StatefulSet", "db", "/spec/replicas", 1);
    bench.wait(60);
    assert_eq!(names(bench.pods()), ["db-0"]);
    assert_eq!(bench.all("PersistentVolumeClaim").len(), 3);
    assert_eq!(bench.all("ControllerRevision").len(), 2);
}

#[test]
fn a_daemon_runs_on_every_node() {
    let mut bench = Bench::new(2);
    bench.put(workload("DaemonSet", "agent", "agent:1", json!({"updateStrategy": {"type": "RollingUpdate"}})));
    bench.wait(30);
    let counts = |bench: &mut Bench| {
        ["desiredNumberScheduled", "numberReady", "updatedNumberScheduled"]
            .map(|member| bench.number("DaemonSet", "agent", &format!("/status/{member}")))
    };
    assert_eq!(counts(&mut bench), [2, 2, 2]);
    bench.node_group("workers", "ACTIVE", 3, None);
    bench.wait(30);
    assert_eq!(counts(&mut bench), [3, 3, 3]);
    bench.change("DaemonSet", "agent", "/spec/template/spec/containers", json!([{"name": "main", "image": "agent:2"}]));
    bench.wait(60);
    assert_eq!(counts(&mut bench), [3, 3, 3]);
    assert!(bench.pods().iter().all(|pod| text(pod, "/spec/containers/0/image") == "agent:2"));
    bench.node_group("workers", "ACTIVE", 1, None);
    bench.wait(30);
    assert_eq!(counts(&mut bench), [1, 1, 1]);
}

#[test]
fn what_is_looked_at_late_happened_in_its_own_time() {
    let times = |looks: &[u64]| {
        let mut bench = Bench::new(1);
        bench.put(deployment("web", "nginx", 2));
        looks.iter().for_each(|seconds| {
            bench.wait(*seconds);
        });
        bench.get("Deployment", "web")["status"].clone()
    };
    assert_eq!(times(&[1; 60]), times(&[60]));
}

#[test]
fn a_namespace_that_ends_takes_nothing_new() {
    let mut bench = Bench::new(1);
    bench.put(deployment("web", "nginx", 1));
    bench.wait(30);
    bench.change("Namespace", SPACE, "/metadata/deletionTimestamp", "2027-01-15T08:00:00Z");
    let pod = name(&bench.pods()[0]).to_owned();
    bench.delete("Pod", &pod);
    bench.wait(30);
    assert_eq!(bench.pods().len(), 0);
}

#[test]
fn what_was_let_go_of_stays_when_its_owner_goes() {
    let mut bench = Bench::new(1);
    bench.put(deployment("web", "nginx", 1));
    bench.wait(30);
    let set_name = name(&bench.all("ReplicaSet")[0]).to_owned();
    let place = place("ReplicaSet", &set_name);
    bench.cluster(|cluster| {
        let mut object = cluster.get(&place).unwrap();
        object::unset(&mut object, "/metadata/ownerReferences");
        let after = cluster.write(&place, object);
        noticed(cluster, &place, None, Some(&after));
    });
    bench.delete("Deployment", "web");
    bench.wait(30);
    assert_eq!(bench.pods().len(), 1);
}

#[test]
fn hundreds_of_pods_are_no_burden() {
    let mut bench = Bench::new(3);
    for number in 0..20 {
        bench.put(deployment(&format!("web{number}"), "nginx", 10));
    }
    bench.wait(120);
    assert_eq!(bench.pods().iter().filter(|pod| object::is_true(pod, "Ready")).count(), 200);
    bench.put(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "all", "namespace": SPACE},
        "spec": {"selector": {"app": "web1"}, "ports": [{"port": 80}]}}));
    bench.wait(10);
    assert_eq!(list(&bench.all("EndpointSlice")[0], "/endpoints").len(), 10);
}

#[derive(Clone, Debug)]
enum Act {
    Scale(i64),
    Image(u8),
    Wait(u64),
    LosePod(usize),
    Nodes(i64),
    Pause(bool),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        (0_i64..5).prop_map(Act::Scale),
        (0_u8..3).prop_map(Act::Image),
        (0_u64..40).prop_map(Act::Wait),
        (0_usize..4).prop_map(Act::LosePod),
        (0_i64..3).prop_map(Act::Nodes),
        any::<bool>().prop_map(Act::Pause),
    ];
    proptest::collection::vec(act, 0..12)
}

/// Everything that is there after these acts, some seconds apart and looked at more or less often.
fn after(acts: &[Act], looks: u64) -> Vec<Json> {
    let mut bench = Bench::new(2);
    bench.put(deployment("web", "nginx:0", 2));
    for act in acts {
        let pass = |bench: &mut Bench, seconds: u64| {
            let step = (seconds / looks).max(1);
            for _ in 0..seconds / step {
                bench.wait(step);
            }
            bench.wait(seconds % step);
        };
        match act {
            Act::Scale(replicas) => bench.change("Deployment", "web", "/spec/replicas", *replicas),
            Act::Image(tag) => {
                let containers = json!([{"name": "main", "image": format!("nginx:{tag}")}]);
                bench.change("Deployment", "web", "/spec/template/spec/containers", containers);
            }
            Act::Pause(paused) => bench.change("Deployment", "web", "/spec/paused", *paused),
            Act::Wait(seconds) => pass(&mut bench, *seconds),
            Act::LosePod(_) | Act::Nodes(_) => pass(&mut bench, 5),
        }
    }
    bench.wait(100);
    ["Deployment", "ReplicaSet", "Pod", "Event"].iter().flat_map(|kind| bench.all(kind)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn how_often_it_is_looked_at_changes_nothing(acts in acts()) {
        prop_assert_eq!(after(&acts, 1), after(&acts, 20));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn after_a_quiet_while_all_is_as_asked(acts in acts()) {
        let mut bench = Bench::new(1);
        bench.put(deployment("web", "nginx:0", 2));
        for act in acts {
            match act {
                Act::Scale(replicas) => bench.change("Deployment", "web", "/spec/replicas", replicas),
                Act::Image(tag) => {
                    let containers = json!([{"name": "main", "image": format!("nginx:{tag}")}]);
                    bench.change("Deployment", "web", "/spec/template/spec/containers", containers);
                }
                Act::Wait(seconds) => { bench.wait(seconds); }
                Act::LosePod(which) => {
                    if let Some(pod) = bench.pods().get(which).map(|pod| name(pod).to_owned()) {
                        bench.delete("Pod", &pod);
                    }
                }
                Act::Nodes(nodes) => bench.node_group("workers", "ACTIVE", nodes, None),
                Act::Pause(paused) => bench.change("Deployment", "web", "/spec/paused", paused),
            }
        }
        bench.node_group("workers", "ACTIVE", 2, None);
        bench.change("Deployment", "web", "/spec/paused", false);
        bench.wait(900);
        let web = bench.get("Deployment", "web");
        let wanted = number(&web, "/spec/replicas").unwrap();
        for member in ["replicas", "readyReplicas", "availableReplicas", "updatedReplicas"] {
            prop_assert_eq!(number(&web, &format!("/status/{member}")).unwrap_or(0), wanted, "{}", member);
        }
        prop_assert_eq!(bench.condition("Deployment", "web", "Progressing"), "True NewReplicaSetAvailable");
        prop_assert_eq!(bench.pods().len(), usize::try_from(wanted).unwrap());
        let image = text(&web, "/spec/template/spec/containers/0/image");
        prop_assert!(bench.pods().iter().all(|pod| text(pod, "/spec/containers/0/image") == image));
        bench.delete("Deployment", "web");
        bench.wait(60);
        prop_assert_eq!(bench.pods().len() + bench.all("ReplicaSet").len(), 0);
        bench.wait(4_000);
        prop_assert_eq!(bench.cluster(|cluster| cluster.recall_all::<Json>("due/").len()), 0);
    }
}
