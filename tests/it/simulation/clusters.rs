//! What is in a cluster that the same apply makes: from nothing to nothing, and how it is looked at on the way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;
use tidegate::engine::{Event, Stop};
use tidegate::plan::{Action, Mode};

use crate::support::simulated::Simulation;

const CLUSTER: &str = include_str!("../support/cluster.yaml");

/// A stack with a cluster, nodes, and these resources.
fn stack(resources: &str) -> String {
    format!("{}{resources}", CLUSTER.replace("stack: cluster", "stack: it"))
}

fn object(name: &str, more: &str, manifest: &str) -> String {
    format!(
        "  {name}:\n    type: kubernetes.object\n{more}    spec:\n      cluster: ${{cluster.connection}}\n      manifest: {manifest}\n"
    )
}

fn namespace() -> &'static str {
    "  home: { type: kubernetes.namespace, spec: { cluster: \"${cluster.connection}\", name: home } }\n"
}

fn worker(image: &str) -> String {
    format!(
        "{{ apiVersion: apps/v1, kind: Deployment, metadata: {{ name: worker, namespace: home }}, spec: {{ selector: {{ matchLabels: {{ app: worker }} }}, template: {{ metadata: {{ labels: {{ app: worker }} }}, spec: {{ containers: [{{ name: worker, image: \"{image}\" }}] }} }} }} }}"
    )
}

/// An object of the world, by the end of its key.
fn find(simulation: &Simulation, end: &str) -> Option<Json> {
    let world = simulation.simulator.world();
    let key = world.objects().find(|key| key.ends_with(end))?.to_owned();
    world.get(&key)
}

/// How many calls of each operation some work makes.
fn calls(simulation: &Simulation, work: impl FnOnce()) -> BTreeMap<String, u32> {
    let seen: Arc<Mutex<BTreeMap<String, u32>>> = Arc::default();
    let noted = Arc::clone(&seen);
    simulation
        .simulator
        .watch(move |operation, _| *noted.lock().unwrap().entry(operation.to_owned()).or_default() += 1);
    work();
    simulation.simulator.watch(|_, _| {});
    seen.lock().unwrap().clone()
}

#[test]
fn what_keda_scales_is_no_drift_and_one_destroy_ends_it_all() {
    let simulation = Simulation::new("quickstart");
    let stack = simulation.repository_stack("quickstart");
    simulation.apply_all(&stack);
    simulation.assert_settled(&stack);
    // Nothing is in the queue, so nothing is to run.
    simulation.pass(60);
    simulation.assert_settled(&stack);
    assert_eq!(find(&simulation, "/apps/deployments/consumers/worker").unwrap()["spec"]["replicas"], 0);
    let ((), took) = simulation.timed(|| simulation.destroy_all());
    assert!(took.as_secs() < 1800, "{took:?}");
}

#[test]
fn a_look_at_many_objects_is_one_call_a_kind() {
    let names: Vec<_> = (0..40).map(|number| format!("n{number}")).collect();
    let each = format!("    for_each: [{}]\n", names.join(", "));
    let manifest =
        "{ apiVersion: v1, kind: ConfigMap, metadata: { name: \"${each.key}\", namespace: home }, data: { a: b } }";
    let simulation = Simulation::new("it");
    let stack = simulation.stack(&stack(&format!("{}{}", namespace(), object("settings", &each, manifest))));
    simulation.apply_all(&stack);
    let calls = calls(&simulation, || simulation.assert_settled(&stack));
    assert_eq!(calls.get("kubernetes:list configmaps"), Some(&1), "{calls:?}");
    assert_eq!(calls.get("kubernetes:get configmaps"), None, "{calls:?}");
    simulation.destroy_all();
}

#[test]
fn a_fast_teardown_deletes_only_what_would_be_left_behind() {
    let balancer = "{ apiVersion: v1, kind: Service, metadata: { name: door, namespace: home }, spec: { type: LoadBalancer, selector: { app: worker }, ports: [{ port: 80 }] } }";
    let resources = format!(
        "{}{}{}",
        namespace(),
        object("worker", "", &worker("example.org/worker:1")),
        object("door", "", balancer)
    );
    let text = stack(&resources).replace("providers:\n", "providers:\n  kubernetes: { teardown: fast }\n");
    let simulation = Simulation::new("it");
    simulation.apply_all(&simulation.stack(&text));
    assert!(simulation.objects().iter().any(|key| key.contains("/elb/")), "a load balancer stands outside the cluster");
    let mut plan = None;
    let calls = calls(&simulation, || plan = Some(simulation.destroy().0));
    let plan = plan.unwrap();
    let action = |name: &str| plan.changes[&name.parse().unwrap()].action;
    assert_eq!([action("worker"), action("home"), action("door")], [Action::Forget, Action::Forget, Action::Delete]);
    assert_eq!(calls.get("kubernetes:delete deployments"), None);
    assert_eq!(simulation.objects(), Vec::<String>::new());
}

#[test]
fn a_scaled_object_without_its_operator_is_waited_for_in_bounds_and_says_why() {
    let simulation = Simulation::new("quickstart");
    let text = Simulation::repository_text("quickstart");
    simulation.apply_all(&simulation.stack(&text));
    // The operator goes first, and what it keeps stays.
    let without =
        text.replace("        podIdentity: {", "        operator: { replicaCount: 0 }\n        podIdentity: {");
    assert_ne!(without, text);
    simulation.apply_all(&simulation.stack(&without));
    let ((_, applied), took) = simulation.timed(|| simulation.destroy());
    let failed = applied.failed.iter().find(|failed| failed.address.to_string() == "scaler");
    let failed = failed.unwrap_or_else(|| panic!("{:#?}", applied.failed));
    assert!(failed.error.contains("finalizer.keda.sh") && failed.error.contains("operator"), "{}", failed.error);
    assert!(took.as_secs() < 3600, "{took:?}");
    let left: Vec<_> = applied.skipped.iter().map(|(address, _)| address.to_string()).collect();
    assert!(left.contains(&"cluster".to_owned()), "{left:?}");
}

