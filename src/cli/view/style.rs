//! How text may look: colours or none, how wide, which characters. A value that is passed along.
//!
//! Knows what each part of a text means and which colour says so; whether there
//! may be colours at all is decided by whoever makes the value.

use std::fmt::Display;

use anstyle::{AnsiColor, Effects};

/// What the place where text goes can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    pub colour: bool,
    /// In columns.
    pub width: usize,
    /// Whether `→` and `…` can be shown, or `->` and `...` must do.
    pub unicode: bool,
}

/// What a piece of text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Create,
    Update,
    Replace,
    Delete,
    Error,
    Warning,
    Hint,
    /// Titles and the names of things.
    Strong,
    /// What one may skip.
    Muted,
}

impl Style {
    /// For pipes, logs and tests.
    pub const PLAIN: Style = Style { colour: false, width: 100, unicode: true };

    pub fn paint(&self, role: Role, text: impl Display) -> String {
        if !self.colour {
            return text.to_string();
        }
        let look = match role {
            Role::Create => AnsiColor::Green.on_default(),
            Role::Update | Role::Warning => AnsiColor::Yellow.on_default(),
            Role::Replace => AnsiColor::Magenta.on_default(),
            Role::Delete => AnsiColor::Red.on_default(),
            Role::Error => AnsiColor::Red.on_default().effects(Effects::BOLD),
            Role::Hint => AnsiColor::Cyan.on_default(),
            Role::Strong => anstyle::Style::new().effects(Effects::BOLD),
            Role::Muted => anstyle::Style::new().effects(Effects::DIMMED),
        };
        format!("{look}{text}{look:#}")
    }

    pub fn arrow(&self) -> &'static str {
        if self.unicode { "→" } else { "->" }
    }

    pub fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colours_text_is_only_text() {
        assert_eq!(Style::PLAIN.paint(Role::Error, "x"), "x");
        let colourful = Style { colour: true, ..Style::PLAIN };
        assert_eq!(colourful.paint(Role::Create, "x"), "\u{1b}[32mx\u{1b}[0m");
    }
}
