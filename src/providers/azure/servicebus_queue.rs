//! `azure.servicebus_queue`: what a queue of Service Bus may say. The calls are those of every entity, in `servicebus`.

use std::time::Duration;

use async_trait::async_trait;
use azure_mgmt_servicebus::package_2024_01::models;
use serde_json::{Map, Value as Json};

use super::client::Azure;
use super::servicebus::entity::Sort;
use super::servicebus::entity_fields as common;
use super::servicebus::members::{Form, Member, member};
use crate::provider::{Field, Finding, Observed, Operation, Output, ProviderError, ResourceType, Schema, Target};
use crate::providers::cloud::{Calls, Wire};
use crate::value::{Attributes, Kind};

const MEMBERS: &[Member] = &[
    member("lock_duration", "lockDuration", Form::Duration),
    member("default_message_time_to_live", "defaultMessageTimeToLive", Form::Duration),
    member("auto_delete_on_idle", "autoDeleteOnIdle", Form::Duration),
    member("max_delivery_count", "maxDeliveryCount", Form::Plain),
    member("max_size_in_megabytes", "maxSizeInMegabytes", Form::Size),
    member("max_message_size_in_kilobytes", "maxMessageSizeInKilobytes", Form::Plain),
    member("requires_session", "requiresSession", Form::Plain),
    member("requires_duplicate_detection", "requiresDuplicateDetection", Form::Plain),
    member("duplicate_detection_history_time_window", "duplicateDetectionHistoryTimeWindow", Form::Duration),
    member("enable_partitioning", "enablePartitioning", Form::Plain),
    member("enable_express", "enableExpress", Form::Plain),
    member("enable_batched_operations", "enableBatchedOperations", Form::Plain),
    member("dead_lettering_on_message_expiration", "deadLetteringOnMessageExpiration", Form::Plain),
    member("forward_to", "forwardTo", Form::Name),
    member("forward_dead_lettered_messages_to", "forwardDeadLetteredMessagesTo", Form::Name),
    member("status", "status", Form::Plain),
];

const SORT: Sort =
    Sort { names: &[("namespace", "namespaces"), ("name", "queues")], members: MEMBERS, others: &[], body };

pub(super) struct ServiceBusQueue {
    schema: Schema,
}

impl ServiceBusQueue {
    pub(super) fn new() -> Self {
        let outputs = vec![Output::new("id", Kind::String, "The id in Azure's Resource Manager, as scopes name it")];
        Self { schema: Schema { spec: fields(), outputs } }
    }
}

impl ResourceType for ServiceBusQueue {
    fn name(&self) -> &'static str {
        "azure.servicebus_queue"
    }

    fn doc(&self) -> &'static str {
        "A queue of a Service Bus namespace."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        common::check(spec)
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        SORT.identity(spec)
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["resource_group", "namespace", "name"]
    }

    fn whereabouts(&self, spec: &Attributes) -> Attributes {
        SORT.whereabouts(spec)
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["subscription"]
    }

    fn carries_marks(&self) -> bool {
        false
    }

    fn expected(&self, _: Operation) -> Duration {
        Duration::from_secs(2)
    }
}

fn fields() -> Vec<Field> {
    let mut fields = common::place();
    fields.push(
        Field::new("name", common::entity_name(), "Unique among the queues and topics of the namespace")
            .required()
            .replaces(),
    );
    fields.extend([
        common::lock_duration(),
        common::time_to_live(),
        common::auto_delete(),
        common::max_delivery_count(),
        common::max_size(),
        common::max_message_size(),
        common::requires_session(),
        common::partitioning(),
        common::express(),
        common::batched(),
        common::dead_letter_expired(),
        common::status(),
    ]);
    fields.extend(common::duplicate_detection());
    fields.extend(common::forwards());
    fields
}

fn body(properties: Map<String, Json>) -> serde_json::Result<Json> {
    let properties = serde_json::from_value::<models::SbQueueProperties>(Json::Object(properties))?;
    serde_json::to_value(models::SbQueue { properties: Some(properties), ..models::SbQueue::new() })
}

#[async_trait]
impl Wire<Azure> for ServiceBusQueue {
    async fn read(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        SORT.read(client, calls, target).await
    }

    async fn create(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        SORT.create(client, calls, target, desired).await
    }

    async fn update(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        SORT.update(client, calls, target, desired).await
    }

