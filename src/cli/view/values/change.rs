//! What differs between two versions of a value: `before → after`, or only the lines and items that differ.

use super::edits::{Edit, edits};
use super::{LEAST_ROOM, block, column, inline, is_short, thousands};
use crate::cli::view::text::{clean, truncate, width};
use crate::cli::view::{Role, Style};
use crate::value::{FieldChange, Path, Value};

/// What is to be said behind a path, such as `# forces replacement`.
type Notes<'a> = &'a dyn Fn(&Path) -> Option<&'static str>;

/// Strings that differ are cut to where they do when both are longer than this.
const LONG_STRING: usize = 60;
/// Unchanged characters, lines and items shown around a difference.
const CHARACTERS_AROUND: usize = 12;
const LINES_AROUND: usize = 2;
const ITEMS_AROUND: usize = 1;

/// A line or a few for every field that differs.
pub(in crate::cli::view) fn changes(
    changes: &[FieldChange],
    indent: usize,
    notes: Notes<'_>,
    style: &Style,
) -> Vec<String> {
    let names: Vec<String> = changes.iter().map(|change| clean(&change.path.to_string()).into_owned()).collect();
    let column = column(names.iter().map(String::as_str));
    let mut lines = Vec::new();
    for (change, name) in changes.iter().zip(&names) {
        let (sign, role) = match (&change.before, &change.after) {
            (None, _) => ("+", Role::Create),
            (_, None) => ("-", Role::Delete),
            _ => ("~", Role::Update),
        };
        let start = format!("{:indent$}{} ", "", style.paint(role, sign));
        let label = format!("{name}:");
        let note =
            notes(&change.path).map(|note| format!("  {}", style.paint(Role::Replace, note))).unwrap_or_default();
        let room = style.width.saturating_sub(indent + 2 + column.max(width(&label)) + 1);
        match on_one_line(change, room, style) {
            Some(text) => lines.push(format!("{start}{label:column$} {text}{note}")),
            None => {
                lines.push(format!("{start}{label}{note}"));
                lines.extend(below(change, indent + 4, style));
            }
        }
    }
    lines
}

/// `before → after`, if there is room for it.
fn on_one_line(change: &FieldChange, room: usize, style: &Style) -> Option<String> {
    let values = [&change.before, &change.after].into_iter().flatten();
    if values.clone().any(|value| !is_short(value)) {
        return None;
    }
    match (&change.before, &change.after) {
        (Some(Value::Secret(_)), Some(Value::Secret(_))) => Some("(secret) has changed".to_owned()),
        (Some(Value::List(_)), Some(Value::List(_))) => None,
        (Some(Value::String(before)), Some(Value::String(after)))
            if width(before) > LONG_STRING && width(after) > LONG_STRING =>
        {
            None
        }
        (Some(before), Some(after)) => {
            let (old, new) = (inline(before, usize::MAX, style), inline(after, usize::MAX, style));
            let fits = width(&old) + width(&new) + width(style.arrow()) + 2 <= room;
            let (old, new) = (style.paint(Role::Delete, old), style.paint(Role::Create, new));
            fits.then(|| format!("{old} {} {new}", style.arrow()))
        }
        (None, Some(value)) => Some(style.paint(Role::Create, inline(value, room, style))),
        (Some(value), None) => Some(style.paint(Role::Delete, inline(value, room, style))),
        (None, None) => Some(String::new()),
    }
}

/// The difference on lines of its own.
fn below(change: &FieldChange, indent: usize, style: &Style) -> Vec<String> {
    match (&change.before, &change.after) {
        (Some(Value::List(before)), Some(Value::List(after))) => {
            let way = edits(before, after, ITEMS_AROUND);
            way.iter()
                .flat_map(|edit| signed(edit, "item", indent, style, &|item| block(item, 0, &narrower(indent, style))))
                .collect()
        }
        (Some(Value::String(before)), Some(Value::String(after))) if before.contains('\n') || after.contains('\n') => {
            text_difference(before, after, indent, style)
        }
        (Some(Value::String(before)), Some(Value::String(after))) => {
            let (before, after) = where_they_differ(before, after, style);
            let removed = one_side(&Value::from(before), "-", Role::Delete, indent, style);
            removed.into_iter().chain(one_side(&Value::from(after), "+", Role::Create, indent, style)).collect()
        }
        (before, after) => {
            let removed = before.iter().flat_map(|value| one_side(value, "-", Role::Delete, indent, style));
            removed.chain(after.iter().flat_map(|value| one_side(value, "+", Role::Create, indent, style))).collect()
        }
    }
}

fn narrower(indent: usize, style: &Style) -> Style {
    Style { width: style.width.saturating_sub(indent + 2).max(LEAST_ROOM), ..*style }
}

/// A whole value behind its sign.
fn one_side(value: &Value, sign: &str, role: Role, indent: usize, style: &Style) -> Vec<String> {
    mark(block(value, 0, &narrower(indent, style)), sign, role, indent, style)
}

/// The sign before the first line, the others below it.
fn mark(lines: Vec<String>, sign: &str, role: Role, indent: usize, style: &Style) -> Vec<String> {
    let first = |number: usize| if number == 0 { sign } else { " " };
    lines
        .into_iter()
        .enumerate()
        .map(|(number, line)| format!("{:indent$}{}", "", style.paint(role, format!("{} {line}", first(number)))))
        .collect()
}

