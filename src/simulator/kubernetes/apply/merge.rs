//! Merges what is applied into what is there.

use serde_json::{Map, Value as Json};

use crate::simulator::kubernetes::fields::{Atom, Element, atom, item_elements};
use crate::simulator::kubernetes::schema::Schema;

/// What is there, with what is applied over it.
pub(super) fn merge(live: &Json, applied: &Json, schema: &Schema) -> Json {
    match (atom(live, schema), atom(applied, schema)) {
        (Atom::Map, Atom::Map) => merge_maps(live, applied, schema),
        (Atom::List, Atom::List) => merge_lists(live, applied, schema),
        _ => applied.clone(),
    }
}

fn merge_maps(live: &Json, applied: &Json, schema: &Schema) -> Json {
    let mut merged = match live {
        Json::Object(members) => members.clone(),
        _ => Map::new(),
    };
    if merged.is_empty() && applied.as_object().is_none_or(Map::is_empty) {
        return applied.clone();
    }
    for (name, value) in applied.as_object().into_iter().flatten() {
        let value = match merged.get(name) {
            Some(live) => merge(live, value, schema.member(name)),
            None => value.clone(),
        };
        merged.insert(name.clone(), value);
    }
    Json::Object(merged)
}

/// The items in the order they are applied in; those that are not applied keep their place between the others.
fn merge_lists(live: &Json, applied: &Json, schema: &Schema) -> Json {
    let (live_items, applied_items) = (item_elements(live, schema), item_elements(applied, schema));
    if live_items.is_empty() && applied_items.is_empty() {
        return applied.clone();
    }
    let is_applied = |element: &Element| applied_items.iter().any(|(other, _)| other == element);
    let is_live = |element: &Element| live_items.iter().any(|(other, _)| other == element);
    let mut merged: Vec<Json> = Vec::new();
    let mut left = live_items.iter().peekable();
    for (at, (element, item)) in applied_items.iter().enumerate() {
        let next_shared = applied_items[at..].iter().map(|(other, _)| other).find(|other| is_live(other));
        // What is applied comes in its own turn.
        while let Some((other, live_item)) = left.next_if(|(other, _)| Some(other) != next_shared) {
            if !is_applied(other) {
                merged.push((*live_item).clone());
            }
        }
        merged.push(merge_item(&live_items, element, item, schema));
    }
    merged.extend(left.filter(|(other, _)| !is_applied(other)).map(|(_, item)| (*item).clone()));
    Json::Array(merged)
}

fn merge_item(live_items: &[(Element, &Json)], element: &Element, item: &Json, schema: &Schema) -> Json {
    let mut alike = live_items.iter().filter(|(other, _)| other == element);
    match (alike.next(), alike.next()) {
        (Some((_, live)), None) => merge(live, item, schema.item()),
        // It is new, or there are several and no one knows which is meant.
        _ => item.clone(),
    }
}
