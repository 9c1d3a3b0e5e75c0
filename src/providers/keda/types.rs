//! KEDA's types as a stack writes them.

use std::time::Duration;

use super::{Body, Kind, Object, check, check_together};
use crate::provider::{Field, FieldType, Finding};
use crate::providers::kubernetes::{Named, Placed};
use crate::value::Attributes;

const API_VERSION: &str = "keda.sh/v1alpha1";

/// Every type of the family.
pub(crate) fn types() -> Vec<Named> {
    let scales = Duration::from_secs(10);
    let keeps = Duration::from_secs(2);
    vec![
        Named {
            doc: "Scales a workload on what waits for it; the spec is KEDA's own, and is checked offline.",
            check: |spec| check(Kind::ScaledObject, spec),
            expected: scales,
            ..named("keda.scaled_object", Kind::ScaledObject)
        },
        Named {
            doc: "Runs a Job for what waits; the spec is KEDA's own, and is checked offline.",
            check: |spec| check(Kind::ScaledJob, spec),
            expected: scales,
            ..named("keda.scaled_job", Kind::ScaledJob)
        },
        Named {
            doc: "How triggers of one namespace authenticate; the spec is KEDA's own, and is checked offline.",
            check: |spec| check(Kind::TriggerAuthentication, spec),
            expected: keeps,
            ..named("keda.trigger_authentication", Kind::TriggerAuthentication)
        },
        Named {
            doc: "How triggers of all namespaces authenticate; the spec is KEDA's own, and is checked offline.",
            check: |spec| check(Kind::ClusterTriggerAuthentication, spec),
            expected: keeps,
            namespaced: false,
            ..named("keda.cluster_trigger_authentication", Kind::ClusterTriggerAuthentication)
        },
    ]
}

fn named(name: &'static str, kind: Kind) -> Named {
    let version = FieldType::text();
    Named {
        name,
        doc: "",
        api_version: API_VERSION,
        kind: kind.name(),
        namespaced: true,
        fields: vec![
            Field::new("spec", FieldType::Any, "The spec as KEDA has it").required(),
            Field::new(
                "keda_version",
                version,
                "The version of KEDA whose rules hold, such as `\"2.16\"`; `\"2.14\"` without it",
            ),
        ],
        check: |_| Vec::new(),
        expected: Duration::ZERO,
    }
}

fn kind_of(name: &str) -> Option<Kind> {
    types()
        .iter()
        .find(|named| named.name == name)
        .and_then(|named| Kind::ALL.into_iter().find(|kind| kind.name() == named.kind))
}

/// Checks the objects of each cluster side by side.
pub(crate) fn look(placed: &[Placed<'_>]) -> Vec<(usize, Finding)> {
    let mut clusters: Vec<&str> = placed.iter().map(|one| one.cluster.as_str()).collect();
    clusters.sort_unstable();
    clusters.dedup();
    let of = |cluster: &str| {
        let objects: Vec<_> = placed.iter().enumerate().filter(|(_, one)| one.cluster == cluster).map(object).collect();
        check_together(&objects)
    };
    let told = clusters.into_iter().flat_map(of);
    told.map(|(index, finding)| (placed[index].resource, finding)).collect()
}

fn object<'a>((index, one): (usize, &'a Placed<'a>)) -> Object<'a> {
    let fields: &'a Attributes = one.declared.attributes;
    let body = match kind_of(one.declared.resource_type.name()) {
        Some(kind) => Body::Keda(kind, fields),
        None => Body::Manifest(&one.manifest),
    };
    Object { index, namespace: one.id.namespace.as_deref(), name: Some(one.id.name.as_str()), body }
}
