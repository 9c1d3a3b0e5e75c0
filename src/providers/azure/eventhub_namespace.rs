//! `azure.eventhub_namespace`: what a namespace of Event Hubs may say, and its calls.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::arm::At;
use super::client::Azure;
use super::{fields, ownership};
use crate::provider::{
    Field, FieldType, Finding, Observed, Operation, Output, ProviderError, ResourceType, Schema, Target,
};
use crate::providers::cloud::{Calls, Wire};
use crate::value::{Attributes, Kind, Path, Value};

const VERSION: &str = "2024-01-01";
const NAMED_BY: [&str; 2] = ["resource_group", "name"];
const PREMIUM: &str = "Premium";
/// How many processing units a namespace of the tier Premium may have.
const UNITS: [i64; 5] = [1, 2, 4, 8, 16];
/// What others may have set, and a PUT without it would reset.
const KEPT: [&str; 5] = ["alternateName", "clusterArmId", "encryption", "kafkaEnabled", "zoneRedundant"];

pub(super) struct EventHubNamespace {
    schema: Schema,
}

impl EventHubNamespace {
    pub(super) fn new() -> Self {
        let outputs = vec![
            Output::new("id", Kind::String, "The id in Azure's Resource Manager, as scopes name it"),
            Output::new("host", Kind::String, "Where events are sent and received: `NAME.servicebus.windows.net`"),
            fields::state_output(),
        ];
        Self { schema: Schema { spec: spec(), outputs } }
    }
}

fn spec() -> Vec<Field> {
    let name = FieldType::pattern(
        "[a-zA-Z][a-zA-Z0-9-]{4,48}[a-zA-Z0-9]",
        "a name has 6 to 50 letters, digits and `-`, begins with a letter and does not end with `-`",
    );
    let units = |min| FieldType::Integer { min, max: 40 };
    vec![
        Field::new("name", name, "Unique in all of Azure, namespaces of Service Bus included").required().replaces(),
        fields::resource_group(),
        fields::location(),
        Field::new(
            "sku",
            FieldType::one_of(&["Basic", "Standard", PREMIUM]),
            "The tier. Between `Premium` and another there is no way but a new namespace",
        )
        .default("Standard"),
        Field::new(
            "capacity",
            units(1),
            "Throughput units; of the tier Premium, processing units: 1, 2, 4, 8 or 16. With `maximum_throughput_units` \
             the least there are",
        )
        .default(1),
        Field::new(
            "maximum_throughput_units",
            units(0),
            "Up to how many throughput units Azure adds under load, in the tier Standard; 0 is none",
        )
        .default(0),
        Field::new("minimum_tls_version", FieldType::one_of(&["1.0", "1.1", "1.2"]), "The oldest TLS that is spoken")
            .default("1.2"),
        Field::new("local_auth", FieldType::Bool, "Shared access keys are good, beside tokens of Entra").default(true),
        fields::public_network_access(),
        ownership::field(),
    ]
}

impl ResourceType for EventHubNamespace {
    fn name(&self) -> &'static str {
        "azure.eventhub_namespace"
    }

    fn doc(&self) -> &'static str {
        "A namespace of Azure Event Hubs."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let mut findings = ownership::check(spec);
        findings.extend(check_units(spec));
        if let Some(end) = spec.get("name").and_then(Value::as_str).and_then(reserved_end) {
            let text = format!("names that end with `{end}` are Azure's own");
            findings.push(Finding::new("azure/reserved-name", Path::field("name"), text));
        }
        findings
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        fields::identity(spec, &NAMED_BY)
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &NAMED_BY
    }

    fn whereabouts(&self, spec: &Attributes) -> Attributes {
        fields::whereabouts(spec, self.identity_fields())
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["subscription"]
    }

    fn planned_outputs(&self, _: &Attributes, recorded: Option<&Attributes>) -> Attributes {
        fields::planned(&self.schema, recorded)
    }

    fn also_replaces(&self, before: &Attributes, desired: &Attributes) -> Vec<Path> {
        let is_premium = |spec: &Attributes| spec.get("sku").and_then(Value::as_str).map(|sku| sku == PREMIUM);
        match (is_premium(before), is_premium(desired)) {
            (Some(was), Some(is)) if was != is => vec![Path::field("sku")],
            _ => Vec::new(),
        }
    }

    fn expected(&self, operation: Operation) -> Duration {
        Duration::from_secs(if operation == Operation::Update { 15 } else { 60 })
    }

    fn timeout(&self, _: Operation) -> Duration {
        Duration::from_secs(30 * 60)
    }
}

