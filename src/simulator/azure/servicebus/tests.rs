//! The service from outside: calls, their codes, and what becomes of things over time.

mod keys;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value as Json, json};

use crate::simulator::World;
use crate::simulator::azure::bench::exchange;
use crate::simulator::exchange::ServedAt;
use crate::simulator::fault::Twist;

const GROUP: &str = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/main";
const OTHER_GROUP: &str = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/main";

struct Bench {
    world: World,
    seconds: u64,
}

struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Json,
}

impl Answer {
    fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }
}

fn space(name: &str) -> String {
    format!("{GROUP}/providers/Microsoft.ServiceBus/namespaces/{name}")
}

impl Bench {
    fn new() -> Self {
        let mut bench = Self { world: World::new(7), seconds: 1_700_000_000 };
        for group in [GROUP, OTHER_GROUP] {
            assert_eq!(bench.ask("PUT", group, json!({"location": "westeurope"})).status, 201);
        }
        bench
    }

    /// With a namespace that is active.
    fn with(sku: Json) -> Self {
        let mut bench = Self::new();
        let body = json!({"location": "West Europe", "sku": sku});
        assert_eq!(bench.ask("PUT", &space("orders"), body).status, 201);
        bench.seconds += 120;
        bench
    }

    fn ask(&mut self, method: &str, path: &str, body: Json) -> Answer {
        self.ask_with(method, path, body, None)
    }

    fn ask_with(&mut self, method: &str, path: &str, body: Json, twist: Option<Twist>) -> Answer {
        let version = match (path.contains("api-version"), path.contains('?')) {
            (true, _) => "",
            (_, true) => "&api-version=2024-01-01",
            (_, false) => "?api-version=2024-01-01",
        };
        let uri = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("https://management.azure.com{path}{version}")
        };
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let mut request = http::Request::builder().method(method).uri(uri).body(body).unwrap();
        request.extensions_mut().insert(ServedAt("management.azure.com".to_owned()));
        let reply = exchange(&mut self.world, Duration::from_secs(self.seconds), &request, twist);
        let headers = reply.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let body = serde_json::from_slice(reply.body()).unwrap_or_default();
        Answer { status: reply.status().as_u16(), headers, body }
    }

    fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, Json::Null)
    }

    fn put(&mut self, path: &str, properties: Json) -> Answer {
        self.ask("PUT", path, json!({"properties": properties}))
    }

    fn state(&mut self, path: &str) -> String {
        self.get(path).body["properties"]["provisioningState"].as_str().unwrap_or_default().to_owned()
    }
}

