//! Outputs of a stack as text.

use std::collections::BTreeMap;

use super::Style;
use super::values::{changes as value_changes, fields};
use crate::plan::OutputChange;
use crate::value::{FieldChange, Path, Value};

/// `name = value`, a line each; maps and long texts as blocks below their name.
pub fn text(outputs: &BTreeMap<String, Value>, style: &Style) -> String {
    if outputs.is_empty() {
        return "The stack has no outputs.\n".to_owned();
    }
    let lines = fields(outputs.iter().map(|(name, value)| (name.as_str(), value)), 0, style);
    lines.into_iter().map(|line| line + "\n").collect()
}

/// One output for a script: a string without quotes, anything else as JSON on one line.
/// `None` for what has no printable form.
pub fn raw(value: &Value) -> Option<String> {
    if value.has_secret() || value.has_unknown() {
        return None;
    }
    match value {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_json().to_string()),
    }
}

/// The outputs that change with a plan.
pub(super) fn changes(outputs: &[OutputChange], style: &Style) -> String {
    let all: Vec<_> = outputs
        .iter()
        .map(|output| FieldChange {
            path: Path::field(&output.name),
            before: output.before.clone(),
            after: output.after.clone(),
        })
        .collect();
    value_changes(&all, 2, &|_| None, style).into_iter().map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::view::values::tests::attributes;
    use serde_json::json;

    #[test]
    fn outputs_are_for_people_and_for_scripts() {
        let mut outputs = attributes(json!({"queue_url": "https://x/jobs", "workers": 3, "tags": {"team": "a"}}));
        outputs.insert("password".to_owned(), Value::from("hunter2").into_secret());
        insta::assert_snapshot!(text(&outputs, &Style::PLAIN), @r#"
        password:  (secret)
        queue_url: "https://x/jobs"
        tags:
          team: "a"
        workers:   3
        "#);
        assert_eq!(raw(&outputs["queue_url"]).as_deref(), Some("https://x/jobs"));
        assert_eq!(raw(&outputs["tags"]).as_deref(), Some(r#"{"team":"a"}"#));
        assert_eq!(raw(&outputs["password"]), None);
    }
}