fn reserved_end(name: &str) -> Option<&'static str> {
    ["-sb", "-mgmt"].into_iter().find(|end| name.ends_with(end))
}

fn check_units(spec: &Attributes) -> Option<Finding> {
    let number = |name: &str| spec.get(name).and_then(Value::as_i64);
    let sku = spec.get("sku").and_then(Value::as_str)?;
    let at = |field: &str, text: String| Some(Finding::new("azure/bad-units", Path::field(field), text));
    let most = number("maximum_throughput_units").unwrap_or_default();
    match number("capacity") {
        Some(units) if sku == PREMIUM && !UNITS.contains(&units) => {
            at("capacity", format!("the tier Premium has 1, 2, 4, 8 or 16 processing units, not {units}"))
        }
        _ if most > 0 && sku != "Standard" => {
            at("maximum_throughput_units", format!("the tier {sku} adds no throughput units by itself"))
        }
        Some(units) if most > 0 && most < units => {
            at("maximum_throughput_units", format!("{most} is less than the capacity of {units}"))
        }
        _ => None,
    }
}

fn path(client: &Azure, identity: &str) -> String {
    let (group, name) = identity.split_once('/').unwrap_or(("", identity));
    client.in_group(group, &format!("Microsoft.EventHub/namespaces/{name}"))
}

#[async_trait]
impl Wire<Azure> for EventHubNamespace {
    async fn read(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let id = path(client, target.identity);
        let found = client.arm.get(calls, At { id: &id, version: VERSION }).await?;
        Ok(found.map(|body| {
            let attributes = attributes(&body, target);
            ownership::observed(&body, target.owner, attributes, fields::condition(&body))
        }))
    }

    async fn create(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let id = path(client, &fields::as_written(desired, &NAMED_BY, target.identity));
        let at = At { id: &id, version: VERSION };
        fields::absent(client.arm.get(calls, at).await?, &id)?;
        let tags = ownership::to_send(target.owner, desired, &ownership::Tags::new());
        client.arm.put(calls, at, &body(desired, tags, &Json::Null)).await?;
        Ok(Attributes::new())
    }

    async fn update(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let id = path(client, target.identity);
        let at = At { id: &id, version: VERSION };
        let present = client.arm.get(calls, at).await?.ok_or_else(|| fields::gone(&id))?;
        let tags = ownership::to_send(target.owner, desired, &ownership::of(&present));
        client.arm.put(calls, at, &body(desired, tags, &present)).await.map(|_| ())
    }

    async fn delete(&self, client: &Azure, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        client.arm.delete(calls, At { id: &path(client, target.identity), version: VERSION }).await
    }

    fn gone_within(&self, timeout: Duration) -> Duration {
        timeout
    }
}

fn attributes(body: &Json, target: &Target<'_>) -> Attributes {
    let sku = body.get("sku").cloned().unwrap_or_default();
    let name = fields::name(body, target);
    let host = format!("{}.servicebus.windows.net", name.as_str().unwrap_or_default().to_lowercase());
    let most = most_units(body);
    Attributes::from([
        ("name".to_owned(), name),
        ("resource_group".to_owned(), fields::parent(body, target, "resource_group", "resourceGroups")),
        ("location".to_owned(), fields::location_of(body)),
        ("sku".to_owned(), fields::text(&sku, "name")),
        ("capacity".to_owned(), Value::Integer(least_units(&sku, most, target.recorded))),
        ("maximum_throughput_units".to_owned(), Value::Integer(most)),
        ("minimum_tls_version".to_owned(), fields::property(body, "minimumTlsVersion")),
        ("local_auth".to_owned(), Value::Bool(fields::property(body, "disableLocalAuth") != Value::Bool(true))),
        ("public_network_access".to_owned(), fields::property(body, "publicNetworkAccess")),
        ("id".to_owned(), fields::text(body, "id")),
        ("host".to_owned(), Value::from(host)),
        fields::state(body),
    ])
}

fn most_units(body: &Json) -> i64 {
    match fields::property(body, "isAutoInflateEnabled") {
        Value::Bool(true) => fields::property(body, "maximumThroughputUnits").as_i64().unwrap_or_default(),
        _ => 0,
    }
}

