//! What every write goes through: what is checked, what the server says itself, and what is kept.

use serde_json::{Value as Json, json};

use super::kinds::{self, Kind};
use super::object::{finalizers, is_going, name, namespace, resource_version, strings, take, text, uid};
use super::request::{Asked, Target};
use super::rules::{self, Writer};
use super::status::{Mistake, Refusal};
use super::{body, controllers, events, strategy};
use crate::clock::rfc3339;
use crate::simulator::kubernetes::{Cluster, Place};

/// A request about objects of a kind.
pub(super) struct Request<'a> {
    pub(super) asked: &'a Asked,
    pub(super) target: &'a Target,
    pub(super) kind: &'a Kind,
}

/// What comes of it.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) code: u16,
    pub(super) document: Json,
    pub(super) warnings: Vec<String>,
}

impl Outcome {
    pub(super) fn ok(document: Json) -> Self {
        Self { code: 200, document, warnings: Vec::new() }
    }
}

impl<'a> Request<'a> {
    pub(super) fn place(&self, name: &str) -> Place {
        place_of(self.kind, self.target.namespace.as_deref(), name)
    }

    /// The name in the path.
    pub(super) fn name(&self) -> &'a str {
        self.target.name.as_deref().unwrap_or_default()
    }

    pub(super) fn writer(&self, cluster: &Cluster<'_>) -> Writer<'a> {
        let agent = self.asked.header("user-agent").split('/').next().unwrap_or_default();
        let agent = if agent.is_empty() { "unknown" } else { agent };
        Writer {
            manager: self.asked.parameter("fieldManager").unwrap_or(agent),
            subresource: self.target.subresource.as_deref().unwrap_or_default(),
            time: cluster.now(),
        }
    }

    pub(super) fn live(&self, cluster: &Cluster<'_>) -> Result<Json, Refusal> {
        let live = cluster.get(&self.place(self.name()));
        live.map(|live| shown(live, self.kind)).ok_or_else(|| Refusal::not_found(self.kind, self.name()))
    }

    /// Warns of what the simulation does not do, and of what the kind does not know, or refuses that.
    pub(super) fn check_fields(&self, object: &Json) -> Result<Vec<String>, Refusal> {
        let mut warnings = self.check_known_fields(object)?;
        warnings.extend(strategy::warning(self.kind, object).map(str::to_owned));
        Ok(warnings)
    }

    fn check_known_fields(&self, object: &Json) -> Result<Vec<String>, Refusal> {
        let validation = self.asked.parameter("fieldValidation").unwrap_or("Warn");
        if !matches!(validation, "Ignore" | "Warn" | "Strict") {
            return Err(Refusal::bad_request(format!(
                "fieldValidation: Unsupported value: \"{validation}\": supported values: \"Ignore\", \"Strict\", \"Warn\""
            )));
        }
        if validation == "Ignore" {
            return Ok(Vec::new());
        }
        let unknown = rules::unknown_fields(object, self.kind);
        let unknown: Vec<_> = unknown.iter().map(|field| format!("unknown field \"{field}\"")).collect();
        if validation == "Warn" || unknown.is_empty() {
            return Ok(unknown);
        }
        let Kind { kind, version, .. } = self.kind;
        Err(Refusal::bad_request(format!(
            "{kind} in version \"{version}\" cannot be handled as a {kind}: strict decoding error: {}",
            unknown.join(", ")
        )))
    }
}

pub(super) fn place_of(kind: &Kind, namespace: Option<&str>, name: &str) -> Place {
    // Events of the two groups are the same objects.
    let group = if kind.group == "events.k8s.io" { "" } else { &kind.group };
    Place {
        group: group.to_owned(),
        resource: kind.plural.clone(),
        namespace: namespace.filter(|_| kind.namespaced).map(str::to_owned),
        name: name.to_owned(),
    }
}

/// Objects are kept in one version, and shown in the one that is asked for.
pub(super) fn shown(object: Json, kind: &Kind) -> Json {
    let mut object = events::shown(object, kind);
    if object["apiVersion"] != kind.api_version() {
        object["apiVersion"] = json!(kind.api_version());
    }
    object
}

pub(super) fn as_kept(object: Json, kind: &Kind) -> Json {
    let mut object = events::kept(object, kind);
    if let Some(custom) = &kind.custom {
        object["apiVersion"] = json!(kinds::api_version(&kind.group, &custom.stored_as));
    }
    object
}

