//! Releases beside the other resources of a stack: which needs which although neither says so.
//!
//! A release comes after its namespace and after what completes its cluster, such as nodes. Objects of kinds that no
//! cluster has by itself, ScaledObjects among them, come after the releases of their cluster, since one of those
//! brings their kind; they go before it, while what takes care of them is still there. KEDA comes before other
//! releases, which may scale themselves by it.

use super::NAME;
use crate::provider::{Declared, Together, completes};
use crate::providers::kubernetes::objects::is_namespaced;
use crate::providers::kubernetes::{Id, connection};
use crate::value::Value;

pub(in crate::providers::helm) fn look(resources: &[Declared<'_>]) -> Together {
    let mut dependencies = Vec::new();
    let placed: Vec<_> = resources.iter().map(cluster).collect();
    for (release, declared) in resources.iter().enumerate() {
        if declared.resource_type.name() != NAME {
            continue;
        }
        let Some(here) = &placed[release] else { continue };
        let text = |name: &str| declared.attributes.get(name).and_then(Value::as_str);
        for (index, other) in resources.iter().enumerate().filter(|(index, _)| *index != release) {
            let together = placed[index].as_ref() == Some(here);
            if completes(other.resource_type, other.attributes, declared.attributes.get("cluster"))
                || (together && is_namespace(other, text("namespace")))
            {
                dependencies.push((release, index));
            } else if together && (has_custom_objects(other) || (is_keda(declared) && is_other_release(other))) {
                dependencies.push((index, release));
            }
        }
    }
    Together { findings: Vec::new(), dependencies }
}

/// Which cluster is meant, as far as can be told: two that say the same are the same.
fn cluster(declared: &Declared<'_>) -> Option<String> {
    let value = declared.attributes.get("cluster")?;
    connection::key(value).or_else(|| declared.written.get("cluster").cloned())
}

fn is_namespace(other: &Declared<'_>, namespace: Option<&str>) -> bool {
    let name = other.attributes.get("name").and_then(Value::as_str);
    let declared = other.resource_type.name() == "kubernetes.namespace" && name.is_some() && name == namespace;
    let plain = manifests(other)
        .iter()
        .any(|id| id.kind == "Namespace" && id.group.is_empty() && Some(id.name.as_str()) == namespace);
    declared || plain
}

fn is_other_release(other: &Declared<'_>) -> bool {
    other.resource_type.name() == NAME && !is_keda(other)
}

fn is_keda(release: &Declared<'_>) -> bool {
    let chart = release.attributes.get("chart").and_then(Value::as_str).unwrap_or_default();
    let last = chart.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    last.split([':', '@']).next() == Some("keda")
}

fn has_custom_objects(other: &Declared<'_>) -> bool {
    const KEDA: &str = "keda.sh";
    other.resource_type.name().starts_with("keda.")
        || manifests(other).iter().any(|id| id.group == KEDA || is_namespaced(&id.group, &id.kind).is_none())
}

/// The objects of a resource that is made of manifests.
fn manifests(declared: &Declared<'_>) -> Vec<Id> {
    match declared.resource_type.name() {
        "kubernetes.object" => declared.attributes.get("manifest").and_then(Id::of).into_iter().collect(),
        "kubernetes.manifests" => {
            let objects = declared.attributes.get("objects").and_then(Value::as_list).unwrap_or_default();
            objects.iter().filter_map(Id::of).collect()
        }
        _ => Vec::new(),
    }
}
