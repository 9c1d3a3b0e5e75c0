//! What happens to objects without anyone asking for it: namespaces, definitions, and what belongs to something.

use serde_json::{Value as Json, json};

use super::tests::{Bench, config_map};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn owned(name: &str, owner: &Json, blocks: bool) -> Json {
    let mut object = config_map(name, &json!({}));
    object["metadata"]["ownerReferences"] = json!([{"apiVersion": "v1", "kind": "ConfigMap",
        "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"], "blockOwnerDeletion": blocks}]);
    object
}

#[test]
fn what_belongs_to_something_goes_as_it_is_told() {
    let bench = Bench::new("");
    for (policy, stays) in [("Background", false), ("Foreground", false), ("Orphan", true)] {
        let owner = bench.call("POST", MAPS, config_map("owner", &json!({}))).1;
        assert_eq!(bench.call("POST", MAPS, owned("child", &owner, true)).0, 201);
        let path = format!("{MAPS}/owner?propagationPolicy={policy}");
        assert_eq!(bench.call("DELETE", &path, Json::Null).0, 200);
        let held = bench.get(&format!("{MAPS}/owner")).1["metadata"]["finalizers"].clone();
        let expected = match policy {
            "Foreground" => json!(["foregroundDeletion"]),
            "Orphan" => json!(["orphan"]),
            _ => Json::Null,
        };
        assert_eq!(held, expected, "{policy}");
        bench.pass(30);
        assert_eq!(bench.get(&format!("{MAPS}/owner")).0, 404, "{policy}");
        let (code, child) = bench.get(&format!("{MAPS}/child"));
        assert_eq!((code == 200, &child["metadata"]["ownerReferences"]), (stays, &Json::Null), "{policy}");
    }
    let absent = json!({"metadata": {"name": "nobody", "uid": "0"}});
    assert_eq!(bench.call("POST", MAPS, owned("lost", &absent, false)).0, 201);
    bench.pass(30);
    assert_eq!(bench.get(&format!("{MAPS}/lost")).0, 404);
}

#[test]
fn a_finalizer_holds_an_object_until_it_is_taken_off() {
    let bench = Bench::new("");
    let mut object = config_map("held", &json!({}));
    object["metadata"]["finalizers"] = json!(["example.com/wait"]);
    bench.call("POST", MAPS, object);
    let path = format!("{MAPS}/held");
    let (code, going) = bench.call("DELETE", &path, Json::Null);
    assert!(code == 200 && going["metadata"]["deletionTimestamp"].is_string(), "{going}");
    let patch = r#"{"metadata": {"finalizers": ["example.com/wait", "example.com/more"]}}"#;
    let refused = bench.reply("PATCH", &path, "application/merge-patch+json", patch);
    assert_eq!(refused.status(), 422);
    let patch = r#"{"metadata": {"finalizers": null}}"#;
    assert_eq!(bench.reply("PATCH", &path, "application/merge-patch+json", patch).status(), 200);
    assert_eq!(bench.get(&path).0, 404);
}

#[test]
fn a_namespace_goes_with_everything_in_it() {
    let bench = Bench::new("");
    let name = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}});
    bench.call("POST", "/api/v1/namespaces", name.clone());
    let maps = "/api/v1/namespaces/demo/configmaps";
    let mut held = config_map("held", &json!({}));
    held["metadata"]["finalizers"] = json!(["example.com/wait"]);
    assert_eq!(bench.call("POST", maps, held).0, 201);
    let (code, going) = bench.call("DELETE", "/api/v1/namespaces/demo", Json::Null);
    assert_eq!((code, &going["status"]["phase"]), (200, &json!("Terminating")));
    let (code, refused) = bench.call("POST", maps, config_map("late", &json!({})));
    assert_eq!(code, 403, "{refused}");
    let expected = "unable to create new content in namespace demo because it is being terminated";
    assert!(refused["message"].as_str().unwrap().ends_with(expected), "{refused}");
    bench.pass(20);
    let stuck = bench.get("/api/v1/namespaces/demo").1;
    let condition = |kind: &str| {
        let all = stuck["status"]["conditions"].as_array().unwrap().iter();
        all.clone().find(|one| one["type"] == kind).unwrap().clone()
    };
    assert_eq!(condition("NamespaceContentRemaining")["status"], "True");
    let message = "Some content in the namespace has finalizers remaining: example.com/wait in 1 resource instances";
    assert_eq!(condition("NamespaceFinalizersRemaining")["message"], message);
    bench.reply(
        "PATCH",
        &format!("{maps}/held"),
        "application/merge-patch+json",
        r#"{"metadata":{"finalizers":null}}"#,
    );
    bench.pass(20);
    assert_eq!(bench.get("/api/v1/namespaces/demo").0, 404);
    assert_eq!(bench.call("POST", "/api/v1/namespaces", name).0, 201);
}

