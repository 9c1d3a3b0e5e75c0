//! The schema of a custom resource: what its definition may say, and what is added to it.
//!
//! Checked is what makes a schema structural: a type for every field, nothing but limits below `allOf` and its
//! like, no references. CEL rules (`x-kubernetes-validations`) are accepted and never run.

use serde_json::{Map, Value as Json, json};

use super::{Cause, Node, Null, Schema, Shape, built_in, parse};

const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const PREFIX: &str = "openAPIV3Schema";

/// Words of JSON schema that a definition may not use.
const FORBIDDEN: &[&str] = &["$ref", "additionalItems", "definitions", "dependencies", "id", "patternProperties"];

const TYPES: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];

/// What may not stand below `allOf`, `anyOf`, `oneOf` and `not`.
const NOT_NESTED: &[&str] = &[
    "additionalProperties",
    "default",
    "description",
    "nullable",
    "title",
    "type",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-preserve-unknown-fields",
];

/// Reads the schema of one version, with apiVersion, kind and metadata, which every object has.
///
/// # Errors
/// When the schema is not structural, with the fields below `openAPIV3Schema` that are wrong.
pub(in crate::simulator) fn of_crd_version(open_api_v3_schema: &Json) -> Result<Schema, Vec<Cause>> {
    let mut causes = Vec::new();
    check_root(open_api_v3_schema, &mut causes);
    check(open_api_v3_schema, PREFIX, Place::Root, &mut causes);
    if !causes.is_empty() {
        return Err(causes);
    }
    let mut schema = parse::schema(open_api_v3_schema, false);
    add_type_and_metadata(&mut schema);
    complete_embedded(&mut schema);
    Ok(schema)
}

/// Gives an object what every object has.
fn add_type_and_metadata(schema: &mut Schema) {
    for name in ["apiVersion", "kind"] {
        let text = Schema { shape: Shape::String, null: Null::Wrong, ..Schema::default() };
        schema.properties.insert(name.to_owned(), Node::Own(Box::new(text)));
    }
    let limits = schema.properties.remove("metadata").and_then(|node| node.properties.get("name").cloned());
    let metadata = match (limits, built_in::named_definition(OBJECT_META)) {
        // A definition may limit the name.
        (Some(name), Some(all)) => {
            let mut own = all.clone();
            own.properties.insert("name".to_owned(), name);
            Node::Own(Box::new(own))
        }
        _ => Node::Named(OBJECT_META.to_owned()),
    };
    schema.properties.insert("metadata".to_owned(), metadata);
}

