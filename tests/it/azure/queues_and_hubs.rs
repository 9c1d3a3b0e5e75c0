//! Event Hubs and Storage from their first day to their last, in the simulated cloud and over its wire.

use tidegate::engine::Stop;
use tidegate::plan::Mode;

use crate::support::simulated::Simulation;

/// A namespace with a hub, and an account with a queue; `…` stands for further fields.
fn text(namespace: &str, hub: &str, account: &str, queue: &str) -> String {
    format!(
        r#"
tidegate: 1
stack: parts
resources:
  group: {{ type: azure.resource_group, spec: {{ name: Main, location: westeurope }} }}
  events:
    type: azure.eventhub_namespace
    spec: {{ name: Simulated-Events, resource_group: "${{group.name}}", location: westeurope{namespace} }}
  hub:
    type: azure.eventhub
    spec: {{ name: Jobs, namespace: "${{events.name}}", resource_group: "${{group.name}}"{hub} }}
  account:
    type: azure.storage_account
    spec: {{ name: simulatedparts, resource_group: "${{group.name}}", location: westeurope{account} }}
  queue:
    type: azure.storage_queue
    spec: {{ name: jobs, account: "${{account.name}}", resource_group: "${{group.name}}"{queue} }}
"#
    )
}

/// What is there, as the state has it.
fn recorded(simulation: &Simulation, address: &str, name: &str) -> String {
    let state = simulation.state();
    let address = address.parse().unwrap();
    state.resources[&address].attributes.get(name).unwrap().to_string()
}

#[test]
fn every_field_changes_and_the_plan_after_it_is_empty() {
    let simulation = Simulation::new("parts");
    let versions = [
        text("", "", "", ""),
        text(
            ", capacity: 3, tags: { team: a }",
            ", retention: 2d, consumer_groups: [b, a]",
            ", access_tier: Cool",
            ", metadata: { a: b }",
        ),
        text(", maximum_throughput_units: 9", ", consumer_groups: [c]", ", sku: Standard_GRS, tags: { a: b }", ""),
        text(", public_network_access: Disabled", ", partitions: 8", ", sku: Standard_ZRS", ", metadata: { c: d }"),
        text(
            ", sku: Premium, capacity: 4",
            ", retention: 30d, consumer_groups: [c]",
            ", hierarchical_namespace: true",
            "",
        ),
    ];
    for version in &versions {
        let stack = simulation.stack(version);
        simulation.apply_all(&stack);
        simulation.assert_settled(&stack);
    }
    assert_eq!(recorded(&simulation, "hub", "consumer_groups"), r#"["c"]"#);
    assert_eq!(recorded(&simulation, "events", "host"), r#""simulated-events.servicebus.windows.net""#);
    assert_eq!(recorded(&simulation, "queue", "url"), r#""https://simulatedparts.queue.core.windows.net/jobs""#);
    simulation.destroy_all();
}

/// What failed in the background is no wreck: the next apply puts it again.
#[test]
fn what_failed_is_brought_about_by_the_next_apply() {
    for operation in ["Microsoft.EventHub/namespaces/write", "Microsoft.Storage/storageAccounts/write"] {
        let simulation = Simulation::new("parts");
        let stack = simulation.stack(&text("", "", "", ""));
        simulation.set_faults(&format!("faults: [{{ operation: '{operation}', kind: failed, occurrence: 1 }}]"));
        let (_, applied) = simulation.run(Some(&stack), Mode::Apply, &Stop::default(), false).applied();
        assert!(!applied.is_complete(), "{operation}");
        let plan = simulation.apply_all(&stack);
        assert!(!plan.is_empty());
        simulation.assert_settled(&stack);
        simulation.destroy_all();
    }
}

/// Whoever only may not, or cannot, see how it ends has begun it all the same.
#[test]
fn what_was_begun_and_not_followed_to_its_end_is_no_orphan() {
    let write = "operation: 'Microsoft.Storage/storageAccounts/write', kind: failed, occurrence: 1";
    let look = "operation: 'Microsoft.Storage/locations/*/read', kind: refuse, occurrence: 1";
    let faults = [
        write.to_owned(),
        format!("{look}, status: 403, code: AuthorizationFailed, message: no"),
        format!("{look}, status: 404, code: NotFound, message: no"),
        format!("{look}, status: 400, code: BadRequest, message: no"),
    ];
    for fault in &faults {
        let simulation = Simulation::new("parts");
        let stack = simulation.stack(&text("", "", "", ""));
        simulation.set_faults(&format!("faults: [{{ {fault} }}]"));
        let (_, applied) = simulation.run(Some(&stack), Mode::Apply, &Stop::default(), false).applied();
        assert!(applied.failed.iter().any(|failure| failure.address.to_string() == "account"), "{fault}");
        let recorded = simulation.state().resources.contains_key(&"account".parse().unwrap());
        assert!(recorded || !simulation.state().pending.is_empty(), "{fault}: nothing knows of it");
        simulation.destroy_all();
    }
}
