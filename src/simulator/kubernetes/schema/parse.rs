//! Reads a JSON schema, as published for built-in kinds or written in a custom resource definition.

use serde_json::{Map, Value as Json};

use super::{Limits, ListType, Node, Null, Schema, Shape};

/// Where `$ref` leads: the last part is the name of a definition.
const REFERENCE: &str = "/";

/// Reads a schema and those below it. Built-in ones take `null` as if the field was left out.
pub(super) fn schema(json: &Json, built_in: bool) -> Schema {
    let Some(object) = json.as_object() else { return Schema::opaque().clone() };
    let child = |json: &Json| node(json, built_in);
    let children = |name: &str| list(object, name).iter().map(|one| schema(one, built_in)).collect();
    Schema {
        shape: shape(object),
        properties: members(object, "properties").map(|(name, json)| (name.clone(), child(json))).collect(),
        additional: object.get("additionalProperties").and_then(|json| additional(json, built_in)),
        items: object.get("items").map(child),
        required: list(object, "required").iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        limits: limits(object),
        null: null(object, built_in),
        default: object.get("default").cloned(),
        keeps_unknown: flag(object, "x-kubernetes-preserve-unknown-fields"),
        embedded: flag(object, "x-kubernetes-embedded-resource"),
        list: list_type(object),
        atomic_map: object.get("x-kubernetes-map-type").is_some_and(|kind| kind == "atomic"),
        patch: super::PatchStrategy::default(),
        all_of: children("allOf"),
        any_of: children("anyOf"),
        one_of: children("oneOf"),
        not: object.get("not").map(|json| Box::new(schema(json, built_in))),
    }
}

/// A reference stands alone, or, with a description of its own, as the only part of an `allOf`.
fn node(json: &Json, built_in: bool) -> Node {
    let reference = json.get("$ref").or_else(|| json.get("allOf")?.get(0)?.get("$ref"));
    match reference.and_then(Json::as_str).and_then(|to| to.rsplit(REFERENCE).next()) {
        Some(name) if built_in => Node::Named(name.to_owned()),
        _ => Node::Own(Box::new(schema(json, built_in))),
    }
}

fn additional(json: &Json, built_in: bool) -> Option<Node> {
    match json {
        Json::Bool(false) => None,
        Json::Bool(true) => Some(Node::Own(Box::new(Schema::deduced().clone()))),
        _ => Some(node(json, built_in)),
    }
}

fn shape(object: &Map<String, Json>) -> Shape {
    if flag(object, "x-kubernetes-int-or-string") {
        return Shape::IntOrString;
    }
    match object.get("type").and_then(Json::as_str) {
        Some("object") => Shape::Object,
        Some("array") => Shape::Array,
        Some("string") => Shape::String,
        Some("integer") => Shape::Integer,
        Some("number") => Shape::Number,
        Some("boolean") => Shape::Boolean,
        _ => Shape::Any,
    }
}

fn null(object: &Map<String, Json>, built_in: bool) -> Null {
    match (built_in, flag(object, "nullable")) {
        (true, _) => Null::Absent,
        (false, true) => Null::Value,
        (false, false) => Null::Wrong,
    }
}

fn list_type(object: &Map<String, Json>) -> ListType {
    match object.get("x-kubernetes-list-type").and_then(Json::as_str) {
        Some("set") => ListType::Set,
        Some("map") => ListType::Map(
            list(object, "x-kubernetes-list-map-keys").iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        ),
        _ => ListType::Atomic,
    }
}

fn limits(object: &Map<String, Json>) -> Limits {
    let number = |name: &str| object.get(name).and_then(Json::as_f64);
    let count = |name: &str| object.get(name).and_then(Json::as_u64);
    let text = |name: &str| object.get(name).and_then(Json::as_str).map(str::to_owned);
    Limits {
        allowed: list(object, "enum").to_vec(),
        format: text("format"),
        pattern: text("pattern"),
        minimum: number("minimum"),
        maximum: number("maximum"),
        exclusive_minimum: flag(object, "exclusiveMinimum"),
        exclusive_maximum: flag(object, "exclusiveMaximum"),
        multiple_of: number("multipleOf"),
        min_length: count("minLength"),
        max_length: count("maxLength"),
        min_items: count("minItems"),
        max_items: count("maxItems"),
        min_properties: count("minProperties"),
        max_properties: count("maxProperties"),
        unique_items: flag(object, "uniqueItems"),
    }
}

fn flag(object: &Map<String, Json>, name: &str) -> bool {
    object.get(name).and_then(Json::as_bool).unwrap_or(false)
}

fn list<'j>(object: &'j Map<String, Json>, name: &str) -> &'j [Json] {
    object.get(name).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn members<'j>(object: &'j Map<String, Json>, name: &str) -> impl Iterator<Item = (&'j String, &'j Json)> {
    object.get(name).and_then(Json::as_object).into_iter().flatten()
}
