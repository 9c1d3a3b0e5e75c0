//! The service from outside: calls, their codes, and what becomes of things over time.

use serde_json::{Value as Json, json};

use super::super::SUBSCRIPTION;
use super::super::bench::{Bench, group, path};
use crate::simulator::fault::Twist;

fn account() -> String {
    path("Microsoft.Storage/storageAccounts/things")
}

fn queue(name: &str) -> String {
    format!("{}/queueServices/default/queues/{name}", account())
}

fn body() -> Json {
    json!({"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"})
}

/// With an account in it, which is there already.
fn bench() -> Bench {
    let mut bench = Bench::new("2025-01-01");
    assert_eq!(bench.ask("PUT", &account(), body()).status, 202);
    bench.pass(60);
    bench
}

#[test]
fn an_account_is_made_over_time_and_changed_and_deleted_at_once() {
    let mut bench = Bench::new("2025-01-01");
    let made = bench.ask("PUT", &account(), body());
    let followed = made.location.unwrap();
    assert_eq!((made.status, made.body, bench.get(&followed).status), (202, Json::Null, 202));
    assert_eq!(bench.get(&account()).state(), "Creating");
    for (method, path) in [("PUT", account()), ("DELETE", account()), ("PUT", queue("jobs"))] {
        let asked = if path == account() { body() } else { json!({}) };
        let busy = bench.ask(method, &path, asked);
        assert_eq!((busy.status, busy.code()), (409, "StorageAccountOperationInProgress"), "{method} {path}");
    }
    bench.pass(60);
    let done = bench.get(&followed);
    assert_eq!((done.status, done.state(), &done.body["name"]), (200, "Succeeded", &json!("things")));
    assert_eq!(done.body["properties"]["primaryEndpoints"]["queue"], "https://things.queue.core.windows.net/");

    let mut changed = body();
    changed["sku"] = json!({"name": "Standard_RAGRS"});
    assert_eq!(bench.ask("PUT", &account(), changed).status, 200);
    let patched = bench.ask("PATCH", &account(), json!({"tags": {"team": "a"}, "properties": {"accessTier": "Cool"}}));
    assert_eq!((patched.status, &patched.body["sku"]["name"]), (200, &json!("Standard_RAGRS")));
    assert_eq!((&patched.body["properties"]["accessTier"], patched.state()), (&json!("Cool"), "Succeeded"));
    assert_eq!(
        bench.ask("POST", &format!("{}/listKeys", account()), Json::Null).body["keys"].as_array().unwrap().len(),
        2
    );
    bench.ask("PATCH", &account(), json!({"properties": {"allowSharedKeyAccess": false}}));
    let kept = bench.ask("POST", &format!("{}/listKeys", account()), Json::Null);
    assert_eq!(kept.code(), "KeyBasedAuthenticationNotPermitted");

    bench.ask("PUT", &queue("jobs"), json!({}));
    assert_eq!(bench.ask("DELETE", &account(), Json::Null).status, 200);
    assert_eq!((bench.get(&account()).status, bench.ask("DELETE", &account(), Json::Null).status), (404, 204));
    assert_eq!(bench.world.objects().count(), 1, "only the group is left");
}

#[test]
fn an_account_that_failed_is_put_again() {
    let mut bench = Bench::new("2025-01-01");
    let failed = bench.ask_twisted("PUT", &account(), body(), Some(Twist::Failed)).location.unwrap();
    bench.pass(60);
    assert_eq!((bench.get(&failed).status, bench.get(&account()).state()), (409, "Failed"));
    assert_eq!(bench.ask("PUT", &account(), body()).status, 202);
    bench.pass(60);
    assert_eq!(bench.get(&account()).state(), "Succeeded");
}

#[test]
fn an_account_that_cannot_be_is_refused() {
    let mut bench = bench();
    for name in ["ab", "Others", "a-b-c", "abcdefghijklmnopqrstuvwxy"] {
        let refused = bench.ask("PUT", &path(&format!("Microsoft.Storage/storageAccounts/{name}")), body());
        assert_eq!((refused.status, refused.code()), (400, "AccountNameInvalid"), "{name}");
    }
    let cases = [
        ("sku", Json::Null, "InvalidRequestContent"),
        ("kind", json!("Box"), "InvalidRequestContent"),
        ("colour", json!("red"), "InvalidRequestContent"),
        ("properties", json!({"provisioningState": "Succeeded"}), "InvalidRequestContent"),
        ("properties", json!({"isHnsEnabled": true}), "AccountPropertyCannotBeUpdated"),
        ("kind", json!("BlobStorage"), "AccountPropertyCannotBeUpdated"),
        ("sku", json!({"name": "Standard_ZRS"}), "StorageAccountTypeConversionNotAllowed"),
        ("location", json!("northeurope"), "InvalidResourceLocation"),
    ];
    for (name, value, code) in cases {
        let mut wrong = body();
        wrong[name] = value;
        assert_eq!(bench.ask("PUT", &account(), wrong.clone()).code(), code, "{wrong}");
    }
}

