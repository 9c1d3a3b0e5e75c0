//! What differs between two objects, as sets of fields.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::simulator::kubernetes::fields::{Atom, Element, FieldSet, Path, atom, item_elements};
use crate::simulator::kubernetes::schema::Schema;

/// An item of a list with what it is told apart by.
type Item = (Element, Json);

/// No field is in more than one of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Comparison {
    pub(super) added: FieldSet,
    pub(super) modified: FieldSet,
    pub(super) removed: FieldSet,
}

impl Comparison {
    pub(super) fn of(before: &Json, after: &Json, schema: &Schema) -> Self {
        let mut comparison = Self::default();
        comparison.compare(Some(before), Some(after), schema, &mut Vec::new());
        comparison
    }

    /// What is new or other than before.
    pub(super) fn changed(&self) -> FieldSet {
        self.added.union(&self.modified)
    }

    fn compare(&mut self, before: Option<&Json>, after: Option<&Json>, schema: &Schema, path: &mut Path) {
        match (before, after) {
            (None, None) => {}
            (Some(before), Some(after)) => self.compare_both(before, after, schema, path),
            (None, Some(after)) => {
                self.compare_below(None, Some(after), schema, path);
                self.added.insert(path);
            }
            (Some(before), None) => {
                self.compare_below(Some(before), None, schema, path);
                self.removed.insert(path);
            }
        }
    }

    fn compare_both(&mut self, before: &Json, after: &Json, schema: &Schema, path: &mut Path) {
        let (was, is) = (atom(before, schema), atom(after, schema));
        if is_empty(before) && is_empty(after) || was == Atom::Leaf && is == Atom::Leaf {
            if before != after {
                self.modified.insert(path);
            }
        } else if was == is {
            self.compare_below(Some(before), Some(after), schema, path);
        } else {
            // It is something else altogether now.
            self.compare_below(Some(before), None, schema, path);
            self.compare_below(None, Some(after), schema, path);
            self.modified.insert(path);
        }
    }

    /// Compares what two values hold, of which one may not be there.
    fn compare_below(&mut self, before: Option<&Json>, after: Option<&Json>, schema: &Schema, path: &mut Path) {
        let kind = after.or(before).map_or(Atom::Leaf, |value| atom(value, schema));
        match kind {
            Atom::Leaf => {}
            Atom::Map => {
                for name in names(before).union(&names(after)) {
                    let member = |object: Option<&'_ Json>| object.and_then(|object| object.get(*name)).cloned();
                    let (was, is) = (member(before), member(after));
                    path.push(Element::field(name));
                    self.compare(was.as_ref(), is.as_ref(), schema.member(name), path);
                    path.pop();
                }
            }
            Atom::List => self.compare_items(before, after, schema, path),
        }
    }

    fn compare_items(&mut self, before: Option<&Json>, after: Option<&Json>, schema: &Schema, path: &mut Path) {
        let items = |list: Option<&Json>| -> Vec<Item> {
            let all = list.map(|list| item_elements(list, schema)).unwrap_or_default();
            all.into_iter().map(|(element, item)| (element, item.clone())).collect()
        };
        let (was, is) = (items(before), items(after));
        let elements: BTreeSet<&Element> = was.iter().chain(&is).map(|(element, _)| element).collect();
        for element in elements {
            let of = |items: &[Item]| -> Vec<Json> {
                items.iter().filter(|(other, _)| other == element).map(|(_, item)| item.clone()).collect()
            };
            path.push(element.clone());
            self.compare_alike(&of(&was), &of(&is), schema.item(), path);
            path.pop();
        }
    }

    /// Items that cannot be told apart are compared as a whole.
    fn compare_alike(&mut self, before: &[Json], after: &[Json], schema: &Schema, path: &mut Path) {
        match (before, after) {
            ([], [_]) | ([_], [] | [_]) => self.compare(before.first(), after.first(), schema, path),
            ([_, _, ..], [_, _, ..]) if before != after => self.modified.insert(path),
            ([_, _, ..], [_, _, ..]) | ([], []) => {}
            ([_, _, ..], _) => {
                self.compare(None, after.first(), schema, path);
                self.removed.insert(path);
            }
            (_, [_, _, ..]) => {
                self.compare(before.first(), None, schema, path);
                self.added.insert(path);
            }
        }
    }
}

fn names(object: Option<&Json>) -> BTreeSet<&str> {
    object.and_then(Json::as_object).into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

/// Nothing, or a list or map with nothing in it.
fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
        _ => false,
    }
}
