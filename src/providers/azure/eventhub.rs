//! `azure.eventhub`: what an event hub may say, and its calls. Its consumer groups are a field of it.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::arm::At;
use super::client::Azure;
use super::{fields, written_marks};
use crate::provider::{
    Condition, Field, FieldType, Finding, Observed, Operation, Output, ProviderError, ResourceType, Schema, Target,
};
use crate::providers::cloud::{Calls, Wire};
use crate::value::{Attributes, Kind, Path, Value};

const VERSION: &str = "2024-01-01";
const NAMED_BY: [&str; 3] = ["resource_group", "namespace", "name"];
const HOUR: i64 = 3_600;
/// The consumer group that every event hub has.
const DEFAULT_GROUP: &str = "$Default";
const KEPT: [&str; 2] = ["captureDescription", "status"];

pub(super) struct EventHub {
    schema: Schema,
}

impl EventHub {
    pub(super) fn new() -> Self {
        let outputs = vec![Output::new("id", Kind::String, "The id in Azure's Resource Manager, as scopes name it")];
        Self { schema: Schema { spec: spec(), outputs } }
    }
}

fn spec() -> Vec<Field> {
    let name = FieldType::pattern(
        "[a-zA-Z0-9]([a-zA-Z0-9._-]{0,254}[a-zA-Z0-9])?",
        "a name has up to 256 letters, digits and `._-`, and begins and ends with a letter or a digit",
    );
    let group =
        FieldType::pattern("[A-Za-z0-9._-]{1,50}", "a consumer group's name has up to 50 letters, digits and `._-`");
    vec![
        Field::new("name", name, "Unique in its namespace").required().replaces(),
        Field::new("namespace", FieldType::text(), "The name of the namespace it is in").required().replaces(),
        fields::resource_group(),
        Field::new(
            "partitions",
            FieldType::Integer { min: 1, max: 100 },
            "How many consumers may read at once in a group",
        )
        .default(4)
        .replaces(),
        Field::new(
            "retention",
            FieldType::Duration { min: HOUR, max: 90 * 24 * HOUR },
            "How long events are kept, in whole hours: up to 1 day in the tier Basic, 7 in Standard and 90 in Premium",
        )
        .default(24 * HOUR),
        Field::new(
            "consumer_groups",
            FieldType::set(group),
            "The consumer groups beside `$Default`; those that are not named here are deleted. The tier Basic has none",
        )
        .default(Value::List(Vec::new())),
    ]
}

impl ResourceType for EventHub {
    fn name(&self) -> &'static str {
        "azure.eventhub"
    }

    fn doc(&self) -> &'static str {
        "An event hub of Azure Event Hubs, with its consumer groups. `userMetadata` says which stack made it."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let retention = spec.get("retention").and_then(Value::as_i64);
        let uneven = retention.filter(|seconds| seconds % HOUR != 0).map(|_| {
            Finding::new("azure/bad-retention", Path::field("retention"), "Event Hubs counts retention in whole hours")
        });
        let mut lower = BTreeSet::new();
        let groups = spec.get("consumer_groups").and_then(Value::as_list).into_iter().flatten();
        let twice = groups.enumerate().filter_map(|(index, group)| {
            let group = group.as_str()?;
            let is_new = lower.insert(group.to_lowercase());
            let text = format!("Azure takes `{group}` for another group here that differs only in case");
            (!is_new).then(|| Finding::new("azure/bad-name", Path::field("consumer_groups").index(index), text))
        });
        uneven.into_iter().chain(twice).collect()
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

    fn visible_after(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn expected(&self, _: Operation) -> Duration {
        Duration::from_secs(5)
    }
}

fn path(client: &Azure, identity: &str) -> String {
    let (group, rest) = identity.split_once('/').unwrap_or_default();
    let (namespace, name) = rest.split_once('/').unwrap_or_default();
    client.in_group(group, &format!("Microsoft.EventHub/namespaces/{namespace}/eventhubs/{name}"))
}

#[async_trait]
impl Wire<Azure> for EventHub {
    async fn read(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let id = path(client, target.identity);
        let Some(body) = client.arm.get(calls, At { id: &id, version: VERSION }).await? else { return Ok(None) };
        let groups = groups(client, calls, &id).await?;
        let marks = written_marks::of_sentence(&metadata(&body), target.owner);
        let attributes = attributes(&body, &groups, target);
        Ok(Some(Observed { condition: Condition::Ready, ..marks.observed(attributes) }))
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
        let sentence = written_marks::sentence(target.owner);
        client.arm.put(calls, at, &body(desired, &sentence, &Json::Null)).await?;
        put_groups(client, calls, &id, &BTreeSet::new(), desired).await?;
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
        let sentence = written_marks::sentence(target.owner);
        client.arm.put(calls, at, &body(desired, &sentence, &present)).await?;
        let there = groups(client, calls, &id).await?;
        put_groups(client, calls, &id, &there, desired).await
    }

    async fn delete(&self, client: &Azure, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        client.arm.delete(calls, At { id: &path(client, target.identity), version: VERSION }).await
    }
}

/// The names of the consumer groups that there are beside the one that is always there.
async fn groups(client: &Azure, calls: &Calls<'_>, hub: &str) -> Result<BTreeSet<String>, ProviderError> {
    let all = client.arm.list(calls, At { id: &format!("{hub}/consumergroups"), version: VERSION }).await?;
    let names = all.iter().filter_map(|group| group.get("name")?.as_str());
    Ok(names.filter(|name| !name.eq_ignore_ascii_case(DEFAULT_GROUP)).map(str::to_owned).collect())
}

