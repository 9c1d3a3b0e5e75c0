//! What the API server knows of built-in types and the published schemas do not say: which lists and maps
//! change hands as a whole, and by what the items of the others are told apart.
//!
//! What is not listed here is a list that changes hands as a whole, or a map that does not.

use super::{ListType, PatchStrategy};

/// A field that is treated in another way than other fields of its type.
pub(super) struct Exception {
    pub(super) of: &'static str,
    pub(super) field: &'static str,
    pub(super) atomic: bool,
    pub(super) retain_keys: bool,
    pub(super) replace: bool,
}

pub(super) const EXCEPTIONS: &[Exception] = &[
    Exception { of: "apps.v1.DeploymentSpec", field: "strategy", atomic: false, retain_keys: true, replace: false },
    Exception {
        of: "core.v1.PersistentVolumeSpec",
        field: "claimRef",
        atomic: false,
        retain_keys: false,
        replace: false,
    },
    Exception {
        of: "policy.v1.PodDisruptionBudgetSpec",
        field: "selector",
        atomic: true,
        retain_keys: false,
        replace: true,
    },
];

/// Types whose values change hands as a whole.
const ATOMIC_TYPES: &[&str] = &[
    "admissionregistration.v1.MatchResources",
    "admissionregistration.v1.NamedRuleWithOperations",
    "admissionregistration.v1.ParamKind",
    "admissionregistration.v1.ParamRef",
    "admissionregistration.v1.Variable",
    "autoscaling.v1.CrossVersionObjectReference",
    "core.v1.ConfigMapKeySelector",
    "core.v1.EndpointAddress",
    "core.v1.EndpointPort",
    "core.v1.FileKeySelector",
    "core.v1.LocalObjectReference",
    "core.v1.NodeSelector",
    "core.v1.NodeSelectorTerm",
    "core.v1.ObjectFieldSelector",
    "core.v1.ObjectReference",
    "core.v1.ResourceFieldSelector",
    "core.v1.ScopeSelector",
    "core.v1.SecretKeySelector",
    "core.v1.SecretReference",
    "core.v1.TopologySelectorTerm",
    "core.v1.TypedLocalObjectReference",
    "discovery.v1.EndpointPort",
    "meta.v1.LabelSelector",
    "meta.v1.OwnerReference",
    "networking.v1.ServiceBackendPort",
    "rbac.v1.RoleRef",
    "rbac.v1.Subject",
];

/// Maps of texts that change hands as a whole.
const ATOMIC_MAPS: &[(&str, &str)] = &[
    ("core.v1.PodSpec", "nodeSelector"),
    ("core.v1.ReplicationControllerSpec", "selector"),
    ("core.v1.ServiceSpec", "selector"),
];

/// What a missing part of an item's key counts as.
const KEY_DEFAULTS: &[(&str, &str, &str)] =
    &[("core.v1.ContainerPort", "protocol", "TCP"), ("core.v1.ServicePort", "protocol", "TCP")];

/// Type, field, the item's keys (none: a set), and what a strategic merge patch does.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// `=`: the same key as the list's own; `-`: the list is replaced.
const LISTS: &[Row] = &[
    ("admissionregistration.v1.MutatingWebhook", "matchConditions", "name", "="),
    ("admissionregistration.v1.MutatingWebhookConfiguration", "webhooks", "name", "="),
    ("admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec", "validationActions", "", "-"),
    ("admissionregistration.v1.ValidatingAdmissionPolicySpec", "matchConditions", "name", "="),
    ("admissionregistration.v1.ValidatingAdmissionPolicySpec", "variables", "name", "="),
    ("admissionregistration.v1.ValidatingAdmissionPolicyStatus", "conditions", "type", "-"),
    ("admissionregistration.v1.ValidatingWebhook", "matchConditions", "name", "="),
    ("admissionregistration.v1.ValidatingWebhookConfiguration", "webhooks", "name", "="),
    ("apiextensions.v1.CustomResourceDefinitionStatus", "conditions", "type", "-"),
    ("apiextensions.v1.JSONSchemaProps", "x-kubernetes-validations", "rule", "="),
    ("apiregistration.v1.APIServiceStatus", "conditions", "type", "="),
    ("apps.v1.DaemonSetStatus", "conditions", "type", "="),
    ("apps.v1.DeploymentStatus", "conditions", "type", "="),
    ("apps.v1.ReplicaSetStatus", "conditions", "type", "="),
    ("apps.v1.StatefulSetStatus", "conditions", "type", "="),
    ("autoscaling.v2.HorizontalPodAutoscalerStatus", "conditions", "type", "="),
    ("batch.v1.PodFailurePolicyOnExitCodesRequirement", "values", "", "-"),
    ("batch.v1.UncountedTerminatedPods", "failed", "", "-"),
    ("batch.v1.UncountedTerminatedPods", "succeeded", "", "-"),
    ("core.v1.Container", "env", "name", "="),
    ("core.v1.Container", "ports", "containerPort,protocol", "containerPort"),
    ("core.v1.Container", "volumeDevices", "devicePath", "="),
    ("core.v1.Container", "volumeMounts", "mountPath", "="),
    ("core.v1.ContainerRestartRuleOnExitCodes", "values", "", "-"),
    ("core.v1.ContainerStatus", "allocatedResourcesStatus", "name", "="),
    ("core.v1.ContainerStatus", "volumeMounts", "mountPath", "="),
    ("core.v1.EphemeralContainer", "env", "name", "="),
    ("core.v1.EphemeralContainer", "ports", "containerPort,protocol", "containerPort"),
    ("core.v1.EphemeralContainer", "volumeDevices", "devicePath", "="),
    ("core.v1.EphemeralContainer", "volumeMounts", "mountPath", "="),
    ("core.v1.NamespaceStatus", "conditions", "type", "="),
    ("core.v1.NodeSpec", "podCIDRs", "", ""),
    ("core.v1.NodeStatus", "addresses", "type", "="),
    ("core.v1.NodeStatus", "conditions", "type", "="),
    ("core.v1.PersistentVolumeClaimStatus", "conditions", "type", "="),
    ("core.v1.PodSpec", "containers", "name", "="),
    ("core.v1.PodSpec", "ephemeralContainers", "name", "="),
    ("core.v1.PodSpec", "hostAliases", "ip", "="),
    ("core.v1.PodSpec", "imagePullSecrets", "name", "="),
    ("core.v1.PodSpec", "initContainers", "name", "="),
    ("core.v1.PodSpec", "resourceClaims", "name", "=,retainKeys"),
    ("core.v1.PodSpec", "schedulingGates", "name", "="),
    ("core.v1.PodSpec", "topologySpreadConstraints", "topologyKey,whenUnsatisfiable", "topologyKey"),
    ("core.v1.PodSpec", "volumes", "name", "=,retainKeys"),
    ("core.v1.PodStatus", "conditions", "type", "="),
    ("core.v1.PodStatus", "podIPs", "ip", "="),
    ("core.v1.PodStatus", "resourceClaimStatuses", "name", "=,retainKeys"),
    ("core.v1.ReplicationControllerStatus", "conditions", "type", "="),
    ("core.v1.ResourceRequirements", "claims", "name", "-"),
    ("core.v1.ResourceStatus", "resources", "resourceID", "-"),
    ("core.v1.ServiceAccount", "secrets", "name", "="),
    ("core.v1.ServiceSpec", "ports", "port,protocol", "port"),
    ("core.v1.ServiceStatus", "conditions", "type", "="),
    ("discovery.v1.Endpoint", "addresses", "", "-"),
    ("meta.v1.ObjectMeta", "finalizers", "", ""),
    ("meta.v1.ObjectMeta", "ownerReferences", "uid", "="),
    ("networking.v1.ServiceCIDRStatus", "conditions", "type", "="),
    ("policy.v1.PodDisruptionBudgetStatus", "conditions", "type", "="),
    ("storage.v1.CSIDriverSpec", "volumeLifecycleModes", "", "-"),
    ("storage.v1.CSINodeSpec", "drivers", "name", "="),
];

