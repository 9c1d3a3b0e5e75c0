//! A queue's fields as SQS's attributes, which are all text, and back.
//!
//! Knows the names and the forms of attributes, and makes no calls.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_sqs::types::QueueAttributeName as Name;
use serde_json::json;

use super::super::policy_document;
use crate::value::{Attributes, Value};

pub(super) type Wire = HashMap<Name, String>;

/// How a field stands in its attribute.
#[derive(Clone, Copy)]
enum Form {
    Integer,
    Bool,
    Text,
    DeadLetter,
    RedriveAllow,
    Policy,
}

struct Attribute {
    field: &'static str,
    name: Name,
    form: Form,
    fifo_only: bool,
    /// What takes a field back to where a new queue has it, for fields without a default in the schema.
    unset: Option<&'static str>,
}

const fn attribute(field: &'static str, name: Name, form: Form) -> Attribute {
    Attribute { field, name, form, fifo_only: false, unset: None }
}

const fn optional(field: &'static str, name: Name, form: Form, unset: &'static str) -> Attribute {
    Attribute { field, name, form, fifo_only: false, unset: Some(unset) }
}

const fn fifo(field: &'static str, name: Name, form: Form, unset: Option<&'static str>) -> Attribute {
    Attribute { field, name, form, fifo_only: true, unset }
}

/// Everything SetQueueAttributes takes.
const ATTRIBUTES: &[Attribute] = &[
    attribute("delay", Name::DelaySeconds, Form::Integer),
    attribute("visibility_timeout", Name::VisibilityTimeout, Form::Integer),
    attribute("message_retention", Name::MessageRetentionPeriod, Form::Integer),
    attribute("max_message_size", Name::MaximumMessageSize, Form::Integer),
    attribute("receive_wait_time", Name::ReceiveMessageWaitTimeSeconds, Form::Integer),
    fifo("content_based_deduplication", Name::ContentBasedDeduplication, Form::Bool, None),
    fifo("deduplication_scope", Name::DeduplicationScope, Form::Text, Some("queue")),
    fifo("fifo_throughput_limit", Name::FifoThroughputLimit, Form::Text, Some("perQueue")),
    optional("dead_letter", Name::RedrivePolicy, Form::DeadLetter, ""),
    optional("redrive_allow", Name::RedriveAllowPolicy, Form::RedriveAllow, ""),
    optional("policy", Name::Policy, Form::Policy, ""),
    optional("kms_key", Name::KmsMasterKeyId, Form::Text, ""),
    optional("kms_data_key_reuse", Name::KmsDataKeyReusePeriodSeconds, Form::Integer, "300"),
    optional("sse", Name::SqsManagedSseEnabled, Form::Bool, "true"),
];

/// What CreateQueue is given.
pub(super) fn for_create(desired: &Attributes) -> Wire {
    let is_fifo = desired.get("fifo").and_then(Value::as_bool) == Some(true);
    let mut wire = written(desired, is_fifo);
    if is_fifo {
        // SQS refuses `false` here.
        wire.insert(Name::FifoQueue, "true".to_owned());
    }
    wire
}

/// What SetQueueAttributes is given, or nothing when the queue is as it should be.
///
/// Everything desired goes together, since some attributes are only valid together. What
/// was recorded and is no longer desired goes back to where a new queue has it.
pub(super) fn for_update(present: &Attributes, recorded: &Attributes, desired: &Attributes) -> Option<Wire> {
    let is_fifo = present.get("fifo").and_then(Value::as_bool) == Some(true);
    let mut wire = written(desired, is_fifo);
    let mut differs = differing(present, desired);
    for attribute in ATTRIBUTES {
        let was_ours = recorded.contains_key(attribute.field) && !desired.contains_key(attribute.field);
        if let Some(unset) = attribute.unset.filter(|_| was_ours && (is_fifo || !attribute.fifo_only)) {
            differs |= present.get(attribute.field).is_some_and(|value| value.to_string() != unset);
            wire.insert(attribute.name.clone(), unset.to_owned());
        }
    }
    settle_encryption(&mut wire, desired, present);
    differs.then_some(wire)
}

