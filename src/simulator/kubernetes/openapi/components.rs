//! The schemas of kinds and of everything they are made of.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::{Described, group_version_kind};
use crate::simulator::kubernetes::schema::{ListType, Schema, definition_name, definitions, named_definition};

const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const REFERENCE: &str = "#/components/schemas/";

pub(super) fn schemas(group: &str, version: &str, resources: &[Described<'_>]) -> Map<String, Json> {
    let mut schemas = Map::new();
    let mut wanted = BTreeSet::from([OBJECT_META.to_owned()]);
    for resource in resources {
        let name = name_of(group, version, resource);
        match resource.schema {
            Some(schema) => {
                schemas.insert(name, custom(schema, group, version, resource.kind));
            }
            None => {
                wanted.insert(name);
            }
        }
    }
    add_definitions(wanted, &mut schemas);
    for resource in resources {
        let name = name_of(group, version, resource);
        if let Some(schema) = schemas.get_mut(&name) {
            schema["x-kubernetes-group-version-kind"] = json!([group_version_kind(group, version, resource.kind)]);
        }
    }
    schemas
}

/// `io.k8s.api.apps.v1.Deployment`, `sh.keda.v1alpha1.ScaledObject`.
pub(super) fn name_of(group: &str, version: &str, resource: &Described<'_>) -> String {
    let built_in = definition_name(group, version, resource.kind).filter(|_| resource.schema.is_none());
    built_in.map_or_else(
        || {
            let reversed: Vec<_> = group.split('.').rev().collect();
            format!("{}.{version}.{}", reversed.join("."), resource.kind)
        },
        str::to_owned,
    )
}

fn custom(schema: &Json, group: &str, version: &str, kind: &str) -> Json {
    let mut schema = schema.clone();
    let Some(object) = schema.as_object_mut() else { return schema };
    let properties = object.entry("properties").or_insert_with(|| json!({}));
    let text = |about: &str| json!({"type": "string", "description": about});
    properties["apiVersion"] = text(&format!("The version of the schema of this object: {group}/{version}."));
    properties["kind"] = text(&format!("The kind of this object: {kind}."));
    let about = "What every object has: name, labels, annotations, owners.";
    properties["metadata"] = json!({"description": about, "allOf": [{"$ref": format!("{REFERENCE}{OBJECT_META}")}]});
    schema
}

/// Adds definitions and all that they refer to.
fn add_definitions(mut wanted: BTreeSet<String>, schemas: &mut Map<String, Json>) {
    while let Some(name) = wanted.pop_first() {
        let Some(published) = definitions().get(&name).filter(|_| !schemas.contains_key(&name)) else { continue };
        let mut definition = published.clone();
        complete(&name, &mut definition);
        collect_references(&definition, &mut wanted);
        schemas.insert(name, definition);
    }
}

fn collect_references(json: &Json, wanted: &mut BTreeSet<String>) {
    match json {
        Json::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Json::as_str).and_then(|to| to.strip_prefix(REFERENCE)) {
                wanted.insert(name.to_owned());
            }
            members.values().for_each(|member| collect_references(member, wanted));
        }
        Json::Array(items) => items.iter().for_each(|item| collect_references(item, wanted)),
        _ => {}
    }
}

/// Says what the published definition leaves out: how lists and maps are merged, and two types of many forms.
fn complete(name: &str, definition: &mut Json) {
    match name.rsplit('.').next() {
        Some("IntOrString") => {
            definition["oneOf"] = json!([{"type": "integer"}, {"type": "string"}]);
            definition["format"] = json!("int-or-string");
        }
        Some("Quantity") => definition["oneOf"] = json!([{"type": "string"}, {"type": "number"}]),
        _ => {}
    }
    let Some(schema) = named_definition(name) else { return };
    if schema.atomic_map && !schema.properties.is_empty() {
        definition["x-kubernetes-map-type"] = json!("atomic");
    }
    let properties = definition.get_mut("properties").and_then(Json::as_object_mut).into_iter().flatten();
    for (name, property) in properties {
        mark(schema.member(name), property);
    }
}

fn mark(schema: &Schema, property: &mut Json) {
    match &schema.list {
        ListType::Atomic => {}
        ListType::Set => property["x-kubernetes-list-type"] = json!("set"),
        ListType::Map(keys) => {
            property["x-kubernetes-list-type"] = json!("map");
            property["x-kubernetes-list-map-keys"] = json!(keys);
        }
    }
    if schema.atomic_map && schema.additional.is_some() {
        property["x-kubernetes-map-type"] = json!("atomic");
    }
    let patch = &schema.patch;
    let strategies = [("merge", patch.merge), ("retainKeys", patch.retain_keys), ("replace", patch.replace)];
    let strategies: Vec<_> = strategies.iter().filter(|(_, used)| *used).map(|(name, _)| *name).collect();
    if !strategies.is_empty() {
        property["x-kubernetes-patch-strategy"] = json!(strategies.join(","));
    }
    if let Some(key) = &patch.key {
        property["x-kubernetes-patch-merge-key"] = json!(key);
    }
}
