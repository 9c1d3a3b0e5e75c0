//! From a method and a path to an operation and its members.
//!
//! Members come from the path, the query and the body; each has one place where it may be.

use form_urlencoded::parse;
use serde_json::{Value as Json, json};

use super::refusal::{invalid, not_here, serialization};
use crate::simulator::aws::Refusal;
use crate::simulator::aws::json::Members;
use crate::simulator::exchange::Request;

struct Route {
    operation: &'static str,
    method: &'static str,
    /// With the names of members for its labels.
    path: &'static str,
    query: &'static [&'static str],
}

const fn route(
    operation: &'static str,
    method: &'static str,
    path: &'static str,
    query: &'static [&'static str],
) -> Route {
    Route { operation, method, path, query }
}

const PAGED: &[&str] = &["maxResults", "nextToken"];
const OF_UPDATES: &[&str] = &["nodegroupName", "addonName", "capabilityName"];
const UPDATES: &[&str] = &["nodegroupName", "addonName", "capabilityName", "maxResults", "nextToken"];
const ENTRIES: &[&str] = &["associatedPolicyArn", "maxResults", "nextToken"];
const ASSOCIATIONS: &[&str] = &["namespace", "serviceAccount", "maxResults", "nextToken"];
const ADDON_VERSIONS: &[&str] =
    &["kubernetesVersion", "maxResults", "nextToken", "addonName", "types", "publishers", "owners"];
const CLUSTER_VERSIONS: &[&str] = &[
    "clusterType",
    "maxResults",
    "nextToken",
    "defaultOnly",
    "includeAll",
    "clusterVersions",
    "status",
    "versionStatus",
];

const ROUTES: &[Route] = &[
    route("CreateCluster", "POST", "/clusters", &[]),
    route("ListClusters", "GET", "/clusters", &["maxResults", "nextToken", "include"]),
    route("DescribeCluster", "GET", "/clusters/{name}", &[]),
    route("DeleteCluster", "DELETE", "/clusters/{name}", &[]),
    route("UpdateClusterConfig", "POST", "/clusters/{name}/update-config", &[]),
    route("UpdateClusterVersion", "POST", "/clusters/{name}/updates", &[]),
    route("AssociateEncryptionConfig", "POST", "/clusters/{clusterName}/encryption-config/associate", &[]),
    route("DescribeUpdate", "GET", "/clusters/{name}/updates/{updateId}", OF_UPDATES),
    route("ListUpdates", "GET", "/clusters/{name}/updates", UPDATES),
    route("CreateNodegroup", "POST", "/clusters/{clusterName}/node-groups", &[]),
    route("ListNodegroups", "GET", "/clusters/{clusterName}/node-groups", PAGED),
    route("DescribeNodegroup", "GET", "/clusters/{clusterName}/node-groups/{nodegroupName}", &[]),
    route("DeleteNodegroup", "DELETE", "/clusters/{clusterName}/node-groups/{nodegroupName}", &[]),
    route("UpdateNodegroupConfig", "POST", "/clusters/{clusterName}/node-groups/{nodegroupName}/update-config", &[]),
    route("UpdateNodegroupVersion", "POST", "/clusters/{clusterName}/node-groups/{nodegroupName}/update-version", &[]),
    route("CreateAddon", "POST", "/clusters/{clusterName}/addons", &[]),
    route("ListAddons", "GET", "/clusters/{clusterName}/addons", PAGED),
    route("DescribeAddon", "GET", "/clusters/{clusterName}/addons/{addonName}", &[]),
    route("DeleteAddon", "DELETE", "/clusters/{clusterName}/addons/{addonName}", &["preserve"]),
    route("UpdateAddon", "POST", "/clusters/{clusterName}/addons/{addonName}/update", &[]),
    route("DescribeAddonVersions", "GET", "/addons/supported-versions", ADDON_VERSIONS),
    route("CreateAccessEntry", "POST", "/clusters/{clusterName}/access-entries", &[]),
    route("ListAccessEntries", "GET", "/clusters/{clusterName}/access-entries", ENTRIES),
    route("DescribeAccessEntry", "GET", "/clusters/{clusterName}/access-entries/{principalArn}", &[]),
    route("UpdateAccessEntry", "POST", "/clusters/{clusterName}/access-entries/{principalArn}", &[]),
    route("DeleteAccessEntry", "DELETE", "/clusters/{clusterName}/access-entries/{principalArn}", &[]),
    route(
        "AssociateAccessPolicy",
        "POST",
        "/clusters/{clusterName}/access-entries/{principalArn}/access-policies",
        &[],
    ),
    route(
        "ListAssociatedAccessPolicies",
        "GET",
        "/clusters/{clusterName}/access-entries/{principalArn}/access-policies",
        PAGED,
    ),
    route(
        "DisassociateAccessPolicy",
        "DELETE",
        "/clusters/{clusterName}/access-entries/{principalArn}/access-policies/{policyArn}",
        &[],
    ),
    route("ListAccessPolicies", "GET", "/access-policies", PAGED),
    route("CreatePodIdentityAssociation", "POST", "/clusters/{clusterName}/pod-identity-associations", &[]),
    route("ListPodIdentityAssociations", "GET", "/clusters/{clusterName}/pod-identity-associations", ASSOCIATIONS),
    route(
        "DescribePodIdentityAssociation",
        "GET",
        "/clusters/{clusterName}/pod-identity-associations/{associationId}",
        &[],
    ),
    route(
        "UpdatePodIdentityAssociation",
        "POST",
        "/clusters/{clusterName}/pod-identity-associations/{associationId}",
        &[],
    ),
    route(
        "DeletePodIdentityAssociation",
        "DELETE",
        "/clusters/{clusterName}/pod-identity-associations/{associationId}",
        &[],
    ),
    route("TagResource", "POST", "/tags/{resourceArn}", &[]),
    route("UntagResource", "DELETE", "/tags/{resourceArn}", &["tagKeys"]),
    route("ListTagsForResource", "GET", "/tags/{resourceArn}", &[]),
    route("DescribeClusterVersions", "GET", "/cluster-versions", CLUSTER_VERSIONS),
];

