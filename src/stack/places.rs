//! Places in one text: from where a parser says something stands to lines, columns and bytes.

use std::sync::Arc;

use crate::diagnostic::{Position, Source, SourceRange};
use crate::expression::solid_count;

/// From one character of the text up to another, both counted from 0, a byte order mark left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A part of what a scalar says, such as one expression of several.
///
/// Counted in characters that are no blanks: quotes, escapes, folding and indentation keep all of those,
/// in order, and may do anything to blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extract {
    pub(super) span: Span,
    pub(super) first: usize,
    pub(super) count: usize,
}

impl Extract {
    /// Characters `from` up to `to` of the text that the scalar at `span` says.
    pub(super) fn new(span: Span, text: &str, from: usize, to: usize) -> Self {
        let first = solid_count(text.chars().take(from));
        Self { span, first, count: solid_count(text.chars().skip(from).take(to.saturating_sub(from))) }
    }
}

/// One text, with what is needed to find places in it quickly.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) source: Arc<Source>,
    /// The byte at which each line starts.
    lines: Arc<[usize]>,
    /// The byte of every [`STEP`]th character.
    bytes: Arc<[usize]>,
}

/// Far enough apart to be small, near enough to be quick in a line of a megabyte.
const STEP: usize = 128;

impl Places {
    pub(super) fn new(source: Arc<Source>) -> Self {
        let text = &source.text;
        let skipped = text.len() - Self::without_mark(text).len();
        let mut lines = vec![skipped];
        let mut bytes = Vec::new();
        for (number, (byte, character)) in text[skipped..].char_indices().enumerate() {
            if number % STEP == 0 {
                bytes.push(byte + skipped);
            }
            if character == '\n' {
                lines.push(byte + skipped + 1);
            }
        }
        Self { source, lines: lines.into(), bytes: bytes.into() }
    }

    /// The text after its byte order mark, if it has one.
    pub(super) fn text(&self) -> &str {
        Self::without_mark(&self.source.text)
    }

    fn without_mark(text: &str) -> &str {
        text.strip_prefix('\u{feff}').unwrap_or(text)
    }

    pub(super) fn range(&self, span: Span) -> SourceRange {
        let (start, end) = (self.byte(span.start), self.byte(span.end.max(span.start)));
        // The parser counts in the blanks up to the next token.
        let length = self.source.text[start..end].trim_end().len();
        self.bytes_range(start, start + length)
    }

    fn bytes_range(&self, start: usize, end: usize) -> SourceRange {
        SourceRange { source: Arc::clone(&self.source), start: self.position(start), end: self.position(end) }
    }

    fn byte(&self, character: u32) -> usize {
        let text = &self.source.text;
        let character = character as usize;
        let Some(start) = self.bytes.get(character / STEP) else { return text.len() };
        text[*start..].char_indices().nth(character % STEP).map_or(text.len(), |(byte, _)| start + byte)
    }

    fn position(&self, offset: usize) -> Position {
        let line = self.lines.partition_point(|start| *start <= offset).saturating_sub(1);
        let column = self.source.text[self.lines[line].min(offset)..offset].chars().count();
        let number = |number: usize| u32::try_from(number + 1).unwrap_or(u32::MAX);
        Position { line: number(line), column: number(column), offset }
    }

    /// Where a part of a scalar stands; the whole scalar when that cannot be told.
    pub(super) fn part(&self, part: Extract) -> SourceRange {
        let whole = self.range(part.span);
        let base = whole.start.offset;
        let text = &self.source.text[base..whole.end.offset];
        let mut solid = Solid::new(text);
        let Some((first, first_end)) = solid.nth(part.first) else { return whole };
        let last = match part.count {
            0 => Some(first_end.min(first)),
            1 => Some(first_end),
            count => solid.nth(count - 2).map(|(_, end)| end),
        };
        match last {
            Some(end) => self.bytes_range(base + first, base + end),
            None => whole,
        }
    }
}

/// Goes through the characters that a scalar says and that are no blanks, as bytes of how it is written.
struct Solid<'a> {
    text: &'a str,
    at: usize,
    quote: Option<char>,
}

impl<'a> Solid<'a> {
    fn new(text: &'a str) -> Self {
        let mut at = 0;
        // Anchors and tags stand before.
        while text[at..].starts_with(['&', '!']) {
            let end = text[at..].find(char::is_whitespace).map_or(text.len(), |end| at + end);
            at = text[end..].find(|c: char| !c.is_whitespace()).map_or(text.len(), |start| end + start);
        }
        let quote = text[at..].chars().next().filter(|c| ['"', '\''].contains(c));
        if quote.is_some() {
            at += 1;
        } else if text[at..].starts_with(['|', '>']) {
            at = text[at..].find('\n').map_or(text.len(), |end| at + end);
        } else if text[at..].starts_with('*') {
            // An alias says what stands elsewhere.
            at = text.len();
        }
        Self { text, at, quote }
    }

    /// How many bytes one character takes here, and whether it is a blank.
    fn unit(&self) -> Option<(usize, bool)> {
        let rest = &self.text[self.at..];
        let first = rest.chars().next()?;
        match self.quote {
            Some('\'') if first == '\'' => rest.starts_with("\'\'").then_some((2, false)),
            Some('"') if first == '"' => None,
            Some('"') if first == '\\' => Some(escape(rest)),
            _ => Some((first.len_utf8(), first.is_whitespace())),
        }
    }
}

