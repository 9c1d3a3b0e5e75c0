//! What a cluster can do, as charts ask for it.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, stream};
use serde_json::Value as Json;

use crate::provider::{ErrorKind, ProviderError};
use crate::providers::helm::template::Capabilities;
use crate::providers::kubernetes::{Calls, objects};

/// Asks a cluster. An API whose own server does not answer is left out, as Helm leaves it out.
pub(crate) async fn capabilities(calls: &Calls<'_>) -> Result<Capabilities, ProviderError> {
    let version = calls.get("/version").await?.unwrap_or_default();
    let Some(kube_version) = version["gitVersion"].as_str() else {
        let error = ProviderError::new(ErrorKind::Unexpected, "get /version", "the cluster does not say its version");
        return Err(error.hint("is this the address of a Kubernetes API server?"));
    };
    let core = calls.get("/api").await?.unwrap_or_default();
    let groups = calls.get("/apis").await?.unwrap_or_default();
    let versions = group_versions(&core, &groups);
    let calls = calls.briefly();
    let kinds: Vec<_> = versions.iter().map(|version| calls.discover(version)).collect();
    let kinds: Vec<_> = stream::iter(kinds).buffered(objects::AT_ONCE).collect().await;
    let mut api_versions = BTreeSet::new();
    for (version, kinds) in versions.into_iter().zip(kinds) {
        match kinds {
            Ok(kinds) => api_versions.extend(kinds.iter().map(|resource| format!("{version}/{}", resource.kind))),
            Err(error) if error.kind == ErrorKind::NotFound || error.kind.is_transient() => {}
            Err(error) => return Err(error),
        }
        api_versions.insert(version);
    }
    Ok(Capabilities { kube_version: kube_version.to_owned(), api_versions })
}

fn group_versions(core: &Json, groups: &Json) -> Vec<String> {
    let texts = |of: &Json, key: &str, member: Option<&str>| -> Vec<String> {
        let all = of[key].as_array().into_iter().flatten();
        let texts = all.filter_map(|one| member.map_or(Some(one), |member| one.get(member))?.as_str());
        texts.map(str::to_owned).collect()
    };
    let mut versions = texts(core, "versions", None);
    for group in groups["groups"].as_array().into_iter().flatten() {
        versions.extend(texts(group, "versions", Some("groupVersion")));
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_version_of_every_group_counts() {
        let groups = json!({"groups": [{"name": "apps", "versions": [{"groupVersion": "apps/v1", "version": "v1"}]},
            {"name": "autoscaling", "versions": [{"groupVersion": "autoscaling/v2"}, {"groupVersion": "autoscaling/v1"}]}]});
        let found = group_versions(&json!({"versions": ["v1"]}), &groups);
        assert_eq!(found, ["v1", "apps/v1", "autoscaling/v2", "autoscaling/v1"]);
    }
}
