//! NDJSON for programs: every line is one object, a message.
//!
//! Every message has `"version"`, the version of this format ([`VERSION`]; it
//! goes up when something is taken away or changes its meaning, not when
//! something is added), and `"type"`:
//!
//! | type | from | what it is |
//! |---|---|---|
//! | `diagnostic` | [`diagnostic`] | a problem in what the user wrote |
//! | `plan` | [`plan`] | a whole plan |
//! | `drift` | [`drift`] | what changed behind our back |
//! | `phase_started`, `phase_finished` | [`event`] | a run begins or ends to recover, refresh or apply |
//! | `recovered` | [`event`] | what became of a call of an earlier run |
//! | `refreshing`, `refreshed` | [`event`] | an object is looked at |
//! | `step_started`, `step_progress`, `step_retried`, `step_succeeded`, `step_failed`, `step_skipped` | [`event`] | one step of an apply |
//! | `stopping` | [`event`] | the first Ctrl-C |
//! | `applied` | [`event`] | the end of an apply |
//! | `outputs` | [`outputs`] | the outputs of the stack |
//! | `resources`, `resource` | [`resources`], [`resource`] | what is recorded |
//! | `error` | [`error`] | why the command failed |
//!
//! Names are snake_case and stable. Durations are numbers whose name ends in `_ms`
//! or `_s`; moments are RFC 3339. Addresses are written as in a stack: `reader["jobs"]`.
//! What does not apply is null rather than left out.
//!
//! Values are JSON as the stack has them, except for two markers in the place of a value:
//! `{"$unknown": "string"}` is known only after the apply, and of that kind (`any`, `bool`,
//! `integer`, `float`, `string`, `list` or `map`); `{"$secret": true}` has no printable form.
//! So that no data can be taken for a marker, a key of the user's that starts with `$` is
//! written with one more, as in state files.

mod event;
mod plan;
mod value;

use std::collections::BTreeMap;
use std::error::Error;

use serde_json::{Map, json};

pub use event::event;
pub use plan::{drift, plan};
pub use value::value;

use self::value::attributes;
use crate::address::Address;
use crate::diagnostic::{Diagnostic, Position, Severity};
use crate::state::Record;
use crate::value::Value;

/// Of the format of all messages.
pub const VERSION: u64 = 1;

/// A message: the fields of `body` behind `version` and `type`.
fn message(name: &str, body: serde_json::Value) -> serde_json::Value {
    let mut message = Map::new();
    message.insert("version".to_owned(), VERSION.into());
    message.insert("type".to_owned(), name.into());
    if let serde_json::Value::Object(fields) = body {
        message.extend(fields);
    }
    message.into()
}

/// `diagnostic`: `severity` (`error`, `warning`), `code`, `summary`, `detail`, `help`, and `range`
/// (null or `file`, `start`, `end`; each with 1-based `line` and `column` in characters, 0-based `offset` in bytes).
pub fn diagnostic(diagnostic: &Diagnostic) -> serde_json::Value {
    let place =
        |position: &Position| json!({"line": position.line, "column": position.column, "offset": position.offset});
    let range = diagnostic
        .range
        .as_ref()
        .map(|range| json!({"file": range.source.name, "start": place(&range.start), "end": place(&range.end)}));
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    message(
        "diagnostic",
        json!({
            "severity": severity,
            "code": diagnostic.code,
            "summary": diagnostic.summary,
            "detail": diagnostic.detail,
            "help": diagnostic.help,
            "range": range,
        }),
    )
}

/// `error`: `message`, `causes` (a list of strings, the nearest first) and `hint`.
pub fn error(error: &dyn Error, hint: Option<&str>) -> serde_json::Value {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(source) = cause {
        causes.push(source.to_string());
        cause = source.source();
    }
    message("error", json!({"message": error.to_string(), "causes": causes, "hint": hint}))
}

/// `outputs`: `outputs`, an object of values by name.
pub fn outputs(outputs: &BTreeMap<String, Value>) -> serde_json::Value {
    message("outputs", json!({"outputs": attributes(outputs)}))
}

/// `resources`: `resources`, a list of `address`, `resource_type`, `identity`, `status` (`ready`, `incomplete`).
pub fn resources(resources: &BTreeMap<Address, Record>) -> serde_json::Value {
    let list: Vec<_> = resources
        .iter()
        .map(|(address, record)| {
            json!({
                "address": address,
                "resource_type": record.resource_type,
                "identity": record.identity,
                "status": record.status,
            })
        })
        .collect();
    message("resources", json!({"resources": list}))
}

