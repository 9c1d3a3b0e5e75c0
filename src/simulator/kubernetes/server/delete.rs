//! Deletion: at once, or as soon as nothing holds the object any more.

use serde_json::{Value as Json, json};

use super::kinds::{CRD_GROUP, Kind};
use super::object::{finalizers, is_going, name, namespace, resource_version, set_condition, set_finalizers, uid};
use super::status::{Mistake, Refusal};
use super::write::{Outcome, Request, as_kept, is_finished, place_of, shown};
use super::{body, controllers, read};
use crate::clock::{Timestamp, rfc3339};
use crate::simulator::kubernetes::Cluster;

pub(super) const ORPHAN: &str = "orphan";
pub(super) const FOREGROUND: &str = "foregroundDeletion";
/// On a definition until its objects are gone.
pub(super) const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// What happens to what an object owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Propagation {
    Background,
    Foreground,
    Orphan,
}

/// How something is to be deleted.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    pub(super) propagation: Propagation,
    pub(super) grace_seconds: Option<i64>,
    uid: Option<String>,
    resource_version: Option<String>,
    dry_run: bool,
}

impl Manner {
    /// As controllers do it.
    pub(super) fn by(propagation: Propagation) -> Self {
        Self { propagation, grace_seconds: None, uid: None, resource_version: None, dry_run: false }
    }

    fn read(request: &Request<'_>) -> Result<Self, Refusal> {
        let options = body::document(request.asked)?.unwrap_or_else(|| json!({}));
        let given = |name: &str| options[name].as_str().or_else(|| request.asked.parameter(name));
        let orphans = options["orphanDependents"] == true || request.asked.flag("orphanDependents");
        let propagation = match given("propagationPolicy") {
            None if orphans => Propagation::Orphan,
            None | Some("Background") => Propagation::Background,
            Some("Foreground") => Propagation::Foreground,
            Some("Orphan") => Propagation::Orphan,
            Some(other) => {
                let message = format!(
                    "Unsupported value: \"{other}\": supported values: \"Background\", \"Foreground\", \"Orphan\""
                );
                let kind = Kind { kind: "DeleteOptions".to_owned(), ..Kind::default() };
                return Err(Refusal::invalid(&kind, "", &[Mistake::new("propagationPolicy", &message)]));
            }
        };
        let grace = request.asked.parameter("gracePeriodSeconds").and_then(|text| text.parse().ok());
        let precondition = |name: &str| options["preconditions"][name].as_str().map(str::to_owned);
        Ok(Self {
            propagation,
            grace_seconds: options["gracePeriodSeconds"].as_i64().or(grace),
            uid: precondition("uid"),
            resource_version: precondition("resourceVersion"),
            dry_run: request.asked.is_dry_run() || options["dryRun"].as_array().is_some_and(|all| !all.is_empty()),
        })
    }
}

pub(super) fn delete(cluster: &mut Cluster<'_>, request: &Request<'_>) -> Result<Outcome, Refusal> {
    let live = request.live(cluster)?;
    let manner = Manner::read(request)?;
    let at = cluster.now();
    match take_away(cluster, request.kind, live.clone(), &manner, at)? {
        Some(object) => Ok(Outcome::ok(object)),
        None => Ok(Outcome::ok(json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": {"name": name(&live), "group": request.kind.group, "kind": request.kind.plural, "uid": uid(&live)},
        }))),
    }
}

pub(super) fn delete_collection(cluster: &mut Cluster<'_>, request: &Request<'_>) -> Result<Outcome, Refusal> {
    if request.kind.is("", "namespaces") {
        return Err(Refusal::method_not_allowed("the server does not allow this method on the requested resource"));
    }
    let manner = Manner::read(request)?;
    let all = read::list(cluster, request)?;
    let at = cluster.now();
    for object in read::selected(cluster, request, &read::selector(request)?) {
        take_away(cluster, request.kind, object, &manner, at)?;
    }
    Ok(all)
}

