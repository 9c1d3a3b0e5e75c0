//! The text of expressions: where one ends, where a name stands in it, how deep it nests, what its parser says of it.
//!
//! Knows strings, brackets and names; what an expression means is for CEL.

/// Brackets within brackets.
const MAX_NESTING: usize = 64;
/// Levels of the tree that an expression makes: a row of operators is as deep as it is long.
const MAX_DEPTH: usize = 400;

/// How many of the characters are no blanks: what quotes and folding of YAML do not touch.
pub fn solid_count(text: impl IntoIterator<Item = char>) -> usize {
    text.into_iter().filter(|c| !c.is_whitespace()).count()
}

/// The byte at which the `}` that ends the expression stands. Braces in CEL's maps and strings do not end it.
pub(super) fn end_of_expression(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut position = 0;
    while position < bytes.len() {
        match bytes[position] {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(position),
            b'}' => depth -= 1,
            b'"' | b'\'' => {
                position = end_of_string(bytes, position)?;
                continue;
            }
            _ => {}
        }
        position += 1;
    }
    None
}

/// The byte after the string literal that starts at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes[start];
    let raw = start > 0 && matches!(bytes[start - 1], b'r' | b'R');
    let triple = bytes[start..].starts_with(&[quote; 3]);
    let mut position = start + if triple { 3 } else { 1 };
    while position < bytes.len() {
        if bytes[position] == b'\\' && !raw {
            position += 2;
        } else if triple && bytes[position..].starts_with(&[quote; 3]) {
            return Some(position + 3);
        } else if !triple && bytes[position] == quote {
            return Some(position + 1);
        } else {
            position += 1;
        }
    }
    None
}

/// The bytes of an expression that do not stand inside string literals.
fn outside_strings(source: &str) -> impl Iterator<Item = (usize, u8)> {
    let bytes = source.as_bytes();
    let mut position = 0;
    std::iter::from_fn(move || {
        while position < bytes.len() && matches!(bytes[position], b'"' | b'\'') {
            position = end_of_string(bytes, position).unwrap_or(bytes.len());
        }
        let found = bytes.get(position).map(|byte| (position, *byte));
        position += 1;
        found
    })
}

/// The bytes at which a word stands by itself, strings left out.
pub(super) fn find_words<'a>(source: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
    let bytes = source.as_bytes();
    outside_strings(source).map(|(position, _)| position).filter(move |position| {
        bytes[*position..].starts_with(word.as_bytes())
            && !position.checked_sub(1).is_some_and(|before| is_name(bytes[before]))
            && !bytes.get(position + word.len()).is_some_and(|after| is_name(*after))
    })
}

/// The byte after so many steps, each `.name` or `[…]`.
pub(super) fn end_of_path(source: &str, start: usize, steps: usize) -> usize {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut end = start;
    for _ in 0..steps {
        let rest = &source[end..];
        end += match rest.chars().next() {
            Some('.') => rest[1..].find(|c| !is_name(c)).map_or(rest.len(), |length| length + 1),
            Some('[') => rest.find(']').map_or(rest.len(), |bracket| bracket + 1),
            _ => 0,
        };
    }
    end
}

/// How deep the tree of an expression is, told from its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Depth {
    /// Brackets within brackets, and signs before signs.
    nesting: usize,
    /// Brackets, and operators in a row.
    levels: usize,
}

impl Depth {
    pub(super) fn of(source: &str) -> Self {
        let mut deepest = Self::default();
        // For each open bracket, the operators since it, or since the last comma in it.
        let mut rows = vec![0];
        let mut signs = 0;
        let mut levels = 0usize;
        for (_, byte) in outside_strings(source) {
            match byte {
                b'(' | b'[' | b'{' => {
                    rows.push(1);
                    levels += 1;
                }
                b')' | b']' | b'}' if rows.len() > 1 => levels -= rows.pop().unwrap_or_default(),
                b',' => {
                    let row = rows.last_mut().map(|row| std::mem::replace(row, 1));
                    levels = (levels + 1).saturating_sub(row.unwrap_or_default());
                }
                byte if b"+-*/%<>=!&|?.".contains(&byte) => {
                    rows.last_mut().into_iter().for_each(|row| *row += 1);
                    levels += 1;
                }
                _ => {}
            }
            // `--x` nests without brackets.
            signs = match byte {
                b'-' | b'!' => signs + 1,
                b' ' | b'\t' | b'\n' | b'\r' => signs,
                _ => 0,
            };
            deepest.nesting = deepest.nesting.max(rows.len() - 1 + signs);
            deepest.levels = deepest.levels.max(levels);
        }
        deepest
    }

    /// Why an expression cannot be this deep.
    pub(super) fn problem(self) -> Option<String> {
        if self.nesting > MAX_NESTING {
            return Some(format!("the expression nests deeper than {MAX_NESTING} brackets"));
        }
        let too_long = self.levels > MAX_DEPTH;
        too_long
            .then(|| format!("the expression has more than {MAX_DEPTH} operators in a row; name parts of it as locals"))
    }

