//! A rendered file in its documents, as Helm cuts it: wherever a line begins with `---`, whatever follows on it.
//!
//! Cutting inside of a line is wrong by YAML, and charts depend on it: `---apiVersion: v1` begins a document.

/// The documents of a file that are not blank, each without the white space before it.
pub(super) fn split(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let (mut from, mut at) = (0, 0);
    let text = text.trim_start_matches(is_space);
    while at < text.len() {
        let line_end = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
        if text[at..].starts_with("---") {
            documents.push(&text[from..at]);
            let after = &text[at + 3..];
            from = text.len() - after.trim_start_matches([' ', '\t']).len();
        }
        at = line_end;
    }
    documents.push(text.get(from..).unwrap_or_default());
    let blank = |document: &&str| !document.trim_matches(is_space).is_empty();
    documents.into_iter().filter(blank).map(|document| document.trim_start_matches(is_space)).collect()
}

/// What Go's `unicode.IsSpace` takes for white space.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn documents_are_cut_where_a_line_begins_with_dashes() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            ("\n  \n---\n\n---  \n", &[]),
            ("a: 1\n", &["a: 1\n"]),
            ("---\na: 1\n---\nb: 2\n", &["a: 1\n", "b: 2\n"]),
            ("\n\n--- # one\na: 1\n", &["# one\na: 1\n"]),
            ("a: 1\n---apiVersion: v1\n", &["a: 1\n", "apiVersion: v1\n"]),
            ("a: 1\n---- \nb: 2", &["a: 1\n", "- \nb: 2"]),
            ("a: |\n  ---\n  x\n", &["a: |\n  ---\n  x\n"]),
            ("a: 1\r\n---\r\nb: 2\r\n", &["a: 1\r\n", "b: 2\r\n"]),
            ("a: 1\n\n\n--- \t x: 2\n", &["a: 1\n\n\n", "x: 2\n"]),
            ("a: 1\n---", &["a: 1\n"]),
        ];
        for (text, expected) in cases {
            assert_eq!(split(text), *expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "(---|[a-z: \\n\\t\\r]|é){0,40}") {
            for document in split(&text) {
                prop_assert!(!document.trim().is_empty());
                prop_assert!(text.contains(document));
            }
        }
    }
}
