//! Whole requests to a simulated cluster's API server, in memory.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value as Json, json};

use crate::simulator::exchange::ServedAt;
use crate::simulator::{Faults, Reply, SimulatedClock, Simulator, World};

/// A simulator with one running cluster, called as over a socket.
pub(super) struct Bench {
    pub(super) simulator: Simulator,
    clock: SimulatedClock,
    runtime: tokio::runtime::Runtime,
}

pub(super) const BASE: &str = "http://localhost:1/clusters/123456789012/us-east-1/main";

impl Bench {
    pub(super) fn new(faults: &str) -> Self {
        let clock = SimulatedClock::new(Duration::from_secs(1_700_000_000));
        let mut world = World::new(7);
        let cluster = json!({"members": {
            "name": "main", "status": "ACTIVE", "version": "1.34", "endpoint": "https://AB.gr7.us-east-1.eks.amazonaws.com",
            "arn": "arn:aws:eks:us-east-1:123456789012:cluster/main",
            "accessConfig": {"authenticationMode": "CONFIG_MAP"},
        }});
        world.put("aws/123456789012/us-east-1/eks/cluster/main", &cluster);
        let faults = if faults.is_empty() { Faults::default() } else { Faults::parse(faults).unwrap() };
        let runtime = clock.runtime().unwrap();
        Self { simulator: Simulator::of(world, Arc::new(clock.clone()), faults), clock, runtime }
    }

    pub(super) fn request(&self, method: &str, path: &str, media_type: &str, body: &str) -> crate::simulator::Request {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{BASE}{path}"))
            .header("authorization", "Bearer simulated")
            .header("content-type", media_type)
            .header("user-agent", "tests/1")
            .body(Bytes::from(body.to_owned()))
            .unwrap();
        request.extensions_mut().insert(ServedAt("localhost:1".to_owned()));
        request
    }

    pub(super) fn reply(&self, method: &str, path: &str, media_type: &str, body: &str) -> Reply {
        self.send(self.request(method, path, media_type, body))
    }

    pub(super) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(super) fn send(&self, request: crate::simulator::Request) -> Reply {
        self.runtime.block_on(self.simulator.exchange(request)).unwrap()
    }

    /// The status and the document that comes back.
    pub(super) fn call(&self, method: &str, path: &str, body: Json) -> (u16, Json) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let reply = self.reply(method, path, "application/json", &body);
        (reply.status().as_u16(), serde_json::from_slice(reply.body()).unwrap_or_default())
    }

    pub(super) fn get(&self, path: &str) -> (u16, Json) {
        self.call("GET", path, Json::Null)
    }

    pub(super) fn pass(&self, seconds: u64) {
        use crate::clock::Clock as _;
        self.runtime.block_on(self.clock.sleep(Duration::from_secs(seconds)));
    }
}

