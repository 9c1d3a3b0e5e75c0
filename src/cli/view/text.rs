//! Widths, counts, durations and line breaks. Knows nothing of what the words mean.

use std::borrow::Cow;
use std::time::Duration;

/// Text from outside without the characters that could take over a terminal. Line breaks stay.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        match is_hostile(character) {
            true => cleaned.extend(character.escape_unicode()),
            false => cleaned.push(character),
        }
    }
    Cow::Owned(cleaned)
}

/// Control characters, and those that turn the direction of the text around.
fn is_hostile(character: char) -> bool {
    let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (character.is_control() && !matches!(character, '\n' | '\t'))
}

/// The same on one line: for messages that share their line with others.
pub(super) fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// In characters, which is close enough for names and numbers.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// At most `most` characters, the last of them the ellipsis when something was cut.
pub(super) fn truncate(text: &str, most: usize, ellipsis: &str) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(width(ellipsis));
    let cut: String = text.chars().take(kept).collect();
    format!("{cut}{ellipsis}")
}

/// Lines of at most `most` characters, broken between words; every line break in the text stays.
pub(super) fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && width(&line) + 1 + width(word) > most {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// `1 error`, `2 errors`.
pub(super) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ if noun.ends_with('y') => format!("{} {}ies", thousands(number), noun.trim_end_matches('y')),
        _ => format!("{} {noun}s", thousands(number)),
    }
}

/// `12,345`.
pub(super) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How long something took: `0.4s`, `12s`, `3m 5s`, `1h 2m`.
pub(super) fn elapsed(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{}.{}s", seconds, duration.subsec_millis() / 100),
        10..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {}s", seconds / 60, seconds % 60),
        _ => format!("{}h {}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// How long something is about to take, in whole seconds and without zeroes: `40s`, `14m`, `1h 30m`.
pub(super) fn about(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let rest = |number: u64, unit: &str| if number == 0 { String::new() } else { format!(" {number}{unit}") };
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{}", seconds / 60, rest(seconds % 60, "s")),
        _ => format!("{}h{}", seconds / 3600, rest(seconds % 3600 / 60, "m")),
    }
}

/// Rows of cells with every column but the last as wide as its widest cell.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..count)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or_default())
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, column) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:column$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_take_over_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}\nc"), "a\\u{1b}[2Jb\\u{202e}\nc");
        assert_eq!(one_line("a\r\n  b"), "a\\u{d} b");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [count(1, "policy"), count(2, "policy"), count(12345, "step")],
            ["1 policy", "2 policies", "12,345 steps"]
        );
        let took = [400, 12_300, 185_000, 3_720_000].map(|ms| elapsed(Duration::from_millis(ms)));
        assert_eq!(took, ["0.4s", "12s", "3m 5s", "1h 2m"]);
        assert_eq!([40, 840, 845, 5400].map(|s| about(Duration::from_secs(s))), ["40s", "14m", "14m 5s", "1h 30m"]);
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three\nfour", 8), ["one two", "three", "four"]);
        assert_eq!(truncate("abcdef", 4, "…"), "abc…");
        assert_eq!(truncate("abcd", 4, "…"), "abcd");
    }
}
