//! The addons there are, with their versions for each version of Kubernetes: a few of the real ones.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::input::{Member, PAGE, Shape, TEXTS, check, may};
use super::page::page;
use super::refusal::{invalid, not_found};
use super::version::{VERSIONS, find, number};
use crate::simulator::World;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal};

pub(super) const VERSIONS_OF: [Member; 7] = [
    may("kubernetesVersion", Shape::Text),
    may("maxResults", PAGE),
    may("nextToken", Shape::Text),
    may("addonName", Shape::Text),
    may("types", TEXTS),
    may("publishers", TEXTS),
    may("owners", TEXTS),
];

pub(super) struct Entry {
    pub(super) name: &'static str,
    kind: &'static str,
    pub(super) namespace: &'static str,
    /// Whether it is replicas that have to find a node, and not a process on every node there is.
    pub(super) needs_nodes: bool,
    requires_permissions: bool,
    /// From and to which minors there are which versions, the newest first.
    versions: &'static [(u32, u32, &'static [&'static str])],
}

const ALWAYS: (u32, u32) = (28, 34);

const CATALOGUE: [Entry; 5] = [
    Entry {
        name: "aws-ebs-csi-driver",
        kind: "storage",
        namespace: "kube-system",
        needs_nodes: true,
        requires_permissions: true,
        versions: &[(ALWAYS.0, ALWAYS.1, &["v1.49.0-eksbuild.1", "v1.48.0-eksbuild.2", "v1.47.0-eksbuild.1"])],
    },
    Entry {
        name: "coredns",
        kind: "networking",
        namespace: "kube-system",
        needs_nodes: true,
        requires_permissions: false,
        versions: &[
            (28, 28, &["v1.10.1-eksbuild.38", "v1.10.1-eksbuild.17"]),
            (29, 29, &["v1.11.4-eksbuild.24", "v1.11.1-eksbuild.4"]),
            (30, 32, &["v1.11.4-eksbuild.24", "v1.11.3-eksbuild.1"]),
            (33, 33, &["v1.12.4-eksbuild.1", "v1.12.1-eksbuild.2", "v1.11.4-eksbuild.24"]),
            (34, 34, &["v1.12.4-eksbuild.1", "v1.12.3-eksbuild.1"]),
        ],
    },
    Entry {
        name: "eks-pod-identity-agent",
        kind: "security",
        namespace: "kube-system",
        needs_nodes: false,
        requires_permissions: false,
        versions: &[(ALWAYS.0, ALWAYS.1, &["v1.3.8-eksbuild.2", "v1.3.7-eksbuild.2", "v1.3.4-eksbuild.1"])],
    },
    Entry {
        name: "kube-proxy",
        kind: "networking",
        namespace: "kube-system",
        needs_nodes: false,
        requires_permissions: false,
        versions: &[
            (28, 28, &["v1.28.15-eksbuild.31", "v1.28.8-eksbuild.5"]),
            (29, 29, &["v1.29.15-eksbuild.16", "v1.29.0-eksbuild.1"]),
            (30, 30, &["v1.30.14-eksbuild.8", "v1.30.6-eksbuild.3"]),
            (31, 31, &["v1.31.10-eksbuild.12", "v1.31.2-eksbuild.3"]),
            (32, 32, &["v1.32.6-eksbuild.12", "v1.32.0-eksbuild.2"]),
            (33, 33, &["v1.33.3-eksbuild.10", "v1.33.0-eksbuild.2"]),
            (34, 34, &["v1.34.0-eksbuild.4", "v1.34.0-eksbuild.2"]),
        ],
    },
    Entry {
        name: "vpc-cni",
        kind: "networking",
        namespace: "kube-system",
        needs_nodes: false,
        requires_permissions: true,
        versions: &[(ALWAYS.0, ALWAYS.1, &["v1.20.4-eksbuild.1", "v1.20.1-eksbuild.3", "v1.19.5-eksbuild.1"])],
    },
];

pub(super) fn entry(name: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.name == name)
}

impl Entry {
    /// For a version of Kubernetes, the newest first.
    fn versions_for(&self, minor: u32) -> &'static [&'static str] {
        let row = self.versions.iter().find(|(from, to, _)| (*from..=*to).contains(&minor));
        row.map(|(_, _, versions)| *versions).unwrap_or_default()
    }

    /// The version that is installed: the one asked for, or the newest but one, as the default tends to be.
    pub(super) fn choose(&self, kubernetes: &str, asked: Option<&str>) -> Result<&'static str, Refusal> {
        let versions = self.versions_for(number(kubernetes).unwrap_or_default());
        let chosen = match asked {
            Some(asked) => versions.iter().find(|version| **version == asked),
            None => versions.get(1).or(versions.first()),
        };
        chosen.copied().ok_or_else(|| match asked {
            Some(_) => invalid("Addon version specified is not supported"),
            None => unknown(self.name, kubernetes),
        })
    }

    fn described(&self, only: Option<u32>) -> Json {
        let mut minors: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
        let numbers = VERSIONS.iter().filter_map(|version| number(version.minor));
        for minor in numbers.filter(|minor| only.is_none_or(|only| only == *minor)) {
            for (at, version) in self.versions_for(minor).iter().enumerate() {
                minors.entry(version).or_default().push(json!({
                    "clusterVersion": format!("1.{minor}"),
                    "platformVersions": ["*"],
                    "defaultVersion": at == 1,
                }));
            }
        }
        let versions = minors.into_iter().rev().map(|(version, compatibilities)| {
            json!({
                "addonVersion": version,
                "architecture": ["amd64", "arm64"],
                "computeTypes": ["ec2"],
                "compatibilities": compatibilities,
                "requiresConfiguration": false,
                "requiresIamPermissions": self.requires_permissions,
            })
        });
        json!({
            "addonName": self.name,
            "type": self.kind,
            "addonVersions": versions.collect::<Vec<_>>(),
            "publisher": "eks",
            "owner": "aws",
            "defaultNamespace": self.namespace,
        })
    }
}

pub(super) fn unknown(name: &str, kubernetes: &str) -> Refusal {
    invalid(format!("Addon {name} specified is not supported in {kubernetes} kubernetes version"))
}

pub(super) fn versions(_: &mut World, _: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &VERSIONS_OF)?;
    let kubernetes = members.text("kubernetesVersion")?;
    if let Some(unknown) = kubernetes.filter(|minor| find(minor).is_none()) {
        return Err(invalid(format!("unsupported Kubernetes version {unknown}")));
    }
    let name = members.text("addonName")?;
    if let Some(unknown) = name.filter(|name| entry(name).is_none()) {
        return Err(not_found(format!("Addon {unknown} not found")));
    }
    let within = |member: &str, value: &str| {
        let wanted = members.texts(member)?.unwrap_or_default();
        Ok::<bool, Refusal>(wanted.is_empty() || wanted.iter().any(|one| one == value))
    };
    let mut all = Vec::new();
    for entry in CATALOGUE.iter().filter(|entry| name.is_none_or(|name| name == entry.name)) {
        if within("types", entry.kind)? && within("publishers", "eks")? && within("owners", "aws")? {
            all.push((entry.name.to_owned(), entry.described(kubernetes.and_then(number))));
        }
    }
    page("addons", all, members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_of_kubernetes_has_every_addon() {
        for version in &VERSIONS {
            for entry in &CATALOGUE {
                assert!(entry.choose(version.minor, None).is_ok(), "{} {}", version.minor, entry.name);
            }
        }
        let coredns = entry("coredns").unwrap();
        assert!(coredns.choose("1.28", Some("v1.12.4-eksbuild.1")).is_err());
    }
}