#[test]
fn with_its_cluster_an_object_is_gone() {
    let simulation = Simulation::new("it");
    let text = stack(&format!("{}{}", namespace(), object("worker", "", &worker("example.org/worker:1"))));
    let stack = simulation.stack(&text);
    simulation.apply_all(&stack);
    let gone: Vec<_> = simulation
        .objects()
        .into_iter()
        .filter(|key| key.contains("/eks/") || key.starts_with("kubernetes/"))
        .collect();
    gone.iter().for_each(|key| simulation.simulator.world().remove(key));
    let plan = simulation.plan(&stack);
    for name in ["cluster", "nodes", "home", "worker"] {
        assert_eq!(plan.changes[&name.parse().unwrap()].action, Action::Create, "{name}");
    }
    simulation.apply_all(&stack);
    simulation.assert_settled(&stack);
    simulation.destroy_all();
}

#[test]
fn a_wait_says_what_keeps_a_deployment_from_being_ready() {
    let simulation = Simulation::new("it");
    let broken = object("worker", "    timeouts: { create: 5m }\n", &worker("example.org/does-not-exist:1"));
    let wanted = simulation.stack(&stack(&format!("{}{broken}", namespace())));
    let (_, applied) = simulation.run(Some(&wanted), Mode::Apply, &Stop::default(), false).applied();
    let failed = &applied.failed[0];
    assert!(failed.error.contains("0 of 1 replica") && failed.error.contains("ImagePullBackOff"), "{}", failed.error);
    let told = simulation.events.all().into_iter().any(|event| {
        matches!(event, Event::StepProgress { message, .. } if message.contains("ImagePull") && message.contains("does-not-exist"))
    });
    assert!(told);
    // It is recorded, and mended by the next apply.
    let mended = object("worker", "", &worker("example.org/worker:1"));
    let wanted = simulation.stack(&stack(&format!("{}{mended}", namespace())));
    simulation.apply_all(&wanted);
    simulation.assert_settled(&wanted);
    simulation.destroy_all();
}

#[test]
fn what_is_needed_comes_first_although_no_one_says_so() {
    let simulation = Simulation::new("it");
    let text = stack(&format!("{}{}", namespace(), object("worker", "", &worker("example.org/worker:1"))));
    let loaded = simulation.stack(&text);
    let needs = |name: &str| {
        let found = loaded.resources[&name.parse().unwrap()].dependencies.iter();
        found.map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(needs("home"), ["cluster", "nodes"]);
    assert_eq!(needs("worker"), ["cluster", "home", "nodes"]);
    // What someone wrote down comes first.
    let turned = text.replace("name: home } }\n", "name: home }, depends_on: [worker] }\n");
    let loaded = simulation.stack(&turned);
    assert!(!loaded.resources[&"worker".parse().unwrap()].dependencies.contains(&"home".parse().unwrap()));
}

#[test]
fn one_object_of_two_resources_is_refused() {
    let simulation = Simulation::new("it");
    let twin = "{ apiVersion: v1, kind: Namespace, metadata: { name: home } }";
    let (_, problems) = simulation.load(&stack(&format!("{}{}", namespace(), object("twin", "", twin))));
    let told: Vec<_> = problems.iter().map(|problem| (problem.code, problem.detail.as_str())).collect();
    assert_eq!(told, [("kubernetes/same-object", "Namespace home is also made by `home`")]);
}

#[test]
fn a_claim_that_no_pod_uses_is_as_ready_as_it_can_be() {
    let claim = "{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: data, namespace: home }, spec: { accessModes: [ReadWriteOnce], storageClassName: gp2, resources: { requests: { storage: 1Gi } } } }";
    let simulation = Simulation::new("it");
    let stack = simulation.stack(&stack(&format!("{}{}", namespace(), object("data", "", claim))));
    let (_, took) = simulation.timed(|| drop(simulation.apply_all(&stack)));
    assert!(took.as_secs() < 1500, "{took:?}");
    simulation.assert_settled(&stack);
    simulation.destroy_all();
}

#[test]
fn a_namespace_that_an_api_without_a_backend_holds_up_says_so() {
    let simulation = Simulation::new("it");
    let stack =
        simulation.stack(&stack(&namespace().replace("name: home } }", "name: home }, timeouts: { delete: 2m } }")));
    simulation.apply_all(&stack);
    let api = serde_json::json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": { "name": "v1beta1.external.metrics.k8s.io", "uid": "0", "resourceVersion": "1" },
        "spec": { "group": "external.metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
            "service": { "name": "keda-operator-metrics-apiserver", "namespace": "keda" } },
        "status": { "conditions": [{ "type": "Available", "status": "False", "reason": "ServiceNotFound", "message": "service/keda-operator-metrics-apiserver in \"keda\" is not present" }] },
    });
    let key =
        "kubernetes/123456789012/us-east-1/it/apiregistration.k8s.io/apiservices/-/v1beta1.external.metrics.k8s.io";
    simulation.simulator.world().put(key, &api);
    let (_, applied) = simulation.destroy();
    let failed = applied.failed.iter().find(|failed| failed.address.to_string() == "home").unwrap();
    assert!(failed.error.contains("external.metrics.k8s.io"), "{}", failed.error);
    // Without it, the namespace goes, and all the rest.
    simulation.simulator.world().remove(key);
    simulation.destroy_all();
}
