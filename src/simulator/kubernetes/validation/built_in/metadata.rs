//! What every object has: a name, labels, annotations, finalizers, owners.

use serde_json::{Value as Json, json};

use super::{items, part, text};
use crate::simulator::kubernetes::schema::{self, Cause};
use crate::simulator::kubernetes::validation::names;

const MOST_ANNOTATION_BYTES: usize = 262_144;

/// Finalizers that need no domain.
const STANDARD_FINALIZERS: &[&str] = &["kubernetes", "orphan", "foregroundDeletion"];

pub(super) fn check(group: &str, kind: &str, object: &Json, old: Option<&Json>) -> Vec<Cause> {
    let mut causes = Vec::new();
    check_name(group, kind, object, &mut causes);
    let namespace = text(object, "/metadata/namespace");
    if let Some(why) = names::label(namespace).filter(|_| !namespace.is_empty()) {
        causes.push(Cause::invalid("metadata.namespace", &json!(namespace), &why));
    }
    check_labels(part(object, "/metadata/labels"), "metadata.labels", &mut causes);
    check_annotations(part(object, "/metadata/annotations"), &mut causes);
    check_finalizers(object, &mut causes);
    let controllers =
        items(object, "/metadata/ownerReferences").filter(|(_, owner)| owner["controller"] == Json::Bool(true));
    if controllers.count() > 1 {
        let owners = part(object, "/metadata/ownerReferences");
        causes.push(Cause::invalid(
            "metadata.ownerReferences",
            owners,
            "Only one reference can have Controller set to true",
        ));
    }
    if let Some(old) = old {
        check_change(object, old, &mut causes);
    }
    causes
}

fn check_change(object: &Json, old: &Json, causes: &mut Vec<Cause>) {
    for name in ["name", "namespace", "uid"] {
        let pointer = format!("/metadata/{name}");
        let (new, old) = (part(object, &pointer), part(old, &pointer));
        if !new.is_null() && !old.is_null() && new != old {
            causes.push(Cause::invalid(format!("metadata.{name}"), new, "field is immutable"));
        }
    }
}

fn check_name(group: &str, kind: &str, object: &Json, causes: &mut Vec<Cause>) {
    let (name, prefix) = (text(object, "/metadata/name"), text(object, "/metadata/generateName"));
    if name.is_empty() {
        if prefix.is_empty() {
            causes.push(Cause::required("metadata.name", "name or generateName is required"));
        }
        return;
    }
    let why = match (group, kind) {
        ("", "Namespace") => names::label(name),
        ("", "Service") => names::service(name),
        ("rbac.authorization.k8s.io", _) | ("apiregistration.k8s.io", _) => names::path_segment(name),
        ("batch", "CronJob") if name.len() > 52 => Some("must be no more than 52 characters".to_owned()),
        ("batch", "Job") if name.len() > 63 => Some("must be no more than 63 characters".to_owned()),
        _ => names::subdomain(name),
    };
    if let Some(why) = why {
        causes.push(Cause::invalid("metadata.name", &json!(name), &why));
    }
}

/// Labels of an object, or of what a template makes.
pub(super) fn check_labels(labels: &Json, field: &str, causes: &mut Vec<Cause>) {
    for (name, value) in labels.as_object().into_iter().flatten() {
        if let Some(why) = names::qualified(name) {
            causes.push(Cause::invalid(field, &json!(name), &why));
        }
        if let Some(why) = value.as_str().and_then(names::label_value) {
            causes.push(Cause::invalid(field, value, &why));
        }
    }
}

fn check_annotations(annotations: &Json, causes: &mut Vec<Cause>) {
    let mut bytes = 0;
    for (name, value) in annotations.as_object().into_iter().flatten() {
        // Capital letters are fine in the names of annotations.
        if let Some(why) = names::qualified(&name.to_lowercase()) {
            causes.push(Cause::invalid("metadata.annotations", &json!(name), &why));
        }
        bytes += name.len() + value.as_str().map_or(0, str::len);
    }
    if bytes > MOST_ANNOTATION_BYTES {
        causes.push(Cause::too_long("metadata.annotations", MOST_ANNOTATION_BYTES as u64));
    }
}

/// Custom resources may have finalizers without a domain, as KEDA's do.
fn check_finalizers(object: &Json, causes: &mut Vec<Cause>) {
    let text = |key: &str| object[key].as_str().unwrap_or_default();
    let (group, version) = text("apiVersion").split_once('/').unwrap_or(("", text("apiVersion")));
    let is_built_in = schema::built_in(group, version, text("kind")).is_some();
    for (_, finalizer) in items(object, "/metadata/finalizers") {
        let name = finalizer.as_str().unwrap_or_default();
        let why = names::qualified(name).or_else(|| {
            let bare = is_built_in && !name.contains('/') && !STANDARD_FINALIZERS.contains(&name);
            bare.then(|| "name is neither a standard finalizer name nor is it fully qualified".to_owned())
        });
        if let Some(why) = why {
            causes.push(Cause::invalid("metadata.finalizers", finalizer, &why));
        }
    }
}
