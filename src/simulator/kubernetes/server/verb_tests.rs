//! What single requests are answered with.

use serde_json::{Value as Json, json};

use super::tests::{BASE, Bench, config_map};
use super::upkeep_tests::definition;
use crate::simulator::exchange::ServedAt;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

fn deployment() -> Json {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
    }})
}

/// The same request with another `Accept`.
fn accepting(bench: &Bench, path: &str, accept: &str) -> (u16, String, Json) {
    let mut request = http::Request::get(format!("{BASE}{path}")).header("accept", accept);
    request.extensions_mut().unwrap().insert(ServedAt("localhost:1".to_owned()));
    let reply = bench.send(request.body(bytes::Bytes::new()).unwrap());
    let media_type = reply.headers()["content-type"].to_str().unwrap().to_owned();
    (reply.status().as_u16(), media_type, serde_json::from_slice(reply.body()).unwrap_or_default())
}

#[test]
fn what_cannot_be_done_is_refused_in_the_words_of_a_server() {
    let bench = Bench::new("");
    bench.call("POST", DEPLOYMENTS, deployment());
    let nameless = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}});
    let elsewhere = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "other"}});
    let mut unmatched = deployment();
    unmatched["spec"]["selector"]["matchLabels"]["app"] = json!("other");
    unmatched["metadata"]["name"] = json!("other");
    let cases = [
        ("GET", "/api/v1/nothings", Json::Null, 404, "NotFound", "the server could not find the requested resource"),
        ("GET", "/api/v1/namespaces/default/pods/x", Json::Null, 404, "NotFound", "pods \"x\" not found"),
        ("POST", MAPS, nameless, 422, "Invalid", "metadata.name: Required value: name or generateName is required"),
        ("POST", MAPS, elsewhere, 400, "BadRequest", "the namespace of the provided object does not match"),
        ("POST", DEPLOYMENTS, deployment(), 409, "AlreadyExists", "deployments.apps \"web\" already exists"),
        ("POST", DEPLOYMENTS, unmatched, 422, "Invalid", "`selector` does not match template `labels`"),
        (
            "POST",
            "/api/v1/namespaces/none/configmaps",
            config_map("x", &json!({})),
            404,
            "NotFound",
            "namespaces \"none\"",
        ),
        (
            "POST",
            "/api/v1/configmaps",
            config_map("x", &json!({})),
            405,
            "MethodNotAllowed",
            "does not allow this method",
        ),
        ("DELETE", "/api/v1/namespaces", Json::Null, 405, "MethodNotAllowed", "does not allow this method"),
        ("DELETE", "/api/v1/namespaces/default", Json::Null, 403, "Forbidden", "this namespace may not be deleted"),
        (
            "GET",
            "/api/v1/namespaces/default/pods?fieldSelector=spec.x=y",
            Json::Null,
            400,
            "BadRequest",
            "not supported",
        ),
        ("GET", "/api/v1/pods?resourceVersion=99999", Json::Null, 504, "Timeout", "Too large resource version"),
    ];
    for (method, path, body, code, reason, message) in cases {
        let (found, answer) = bench.call(method, path, body);
        assert_eq!(
            (found, &answer["reason"], &answer["code"]),
            (code, &json!(reason), &json!(code)),
            "{path} {answer}"
        );
        assert!(answer["message"].as_str().unwrap().contains(message), "{path} {answer}");
    }
    let reply = bench.reply("PATCH", &format!("{DEPLOYMENTS}/web"), "text/plain", "{}");
    assert_eq!(reply.status(), 415);
    assert_eq!(accepting(&bench, MAPS, "text/html").0, 406);
}

