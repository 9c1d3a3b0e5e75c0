//! What a template's text is made of.

/// A piece of a template, as a range of bytes of its text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    LeftDelimiter,
    RightDelimiter,
    /// Spaces between words count: `.a .b` are two arguments, `.a.b` is one.
    Space,
    LeftParenthesis,
    RightParenthesis,
    Pipe,
    Declare,
    Assign,
    Bool,
    Character,
    Number,
    Complex,
    QuotedString,
    RawString,
    Field,
    Identifier,
    Variable,
    Dot,
    Nil,
    Keyword(Keyword),
    /// Printable, and of no meaning but for the comma in `range $key, $value :=`.
    Other,
    Invalid(String),
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

impl Keyword {
    pub(super) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "block" => Keyword::Block,
            "break" => Keyword::Break,
            "continue" => Keyword::Continue,
            "define" => Keyword::Define,
            "else" => Keyword::Else,
            "end" => Keyword::End,
            "if" => Keyword::If,
            "range" => Keyword::Range,
            "template" => Keyword::Template,
            "with" => Keyword::With,
            _ => return None,
        })
    }
}