#[test]
fn a_namespace_takes_its_time() {
    let mut bench = Bench::new();
    let body = json!({"location": "westeurope", "sku": {"name": "Standard"}, "tags": {"a": "b"}});
    let made = bench.ask("PUT", &space("Orders"), body.clone());
    assert_eq!((made.status, &made.body["properties"]["provisioningState"]), (201, &json!("Creating")));
    let location = made.headers["location"].clone();
    assert_eq!(bench.get(&location).status, 202);
    // It is on its way.
    let again = bench.ask("PUT", &space("orders"), body.clone());
    assert_eq!((again.status, again.code()), (409, "Conflict"));
    let early = bench.put(&format!("{}/queues/jobs", space("orders")), json!({}));
    assert_eq!((early.status, early.code()), (409, "Conflict"));
    bench.seconds += 120;
    let done = bench.get(&location);
    assert_eq!((done.status, &done.body["name"]), (200, &json!("Orders")));
    let found = bench.get(&space("ORDERS")).body;
    assert_eq!(
        (&found["properties"]["status"], &found["properties"]["serviceBusEndpoint"], &found["sku"]),
        (
            &json!("Active"),
            &json!("https://Orders.servicebus.windows.net:443/"),
            &json!({"name": "Standard", "tier": "Standard"})
        )
    );
    // Nothing but tags: at once. Anything else: later.
    let tags = bench.ask("PATCH", &space("orders"), json!({"tags": {}}));
    assert_eq!((tags.status, &tags.body["tags"]), (200, &json!({})));
    let changed = bench.ask("PATCH", &space("orders"), json!({"properties": {"disableLocalAuth": true}}));
    assert_eq!((changed.status, &changed.body["properties"]["provisioningState"]), (202, &json!("Updating")));
    bench.seconds += 60;
    assert_eq!(bench.get(&space("orders")).body["properties"]["disableLocalAuth"], true);
    assert_eq!(bench.put(&format!("{}/queues/jobs", space("orders")), json!({})).status, 200);
    let gone = bench.ask("DELETE", &space("orders"), Json::Null);
    assert_eq!((gone.status, bench.state(&space("orders")).as_str()), (202, "Deleting"));
    let late = bench.put(&format!("{}/queues/late", space("orders")), json!({}));
    assert_eq!((late.status, late.message().contains("is being deleted")), (409, true));
    bench.seconds += 120;
    assert_eq!(bench.get(&gone.headers["location"]).status, 204);
    assert_eq!(bench.get(&space("orders")).code(), "ResourceNotFound");
    assert_eq!(bench.ask("DELETE", &space("orders"), Json::Null).status, 204);
    let left: Vec<_> = bench.world.objects().filter(|key| key.contains("servicebus")).map(str::to_owned).collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn names_are_shared_by_everyone() {
    let mut bench = Bench::with(json!({"name": "Basic"}));
    let (subscription, _) = OTHER_GROUP.split_once("/resourceGroups").unwrap();
    let check = format!("{subscription}/providers/Microsoft.ServiceBus/checkNameAvailability");
    let mut available = |name: &str| {
        let answer = bench.ask("POST", &check, json!({"name": name}));
        (answer.status, answer.body["nameAvailable"].clone(), answer.body["reason"].clone())
    };
    assert_eq!(available("ORDERS"), (200, json!(false), json!("NameInUse")));
    assert_eq!(available("bad"), (200, json!(false), json!("InvalidName")));
    assert_eq!(available("invoices"), (200, json!(true), json!("None")));
    let taken = bench.ask(
        "PUT",
        &format!("{OTHER_GROUP}/providers/Microsoft.ServiceBus/namespaces/orders"),
        json!({"location": "westeurope"}),
    );
    assert_eq!((taken.status, taken.code()), (400, "BadRequest"));
}

/// Service Bus and Event Hubs have one domain for the hosts of both.
#[test]
fn a_name_of_the_one_service_is_none_of_the_other() {
    let services = ["Microsoft.ServiceBus", "Microsoft.EventHub"];
    for (one, other) in [(services[0], services[1]), (services[1], services[0])] {
        let mut bench = Bench::new();
        let at = |group: &str, of: &str, name: &str| format!("{group}/providers/{of}/namespaces/{name}");
        let body = || json!({"location": "westeurope", "sku": {"name": "Standard"}});
        assert_eq!(bench.ask("PUT", &at(GROUP, one, "Orders"), body()).status, 201);
        for group in [GROUP, OTHER_GROUP] {
            let taken = bench.ask("PUT", &at(group, other, "orders"), body());
            assert_eq!((taken.status, taken.code()), (400, "BadRequest"), "{other} {group}");
            assert!(taken.message().contains("The specified name is not available"), "{}", taken.message());
        }
        let check = GROUP.replace("/resourceGroups/main", &format!("/providers/{other}/checkNameAvailability"));
        assert_eq!(bench.ask("POST", &check, json!({"name": "ORDERS"})).body["reason"], "NameInUse");
        bench.seconds += 120;
        assert_eq!(bench.ask("DELETE", &at(GROUP, one, "orders"), Json::Null).status, 202);
        bench.seconds += 120;
        assert_eq!(bench.ask("PUT", &at(GROUP, other, "orders"), body()).status, 201);
    }
}

#[test]
fn what_is_wrong_with_a_namespace_is_refused() {
    let mut bench = Bench::with(json!({"name": "Standard"}));
    let premium = json!({"name": "Premium", "capacity": 3});
    let cases = [
        (json!({"sku": {"name": "Standard"}}), "InvalidRequestContent"),
        (json!({"location": "westeurope", "sku": {"name": "Free"}}), "InvalidRequestContent"),
        (json!({"location": "westeurope", "properties": {"provisioningState": "x"}}), "InvalidRequestContent"),
        (json!({"location": "northeurope", "sku": {"name": "Standard"}}), "InvalidResourceLocation"),
        (json!({"location": "westeurope", "sku": {"name": "Premium"}}), "BadRequest"),
        (json!({"location": "westeurope", "sku": {"name": "Standard", "capacity": 1}}), "BadRequest"),
        (json!({"location": "westeurope", "sku": {"name": "Standard", "tier": "Basic"}}), "BadRequest"),
        (json!({"location": "westeurope", "properties": {"zoneRedundant": true}}), "BadRequest"),
        (json!({"location": "westeurope", "properties": {"premiumMessagingPartitions": 2}}), "BadRequest"),
    ];
    for (body, code) in cases {
        assert_eq!(bench.ask("PUT", &space("orders"), body.clone()).code(), code, "{body}");
    }
    for name in ["short", "1orders", "orders-", "orders-sb", "or_ders"] {
        let answer = bench.ask("PUT", &space(name), json!({"location": "westeurope"}));
        assert_eq!(answer.code(), "BadRequest", "{name}");
    }
    let answer = bench.ask("PUT", &space("premium"), json!({"location": "westeurope", "sku": premium}));
    assert_eq!(answer.code(), "BadRequest");
}

#[test]
fn a_namespace_may_fail_or_never_be_done() {
    let mut bench = Bench::new();
    let body = json!({"location": "westeurope"});
    let failed = bench.ask_with("PUT", &space("orders"), body.clone(), Some(Twist::Failed));
    bench.seconds += 120;
    let end = bench.get(&failed.headers["location"]);
    assert_eq!((end.status, bench.state(&space("orders")).as_str()), (409, "Failed"));
    assert_eq!(bench.put(&format!("{}/queues/jobs", space("orders")), json!({})).status, 409);
    // Put again, it may well come about.
    assert_eq!(bench.ask("PUT", &space("orders"), body.clone()).status, 202);
    bench.seconds += 60;
    assert_eq!(bench.state(&space("orders")), "Succeeded");
    bench.ask_with("PUT", &space("stuck1"), body, Some(Twist::Stuck));
    bench.seconds += 100_000;
    assert_eq!(bench.state(&space("stuck1")), "Creating");
    assert_eq!(bench.ask("DELETE", &space("stuck1"), Json::Null).status, 202);
    bench.seconds += 120;
    assert_eq!(bench.get(&space("stuck1")).status, 404);
}

#[test]
fn a_queue_is_filled_in() {
    let mut bench = Bench::with(json!({"name": "Standard"}));
    let path = format!("{}/queues/jobs", space("orders"));
    let made = bench.put(&path, json!({"lockDuration": "PT90S", "maxDeliveryCount": 3, "forwardTo": null}));
    assert_eq!(made.status, 200);
    let expected = json!({
        "lockDuration": "PT1M30S", "maxSizeInMegabytes": 1024, "maxMessageSizeInKilobytes": 256,
        "requiresDuplicateDetection": false, "requiresSession": false,
        "defaultMessageTimeToLive": "P10675199DT2H48M5.4775807S", "deadLetteringOnMessageExpiration": false,
        "enableBatchedOperations": true, "duplicateDetectionHistoryTimeWindow": "PT10M", "maxDeliveryCount": 3,
        "status": "Active", "autoDeleteOnIdle": "P10675199DT2H48M5.4775807S", "enablePartitioning": false,
        "enableExpress": false, "sizeInBytes": 0, "messageCount": 0,
        "countDetails": {"activeMessageCount": 0, "deadLetterMessageCount": 0, "scheduledMessageCount": 0,
            "transferMessageCount": 0, "transferDeadLetterMessageCount": 0},
        "createdAt": "2023-11-14T22:15:20Z", "updatedAt": "2023-11-14T22:15:20Z", "accessedAt": "0001-01-01T00:00:00Z",
    });
    assert_eq!(made.body["properties"], expected);
    assert_eq!((&made.body["id"], &made.body["name"]), (&json!(path), &json!("jobs")));
    bench.seconds += 10;
    let changed = bench.put(&path, json!({"status": "Disabled"}));
    let properties = &changed.body["properties"];
    // What is not said is as it was at first.
    assert_eq!((&properties["maxDeliveryCount"], &properties["status"]), (&json!(10), &json!("Disabled")));
    assert_eq!(
        (&properties["createdAt"], &properties["updatedAt"]),
        (&json!("2023-11-14T22:15:20Z"), &json!("2023-11-14T22:15:30Z"))
    );
    assert_eq!(bench.ask("DELETE", &path, Json::Null).status, 200);
    assert_eq!((bench.ask("DELETE", &path, Json::Null).status, bench.get(&path).status), (204, 404));
}

#[test]
fn tiers_fill_in_and_refuse_what_is_theirs() {
    let refused = |sku: &Json, path: &str, properties: &Json| {
        let mut bench = Bench::with(sku.clone());
        let answer = bench.put(&format!("{}/{path}", space("orders")), properties.clone());
        (answer.code().to_owned(), answer.body["properties"].clone())
    };
    let (basic, standard, premium) =
        (json!({"name": "Basic"}), json!({"name": "Standard"}), json!({"name": "Premium"}));
    let bad = [
        (&basic, "topics/t", json!({})),
        (&basic, "queues/q", json!({"requiresSession": true})),
        (&basic, "queues/q", json!({"requiresDuplicateDetection": true})),
        (&basic, "queues/q", json!({"autoDeleteOnIdle": "PT1H"})),
        (&basic, "queues/q", json!({"defaultMessageTimeToLive": "P15D"})),
        (&standard, "queues/q", json!({"maxMessageSizeInKilobytes": 1024})),
        (&standard, "queues/q", json!({"maxSizeInMegabytes": 10_240})),
        (&standard, "queues/q", json!({"maxSizeInMegabytes": 1000})),
        (&standard, "queues/q", json!({"lockDuration": "PT6M"})),
        (&standard, "queues/q", json!({"duplicateDetectionHistoryTimeWindow": "PT10S"})),
        (&standard, "queues/q", json!({"autoDeleteOnIdle": "PT4M"})),
        (&standard, "queues/q", json!({"forwardTo": "nowhere"})),
        (&standard, "queues/q", json!({"forwardTo": "Q"})),
        (&standard, "queues/-q", json!({})),
        (&premium, "queues/q", json!({"enableExpress": true})),
        (&premium, "queues/q", json!({"enablePartitioning": true})),
    ];
    for (sku, path, properties) in &bad {
        assert_eq!(refused(sku, path, properties).0, "BadRequest", "{sku} {path} {properties}");
    }
    for (properties, code) in [
        (json!({"messageCount": 1}), "InvalidRequestContent"),
        (json!({"maxDeliveryCount": 0}), "InvalidRequestContent"),
        (json!({"maxDeliveryCount": 2001}), "InvalidRequestContent"),
        (json!({"lockDuration": "1m"}), "InvalidRequestContent"),
    ] {
        assert_eq!(refused(&standard, "queues/q", &properties).0, code, "{properties}");
    }
    let of = |sku: &Json, properties: Json| refused(sku, "queues/q", &properties).1;
    assert_eq!(of(&basic, json!({}))["defaultMessageTimeToLive"], "P14D");
    assert_eq!(of(&premium, json!({"maxSizeInMegabytes": 81_920}))["maxMessageSizeInKilobytes"], 1024);
    assert_eq!(of(&standard, json!({"enablePartitioning": true}))["maxSizeInMegabytes"], 16_384);
}

#[test]
fn what_is_made_once_is_not_made_another() {
    let mut bench = Bench::with(json!({"name": "Standard"}));
    let path = format!("{}/queues/jobs", space("orders"));
    bench.put(&path, json!({"requiresSession": true}));
    for properties in [
        json!({}),
        json!({"requiresSession": true, "requiresDuplicateDetection": true}),
        json!({"requiresSession": true, "enablePartitioning": true}),
        json!({"requiresSession": true, "forwardTo": "other"}),
    ] {
        let answer = bench.put(&path, properties.clone());
        assert_eq!((answer.status, answer.message().starts_with("SubCode=40000.")), (400, true), "{properties}");
    }
    assert_eq!(bench.put(&path, json!({"requiresSession": true, "maxDeliveryCount": 1})).status, 200);
    let topic = bench.put(&format!("{}/topics/Jobs", space("orders")), json!({}));
    assert_eq!((topic.status, topic.code()), (409, "Conflict"));
}

#[test]
fn a_subscription_begins_with_a_rule_that_takes_everything() {
    let mut bench = Bench::with(json!({"name": "Standard"}));
    let topic = format!("{}/topics/events", space("orders"));
    let subscription = format!("{topic}/subscriptions/billing");
    let early = bench.put(&subscription, json!({}));
    assert_eq!((early.status, early.code()), (404, "ParentResourceNotFound"));
    assert_eq!(bench.put(&topic, json!({"supportOrdering": true})).status, 200);
    let looped = bench.put(&subscription, json!({"forwardTo": "events"}));
    assert_eq!(looped.code(), "BadRequest");
    assert_eq!(bench.put(&subscription, json!({})).body["properties"]["maxDeliveryCount"], 10);
    assert_eq!(bench.get(&topic).body["properties"]["subscriptionCount"], 1);
    let rules = bench.get(&format!("{subscription}/rules")).body;
    assert_eq!(rules["value"][0]["name"], "$Default");
    let rule = |name: &str| format!("{subscription}/rules/{name}");
    let filter =
        json!({"filterType": "CorrelationFilter", "correlationFilter": {"label": "a", "properties": {"b": "c"}}});
    assert_eq!(bench.put(&rule("labels"), filter).status, 200);
    assert_eq!(bench.put(&rule("wrong"), json!({"filterType": "CorrelationFilter"})).code(), "BadRequest");
    let sql = bench
        .put(&rule("sql"), json!({"sqlFilter": {"sqlExpression": "a = 1"}, "action": {"sqlExpression": "SET b = 1"}}));
    assert_eq!(sql.body["properties"]["sqlFilter"]["compatibilityLevel"], 20);
    assert_eq!(bench.ask("DELETE", &rule("$Default"), Json::Null).status, 200);
    assert_eq!(bench.get(&format!("{subscription}/rules")).body["value"].as_array().unwrap().len(), 2);
    assert_eq!(bench.ask("DELETE", &topic, Json::Null).status, 200);
    let left: Vec<_> = bench.world.objects().filter(|key| key.contains("/topics/")).map(str::to_owned).collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn lists_come_in_parts() {
    let mut bench = Bench::with(json!({"name": "Standard"}));
    for number in 0..120 {
        bench.put(&format!("{}/queues/q{number:03}", space("orders")), json!({}));
    }
    let first = bench.get(&format!("{}/queues", space("orders"))).body;
    assert_eq!(first["value"].as_array().unwrap().len(), 100);
    let rest = bench.get(first["nextLink"].as_str().unwrap()).body;
    assert_eq!((rest["value"].as_array().unwrap().len(), rest.get("nextLink")), (20, None));
    let some = bench.get(&format!("{}/queues?$skip=5&$top=2", space("orders"))).body;
    let names: Vec<_> = some["value"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, [json!("q005"), json!("q006")]);
    let (subscription, _) = GROUP.split_once("/resourceGroups").unwrap();
    for place in [GROUP, subscription] {
        let all = bench.get(&format!("{place}/providers/Microsoft.ServiceBus/namespaces")).body;
        assert_eq!((all["value"].as_array().unwrap().len(), &all["value"][0]["name"]), (1, &json!("orders")));
    }
}

/// Members and values of 2026-01-01, which Microsoft's libraries send.
#[test]
fn what_newer_versions_have_is_taken() {
    let mut bench = Bench::with(json!({"name": "Standard"}));
    let space = space("orders");
    let properties = json!({"userMetadata": "of a test"});
    for path in ["queues/jobs", "topics/news", "topics/news/subscriptions/reader"] {
        let made = bench.put(&format!("{space}/{path}"), properties.clone());
        assert_eq!((made.status, &made.body["properties"]["userMetadata"]), (200, &json!("of a test")), "{path}");
    }
    let patched = bench.ask("PATCH", &space, json!({"properties": {"minimumTlsVersion": "1.3"}}));
    assert_eq!((patched.status, &patched.body["properties"]["minimumTlsVersion"]), (202, &json!("1.3")));
}