#[test]
fn a_spec_that_changes_is_counted_and_a_status_is_not() {
    let bench = Bench::new("");
    let made = bench.call("POST", DEPLOYMENTS, deployment()).1;
    assert_eq!(
        (&made["metadata"]["generation"], &made["spec"]["strategy"]["type"]),
        (&json!(1), &json!("RollingUpdate"))
    );
    let path = format!("{DEPLOYMENTS}/web");
    let patch = |path: &str, body: &str| {
        let reply = bench.reply("PATCH", path, "application/strategic-merge-patch+json", body);
        assert_eq!(reply.status(), 200, "{:?}", reply.body());
        serde_json::from_slice::<Json>(reply.body()).unwrap()
    };
    let labelled = patch(&path, r#"{"metadata": {"labels": {"a": "b"}}}"#);
    assert_eq!(labelled["metadata"]["generation"], 1);
    assert_eq!(patch(&path, r#"{"spec": {"replicas": 3}}"#)["metadata"]["generation"], 2);
    let same = patch(&path, r#"{"spec": {"replicas": 3}}"#);
    assert_eq!(same, bench.get(&path).1, "what changes nothing is not written");
    let status = patch(&format!("{path}/status"), r#"{"status": {"replicas": 9}, "spec": {"replicas": 9}}"#);
    assert_eq!((&status["status"]["replicas"], &status["spec"]["replicas"]), (&json!(9), &json!(3)));
    let scale = bench.get(&format!("{path}/scale")).1;
    assert_eq!((&scale["spec"]["replicas"], &scale["status"]["selector"]), (&json!(3), &json!("app=web")));
    let scaled = patch(&format!("{path}/scale"), r#"{"spec": {"replicas": 5}}"#);
    assert_eq!(scaled["spec"]["replicas"], 5);
    assert_eq!(bench.get(&path).1["metadata"]["generation"], 3);
}

#[test]
fn unknown_fields_are_refused_warned_of_or_left_out() {
    let bench = Bench::new("");
    let mut object = deployment();
    object["spec"]["replica"] = json!(1);
    let (code, refused) = bench.call("POST", &format!("{DEPLOYMENTS}?fieldValidation=Strict"), object.clone());
    let expected = "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \
                    \"spec.replica\"";
    assert_eq!((code, refused["message"].as_str().unwrap()), (400, expected));
    for (validation, warns) in [("Warn", true), ("Ignore", false)] {
        let path = format!("{DEPLOYMENTS}?dryRun=All&fieldValidation={validation}");
        let reply = bench.reply("POST", &path, "application/json", &object.to_string());
        assert_eq!(reply.headers().contains_key("warning"), warns);
        let made: Json = serde_json::from_slice(reply.body()).unwrap();
        assert_eq!((reply.status().as_u16(), &made["spec"]["replica"]), (201, &Json::Null));
    }
    assert_eq!(bench.get(&format!("{DEPLOYMENTS}/web")).0, 404, "nothing comes of a dry run");
}

#[test]
fn what_is_applied_has_owners_who_may_disagree() {
    let bench = Bench::new("");
    let apply = |manager: &str, more: &str, replicas: u32| {
        let mut object = deployment();
        object["spec"]["replicas"] = json!(replicas);
        let path = format!("{DEPLOYMENTS}/web?fieldManager={manager}{more}");
        let reply =
            bench.reply("PATCH", &path, "application/apply-patch+yaml", &serde_yaml::to_string(&object).unwrap());
        (reply.status().as_u16(), serde_json::from_slice::<Json>(reply.body()).unwrap())
    };
    assert_eq!(apply("one", "", 2).0, 201);
    assert_eq!(apply("one", "", 3).0, 200);
    let (code, refused) = apply("other", "", 4);
    assert_eq!((code, &refused["reason"]), (409, &json!("Conflict")));
    assert_eq!(refused["details"]["causes"][0]["field"], ".spec.replicas");
    let (code, forced) = apply("other", "&force=true", 4);
    assert_eq!((code, &forced["spec"]["replicas"]), (200, &json!(4)));
    let reply = bench.reply("PATCH", &format!("{DEPLOYMENTS}/web"), "application/apply-patch+yaml", "{}");
    assert_eq!(reply.status(), 422);
}

#[test]
fn a_long_list_comes_in_parts() {
    let bench = Bench::new("");
    for name in ["a", "b", "c"] {
        bench.call("POST", MAPS, config_map(name, &json!({})));
    }
    let (mut names, mut token) = (Vec::new(), String::new());
    for _ in 0..10 {
        let list = bench.get(&format!("{MAPS}?limit=2&continue={token}")).1;
        let items = list["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        names.extend(items.iter().map(|one| one["metadata"]["name"].as_str().unwrap().to_owned()));
        match list["metadata"]["continue"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    names.retain(|name| name != "kube-root-ca.crt");
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(bench.get(&format!("{MAPS}?continue=nonsense")).0, 400);
}

#[test]
fn objects_are_shown_as_rows_or_without_anything_but_their_metadata() {
    let bench = Bench::new("");
    bench.call("POST", MAPS, config_map("x", &json!({"a": "1", "b": "2"})));
    let rows = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    let (_, _, table) = accepting(&bench, &format!("{MAPS}/x"), rows);
    let names: Vec<_> = table["columnDefinitions"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!((table["kind"].as_str(), names), (Some("Table"), ["Name", "Data", "Age"].map(Json::from).into()));
    assert_eq!(table["rows"][0]["cells"][1], 2);
    assert_eq!(table["rows"][0]["object"]["metadata"]["name"], "x");
    let partial = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    let (_, _, list) = accepting(&bench, MAPS, partial);
    assert_eq!((&list["kind"], &list["items"][0]["data"]), (&json!("PartialObjectMetadataList"), &Json::Null));
    let (code, media_type, _) = accepting(&bench, &format!("{MAPS}/x"), "application/yaml");
    assert_eq!((code, media_type.as_str()), (200, "application/yaml"));
}

#[test]
fn what_there_is_can_be_discovered() {
    let bench = Bench::new("");
    bench.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition());
    bench.pass(5);
    let aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    let (_, media_type, groups) = accepting(&bench, "/apis", aggregated);
    assert!(media_type.contains("APIGroupDiscoveryList"), "{media_type}");
    let items = groups["items"].as_array().unwrap();
    let group = |name: &str| items.iter().find(|one| one["metadata"]["name"] == name).unwrap();
    let boats = &group("example.com")["versions"][0]["resources"][0];
    assert_eq!(
        (&boats["resource"], &boats["shortNames"], &boats["scope"]),
        (&json!("boats"), &json!(["bo"]), &json!("Namespaced"))
    );
    assert!(group("apps").to_string().contains("\"subresource\":\"scale\""));
    let legacy = bench.get("/apis/apps/v1").1;
    let names: Vec<_> = legacy["resources"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(names.contains(&"deployments") && names.contains(&"deployments/scale"), "{names:?}");
    assert_eq!(bench.get("/apis/example.com").1["preferredVersion"]["version"], "v1");
    assert_eq!(bench.get("/version").1["minor"], "34");
    assert_eq!(bench.get("/readyz").0, 200);
    let described = bench.get("/openapi/v3").1;
    assert!(described["paths"].get("apis/example.com/v1").is_some(), "{described}");
    let boats = bench.get("/openapi/v3/apis/example.com/v1").1.to_string();
    assert!(boats.contains("sails"), "{boats}");
    assert_eq!(bench.get("/openapi/v2").0, 404);
}

#[test]
fn a_pod_is_evicted_unless_a_budget_forbids_it() {
    let bench = Bench::new("");
    bench.get(MAPS);
    bench.pass(30);
    let pods = "/api/v1/namespaces/default/pods";
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "labels": {"app": "x"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]}});
    let (code, made) = bench.call("POST", pods, pod);
    assert_eq!(code, 201, "{made}");
    let budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "all"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "x"}}}});
    assert_eq!(bench.call("POST", budgets, budget).0, 201);
    let eviction = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "x"}});
    assert_eq!(bench.call("POST", &format!("{pods}/x/eviction"), eviction.clone()).0, 429);
    bench.call("DELETE", &format!("{budgets}/all"), Json::Null);
    assert_eq!(bench.call("POST", &format!("{pods}/x/eviction"), eviction).0, 201);
    bench.pass(60);
    assert_eq!(bench.get(&format!("{pods}/x")).0, 404);
}

