//! Fields that no one knows.

use serde_json::Value as Json;

use crate::simulator::kubernetes::schema::{Null, Schema, Shape};

/// The fields of an object that its schema does not know, as an API server words them:
/// `spec.template.spec.containers[0].imagee`.
pub(in crate::simulator) fn unknown_fields(object: &Json, schema: &Schema) -> Vec<String> {
    let mut unknown = Vec::new();
    find(object, schema, "", &mut unknown);
    unknown
}

fn find(value: &Json, schema: &Schema, path: &str, unknown: &mut Vec<String>) {
    match value {
        Json::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                if is_known(schema, name) {
                    find(member, schema.member(name), &path, unknown);
                } else {
                    unknown.push(path);
                }
            }
        }
        Json::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                find(item, schema.item(), &format!("{path}[{at}]"), unknown);
            }
        }
        _ => {}
    }
}

fn is_known(schema: &Schema, name: &str) -> bool {
    schema.names(name) || schema.is_open()
}

/// Drops fields that the schema does not know, and what says nothing ([`drop_empty`]).
pub(in crate::simulator) fn prune(object: &mut Json, schema: &Schema) {
    match object {
        Json::Object(members) => {
            members.retain(|name, _| is_known(schema, name));
            for (name, member) in members.iter_mut() {
                prune(member, schema.member(name));
            }
            members.retain(|name, member| !says_nothing(member, schema.member(name)));
        }
        Json::Array(items) => {
            for item in items {
                prune(item, schema.item());
            }
        }
        _ => {}
    }
}

/// Drops `null` where it means that nothing is said; in built-in kinds also lists and maps with nothing in them,
/// which a real server does not keep either.
pub(in crate::simulator) fn drop_empty(object: &mut Json, schema: &Schema) {
    match object {
        Json::Object(members) => {
            for (name, member) in members.iter_mut() {
                drop_empty(member, schema.member(name));
            }
            members.retain(|name, member| !says_nothing(member, schema.member(name)));
        }
        Json::Array(items) => {
            for item in items {
                drop_empty(item, schema.item());
            }
        }
        _ => {}
    }
}

fn says_nothing(value: &Json, schema: &Schema) -> bool {
    let built_in = schema.null == Null::Absent;
    match value {
        // The default takes its place.
        Json::Null if schema.null == Null::Wrong => schema.default.is_some(),
        Json::Null => built_in,
        Json::Array(items) => built_in && schema.shape == Shape::Array && items.is_empty(),
        // An object with named fields says something by being there: `emptyDir: {}`.
        Json::Object(members) => {
            built_in && schema.additional.is_some() && schema.properties.is_empty() && members.is_empty()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::kubernetes::schema::{built_in, of_crd_version};
    use serde_json::json;

    #[test]
    fn fields_no_one_knows_are_told_with_their_place() {
        let deployment = built_in("apps", "v1", "Deployment").unwrap();
        let object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "a", "labels": {"any.thing/x": "y"}, "label": {}},
            "spec": {"replica": 1, "replicas": 1, "selector": {"matchLabels": {"a": "b"}},
                "template": {"spec": {"containers": [{"name": "a", "imagee": "b", "resources": {"limits": {"nvidia.com/gpu": 1}}}]}}}
        });
        assert_eq!(
            unknown_fields(&object, deployment),
            ["metadata.label", "spec.replica", "spec.template.spec.containers[0].imagee"]
        );
        let mut pruned = object.clone();
        prune(&mut pruned, deployment);
        assert_eq!(unknown_fields(&pruned, deployment), [] as [&str; 0]);
        assert_eq!(pruned["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"], 1);
    }

    #[test]
    fn what_says_nothing_is_not_kept() {
        let mut object = json!({"metadata": {"labels": {}, "finalizers": [], "creationTimestamp": null},
            "spec": {"replicas": null, "selector": {"matchLabels": {}}, "template": {"spec": {"securityContext": {}, "volumes": [{"name": "a", "emptyDir": {}}]}}}});
        let kept = json!({"metadata": {}, "spec": {"selector": {},
            "template": {"spec": {"securityContext": {}, "volumes": [{"name": "a", "emptyDir": {}}]}}}});
        drop_empty(&mut object, built_in("apps", "v1", "Deployment").unwrap());
        assert_eq!(object, kept);
    }

    #[test]
    fn a_custom_resource_keeps_what_it_says_it_keeps() {
        let schema = of_crd_version(&json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": {"type": "string"}}}},
            "null": {"type": "string", "nullable": true},
            "full": {"type": "string", "default": "x"}
        }}}}))
        .unwrap();
        let mut object = json!({"apiVersion": "a/v1", "kind": "A", "metadata": {"name": "a", "creationTimestamp": null}, "spec": {
            "open": {"a": {"b": null}}, "map": {"k": {"a": "1", "b": 2}}, "shut": 1, "null": null, "full": null}, "extra": 1});
        assert_eq!(unknown_fields(&object, &schema), ["extra", "spec.map.k.b", "spec.shut"]);
        prune(&mut object, &schema);
        assert_eq!(
            object,
            json!({"apiVersion": "a/v1", "kind": "A", "metadata": {"name": "a"},
                "spec": {"open": {"a": {"b": null}}, "map": {"k": {"a": "1"}}, "null": null}})
        );
    }
}