/// The operation, and its members wherever they were.
pub(super) fn read(request: &Request, body: &str) -> Result<(&'static str, Members), Refusal> {
    let (method, path) = (request.method().as_str(), request.uri().path());
    let parts: Vec<_> = path.trim_start_matches('/').split('/').map(decoded).collect();
    let found =
        ROUTES.iter().filter(|route| route.method == method).find_map(|route| Some((route, route.fit(&parts)?)));
    let Some((route, labels)) = found else {
        return Err(not_here(&format!("operation for {method} {path}")));
    };
    let mut members = Members::parse(body)?;
    let elsewhere = |name: &&str| members.get(name).is_some();
    if let Some(name) = labels.iter().map(|(name, _)| *name).chain(route.query.iter().copied()).find(elsewhere) {
        return Err(invalid(format!("there is no member `{name}` in the body")));
    }
    for (name, value) in query(route, request.uri().query().unwrap_or_default())? {
        members.insert(name, value);
    }
    for (name, value) in labels {
        members.insert(name, value);
    }
    Ok((route.operation, members))
}

impl Route {
    /// The labels' values, if this is its path.
    fn fit(&self, parts: &[String]) -> Option<Vec<(&'static str, String)>> {
        let pattern: Vec<_> = self.path.trim_start_matches('/').split('/').collect();
        if pattern.len() != parts.len() {
            return None;
        }
        let mut labels = Vec::new();
        for (pattern, part) in pattern.into_iter().zip(parts) {
            match pattern.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(_) if part.is_empty() => return None,
                Some(label) => labels.push((label, part.clone())),
                None if pattern == part => {}
                None => return None,
            }
        }
        Some(labels)
    }
}

/// A part of a path: unlike in a query, a plus is a plus.
fn decoded(part: &str) -> String {
    let kept = part.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    parse(kept.as_bytes()).next().map(|(text, _)| text.into_owned()).unwrap_or_default()
}

fn query(route: &Route, query: &str) -> Result<Vec<(&'static str, Json)>, Refusal> {
    let mut values: Vec<(&'static str, Json)> = Vec::new();
    for (name, value) in parse(query.as_bytes()) {
        let known = route.query.iter().find(|known| **known == name);
        let known = known.ok_or_else(|| invalid(format!("there is no member `{name}` in the query")))?;
        let wrong = |what: &str| serialization(format!("`{name}` has to be {what}"));
        let value = match *known {
            "maxResults" => json!(value.parse::<i64>().map_err(|_| wrong("an integer"))?),
            "preserve" | "defaultOnly" | "includeAll" => json!(value.parse::<bool>().map_err(|_| wrong("a boolean"))?),
            "types" | "publishers" | "owners" | "include" | "clusterVersions" | "tagKeys" => {
                match values.iter_mut().find(|(earlier, _)| earlier == known) {
                    Some((_, Json::Array(earlier))) => {
                        earlier.push(json!(value));
                        continue;
                    }
                    _ => json!([value]),
                }
            }
            _ => json!(value),
        };
        if values.iter().any(|(earlier, _)| earlier == known) {
            return Err(invalid(format!("`{name}` is given twice")));
        }
        values.push((known, value));
    }
    Ok(values)
}

#[cfg(test)]
pub(super) fn operations() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(|route| route.operation)
}
