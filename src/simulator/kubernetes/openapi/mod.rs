//! The published description of the API (OpenAPI v3): what `kubectl explain`, `apply` and `diff`, and helm, look up.
//!
//! Said of each kind: its schema, with how its lists are merged, and the paths with the parameters they take.
//! Not said: every answer a path may give, and paths of subresources other than `status` and `scale`.

mod components;
mod paths;

use serde_json::{Map, Value as Json, json};

/// A resource to be described.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulator) struct Described<'d> {
    /// `Deployment`.
    pub(in crate::simulator) kind: &'d str,
    /// `deployments`.
    pub(in crate::simulator) plural: &'d str,
    pub(in crate::simulator) namespaced: bool,
    /// `status`, `scale`.
    pub(in crate::simulator) subresources: &'d [&'d str],
    /// The `openAPIV3Schema` of a custom resource; `None` for a kind that is built in.
    pub(in crate::simulator) schema: Option<&'d Json>,
}

/// Where the descriptions are: of each group, the core group being empty, and its versions.
pub(in crate::simulator) fn index<'g>(groups: impl IntoIterator<Item = (&'g str, &'g str)>) -> Json {
    let entries = groups.into_iter().map(|(group, version)| {
        let path = root(group, version);
        (path.trim_start_matches('/').to_owned(), json!({"serverRelativeURL": format!("/openapi/v3{path}")}))
    });
    json!({"paths": entries.collect::<Map<_, _>>()})
}

/// The description of one version of a group.
pub(in crate::simulator) fn document(group: &str, version: &str, resources: &[Described<'_>]) -> Json {
    let mut all_paths = Map::new();
    for resource in resources {
        paths::add(group, version, resource, &mut all_paths);
    }
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "unversioned"},
        "paths": all_paths,
        "components": {"schemas": components::schemas(group, version, resources)}
    })
}

/// `/apis/apps/v1`, `/api/v1`.
fn root(group: &str, version: &str) -> String {
    if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") }
}

fn group_version_kind(group: &str, version: &str, kind: &str) -> Json {
    json!({"group": group, "version": version, "kind": kind})
}

#[cfg(test)]
mod tests;