#[test]
fn a_namespace_waits_for_groups_that_nobody_answers_for() {
    let bench = Bench::new("");
    bench.call(
        "POST",
        "/api/v1/namespaces",
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}}),
    );
    let service = json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": {"name": "v1beta1.external.metrics.k8s.io"},
        "spec": {"group": "external.metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100,
            "versionPriority": 100, "service": {"name": "metrics", "namespace": "demo"}},
    });
    let services = "/apis/apiregistration.k8s.io/v1/apiservices";
    assert_eq!(bench.call("POST", services, service).0, 201);
    assert_eq!(bench.get("/apis/external.metrics.k8s.io/v1beta1/x").0, 503);
    bench.call("DELETE", "/api/v1/namespaces/demo", Json::Null);
    bench.pass(60);
    let stuck = bench.get("/api/v1/namespaces/demo").1.to_string();
    assert!(stuck.contains("DiscoveryFailed") && stuck.contains("external.metrics.k8s.io/v1beta1"), "{stuck}");
    bench.call("DELETE", &format!("{services}/v1beta1.external.metrics.k8s.io"), Json::Null);
    bench.pass(20);
    assert_eq!(bench.get("/api/v1/namespaces/demo").0, 404);
}

pub(super) fn definition() -> Json {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "boats.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"plural": "boats", "kind": "Boat", "shortNames": ["bo"], "categories": ["all"]},
            "versions": [{
                "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "additionalPrinterColumns": [{"name": "Sails", "type": "integer", "jsonPath": ".spec.sails"}],
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "properties": {"sails": {"type": "integer"}}},
                    "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                }}},
            }],
        },
    })
}

