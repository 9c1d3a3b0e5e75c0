//! What is in a simulated world, without what differs from run to run.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value as Json;
use tidegate::simulator::World;

/// Every object by its key. Objects whose keys differ only in an id of their own stand together.
pub type Picture = BTreeMap<String, Vec<Json>>;

pub fn picture(world: &World) -> Picture {
    let ids = Regex::new("[0-9A-F]{32}|[0-9a-f]{8}-[0-9a-f-]{27}|\\b(AROA|ANPA|AIDA)[A-Z0-9]{10,}|\\ba-[a-z0-9]{10,}|\\b(sg|vpc)-[0-9a-f]{8,17}|[0-9a-f]{16,}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z|-[0-9a-f]{8}\\.(?:portal\\.)?hcp\\.|^LS0tLS1[A-Za-z0-9+/=]+$").unwrap();
    let keys: Vec<_> = world.objects().filter(|key| !happens_by_itself(key)).map(str::to_owned).collect();
    let mut picture = Picture::new();
    for key in keys {
        let mut document = world.get::<Json>(&key).unwrap();
        let mut key = ids.replace_all(&key, "[id]").into_owned();
        if document["type"] == "helm.sh/release.v1" {
            let Some((release, status)) = revision(&document) else { continue };
            key = format!("{}/release {release}", key.rsplit_once('/').map_or("", |(folder, _)| folder));
            document = status;
        }
        if key.starts_with("kubernetes/") && document.is_object() {
            wanted_part(&mut document);
        }
        if key.starts_with("azure/") {
            settled(&mut document);
        }
        stable(&mut document, &ids);
        picture.entry(key).or_default().push(document);
    }
    for alike in picture.values_mut() {
        alike.sort_by_cached_key(Json::to_string);
    }
    picture
}

/// Says where two pictures differ, and only that.
pub fn assert_same(found: &Picture, expected: &Picture, what: &str) {
    let keys = found.keys().chain(expected.keys());
    let differ: std::collections::BTreeSet<_> = keys.filter(|key| found.get(*key) != expected.get(*key)).collect();
    let lines: Vec<_> = differ
        .iter()
        .map(|key| format!("{key}:\n  found    {:?}\n  expected {:?}", found.get(*key), expected.get(*key)))
        .collect();
    assert!(lines.is_empty(), "{what}\n{}", lines.join("\n"));
}

/// Things of Azure are kept as they were until someone changes them, with what they have become since and what the
/// cloud drew for them.
fn settled(object: &mut Json) {
    if let Some(members) = object.as_object_mut() {
        members.remove("hidden");
    }
    let Some(into) = object.get_mut("settles").and_then(|settles| settles.get_mut("into")).map(Json::take) else {
        return;
    };
    if let (Some(members), Json::Object(into)) = (object["members"].as_object_mut(), into) {
        members.extend(into);
        object.as_object_mut().unwrap().remove("settles");
    }
}

/// What controllers make of what was asked for comes and goes in its own time.
fn happens_by_itself(key: &str) -> bool {
    let made =
        ["pods", "replicasets", "events", "nodes", "endpoints", "endpointslices", "leases", "horizontalpodautoscalers"];
    key.starts_with("kubernetes/") && made.iter().any(|resource| key.contains(&format!("/{resource}/")))
}

/// The release of a record, and its status. How often it was tried differs: what was superseded or failed is past.
fn revision(secret: &Json) -> Option<(String, Json)> {
    let label = |name: &str| secret["metadata"]["labels"][name].as_str().unwrap_or_default().to_owned();
    let status = label("status");
    (!["superseded", "failed"].contains(&status.as_str())).then(|| (label("name"), Json::from(status)))
}

/// Of an object of a cluster, what someone wanted of it.
fn wanted_part(object: &mut Json) {
    object["status"].take();
    for own in ["creationTimestamp", "finalizers", "generation", "managedFields", "resourceVersion", "uid"] {
        object["metadata"][own].take();
    }
    // Which addresses services get depends on which comes first.
    if object["kind"] == "Service" && object["spec"]["clusterIP"] != "None" {
        for address in ["clusterIP", "clusterIPs"] {
            object["spec"][address].take();
        }
    }
    // Its autoscaler says how many there are.
    if object["kind"] == "Deployment" {
        object["spec"]["replicas"].take();
    }
}

fn stable(value: &mut Json, ids: &Regex) {
    match value {
        Json::String(text) => *text = ids.replace_all(text, "[id]").into_owned(),
        // No count of anything here is as large as a time.
        Json::Number(number) if number.as_f64().is_some_and(|number| number > 1e8) => *value = Json::Null,
        Json::Array(items) => items.iter_mut().for_each(|item| stable(item, ids)),
        Json::Object(fields) => fields.values_mut().for_each(|field| stable(field, ids)),
        _ => {}
    }
}
