//! The marks of what takes no tags: in a text that users may write too, or among texts by name.

use serde_json::{Map, Value as Json};

use super::ownership::{Tags, wanted};
use crate::provider::Owner;
use crate::providers::cloud::{self, ADDRESS, Marks, STACK};
use crate::value::Attributes;

/// Names that are identifiers, as metadata wants them.
const NAMES: [(&str, &str); 2] = [("tidegate_stack", STACK), ("tidegate_address", ADDRESS)];
/// What the names of all marks begin with.
pub(super) const RESERVED: &str = "tidegate_";

/// `tidegate stack video, jobs`.
pub(super) fn sentence(owner: &Owner) -> String {
    let tags = wanted(owner, &Attributes::new());
    let tag = |name: &str| tags.get(name).map_or("", String::as_str).to_owned();
    format!("tidegate stack {}, {}", tag(STACK), tag(ADDRESS))
}

/// What such a sentence says.
pub(super) fn of_sentence(text: &str, owner: &Owner) -> Marks {
    let said = text.strip_prefix("tidegate stack ").and_then(|rest| rest.split_once(", "));
    let tags = said.map(|(stack, address)| [(STACK, stack), (ADDRESS, address)]);
    let tags: Tags = tags.into_iter().flatten().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    cloud::marks(&tags, owner)
}

/// The marks as texts by name.
pub(super) fn metadata(owner: &Owner) -> Map<String, Json> {
    let tags = wanted(owner, &Attributes::new());
    NAMES.iter().filter_map(|(name, tag)| Some(((*name).to_owned(), tags.get(*tag)?.as_str().into()))).collect()
}

/// What texts by name say.
pub(super) fn of_metadata(metadata: &Json, owner: &Owner) -> Marks {
    let found =
        NAMES.iter().filter_map(|(name, tag)| Some(((*tag).to_owned(), metadata.get(*name)?.as_str()?.to_owned())));
    cloud::marks(&found.collect(), owner)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::Ownership;

    fn owner(stack: &str, address: &str) -> Owner {
        Owner { stack: stack.parse().unwrap(), address: address.parse().unwrap() }
    }

    #[test]
    fn marks_are_read_as_they_were_written() {
        let owners = [owner("video", "jobs"), owner("video", "jobs[\"a, b\"]"), owner("other", "jobs")];
        let same_stack = |one: &Owner, other: &Owner| one.stack == other.stack;
        for writer in &owners {
            for reader in &owners {
                let expected = match (same_stack(writer, reader), writer.address == reader.address) {
                    (true, true) => Ownership::Ours,
                    (true, false) => Ownership::SameStack,
                    (false, _) => Ownership::Foreign,
                };
                assert_eq!(of_sentence(&sentence(writer), reader).ownership, expected, "{}", sentence(writer));
                let metadata = Json::Object(metadata(writer));
                assert_eq!(of_metadata(&metadata, reader).ownership, expected, "{metadata}");
            }
        }
    }

    #[test]
    fn what_others_write_is_no_mark() {
        let reader = owner("video", "jobs");
        for text in ["", "tidegate", "tidegate stack video", "of the team, mostly"] {
            assert_eq!(of_sentence(text, &reader).ownership, Ownership::Unmarked, "{text}");
        }
        assert_eq!(of_metadata(&json!({"team": "a"}), &reader).ownership, Ownership::Unmarked);
        assert_eq!(sentence(&reader), "tidegate stack video, jobs");
    }
}
