//! Reading and writing the parts of objects. Knows what all objects have, and no kind.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use serde_json::{Map, Value as Json, json};

use crate::clock::{Timestamp, rfc3339};
use crate::simulator::kubernetes::Place;

/// A kind of object, by all its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) resource: &'static str,
    pub(super) kind: &'static str,
}

const fn kind(group: &'static str, version: &'static str, resource: &'static str, kind: &'static str) -> Kind {
    Kind { group, version, resource, kind }
}

pub(super) const CLAIM: Kind = kind("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim");
pub(super) const CONFIG_MAP: Kind = kind("", "v1", "configmaps", "ConfigMap");
pub(super) const EVENT: Kind = kind("", "v1", "events", "Event");
pub(super) const NAMESPACE: Kind = kind("", "v1", "namespaces", "Namespace");
pub(super) const NODE: Kind = kind("", "v1", "nodes", "Node");
pub(super) const POD: Kind = kind("", "v1", "pods", "Pod");
pub(super) const SECRET: Kind = kind("", "v1", "secrets", "Secret");
pub(super) const SERVICE: Kind = kind("", "v1", "services", "Service");
pub(super) const SERVICE_ACCOUNT: Kind = kind("", "v1", "serviceaccounts", "ServiceAccount");
pub(super) const VOLUME: Kind = kind("", "v1", "persistentvolumes", "PersistentVolume");
pub(super) const CONTROLLER_REVISION: Kind = kind("apps", "v1", "controllerrevisions", "ControllerRevision");
pub(super) const DAEMON_SET: Kind = kind("apps", "v1", "daemonsets", "DaemonSet");
pub(super) const DEPLOYMENT: Kind = kind("apps", "v1", "deployments", "Deployment");
pub(super) const REPLICA_SET: Kind = kind("apps", "v1", "replicasets", "ReplicaSet");
pub(super) const STATEFUL_SET: Kind = kind("apps", "v1", "statefulsets", "StatefulSet");
pub(super) const AUTOSCALER: Kind = kind("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler");
pub(super) const JOB: Kind = kind("batch", "v1", "jobs", "Job");
pub(super) const API_SERVICE: Kind = kind("apiregistration.k8s.io", "v1", "apiservices", "APIService");
pub(super) const CRD: Kind =
    kind("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition");
pub(super) const SLICE: Kind = kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice");
pub(super) const STORAGE_CLASS: Kind = kind("storage.k8s.io", "v1", "storageclasses", "StorageClass");

impl Kind {
    pub(super) fn is_of(self, place: &Place) -> bool {
        place.group == self.group && place.resource == self.resource
    }

    pub(super) fn api_version(self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    pub(super) fn place(self, namespace: Option<&str>, name: &str) -> Place {
        Place {
            group: self.group.to_owned(),
            resource: self.resource.to_owned(),
            namespace: namespace.filter(|namespace| !namespace.is_empty()).map(str::to_owned),
            name: name.to_owned(),
        }
    }

    pub(super) fn place_in(self, namespace: &str, name: &str) -> Place {
        self.place(Some(namespace), name)
    }

    /// A new object of the kind, without anything in it.
    pub(super) fn object(self, namespace: Option<&str>, name: &str) -> Json {
        let mut object = json!({"apiVersion": self.api_version(), "kind": self.kind, "metadata": {"name": name}});
        if let Some(namespace) = namespace {
            set(&mut object, "/metadata/namespace", namespace);
        }
        object
    }
}

/// A text at a JSON pointer; empty when there is none.
pub(super) fn text<'a>(object: &'a Json, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

pub(super) fn number(object: &Json, pointer: &str) -> Option<i64> {
    object.pointer(pointer).and_then(Json::as_i64)
}

pub(super) fn flag(object: &Json, pointer: &str) -> bool {
    object.pointer(pointer).and_then(Json::as_bool).unwrap_or(false)
}

pub(super) fn list<'a>(object: &'a Json, pointer: &str) -> &'a [Json] {
    object.pointer(pointer).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