    async fn delete(&self, client: &Azure, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        SORT.delete(client, calls, target).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{FieldType, normalise};
    use crate::value::{Path, Value};
    use serde_json::json;

    fn checked(spec: Json) -> (Attributes, Vec<(&'static str, String)>) {
        let of = ServiceBusQueue::new();
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, mut findings) = normalise(&of.schema.spec, &spec, &Path::default());
        findings.extend(of.check(&normal));
        (normal, findings.into_iter().map(|finding| (finding.code, finding.path.to_string())).collect())
    }

    fn spec(more: Json) -> Json {
        let mut spec = json!({"resource_group": "main", "namespace": "orders", "name": "jobs"});
        for (name, value) in more.as_object().unwrap() {
            spec[name] = value.clone();
        }
        spec
    }

    #[test]
    fn everything_that_can_be_said_is_sent() {
        let (normal, findings) = checked(spec(json!({"lock_duration": "5m", "default_message_time_to_live": "14d",
            "auto_delete_on_idle": 922_337_203_685_i64, "max_delivery_count": 2000, "max_size_in_megabytes": 2048,
            "max_message_size_in_kilobytes": 2048, "requires_session": true, "requires_duplicate_detection": true,
            "duplicate_detection_history_time_window": "20s", "enable_partitioning": false, "enable_express": false,
            "enable_batched_operations": false, "dead_lettering_on_message_expiration": true,
            "forward_dead_lettered_messages_to": "dead", "status": "Disabled"})));
        assert_eq!(findings, []);
        assert_eq!(
            SORT.sent(&normal),
            json!({"properties": {
            "lockDuration": "PT5M", "defaultMessageTimeToLive": "P14D", "autoDeleteOnIdle": "P10675199DT2H48M5.4775807S",
            "maxDeliveryCount": 2000, "maxSizeInMegabytes": 2048, "maxMessageSizeInKilobytes": 2048, "requiresSession": true,
            "requiresDuplicateDetection": true, "duplicateDetectionHistoryTimeWindow": "PT20S",
            "enablePartitioning": false, "enableExpress": false, "enableBatchedOperations": false,
            "deadLetteringOnMessageExpiration": true, "forwardDeadLetteredMessagesTo": "dead", "status": "Disabled"}})
        );
        let (normal, _) = checked(spec(json!({})));
        assert_eq!(
            SORT.sent(&normal),
            json!({"properties": {
            "lockDuration": "PT1M", "maxDeliveryCount": 10, "maxSizeInMegabytes": 1024, "requiresSession": false,
            "requiresDuplicateDetection": false, "enableBatchedOperations": true,
            "deadLetteringOnMessageExpiration": false, "status": "Active"}})
        );
    }

    #[test]
    fn every_member_is_a_field_and_is_one_of_the_model() {
        let schema = ServiceBusQueue::new().schema;
        for member in MEMBERS {
            assert!(schema.field(member.field).is_some(), "{}", member.field);
            let sample = match (member.form, schema.field(member.field).unwrap().field_type.clone()) {
                (_, FieldType::Bool) => json!(true),
                (Form::Duration, _) => json!("PT1M"),
                (_, FieldType::Integer { .. }) => json!(1024),
                _ => json!("Active"),
            };
            let sent = body(Map::from_iter([(member.wire.to_owned(), sample.clone())])).unwrap();
            assert_eq!(sent["properties"][member.wire], sample, "{}", member.wire);
        }
        let of_spec = schema.spec.iter().filter(|field| !SORT.whereabouts(&names()).contains_key(field.name));
        for field in of_spec {
            assert!(MEMBERS.iter().any(|member| member.field == field.name), "{}", field.name);
        }
    }

    fn names() -> Attributes {
        checked(spec(json!({}))).0
    }

    #[test]
    fn what_does_not_fit_is_found_where_it_stands() {
        let cases = [
            (json!({"name": "a/b"}), "stack/bad-pattern", "name"),
            (json!({"name": "-a"}), "stack/bad-pattern", "name"),
            (json!({"namespace": "short"}), "stack/bad-pattern", "namespace"),
            (json!({"lock_duration": "6m"}), "stack/out-of-range", "lock_duration"),
            (json!({"max_delivery_count": 0}), "stack/out-of-range", "max_delivery_count"),
            (json!({"max_delivery_count": 2001}), "stack/out-of-range", "max_delivery_count"),
            (json!({"auto_delete_on_idle": "4m"}), "stack/out-of-range", "auto_delete_on_idle"),
            (json!({"max_size_in_megabytes": 1500}), "azure/bad-size", "max_size_in_megabytes"),
            (json!({"requires_session": true, "forward_to": "other"}), "azure/forward-of-sessions", "forward_to"),
            (json!({"forward_to": "Jobs"}), "azure/forward-to-itself", "forward_to"),
            (
                json!({"duplicate_detection_history_time_window": "1m"}),
                "azure/no-duplicate-detection",
                "duplicate_detection_history_time_window",
            ),
            (json!({"status": "Gone"}), "stack/not-one-of", "status"),
        ];
        for (more, code, path) in cases {
            assert_eq!(checked(spec(more.clone())).1, [(code, path.to_owned())], "{more}");
        }
    }

    #[test]
    fn an_identity_is_of_names_without_their_case() {
        let (normal, _) = checked(spec(json!({"namespace": "Orders"})));
        assert_eq!(SORT.identity(&normal).as_deref(), Some("main/orders/jobs"));
    }
}
