//! `.helmignore`: which files of a folder are no part of its chart.

use super::ChartError;
use super::pattern::Pattern;

/// What no chart has, whatever its `.helmignore` says.
const ALWAYS: &str = "templates/.?*";

/// Rules in their order; the first that applies decides.
#[derive(Debug)]
pub(super) struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    /// Matched against the path from the chart on, and not only against a file's name.
    is_path: bool,
    /// `!`: what does *not* match is left out.
    is_negated: bool,
    /// Of folders alone.
    is_folder: bool,
}

impl Rules {
    /// # Errors
    /// When a line is no pattern.
    pub(super) fn parse(text: &str) -> Result<Self, ChartError> {
        let mut rules = Vec::new();
        let lines = text.trim_start_matches('\u{feff}').lines();
        for (index, line) in lines.chain([ALWAYS]).enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            rules.push(Rule::parse(line).map_err(|(why, help)| {
                ChartError::new("chart/helmignore", format!(".helmignore, line {}: `{line}` {why}", index + 1), help)
            })?);
        }
        Ok(Self(rules))
    }

    /// `name` is the path from the chart on.
    pub(super) fn ignores(&self, name: &str, is_folder: bool) -> bool {
        for rule in &self.0 {
            let applies = !rule.is_folder || is_folder;
            if (applies && rule.matches(name)) != rule.is_negated {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Self, (&'static str, &'static str)> {
        if line.contains("**") {
            return Err(("has two stars", "`.helmignore` knows no `**`; write a line for each depth"));
        }
        let malformed = ("is no pattern", "close every `[`, and write `\\[` where a bracket is meant");
        Pattern::parse(line).ok_or(malformed)?;
        let (is_negated, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let (is_folder, line) = line.strip_suffix('/').map_or((false, line), |rest| (true, rest));
        let is_path = line.contains('/');
        let line = line.strip_prefix('/').unwrap_or(line);
        let pattern = Pattern::parse(line).ok_or(malformed)?;
        Ok(Self { pattern, is_path, is_negated, is_folder })
    }

    fn matches(&self, path: &str) -> bool {
        let name = if self.is_path { path } else { path.rsplit('/').next().unwrap_or(path) };
        self.pattern.matches(name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Files that are left in the chart.
    fn left(rules: &str) -> String {
        let rules = Rules::parse(rules).unwrap();
        let files = ["a.txt", "b.md", "x/a.txt", "x/y/a.txt", "x/.hid", "templates/t.yaml", "templates/.h"];
        let is_left = |path: &str| {
            let folders = path.match_indices('/').map(|(end, _)| (&path[..end], true));
            !folders.chain([(path, false)]).any(|(name, is_folder)| rules.ignores(name, is_folder))
        };
        files.into_iter().filter(|path| is_left(path)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn rules_leave_out_what_helm_leaves_out() {
        let all = "a.txt b.md x/a.txt x/y/a.txt x/.hid templates/t.yaml";
        for (rules, expected) in [
            ("", all),
            ("*", ""),
            ("!*", all),
            ("*.txt", "b.md x/.hid templates/t.yaml"),
            ("/a.txt", "b.md x/a.txt x/y/a.txt x/.hid templates/t.yaml"),
            ("x/a.txt", "a.txt b.md x/y/a.txt x/.hid templates/t.yaml"),
            ("x/*", "a.txt b.md templates/t.yaml"),
            ("x/*/a.txt", "a.txt b.md x/a.txt x/.hid templates/t.yaml"),
            ("x/", "a.txt b.md templates/t.yaml"),
            ("/x/", "a.txt b.md templates/t.yaml"),
            ("x/a.txt/", all),
            ("!a.txt", "a.txt"),
            ("[!a].*", "b.md x/.hid templates/t.yaml"),
            ("[^a].*", "a.txt x/a.txt x/y/a.txt x/.hid"),
            ("\\a.txt", "b.md x/.hid templates/t.yaml"),
            ("# a.txt\n\n  a.txt  ", "b.md x/.hid templates/t.yaml"),
            ("\u{feff}a.txt\r\n", "b.md x/.hid templates/t.yaml"),
            ("./a.txt", all),
            ("/", all),
            ("templates/*.yaml", "a.txt b.md x/a.txt x/y/a.txt x/.hid"),
        ] {
            assert_eq!(left(rules), expected, "{rules:?}");
        }
    }

    #[test]
    fn lines_that_are_no_patterns_are_named() {
        for rules in ["**", "x/**", "a**b", "[]", "[a", "a\\", "d[-]e"] {
            let error = Rules::parse(&format!("ok\n{rules}\n")).unwrap_err();
            assert!(error.message.starts_with(&format!(".helmignore, line 2: `{rules}`")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in r"[a/*!\[\]\\ #\n]{0,40}", name in "[a/]{1,10}", is_folder: bool) {
            if let Ok(rules) = Rules::parse(&text) {
                let _ = rules.ignores(&name, is_folder);
            }
        }
    }
}
