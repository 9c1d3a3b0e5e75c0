//! Getting and listing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use super::kinds::Kind;
use super::object::text;
use super::selector::Selector;
use super::status::Refusal;
use super::write::{Outcome, Request, full_name, shown};
use crate::simulator::kubernetes::Cluster;

pub(super) fn get(cluster: &Cluster<'_>, request: &Request<'_>) -> Result<Outcome, Refusal> {
    request.live(cluster).map(Outcome::ok)
}

/// The objects that a list or a watch is about, as they are now.
pub(super) fn selected(cluster: &Cluster<'_>, request: &Request<'_>, selector: &Selector) -> Vec<Json> {
    let kind = request.kind;
    let group = if kind.group == "events.k8s.io" { "" } else { &kind.group };
    let all = cluster.list(group, &kind.plural, request.target.namespace.as_deref());
    let named = request.target.name.as_deref();
    let all = all
        .into_iter()
        .filter(|one| selector.matches(one) && named.is_none_or(|name| text(&one["metadata"], "name") == name));
    all.map(|object| shown(object, kind)).collect()
}

pub(super) fn selector(request: &Request<'_>) -> Result<Selector, Refusal> {
    let asked = request.asked;
    Selector::read(asked.parameter("labelSelector"), asked.parameter("fieldSelector"), request.kind)
}

pub(super) fn list(cluster: &Cluster<'_>, request: &Request<'_>) -> Result<Outcome, Refusal> {
    let (asked, kind) = (request.asked, request.kind);
    let limit = match asked.parameter("limit").map(str::parse::<usize>) {
        None | Some(Ok(0)) => usize::MAX,
        Some(Ok(limit)) => limit,
        Some(Err(_)) => return Err(Refusal::bad_request("limit has to be a number")),
    };
    check_version(cluster, request)?;
    let (revision, after) = match asked.parameter("continue") {
        Some(token) => continued(token)?,
        None => (cluster.revision(), None),
    };
    if cluster.revision() > revision && cluster.changes_since(revision).is_none() {
        return Err(Refusal::expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list \
             without the continue parameter.",
        ));
    }
    let mut items = selected(cluster, request, &selector(request)?);
    if let Some(after) = after {
        items.retain(|object| place_in_order(object) > after);
    }
    let rest = items.len().saturating_sub(limit);
    items.truncate(limit);
    let mut metadata = json!({"resourceVersion": revision.to_string()});
    if let Some(last) = items.last().filter(|_| rest > 0) {
        let token = json!({"rv": revision, "start": place_in_order(last)}).to_string();
        metadata["continue"] = json!(URL_SAFE_NO_PAD.encode(token));
        metadata["remainingItemCount"] = json!(rest);
    }
    // The items of a list of a built-in kind do not say what they are.
    if kind.custom.is_none() {
        for item in &mut items {
            for name in ["apiVersion", "kind"] {
                super::object::take(item, name);
            }
        }
    }
    Ok(Outcome::ok(json!({
        "kind": list_kind(kind),
        "apiVersion": kind.api_version(),
        "metadata": metadata,
        "items": items,
    })))
}

fn list_kind(kind: &Kind) -> String {
    format!("{}List", kind.kind)
}

fn place_in_order(object: &Json) -> String {
    full_name(object)
}

/// Nobody knows the future.
fn check_version(cluster: &Cluster<'_>, request: &Request<'_>) -> Result<(), Refusal> {
    let Some(version) = request.asked.parameter("resourceVersion") else { return Ok(()) };
    let version: u64 = version
        .parse()
        .map_err(|_| Refusal::bad_request(format!("invalid resource version \"{version}\": it has to be a number")))?;
    if version <= cluster.revision() {
        return Ok(());
    }
    let message = format!("Too large resource version: {version}, current: {}", cluster.revision());
    Err(Refusal::new(504, "Timeout", message).detail("retryAfterSeconds", 1))
}

fn continued(token: &str) -> Result<(u64, Option<String>), Refusal> {
    let read = || {
        let token: Json = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        Some((token["rv"].as_u64()?, Some(text(&token, "start").to_owned())))
    };
    read().ok_or_else(|| Refusal::bad_request("continue key is not valid"))
}
