//! What a server does of itself to new and changed objects of single kinds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::definitions;
use super::kinds::{self, CRD_GROUP, Kind};
use super::object::{name, namespace, take, text, uid};
use super::status::Refusal;
use super::write::place_of;
use crate::simulator::kubernetes::{Cluster, controllers};

/// Kinds whose objects count the changes of their spec.
const COUNTED: [&str; 17] = [
    "cronjobs",
    "customresourcedefinitions",
    "daemonsets",
    "deployments",
    "endpointslices",
    "ingressclasses",
    "ingresses",
    "jobs",
    "mutatingwebhookconfigurations",
    "networkpolicies",
    "poddisruptionbudgets",
    "pods",
    "priorityclasses",
    "replicasets",
    "replicationcontrollers",
    "statefulsets",
    "validatingwebhookconfigurations",
];

pub(super) fn has_generation(kind: &Kind) -> bool {
    kind.custom.is_some() || COUNTED.contains(&kind.plural.as_str())
}

/// What an object asks for that the simulation does not do.
pub(super) fn warning(kind: &Kind, object: &Json) -> Option<&'static str> {
    let converts = kind.is(CRD_GROUP, kinds::CRDS) && object["spec"]["conversion"]["strategy"] == "Webhook";
    converts.then_some(
        "the simulator calls no conversion webhook: between versions, objects change nothing but their apiVersion",
    )
}

pub(super) fn before_create(cluster: &mut Cluster<'_>, kind: &Kind, object: &mut Json) -> Result<(), Refusal> {
    match (kind.group.as_str(), kind.plural.as_str()) {
        ("", "namespaces") => namespace_is_new(object),
        ("", "secrets") => secret(object),
        ("", "services") => service(cluster, object),
        ("", "pods") => pod(cluster, kind, object)?,
        ("", "persistentvolumeclaims" | "persistentvolumes") => object["status"] = json!({"phase": "Pending"}),
        ("batch", "jobs") => job(object),
        (CRD_GROUP, _) => definition(object),
        _ => {}
    }
    Ok(())
}

pub(super) fn before_update(cluster: &mut Cluster<'_>, kind: &Kind, live: &Json, object: &mut Json) {
    match (kind.group.as_str(), kind.plural.as_str()) {
        ("", "secrets") => secret(object),
        ("", "namespaces") => {
            object["spec"] = live["spec"].clone();
            let name = name(live).to_owned();
            label(object, &name);
        }
        (CRD_GROUP, _) => definitions::before_update(live, object),
        ("", "services") if object["spec"].is_object() => {
            for name in ["clusterIP", "clusterIPs"] {
                if object["spec"][name].is_null() && text(&object["spec"], "type") != "ExternalName" {
                    object["spec"][name] = live["spec"][name].clone();
                }
            }
            give_node_ports(cluster, object);
        }
        _ => {}
    }
}

fn label(object: &mut Json, name: &str) {
    if !object["metadata"]["labels"].is_object() {
        object["metadata"]["labels"] = json!({});
    }
    object["metadata"]["labels"]["kubernetes.io/metadata.name"] = json!(name);
}

fn namespace_is_new(object: &mut Json) {
    object["spec"] = json!({"finalizers": ["kubernetes"]});
    object["status"] = json!({"phase": "Active"});
    let name = name(object).to_owned();
    label(object, &name);
}

/// Plain texts are written down as data.
fn secret(object: &mut Json) {
    let Some(Json::Object(plain)) = take(object, "stringData") else { return };
    if !object["data"].is_object() {
        object["data"] = json!({});
    }
    for (name, value) in plain {
        let value = value.as_str().unwrap_or_default();
        object["data"][name] = json!(STANDARD.encode(value));
    }
}

fn service(cluster: &mut Cluster<'_>, object: &mut Json) {
    let spec = &mut object["spec"];
    let is_elsewhere = text(spec, "type") == "ExternalName" || spec["clusterIP"].is_string();
    if spec.is_object() && !is_elsewhere {
        spec["clusterIP"] = json!(controllers::address(cluster));
    }
    if spec["clusterIP"].is_string() && spec["clusterIPs"].is_null() {
        spec["clusterIPs"] = json!([spec["clusterIP"]]);
    }
    give_node_ports(cluster, object);
    object["status"] = json!({"loadBalancer": {}});
}

fn give_node_ports(cluster: &mut Cluster<'_>, object: &mut Json) {
    if !matches!(text(&object["spec"], "type"), "NodePort" | "LoadBalancer") {
        return;
    }
    for port in object["spec"]["ports"].as_array_mut().into_iter().flatten() {
        if port.is_object() && port["nodePort"].as_i64().unwrap_or_default() == 0 {
            port["nodePort"] = json!(controllers::node_port(cluster));
        }
    }
}

/// A pod runs as an account of its namespace.
fn pod(cluster: &Cluster<'_>, kind: &Kind, object: &mut Json) -> Result<(), Refusal> {
    let namespace = namespace(object).to_owned();
    if object["spec"].is_object() {
        let account = match text(&object["spec"], "serviceAccountName") {
            "" => "default",
            account => account,
        };
        let account = account.to_owned();
        if cluster.get(&place_of(&kinds::core("serviceaccounts"), Some(&namespace), &account)).is_none() {
            let why = format!(
                "error looking up service account {namespace}/{account}: serviceaccount \"{account}\" not found"
            );
            return Err(Refusal::forbidden(kind, name(object), &why));
        }
        object["spec"]["serviceAccountName"] = json!(account);
        object["spec"]["serviceAccount"] = json!(account);
    }
    object["status"] = json!({"phase": "Pending", "qosClass": "BestEffort"});
    Ok(())
}

/// A job finds its pods by its own id.
fn job(object: &mut Json) {
    let (name, uid) = (name(object).to_owned(), uid(object).to_owned());
    let spec = &mut object["spec"];
    let template_is_sound = spec["template"].is_object()
        && !matches!(&spec["template"]["metadata"], metadata if !metadata.is_null() && !metadata.is_object());
    if spec["manualSelector"] == true || !template_is_sound {
        return;
    }
    if spec["selector"].is_null() {
        spec["selector"] = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
    }
    let labels = &mut spec["template"]["metadata"]["labels"];
    if labels.is_null() || labels.is_object() {
        labels["batch.kubernetes.io/controller-uid"] = json!(uid);
        labels["batch.kubernetes.io/job-name"] = json!(name);
        labels["controller-uid"] = json!(uid);
        labels["job-name"] = json!(name);
    }
}

fn definition(object: &mut Json) {
    let stored = object["spec"]["versions"].as_array().into_iter().flatten().find(|one| one["storage"] == true);
    let stored = stored.map(|version| version["name"].clone());
    object["status"] = json!({
        "acceptedNames": {"kind": "", "plural": ""},
        "conditions": [],
        "storedVersions": stored.into_iter().collect::<Vec<_>>(),
    });
    let names = &mut object["spec"]["names"];
    if names.is_object() {
        let kind = text(names, "kind").to_owned();
        if names["singular"].is_null() {
            names["singular"] = json!(kind.to_lowercase());
        }
        if names["listKind"].is_null() {
            names["listKind"] = json!(format!("{kind}List"));
        }
    }
    if object["spec"].is_object() && object["spec"]["conversion"].is_null() {
        object["spec"]["conversion"] = json!({"strategy": "None"});
    }
}
