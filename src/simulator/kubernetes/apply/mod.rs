//! Server-side apply, and who owns what after any other write.
//!
//! The caller stores what comes back; nothing is stored here. Before [`apply()`], a caller whose kind has a
//! status subresource takes out what that call may not change ([`without_status`], [`only_status`]). Before
//! [`track`], defaults are set, because whoever creates an object owns its defaults; after [`apply()`] they are
//! set and owned by no one, as on a real server.
//!
//! All of an object's managers are taken to speak of the version that is written: fields are not converted
//! between versions of a kind. When `kubectl` applies from the server's side what it applied from the client's
//! before, it takes that over, but the annotation it left is not rewritten.

mod compare;
mod managed;
mod merge;
mod refused;
mod remove;

use serde_json::{Map, Value as Json, json};

use super::fields::{self, FieldSet};
use super::schema::Schema;
use super::validation::drop_empty;
use crate::clock::Timestamp;

use compare::Comparison;
use managed::{Identity, Managers, Owned};
pub(in crate::simulator) use refused::{Conflict, Refused};

/// What `kubectl apply` without `--server-side` writes.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Owns what was there before anyone applied anything.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";

/// What no one owns, because the server writes it.
const NEVER_OWNED: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata"],
    &["metadata", "clusterName"],
    &["metadata", "creationTimestamp"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "resourceVersion"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
];

/// What an applied object may say and the server does not take from it.
const NOT_APPLIED: &[&str] =
    &["creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "selfLink"];

/// Who writes, to what part of the object, and when.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulator) struct Manager<'m> {
    /// `fieldManager` of the call; without one, the first part of its user agent.
    pub(in crate::simulator) name: &'m str,
    /// `status`, `scale`, or empty.
    pub(in crate::simulator) subresource: &'m str,
    pub(in crate::simulator) time: Timestamp,
}

/// Merges what is applied into what is there, and gives the object as it is afterwards, with its managers.
/// When nothing changes, that is the object as it was, to the letter.
///
/// # Errors
/// [`Refused::Conflicts`] when someone else owns a field that would change and `force` is not set;
/// [`Refused::Invalid`] when what is applied cannot be merged at all.
pub(in crate::simulator) fn apply(
    live: Option<&Json>,
    patch: &Json,
    manager: &Manager<'_>,
    force: bool,
    schema: &Schema,
) -> Result<Json, Refused> {
    let patch = applicable(patch, schema)?;
    let before = live.map_or_else(|| json!({}), without_managers);
    let identity = Identity::applier(manager);
    let mut managers = Managers::of(live);
    if live.is_some() && managers.is_empty() {
        own_what_is_there(&before, manager.time, &mut managers, schema);
    }
    let known = managers.clone();
    let last = managers.get(&identity).map(|owned| owned.fields.clone()).unwrap_or_default();

    let merged = merge::merge(&before, &patch, schema);
    let fields = FieldSet::of(&patch, schema);
    managers.set(identity.clone(), Owned { api_version: api_version(&patch), fields, time: managers.time(&identity) });
    let after = prune(merged, &managers, &last, schema);

    let comparison = Comparison::of(&before, &after, schema);
    let conflicts = if force { Vec::new() } else { conflicts(&comparison, &managers, &identity) };
    let conflicts = without_those_of_client_side_apply(conflicts, &before, manager, schema);
    if !conflicts.is_empty() {
        return Err(Refused::Conflicts(conflicts));
    }
    take_over(&comparison, &mut managers, &identity);
    managers.strip(&identity, &FieldSet::named(NEVER_OWNED));
    if after != before || known.get(&identity).is_none() {
        managers.touch(&identity, manager.time);
    }
    match live {
        Some(live) if after == before && managers == known => Ok(live.clone()),
        _ => Ok(managers.put_into(after)),
    }
}

