//! Apply and the books on it for custom resources, and how they differ from built-in kinds.

use serde_json::{Value as Json, json};

use super::tests::{at, containers, deployment, owned, owners};
use super::*;
use crate::simulator::kubernetes::schema::of_crd_version;

/// A custom resource with lists of all three sorts, and a part that no one described.
fn custom() -> Schema {
    let item = json!({"type": "object", "properties": {"type": {"type": "string"}, "size": {"type": "integer"}}});
    of_crd_version(&json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "triggers": {"type": "array", "items": item},
        "rules": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"], "items": item},
        "zones": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "options": {"type": "object", "additionalProperties": {"type": "string"}},
        "sealed": {"type": "object", "x-kubernetes-map-type": "atomic", "additionalProperties": {"type": "string"}},
        "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}
    }}}}))
    .unwrap()
}

fn resource(spec: Json) -> Json {
    json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "a"}, "spec": spec})
}

#[test]
fn custom_resources_are_merged_as_their_definition_says() {
    let schema = custom();
    let cases = [
        (
            "a list changes hands as a whole",
            json!({"triggers": [{"type": "a"}]}),
            json!({"triggers": [{"type": "b"}]}),
            Err(vec![".spec.triggers"]),
        ),
        (
            "items are told apart by their keys",
            json!({"rules": [{"type": "a", "size": 1}]}),
            json!({"rules": [{"type": "b"}]}),
            Ok(json!({"rules": [{"type": "a", "size": 1}, {"type": "b"}]})),
        ),
        (
            "an item has an owner",
            json!({"rules": [{"type": "a", "size": 1}]}),
            json!({"rules": [{"type": "a", "size": 2}]}),
            Err(vec![".spec.rules[type=\"a\"].size"]),
        ),
        (
            "a set takes what is new",
            json!({"zones": ["a"]}),
            json!({"zones": ["b", "a"]}),
            Ok(json!({"zones": ["b", "a"]})),
        ),
        (
            "entries of a map stand side by side",
            json!({"options": {"a": "1"}}),
            json!({"options": {"b": "1"}}),
            Ok(json!({"options": {"a": "1", "b": "1"}})),
        ),
        (
            "unless it changes hands as a whole",
            json!({"sealed": {"a": "1"}}),
            json!({"sealed": {"b": "1"}}),
            Err(vec![".spec.sealed"]),
        ),
        (
            "what no one described is a map",
            json!({"open": {"a": {"x": 1}}}),
            json!({"open": {"a": {"y": 1}}}),
            Ok(json!({"open": {"a": {"x": 1, "y": 1}}})),
        ),
        ("but its lists are not", json!({"open": {"a": [1]}}), json!({"open": {"a": [2]}}), Err(vec![".spec.open.a"])),
    ];
    for (what, live, patch, expected) in cases {
        let live = apply(None, &resource(live), &at("alice", 1), false, &schema).unwrap();
        let found = match apply(Some(&live), &resource(patch), &at("bob", 2), false, &schema) {
            Ok(object) => Ok(object["spec"].clone()),
            Err(Refused::Conflicts(conflicts)) => Err(conflicts.iter().map(Conflict::field).collect()),
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(
            found,
            expected.map_err(|fields| fields.into_iter().map(str::to_owned).collect::<Vec<_>>()),
            "{what}"
        );
    }
}

#[test]
fn who_creates_a_custom_resource_owns_its_parts_too() {
    let live = track(None, resource(json!({"zones": ["a"]})), &at("operator", 1), &custom());
    let fields = json!({"f:spec": {".": {}, "f:zones": {".": {}, "v:\"a\"": {}}}});
    assert_eq!(owners(&live), [owned("operator", "Update", fields)]);
}

#[test]
fn who_creates_a_deployment_owns_no_parts_that_are_never_left_out() {
    let live = track(
        None,
        containers(json!([{"name": "a", "resources": {"limits": {"cpu": "1"}}}])),
        &at("operator", 1),
        deployment(),
    );
    let item = json!({".": {}, "f:name": {}, "f:resources": {".": {}, "f:limits": {".": {}, "f:cpu": {}}}});
    let fields = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {".": {}, "k:{\"name\":\"a\"}": item}}}}});
    assert_eq!(owners(&live), [owned("operator", "Update", fields)]);
}
