//! The table of kinds, in the order in which their objects are made.

use super::{Kind, NameRule, Order};

const DNS: NameRule = NameRule::Subdomain(253);

const fn cluster(group: &'static str, kind: &'static str, plural: &'static str, order: Order) -> Kind {
    Kind {
        group,
        versions: &["v1"],
        gone: &[],
        kind,
        plural,
        namespaced: false,
        name: DNS,
        fields: &["spec"],
        scalable: false,
        order,
    }
}

const fn inside(group: &'static str, kind: &'static str, plural: &'static str, order: Order) -> Kind {
    Kind { namespaced: true, ..cluster(group, kind, plural, order) }
}

const CORE: &str = "";
const APPS: &str = "apps";
const RBAC: &str = "rbac.authorization.k8s.io";
const STORAGE: &str = "storage.k8s.io";
const NETWORKING: &str = "networking.k8s.io";
const KEDA: &str = "keda.sh";
const ADMISSION: &str = "admissionregistration.k8s.io";

/// What every API server since 1.29 serves, and KEDA's types.
pub(in crate::providers) const KINDS: &[Kind] = &[
    Kind { name: NameRule::Label, ..cluster(CORE, "Namespace", "namespaces", Order::Namespace) },
    Kind {
        gone: &["apiextensions.k8s.io/v1beta1"],
        ..cluster("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", Order::Definition)
    },
    Kind {
        fields: &["value", "globalDefault", "description", "preemptionPolicy"],
        gone: &["scheduling.k8s.io/v1beta1", "scheduling.k8s.io/v1alpha1"],
        ..cluster("scheduling.k8s.io", "PriorityClass", "priorityclasses", Order::Priority)
    },
    Kind {
        fields: &["handler", "overhead", "scheduling"],
        gone: &["node.k8s.io/v1beta1"],
        ..cluster("node.k8s.io", "RuntimeClass", "runtimeclasses", Order::Priority)
    },
    inside(CORE, "ResourceQuota", "resourcequotas", Order::Limits),
    inside(CORE, "LimitRange", "limitranges", Order::Limits),
    Kind { gone: &["extensions/v1beta1"], ..inside(NETWORKING, "NetworkPolicy", "networkpolicies", Order::Limits) },
    Kind {
        gone: &["policy/v1beta1"],
        ..inside("policy", "PodDisruptionBudget", "poddisruptionbudgets", Order::Limits)
    },
    Kind {
        fields: &[
            "provisioner",
            "parameters",
            "reclaimPolicy",
            "mountOptions",
            "allowVolumeExpansion",
            "volumeBindingMode",
            "allowedTopologies",
        ],
        gone: &["storage.k8s.io/v1beta1"],
        ..cluster(STORAGE, "StorageClass", "storageclasses", Order::StorageClass)
    },
    Kind { gone: &["storage.k8s.io/v1beta1"], ..cluster(STORAGE, "CSIDriver", "csidrivers", Order::StorageClass) },
    Kind {
        versions: &["v1", "v1beta1"],
        fields: &["driverName", "parameters"],
        ..cluster(STORAGE, "VolumeAttributesClass", "volumeattributesclasses", Order::StorageClass)
    },
    cluster(CORE, "PersistentVolume", "persistentvolumes", Order::Volume),
    inside(CORE, "PersistentVolumeClaim", "persistentvolumeclaims", Order::Claim),
    Kind {
        fields: &["secrets", "imagePullSecrets", "automountServiceAccountToken"],
        ..inside(CORE, "ServiceAccount", "serviceaccounts", Order::ServiceAccount)
    },
    Kind { fields: &["data", "stringData", "type", "immutable"], ..inside(CORE, "Secret", "secrets", Order::Secret) },
    Kind { fields: &["data", "binaryData", "immutable"], ..inside(CORE, "ConfigMap", "configmaps", Order::ConfigMap) },
    Kind {
        name: NameRule::PathSegment,
        fields: &["rules", "aggregationRule"],
        gone: &["rbac.authorization.k8s.io/v1beta1", "rbac.authorization.k8s.io/v1alpha1"],
        ..cluster(RBAC, "ClusterRole", "clusterroles", Order::Role)
    },
    Kind {
        name: NameRule::PathSegment,
        fields: &["rules"],
        gone: &["rbac.authorization.k8s.io/v1beta1", "rbac.authorization.k8s.io/v1alpha1"],
        ..inside(RBAC, "Role", "roles", Order::Role)
    },
    Kind {
        name: NameRule::PathSegment,
        fields: &["subjects", "roleRef"],
        gone: &["rbac.authorization.k8s.io/v1beta1", "rbac.authorization.k8s.io/v1alpha1"],
        ..cluster(RBAC, "ClusterRoleBinding", "clusterrolebindings", Order::Binding)
    },
    Kind {
        name: NameRule::PathSegment,
        fields: &["subjects", "roleRef"],
        gone: &["rbac.authorization.k8s.io/v1beta1", "rbac.authorization.k8s.io/v1alpha1"],
        ..inside(RBAC, "RoleBinding", "rolebindings", Order::Binding)
    },
    Kind { name: NameRule::LetterLabel, ..inside(CORE, "Service", "services", Order::Service) },
    Kind { fields: &["subsets"], ..inside(CORE, "Endpoints", "endpoints", Order::Service) },
    Kind {
        fields: &["addressType", "endpoints", "ports"],
        gone: &["discovery.k8s.io/v1beta1"],
        ..inside("discovery.k8s.io", "EndpointSlice", "endpointslices", Order::Service)
    },
    Kind {
        gone: &["networking.k8s.io/v1beta1"],
        ..cluster(NETWORKING, "IngressClass", "ingressclasses", Order::Service)
    },
    Kind {
        versions: &["v1alpha1"],
        ..cluster(KEDA, "ClusterTriggerAuthentication", "clustertriggerauthentications", Order::TriggerAuthentication)
    },
    Kind {
        versions: &["v1alpha1"],
        ..inside(KEDA, "TriggerAuthentication", "triggerauthentications", Order::TriggerAuthentication)
    },
    Kind { gone: &["apps/v1beta2", "extensions/v1beta1"], ..inside(APPS, "DaemonSet", "daemonsets", Order::Workload) },
    inside(CORE, "Pod", "pods", Order::Workload),
    Kind { fields: &["template"], ..inside(CORE, "PodTemplate", "podtemplates", Order::Workload) },
    Kind { scalable: true, ..inside(CORE, "ReplicationController", "replicationcontrollers", Order::Workload) },
    Kind {
        gone: &["apps/v1beta2", "extensions/v1beta1"],
        scalable: true,
        ..inside(APPS, "ReplicaSet", "replicasets", Order::Workload)
    },
    Kind {
        gone: &["apps/v1beta2", "apps/v1beta1", "extensions/v1beta1"],
        scalable: true,
        ..inside(APPS, "Deployment", "deployments", Order::Workload)
    },
    Kind {
        name: NameRule::Label,
        gone: &["apps/v1beta2", "apps/v1beta1"],
        scalable: true,
        ..inside(APPS, "StatefulSet", "statefulsets", Order::Workload)
    },
    Kind {
        fields: &["data", "revision"],
        gone: &["apps/v1beta2", "apps/v1beta1"],
        ..inside(APPS, "ControllerRevision", "controllerrevisions", Order::Workload)
    },
    Kind { name: NameRule::Subdomain(63), ..inside("batch", "Job", "jobs", Order::Workload) },
    Kind {
        name: NameRule::Subdomain(52),
        gone: &["batch/v1beta1", "batch/v2alpha1"],
        ..inside("batch", "CronJob", "cronjobs", Order::Workload)
    },
    Kind {
        gone: &["coordination.k8s.io/v1beta1"],
        ..inside("coordination.k8s.io", "Lease", "leases", Order::Workload)
    },
    Kind {
        versions: &["v2", "v1"],
        gone: &["autoscaling/v2beta1", "autoscaling/v2beta2"],
        ..inside("autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers", Order::Scaler)
    },
    Kind {
        versions: &["v1alpha1"],
        name: NameRule::Subdomain(63),
        ..inside(KEDA, "ScaledObject", "scaledobjects", Order::Scaler)
    },
    Kind { versions: &["v1alpha1"], ..inside(KEDA, "ScaledJob", "scaledjobs", Order::Scaler) },
    Kind {
        gone: &["networking.k8s.io/v1beta1", "extensions/v1beta1"],
        ..inside(NETWORKING, "Ingress", "ingresses", Order::Ingress)
    },
    Kind {
        name: NameRule::PathSegment,
        gone: &["apiregistration.k8s.io/v1beta1"],
        ..cluster("apiregistration.k8s.io", "APIService", "apiservices", Order::ApiService)
    },
    Kind {
        fields: &["webhooks"],
        gone: &["admissionregistration.k8s.io/v1beta1"],
        ..cluster(ADMISSION, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", Order::Webhook)
    },
    Kind {
        fields: &["webhooks"],
        gone: &["admissionregistration.k8s.io/v1beta1"],
        ..cluster(ADMISSION, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", Order::Webhook)
    },
    Kind {
        versions: &["v1", "v1beta1"],
        ..cluster(ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies", Order::Webhook)
    },
    Kind {
        versions: &["v1", "v1beta1"],
        ..cluster(ADMISSION, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", Order::Webhook)
    },
];
