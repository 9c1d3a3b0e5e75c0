//! The little that `$filter` is understood to say: `atScope() and principalId eq '…'`.

use super::super::arm::Asked;
use crate::simulator::refusal::Refusal;

/// What has to be so of what is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// Such as `atScope()`, in small letters without its brackets.
    Call(String, Option<String>),
    /// A member, in small letters, and what it is.
    Equals(String, String),
}

/// Everything that `$filter` asks for.
pub(super) fn read(asked: &Asked) -> Result<Vec<Term>, Refusal> {
    let Some(text) = asked.query("$filter").map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(Vec::new());
    };
    text.split(" and ").map(str::trim).map(term).collect::<Option<_>>().ok_or_else(|| refused(text))
}

pub(super) fn refused(text: &str) -> Refusal {
    let text = format!("The filter '{text}' is not supported. Supported filters are atScope() and eq of some members.");
    Refusal::new(400, "UnsupportedQuery", text)
}

fn term(text: &str) -> Option<Term> {
    if let Some((name, value)) = text.split_once(" eq ") {
        return Some(Term::Equals(name.trim().to_lowercase(), quoted(value.trim())?));
    }
    let (name, argument) = text.strip_suffix(')')?.split_once('(')?;
    let argument = match argument.trim() {
        "" => None,
        argument => Some(quoted(argument)?),
    };
    Some(Term::Call(name.trim().to_lowercase(), argument))
}

fn quoted(text: &str) -> Option<String> {
    Some(text.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read() {
        let call = |name: &str, argument: Option<&str>| Term::Call(name.to_owned(), argument.map(str::to_owned));
        let cases = [
            ("atScope()", Some(call("atscope", None))),
            ("assignedTo('a')", Some(call("assignedto", Some("a")))),
            ("principalId eq 'a'", Some(Term::Equals("principalid".to_owned(), "a".to_owned()))),
            ("roleName eq 'it''s'", Some(Term::Equals("rolename".to_owned(), "it's".to_owned()))),
            ("principalId eq a", None),
            ("principalId", None),
        ];
        for (text, expected) in cases {
            assert_eq!(term(text), expected, "{text}");
        }
    }
}
