//! What fields a KEDA spec has, and of which types: KEDA's definitions as data, and one walk over them.

use std::collections::BTreeMap;

use super::codes::finding;
use super::version::{Life, Version};
use crate::diagnostic::closest;
use crate::provider::Finding;
use crate::value::{Path, Value};

/// What may stand at a place.
pub(super) enum Form {
    Text,
    /// One of these, each from some version to some other.
    OneOf(&'static [(&'static str, Life)]),
    Integer(i64, i64),
    Bool,
    /// A map of strings.
    Texts,
    List(&'static Form),
    Object(&'static [Member]),
    /// Judged elsewhere, or by Kubernetes.
    Any,
}

pub(super) struct Member {
    pub(super) name: &'static str,
    form: Form,
    required: bool,
    life: Life,
}

impl Member {
    pub(super) const fn new(name: &'static str, form: Form) -> Self {
        Self { name, form, required: false, life: Life::ALWAYS }
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) const fn since(mut self, minor: u8) -> Self {
        self.life = Life::since(minor);
        self
    }
}

/// What is wrong with a map that has these members.
pub(super) fn check_members(
    members: &[Member],
    found: &BTreeMap<String, Value>,
    at: &Path,
    version: Version,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut slips = Vec::new();
    for (name, value) in found {
        match members.iter().find(|member| member.name == name) {
            Some(member) => findings.extend(check_member(member, value, &at.key(name), version)),
            None => {
                let slip = closest(name, members.iter().map(|member| member.name));
                slips.extend(slip);
                findings.push(unknown_field(members, name, slip, at));
            }
        }
    }
    let is_missing = |member: &&Member| {
        member.required && found.get(member.name).is_none_or(Value::is_null) && !slips.contains(&member.name)
    };
    for member in members.iter().filter(is_missing) {
        let message = format!("`{}` is missing", member.name);
        findings.push(finding("keda/missing-field", at, message).help(format!("add `{}`", member.name)));
    }
    findings
}

fn unknown_field(members: &[Member], name: &str, slip: Option<&str>, at: &Path) -> Finding {
    let help = match slip {
        Some(word) => format!("did you mean `{word}`?"),
        None => {
            let names: Vec<_> = members.iter().map(|member| member.name).collect();
            format!("the fields are: {}", names.join(", "))
        }
    };
    let message = format!("KEDA has no field `{name}` here");
    Finding { on_key: true, ..finding("keda/unknown-field", &at.key(name), message) }.help(help)
}

fn check_member(member: &Member, value: &Value, path: &Path, version: Version) -> Vec<Finding> {
    if value.is_null() {
        return Vec::new();
    }
    if let Some((code, message, help)) = member.life.problem(version, &format!("`{}`", member.name)) {
        return vec![Finding { on_key: true, ..finding(code, path, message) }.help(help)];
    }
    check_form(&member.form, value, path, version)
}

fn check_form(form: &Form, value: &Value, path: &Path, version: Version) -> Vec<Finding> {
    match (form, value) {
        (_, Value::Unknown(_) | Value::Secret(_)) | (Form::Any, _) | (Form::Text, Value::String(_)) => Vec::new(),
        (Form::Bool, Value::Bool(_)) => Vec::new(),
        (Form::Integer(min, max), Value::Integer(number)) if (min..=max).contains(&number) => Vec::new(),
        (Form::Integer(min, max), Value::Integer(number)) => vec![out_of_range(*number, *min, *max, path)],
        (Form::OneOf(words), Value::String(word)) => check_word(words, word, path, version).into_iter().collect(),
        (Form::Texts, Value::Map(entries)) => {
            entries.iter().filter_map(|(key, entry)| not_a_string(entry, &path.key(key))).collect()
        }
        (Form::List(item), Value::List(items)) => {
            let each = items.iter().enumerate();
            each.flat_map(|(index, value)| check_form(item, value, &path.index(index), version)).collect()
        }
        (Form::Object(members), Value::Map(entries)) => check_members(members, entries, path, version),
        (form, other) => vec![wrong_type(form, other, path)],
    }
}

fn out_of_range(number: i64, min: i64, max: i64, path: &Path) -> Finding {
    let message = format!("{number} is out of range");
    let help = match max {
        MOST => format!("at least {min}"),
        _ => format!("from {min} to {max}"),
    };
    finding("keda/out-of-range", path, message).help(help)
}

fn check_word(words: &[(&str, Life)], word: &str, path: &Path, version: Version) -> Option<Finding> {
    let here = words.iter().filter(|(_, life)| life.has(version)).map(|(known, _)| *known);
    let all: Vec<_> = here.filter(|known| !known.is_empty()).collect();
    let Some((_, life)) = words.iter().find(|(known, _)| *known == word) else {
        let help = match closest(word, all.iter().copied()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("one of {}", all.join(", ")),
        };
        return Some(finding("keda/not-one-of", path, format!("`{word}` is nothing that KEDA knows here")).help(help));
    };
    let (code, message, help) = life.problem(version, &format!("`{word}`"))?;
    let help = if code == "keda/removed" { format!("write one of {}", all.join(", ")) } else { help };
    Some(finding(code, path, message).help(help))
}

/// A value that the API server refuses where it wants a string.
pub(super) fn not_a_string(value: &Value, path: &Path) -> Option<Finding> {
    let what = match value {
        Value::String(_) | Value::Unknown(_) | Value::Secret(_) | Value::Null => return None,
        other => other.kind().noun(),
    };
    let message = format!("this must be a string, and {value} is {what}: the API server refuses it");
    let help = match value {
        Value::List(_) | Value::Map(_) => "write it as one text".to_owned(),
        plain => format!("write it in quotes: \"{plain}\""),
    };
    Some(finding("keda/not-a-string", path, message).help(help))
}

fn wrong_type(form: &Form, value: &Value, path: &Path) -> Finding {
    let wanted = match form {
        Form::Text | Form::OneOf(_) => "a string",
        Form::Integer(..) => "a whole number",
        Form::Bool => "true or false",
        Form::Texts | Form::Object(_) => "a map",
        Form::List(_) => "a list",
        Form::Any => "a value",
    };
    if let (Form::Text | Form::OneOf(_), Some(finding)) = (form, not_a_string(value, path)) {
        return finding;
    }
    let help = match (form, value) {
        (Form::Integer(..) | Form::Bool, Value::String(text)) => format!("write it without quotes: {text}"),
        _ => format!("write {wanted}"),
    };
    let message = format!("this must be {wanted}, and it is {}", value.kind().noun());
    finding("keda/wrong-type", path, message).help(help)
}

/// The largest count that Kubernetes keeps.
pub(super) const MOST: i64 = i32::MAX as i64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Kind;

    const INNER: &[Member] = &[Member::new("deep", Form::Bool).required()];
    const MEMBERS: &[Member] = &[
        Member::new("count", Form::Integer(0, 10)).required(),
        Member::new(
            "mode",
            Form::OneOf(&[("fast", Life::ALWAYS), ("eager", Life::since(15)), ("old", Life::until(13))]),
        ),
        Member::new("later", Form::Text).since(18),
        Member::new("words", Form::Texts),
        Member::new("inner", Form::List(&Form::Object(INNER))),
    ];

    fn told(entries: &[(&str, Value)]) -> Vec<String> {
        let found = entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let findings = check_members(MEMBERS, &found, &Path::field("spec"), Version(14));
        findings.iter().map(|finding| format!("{} {}", finding.code, finding.path)).collect()
    }

    #[test]
    fn each_fault_is_told_where_it_is() {
        let count = ("count", Value::Integer(1));
        let inner = |value| Value::from(vec![Value::Map(BTreeMap::from([("deep".to_owned(), value)]))]);
        let cases = [
            (vec![count.clone()], ""),
            (vec![], "keda/missing-field spec"),
            (vec![("coumt", Value::Integer(1))], "keda/unknown-field spec.coumt"),
            (vec![("count", Value::Integer(11))], "keda/out-of-range spec.count"),
            (vec![("count", Value::from("1"))], "keda/wrong-type spec.count"),
            (vec![("count", Value::Unknown(Kind::Any))], ""),
            (vec![count.clone(), ("mode", Value::from("eager"))], "keda/needs-later-version spec.mode"),
            (vec![count.clone(), ("mode", Value::from("old"))], "keda/removed spec.mode"),
            (vec![count.clone(), ("mode", Value::from("fsat"))], "keda/not-one-of spec.mode"),
            (vec![count.clone(), ("later", Value::from("x"))], "keda/needs-later-version spec.later"),
            (vec![count.clone(), ("inner", inner(Value::from("no")))], "keda/wrong-type spec.inner[0].deep"),
        ];
        for (entries, expected) in cases {
            assert_eq!(told(&entries).join(", "), expected, "{entries:?}");
        }
    }
}
