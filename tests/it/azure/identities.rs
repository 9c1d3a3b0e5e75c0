//! Identities, whose tokens they take, and what they may do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value as Json, json};
use tidegate::clock::Clock as _;
use tidegate::plan::{Action, Plan};
use tidegate::simulator::azure;

use crate::support::simulated::Simulation;

const CREDENTIAL: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

/// A worker's identity, which takes the tokens of its pods, and may do something with its group.
const STACK: &str = r#"
tidegate: 1
stack: identities
resources:
  main: { type: azure.resource_group, spec: { name: Main, location: westeurope } }
  worker:
    type: azure.managed_identity
    spec: { name: Worker, resource_group: "${main.name}", location: westeurope, tags: { team: a } }
  pods:
    type: azure.federated_credential
    spec:
      name: pods
      resource_group: ${main.name}
      identity: ${worker.name}
      issuer: https://oidc.example.com/tenant/cluster/
      namespace: video
      service_account: encoder
  reads:
    type: azure.role_assignment
    spec: { scope: "${main.id}", principal_id: "${worker.principal_id}", role: Reader, description: so that it reads }
  operates:
    type: azure.role_assignment
    spec: { scope: "${worker.id}", principal_id: "${worker.principal_id}", role: Managed Identity Operator }
"#;

/// What ARM answers to whoever asks it beside the stack.
pub async fn ask(simulation: &Simulation, method: &str, path: &str, version: &str, body: Json) -> (u16, Json) {
    let credential = azure::credential(&simulation.simulator);
    let token = credential.get_token(&["https://management.azure.com/.default"], None).await.unwrap();
    let request = http::Request::builder()
        .method(method)
        .uri(format!("https://management.azure.com{path}?api-version={version}"))
        .header("authorization", format!("Bearer {}", token.token.secret()));
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let reply = simulation.simulator.exchange(request.body(body).unwrap()).await.unwrap();
    (reply.status().as_u16(), serde_json::from_slice(reply.body()).unwrap_or_default())
}

fn group(rest: &str) -> String {
    format!("/subscriptions/{}/resourceGroups/Main{rest}", azure::SUBSCRIPTION)
}

fn pods() -> String {
    group("/providers/Microsoft.ManagedIdentity/userAssignedIdentities/Worker/federatedIdentityCredentials/pods")
}

/// What a plan does something to.
fn changed_by(plan: &Plan) -> Vec<String> {
    let changed = plan.changes.values().filter(|change| change.action != Action::NoOp);
    changed.map(|change| change.address.to_string()).collect()
}

#[test]
fn a_workload_has_its_identity_from_nothing_to_nothing() {
    let simulation = Simulation::new("identities");
    let stack = simulation.stack(STACK);
    simulation.apply_all(&stack);
    simulation.assert_settled(&stack);
    let found = simulation.block_on(ask(&simulation, "GET", &pods(), "2024-11-30", Json::Null));
    assert_eq!(
        found.1["properties"],
        json!({
            "issuer": "https://oidc.example.com/tenant/cluster/",
            "subject": "system:serviceaccount:video:encoder",
            "audiences": ["api://AzureADTokenExchange"],
        })
    );
    let changed = STACK
        .replace("team: a", "team: b")
        .replace("tenant/cluster/", "tenant/other/")
        .replace("so that it reads", "to read")
        .replace("namespace: video", "namespace: audio");
    let changed = simulation.stack(&changed);
    let plan = simulation.apply_all(&changed);
    assert_eq!(changed_by(&plan), ["pods", "reads", "worker"]);
    simulation.assert_settled(&changed);
    simulation.destroy_all();
}

#[test]
fn what_others_change_is_put_right() {
    let simulation = Simulation::new("identities");
    let stack = simulation.stack(STACK);
    simulation.apply_all(&stack);
    simulation.block_on(async {
        let other = json!({"properties": {"issuer": "https://oidc.example.com/tenant/cluster", "subject": "s", "audiences": ["a"]}});
        assert_eq!(ask(&simulation, "PUT", &pods(), "2024-11-30", other).await.0, 200);
        let list = group("/providers/Microsoft.Authorization/roleAssignments");
        let (_, all) = ask(&simulation, "GET", &list, "2022-04-01", Json::Null).await;
        for one in all["value"].as_array().unwrap() {
            let (id, mut properties) = (one["id"].as_str().unwrap(), one["properties"].clone());
            let is_readers = properties["roleDefinitionId"].as_str().unwrap().ends_with(READER);
            if !is_readers {
                assert_eq!(ask(&simulation, "DELETE", id, "2022-04-01", Json::Null).await.0, 200);
                continue;
            }
            // No one else's word on what it is for, and none on who made it.
            properties["description"] = "mine".into();
            let own = ["roleDefinitionId", "principalId", "principalType", "description"];
            let body: serde_json::Map<_, _> =
                own.iter().map(|name| ((*name).to_owned(), properties[*name].clone())).collect();
            assert_eq!(ask(&simulation, "PUT", id, "2022-04-01", json!({"properties": body})).await.0, 200);
        }
    });
    simulation.pass(60);
    let plan = simulation.apply_all(&stack);
    assert_eq!(changed_by(&plan), ["operates", "pods", "reads"]);
    simulation.assert_settled(&stack);
    simulation.destroy_all();
}

