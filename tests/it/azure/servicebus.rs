//! Service Bus from nothing to nothing: made, changed, mended, and brought about whatever goes wrong.

use serde_json::{Value as Json, json};
use tidegate::engine::Stop;
use tidegate::plan::{Action, Mode};
use tidegate::simulator::{FaultKind, Faults, Moment};
use tidegate::value::Value;

use crate::simulation::picture::assert_same;
use crate::support::simulated::{Outcome, Simulation};

/// Every type of Service Bus.
const STACK: &str = r#"
tidegate: 1
stack: bus
resources:
  main:
    type: azure.resource_group
    spec: { name: Main, location: westeurope }
  bus:
    type: azure.servicebus_namespace
    spec:
      name: Orders-bus
      resource_group: ${main.name}
      location: westeurope
      tags: { team: a }
  dead:
    type: azure.servicebus_queue
    spec: { resource_group: "${main.name}", namespace: "${bus.name}", name: dead }
  jobs:
    type: azure.servicebus_queue
    spec:
      resource_group: ${main.name}
      namespace: ${bus.name}
      name: Jobs
      lock_duration: 5m
      max_delivery_count: 5
      default_message_time_to_live: 14d
      requires_duplicate_detection: true
      duplicate_detection_history_time_window: 1h
      enable_partitioning: true
      forward_dead_lettered_messages_to: ${dead.name}
  events:
    type: azure.servicebus_topic
    spec: { resource_group: "${main.name}", namespace: "${bus.name}", name: events, support_ordering: true }
  billing:
    type: azure.servicebus_subscription
    spec:
      resource_group: ${main.name}
      namespace: ${bus.name}
      topic: ${events.name}
      name: billing
      forward_to: ${jobs.name}
"#;

/// What becomes of it, one line a change, with what that is a change of and how it is made.
const CHANGES: &[(&str, &str, &str, &str)] = &[
    ("tags: { team: a }", "tags: { team: b }", "bus", "update"),
    (
        "tags: { team: b }",
        "tags: { team: b }\n      local_auth: false\n      minimum_tls_version: \"1.1\"",
        "bus",
        "update",
    ),
    ("lock_duration: 5m", "lock_duration: 30s\n      status: ReceiveDisabled", "jobs", "update"),
    // Given up, it is as Azure has it.
    ("      default_message_time_to_live: 14d\n", "", "jobs", "update"),
    ("      forward_dead_lettered_messages_to: ${dead.name}\n", "", "jobs", "update"),
    ("name: events, support_ordering: true", "name: events, default_message_time_to_live: 1d", "events", "update"),
    (
        "name: billing",
        "name: billing\n      max_delivery_count: 3\n      dead_lettering_on_message_expiration: true",
        "billing",
        "update",
    ),
    ("name: dead }", "name: dead, requires_session: true }", "dead", "replace"),
];

fn document(simulation: &Simulation, end: &str) -> Json {
    let world = simulation.simulator.world();
    let key = world.objects().find(|key| key.ends_with(end)).unwrap().to_owned();
    world.get(&key).unwrap()
}

fn action(simulation: &Simulation, text: &str, address: &str) -> Action {
    let plan = simulation.plan(&simulation.stack(text));
    let others = plan.changes.values().filter(|change| change.address.to_string() != address);
    let others: Vec<_> = others.filter(|change| change.action != Action::NoOp).map(|change| &change.address).collect();
    assert!(others.is_empty(), "{others:?}");
    plan.changes[&address.parse().unwrap()].action
}

#[test]
fn a_bus_lives_and_changes() {
    let simulation = Simulation::new("bus");
    let mut text = STACK.to_owned();
    let stack = simulation.stack(&text);
    simulation.apply_all(&stack);
    simulation.assert_settled(&stack);
    let state = simulation.state();
    let recorded = |address: &str, name: &str| state.resources[&address.parse().unwrap()].attributes[name].clone();
    assert_eq!(recorded("bus", "endpoint"), Value::from("sb://Orders-bus.servicebus.windows.net/"));
    assert_eq!(recorded("bus", "host"), Value::from("Orders-bus.servicebus.windows.net"));
    assert!(recorded("jobs", "id").as_str().unwrap().ends_with("/namespaces/Orders-bus/queues/Jobs"));
    let jobs = document(&simulation, "/queues/jobs");
    assert_eq!(jobs["members"]["properties"]["maxSizeInMegabytes"], 16_384);
    assert_eq!(document(&simulation, "/namespaces/orders-bus")["members"]["tags"]["tidegate:address"], "bus");

    for (from, to, address, how) in CHANGES {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
        let found = action(&simulation, &text, address);
        assert_eq!(found == Action::Update, *how == "update", "{to}: {found:?}");
        let stack = simulation.stack(&text);
        simulation.apply_all(&stack);
        simulation.assert_settled(&stack);
    }
    let jobs = document(&simulation, "/queues/jobs")["members"]["properties"].clone();
    assert_eq!(
        (&jobs["defaultMessageTimeToLive"], jobs.get("forwardDeadLetteredMessagesTo"), &jobs["lockDuration"]),
        (&json!("P10675199DT2H48M5.4775807S"), None, &json!("PT30S"))
    );
    simulation.destroy_all();
}

