//! An object beside what we applied of it: which value belongs to which.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::providers::kubernetes::managed::Owned;
use crate::providers::kubernetes::place::{Place, Step, is_named};

/// What to show of a leaf, from what is there and what was applied; `None` shows nothing.
pub(super) type Leaf<'l> = &'l mut dyn FnMut(&Place, Option<&Json>, Option<&Json>) -> Option<Json>;

/// Stands for the keys of a map that were not applied.
const OTHER_KEYS: &str = "*";

/// Puts together what the leaves show. A leaf is what was applied and holds nothing, what the object has in
/// another form, and a list of which no one can say which element is which.
pub(super) fn pair(live: &Json, applied: &Json, leaf: Leaf<'_>) -> Option<Json> {
    walk(Some(live), applied, &Place::default(), &Owned::of(live), leaf)
}

fn walk(live: Option<&Json>, applied: &Json, at: &Place, owned: &Owned<'_>, leaf: Leaf<'_>) -> Option<Json> {
    match (live, applied) {
        (None | Some(Json::Object(_)), Json::Object(fields)) if !fields.is_empty() => {
            let below = live.and_then(Json::as_object);
            let mut shown = Map::new();
            for (key, value) in fields {
                let found = below.and_then(|below| below.get(key));
                if let Some(value) = walk(found, value, &at.key(key), &owned.key(key), leaf) {
                    shown.insert(key.clone(), value);
                }
            }
            // What a map that is one value holds besides is a change to our value.
            if let Some(below) = below.filter(|_| owned.is_whole()) {
                shown.extend(others(below, fields, at, leaf));
            }
            (live.is_some() || !shown.is_empty()).then_some(Json::Object(shown))
        }
        (Some(Json::Array(found)), Json::Array(items)) => list(found, items, at, owned, leaf),
        _ => leaf(at, live, Some(applied)),
    }
}

/// What is to be shown of the keys that were not applied.
fn others(found: &Map<String, Json>, applied: &Map<String, Json>, at: &Place, leaf: Leaf<'_>) -> Map<String, Json> {
    let others: Map<_, _> = found.clone().into_iter().filter(|(key, _)| !applied.contains_key(key)).collect();
    if others.is_empty() {
        return others;
    }
    match leaf(&at.key(OTHER_KEYS), Some(&Json::Object(others)), None) {
        Some(Json::Object(shown)) => shown,
        _ => Map::new(),
    }
}

fn list(found: &[Json], items: &[Json], at: &Place, owned: &Owned<'_>, leaf: Leaf<'_>) -> Option<Json> {
    if let Some(names) = owned.names_of_elements().filter(|_| items.iter().chain(found).all(Json::is_object)) {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        return Some(Json::Array(named(found, items, &names, at, owned, leaf)));
    }
    if owned.is_set() {
        let shown = items.iter().filter_map(|item| {
            leaf(&at.with(Step::Item(item.clone())), found.iter().find(|other| *other == item), Some(item))
        });
        return Some(Json::Array(shown.collect()));
    }
    if found.len() != items.len() {
        return leaf(at, Some(&Json::Array(found.to_vec())), Some(&Json::Array(items.to_vec())));
    }
    let pairs = found.iter().zip(items).enumerate();
    // Nothing is known of elements that nothing names: they may have been given defaults.
    let below = Owned::default();
    let shown =
        pairs.filter_map(|(index, (live, item))| walk(Some(live), item, &at.with(Step::Index(index)), &below, leaf));
    Some(Json::Array(shown.collect()))
}

/// A list whose elements have names: in our order, without what only others added.
fn named(found: &[Json], items: &[Json], names: &[&str], at: &Place, owned: &Owned<'_>, leaf: Leaf<'_>) -> Vec<Json> {
    let mut free: Vec<&Json> = found.iter().collect();
    let mut shown = Vec::new();
    for item in items {
        let written: BTreeMap<_, _> = names.iter().filter_map(|name| Some((*name, item.get(*name)?))).collect();
        let live = position(&free, &written, names).map(|index| free.remove(index));
        let step: BTreeMap<String, Json> = names
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), live.unwrap_or(item).get(*name)?.clone())))
            .collect();
        let below = owned.element(&step);
        shown.extend(walk(live, item, &at.with(Step::Named(step)), &below, leaf));
    }
    shown
}

/// The element that has the written names. Where a name was left out and has a default, it is the first that is
/// left, unless the default is known.
fn position(free: &[&Json], written: &BTreeMap<&str, &Json>, names: &[&str]) -> Option<usize> {
    if written.is_empty() {
        return None;
    }
    let mut wanted: BTreeMap<_, _> =
        written.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone())).collect();
    if names.contains(&"protocol") {
        wanted.entry("protocol".to_owned()).or_insert_with(|| Json::from("TCP"));
    }
    free.iter().position(|item| is_named(item, &wanted))
}
