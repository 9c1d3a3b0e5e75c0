//! What IAM checks of any request, how it pages through lists, and the words it refuses with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::document::{self, Purpose};
use crate::simulator::World;
use crate::simulator::aws::Refusal;
use crate::simulator::aws::query::{Parameters, element};

/// How many members a list has when the request does not say.
const PAGE: u64 = 100;

pub(super) fn validation(at: &str, constraint: &str) -> Refusal {
    let message = format!("1 validation error detected: Value at '{at}' failed to satisfy constraint: {constraint}");
    Refusal::new(400, "ValidationError", message)
}

pub(super) fn too_many(at: &str, most: usize) -> Refusal {
    validation(at, &format!("Member must have length less than or equal to {most}"))
}

pub(super) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidInput", message)
}

pub(super) fn missing(message: impl Into<String>) -> Refusal {
    Refusal::new(404, "NoSuchEntity", message)
}

pub(super) fn exists(message: impl Into<String>) -> Refusal {
    Refusal::new(409, "EntityAlreadyExists", message)
}

pub(super) fn conflict(message: impl Into<String>) -> Refusal {
    Refusal::new(409, "DeleteConflict", message)
}

pub(super) fn limit(message: impl Into<String>) -> Refusal {
    Refusal::new(409, "LimitExceeded", message)
}

pub(super) fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "MalformedPolicyDocument", message)
}

/// A name of an object.
pub(super) fn name<'a>(parameters: &'a Parameters, field: &str, most: usize) -> Result<&'a str, Refusal> {
    let name = sized(parameters, field, 1, most)?;
    match name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte)) {
        true => Ok(name),
        false => Err(validation(field, r"Member must satisfy regular expression pattern: [\w+=,.@-]+")),
    }
}

pub(super) fn role_name(parameters: &Parameters) -> Result<&str, Refusal> {
    name(parameters, "RoleName", 64)
}

/// A required text of a length within bounds.
pub(super) fn sized<'a>(
    parameters: &'a Parameters,
    field: &str,
    least: usize,
    most: usize,
) -> Result<&'a str, Refusal> {
    let text = parameters.required(field)?;
    let length = text.chars().count();
    if length < least {
        return Err(validation(field, &format!("Member must have length greater than or equal to {least}")));
    }
    match length > most {
        true => Err(too_many(field, most)),
        false => Ok(text),
    }
}

/// An ARN, whatever it is of.
pub(super) fn arn<'a>(parameters: &'a Parameters, field: &str) -> Result<&'a str, Refusal> {
    let arn = sized(parameters, field, 20, 2048)?;
    match arn.starts_with("arn:") && arn.split(':').count() >= 6 {
        true => Ok(arn),
        false => Err(invalid(format!("ARN {arn} is not valid."))),
    }
}

/// A path, `/` when the request has none. `fits` says which characters stand between its slashes.
pub(super) fn path(parameters: &Parameters, fits: fn(u8) -> bool) -> Result<String, Refusal> {
    if parameters.text("Path").is_none() {
        return Ok("/".to_owned());
    }
    let path = sized(parameters, "Path", 1, 512)?;
    let inner = path.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    match path == "/" || inner.is_some_and(|inner| !inner.is_empty() && inner.bytes().all(fits)) {
        true => Ok(path.to_owned()),
        false => Err(Refusal::new(
            400,
            "ValidationError",
            "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
             characters and/or / characters.",
        )),
    }
}

/// The part of a list that a request's prefix asks for.
pub(super) fn path_prefix(parameters: &Parameters) -> Result<&str, Refusal> {
    let Some(prefix) = parameters.text("PathPrefix") else { return Ok("/") };
    match prefix.starts_with('/') && prefix.len() <= 512 {
        true => Ok(prefix),
        false => {
            Err(validation("pathPrefix", r"Member must satisfy regular expression pattern: \u002F[\u0021-\u007F]*"))
        }
    }
}

