//! Sets of fields of an object, and their JSON form in `managedFields` (`FieldsV1`).
//!
//! A field being in a set says nothing of the fields below it: `.metadata.labels` and
//! `.metadata.labels.app` are members of their own.

mod element;
mod of_object;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::schema::Schema;

pub(in crate::simulator) use element::{Element, Scalar};
use of_object::EmptyLists;
pub(in crate::simulator) use of_object::{Atom, atom, check, element_of, item_elements};

/// A set of fields, as a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::simulator) struct FieldSet {
    members: BTreeSet<Element>,
    /// Never has an empty set.
    children: BTreeMap<Element, FieldSet>,
}

/// Where a field is.
pub(in crate::simulator) type Path = Vec<Element>;

/// `.spec.template.spec.containers[name="x"].image`.
pub(in crate::simulator) fn shown(path: &[Element]) -> String {
    path.iter().map(ToString::to_string).collect()
}

impl FieldSet {
    /// The fields that an object says something about.
    pub(in crate::simulator) fn of(object: &Json, schema: &Schema) -> Self {
        of_object::fields(object, schema, EmptyLists::SayNothing)
    }

    /// The fields that are there, with lists that have nothing in them.
    pub(in crate::simulator) fn present(object: &Json, schema: &Schema) -> Self {
        of_object::fields(object, schema, EmptyLists::Count)
    }

    /// Of named fields: `[["metadata", "name"], ["kind"]]`.
    pub(in crate::simulator) fn named(paths: &[&[&str]]) -> Self {
        let mut set = Self::default();
        for path in paths {
            set.insert(&path.iter().map(|name| Element::field(name)).collect::<Vec<_>>());
        }
        set
    }

    pub(in crate::simulator) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.children.is_empty()
    }

    /// Adds a field, and none of those that hold it.
    pub(in crate::simulator) fn insert(&mut self, path: &[Element]) {
        match path {
            [] => {}
            [last] => {
                self.members.insert(last.clone());
            }
            [first, rest @ ..] => self.children.entry(first.clone()).or_default().insert(rest),
        }
    }

    pub(in crate::simulator) fn has(&self, path: &[Element]) -> bool {
        match path {
            [] => false,
            [last] => self.members.contains(last),
            [first, rest @ ..] => self.children.get(first).is_some_and(|set| set.has(rest)),
        }
    }

    pub(in crate::simulator) fn has_member(&self, element: &Element) -> bool {
        self.members.contains(element)
    }

    /// The fields below one.
    pub(in crate::simulator) fn below(&self, element: &Element) -> Option<&Self> {
        self.children.get(element)
    }

    /// Every field, those that hold others first.
    pub(in crate::simulator) fn paths(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        self.collect(&mut Vec::new(), &mut paths);
        paths
    }

    fn collect(&self, prefix: &mut Path, paths: &mut Vec<Path>) {
        let all: BTreeSet<&Element> = self.members.iter().chain(self.children.keys()).collect();
        for element in all {
            prefix.push(element.clone());
            if self.members.contains(element) {
                paths.push(prefix.clone());
            }
            if let Some(child) = self.children.get(element) {
                child.collect(prefix, paths);
            }
            prefix.pop();
        }
    }

    pub(in crate::simulator) fn union(&self, other: &Self) -> Self {
        let mut children = self.children.clone();
        for (element, set) in &other.children {
            let both = children.get(element).map_or_else(|| set.clone(), |own| own.union(set));
            children.insert(element.clone(), both);
        }
        Self { members: &self.members | &other.members, children }
    }

    pub(in crate::simulator) fn intersection(&self, other: &Self) -> Self {
        let children = self.children.iter().filter_map(|(element, set)| {
            let both = set.intersection(other.children.get(element)?);
            (!both.is_empty()).then(|| (element.clone(), both))
        });
        Self { members: &self.members & &other.members, children: children.collect() }
    }

    /// Those that the other set does not have. A field below one that the other has stays.
    pub(in crate::simulator) fn difference(&self, other: &Self) -> Self {
        let children = self.children.iter().filter_map(|(element, set)| {
            let rest = match other.children.get(element) {
                Some(others) => set.difference(others),
                None => set.clone(),
            };
            (!rest.is_empty()).then(|| (element.clone(), rest))
        });
        Self { members: &self.members - &other.members, children: children.collect() }
    }

    /// With the named fields that hold others as members: `.spec` for `.spec.replicas`, but not
    /// `.metadata.labels["a"]` for what is below it.
    pub(in crate::simulator) fn with_named_parents(&self, schema: &Schema) -> Self {
        let mut members = self.members.clone();
        let mut children = BTreeMap::new();
        for (element, set) in &self.children {
            let below = match element {
                Element::Field(name) => {
                    if schema.names(name) {
                        members.insert(element.clone());
                    }
                    schema.member(name)
                }
                Element::Key(_) => schema.item(),
                Element::Value(_) | Element::Index(_) => Schema::opaque(),
            };
            children.insert(element.clone(), set.with_named_parents(below));
        }
        Self { members, children }
    }

    /// `{"f:spec": {"f:replicas": {}}}`.
    pub(in crate::simulator) fn to_json(&self) -> Json {
        let mut json = Map::new();
        for element in &self.members {
            json.insert(element.encoded(), json!({}));
        }
        for (element, set) in &self.children {
            let mut below = set.to_json();
            if self.members.contains(element) {
                below["."] = json!({});
            }
            json.insert(element.encoded(), below);
        }
        Json::Object(json)
    }

    /// Leaves out what it does not understand, as an API server does.
    pub(in crate::simulator) fn from_json(json: &Json) -> Self {
        let mut set = Self::default();
        for (name, below) in json.as_object().into_iter().flatten() {
            let Some(element) = Element::parse(name) else { continue };
            let child = Self::from_json(below);
            if below.get(".").is_some() || child.is_empty() {
                set.members.insert(element.clone());
            }
            if !child.is_empty() {
                set.children.insert(element, child);
            }
        }
        set
    }
}

#[cfg(test)]
mod tests;
