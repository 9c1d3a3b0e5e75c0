//! The service from outside: calls, their codes, and what becomes of things over time.

use serde_json::{Value as Json, json};

use super::super::bench::{Bench, group, path};
use crate::simulator::fault::Twist;

fn namespace() -> String {
    path("Microsoft.EventHub/namespaces/events")
}

fn hub() -> String {
    format!("{}/eventhubs/jobs", namespace())
}

fn of_tier(tier: &str) -> Json {
    json!({"location": "westeurope", "sku": {"name": tier}})
}

/// With a namespace of this tier in it, which is there already.
fn bench(tier: &str) -> Bench {
    let mut bench = Bench::new("2024-01-01");
    assert_eq!(bench.ask("PUT", &namespace(), of_tier(tier)).status, 201);
    bench.pass(120);
    bench
}

#[test]
fn a_namespace_is_made_changed_and_deleted_over_time() {
    let mut bench = Bench::new("2024-01-01");
    let made = bench.ask("PUT", &namespace(), of_tier("Standard"));
    assert_eq!((made.status, made.state(), made.location.as_deref()), (201, "Creating", None));
    assert_eq!(made.body["properties"]["serviceBusEndpoint"], "https://events.servicebus.windows.net:443/");
    let busy = bench.ask("PUT", &namespace(), of_tier("Standard"));
    assert_eq!((busy.status, busy.code()), (409, "Conflict"));
    assert_eq!(bench.ask("PUT", &hub(), json!({})).code(), "Conflict");
    bench.pass(120);
    let there = bench.get(&namespace());
    assert_eq!(
        (there.status, there.state(), &there.body["properties"]["status"]),
        (200, "Succeeded", &json!("Active"))
    );

    let change = json!({"tags": {"team": "a"}, "sku": {"name": "Standard", "capacity": 3}});
    let changed = bench.ask("PATCH", &namespace(), change);
    assert_eq!((changed.status, changed.state()), (200, "Updating"));
    bench.pass(60);
    let there = bench.get(&namespace());
    assert_eq!((&there.body["sku"]["capacity"], &there.body["tags"]["team"]), (&json!(3), &json!("a")));
    assert_eq!(bench.ask("PUT", &hub(), json!({})).status, 200);

    let goes = bench.ask("DELETE", &namespace(), Json::Null);
    let followed = goes.location.unwrap();
    assert_eq!((goes.status, bench.get(&followed).status, bench.get(&namespace()).state()), (202, 202, "Deleting"));
    bench.pass(120);
    assert_eq!((bench.get(&followed).status, bench.get(&namespace()).status), (204, 404));
    assert_eq!(bench.ask("DELETE", &namespace(), Json::Null).status, 204);
    assert_eq!(bench.world.objects().count(), 1, "only the group is left");
}

#[test]
fn a_namespace_that_failed_is_put_again() {
    let mut bench = Bench::new("2024-01-01");
    let body = of_tier("Standard");
    bench.ask_twisted("PUT", &namespace(), body.clone(), Some(Twist::Failed));
    bench.pass(120);
    assert_eq!(bench.get(&namespace()).state(), "Failed");
    assert_eq!(bench.ask("PUT", &namespace(), body).status, 200);
    bench.pass(120);
    assert_eq!(bench.get(&namespace()).state(), "Succeeded");
    let failed = bench.ask_twisted("DELETE", &namespace(), Json::Null, Some(Twist::Failed)).location.unwrap();
    bench.pass(120);
    assert_eq!((bench.get(&failed).status, bench.get(&namespace()).state()), (409, "Succeeded"));
}

