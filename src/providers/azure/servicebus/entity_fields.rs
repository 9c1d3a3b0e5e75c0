//! Fields that queues, topics and subscriptions have in common, and what is checked of them.
//!
//! Ranges are those of <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas>, of the Premium tier where
//! tiers differ: the tier is the namespace's to know.

use super::super::{duration, fields};
use crate::provider::{Field, FieldType, Finding};
use crate::value::{Attributes, Path, Value};

/// In megabytes; those above 5120 in the Premium tier only.
const SIZES: [i64; 9] = [1024, 2048, 3072, 4096, 5120, 10_240, 20_480, 40_960, 81_920];
const STATES: &[&str] = &["Active", "Disabled", "SendDisabled", "ReceiveDisabled"];

/// A namespace's name, 6 to 50 characters.
pub(in super::super) fn namespace_name() -> FieldType {
    FieldType::pattern(
        "[A-Za-z][A-Za-z0-9-]{4,48}[A-Za-z0-9]",
        "a namespace's name has 6 to 50 letters, digits and hyphens, and begins with a letter",
    )
}

/// Where it is: the group and the namespace.
pub(in super::super) fn place() -> Vec<Field> {
    vec![
        fields::resource_group(),
        Field::new("namespace", namespace_name(), "The name of the namespace it is in").required().replaces(),
    ]
}

/// A queue's or a topic's name. In ARM a slash would end it.
pub(in super::super) fn entity_name() -> FieldType {
    FieldType::pattern(
        "[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9._-]{0,258}[A-Za-z0-9]",
        "a name has 1 to 260 letters, digits and `._-`, and begins and ends with a letter or a digit",
    )
}

pub(in super::super) fn lock_duration() -> Field {
    let range = FieldType::Duration { min: 5, max: 300 };
    Field::new("lock_duration", range, "How long a received message is locked for its receiver").default(60)
}

pub(in super::super) fn time_to_live() -> Field {
    let range = FieldType::Duration { min: 1, max: duration::UNLIMITED_S };
    Field::new(
        "default_message_time_to_live",
        range,
        "How long a message is kept; a new one without it keeps them without limit, and for 14 days in the Basic tier",
    )
}

pub(in super::super) fn auto_delete() -> Field {
    let range = FieldType::Duration { min: 300, max: duration::UNLIMITED_S };
    Field::new("auto_delete_on_idle", range, "After how long without use it is deleted; never, where it is left out")
}

pub(in super::super) fn max_delivery_count() -> Field {
    let range = FieldType::Integer { min: 1, max: 2000 };
    Field::new("max_delivery_count", range, "How often a message is delivered before it goes to the dead letters")
        .default(10)
}

pub(in super::super) fn max_size() -> Field {
    let range = FieldType::Integer { min: 1024, max: 81_920 };
    Field::new(
        "max_size_in_megabytes",
        range,
        "The room for messages: a multiple of 1024 up to 5120, and in the Premium tier up to 81920",
    )
    .default(1024)
}

pub(in super::super) fn max_message_size() -> Field {
    let range = FieldType::Integer { min: 1024, max: 102_400 };
    Field::new("max_message_size_in_kilobytes", range, "The largest message; for the Premium tier only")
}

pub(in super::super) fn requires_session() -> Field {
    Field::new(
        "requires_session",
        FieldType::Bool,
        "Messages belong to sessions, each received in order by one receiver",
    )
    .default(false)
    .replaces()
}

pub(in super::super) fn duplicate_detection() -> [Field; 2] {
    let range = FieldType::Duration { min: 20, max: 604_800 };
    [
        Field::new("requires_duplicate_detection", FieldType::Bool, "Drops messages whose id was sent before")
            .default(false)
            .replaces(),
        Field::new("duplicate_detection_history_time_window", range, "How long ids are kept to tell repeats by"),
    ]
}

pub(in super::super) fn batched() -> Field {
    Field::new("enable_batched_operations", FieldType::Bool, "The service may store several changes at once")
        .default(true)
}

pub(in super::super) fn partitioning() -> Field {
    Field::new(
        "enable_partitioning",
        FieldType::Bool,
        "Spreads it over sixteen brokers; a Premium namespace with partitions wants it, and one without refuses it",
    )
    .replaces()
}

pub(in super::super) fn express() -> Field {
    Field::new(
        "enable_express",
        FieldType::Bool,
        "Keeps messages in memory for a while before they are stored; not for the Premium tier",
    )
}

pub(in super::super) fn dead_letter_expired() -> Field {
    let doc = "Messages that expire go to the dead letters, and are not dropped";
    Field::new("dead_lettering_on_message_expiration", FieldType::Bool, doc).default(false)
}

pub(in super::super) fn forwards() -> [Field; 2] {
    let name = entity_name;
    [
        Field::new(
            "forward_to",
            name(),
            "The name of the queue or topic of the same namespace that takes all messages",
        ),
        Field::new(
            "forward_dead_lettered_messages_to",
            name(),
            "The name of the queue or topic of the same namespace that takes the dead letters",
        ),
    ]
}

pub(in super::super) fn status() -> Field {
    Field::new("status", FieldType::one_of(STATES), "Whether messages can be sent and received").default("Active")
}

/// What one field alone does not show.
pub(in super::super) fn check(spec: &Attributes) -> Vec<Finding> {
    let mut findings = Vec::new();
    let yes = |field: &str| spec.get(field).and_then(Value::as_bool) == Some(true);
    let size = spec.get("max_size_in_megabytes").and_then(Value::as_i64);
    if let Some(size) = size.filter(|size| (1024..=81_920).contains(size) && !SIZES.contains(size)) {
        let sizes = SIZES.map(|size| size.to_string()).join(", ");
        let message = format!("{size} is not one of the sizes there are: {sizes}");
        findings.push(Finding::new("azure/bad-size", Path::field("max_size_in_megabytes"), message));
    }
    if yes("requires_session") && spec.contains_key("forward_to") {
        let message = "Service Bus forwards nothing from what requires sessions";
        let finding = Finding::new("azure/forward-of-sessions", Path::field("forward_to"), message);
        findings.push(finding.help("remove `forward_to` or `requires_session`"));
    }
    let window = "duplicate_detection_history_time_window";
    let is_detecting = spec.get("requires_duplicate_detection").is_none_or(|value| value.as_bool() != Some(false));
    if spec.contains_key(window) && !is_detecting {
        let message = "nothing is detected without `requires_duplicate_detection: true`";
        findings.push(Finding::new("azure/no-duplicate-detection", Path::field(window), message));
    }
    for field in ["forward_to", "forward_dead_lettered_messages_to"] {
        let own = ["name", "topic"].map(|name| spec.get(name).and_then(Value::as_str));
        let to = spec.get(field).and_then(Value::as_str);
        let is_same = |own: &Option<&str>| own.zip(to).is_some_and(|(own, to)| own.eq_ignore_ascii_case(to));
        // Of a subscription, the topic is where messages come from; its own name is no place.
        let [name, topic] = own;
        if is_same(&topic.or(name)) {
            let message = "messages would come back to where they are forwarded from";
            findings.push(Finding::new("azure/forward-to-itself", Path::field(field), message));
        }
    }
    findings
}