/// Lists that change hands as a whole for server-side apply, and are merged by a strategic merge patch.
const MERGED_BY_PATCH_ONLY: &[(&str, &str, &str)] =
    &[("batch.v1.JobStatus", "conditions", "type"), ("core.v1.PodStatus", "hostIPs", "ip")];

/// `core.v1.Container`, of `io.k8s.api.core.v1.Container`.
fn short(definition: &str) -> &str {
    definition.rmatch_indices('.').nth(2).map_or(definition, |(at, _)| &definition[at + 1..])
}

pub(super) fn is_atomic_type(definition: &str) -> bool {
    ATOMIC_TYPES.contains(&short(definition))
}

pub(super) fn is_atomic_map(definition: &str, field: &str) -> bool {
    ATOMIC_MAPS.contains(&(short(definition), field))
}

/// Whether this is the definition of a type in these tables.
pub(super) fn is(definition: &str, of: &str) -> bool {
    short(definition) == of
}

pub(super) fn key_default(definition: &str, field: &str) -> Option<&'static str> {
    let definition = short(definition);
    KEY_DEFAULTS.iter().find(|(of, name, _)| *of == definition && *name == field).map(|(_, _, value)| *value)
}

/// How the items of a list are told apart, and what a strategic merge patch does with it.
pub(super) fn list(definition: &str, field: &str) -> Option<(ListType, PatchStrategy)> {
    let definition = short(definition);
    if let Some((_, _, keys, patch)) = LISTS.iter().find(|row| row.0 == definition && row.1 == field) {
        return Some((list_type(keys), strategy(keys, patch)));
    }
    if let Some((_, _, key)) = MERGED_BY_PATCH_ONLY.iter().find(|row| row.0 == definition && row.1 == field) {
        return Some((ListType::Atomic, strategy(key, "=")));
    }
    None
}

fn list_type(keys: &str) -> ListType {
    if keys.is_empty() { ListType::Set } else { ListType::Map(keys.split(',').map(str::to_owned).collect()) }
}

fn strategy(keys: &str, patch: &str) -> PatchStrategy {
    if patch == "-" {
        return PatchStrategy::default();
    }
    let (key, rest) = patch.split_once(',').unwrap_or((patch, ""));
    let key = if key == "=" { keys } else { key };
    let key = (!key.is_empty()).then(|| key.to_owned());
    PatchStrategy { merge: true, retain_keys: rest == "retainKeys", replace: false, key }
}

/// Every type and field named here; the field is empty where the fact is about the type.
#[cfg(test)]
pub(super) fn all_fields() -> Vec<(&'static str, &'static str)> {
    let types = ATOMIC_TYPES.iter().map(|of| (*of, ""));
    let maps = ATOMIC_MAPS.iter().copied();
    let lists = LISTS.iter().map(|row| (row.0, row.1));
    let patched = MERGED_BY_PATCH_ONLY.iter().map(|row| (row.0, row.1));
    let defaults = KEY_DEFAULTS.iter().map(|row| (row.0, row.1));
    let exceptions = EXCEPTIONS.iter().map(|one| (one.of, one.field));
    types.chain(maps).chain(lists).chain(patched).chain(defaults).chain(exceptions).collect()
}
