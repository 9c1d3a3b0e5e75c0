//! What a read shows of an object, in the shape of what we applied.
//!
//! An object holds much more than was asked for: defaults, others' fields, a status. Only what was applied is
//! ours, so only that is shown: what nobody changed as it was written, and what somebody changed as it is now.

mod normal;
mod pairs;

use serde_json::{Map, Value as Json};

use super::managed;
use super::place::{Place, Step};
pub(in crate::providers) use normal::Normal;
use normal::is_same;
use pairs::pair;

/// What a read shows.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::providers) struct Shown {
    pub manifest: Json,
    /// Fields that were applied and are someone else's now: shown as applied, and not to be applied again.
    pub given_up: Vec<String>,
}

/// What is shown of `live`. `applied` is the manifest as last recorded; `normal` was taken after it was applied.
pub(in crate::providers) fn of(live: &Json, applied: &Json, normal: &Normal) -> Shown {
    let scaled = managed::is_scaled(live);
    let secret = is_secret(applied);
    let mut given_up = Vec::new();
    let live = if secret { with_text(live, applied) } else { live.clone() };
    let shown = pair(&live, applied, &mut |at, live, applied| {
        if given_away(at, live, applied, scaled) {
            given_up.push(at.to_string());
            return applied.cloned();
        }
        if is_same(live, applied) || (secret && is_same_data(at, live, applied)) || normal.knows(at, live) {
            return applied.cloned();
        }
        live.cloned()
    });
    Shown { manifest: shown.unwrap_or_else(|| Json::Object(Map::new())), given_up }
}

/// What to apply to `live`: without what others have taken over who are meant to.
pub(in crate::providers) fn applicable(manifest: Json, live: Option<&Json>) -> Json {
    let given_up = live.map(|live| of(live, &manifest, &Normal::default()).given_up);
    without(manifest, &given_up.unwrap_or_default())
}

/// What to apply next, without the fields that are someone else's now.
pub(in crate::providers) fn without(applied: Json, given_up: &[String]) -> Json {
    let mut kept = applied;
    for place in given_up.iter().filter_map(|place| Place::parse(place)) {
        place.remove(&mut kept);
    }
    kept
}

/// Whether a field that we applied is now kept by someone else who is meant to.
fn given_away(at: &Place, live: Option<&Json>, applied: Option<&Json>, scaled: bool) -> bool {
    let Some((live, applied)) = live.zip(applied) else {
        return false;
    };
    // Most leaves are neither, and a definition has twenty thousand of them.
    if !matches!(at.steps().last(), Some(Step::Key(last)) if last == "replicas" || last == "caBundle") {
        return false;
    }
    let text = at.to_string();
    let is_bundle = matches!(text.as_str(), "spec.caBundle" | "spec.conversion.webhook.clientConfig.caBundle")
        || (text.starts_with("webhooks[") && text.ends_with("].clientConfig.caBundle"));
    (scaled && text == "spec.replicas") || (is_bundle && live != applied)
}

fn is_secret(applied: &Json) -> bool {
    applied.get("kind").and_then(Json::as_str) == Some("Secret")
        && applied.get("apiVersion").and_then(Json::as_str) == Some("v1")
}

/// A Secret with `stringData` again, which API servers take and never show.
fn with_text(live: &Json, applied: &Json) -> Json {
    let mut live = live.clone();
    let Some(keys) = applied.get("stringData").and_then(Json::as_object) else {
        return live;
    };
    let data = live.get("data").and_then(Json::as_object).cloned().unwrap_or_default();
    let text = keys.keys().filter_map(|key| Some((key.clone(), Json::from(decoded_text(data.get(key)?.as_str()?)))));
    let text: Map<_, _> = text.collect();
    if let Some(fields) = live.as_object_mut() {
        fields.insert("stringData".to_owned(), Json::Object(text));
        // Where both have a key, `stringData` is what was stored.
        if let (Some(Json::Object(shown)), Some(Json::Object(written))) = (fields.get_mut("data"), applied.get("data"))
        {
            for key in keys.keys().filter(|key| written.contains_key(*key)) {
                shown.insert(key.clone(), written[key].clone());
            }
        }
    }
    live
}

fn decoded_text(encoded: &str) -> String {
    let text = normal::decoded(encoded).and_then(|bytes| String::from_utf8(bytes).ok());
    text.unwrap_or_else(|| format!("(not text: {encoded})"))
}

/// Whether an entry of a Secret's `data` holds the same bytes, however it is spelled.
fn is_same_data(at: &Place, live: Option<&Json>, applied: Option<&Json>) -> bool {
    let bytes = |value: &Json| value.as_str().and_then(normal::decoded);
    at.to_string().starts_with("data")
        && live.and_then(bytes).zip(applied.and_then(bytes)).is_some_and(|(live, applied)| live == applied)
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
