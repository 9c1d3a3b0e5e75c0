//! In which order Helm makes the kinds of objects, and in which it takes them away.

use std::cmp::Ordering;

/// What others need comes first; what would stand in the way of others, last.
const INSTALL: &[&str] = &[
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// No mirror image of the other list: services go before what is behind them.
const UNINSTALL: &[&str] = &[
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Ingress",
    "IngressClass",
    "Service",
    "CronJob",
    "Job",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "Pod",
    "DaemonSet",
    "RoleBindingList",
    "RoleBinding",
    "RoleList",
    "Role",
    "ClusterRoleBindingList",
    "ClusterRoleBinding",
    "ClusterRoleList",
    "ClusterRole",
    "CustomResourceDefinition",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "ConfigMap",
    "SecretList",
    "Secret",
    "ServiceAccount",
    "PodDisruptionBudget",
    "PodSecurityPolicy",
    "LimitRange",
    "ResourceQuota",
    "NetworkPolicy",
    "Namespace",
    "PriorityClass",
];

/// Which of two kinds is made first. Kinds that are not listed come last, by their names.
pub(crate) fn by_install(one: &str, other: &str) -> Ordering {
    compare(INSTALL, one, other)
}

/// Which of two kinds is taken away first, as Helm does it.
pub(crate) fn by_uninstall(one: &str, other: &str) -> Ordering {
    compare(UNINSTALL, one, other)
}

fn compare(order: &[&str], one: &str, other: &str) -> Ordering {
    let place = |kind: &str| order.iter().position(|known| *known == kind);
    match (place(one), place(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => one.cmp(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unlisted_kinds_come_last_by_name() {
        let mut kinds = ["Widget", "ScaledObject", "Deployment", "Namespace", "APIService", "Service"];
        kinds.sort_by(|one, other| by_install(one, other));
        assert_eq!(kinds, ["Namespace", "Service", "Deployment", "APIService", "ScaledObject", "Widget"]);
        kinds.sort_by(|one, other| by_uninstall(one, other));
        assert_eq!(kinds, ["APIService", "Service", "Deployment", "Namespace", "ScaledObject", "Widget"]);
    }

    #[test]
    fn both_lists_name_the_same_kinds() {
        let sorted = |kinds: &[&'static str]| {
            let mut kinds = kinds.to_vec();
            kinds.sort_unstable();
            kinds
        };
        assert_eq!(sorted(INSTALL), sorted(UNINSTALL));
        assert_eq!(INSTALL.len(), 38);
    }
}
