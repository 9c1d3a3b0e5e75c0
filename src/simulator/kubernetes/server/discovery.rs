//! What there is to be asked for: versions, groups and resources, in the two forms that clients know.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::kinds::{self, Kind};
use super::object::{has_condition, text};
use super::reply;
use super::request::Asked;
use super::status::Refusal;
use super::{custom, openapi};
use crate::simulator::exchange::Reply;
use crate::simulator::kubernetes::Cluster;
use crate::simulator::kubernetes::clouds::ControlPlane;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// A version of a group, and what serves it.
struct Served {
    group: String,
    version: String,
    kinds: Vec<Kind>,
    /// It is served elsewhere, by a server that does not answer.
    unavailable: bool,
}

/// Answers requests for what is no object.
pub(super) fn answer(cluster: &Cluster<'_>, plane: &ControlPlane, asked: &Asked) -> Result<Reply, Refusal> {
    let path = asked.path.trim_end_matches('/');
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let document = match parts.as_slice() {
        ["version"] => version(plane),
        ["healthz" | "livez" | "readyz", ..] => {
            return Ok(reply::whole(200, "text/plain; charset=utf-8", "ok".to_owned()));
        }
        [""] => paths(cluster),
        ["api" | "apis"] if wants_aggregated(asked) => {
            let document = aggregated(cluster, parts == ["api"]);
            return Ok(reply::whole(200, AGGREGATED, document.to_string()));
        }
        ["api"] => json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [
            {"clientCIDR": "0.0.0.0/0", "serverAddress": plane.host}]}),
        ["apis"] => groups(cluster),
        ["api", version] => resources(cluster, "", version)?,
        ["apis", group] => one_group(cluster, group)?,
        ["apis", group, version] => resources(cluster, group, version)?,
        ["openapi", rest @ ..] => openapi::answer(cluster, rest)?,
        _ => return Err(Refusal::no_resource()),
    };
    Ok(reply::json(200, &document))
}

fn version(plane: &ControlPlane) -> Json {
    let mut parts = plane.version.split('.');
    let (major, minor) = (parts.next().unwrap_or("1"), parts.next().unwrap_or("0"));
    json!({
        "major": major, "minor": minor, "gitVersion": format!("v{}", plane.version),
        "gitCommit": "", "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z", "goVersion": "",
        "compiler": "", "platform": "linux/amd64",
    })
}

fn paths(cluster: &Cluster<'_>) -> Json {
    let mut paths: BTreeSet<String> =
        ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"]
            .map(str::to_owned)
            .into();
    for served in served(cluster).iter().filter(|served| !served.group.is_empty()) {
        paths.insert(format!("/apis/{}", served.group));
        paths.insert(format!("/apis/{}/{}", served.group, served.version));
    }
    json!({"paths": paths})
}

/// Every version of every group, in the order in which clients prefer them.
fn served(cluster: &Cluster<'_>) -> Vec<Served> {
    let mut all: Vec<Served> = Vec::new();
    for kind in custom::all(cluster) {
        match all.iter_mut().find(|one| one.group == kind.group && one.version == kind.version) {
            Some(served) => served.kinds.push(kind),
            None => {
                let (group, version) = (kind.group.clone(), kind.version.clone());
                all.push(Served { group, version, kinds: vec![kind], unavailable: false });
            }
        }
    }
    for service in cluster.list("apiregistration.k8s.io", "apiservices", None) {
        let spec = &service["spec"];
        let (group, version) = (text(spec, "group"), text(spec, "version"));
        let known = all.iter().any(|one| one.group == group && one.version == version);
        if spec["service"].is_object() && !known {
            let unavailable = !has_condition(&service, "Available", "True");
            let (group, version) = (group.to_owned(), version.to_owned());
            all.push(Served { group, version, kinds: Vec::new(), unavailable });
        }
    }
    all.sort_by_key(|one| std::cmp::Reverse(maturity(&one.version)));
    all
}

/// `v2` before `v1`, both before `v1beta1`, and that before `v1alpha1`.
fn maturity(version: &str) -> (u8, u32, u32) {
    let rest = version.strip_prefix('v').unwrap_or_default();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let Ok(major) = digits.parse() else { return (0, 0, 0) };
    let after = rest.get(digits.len()..).unwrap_or_default();
    let number = |text: &str| text.parse().unwrap_or_default();
    match (after.strip_prefix("beta"), after.strip_prefix("alpha")) {
        (Some(minor), _) => (2, major, number(minor)),
        (_, Some(minor)) => (1, major, number(minor)),
        _ if after.is_empty() => (3, major, 0),
        _ => (0, 0, 0),
    }
}

/// The named groups, those of the cluster itself first.
fn names(served: &[Served]) -> Vec<&str> {
    let order: Vec<&str> = kinds::all_built_in().iter().map(|kind| kind.group.as_str()).collect();
    let mut names: Vec<&str> = served.iter().map(|one| one.group.as_str()).filter(|group| !group.is_empty()).collect();
    names.sort_by_key(|name| (order.iter().position(|one| one == name).unwrap_or(usize::MAX), *name));
    names.dedup();
    names
}

fn group(served: &[Served], name: &str) -> Json {
    let versions = served.iter().filter(|one| one.group == name);
    let versions = versions
        .map(|one| json!({"groupVersion": kinds::api_version(&one.group, &one.version), "version": one.version}));
    let versions: Vec<_> = versions.collect();
    json!({"name": name, "versions": versions, "preferredVersion": versions.first()})
}

