//! One change: its sign, its name, why, and field by field what differs.

use super::timing;
use super::words::{action_role, symbol, unobvious_reason};
use crate::cli::view::text::clean;
use crate::cli::view::values::{changes, fields};
use crate::cli::view::{Role, Style};
use crate::clock::Timestamp;
use crate::plan::{Action, Change, Mode, Step};
use crate::value::{FieldChange, Path, Segment, Value};

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
            let brief = |name: &String, value| change.brief.get(name).unwrap_or(value);
            let after = change.after.iter().flatten();
            fields(after.map(|(name, value)| (name.as_str(), brief(name, value))), INDENT, style)
        }
        Action::Adopt | Action::Update | Action::Replace(_) => differences(change, style),
    }
}

/// The fields that differ, then the outputs that will, then what stays in one word.
fn differences(change: &Change, style: &Style) -> Vec<String> {
    let mut all = change.differences.clone();
    all.extend(outputs_to_come(change));
    let all: Vec<_> = all.into_iter().map(|difference| in_brief(change, difference)).collect();
    let forces = |path: &Path| {
        let forces = change.replace_because.iter().any(|because| because.covers(path) || path.covers(because));
        forces.then_some(FORCES)
    };
    let (of_entries, plain): (Vec<_>, Vec<_>) = all.iter().cloned().partition(|one| entry(change, &one.path).is_some());
    let mut lines = changes(&plain, INDENT, &forces, style);
    for group in of_entries.chunk_by(|one, other| entry(change, &one.path) == entry(change, &other.path)) {
        let Some(entry) = entry(change, &group[0].path) else { continue };
        lines.push(format!("{:INDENT$}{} {}", "", style.paint(Role::Update, "~"), clean(&entry.to_string())));
        let depth = entry.segments().len();
        let inside: Vec<_> = group
            .iter()
            .map(|one| FieldChange { path: Path::default().join(&one.path.segments()[depth..]), ..one.clone() })
            .collect();
        lines.extend(changes(&inside, INDENT + 4, &|_| None, style));
    }
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

/// The entry of a long map that a path leads into.
fn entry(change: &Change, path: &Path) -> Option<Path> {
    match path.segments() {
        [Segment::Key(name), Segment::Key(entry), _, ..] if change.brief.contains_key(name) => {
            Some(Path::field(name).key(entry))
        }
        _ => None,
    }
}

/// An entry of a long map that comes or goes is named, and not printed.
fn in_brief(change: &Change, difference: FieldChange) -> FieldChange {
    let [Segment::Key(name), Segment::Key(entry)] = difference.path.segments() else { return difference };
    if !change.brief.contains_key(name) {
        return difference;
    }
    let named = |value: Option<Value>| value.map(|_| Value::from(entry.as_str()));
    match (&difference.before, &difference.after) {
        (Some(_), Some(_)) => difference,
        _ => FieldChange {
            path: Path::field(name),
            before: named(difference.before.clone()),
            after: named(difference.after.clone()),
        },
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::view::sample;

    #[test]
    fn what_is_too_long_for_people_is_named_instead() {
        let object = |image: &str| Value::Map([("image".to_owned(), Value::from(image))].into());
        let all = |entries: &[(&str, &str)]| {
            Value::Map(entries.iter().map(|(name, image)| ((*name).to_owned(), object(image))).collect())
        };
        let (before, after) = (all(&[("api", "1"), ("old", "1")]), all(&[("api", "2"), ("new", "1")]));
        let mut change = sample::plan().changes.into_values().find(|change| change.action == Action::Update).unwrap();
        change.differences = crate::value::differences(&Path::field("objects"), Some(&before), Some(&after));
        change.after = Some([("objects".to_owned(), after)].into());
        change.brief.insert("objects".to_owned(), Value::from("2 objects"));
        let text_of =
            |change: &Change| text(change, Mode::Apply, &[], std::time::Duration::ZERO, &Style::PLAIN).unwrap();
        let updated = text_of(&change);
        assert!(updated.contains("~ objects.api\n          ~ image: \"1\" → \"2\"\n"), "{updated}");
        assert!(updated.contains("- objects: \"old\"\n"), "{updated}");
        assert!(updated.contains("+ objects: \"new\"\n"), "{updated}");
        change.action = Action::Create;
        let created = text_of(&change);
        assert!(created.contains("objects: \"2 objects\"") && !created.contains("image"), "{created}");
    }
}
