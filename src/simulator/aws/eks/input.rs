//! Requests read strictly: what members there may be, of which types, values and ranges. Knows no operation.

use serde_json::Value as Json;

use super::refusal::{invalid, not_here, serialization};
use crate::simulator::aws::Refusal;
use crate::simulator::aws::json::Members;

/// What a member may hold.
pub(super) enum Shape {
    Text,
    Boolean,
    /// From the least to the most.
    Integer(i64, i64),
    /// One of these texts.
    Among(&'static [&'static str]),
    TextMap,
    /// At most so many of the same.
    List(&'static Shape, usize),
    Structure(&'static [Member]),
    /// The service has it, the simulator does not.
    NotHere,
    /// A structure with one switch, of which the simulator only has `false`.
    Off,
}

pub(super) struct Member {
    pub(super) name: &'static str,
    shape: Shape,
    required: bool,
}

pub(super) const TEXTS: Shape = Shape::List(&Shape::Text, 1000);
pub(super) const PAGE: Shape = Shape::Integer(1, 100);

pub(super) const fn must(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, required: true }
}

pub(super) const fn may(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, required: false }
}

/// The names alone.
pub(super) const fn names<const N: usize>(members: &[Member; N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut at = 0;
    while at < N {
        names[at] = members[at].name;
        at += 1;
    }
    names
}

/// Refuses a request that is not of this shape. Unknown members at the top were refused before.
pub(super) fn check(members: &Members, shape: &[Member]) -> Result<(), Refusal> {
    shape.iter().try_for_each(|member| check_member(members, member, ""))
}

fn check_member(members: &Members, member: &Member, within: &str) -> Result<(), Refusal> {
    let path = format!("{within}{}", member.name);
    match members.get(member.name) {
        Some(value) => check_value(value, &member.shape, &path),
        None if member.required => Err(invalid(format!("{path} is required"))),
        None => Ok(()),
    }
}

fn check_value(value: &Json, shape: &Shape, path: &str) -> Result<(), Refusal> {
    let wrong = |what: &str| serialization(format!("`{path}` has to be {what}"));
    match shape {
        Shape::Text => value.as_str().map(|_| ()).ok_or_else(|| wrong("a string")),
        Shape::Boolean => value.as_bool().map(|_| ()).ok_or_else(|| wrong("a boolean")),
        Shape::Integer(least, most) => {
            let number = value.as_i64().ok_or_else(|| wrong("an integer"))?;
            if (*least..=*most).contains(&number) {
                return Ok(());
            }
            Err(invalid(format!("{path} has to be between {least} and {most}, and is {number}")))
        }
        Shape::Among(known) => {
            let text = value.as_str().ok_or_else(|| wrong("a string"))?;
            if known.contains(&text) {
                return Ok(());
            }
            Err(invalid(format!("{path} has to be one of [{}], and is {text}", known.join(", "))))
        }
        Shape::TextMap => {
            let map = value.as_object().ok_or_else(|| wrong("a map"))?;
            let texts = map.values().all(Json::is_string);
            texts.then_some(()).ok_or_else(|| wrong("a map of strings"))
        }
        Shape::List(of, most) => {
            let list = value.as_array().ok_or_else(|| wrong("a list"))?;
            if list.len() > *most {
                return Err(invalid(format!("{path} has more than {most} items")));
            }
            list.iter().enumerate().try_for_each(|(at, item)| check_value(item, of, &format!("{path}[{at}]")))
        }
        Shape::Structure(members) => {
            value.as_object().ok_or_else(|| wrong("a structure"))?;
            check_structure(&Members::of(value), members, path)
        }
        Shape::NotHere => Err(not_here(path)),
        Shape::Off => match has_true(value) {
            true => Err(not_here(path)),
            false => Ok(()),
        },
    }
}

fn check_structure(inner: &Members, members: &[Member], path: &str) -> Result<(), Refusal> {
    let known: Vec<_> = members.iter().map(|member| member.name).collect();
    inner.only(&known, "InvalidParameterException")?;
    let within = format!("{path}.");
    members.iter().try_for_each(|member| check_member(inner, member, &within))
}

fn has_true(value: &Json) -> bool {
    match value {
        Json::Bool(on) => *on,
        Json::Object(members) => members.values().any(has_true),
        _ => true,
    }
}

/// A text that was checked to be there.
pub(super) fn text<'a>(members: &'a Members, name: &str) -> &'a str {
    members.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// A name of at most so many letters, digits, `-` and `_`, the first a letter or digit.
pub(super) fn check_name(what: &str, name: &str, most: usize) -> Result<(), Refusal> {
    let fine = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if fine && begins && name.len() <= most {
        return Ok(());
    }
    Err(invalid(format!(
        "The {what} '{name}' is not valid: it has to be 1 to {most} characters of [0-9A-Za-z_-], \
         the first of [0-9A-Za-z]"
    )))
}

/// Whether it is an id such as `subnet-0123456789abcdef0`.
pub(super) fn is_id(prefix: &str, id: &str) -> bool {
    id.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-')).is_some_and(|rest| {
        (8..=17).contains(&rest.len()) && rest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const INNER: [Member; 2] = [must("key", Shape::Text), may("count", Shape::Integer(1, 3))];
    const OUTER: [Member; 3] = [
        may("inner", Shape::Structure(&INNER)),
        may("list", Shape::List(&Shape::Among(&["a", "b"]), 2)),
        may("off", Shape::Off),
    ];

    #[test]
    fn shapes_are_strict_at_every_depth() {
        let table = [
            (json!({}), None),
            (json!({"inner": {"key": "x", "count": 3}, "list": ["a", "b"]}), None),
            (json!({"inner": null}), None),
            (json!({"inner": {}}), Some("InvalidParameterException")),
            (json!({"inner": []}), Some("SerializationException")),
            (json!({"inner": {"key": 1}}), Some("SerializationException")),
            (json!({"inner": {"key": "x", "count": 4}}), Some("InvalidParameterException")),
            (json!({"inner": {"key": "x", "count": "3"}}), Some("SerializationException")),
            (json!({"inner": {"key": "x", "other": 3}}), Some("InvalidParameterException")),
            (json!({"list": ["a", "c"]}), Some("InvalidParameterException")),
            (json!({"list": ["a", "a", "a"]}), Some("InvalidParameterException")),
            (json!({"list": "a"}), Some("SerializationException")),
            (json!({"off": {"enabled": false}}), None),
            (json!({"off": {"enabled": true}}), Some("NotImplemented")),
        ];
        for (value, code) in table {
            let refused = check(&Members::of(&value), &OUTER).err().map(|refusal| refusal.code);
            assert_eq!(refused.as_deref(), code, "{value}");
        }
    }

    #[test]
    fn ids_have_a_form() {
        assert!(is_id("subnet", "subnet-0123abcd") && is_id("sg", "sg-0123456789abcdef0"));
        for wrong in ["subnet-", "subnet-1", "subnet-0123ABCD", "sg-0123abcd", "subnet-0123456789abcdef01"] {
            assert!(!is_id("subnet", wrong), "{wrong}");
        }
    }
}
