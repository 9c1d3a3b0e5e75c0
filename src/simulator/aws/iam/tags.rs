//! Tags, which roles, policies and OIDC providers have alike.

use std::collections::{BTreeMap, BTreeSet};

use super::input::{invalid, limit, page, too_many, validation};
use crate::simulator::aws::Refusal;
use crate::simulator::aws::query::{Parameters, element, list};

pub(super) type Tags = BTreeMap<String, String>;

const MOST: usize = 50;

/// The tags of a request.
///
/// # Errors
/// When IAM would refuse one of them, or two of them together.
pub(super) fn given(parameters: &Parameters) -> Result<Tags, Refusal> {
    let members = parameters.list("Tags");
    if members.len() > MOST {
        return Err(too_many("tags", MOST));
    }
    let mut tags = Tags::new();
    let mut seen = BTreeSet::new();
    for (index, member) in members.iter().enumerate() {
        let at = |part: &str| format!("tags.{}.member.{part}", index + 1);
        let (Some(key), Some(value)) = (member.text("Key"), member.text("Value")) else {
            return Err(validation(&at("key"), "Member must not be null"));
        };
        check(key, 1, 128, &at("key"))?;
        check(value, 0, 256, &at("value"))?;
        if key.to_lowercase().starts_with("aws:") {
            return Err(invalid("Tag keys that start with aws: are reserved for AWS."));
        }
        if !seen.insert(key.to_lowercase()) {
            return Err(invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive."));
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    Ok(tags)
}

fn check(text: &str, least: usize, most: usize, at: &str) -> Result<(), Refusal> {
    let length = text.chars().count();
    if length < least {
        return Err(validation(at, &format!("Member must have length greater than or equal to {least}")));
    }
    if length > most {
        return Err(validation(at, &format!("Member must have length less than or equal to {most}")));
    }
    let fits = |letter: char| letter.is_alphanumeric() || letter == ' ' || "_.:/=+-@".contains(letter);
    match text.chars().all(fits) {
        true => Ok(()),
        false => {
            let pattern = r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+";
            Err(validation(at, pattern))
        }
    }
}

/// Adds the tags of a request to those that are there.
pub(super) fn add(tags: &mut Tags, parameters: &Parameters) -> Result<(), Refusal> {
    let mut after = tags.clone();
    for (key, value) in given(parameters)? {
        // The case of a key does not tell it from another, and is kept.
        after.retain(|present, _| !present.eq_ignore_ascii_case(&key));
        after.insert(key, value);
    }
    if after.len() > MOST {
        return Err(limit("The number of tags has reached the maximum limit."));
    }
    *tags = after;
    Ok(())
}

/// Takes away the tags of the request's keys.
pub(super) fn take(tags: &mut Tags, parameters: &Parameters) -> Result<(), Refusal> {
    let keys = parameters.texts("TagKeys");
    if keys.len() > MOST {
        return Err(too_many("tagKeys", MOST));
    }
    for key in &keys {
        check(key, 1, 128, "tagKeys")?;
    }
    tags.retain(|present, _| !keys.iter().any(|key| key.eq_ignore_ascii_case(present)));
    Ok(())
}

pub(super) fn xml(tags: &Tags) -> String {
    list("Tags", tags.iter().map(|(key, value)| one(key, value)))
}

/// What the operations answer that list an object's tags.
pub(super) fn listed(tags: &Tags, parameters: &Parameters) -> Result<String, Refusal> {
    let all = tags.iter().map(|(key, value)| (key.clone(), one(key, value))).collect();
    let (members, rest) = page(parameters, all)?;
    Ok(list("Tags", members) + &rest)
}

fn one(key: &str, value: &str) -> String {
    element("Key", key) + &element("Value", value)
}
