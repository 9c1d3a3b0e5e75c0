//! Whether what clients look up is there.

use serde_json::{Value as Json, json};

use super::{Described, document, index};

fn deployments() -> Described<'static> {
    Described {
        kind: "Deployment",
        plural: "deployments",
        namespaced: true,
        subresources: &["status", "scale"],
        schema: None,
    }
}

#[test]
fn the_index_leads_to_the_documents() {
    assert_eq!(
        index([("", "v1"), ("apps", "v1")]),
        json!({"paths": {"api/v1": {"serverRelativeURL": "/openapi/v3/api/v1"}, "apis/apps/v1": {"serverRelativeURL": "/openapi/v3/apis/apps/v1"}}})
    );
}

/// All that is referred to must be there, or clients give up on the whole document.
fn assert_whole(document: &Json) {
    let text = document.to_string();
    for rest in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = rest.split('"').next().unwrap();
        assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
    }
}

#[test]
fn a_built_in_kind_is_described_with_how_its_lists_are_merged() {
    let document = document("apps", "v1", &[deployments()]);
    assert_whole(&document);
    let schemas = &document["components"]["schemas"];
    assert_eq!(
        schemas["io.k8s.api.apps.v1.Deployment"]["x-kubernetes-group-version-kind"],
        json!([{"group": "apps", "version": "v1", "kind": "Deployment"}])
    );
    let ports = &schemas["io.k8s.api.core.v1.Container"]["properties"]["ports"];
    assert_eq!(ports["x-kubernetes-patch-merge-key"], "containerPort");
    assert_eq!(ports["x-kubernetes-patch-strategy"], "merge");
    assert_eq!(ports["x-kubernetes-list-map-keys"], json!(["containerPort", "protocol"]));
    let volumes = &schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["volumes"];
    assert_eq!(volumes["x-kubernetes-patch-strategy"], "merge,retainKeys");
    assert_eq!(schemas["io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector"]["x-kubernetes-map-type"], "atomic");
    assert!(schemas["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]["oneOf"].is_array());
}

#[test]
fn a_path_says_what_it_takes() {
    let document = document("apps", "v1", &[deployments()]);
    let path = &document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"];
    let patch = &path["patch"];
    assert_eq!(patch["x-kubernetes-group-version-kind"]["kind"], "Deployment");
    let parameters = patch["parameters"].as_array().unwrap();
    for name in ["fieldValidation", "dryRun", "fieldManager", "force"] {
        assert!(parameters.iter().any(|one| one["name"] == name), "{name}");
    }
    assert!(patch["requestBody"]["content"].get("application/strategic-merge-patch+json").is_some());
    assert_eq!(path["parameters"][1]["name"], "namespace");
    for path in ["/apis/apps/v1/deployments", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"] {
        assert!(document["paths"][path].get("get").is_some(), "{path}");
    }
}

#[test]
fn a_custom_resource_is_described_by_its_definition() {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object"}}});
    let resource = Described {
        kind: "ScaledObject",
        plural: "scaledobjects",
        namespaced: true,
        subresources: &[],
        schema: Some(&schema),
    };
    let document = document("keda.sh", "v1alpha1", &[resource]);
    assert_whole(&document);
    let described = &document["components"]["schemas"]["sh.keda.v1alpha1.ScaledObject"];
    assert_eq!(described["properties"]["spec"], json!({"type": "object"}));
    assert!(described["properties"].get("metadata").is_some());
    let patch = &document["paths"]["/apis/keda.sh/v1alpha1/namespaces/{namespace}/scaledobjects/{name}"]["patch"];
    assert!(patch["requestBody"]["content"].get("application/strategic-merge-patch+json").is_none());
}

#[test]
fn what_belongs_to_the_whole_cluster_has_no_namespace() {
    let resource =
        Described { kind: "Namespace", plural: "namespaces", namespaced: false, subresources: &[], schema: None };
    let document = document("", "v1", &[resource]);
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(paths, ["/api/v1/namespaces", "/api/v1/namespaces/{name}"]);
}
