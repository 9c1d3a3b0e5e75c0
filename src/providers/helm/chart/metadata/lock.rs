//! `Chart.lock`: which versions of its dependencies a chart was packaged with.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value as Json};

use super::Metadata;
use super::dependency::{self, Dependency};
use super::structure::{self, Field, Shape};
use crate::providers::helm::chart::digest;

const FIELDS: &[Field] = &[
    Field::new("generated", Shape::Text),
    Field::always("digest", Shape::Text),
    Field::new("dependencies", Shape::Structures("Dependency", dependency::FIELDS)),
];

/// What Go takes for no time at all.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Reads a lock into what the release record has of it.
///
/// # Errors
/// When something is not of its type.
pub(crate) fn read(content: &Json) -> Result<Json, String> {
    let mut fields = Map::new();
    structure::read(content, "Lock", FIELDS, &mut fields)?;
    let generated = fields.entry("generated").or_insert_with(|| Json::String(NEVER.to_owned()));
    if !generated.as_str().is_some_and(is_time) {
        return Err(format!("`generated` is no time as in {NEVER}: {generated}"));
    }
    fields.entry("dependencies").or_insert(Json::Null);
    Ok(Json::Object(fields))
}

/// Whether the lock is of other dependencies than the chart names.
pub(crate) fn is_out_of_sync(metadata: &Metadata, lock: &Json) -> bool {
    let locked_as = lock.get("digest").and_then(Json::as_str).unwrap_or_default();
    let wanted = metadata.dependencies();
    // Names of repositories that only the machine knows on which the chart was made.
    if wanted.iter().any(|wanted| is_alias(&wanted.repository)) {
        return false;
    }
    let locked = lock.get("dependencies").and_then(Json::as_array);
    let locked: Vec<_> = locked.into_iter().flatten().filter_map(Dependency::from_json).collect();
    let pair = format!("[{},{}]", list(&wanted), list(&locked));
    let of_helm_2 = format!("{{\"dependencies\":{}}}", list(&wanted));
    locked_as != digest(pair.as_bytes())
        && (metadata.api_version() != "v1" || locked_as != digest(of_helm_2.as_bytes()))
}

fn is_alias(repository: &str) -> bool {
    repository.starts_with('@') || repository.starts_with("alias:")
}

fn list(dependencies: &[Dependency]) -> String {
    if dependencies.is_empty() {
        return "null".to_owned();
    }
    let written: Vec<String> = dependencies.iter().map(Dependency::go_json).collect();
    format!("[{}]", written.join(","))
}

fn is_time(text: &str) -> bool {
    static TIME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$").ok());
    TIME.as_ref().is_none_or(|time| time.is_match(text)) && text.parse::<jiff::Timestamp>().is_ok()
}
