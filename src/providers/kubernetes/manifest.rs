//! A manifest as people paste it: whether it can be one object's, before any cluster is asked.
//!
//! Knows what is true of every kind, and of [`super::kinds`]' kinds. Knows no schemas: but for the mistakes that
//! are made most, what stands in a `spec` is for the API server to judge. Unknown values pass wherever they can still turn out right.

mod data;
mod derived;
mod id;
mod metadata;
mod name;
mod workload;

pub(in crate::providers) use id::Id;

use crate::diagnostic::closest;
use crate::provider::Finding;
use crate::value::{Path, Value};

use super::kinds::{self, Kind};

/// What every manifest has.
const COMMON: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// What is wrong with a manifest; paths are relative to it.
pub(super) fn check(manifest: &Value) -> Vec<Finding> {
    let fields = match manifest {
        Value::Unknown(_) => return Vec::new(),
        Value::Map(fields) => fields,
        _ => {
            return vec![
                wrong_type(Path::default(), "a manifest", "a map", manifest)
                    .help("write one object, with `apiVersion`, `kind` and `metadata`"),
            ];
        }
    };
    let mut findings = Vec::new();
    let api_version = word(manifest, "apiVersion", "apps/v1", &mut findings);
    let kind = word(manifest, "kind", "Deployment", &mut findings);
    if let Some(list) = list(manifest, kind) {
        return vec![list];
    }
    findings.extend(api_version.and_then(|api_version| check_api_version(api_version, kind)));
    let known = api_version.zip(kind).and_then(|(api_version, kind)| {
        kinds::find(kinds::split_api_version(api_version).0, kind).or_else(|| kinds::formerly(api_version, kind))
    });
    findings.extend(fields.keys().filter_map(|key| unknown_field(manifest, key, kind, known)));
    if !is_slip_of(manifest, "metadata") {
        metadata::check(manifest, kind, known, &mut findings);
    }
    findings.extend(derived::check(manifest, known));
    data::check(manifest, known, &mut findings);
    workload::check(manifest, known, &mut findings);
    findings
}

/// A field that holds a plain word, if it is known by now.
fn word<'a>(manifest: &'a Value, field: &str, example: &str, findings: &mut Vec<Finding>) -> Option<&'a str> {
    let path = Path::field(field);
    match manifest.at(path.segments()) {
        Some(Value::Unknown(_)) => None,
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        Some(Value::Secret(_)) => {
            findings.push(secret(path));
            None
        }
        Some(other) if !other.is_null() && other.as_str() != Some("") => {
            findings.push(wrong_type(path, &format!("`{field}`"), "a string", other));
            None
        }
        _ => {
            // One mistake is told once.
            if !is_slip_of(manifest, field) {
                findings.push(missing(field, example));
            }
            None
        }
    }
}

fn missing(field: &str, example: &str) -> Finding {
    let message = format!("the manifest has no `{field}`");
    Finding::new("kubernetes/missing-field", Path::default(), message).help(format!("such as `{field}: {example}`"))
}

pub(super) fn wrong_type(path: Path, what: &str, wanted: &str, found: &Value) -> Finding {
    Finding::new("kubernetes/wrong-type", path, format!("{what} must be {wanted}, not {}", found.kind().noun()))
}

fn secret(path: Path) -> Finding {
    let message = format!("`{path}` may not be secret: it is part of what the object is found by");
    Finding::new("kubernetes/secret-identity", path, message)
}

/// Lists are how `kubectl get` prints several objects; each is an object of its own.
fn list(manifest: &Value, kind: Option<&str>) -> Option<Finding> {
    let kind = kind?;
    let has_items = manifest.as_map().is_some_and(|fields| fields.contains_key("items"));
    let of_known = kind.strip_suffix("List").is_some_and(|one| one.is_empty() || kinds::named(one).next().is_some());
    (of_known || (kind.ends_with("List") && has_items)).then(|| {
        Finding::new("kubernetes/list", Path::field("kind"), format!("a {kind} is several objects in one manifest"))
            .help("write each of its `items` as a resource of its own, so that each has its own address and changes")
    })
}

