//! Parts of objects that every kind has, read and written.

use serde_json::{Value as Json, json};

use crate::clock::{Timestamp, rfc3339};

/// A text, or an empty one.
pub(super) fn text<'a>(of: &'a Json, name: &str) -> &'a str {
    of.get(name).and_then(Json::as_str).unwrap_or_default()
}

pub(super) fn strings(of: &Json) -> Vec<String> {
    of.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

pub(super) fn name(object: &Json) -> &str {
    text(&object["metadata"], "name")
}

pub(super) fn namespace(object: &Json) -> &str {
    text(&object["metadata"], "namespace")
}

pub(super) fn uid(object: &Json) -> &str {
    text(&object["metadata"], "uid")
}

pub(super) fn resource_version(object: &Json) -> &str {
    text(&object["metadata"], "resourceVersion")
}

/// It is being deleted.
pub(super) fn is_going(object: &Json) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

pub(super) fn finalizers(object: &Json) -> Vec<String> {
    strings(&object["metadata"]["finalizers"])
}

pub(super) fn set_finalizers(object: &mut Json, finalizers: &[String]) {
    if finalizers.is_empty() {
        take(&mut object["metadata"], "finalizers");
    } else {
        object["metadata"]["finalizers"] = json!(finalizers);
    }
}

pub(super) fn take(of: &mut Json, name: &str) -> Option<Json> {
    of.as_object_mut()?.remove(name)
}

pub(super) fn has_condition(object: &Json, kind: &str, status: &str) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|one| one["type"] == kind && one["status"] == status)
}

/// Puts a condition in, with a new time when its status is another.
pub(super) fn set_condition(object: &mut Json, at: Timestamp, kind: &str, status: &str, because: (&str, &str)) {
    if !object["status"].is_object() {
        object["status"] = json!({});
    }
    let (reason, message) = because;
    let conditions = &mut object["status"]["conditions"];
    if !conditions.is_array() {
        *conditions = json!([]);
    }
    let mut new = json!({"type": kind, "status": status, "lastTransitionTime": rfc3339(at), "reason": reason,
        "message": message});
    let Some(all) = conditions.as_array_mut() else { return };
    match all.iter_mut().find(|one| one["type"] == kind) {
        Some(old) => {
            if old["status"] == status {
                new["lastTransitionTime"] = old["lastTransitionTime"].clone();
            }
            *old = new;
        }
        None => all.push(new),
    }
}

/// The references to owners.
pub(super) fn owners(object: &Json) -> &[Json] {
    object["metadata"]["ownerReferences"].as_array().map(Vec::as_slice).unwrap_or_default()
}
