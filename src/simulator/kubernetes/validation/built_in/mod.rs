//! What a schema cannot say of an object: names, what must agree with what, and what may not change.
//!
//! Known of each kind is what people and charts run into; quotas, security contexts, affinity and the many
//! volume sources are taken as they are.

mod configuration;
mod definition;
mod metadata;
mod network;
mod pod;
mod workload;

use serde_json::Value as Json;

use crate::simulator::kubernetes::schema::Cause;

/// All that is wrong with an object, or with the change from an old one. Of a kind that is not built in, only
/// the metadata is looked at.
pub(in crate::simulator) fn check_built_in(kind: &str, object: &Json, old: Option<&Json>) -> Vec<Cause> {
    let group = text(object, "/apiVersion").split_once('/').map_or("", |(group, _)| group).to_owned();
    let mut causes = metadata::check(&group, kind, object, old);
    causes.extend(check_kind(&group, kind, object));
    if let Some(old) = old {
        causes.extend(check_change(&group, kind, object, old));
    }
    causes
}

fn check_kind(group: &str, kind: &str, object: &Json) -> Vec<Cause> {
    match (group, kind) {
        ("", "Pod") => pod::check(part(object, "/spec"), "spec"),
        ("", "Service") => network::check_service(object),
        ("", "ConfigMap") => configuration::check_config_map(object),
        ("", "Secret") => configuration::check_secret(object),
        ("", "PersistentVolumeClaim") => configuration::check_claim(object),
        ("", "ReplicationController") | ("apps" | "batch" | "autoscaling" | "policy", _) => {
            workload::check(kind, object)
        }
        ("networking.k8s.io", "Ingress") => network::check_ingress(object),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => configuration::check_role(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition::check(object),
        ("apiregistration.k8s.io", "APIService") => definition::check_api_service(object),
        _ => Vec::new(),
    }
}

fn check_change(group: &str, kind: &str, object: &Json, old: &Json) -> Vec<Cause> {
    match (group, kind) {
        ("", "Pod") => pod::check_change(object, old),
        ("", "Service") => network::check_service_change(object, old),
        ("", "ConfigMap") => configuration::check_config_map_change(object, old),
        ("", "Secret") => configuration::check_secret_change(object, old),
        ("", "PersistentVolumeClaim") => configuration::check_claim_change(object, old),
        ("apps" | "batch", _) => workload::check_change(kind, object, old),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            configuration::check_binding_change(object, old)
        }
        ("storage.k8s.io", "StorageClass") => configuration::check_storage_class_change(object, old),
        ("scheduling.k8s.io", "PriorityClass") => configuration::check_priority_class_change(object, old),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition::check_change(object, old),
        _ => Vec::new(),
    }
}

/// `null` where there is nothing.
fn part<'j>(object: &'j Json, pointer: &str) -> &'j Json {
    object.pointer(pointer).unwrap_or(&Json::Null)
}

fn text<'j>(object: &'j Json, pointer: &str) -> &'j str {
    part(object, pointer).as_str().unwrap_or_default()
}

fn items<'j>(object: &'j Json, pointer: &str) -> impl Iterator<Item = (usize, &'j Json)> {
    part(object, pointer).as_array().into_iter().flatten().enumerate()
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Object(members) => members.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// What may not change at all, by its pointer.
fn check_immutable(object: &Json, old: &Json, pointers: &[&str]) -> Vec<Cause> {
    let changed = pointers.iter().filter(|pointer| {
        let (new, old) = (part(object, pointer), part(old, pointer));
        new != old && !(is_empty(new) && is_empty(old))
    });
    changed
        .map(|pointer| {
            let field = pointer.trim_start_matches('/').replace('/', ".");
            Cause::invalid(field, part(object, pointer), "field is immutable")
        })
        .collect()
}

/// A count that may not be negative.
fn check_not_negative(object: &Json, pointer: &str, causes: &mut Vec<Cause>) {
    let value = part(object, pointer);
    if value.as_i64().is_some_and(|number| number < 0) {
        let field = pointer.trim_start_matches('/').replace('/', ".");
        causes.push(Cause::invalid(field, value, "must be greater than or equal to 0"));
    }
}

/// A text that is one of a few, when it is there.
fn check_one_of(value: &Json, field: String, supported: &[&str], causes: &mut Vec<Cause>) {
    if value.as_str().is_some_and(|text| !supported.contains(&text)) {
        causes.push(Cause::unsupported(field, value, supported));
    }
}

/// Why a number is no port.
fn port_problem(value: &Json) -> Option<&'static str> {
    let number = value.as_i64()?;
    (!(1..=65_535).contains(&number)).then_some("must be between 1 and 65535, inclusive")
}

#[cfg(test)]
mod tests;