pub(super) fn one_of<'a>(parameters: &'a Parameters, field: &str, known: &[&str]) -> Result<Option<&'a str>, Refusal> {
    match parameters.text(field) {
        Some(text) if !known.contains(&text) => {
            Err(validation(field, &format!("Member must satisfy enum value set: [{}]", known.join(", "))))
        }
        text => Ok(text),
    }
}

pub(super) fn boolean(parameters: &Parameters, field: &str) -> Result<bool, Refusal> {
    match parameters.text(field) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Refusal::new(400, "MalformedInput", format!("{field} is neither true nor false"))),
    }
}

/// Characters that descriptions may have: Latin-1, without control characters.
pub(super) fn latin(text: &str, field: &str) -> Result<(), Refusal> {
    let fits =
        |letter: char| "\t\n\r".contains(letter) || (' '..='~').contains(&letter) || ('¡'..='ÿ').contains(&letter);
    match text.chars().all(fits) {
        true => Ok(()),
        false => Err(validation(
            field,
            r"Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*",
        )),
    }
}

/// A policy document, as a text and as what it says.
pub(super) fn policy<'a>(
    parameters: &'a Parameters,
    field: &str,
    purpose: Purpose,
) -> Result<(&'a str, serde_json::Value), Refusal> {
    let text = sized(parameters, field, 1, 131_072)?;
    if !text.chars().all(|letter| "\t\n\r".contains(letter) || (' '..='ÿ').contains(&letter)) {
        let pattern = r"Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+";
        return Err(validation(field, pattern));
    }
    let checked = document::check(text, purpose).map_err(malformed)?;
    Ok((text, checked))
}

/// What counts of a document towards its size.
pub(super) fn weight(text: &str) -> usize {
    text.chars().filter(|letter| !letter.is_whitespace()).count()
}

/// The page of a sorted list that a request asks for, and the elements that tell of a next one.
pub(super) fn page(parameters: &Parameters, all: Vec<(String, String)>) -> Result<(Vec<String>, String), Refusal> {
    let most = parameters.number("MaxItems")?.unwrap_or(PAGE);
    if !(1..=1000).contains(&most) {
        return Err(validation("maxItems", "Member must have value between 1 and 1000"));
    }
    let after = match parameters.text("Marker") {
        None => String::new(),
        Some(marker) => marked(marker).ok_or_else(|| Refusal::new(400, "ValidationError", "Invalid Marker."))?,
    };
    let mut rest = all.into_iter().filter(|(key, _)| *key > after).peekable();
    let (mut members, mut last) = (Vec::new(), String::new());
    while let Some((key, member)) = rest.next_if(|_| (members.len() as u64) < most) {
        last = key;
        members.push(member);
    }
    let truncated = rest.peek().is_some();
    let marker = if truncated { element("Marker", &STANDARD.encode(last)) } else { String::new() };
    Ok((members, element("IsTruncated", if truncated { "true" } else { "false" }) + &marker))
}

fn marked(marker: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(marker).ok()?).ok()
}

/// A new id, such as `AROA` and 17 more.
pub(super) fn draw_id(world: &mut World, kind: &str) -> String {
    id_of(kind, (u128::from(world.draw()) << 64) | u128::from(world.draw()))
}

pub(super) fn id_of(kind: &str, drawn: u128) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letters = (0..17).filter_map(|place| LETTERS.get((drawn >> (place * 5)) as usize & 31));
    kind.chars().chain(letters.map(|letter| char::from(*letter))).collect()
}

pub(super) fn date(name: &str, milliseconds: u64) -> String {
    element(name, &crate::clock::rfc3339(std::time::Duration::from_millis(milliseconds)))
}

/// A document as IAM answers it: percent-encoded by RFC 3986.
pub(super) fn encoded(name: &str, document: &str) -> String {
    let mut encoded = String::new();
    for byte in document.bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => encoded.push(char::from(byte)),
            false => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    element(name, &encoded)
}
