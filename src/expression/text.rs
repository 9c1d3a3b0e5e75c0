//! The text of expressions: where one ends, where a name stands in it, how deep it nests, what its parser says of it.
//!
//! Knows strings, brackets and names; what an expression means is for CEL.

/// Deeper than this, recursive code would be at the mercy of the text.
const MAX_NESTING: usize = 64;
/// Operators and accesses in a row build a tree as deep as the row is long.
const MAX_OPERATORS: usize = 400;

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

/// The byte at which a name, with the path behind it, stands as a word of its own.
pub(super) fn find_word(source: &str, word: &str) -> Option<usize> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
    let bytes = source.as_bytes();
    outside_strings(source).map(|(position, _)| position).find(|position| {
        bytes[*position..].starts_with(word.as_bytes())
            && !position.checked_sub(1).is_some_and(|before| is_name(bytes[before]) || bytes[before] == b'.')
            && !bytes.get(position + word.len()).is_some_and(|after| is_name(*after))
    })
}

/// Whether the expression is too deep for the recursive parts of the parser, and why.
pub(super) fn too_deep(source: &str) -> Option<String> {
    let mut open = 0usize;
    let mut signs = 0;
    let mut operators = 0;
    for (_, byte) in outside_strings(source) {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        // `--x` and `a ? b : c ? d : e` nest without brackets.
        signs = match byte {
            b'-' | b'!' => signs + 1,
            b' ' | b'\t' | b'\n' | b'\r' => signs,
            _ => 0,
        };
        operators += usize::from(b"+-*/%<>=!&|?.[(".contains(&byte));
        if open + signs > MAX_NESTING {
            return Some(format!("the expression nests deeper than {MAX_NESTING} brackets"));
        }
    }
    let too_long = operators > MAX_OPERATORS;
    too_long.then(|| format!("the expression has more than {MAX_OPERATORS} operators; name its parts under `locals`"))
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
        other if other.contains('`') => "this is not an expression".to_owned(),
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
        let source = "'jobs.arn' + myjobs.arn + x.jobs.arn + jobs.arn_x + é.jobs.arn + jobs.arn";
        assert_eq!(find_word(source, "jobs.arn"), source.rfind("jobs.arn"));
        assert_eq!(find_word("lower('x')", "x"), None);
    }

    #[test]
    fn only_what_nests_is_deep() {
        let dashes = format!("'{}' + '{}'", "-".repeat(100), "(".repeat(100));
        assert_eq!(too_deep(&dashes), None);
        assert_eq!(too_deep(&"[1, -2], ".repeat(40)), None);
        for deep in ["(".repeat(65), "-".repeat(65), "! ".repeat(65), "1 + ".repeat(401), "a.b".repeat(401)] {
            assert!(too_deep(&deep).is_some(), "{deep}");
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