    /// Runs what recurses once for each level, where there is room for that.
    ///
    /// The parser of CEL takes up to 130 kB of stack for a bracket, and threads have 2 MB.
    pub(super) fn with_room<T: Send>(self, work: impl FnOnce() -> T + Send) -> T {
        const ROOM: usize = 64 << 20;
        if self.nesting <= 4 && self.levels <= 16 {
            return work();
        }
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(ROOM).spawn_scoped(scope, work);
            let thread = thread.unwrap_or_else(|error| panic!("no thread can be started: {error}"));
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}

/// What the parser says, in words that need no grammar of CEL.
pub(super) fn plain_words(message: &str) -> String {
    let message = message.strip_prefix("Syntax error: ").unwrap_or(message);
    if let Some((_, rest)) = message.split_once(" input ")
        && let Some((found, wanted)) = rest.split_once(" expecting ")
    {
        return format!("expected {}, found {}", wanted_words(wanted), found_words(found));
    }
    if let Some(token) = message.strip_prefix("token recognition error at: ") {
        let token = token.trim_matches('\'').trim();
        return match token {
            "=" => "`=` has no meaning here; two values are compared with `==`".to_owned(),
            "&" | "|" => format!("`{token}` has no meaning here; write `{token}{token}`"),
            "$" => "`$` has no meaning inside an expression: names stand there without `${`".to_owned(),
            _ => format!("`{token}` has no meaning here"),
        };
    }
    if let Some(word) = message.strip_prefix("reserved identifier: ") {
        return match word {
            "if" | "else" => format!("`{word}` is a reserved word; write `condition ? one : other`"),
            _ => format!("`{word}` is a reserved word"),
        };
    }
    match message {
        "invalid argument to has() macro" => "`has` asks for a field, such as `has(jobs.arn)`".to_owned(),
        "argument must be a simple name" => "the first argument is a name for each item, such as `x`".to_owned(),
        other if other.contains("ecursion") => "the expression nests too deep; name parts of it as locals".to_owned(),
        other if other.contains(['`', '{']) => "this is not an expression".to_owned(),
        other => other.to_owned(),
    }
}

fn found_words(token: &str) -> String {
    match token.trim_matches('\'') {
        "<EOF>" => "the end of the expression".to_owned(),
        token => format!("`{token}`"),
    }
}

fn wanted_words(set: &str) -> String {
    let items = set.trim_matches(['{', '}']);
    if items.contains("IDENTIFIER") {
        return if items.contains("NUM_INT") { "a value".to_owned() } else { "a name".to_owned() };
    }
    let words: Vec<_> = items.split(", ").map(found_words).collect();
    if words.len() > 4 { "an operator".to_owned() } else { words.join(" or ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_where_it_stands_alone() {
        let source = "'jobs' + myjobs + jobs_x + éjobs + x.jobs + jobs";
        assert_eq!(find_words(source, "jobs").collect::<Vec<_>>(), [38, 45]);
        assert_eq!(find_words("lower('x')", "x").next(), None);
    }

    #[test]
    fn a_path_goes_on_for_its_steps() {
        let source = "a.b['c d'][0].e + 1";
        let ends: Vec<_> = (0..6).map(|steps| &source[..end_of_path(source, 1, steps)]).collect();
        assert_eq!(ends, ["a", "a.b", "a.b['c d']", "a.b['c d'][0]", "a.b['c d'][0].e", "a.b['c d'][0].e"]);
    }

    #[test]
    fn only_what_nests_is_deep() {
        let dashes = format!("'{}' + '{}'", "-".repeat(100), "(".repeat(100));
        assert_eq!(Depth::of(&dashes), Depth { nesting: 0, levels: 1 });
        assert_eq!(Depth::of(&format!("[{}]", "a.b + c.d, ".repeat(400))), Depth { nesting: 1, levels: 4 });
        assert_eq!(Depth::of("f(a, [b.c.d]) + g(-x)"), Depth { nesting: 2, levels: 4 });
        for deep in ["(".repeat(65), "-".repeat(65), "! ".repeat(65), "1 + ".repeat(401), "a.b".repeat(401)] {
            assert!(Depth::of(&deep).problem().is_some(), "{deep}");
        }
    }

    #[test]
    fn the_parser_speaks_plainly() {
        let table = [
            ("mismatched input '<EOF>' expecting {']', ','}", "expected `]` or `,`, found the end of the expression"),
            ("extraneous input 'bar' expecting <EOF>", "expected the end of the expression, found `bar`"),
            ("mismatched input '*' expecting {'[', NUM_INT, IDENTIFIER}", "expected a value, found `*`"),
            ("token recognition error at: '= '", "`=` has no meaning here; two values are compared with `==`"),
            ("reserved identifier: if", "`if` is a reserved word; write `condition ? one : other`"),
        ];
        for (said, expected) in table {
            assert_eq!(plain_words(&format!("Syntax error: {said}")), expected);
        }
    }
}
