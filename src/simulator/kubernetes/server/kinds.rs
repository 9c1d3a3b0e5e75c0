//! The kinds that every cluster serves, as a table. Kinds of custom resources are in `custom`.

use std::sync::{Arc, LazyLock, OnceLock};

use crate::simulator::kubernetes::schema::Schema;

/// A kind of object in one version, and the resource it is served as.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::simulator::kubernetes) struct Kind {
    /// Empty for the core group.
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) plural: String,
    pub(super) singular: String,
    pub(super) short: Vec<String>,
    pub(super) namespaced: bool,
    pub(super) categories: Vec<String>,
    /// It can only be asked for, and is never kept.
    pub(super) review: bool,
    pub(super) subresources: Vec<String>,
    /// What a custom resource's definition says of this version.
    pub(super) custom: Option<Custom>,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::simulator::kubernetes) struct Custom {
    /// The version in which objects are kept.
    pub(super) stored_as: String,
    /// The version's part of the definition.
    pub(super) version: serde_json::Value,
    /// Its schema, once it has been read.
    pub(super) schema: Arc<OnceLock<Schema>>,
    /// The definition is being deleted.
    pub(super) terminating: bool,
}

impl Kind {
    pub(super) fn api_version(&self) -> String {
        api_version(&self.group, &self.version)
    }

    /// Such as `deployments.apps`.
    pub(super) fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// Such as `Deployment.apps`.
    pub(super) fn qualified_kind(&self) -> String {
        if self.group.is_empty() { self.kind.clone() } else { format!("{}.{}", self.kind, self.group) }
    }

    pub(super) fn is(&self, group: &str, plural: &str) -> bool {
        self.group == group && self.plural == plural
    }

    pub(super) fn has(&self, subresource: &str) -> bool {
        self.subresources.iter().any(|one| one == subresource)
    }

    pub(super) fn verbs(&self) -> &'static [&'static str] {
        const ALL: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
        // Namespaces are deleted one at a time.
        const NO_COLLECTION: &[&str] = &["create", "delete", "get", "list", "patch", "update", "watch"];
        match () {
            () if self.review => &["create"],
            () if self.is("", "namespaces") => NO_COLLECTION,
            () => ALL,
        }
    }
}

pub(super) fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// In the order in which a cluster tells them.
pub(super) fn all_built_in() -> &'static [Kind] {
    &KINDS
}

/// A kind of the core group.
pub(super) fn core(plural: &str) -> Kind {
    built_in("", plural).unwrap_or_default()
}

pub(super) fn built_in(group: &str, plural: &str) -> Option<Kind> {
    KINDS.iter().find(|kind| kind.is(group, plural)).cloned()
}

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| ROWS.iter().map(kind).collect());

/// Group, version, kind, plural, short names, whether it is in namespaces, categories, and subresources,
/// each list divided by spaces.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, bool, &'static str, &'static str);

fn kind(row: &Row) -> Kind {
    let (group, version, kind, plural, short, namespaced, categories, subresources) = *row;
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    Kind {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
        singular: kind.to_lowercase(),
        short: words(short),
        namespaced,
        categories: words(categories),
        review: group == "authorization.k8s.io",
        subresources: words(subresources),
        custom: None,
    }
}

const ADMISSION: &str = "admissionregistration.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";
const API: &str = "api-extensions";
const ALL: &str = "all";
const SCALED: &str = "status scale";

const ROWS: &[Row] = &[
    ("", "v1", "ConfigMap", "configmaps", "cm", true, "", ""),
    ("", "v1", "Endpoints", "endpoints", "ep", true, "", ""),
    ("", "v1", "Event", "events", "ev", true, "", ""),
    ("", "v1", "LimitRange", "limitranges", "limits", true, "", ""),
    ("", "v1", "Namespace", "namespaces", "ns", false, "", "finalize status"),
    ("", "v1", "Node", "nodes", "no", false, "", "status"),
    ("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", "pvc", true, "", "status"),
    ("", "v1", "PersistentVolume", "persistentvolumes", "pv", false, "", "status"),
    ("", "v1", "Pod", "pods", "po", true, ALL, "eviction log status"),
    ("", "v1", "PodTemplate", "podtemplates", "", true, "", ""),
    ("", "v1", "ReplicationController", "replicationcontrollers", "rc", true, ALL, SCALED),
    ("", "v1", "ResourceQuota", "resourcequotas", "quota", true, "", "status"),
    ("", "v1", "Secret", "secrets", "", true, "", ""),
    ("", "v1", "ServiceAccount", "serviceaccounts", "sa", true, "", ""),
    ("", "v1", "Service", "services", "svc", true, ALL, "status"),
    ("apiregistration.k8s.io", "v1", "APIService", "apiservices", "", false, API, "status"),
    ("apps", "v1", "ControllerRevision", "controllerrevisions", "", true, "", ""),
    ("apps", "v1", "DaemonSet", "daemonsets", "ds", true, ALL, "status"),
    ("apps", "v1", "Deployment", "deployments", "deploy", true, ALL, SCALED),
    ("apps", "v1", "ReplicaSet", "replicasets", "rs", true, ALL, SCALED),
    ("apps", "v1", "StatefulSet", "statefulsets", "sts", true, ALL, SCALED),
    ("events.k8s.io", "v1", "Event", "events", "ev", true, "", ""),
    ("authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", "", false, "", ""),
    ("authorization.k8s.io", "v1", "SubjectAccessReview", "subjectaccessreviews", "", false, "", ""),
    ("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa", true, ALL, "status"),
    ("batch", "v1", "CronJob", "cronjobs", "cj", true, ALL, "status"),
    ("batch", "v1", "Job", "jobs", "", true, ALL, "status"),
    ("networking.k8s.io", "v1", "IngressClass", "ingressclasses", "", false, "", ""),
    ("networking.k8s.io", "v1", "Ingress", "ingresses", "ing", true, "", "status"),
    ("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "netpol", true, "", ""),
    ("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "pdb", true, "", "status"),
    (RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings", "", false, "", ""),
    (RBAC, "v1", "ClusterRole", "clusterroles", "", false, "", ""),
    (RBAC, "v1", "RoleBinding", "rolebindings", "", true, "", ""),
    (RBAC, "v1", "Role", "roles", "", true, "", ""),
    ("storage.k8s.io", "v1", "StorageClass", "storageclasses", "sc", false, "", ""),
    (ADMISSION, "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", "", false, API, ""),
    (ADMISSION, "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", "", false, API, ""),
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition", CRDS, "crd crds", false, API, "status"),
    ("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", "pc", false, "", ""),
    ("coordination.k8s.io", "v1", "Lease", "leases", "", true, "", ""),
    ("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", "", true, "", ""),
];

pub(super) const CRDS: &str = "customresourcedefinitions";
pub(super) const CRD_GROUP: &str = "apiextensions.k8s.io";