/// Puts a new object in, or does everything but that.
pub(super) fn put_new(cluster: &mut Cluster<'_>, request: &Request<'_>, mut object: Json) -> Result<Json, Refusal> {
    let kind = request.kind;
    body::place(&mut object, kind, request.target)?;
    if !resource_version(&object).is_empty() {
        return Err(Refusal::bad_request("resourceVersion should not be set on objects to be created"));
    }
    fill_in_name(cluster, &mut object, kind)?;
    check_namespace(cluster, request, &object)?;
    let place = request.place(name(&object));
    if cluster.get(&place).is_some() {
        return Err(Refusal::already_exists(kind, name(&object)));
    }
    fill_in_metadata(cluster, &mut object);
    if kind.has("status") && !kind.is("", "namespaces") {
        take(&mut object, "status");
    }
    strategy::before_create(cluster, kind, &mut object)?;
    rules::complete(&mut object, kind);
    check(kind, &object, None)?;
    if strategy::has_generation(kind) {
        object["metadata"]["generation"] = json!(1);
    }
    keep(cluster, request, &place, object)
}

fn fill_in_name(cluster: &mut Cluster<'_>, object: &mut Json, kind: &Kind) -> Result<(), Refusal> {
    if !name(object).is_empty() {
        return Ok(());
    }
    let start = text(&object["metadata"], "generateName").to_owned();
    if start.is_empty() {
        let mistake = Mistake::new("metadata.name", "Required value: name or generateName is required");
        return Err(Refusal::invalid(kind, "", &[mistake]));
    }
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut number = cluster.draw();
    let mut letter = || {
        let at = usize::try_from(number % LETTERS.len() as u64).unwrap_or_default();
        number /= LETTERS.len() as u64;
        LETTERS.get(at).copied().map_or('x', char::from)
    };
    let end: String = (0..5).map(|_| letter()).collect();
    let start: String = start.chars().take(58).collect();
    object["metadata"]["name"] = json!(format!("{start}{end}"));
    Ok(())
}

fn fill_in_metadata(cluster: &mut Cluster<'_>, object: &mut Json) {
    let uid = cluster.uid();
    let now = rfc3339(cluster.now());
    let metadata = &mut object["metadata"];
    for name in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation"] {
        take(metadata, name);
    }
    metadata["uid"] = json!(uid);
    metadata["creationTimestamp"] = json!(now);
}

