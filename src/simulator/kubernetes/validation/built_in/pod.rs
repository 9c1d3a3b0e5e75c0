//! Pods, wherever they are described.

use serde_json::{Value as Json, json};

use super::{check_one_of, items, part, port_problem, text};
use crate::simulator::kubernetes::schema::Cause;
use crate::simulator::kubernetes::validation::{Quantity, names};

const MAY_CHANGE: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// All that is wrong with the spec of a pod that stands at `path`.
pub(super) fn check(spec: &Json, path: &str) -> Vec<Cause> {
    check_with_claims(spec, path, &[])
}

/// The same for pods that get volumes of these names besides their own.
pub(super) fn check_with_claims(spec: &Json, path: &str, claims: &[&str]) -> Vec<Cause> {
    let mut causes = Vec::new();
    check_one_of(
        part(spec, "/restartPolicy"),
        format!("{path}.restartPolicy"),
        &["Always", "OnFailure", "Never"],
        &mut causes,
    );
    let policies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    check_one_of(part(spec, "/dnsPolicy"), format!("{path}.dnsPolicy"), &policies, &mut causes);
    let grace = part(spec, "/terminationGracePeriodSeconds");
    if grace.as_i64().is_some_and(|seconds| seconds < 0) {
        causes.push(Cause::invalid(
            format!("{path}.terminationGracePeriodSeconds"),
            grace,
            "must be greater than or equal to 0",
        ));
    }
    let account = text(spec, "/serviceAccountName");
    if let Some(why) = names::subdomain(account).filter(|_| !account.is_empty()) {
        causes.push(Cause::invalid(format!("{path}.serviceAccountName"), &json!(account), &why));
    }
    let mut volumes = check_volumes(spec, path, &mut causes);
    volumes.extend(claims);
    let mut taken = Vec::new();
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for (at, container) in items(spec, &format!("/{list}")) {
            let path = format!("{path}.{list}[{at}]");
            let name = text(container, "/name");
            if !name.is_empty() && taken.contains(&name) {
                causes.push(Cause::duplicate(format!("{path}.name"), &json!(name)));
            }
            taken.push(name);
            check_container(container, &path, &volumes, &mut causes);
        }
    }
    causes
}

/// What of a running pod may not change.
pub(super) fn check_change(object: &Json, old: &Json) -> Vec<Cause> {
    let fixed = |pod: &Json| {
        let mut spec = part(pod, "/spec").clone();
        if let Some(members) = spec.as_object_mut() {
            for name in [
                "activeDeadlineSeconds",
                "tolerations",
                "terminationGracePeriodSeconds",
                "schedulingGates",
                "ephemeralContainers",
            ] {
                members.remove(name);
            }
        }
        for list in ["containers", "initContainers"] {
            for container in spec.get_mut(list).and_then(Json::as_array_mut).into_iter().flatten() {
                container.as_object_mut().and_then(|members| members.remove("image"));
            }
        }
        spec
    };
    if fixed(object) == fixed(old) { Vec::new() } else { vec![Cause::forbidden("spec", MAY_CHANGE)] }
}

/// Gives the names of the volumes.
fn check_volumes<'j>(spec: &'j Json, path: &str, causes: &mut Vec<Cause>) -> Vec<&'j str> {
    let mut known = Vec::new();
    for (at, volume) in items(spec, "/volumes") {
        let path = format!("{path}.volumes[{at}]");
        let name = text(volume, "/name");
        if let Some(why) = names::label(name).filter(|_| !name.is_empty()) {
            causes.push(Cause::invalid(format!("{path}.name"), &json!(name), &why));
        }
        if known.contains(&name) {
            causes.push(Cause::duplicate(format!("{path}.name"), &json!(name)));
        }
        known.push(name);
        let sources = volume.as_object().into_iter().flatten().filter(|(name, _)| *name != "name");
        for (source, _) in sources.skip(1) {
            causes.push(Cause::forbidden(format!("{path}.{source}"), "may not specify more than 1 volume type"));
        }
    }
    known
}

fn check_container(container: &Json, path: &str, volumes: &[&str], causes: &mut Vec<Cause>) {
    let (name, image) = (text(container, "/name"), text(container, "/image"));
    if let Some(why) = names::label(name).filter(|_| !name.is_empty()) {
        causes.push(Cause::invalid(format!("{path}.name"), &json!(name), &why));
    }
    if image.is_empty() {
        causes.push(Cause::required(format!("{path}.image"), ""));
    } else if image.trim() != image {
        causes.push(Cause::invalid(
            format!("{path}.image"),
            &json!(image),
            "must not have leading or trailing whitespace",
        ));
    }
    let policies = ["Always", "IfNotPresent", "Never"];
    check_one_of(part(container, "/imagePullPolicy"), format!("{path}.imagePullPolicy"), &policies, causes);
    check_ports(container, path, causes);
    check_environment(container, path, causes);
    check_mounts(container, path, volumes, causes);
    check_resources(part(container, "/resources"), &format!("{path}.resources"), causes);
    check_probes(container, path, causes);
}

