//! What cannot change in place: an API server refuses such an update, and only a new object helps.
//!
//! Compares what is written with what was written before. Where a field was left to the cluster before, no one
//! can tell here whether writing it down changes it; then it counts as no change unless it surely is one, since
//! the API server would refuse it, while a replacement may destroy data.

mod quantity;
mod rules;

use serde_json::Value as Json;

use super::kinds;
pub(super) use quantity::Quantity;
use rules::{Absent, RULES, Rule};

/// The fields that differ and cannot be changed in place: `spec.selector`.
pub(super) fn changed(before: &Json, after: &Json) -> Vec<String> {
    let mut paths: Vec<String> = ["kind", "metadata.name", "metadata.namespace"]
        .into_iter()
        .filter(|path| differs(before, after, path))
        .map(str::to_owned)
        .collect();
    let (group, kind) = kind(after);
    if self::kind(before).0 != group {
        paths.insert(0, "apiVersion".to_owned());
    }
    if !paths.is_empty() {
        // Another object altogether.
        return paths;
    }
    let fields = RULES.iter().filter(|rule| (rule.group, rule.kind) == (group, kind)).flat_map(|rule| rule.fields);
    paths.extend(fields.filter(|field| breaks(field, before, after)).map(|field| field.path.to_owned()));
    paths.extend(match (group, kind) {
        ("", "Service") => service(before, after),
        ("", "PersistentVolumeClaim") => claim(before, after),
        ("", "Pod") => pod(before, after),
        ("", "Secret" | "ConfigMap") => frozen(before, after),
        ("batch", "Job") => completions(before, after),
        _ => Vec::new(),
    });
    paths
}

fn kind(object: &Json) -> (&str, &str) {
    let text = |key: &str| object.get(key).and_then(Json::as_str).unwrap_or_default();
    (kinds::split_api_version(text("apiVersion")).0, text("kind"))
}

/// A value, if it says anything.
fn at<'a>(object: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.').try_fold(object, |at, key| at.get(key)).filter(|value| !value.is_null())
}

fn text<'a>(object: &'a Json, path: &str) -> Option<&'a str> {
    at(object, path).and_then(Json::as_str).filter(|text| !text.is_empty())
}

fn differs(before: &Json, after: &Json, path: &str) -> bool {
    at(before, path) != at(after, path)
}

fn breaks(rule: &Rule, before: &Json, after: &Json) -> bool {
    let default;
    let (before, after) = (at(before, rule.path), at(after, rule.path));
    match rule.absent {
        Absent::Differs => before != after,
        Absent::Is(word) => {
            default = Json::from(word);
            before.unwrap_or(&default) != after.unwrap_or(&default)
        }
        Absent::CanBeSet => before.is_some() && before != after,
        Absent::IsGiven => before.zip(after).is_some_and(|(before, after)| before != after),
    }
}

/// Addresses stay for as long as a Service has any.
fn service(before: &Json, after: &Json) -> Vec<String> {
    let sort = |object| text(object, "spec.type").unwrap_or("ClusterIP");
    if [sort(before), sort(after)].contains(&"ExternalName") {
        return Vec::new();
    }
    let mut paths = Vec::new();
    let address = |object| text(object, "spec.clusterIP");
    let headless = |object| address(object) == Some("None");
    // One that is left out stays as it is; so without a new object, a headless Service would stay headless.
    if headless(before) != headless(after) || address(before).zip(address(after)).is_some_and(|(old, new)| old != new) {
        paths.push("spec.clusterIP".to_owned());
    }
    let first = |object, path: &str| at(object, path).and_then(|list| list.get(0)).cloned();
    for path in ["spec.clusterIPs", "spec.ipFamilies"] {
        if first(before, path).zip(first(after, path)).is_some_and(|(old, new)| old != new) {
            paths.push(path.to_owned());
        }
    }
    let balanced = |object| sort(object) == "LoadBalancer";
    if balanced(before) && balanced(after) && differs(before, after, "spec.loadBalancerClass") {
        paths.push("spec.loadBalancerClass".to_owned());
    }
    paths
}

/// A claim can grow, and be given another class of attributes; nothing else.
fn claim(before: &Json, after: &Json) -> Vec<String> {
    const SIZE: &str = "spec.resources.requests.storage";
    let mut paths = Vec::new();
    let size = |object| text(object, SIZE).and_then(Quantity::parse);
    if size(before).zip(size(after)).is_some_and(|(old, new)| new < old) {
        paths.push(SIZE.to_owned());
    }
    let fields = ["accessModes", "selector", "dataSource", "dataSourceRef"].map(|field| format!("spec.{field}"));
    paths.extend(fields.into_iter().filter(|path| differs(before, after, path)));
    paths
}

/// The images of a pod can change, and little else.
fn pod(before: &Json, after: &Json) -> Vec<String> {
    let fixed = |object: &Json| {
        let mut spec = at(object, "spec").cloned().unwrap_or_default();
        for containers in ["containers", "initContainers"] {
            for container in spec.get_mut(containers).and_then(Json::as_array_mut).into_iter().flatten() {
                container.as_object_mut().and_then(|container| container.remove("image"));
            }
        }
        if let Some(fields) = spec.as_object_mut() {
            for field in ["activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations"] {
                fields.remove(field);
            }
        }
        spec
    };
    let tolerations = |object| at(object, "spec.tolerations").and_then(Json::as_array).cloned().unwrap_or_default();
    let lost = tolerations(before).iter().any(|toleration| !tolerations(after).contains(toleration));
    let mut paths = Vec::new();
    if fixed(before) != fixed(after) {
        paths.push("spec".to_owned());
    }
    if lost {
        paths.push("spec.tolerations".to_owned());
    }
    paths
}

/// A Secret or ConfigMap that was made immutable.
fn frozen(before: &Json, after: &Json) -> Vec<String> {
    if at(before, "immutable") != Some(&Json::Bool(true)) {
        return Vec::new();
    }
    let fields = ["binaryData", "data", "immutable", "stringData"];
    fields.into_iter().filter(|path| differs(before, after, path)).map(str::to_owned).collect()
}

/// The number of completions of a Job stays, unless it is indexed and as many pods run at the same time.
fn completions(before: &Json, after: &Json) -> Vec<String> {
    let indexed = |object: &Json| text(object, "spec.completionMode") == Some("Indexed");
    let elastic = |object: &Json| {
        indexed(object)
            && at(object, "spec.completions").is_some()
            && at(object, "spec.completions") == at(object, "spec.parallelism")
    };
    let changed = differs(before, after, "spec.completions") && !(elastic(before) && elastic(after));
    changed.then(|| "spec.completions".to_owned()).into_iter().collect()
}

#[cfg(test)]
mod tests;
