//! Events: kept as the core group has them, and shown also as events.k8s.io has them.

use serde_json::{Value as Json, json};

use super::kinds::Kind;
use super::object::take;

/// What the core group calls what the other one calls something else.
const NAMES: [(&str, &str); 6] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

/// The object in the form of the group it is asked for in.
pub(super) fn shown(mut object: Json, kind: &Kind) -> Json {
    if kind.group == "events.k8s.io" {
        rename(&mut object, |names| names);
        object["apiVersion"] = json!("events.k8s.io/v1");
    }
    object
}

/// The object in the form it is kept in.
pub(super) fn kept(mut object: Json, kind: &Kind) -> Json {
    if kind.group == "events.k8s.io" {
        rename(&mut object, |(core, other)| (other, core));
        object["apiVersion"] = json!("v1");
    }
    object
}

fn rename(object: &mut Json, way: fn((&'static str, &'static str)) -> (&'static str, &'static str)) {
    for (from, to) in NAMES.map(way) {
        if let Some(value) = take(object, from) {
            object[to] = value;
        }
    }
}
