//! What changed behind our back, as text.

use super::text::{count, one_line};
use super::values::changes;
use super::{Role, Style};
use crate::plan::{Drift, DriftKind};

/// What the `drift` command prints.
pub fn text(drift: &[Drift], style: &Style) -> String {
    if drift.is_empty() {
        return format!("{} Everything is as it was recorded.\n", style.paint(Role::Strong, "No drift."));
    }
    let verb = if drift.len() == 1 { "is not" } else { "are not" };
    let total = format!("{} {verb} as recorded.", count(drift.len(), "resource"));
    format!("{}\n{}\n", list(drift, style), style.paint(Role::Strong, total))
}

/// Each object that is no longer as it was recorded.
pub(super) fn list(drift: &[Drift], style: &Style) -> String {
    let mut lines = Vec::new();
    for drift in drift {
        let sign = match drift.kind {
            DriftKind::Gone | DriftKind::Broken(_) => style.paint(Role::Delete, "-"),
            DriftKind::Changed(_) | DriftKind::Marks(_) => style.paint(Role::Update, "~"),
        };
        let address = style.paint(Role::Strong, &drift.address);
        let title = format!("  {sign} {address}  {}", style.paint(Role::Muted, &drift.resource_type));
        match &drift.kind {
            DriftKind::Gone => lines.push(format!("{title}  is gone")),
            DriftKind::Broken(why) => lines.push(format!("{title}  cannot be used: {}", one_line(why))),
            DriftKind::Marks(marks) => lines.push(format!("{title}  ownership marks: {}", one_line(marks))),
            DriftKind::Changed(fields) => {
                lines.push(title);
                lines.extend(changes(fields, 6, &|_| None, style));
            }
        }
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;
    use crate::value::{FieldChange, Path, Value};

    #[test]
    fn what_was_recorded_comes_before_what_is() {
        let change = |path: Path, before: i64, after| FieldChange { path, before: Some(Value::from(before)), after };
        let drift = |name: &str, kind| Drift {
            address: Address::single(name),
            resource_type: "aws.sqs_queue".to_owned(),
            kind,
        };
        let all = [
            drift("failed", DriftKind::Gone),
            drift(
                "jobs",
                DriftKind::Changed(vec![
                    change(Path::field("visibility_timeout"), 600, Some(Value::from(30))),
                    change(Path::field("dead_letter").key("max_receive_count"), 5, None),
                ]),
            ),
            drift("main", DriftKind::Broken("it is FAILED".to_owned())),
            drift("other", DriftKind::Marks("stack video-decoder, jobs".to_owned())),
        ];
        insta::assert_snapshot!(text(&all, &Style::PLAIN), @"
          - failed  aws.sqs_queue  is gone
          ~ jobs  aws.sqs_queue
              ~ visibility_timeout:            600 → 30
              - dead_letter.max_receive_count: 5
          - main  aws.sqs_queue  cannot be used: it is FAILED
          ~ other  aws.sqs_queue  ownership marks: stack video-decoder, jobs

        4 resources are not as recorded.
        ");
        insta::assert_snapshot!(text(&[], &Style::PLAIN), @"No drift. Everything is as it was recorded.");
    }
}
