//! What is known of kinds without asking a cluster: Kubernetes' own and KEDA's.
//!
//! Knows no other custom resources: of those, only a cluster's discovery can tell.

mod table;

pub(in crate::providers) use table::KINDS;

/// How the names of a kind's objects are checked:
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::providers) enum NameRule {
    /// Lower-case labels with dots between them, at most this long in all.
    Subdomain(usize),
    /// One label of at most 63 characters.
    Label,
    /// One label that begins with a letter.
    LetterLabel,
    /// Whatever can stand in a path: `system:auth-delegator`.
    PathSegment,
}

/// One kind, as the API servers of supported versions serve it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::providers) struct Kind {
    pub group: &'static str,
    /// What is served, the preferred one first.
    pub versions: &'static [&'static str],
    /// What old clusters served and manifests still say, such as `extensions/v1beta1`.
    pub gone: &'static [&'static str],
    pub kind: &'static str,
    pub plural: &'static str,
    pub namespaced: bool,
    pub name: NameRule,
    /// What may stand beside `apiVersion`, `kind`, `metadata` and `status`.
    pub fields: &'static [&'static str],
    /// Whether objects of it can be scaled through the subresource `scale`.
    pub scalable: bool,
    order: Order,
}

/// When objects of a kind are made, if nothing else says so. What others may need at their beginning comes
/// first; what stands in the way of others comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::providers) enum Order {
    Namespace,
    Definition,
    Priority,
    Limits,
    StorageClass,
    Volume,
    Claim,
    ServiceAccount,
    Secret,
    ConfigMap,
    Role,
    Binding,
    Service,
    TriggerAuthentication,
    Workload,
    /// What is not known here.
    Custom,
    Scaler,
    Ingress,
    ApiService,
    /// A webhook whose server does not run yet refuses everything that is made after it.
    Webhook,
}

impl Kind {
    pub(in crate::providers) fn order(&self) -> Order {
        self.order
    }

    /// `apps/v1`, with the preferred version.
    pub(in crate::providers) fn api_version(&self) -> String {
        api_version(self.group, self.versions[0])
    }

    pub(in crate::providers) fn is_served(&self, version: &str) -> bool {
        self.versions.contains(&version)
    }
}

/// `apps/v1`, or `v1` in the core group.
pub(in crate::providers) fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// `apps/v1` as `("apps", "v1")`, and `v1` as `("", "v1")`.
pub(in crate::providers) fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// What is known of a kind, whatever the version.
pub(in crate::providers) fn find(group: &str, kind: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|known| known.kind == kind && known.group == group)
}

/// Whether objects of this kind are in namespaces, as far as the kind is known here.
pub(in crate::providers) fn is_namespaced(group: &str, kind: &str) -> Option<bool> {
    find(group, kind).map(|known| known.namespaced)
}

/// `apps/v1` and `apps/v1/Deployment`: everything that Kubernetes serves by itself.
pub(in crate::providers) fn known_apis() -> impl Iterator<Item = String> {
    let own = KINDS.iter().filter(|kind| kind.group != "keda.sh");
    own.flat_map(|kind| kind.versions.iter().map(move |version| (kind, api_version(kind.group, version))))
        .flat_map(|(kind, version)| [format!("{version}/{}", kind.kind), version])
}

/// Every kind of this name, such as `Ingress`; or written in another case, such as `deployment`.
pub(in crate::providers) fn named(kind: &str) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(move |known| known.kind.eq_ignore_ascii_case(kind))
}

/// The kind that went by this apiVersion on older clusters.
pub(in crate::providers) fn formerly(api_version: &str, kind: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|known| known.kind == kind && known.gone.contains(&api_version))
}

/// When objects of a kind are made; deletion goes the other way round.
pub(in crate::providers) fn order(group: &str, kind: &str) -> Order {
    find(group, kind).map_or(Order::Custom, Kind::order)
}

/// Whether kinds of this group are known here, so that a slip in one can be told.
pub(in crate::providers) fn is_known_group(group: &str) -> bool {
    KINDS.iter().any(|known| known.group == group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_is_listed_once() {
        let kinds: BTreeSet<_> = KINDS.iter().map(|known| (known.group, known.kind)).collect();
        assert_eq!(kinds.len(), KINDS.len());
        let plurals: BTreeSet<_> = KINDS.iter().map(|known| (known.group, known.plural)).collect();
        assert_eq!(plurals.len(), KINDS.len());
        for known in KINDS {
            assert!(!known.versions.is_empty(), "{}", known.kind);
            assert!(known.plural.chars().all(|c| c.is_ascii_lowercase()), "{}", known.plural);
        }
    }

    #[test]
    fn what_others_need_is_made_first() {
        let first_to_last = [
            ("", "Namespace"),
            ("apiextensions.k8s.io", "CustomResourceDefinition"),
            ("scheduling.k8s.io", "PriorityClass"),
            ("", "ResourceQuota"),
            ("storage.k8s.io", "StorageClass"),
            ("", "PersistentVolume"),
            ("", "PersistentVolumeClaim"),
            ("", "ServiceAccount"),
            ("", "Secret"),
            ("", "ConfigMap"),
            ("rbac.authorization.k8s.io", "ClusterRole"),
            ("rbac.authorization.k8s.io", "RoleBinding"),
            ("", "Service"),
            ("keda.sh", "TriggerAuthentication"),
            ("apps", "Deployment"),
            ("example.com", "Widget"),
            ("keda.sh", "ScaledObject"),
            ("networking.k8s.io", "Ingress"),
            ("apiregistration.k8s.io", "APIService"),
            ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ];
        let orders: Vec<_> = first_to_last.iter().map(|(group, kind)| order(group, kind)).collect();
        assert!(orders.is_sorted() && orders.windows(2).all(|pair| pair[0] != pair[1]), "{orders:?}");
    }

    #[test]
    fn kinds_are_found_by_what_is_written() {
        assert_eq!(split_api_version("apps/v1"), ("apps", "v1"));
        assert_eq!(split_api_version("v1"), ("", "v1"));
        assert_eq!(find("keda.sh", "ScaledJob").unwrap().api_version(), "keda.sh/v1alpha1");
        assert_eq!(find("", "Namespace").map(|known| known.namespaced), Some(false));
        assert_eq!(find("", "Deployment"), None);
        assert_eq!(named("deployment").next().unwrap().api_version(), "apps/v1");
        assert_eq!(formerly("extensions/v1beta1", "Ingress").unwrap().group, "networking.k8s.io");
        assert!(is_known_group("apps") && is_known_group("keda.sh") && !is_known_group("example.com"));
    }
}
