//! Which kinds are described where, for clients that check and explain objects by their descriptions.

use serde_json::Value as Json;

use super::custom;
use super::kinds::Kind;
use super::status::Refusal;
use crate::simulator::kubernetes::Cluster;
use crate::simulator::kubernetes::openapi::{self, Described};

/// The path is the one behind `/openapi`.
pub(super) fn answer(cluster: &Cluster<'_>, path: &[&str]) -> Result<Json, Refusal> {
    let (group, version) = match path {
        ["v3"] => {
            let all = custom::all(cluster);
            let mut groups: Vec<_> = all.iter().map(|kind| (kind.group.as_str(), kind.version.as_str())).collect();
            groups.sort_unstable();
            groups.dedup();
            return Ok(openapi::index(groups));
        }
        ["v3", "api", version] => ("", *version),
        ["v3", "apis", group, version] => (*group, *version),
        // The older description has only ever been asked for as protocol buffers.
        _ => return Err(Refusal::no_resource()),
    };
    let mut kinds = custom::all(cluster);
    kinds.retain(|kind| kind.group == group && kind.version == version);
    if kinds.is_empty() {
        return Err(Refusal::no_resource());
    }
    let subresources: Vec<Vec<&str>> = kinds.iter().map(described_subresources).collect();
    let described: Vec<_> =
        kinds.iter().zip(&subresources).map(|(kind, subresources)| described(kind, subresources)).collect();
    Ok(openapi::document(group, version, &described))
}

fn described<'k>(kind: &'k Kind, subresources: &'k [&'k str]) -> Described<'k> {
    Described {
        kind: &kind.kind,
        plural: &kind.plural,
        namespaced: kind.namespaced,
        subresources,
        schema: kind.custom.as_ref().map(|custom| &custom.version["schema"]["openAPIV3Schema"]),
    }
}

fn described_subresources(kind: &Kind) -> Vec<&str> {
    let all = kind.subresources.iter().map(String::as_str);
    all.filter(|name| matches!(*name, "status" | "scale")).collect()
}
