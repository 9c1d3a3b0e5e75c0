//! How one scalar of YAML is written: plain, in quotes, or as a block of text.

use super::emit::{Dialect, Emitter};
use super::resolve::{self, Scalar};

/// How a text may be written, seen from its characters.
#[expect(clippy::struct_excessive_bools, reason = "each says whether one style is open to it")]
pub(super) struct Analysis {
    /// Whether it has more than one line.
    pub(super) lines: bool,
    plain: bool,
    single_quoted: bool,
    block: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

pub(super) fn is_break(char: char) -> bool {
    matches!(char, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What is written as it is. Characters beyond the basic plane are not.
fn is_printable(char: char) -> bool {
    matches!(char, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

pub(super) fn analyze(text: &str, dialect: Dialect) -> Analysis {
    let marker = ["---", "..."].iter().any(|marker| text.starts_with(marker));
    let mut analysis = Analysis { lines: false, plain: !marker, single_quoted: true, block: !text.is_empty() };
    let mut before: Option<char> = None;
    let mut characters = text.chars().peekable();
    while let Some(char) = characters.next() {
        let next = characters.peek().copied();
        let blank_before = before.is_none_or(|before| is_break(before) || matches!(before, ' ' | '\t' | '\0'));
        let blank_next = next.is_none_or(|next| matches!(next, ' ' | '\t'));
        let indicator = match char {
            '#' => blank_before,
            ':' => blank_next,
            '?' | '-' => before.is_none() && blank_next,
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                before.is_none()
            }
            _ => false,
        };
        let breaks = is_break(char);
        let edge = before.is_none() || next.is_none();
        analysis.lines |= breaks;
        analysis.plain &= !(indicator || breaks || (edge && char == ' '));
        if char == ' ' {
            analysis.block &= next.is_some();
            let behind_break = before.is_some_and(is_break);
            analysis.plain &= !behind_break;
            analysis.single_quoted &= !behind_break;
        }
        let tab = dialect == Dialect::Pretty && char == '\t';
        if (breaks && before == Some(' ')) || !is_printable(char) {
            analysis.plain = false;
            analysis.single_quoted = false;
            analysis.block &= tab;
        }
        before = Some(char);
    }
    analysis
}

/// Whether a plain scalar of this text is read back as the text, also by readers that are older than this one.
fn resolves_to_text(text: &str) -> bool {
    resolve::plain(text) == Scalar::Text && !resolve::is_sexagesimal(text)
}

fn style(text: &str, analysis: &Analysis, is_key: bool) -> Style {
    let wanted = if is_key && analysis.lines {
        Style::DoubleQuoted
    } else if text.contains('\n') {
        if analysis.block { Style::Literal } else { Style::DoubleQuoted }
    } else if resolves_to_text(text) {
        Style::Plain
    } else {
        Style::DoubleQuoted
    };
    match wanted {
        Style::Plain if analysis.plain => Style::Plain,
        Style::Plain if analysis.single_quoted => Style::SingleQuoted,
        Style::Plain => Style::DoubleQuoted,
        other => other,
    }
}

impl Emitter {
    /// Writes a string; `is_key` for one that has to stay in one line.
    pub(super) fn text(&mut self, text: &str, is_key: bool) {
        let analysis = analyze(text, self.dialect);
        let folds = !is_key;
        match style(text, &analysis, is_key) {
            Style::Plain => self.plain(text, folds),
            Style::SingleQuoted => self.single_quoted(text, folds),
            Style::DoubleQuoted => self.double_quoted(text, folds),
            Style::Literal => self.literal(text),
        }
    }

    /// Whether a line is long enough to be folded at a blank.
    fn is_wide(&self) -> bool {
        self.dialect == Dialect::Classic && self.column > 80
    }

    pub(super) fn plain(&mut self, text: &str, folds: bool) {
        if !self.whitespace {
            self.put(' ');
        }
        let mut after_space = false;
        let mut characters = text.chars().peekable();
        while let Some(char) = characters.next() {
            if char == ' ' && folds && !after_space && self.is_wide() && characters.peek() != Some(&' ') {
                self.write_indent();
            } else {
                self.put(char);
            }
            after_space = char == ' ';
            self.indention = false;
        }
        self.whitespace = false;
        self.indention = false;
    }

    fn single_quoted(&mut self, text: &str, folds: bool) {
        self.write_indicator("'", true, false);
        let mut after_space = false;
        let mut after_break = false;
        let mut first = true;
        let mut characters = text.chars().peekable();
        while let Some(char) = characters.next() {
            if char == ' ' {
                let next = characters.peek();
                let inside = !first && next.is_some() && next != Some(&' ');
                if folds && !after_space && self.is_wide() && inside {
                    self.write_indent();
                } else {
                    self.put(char);
                }
                after_space = true;
            } else if is_break(char) {
                if !after_break && char == '\n' {
                    self.put_break();
                }
                self.write_break(char);
                after_break = true;
            } else {
                if after_break {
                    self.write_indent();
                }
                if char == '\'' {
                    self.put('\'');
                }
                self.put(char);
                self.indention = false;
                after_space = false;
                after_break = false;
            }
            first = false;
        }
        self.write_indicator("'", false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn double_quoted(&mut self, text: &str, folds: bool) {
        self.write_indicator("\"", true, false);
        let mut after_space = false;
        let mut first = true;
        let begins_with_mark = text.starts_with('\u{feff}');
        let mut characters = text.chars().peekable();
        while let Some(char) = characters.next() {
            if !is_printable(char) || is_break(char) || matches!(char, '"' | '\\') || begins_with_mark {
                self.escape(char);
                after_space = false;
            } else if char == ' ' {
                let next = characters.peek();
                if folds && !after_space && self.is_wide() && !first && next.is_some() {
                    self.write_indent();
                    if next == Some(&' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                after_space = true;
            } else {
                self.put(char);
                after_space = false;
            }
            first = false;
        }
        self.write_indicator("\"", false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn escape(&mut self, char: char) {
        let short = match char {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' | '\\' => char,
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = u32::from(char);
                let long = match code {
                    0..=0xff => format!("\\x{code:02X}"),
                    0x100..=0xffff => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                };
                long.chars().for_each(|char| self.put(char));
                return;
            }
        };
        self.put('\\');
        self.put(short);
    }

    fn literal(&mut self, text: &str) {
        self.write_indicator("|", true, false);
        if text.starts_with(|first| first == ' ' || is_break(first)) {
            self.write_indicator("2", false, false);
        }
        let mut last = text.chars().rev();
        match (last.next().is_some_and(is_break), last.next()) {
            (false, _) => self.write_indicator("-", false, false),
            (true, None) => self.write_indicator("+", false, false),
            (true, Some(before)) if is_break(before) => self.write_indicator("+", false, false),
            (true, Some(_)) => {}
        }
        self.put_break();
        self.indention = true;
        self.whitespace = true;
        let mut after_break = true;
        for char in text.chars() {
            if is_break(char) {
                self.write_break(char);
                after_break = true;
            } else {
                if after_break {
                    self.write_indent();
                }
                self.put(char);
                self.indention = false;
                after_break = false;
            }
        }
    }
}
