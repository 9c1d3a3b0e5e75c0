//! Clusters of AKS from the first plan to the last: made, changed, upgraded, entered, repaired and taken away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value as Json, json};
use tidegate::provider::{Access, ErrorKind, ProviderError};
use tidegate::simulator::azure::SUBSCRIPTION;
use tidegate::value::{Attributes, Value};

use super::identities::ask;
use crate::support::simulated::Simulation;

const SYSTEM: &str = "{ name: system, vm_size: Standard_D2s_v5, count: 1 }";

/// A group, a cluster with this in its spec beside its pools, and these other resources.
fn stack(cluster: &str, pools: &[&str], more: &str) -> String {
    format!(
        "tidegate: 1\nstack: aks\nresources:\n  group:\n    type: azure.resource_group\n    \
         spec: {{ name: Main, location: westeurope }}\n  cluster:\n    type: azure.aks_cluster\n    spec:\n      \
         name: demo\n      resource_group: ${{group.name}}\n      location: westeurope\n      pools:\n{}{cluster}{more}",
        pools.iter().map(|pool| format!("        - {pool}\n")).collect::<String>()
    )
}

const POOL: &str = "
  work:
    type: azure.aks_node_pool
    spec:
      resource_group: ${group.name}
      cluster: ${cluster.name}
      name: work
      vm_size: Standard_D4s_v5
      min_count: 0
      max_count: 5
      spot: true
      zones: [\"1\", \"2\"]
      labels: { tier: work }
      taints: [\"tier=work:NoSchedule\"]
      tags: { team: a }
";

const INSIDE: &str = "
  inside:
    type: kubernetes.namespace
    spec: { cluster: \"${cluster.connection}\", name: inside }
";

fn of(simulation: &Simulation, resource_type: &str) -> Attributes {
    let state = simulation.state();
    state.resources.values().find(|record| record.resource_type == resource_type).unwrap().attributes.clone()
}

fn cluster(simulation: &Simulation) -> Attributes {
    of(simulation, "azure.aks_cluster")
}

/// Applies each over the one before it, and has nothing to do after any.
fn apply(simulation: &Simulation, texts: &[String]) {
    for text in texts {
        let stack = simulation.stack(text);
        simulation.apply_all(&stack);
        simulation.assert_settled(&stack);
    }
}

#[test]
fn a_cluster_lives_with_its_pools() {
    let simulation = Simulation::new("aks");
    let more = format!("{POOL}{INSIDE}");
    apply(&simulation, &[stack("", &[SYSTEM], &more)]);
    let made = cluster(&simulation);
    let issuer = made["oidc_issuer"].as_str().unwrap();
    assert!(issuer.starts_with("https://westeurope.oic.prod-aks.azure.com/") && issuer.ends_with('/'), "{issuer}");
    assert_eq!(made["provisioning_state"], "Succeeded".into());
    assert!(made["kubelet_identity"].as_map().unwrap()["object_id"].as_str().is_some());
    assert!(made["principal_id"].as_str().is_some() && made["nodes_group"].as_str().is_some());
    let connection = made["connection"].as_map().unwrap();
    assert_eq!((&connection["kind"], &connection["credential"]), (&"aks".into(), &"user".into()));

    let changed = "      tier: Standard\n      tags: { team: b }\n      auto_upgrade: { channel: patch }\n      \
                   api_server: { authorized_ip_ranges: [\"203.0.113.0/24\"] }\n      keda_add_on: true\n";
    let emptied = "      tier: Standard\n      api_server: { authorized_ip_ranges: [] }\n      keda_add_on: false\n";
    let scaled = "{ name: system, vm_size: Standard_D2s_v5, min_count: 1, max_count: 3, labels: { a: b } }";
    let other =
        "{ name: other, vm_size: Standard_D4s_v5, count: 2, zones: [\"1\"], max_surge: \"33%\", tags: { a: b } }";
    let texts = [
        stack(changed, &[SYSTEM], &more),
        stack(emptied, &[scaled, other], &more),
        // The one that takes over is there before the other one goes.
        stack("", &[other], &more),
        stack("", &[other], &more.replace("max_count: 5", "max_count: 9").replace("{ tier: work }", "{}")),
    ];
    apply(&simulation, &texts);
    let pools = simulation.objects().into_iter().filter(|key| key.contains("/agentpools/")).collect::<Vec<_>>();
    assert_eq!(pools.len(), 2, "{pools:?}");
    simulation.destroy_all();
}

#[test]
fn versions_are_raised_one_after_the_other() {
    let simulation = Simulation::new("aks");
    let with = |version: &str| {
        let pool = format!("{{ name: system, vm_size: Standard_D2s_v5, count: 1, version: \"{version}\" }}");
        stack(&format!("      kubernetes_version: \"{version}\"\n"), &[&pool], "")
    };
    apply(&simulation, &[with("1.32"), with("1.33")]);
    let version = cluster(&simulation)["current_version"].clone();
    assert!(version.as_str().unwrap().starts_with("1.33."), "{version:?}");
    // Two at a time is for the service to refuse.
    let (_, applied) = simulation.apply(&simulation.stack(&with("1.31")));
    assert_eq!(applied.failed.len(), 1, "{:#?}", applied.failed);
}

#[test]
fn every_field_settles() {
    let network = "{ plugin: azure, plugin_mode: overlay, policy: cilium, dataplane: cilium, pod_cidr: 10.244.0.0/16, \
                   service_cidr: 10.0.0.0/16, dns_service_ip: 10.0.0.10, load_balancer_sku: standard }";
    let whole = format!(
        "      dns_prefix: other\n      tier: Premium\n      support_plan: AKSLongTermSupport\n      network: {network}\n      \
         vertical_pod_autoscaler: true\n      node_resource_group: nodes\n      api_server: {{ private: false }}\n      \
         auto_upgrade: {{ channel: none, node_os_channel: NodeImage }}\n      entra: {{ azure_rbac: true }}\n      \
         local_accounts: false\n"
    );
    let pool = "{ name: system, vm_size: Standard_D2s_v5, count: 2, os_sku: AzureLinux, os_disk_size_gb: 64, \
                os_disk_type: Ephemeral, max_pods: 60, mode: System }";
    let simulation = Simulation::new("aks");
    apply(&simulation, &[stack(&whole, &[pool], INSIDE)]);
    assert_eq!(cluster(&simulation)["connection"].as_map().unwrap()["credential"], "entra".into());
    simulation.destroy_all();
}

#[test]
fn a_cluster_is_entered_with_whatever_credential_is_chosen() {
    let group = "11111111-2222-3333-4444-555555555555";
    let entra = format!("      entra: {{ admin_group_ids: [\"{group}\"] }}\n");
    for spec in ["      access: user\n", "      access: admin\n", &entra, &format!("{entra}      access: admin\n")] {
        let simulation = Simulation::new("aks");
        apply(&simulation, &[stack(spec, &[SYSTEM], INSIDE)]);
        simulation.destroy_all();
    }
}

#[test]
fn a_cluster_that_failed_half_way_is_recorded_and_put_again() {
    let simulation = Simulation::new("aks");
    let text = simulation.stack(&stack("", &[SYSTEM], INSIDE));
    simulation.set_faults(
        "faults: [{ operation: 'Microsoft.ContainerService/managedClusters/write', kind: failed, occurrence: 1 }]",
    );
    let (_, applied) = simulation.apply(&text);
    assert_eq!(applied.failed.len(), 1, "{:#?}", applied.failed);
    assert_eq!(cluster(&simulation)["provisioning_state"], "Failed".into());
    let plan = simulation.plan(&text);
    let shown = format!("{:?}", plan.changes);
    assert!(shown.contains("provisioning_state"), "{shown}");
    simulation.apply_all(&text);
    simulation.assert_settled(&text);
    assert_eq!(cluster(&simulation)["provisioning_state"], "Succeeded".into());
    simulation.destroy_all();
}

#[test]
fn nodes_that_are_to_be_others_want_another_name() {
    let simulation = Simulation::new("aks");
    apply(&simulation, &[stack("", &[SYSTEM], "")]);
    let bigger = SYSTEM.replace("D2s", "D8s");
    let (_, applied) = simulation.apply(&simulation.stack(&stack("", &[&bigger], "")));
    let text = format!("{:?}", applied.failed);
    assert!(text.contains("`vm_size` has changed") && text.contains("another name"), "{text}");
    apply(&simulation, &[stack("", &[&bigger.replace("system", "bigger")], "")]);
}

#[test]
fn two_kedas_in_one_cluster_are_found() {
    let release = |chart: &str| {
        format!(
            "\n  keda:\n    type: helm.release\n    spec:\n      cluster: ${{cluster.connection}}\n      name: keda\n      namespace: keda\n      chart: {chart}\n      repository: https://kedacore.github.io/charts\n      version: 2.18.1\n"
        )
    };
    let simulation = Simulation::new("aks");
    let problems = |cluster: &str, chart: &str| {
        let (_, problems) = simulation.load(&stack(cluster, &[SYSTEM], &release(chart)));
        format!("{problems:?}").contains("azure/two-kedas")
    };
    assert!(problems("      keda_add_on: true\n", "keda"));
    assert!(!problems("      keda_add_on: false\n", "keda"));
    assert!(!problems("      keda_add_on: true\n", "parcel"));
}

fn open(simulation: &Simulation, connection: &Attributes) -> Result<Arc<dyn Access>, ProviderError> {
    let entrance = tidegate::cli::simulated_azure(&simulation.simulator).with_jitter(Arc::new(|| 0.5)).entrance();
    simulation.block_on(entrance.open(connection, Arc::new(simulation.clock.clone())))
}

#[test]
fn a_cluster_that_was_made_anew_is_another_one() {
    let simulation = Simulation::new("aks");
    let text = simulation.stack(&stack("", &[SYSTEM], ""));
    simulation.apply_all(&text);
    let connection = |simulation: &Simulation| cluster(simulation)["connection"].as_map().unwrap().clone();
    let first = connection(&simulation);
    let access = open(&simulation, &first).unwrap();
    assert_eq!(access.server(), format!("{}:443", first["server"].as_str().unwrap()));
    let pem = access.certificate_authority().unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    let token = simulation.block_on(access.token()).unwrap().unwrap();
    assert!(!token.secret.is_empty() && !format!("{token:?}").contains(&token.secret));
    assert_eq!(simulation.block_on(access.exists()), Ok(true));

    simulation.destroy_all();
    assert_eq!(simulation.block_on(access.exists()), Ok(false));
    let gone = open(&simulation, &first).unwrap();
    let error = simulation.block_on(gone.token()).unwrap_err();
    assert_eq!((error.kind, simulation.block_on(gone.exists())), (ErrorKind::NotFound, Ok(false)));
    simulation.pass(60);
    simulation.apply_all(&text);
    assert_eq!(simulation.block_on(access.exists()), Ok(false), "another one has the name now");
    assert_eq!(simulation.block_on(open(&simulation, &connection(&simulation)).unwrap().exists()), Ok(true));
    let mut nameless = first;
    nameless.insert("name".to_owned(), Value::Null);
    assert_eq!(open(&simulation, &nameless).err().map(|error| error.kind), Some(ErrorKind::Rejected));
}

fn power(simulation: &Simulation, action: &str) {
    let cluster = "providers/Microsoft.ContainerService/managedClusters/demo";
    let path = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/Main/{cluster}/{action}");
    assert_eq!(simulation.block_on(ask(simulation, "POST", &path, "2025-05-01", Json::Null)).0, 202);
    simulation.pass(300);
}

/// All that was to be done failed for the cluster's being stopped, and says how to go on.
fn assert_wants_a_start(applied: &tidegate::engine::Applied, what: &str) {
    assert!(!applied.failed.is_empty(), "{what}");
    for failure in &applied.failed {
        assert!(failure.error.contains("cluster demo is stopped"), "{what}: {}", failure.error);
        let hint = failure.hint.as_deref().unwrap_or_default();
        assert!(hint.contains("`az aks start --resource-group Main --name demo`"), "{what}: {hint}");
    }
}

#[test]
fn a_cluster_that_is_stopped_has_to_be_started() {
    let simulation = Simulation::new("aks");
    let text = stack("", &[SYSTEM], POOL);
    apply(&simulation, std::slice::from_ref(&text));
    let connection = cluster(&simulation)["connection"].as_map().unwrap().clone();
    power(&simulation, "stop");
    simulation.assert_settled(&simulation.stack(&text));
    let error = open(&simulation, &connection).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Rejected);
    assert!(error.hint.unwrap().contains("`az aks start --resource-group Main --name demo`"));
    let changes = [
        ("a cluster is changed", stack("      tier: Standard\n", &[SYSTEM], POOL)),
        ("a pool is changed", text.replace("max_count: 5", "max_count: 9")),
        ("a pool is made", text.clone() + &POOL.replace("  work:", "  more:").replace("name: work", "name: more")),
        ("a pool is deleted", stack("", &[SYSTEM], "")),
        ("something is put into it", text.clone() + INSIDE),
    ];
    for (what, changed) in &changes {
        let (_, applied) = simulation.apply(&simulation.stack(changed));
        assert_wants_a_start(&applied, what);
    }
    power(&simulation, "start");
    apply(&simulation, &[text.clone() + INSIDE]);
    simulation.destroy_all();

    // One with nothing beside it is deleted as it is.
    simulation.pass(60);
    apply(&simulation, &[stack("", &[SYSTEM], "")]);
    power(&simulation, "stop");
    simulation.destroy_all();
}

/// Changes what a cluster or a pool is, as someone else would, just before a call that puts it.
fn change_before(simulation: &Simulation, operation: &str, end: &'static str, change: fn(&mut Json, u32)) {
    let (simulator, operation, seen) = (simulation.simulator.clone(), operation.to_owned(), AtomicU32::new(0));
    simulation.simulator.watch(move |called, text| {
        if called != operation || !text.contains("api-version") || seen.load(Ordering::Relaxed) >= 3 {
            return;
        }
        let round = seen.fetch_add(1, Ordering::Relaxed);
        let mut world = simulator.world();
        let key = world.objects().find(|key| key.ends_with(end)).unwrap().to_owned();
        let mut object: Json = world.get(&key).unwrap();
        // What it had begun to become before is through.
        let settled = object.as_object_mut().unwrap().remove("settles").unwrap_or_default();
        for (name, value) in settled["into"].as_object().into_iter().flatten() {
            object["members"][name] = value.clone();
        }
        change(&mut object["members"], round);
        world.put(&key, &object);
    });
}

#[test]
fn what_someone_else_changes_meanwhile_stays_changed() {
    let simulation = Simulation::new("aks");
    let text = stack("", &[SYSTEM], POOL);
    apply(&simulation, std::slice::from_ref(&text));
    let service = "Microsoft.ContainerService/managedClusters";
    change_before(&simulation, &format!("{service}/write"), "/managedclusters/demo", |cluster, round| {
        cluster["properties"]["storageProfile"]["snapshotController"]["enabled"] = json!(false);
        cluster["eTag"] = json!(format!("theirs-{round}"));
    });
    apply(&simulation, &[stack("      tier: Standard\n", &[SYSTEM], POOL)]);
    change_before(&simulation, &format!("{service}/agentPools/write"), "/agentpools/work", |pool, round| {
        pool["properties"]["nodePublicIPPrefixID"] = json!("/theirs");
        pool["properties"]["eTag"] = json!(format!("theirs-{round}"));
    });
    let more = POOL.replace("max_count: 5", "max_count: 9");
    apply(&simulation, &[stack("      tier: Standard\n", &[SYSTEM], &more)]);
    simulation.simulator.watch(|_, _| {});
    let world = simulation.simulator.world();
    let of = |end: &str| -> Json {
        let key = world.objects().find(|key| key.ends_with(end)).unwrap().to_owned();
        world.get::<Json>(&key).unwrap()["members"]["properties"].clone()
    };
    assert_eq!(of("/managedclusters/demo")["storageProfile"]["snapshotController"]["enabled"], false);
    let pool = of("/agentpools/work");
    assert_eq!((&pool["nodePublicIPPrefixID"], &pool["maxCount"]), (&json!("/theirs"), &json!(9)));
    drop(world);
    simulation.destroy_all();
}

/// From a pool of the cluster to one by itself, with the same nodes all along.
#[test]
fn a_pool_that_a_resource_of_its_own_has_taken_over_is_not_deleted() {
    let simulation = Simulation::new("aks");
    let work = "{ name: work, mode: User, vm_size: Standard_D4s_v5, count: 1 }";
    let own = "
  work:
    type: azure.aks_node_pool
    adopt: true
    spec: { resource_group: \"${group.name}\", cluster: \"${cluster.name}\", name: work, vm_size: Standard_D4s_v5, count: 1 }
";
    apply(&simulation, &[stack("", &[SYSTEM, work], "")]);
    let deleted = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&deleted);
    simulation.simulator.watch(move |operation, _| {
        counted.fetch_add(u32::from(operation.ends_with("agentPools/delete")), Ordering::Relaxed);
    });
    apply(&simulation, &[stack("", &[SYSTEM, work], own), stack("", &[SYSTEM], own)]);
    assert_eq!(deleted.load(Ordering::Relaxed), 0);
    assert!(simulation.objects().iter().any(|key| key.ends_with("/agentpools/work")));
    simulation.simulator.watch(|_, _| {});
    simulation.destroy_all();
}
