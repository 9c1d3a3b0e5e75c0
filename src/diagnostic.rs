//! Problems in what the user wrote: data only. How they look is the business of `cli::view`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A place in a text: 1-based line and column (in characters), 0-based byte offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
    pub offset: usize,
}

/// A text that problems can point into, such as a stack file.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// As the user named it, for display.
    pub name: String,
    pub text: String,
}

/// From `start` up to and without `end`, in one source.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceRange {
    pub source: Arc<Source>,
    pub start: Position,
    pub end: Position,
}

impl fmt::Display for SourceRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source.name, self.start.line, self.start.column)
    }
}

impl fmt::Debug for SourceRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// One problem: what it is, why, where, and what to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable, such as `stack/unknown-reference`: people search for it and scripts match it.
    pub code: &'static str,
    /// The same text for every problem with this code.
    pub summary: &'static str,
    /// What is wrong here, with the names and values concerned.
    pub detail: String,
    /// What to do about it.
    pub help: Option<String>,
    pub range: Option<SourceRange>,
}

impl Diagnostic {
    pub fn error(code: &'static str, summary: &'static str, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, summary, detail: detail.into(), help: None, range: None }
    }

    pub fn warning(code: &'static str, summary: &'static str, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, summary, detail) }
    }

    pub fn at(mut self, range: &SourceRange) -> Self {
        self.range = Some(range.clone());
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds "did you mean …" where one of the known words is close to what was written.
    pub fn did_you_mean<'a>(mut self, written: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        if let Some(word) = closest(written, known) {
            self.help = Some(format!("did you mean `{word}`?"));
        }
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(range) = &self.range {
            write!(f, "{range}: ")?;
        }
        write!(f, "{}", self.detail)
    }
}

/// The known word that `written` is most likely a slip of.
pub fn closest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (strsim::jaro_winkler(written, word), word))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, word)| word)
}

/// All problems found in one pass, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.0.contains(&diagnostic) {
            self.0.push(diagnostic);
        }
    }

    pub fn extend(&mut self, others: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in others {
            self.push(diagnostic);
        }
    }

    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Sorts by place; problems without one go last.
    pub fn sorted(mut self) -> Self {
        self.0.sort_by_key(|diagnostic| match &diagnostic.range {
            Some(range) => (0, range.source.name.clone(), range.start.offset),
            None => (1, String::new(), 0),
        });
        self
    }

    /// How many there are of each code, for a summary.
    pub fn count_by_code(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for diagnostic in &self.0 {
            *counts.entry(diagnostic.code).or_insert(0) += 1;
        }
        counts
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        assert_eq!(closest("visibilty_timeout", ["name", "visibility_timeout"]), Some("visibility_timeout"));
        assert_eq!(closest("zebra", ["name", "visibility_timeout"]), None);
    }

    #[test]
    fn the_same_problem_is_told_once() {
        let mut all = Diagnostics::default();
        all.push(Diagnostic::error("a/b", "s", "d"));
        all.push(Diagnostic::error("a/b", "s", "d"));
        assert_eq!(all.iter().count(), 1);
        assert!(all.has_errors());
    }
}