/// A queue has one encryption at most, so turning one on turns the other off, and
/// giving up a KMS key goes back to SQS's own keys, as a new queue has them.
fn settle_encryption(wire: &mut Wire, desired: &Attributes, present: &Attributes) {
    let is_on = |fields: &Attributes| fields.get("sse").and_then(Value::as_bool) == Some(true);
    let had_key = present.contains_key("kms_key");
    if desired.contains_key("kms_key") {
        if is_on(present) || is_on(desired) || wire.contains_key(&Name::SqsManagedSseEnabled) {
            wire.insert(Name::SqsManagedSseEnabled, "false".to_owned());
        }
        return;
    }
    wire.remove(&Name::KmsDataKeyReusePeriodSeconds);
    if had_key && is_on(desired) {
        wire.insert(Name::KmsMasterKeyId, String::new());
    }
    let gives_up_key = wire.get(&Name::KmsMasterKeyId).is_some_and(String::is_empty);
    if gives_up_key && !desired.contains_key("sse") {
        wire.insert(Name::SqsManagedSseEnabled, "true".to_owned());
    }
}

fn differing(present: &Attributes, desired: &Attributes) -> bool {
    ATTRIBUTES.iter().any(|attribute| match (present.get(attribute.field), desired.get(attribute.field)) {
        (_, None) => false,
        (Some(left), Some(right)) if matches!(attribute.form, Form::Policy) => !policy_document::same(left, right),
        (left, right) => left != right,
    })
}

fn written(desired: &Attributes, is_fifo: bool) -> Wire {
    let applying = ATTRIBUTES.iter().filter(|attribute| is_fifo || !attribute.fifo_only);
    applying
        .filter_map(|attribute| Some((attribute.name.clone(), to_text(attribute.form, desired.get(attribute.field)?))))
        .collect()
}