#[test]
fn an_event_is_the_same_in_both_groups() {
    let bench = Bench::new("");
    let event = json!({"apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "e"},
        "eventTime": "2023-11-14T22:13:20.000000Z", "reportingController": "tests", "reportingInstance": "tests-1",
        "action": "Try", "reason": "Tried", "type": "Normal", "note": "It was tried.",
        "regarding": {"kind": "Pod", "namespace": "default", "name": "x"}});
    let (code, made) = bench.call("POST", "/apis/events.k8s.io/v1/namespaces/default/events", event);
    assert_eq!((code, &made["note"]), (201, &json!("It was tried.")), "{made}");
    let core = bench.get("/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dx").1;
    assert_eq!(core["items"][0]["message"], "It was tried.");
    let named = bench.get("/apis/events.k8s.io/v1/namespaces/default/events/e").1;
    assert_eq!((&named["regarding"]["name"], &named["message"]), (&json!("x"), &Json::Null));
}

#[test]
fn a_webhook_that_is_not_called_is_warned_of() {
    let bench = Bench::new("");
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All";
    let mut crd = definition();
    let warning = |crd: &Json| {
        let reply = bench.reply("POST", path, "application/json", &crd.to_string());
        assert_eq!(reply.status(), 201, "{:?}", reply.body());
        reply.headers().get("warning").map(|text| text.to_str().unwrap().to_owned())
    };
    assert_eq!(warning(&crd), None);
    crd["spec"]["conversion"] = json!({"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v1"],
        "clientConfig": {"service": {"name": "hooks", "namespace": "default"}}}});
    assert!(warning(&crd).unwrap().starts_with("299 - \"the simulator calls no conversion webhook"));
}
