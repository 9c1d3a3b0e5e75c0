//! Who made an assignment, which takes no tags: told at the end of its description.

use super::super::ownership::{Tags, wanted};
use crate::provider::Owner;
use crate::providers::cloud::{self, ADDRESS, Marks, STACK};
use crate::value::Attributes;

/// What stands before the stack and the address.
const MADE_BY: &str = "Made by Tidegate: stack ";
/// Between the stack and the address, and in neither.
const BETWEEN: &str = ", address ";

/// The user's description with the marks behind it.
pub(super) fn written(users: Option<&str>, owner: &Owner) -> String {
    let tags = wanted(owner, &Attributes::new());
    let text = |name: &str| tags.get(name).map(String::as_str).unwrap_or_default();
    let marks = format!("{MADE_BY}{}{BETWEEN}{}", text(STACK), text(ADDRESS));
    match users {
        Some(users) if !users.is_empty() => format!("{users}\n{marks}"),
        _ => marks,
    }
}

/// The user's part of a description, and what its marks say.
pub(super) fn read(description: &str, owner: &Owner) -> (Option<String>, Marks) {
    let (users, tags) = match parted(description) {
        Some((users, tags)) => (users, tags),
        None => (description, Tags::new()),
    };
    ((!users.is_empty()).then(|| users.to_owned()), cloud::marks(&tags, owner))
}

fn parted(description: &str) -> Option<(&str, Tags)> {
    let at = description.rfind(MADE_BY)?;
    let (users, marks) = description.split_at(at);
    let (stack, address) = marks.strip_prefix(MADE_BY)?.split_once(BETWEEN)?;
    let tags = [(STACK, stack), (ADDRESS, address)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    Some((users.strip_suffix('\n').unwrap_or(users), tags.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Ownership;
    use proptest::prelude::*;

    fn owner(address: &str) -> Owner {
        Owner { stack: "video".parse().unwrap(), address: address.parse().unwrap() }
    }

    #[test]
    fn a_description_says_who_made_it() {
        assert_eq!(written(None, &owner("jobs")), "Made by Tidegate: stack video, address jobs");
        let text = written(Some("so that it reads"), &owner("jobs"));
        assert_eq!(text, "so that it reads\nMade by Tidegate: stack video, address jobs");
        let (users, marks) = read(&text, &owner("other"));
        assert_eq!((users.as_deref(), marks.ownership), (Some("so that it reads"), Ownership::SameStack));
        assert_eq!(marks.text.as_deref(), Some("stack video, jobs"));
        let (users, marks) = read("someone's", &owner("jobs"));
        assert_eq!((users.as_deref(), marks.ownership), (Some("someone's"), Ownership::Unmarked));
        assert_eq!(read("", &owner("jobs")).0, None);
    }

    proptest! {
        #[test]
        fn whatever_is_described_is_read_as_it_was_written(users in "(.|\n){1,60}") {
            let (read, marks) = read(&written(Some(&users), &owner("jobs")), &owner("jobs"));
            prop_assert_eq!((read, marks.ownership), (Some(users), Ownership::Ours));
        }
    }
}