fn complete_embedded(schema: &mut Schema) {
    let nodes = schema.properties.values_mut().chain(&mut schema.additional).chain(&mut schema.items);
    for node in nodes {
        let Node::Own(own) = node else { continue };
        complete_embedded(own);
        if own.embedded {
            add_type_and_metadata(own);
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Field,
    Item,
    /// Below `allOf` and its like.
    Nested,
}

fn check_root(json: &Json, causes: &mut Vec<Cause>) {
    match json.get("type").and_then(Json::as_str) {
        Some("object") | None => {}
        Some(other) => {
            causes.push(Cause::invalid(format!("{PREFIX}.type"), &json!(other), "must be object at the root"))
        }
    }
    let metadata = json.get("properties").and_then(|all| all.get("metadata")?.get("properties")?.as_object());
    if metadata.is_some_and(|all| all.keys().any(|name| name != "name" && name != "generateName")) {
        let why = "must not specify anything other than name and generateName, but metadata is implicitly specified";
        causes.push(Cause::forbidden(format!("{PREFIX}.properties[metadata]"), why));
    }
}

fn check(json: &Json, path: &str, place: Place, causes: &mut Vec<Cause>) {
    let Some(object) = json.as_object() else {
        causes.push(Cause::invalid(path, json, "must be a schema"));
        return;
    };
    for word in FORBIDDEN.iter().filter(|word| object.contains_key(**word)) {
        causes.push(Cause::forbidden(format!("{path}.{word}"), &format!("{word} is not supported")));
    }
    if place == Place::Nested {
        check_nested(object, path, causes);
    } else {
        check_type(object, path, place, causes);
        check_lists(object, path, causes);
    }
    if object.contains_key("additionalProperties") && object.contains_key("properties") {
        causes.push(Cause::forbidden(
            format!("{path}.additionalProperties"),
            "additionalProperties and properties are mutual exclusive",
        ));
    }
    if object.get("uniqueItems") == Some(&Json::Bool(true)) {
        let why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        causes.push(Cause::forbidden(format!("{path}.uniqueItems"), why));
    }
    check_children(object, path, place, causes);
}

fn check_children(object: &Map<String, Json>, path: &str, place: Place, causes: &mut Vec<Cause>) {
    let below = |usual: Place| if place == Place::Nested { Place::Nested } else { usual };
    for (name, json) in object.get("properties").and_then(Json::as_object).into_iter().flatten() {
        // What every object has is known without the definition.
        let known = place == Place::Root && ["apiVersion", "kind", "metadata"].contains(&name.as_str());
        if !known {
            check(json, &format!("{path}.properties[{name}]"), below(Place::Field), causes);
        }
    }
    if let Some(json @ Json::Object(_)) = object.get("additionalProperties") {
        check(json, &format!("{path}.additionalProperties"), below(Place::Field), causes);
    }
    if let Some(json) = object.get("items") {
        check(json, &format!("{path}.items"), below(Place::Item), causes);
    }
    let within_int_or_string = is_int_or_string(object);
    for word in ["allOf", "anyOf", "oneOf"] {
        for (at, json) in object.get(word).and_then(Json::as_array).into_iter().flatten().enumerate() {
            if !(within_int_or_string && is_int_or_string_part(json)) {
                check(json, &format!("{path}.{word}[{at}]"), Place::Nested, causes);
            }
        }
    }
    if let Some(json) = object.get("not") {
        check(json, &format!("{path}.not"), Place::Nested, causes);
    }
}

fn is_int_or_string(object: &Map<String, Json>) -> bool {
    object.get("x-kubernetes-int-or-string") == Some(&Json::Bool(true))
}

/// `anyOf: [{type: integer}, {type: string}]`, also as the first part of an `allOf`, is the one place where types may be nested.
fn is_int_or_string_part(json: &Json) -> bool {
    json.get("type").is_some_and(|kind| kind == "integer" || kind == "string") || json.get("anyOf").is_some()
}

fn check_nested(object: &Map<String, Json>, path: &str, causes: &mut Vec<Cause>) {
    for word in NOT_NESTED.iter().filter(|word| object.contains_key(**word)) {
        causes.push(Cause::forbidden(format!("{path}.{word}"), "must be empty to be structural"));
    }
}

fn check_type(object: &Map<String, Json>, path: &str, place: Place, causes: &mut Vec<Cause>) {
    let path = format!("{path}.type");
    let any = is_int_or_string(object) || object.get("x-kubernetes-preserve-unknown-fields") == Some(&Json::Bool(true));
    match object.get("type").and_then(Json::as_str) {
        Some(kind) if !TYPES.contains(&kind) => causes.push(Cause::unsupported(path, &json!(kind), TYPES)),
        Some(_) if is_int_or_string(object) => {
            causes.push(Cause::invalid(path, &object["type"], "must be empty if x-kubernetes-int-or-string is true"));
        }
        None if place == Place::Root => causes.push(Cause::required(path, "must not be empty at the root")),
        None if !any && place == Place::Item => {
            causes.push(Cause::required(path, "must not be empty for specified array items"))
        }
        None if !any => causes.push(Cause::required(path, "must not be empty for specified object fields")),
        _ => {}
    }
}

fn check_lists(object: &Map<String, Json>, path: &str, causes: &mut Vec<Cause>) {
    if object.get("type").is_some_and(|kind| kind == "array") && !object.contains_key("items") {
        causes.push(Cause::required(format!("{path}.items"), "must be specified"));
    }
    let keys = object.get("x-kubernetes-list-map-keys").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let keyed = object.get("x-kubernetes-list-type").is_some_and(|kind| kind == "map");
    let place = format!("{path}.x-kubernetes-list-map-keys");
    if keyed && keys.is_empty() {
        causes.push(Cause::required(place.clone(), "must not be empty if x-kubernetes-list-type is map"));
    }
    if !keyed && !keys.is_empty() {
        let why = "must be map if x-kubernetes-list-map-keys is non-empty";
        causes.push(Cause::invalid(format!("{path}.x-kubernetes-list-type"), &json!(""), why));
    }
    let items = object.get("items").and_then(|items| items.get("properties"));
    for (at, key) in keys.iter().enumerate().filter(|_| keyed) {
        let named = key.as_str().is_some_and(|key| items.is_some_and(|items| items.get(key).is_some()));
        if !named {
            let why = "entries must all be names of item properties";
            causes.push(Cause::invalid(format!("{place}[{at}]"), key, why));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(schema: &Json) -> Vec<String> {
        of_crd_version(schema).err().unwrap_or_default().iter().map(Cause::text).collect()
    }

    #[test]
    fn a_structural_schema_is_read_with_what_every_object_has() {
        let schema = of_crd_version(&json!({"type": "object", "required": ["spec"], "properties": {
            "metadata": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 63}}},
            "spec": {"type": "object", "properties": {
                "triggers": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"],
                    "items": {"type": "object", "properties": {"type": {"type": "string"}}}},
                "port": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
                "template": {"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true}
            }}}}))
        .unwrap();
        assert!(schema.names("apiVersion") && schema.member("metadata").names("labels"));
        assert_eq!(schema.member("metadata").member("name").limits.max_length, Some(63));
        let spec = schema.member("spec");
        assert_eq!(
            spec.member("triggers").list,
            crate::simulator::kubernetes::schema::ListType::Map(vec!["type".into()])
        );
        assert!(spec.member("template").member("metadata").names("labels"));
        assert!(!schema.is_built_in());
    }

    #[test]
    fn what_is_not_structural_is_refused_with_its_place() {
        let cases = [
            (json!({}), "openAPIV3Schema.type: Required value: must not be empty at the root"),
            (
                json!({"type": "array", "items": {"type": "string"}}),
                "openAPIV3Schema.type: Invalid value: \"array\": must be object at the root",
            ),
            (
                json!({"type": "object", "properties": {"a": {}}}),
                "openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields",
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "array", "items": {}}}}),
                "openAPIV3Schema.properties[a].items.type: Required value: must not be empty for specified array items",
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "array"}}}),
                "openAPIV3Schema.properties[a].items: Required value: must be specified",
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "text"}}}),
                "openAPIV3Schema.properties[a].type: Unsupported value: \"text\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"",
            ),
            (json!({"type": "object", "$ref": "#/x"}), "openAPIV3Schema.$ref: Forbidden: $ref is not supported"),
            (
                json!({"type": "object", "anyOf": [{"type": "object"}]}),
                "openAPIV3Schema.anyOf[0].type: Forbidden: must be empty to be structural",
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "array", "x-kubernetes-list-type": "map", "items": {"type": "object"}}}}),
                "openAPIV3Schema.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
            ),
            (
                json!({"type": "object", "properties": {"metadata": {"type": "object", "properties": {"labels": {"type": "object"}}}}}),
                "openAPIV3Schema.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "object", "properties": {}, "additionalProperties": {"type": "string"}}}}),
                "openAPIV3Schema.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
            ),
        ];
        for (schema, cause) in cases {
            assert_eq!(fields(&schema), [cause], "{schema}");
        }
    }
}
