//! Clusters and pools over ARM's wire, and the API servers that they have.

mod kubernetes;
mod property;
mod strict;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value as Json, json};

use crate::clock::Clock as _;
use crate::simulator::azure::token::Claims;
use crate::simulator::azure::{PRINCIPAL, SUBSCRIPTION, TENANT};
use crate::simulator::exchange::ServedAt;
use crate::simulator::{Broken, Faults, Reply, SimulatedClock, Simulator, World};

/// A simulator with one resource group.
struct Bench {
    simulator: Simulator,
    clock: SimulatedClock,
    runtime: tokio::runtime::Runtime,
}

const CLUSTER: &str = "providers/Microsoft.ContainerService/managedClusters/main";

impl Bench {
    fn new(faults: &str) -> Self {
        let clock = SimulatedClock::new(Duration::from_secs(1_700_000_000));
        let faults = if faults.is_empty() { Faults::default() } else { Faults::parse(faults).unwrap() };
        let runtime = clock.runtime().unwrap();
        let bench = Self { simulator: Simulator::of(World::new(7), Arc::new(clock.clone()), faults), clock, runtime };
        assert_eq!(bench.call("PUT", "", json!({"location": "westeurope"})).0, 201);
        bench
    }

    /// With a cluster of one pool, which is ready.
    fn with_cluster(more: &Json) -> Self {
        let bench = Self::new("");
        bench.make(more);
        bench
    }

    fn make(&self, more: &Json) {
        let (status, made) = self.call("PUT", CLUSTER, cluster(more));
        assert_eq!(status, 201, "{made}");
        self.pass(480);
        assert_eq!(self.state(CLUSTER), "Succeeded");
    }

    fn token(&self, audience: &str) -> String {
        Claims::new(audience, PRINCIPAL, TENANT, self.clock.now()).token()
    }

    fn path(path: &str) -> String {
        let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/demo");
        let path = match path {
            "" => group,
            path if path.starts_with('/') => path.to_owned(),
            path => format!("{group}/{path}"),
        };
        let sign = if path.contains('?') { '&' } else { '?' };
        format!("{path}{sign}api-version=2025-05-01")
    }

    fn reply(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Json) -> Reply {
        let token = self.token("https://management.azure.com/.default");
        let uri = format!("https://management.azure.com{}", Self::path(path));
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = request.header("authorization", format!("Bearer {token}")).body(Bytes::from(body)).unwrap();
        self.send(request).unwrap()
    }

    fn send(&self, request: crate::simulator::Request) -> Result<Reply, Broken> {
        self.runtime.block_on(self.simulator.exchange(request))
    }

    fn call(&self, method: &str, path: &str, body: Json) -> (u16, Json) {
        let reply = self.reply(method, path, &[], &body);
        (reply.status().as_u16(), document(&reply))
    }

    fn get(&self, path: &str) -> Json {
        self.call("GET", path, Json::Null).1
    }

    fn state(&self, path: &str) -> String {
        text(&self.get(path), "/properties/provisioningState").to_owned()
    }

    /// The code and the words of a refusal.
    fn refused(&self, method: &str, path: &str, body: Json) -> (u16, String, String) {
        let (status, body) = self.call(method, path, body);
        (status, text(&body, "/error/code").to_owned(), text(&body, "/error/message").to_owned())
    }

    fn pass(&self, seconds: u64) {
        self.runtime.block_on(self.clock.sleep(Duration::from_secs(seconds)));
    }

    /// How an operation gets on that an answer told of.
    fn operation(&self, reply: &Reply) -> Json {
        let url = reply.headers()["azure-asyncoperation"].to_str().unwrap().to_owned();
        let request = http::Request::get(url)
            .header("authorization", format!("Bearer {}", self.token("https://management.azure.com")));
        document(&self.send(request.body(Bytes::new()).unwrap()).unwrap())
    }
}

fn document(reply: &Reply) -> Json {
    serde_json::from_slice(reply.body()).unwrap_or_default()
}

fn text<'j>(value: &'j Json, pointer: &str) -> &'j str {
    value.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

/// A body with a system pool, and with more properties.
fn cluster(more: &Json) -> Json {
    let mut body = json!({
        "location": "West Europe",
        "tags": {"a": "b"},
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "dnsPrefix": "Main",
            "kubernetesVersion": "1.33.3",
            "agentPoolProfiles": [{"name": "system", "mode": "System", "count": 2, "vmSize": "Standard_D2s_v5"}],
        },
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        body["properties"][name] = value.clone();
    }
    body
}

fn pool(name: &str) -> String {
    format!("{CLUSTER}/agentPools/{name}")
}

