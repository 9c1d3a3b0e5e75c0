//! The objects of a release as a plan shows them and a state records them: by what each is, and short where an
//! object is too long for anyone to read.

use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::providers::kubernetes::Id;
use crate::providers::kubernetes::objects::is_namespaced;
use crate::value::{Attributes, Value};

/// Objects by what each is. One that says no namespace is in that of its release, if its kind has namespaces.
pub(in crate::providers::helm) fn keyed(
    objects: impl IntoIterator<Item = Json>,
    namespace: &str,
) -> Vec<(String, Json)> {
    let keyed = objects.into_iter().filter_map(|object| Some((key(&object, namespace)?, object)));
    keyed.collect()
}

pub(in crate::providers::helm) fn key(object: &Json, namespace: &str) -> Option<String> {
    let mut id = Id::of_object(object)?;
    if id.namespace.is_none() && is_namespaced(&id.group, &id.kind) != Some(false) {
        id.namespace = Some(namespace.to_owned());
    }
    Some(id.key())
}

/// An object without what no one reads: the schemas of a definition are hundreds of kilobytes, and their digest
/// tells as well whether they have changed.
pub(in crate::providers::helm) fn brief(mut object: Json) -> Json {
    if object["kind"] != "CustomResourceDefinition" || !object["spec"].is_object() {
        return object;
    }
    let spec = &object["spec"];
    let digest = Sha256::digest(spec.to_string());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let versions: Vec<_> = spec["versions"].as_array().into_iter().flatten().map(|version| &version["name"]).collect();
    object["spec"] = json!({
        "group": spec["group"], "kind": spec["names"]["kind"], "versions": versions, "digest": format!("sha256:{digest}"),
    });
    object
}

/// With what a Secret holds as secrets.
pub(in crate::providers::helm) fn guarded(object: Value) -> Value {
    let Value::Map(mut fields) = object else { return object };
    let is_secret = fields.get("kind").and_then(Value::as_str) == Some("Secret")
        && fields.get("apiVersion").and_then(Value::as_str) == Some("v1");
    if is_secret {
        for part in ["data", "stringData"] {
            if let Some(Value::Map(entries)) = fields.get_mut(part) {
                let all: Attributes = std::mem::take(entries);
                *entries = all.into_iter().map(|(key, entry)| (key, entry.into_secret())).collect();
            }
        }
    }
    Value::Map(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_without_a_namespace_are_in_that_of_the_release() {
        let objects = [
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}}),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b", "namespace": "other"}}),
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "c"}}),
            json!({"kind": "Nameless"}),
        ];
        let keys: Vec<_> = keyed(objects, "keda").into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["Deployment.apps keda/a", "ConfigMap other/b", "ClusterRole.rbac.authorization.k8s.io c"]);
    }

    #[test]
    fn a_definition_is_told_by_its_digest() {
        let definition = |property: &str| {
            json!({"kind": "CustomResourceDefinition", "spec": {"group": "g", "names": {"kind": "K"},
                "versions": [{"name": "v1", "schema": {"properties": {property: {}}}}]}})
        };
        let (one, other) = (brief(definition("a")), brief(definition("b")));
        assert_eq!(one["spec"]["versions"], json!(["v1"]));
        assert_ne!(one["spec"]["digest"], other["spec"]["digest"]);
        assert!(one.to_string().len() < 250);
    }

    #[test]
    fn what_a_secret_holds_is_secret() {
        let object =
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"password": "cHc="}});
        let shown = format!("{:?}", guarded(Value::from(object.clone())));
        assert!(!shown.contains("cHc="), "{shown}");
        let plain = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"password": "cHc="}});
        assert_eq!(guarded(Value::from(plain.clone())), Value::from(plain));
    }
}