async fn put_groups(
    client: &Azure,
    calls: &Calls<'_>,
    hub: &str,
    there: &BTreeSet<String>,
    desired: &Attributes,
) -> Result<(), ProviderError> {
    let wanted = desired.get("consumer_groups").and_then(Value::as_list).into_iter().flatten();
    let wanted: BTreeSet<_> = wanted.filter_map(|group| group.as_str().map(str::to_owned)).collect();
    let is_in = |name: &str, names: &BTreeSet<String>| names.iter().any(|other| other.eq_ignore_ascii_case(name));
    // Those that go first, for there may be no more than so many.
    for name in there.iter().filter(|name| !is_in(name, &wanted)) {
        client.arm.delete(calls, At { id: &format!("{hub}/consumergroups/{name}"), version: VERSION }).await?;
    }
    for name in wanted.iter().filter(|name| !is_in(name, there)) {
        let id = format!("{hub}/consumergroups/{name}");
        client.arm.put(calls, At { id: &id, version: VERSION }, &json!({"properties": {}})).await?;
    }
    Ok(())
}

fn metadata(body: &Json) -> String {
    fields::property(body, "userMetadata").as_str().unwrap_or_default().to_owned()
}

fn attributes(body: &Json, groups: &BTreeSet<String>, target: &Target<'_>) -> Attributes {
    Attributes::from([
        ("name".to_owned(), fields::name(body, target)),
        ("namespace".to_owned(), fields::parent(body, target, "namespace", "namespaces")),
        ("resource_group".to_owned(), fields::parent(body, target, "resource_group", "resourceGroups")),
        ("partitions".to_owned(), fields::property(body, "partitionCount")),
        ("retention".to_owned(), retention(body)),
        ("consumer_groups".to_owned(), as_written(groups, target)),
        ("id".to_owned(), fields::text(body, "id")),
    ])
}

fn retention(body: &Json) -> Value {
    let properties = body.get("properties").cloned().unwrap_or_default();
    let hours = properties.get("retentionDescription").and_then(|retention| retention.get("retentionTimeInHours"));
    let days = properties.get("messageRetentionInDays").and_then(Json::as_i64).map(|days| days * 24);
    hours.and_then(Json::as_i64).or(days).map_or(Value::Null, |hours| Value::Integer(hours * HOUR))
}

/// The groups that there are, each in the case in which the stack writes it.
fn as_written(groups: &BTreeSet<String>, target: &Target<'_>) -> Value {
    let written = || target.recorded.get("consumer_groups").and_then(Value::as_list).into_iter().flatten();
    let named = |group: &String| {
        let same = written().filter_map(Value::as_str).find(|name| name.eq_ignore_ascii_case(group));
        same.unwrap_or(group).to_owned()
    };
    let names: BTreeSet<_> = groups.iter().map(named).collect();
    Value::List(names.into_iter().map(Value::from).collect())
}

fn body(desired: &Attributes, sentence: &str, present: &Json) -> Json {
    let number = |name: &str| desired.get(name).and_then(Value::as_i64).unwrap_or_default();
    let hours = number("retention") / HOUR;
    let mut properties = fields::kept(present, &KEPT);
    // A state that the service is in by itself is no one's to ask for.
    if !matches!(properties.get("status").and_then(Json::as_str), Some("Disabled" | "SendDisabled")) {
        properties.remove("status");
    }
    let mut retention = present.get("properties").and_then(|properties| properties.get("retentionDescription"));
    let compacts = |retention: &&Json| retention.get("cleanupPolicy").and_then(Json::as_str) == Some("Compact");
    let mut described = match retention.take().filter(compacts) {
        Some(retention) => retention.clone(),
        None => json!({"cleanupPolicy": "Delete"}),
    };
    described["retentionTimeInHours"] = json!(hours);
    let own = [
        ("partitionCount", json!(number("partitions"))),
        ("retentionDescription", described),
        ("userMetadata", json!(sentence)),
    ];
    properties.extend(own.map(|(name, value)| (name.to_owned(), value)));
    json!({"properties": properties})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(retention: i64, groups: &[&str]) -> Attributes {
        Attributes::from([
            ("retention".to_owned(), Value::Integer(retention)),
            ("partitions".to_owned(), Value::Integer(2)),
            ("consumer_groups".to_owned(), Value::List(groups.iter().map(|group| Value::from(*group)).collect())),
        ])
    }

    #[test]
    fn what_event_hubs_cannot_keep_is_found() {
        let found = |retention, groups: &[&str]| {
            let findings = EventHub::new().check(&spec(retention, groups));
            findings.iter().map(|finding| finding.path.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found(7_200, &["a", "b"]), Vec::<String>::new());
        assert_eq!(found(5_400, &[]), ["retention"]);
        assert_eq!(found(3_600, &["Workers", "workers"]), ["consumer_groups[1]"]);
    }

    #[test]
    fn a_body_says_what_the_spec_says_and_keeps_what_is_others() {
        let present = json!({"properties": {
            "captureDescription": {"enabled": true}, "status": "Active", "partitionIds": ["0"],
            "retentionDescription": {"cleanupPolicy": "Compact", "tombstoneRetentionTimeInHours": 3},
        }});
        let sent = body(&spec(7_200, &[]), "tidegate stack a, b", &present);
        assert_eq!(
            sent,
            json!({"properties": {
                "captureDescription": {"enabled": true}, "partitionCount": 2, "userMetadata": "tidegate stack a, b",
                "retentionDescription": {
                    "cleanupPolicy": "Compact", "tombstoneRetentionTimeInHours": 3, "retentionTimeInHours": 2,
                },
            }})
        );
        assert_eq!(retention(&sent), Value::Integer(7_200));
        assert_eq!(retention(&json!({"properties": {"messageRetentionInDays": 2}})), Value::Integer(172_800));
    }
}