fn groups(cluster: &Cluster<'_>) -> Json {
    let served = served(cluster);
    let groups: Vec<_> = names(&served).into_iter().map(|name| group(&served, name)).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

fn one_group(cluster: &Cluster<'_>, name: &str) -> Result<Json, Refusal> {
    let served = served(cluster);
    if !served.iter().any(|one| one.group == name) {
        return Err(Refusal::no_resource());
    }
    let mut group = group(&served, name);
    group["kind"] = json!("APIGroup");
    group["apiVersion"] = json!("v1");
    Ok(group)
}

fn resources(cluster: &Cluster<'_>, group: &str, version: &str) -> Result<Json, Refusal> {
    let served = served(cluster);
    let found = served.iter().find(|one| one.group == group && one.version == version);
    let found = found.ok_or_else(Refusal::no_resource)?;
    if found.unavailable {
        return Err(unavailable());
    }
    let mut resources = Vec::new();
    for kind in &found.kinds {
        let mut resource = json!({
            "name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind,
            "verbs": kind.verbs(),
        });
        for (name, values) in [("shortNames", &kind.short), ("categories", &kind.categories)] {
            if !values.is_empty() {
                resource[name] = json!(values);
            }
        }
        resources.push(resource);
        for name in &kind.subresources {
            let (group, version, shown) = response_kind(kind, name);
            let mut resource = json!({"name": format!("{}/{name}", kind.plural), "singularName": "",
                "namespaced": kind.namespaced, "kind": shown, "verbs": subresource_verbs(name)});
            if group != kind.group {
                resource["group"] = json!(group);
                resource["version"] = json!(version);
            }
            resources.push(resource);
        }
    }
    Ok(json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": kinds::api_version(group, version),
        "resources": resources,
    }))
}

/// What a group says whose server does not answer.
fn unavailable() -> Refusal {
    Refusal::new(503, "ServiceUnavailable", "the server is currently unable to handle the request")
}

/// What to say to a request for a resource that this server does not have. What another server would have is only
/// told of when it does not answer: the simulation has nothing behind it.
pub(super) fn not_here(cluster: &Cluster<'_>, group: &str, version: &str) -> Refusal {
    let served = served(cluster);
    let dead = served.iter().any(|one| one.group == group && one.version == version && one.unavailable);
    if dead { unavailable() } else { Refusal::no_resource() }
}

fn response_kind<'a>(kind: &'a Kind, subresource: &str) -> (&'a str, &'a str, &'a str) {
    match subresource {
        "scale" => ("autoscaling", "v1", "Scale"),
        "eviction" => ("policy", "v1", "Eviction"),
        _ => (&kind.group, &kind.version, &kind.kind),
    }
}

fn subresource_verbs(name: &str) -> &'static [&'static str] {
    match name {
        "log" => &["get"],
        "eviction" => &["create"],
        "finalize" => &["update"],
        _ => &["get", "patch", "update"],
    }
}

fn wants_aggregated(asked: &Asked) -> bool {
    let accepted = asked.header("accept").split(',');
    accepted.map(|one| one.split(';').map(str::trim).collect::<Vec<_>>()).any(|parts| {
        ["g=apidiscovery.k8s.io", "v=v2", "as=APIGroupDiscoveryList"].iter().all(|part| parts.contains(part))
    })
}

fn aggregated(cluster: &Cluster<'_>, core: bool) -> Json {
    let served = served(cluster);
    let names = if core { vec![""] } else { names(&served) };
    let item = |name: &&str| {
        let versions: Vec<_> = served.iter().filter(|one| one.group == **name).map(aggregated_version).collect();
        let metadata = if core { json!({}) } else { json!({"name": name}) };
        json!({"metadata": metadata, "versions": versions})
    };
    json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": names.iter().map(item).collect::<Vec<_>>(),
    })
}

fn aggregated_version(served: &Served) -> Json {
    let freshness = if served.unavailable { "Stale" } else { "Current" };
    let response =
        |(group, version, kind): (&str, &str, &str)| json!({"group": group, "version": version, "kind": kind});
    let resource = |kind: &Kind| {
        let subresources = kind.subresources.iter().map(|name| {
            json!({"subresource": name, "responseKind": response(response_kind(kind, name)), "verbs": subresource_verbs(name)})
        });
        let mut resource = json!({
            "resource": kind.plural,
            "responseKind": response((&kind.group, &kind.version, &kind.kind)),
            "scope": if kind.namespaced { "Namespaced" } else { "Cluster" },
            "singularResource": kind.singular,
            "verbs": kind.verbs(),
        });
        let lists = [
            ("shortNames", json!(kind.short)),
            ("categories", json!(kind.categories)),
            ("subresources", json!(subresources.collect::<Vec<_>>())),
        ];
        for (name, values) in lists.into_iter().filter(|(_, values)| values != &json!([])) {
            resource[name] = values;
        }
        resource
    };
    let resources: Vec<_> = served.kinds.iter().map(resource).collect();
    json!({"version": served.version, "resources": resources, "freshness": freshness})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_preferred_by_maturity() {
        let mut versions = ["v1alpha1", "v1", "v2beta1", "v10", "other", "v1beta2", "v2"];
        versions.sort_by_key(|version| std::cmp::Reverse(maturity(version)));
        assert_eq!(versions, ["v10", "v2", "v1", "v2beta1", "v1beta2", "v1alpha1", "other"]);
    }
}
