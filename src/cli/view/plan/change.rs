//! One change: its sign, its name, why, and field by field what differs.

use super::timing;
use super::words::{action_role, symbol, unobvious_reason};
use crate::cli::view::text::clean;
use crate::cli::view::values::{changes, fields};
use crate::cli::view::{Role, Style};
use crate::clock::Timestamp;
use crate::plan::{Action, Change, Mode, Step};
use crate::value::{FieldChange, Path, Value};

/// Of the lines below the title.
const INDENT: usize = 6;
const FORCES: &str = "# forces replacement";

/// Nothing for what stays as it is, unless it moved.
pub(super) fn text(change: &Change, mode: Mode, steps: &[&Step], now: Timestamp, style: &Style) -> Option<String> {
    if change.action == Action::NoOp && change.moved_from.is_none() {
        return None;
    }
    let mut lines = vec![title(change, mode, style)];
    if let Some(from) = &change.moved_from {
        lines.push(format!("{:INDENT$}moved from {from}", ""));
    }
    lines.extend(body(change, style));
    lines.extend(timing::waits(steps, now).into_iter().map(|wait| {
        let wait = style.paint(Role::Muted, format!("({wait})"));
        format!("{:INDENT$}{wait}", "")
    }));
    Some(lines.join("\n") + "\n")
}

fn title(change: &Change, mode: Mode, style: &Style) -> String {
    let sign = symbol(change.action).map_or(" ", |(symbol, _)| symbol);
    let sign = style.paint(action_role(change.action), format!("{sign:>3}"));
    let address = style.paint(Role::Strong, &change.address);
    let mut title = format!("{sign} {address}  {}", style.paint(Role::Muted, &change.resource_type));
    // The fields below show the identity of what is made.
    let known_otherwise = matches!(change.action, Action::Create | Action::NoOp);
    if let Some(identity) =
        change.identity.as_deref().filter(|identity| !known_otherwise && *identity != change.address.to_string())
    {
        title.push_str(&format!("  {}", clean(identity)));
    }
    if let Some(reason) = unobvious_reason(change.action, change.reason, mode) {
        let note = change.note.as_ref().map(|note| format!(": {}", clean(note))).unwrap_or_default();
        title.push_str(&format!("  ({reason}{note})"));
    }
    title
}

fn body(change: &Change, style: &Style) -> Vec<String> {
    match change.action {
        Action::NoOp | Action::Delete | Action::Forget => Vec::new(),
        Action::Create => {
            let after = change.after.iter().flatten().map(|(name, value)| (name.as_str(), value));
            fields(after, INDENT, style)
        }
        Action::Adopt | Action::Update | Action::Replace(_) => differences(change, style),
    }
}

/// The fields that differ, then the outputs that will, then what stays in one word.
fn differences(change: &Change, style: &Style) -> Vec<String> {
    let mut all = change.differences.clone();
    all.extend(outputs_to_come(change));
    let forces = |path: &Path| {
        let forces = change.replace_because.iter().any(|because| because.covers(path) || path.covers(because));
        forces.then_some(FORCES)
    };
    let mut lines = changes(&all, INDENT, &forces, style);
    // A type may force a replacement by fields that taken one by one do not.
    for because in &change.replace_because {
        if !all.iter().any(|change| because.covers(&change.path) || change.path.covers(because)) {
            lines.push(format!("{:INDENT$}  {because}  {}", "", style.paint(Role::Replace, FORCES)));
        }
    }
    let unchanged = unchanged(change, &all);
    if unchanged > 0 && !lines.is_empty() {
        let plural = if unchanged == 1 { "field" } else { "fields" };
        let text = format!("{} {unchanged} unchanged {plural}", style.ellipsis());
        lines.push(format!("{:INDENT$}{}", "", style.paint(Role::Muted, text)));
    }
    lines
}

/// Outputs that only the cloud can tell anew. Fields of the spec are among the differences already.
fn outputs_to_come(change: &Change) -> Vec<FieldChange> {
    let mut found = Vec::new();
    for (name, value) in change.after.iter().flatten().filter(|(_, value)| matches!(value, Value::Unknown(_))) {
        if !change.differences.iter().any(|difference| difference.path.root() == name) {
            let before = change.before.as_ref().and_then(|before| before.get(name)).cloned();
            found.push(FieldChange { path: Path::field(name), before, after: Some(value.clone()) });
        }
    }
    found
}

/// How many fields that are set stay as they are.
fn unchanged(change: &Change, shown: &[FieldChange]) -> usize {
    let after = change.after.iter().flatten().filter(|(_, value)| !value.is_null());
    after.filter(|(name, _)| !shown.iter().any(|shown| shown.path.root() == name.as_str())).count()
}
