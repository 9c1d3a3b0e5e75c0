//! Strings and characters as Go's source has them.

use std::fmt::Write;

/// Between double quotes; `ascii` writes everything else as escapes.
pub(crate) fn quoted(text: &str, ascii: bool) -> String {
    let mut out = String::from('"');
    for character in text.chars() {
        escape(character, '"', ascii, &mut out);
    }
    out.push('"');
    out
}

pub(super) fn quoted_character(character: char, ascii: bool) -> String {
    let mut out = String::from('\'');
    escape(character, '\'', ascii, &mut out);
    out.push('\'');
    out
}

pub(super) fn can_be_raw(text: &str) -> bool {
    !text.chars().any(|character| {
        character == '`' || character == '\u{feff}' || character == '\u{7f}' || (character < ' ' && character != '\t')
    })
}

fn escape(character: char, quote: char, ascii: bool, out: &mut String) {
    match character {
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        '\\' => out.push_str("\\\\"),
        character if character == quote => {
            out.push('\\');
            out.push(quote);
        }
        character if (character.is_ascii() || !ascii) && is_printable(character) => out.push(character),
        character => {
            let code = u32::from(character);
            // Writing to a string never fails.
            let _ = match code {
                0..=0x7f => write!(out, "\\x{code:02x}"),
                0x80..=0xffff => write!(out, "\\u{code:04x}"),
                _ => write!(out, "\\U{code:08x}"),
            };
        }
    }
}

/// What Go calls printable: letters, marks, numbers, punctuation, symbols and the space itself.
pub(in super::super) fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    // The standard library keeps its table to itself, but after a letter it escapes just what has nothing to show.
    let after_a_letter = format!("a{character}");
    after_a_letter.escape_debug().nth(1) == Some(character)
}
