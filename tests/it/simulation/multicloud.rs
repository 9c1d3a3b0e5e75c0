//! The stack of two clouds at once, from nothing to nothing.

use serde_json::{Value as Json, json};
use tidegate::plan::{Action, Plan};

use crate::support::simulated::Simulation;

const QUEUE: &str = "/namespaces/multicloud-7d3f2a/queues/ingestion";

/// What the world has at the keys that end so.
fn documents(simulation: &Simulation, end: &str) -> Vec<(String, Json)> {
    let world = simulation.simulator.world();
    let keys: Vec<_> = world.objects().filter(|key| key.ends_with(end)).map(str::to_owned).collect();
    keys.into_iter().map(|key| (key.clone(), world.get(&key).unwrap())).collect()
}

/// Someone else sets something, in the only document whose key ends so.
fn meddle(simulation: &Simulation, end: &str, pointer: &str, value: Json) {
    let mut found = documents(simulation, end);
    let (key, mut document) = found.pop().unwrap();
    assert!(found.is_empty(), "{found:?}");
    *document.pointer_mut(pointer).unwrap() = value;
    simulation.simulator.world().put(&key, &document);
}

fn updated(plan: &Plan) -> Vec<String> {
    let changed = plan.changes.values().filter(|change| change.action != Action::NoOp);
    changed.inspect(|change| assert_eq!(change.action, Action::Update)).map(|one| one.address.to_string()).collect()
}

#[test]
fn both_clouds_are_one_apply_and_one_destroy() {
    let simulation = Simulation::new("multicloud");
    let stack = simulation.repository_stack("multicloud");
    let made = simulation.apply_all(&stack);
    assert_eq!(made.changes.len(), 34);
    // What was just made is as it was recorded, too.
    let plan = simulation.plan(&stack);
    assert!(plan.is_empty() && plan.drift.is_empty(), "{:#?} {:#?}", plan.changes, plan.drift);

    let scalers = documents(&simulation, "/keda.sh/scaledobjects/processing/processor");
    assert_eq!(scalers.len(), 2);
    let messages = |trigger: &Json| match trigger["type"].as_str() {
        Some("aws-sqs-queue") => trigger["metadata"]["queueLength"].clone(),
        _ => trigger["metadata"]["messageCount"].clone(),
    };
    for (key, scaler) in scalers {
        let spec = &scaler["spec"];
        let numbers = ["minReplicaCount", "maxReplicaCount", "pollingInterval", "cooldownPeriod"];
        assert_eq!(numbers.map(|name| spec[name].as_u64()), [Some(0), Some(250), Some(10), Some(300)], "{key}");
        assert_eq!(messages(&spec["triggers"][0]), "500", "{key}");
    }

    let (_, destroyed) = simulation.destroy();
    assert!(destroyed.is_complete(), "{:#?}", destroyed.failed);
    assert_eq!(simulation.objects(), Vec::<String>::new());
    assert!(simulation.state().is_empty());
}

#[test]
fn what_changes_in_either_cloud_is_brought_about_there() {
    let simulation = Simulation::new("multicloud");
    let stack = simulation.repository_stack("multicloud");
    simulation.apply_all(&stack);
    meddle(&simulation, "/sqs/queue/multicloud-ingestion", "/attributes/VisibilityTimeout", json!("60"));
    meddle(&simulation, QUEUE, "/members/properties/maxDeliveryCount", json!(99));
    let plan = simulation.plan(&stack);
    let drifted: Vec<_> = plan.drift.iter().map(|drift| drift.address.to_string()).collect();
    assert_eq!(drifted, ["aws_jobs", "azure_jobs"]);
    assert_eq!(updated(&simulation.apply_all(&stack)), ["aws_jobs", "azure_jobs"]);
    simulation.assert_settled(&stack);

    let text = Simulation::repository_text("multicloud");
    let fewer = simulation.stack(&text.replace("default: 250", "default: 100"));
    assert_eq!(updated(&simulation.apply_all(&fewer)), ["aks_scaler", "eks_scaler"]);
    simulation.assert_settled(&fewer);
    simulation.destroy_all();
}

#[test]
fn a_part_of_one_cloud_waits_for_nothing_in_the_other() {
    let simulation = Simulation::new("multicloud");
    let stack = simulation.repository_stack("multicloud");
    let plan = simulation.plan(&stack);
    let name = |step: &tidegate::plan::Step| step.address.to_string();
    for edge in plan.steps.edge_indices() {
        let (from, to) = plan.steps.edge_endpoints(edge).unwrap();
        let (from, to) = (name(&plan.steps[from]), name(&plan.steps[to]));
        assert!(!(from.starts_with("aks") && to.starts_with("eks")), "{to} waits for {from}");
        assert!(!(from.starts_with("eks") && to.starts_with("aks")), "{to} waits for {from}");
    }
}
