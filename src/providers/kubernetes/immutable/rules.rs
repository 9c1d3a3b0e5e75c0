//! The table of fields that cannot change in place, from the API servers' own checks of updates.

/// What it means where a field is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// Nothing stands for it, so leaving it out is a change.
    Differs,
    /// It is this.
    Is(&'static str),
    /// It can be set once.
    CanBeSet,
    /// The cluster gives it, and keeps it.
    IsGiven,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) path: &'static str,
    pub(super) absent: Absent,
}

#[derive(Debug)]
pub(super) struct Rules {
    pub(super) group: &'static str,
    pub(super) kind: &'static str,
    pub(super) fields: &'static [Rule],
}

const fn fixed(path: &'static str) -> Rule {
    Rule { path, absent: Absent::Differs }
}

const fn or(path: &'static str, word: &'static str) -> Rule {
    Rule { path, absent: Absent::Is(word) }
}

const fn once_set(path: &'static str) -> Rule {
    Rule { path, absent: Absent::CanBeSet }
}

const fn given(path: &'static str) -> Rule {
    Rule { path, absent: Absent::IsGiven }
}

const fn rules(group: &'static str, kind: &'static str, fields: &'static [Rule]) -> Rules {
    Rules { group, kind, fields }
}

const RBAC: &str = "rbac.authorization.k8s.io";
const STORAGE: &str = "storage.k8s.io";

pub(super) const RULES: &[Rules] = &[
    rules("apps", "DaemonSet", &[fixed("spec.selector")]),
    rules("apps", "Deployment", &[fixed("spec.selector")]),
    rules("apps", "ReplicaSet", &[fixed("spec.selector")]),
    rules(
        "apps",
        "StatefulSet",
        &[
            fixed("spec.selector"),
            or("spec.serviceName", ""),
            or("spec.podManagementPolicy", "OrderedReady"),
            fixed("spec.volumeClaimTemplates"),
        ],
    ),
    rules("apps", "ControllerRevision", &[fixed("data")]),
    rules(
        "batch",
        "Job",
        &[
            given("spec.selector"),
            fixed("spec.template"),
            or("spec.completionMode", "NonIndexed"),
            fixed("spec.podFailurePolicy"),
            fixed("spec.successPolicy"),
            fixed("spec.backoffLimitPerIndex"),
            fixed("spec.managedBy"),
        ],
    ),
    rules(
        "",
        "PersistentVolumeClaim",
        &[
            or("spec.volumeMode", "Filesystem"),
            // Both may have been given by the cluster.
            once_set("spec.storageClassName"),
            given("spec.volumeName"),
        ],
    ),
    rules(
        "",
        "PersistentVolume",
        &[
            or("spec.volumeMode", "Filesystem"),
            once_set("spec.nodeAffinity"),
            fixed("spec.awsElasticBlockStore"),
            fixed("spec.azureDisk"),
            fixed("spec.azureFile"),
            fixed("spec.csi"),
            fixed("spec.hostPath"),
            fixed("spec.local"),
            fixed("spec.nfs"),
        ],
    ),
    rules("", "Secret", &[or("type", "Opaque")]),
    rules("", "ResourceQuota", &[fixed("spec.scopes")]),
    rules(RBAC, "ClusterRoleBinding", &[fixed("roleRef")]),
    rules(RBAC, "RoleBinding", &[fixed("roleRef")]),
    rules(
        STORAGE,
        "StorageClass",
        &[
            fixed("provisioner"),
            fixed("parameters"),
            or("reclaimPolicy", "Delete"),
            or("volumeBindingMode", "Immediate"),
        ],
    ),
    rules(STORAGE, "VolumeAttributesClass", &[fixed("driverName"), fixed("parameters")]),
    rules(STORAGE, "CSIDriver", &[given("spec.attachRequired"), given("spec.volumeLifecycleModes")]),
    rules("scheduling.k8s.io", "PriorityClass", &[fixed("value"), or("preemptionPolicy", "PreemptLowerPriority")]),
    rules("node.k8s.io", "RuntimeClass", &[fixed("handler")]),
    rules("networking.k8s.io", "IngressClass", &[fixed("spec.controller")]),
    rules("discovery.k8s.io", "EndpointSlice", &[fixed("addressType")]),
    rules(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        &[fixed("spec.group"), fixed("spec.scope"), fixed("spec.names.kind"), fixed("spec.names.plural")],
    ),
];
