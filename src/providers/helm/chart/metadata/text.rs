//! Texts as Helm keeps them of charts: on one line, and with nothing that cannot be seen.

use std::sync::LazyLock;

use regex::Regex;

/// Every space a plain one, and no character that cannot be printed.
pub(super) fn sanitize(text: &str) -> String {
    text.chars()
        .filter_map(|letter| if is_space(letter) { Some(' ') } else { is_print(letter).then_some(letter) })
        .collect()
}

fn is_space(letter: char) -> bool {
    letter.is_whitespace()
}

/// Letters, marks, numbers, punctuation and symbols, as Go has it.
fn is_print(letter: char) -> bool {
    static PRINT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S}]$").ok());
    if letter.is_ascii() {
        return letter.is_ascii_graphic();
    }
    PRINT.as_ref().is_none_or(|print| print.is_match(letter.encode_utf8(&mut [0; 4])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_on_one_line_and_can_be_seen() {
        assert_eq!(sanitize("a\nb\u{a0}c\u{2028}d"), "a b c d");
        assert_eq!(sanitize("a\u{0}b\u{200b}c\u{feff}d\u{e000}"), "abcd");
        assert_eq!(sanitize("Zbyněk ☁ €5"), "Zbyněk ☁ €5");
    }
}
