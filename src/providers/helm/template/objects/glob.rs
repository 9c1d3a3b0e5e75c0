//! Patterns of file names: `config/*.{yml,yaml}`, `**/[a-c]?.txt`.

/// What a pattern matches. `*` and `?` stop at a slash, `**` does not.
pub(super) struct Glob {
    parts: Vec<Part>,
}

enum Part {
    Literal(char),
    /// One character, but no slash.
    Any,
    /// Any number of characters, slashes only if `deep`.
    Many {
        deep: bool,
    },
    /// `[abc]`, `[!abc]`.
    OneOf {
        characters: Vec<char>,
        except: bool,
    },
    /// `[a-z]`, `[!a-z]`.
    Range {
        from: char,
        to: char,
        except: bool,
    },
    /// `{a,b}`.
    Either(Vec<Vec<Part>>),
}

/// How deep braces may be in one another.
const DEEPEST: usize = 16;

/// How many steps one match may take: patterns with many stars can take very many.
const STEPS: usize = 200_000;

impl Glob {
    /// `None` where the pattern is not well formed.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        let characters: Vec<char> = pattern.chars().collect();
        let mut position = 0;
        let parts = parts(&characters, &mut position, 0)?;
        (position == characters.len()).then_some(Self { parts })
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let rest: Vec<&Part> = self.parts.iter().collect();
        matches(&rest, &name, &mut STEPS.clone())
    }
}

fn parts(pattern: &[char], position: &mut usize, depth: usize) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    while let Some(character) = pattern.get(*position) {
        match character {
            ',' | '}' if depth > 0 => return Some(parts),
            '*' => {
                let stars = pattern[*position..].iter().take_while(|next| **next == '*').count();
                *position += stars;
                parts.push(Part::Many { deep: stars > 1 });
                continue;
            }
            '?' => parts.push(Part::Any),
            '\\' => {
                *position += 1;
                parts.push(Part::Literal(*pattern.get(*position)?));
            }
            '[' => parts.push(class(pattern, position)?),
            '{' => parts.push(Part::Either(alternatives(pattern, position, depth)?)),
            plain => parts.push(Part::Literal(*plain)),
        }
        *position += 1;
    }
    (depth == 0).then_some(parts)
}

/// Stands on the brace that opens; leaves on the one that closes.
fn alternatives(pattern: &[char], position: &mut usize, depth: usize) -> Option<Vec<Vec<Part>>> {
    if depth == DEEPEST {
        return None;
    }
    let mut alternatives = Vec::new();
    loop {
        *position += 1;
        alternatives.push(parts(pattern, position, depth + 1)?);
        if *pattern.get(*position)? == '}' {
            return Some(alternatives);
        }
    }
}

/// Stands on the bracket that opens; leaves on the one that closes.
fn class(pattern: &[char], position: &mut usize) -> Option<Part> {
    *position += 1;
    let except = *pattern.get(*position)? == '!';
    *position += usize::from(except);
    let mut characters = Vec::new();
    loop {
        match pattern.get(*position)? {
            ']' if !characters.is_empty() => break,
            ']' => return None,
            '\\' => {
                *position += 1;
                characters.push(*pattern.get(*position)?);
            }
            plain => characters.push(*plain),
        }
        *position += 1;
    }
    Some(match characters.as_slice() {
        [from, '-', to] if from > to => return None,
        [from, '-', to] => Part::Range { from: *from, to: *to, except },
        _ => Part::OneOf { characters, except },
    })
}

fn matches(parts: &[&Part], name: &[char], steps: &mut usize) -> bool {
    let Some(left) = steps.checked_sub(1) else { return false };
    *steps = left;
    let Some((part, rest)) = parts.split_first() else { return name.is_empty() };
    match part {
        Part::Many { deep } => {
            let reach = if *deep { name.len() } else { name.iter().take_while(|next| **next != '/').count() };
            (0..=reach).any(|taken| matches(rest, &name[taken..], steps))
        }
        Part::Either(alternatives) => alternatives.iter().any(|alternative| {
            let parts: Vec<&Part> = alternative.iter().chain(rest.iter().copied()).collect();
            matches(&parts, name, steps)
        }),
        single => match name.split_first() {
            Some((first, name)) if accepts(single, *first) => matches(rest, name, steps),
            _ => false,
        },
    }
}

fn accepts(part: &Part, character: char) -> bool {
    match part {
        Part::Literal(literal) => *literal == character,
        Part::Any => character != '/',
        Part::OneOf { characters, except } => characters.contains(&character) != *except,
        Part::Range { from, to, except } => (*from..=*to).contains(&character) != *except,
        Part::Many { .. } | Part::Either(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_stop_at_a_slash_unless_there_are_two() {
        for (pattern, name, expected) in [
            ("*", "a.txt", true),
            ("*", "a/b.txt", false),
            ("**", "a/b.txt", true),
            ("a/*", "a/b", true),
            ("a/*", "a/b/c", false),
            ("a/**", "a/b/c", true),
            ("**.yaml", "x/y.yaml", true),
            ("?.txt", "a.txt", true),
            ("?.txt", "/.txt", false),
            ("[a-c].txt", "b.txt", true),
            ("[!a-c].txt", "b.txt", false),
            ("[xyz]", "y", true),
            ("{a,b}/*.{yml,yaml}", "b/x.yaml", true),
            ("{a,b}/*.{yml,yaml}", "c/x.yaml", false),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
        ] {
            assert_eq!(Glob::parse(pattern).unwrap().matches(name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn patterns_that_cannot_be_read_are_none() {
        for pattern in ["[a", "{a", "a\\", "[]", "[z-a]"] {
            assert!(Glob::parse(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn many_stars_end_all_the_same() {
        let glob = Glob::parse(&"*a".repeat(40)).unwrap();
        assert!(!glob.matches(&"a".repeat(200).replace("aa", "ab")));
    }

    proptest! {
        #[test]
        fn any_pattern_is_read_or_refused(pattern in ".{0,40}", name in ".{0,20}") {
            if let Some(glob) = Glob::parse(&pattern) {
                glob.matches(&name);
            }
        }
    }
}
