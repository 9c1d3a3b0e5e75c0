//! What may be a name, a label, an annotation.

/// Why something is no DNS label: `web-1`.
pub(super) fn label(name: &str) -> Option<String> {
    let ok = is_label(name) && name.len() <= 63;
    refuse(name, ok, 63, LABEL)
}

/// Why something is no DNS name: `example.com`.
pub(super) fn subdomain(name: &str) -> Option<String> {
    refuse(name, is_subdomain(name) && name.len() <= 253, 253, SUBDOMAIN)
}

/// Why something may not be the name of a service: a DNS label that begins with a letter.
pub(super) fn service(name: &str) -> Option<String> {
    let ok = is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= 63;
    refuse(name, ok, 63, SERVICE)
}

/// Why something may not be part of a path, which is all that is asked of the names of roles.
pub(super) fn path_segment(name: &str) -> Option<String> {
    match name {
        "." | ".." => Some(format!("may not be '{name}'")),
        _ if name.contains('/') => Some("may not contain '/'".to_owned()),
        _ if name.contains('%') => Some("may not contain '%'".to_owned()),
        _ => None,
    }
}

/// Why something may not be the name of a label, an annotation or a finalizer: `example.com/name`.
pub(super) fn qualified(name: &str) -> Option<String> {
    let (prefix, name) = match name.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, name),
    };
    if name.contains('/') {
        return Some(format!("a valid label key {QUALIFIED}"));
    }
    match prefix {
        Some("") => return Some("prefix part must be non-empty".to_owned()),
        Some(prefix) => {
            if let Some(why) = subdomain(prefix) {
                return Some(format!("prefix part {why}"));
            }
        }
        None => {}
    }
    match name {
        "" => Some("name part must be non-empty".to_owned()),
        _ if name.len() > 63 => Some("name part must be no more than 63 bytes".to_owned()),
        _ if !is_qualified(name) => Some(format!("name part {QUALIFIED}")),
        _ => None,
    }
}

/// Why something may not be the value of a label.
pub(super) fn label_value(value: &str) -> Option<String> {
    refuse(value, value.is_empty() || (is_qualified(value) && value.len() <= 63), 63, VALUE)
}

/// Why something may not be a key of a config map or a secret.
pub(super) fn key(name: &str) -> Option<String> {
    let ok =
        name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) && name.len() <= 253 && !name.is_empty();
    if name == "." || name == ".." || name.starts_with("..") {
        return Some(format!("must not be '{name}' or start with '..'"));
    }
    refuse(name, ok, 253, KEY)
}

/// Why something may not be the name of a port.
pub(super) fn port(name: &str) -> Option<String> {
    if name.len() > 15 {
        return Some("must be no more than 15 characters".to_owned());
    }
    if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return Some("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !name.chars().any(|c| c.is_ascii_lowercase()) {
        return Some("must contain at least one letter (a-z)".to_owned());
    }
    let loose = name.contains("--") || name.starts_with('-') || name.ends_with('-');
    loose.then(|| "must not contain consecutive hyphens, nor begin or end with one".to_owned())
}

/// Why something may not be the name of an environment variable.
pub(super) fn variable(name: &str) -> Option<String> {
    let ok = !name.is_empty() && name.chars().all(|c| (' '..='~').contains(&c) && c != '=');
    (!ok).then(|| {
        "a valid environment variable name must consist only of printable ASCII characters other than '='".to_owned()
    })
}

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const SERVICE: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

fn refuse(name: &str, ok: bool, most: usize, why: &str) -> Option<String> {
    match ok {
        true => None,
        false if name.len() > most => Some(format!("must be no more than {most} bytes")),
        false => Some(why.to_owned()),
    }
}

fn is_label(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.chars().all(|c| inner(c) || c == '-') && name.starts_with(inner) && name.ends_with(inner)
}

fn is_subdomain(name: &str) -> bool {
    name.split('.').all(is_label)
}

fn is_qualified(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric();
    name.chars().all(|c| inner(c) || "-_.".contains(c)) && name.starts_with(inner) && name.ends_with(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_what_is_none() {
        type Check = fn(&str) -> Option<String>;
        let long = "a".repeat(64);
        let cases: [(&str, Check, &[&str], &[&str]); 8] = [
            ("label", label, &["a", "a-b", "1a"], &["", "A", "-a", "a-", "a.b", &long]),
            ("subdomain", subdomain, &["a.b-c", &long], &["", "a..b", ".a", "a_b"]),
            ("service", service, &["a1"], &["1a", "a.b", "", &long]),
            ("path segment", path_segment, &["system:node", "A_b"], &[".", "..", "a/b", "a%b"]),
            ("qualified", qualified, &["a", "a.b/C_d"], &["", "/a", "a/", "a/b/c", "A/b", "-a", &long]),
            ("label value", label_value, &["", "a", "A.b_c"], &["a b", "-a", "a/b", &long]),
            ("key", key, &["a.b", "_x", "-"], &["", "a b", "..", "a/b"]),
            ("port", port, &["http", "h2-c"], &["", "123", "HTTP", "a--b", "-a", "abcdefghijklmnop"]),
        ];
        for (what, check, right, wrong) in cases {
            for name in right {
                assert_eq!(check(name), None, "{what} {name:?}");
            }
            for name in wrong {
                assert!(check(name).is_some(), "{what} {name:?}");
            }
        }
        assert_eq!(variable("PATH.x"), None);
        assert!(variable("A=B").is_some());
    }
}