pub(super) fn texts(object: &Json, pointer: &str) -> BTreeMap<String, String> {
    let members = object.pointer(pointer).and_then(Json::as_object);
    let pairs = members.into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// Puts a value at a pointer through objects only, and makes those that are not there.
pub(super) fn set(object: &mut Json, pointer: &str, value: impl Into<Json>) {
    let mut here = object;
    for part in pointer.split('/').skip(1) {
        if !here.is_object() {
            *here = Json::Object(Map::new());
        }
        let Some(members) = here.as_object_mut() else { return };
        here = members.entry(part.replace("~1", "/")).or_insert(Json::Null);
    }
    *here = value.into();
}

/// Puts a number in, or takes it away when it is zero, as most counts in a status are written.
pub(super) fn count(object: &mut Json, pointer: &str, value: i64) {
    if value == 0 { unset(object, pointer) } else { set(object, pointer, value) }
}

pub(super) fn unset(object: &mut Json, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    if let Some(members) = object.pointer_mut(parent).and_then(Json::as_object_mut) {
        members.remove(&name.replace("~1", "/"));
    }
}

/// Takes a member away that has become nothing.
pub(super) fn unset_null(object: &mut Json, pointer: &str) {
    if object.pointer(pointer).is_some_and(Json::is_null) {
        unset(object, pointer);
    }
}

pub(super) fn name(object: &Json) -> &str {
    text(object, "/metadata/name")
}

pub(super) fn namespace(object: &Json) -> &str {
    text(object, "/metadata/namespace")
}

pub(super) fn uid(object: &Json) -> &str {
    text(object, "/metadata/uid")
}

pub(super) fn label<'a>(object: &'a Json, label: &str) -> &'a str {
    object.pointer("/metadata/labels").and_then(|labels| labels.get(label)).and_then(Json::as_str).unwrap_or_default()
}

pub(super) fn annotation<'a>(object: &'a Json, annotation: &str) -> Option<&'a str> {
    object.pointer("/metadata/annotations")?.get(annotation)?.as_str()
}

pub(super) fn set_label(object: &mut Json, name: &str, value: &str) {
    set(object, &format!("/metadata/labels/{}", name.replace('/', "~1")), value);
}

pub(super) fn set_annotation(object: &mut Json, name: &str, value: &str) {
    set(object, &format!("/metadata/annotations/{}", name.replace('/', "~1")), value);
}

pub(super) fn deleting(object: &Json) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some()
}

pub(super) fn generation(object: &Json) -> i64 {
    number(object, "/metadata/generation").unwrap_or(1)
}

pub(super) fn has_finalizer(object: &Json, finalizer: &str) -> bool {
    list(object, "/metadata/finalizers").iter().any(|one| one == finalizer)
}

/// Whether that changed anything.
pub(super) fn add_finalizer(object: &mut Json, finalizer: &str) -> bool {
    if has_finalizer(object, finalizer) {
        return false;
    }
    let mut all = list(object, "/metadata/finalizers").to_vec();
    all.push(json!(finalizer));
    set(object, "/metadata/finalizers", all);
    true
}

/// Whether that changed anything.
pub(super) fn drop_finalizer(object: &mut Json, finalizer: &str) -> bool {
    if !has_finalizer(object, finalizer) {
        return false;
    }
    let left: Vec<_> = list(object, "/metadata/finalizers").iter().filter(|one| *one != finalizer).cloned().collect();
    if left.is_empty() {
        unset(object, "/metadata/finalizers")
    } else {
        set(object, "/metadata/finalizers", left)
    }
    true
}

/// The reference to the object that controls this one.
pub(super) fn controller(object: &Json) -> Option<&Json> {
    list(object, "/metadata/ownerReferences").iter().find(|owner| flag(owner, "/controller"))
}

