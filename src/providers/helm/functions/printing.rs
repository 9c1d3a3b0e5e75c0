//! Values as Go's `%v` and `%q` print them.

use super::super::template::{Failure, Map, Value};
use super::arguments::DEEPEST;

/// As sprig makes text of anything: `%v`, but bytes are taken for text.
pub(super) fn text_of(value: &Value) -> Result<String, Failure> {
    match value {
        Value::Bytes(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
        other => print(other),
    }
}

/// As `%v` prints it.
pub(super) fn print(value: &Value) -> Result<String, Failure> {
    let mut printed = String::new();
    push(value, &mut printed, 0)?;
    Ok(printed)
}

fn push(value: &Value, printed: &mut String, depth: usize) -> Result<(), Failure> {
    if depth > DEEPEST {
        return Err(Failure::new(format!("a value is nested more than {DEEPEST} deep, or contains itself")));
    }
    match value {
        Value::Nil => printed.push_str("<nil>"),
        Value::Bool(flag) => printed.push_str(if *flag { "true" } else { "false" }),
        Value::Int(number) | Value::Int64(number) => printed.push_str(&number.to_string()),
        Value::Uint64(number) => printed.push_str(&number.to_string()),
        Value::Float(number) => printed.push_str(&float(*number)),
        Value::String(text) => printed.push_str(text),
        Value::Bytes(bytes) => {
            let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
            printed.push_str(&format!("[{}]", numbers.join(" ")));
        }
        Value::List(list) => {
            printed.push('[');
            for (place, item) in list.items.iter().enumerate() {
                printed.push_str(if place > 0 { " " } else { "" });
                push(item, printed, depth + 1)?;
            }
            printed.push(']');
        }
        Value::Map(map) => push_map(map, printed, depth)?,
        Value::Object(object) => printed.push_str(&object.print()),
    }
    Ok(())
}

fn push_map(map: &Map, printed: &mut String, depth: usize) -> Result<(), Failure> {
    printed.push_str("map[");
    for (place, (key, entry)) in map.entries.borrow().iter().enumerate() {
        printed.push_str(if place > 0 { " " } else { "" });
        printed.push_str(key);
        printed.push(':');
        push(entry, printed, depth + 1)?;
    }
    printed.push(']');
    Ok(())
}

/// The shortest digits that read back the same; with an exponent below 1e-04 and from 1e+06 on.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// As `%q` prints a text.
pub(super) fn quoted(text: &str) -> String {
    let mut printed = String::with_capacity(text.len() + 2);
    printed.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => printed.extend(['\\', character]),
            '\'' => printed.push(character),
            '\u{7}' => printed.push_str("\\a"),
            '\u{8}' => printed.push_str("\\b"),
            '\u{c}' => printed.push_str("\\f"),
            '\n' => printed.push_str("\\n"),
            '\r' => printed.push_str("\\r"),
            '\t' => printed.push_str("\\t"),
            '\u{b}' => printed.push_str("\\v"),
            _ if is_printable(character) => printed.push(character),
            _ => printed.push_str(&match u32::from(character) {
                code @ 0..0x80 => format!("\\x{code:02x}"),
                code @ 0..0x1_0000 => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
        }
    }
    printed.push('"');
    printed
}

/// Letters, marks, numbers, punctuation, symbols and the blank.
fn is_printable(character: char) -> bool {
    // After a letter, Rust escapes just the characters that have nothing to show.
    let after_a_letter = format!("a{character}");
    after_a_letter.escape_debug().nth(1) == Some(character)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{evaluate, gives};
    use super::*;

    #[test]
    fn numbers_are_printed_as_go_prints_them() {
        let printed = [
            (0.0, "0"),
            (-1.5, "-1.5"),
            (123_456.5, "123456.5"),
            (1e6, "1e+06"),
            (123_456_789.0, "1.23456789e+08"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (f64::INFINITY, "+Inf"),
            (f64::NAN, "NaN"),
        ];
        for (number, text) in printed {
            assert_eq!(float(number), text);
        }
    }

    #[test]
    fn values_are_printed_as_go_prints_them() {
        gives(&[
            ("toString (list nil 1 \"a\" (dict \"b\" true \"a\" 1.5))", "string", "[<nil> 1 a map[a:1.5 b:true]]"),
            ("toString 1e6", "string", "1e+06"),
        ]);
    }

    #[test]
    fn what_contains_itself_is_an_error() {
        let map = evaluate("dict").unwrap();
        let Value::Map(entries) = &map else { panic!("no map") };
        entries.entries.borrow_mut().insert("self".into(), map.clone());
        assert!(print(&map).is_err());
        entries.entries.borrow_mut().clear();
    }

    #[test]
    fn texts_are_quoted_as_go_quotes_them() {
        assert_eq!(
            quoted("a\"\\\n\u{1}\u{7f}é\u{301}\u{200b}\u{e000}\u{10ffff}"),
            "\"a\\\"\\\\\\n\\x01\\x7fé\u{301}\\u200b\\ue000\\U0010ffff\""
        );
    }
}
