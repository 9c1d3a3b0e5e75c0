//! What an API server fills in where nothing is said.
//!
//! Left to whoever has a whole cluster before them: addresses of services, node names, service account tokens,
//! the finalizers of volumes, the class of a claim.

mod network;
mod pod;
mod settings;
mod workload;

use serde_json::{Map, Value as Json};

use super::quantity::Quantity;
use crate::simulator::kubernetes::schema::{Null, Schema, Shape};

/// Fills in the defaults of an object: those of its kind when it is built in, and those its schema names. Amounts
/// get the form they are shown in.
pub(in crate::simulator) fn default(object: &mut Json, schema: &Schema) {
    if schema.is_built_in() {
        write_amounts(object, schema);
        default_built_in(object);
    } else {
        default_custom(object, schema);
    }
}

fn default_built_in(object: &mut Json) {
    let text = |name: &str| object.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    match group {
        "apps" | "batch" | "autoscaling" => workload::default(object, &api_version, &kind),
        "" if kind == "Pod" => pod::default(object),
        "" if ["ReplicationController", "PodTemplate"].contains(&kind.as_str()) => {
            workload::default(object, &api_version, &kind);
        }
        "networking.k8s.io" | "discovery.k8s.io" => network::default(object, &kind),
        "" if ["Service", "Endpoints"].contains(&kind.as_str()) => network::default(object, &kind),
        _ => settings::default(object, group, &kind),
    }
}

/// `"0.5"` becomes `"500m"`.
fn write_amounts(value: &mut Json, schema: &Schema) {
    match value {
        Json::Object(members) => {
            for (name, member) in members {
                write_amounts(member, schema.member(name));
            }
        }
        Json::Array(items) => {
            for item in items {
                write_amounts(item, schema.item());
            }
        }
        _ if schema.shape == Shape::Quantity => {
            if let Some(quantity) = Quantity::of(value) {
                *value = Json::String(quantity.canonical());
            }
        }
        _ => {}
    }
}

/// The `default`s of a custom resource's schema.
fn default_custom(value: &mut Json, schema: &Schema) {
    match value {
        Json::Object(members) => {
            for (name, node) in &schema.properties {
                let Some(default) = &node.default else { continue };
                let absent = members.get(name).is_none_or(|value| value.is_null() && node.null != Null::Value);
                if absent {
                    members.insert(name.clone(), default.clone());
                }
            }
            for (name, member) in members {
                default_custom(member, schema.member(name));
            }
        }
        Json::Array(items) => {
            for item in items {
                default_custom(item, schema.item());
            }
        }
        _ => {}
    }
}

/// Adds what is missing, all the way down; lists stay as they are.
fn fill(object: &mut Json, defaults: Json) {
    if object.is_null() {
        *object = Json::Object(Map::new());
    }
    let (Some(members), Json::Object(defaults)) = (object.as_object_mut(), defaults) else { return };
    for (name, default) in defaults {
        match members.get_mut(&name) {
            Some(member) if member.is_object() && default.is_object() => fill(member, default),
            Some(member) if !member.is_null() => {}
            _ => drop(members.insert(name, default)),
        }
    }
}

/// Fills in a part, if the object has it.
fn fill_at(object: &mut Json, pointer: &str, defaults: Json) {
    if let Some(part) = object.pointer_mut(pointer).filter(|part| part.is_object()) {
        fill(part, defaults);
    }
}

/// Something done to every item of a list, if the object has it.
fn each(object: &mut Json, pointer: &str, mut change: impl FnMut(&mut Json)) {
    if let Some(Json::Array(items)) = object.pointer_mut(pointer) {
        for item in items.iter_mut().filter(|item| item.is_object()) {
            change(item);
        }
    }
}

fn text<'j>(object: &'j Json, pointer: &str) -> &'j str {
    object.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests;