/// `resource`: as in `resources`, and `provider`, `attributes`, `dependencies`, `adopted`, `protect`, `retain`.
pub fn resource(address: &Address, record: &Record) -> serde_json::Value {
    message(
        "resource",
        json!({
            "address": address,
            "resource_type": record.resource_type,
            "identity": record.identity,
            "status": record.status,
            "provider": record.provider,
            "attributes": attributes(&record.attributes),
            "dependencies": record.dependencies,
            "adopted": record.adopted,
            "protect": record.protect,
            "retain": record.retain,
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Source, SourceRange};

    #[test]
    fn a_problem_has_its_place() {
        let source = std::sync::Arc::new(Source { name: "a.yaml".to_owned(), text: "a: b".to_owned() });
        let start = Position { line: 1, column: 4, offset: 3 };
        let range = SourceRange { source, start, end: Position { line: 1, column: 5, offset: 4 } };
        let problem = Diagnostic::warning("a/b", "S", "d").at(&range);
        insta::assert_snapshot!(diagnostic(&problem), @r#"{"code":"a/b","detail":"d","help":null,"range":{"end":{"column":5,"line":1,"offset":4},"file":"a.yaml","start":{"column":4,"line":1,"offset":3}},"severity":"warning","summary":"S","type":"diagnostic","version":1}"#);
    }

    #[test]
    fn an_error_has_its_causes() {
        let cause = std::io::Error::other("no space");
        let failed = crate::state::StoreError::Io { doing: "write", file: "x".to_owned(), source: cause };
        insta::assert_snapshot!(error(&failed, None), @r#"{"causes":["no space"],"hint":null,"message":"cannot write `x`","type":"error","version":1}"#);
    }

    #[test]
    fn a_line_is_a_message() {
        let events = crate::cli::view::sample::events();
        let text: String = events.iter().map(|happened| format!("{}\n", event(happened))).collect();
        for line in text.lines() {
            let message: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(message["version"], 1);
            assert!(message["type"].is_string());
        }
        insta::assert_snapshot!(text, @r#"
        {"phase":"recover","total":1,"type":"phase_started","version":1}
        {"address":"old","operation":"create","outcome":"found and recorded","type":"recovered","version":1}
        {"phase":"recover","type":"phase_finished","version":1}
        {"phase":"refresh","total":2,"type":"phase_started","version":1}
        {"address":"jobs","type":"refreshing","version":1}
        {"address":"jobs","type":"refreshed","version":1}
        {"phase":"refresh","type":"phase_finished","version":1}
        {"phase":"apply","total":4,"type":"phase_started","version":1}
        {"address":"jobs","expected_ms":1000,"identity":"video-jobs","kind":"create","type":"step_started","version":1}
        {"address":"cluster","expected_ms":600000,"identity":"video-cluster","kind":"create","type":"step_started","version":1}
        {"address":"events","expected_ms":0,"identity":"video-events","kind":"delete_deposed","type":"step_started","version":1}
        {"address":"jobs","after_ms":800,"error":"sqs:CreateQueue failed with Throttled","kind":"create","type":"step_retried","version":1}
        {"address":"jobs","elapsed_ms":1200,"identity":"video-jobs","kind":"create","type":"step_succeeded","version":1}
        {"address":"cluster","elapsed_ms":20000,"expected_ms":600000,"kind":"create","message":"the control plane\nis CREATING","type":"step_progress","version":1}
        {"address":"events","elapsed_ms":90000,"identity":null,"kind":"delete_deposed","type":"step_succeeded","version":1}
        {"address":"cluster","elapsed_ms":61000,"error":"access denied: `eks:CreateCluster` is not allowed","hint":"add the action to a policy of the role you use","kind":"create","type":"step_failed","version":1}
        {"address":"other","elapsed_ms":64000,"kind":"create","type":"step_interrupted","version":1,"waiting_for":"it is CREATING"}
        {"address":"nodes","because":"cluster","kind":"create","type":"step_skipped","version":1}
        {"running":1,"type":"stopping","version":1}
        {"done":{"adopt":0,"create":1,"delete":0,"forget":0,"no_op":0,"replace":1,"update":0},"elapsed_ms":65000,"failed":1,"skipped":1,"type":"applied","version":1}
        "#);
    }
}