/// One edit as lines.
fn signed<T>(
    edit: &Edit<'_, T>,
    noun: &str,
    indent: usize,
    style: &Style,
    show: &dyn Fn(&T) -> Vec<String>,
) -> Vec<String> {
    match edit {
        Edit::Keep(item) => show(item).into_iter().map(|line| format!("{:indent$}  {line}", "")).collect(),
        Edit::Remove(item) => mark(show(item), "-", Role::Delete, indent, style),
        Edit::Add(item) => mark(show(item), "+", Role::Create, indent, style),
        Edit::Elided(count) => {
            let plural = if *count == 1 { "" } else { "s" };
            let text = format!("{} {} unchanged {noun}{plural}", style.ellipsis(), thousands(*count));
            vec![format!("{:indent$}  {}", "", style.paint(Role::Muted, text))]
        }
    }
}

fn text_difference(before: &str, after: &str, indent: usize, style: &Style) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    if old == new {
        return vec![format!("{:indent$}  only the line break at the end differs", "")];
    }
    let room = style.width.saturating_sub(indent + 2).max(LEAST_ROOM);
    let show = |line: &&str| vec![truncate(&clean(line), room, style.ellipsis())];
    edits(&old, &new, LINES_AROUND).iter().flat_map(|edit| signed(edit, "line", indent, style, &show)).collect()
}

/// Two long strings without the beginning and the end they have in common.
fn where_they_differ(before: &str, after: &str, style: &Style) -> (String, String) {
    let (old, new): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let head = old.iter().zip(&new).take_while(|(left, right)| left == right).count();
    let most = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(left, right)| left == right).count();
    let cut = |text: &[char]| {
        let start = head.saturating_sub(CHARACTERS_AROUND);
        let end = (text.len() - tail + CHARACTERS_AROUND).min(text.len());
        let (left, right) =
            (if start > 0 { style.ellipsis() } else { "" }, if end < text.len() { style.ellipsis() } else { "" });
        format!("{left}{}{right}", text[start..end].iter().collect::<String>())
    };
    (cut(&old), cut(&new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::view::values::tests::attributes;
    use crate::value::{Kind, Secret, differences};
    use serde_json::json;

    fn show(before: serde_json::Value, after: serde_json::Value) -> String {
        let (before, after) = (Value::Map(attributes(before)), Value::Map(attributes(after)));
        let all = differences(&Path::default(), Some(&before), Some(&after));
        let note = |path: &Path| (path.root() == "name").then_some("# forces replacement");
        changes(&all, 2, &note, &Style { width: 80, ..Style::PLAIN }).join("\n")
    }

    #[test]
    fn only_what_differs_is_shown() {
        let text = show(
            json!({"name": "a", "timeout": 600, "tags": {"team": "x", "env": "a"}, "list": ["a", "b", "c", "d"], "gone": 1,
                   "document": {"Statement": [{"Effect": "Allow", "Action": "sqs:ReceiveMessage"}]}}),
            json!({"name": "b", "timeout": 300, "tags": {"team": "y", "env": "a"}, "list": ["a", "b", "d"],
                   "document": {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage"}]}, "new": {"deep": {"a": 1, "b": "x"}}}),
        );
        insta::assert_snapshot!(text, @r#"
        ~ document.Statement[0].Action: "sqs:ReceiveMessage" → "sqs:SendMessage"
        - gone:                         1
        ~ list:
              … 1 unchanged item
              "b"
            - "c"
              "d"
        ~ name:                         "a" → "b"  # forces replacement
        + new:
            + deep:
                a: 1
                b: "x"
        ~ tags.team:                    "x" → "y"
        ~ timeout:                      600 → 300
        "#);
    }

    #[test]
    fn long_texts_are_shown_where_they_differ() {
        let lines = |changed: &str| {
            (0..12)
                .map(|n| if n == 6 { changed.to_owned() } else { format!("line {n}") })
                .collect::<Vec<_>>()
                .join("\n")
        };
        let long = |changed: &str| format!("{}{changed}{}", "a".repeat(80), "b".repeat(80));
        let text = show(
            json!({"script": lines("old"), "key": long("old"), "wide": "w".repeat(50)}),
            json!({"script": lines("new"), "key": long("new"), "wide": "v".repeat(50)}),
        );
        insta::assert_snapshot!(text, @r#"
        ~ key:
            - "…aaaaaaaaaaaaoldbbbbbbbbbbbb…"
            + "…aaaaaaaaaaaanewbbbbbbbbbbbb…"
        ~ script:
              … 4 unchanged lines
              line 4
              line 5
            - old
            + new
              line 7
              line 8
              … 3 unchanged lines
        ~ wide:
            - "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"
            + "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv"
        "#);
    }

    #[test]
    fn secrets_and_unknowns_have_words() {
        let secret = |hash: &str| Some(Value::Secret(Secret::from_hash(hash.to_owned())));
        let change = |name: &str, before, after| FieldChange { path: Path::field(name), before, after };
        let all = [
            change("password", secret("aaa"), secret("bbb")),
            change("token", None, secret("ccc")),
            change("arn", Some(Value::from("x")), Some(Value::Unknown(Kind::String))),
        ];
        let style = Style { unicode: false, ..Style::PLAIN };
        insta::assert_snapshot!(changes(&all, 0, &|_| None, &style).join("\n"), @r#"
        ~ password: (secret) has changed
        + token:    (secret)
        ~ arn:      "x" -> (known after apply)
        "#);
    }
}
