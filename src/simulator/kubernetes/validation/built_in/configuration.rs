//! Config maps, secrets, claims, roles and classes.

use serde_json::{Map, Value as Json, json};

use super::{check_immutable, is_empty, items, part, text};
use crate::simulator::kubernetes::schema::Cause;
use crate::simulator::kubernetes::validation::{Quantity, names};

const MOST_BYTES: usize = 1_048_576;

/// Types of secrets with the keys they must have.
const SECRET_KEYS: &[(&str, &[&str])] = &[
    ("kubernetes.io/dockercfg", &[".dockercfg"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
    ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
];

pub(super) fn check_config_map(object: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    check_keys(object, "data", &mut causes);
    check_keys(object, "binaryData", &mut causes);
    for name in part(object, "/data").as_object().into_iter().flatten().map(|(name, _)| name) {
        if part(object, "/binaryData").get(name).is_some() {
            causes.push(Cause::invalid(
                format!("data[{name}]"),
                &json!(name),
                "duplicate of key present in binaryData",
            ));
        }
    }
    check_size(object, &["data", "binaryData"], &mut causes);
    causes
}

pub(super) fn check_config_map_change(object: &Json, old: &Json) -> Vec<Cause> {
    check_sealed(object, old, &["data", "binaryData"])
}

pub(super) fn check_secret(object: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    check_keys(object, "data", &mut causes);
    let kind = text(object, "/type");
    let wanted = SECRET_KEYS.iter().filter(|(of, _)| *of == kind).flat_map(|(_, keys)| keys.iter());
    for key in wanted.filter(|key| part(object, "/data").get(**key).is_none()) {
        causes.push(Cause::required(format!("data[{key}]"), ""));
    }
    let account = part(object, "/metadata/annotations").get("kubernetes.io/service-account.name");
    if kind == "kubernetes.io/service-account-token" && account.is_none() {
        causes.push(Cause::required("metadata.annotations[kubernetes.io/service-account.name]", ""));
    }
    check_size(object, &["data"], &mut causes);
    causes
}

pub(super) fn check_secret_change(object: &Json, old: &Json) -> Vec<Cause> {
    let mut causes = check_immutable(object, old, &["/type"]);
    causes.extend(check_sealed(object, old, &["data"]));
    causes
}

fn check_keys(object: &Json, field: &str, causes: &mut Vec<Cause>) {
    for name in object.get(field).and_then(Json::as_object).into_iter().flatten().map(|(name, _)| name) {
        if let Some(why) = names::key(name) {
            causes.push(Cause::invalid(format!("{field}[{name}]"), &json!(name), &why));
        }
    }
}

fn check_size(object: &Json, fields: &[&str], causes: &mut Vec<Cause>) {
    let values = fields.iter().filter_map(|field| object.get(*field)?.as_object()).flat_map(Map::values);
    let bytes: usize = values.filter_map(Json::as_str).map(str::len).sum();
    if bytes > MOST_BYTES {
        causes.push(Cause::too_long("data", MOST_BYTES as u64));
    }
}

/// What is marked immutable stays as it is, and stays marked.
fn check_sealed(object: &Json, old: &Json, fields: &[&str]) -> Vec<Cause> {
    const WHY: &str = "field is immutable when `immutable` is set";
    if old.get("immutable") != Some(&Json::Bool(true)) {
        return Vec::new();
    }
    let mut causes = Vec::new();
    if object.get("immutable") != Some(&Json::Bool(true)) {
        causes.push(Cause::forbidden("immutable", WHY));
    }
    let differs = |field: &&&str| {
        let (new, old) = (object.get(**field).unwrap_or(&Json::Null), old.get(**field).unwrap_or(&Json::Null));
        new != old && !(is_empty(new) && is_empty(old))
    };
    causes.extend(fields.iter().filter(differs).map(|field| Cause::forbidden(*field, WHY)));
    causes
}

pub(super) fn check_claim(object: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    if items(object, "/spec/accessModes").next().is_none() {
        causes.push(Cause::required("spec.accessModes", "at least 1 access mode is required"));
    }
    match part(object, "/spec/resources/requests/storage") {
        Json::Null => causes.push(Cause::required("spec.resources[storage]", "")),
        value if Quantity::of(value).is_some_and(|amount| amount.is_negative() || amount.canonical() == "0") => {
            causes.push(Cause::invalid("spec.resources[storage]", value, "must be greater than zero"));
        }
        _ => {}
    }
    causes
}

pub(super) fn check_claim_change(object: &Json, old: &Json) -> Vec<Cause> {
    let bound = text(old, "/status/phase") == "Bound";
    let fixed = |claim: &Json| {
        let mut spec = part(claim, "/spec").as_object().cloned().unwrap_or_default();
        // What nobody chose may be chosen once.
        for name in ["volumeName", "storageClassName"] {
            if part(old, "/spec").get(name).is_none() {
                spec.remove(name);
            }
        }
        if bound {
            spec.remove("volumeAttributesClassName");
            spec.get_mut("resources").and_then(Json::as_object_mut).and_then(|all| all.remove("requests"));
        }
        spec
    };
    if fixed(object) != fixed(old) {
        let why =
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        return vec![Cause::forbidden("spec", why)];
    }
    let storage = |claim: &Json| Quantity::of(part(claim, "/spec/resources/requests/storage"));
    match (storage(object), storage(old)) {
        (Some(new), Some(old)) if old.exceeds(new) => {
            vec![Cause::forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")]
        }
        _ => Vec::new(),
    }
}

pub(super) fn check_role(object: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (at, rule) in items(object, "/rules") {
        let empty = |name: &str| rule.get(name).and_then(Json::as_array).is_none_or(Vec::is_empty);
        if !empty("nonResourceURLs") {
            continue;
        }
        if empty("apiGroups") {
            causes.push(Cause::required(
                format!("rules[{at}].apiGroups"),
                "resource rules must supply at least one api group",
            ));
        }
        if empty("resources") {
            causes.push(Cause::required(
                format!("rules[{at}].resources"),
                "resource rules must supply at least one resource",
            ));
        }
    }
    causes
}

pub(super) fn check_binding_change(object: &Json, old: &Json) -> Vec<Cause> {
    if part(object, "/roleRef") == part(old, "/roleRef") {
        return Vec::new();
    }
    vec![Cause::invalid("roleRef", part(object, "/roleRef"), "cannot change roleRef")]
}

pub(super) fn check_storage_class_change(object: &Json, old: &Json) -> Vec<Cause> {
    let mut causes = check_immutable(object, old, &["/reclaimPolicy", "/volumeBindingMode"]);
    for field in ["parameters", "provisioner"] {
        let (new, old) = (part(object, &format!("/{field}")), part(old, &format!("/{field}")));
        if new != old && !(is_empty(new) && is_empty(old)) {
            causes.push(Cause::forbidden(field, &format!("updates to {field} are forbidden.")));
        }
    }
    causes
}

pub(super) fn check_priority_class_change(object: &Json, old: &Json) -> Vec<Cause> {
    let changed = part(object, "/value") != part(old, "/value");
    if changed { vec![Cause::forbidden("value", "may not be changed in an update.")] } else { Vec::new() }
}
