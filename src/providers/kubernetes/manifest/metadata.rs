//! The metadata of a manifest: its name and namespace, labels and annotations, and what only a cluster sets.

use crate::diagnostic::closest;
use crate::provider::Finding;
use crate::providers::kubernetes::kinds::{Kind, NameRule};
use crate::value::{Path, Value};

use super::{missing, name, secret, wrong_type};

/// What a manifest may say.
const WRITTEN: [&str; 6] = ["annotations", "finalizers", "labels", "name", "namespace", "ownerReferences"];
/// What the API server sets, and `kubectl get --output yaml` prints.
const SERVER_SET: [&str; 8] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];
/// Annotations that other programs write for themselves, and that come along with pasted manifests.
const OTHERS: [(&str, &str); 2] = [
    ("kubectl.kubernetes.io/last-applied-configuration", "`kubectl apply`"),
    ("deployment.kubernetes.io/revision", "the controller of Deployments"),
];
/// Says whose an object is.
const MARKS: &str = "tidegate/";
/// All annotations of an object together.
const MOST_ANNOTATIONS: usize = 256 * 1024;

pub(super) fn check(manifest: &Value, kind: Option<&str>, known: Option<&Kind>, findings: &mut Vec<Finding>) {
    let at = Path::field("metadata");
    let metadata = match manifest.at(at.segments()) {
        Some(Value::Unknown(_)) => return,
        Some(Value::Map(metadata)) => metadata,
        None | Some(Value::Null) => return findings.push(missing("metadata", "{name: worker}")),
        Some(other) => return findings.push(wrong_type(at, "`metadata`", "a map", other)),
    };
    let slips: Vec<_> =
        metadata.iter().filter(|(_, value)| !value.is_null()).filter_map(|(key, _)| field(key)).collect();
    let is_slip = |field: &str| {
        slips.iter().any(|slip| slip.help.as_ref().is_some_and(|help| help.contains(&format!("`{field}`"))))
    };
    let generated = metadata.get("generateName").is_some_and(|value| !value.is_null());
    let left_to_others = generated || is_slip("name");
    check_name(metadata.get("name"), known, left_to_others, findings);
    if !is_slip("namespace") {
        check_namespace(metadata.get("namespace"), kind, known, findings);
    }
    findings.extend(slips);
    for field in ["labels", "annotations"] {
        check_entries(manifest, &at.key(field), field, findings);
    }
}

/// A key of `metadata` that cannot stay.
fn field(key: &str) -> Option<Finding> {
    if WRITTEN.contains(&key) {
        return None;
    }
    let path = Path::field("metadata").key(key);
    let mut finding = if key == "generateName" {
        Finding::new("kubernetes/generate-name", path, "an object here needs a `name`, not `generateName`".to_owned())
            .help("write `name`: with a name drawn by the cluster, no later plan could find the object again")
    } else if SERVER_SET.contains(&key) {
        Finding::new("kubernetes/server-set-field", path, format!("`metadata.{key}` is set by the API server alone"))
            .help("leave it out")
    } else {
        let help = closest(key, WRITTEN).map_or_else(
            || format!("its fields are: {}", WRITTEN.join(", ")),
            |word| format!("did you mean `{word}`?"),
        );
        Finding::new("kubernetes/unknown-field", path, format!("`metadata` has no field `{key}`")).help(help)
    };
    finding.on_key = true;
    Some(finding)
}

/// A string, if it is one and is known.
fn text<'a>(value: Option<&'a Value>, path: &Path, findings: &mut Vec<Finding>) -> Option<&'a str> {
    match value? {
        Value::String(text) => return Some(text),
        Value::Null | Value::Unknown(_) => {}
        Value::Secret(_) => findings.push(secret(path.clone())),
        other => findings.push(quote(wrong_type(path.clone(), &format!("`{path}`"), "a string", other), other)),
    }
    None
}

/// Adds how to write a scalar that YAML takes for a number or for true or false.
pub(super) fn quote(finding: Finding, value: &Value) -> Finding {
    match value {
        Value::Bool(_) | Value::Integer(_) | Value::Float(_) => {
            finding.help(format!("put it in quotes: `\"{value}\"`"))
        }
        Value::Null => finding.help("write `\"\"` for an empty string, or leave the key out"),
        _ => finding,
    }
}

