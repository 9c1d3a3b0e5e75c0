//! Cuts a template's text into tokens.

use super::token::{Keyword, Kind, Token};

const OPEN: &str = "{{";
const CLOSE: &str = "}}";
/// A trim marker is a dash with a space on its inner side.
const TRIM_MARKER: usize = 2;

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, position: 0, parentheses: 0, tokens: Vec::with_capacity(text.len() / 6 + 4) };
    lexer.run();
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    position: usize,
    parentheses: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while self.text_up_to_action() {
            if !self.action() {
                return;
            }
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.position..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn emit(&mut self, kind: Kind, start: usize) {
        self.tokens.push(Token { kind, start, end: self.position });
    }

    /// Nothing is read past what cannot be read.
    fn fail(&mut self, start: usize, message: impl Into<String>) -> bool {
        self.tokens.push(Token { kind: Kind::Invalid(message.into()), start, end: start });
        false
    }

    /// Reads text and comments until it stands inside an action; `false` at the end of the template.
    fn text_up_to_action(&mut self) -> bool {
        loop {
            let start = self.position;
            let Some(length) = self.rest().find(OPEN) else {
                self.position = self.text.len();
                if self.position > start {
                    self.emit(Kind::Text, start);
                }
                self.emit(Kind::End, self.position);
                return false;
            };
            let open = start + length;
            let inside = open + OPEN.len();
            let trims = begins_with_left_trim(&self.text[inside..]);
            self.position = if trims { start + self.text[start..open].trim_end_matches(is_space).len() } else { open };
            if self.position > start {
                self.emit(Kind::Text, start);
            }
            self.position = if trims { inside + TRIM_MARKER } else { inside };
            if self.rest().starts_with("/*") {
                if !self.comment() {
                    return false;
                }
                continue;
            }
            self.tokens.push(Token { kind: Kind::LeftDelimiter, start: open, end: inside });
            self.parentheses = 0;
            return true;
        }
    }

    fn comment(&mut self) -> bool {
        let start = self.position;
        let Some(length) = self.rest().find("*/") else { return self.fail(start, "unclosed comment") };
        self.position += length + 2;
        match self.closing() {
            Some(trims) => self.close(trims),
            None => return self.fail(start, "comment ends before closing delimiter"),
        }
        true
    }

    /// Whether an action ends here, and if so, whether it trims the text behind it.
    fn closing(&self) -> Option<bool> {
        let rest = self.rest();
        if begins_with_right_trim(rest) && rest[TRIM_MARKER..].starts_with(CLOSE) {
            return Some(true);
        }
        rest.starts_with(CLOSE).then_some(false)
    }

    fn close(&mut self, trims: bool) {
        self.position += CLOSE.len();
        if trims {
            self.position += TRIM_MARKER;
            self.position += self.rest().len() - self.rest().trim_start_matches(is_space).len();
        }
    }

    /// Reads an action up to its end; `false` where it cannot be read.
    fn action(&mut self) -> bool {
        loop {
            let start = self.position;
            if let Some(trims) = self.closing() {
                if self.parentheses > 0 {
                    return self.fail(start, "unclosed left paren");
                }
                let end = start + CLOSE.len() + if trims { TRIM_MARKER } else { 0 };
                self.tokens.push(Token { kind: Kind::RightDelimiter, start, end });
                self.close(trims);
                return true;
            }
            let Some(character) = self.peek() else { return self.fail(start, "unclosed action") };
            self.position += character.len_utf8();
            let read = match character {
                character if is_space(character) => self.space(start),
                '=' => self.done(Kind::Assign, start),
                ':' => self.declare(start),
                '|' => self.done(Kind::Pipe, start),
                '"' => self.quoted(start, '"', Kind::QuotedString, "unterminated quoted string"),
                '`' => self.raw(start),
                '\'' => self.quoted(start, '\'', Kind::Character, "unterminated character constant"),
                '$' => self.name(start, Kind::Variable, Kind::Variable),
                '.' if !self.peek().is_some_and(|next| next.is_ascii_digit()) => {
                    self.name(start, Kind::Field, Kind::Dot)
                }
                '.' | '+' | '-' | '0'..='9' => self.number(start),
                character if is_alphanumeric(character) => self.word(start),
                '(' => {
                    self.parentheses += 1;
                    self.done(Kind::LeftParenthesis, start)
                }
                ')' if self.parentheses == 0 => self.fail(start, "unexpected right paren"),
                ')' => {
                    self.parentheses -= 1;
                    self.done(Kind::RightParenthesis, start)
                }
                '\u{21}'..='\u{7e}' => self.done(Kind::Other, start),
                _ => self.fail(start, format!("unrecognized character in action: {}", name_of(character))),
            };
            if !read {
                return false;
            }
        }
    }

    fn done(&mut self, kind: Kind, start: usize) -> bool {
        self.emit(kind, start);
        true
    }

    /// The space of a ` -}}` belongs to it.
    fn space(&mut self, start: usize) -> bool {
        self.position += self.rest().len() - self.rest().trim_start_matches(is_space).len();
        let last = self.position - 1;
        if begins_with_right_trim(&self.text[last..]) && self.text[last + TRIM_MARKER..].starts_with(CLOSE) {
            self.position = last;
        }
        if self.position > start {
            self.emit(Kind::Space, start);
        }
        true
    }

    fn declare(&mut self, start: usize) -> bool {
        if !self.rest().starts_with('=') {
            return self.fail(start, "expected :=");
        }
        self.position += 1;
        self.done(Kind::Declare, start)
    }

    fn quoted(&mut self, start: usize, quote: char, kind: Kind, unterminated: &str) -> bool {
        loop {
            let Some(character) = self.peek() else { return self.fail(start, unterminated) };
            self.position += character.len_utf8();
            match character {
                '\\' => match self.peek() {
                    None | Some('\n') => return self.fail(start, unterminated),
                    Some(escaped) => self.position += escaped.len_utf8(),
                },
                '\n' => return self.fail(start, unterminated),
                character if character == quote => return self.done(kind, start),
                _ => {}
            }
        }
    }

    fn raw(&mut self, start: usize) -> bool {
        match self.rest().find('`') {
            Some(length) => {
                self.position += length + 1;
                self.done(Kind::RawString, start)
            }
            None => self.fail(start, "unterminated raw quoted string"),
        }
    }

    /// A field or a variable; `bare` where nothing but its first character is there.
    fn name(&mut self, start: usize, kind: Kind, bare: Kind) -> bool {
        if self.at_end_of_word() {
            return self.done(bare, start);
        }
        self.take_alphanumeric();
        if self.at_end_of_word() { self.done(kind, start) } else { self.bad_character(start) }
    }

    fn word(&mut self, start: usize) -> bool {
        self.take_alphanumeric();
        if !self.at_end_of_word() {
            return self.bad_character(start);
        }
        let kind = match &self.text[start..self.position] {
            "true" | "false" => Kind::Bool,
            "nil" => Kind::Nil,
            word => Keyword::of(word).map_or(Kind::Identifier, Kind::Keyword),
        };
        self.done(kind, start)
    }

    fn bad_character(&mut self, start: usize) -> bool {
        let name = self.peek().map(name_of).unwrap_or_default();
        self.fail(start, format!("bad character {name}"))
    }

    fn take_alphanumeric(&mut self) {
        self.position += self.rest().len() - self.rest().trim_start_matches(is_alphanumeric).len();
    }

    fn at_end_of_word(&self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(character) => is_space(character) || self.rest().starts_with(CLOSE),
        }
    }

    /// Takes what may be a number; whether it is one shows when its value is worked out.
    fn number(&mut self, start: usize) -> bool {
        self.position = start;
        let mut valid = self.scan_number();
        let mut kind = Kind::Number;
        if valid && matches!(self.peek(), Some('+' | '-')) {
            kind = Kind::Complex;
            valid = self.scan_number() && self.text[..self.position].ends_with('i');
        }
        if valid {
            return self.done(kind, start);
        }
        let written = self.text[start..self.position].to_owned();
        self.fail(start, format!("bad number syntax: {written:?}"))
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_all(digits);
        if self.accept(".") {
            self.accept_all(digits);
        }
        let exponent = match digits.len() {
            11 => "eE",
            23 => "pP",
            _ => "",
        };
        if self.accept(exponent) {
            self.accept("+-");
            self.accept_all("0123456789_");
        }
        self.accept("i");
        match self.peek() {
            Some(next) if is_alphanumeric(next) => {
                self.position += next.len_utf8();
                false
            }
            _ => true,
        }
    }

    fn accept(&mut self, valid: &str) -> bool {
        let accepted = self.peek().is_some_and(|character| valid.contains(character));
        self.position += usize::from(accepted);
        accepted
    }

    fn accept_all(&mut self, valid: &str) {
        while self.accept(valid) {}
    }
}

fn begins_with_left_trim(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first() == Some(&b'-') && bytes.get(1).is_some_and(|next| is_space(char::from(*next)))
}

fn begins_with_right_trim(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|first| is_space(char::from(*first))) && bytes.get(1) == Some(&b'-')
}

/// Only these are space in a template, whatever else Unicode has.
pub(super) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

fn name_of(character: char) -> String {
    let code = u32::from(character);
    if character.is_control() { format!("U+{code:04X}") } else { format!("U+{code:04X} '{character}'") }
}