#[test]
fn what_others_change_is_mended_and_what_is_not_ours_stays() {
    let simulation = Simulation::new("bus");
    let stack = simulation.stack(STACK);
    simulation.apply_all(&stack);
    {
        let mut world = simulation.simulator.world();
        let key = world.objects().find(|key| key.ends_with("/queues/dead")).unwrap().to_owned();
        let mut queue: Json = world.get(&key).unwrap();
        queue["members"]["properties"]["maxDeliveryCount"] = 99.into();
        queue["members"]["properties"]["autoDeleteOnIdle"] = "P30D".into();
        world.put(&key, &queue);
        let key = world.objects().find(|key| key.ends_with("/topics/events")).unwrap().to_owned();
        world.remove(&format!("{key}/subscriptions/billing"));
    }
    let plan = simulation.plan(&stack);
    let of = |address: &str| plan.changes[&address.parse().unwrap()].action;
    assert_eq!((of("dead"), of("billing"), of("jobs")), (Action::Update, Action::Create, Action::NoOp));
    simulation.apply_all(&stack);
    simulation.assert_settled(&stack);
    let dead = document(&simulation, "/queues/dead")["members"]["properties"].clone();
    assert_eq!((&dead["maxDeliveryCount"], &dead["autoDeleteOnIdle"]), (&json!(10), &json!("P30D")));
    simulation.destroy_all();
}

#[test]
fn a_namespace_that_failed_is_put_again() {
    let simulation = Simulation::new("bus");
    simulation
        .set_faults("faults: [{ operation: 'Microsoft.ServiceBus/namespaces/write', kind: failed, occurrence: 1 }]");
    let stack = simulation.stack(STACK);
    let (_, applied) = simulation.apply(&stack);
    let failed: Vec<_> = applied.failed.iter().map(|failure| failure.address.to_string()).collect();
    assert_eq!(failed, ["bus"], "{:#?}", applied.failed);
    assert_eq!(action_of(&simulation, "bus"), Action::Update);
    simulation.apply_all(&stack);
    simulation.assert_settled(&stack);
    simulation.destroy_all();
}

fn action_of(simulation: &Simulation, address: &str) -> Action {
    simulation.plan(&simulation.stack(STACK)).changes[&address.parse().unwrap()].action
}

#[test]
fn a_queue_may_be_in_a_namespace_of_someone_else() {
    let simulation = Simulation::new("bus");
    let (head, _) = STACK.split_once("  dead:\n").unwrap();
    let kept = head.replace("    spec:", "    on_destroy: retain\n    spec:");
    simulation.apply_all(&simulation.stack(&kept));
    let alone = "tidegate: 1\nstack: bus\nresources:\n  jobs:\n    type: azure.servicebus_queue\n    \
                 spec: { resource_group: main, namespace: orders-bus, name: jobs }\n";
    {
        let mut world = simulation.simulator.world();
        let key = world.objects().find(|key| key.ends_with("/namespaces/orders-bus")).unwrap().to_owned();
        let mut namespace: Json = world.get(&key).unwrap();
        namespace["members"]["tags"] = json!({});
        world.put(&key, &namespace);
    }
    let stack = simulation.stack(alone);
    simulation.apply_all(&stack);
    simulation.assert_settled(&stack);
    let (_, applied) = simulation.destroy();
    assert!(applied.is_complete(), "{:#?}", applied.failed);
    assert!(!simulation.objects().iter().any(|key| key.contains("/queues/")));
}

#[test]
fn whatever_goes_wrong_with_a_call_the_next_run_puts_it_right() {
    let expected = {
        let simulation = Simulation::new("bus");
        simulation.apply_all(&simulation.stack(STACK));
        simulation.picture()
    };
    let namespaces = "Microsoft.ServiceBus/namespaces";
    let calls = [
        (format!("{namespaces}/write"), 1),
        (format!("{namespaces}/queues/write"), 1),
        (format!("{namespaces}/queues/write"), 2),
        (format!("{namespaces}/topics/write"), 1),
        (format!("{namespaces}/topics/subscriptions/write"), 1),
        (format!("{namespaces}/queues/read"), 2),
    ];
    let kinds = [
        FaultKind::Throttle,
        FaultKind::LostReply,
        FaultKind::Refuse { status: 400, code: "BadRequest".to_owned(), message: "no".to_owned() },
        FaultKind::Unavailable { status: 503, moment: Moment::After },
        FaultKind::Hang { moment: Moment::Before },
        FaultKind::Hang { moment: Moment::After },
    ];
    for (operation, occurrence) in &calls {
        for kind in &kinds {
            let what = format!("{operation} {occurrence} {kind:?}");
            let simulation = Simulation::new("bus");
            let stack = simulation.stack(STACK);
            simulation.simulator.set_faults(Faults::one(operation, *occurrence, kind.clone()));
            let outcome = simulation.run(Some(&stack), Mode::Apply, &Stop::default(), true);
            assert!(!matches!(outcome, Outcome::NotPlanned(_)), "{what}");
            simulation.simulator.set_faults(Faults::default());
            let (_, applied) = simulation.apply(&stack);
            assert!(applied.is_complete(), "{what}: {:#?}", applied.failed);
            simulation.assert_settled(&stack);
            assert_same(&simulation.picture(), &expected, &what);
            simulation.destroy_all();
        }
    }
}
