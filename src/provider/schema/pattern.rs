//! What text has to match. Compiled when it is first asked: a program knows many types, and a stack uses few of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use regex::Regex;

/// What was compiled, by its text: every registry has types of its own, which say the same.
static COMPILED: Mutex<BTreeMap<String, Regex>> = Mutex::new(BTreeMap::new());

/// A regular expression that text matches all through, with its explanation for people.
#[derive(Clone, Debug)]
pub struct Pattern {
    anchored: String,
    says: &'static str,
    regex: OnceLock<Regex>,
}

impl Pattern {
    pub(super) fn new(pattern: &str, says: &'static str) -> Self {
        Self { anchored: format!("^(?:{pattern})$"), says, regex: OnceLock::new() }
    }

    /// The expression, anchored at both ends.
    pub fn as_str(&self) -> &str {
        &self.anchored
    }

    pub fn says(&self) -> &'static str {
        self.says
    }

    /// # Panics
    /// If it does not compile: patterns are constants.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.get_or_init(|| self.compiled()).is_match(text)
    }

    fn compiled(&self) -> Regex {
        let mut all = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(&self.anchored) {
            return known.clone();
        }
        let regex = Regex::new(&self.anchored).unwrap_or_else(|error| panic!("{error}"));
        all.insert(self.anchored.clone(), regex.clone());
        regex
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_matches_all_through() {
        let pattern = Pattern::new("a|b+", "an a, or some of b");
        for (text, expected) in [("a", true), ("bb", true), ("ab", false), ("", false), ("a\n", false)] {
            assert_eq!(pattern.is_match(text), expected, "{text:?}");
            assert_eq!(Pattern::new("a|b+", "").is_match(text), expected, "{text:?} for whoever comes second");
        }
        assert_eq!((pattern.as_str(), pattern.says()), ("^(?:a|b+)$", "an a, or some of b"));
    }
}