fn check_ports(container: &Json, path: &str, causes: &mut Vec<Cause>) {
    let mut taken = Vec::new();
    for (at, port) in items(container, "/ports") {
        let path = format!("{path}.ports[{at}]");
        for field in ["containerPort", "hostPort"] {
            if let Some(why) = port_problem(&port[field]) {
                causes.push(Cause::invalid(format!("{path}.{field}"), &port[field], why));
            }
        }
        check_one_of(&port["protocol"], format!("{path}.protocol"), &["SCTP", "TCP", "UDP"], causes);
        let name = text(port, "/name");
        if let Some(why) = names::port(name).filter(|_| !name.is_empty()) {
            causes.push(Cause::invalid(format!("{path}.name"), &json!(name), &why));
        }
        if !name.is_empty() && taken.contains(&name) {
            causes.push(Cause::duplicate(format!("{path}.name"), &json!(name)));
        }
        taken.push(name);
    }
}

fn check_environment(container: &Json, path: &str, causes: &mut Vec<Cause>) {
    for (at, variable) in items(container, "/env") {
        let path = format!("{path}.env[{at}]");
        let name = text(variable, "/name");
        if let Some(why) = names::variable(name).filter(|_| !name.is_empty()) {
            causes.push(Cause::invalid(format!("{path}.name"), &json!(name), &why));
        }
        if !text(variable, "/value").is_empty() && variable.get("valueFrom").is_some_and(Json::is_object) {
            causes.push(Cause::invalid(
                format!("{path}.valueFrom"),
                &json!(""),
                "may not be specified when `value` is not empty",
            ));
        }
    }
}

fn check_mounts(container: &Json, path: &str, volumes: &[&str], causes: &mut Vec<Cause>) {
    let mut taken = Vec::new();
    for (at, mount) in items(container, "/volumeMounts") {
        let path = format!("{path}.volumeMounts[{at}]");
        let (name, place) = (text(mount, "/name"), text(mount, "/mountPath"));
        if !name.is_empty() && !volumes.contains(&name) {
            causes.push(Cause::missing(format!("{path}.name"), &json!(name)));
        }
        if taken.contains(&place) {
            causes.push(Cause::invalid(format!("{path}.mountPath"), &json!(place), "must be unique"));
        }
        taken.push(place);
    }
}

fn check_resources(resources: &Json, path: &str, causes: &mut Vec<Cause>) {
    let of = |list: &str, name: &str| resources.get(list)?.get(name).and_then(Quantity::of);
    for list in ["limits", "requests"] {
        for (name, value) in resources.get(list).and_then(Json::as_object).into_iter().flatten() {
            if Quantity::of(value).is_some_and(Quantity::is_negative) {
                causes.push(Cause::invalid(
                    format!("{path}.{list}[{name}]"),
                    value,
                    "must be greater than or equal to 0",
                ));
            }
        }
    }
    for (name, value) in resources.get("requests").and_then(Json::as_object).into_iter().flatten() {
        let (Some(wanted), Some(limit)) = (of("requests", name), of("limits", name)) else { continue };
        if wanted.exceeds(limit) {
            let why = format!("must be less than or equal to {name} limit of {}", limit.canonical());
            causes.push(Cause::invalid(format!("{path}.requests"), value, &why));
        }
    }
}

fn check_probes(container: &Json, path: &str, causes: &mut Vec<Cause>) {
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(said) = container.get(probe).filter(|said| said.is_object()) else { continue };
        let path = format!("{path}.{probe}");
        let handlers = ["exec", "httpGet", "tcpSocket", "grpc"].iter().filter(|name| said.get(**name).is_some());
        match handlers.count() {
            0 => causes.push(Cause::required(path.clone(), "must specify a handler type")),
            1 => {}
            _ => causes.push(Cause::forbidden(path.clone(), "may not specify more than 1 handler type")),
        }
        for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
        {
            if said[field].as_i64().is_some_and(|number| number < 0) {
                causes.push(Cause::invalid(
                    format!("{path}.{field}"),
                    &said[field],
                    "must be greater than or equal to 0",
                ));
            }
        }
        if probe != "readinessProbe" && said["successThreshold"].as_i64().is_some_and(|number| number > 1) {
            causes.push(Cause::invalid(format!("{path}.successThreshold"), &said["successThreshold"], "must be 1"));
        }
        for handler in ["httpGet", "tcpSocket", "grpc"] {
            let port = &said[handler]["port"];
            if let Some(why) = port_problem(port) {
                causes.push(Cause::invalid(format!("{path}.{handler}.port"), port, why));
            }
        }
    }
}