/// A reference to an object, for those that it controls.
pub(super) fn reference(owner: &Json) -> Json {
    json!({
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": name(owner),
        "uid": uid(owner),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

pub(super) fn condition<'a>(object: &'a Json, of: &str) -> Option<&'a Json> {
    list(object, "/status/conditions").iter().find(|one| one["type"] == of)
}

pub(super) fn is_true(object: &Json, of: &str) -> bool {
    condition(object, of).is_some_and(|one| one["status"] == "True")
}

/// A condition at its place, or at the end.
pub(super) fn put_condition(object: &mut Json, new: Json) {
    let mut all = list(object, "/status/conditions").to_vec();
    match all.iter_mut().find(|one| one["type"] == new["type"]) {
        Some(one) => *one = new,
        None => all.push(new),
    }
    set(object, "/status/conditions", all);
}

pub(super) fn drop_condition(object: &mut Json, of: &str) {
    let all = list(object, "/status/conditions");
    let left: Vec<_> = all.iter().filter(|one| one["type"] != of).cloned().collect();
    if left.len() == all.len() {
        return;
    }
    if left.is_empty() { unset(object, "/status/conditions") } else { set(object, "/status/conditions", left) }
}

/// Sets a condition. When it last changed stays as it was unless its status is another one.
pub(super) fn set_condition(object: &mut Json, of: &str, status: &str, reason: &str, message: &str, at: Timestamp) {
    let since =
        condition(object, of).filter(|one| one["status"] == status).map(|one| one["lastTransitionTime"].clone());
    let mut new = json!({"type": of, "status": status, "lastTransitionTime": since.unwrap_or_else(|| moment(at))});
    for (member, value) in [("reason", reason), ("message", message)] {
        if !value.is_empty() {
            new[member] = json!(value);
        }
    }
    put_condition(object, new);
}

/// A moment as objects have it.
pub(super) fn moment(at: Timestamp) -> Json {
    Json::String(rfc3339(at))
}

pub(super) fn time(value: &Json) -> Option<Timestamp> {
    humantime::parse_rfc3339_weak(value.as_str()?).ok()?.duration_since(UNIX_EPOCH).ok()
}

/// A moment at a JSON pointer.
pub(super) fn time_at(object: &Json, pointer: &str) -> Option<Timestamp> {
    time(object.pointer(pointer)?)
}

/// A number, or a percentage of one; `up` says how a part is rounded.
pub(super) fn share(value: Option<&Json>, of: i64, up: bool, otherwise: &str) -> i64 {
    let percentage = |text: &str| {
        let part = text.strip_suffix('%').and_then(|part| part.parse::<i64>().ok()).unwrap_or(0).saturating_mul(of);
        if up { part.saturating_add(99) / 100 } else { part / 100 }
    };
    match value {
        Some(Json::Number(number)) => number.as_i64().unwrap_or(0),
        Some(Json::String(text)) => percentage(text),
        _ => percentage(otherwise),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_put_where_the_pointer_says() {
        let mut object = json!({"status": "odd"});
        set(&mut object, "/status/a/b~1c", 1);
        assert_eq!(object, json!({"status": {"a": {"b/c": 1}}}));
        unset(&mut object, "/status/a/b~1c");
        assert_eq!(object, json!({"status": {"a": {}}}));
    }

    #[test]
    fn a_share_is_rounded_as_asked() {
        let cases = [(json!(3), 10, true, 3), (json!("25%"), 10, true, 3), (json!("25%"), 10, false, 2)];
        for (value, of, up, expected) in cases {
            assert_eq!(share(Some(&value), of, up, "1%"), expected, "{value}");
        }
        assert_eq!(share(None, 3, true, "25%"), 1);
    }

    #[test]
    fn a_condition_remembers_when_it_last_changed() {
        let at = Timestamp::from_secs;
        let mut object = json!({});
        set_condition(&mut object, "Ready", "False", "A", "", at(1));
        set_condition(&mut object, "Ready", "False", "B", "", at(2));
        assert_eq!(time(&condition(&object, "Ready").unwrap()["lastTransitionTime"]), Some(at(1)));
        set_condition(&mut object, "Ready", "True", "", "", at(3));
        assert_eq!(time(&condition(&object, "Ready").unwrap()["lastTransitionTime"]), Some(at(3)));
        drop_condition(&mut object, "Ready");
        assert_eq!(object, json!({"status": {}}));
    }
}
