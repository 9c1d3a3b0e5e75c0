//! The paths of a resource and what they take.

use serde_json::{Map, Value as Json, json};

use super::{Described, components, group_version_kind, root};

const APPLY: &str = "application/apply-patch+yaml";
const JSON: &str = "application/json";
const PATCHES: &[&str] = &[APPLY, "application/json-patch+json", "application/merge-patch+json"];
const STRATEGIC: &str = "application/strategic-merge-patch+json";

pub(super) fn add(group: &str, version: &str, resource: &Described<'_>, paths: &mut Map<String, Json>) {
    let (root, plural) = (root(group, version), resource.plural);
    let operations = Operations { group, version, resource };
    let base = if resource.namespaced {
        format!("{root}/namespaces/{{namespace}}/{plural}")
    } else {
        format!("{root}/{plural}")
    };
    if resource.namespaced {
        paths.insert(format!("{root}/{plural}"), json!({"get": operations.one("list")}));
    }
    paths.insert(
        base.clone(),
        operations.with_parameters(&[("get", "list"), ("post", "post"), ("delete", "deletecollection")], false),
    );
    let verbs = [("get", "get"), ("put", "put"), ("patch", "patch"), ("delete", "delete")];
    paths.insert(format!("{base}/{{name}}"), operations.with_parameters(&verbs, true));
    for subresource in resource.subresources {
        paths.insert(format!("{base}/{{name}}/{subresource}"), operations.with_parameters(&verbs[..3], true));
    }
}

struct Operations<'o> {
    group: &'o str,
    version: &'o str,
    resource: &'o Described<'o>,
}

impl Operations<'_> {
    fn with_parameters(&self, verbs: &[(&str, &str)], named: bool) -> Json {
        let mut path: Map<String, Json> =
            verbs.iter().map(|(verb, action)| ((*verb).to_owned(), self.one(action))).collect();
        let place = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "uniqueItems": true}});
        let mut parameters = Vec::new();
        if named {
            parameters.push(place("name"));
        }
        if self.resource.namespaced {
            parameters.push(place("namespace"));
        }
        path.insert("parameters".to_owned(), Json::Array(parameters));
        Json::Object(path)
    }

    fn one(&self, action: &str) -> Json {
        let mut operation = json!({
            "operationId": format!("{action}{}{}", self.version, self.resource.kind),
            "parameters": parameters(action),
            "responses": {"200": {"description": "OK", "content": {(JSON): {"schema": self.reference()}}}},
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": group_version_kind(self.group, self.version, self.resource.kind)
        });
        if let Some(body) = self.body(action) {
            operation["requestBody"] = body;
        }
        operation
    }

    fn body(&self, action: &str) -> Option<Json> {
        let content: Map<String, Json> = match action {
            "post" | "put" => [(JSON.to_owned(), json!({"schema": self.reference()}))].into_iter().collect(),
            "patch" => {
                // Only what is built in knows what its lists are made of.
                let strategic = self.resource.schema.is_none().then_some(&STRATEGIC);
                let kinds = PATCHES.iter().chain(strategic);
                kinds.map(|kind| ((*kind).to_owned(), json!({"schema": {"type": "object"}}))).collect()
            }
            _ => return None,
        };
        Some(json!({"content": content, "required": true}))
    }

    fn reference(&self) -> Json {
        let name = components::name_of(self.group, self.version, self.resource);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }
}

/// What stands behind the `?`.
fn parameters(action: &str) -> Vec<Json> {
    let names: &[&str] = match action {
        "post" | "put" => &["dryRun", "fieldManager", "fieldValidation", "pretty"],
        "patch" => &["dryRun", "fieldManager", "fieldValidation", "force", "pretty"],
        "delete" => &["dryRun", "gracePeriodSeconds", "propagationPolicy"],
        "list" => {
            &["continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "timeoutSeconds", "watch"]
        }
        "deletecollection" => &["dryRun", "fieldSelector", "gracePeriodSeconds", "labelSelector", "propagationPolicy"],
        _ => &["pretty"],
    };
    let kind = |name: &str| match name {
        "force" | "watch" => "boolean",
        "gracePeriodSeconds" | "limit" | "timeoutSeconds" => "integer",
        _ => "string",
    };
    names
        .iter()
        .map(|name| json!({"name": name, "in": "query", "schema": {"type": kind(name), "uniqueItems": true}}))
        .collect()
}