#[test]
fn a_definition_is_served_after_a_while_and_goes_after_its_objects() {
    let bench = Bench::new("");
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let (code, made) = bench.call("POST", definitions, definition());
    assert_eq!(code, 201, "{made}");
    let boats = "/apis/example.com/v1/namespaces/default/boats";
    assert_eq!(bench.get(boats).0, 404);
    bench.pass(5);
    let boat = json!({"apiVersion": "example.com/v1", "kind": "Boat", "metadata": {"name": "one",
        "finalizers": ["example.com/wait"]}, "spec": {"sails": 2}, "status": {"wet": true}});
    let (code, made) = bench.call("POST", boats, boat);
    assert_eq!(code, 201, "{made}");
    assert_eq!((&made["status"], &made["metadata"]["generation"]), (&Json::Null, &json!(1)));
    let merge = "application/merge-patch+json";
    let status = r#"{"status": {"wet": true}, "spec": {"sails": 9}}"#;
    assert_eq!(bench.reply("PATCH", &format!("{boats}/one/status"), merge, status).status(), 200);
    assert_eq!(bench.reply("PATCH", &format!("{boats}/one"), merge, r#"{"spec": {"sails": 3}}"#).status(), 200);
    let one = bench.get(&format!("{boats}/one")).1;
    assert_eq!((&one["status"]["wet"], &one["spec"]["sails"]), (&json!(true), &json!(3)));
    assert_eq!(one["metadata"]["generation"], 2);

    bench.call("DELETE", &format!("{definitions}/boats.example.com"), Json::Null);
    bench.pass(20);
    let going = bench.get(&format!("{definitions}/boats.example.com")).1.to_string();
    assert!(going.contains("InstanceDeletionInProgress"), "{going}");
    let patch = r#"{"metadata": {"finalizers": null}}"#;
    assert_eq!(bench.reply("PATCH", &format!("{boats}/one"), merge, patch).status(), 200);
    bench.pass(20);
    assert_eq!(bench.get(&format!("{definitions}/boats.example.com")).0, 404);
    assert_eq!(bench.get(boats).0, 404);
}

#[test]
fn a_watch_tells_what_happens_until_its_time_is_over() {
    let bench = Bench::new("");
    let seen = |query: &str| -> Vec<(String, String)> {
        let reply = bench.reply("GET", &format!("{MAPS}?watch=true&timeoutSeconds=3&{query}"), "", "");
        assert_eq!(reply.status(), 200, "{:?}", reply.body());
        let lines = std::str::from_utf8(reply.body()).unwrap().lines();
        let events = lines.map(|line| serde_json::from_str::<Json>(line).unwrap());
        let text = |of: &Json| of.as_str().unwrap_or_default().to_owned();
        events.map(|event| (text(&event["type"]), text(&event["object"]["metadata"]["name"]))).collect()
    };
    let event = |kind: &str, name: &str| (kind.to_owned(), name.to_owned());
    // What every namespace is given comes a moment later.
    bench.get(MAPS);
    bench.pass(30);
    let version = bench.get(MAPS).1["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let made = bench.call("POST", MAPS, config_map("a", &json!({}))).1;
    bench.reply("PATCH", &format!("{MAPS}/a"), "application/merge-patch+json", r#"{"data": {"x": "y"}}"#);
    bench.call("DELETE", &format!("{MAPS}/a"), Json::Null);
    let all = [event("ADDED", "a"), event("MODIFIED", "a"), event("DELETED", "a")];
    assert_eq!(seen(&format!("resourceVersion={version}")), all);
    let since = made["metadata"]["resourceVersion"].as_str().unwrap();
    assert_eq!(seen(&format!("resourceVersion={since}")), all[1..]);
    assert_eq!(seen("fieldSelector=metadata.name%3Dkube-root-ca.crt"), [event("ADDED", "kube-root-ca.crt")]);
    let list = "sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan";
    assert_eq!(seen(list), [event("ADDED", "kube-root-ca.crt"), event("BOOKMARK", "")]);
    (0..1_001).for_each(|_| {
        bench.call("POST", MAPS, config_map("b", &json!({})));
        bench.call("DELETE", &format!("{MAPS}/b"), Json::Null);
    });
    let refused = bench.get(&format!("{MAPS}?watch=true&resourceVersion={version}"));
    assert_eq!((refused.0, &refused.1["reason"]), (410, &json!("Expired")));
}

#[test]
fn what_no_longer_fits_a_selector_is_gone_for_the_watcher() {
    let bench = Bench::new("");
    bench.get(MAPS);
    bench.pass(30);
    let mut object = config_map("a", &json!({}));
    object["metadata"]["labels"] = json!({"color": "red"});
    bench.call("POST", MAPS, object);
    let version = bench.get(MAPS).1["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let watch = |color: &str| {
        let query = format!("watch=true&timeoutSeconds=10&resourceVersion={version}&labelSelector=color%3D{color}");
        bench.simulator.exchange(bench.request("GET", &format!("{MAPS}?{query}"), "", ""))
    };
    let change = async {
        for (seconds, color) in [(2, "blue"), (2, "red")] {
            bench.simulator.clock().sleep(std::time::Duration::from_secs(seconds)).await;
            let patch = format!(r#"{{"metadata": {{"labels": {{"color": "{color}"}}}}}}"#);
            let request = bench.request("PATCH", &format!("{MAPS}/a"), "application/merge-patch+json", &patch);
            assert_eq!(bench.simulator.exchange(request).await.unwrap().status(), 200);
        }
    };
    let (red, blue, ()) = bench.block_on(async { tokio::join!(watch("red"), watch("blue"), change) });
    let kinds = |reply: crate::simulator::Reply| -> Vec<String> {
        let lines = std::str::from_utf8(reply.body()).unwrap().lines();
        lines.map(|line| serde_json::from_str::<Json>(line).unwrap()["type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(red.unwrap()), ["DELETED", "ADDED"]);
    assert_eq!(kinds(blue.unwrap()), ["ADDED", "DELETED"]);
}