pub(super) fn config_map(name: &str, data: &Json) -> Json {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

fn namespace(name: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

#[test]
fn objects_are_made_shown_changed_and_deleted() {
    let bench = Bench::new("");
    let names = |list: &Json| -> Vec<String> {
        let items = list["items"].as_array().unwrap().iter();
        items.map(|one| one["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let (code, list) = bench.get("/api/v1/namespaces");
    assert_eq!(
        (code, names(&list)),
        (200, ["default", "kube-node-lease", "kube-public", "kube-system"].map(str::to_owned).into())
    );
    assert_eq!(bench.call("POST", "/api/v1/namespaces", namespace("demo")).0, 201);
    let path = "/api/v1/namespaces/demo/configmaps";
    let (code, made) = bench.call("POST", path, config_map("settings", &json!({"a": "1"})));
    assert_eq!(code, 201, "{made}");
    assert_eq!(bench.call("POST", path, config_map("settings", &json!({}))).1["reason"], "AlreadyExists");
    assert_eq!(bench.get(&format!("{path}/settings")).1, made);
    let stale = made.clone();
    let mut changed = made;
    changed["data"]["a"] = json!("2");
    let (code, changed) = bench.call("PUT", &format!("{path}/settings"), changed);
    assert_eq!((code, &changed["data"]["a"]), (200, &json!("2")));
    assert_ne!(changed["metadata"]["resourceVersion"], stale["metadata"]["resourceVersion"]);
    let (code, refused) = bench.call("PUT", &format!("{path}/settings"), stale);
    assert_eq!((code, &refused["reason"]), (409, &json!("Conflict")));
    assert_eq!(bench.call("DELETE", &format!("{path}/settings"), Json::Null).1["status"], "Success");
    let (code, gone) = bench.get(&format!("{path}/settings"));
    assert_eq!((code, &gone["message"]), (404, &json!("configmaps \"settings\" not found")));
}

#[test]
fn a_cluster_that_does_not_run_does_not_answer() {
    let bench = Bench::new("");
    let request = http::Request::get("https://CD.gr7.us-east-1.eks.amazonaws.com/version").body(Bytes::new()).unwrap();
    assert!(bench.runtime.block_on(bench.simulator.exchange(request)).is_err());
}

/// The token of EKS's own tests: without a socket, the time it was made for is not now.
#[test]
fn whoever_is_not_known_or_has_no_entry_is_refused() {
    let bench = Bench::new("");
    let host = "https://AB.gr7.us-east-1.eks.amazonaws.com";
    let call = |path: &str, token: &str| {
        let request = http::Request::get(format!("{host}{path}")).header("authorization", format!("Bearer {token}"));
        let reply = bench.runtime.block_on(bench.simulator.exchange(request.body(Bytes::new()).unwrap())).unwrap();
        let body: Json = serde_json::from_slice(reply.body()).unwrap();
        (reply.status().as_u16(), body["reason"].as_str().unwrap_or_default().to_owned())
    };
    let unauthorized = (401, "Unauthorized".to_owned());
    for token in ["", "simulated", "k8s-aws-v1.x", crate::simulator::aws::eks::bearer::tests::TOKEN] {
        assert_eq!(call("/api/v1/namespaces", token), unauthorized, "{token}");
    }
    bench.clock.advance_to(crate::simulator::aws::eks::bearer::tests::SIGNED_AT);
    assert_eq!(call("/api/v1/namespaces", crate::simulator::aws::eks::bearer::tests::TOKEN).0, 200);
    {
        let mut world = bench.simulator.world();
        let key = "aws/123456789012/us-east-1/eks/cluster/main";
        let mut cluster: Json = world.get(key).unwrap();
        cluster["members"]["accessConfig"]["authenticationMode"] = json!("API");
        world.put(key, &cluster);
    }
    let refused = call("/api/v1/namespaces", crate::simulator::aws::eks::bearer::tests::TOKEN);
    assert_eq!(refused, (403, "Forbidden".to_owned()));
}

#[test]
fn a_fault_strikes_by_verb_and_resource() {
    let bench = Bench::new("faults: [{ operation: 'kubernetes:list configmaps', kind: throttle, occurrence: 1 }]");
    let path = "/api/v1/namespaces/default/configmaps";
    let reply = bench.reply("GET", path, "", "");
    assert_eq!((reply.status().as_u16(), reply.headers()["retry-after"].to_str().unwrap()), (429, "1"));
    assert_eq!(bench.get(path).0, 200);
}

#[test]
fn nothing_of_a_cluster_remains_when_it_is_gone() {
    let bench = Bench::new("");
    bench.call("POST", "/api/v1/namespaces", namespace("demo"));
    let kept = || bench.simulator.world().keys().filter(|key| key.starts_with("kubernetes/")).count();
    assert!(kept() > 0);
    {
        let mut world = bench.simulator.world();
        let key = "aws/123456789012/us-east-1/eks/cluster/main";
        let mut cluster: Json = world.get(key).unwrap();
        cluster["settles"] = json!({"at_ms": 1, "into": null});
        world.put(key, &cluster);
    }
    let call = |uri: &str, authorization: &str| {
        let request = http::Request::get(uri).header("authorization", authorization);
        bench.runtime.block_on(bench.simulator.exchange(request.body(Bytes::new()).unwrap()))
    };
    assert!(call("https://AB.gr7.us-east-1.eks.amazonaws.com/version", "Bearer simulated").is_err());
    let signed = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/eks/aws4_request, SignedHeaders=host";
    assert!(call("https://eks.us-east-1.amazonaws.com/clusters", signed).unwrap().status().is_success());
    assert_eq!(kept(), 0);
}
