//! `azure.servicebus_namespace`: what a namespace of Service Bus may say. The calls are in `calls`, the bodies in `body`.
//!
//! Tiers, capacities and names are those of <https://learn.microsoft.com/rest/api/servicebus/namespaces/create-or-update>.

mod body;
mod calls;

use std::time::Duration;

use super::servicebus::entity_fields;
use super::{fields, ownership};
use crate::provider::{Field, FieldType, Finding, Operation, Output, ResourceType, Schema};
use crate::value::{Attributes, Kind, Path, Value};

const PREMIUM: &str = "Premium";
/// What only the Premium tier has.
const PREMIUM_ONLY: [&str; 2] = ["capacity", "premium_messaging_partitions"];
/// In messaging units, of each partition.
const UNITS: [i64; 5] = [1, 2, 4, 8, 16];

pub(super) struct ServiceBusNamespace {
    schema: Schema,
}

impl ServiceBusNamespace {
    pub(super) fn new() -> Self {
        let outputs = vec![
            Output::new("id", Kind::String, "The id in Azure's Resource Manager, as scopes name it"),
            Output::new(
                "endpoint",
                Kind::String,
                "Where clients connect to, such as `sb://orders.servicebus.windows.net/`",
            ),
            Output::new("host", Kind::String, "The host of the endpoint, such as `orders.servicebus.windows.net`"),
            fields::state_output(),
        ];
        Self { schema: Schema { spec: spec(), outputs } }
    }
}

fn spec() -> Vec<Field> {
    let capacity = FieldType::Integer { min: 1, max: 64 };
    vec![
        Field::new("name", entity_fields::namespace_name(), "Unique in all of Azure").required().replaces(),
        fields::resource_group(),
        fields::location(),
        Field::new(
            "sku",
            FieldType::one_of(&["Basic", "Standard", PREMIUM]),
            "The tier; Basic has queues alone, without sessions and duplicate detection",
        )
        .default("Standard"),
        Field::new(
            "capacity",
            capacity,
            "Premium: messaging units, 1, 2, 4, 8 or 16 for each partition; one each for a new namespace without it",
        ),
        Field::new(
            "premium_messaging_partitions",
            FieldType::Integer { min: 1, max: 4 },
            "Premium: 1, 2 or 4 partitions; 1 for a new namespace without it",
        )
        .replaces(),
        Field::new("minimum_tls_version", FieldType::one_of(&["1.0", "1.1", "1.2"]), "The oldest TLS that is spoken")
            .default("1.2"),
        Field::new("local_auth", FieldType::Bool, "Shared access keys are good, beside tokens of Entra").default(true),
        fields::public_network_access(),
        Field::new("zone_redundant", FieldType::Bool, "Premium: spread over availability zones").replaces(),
        ownership::field(),
    ]
}

impl ResourceType for ServiceBusNamespace {
    fn name(&self) -> &'static str {
        "azure.servicebus_namespace"
    }

    fn doc(&self) -> &'static str {
        "A namespace of Service Bus, which queues and topics are in. Encryption by a key of one's own, identities and \
         network rules are not managed, and are left as they are."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let mut findings = ownership::check(spec);
        findings.extend(check_name(spec));
        findings.extend(check_tier(spec));
        findings.extend(check_capacity(spec));
        findings
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        fields::identity(spec, self.identity_fields())
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["resource_group", "name"]
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

    /// Basic and Standard turn into each other, and neither into Premium.
    fn also_replaces(&self, before: &Attributes, desired: &Attributes) -> Vec<Path> {
        let is_premium = |spec: &Attributes| spec.get("sku").and_then(Value::as_str).map(|sku| sku == PREMIUM);
        match (is_premium(before), is_premium(desired)) {
            (Some(was), Some(is)) if was != is => vec![Path::field("sku")],
            _ => Vec::new(),
        }
    }

    fn expected(&self, operation: Operation) -> Duration {
        Duration::from_secs(match operation {
            Operation::Create => 75,
            Operation::Update => 20,
            Operation::Delete => 45,
        })
    }

    fn timeout(&self, _: Operation) -> Duration {
        Duration::from_secs(30 * 60)
    }
}

fn check_name(spec: &Attributes) -> Option<Finding> {
    let name = spec.get("name")?.as_str()?.to_lowercase();
    let ends = ["-sb", "-mgmt"].into_iter().find(|end| name.ends_with(end));
    let message = match ends {
        Some(end) => format!("no namespace's name ends in `{end}`"),
        None if name.contains("--") => "no namespace's name has two hyphens side by side".to_owned(),
        None => return None,
    };
    Some(Finding::new("azure/bad-name", Path::field("name"), message))
}

