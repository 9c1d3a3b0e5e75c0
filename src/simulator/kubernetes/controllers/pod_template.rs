//! Pods as their templates have them: made, and what they need to be there.

use serde_json::{Value as Json, json};

use super::object::{CONFIG_MAP, Kind, POD, SECRET, SERVICE_ACCOUNT, flag, list, namespace, set, text, unset};
use super::queue::Task;
use super::turn::Turn;

/// Something a pod needs, and the key of it, if it needs one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) key: Option<String>,
}

/// A pod of a template, for what controls it.
pub(super) fn pod(owner: &Json, template: &Json, name: &str) -> Json {
    let mut pod = Turn::owned(POD, owner, name);
    for part in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template.pointer(&format!("/metadata/{part}")).filter(|value| !value.is_null()) {
            pod["metadata"][part] = value.clone();
        }
    }
    if let Some(prefix) = name.rfind('-').and_then(|end| name.get(..=end)) {
        set(&mut pod, "/metadata/generateName", prefix);
    }
    set(&mut pod, "/spec", template["spec"].clone());
    if text(&pod, "/spec/serviceAccountName").is_empty() {
        set(&mut pod, "/spec/serviceAccountName", "default");
    }
    let account = text(&pod, "/spec/serviceAccountName").to_owned();
    set(&mut pod, "/spec/serviceAccount", account);
    let quality = quality(&pod);
    set(&mut pod, "/status", json!({"phase": "Pending", "qosClass": quality}));
    pod
}

/// Why the server refuses a pod whose ServiceAccount is not there. The task is done again when it comes.
pub(super) fn refusal(turn: &mut Turn<'_, '_>, pod: &Json, task: &Task) -> Option<String> {
    let (space, account) = (namespace(pod).to_owned(), text(pod, "/spec/serviceAccountName").to_owned());
    if account == "default" || turn.get(SERVICE_ACCOUNT, &space, &account).is_some() {
        return None;
    }
    turn.wait_for(SERVICE_ACCOUNT, &space, &account, task);
    Some(format!(
        "pods \"{}\" is forbidden: error looking up service account {space}/{account}: serviceaccount \"{account}\" not found",
        text(pod, "/metadata/generateName")
    ))
}

/// What has to be there before the containers are made.
pub(super) fn needed_by_volumes(pod: &Json) -> Vec<(String, Need)> {
    let mut needs = Vec::new();
    for volume in list(pod, "/spec/volumes") {
        let mut add = |kind, source: &Json, member: &str| {
            let name = text(source, member);
            if !name.is_empty() && !flag(source, "/optional") {
                let need = Need { kind, name: name.to_owned(), key: None };
                needs.push((text(volume, "/name").to_owned(), need));
            }
        };
        add(CONFIG_MAP, &volume["configMap"], "/name");
        add(SECRET, &volume["secret"], "/secretName");
        for source in list(volume, "/projected/sources") {
            add(CONFIG_MAP, &source["configMap"], "/name");
            add(SECRET, &source["secret"], "/name");
        }
    }
    needs
}

/// What has to be there before a container is started.
pub(super) fn needed_by_environment(container: &Json) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut add = |kind, source: &Json| {
        if source.is_object() && !flag(source, "/optional") {
            let key = Some(text(source, "/key")).filter(|key| !key.is_empty()).map(str::to_owned);
            needs.push(Need { kind, name: text(source, "/name").to_owned(), key });
        }
    };
    for source in list(container, "/envFrom") {
        add(CONFIG_MAP, &source["configMapRef"]);
        add(SECRET, &source["secretRef"]);
    }
    for variable in list(container, "/env") {
        add(CONFIG_MAP, &variable["valueFrom"]["configMapKeyRef"]);
        add(SECRET, &variable["valueFrom"]["secretKeyRef"]);
    }
    needs
}

/// What is wrong with what a pod needs, as its kubelet words it.
pub(super) fn missing(turn: &Turn<'_, '_>, space: &str, need: &Need) -> Option<String> {
    let word = if need.kind == CONFIG_MAP { "configmap" } else { "secret" };
    let Some(object) = turn.get(need.kind, space, &need.name) else {
        return Some(format!("{word} \"{}\" not found", need.name));
    };
    let key = need.key.as_ref()?;
    let has = ["data", "binaryData", "stringData"].iter().any(|part| object[part].get(key).is_some());
    (!has).then(|| format!("couldn't find key {key} in {} {space}/{}", need.kind.kind, need.name))
}

fn quality(pod: &Json) -> &'static str {
    let mut best = true;
    let mut least = true;
    for container in list(pod, "/spec/containers") {
        let [limits, requests] = ["limits", "requests"].map(|part| &container["resources"][part]);
        least &= limits.is_null() && requests.is_null();
        best &= ["cpu", "memory"]
            .iter()
            .all(|of| limits.get(of).is_some() && requests.get(of).is_none_or(|one| *one == limits[of]));
    }
    match (least, best) {
        (true, _) => "BestEffort",
        (_, true) => "Guaranteed",
        _ => "Burstable",
    }
}

/// A template without what its controller added to it.
pub(super) fn without_label(template: &Json, label: &str) -> Json {
    let mut template = template.clone();
    unset(&mut template, &format!("/metadata/labels/{}", label.replace('/', "~1")));
    template
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_found_where_they_are_named() {
        let pod = json!({"spec": {"volumes": [
            {"name": "a", "configMap": {"name": "settings"}},
            {"name": "b", "secret": {"secretName": "keys", "optional": true}},
            {"name": "c", "projected": {"sources": [{"secret": {"name": "other"}}]}},
        ]}});
        let names: Vec<_> = needed_by_volumes(&pod).into_iter().map(|(volume, need)| (volume, need.name)).collect();
        assert_eq!(names, [("a".to_owned(), "settings".to_owned()), ("c".to_owned(), "other".to_owned())]);
        let container = json!({"envFrom": [{"secretRef": {"name": "s"}}],
            "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}]});
        let needs = needed_by_environment(&container);
        assert_eq!(needs.len(), 2);
        assert_eq!(needs.last().and_then(|need| need.key.clone()), Some("k".to_owned()));
    }
}