/// Units that Azure added by itself, as it may, are no drift.
fn least_units(sku: &Json, most: i64, recorded: &Attributes) -> i64 {
    let found = sku.get("capacity").and_then(Json::as_i64).unwrap_or(1);
    let least = recorded.get("capacity").and_then(Value::as_i64).filter(|least| *least <= found && found <= most);
    least.unwrap_or(found)
}

fn body(desired: &Attributes, tags: Json, present: &Json) -> Json {
    let field = |name: &str| desired.get(name);
    let text = |name: &str| field(name).and_then(Value::as_str);
    let number = |name: &str| field(name).and_then(Value::as_i64).unwrap_or_default();
    let is = |name: &str| field(name).and_then(Value::as_bool).unwrap_or_default();
    let sku = text("sku").unwrap_or_default();
    let most = number("maximum_throughput_units");
    let added = present.get("sku").and_then(|sku| sku.get("capacity")).and_then(Json::as_i64).unwrap_or_default();
    // What Azure added under load it would have to add again.
    let capacity = if added <= most { added.max(number("capacity")) } else { number("capacity") };
    let mut properties = fields::kept(present, &KEPT);
    if sku == "Basic" {
        properties.remove("kafkaEnabled");
    }
    let own = [
        ("isAutoInflateEnabled", json!(most > 0)),
        ("maximumThroughputUnits", json!(most)),
        ("minimumTlsVersion", json!(text("minimum_tls_version"))),
        ("disableLocalAuth", json!(!is("local_auth"))),
        ("publicNetworkAccess", json!(text("public_network_access"))),
    ];
    properties.extend(own.map(|(name, value)| (name.to_owned(), value)));
    let mut body = json!({
        "location": text("location"), "tags": tags,
        "sku": {"name": sku, "tier": sku, "capacity": capacity}, "properties": properties,
    });
    if let Some(identity) = fields::kept_identity(present) {
        body["identity"] = identity;
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(sku: &str, capacity: i64, most: i64) -> Attributes {
        let number = |name: &str, value: i64| (name.to_owned(), Value::Integer(value));
        Attributes::from([
            ("sku".to_owned(), sku.into()),
            number("capacity", capacity),
            number("maximum_throughput_units", most),
        ])
    }

    #[test]
    fn units_have_to_be_ones_that_the_tier_has() {
        let found =
            |sku: &str, capacity, most| check_units(&spec(sku, capacity, most)).map(|finding| finding.path.to_string());
        for (sku, capacity, most) in [("Basic", 3, 0), ("Standard", 40, 0), ("Standard", 2, 2), ("Premium", 16, 0)] {
            assert_eq!(found(sku, capacity, most), None, "{sku} {capacity} {most}");
        }
        assert_eq!(found("Premium", 3, 0).as_deref(), Some("capacity"));
        for (sku, capacity, most) in [("Basic", 1, 2), ("Premium", 1, 2), ("Standard", 3, 2)] {
            assert_eq!(found(sku, capacity, most).as_deref(), Some("maximum_throughput_units"), "{sku}");
        }
        assert_eq!(reserved_end("my-bus-sb"), Some("-sb"));
    }

    #[test]
    fn only_the_tier_premium_takes_a_new_namespace() {
        let replaces =
            |was: &str, is: &str| !EventHubNamespace::new().also_replaces(&spec(was, 1, 0), &spec(is, 1, 0)).is_empty();
        assert!(replaces("Premium", "Standard") && replaces("Basic", "Premium"));
        assert!(!replaces("Basic", "Standard") && !replaces("Premium", "Premium"));
    }

    #[test]
    fn what_azure_added_under_load_stays() {
        let present = json!({
            "sku": {"capacity": 7},
            "properties": {"isAutoInflateEnabled": true, "maximumThroughputUnits": 9, "zoneRedundant": true, "status": "Active"},
        });
        let recorded = Attributes::from([("capacity".to_owned(), Value::Integer(2))]);
        assert_eq!(least_units(&present["sku"], most_units(&present), &recorded), 2);
        // Less than was asked for, or more than is allowed, is drift.
        assert_eq!(least_units(&json!({"capacity": 1}), 9, &recorded), 1);
        assert_eq!(least_units(&json!({"capacity": 7}), 0, &recorded), 7);
        let sent = body(&spec("Standard", 2, 9), json!({}), &present);
        assert_eq!(sent["sku"]["capacity"], 7);
        assert_eq!((&sent["properties"]["zoneRedundant"], sent["properties"].get("status")), (&json!(true), None));
        assert_eq!(body(&spec("Standard", 2, 0), json!({}), &present)["sku"]["capacity"], 2);
    }
}
