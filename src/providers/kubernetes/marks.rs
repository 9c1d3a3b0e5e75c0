//! The marks that say who made an object: a label, so that the objects of a stack can be listed, and an
//! annotation, because an address may hold what a label cannot.

use serde_json::{Value as Json, json};

use crate::provider::{Owner, Ownership};

pub(super) const STACK: &str = "tidegate/stack";
const ADDRESS: &str = "tidegate/address";

/// The manifest with the marks of its owner.
pub(super) fn marked(mut manifest: Json, owner: &Owner) -> Json {
    set(&mut manifest, "labels", STACK, owner.stack.as_str());
    set(&mut manifest, "annotations", ADDRESS, &owner.address.to_string());
    manifest
}

/// Puts an entry into a part of the metadata, such as `labels`.
pub(in crate::providers) fn set(manifest: &mut Json, part: &str, key: &str, value: &str) {
    let Some(fields) = manifest.as_object_mut() else { return };
    let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
    let Some(metadata) = metadata.as_object_mut() else { return };
    let entries = metadata.entry(part).or_insert_with(|| json!({}));
    if entries.is_null() {
        *entries = json!({});
    }
    if let Some(entries) = entries.as_object_mut() {
        entries.insert(key.to_owned(), value.into());
    }
}

/// Whose an object is by its marks, seen from one owner, and what they say in words.
pub(super) fn ownership(object: &Json, owner: &Owner) -> (Ownership, Option<String>) {
    let text = |part: &str, key: &str| object["metadata"][part][key].as_str();
    let (stack, address) = (text("labels", STACK), text("annotations", ADDRESS));
    let words = match (stack, address) {
        (Some(stack), Some(address)) => Some(format!("stack {stack}, {address}")),
        (Some(stack), None) => Some(format!("stack {stack}")),
        (None, _) => None,
    };
    let whose = match (stack, address) {
        (None, _) => Ownership::Unmarked,
        (Some(stack), _) if stack != owner.stack.as_str() => Ownership::Foreign,
        (Some(_), Some(address)) if address == owner.address.to_string() => Ownership::Ours,
        (Some(_), _) => Ownership::SameStack,
    };
    (whose, words)
}

/// Of several objects, what is true of the one that is least ours.
pub(super) fn least(all: impl IntoIterator<Item = (Ownership, Option<String>)>) -> (Ownership, Option<String>) {
    let rank = |ownership: Ownership| match ownership {
        Ownership::Foreign => 0,
        Ownership::Unmarked => 1,
        Ownership::SameStack => 2,
        Ownership::Ours => 3,
    };
    all.into_iter().min_by_key(|(ownership, _)| rank(*ownership)).unwrap_or((Ownership::Ours, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(stack: &str, address: &str) -> Owner {
        Owner { stack: stack.parse().unwrap(), address: address.parse().unwrap() }
    }

    #[test]
    fn marks_say_whose_an_object_is() {
        let ours = owner("demo", "worker[\"a b\"]");
        let object = marked(json!({"metadata": {"labels": {"app": "x"}, "annotations": null}}), &ours);
        assert_eq!(object["metadata"]["labels"], json!({"app": "x", "tidegate/stack": "demo"}));
        let table = [
            (owner("demo", "worker[\"a b\"]"), Ownership::Ours),
            (owner("demo", "other"), Ownership::SameStack),
            (owner("video", "worker[\"a b\"]"), Ownership::Foreign),
        ];
        for (owner, expected) in table {
            let (found, words) = ownership(&object, &owner);
            assert_eq!((found, words.as_deref()), (expected, Some("stack demo, worker[\"a b\"]")));
        }
        assert_eq!(ownership(&json!({"metadata": {}}), &ours), (Ownership::Unmarked, None));
    }

    #[test]
    fn of_several_the_least_ours_counts() {
        let all = [Ownership::Ours, Ownership::Unmarked, Ownership::SameStack].map(|one| (one, None));
        assert_eq!(least(all).0, Ownership::Unmarked);
        assert_eq!(least([]).0, Ownership::Ours);
    }
}