fn to_text(form: Form, value: &Value) -> String {
    let part = |name: &str| value.as_map().and_then(|entries| entries.get(name)).map(Value::to_json);
    match (form, value) {
        (Form::DeadLetter, _) => {
            json!({"deadLetterTargetArn": part("queue"), "maxReceiveCount": part("max_receive_count")}).to_string()
        }
        (Form::RedriveAllow, _) => {
            let mut allow = json!({"redrivePermission": part("permission")});
            if let Some(queues) = part("source_queues") {
                allow["sourceQueueArns"] = queues;
            }
            allow.to_string()
        }
        (Form::Policy, document) => policy_document::to_text(document),
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

/// Every field that can be told from what SQS answers.
pub(super) fn read(name: &str, wire: &Wire) -> Attributes {
    let is_true = |text: &String| text.eq_ignore_ascii_case("true");
    let is_fifo = wire.get(&Name::FifoQueue).is_some_and(is_true);
    let mut fields = Attributes::from([
        ("name".to_owned(), name.into()),
        ("fifo".to_owned(), is_fifo.into()),
        // SQS is silent on it for a standard queue.
        ("content_based_deduplication".to_owned(), false.into()),
    ]);
    for attribute in ATTRIBUTES {
        // SQS leaves out what is not set; others answer with nothing in it.
        let text = wire.get(&attribute.name).filter(|text| !text.is_empty());
        if let Some(value) = text.and_then(|text| from_text(attribute.form, text)) {
            fields.insert(attribute.field.to_owned(), value);
        }
    }
    fields
}

fn from_text(form: Form, text: &str) -> Option<Value> {
    let map = |entries: [(&str, Option<Value>); 2]| {
        let given = entries.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Map(given.collect::<BTreeMap<_, _>>())
    };
    match form {
        Form::Integer => text.parse().ok().map(Value::Integer),
        Form::Bool => Some(Value::Bool(text.eq_ignore_ascii_case("true"))),
        Form::Text => Some(text.into()),
        Form::Policy => Some(policy_document::from_text(text)),
        Form::DeadLetter => {
            let policy: serde_json::Value = serde_json::from_str(text).ok()?;
            // SQS answers with a number, and takes and keeps a text as well.
            let count = &policy["maxReceiveCount"];
            let count = count.as_i64().or_else(|| count.as_str()?.parse().ok())?;
            let queue = policy["deadLetterTargetArn"].as_str()?;
            Some(map([("queue", Some(queue.into())), ("max_receive_count", Some(count.into()))]))
        }
        Form::RedriveAllow => {
            let policy: serde_json::Value = serde_json::from_str(text).ok()?;
            let permission = policy["redrivePermission"].as_str()?;
            let queues = policy["sourceQueueArns"].as_array().map(|arns| {
                let sorted: BTreeSet<_> = arns.iter().filter_map(|arn| arn.as_str()).collect();
                Value::from(sorted.into_iter().collect::<Vec<_>>())
            });
            Some(map([("permission", Some(permission.into())), ("source_queues", queues)]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(json: serde_json::Value) -> Attributes {
        match Value::from(json) {
            Value::Map(entries) => entries,
            _ => panic!("a map"),
        }
    }

    #[test]
    fn every_field_reads_back_as_it_was_written() {
        let arn = "arn:aws:sqs:us-east-1:123456789012:d";
        let desired = spec(json!({
            "name": "j.fifo", "fifo": true, "delay": 1, "visibility_timeout": 2, "message_retention": 60,
            "max_message_size": 1024, "receive_wait_time": 3, "content_based_deduplication": true,
            "deduplication_scope": "messageGroup", "fifo_throughput_limit": "perMessageGroupId",
            "dead_letter": {"queue": arn, "max_receive_count": 5},
            "redrive_allow": {"permission": "byQueue", "source_queues": [arn]},
            "policy": {"Version": "2012-10-17", "Statement": []},
            "kms_key": "alias/x", "kms_data_key_reuse": 60, "sse": false,
        }));
        assert_eq!(read("j.fifo", &for_create(&desired)), desired);
    }

    #[test]
    fn a_standard_queue_is_told_nothing_of_fifo() {
        let wire = for_create(&spec(json!({"name": "j", "fifo": false, "content_based_deduplication": false})));
        assert!(wire.is_empty(), "{wire:?}");
    }

    /// What is sent, by attribute name and sorted, when a queue goes from `present` to `desired`.
    fn sent(
        present: serde_json::Value,
        recorded: serde_json::Value,
        desired: serde_json::Value,
    ) -> Option<Vec<String>> {
        let wire = for_update(&spec(present), &spec(recorded), &spec(desired))?;
        let mut sent: Vec<_> = wire.iter().map(|(name, text)| format!("{name}={text}")).collect();
        sent.sort();
        Some(sent)
    }

    #[test]
    fn only_what_differs_or_was_given_up_causes_a_call() {
        let some = |sent: &[&str]| Some(sent.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        let empty = json!({});
        // As it should be.
        assert_eq!(sent(json!({"delay": 1, "sse": true}), json!({"delay": 1}), json!({"delay": 1})), None);
        // Another spelling of the same policy.
        let written = json!({"policy": {"Statement": {"Action": "SQS:A"}}});
        let stored = json!({"policy": {"Version": "2008-10-17", "Statement": [{"Action": ["sqs:a"]}]}});
        assert_eq!(sent(stored, empty.clone(), written), None);
        // A field that never was ours stays as it is.
        assert_eq!(sent(json!({"kms_key": "k"}), empty.clone(), empty.clone()), None);
        // One that was is taken back.
        let dead_letter = json!({"dead_letter": {"queue": "a", "max_receive_count": 1}});
        assert_eq!(sent(dead_letter.clone(), dead_letter, empty.clone()), some(&["RedrivePolicy="]));
        assert_eq!(
            sent(json!({"sse": false}), json!({"sse": false}), empty.clone()),
            some(&["SqsManagedSseEnabled=true"])
        );
        assert_eq!(sent(json!({"sse": true}), json!({"sse": true}), empty.clone()), None);
        // One that someone else took back already needs no call.
        assert_eq!(sent(empty.clone(), json!({"policy": {}}), empty), None);
    }

    #[test]
    fn encryptions_take_turns() {
        let some = |sent: &[&str]| Some(sent.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            sent(json!({"sse": true}), json!({}), json!({"kms_key": "k"})),
            some(&["KmsMasterKeyId=k", "SqsManagedSseEnabled=false"])
        );
        assert_eq!(
            sent(json!({"sse": true}), json!({"sse": true}), json!({"kms_key": "k"})),
            some(&["KmsMasterKeyId=k", "SqsManagedSseEnabled=false"])
        );
        let with_key = json!({"kms_key": "k", "kms_data_key_reuse": 60, "sse": false});
        assert_eq!(
            sent(with_key.clone(), with_key.clone(), json!({})),
            some(&["KmsMasterKeyId=", "SqsManagedSseEnabled=true"])
        );
        assert_eq!(
            sent(with_key, json!({}), json!({"sse": true})),
            some(&["KmsMasterKeyId=", "SqsManagedSseEnabled=true"])
        );
    }
}
