//! The body of a namespace, both ways. Makes no calls.

use azure_mgmt_servicebus::package_2024_01::models;
use serde_json::{Map, Value as Json, json};

use super::super::servicebus::members::{self, Form, Member, member};
use crate::value::{Attributes, Value};

const MEMBERS: &[Member] = &[
    member("minimum_tls_version", "minimumTlsVersion", Form::Plain),
    member("local_auth", "disableLocalAuth", Form::Not),
    member("public_network_access", "publicNetworkAccess", Form::Plain),
    member("zone_redundant", "zoneRedundant", Form::Plain),
    member("premium_messaging_partitions", "premiumMessagingPartitions", Form::Plain),
];
/// What can be written and no field stands for.
const OTHERS: &[&str] = &["encryption", "alternateName"];

/// What is sent to bring it about. Of what is there, it keeps what is not ours.
pub(super) fn written(
    desired: &Attributes,
    recorded: &Attributes,
    present: &Json,
    tags: Json,
) -> serde_json::Result<Json> {
    let text = |field: &str| desired.get(field).and_then(Value::as_str).unwrap_or_default();
    let mut properties = members::kept(MEMBERS, OTHERS, &present["properties"], recorded, desired);
    // Of other tiers it is told as 0, and may not be said.
    properties.retain(|name, value| name != "premiumMessagingPartitions" || *value != 0);
    properties.extend(members::written(MEMBERS, desired));
    let resource =
        models::TrackedResource { tags: Some(tags), ..models::TrackedResource::new(text("location").to_owned()) };
    let namespace = models::SbNamespace {
        sku: Some(sku(desired, recorded, present)?),
        properties: Some(serde_json::from_value(Json::Object(properties))?),
        ..models::SbNamespace::new(resource)
    };
    let mut body = members::without_nulls(serde_json::to_value(namespace)?);
    if let Some(identity) = identity(&present["identity"]) {
        body["identity"] = identity;
    }
    Ok(body)
}

fn sku(desired: &Attributes, recorded: &Attributes, present: &Json) -> serde_json::Result<models::SbSku> {
    let name = desired.get("sku").map_or(Json::Null, Value::to_json);
    let is_as_it_was = present["sku"]["name"] == name && !recorded.contains_key("capacity");
    let kept = present["sku"]["capacity"].as_i64().filter(|capacity| is_as_it_was && *capacity > 0);
    let capacity = desired.get("capacity").and_then(Value::as_i64).or(kept);
    Ok(models::SbSku {
        tier: Some(serde_json::from_value(name.clone())?),
        capacity: capacity.and_then(|capacity| i32::try_from(capacity).ok()),
        ..models::SbSku::new(serde_json::from_value(name)?)
    })
}

/// Without what Azure only tells.
fn identity(present: &Json) -> Option<Json> {
    let mut identity = json!({"type": present.get("type")?.as_str()?});
    if let Some(users) = present.get("userAssignedIdentities").and_then(Json::as_object) {
        identity["userAssignedIdentities"] =
            users.keys().map(|id| (id.clone(), json!({}))).collect::<Map<_, _>>().into();
    }
    Some(identity)
}

/// What a body says, as the spec would.
pub(super) fn read(body: &Json, recorded: &Attributes) -> Attributes {
    let mut attributes = members::read(MEMBERS, &body["properties"], recorded);
    attributes.retain(|name, value| name != "premium_messaging_partitions" || *value != Value::Integer(0));
    if let Some(sku) = body["sku"]["name"].as_str() {
        attributes.insert("sku".to_owned(), Value::from(sku));
    }
    if let Some(capacity) = body["sku"]["capacity"].as_i64().filter(|capacity| *capacity > 0) {
        attributes.insert("capacity".to_owned(), Value::Integer(capacity));
    }
    if let Some(host) = body["properties"]["serviceBusEndpoint"].as_str().and_then(host) {
        attributes.insert("endpoint".to_owned(), Value::from(format!("sb://{host}/")));
        attributes.insert("host".to_owned(), Value::from(host));
    }
    if let Some(state) = body["properties"]["provisioningState"].as_str() {
        attributes.insert("provisioning_state".to_owned(), Value::from(state));
    }
    attributes
}

/// The host in `https://orders.servicebus.windows.net:443/`.
fn host(endpoint: &str) -> Option<&str> {
    let (_, rest) = endpoint.split_once("://")?;
    rest.split([':', '/']).next().filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(json: Json) -> Attributes {
        let Value::Map(map) = Value::from(json) else { panic!("a map") };
        map
    }

    fn sent(desired: Json, recorded: Json, present: Json) -> Json {
        written(&spec(desired), &spec(recorded), &present, json!({"a": "b"})).unwrap()
    }

    #[test]
    fn a_new_one_is_what_the_stack_says() {
        let desired = json!({"name": "orders", "location": "westeurope", "sku": "Premium", "capacity": 4,
            "premium_messaging_partitions": 2, "minimum_tls_version": "1.2", "local_auth": false,
            "public_network_access": "Disabled", "zone_redundant": true});
        let expected = json!({
            "location": "westeurope", "tags": {"a": "b"}, "sku": {"name": "Premium", "tier": "Premium", "capacity": 4},
            "properties": {"premiumMessagingPartitions": 2, "minimumTlsVersion": "1.2", "disableLocalAuth": true,
                "publicNetworkAccess": "Disabled", "zoneRedundant": true},
        });
        assert_eq!(sent(desired, json!({}), Json::Null), expected);
    }

    #[test]
    fn what_others_have_set_stays() {
        let present = json!({
            "sku": {"name": "Premium", "capacity": 2},
            "identity": {"type": "UserAssigned", "principalId": "p",
                "userAssignedIdentities": {"/x": {"clientId": "c", "principalId": "p"}}},
            "properties": {"encryption": {"keySource": "Microsoft.KeyVault"}, "zoneRedundant": true, "status": "Active",
                "createdAt": "2026-01-01T00:00:00Z", "provisioningState": "Succeeded"},
        });
        let desired = json!({"location": "x", "sku": "Premium"});
        let body = sent(desired.clone(), json!({}), present.clone());
        assert_eq!(body["sku"], json!({"name": "Premium", "tier": "Premium", "capacity": 2}));
        assert_eq!(body["identity"], json!({"type": "UserAssigned", "userAssignedIdentities": {"/x": {}}}));
        assert_eq!(body["properties"]["zoneRedundant"], true);
        assert_eq!(body["properties"]["encryption"]["keySource"], "Microsoft.KeyVault");
        assert_eq!(body["properties"].get("createdAt"), None);
        // What was ours and is not said any more is left to Azure.
        assert_eq!(sent(desired, json!({"capacity": 2}), present)["sku"].get("capacity"), None);
    }

    #[test]
    fn a_body_is_read_as_the_spec_would_say_it() {
        let body = json!({"sku": {"name": "Standard", "tier": "Standard"}, "properties": {
            "serviceBusEndpoint": "https://orders.servicebus.windows.net:443/", "premiumMessagingPartitions": 0,
            "disableLocalAuth": true, "provisioningState": "Succeeded"}});
        let expected = json!({"sku": "Standard", "local_auth": false, "provisioning_state": "Succeeded",
            "endpoint": "sb://orders.servicebus.windows.net/", "host": "orders.servicebus.windows.net"});
        assert_eq!(read(&body, &Attributes::new()), spec(expected));
    }
}
