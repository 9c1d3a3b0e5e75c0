//! Parts of objects with an address of their own: their scale, a pod's log and its eviction, and reviews.

use serde_json::{Value as Json, json};

use super::delete::{self, Manner, Propagation};
use super::kinds::Kind;
use super::object::{name, namespace, resource_version, strings, text};
use super::request::Verb;
use super::selector::Selector;
use super::status::Refusal;
use super::write::{Outcome, Request, put_changed};
use super::{body, change, json_path, kinds, rules};
use crate::simulator::kubernetes::Cluster;

/// Answers for every subresource but a status.
pub(super) fn answer(cluster: &mut Cluster<'_>, request: &Request<'_>, which: &str) -> Result<Outcome, Refusal> {
    match (which, request.asked.verb) {
        ("scale", Verb::Get) => scale_of(&request.live(cluster)?, request.kind).map(Outcome::ok),
        ("scale", Verb::Update | Verb::Patch) => scale(cluster, request),
        ("eviction", Verb::Create) => evict(cluster, request),
        ("finalize", Verb::Update) => finalize(cluster, request),
        ("log", Verb::Get) => request.live(cluster).map(|_| Outcome::ok(json!(""))),
        _ => Err(Refusal::method_not_allowed("the server does not allow this method on the requested resource")),
    }
}

/// Where an object has its numbers of replicas and its selector.
struct Paths {
    wanted: String,
    there: String,
    selector: String,
}

fn paths(kind: &Kind) -> Paths {
    let of = |wanted: &str, there: &str, selector: &str| Paths {
        wanted: wanted.to_owned(),
        there: there.to_owned(),
        selector: selector.to_owned(),
    };
    match &kind.custom {
        Some(custom) => {
            let scale = &custom.version["subresources"]["scale"];
            let path = |name| text(scale, name);
            of(path("specReplicasPath"), path("statusReplicasPath"), path("labelSelectorPath"))
        }
        None => of(".spec.replicas", ".status.replicas", ".spec.selector"),
    }
}

fn scale_of(object: &Json, kind: &Kind) -> Result<Json, Refusal> {
    let paths = paths(kind);
    let number =
        |path: &str| json_path::find(object, path).first().and_then(|found| found.as_i64()).unwrap_or_default();
    let selector = match json_path::find(object, &paths.selector).first() {
        Some(Json::String(text)) => text.clone(),
        Some(other) => {
            // Replication controllers select by labels alone.
            let labels = other.get("matchLabels").unwrap_or(other).as_object().into_iter().flatten();
            let parts: Vec<_> =
                labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
            parts.join(",")
        }
        None => String::new(),
    };
    let metadata = &object["metadata"];
    Ok(json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {"name": name(object), "namespace": namespace(object), "uid": metadata["uid"],
            "resourceVersion": resource_version(object), "creationTimestamp": metadata["creationTimestamp"]},
        "spec": {"replicas": number(&paths.wanted)},
        "status": {"replicas": number(&paths.there), "selector": selector},
    }))
}

fn scale(cluster: &mut Cluster<'_>, request: &Request<'_>) -> Result<Outcome, Refusal> {
    let live = request.live(cluster)?;
    let current = scale_of(&live, request.kind)?;
    let wanted = match request.asked.verb {
        Verb::Update => body::document(request.asked)?.unwrap_or_default(),
        _ => change::patched(&current, request, body::media_type(request.asked))?,
    };
    body::check_kind(&wanted, "autoscaling/v1", "Scale")?;
    let replicas = wanted["spec"]["replicas"].as_i64().unwrap_or_default();
    if replicas < 0 {
        let message = format!("Invalid value: {replicas}: must be greater than or equal to 0");
        let kind = Kind { group: "autoscaling".to_owned(), kind: "Scale".to_owned(), ..request.kind.clone() };
        return Err(Refusal::invalid(&kind, name(&live), &[super::status::Mistake::new("spec.replicas", &message)]));
    }
    let mut object = live.clone();
    set(&mut object, &paths(request.kind).wanted, json!(replicas));
    match resource_version(&wanted) {
        "" => {}
        version => object["metadata"]["resourceVersion"] = json!(version),
    }
    let object = rules::track(Some(&live), object, &request.writer(cluster), request.kind);
    let object = put_changed(cluster, request, &live, object)?;
    scale_of(&object, request.kind).map(Outcome::ok)
}

/// Puts a value at a path of names.
fn set(object: &mut Json, path: &str, value: Json) {
    let mut at = object;
    for part in path.trim_start_matches('.').split('.') {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[part];
    }
    *at = value;
}

fn evict(cluster: &mut Cluster<'_>, request: &Request<'_>) -> Result<Outcome, Refusal> {
    let pod = request.live(cluster)?;
    let budgets = cluster.list("policy", "poddisruptionbudgets", Some(namespace(&pod)));
    let spent = budgets.iter().find(|budget| {
        let selects = Selector::of_labels(&budget["spec"]["selector"]).is_some_and(|selector| selector.matches(&pod));
        selects && budget["status"]["disruptionsAllowed"].as_i64().unwrap_or_default() <= 0
    });
    if let Some(budget) = spent {
        let message = "Cannot evict pod as it would violate the pod's disruption budget.";
        let why = format!("The disruption budget {} allows no disruption now", name(budget));
        let cause = json!([{"reason": "DisruptionBudget", "message": why}]);
        return Err(Refusal::new(429, "TooManyRequests", message).detail("causes", cause));
    }
    let at = cluster.now();
    if !request.asked.is_dry_run() {
        delete::take_away(cluster, request.kind, pod, &Manner::by(Propagation::Background), at)?;
    }
    Ok(Outcome {
        code: 201,
        document: json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}),
        warnings: Vec::new(),
    })
}

/// Says what still holds a namespace.
fn finalize(cluster: &mut Cluster<'_>, request: &Request<'_>) -> Result<Outcome, Refusal> {
    let given = body::object(request.asked, &kinds::core("namespaces"))?;
    let live = request.live(cluster)?;
    let mut object = live.clone();
    object["spec"] = match strings(&given["spec"]["finalizers"]) {
        none if none.is_empty() => json!({}),
        held => json!({"finalizers": held}),
    };
    match resource_version(&given) {
        "" => {}
        version => object["metadata"]["resourceVersion"] = json!(version),
    }
    put_changed(cluster, request, &live, object).map(Outcome::ok)
}

/// Whether someone may do something. Whoever may ask may do everything.
pub(super) fn review(request: &Request<'_>) -> Result<Outcome, Refusal> {
    let mut review = body::object(request.asked, request.kind)?;
    review["status"] = json!({"allowed": true});
    Ok(Outcome { code: 201, document: review, warnings: Vec::new() })
}
