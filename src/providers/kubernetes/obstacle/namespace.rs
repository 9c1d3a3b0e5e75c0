//! What a namespace that is being deleted says of what is in the way. Its conditions say it in sentences, whose
//! forms are those of the namespace controller.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Obstacle, finalizer};

pub(super) fn obstacles(namespace: &Json) -> Vec<Obstacle> {
    let conditions = namespace.pointer("/status/conditions").and_then(Json::as_array);
    let name = namespace.pointer("/metadata/name").and_then(Json::as_str).unwrap_or("NAME");
    let mut obstacles = Vec::new();
    for condition in conditions.into_iter().flatten() {
        let text = |key: &str| condition.get(key).and_then(Json::as_str).unwrap_or_default();
        if text("status") != "True" {
            continue;
        }
        match text("type") {
            "NamespaceDeletionDiscoveryFailure" => obstacles.extend(undiscovered(text("message"))),
            "NamespaceContentRemaining" => obstacles.push(remaining(text("message"), name)),
            "NamespaceFinalizersRemaining" => obstacles.extend(held(text("message"))),
            "NamespaceDeletionContentFailure" | "NamespaceDeletionGroupVersionParsingFailure" => {
                obstacles.push(Obstacle {
                    cause: text("message").to_owned(),
                    remedy: "see whether a webhook refuses the deletion, and whether its server runs".to_owned(),
                });
            }
            _ => {}
        }
    }
    obstacles
}

/// API groups whose servers do not answer: until they do, no one can tell what is in the namespace.
fn undiscovered(message: &str) -> Vec<Obstacle> {
    let versions = group_versions(message);
    if versions.is_empty() {
        return vec![Obstacle {
            cause: message.to_owned(),
            remedy: "see which APIService is not available: `kubectl get apiservices`".to_owned(),
        }];
    }
    let one = |(group, version): (&str, &str)| {
        let service = format!("{version}.{group}");
        Obstacle {
            cause: format!(
                "the server of {group}/{version} does not answer, so no one can tell what is left of it in the namespace"
            ),
            remedy: format!(
                "bring back what the APIService `{service}` leads to; if that is gone for good, delete the \
                 APIService: `kubectl delete apiservice {service}`"
            ),
        }
    };
    versions.into_iter().map(one).collect()
}

/// Every `group/version` in a text.
fn group_versions(text: &str) -> BTreeSet<(&str, &str)> {
    let words = text.split(|c: char| c.is_whitespace() || ",:;()\"'".contains(c));
    words
        .filter_map(|word| word.split_once('/'))
        .filter(|(group, version)| is_group(group) && is_version(version))
        .collect()
}

fn is_group(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-')
}

fn is_version(text: &str) -> bool {
    let digits = text.strip_prefix('v').unwrap_or_default();
    digits.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_alphanumeric())
}

/// `… remaining: configmaps. has 1 resource instances, scaledobjects.keda.sh has 2 resource instances`.
fn remaining(message: &str, namespace: &str) -> Obstacle {
    let counted: Vec<_> = list(message)
        .filter_map(|item| {
            let (resource, count) = item.split_once(" has ")?;
            let count = count.split_whitespace().next()?;
            Some((resource.trim_end_matches('.'), count))
        })
        .collect();
    let Some((first, _)) = counted.first() else {
        return Obstacle { cause: message.to_owned(), remedy: "see what remains in the namespace".to_owned() };
    };
    let told: Vec<_> = counted.iter().map(|(resource, count)| format!("{count} {resource}")).collect();
    Obstacle {
        cause: format!("still in the namespace: {}", told.join(", ")),
        remedy: format!(
            "see what holds them, such as with `kubectl get {first} --namespace {namespace} --output yaml`"
        ),
    }
}

/// `… remaining: finalizer.keda.sh in 1 resource instances`.
fn held(message: &str) -> Vec<Obstacle> {
    let told = list(message).filter_map(|item| {
        let (name, count) = item.split_once(" in ")?;
        let count = count.split_whitespace().next()?;
        let obstacle = finalizer(name);
        let objects = if count == "1" {
            "1 object in the namespace has".to_owned()
        } else {
            format!("{count} objects in the namespace have")
        };
        Some(Obstacle { cause: format!("{objects} the finalizer {}", obstacle.cause), remedy: obstacle.remedy })
    });
    told.collect()
}

/// What stands after the first colon, item by item.
fn list(message: &str) -> impl Iterator<Item = &str> {
    message.split_once(": ").map_or("", |(_, list)| list).split(", ").map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(condition: &str, message: &str) -> Vec<Obstacle> {
        let namespace = json!({
            "kind": "Namespace",
            "metadata": {"name": "jobs", "deletionTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Terminating", "conditions": [
                {"type": condition, "status": "True", "message": message},
                {"type": "NamespaceDeletionContentFailure", "status": "False", "message": "All content successfully deleted"},
            ]},
        });
        crate::providers::kubernetes::obstacle::of(&namespace)
    }

    #[test]
    fn a_group_without_a_server_is_named() {
        let both = told(
            "NamespaceDeletionDiscoveryFailure",
            "Discovery failed for some groups, 2 failing: unable to retrieve the complete list of server APIs: \
             external.metrics.k8s.io/v1beta1: the server is currently unable to handle the request, \
             metrics.k8s.io/v1beta1: stale GroupVersion discovery: metrics.k8s.io/v1beta1",
        );
        assert_eq!(both.len(), 2);
        assert!(both[0].cause.contains("the server of external.metrics.k8s.io/v1beta1 does not answer"));
        assert!(both[0].remedy.contains("kubectl delete apiservice v1beta1.external.metrics.k8s.io"));
        assert!(both[1].remedy.contains("`v1beta1.metrics.k8s.io`"));
        let unread = told("NamespaceDeletionDiscoveryFailure", "something new");
        assert_eq!((unread.len(), unread[0].cause.as_str()), (1, "something new"));
    }

    #[test]
    fn what_remains_is_counted() {
        let left = told(
            "NamespaceContentRemaining",
            "Some resources are remaining: configmaps. has 1 resource instances, scaledobjects.keda.sh has 2 resource instances",
        );
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].cause, "still in the namespace: 1 configmaps, 2 scaledobjects.keda.sh");
        assert!(left[0].remedy.contains("kubectl get configmaps --namespace jobs"));
    }

    #[test]
    fn finalizers_of_what_remains_are_named() {
        let held = told(
            "NamespaceFinalizersRemaining",
            "Some content has finalizers remaining: example.com/hold in 1 resource instances, finalizer.keda.sh in 2 resource instances",
        );
        assert_eq!(held.len(), 2);
        assert!(held[0].cause.starts_with("1 object in the namespace has the finalizer example.com/hold: "));
        assert!(held[1].cause.starts_with("2 objects in the namespace have the finalizer finalizer.keda.sh: KEDA's"));
        assert!(held[1].remedy.contains("must be running"));
    }

    #[test]
    fn a_namespace_that_says_nothing_yet_deletes_what_is_in_it() {
        let namespace = json!({"kind": "Namespace", "metadata": {"name": "jobs", "deletionTimestamp": "x"},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Terminating"}});
        let obstacles = crate::providers::kubernetes::obstacle::of(&namespace);
        assert_eq!(obstacles[0].cause, "kubernetes: what is in the namespace is deleted first");
    }
}
