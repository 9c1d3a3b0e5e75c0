//! Every body that our types put, held against Microsoft's types.
//!
//! The stacks here are applied one after the other in a simulated cloud, and what went over the wire is what is judged:
//! its version too, for a body may be right only by the types of another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;
use tidegate::provider::Family as _;

use super::types::Types;
use crate::support::served::counterpart;
use crate::support::simulated::Simulation;

/// For each, the stack from its first day to its last: every text is applied over what the one before it made.
const STACKS: &[(&str, &[&str])] = &[
    (
        "groups",
        &[
            "main: { type: azure.resource_group, spec: { name: main, location: westeurope } }",
            "main: { type: azure.resource_group, spec: { name: main, location: westeurope, tags: { team: a, cost: b } } }",
        ],
    ),
    (
        "service-bus",
        &[r#"
group: { type: azure.resource_group, spec: { name: main, location: westeurope } }
bus:
  type: azure.servicebus_namespace
  spec: { name: simulated-bus, resource_group: "${group.name}", location: westeurope, tags: { team: a } }
dead:
  type: azure.servicebus_queue
  spec: { name: dead, resource_group: "${group.name}", namespace: "${bus.name}" }
jobs:
  type: azure.servicebus_queue
  spec:
    name: jobs
    resource_group: ${group.name}
    namespace: ${bus.name}
    lock_duration: 5m
    max_delivery_count: 5
    default_message_time_to_live: 14d
    requires_duplicate_detection: true
    duplicate_detection_history_time_window: 1h
    enable_partitioning: true
    forward_dead_lettered_messages_to: ${dead.name}
events:
  type: azure.servicebus_topic
  spec: { name: events, resource_group: "${group.name}", namespace: "${bus.name}", support_ordering: true }
billing:
  type: azure.servicebus_subscription
  spec:
    name: billing
    resource_group: ${group.name}
    namespace: ${bus.name}
    topic: ${events.name}
    forward_to: ${jobs.name}
    max_delivery_count: 3
    dead_lettering_on_message_expiration: true
"#],
    ),
    (
        "aks",
        &[
            r#"
group: { type: azure.resource_group, spec: { name: main, location: westeurope } }
cluster:
  type: azure.aks_cluster
  spec:
    name: demo
    resource_group: ${group.name}
    location: westeurope
    kubernetes_version: "1.33"
    tier: Standard
    network: { plugin: azure, plugin_mode: overlay }
    pools: [{ name: system, mode: System, vm_size: Standard_D2s_v5, count: 1 }]
work:
  type: azure.aks_node_pool
  spec:
    name: work
    resource_group: ${group.name}
    cluster: ${cluster.name}
    vm_size: Standard_D4s_v5
    min_count: 0
    max_count: 5
    spot: true
    zones: ["1", "2"]
    labels: { tier: work }
    taints: ["tier=work:NoSchedule"]
    tags: { team: a }
"#,
            r#"
group: { type: azure.resource_group, spec: { name: main, location: westeurope } }
cluster:
  type: azure.aks_cluster
  spec:
    name: demo
    resource_group: ${group.name}
    location: westeurope
    kubernetes_version: "1.33"
    tier: Free
    keda_add_on: true
    tags: { team: a }
    network: { plugin: azure, plugin_mode: overlay }
    pools: [{ name: system, mode: System, vm_size: Standard_D2s_v5, count: 2 }]
work:
  type: azure.aks_node_pool
  spec:
    name: work
    resource_group: ${group.name}
    cluster: ${cluster.name}
    vm_size: Standard_D4s_v5
    min_count: 1
    max_count: 9
    spot: true
    zones: ["1", "2"]
    labels: { tier: work }
    taints: ["tier=work:NoSchedule"]
    tags: { team: b }
"#,
        ],
    ),
    (
        "event-hubs",
        &[
            r#"
group: { type: azure.resource_group, spec: { name: main, location: westeurope } }
least:
  type: azure.eventhub_namespace
  spec: { name: simulated-least, resource_group: "${group.name}", location: westeurope, sku: Basic }
events:
  type: azure.eventhub_namespace
  spec: { name: simulated-events, resource_group: "${group.name}", location: westeurope }
large:
  type: azure.eventhub_namespace
  spec: { name: simulated-large, resource_group: "${group.name}", location: westeurope, sku: Premium, capacity: 2 }
plain:
  type: azure.eventhub
  spec: { name: plain, namespace: "${least.name}", resource_group: "${group.name}" }
jobs:
  type: azure.eventhub
  spec: { name: jobs, namespace: "${events.name}", resource_group: "${group.name}", partitions: 2, consumer_groups: [worker, audit] }
"#,
            r#"
group: { type: azure.resource_group, spec: { name: main, location: westeurope } }
least:
  type: azure.eventhub_namespace
  spec: { name: simulated-least, resource_group: "${group.name}", location: westeurope, sku: Standard, public_network_access: Disabled }
events:
  type: azure.eventhub_namespace
  spec:
    name: simulated-events
    resource_group: ${group.name}
    location: westeurope
    capacity: 2
    maximum_throughput_units: 10
    minimum_tls_version: "1.1"
    local_auth: false
    tags: { team: a }
large:
  type: azure.eventhub_namespace
  spec: { name: simulated-large, resource_group: "${group.name}", location: westeurope, sku: Standard }
plain:
  type: azure.eventhub
  spec: { name: plain, namespace: "${least.name}", resource_group: "${group.name}", retention: 3h }
jobs:
  type: azure.eventhub
  spec: { name: jobs, namespace: "${events.name}", resource_group: "${group.name}", partitions: 4, retention: 7d, consumer_groups: [worker] }
"#,
        ],
    ),
    (
        "identities",
        &[
            r#"
group: { type: azure.resource_group, spec: { name: main, location: westeurope } }
worker: { type: azure.managed_identity, spec: { name: worker, resource_group: "${group.name}", location: westeurope } }
pods:
  type: azure.federated_credential
  spec:
    name: pods
    resource_group: ${group.name}
    identity: ${worker.name}
    issuer: https://oidc.example.com/tenant/cluster/
    namespace: video
    service_account: encoder
reads: { type: azure.role_assignment, spec: { scope: "${group.id}", principal_id: "${worker.principal_id}", role: Reader } }
"#,
            r#"
group: { type: azure.resource_group, spec: { name: main, location: westeurope } }
worker:
  type: azure.managed_identity
  spec: { name: worker, resource_group: "${group.name}", location: westeurope, tags: { team: a } }
pods:
  type: azure.federated_credential
  spec:
    name: pods
    resource_group: ${group.name}
    identity: ${worker.name}
    issuer: https://token.actions.githubusercontent.com
    subject: repo:example/video:environment:production
    audiences: [api://other]
reads:
  type: azure.role_assignment
  spec:
    scope: ${group.id}
    principal_id: ${worker.principal_id}
    role: Reader
    description: so that it reads
    condition: "@Resource[Microsoft.Storage/storageAccounts/queueServices/queues:name] StringEquals 'jobs'"
"#,
        ],
    ),
    (
        "storage",
        &[
            r#"
group: { type: azure.resource_group, spec: { name: main, location: westeurope } }
account:
  type: azure.storage_account
  spec: { name: simulatedqueues, resource_group: "${group.name}", location: westeurope }
zones:
  type: azure.storage_account
  spec: { name: simulatedzones, resource_group: "${group.name}", location: westeurope, hierarchical_namespace: true }
jobs:
  type: azure.storage_queue
  spec: { name: jobs, account: "${account.name}", resource_group: "${group.name}" }
"#,
            r#"
group: { type: azure.resource_group, spec: { name: main, location: westeurope } }
account:
  type: azure.storage_account
  spec:
    name: simulatedqueues
    resource_group: ${group.name}
    location: westeurope
    sku: Standard_RAGRS
    access_tier: Cool
    allow_blob_public_access: true
    allow_shared_key_access: false
    minimum_tls_version: "1.1"
    public_network_access: SecuredByPerimeter
    tags: { team: a }
zones:
  type: azure.storage_account
  spec: { name: simulatedzones, resource_group: "${group.name}", location: westeurope, sku: Standard_ZRS }
jobs:
  type: azure.storage_queue
  spec: { name: jobs, account: "${account.name}", resource_group: "${group.name}", metadata: { team: a } }
"#,
        ],
    ),
];

/// A PUT as it went over the wire.
struct Put {
    /// Such as `Microsoft.EventHub/namespaces`.
    of: String,
    path: String,
    version: String,
    body: Json,
}

/// What is put while the texts are applied.
fn puts(name: &str, texts: &[&str]) -> Vec<Put> {
    let simulation = Simulation::new(name);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    simulation.simulator.watch(move |operation, text| {
        let put = operation.strip_suffix("/write").and_then(|of| put(of, text));
        kept.lock().unwrap_or_else(PoisonError::into_inner).extend(put);
    });
    for text in texts {
        let resources: String = text.lines().map(|line| format!("  {line}\n")).collect();
        let stack = simulation.stack(&format!("tidegate: 1\nstack: {name}\nresources:\n{resources}"));
        simulation.apply_all(&stack);
        simulation.assert_settled(&stack);
    }
    simulation.destroy_all();
    std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A call's text is its address and, behind a space, its body.
fn put(of: &str, text: &str) -> Option<Put> {
    let (url, body) = text.split_once(' ')?;
    let (path, query) = url.split_once('?')?;
    let version = query.split('&').find_map(|pair| pair.strip_prefix("api-version="))?;
    Some(Put {
        // Bicep leaves out what the group is in.
        of: of.replace("Microsoft.Resources/subscriptions/", "Microsoft.Resources/"),
        path: path.to_owned(),
        version: version.to_owned(),
        body: serde_json::from_str(body).ok()?,
    })
}

#[test]
fn every_body_is_as_microsofts_types_want_it() {
    if counterpart("azmcp").is_none() {
        return;
    }
    let (mut types, mut counts, mut wrong) = (BTreeMap::new(), BTreeMap::<String, usize>::new(), BTreeSet::new());
    for (name, texts) in STACKS {
        for put in puts(name, texts) {
            let of = types.entry(put.of.clone()).or_insert_with(|| Types::of(&put.of).unwrap());
            if of.version() != put.version {
                wrong.insert(format!("{} is put as of {}", of.name, put.version));
            }
            let last = put.path.rsplit('/').next().unwrap();
            let faults = of.faults(last, &put.body);
            wrong.extend(faults.iter().map(|fault| format!("{name}: {} {last}: {fault}", put.of)));
            *counts.entry(of.name.clone()).or_default() += 1;
        }
    }
    for (of, count) in &counts {
        println!("{count:4} bodies of {of}");
    }
    println!("{:4} bodies of {} types, {} faults", counts.values().sum::<usize>(), counts.len(), wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A type whose bodies nobody looks at is not shown to be right.
#[test]
fn every_type_is_in_one_of_the_stacks() {
    let simulation = Simulation::new("all");
    let family = tidegate::cli::simulated_azure(&simulation.simulator);
    let is_there = |name: &str| STACKS.iter().any(|(_, texts)| texts.iter().any(|text| text.contains(name)));
    let names = family.resource_types().iter().map(|resource_type| resource_type.name());
    let missing: Vec<_> = names.filter(|name| !is_there(&format!("type: {name}"))).collect();
    assert!(missing.is_empty(), "{missing:?} are in no stack here");
}
