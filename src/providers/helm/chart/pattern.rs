//! Patterns of file names, as Go's `filepath.Match` has them: `*` and `?` stop at slashes, `[a-z]` and `[^a-z]` are one
//! character, a backslash takes the next one as it is.

/// A pattern that can be matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Letter(char),
    /// `?`
    Any,
    /// `*`
    Many,
    /// `[…]`
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Pattern {
    /// `None` where the pattern is not well formed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            parts.push(match letter {
                '*' => Part::Many,
                '?' => Part::Any,
                '\\' => Part::Letter(letters.next()?),
                '[' => {
                    let negated = letters.next_if_eq(&'^').is_some();
                    let mut ranges = Vec::new();
                    while ranges.is_empty() || letters.next_if_eq(&']').is_none() {
                        let low = bound(&mut letters)?;
                        let high = if letters.next_if_eq(&'-').is_some() { bound(&mut letters)? } else { low };
                        ranges.push((low, high));
                    }
                    Part::Class { negated, ranges }
                }
                letter => Part::Letter(letter),
            });
        }
        Some(Self(parts))
    }

    /// Whether it is of the whole name. What stands between two stars takes the first place that it fits: none
    /// that comes later would leave more to choose from.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let mut segments = self.0.split(|part| *part == Part::Many);
        let start = segments.next().unwrap_or_default();
        let rest: Vec<&[Part]> = segments.collect();
        let Some(mut at) = fits(start, &name) else { return false };
        let Some((last, middle)) = rest.split_last() else { return at == name.len() };
        for segment in middle {
            // Stars side by side are one.
            let found = reach(&name, at).find_map(|from| Some(from + fits(segment, &name[from..])?));
            let Some(end) = found else { return false };
            at = end;
        }
        reach(&name, at).any(|from| fits(last, &name[from..]) == Some(name.len() - from))
    }
}

/// One end of a range.
fn bound(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    let letter = match letters.next()? {
        '-' | ']' => return None,
        '\\' => letters.next()?,
        letter => letter,
    };
    letters.peek().map(|_| letter)
}

/// The places that a star at `from` can end at.
fn reach(name: &[char], from: usize) -> impl Iterator<Item = usize> {
    let length = name[from..].iter().position(|letter| *letter == '/').unwrap_or(name.len() - from);
    from..=from + length
}

/// How many characters parts without a star take at the start of a name.
fn fits(parts: &[Part], name: &[char]) -> Option<usize> {
    if name.len() < parts.len() {
        return None;
    }
    let is_of = |(part, letter): (&Part, &char)| match part {
        Part::Letter(wanted) => wanted == letter,
        Part::Any => *letter != '/',
        Part::Many => false,
        Part::Class { negated, ranges } => ranges.iter().any(|(low, high)| (low..=high).contains(&letter)) != *negated,
    };
    parts.iter().zip(name).all(is_of).then_some(parts.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(name)
    }

    #[test]
    fn patterns_match_as_go_has_them() {
        for (pattern, name) in [
            ("abc", "abc"),
            ("*", "abc"),
            ("*c", "abc"),
            ("a*", "a"),
            ("a*", "abc"),
            ("a*/b", "abc/b"),
            ("a*b*c*d*e*/f", "axbxcxdxe/f"),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/f"),
            ("a*b?c*x", "abxbbxdbxebxczzx"),
            ("ab[c]", "abc"),
            ("ab[b-d]", "abc"),
            ("ab[^e-g]", "abc"),
            ("a\\*b", "a*b"),
            ("a?b", "a☺b"),
            ("a[^a]b", "a☺b"),
            ("[a-ζ]*", "α"),
            ("[\\]a]", "]"),
            ("[\\-x]", "x"),
            ("[\\-x]", "-"),
            ("*x", "xxx"),
            ("a**b", "ab"),
            ("", ""),
            ("a[^x]b", "a/b"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("a*", "ab/c"),
            ("a*/b", "a/c/b"),
            ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f"),
            ("a*b?c*x", "abxbbxdbxebxczzy"),
            ("ab[e-g]", "abc"),
            ("ab[^c]", "abc"),
            ("a\\*b", "ab"),
            ("a???b", "a☺b"),
            ("*[a-ζ]", "A"),
            ("a?b", "a/b"),
            ("a*b", "a/b"),
            ("", "a"),
            ("a", ""),
            ("[z-a]", "k"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn patterns_that_are_not_well_formed_are_none() {
        for pattern in
            ["[]a]", "[-]", "[x-]", "[-x]", "\\", "[a-b-c]", "[", "[^", "[^bc", "a[", "[]", "a\\", "[^]a]*", "[a"]
        {
            assert_eq!(Pattern::parse(pattern), None, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn any_pattern_and_name_get_an_answer(pattern in r"[ab*?\[\]\\^/-]{0,12}", name in "[ab/-]{0,24}") {
            if let Some(pattern) = Pattern::parse(&pattern) {
                let _ = pattern.matches(&name);
            }
        }

        #[test]
        fn what_is_escaped_matches_itself_alone(name in ".{0,12}") {
            let escaped: String = name.chars().flat_map(|letter| ['\\', letter]).collect();
            prop_assert!(matches(&escaped, &name));
            let other = format!("{}x", name);
            prop_assert!(!matches(&escaped, &other));
        }
    }
}