#[test]
fn a_namespace_that_cannot_be_is_refused() {
    let with = |sku: Json, properties: Json| json!({"location": "westeurope", "sku": sku, "properties": properties});
    let cases = [
        (json!({}), "InvalidRequestContent"),
        (with(json!({"name": "Gold"}), json!({})), "InvalidRequestContent"),
        (with(json!({"name": "Basic", "tier": "Standard"}), json!({})), "BadRequest"),
        (with(json!({"name": "Premium", "capacity": 3}), json!({})), "BadRequest"),
        (
            with(json!({"name": "Basic"}), json!({"isAutoInflateEnabled": true, "maximumThroughputUnits": 2})),
            "BadRequest",
        ),
        (
            with(
                json!({"name": "Standard", "capacity": 3}),
                json!({"isAutoInflateEnabled": true, "maximumThroughputUnits": 2}),
            ),
            "BadRequest",
        ),
        (with(json!({"name": "Standard"}), json!({"maximumThroughputUnits": 2})), "BadRequest"),
        (with(json!({"name": "Basic"}), json!({"kafkaEnabled": true})), "BadRequest"),
        (with(json!({"name": "Basic"}), json!({"provisioningState": "Succeeded"})), "InvalidRequestContent"),
    ];
    let mut bench = Bench::new("2024-01-01");
    for (body, code) in cases {
        let refused = bench.ask("PUT", &namespace(), body.clone());
        assert_eq!((refused.status, refused.code()), (400, code), "{body}: {refused:?}");
    }
    for name in ["short", "9events", "events-", "events-sb", "ev_ents"] {
        let refused = bench.ask("PUT", &path(&format!("Microsoft.EventHub/namespaces/{name}")), of_tier("Basic"));
        assert_eq!((refused.status, refused.code()), (400, "BadRequest"), "{name}");
    }
    let nowhere = namespace().replace("/main/", "/other/");
    assert_eq!(bench.ask("PUT", &nowhere, of_tier("Basic")).code(), "ResourceGroupNotFound");
}

#[test]
fn names_are_shared_by_everyone_and_some_things_stay_as_they_are() {
    let mut bench = bench("Standard");
    bench.ask("PUT", &group("other"), json!({"location": "westeurope"}));
    let taken = bench.ask("PUT", &namespace().replace("/main/", "/other/"), of_tier("Basic"));
    assert_eq!((taken.status, taken.code()), (400, "BadRequest"));
    let check = format!("{}/checkNameAvailability", path("Microsoft.EventHub").replace("/resourceGroups/main", ""));
    let mut available = |name: &str| bench.ask("POST", &check, json!({"name": name})).body["nameAvailable"].clone();
    assert_eq!([available("EVENTS"), available("others"), available("x")], [json!(false), json!(true), json!(false)]);
    let cases = [
        (json!({"location": "northeurope", "sku": {"name": "Standard"}}), "InvalidResourceLocation"),
        (of_tier("Premium"), "BadRequest"),
        (
            json!({"location": "West Europe", "sku": {"name": "Standard"}, "properties": {"zoneRedundant": false}}),
            "BadRequest",
        ),
    ];
    for (body, code) in cases {
        assert_eq!(bench.ask("PUT", &namespace(), body.clone()).code(), code, "{body}");
    }
    let everywhere = format!("{}/namespaces", path("Microsoft.EventHub").replace("/resourceGroups/main", ""));
    assert_eq!(bench.get(&everywhere).body["value"].as_array().unwrap().len(), 1);
    assert_eq!(bench.get(&path("Microsoft.EventHub/namespaces")).body["value"][0]["name"], "events");
}