fn check_tier(spec: &Attributes) -> Vec<Finding> {
    let Some(sku) = spec.get("sku").and_then(Value::as_str).filter(|sku| *sku != PREMIUM) else { return Vec::new() };
    let is_redundant = spec.get("zone_redundant").and_then(Value::as_bool) == Some(true);
    let given = PREMIUM_ONLY.into_iter().filter(|field| spec.contains_key(*field));
    let given = given.chain(is_redundant.then_some("zone_redundant"));
    let finding = |field: &str| {
        let message = format!("`{field}` is for the Premium tier, and this is {sku}");
        Finding::new("azure/premium-only", Path::field(field), message).help("set `sku: Premium`, or leave it out")
    };
    given.map(finding).collect()
}

fn check_capacity(spec: &Attributes) -> Vec<Finding> {
    let number = |field: &str| spec.get(field).and_then(Value::as_i64);
    let mut findings = Vec::new();
    let partitions = number("premium_messaging_partitions");
    if partitions == Some(3) {
        let message = "there are 1, 2 or 4 partitions";
        findings.push(Finding::new("azure/bad-capacity", Path::field("premium_messaging_partitions"), message));
        return findings;
    }
    let is_known = spec.get("premium_messaging_partitions").is_none_or(|value| value.as_i64().is_some());
    if let Some(capacity) = number("capacity").filter(|_| is_known) {
        let units = UNITS.map(|units| units * partitions.unwrap_or(1));
        if !units.contains(&capacity) {
            let units = units.map(|units| units.to_string()).join(", ");
            let message = format!("{capacity} messaging units are none of those there are: {units}");
            findings.push(Finding::new("azure/bad-capacity", Path::field("capacity"), message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::normalise;
    use serde_json::json;

    fn findings(more: serde_json::Value) -> Vec<(&'static str, String)> {
        let of = ServiceBusNamespace::new();
        let mut spec = json!({"name": "orders", "resource_group": "main", "location": "westeurope"});
        for (name, value) in more.as_object().unwrap() {
            spec[name] = value.clone();
        }
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, mut findings) = normalise(&of.schema.spec, &spec, &Path::default());
        findings.extend(of.check(&normal));
        findings.into_iter().map(|finding| (finding.code, finding.path.to_string())).collect()
    }

    #[test]
    fn what_fits_is_taken() {
        for spec in [
            json!({}),
            json!({"sku": "Basic", "local_auth": false, "zone_redundant": false}),
            json!({"sku": "Premium", "capacity": 16, "zone_redundant": true, "public_network_access": "Disabled"}),
            json!({"sku": "Premium", "capacity": 64, "premium_messaging_partitions": 4}),
        ] {
            assert_eq!(findings(spec.clone()), [], "{spec}");
        }
    }

    #[test]
    fn what_does_not_fit_is_found_where_it_stands() {
        let cases = [
            (json!({"name": "short"}), "stack/bad-pattern", "name"),
            (json!({"name": "1orders"}), "stack/bad-pattern", "name"),
            (json!({"name": "orders-"}), "stack/bad-pattern", "name"),
            (json!({"name": "orders-SB"}), "azure/bad-name", "name"),
            (json!({"name": "or--ders"}), "azure/bad-name", "name"),
            (json!({"sku": "Free"}), "stack/not-one-of", "sku"),
            (json!({"capacity": 1}), "azure/premium-only", "capacity"),
            (json!({"sku": "Basic", "zone_redundant": true}), "azure/premium-only", "zone_redundant"),
            (json!({"premium_messaging_partitions": 2}), "azure/premium-only", "premium_messaging_partitions"),
            (json!({"sku": "Premium", "capacity": 3}), "azure/bad-capacity", "capacity"),
            (
                json!({"sku": "Premium", "capacity": 1, "premium_messaging_partitions": 2}),
                "azure/bad-capacity",
                "capacity",
            ),
            (
                json!({"sku": "Premium", "premium_messaging_partitions": 3}),
                "azure/bad-capacity",
                "premium_messaging_partitions",
            ),
            (json!({"minimum_tls_version": "1.3"}), "stack/not-one-of", "minimum_tls_version"),
            (json!({"tags": {"a/b": "c"}}), "azure/bad-tag", "tags.a/b"),
        ];
        for (spec, code, path) in cases {
            assert_eq!(findings(spec.clone()), [(code, path.to_owned())], "{spec}");
        }
    }

    #[test]
    fn only_premium_stands_apart() {
        let of = ServiceBusNamespace::new();
        let sku = |name: &str| Attributes::from([("sku".to_owned(), Value::from(name))]);
        let replaces = |was: &str, is: &str| !of.also_replaces(&sku(was), &sku(is)).is_empty();
        assert_eq!(
            [replaces("Basic", "Standard"), replaces("Standard", "Premium"), replaces("Premium", "Basic")],
            [false, true, true]
        );
    }

    #[test]
    fn one_that_failed_is_to_be_put_again() {
        let of = ServiceBusNamespace::new();
        let failed = Attributes::from([("provisioning_state".to_owned(), Value::from("Failed"))]);
        let planned = of.planned_outputs(&Attributes::new(), Some(&failed));
        let changes = crate::provider::output_difference(&of.schema, &failed, &planned);
        assert_eq!(changes.len(), 1);
    }
}