fn check_api_version(api_version: &str, kind: Option<&str>) -> Option<Finding> {
    let at = |code, message: String| Finding::new(code, Path::field("apiVersion"), message);
    let (group, version) = kinds::split_api_version(api_version);
    let well_formed = name::is_label(version) && (group.is_empty() || name::is_subdomain(group, 253));
    if !well_formed || api_version.starts_with('/') {
        let message = format!("`{api_version}` is not `VERSION` or `GROUP/VERSION`");
        return Some(at("kubernetes/invalid-api-version", message).help("such as `v1` or `apps/v1`"));
    }
    let kind = kind?;
    if let Some(known) = kinds::formerly(api_version, kind) {
        let message = format!("`{api_version}` is an old version of {kind} that clusters no longer serve");
        let help = format!("write `apiVersion: {}`, and see what changed in its fields", known.api_version());
        return Some(at("kubernetes/removed-version", message).help(help));
    }
    match kinds::find(group, kind) {
        // A newer cluster may serve more than is known here.
        Some(known) if known.is_served(version) || known.versions.iter().all(|old| rank(version) > rank(old)) => None,
        Some(known) => {
            let message = format!("`{api_version}` has no kind {kind}");
            let help = format!("write `apiVersion: {}`", known.api_version());
            Some(at("kubernetes/wrong-api-version", message).help(help))
        }
        None if kinds::is_known_group(group) => wrong_kind(api_version, kind),
        None => None,
    }
}

/// Stable versions come after betas, those after alphas, and each by its numbers.
fn rank(version: &str) -> (u8, Vec<u32>) {
    let stage = match version {
        _ if version.contains("alpha") => 0,
        _ if version.contains("beta") => 1,
        _ => 2,
    };
    let numbers = version.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok());
    (stage, numbers.collect())
}

/// A kind that its group does not have, if it is clear what was meant: newer clusters have more kinds.
fn wrong_kind(api_version: &str, kind: &str) -> Option<Finding> {
    if let Some(known) = kinds::named(kind).find(|known| known.kind == kind) {
        let message = format!("`{api_version}` has no kind {kind}");
        let help = format!("a {kind} is of `apiVersion: {}`", known.api_version());
        return Some(Finding::new("kubernetes/wrong-api-version", Path::field("apiVersion"), message).help(help));
    }
    let group = kinds::split_api_version(api_version).0;
    let words = kinds::KINDS.iter().filter(|known| known.group == group).map(|known| known.kind);
    let slip = kinds::named(kind).next().map(|known| known.kind).or_else(|| nearest(kind, words))?;
    let message = format!("`{api_version}` has no kind {kind}");
    Some(Finding::new("kubernetes/unknown-kind", Path::field("kind"), message).help(format!("did you mean `{slip}`?")))
}

/// The word that is most likely meant; only where little differs, since what is written may be right.
fn nearest<'a>(written: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    words.min_by_key(|word| strsim::osa_distance(written, word)).filter(|word| {
        let distance = strsim::osa_distance(written, word);
        distance <= 2 && distance * 4 <= word.len()
    })
}

/// A key at the top of a manifest that its kind does not have.
fn unknown_field(manifest: &Value, key: &str, kind: Option<&str>, known: Option<&Kind>) -> Option<Finding> {
    let fields: Vec<_> = COMMON.iter().chain(known.map_or(&["spec"][..], |known| known.fields)).copied().collect();
    if fields.contains(&key) {
        return None;
    }
    let mut finding = Finding::new("kubernetes/unknown-field", Path::field(key), String::new());
    finding.on_key = true;
    if key == "status" {
        let set = manifest.at(finding.path.segments()).is_some_and(|status| !status.is_null());
        finding.code = "kubernetes/server-set-field";
        "`status` is what the cluster reports of an object, and cannot be asked for".clone_into(&mut finding.message);
        return set.then(|| finding.help("leave it out"));
    }
    let slip = closest(key, fields.iter().copied()).filter(|word| manifest.at(Path::field(word).segments()).is_none());
    match (known, slip) {
        // A custom resource may have any field, but hardly one that is so nearly another.
        (None, Some(word)) if nearest(key, std::iter::once(word)).is_none() && !key.eq_ignore_ascii_case(word) => None,
        (None, None) => None,
        (_, slip) => {
            finding.message = format!("a {} has no field `{key}`", kind.unwrap_or("manifest"));
            let help = slip.map_or_else(
                || format!("its fields are: {}", fields.join(", ")),
                |word| format!("did you mean `{word}`?"),
            );
            Some(finding.help(help))
        }
    }
}

/// Whether a field is missing and another key is so near that the mistake is told there.
fn is_slip_of(manifest: &Value, field: &str) -> bool {
    let Some(fields) = manifest.as_map() else {
        return false;
    };
    !fields.contains_key(field)
        && fields.keys().any(|key| {
            !COMMON.contains(&key.as_str())
                && (key.eq_ignore_ascii_case(field) || nearest(key, std::iter::once(field)).is_some())
        })
}

#[cfg(test)]
mod tests;
