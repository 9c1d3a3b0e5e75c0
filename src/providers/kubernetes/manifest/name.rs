//! The shapes of names: <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>.

use crate::providers::kubernetes::kinds::NameRule;

/// Lower-case letters, digits and `-`, at most 63, with a letter or digit at both ends.
pub(super) fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= 63 && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// Labels of any length with dots between them.
pub(super) fn is_subdomain(text: &str, longest: usize) -> bool {
    let part = |part: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !part.is_empty() && part.chars().all(inner) && !part.starts_with('-') && !part.ends_with('-')
    };
    text.len() <= longest && text.split('.').all(part)
}

/// What is wrong with an object's name: `is not …`.
pub(super) fn problem(name: &str, rule: NameRule) -> Option<String> {
    let told = |holds: bool, what: &str| (!holds).then(|| what.to_owned());
    match rule {
        NameRule::Subdomain(longest) => told(
            is_subdomain(name, longest),
            &format!(
                "must be lower-case letters, digits, `-` and `.`, with a letter or digit on both sides of every dot \
                 and at both ends, and at most {longest} characters"
            ),
        ),
        NameRule::Label => told(
            is_label(name),
            "must be lower-case letters, digits and `-`, with a letter or digit at both ends, and at most 63 characters",
        ),
        NameRule::LetterLabel => told(
            is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase()),
            "must be lower-case letters, digits and `-`, begin with a letter, end with a letter or digit, and have at \
             most 63 characters",
        ),
        NameRule::PathSegment => told(
            !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '%']),
            "may not be `.` or `..`, nor have `/` or `%` in it",
        ),
    }
}

/// A name that is probably meant, if this one can be mended: `My_App` is `my-app`.
pub(super) fn mended(name: &str, rule: NameRule) -> Option<String> {
    let dots = matches!(rule, NameRule::Subdomain(_));
    let mend = |c: char| match c {
        _ if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
        '.' if dots => '.',
        _ => '-',
    };
    let mended: String = name.chars().map(mend).collect();
    let mended = mended.trim_matches(['-', '.']).to_owned();
    (mended != name && !mended.is_empty() && problem(&mended, rule).is_none()).then_some(mended)
}

/// What is wrong with the key of a label or annotation: `[PREFIX/]NAME`.
pub(super) fn key_problem(key: &str) -> Option<&'static str> {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    if prefix.is_some_and(|prefix| !is_subdomain(prefix, 253)) {
        return Some("what stands before `/` must be a DNS name in lower case, of at most 253 characters");
    }
    (!is_qualified(name)).then_some(
        "a key is at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends; \
         a DNS name and `/` may stand before it",
    )
}

/// What is wrong with the value of a label.
pub(super) fn label_problem(value: &str) -> Option<&'static str> {
    (!value.is_empty() && !is_qualified(value)).then_some(
        "a label's value is at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends",
    )
}

fn is_qualified(text: &str) -> bool {
    let outer = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.len() <= 63
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && outer(text.chars().next())
        && outer(text.chars().next_back())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_by_the_rule_of_their_kind() {
        let cases = [
            ("worker", NameRule::Label, true),
            ("worker.v2", NameRule::Label, false),
            ("worker.v2", NameRule::Subdomain(253), true),
            ("worker..v2", NameRule::Subdomain(253), false),
            ("worker-", NameRule::Subdomain(253), false),
            ("Worker", NameRule::Subdomain(253), false),
            ("12345", NameRule::Subdomain(4), false),
            ("1worker", NameRule::Label, true),
            ("1worker", NameRule::LetterLabel, false),
            ("system:auth-delegator", NameRule::PathSegment, true),
            ("a/b", NameRule::PathSegment, false),
            ("..", NameRule::PathSegment, false),
            ("", NameRule::Label, false),
        ];
        for (name, rule, right) in cases {
            assert_eq!(problem(name, rule).is_none(), right, "{name} {rule:?}");
        }
        assert!(problem(&"a".repeat(64), NameRule::Label).is_some());
        assert_eq!(mended("My_App", NameRule::Label).as_deref(), Some("my-app"));
        assert_eq!(mended("my-app", NameRule::Label), None);
        assert_eq!(mended("___", NameRule::Label), None);
    }

    #[test]
    fn keys_and_values_of_labels_are_judged() {
        for key in ["app", "app.kubernetes.io/name", "a_b.C", "1a"] {
            assert_eq!(key_problem(key), None, "{key}");
        }
        for key in ["", "-app", "App/", "UPPER.io/x", "a/b/c", "app name", &"a".repeat(64)] {
            assert!(key_problem(key).is_some(), "{key}");
        }
        assert_eq!(label_problem(""), None);
        assert_eq!(label_problem("v1.2_3-A"), None);
        for value in ["a b", "x/y", "-x", "x:y", &"a".repeat(64)] {
            assert!(label_problem(value).is_some(), "{value}");
        }
    }
}
