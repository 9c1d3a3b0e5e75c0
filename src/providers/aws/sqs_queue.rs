//! `aws.sqs_queue`: what a queue may say. Ranges and defaults are those of the SQS API reference, CreateQueue.
//!
//! Pure: the calls are in `calls`, and how fields and SQS's attributes belong together in `attributes`.

mod attributes;
mod calls;

use std::time::Duration;

use super::policy_grammar::{self, Purpose};
use super::{ownership, policy_document};
use crate::provider::{Field, FieldType, Finding, Operation, Output, ResourceType, Schema, Text};
use crate::value::{Attributes, Kind, Path, Value};

/// What the name of a FIFO queue ends in.
const FIFO_SUFFIX: &str = ".fifo";
const FIFO_ONLY: [&str; 3] = ["content_based_deduplication", "deduplication_scope", "fifo_throughput_limit"];

pub(super) struct SqsQueue {
    schema: Schema,
}

impl SqsQueue {
    pub(super) fn new() -> Self {
        let outputs = vec![
            Output::new("url", Kind::String, "Where messages are sent and received"),
            Output::new("arn", Kind::String, "Its name in policies"),
        ];
        Self { schema: Schema { spec: fields(), outputs } }
    }
}

impl ResourceType for SqsQueue {
    fn name(&self) -> &'static str {
        "aws.sqs_queue"
    }

    fn doc(&self) -> &'static str {
        "An SQS queue, standard or FIFO, with its dead letter queue, policy and encryption."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let mut findings = ownership::check(spec, ownership::Tagging::Sqs);
        findings.extend(check_fifo(spec));
        findings.extend(check_encryption(spec));
        findings.extend(check_redrive(spec));
        if let Some(policy) = spec.get("policy") {
            findings.extend(policy_grammar::check(policy, Purpose::Resource, &Path::field("policy")));
        }
        findings
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        spec.get("name")?.as_str().map(str::to_owned)
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["account", "region"]
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["name"]
    }

    fn reuse_after(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn visible_after(&self) -> Duration {
        Duration::from_secs(5)
    }

    /// As SQS says, and a little more costs nothing.
    fn shown_after_deletion(&self) -> Duration {
        Duration::from_secs(65)
    }

    fn expected(&self, operation: Operation) -> Duration {
        match operation {
            Operation::Create | Operation::Update => Duration::from_secs(2),
            Operation::Delete => Duration::from_secs(10),
        }
    }
}

fn fields() -> Vec<Field> {
    let name = FieldType::pattern(
        r"[0-9A-Za-z_-]{1,80}|[0-9A-Za-z_-]{1,75}\.fifo",
        "a queue's name has 1 to 80 letters, digits, `_` and `-`, and that of a FIFO queue ends in `.fifo`",
    );
    let seconds = |min, max| FieldType::Duration { min, max };
    let document = FieldType::Document { canonical: policy_document::canonical };
    vec![
        Field::new("name", name, "Its name, unique in account and region").required().replaces(),
        Field::new("fifo", FieldType::Bool, "Keeps the order of messages and drops repeats").default(false).replaces(),
        Field::new("delay", seconds(0, 900), "How long a new message stays hidden").default(0),
        Field::new("visibility_timeout", seconds(0, 43_200), "How long a received message stays hidden").default(30),
        Field::new("message_retention", seconds(60, 1_209_600), "How long a message is kept").default(345_600),
        Field::new(
            "max_message_size",
            FieldType::Integer { min: 1024, max: 1_048_576 },
            "The largest message, in bytes",
        )
        .default(1_048_576),
        Field::new("receive_wait_time", seconds(0, 20), "How long a receive call waits for a message").default(0),
        Field::new("content_based_deduplication", FieldType::Bool, "FIFO: tells repeats by a hash of the message")
            .default(false),
        Field::new(
            "deduplication_scope",
            FieldType::one_of(&["messageGroup", "queue"]),
            "FIFO: where repeats are looked for",
        ),
        Field::new(
            "fifo_throughput_limit",
            FieldType::one_of(&["perQueue", "perMessageGroupId"]),
            "FIFO: what the limit of messages a second is for; `perMessageGroupId` is high throughput",
        ),
        dead_letter(),
        redrive_allow(),
        Field::new("policy", document, "Who may do what with it, as an IAM policy document"),
        Field::new("kms_key", FieldType::String(Text { min: 1, ..Text::default() }), "The KMS key: id, ARN or alias"),
        Field::new("kms_data_key_reuse", seconds(60, 86_400), "How long a data key of KMS is used again"),
        Field::new(
            "sse",
            FieldType::Bool,
            "Encryption with keys that SQS manages; on for a new queue without `kms_key`",
        ),
        ownership::field(),
    ]
}

