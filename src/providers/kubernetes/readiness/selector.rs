//! Which pods belong to an object, as an API server selects them.

use serde_json::Value as Json;

use super::kind;

/// The label selector of an object's pods, as `labelSelector` in a query takes it: `app=worker,tier in (a,b)`.
/// `None` if it has no pods.
pub(in crate::providers::kubernetes) fn pods_selector(object: &Json) -> Option<String> {
    let selector = object.pointer("/spec/selector")?;
    let terms = match kind(object) {
        ("", "ReplicationController") => labels(selector),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("batch", "Job") => {
            let mut terms = selector.get("matchLabels").map(labels).unwrap_or_default();
            let expressions = selector.get("matchExpressions").and_then(Json::as_array);
            terms.extend(expressions.into_iter().flatten().filter_map(expression));
            terms
        }
        _ => return None,
    };
    (!terms.is_empty()).then(|| terms.join(","))
}

fn labels(labels: &Json) -> Vec<String> {
    let labels = labels.as_object().into_iter().flatten();
    labels.filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?))).collect()
}

fn expression(expression: &Json) -> Option<String> {
    let key = expression.get("key")?.as_str()?;
    let values = || {
        let values = expression.get("values").and_then(Json::as_array).into_iter().flatten();
        values.filter_map(Json::as_str).collect::<Vec<_>>().join(",")
    };
    Some(match expression.get("operator")?.as_str()? {
        "In" => format!("{key} in ({})", values()),
        "NotIn" => format!("{key} notin ({})", values()),
        "Exists" => key.to_owned(),
        "DoesNotExist" => format!("!{key}"),
        _ => return None,
    })
}
