//! What Secrets and ConfigMaps hold: the mistakes that YAML invites.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::provider::Finding;
use crate::providers::kubernetes::kinds::Kind;
use crate::value::{Path, Value};

use super::{metadata, wrong_type};

pub(super) fn check(manifest: &Value, known: Option<&Kind>, findings: &mut Vec<Finding>) {
    let Some(known) = known.filter(|known| known.group.is_empty()) else {
        return;
    };
    let fields: &[(&str, bool)] = match known.kind {
        "Secret" => &[("data", true), ("stringData", false)],
        "ConfigMap" => &[("binaryData", true), ("data", false)],
        _ => return,
    };
    for (field, encoded) in fields {
        check_entries(manifest, field, *encoded, known.kind, findings);
    }
    if known.kind == "ConfigMap" {
        check_twice(manifest, findings);
    }
}

fn check_entries(manifest: &Value, field: &str, encoded: bool, kind: &str, findings: &mut Vec<Finding>) {
    let path = Path::field(field);
    let entries = match manifest.at(path.segments()) {
        Some(Value::Map(entries)) => entries,
        None | Some(Value::Null | Value::Unknown(_) | Value::Secret(_)) => return,
        Some(other) => return findings.push(wrong_type(path, &format!("`{field}`"), "a map", other)),
    };
    for (key, value) in entries {
        findings.extend(check_key(key, kind, &path));
        let at = path.key(key);
        let (value, quotable) = match value {
            Value::Secret(secret) => (secret.revealed().unwrap_or(value), false),
            plain => (plain, kind != "Secret"),
        };
        match value {
            Value::Unknown(_) | Value::Secret(_) => {}
            Value::String(text) if encoded => findings.extend(check_encoding(text, kind, at)),
            Value::String(_) => {}
            other => {
                let finding = wrong_type(at, &format!("the value of `{key}`"), "a string", other);
                let finding = Finding { code: "kubernetes/not-a-string", ..finding };
                findings.push(match quotable {
                    true => metadata::quote(finding, other),
                    false => finding.help("put it in quotes"),
                });
            }
        }
    }
}

fn check_key(key: &str, kind: &str, path: &Path) -> Option<Finding> {
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let right = !key.is_empty() && key.len() <= 253 && key.chars().all(inner) && key != "." && !key.starts_with("..");
    let message = format!("`{key}` cannot be a key of a {kind}: use letters, digits, `-`, `_` and `.`, at most 253");
    (!right).then(|| Finding { on_key: true, ..Finding::new("kubernetes/invalid-key", path.key(key), message) })
}

fn check_encoding(text: &str, kind: &str, at: Path) -> Option<Finding> {
    // Line breaks are skipped by whoever reads it.
    let packed: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    let plain = if kind == "Secret" { "stringData" } else { "data" };
    STANDARD.decode(packed).is_err().then(|| {
        Finding::new("kubernetes/not-base64", at, "the value is not Base64".to_owned())
            .help(format!("put plain text under `{plain}`, which needs no encoding"))
    })
}

/// A key may not stand in both fields of a ConfigMap. In a Secret, `stringData` wins.
fn check_twice(manifest: &Value, findings: &mut Vec<Finding>) {
    let entries = |field: &str| manifest.at(Path::field(field).segments()).and_then(Value::as_map);
    let (Some(text), Some(binary)) = (entries("data"), entries("binaryData")) else {
        return;
    };
    for key in binary.keys().filter(|key| text.contains_key(*key)) {
        let message = format!("`{key}` is in `data` too");
        let finding = Finding::new("kubernetes/invalid-key", Path::field("binaryData").key(key), message);
        findings.push(Finding { on_key: true, ..finding.help("keep one of the two") });
    }
}
