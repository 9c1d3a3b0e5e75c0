//! The objects of a stack side by side: which needs which although neither says so, and two that are one.
//!
//! Namespaces come before what is in them, definitions of kinds before objects of those kinds, service accounts,
//! settings and secrets before the pods that name them, workloads before their scalers, and what completes a cluster, such as its nodes, before anything that is to run there; they go in the opposite order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::connection;
use super::manifest::Id;
use super::object_type::ObjectType;
use super::uses;
use crate::provider::{Declared, Finding, Together, completes};
use crate::value::{Path, Value};

/// An object of a stack, and the resource that makes it.
pub(crate) struct Placed<'a> {
    /// The place of its resource in the stack.
    pub(crate) resource: usize,
    /// Where its manifest is in the spec: empty where the spec as a whole stands for it.
    pub(crate) at: Path,
    /// What the cluster is known by, or how the stack writes it.
    pub(crate) cluster: String,
    pub(crate) id: Id,
    pub(crate) manifest: Value,
    pub(crate) declared: &'a Declared<'a>,
}

pub(super) fn look(
    types: &BTreeMap<&'static str, Arc<dyn ObjectType>>,
    checks: &[super::family::CheckTogether],
    resources: &[Declared<'_>],
) -> Together {
    let placed: Vec<_> =
        resources.iter().enumerate().flat_map(|(index, declared)| place(types, index, declared)).collect();
    let mut findings = same_objects(&placed);
    for check in checks {
        findings.extend(check(&placed));
    }
    Together { findings, dependencies: dependencies(&placed, resources) }
}

fn place<'a>(
    types: &BTreeMap<&'static str, Arc<dyn ObjectType>>,
    resource: usize,
    declared: &'a Declared<'a>,
) -> Vec<Placed<'a>> {
    let (Some(object_type), Some(cluster)) = (types.get(declared.resource_type.name()), cluster(declared)) else {
        return Vec::new();
    };
    let manifests = object_type.manifests(declared.attributes);
    let placed = manifests.into_iter().enumerate().filter_map(|(index, manifest)| {
        let id = Id::of(&manifest)?;
        let at = object_type.at(index);
        Some(Placed { resource, at, cluster: cluster.clone(), id, manifest, declared })
    });
    placed.collect()
}

/// Which cluster is meant, as far as can be told: two that say the same are the same.
fn cluster(declared: &Declared<'_>) -> Option<String> {
    let value = declared.attributes.get("cluster")?;
    connection::key(value).or_else(|| declared.written.get("cluster").cloned())
}

fn same_objects(placed: &[Placed<'_>]) -> Vec<(usize, Finding)> {
    let mut seen: BTreeMap<(&str, String), &Placed<'_>> = BTreeMap::new();
    let mut findings = Vec::new();
    for one in placed {
        let Some(first) = seen.insert((&one.cluster, one.id.key()), one) else { continue };
        // Twice in one list is told by its type.
        if first.resource != one.resource {
            let message = format!("{} is also made by `{}`", one.id, first.declared.address);
            let finding = Finding::new("kubernetes/same-object", one.at.clone(), message);
            findings.push((one.resource, finding.help("keep one of the two, or give one another name")));
        }
    }
    findings
}

/// What others cannot be without.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Ground<'a> {
    Namespace(&'a str, &'a str),
    /// By cluster, group and kind.
    Kind(&'a str, &'a str, &'a str),
}

fn dependencies(placed: &[Placed<'_>], resources: &[Declared<'_>]) -> Vec<(usize, usize)> {
    let mut grounds: BTreeMap<Ground<'_>, usize> = BTreeMap::new();
    for one in placed {
        if let Some(ground) = ground(one) {
            grounds.insert(ground, one.resource);
        }
    }
    let objects: BTreeMap<_, _> =
        placed.iter().map(|one| ((one.cluster.as_str(), one.id.key()), one.resource)).collect();
    let mut found = Vec::new();
    for one in placed {
        let namespace = one.id.namespace.as_deref().map(|namespace| Ground::Namespace(&one.cluster, namespace));
        let kind = Ground::Kind(&one.cluster, &one.id.group, &one.id.kind);
        let needs = namespace.iter().chain([&kind]).filter_map(|ground| grounds.get(ground));
        found.extend(needs.map(|on| (one.resource, *on)));
        let named = uses::of(&one.id, &one.manifest).into_iter();
        found.extend(named.filter_map(|id| Some((one.resource, *objects.get(&(one.cluster.as_str(), id.key()))?))));
        found.extend(parts_of_cluster(one, resources).map(|on| (one.resource, on)));
    }
    found.sort_unstable();
    found.dedup();
    found.retain(|(from, to)| from != to);
    found
}

fn ground<'a>(one: &'a Placed<'_>) -> Option<Ground<'a>> {
    let text = |path: &str| one.manifest.at(Path::parse(path)?.segments()).and_then(Value::as_str);
    match one.id.kind.as_str() {
        "Namespace" if one.id.group.is_empty() => Some(Ground::Namespace(&one.cluster, &one.id.name)),
        "CustomResourceDefinition" => Some(Ground::Kind(&one.cluster, text("spec.group")?, text("spec.names.kind")?)),
        _ => None,
    }
}

/// Resources of the stack that complete the cluster an object is in.
fn parts_of_cluster<'a>(one: &'a Placed<'_>, resources: &'a [Declared<'_>]) -> impl Iterator<Item = usize> {
    let connection = one.declared.attributes.get("cluster");
    let parts = resources
        .iter()
        .enumerate()
        .filter(move |(_, declared)| completes(declared.resource_type, declared.attributes, connection));
    parts.map(|(index, _)| index)
}