impl Iterator for Solid<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            let (length, blank) = self.unit()?;
            let start = self.at;
            self.at += length;
            if !blank {
                return Some((start, self.at));
            }
        }
    }
}

/// The length of an escape in double quotes, and whether it stands for a blank.
fn escape(text: &str) -> (usize, bool) {
    let Some(letter) = text[1..].chars().next() else { return (1, true) };
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return (1 + letter.len_utf8(), letter.is_whitespace() || "tnvrN_LP".contains(letter)),
    };
    let end = (2 + digits).min(text.len());
    let code = text.get(2..end).and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
    (if text.is_char_boundary(end) { end } else { 2 }, code.is_some_and(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::stack::document::{self, Content, Node};
    use crate::stack::scalar::Scalar;
    use proptest::prelude::*;

    fn places(text: &str) -> Places {
        Places::new(Arc::new(Source { name: "x".into(), text: text.into() }))
    }

    /// The text at the place of the second `@…@` of the only scalar, and its line and column.
    fn found(text: &str) -> (String, u32, u32) {
        let places = places(text);
        let node = document::read(&places, &mut Diagnostics::default()).unwrap();
        let Content::Map(entries) = &node.content else { panic!("{text}") };
        let Content::Scalar(Scalar::String(said)) = &entries[0].1.content else { panic!("{text}") };
        let characters: Vec<char> = said.chars().collect();
        let marks: Vec<usize> = (0..characters.len()).filter(|at| characters[*at] == '@').collect();
        let range = places.part(Extract::new(entries[0].1.span, said, marks[2], marks[3] + 1));
        (text[range.start.offset..range.end.offset].to_owned(), range.start.line, range.start.column)
    }

    #[test]
    fn a_part_is_found_however_it_is_written() {
        let table = [
            ("k: a @x@ b @y y@ c", ("@y y@", 1, 12)),
            ("k: \"\u{e9} \\\" @x@\\n\\t\\x20 \\u00e9 @y\\\\@\"", ("@y\\\\@", 1, 29)),
            ("k: 'it''s @x@ ''@y''@'", ("@y''@", 1, 17)),
            ("k: &a !!str \"@x@ @y@\"", ("@y@", 1, 18)),
            ("k: |+ # @ no\n  @x@\n\n   @y\n  y@\n", ("@y\n  y@", 4, 4)),
            ("k: >-\r\n  @x@\r\n\r\n  @y@\r\n", ("@y@", 4, 3)),
            ("k:\n  z @x@\n  and\n\n  @y@", ("@y@", 5, 3)),
            ("\u{feff}k: \"@x@ \\\n  @y@\"", ("@y@", 2, 3)),
            ("# \u{1f980} \u{e9}\nk: \u{1f980} @x@ \u{1f980} @y@", ("@y@", 2, 12)),
        ];
        for (text, (part, line, column)) in table {
            assert_eq!(found(text), (part.to_owned(), line, column), "{text}");
        }
    }

    #[test]
    fn what_an_alias_says_stands_elsewhere() {
        let text = "a: &x \"${b}\"\nc: *x\n";
        let places = places(text);
        let node = document::read(&places, &mut Diagnostics::default()).unwrap();
        let range = places.part(Extract::new(node.entry("c").unwrap().span, "${b}", 0, 4));
        assert_eq!(&text[range.start.offset..range.end.offset], "*x");
    }

    fn spans(node: &Node, found: &mut Vec<(Span, Option<String>)>) {
        match &node.content {
            Content::Scalar(Scalar::String(said)) => found.push((node.span, Some(said.clone()))),
            Content::Scalar(_) => found.push((node.span, None)),
            Content::List(items) => items.iter().for_each(|item| spans(item, found)),
            Content::Map(entries) => entries.iter().for_each(|(key, entry)| {
                found.push((key.span, Some(key.text.clone())));
                spans(entry, found);
            }),
        }
    }

    proptest! {
        #[test]
        fn every_place_is_in_the_text(text in "[a-c\u{e9}\u{1f980}\"'\\\\:\\-\\[\\]{},&*!|># \r\n]{0,80}", from in 0usize..9, length in 0usize..9) {
            let places = places(&text);
            let node = document::read(&places, &mut Diagnostics::default());
            let mut all = Vec::new();
            node.iter().for_each(|node| spans(node, &mut all));
            for (span, said) in all {
                let said = said.unwrap_or_default();
                for range in [places.range(span), places.part(Extract::new(span, &said, from, from + length))] {
                    prop_assert!(text.is_char_boundary(range.start.offset) && text.is_char_boundary(range.end.offset));
                    prop_assert!(range.start.offset <= range.end.offset);
                    prop_assert_eq!(range.start.line as usize, text[..range.start.offset].matches('\n').count() + 1);
                }
            }
        }

        #[test]
        fn a_scalar_in_quotes_is_found_whole(before in "[a\u{e9} ]{0,9}", part in "[a-z\u{1f980}]{1,9}", after in ".{0,20}") {
            let said = format!("{before}{part}{after}");
            let text = format!("k: {}\n", serde_json::Value::from(said.as_str()));
            let places = places(&text);
            let node = document::read(&places, &mut Diagnostics::default());
            prop_assume!(node.is_some());
            let node = node.unwrap();
            let from = before.chars().count();
            let range = places.part(Extract::new(node.entry("k").unwrap().span, &said, from, from + part.chars().count()));
            prop_assert_eq!(&text[range.start.offset..range.end.offset], part);
        }
    }
}
