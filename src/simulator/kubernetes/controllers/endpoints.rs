//! EndpointSlices: the pods behind each Service, one slice for all of them.

use serde_json::{Value as Json, json};

use super::Seen;
use super::object::{POD, SERVICE, SLICE, deleting, list, name, namespace, reference, set, set_label, text, uid};
use super::queue::Work;
use super::turn::Turn;
use super::{pod, selector};

const OF: &str = "kubernetes.io/service-name";

/// Pods of a namespace became ready, or no longer are.
pub(super) fn pods_changed(turn: &mut Turn<'_, '_>, space: &str) {
    turn.soon(Work::EndpointSlices, space, "");
}

/// Who cares for Services besides their own controller: API services they are behind.
pub(super) fn notice(turn: &mut Turn<'_, '_>, seen: Seen<'_>) {
    if seen.before.is_none() || seen.after.is_none() {
        turn.wake(SERVICE.resource, seen.namespace(), &seen.place.name);
    }
}

pub(super) fn service_changed(turn: &mut Turn<'_, '_>, space: &str, service: &str) {
    if let Some(service) = turn.get(SERVICE, space, service) {
        let pods = turn.list(POD, space);
        refresh(turn, &service, &pods);
    }
}

pub(super) fn look(turn: &mut Turn<'_, '_>, space: &str, _: &str) {
    let services = turn.list(SERVICE, space);
    if services.is_empty() {
        return;
    }
    let pods = turn.list(POD, space);
    for service in &services {
        refresh(turn, service, &pods);
    }
}

/// Whether a Service has anyone behind it that answers.
pub(super) fn has_ready(turn: &Turn<'_, '_>, space: &str, service: &str) -> bool {
    let Some(slice) = turn.get(SLICE, space, &slice_name(turn, space, service)) else { return false };
    list(&slice, "/endpoints").iter().any(|one| one["conditions"]["ready"] == true)
}

fn slice_name(turn: &Turn<'_, '_>, space: &str, service: &str) -> String {
    let id = turn.get(SERVICE, space, service).map(|service| uid(&service).to_owned()).unwrap_or_default();
    let mark = super::revision::hash(&json!(id), 0);
    format!("{service}-{}", mark.get(..5).unwrap_or(&mark))
}

fn refresh(turn: &mut Turn<'_, '_>, service: &Json, pods: &[Json]) {
    let wanted = service.pointer("/spec/selector").filter(|selector| selector.is_object()).cloned();
    let Some(wanted) = wanted.filter(|_| text(service, "/spec/type") != "ExternalName" && !deleting(service)) else {
        return;
    };
    let behind = pods.iter().filter(|one| selector::has_all(&wanted, one) && !pod::is_over(one));
    let endpoints = behind.filter(|one| !text(one, "/status/podIP").is_empty()).map(|one| {
        let ready = pod::is_ready(one) && !deleting(one);
        json!({
            "addresses": [text(one, "/status/podIP")],
            "conditions": {"ready": ready, "serving": pod::is_ready(one), "terminating": deleting(one)},
            "nodeName": text(one, "/spec/nodeName"),
            "targetRef": {"kind": "Pod", "name": name(one), "namespace": namespace(one), "uid": uid(one)},
        })
    });
    let endpoints: Vec<_> = endpoints.collect();
    let ports = list(service, "/spec/ports").iter().map(|port| {
        let target = port.get("targetPort").filter(|target| target.is_number()).unwrap_or(&port["port"]);
        json!({"name": text(port, "/name"), "port": target, "protocol": port.get("protocol").unwrap_or(&json!("TCP"))})
    });
    let ports: Vec<_> = ports.collect();
    let slice_name = slice_name(turn, namespace(service), name(service));
    let place = SLICE.place_in(namespace(service), &slice_name);
    if let Some(mut slice) = turn.cluster.get(&place) {
        set(&mut slice, "/endpoints", endpoints);
        set(&mut slice, "/ports", ports);
        turn.save(&place, slice);
        return;
    }
    let mut slice = SLICE.object(Some(namespace(service)), &slice_name);
    set_label(&mut slice, OF, name(service));
    set_label(&mut slice, "endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io");
    set(&mut slice, "/metadata/generateName", format!("{}-", name(service)));
    set(&mut slice, "/metadata/ownerReferences", json!([reference(service)]));
    set(&mut slice, "/addressType", "IPv4");
    set(&mut slice, "/endpoints", endpoints);
    set(&mut slice, "/ports", ports);
    turn.create(&place, slice);
}