#[test]
fn a_cluster_is_made_shown_and_deleted() {
    let bench = Bench::new("");
    let reply = bench.reply("PUT", CLUSTER, &[], &cluster(&json!({"oidcIssuerProfile": {"enabled": true}})));
    let made = document(&reply);
    assert_eq!((reply.status().as_u16(), text(&made, "/properties/provisioningState")), (201, "Creating"));
    assert_eq!(bench.operation(&reply)["status"], "InProgress");
    assert_eq!(made["properties"]["oidcIssuerProfile"], json!({"enabled": true}));
    // What was just made is not shown at once.
    assert_eq!(bench.reply("GET", CLUSTER, &[], &Json::Null).status().as_u16(), 404);
    bench.pass(120);
    assert_eq!(bench.state(CLUSTER), "Creating");
    bench.pass(360);
    assert_eq!(bench.operation(&reply)["status"], "Succeeded");
    let shown = bench.get(&CLUSTER.to_uppercase().replace("PROVIDERS", "providers"));
    let expected = format!(
        "/subscriptions/{SUBSCRIPTION}/resourcegroups/demo/providers/Microsoft.ContainerService/managedClusters/main"
    );
    assert_eq!((text(&shown, "/id"), text(&shown, "/location")), (expected.as_str(), "westeurope"));
    let properties = &shown["properties"];
    assert_eq!(
        (text(properties, "/currentKubernetesVersion"), text(properties, "/nodeResourceGroup")),
        ("1.33.3", "MC_demo_main_westeurope")
    );
    let host = text(properties, "/fqdn");
    assert!(host.starts_with("main-") && host.ends_with(".hcp.westeurope.azmk8s.io"), "{host}");
    let issuer = text(properties, "/oidcIssuerProfile/issuerURL");
    let start = format!("https://westeurope.oic.prod-aks.azure.com/{TENANT}/");
    assert!(issuer.starts_with(&start) && issuer.ends_with('/') && issuer.len() == start.len() + 37, "{issuer}");
    assert!(!text(properties, "/identityProfile/kubeletidentity/objectId").is_empty());
    assert_eq!(text(&shown, "/identity/tenantId"), TENANT);
    let pools = properties["agentPoolProfiles"].as_array().unwrap();
    assert_eq!(
        (pools.len(), text(&pools[0], "/name"), text(&pools[0], "/provisioningState")),
        (1, "system", "Succeeded")
    );
    for list in [
        "providers/Microsoft.ContainerService/managedClusters".to_owned(),
        format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.ContainerService/managedClusters"),
    ] {
        assert_eq!(bench.get(&list)["value"], json!([shown]), "{list}");
    }

    let reply = bench.reply("DELETE", CLUSTER, &[], &Json::Null);
    assert_eq!((reply.status().as_u16(), bench.state(CLUSTER).as_str()), (202, "Deleting"));
    assert!(reply.headers().contains_key("location"));
    bench.pass(420);
    assert_eq!(bench.operation(&reply)["status"], "Succeeded");
    assert_eq!(bench.reply("GET", CLUSTER, &[], &Json::Null).status().as_u16(), 404);
    assert_eq!(bench.reply("DELETE", CLUSTER, &[], &Json::Null).status().as_u16(), 204);
    assert_eq!(bench.simulator.world().objects().filter(|key| key.contains("main")).count(), 0);
}

#[test]
fn a_cluster_is_changed_and_upgraded() {
    let bench = Bench::with_cluster(&json!({}));
    let before = bench.get(CLUSTER);
    let mut body = cluster(&json!({"oidcIssuerProfile": {"enabled": true}, "agentPoolProfiles": null}));
    body["tags"] = Json::Null;
    body["sku"] = json!({"tier": "Standard"});
    let (status, changed) = bench.call("PUT", CLUSTER, body);
    assert_eq!((status, text(&changed, "/properties/provisioningState")), (200, "Updating"), "{changed}");
    bench.pass(180);
    let after = bench.get(CLUSTER);
    assert_eq!((&after["sku"], &after["tags"]), (&json!({"name": "Base", "tier": "Standard"}), &json!({})));
    assert!(!text(&after, "/properties/oidcIssuerProfile/issuerURL").is_empty());
    assert_eq!(after["properties"]["fqdn"], before["properties"]["fqdn"]);
    assert_ne!(after["eTag"], before["eTag"]);

    let (_, changed) =
        bench.call("PUT", CLUSTER, cluster(&json!({"kubernetesVersion": "1.34", "agentPoolProfiles": null})));
    assert_eq!(text(&changed, "/properties/provisioningState"), "Upgrading", "{changed}");
    assert_eq!(text(&changed, "/properties/currentKubernetesVersion"), "1.33.3");
    bench.pass(600);
    assert_eq!(text(&bench.get(CLUSTER), "/properties/currentKubernetesVersion"), "1.34.1");
    assert_eq!(text(&bench.get(&pool("system")), "/properties/currentOrchestratorVersion"), "1.33.3");
    let upgrade = json!({"properties": {"orchestratorVersion": "1.34.1", "mode": "System"}});
    assert_eq!(text(&bench.call("PUT", &pool("system"), upgrade).1, "/properties/provisioningState"), "Upgrading");
    bench.pass(600);
    assert_eq!(text(&bench.get(&pool("system")), "/properties/currentOrchestratorVersion"), "1.34.1");

    let reply = bench.reply("PATCH", CLUSTER, &[], &json!({"tags": {"x": "y"}}));
    assert_eq!((reply.status().as_u16(), &document(&reply)["tags"]), (200, &json!({"x": "y"})));
    bench.pass(60);
    assert_eq!(bench.state(CLUSTER), "Succeeded");
}