fn check_name(value: Option<&Value>, known: Option<&Kind>, left_to_others: bool, findings: &mut Vec<Finding>) {
    let path = Path::field("metadata").key("name");
    let absent = value.is_none_or(|value| value.is_null() || value.as_str() == Some(""));
    if absent {
        if !left_to_others {
            let message = "the manifest has no `metadata.name`";
            let finding = Finding::new("kubernetes/missing-field", Path::field("metadata"), message);
            findings.push(finding.help("such as `name: worker`"));
        }
        return;
    }
    let Some(name) = text(value, &path, findings) else {
        return;
    };
    let rule = known.map_or(NameRule::Subdomain(253), |known| known.name);
    let of = known.map_or_else(String::new, |known| format!(" of a {}", known.kind));
    if let Some(problem) = name::problem(name, rule) {
        let finding =
            Finding::new("kubernetes/invalid-name", path, format!("the name{of} {problem}; `{name}` is not so"));
        findings.push(match name::mended(name, rule) {
            Some(mended) => finding.help(format!("write `{mended}`")),
            None => finding,
        });
    }
}

fn check_namespace(value: Option<&Value>, kind: Option<&str>, known: Option<&Kind>, findings: &mut Vec<Finding>) {
    let path = Path::field("metadata").key("namespace");
    let absent = value.is_none_or(|value| value.is_null() || value.as_str() == Some(""));
    let kind = kind.unwrap_or("object");
    match known {
        Some(known) if known.namespaced && absent => {
            let message = format!("a {kind} is in a namespace, and the manifest does not say in which");
            findings.push(
                Finding::new("kubernetes/namespace-missing", Path::field("metadata"), message)
                    .help("write `namespace: default` if that is meant: no context is asked for it"),
            );
        }
        Some(known) if !known.namespaced && !absent => {
            let message = format!("a {kind} is in no namespace");
            let mut finding = Finding::new("kubernetes/namespace-not-allowed", path, message);
            finding.on_key = true;
            findings.push(finding.help("leave `namespace` out"));
        }
        _ if absent => {}
        _ => {
            if let Some(namespace) = text(value, &path, findings)
                && let Some(problem) = name::problem(namespace, NameRule::Label)
            {
                let message = format!("the name of a namespace {problem}; `{namespace}` is not so");
                let finding = Finding::new("kubernetes/invalid-name", path, message);
                findings.push(match name::mended(namespace, NameRule::Label) {
                    Some(mended) => finding.help(format!("write `{mended}`")),
                    None => finding,
                });
            }
        }
    }
}

/// Labels or annotations, of the object or of what it makes.
pub(super) fn check_entries(manifest: &Value, path: &Path, field: &str, findings: &mut Vec<Finding>) {
    let entries = match manifest.at(path.segments()) {
        None | Some(Value::Null | Value::Unknown(_)) => return,
        Some(Value::Map(entries)) => entries,
        Some(other) => return findings.push(wrong_type(path.clone(), &format!("`{field}`"), "a map", other)),
    };
    for (key, value) in entries {
        findings.extend(check_key(key, field, path));
        let at = path.key(key);
        match revealed(value) {
            Value::Unknown(_) | Value::Secret(_) => {}
            Value::String(text) if field == "labels" => {
                if let Some(problem) = name::label_problem(text) {
                    findings.push(Finding::new("kubernetes/invalid-label", at, problem));
                }
            }
            Value::String(_) => {}
            other => {
                let finding = wrong_type(at, &format!("the value of `{key}`"), "a string", other);
                let finding = Finding { code: "kubernetes/not-a-string", ..finding };
                // A secret is not quoted.
                findings.push(if matches!(value, Value::Secret(_)) { finding } else { quote(finding, other) });
            }
        }
    }
    let size: usize = entries.iter().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
    if field == "annotations" && size > MOST_ANNOTATIONS {
        let message = format!("annotations have at most {MOST_ANNOTATIONS} bytes in all, and these have {size}");
        findings.push(Finding::new("kubernetes/too-large", path.clone(), message));
    }
}

fn revealed(value: &Value) -> &Value {
    match value {
        Value::Secret(secret) => secret.revealed().unwrap_or(value),
        other => other,
    }
}

fn check_key(key: &str, field: &str, path: &Path) -> Option<Finding> {
    let on_key = |code, message: String| Finding { on_key: true, ..Finding::new(code, path.key(key), message) };
    if let Some((_, whose)) = OTHERS.iter().find(|(other, _)| field == "annotations" && *other == key) {
        let message = format!("`{key}` is written by {whose} for itself");
        return Some(on_key("kubernetes/server-set-field", message).help("leave it out"));
    }
    if key.starts_with(MARKS) {
        let message = format!("`{key}` is reserved: with `{MARKS}…` Tidegate marks whose an object is");
        return Some(on_key("kubernetes/reserved-mark", message).help("use another prefix"));
    }
    let problem = name::key_problem(key)?;
    Some(on_key("kubernetes/invalid-label", format!("`{key}` cannot be a key in `{field}`: {problem}")))
}
