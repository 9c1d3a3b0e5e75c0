//! `azure.servicebus_subscription`: what a subscription of Service Bus may say. The calls are those of every entity, in `servicebus`.

use std::time::Duration;

use async_trait::async_trait;
use azure_mgmt_servicebus::package_2024_01::models;
use serde_json::{Map, Value as Json};

use super::client::Azure;
use super::servicebus::entity::Sort;
use super::servicebus::entity_fields as common;
use super::servicebus::members::{Form, Member, member};
use crate::provider::{
    Field, FieldType, Finding, Observed, Operation, Output, ProviderError, ResourceType, Schema, Target,
};
use crate::providers::cloud::{Calls, Wire};
use crate::value::{Attributes, Kind};

const MEMBERS: &[Member] = &[
    member("lock_duration", "lockDuration", Form::Duration),
    member("default_message_time_to_live", "defaultMessageTimeToLive", Form::Duration),
    member("auto_delete_on_idle", "autoDeleteOnIdle", Form::Duration),
    member("max_delivery_count", "maxDeliveryCount", Form::Plain),
    member("requires_session", "requiresSession", Form::Plain),
    member("enable_batched_operations", "enableBatchedOperations", Form::Plain),
    member("dead_lettering_on_message_expiration", "deadLetteringOnMessageExpiration", Form::Plain),
    member("dead_lettering_on_filter_evaluation_exceptions", "deadLetteringOnFilterEvaluationExceptions", Form::Plain),
    member("forward_to", "forwardTo", Form::Name),
    member("forward_dead_lettered_messages_to", "forwardDeadLetteredMessagesTo", Form::Name),
    member("status", "status", Form::Plain),
];

const SORT: Sort = Sort {
    names: &[("namespace", "namespaces"), ("topic", "topics"), ("name", "subscriptions")],
    members: MEMBERS,
    others: &["isClientAffine", "clientAffineProperties", "duplicateDetectionHistoryTimeWindow"],
    body,
};

pub(super) struct ServiceBusSubscription {
    schema: Schema,
}

impl ServiceBusSubscription {
    pub(super) fn new() -> Self {
        let outputs = vec![Output::new("id", Kind::String, "The id in Azure's Resource Manager, as scopes name it")];
        Self { schema: Schema { spec: fields(), outputs } }
    }
}

impl ResourceType for ServiceBusSubscription {
    fn name(&self) -> &'static str {
        "azure.servicebus_subscription"
    }

    fn doc(&self) -> &'static str {
        "A subscription of a Service Bus topic. It takes every message of the topic: rules that filter them are not managed, and those that others make are left alone."
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
        &["resource_group", "namespace", "topic", "name"]
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

fn subscription_name() -> FieldType {
    FieldType::pattern(
        "[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9._-]{0,48}[A-Za-z0-9]",
        "a subscription's name has 1 to 50 letters, digits and `._-`, and begins and ends with a letter or a digit",
    )
}

fn fields() -> Vec<Field> {
    let mut fields = common::place();
    fields.push(
        Field::new("topic", common::entity_name(), "The name of the topic whose messages it takes")
            .required()
            .replaces(),
    );
    fields.push(
        Field::new("name", subscription_name(), "Unique among the subscriptions of the topic").required().replaces(),
    );
    let doc = "Messages that a rule cannot be evaluated for go to the dead letters, and are not dropped";
    fields.push(Field::new("dead_lettering_on_filter_evaluation_exceptions", FieldType::Bool, doc).default(true));
    fields.extend([
        common::lock_duration(),
        common::time_to_live(),
        common::auto_delete(),
        common::max_delivery_count(),
        common::requires_session(),
        common::batched(),
        common::dead_letter_expired(),
        common::status(),
    ]);
    fields.extend(common::forwards());
    fields
}

fn body(properties: Map<String, Json>) -> serde_json::Result<Json> {
    let properties = serde_json::from_value::<models::SbSubscriptionProperties>(Json::Object(properties))?;
    serde_json::to_value(models::SbSubscription { properties: Some(properties), ..models::SbSubscription::new() })
}

#[async_trait]
impl Wire<Azure> for ServiceBusSubscription {
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
    use crate::provider::normalise;
    use crate::value::{Path, Value};
    use serde_json::json;

    fn checked(spec: Json) -> (Attributes, Vec<(&'static str, String)>) {
        let of = ServiceBusSubscription::new();
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, mut findings) = normalise(&of.schema.spec, &spec, &Path::default());
        findings.extend(of.check(&normal));
        (normal, findings.into_iter().map(|finding| (finding.code, finding.path.to_string())).collect())
    }

    fn spec(more: Json) -> Json {
        let mut spec = json!({"resource_group": "main", "namespace": "orders", "topic": "events", "name": "billing"});
        for (name, value) in more.as_object().unwrap() {
            spec[name] = value.clone();
        }
        spec
    }

    #[test]
    fn everything_that_can_be_said_is_sent() {
        let (normal, findings) = checked(spec(json!({"lock_duration": 5, "default_message_time_to_live": "1s",
            "auto_delete_on_idle": "1h", "max_delivery_count": 1, "requires_session": false,
            "enable_batched_operations": true, "dead_lettering_on_message_expiration": true,
            "dead_lettering_on_filter_evaluation_exceptions": false, "forward_to": "jobs",
            "forward_dead_lettered_messages_to": "dead", "status": "ReceiveDisabled"})));
        assert_eq!(findings, []);
        assert_eq!(
            SORT.sent(&normal),
            json!({"properties": {
            "lockDuration": "PT5S", "defaultMessageTimeToLive": "PT1S", "autoDeleteOnIdle": "PT1H",
            "maxDeliveryCount": 1, "requiresSession": false, "enableBatchedOperations": true,
            "deadLetteringOnMessageExpiration": true, "deadLetteringOnFilterEvaluationExceptions": false,
            "forwardTo": "jobs", "forwardDeadLetteredMessagesTo": "dead", "status": "ReceiveDisabled"}})
        );
        let (normal, _) = checked(spec(json!({})));
        assert_eq!(
            SORT.sent(&normal),
            json!({"properties": {
            "lockDuration": "PT1M", "maxDeliveryCount": 10, "requiresSession": false, "enableBatchedOperations": true,
            "deadLetteringOnMessageExpiration": false, "deadLetteringOnFilterEvaluationExceptions": true,
            "status": "Active"}})
        );
    }

    #[test]
    fn every_member_is_a_field_and_is_one_of_the_model() {
        let schema = ServiceBusSubscription::new().schema;
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
            (json!({"name": "s".repeat(51)}), "stack/bad-pattern", "name"),
            (json!({"name": "a$b"}), "stack/bad-pattern", "name"),
            (json!({"forward_to": "events"}), "azure/forward-to-itself", "forward_to"),
            (json!({"requires_session": true, "forward_to": "other"}), "azure/forward-of-sessions", "forward_to"),
            (json!({"max_size_in_megabytes": 1024}), "stack/unknown-field", "max_size_in_megabytes"),
        ];
        for (more, code, path) in cases {
            assert_eq!(checked(spec(more.clone())).1, [(code, path.to_owned())], "{more}");
        }
    }

    #[test]
    fn an_identity_is_of_names_without_their_case() {
        let (normal, _) = checked(spec(json!({"namespace": "Orders"})));
        assert_eq!(SORT.identity(&normal).as_deref(), Some("main/orders/events/billing"));
    }
}
