//! Creating, updating and patching objects.

use serde_json::Value as Json;

use super::object::{resource_version, uid};
use super::status::{Mistake, Refusal};
use super::write::{Outcome, Request, keep_what_is_elsewhere, put_changed, put_new};
use super::{body, rules};
use crate::simulator::kubernetes::Cluster;

const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const JSON: &str = "application/json-patch+json";

pub(super) fn create(cluster: &mut Cluster<'_>, request: &Request<'_>) -> Result<Outcome, Refusal> {
    let object = body::object(request.asked, request.kind)?;
    let warnings = request.check_fields(&object)?;
    let mut object = if request.kind.has("status") { rules::without_status(&object) } else { object };
    rules::complete(&mut object, request.kind);
    let object = rules::track(None, object, &request.writer(cluster), request.kind);
    let object = put_new(cluster, request, object)?;
    Ok(Outcome { code: 201, document: object, warnings })
}

pub(super) fn update(cluster: &mut Cluster<'_>, request: &Request<'_>) -> Result<Outcome, Refusal> {
    let mut object = body::object(request.asked, request.kind)?;
    let warnings = request.check_fields(&object)?;
    body::place(&mut object, request.kind, request.target)?;
    let live = request.live(cluster)?;
    keep_what_is_elsewhere(request, &live, &mut object);
    rules::complete(&mut object, request.kind);
    let object = rules::track(Some(&live), object, &request.writer(cluster), request.kind);
    let object = put_changed(cluster, request, &live, object)?;
    Ok(Outcome { code: 200, document: object, warnings })
}

pub(super) fn patch(cluster: &mut Cluster<'_>, request: &Request<'_>) -> Result<Outcome, Refusal> {
    match body::media_type(request.asked) {
        APPLY => apply(cluster, request),
        kind => {
            let live = request.live(cluster)?;
            let patched = patched(&live, request, kind)?;
            body::check_kind(&patched, &request.kind.api_version(), &request.kind.kind)?;
            let warnings = request.check_fields(&patched)?;
            let mut patched = patched;
            body::place(&mut patched, request.kind, request.target)?;
            keep_what_is_elsewhere(request, &live, &mut patched);
            rules::complete(&mut patched, request.kind);
            let patched = rules::track(Some(&live), patched, &request.writer(cluster), request.kind);
            let object = put_changed(cluster, request, &live, patched)?;
            Ok(Outcome { code: 200, document: object, warnings })
        }
    }
}

pub(super) fn patched(live: &Json, request: &Request<'_>, media_type: &str) -> Result<Json, Refusal> {
    let patch = || body::json_document(&request.asked.body);
    match media_type {
        MERGE => rules::merged(live, &patch()?),
        JSON => rules::json_patched(live, &patch()?),
        STRATEGIC if request.kind.custom.is_none() => rules::strategic(live, &patch()?, request.kind),
        other => {
            let known: &[&str] = match request.kind.custom {
                Some(_) => &[JSON, MERGE, APPLY],
                None => &[JSON, MERGE, STRATEGIC, APPLY],
            };
            Err(Refusal::unsupported_media_type(format!(
                "the body of the request was in an unknown format - accepted media types include: {}; not {other}",
                known.join(", ")
            )))
        }
    }
}

fn apply(cluster: &mut Cluster<'_>, request: &Request<'_>) -> Result<Outcome, Refusal> {
    let kind = request.kind;
    if request.asked.parameter("fieldManager").is_none() {
        let options = super::kinds::Kind { kind: "PatchOptions".to_owned(), ..kind.clone() };
        let mistake = Mistake::new("fieldManager", "Required value: is required for apply patch");
        return Err(Refusal::invalid(&options, "", &[mistake]));
    }
    let mut patch = body::yaml_document(&request.asked.body)?;
    body::check_kind(&patch, &kind.api_version(), &kind.kind)?;
    let warnings = request.check_fields(&patch)?;
    if !patch["metadata"]["managedFields"].is_null() {
        return Err(Refusal::bad_request("metadata.managedFields must be nil"));
    }
    body::place(&mut patch, kind, request.target)?;
    let live = request.live(cluster).ok();
    if let Some(live) = &live {
        check_identity(&patch, live, request)?;
    }
    let patch = match request.target.subresource.as_deref() {
        Some("status") => rules::only_status(&patch),
        _ if kind.has("status") => rules::without_status(&patch),
        _ => patch,
    };
    let force = request.asked.flag("force");
    let applied = rules::apply(live.as_ref(), &patch, &request.writer(cluster), force, kind)?;
    match live {
        Some(live) => {
            let object = put_changed(cluster, request, &live, applied)?;
            Ok(Outcome { code: 200, document: object, warnings })
        }
        None if request.target.subresource.is_some() => Err(Refusal::not_found(kind, request.name())),
        None if !uid(&patch).is_empty() => {
            let why = "uid mismatch: the provided object specified uid, and no existing object was found";
            Err(Refusal::conflict(kind, request.name(), why))
        }
        None if !resource_version(&patch).is_empty() => Err(Refusal::modified(kind, request.name())),
        None => Ok(Outcome { code: 201, document: put_new(cluster, request, applied)?, warnings }),
    }
}

fn check_identity(patch: &Json, live: &Json, request: &Request<'_>) -> Result<(), Refusal> {
    let version = resource_version(patch);
    if !version.is_empty() && version != resource_version(live) {
        return Err(Refusal::modified(request.kind, request.name()));
    }
    Ok(())
}
