//! Services and ingresses.

use serde_json::{Value as Json, json};

use super::{check_one_of, items, part, port_problem, text};
use crate::simulator::kubernetes::schema::Cause;
use crate::simulator::kubernetes::validation::names;

pub(super) fn check_service(object: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    let kind = text(object, "/spec/type");
    let kinds = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    check_one_of(part(object, "/spec/type"), "spec.type".into(), &kinds, &mut causes);
    check_one_of(
        part(object, "/spec/sessionAffinity"),
        "spec.sessionAffinity".into(),
        &["ClientIP", "None"],
        &mut causes,
    );
    let headless = text(object, "/spec/clusterIP") == "None";
    if kind == "ExternalName" {
        let name = text(object, "/spec/externalName");
        if name.is_empty() {
            causes.push(Cause::required("spec.externalName", ""));
        }
    } else if !headless && items(object, "/spec/ports").next().is_none() {
        causes.push(Cause::required("spec.ports", ""));
    }
    if headless && ["NodePort", "LoadBalancer"].contains(&kind) {
        causes.push(Cause::invalid(
            "spec.clusterIPs[0]",
            &json!("None"),
            &format!("may not be set to 'None' for {kind} services"),
        ));
    }
    check_ports(object, &mut causes);
    causes
}

fn check_ports(object: &Json, causes: &mut Vec<Cause>) {
    let several = items(object, "/spec/ports").count() > 1;
    let (mut taken_names, mut taken_ports) = (Vec::new(), Vec::new());
    for (at, port) in items(object, "/spec/ports") {
        let path = format!("spec.ports[{at}]");
        let name = text(port, "/name");
        if name.is_empty() && several {
            causes.push(Cause::required(format!("{path}.name"), ""));
        } else if let Some(why) = names::label(name).filter(|_| !name.is_empty()) {
            causes.push(Cause::invalid(format!("{path}.name"), &json!(name), &why));
        }
        if !name.is_empty() && taken_names.contains(&name) {
            causes.push(Cause::duplicate(format!("{path}.name"), &json!(name)));
        }
        taken_names.push(name);
        for field in ["port", "targetPort"] {
            if let Some(why) = port_problem(&port[field]) {
                causes.push(Cause::invalid(format!("{path}.{field}"), &port[field], why));
            }
        }
        let target = text(port, "/targetPort");
        if let Some(why) = names::port(target).filter(|_| !target.is_empty()) {
            causes.push(Cause::invalid(format!("{path}.targetPort"), &json!(target), &why));
        }
        check_one_of(&port["protocol"], format!("{path}.protocol"), &["SCTP", "TCP", "UDP"], causes);
        let key =
            json!({"port": port["port"], "protocol": port.get("protocol").and_then(Json::as_str).unwrap_or("TCP")});
        if taken_ports.contains(&key) {
            causes.push(Cause::duplicate(path, &key));
        }
        taken_ports.push(key);
    }
}

/// An address stays for as long as the service has one.
pub(super) fn check_service_change(object: &Json, old: &Json) -> Vec<Cause> {
    let (new, was) = (text(object, "/spec/clusterIP"), text(old, "/spec/clusterIP"));
    let without = |object: &Json| text(object, "/spec/type") == "ExternalName";
    if was.is_empty() || new == was || without(object) || without(old) {
        return Vec::new();
    }
    vec![Cause::invalid("spec.clusterIPs[0]", &json!([new]), "may not change once set")]
}

pub(super) fn check_ingress(object: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    let spec = part(object, "/spec");
    if spec.get("defaultBackend").is_none() && items(object, "/spec/rules").next().is_none() {
        causes.push(Cause::invalid("spec", spec, "either `defaultBackend` or `rules` must be specified"));
    }
    for (rule_at, rule) in items(object, "/spec/rules") {
        let host = text(rule, "/host");
        let bare = host.strip_prefix("*.").unwrap_or(host);
        if let Some(why) = names::subdomain(bare).filter(|_| !host.is_empty()) {
            causes.push(Cause::invalid(format!("spec.rules[{rule_at}].host"), &json!(host), &why));
        }
        for (at, path) in items(rule, "/http/paths") {
            let field = format!("spec.rules[{rule_at}].http.paths[{at}]");
            let kinds = ["Exact", "ImplementationSpecific", "Prefix"];
            check_one_of(&path["pathType"], format!("{field}.pathType"), &kinds, &mut causes);
            let place = text(path, "/path");
            if ["Exact", "Prefix"].contains(&text(path, "/pathType")) && !place.starts_with('/') {
                causes.push(Cause::invalid(format!("{field}.path"), &json!(place), "must be an absolute path"));
            }
        }
    }
    causes
}
