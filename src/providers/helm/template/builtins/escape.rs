//! Text made safe for HTML, JavaScript and URLs.

use std::fmt::Write;

use super::super::print::NO_VALUE;
use super::super::{Failure, Surroundings, Value};

/// The arguments as `print` has them, but that nil is what is not there.
fn text(arguments: &[Value]) -> String {
    let shown: Vec<Value> = arguments
        .iter()
        .map(|argument| match argument {
            Value::Nil => Value::string(NO_VALUE),
            other => other.clone(),
        })
        .collect();
    super::printed(&shown)
}

pub(super) fn html(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    let mut escaped = String::new();
    for character in text(arguments).chars() {
        match character {
            '\0' => escaped.push('\u{fffd}'),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            plain => escaped.push(plain),
        }
    }
    Ok(Value::string(escaped))
}

pub(super) fn js(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    let mut escaped = String::new();
    for character in text(arguments).chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '\'' => escaped.push_str("\\'"),
            '"' => escaped.push_str("\\\""),
            '<' => escaped.push_str("\\u003C"),
            '>' => escaped.push_str("\\u003E"),
            '&' => escaped.push_str("\\u0026"),
            '=' => escaped.push_str("\\u003D"),
            unprintable if !super::super::format::is_printable(unprintable) => {
                // Writing to a string never fails.
                let _ = write!(escaped, "\\u{:04X}", u32::from(unprintable));
            }
            plain => escaped.push(plain),
        }
    }
    Ok(Value::string(escaped))
}

pub(super) fn urlquery(_: &dyn Surroundings, arguments: &[Value]) -> Result<Value, Failure> {
    let mut escaped = String::new();
    for byte in text(arguments).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            b' ' => escaped.push('+'),
            other => {
                let _ = write!(escaped, "%{other:02X}");
            }
        }
    }
    Ok(Value::string(escaped))
}