/// A new object needs a namespace that stays.
fn check_namespace(cluster: &Cluster<'_>, request: &Request<'_>, object: &Json) -> Result<(), Refusal> {
    let kind = request.kind;
    if kind.custom.as_ref().is_some_and(|custom| custom.terminating) {
        let why = "create not allowed while custom resource definition is terminating";
        return Err(Refusal::method_not_allowed(why).about(kind, ""));
    }
    let Some(namespace) = request.target.namespace.as_deref().filter(|_| kind.namespaced) else { return Ok(()) };
    let namespaces = kinds::core("namespaces");
    let Some(found) = cluster.get(&place_of(&namespaces, None, namespace)) else {
        return Err(Refusal::not_found(&namespaces, namespace));
    };
    if !is_going(&found) {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
    let cause = json!([{"reason": "NamespaceTerminating",
        "message": format!("namespace {namespace} is being terminated"), "field": "metadata.namespace"}]);
    Err(Refusal::forbidden(kind, name(object), &why).detail("causes", cause))
}

/// Puts a changed object in the place of the one that is there, or does everything but that.
pub(super) fn put_changed(
    cluster: &mut Cluster<'_>,
    request: &Request<'_>,
    live: &Json,
    mut object: Json,
) -> Result<Json, Refusal> {
    let kind = request.kind;
    check_preconditions(kind, live, &object)?;
    keep_what_is_the_servers(live, &mut object);
    keep_what_is_elsewhere(request, live, &mut object);
    if request.target.subresource.is_none() {
        strategy::before_update(cluster, kind, live, &mut object);
    }
    rules::complete(&mut object, kind);
    check_new_finalizers(kind, live, &object)?;
    check(kind, &object, Some(live))?;
    if strategy::has_generation(kind) && is_another(kind, live, &object) {
        let generation = live["metadata"]["generation"].as_i64().unwrap_or_default();
        object["metadata"]["generation"] = json!(generation + 1);
    }
    let place = request.place(name(live));
    if is_finished(&object) && !request.asked.is_dry_run() {
        controllers::erase(cluster, &place);
        return Ok(object);
    }
    keep(cluster, request, &place, object)
}

fn check_preconditions(kind: &Kind, live: &Json, object: &Json) -> Result<(), Refusal> {
    let (wanted, found) = (uid(object), uid(live));
    if !wanted.is_empty() && wanted != found {
        let why = format!("Precondition failed: UID in precondition: {wanted}, UID in object meta: {found}");
        return Err(Refusal::conflict(kind, name(live), &why));
    }
    match resource_version(object) {
        "" | "0" if kind.custom.is_some() => {
            let mistake = Mistake::new("metadata.resourceVersion", "Invalid value: 0: must be specified for an update");
            Err(Refusal::invalid(kind, name(live), &[mistake]))
        }
        "" => Ok(()),
        given if given != resource_version(live) => Err(Refusal::modified(kind, name(live))),
        _ => Ok(()),
    }
}

fn keep_what_is_the_servers(live: &Json, object: &mut Json) {
    const KEPT: [&str; 6] = [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
    ];
    for name in KEPT {
        match &live["metadata"][name] {
            Json::Null => drop(take(&mut object["metadata"], name)),
            value => object["metadata"][name] = value.clone(),
        }
    }
}

/// A status is changed where it has an address of its own, and nothing else is changed there.
pub(super) fn keep_what_is_elsewhere(request: &Request<'_>, live: &Json, object: &mut Json) {
    match request.target.subresource.as_deref() {
        Some("status") => keep_all_but_status(live, object, request.kind),
        None if request.kind.has("status") => keep_status(live, object),
        _ => {}
    }
}

fn keep_all_but_status(live: &Json, object: &mut Json, kind: &Kind) {
    let status = take(object, "status").unwrap_or_else(|| json!({}));
    let managed = take(&mut object["metadata"], "managedFields");
    // Conditions of nodes and pods come with marks on the object itself.
    let marks = ["labels", "annotations"].map(|name| (name, object["metadata"][name].clone()));
    *object = live.clone();
    object["status"] = status;
    if let Some(managed) = managed {
        object["metadata"]["managedFields"] = managed;
    }
    if kind.custom.is_none() {
        for (name, value) in marks.into_iter().filter(|(_, value)| value.is_object()) {
            object["metadata"][name] = value;
        }
    }
}

fn keep_status(live: &Json, object: &mut Json) {
    match live.get("status") {
        Some(status) => object["status"] = status.clone(),
        None => drop(take(object, "status")),
    }
}

fn check_new_finalizers(kind: &Kind, live: &Json, object: &Json) -> Result<(), Refusal> {
    let before = finalizers(live);
    let new: Vec<_> = finalizers(object).into_iter().filter(|one| !before.contains(one)).collect();
    if !is_going(live) || new.is_empty() {
        return Ok(());
    }
    let found: Vec<_> = new.iter().map(|one| format!("\"{one}\"")).collect();
    let message = format!(
        "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
        found.join(", ")
    );
    Err(Refusal::invalid(kind, name(live), &[Mistake::new("metadata.finalizers", &message)]))
}

fn check(kind: &Kind, object: &Json, old: Option<&Json>) -> Result<(), Refusal> {
    let mistakes = rules::mistakes(object, kind, old);
    if mistakes.is_empty() { Ok(()) } else { Err(Refusal::invalid(kind, name(object), &mistakes)) }
}

/// Whether anything changed but what is said about it.
fn is_another(kind: &Kind, live: &Json, object: &Json) -> bool {
    let left_out = |name: &str| name == "metadata" || (name == "status" && kind.has("status"));
    let rest = |of: &Json| {
        let mut of = of.as_object().cloned().unwrap_or_default();
        of.retain(|name, _| !left_out(name));
        of
    };
    rest(live) != rest(object)
}

/// It is being deleted, and nothing holds it any more.
pub(super) fn is_finished(object: &Json) -> bool {
    let waits = object["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or_default() > 0;
    let holds = object["kind"] == "Namespace" && !strings(&object["spec"]["finalizers"]).is_empty();
    is_going(object) && finalizers(object).is_empty() && !waits && !holds
}

/// Writes an object, unless nothing is to come of the request or nothing changed.
fn keep(cluster: &mut Cluster<'_>, request: &Request<'_>, place: &Place, object: Json) -> Result<Json, Refusal> {
    let kind = request.kind;
    if request.asked.is_dry_run() {
        return Ok(object);
    }
    let object = as_kept(object, kind);
    if let Some(live) = cluster.get(place).filter(|live| rules::is_no_change(live, &object)) {
        return Ok(shown(live, kind));
    }
    Ok(shown(controllers::write(cluster, place, object), kind))
}

/// What an object in a namespace is called in messages of this server.
pub(super) fn full_name(object: &Json) -> String {
    match namespace(object) {
        "" => name(object).to_owned(),
        namespace => format!("{namespace}/{}", name(object)),
    }
}