#[test]
fn names_are_shared_by_everyone() {
    let mut bench = bench();
    bench.ask("PUT", &group("other"), json!({"location": "westeurope"}));
    let elsewhere = account().replace("/main/", "/other/");
    assert_eq!(bench.ask("PUT", &elsewhere, body()).code(), "StorageAccountInAnotherResourceGroup");
    let another = "44444444-4444-4444-8444-444444444444";
    bench.ask("PUT", &group("main").replace(SUBSCRIPTION, another), json!({"location": "westeurope"}));
    let taken = bench.ask("PUT", &account().replace(SUBSCRIPTION, another), body());
    assert_eq!(taken.code(), "StorageAccountAlreadyTaken");
    let check = format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Storage/checkNameAvailability");
    let asked = |name: &str| json!({"name": name, "type": "Microsoft.Storage/storageAccounts"});
    let told = bench.ask("POST", &check, asked("things")).body;
    assert_eq!((&told["nameAvailable"], &told["reason"]), (&json!(false), &json!("AlreadyExists")));
    assert_eq!(bench.ask("POST", &check, asked("others")).body["nameAvailable"], true);
    let all = format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Storage/storageAccounts");
    assert_eq!(bench.get(&all).body["value"].as_array().unwrap().len(), 1);
}

#[test]
fn a_queues_name_is_held_for_a_while_after_it_is_deleted() {
    let mut bench = bench();
    let asked = json!({"properties": {"metadata": {"team": "a"}}});
    assert_eq!(bench.ask("PUT", &queue("jobs"), asked.clone()).status, 200);
    assert_eq!(bench.get(&queue("jobs")).body["properties"]["metadata"]["team"], "a");
    let listed = bench.get(&format!("{}/queueServices/default/queues", account()));
    assert_eq!(listed.body["value"][0]["name"], "jobs");
    let patched = bench.ask("PATCH", &queue("jobs"), json!({"properties": {"metadata": {"team": "b"}}}));
    assert_eq!(patched.body["properties"]["metadata"], json!({"team": "b"}));
    assert_eq!(bench.ask("DELETE", &queue("jobs"), Json::Null).status, 204);
    let gone = bench.ask("DELETE", &queue("jobs"), Json::Null);
    assert_eq!((gone.status, gone.code()), (404, "QueueNotFound"));
    let held = bench.ask("PUT", &queue("jobs"), asked.clone());
    assert_eq!((held.status, held.code()), (409, "QueueBeingDeleted"));
    bench.pass(60);
    assert_eq!(bench.ask("PUT", &queue("jobs"), asked.clone()).status, 200);

    // An account made anew has no such memory.
    bench.ask("DELETE", &queue("jobs"), Json::Null);
    bench.ask("DELETE", &account(), Json::Null);
    bench.ask("PUT", &account(), body());
    bench.pass(25);
    bench.pass(15);
    assert_eq!(bench.ask("PUT", &queue("jobs"), asked).status, 200);
}

#[test]
fn a_queue_that_cannot_be_is_refused() {
    let mut bench = bench();
    for name in ["ab", "a--b", "-abc", "abc-", "Jobs"] {
        assert_eq!(bench.ask("PUT", &queue(name), json!({})).code(), "InvalidResourceName", "{name}");
    }
    for metadata in [json!({"a-b": "x"}), json!({"9": "x"}), json!({"a": "ü"})] {
        let refused = bench.ask("PUT", &queue("jobs"), json!({"properties": {"metadata": metadata}}));
        assert_eq!((refused.status, refused.code()), (400, "InvalidMetadata"), "{metadata}");
    }
    let nowhere = queue("jobs").replace("/things/", "/nobody/");
    assert_eq!(bench.ask("PUT", &nowhere, json!({})).code(), "ParentResourceNotFound");
    let other = queue("jobs").replace("/default/", "/other/");
    assert_eq!(bench.ask("PUT", &other, json!({})).status, 404);
    assert_eq!(bench.get(&format!("{}/queueServices/default", account())).status, 200);
}
