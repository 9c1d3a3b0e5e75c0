//! Services, their endpoints, and who may talk to whom.

use serde_json::{Value as Json, json};

use super::{each, fill, fill_at, text};

pub(super) fn default(object: &mut Json, kind: &str) {
    match kind {
        "Service" => service(object),
        "Endpoints" => {
            each(object, "/subsets", |subset| each(subset, "/ports", |port| fill(port, json!({"protocol": "TCP"}))))
        }
        "EndpointSlice" => each(object, "/ports", |port| fill(port, json!({"name": "", "protocol": "TCP"}))),
        "NetworkPolicy" => network_policy(object),
        _ => {}
    }
}

fn service(object: &mut Json) {
    fill_at(object, "/spec", json!({"sessionAffinity": "None", "type": "ClusterIP"}));
    if text(object, "/spec/sessionAffinity") == "ClientIP" {
        fill_at(object, "/spec", json!({"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10_800}}}));
    }
    let kind = text(object, "/spec/type").to_owned();
    if ["ClusterIP", "NodePort", "LoadBalancer"].contains(&kind.as_str()) {
        fill_at(object, "/spec", json!({"internalTrafficPolicy": "Cluster"}));
    }
    if ["NodePort", "LoadBalancer"].contains(&kind.as_str()) {
        fill_at(object, "/spec", json!({"externalTrafficPolicy": "Cluster"}));
    }
    if kind == "LoadBalancer" {
        fill_at(object, "/spec", json!({"allocateLoadBalancerNodePorts": true}));
    }
    each(object, "/spec/ports", |port| {
        let number = port["port"].clone();
        fill(port, json!({"protocol": "TCP", "targetPort": number}));
    });
    fill(object, json!({"status": {"loadBalancer": {}}}));
}

fn network_policy(object: &mut Json) {
    fill_at(object, "/spec", json!({"podSelector": {}}));
    let egress = object.pointer("/spec/egress").and_then(Json::as_array).is_some_and(|rules| !rules.is_empty());
    let types = if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
    fill_at(object, "/spec", json!({"policyTypes": types}));
    for rules in ["/spec/ingress", "/spec/egress"] {
        each(object, rules, |rule| each(rule, "/ports", |port| fill(port, json!({"protocol": "TCP"}))));
    }
}
