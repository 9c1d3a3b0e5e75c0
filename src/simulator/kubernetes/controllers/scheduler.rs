//! Which node a pod goes to. Looks at readiness, cordons, labels and taints; not at what a node can carry.

use serde_json::Value as Json;

use super::object::{flag, is_true, label, list, name, text, texts};

/// The nodes that may run a pod, or why none may, as the scheduler words it.
pub(super) fn choose<'n>(pod: &Json, nodes: &'n [Json]) -> Result<Vec<&'n str>, String> {
    let mut reasons: Vec<(String, usize)> = Vec::new();
    let mut fit = Vec::new();
    for node in nodes {
        match obstacle(pod, node) {
            None => fit.push(name(node)),
            Some(reason) => match reasons.iter_mut().find(|(one, _)| *one == reason) {
                Some((_, times)) => *times += 1,
                None => reasons.push((reason, 1)),
            },
        }
    }
    if !fit.is_empty() {
        return Ok(fit);
    }
    if nodes.is_empty() {
        return Err("0/0 nodes are available: no nodes available to schedule pods.".to_owned());
    }
    let told: Vec<_> = reasons.iter().map(|(reason, times)| format!("{times} {reason}")).collect();
    let all = nodes.len();
    Err(format!(
        "0/{all} nodes are available: {}. preemption: 0/{all} nodes are available: {all} Preemption is not helpful for scheduling.",
        told.join(", ")
    ))
}

/// Why a node may not run a pod.
pub(super) fn obstacle(pod: &Json, node: &Json) -> Option<String> {
    if !is_true(node, "Ready") {
        return Some("node(s) were not ready".to_owned());
    }
    let taint = list(node, "/spec/taints").iter().find(|taint| {
        text(taint, "/effect") != "PreferNoSchedule"
            && !list(pod, "/spec/tolerations").iter().any(|one| tolerates(one, taint))
    });
    if let Some(taint) = taint {
        return Some(format!("node(s) had untolerated taint {{{}: {}}}", text(taint, "/key"), text(taint, "/value")));
    }
    if flag(node, "/spec/unschedulable") {
        return Some("node(s) were unschedulable".to_owned());
    }
    let wanted = texts(pod, "/spec/nodeSelector");
    let labelled = wanted.iter().all(|(key, value)| label(node, key) == value);
    let named = affinity_name(pod).is_none_or(|only| only == name(node));
    if labelled && named { None } else { Some("node(s) didn't match Pod's node affinity/selector".to_owned()) }
}

/// The one node that a daemon's pod is made for.
fn affinity_name(pod: &Json) -> Option<&str> {
    let terms = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    let field = list(pod, terms).first().and_then(|term| list(term, "/matchFields").first())?;
    list(field, "/values").first()?.as_str()
}

fn tolerates(toleration: &Json, taint: &Json) -> bool {
    let effect = text(toleration, "/effect");
    let key = text(toleration, "/key");
    (effect.is_empty() || effect == text(taint, "/effect"))
        && (key.is_empty() || key == text(taint, "/key"))
        && (text(toleration, "/operator") == "Exists" || text(toleration, "/value") == text(taint, "/value"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_goes_where_it_may() {
        let node = |name: &str, spec: Json, ready: &str| {
            json!({"metadata": {"name": name, "labels": {"disk": name}}, "spec": spec,
                "status": {"conditions": [{"type": "Ready", "status": ready}]}})
        };
        let nodes = [
            node("a", json!({}), "False"),
            node("b", json!({"unschedulable": true}), "True"),
            node("c", json!({"taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]}), "True"),
            node("d", json!({}), "True"),
        ];
        let pod = |spec: Json| json!({"spec": spec});
        let tolerant = json!({"tolerations": [{"key": "gpu", "operator": "Exists"}]});
        assert_eq!(choose(&pod(json!({})), &nodes), Ok(vec!["d"]));
        assert_eq!(choose(&pod(tolerant), &nodes), Ok(vec!["c", "d"]));
        let refused = choose(&pod(json!({"nodeSelector": {"disk": "x"}})), &nodes).unwrap_err();
        assert!(
            refused.starts_with("0/4 nodes are available: 1 node(s) were not ready, 1 node(s) were unsch"),
            "{refused}"
        );
        assert!(choose(&pod(json!({})), &[]).is_err());
    }
}