#[test]
fn an_event_hub_has_the_limits_of_its_tier() {
    let retention = |hours: i64| json!({"properties": {"retentionDescription": {"retentionTimeInHours": hours}}});
    let cases = [
        ("Basic", retention(25), 400),
        ("Basic", retention(24), 200),
        ("Standard", retention(169), 400),
        ("Premium", retention(169), 200),
        ("Standard", json!({"properties": {"partitionCount": 33}}), 400),
        ("Premium", json!({"properties": {"partitionCount": 33}}), 200),
        ("Basic", json!({"properties": {"retentionDescription": {"cleanupPolicy": "Compact"}}}), 400),
        ("Standard", json!({"properties": {"retentionDescription": {"tombstoneRetentionTimeInHours": 1}}}), 400),
        (
            "Standard",
            json!({"properties": {"messageRetentionInDays": 2, "retentionDescription": {"retentionTimeInHours": 24}}}),
            400,
        ),
        ("Standard", json!({"properties": {"userMetadata": "x".repeat(1025)}}), 400),
        ("Standard", json!({"properties": {"partitionIds": ["0"]}}), 400),
    ];
    for (tier, body, status) in cases {
        assert_eq!(bench(tier).ask("PUT", &hub(), body.clone()).status, status, "{tier} {body}");
    }
    let mut bench = bench("Standard");
    for number in 0..10 {
        assert_eq!(bench.ask("PUT", &format!("{}/eventhubs/hub{number}", namespace()), json!({})).status, 200);
    }
    bench.pass(10);
    assert_eq!(bench.ask("PUT", &hub(), json!({})).code(), "QuotaExceeded");
    assert_eq!(bench.ask("PUT", &format!("{}/eventhubs/-hub", namespace()), json!({})).code(), "BadRequest");
    let nowhere = hub().replace("/events/", "/nobody/");
    assert_eq!(bench.ask("PUT", &nowhere, json!({})).code(), "ParentResourceNotFound");
}

#[test]
fn an_event_hub_says_retention_both_ways_and_keeps_its_partitions() {
    let mut bench = bench("Standard");
    let made = bench.ask("PUT", &hub(), json!({"properties": {"messageRetentionInDays": 2, "partitionCount": 2}}));
    assert_eq!(made.body["properties"]["retentionDescription"]["retentionTimeInHours"], 48);
    assert_eq!(made.body["properties"]["partitionIds"], json!(["0", "1"]));
    bench.pass(10);
    let hours = json!({"properties": {"retentionDescription": {"retentionTimeInHours": 25}}});
    let changed = bench.ask("PUT", &hub(), hours);
    assert_eq!(
        (&changed.body["properties"]["messageRetentionInDays"], &changed.body["properties"]["partitionCount"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(bench.ask("PUT", &hub(), json!({"properties": {"partitionCount": 3}})).code(), "BadRequest");
    assert_eq!(bench.ask("DELETE", &hub(), Json::Null).status, 200);
    assert_eq!((bench.get(&hub()).status, bench.ask("DELETE", &hub(), Json::Null).status), (404, 204));
}

#[test]
fn consumer_groups_come_and_go_with_their_hub() {
    let mut bench = bench("Standard");
    let group = |name: &str| format!("{}/consumergroups/{name}", hub());
    assert_eq!(bench.ask("PUT", &group("worker"), json!({})).code(), "ParentResourceNotFound");
    bench.ask("PUT", &hub(), json!({}));
    bench.pass(10);
    assert_eq!(bench.get(&group("$Default")).status, 200);
    assert_eq!(bench.ask("DELETE", &group("$Default"), Json::Null).code(), "BadRequest");
    for number in 0..19 {
        let made = bench.ask("PUT", &group(&format!("worker{number}")), json!({"properties": {"userMetadata": "a"}}));
        assert_eq!((made.status, &made.body["properties"]["userMetadata"]), (200, &json!("a")));
    }
    assert_eq!(bench.ask("PUT", &group("more"), json!({})).code(), "QuotaExceeded");
    assert_eq!(bench.ask("PUT", &group("a%20b"), json!({})).code(), "BadRequest");
    assert_eq!(bench.get(&format!("{}/consumergroups", hub())).body["value"].as_array().unwrap().len(), 20);
    assert_eq!(bench.ask("DELETE", &group("worker0"), Json::Null).status, 200);
    assert_eq!(bench.ask("DELETE", &group("worker0"), Json::Null).status, 204);
    bench.ask("DELETE", &hub(), Json::Null);
    assert_eq!(bench.world.objects().count(), 2, "the group and the namespace are left");
}