/// Gives an object that was created, updated or patched the managers it has after that: the writer owns what
/// changed, and no one else does.
pub(in crate::simulator) fn track(live: Option<&Json>, new: Json, manager: &Manager<'_>, schema: &Schema) -> Json {
    if wants_no_managers(&new) && manager.subresource.is_empty() {
        return without_managers(&new);
    }
    let mut managers = match Managers::of(Some(&new)) {
        own if manager.subresource.is_empty() && !own.is_empty() => own,
        _ => Managers::of(live),
    };
    let new = without_managers(&new);
    if live.is_some() && managers.is_empty() {
        // No one keeps books on this object, and an update does not begin to.
        return new;
    }
    let before = live.map_or_else(|| skeleton(&new, schema), without_managers);
    let identity = Identity::updater(manager, &api_version(&new));
    update(&before, &new, identity, manager.time, &mut managers, schema);
    managers.put_into(new)
}

/// Whether a write, once defaults are filled in and amounts have their form, changes nothing but when managers last
/// wrote. Such a write is not stored: applying `cpu: "0.5"` over `500m` is no change.
pub(in crate::simulator) fn is_no_change(live: &Json, new: &Json) -> bool {
    without_times(live) == without_times(new)
}

/// An object without its status: for kinds whose status is written by itself.
pub(in crate::simulator) fn without_status(object: &Json) -> Json {
    let mut object = object.clone();
    if let Some(members) = object.as_object_mut() {
        members.remove("status");
    }
    object
}