fn queue_arn() -> FieldType {
    FieldType::pattern(r"arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:[0-9A-Za-z_.-]{1,80}", "the ARN of an SQS queue")
}

fn dead_letter() -> Field {
    let fields = vec![
        Field::new("queue", queue_arn(), "The ARN of the queue that takes the messages").required(),
        Field::new(
            "max_receive_count",
            FieldType::Integer { min: 1, max: 1000 },
            "How often a message is received before it goes there",
        )
        .required(),
    ];
    Field::new("dead_letter", FieldType::Object(fields), "Where messages go that no one can handle")
}

fn redrive_allow() -> Field {
    let fields = vec![
        Field::new(
            "permission",
            FieldType::one_of(&["allowAll", "denyAll", "byQueue"]),
            "Which queues may use this one as their dead letter queue",
        )
        .required(),
        Field::new(
            "source_queues",
            FieldType::set(queue_arn()),
            "With `byQueue`: the ARNs of those queues, ten at most",
        ),
    ];
    Field::new("redrive_allow", FieldType::Object(fields), "Which queues may send their dead letters here")
}

fn check_fifo(spec: &Attributes) -> Vec<Finding> {
    let at = Path::field;
    let mut findings = Vec::new();
    let Some(fifo) = spec.get("fifo").and_then(Value::as_bool) else {
        return findings;
    };
    if let Some(name) = spec.get("name").and_then(Value::as_str)
        && name.ends_with(FIFO_SUFFIX) != fifo
    {
        let (message, help) = match fifo {
            true => (format!("the name of a FIFO queue ends in `{FIFO_SUFFIX}`"), format!("`{name}{FIFO_SUFFIX}`")),
            false => (format!("only a FIFO queue's name ends in `{FIFO_SUFFIX}`"), "set `fifo: true`".to_owned()),
        };
        findings.push(Finding::new("aws/fifo-name", at("name"), message).help(help));
    }
    for field in FIFO_ONLY {
        let given = spec.get(field).is_some_and(|value| value.as_bool() != Some(false));
        if given && !fifo {
            let message = format!("`{field}` is for FIFO queues only");
            findings.push(Finding::new("aws/fifo-only", at(field), message).help("set `fifo: true`"));
        }
    }
    let text = |field: &str| spec.get(field).and_then(Value::as_str);
    let scope_is_unknown = spec.get("deduplication_scope").is_some_and(Value::has_unknown);
    if text("fifo_throughput_limit") == Some("perMessageGroupId")
        && text("deduplication_scope") != Some("messageGroup")
        && !scope_is_unknown
    {
        let message = "SQS takes `perMessageGroupId` only together with `deduplication_scope: messageGroup`";
        findings.push(Finding::new("aws/fifo-throughput", at("fifo_throughput_limit"), message));
    }
    findings
}

fn check_encryption(spec: &Attributes) -> Vec<Finding> {
    let mut findings = Vec::new();
    let has_key = spec.contains_key("kms_key");
    if has_key && spec.get("sse").and_then(Value::as_bool) == Some(true) {
        let message = "a queue is encrypted either with SQS's own keys or with a KMS key";
        let finding = Finding::new("aws/two-encryptions", Path::field("sse"), message);
        findings.push(finding.help("remove `sse` or `kms_key`"));
    }
    if !has_key && spec.contains_key("kms_data_key_reuse") {
        let message = "`kms_data_key_reuse` has a meaning only with `kms_key`";
        findings.push(Finding::new("aws/no-kms-key", Path::field("kms_data_key_reuse"), message));
    }
    findings
}