#[test]
fn a_lost_answer_leaves_nothing_twice() {
    let operations = [
        "Microsoft.ManagedIdentity/userAssignedIdentities/write".to_owned(),
        format!("{CREDENTIAL}/write"),
        "Microsoft.Authorization/roleAssignments/write".to_owned(),
        format!("{CREDENTIAL}/delete"),
        "Microsoft.Authorization/roleAssignments/delete".to_owned(),
    ];
    for operation in operations {
        let simulation = Simulation::new("identities");
        let stack = simulation.stack(STACK);
        simulation.set_faults(&format!("faults: [{{ operation: \"{operation}\", kind: lost_reply, occurrence: 1 }}]"));
        simulation.apply_all(&stack);
        simulation.assert_settled(&stack);
        simulation.destroy_all();
    }
}

#[test]
fn what_is_assigned_already_is_named() {
    let simulation = Simulation::new("identities");
    let stack = |role: &str| {
        simulation.stack(&format!(
            "tidegate: 1\nstack: identities\nresources:\n  \
             main: {{ type: azure.resource_group, spec: {{ name: Main, location: westeurope }} }}\n  \
             reads:\n    type: azure.role_assignment\n    \
             spec: {{ scope: \"${{main.id}}\", principal_id: {}, role: {role} }}\n",
            azure::PRINCIPAL
        ))
    };
    simulation.apply_all(&stack("Owner"));
    let other = "00000000-0000-4000-8000-000000000001";
    let path = group(&format!("/providers/Microsoft.Authorization/roleAssignments/{other}"));
    let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{READER}");
    let body = json!({"properties": {"principalId": azure::PRINCIPAL, "roleDefinitionId": role}});
    assert_eq!(simulation.block_on(ask(&simulation, "PUT", &path, "2022-04-01", body)).0, 201);
    simulation.pass(10);
    let (_, applied) = simulation.apply(&stack("Reader"));
    let why = format!("{:?}", applied.failed);
    assert!(why.contains("the principal has the role there already") && why.contains(other), "{why}");
    assert_eq!(simulation.block_on(ask(&simulation, "DELETE", &path, "2022-04-01", Json::Null)).0, 200);
    simulation.apply_all(&stack("Reader"));
    simulation.destroy_all();
}

/// So many identities, each of which takes the tokens of these service accounts.
fn takers(identities: usize, accounts: &[&str]) -> String {
    let mut text = "tidegate: 1\nstack: identities\nresources:\n  \
                    main: { type: azure.resource_group, spec: { name: Main, location: westeurope } }\n"
        .to_owned();
    for number in 0..identities {
        text.push_str(&format!(
            "  worker_{number}:\n    type: azure.managed_identity\n    \
             spec: {{ name: worker-{number}, resource_group: \"${{main.name}}\", location: westeurope }}\n"
        ));
        for account in accounts {
            text.push_str(&format!(
                "  {account}_{number}:\n    type: azure.federated_credential\n    spec:\n      name: {account}\n      \
                 resource_group: ${{main.name}}\n      identity: ${{worker_{number}.name}}\n      \
                 issuer: https://oidc.example.com/a/\n      namespace: video\n      service_account: {account}\n"
            ));
        }
    }
    text
}

/// When which identity is written to.
type Writes = Arc<Mutex<Vec<(Duration, String)>>>;

/// No identity has two writers, and so many have one at once.
///
/// A write takes a second at least, and one that had met another would have been refused and come again.
fn check_writers(writes: &Writes, identities: usize) {
    let writes = std::mem::take(&mut *writes.lock().unwrap());
    assert_eq!(writes.len(), 2 * identities, "one that was refused came again: {writes:#?}");
    let mut last = BTreeMap::new();
    for (at, identity) in &writes {
        if let Some(before) = last.insert(identity, *at) {
            assert!(*at >= before + Duration::from_secs(1), "{identity} at {before:?} and at {at:?}");
        }
    }
    let at_once = |(at, _): &(Duration, String)| {
        let within = writes.iter().filter(|(other, _)| other >= at && *other < *at + Duration::from_secs(1));
        within.map(|(_, identity)| identity).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(writes.iter().map(at_once).max(), Some(identities));
}

#[test]
fn an_identity_never_has_two_writers_and_ten_identities_have_one_at_once() {
    const IDENTITIES: usize = 10;
    let simulation = Simulation::new("identities");
    simulation.apply_all(&simulation.stack(&takers(IDENTITIES, &[])));
    let stack = simulation.stack(&takers(IDENTITIES, &["workload", "keda"]));
    let writes = Writes::default();
    let (noted, clock) = (Arc::clone(&writes), simulation.clock.clone());
    simulation.simulator.watch(move |operation, text| {
        let is_write = operation.strip_prefix(CREDENTIAL).is_some_and(|rest| matches!(rest, "/write" | "/delete"));
        if let Some(name) = text.to_lowercase().split("/userassignedidentities/").nth(1).filter(|_| is_write) {
            let identity = name.split('/').next().unwrap_or_default().to_owned();
            noted.lock().unwrap().push((clock.now(), identity));
        }
    });
    let ((), took) = simulation.timed(|| drop(simulation.apply_all(&stack)));
    check_writers(&writes, IDENTITIES);
    // One after the other they would take twenty seconds at least.
    assert!(took < Duration::from_secs(10), "{took:?}");
    simulation.assert_settled(&stack);
    simulation.destroy_all();
    check_writers(&writes, IDENTITIES);
}