/// What the status subresource takes from an object.
pub(in crate::simulator) fn only_status(object: &Json) -> Json {
    let mut kept = Map::new();
    for name in ["apiVersion", "kind", "status"] {
        if let Some(value) = object.get(name) {
            kept.insert(name.to_owned(), value.clone());
        }
    }
    let metadata = object.get("metadata").and_then(Json::as_object).into_iter().flatten();
    let metadata: Map<_, _> = metadata
        .filter(|(name, _)| ["name", "namespace", "resourceVersion", "uid"].contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    kept.insert("metadata".to_owned(), Json::Object(metadata));
    Json::Object(kept)
}

fn update(before: &Json, new: &Json, identity: Identity, now: Timestamp, managers: &mut Managers, schema: &Schema) {
    let comparison = Comparison::of(before, new, schema);
    take_over(&comparison, managers, &identity);
    managers.release(&identity, &comparison.changed().union(&comparison.removed));
    let gained = comparison.changed().difference(&FieldSet::named(NEVER_OWNED));
    if !gained.is_empty() {
        let fields = managers.get(&identity).map_or_else(|| gained.clone(), |owned| owned.fields.union(&gained));
        managers.set(identity.clone(), Owned { api_version: api_version(new), fields, time: None });
        managers.touch(&identity, now);
    }
    managers.cap();
}

fn own_what_is_there(before: &Json, now: Timestamp, managers: &mut Managers, schema: &Schema) {
    let writer = Manager { name: BEFORE_FIRST_APPLY, subresource: "", time: now };
    let identity = Identity::updater(&writer, &api_version(before));
    let gained = Comparison::of(&skeleton(before, schema), before, schema).added;
    let fields = gained.difference(&FieldSet::named(NEVER_OWNED));
    managers.set(identity.clone(), Owned { api_version: api_version(before), fields, time: None });
    managers.touch(&identity, now);
}

/// What an object of a built-in kind has before anything is said: the parts that are never left out.
fn skeleton(object: &Json, schema: &Schema) -> Json {
    const PARTS: &[&str] = &[
        "/metadata",
        "/spec",
        "/spec/strategy",
        "/spec/updateStrategy",
        "/spec/template",
        "/spec/template/metadata",
        "/spec/template/spec",
        "/spec/jobTemplate",
        "/spec/jobTemplate/metadata",
        "/spec/jobTemplate/spec",
        "/spec/jobTemplate/spec/template",
        "/spec/jobTemplate/spec/template/metadata",
        "/spec/jobTemplate/spec/template/spec",
        "/status",
    ];
    let mut skeleton = json!({});
    for part in PARTS.iter().filter(|part| schema.is_built_in() && object.pointer(part).is_some_and(Json::is_object)) {
        let (holder, name) = part.rsplit_once('/').unwrap_or(("", part));
        if let Some(holder) = skeleton.pointer_mut(holder) {
            holder[name] = json!({});
        }
    }
    skeleton
}

/// Takes away what this manager applied before, does not apply any more, and no one else wants.
fn prune(merged: Json, managers: &Managers, last: &FieldSet, schema: &Schema) -> Json {
    if last.is_empty() {
        return merged;
    }
    let last = last.with_named_parents(schema);
    let has = |object: &Json| FieldSet::present(object, schema).with_named_parents(schema);
    let had = has(&merged);
    let without = remove::remove(&merged, &last, schema);
    let owned = has(&without).union(&managers.all_fields().with_named_parents(schema));
    let without = remove::remove(&merged, &had.difference(&owned), schema);
    let gone = had.difference(&has(&without)).intersection(&last);
    remove::remove(&merged, &gone, schema)
}

fn conflicts(comparison: &Comparison, managers: &Managers, own: &Identity) -> Vec<Conflict> {
    let changed = comparison.changed();
    let others = managers.others(own);
    let contested = others.map(|(identity, owned)| (identity, owned, owned.fields.intersection(&changed)));
    contested
        .flat_map(|(identity, owned, fields)| {
            fields.paths().into_iter().map(move |path| identity.conflict(&owned.api_version, path))
        })
        .collect()
}

/// Others lose what has changed or is gone.
fn take_over(comparison: &Comparison, managers: &mut Managers, own: &Identity) {
    let lost = comparison.changed().union(&comparison.removed);
    managers.release_by_others(own, &lost);
}

/// `kubectl` may take over what it applied from the client's side before, as long as that is still there.
fn without_those_of_client_side_apply(
    mut conflicts: Vec<Conflict>,
    live: &Json,
    manager: &Manager<'_>,
    schema: &Schema,
) -> Vec<Conflict> {
    let annotation = live.pointer("/metadata/annotations").and_then(|all| all.get(LAST_APPLIED)?.as_str());
    let applied =
        annotation.filter(|_| manager.name == "kubectl").and_then(|text| serde_json::from_str::<Json>(text).ok());
    if let Some(applied) = applied {
        let comparison = Comparison::of(&applied, live, schema);
        let changed = comparison.changed().union(&comparison.removed);
        let same = FieldSet::of(&applied, schema).difference(&changed);
        conflicts.retain(|conflict| !same.has(&conflict.path));
    }
    conflicts
}

/// What is applied, without what the server does not take from it.
fn applicable(patch: &Json, schema: &Schema) -> Result<Json, Refused> {
    let mut patch = patch.clone();
    if patch.pointer("/metadata/managedFields").is_some_and(|fields| !fields.is_null()) {
        return Err(Refused::Invalid("metadata.managedFields must be nil".to_owned()));
    }
    if let Some(metadata) = patch.get_mut("metadata").and_then(Json::as_object_mut) {
        metadata.retain(|name, _| name != "managedFields" && !NOT_APPLIED.contains(&name.as_str()));
    }
    drop_empty(&mut patch, schema);
    fields::check(&patch, schema).map_err(|why| Refused::Invalid(format!("{}: {why}", untyped(&patch))))?;
    Ok(patch)
}

/// `failed to create typed patch object (demo/web; apps/v1, Kind=Deployment)`.
fn untyped(patch: &Json) -> String {
    let text = |pointer: &str| patch.pointer(pointer).and_then(Json::as_str).unwrap_or_default();
    let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
    let (version, kind) = (text("/apiVersion"), text("/kind"));
    format!("failed to create typed patch object ({namespace}/{name}; {version}, Kind={kind})")
}

fn api_version(object: &Json) -> String {
    object.get("apiVersion").and_then(Json::as_str).unwrap_or_default().to_owned()
}

fn without_managers(object: &Json) -> Json {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Json::as_object_mut) {
        metadata.remove("managedFields");
    }
    object
}

fn without_times(object: &Json) -> Json {
    let mut object = object.clone();
    let entries = object.pointer_mut("/metadata/managedFields").and_then(Json::as_array_mut);
    for entry in entries.into_iter().flatten().filter_map(Json::as_object_mut) {
        entry.remove("time");
    }
    object
}

/// An empty list asks for no managers at all, which a missing one does not.
fn wants_no_managers(object: &Json) -> bool {
    let managers = object.pointer("/metadata/managedFields").and_then(Json::as_array);
    managers.is_some_and(|all| all.is_empty() || (all.len() == 1 && all[0] == json!({})))
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod custom_tests;

#[cfg(test)]
mod property_tests;
