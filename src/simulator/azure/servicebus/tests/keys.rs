//! Rules and their keys.

use super::*;

#[test]
fn keys_are_listed_and_made_anew() {
    let mut bench = Bench::with(json!({"name": "Standard"}));
    let root = format!("{}/AuthorizationRules/RootManageSharedAccessKey", space("orders"));
    let keys = bench.ask("POST", &format!("{root}/listKeys"), Json::Null);
    let text = |body: &Json, name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let begins =
        "Endpoint=sb://orders.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=";
    assert!(text(&keys.body, "primaryConnectionString").starts_with(begins));
    let again = bench.ask("POST", &format!("{root}/listKeys"), Json::Null);
    assert_eq!(again.body, keys.body);
    let renewed = bench.ask("POST", &format!("{root}/regenerateKeys"), json!({"keyType": "PrimaryKey"})).body;
    assert_ne!(renewed["primaryKey"], keys.body["primaryKey"]);
    assert_eq!(renewed["secondaryKey"], keys.body["secondaryKey"]);
    bench.put(&format!("{}/queues/jobs", space("orders")), json!({}));
    let rule = format!("{}/queues/jobs/authorizationRules/worker", space("orders"));
    assert_eq!(bench.put(&rule, json!({"rights": ["Manage"]})).code(), "BadRequest");
    assert_eq!(bench.put(&rule, json!({"rights": ["Listen"]})).status, 200);
    let own = bench.ask("POST", &format!("{rule}/listKeys"), Json::Null).body;
    assert!(text(&own, "primaryConnectionString").ends_with(";EntityPath=jobs"));
    let listed = bench.get(&format!("{}/authorizationRules", space("orders"))).body;
    assert_eq!(listed["value"].as_array().unwrap().len(), 1);
    assert_eq!(bench.ask("DELETE", &rule, Json::Null).status, 200);
}