/// Deletes an object, or marks it as going. Gives it as it is then, if it is still there.
pub(super) fn take_away(
    cluster: &mut Cluster<'_>,
    kind: &Kind,
    live: Json,
    manner: &Manner,
    at: Timestamp,
) -> Result<Option<Json>, Refusal> {
    check_preconditions(kind, &live, manner)?;
    check_protected(kind, &live)?;
    let namespace = namespace(&live).to_owned();
    let place = place_of(kind, Some(&namespace).filter(|one| !one.is_empty()).map(String::as_str), name(&live));
    let mut object = live.clone();
    let mut held = finalizers(&object);
    match manner.propagation {
        Propagation::Background => held.retain(|one| one != ORPHAN && one != FOREGROUND),
        Propagation::Foreground => replace(&mut held, ORPHAN, FOREGROUND),
        Propagation::Orphan => replace(&mut held, FOREGROUND, ORPHAN),
    }
    if kind.is(CRD_GROUP, super::kinds::CRDS) && !held.iter().any(|one| one == CLEANUP) && !is_going(&object) {
        held.push(CLEANUP.to_owned());
        let because = (
            "InstanceDeletionPending",
            "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
        );
        set_condition(&mut object, at, "Terminating", "True", because);
    }
    set_finalizers(&mut object, &held);
    let grace = grace(kind, &live, manner);
    if !is_going(&object) {
        object["metadata"]["deletionTimestamp"] = json!(rfc3339(at + std::time::Duration::from_secs(grace)));
        object["metadata"]["deletionGracePeriodSeconds"] = json!(grace);
        if kind.is("", "namespaces") {
            object["status"]["phase"] = json!("Terminating");
        }
        if object["metadata"]["generation"].is_i64() {
            let generation = object["metadata"]["generation"].as_i64().unwrap_or_default();
            object["metadata"]["generation"] = json!(generation + 1);
        }
    } else if manner.grace_seconds == Some(0) {
        object["metadata"]["deletionGracePeriodSeconds"] = json!(0);
    }
    if manner.dry_run {
        return Ok(Some(object).filter(|object| !is_finished(object)));
    }
    if is_finished(&object) {
        controllers::erase(cluster, &place);
        return Ok(None);
    }
    if object == live {
        return Ok(Some(object));
    }
    Ok(Some(shown(controllers::write(cluster, &place, as_kept(object, kind)), kind)))
}

fn replace(held: &mut Vec<String>, one: &str, other: &str) {
    held.retain(|name| name != one);
    if !held.iter().any(|name| name == other) {
        held.push(other.to_owned());
    }
}

/// A pod on a node is given time to end.
fn grace(kind: &Kind, live: &Json, manner: &Manner) -> u64 {
    let ended = matches!(live["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    if !kind.is("", "pods") || !live["spec"]["nodeName"].is_string() || ended {
        return 0;
    }
    let own = live["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap_or(30);
    manner.grace_seconds.map_or(own, |seconds| u64::try_from(seconds).unwrap_or(1))
}

fn check_preconditions(kind: &Kind, live: &Json, manner: &Manner) -> Result<(), Refusal> {
    let pairs =
        [("UID", &manner.uid, uid(live)), ("ResourceVersion", &manner.resource_version, resource_version(live))];
    for (what, wanted, found) in pairs {
        if let Some(wanted) = wanted.as_deref().filter(|wanted| *wanted != found) {
            let why = format!("Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {found}");
            return Err(Refusal::conflict(kind, name(live), &why));
        }
    }
    Ok(())
}

/// Some namespaces are every cluster's.
fn check_protected(kind: &Kind, live: &Json) -> Result<(), Refusal> {
    let protected = kind.is("", "namespaces") && matches!(name(live), "default" | "kube-system" | "kube-public");
    if protected {
        return Err(Refusal::forbidden(kind, name(live), "this namespace may not be deleted"));
    }
    Ok(())
}