fn check_redrive(spec: &Attributes) -> Vec<Finding> {
    let mut findings = Vec::new();
    let fifo = spec.get("fifo").and_then(Value::as_bool);
    let target = spec.get("dead_letter").and_then(Value::as_map).and_then(|to| to.get("queue")?.as_str());
    if let (Some(arn), Some(fifo)) = (target, fifo)
        && arn.ends_with(FIFO_SUFFIX) != fifo
    {
        let kind = if fifo { "FIFO" } else { "standard" };
        let message = format!("the dead letter queue of a {kind} queue has to be a {kind} queue too");
        findings.push(Finding::new("aws/dead-letter-kind", Path::field("dead_letter").key("queue"), message));
    }
    if let Some(allow) = spec.get("redrive_allow").and_then(Value::as_map) {
        let at = Path::field("redrive_allow").key("source_queues");
        let count = allow.get("source_queues").map_or(Some(0), |queues| Some(queues.as_list()?.len()));
        let message = match (allow.get("permission").and_then(Value::as_str), count) {
            (Some("byQueue"), Some(0 | 11..)) => "`byQueue` takes one to ten source queues",
            (Some("allowAll" | "denyAll"), Some(1..)) => "source queues are only named with `permission: byQueue`",
            _ => return findings,
        };
        findings.push(Finding::new("aws/redrive-allow", at, message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::normalise;
    use serde_json::json;

    fn findings(spec: serde_json::Value) -> Vec<(&'static str, String)> {
        let queue = SqsQueue::new();
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, mut findings) = normalise(&queue.schema.spec, &spec, &Path::default());
        findings.extend(queue.check(&normal));
        findings.into_iter().map(|finding| (finding.code, finding.path.to_string())).collect()
    }

    #[test]
    fn what_fits_is_taken() {
        for spec in [
            json!({"name": "jobs"}),
            json!({"name": "jobs.fifo", "fifo": true, "content_based_deduplication": true}),
            json!({"name": "j", "visibility_timeout": "10m", "max_message_size": 1_048_576, "receive_wait_time": 20}),
            json!({"name": "j", "kms_key": "alias/x", "kms_data_key_reuse": "5m", "sse": false}),
            json!({"name": "j", "dead_letter": {"queue": "arn:aws:sqs:us-east-1:123456789012:d", "max_receive_count": 5}}),
            json!({"name": "j.fifo", "fifo": true, "deduplication_scope": "messageGroup",
                   "fifo_throughput_limit": "perMessageGroupId"}),
            json!({"name": "j", "redrive_allow": {"permission": "byQueue",
                   "source_queues": ["arn:aws:sqs:us-east-1:123456789012:a"]}}),
        ] {
            assert_eq!(findings(spec.clone()), [], "{spec}");
        }
    }

    #[test]
    fn what_does_not_fit_is_found_where_it_stands() {
        let other = "arn:aws:sqs:us-east-1:123456789012:d";
        let cases = [
            (json!({"name": "a b"}), "stack/bad-pattern", "name"),
            (json!({"name": "j".repeat(81)}), "stack/bad-pattern", "name"),
            (json!({"name": "jobs", "fifo": true}), "aws/fifo-name", "name"),
            (json!({"name": "jobs.fifo"}), "aws/fifo-name", "name"),
            (json!({"name": "j", "deduplication_scope": "queue"}), "aws/fifo-only", "deduplication_scope"),
            (json!({"name": "j", "content_based_deduplication": true}), "aws/fifo-only", "content_based_deduplication"),
            (
                json!({"name": "j.fifo", "fifo": true, "fifo_throughput_limit": "perMessageGroupId"}),
                "aws/fifo-throughput",
                "fifo_throughput_limit",
            ),
            (json!({"name": "j", "kms_key": "k", "sse": true}), "aws/two-encryptions", "sse"),
            (json!({"name": "j", "kms_data_key_reuse": 300}), "aws/no-kms-key", "kms_data_key_reuse"),
            (json!({"name": "j", "max_message_size": 1_048_577}), "stack/out-of-range", "max_message_size"),
            (json!({"name": "j", "delay": "16m"}), "stack/out-of-range", "delay"),
            (
                json!({"name": "j.fifo", "fifo": true, "dead_letter": {"queue": other, "max_receive_count": 1}}),
                "aws/dead-letter-kind",
                "dead_letter.queue",
            ),
            (
                json!({"name": "j", "dead_letter": {"queue": other, "max_receive_count": 1001}}),
                "stack/out-of-range",
                "dead_letter.max_receive_count",
            ),
            (
                json!({"name": "j", "redrive_allow": {"permission": "byQueue"}}),
                "aws/redrive-allow",
                "redrive_allow.source_queues",
            ),
            (
                json!({"name": "j", "redrive_allow": {"permission": "denyAll", "source_queues": [other]}}),
                "aws/redrive-allow",
                "redrive_allow.source_queues",
            ),
            (json!({"name": "j", "policy": {}}), "aws/bad-policy", "policy"),
            (json!({"name": "j", "tags": {"aws:x": "y"}}), "aws/reserved-tag", "tags.aws:x"),
            (json!({"name": "j", "tags": {"x": "a & b"}}), "aws/bad-tag", "tags.x"),
        ];
        for (spec, code, path) in cases {
            assert_eq!(findings(spec.clone()), [(code, path.to_owned())], "{spec}");
        }
    }

    #[test]
    fn what_is_unknown_is_left_for_later() {
        let mut spec = Attributes::from([("name".to_owned(), Value::Unknown(Kind::String))]);
        spec.insert("fifo".to_owned(), Value::Unknown(Kind::Bool));
        spec.insert("redrive_allow".to_owned(), Value::Unknown(Kind::Map));
        assert_eq!(SqsQueue::new().check(&spec), []);
        assert_eq!(SqsQueue::new().identity(&spec), None);
    }
}
