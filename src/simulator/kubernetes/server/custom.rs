//! The kinds a cluster serves now: those every cluster has, and those of its custom resource definitions.

use serde_json::Value as Json;

use super::kinds::{self, CRD_GROUP, CRDS, Custom, Kind};
use super::object::{has_condition, is_going, strings, text};
use crate::simulator::kubernetes::Cluster;

/// The kind of a path.
pub(super) fn find(cluster: &Cluster<'_>, group: &str, version: &str, plural: &str) -> Option<Kind> {
    let built_in = kinds::all_built_in().iter().find(|kind| kind.is(group, plural) && kind.version == version);
    built_in.cloned().or_else(|| {
        let name = format!("{plural}.{group}");
        let crd = definition(cluster, &name)?;
        of_definition(&crd).into_iter().find(|kind| kind.version == version)
    })
}

/// All of them, every served version of each.
pub(super) fn all(cluster: &Cluster<'_>) -> Vec<Kind> {
    let mut all = kinds::all_built_in().to_vec();
    all.extend(cluster.list(CRD_GROUP, CRDS, None).iter().flat_map(of_definition));
    all
}

/// One of each resource, in the version it is kept in: what there can be objects of.
pub(super) fn kept(cluster: &Cluster<'_>) -> Vec<Kind> {
    let is_kept = |kind: &Kind| kind.custom.as_ref().is_none_or(|custom| custom.stored_as == kind.version);
    let mut kept: Vec<_> = kinds::all_built_in().iter().filter(|kind| !kind.review).cloned().collect();
    // Events of the two groups are the same objects.
    kept.retain(|kind| kind.group != "events.k8s.io");
    let definitions = cluster.list(CRD_GROUP, CRDS, None);
    kept.extend(definitions.iter().flat_map(|crd| versions(crd, true)).filter(is_kept));
    kept
}

/// The kind that a reference to an owner names, in whatever version.
pub(super) fn of_reference(cluster: &Cluster<'_>, api_version: &str, kind: &str) -> Option<Kind> {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let is_it = |one: &Kind| one.group == group && one.kind == kind;
    let built_in = kinds::all_built_in().iter().find(|one| is_it(one));
    built_in.cloned().or_else(|| kept(cluster).into_iter().find(is_it))
}

pub(super) fn definition(cluster: &Cluster<'_>, name: &str) -> Option<Json> {
    cluster.get(&crate::simulator::kubernetes::Place {
        group: CRD_GROUP.to_owned(),
        resource: CRDS.to_owned(),
        namespace: None,
        name: name.to_owned(),
    })
}

/// The served versions of a definition that is established.
fn of_definition(crd: &Json) -> Vec<Kind> {
    if !has_condition(crd, "Established", "True") {
        return Vec::new();
    }
    versions(crd, false)
}

fn versions(crd: &Json, also_unserved: bool) -> Vec<Kind> {
    let spec = &crd["spec"];
    let versions = spec["versions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let stored = versions.iter().find(|version| version["storage"] == true);
    let stored_as = stored.map(|version| text(version, "name")).unwrap_or_default();
    // A definition that was written through another API may not have been given its names.
    let names = if crd["status"]["acceptedNames"]["plural"].is_string() {
        &crd["status"]["acceptedNames"]
    } else {
        &spec["names"]
    };
    let served = versions.iter().filter(|version| also_unserved || version["served"] == true);
    let kind = |version: &Json| Kind {
        group: text(spec, "group").to_owned(),
        version: text(version, "name").to_owned(),
        kind: text(names, "kind").to_owned(),
        plural: text(names, "plural").to_owned(),
        singular: match text(names, "singular") {
            "" => text(names, "kind").to_lowercase(),
            singular => singular.to_owned(),
        },
        short: strings(&names["shortNames"]),
        namespaced: text(spec, "scope") == "Namespaced",
        categories: strings(&names["categories"]),
        review: false,
        subresources: ["status", "scale"]
            .into_iter()
            .filter(|name| version["subresources"].get(name).is_some())
            .map(str::to_owned)
            .collect(),
        custom: Some(Custom {
            stored_as: stored_as.to_owned(),
            version: version.clone(),
            schema: std::sync::Arc::default(),
            terminating: is_going(crd),
        }),
    };
    served.map(kind).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_definition_serves_its_versions_once_it_is_established() {
        let mut crd = json!({"spec": {"group": "keda.sh", "scope": "Namespaced",
        "names": {"plural": "scaledobjects", "kind": "ScaledObject", "shortNames": ["so"]},
        "versions": [
            {"name": "v1alpha1", "served": true, "storage": true, "subresources": {"status": {}}},
            {"name": "v1", "served": false, "storage": false},
        ]}});
        assert_eq!(of_definition(&crd), []);
        crd["status"] = json!({"conditions": [{"type": "Established", "status": "True"}]});
        let kinds = of_definition(&crd);
        let told: Vec<_> = kinds.iter().map(|kind| (kind.version.as_str(), kind.singular.as_str())).collect();
        assert_eq!(told, [("v1alpha1", "scaledobject")]);
        assert!(kinds.iter().all(|kind| kind.has("status") && !kind.has("scale") && kind.short == ["so"]));
    }
}
