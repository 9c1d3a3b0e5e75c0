//! What a body may have in it: ARM refuses what it does not know, and so does this, without exception.

use serde_json::{Map, Value as Json};

use crate::simulator::refusal::Refusal;

/// A member of a body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) required: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Text,
    Bool,
    Integer(i64, i64),
    Among(&'static [&'static str]),
    /// An ISO 8601 duration, such as `PT1M`.
    Duration,
    TextMap,
    List(&'static Shape),
    Structure(&'static [Member]),
    Any,
}

pub(super) const fn may(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, required: false }
}

pub(super) const fn must(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, required: true }
}

/// Refuses a body with anything else in it, or with something missing.
pub(super) fn check(body: &Json, members: &'static [Member]) -> Result<(), Refusal> {
    structure(body, members, "")
}

fn structure(value: &Json, members: &[Member], at: &str) -> Result<(), Refusal> {
    let Some(given) = value.as_object() else { return Err(wrong(at, "an object")) };
    let known = |name: &str| members.iter().find(|member| member.name == name);
    for (name, value) in given {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        let Some(member) = known(name) else {
            let text = format!("Could not find member '{name}' on object. Path '{path}'.");
            return Err(Refusal::new(400, "InvalidRequestContent", text));
        };
        if !value.is_null() {
            one(value, member.shape, &path)?;
        }
    }
    let missing = members.iter().find(|member| member.required && is_missing(given, member.name));
    match missing {
        Some(member) => {
            let path = if at.is_empty() { member.name.to_owned() } else { format!("{at}.{}", member.name) };
            Err(Refusal::new(400, "InvalidRequestContent", format!("Required property '{path}' is missing.")))
        }
        None => Ok(()),
    }
}

fn is_missing(given: &Map<String, Json>, name: &str) -> bool {
    given.get(name).is_none_or(Json::is_null)
}

fn one(value: &Json, shape: Shape, at: &str) -> Result<(), Refusal> {
    let must_be = |is: bool, what: &str| if is { Ok(()) } else { Err(wrong(at, what)) };
    match shape {
        Shape::Any => Ok(()),
        Shape::Text => must_be(value.is_string(), "a string"),
        Shape::Bool => must_be(value.is_boolean(), "a boolean"),
        Shape::Integer(min, max) => {
            let fits = value.as_i64().is_some_and(|number| (min..=max).contains(&number));
            must_be(fits, &format!("an integer from {min} to {max}"))
        }
        Shape::Among(all) => {
            must_be(value.as_str().is_some_and(|text| all.contains(&text)), &format!("one of {}", all.join(", ")))
        }
        Shape::Duration => must_be(value.as_str().is_some_and(is_duration), "an ISO 8601 duration"),
        Shape::TextMap => {
            let fits = value.as_object().is_some_and(|map| map.values().all(Json::is_string));
            must_be(fits, "a map of strings")
        }
        Shape::List(item) => {
            let Some(items) = value.as_array() else { return Err(wrong(at, "an array")) };
            items.iter().enumerate().try_for_each(|(index, value)| one(value, *item, &format!("{at}[{index}]")))
        }
        Shape::Structure(members) => structure(value, members, at),
    }
}

fn wrong(at: &str, what: &str) -> Refusal {
    Refusal::new(400, "InvalidRequestContent", format!("The value of '{at}' has to be {what}."))
}

/// `P1DT2H3M4.5S`, with at least one part.
fn is_duration(text: &str) -> bool {
    seconds(text).is_some()
}

/// How many seconds an ISO 8601 duration of days and less is.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let (mut rest, mut in_time, mut total, mut parts) = (text.strip_prefix('P')?, false, 0.0, 0);
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T').filter(|_| !in_time) {
            (rest, in_time) = (time, true);
            continue;
        }
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let unit = match (rest.as_bytes()[end], in_time) {
            (b'D', false) => 86_400.0,
            (b'H', true) => 3_600.0,
            (b'M', true) => 60.0,
            (b'S', true) => 1.0,
            _ => return None,
        };
        total += number * unit;
        parts += 1;
        rest = &rest[end + 1..];
    }
    (parts > 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const INNER: &[Member] = &[must("size", Shape::Integer(1, 9)), may("lock", Shape::Duration)];
    const BODY: &[Member] =
        &[must("location", Shape::Text), may("tags", Shape::TextMap), may("properties", Shape::Structure(INNER))];

    #[test]
    fn what_is_not_known_or_not_right_is_refused_with_its_place() {
        let why = |body: Json| check(&body, BODY).err().map(|refusal| refusal.message().to_owned());
        assert_eq!(why(json!({"location": "x", "properties": {"size": 1, "lock": "PT1M"}, "tags": null})), None);
        let cases = [
            (json!({"location": "x", "more": 1}), "Could not find member 'more' on object. Path 'more'."),
            (json!({}), "Required property 'location' is missing."),
            (json!({"location": "x", "properties": {}}), "Required property 'properties.size' is missing."),
            (
                json!({"location": "x", "properties": {"size": 10}}),
                "The value of 'properties.size' has to be an integer from 1 to 9.",
            ),
            (json!({"location": "x", "tags": {"a": 1}}), "The value of 'tags' has to be a map of strings."),
        ];
        for (body, expected) in cases {
            assert_eq!(why(body).as_deref(), Some(expected));
        }
    }

    #[test]
    fn durations_are_read() {
        let cases = [
            ("PT1M", Some(60.0)),
            ("P1DT2H", Some(93_600.0)),
            ("PT0.5S", Some(0.5)),
            ("P", None),
            ("1M", None),
            ("P1M", None),
            ("PT", None),
        ];
        for (text, expected) in cases {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
