//! What is recorded, as text: `state list` and `state show`.

use super::text::{clean, columns, count};
use super::values::fields;
use super::{Role, Style};
use crate::address::Address;
use crate::clock::rfc3339;
use crate::state::{IntentOperation, Record, State, Status};

/// Every resource with its type and identity, then what is unfinished.
pub fn list(state: &State) -> String {
    let row = |address: String, record: &Record, note: &str| {
        let identity = if record.identity == address { "" } else { &record.identity };
        vec![address, record.resource_type.clone(), clean(identity).into_owned(), note.to_owned()]
    };
    let mut rows: Vec<_> =
        state.resources.iter().map(|(address, record)| row(address.to_string(), record, note(record))).collect();
    let deposed = state.deposed.iter();
    rows.extend(deposed.map(|((address, _), record)| row(address.to_string(), record, "(replaced, to be deleted)")));
    let mut text = columns(&rows);
    if rows.is_empty() {
        text.push_str("The state is empty.\n");
    }
    if !state.pending.is_empty() {
        let calls = count(state.pending.len(), "call");
        text.push_str(&format!(
            "\n{calls} of an earlier run with no known end; the next plan or apply looks for them:\n"
        ));
    }
    for intent in state.pending.values() {
        let since = rfc3339(std::time::Duration::from_secs(intent.at_s));
        let operation = match intent.operation {
            IntentOperation::Create { .. } => "create",
            IntentOperation::Update { .. } => "update",
            IntentOperation::Delete { .. } => "delete",
        };
        let identity = clean(&intent.identity);
        text.push_str(&format!("  {operation} {}  {}  {identity}  {since}\n", intent.address, intent.resource_type));
    }
    text
}

fn note(record: &Record) -> &'static str {
    match record.status {
        Status::Ready => "",
        Status::Incomplete => "(incomplete)",
    }
}

/// One resource with everything that is recorded of it.
pub fn show(address: &Address, record: &Record, style: &Style) -> String {
    let mut text = format!("{}  {}\n", style.paint(Role::Strong, address), record.resource_type);
    let dependencies: Vec<_> = record.dependencies.iter().map(ToString::to_string).collect();
    let marks = [
        (record.status == Status::Incomplete, "incomplete: the next apply repairs it"),
        (record.adopted, "adopted"),
        (record.protect, "protected"),
        (record.retain, "retained on destroy"),
    ];
    let marks: Vec<_> = marks.iter().filter(|(is, _)| *is).map(|(_, words)| *words).collect();
    let facts = [
        ("identity", clean(&record.identity).into_owned()),
        ("provider", record.provider.clone()),
        ("depends on", dependencies.join(", ")),
        ("marks", marks.join(", ")),
    ];
    for (name, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        text.push_str(&format!("  {:<12}{fact}\n", format!("{name}:")));
    }
    text.push_str(&format!("\n{}\n", style.paint(Role::Strong, "Attributes")));
    let attributes = record.attributes.iter().map(|(name, value)| (name.as_str(), value));
    text.extend(fields(attributes, 2, style).into_iter().map(|line| line + "\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::view::values::tests::attributes;
    use crate::state::Intent;
    use crate::value::{SealKey, Value};
    use serde_json::json;

    fn record() -> Record {
        Record {
            resource_type: "aws.sqs_queue".to_owned(),
            identity: "video-jobs".to_owned(),
            provider: "aws".to_owned(),
            provider_settings: attributes(json!({"region": "eu-west-1"})),
            status: Status::Ready,
            attributes: attributes(json!({"name": "video-jobs", "visibility_timeout": 600, "tags": {"team": "a"}})),
            dependencies: vec![Address::single("failed")],
            adopted: true,
            protect: false,
            retain: false,
            delete_timeout_s: None,
        }
    }

    #[test]
    fn a_list_has_everything_there_is() {
        let mut state = State::new("video".parse().unwrap(), "l".to_owned(), SealKey::from_bytes([0; 32]));
        insta::assert_snapshot!(list(&state), @"The state is empty.");
        state.resources.insert(Address::single("jobs"), record());
        state.resources.insert(Address::instance("reader", "a"), Record { status: Status::Incomplete, ..record() });
        state.deposed.insert((Address::single("jobs"), 7), Record { identity: "old-jobs".to_owned(), ..record() });
        let intent = Intent {
            address: Address::single("failed"),
            resource_type: "aws.sqs_queue".to_owned(),
            identity: "video-failed".to_owned(),
            provider: "aws".to_owned(),
            provider_settings: attributes(json!({})),
            at_s: 1_700_000_000,
            token: "t".to_owned(),
            operation: IntentOperation::Create { planned: Box::new(record()) },
        };
        state.pending.insert(9, intent);
        insta::assert_snapshot!(list(&state), @r#"
        jobs         aws.sqs_queue  video-jobs
        reader["a"]  aws.sqs_queue  video-jobs  (incomplete)
        jobs         aws.sqs_queue  old-jobs    (replaced, to be deleted)

        1 call of an earlier run with no known end; the next plan or apply looks for them:
          create failed  aws.sqs_queue  video-failed  2023-11-14T22:13:20Z
        "#);
    }

    #[test]
    fn one_resource_is_shown_whole_but_for_its_secrets() {
        let mut record = record();
        record.attributes.insert("password".to_owned(), Value::from("hunter2").into_secret());
        insta::assert_snapshot!(show(&Address::single("jobs"), &record, &Style::PLAIN), @r#"
        jobs  aws.sqs_queue
          identity:   video-jobs
          provider:   aws
          depends on: failed
          marks:      adopted

        Attributes
          name:               "video-jobs"
          password:           (secret)
          tags:
            team: "a"
          visibility_timeout: 600
        "#);
    }
}