#[test]
fn pools_are_made_changed_and_deleted() {
    let bench = Bench::with_cluster(&json!({}));
    let body = json!({"properties": {"vmSize": "Standard_D4s_v5", "enableAutoScaling": true, "minCount": 0, "maxCount": 5,
        "count": 0, "nodeLabels": {"for": "work"}}});
    let reply = bench.reply("PUT", &pool("work"), &[], &body);
    let made = document(&reply);
    assert_eq!((reply.status().as_u16(), text(&made, "/properties/provisioningState")), (201, "Creating"), "{made}");
    bench.pass(240);
    assert_eq!(
        (bench.operation(&reply)["status"].as_str(), bench.state(&pool("work")).as_str()),
        (Some("Succeeded"), "Succeeded")
    );
    assert_eq!(bench.get(&format!("{CLUSTER}/agentPools"))["value"].as_array().unwrap().len(), 2);
    assert_eq!(bench.get(CLUSTER)["properties"]["agentPoolProfiles"].as_array().unwrap().len(), 2);
    let change = json!({"properties": {"minCount": 2, "maxCount": 6}});
    assert_eq!(bench.call("PUT", &pool("work"), change).1["properties"]["count"], 2);
    bench.pass(150);
    let reply = bench.reply("DELETE", &pool("work"), &[], &Json::Null);
    assert_eq!((reply.status().as_u16(), bench.state(&pool("work")).as_str()), (202, "Deleting"));
    bench.pass(240);
    assert_eq!(bench.reply("GET", &pool("work"), &[], &Json::Null).status().as_u16(), 404);
    assert_eq!(bench.reply("DELETE", &pool("work"), &[], &Json::Null).status().as_u16(), 204);
    let (status, code, _) = bench.refused("DELETE", &pool("system"), Json::Null);
    assert_eq!((status, code.as_str()), (400, "InvalidParameter"));
}

#[test]
fn what_fails_is_repaired_by_another_put() {
    let faults =
        "faults: [{ operation: 'Microsoft.ContainerService/managedClusters/write', kind: failed, occurrence: 1 }]";
    let bench = Bench::new(faults);
    let reply = bench.reply("PUT", CLUSTER, &[], &cluster(&json!({})));
    bench.pass(480);
    let operation = bench.operation(&reply);
    assert_eq!(
        (text(&operation, "/status"), text(&operation, "/error/code")),
        ("Failed", "ReconcileVMSSAgentPoolFailed")
    );
    assert_eq!((bench.state(CLUSTER).as_str(), bench.state(&pool("system")).as_str()), ("Failed", "Failed"));
    let (status, code, _) = bench.refused("POST", &format!("{CLUSTER}/listClusterUserCredential"), Json::Null);
    assert_eq!((status, code.as_str()), (400, "ControlPlaneNotFound"));
    assert_eq!(bench.call("PUT", CLUSTER, cluster(&json!({"agentPoolProfiles": null}))).0, 200);
    bench.pass(480);
    assert_eq!((bench.state(CLUSTER).as_str(), bench.state(&pool("system")).as_str()), ("Succeeded", "Succeeded"));
}

#[test]
fn what_is_stuck_can_be_deleted() {
    let faults =
        "faults: [{ operation: 'Microsoft.ContainerService/managedClusters/write', kind: stuck, occurrence: 1 }]";
    let bench = Bench::new(faults);
    bench.call("PUT", CLUSTER, cluster(&json!({})));
    bench.pass(10_000);
    assert_eq!(bench.state(CLUSTER), "Creating");
    assert_eq!(bench.refused("PUT", CLUSTER, cluster(&json!({}))).1, "OperationNotAllowed");
    assert_eq!(bench.call("DELETE", CLUSTER, Json::Null).0, 202);
    bench.pass(420);
    assert_eq!(bench.reply("GET", CLUSTER, &[], &Json::Null).status().as_u16(), 404);
}
