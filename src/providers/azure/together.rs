//! What is wrong between resources of a stack that each are right: two KEDAs in one cluster.

use super::aks;
use crate::provider::{Declared, Finding, Together};
use crate::value::{Attributes, Path, Value};

pub(super) fn look(resources: &[Declared<'_>]) -> Together {
    let with_add_on: Vec<_> = resources
        .iter()
        .filter(|one| one.resource_type.name() == "azure.aks_cluster")
        .filter(|one| aks::flag(one.attributes, "keda_add_on") == Some(true))
        .collect();
    let mut findings = Vec::new();
    for (index, release) in resources.iter().enumerate().filter(|(_, one)| installs_keda(one)) {
        for cluster in with_add_on.iter().filter(|cluster| is_in(release.attributes, cluster.attributes)) {
            let message = format!("`{}` has AKS's own KEDA, and two of them fight over one cluster", cluster.address);
            let finding = Finding::new("azure/two-kedas", Path::field("chart"), message)
                .help("take this release out, or say `keda_add_on: false` on the cluster");
            findings.push((index, finding));
        }
    }
    Together { findings, ..Together::default() }
}

/// The chart `keda`, wherever it is from: `keda`, `kedacore/keda`, `oci://ghcr.io/kedacore/charts/keda`.
fn installs_keda(release: &Declared<'_>) -> bool {
    let chart = aks::text(release.attributes, "chart").unwrap_or_default().trim_end_matches('/');
    release.resource_type.name() == "helm.release" && chart.rsplit('/').next() == Some("keda")
}

fn is_in(release: &Attributes, cluster: &Attributes) -> bool {
    let connection = release.get("cluster").and_then(Value::as_map);
    connection.is_some_and(|connection| {
        let same = |name: &str| {
            aks::text(connection, name).is_some() && aks::text(connection, name) == aks::text(cluster, name)
        };
        aks::text(connection, "kind") == Some("aks") && same("resource_group") && same("name")
    })
}
