//! Pods, and what other kinds make pods from.

use serde_json::{Value as Json, json};

use super::{each, fill, fill_at, text};

/// A pod itself, with what the server's own admission adds to it.
pub(super) fn default(pod: &mut Json) {
    let Some(spec) = pod.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    fill(
        spec,
        json!({"enableServiceLinks": true, "serviceAccountName": "default", "preemptionPolicy": "PreemptLowerPriority", "priority": 0}),
    );
    add_tolerations(spec);
    for list in ["/containers", "/initContainers"] {
        each(spec, list, request_what_is_limited);
    }
    if spec.get("hostNetwork") == Some(&Json::Bool(true)) {
        for list in ["/containers", "/initContainers"] {
            each(spec, list, |container| {
                each(container, "/ports", |port| {
                    let number = port["containerPort"].clone();
                    fill(port, json!({"hostPort": number}));
                })
            });
        }
    }
    default_spec(spec);
    fill(pod, json!({"status": {"phase": "Pending", "qosClass": quality(pod)}}));
}

/// The spec of a pod, wherever it stands.
pub(super) fn default_spec(spec: &mut Json) {
    if !spec.is_object() {
        return;
    }
    fill(
        spec,
        json!({"restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
               "securityContext": {}, "terminationGracePeriodSeconds": 30}),
    );
    let account = text(spec, "/serviceAccountName").to_owned();
    if !account.is_empty() {
        // The old name of the field is kept in step.
        spec["serviceAccount"] = Json::String(account);
    }
    for list in ["/containers", "/initContainers", "/ephemeralContainers"] {
        each(spec, list, default_container);
    }
    each(spec, "/volumes", default_volume);
}

fn default_container(container: &mut Json) {
    fill(
        container,
        json!({"imagePullPolicy": pull_policy(text(container, "/image")), "resources": {},
               "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}),
    );
    each(container, "/ports", |port| fill(port, json!({"protocol": "TCP"})));
    each(container, "/env", |env| fill_at(env, "/valueFrom/fieldRef", json!({"apiVersion": "v1"})));
    for probe in ["/livenessProbe", "/readinessProbe", "/startupProbe"] {
        fill_at(
            container,
            probe,
            json!({"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}),
        );
        fill_at(container, &format!("{probe}/httpGet"), json!({"path": "/", "scheme": "HTTP"}));
        fill_at(container, &format!("{probe}/grpc"), json!({"service": ""}));
    }
    for hook in ["/lifecycle/postStart/httpGet", "/lifecycle/preStop/httpGet"] {
        fill_at(container, hook, json!({"path": "/", "scheme": "HTTP"}));
    }
}

/// An image without a tag, or with `latest`, is pulled every time.
fn pull_policy(image: &str) -> &'static str {
    if image.contains('@') {
        return "IfNotPresent";
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    match name.split_once(':') {
        None | Some((_, "latest")) => "Always",
        Some(_) => "IfNotPresent",
    }
}

fn default_volume(volume: &mut Json) {
    if volume.as_object().is_some_and(|members| members.keys().all(|name| name == "name")) {
        fill(volume, json!({"emptyDir": {}}));
    }
    for source in ["/configMap", "/secret", "/downwardAPI", "/projected"] {
        fill_at(volume, source, json!({"defaultMode": 420}));
    }
    fill_at(volume, "/hostPath", json!({"type": ""}));
    fill_at(volume, "/iscsi", json!({"iscsiInterface": "default"}));
    fill_at(volume, "/ephemeral/volumeClaimTemplate/spec", json!({"volumeMode": "Filesystem"}));
    each(volume, "/downwardAPI/items", |item| fill_at(item, "/fieldRef", json!({"apiVersion": "v1"})));
    each(volume, "/projected/sources", |source| {
        fill_at(source, "/serviceAccountToken", json!({"expirationSeconds": 3600}));
        each(source, "/downwardAPI/items", |item| fill_at(item, "/fieldRef", json!({"apiVersion": "v1"})));
    });
}

fn request_what_is_limited(container: &mut Json) {
    if let Some(limits @ Json::Object(_)) = container.pointer("/resources/limits").cloned() {
        fill_at(container, "/resources", json!({"requests": limits}));
    }
}

/// A pod stays for a while on a node that does not answer.
fn add_tolerations(spec: &mut Json) {
    fill(spec, json!({"tolerations": []}));
    let Some(tolerations) = spec["tolerations"].as_array_mut() else { return };
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerated = tolerations.iter().any(|one| {
            let effect = text(one, "/effect");
            (text(one, "/key") == key || text(one, "/key").is_empty()) && (effect.is_empty() || effect == "NoExecute")
        });
        if !tolerated {
            tolerations
                .push(json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}));
        }
    }
}

/// How likely a pod is to go when a node runs out.
fn quality(pod: &Json) -> &'static str {
    let lists = ["/spec/containers", "/spec/initContainers"];
    let containers: Vec<&Json> = lists.iter().filter_map(|list| pod.pointer(list)?.as_array()).flatten().collect();
    let amount =
        |container: &Json, part: &str, name: &str| container.pointer(&format!("/resources/{part}/{name}")).cloned();
    let each = |check: &dyn Fn(&Json, &str) -> bool| {
        containers.iter().all(|one| ["cpu", "memory"].iter().all(|name| check(one, name)))
    };
    if each(&|one, name| amount(one, "limits", name).is_none() && amount(one, "requests", name).is_none()) {
        return "BestEffort";
    }
    let guaranteed = each(&|one, name| {
        let limit = amount(one, "limits", name);
        limit.is_some() && amount(one, "requests", name).is_none_or(|request| Some(request) == limit)
    });
    if guaranteed { "Guaranteed" } else { "Burstable" }
}
