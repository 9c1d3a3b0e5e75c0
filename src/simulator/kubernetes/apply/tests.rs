//! The examples that everyone knows server-side apply by, and what always holds.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::*;
use crate::simulator::kubernetes::schema::built_in;

pub(super) fn deployment() -> &'static Schema {
    built_in("apps", "v1", "Deployment").unwrap()
}

pub(super) fn at(name: &str, seconds: u64) -> Manager<'_> {
    Manager { name, subresource: "", time: Duration::from_secs(seconds) }
}

fn with(spec: Json) -> Json {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "demo"}, "spec": spec})
}

pub(super) fn containers(containers: Json) -> Json {
    with(json!({"template": {"spec": {"containers": containers}}}))
}

fn applied(live: Option<&Json>, patch: &Json, name: &str) -> Json {
    apply(live, patch, &at(name, 1), false, deployment()).unwrap()
}

fn refused(live: &Json, patch: &Json, name: &str) -> Vec<String> {
    match apply(Some(live), patch, &at(name, 2), false, deployment()) {
        Err(Refused::Conflicts(conflicts)) => {
            conflicts.iter().map(|one| format!("{}: {}", one.message(), one.field())).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// Manager, operation and fields of each entry.
pub(super) fn owners(object: &Json) -> Vec<(String, String, Json)> {
    let entries = object.pointer("/metadata/managedFields").and_then(Json::as_array).cloned().unwrap_or_default();
    let text = |entry: &Json, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    entries.iter().map(|entry| (text(entry, "manager"), text(entry, "operation"), entry["fieldsV1"].clone())).collect()
}

pub(super) fn owned(name: &str, operation: &str, fields: Json) -> (String, String, Json) {
    (name.to_owned(), operation.to_owned(), fields)
}

#[test]
fn what_is_created_by_apply_is_owned_by_who_applied_it() {
    let live = applied(None, &with(json!({"replicas": 3})), "cli");
    assert_eq!(
        live["metadata"]["managedFields"],
        json!([{"manager": "cli", "operation": "Apply", "apiVersion": "apps/v1", "time": "1970-01-01T00:00:01Z",
                "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:replicas": {}}}}])
    );
    assert_eq!(live["spec"], json!({"replicas": 3}));
}

#[test]
fn applying_the_same_again_changes_nothing() {
    let patch = containers(json!([{"name": "web", "image": "web:1"}]));
    let live = applied(None, &patch, "cli");
    assert_eq!(apply(Some(&live), &patch, &at("cli", 99), false, deployment()), Ok(live));
}

#[test]
fn another_value_of_a_field_of_someone_else_is_a_conflict() {
    let live = applied(None, &with(json!({"replicas": 3, "paused": true})), "alice");
    let patch = with(json!({"replicas": 4}));
    assert_eq!(refused(&live, &patch, "bob"), ["conflict with \"alice\": .spec.replicas"]);
    let refusal = apply(Some(&live), &patch, &at("bob", 2), false, deployment()).unwrap_err();
    assert_eq!(refusal.message(), "Apply failed with 1 conflict: conflict with \"alice\": .spec.replicas");
    let forced = apply(Some(&live), &patch, &at("bob", 2), true, deployment()).unwrap();
    assert_eq!(forced["spec"], json!({"replicas": 4, "paused": true}));
    assert_eq!(
        owners(&forced),
        [
            owned("alice", "Apply", json!({"f:spec": {"f:paused": {}}})),
            owned("bob", "Apply", json!({"f:spec": {"f:replicas": {}}})),
        ]
    );
}

#[test]
fn several_conflicts_are_told_by_manager() {
    let live = track(None, with(json!({"replicas": 3, "paused": true})), &at("kubectl-create", 1), deployment());
    let scaler = Manager { name: "hpa", subresource: "scale", time: Duration::from_secs(2) };
    let mut scaled = live.clone();
    scaled["spec"]["replicas"] = json!(5);
    let live = track(Some(&live), scaled, &scaler, deployment());
    let patch = with(json!({"replicas": 1, "paused": false}));
    let refusal = apply(Some(&live), &patch, &at("cli", 3), false, deployment()).unwrap_err();
    assert_eq!(
        refusal.message(),
        "Apply failed with 2 conflicts: conflicts with \"hpa\" with subresource \"scale\" using apps/v1:\n- .spec.replicas\n\
         conflicts with \"kubectl-create\" using apps/v1:\n- .spec.paused"
    );
    let Refused::Conflicts(conflicts) = refusal else { panic!("{refusal:?}") };
    assert_eq!(
        conflicts[1].cause(),
        json!({"reason": "FieldManagerConflict", "message": "conflict with \"kubectl-create\" using apps/v1", "field": ".spec.paused"})
    );
}

#[test]
fn the_same_value_is_owned_together_and_stays_until_both_give_it_up() {
    let patch = with(json!({"replicas": 3}));
    let live = applied(None, &patch, "alice");
    let live = applied(Some(&live), &patch, "bob");
    assert_eq!(owners(&live).len(), 2);
    let nothing = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}});
    let live = applied(Some(&live), &nothing, "alice");
    assert_eq!(live["spec"]["replicas"], 3);
    assert_eq!(owners(&live), [owned("bob", "Apply", json!({"f:spec": {"f:replicas": {}}}))]);
    let live = applied(Some(&live), &with(json!({"paused": true})), "bob");
    assert_eq!(live["spec"], json!({"paused": true}));
}

#[test]
fn an_item_that_is_not_applied_any_more_goes_and_those_of_others_stay() {
    let live = applied(None, &containers(json!([{"name": "a", "image": "1"}, {"name": "b", "image": "1"}])), "cli");
    let live = applied(Some(&live), &containers(json!([{"name": "proxy", "image": "p"}])), "mesh");
    let live = applied(Some(&live), &containers(json!([{"name": "b", "image": "2"}])), "cli");
    assert_eq!(
        live["spec"]["template"]["spec"]["containers"],
        json!([{"name": "b", "image": "2"}, {"name": "proxy", "image": "p"}])
    );
}

#[test]
fn lists_keep_an_order_that_both_sides_can_live_with() {
    let names = |object: &Json| -> String {
        let items = object["spec"]["template"]["spec"]["containers"].as_array().cloned().unwrap_or_default();
        items.iter().filter_map(|item| item["name"].as_str()).collect()
    };
    let list = |names: &str| containers(names.chars().map(|name| json!({"name": name.to_string()})).collect());
    let cases =
        [("ab", "xa", "xab"), ("ba", "xa", "bxa"), ("abc", "ca", "bca"), ("abc", "ax", "abcx"), ("", "ba", "ba")];
    for (live, patch, merged) in cases {
        let live = track(None, list(live), &at("creator", 1), deployment());
        assert_eq!(names(&applied(Some(&live), &list(patch), "cli")), merged, "{patch} over {live}");
    }
}

#[test]
fn a_selector_changes_hands_as_a_whole() {
    let selector = |labels: Json| with(json!({"selector": {"matchLabels": labels}}));
    let live = applied(None, &selector(json!({"app": "web"})), "alice");
    assert_eq!(refused(&live, &selector(json!({"tier": "front"})), "bob"), ["conflict with \"alice\": .spec.selector"]);
    let live = applied(Some(&live), &selector(json!({"tier": "front"})), "alice");
    assert_eq!(live["spec"]["selector"], json!({"matchLabels": {"tier": "front"}}));
}

#[test]
fn labels_of_several_live_side_by_side() {
    let labels = |labels: Json| json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": labels}});
    let live = applied(None, &labels(json!({"a": "1", "b": "1"})), "alice");
    let live = applied(Some(&live), &labels(json!({"c": "1"})), "bob");
    let live = applied(Some(&live), &labels(json!({"b": "2"})), "alice");
    assert_eq!(live["metadata"]["labels"], json!({"b": "2", "c": "1"}));
}

#[test]
fn ports_without_a_protocol_are_those_of_tcp() {
    let ports = |ports: Json| containers(json!([{"name": "a", "ports": ports}]));
    let live = track(None, ports(json!([{"containerPort": 80, "protocol": "TCP"}])), &at("creator", 1), deployment());
    let live = applied(
        Some(&live),
        &ports(json!([{"containerPort": 80, "name": "http"}, {"containerPort": 80, "protocol": "UDP"}])),
        "cli",
    );
    assert_eq!(
        live["spec"]["template"]["spec"]["containers"][0]["ports"],
        json!([{"containerPort": 80, "protocol": "TCP", "name": "http"}, {"containerPort": 80, "protocol": "UDP"}])
    );
}

#[test]
fn an_update_owns_what_it_changed_and_others_lose_it() {
    let live = applied(None, &with(json!({"replicas": 3, "paused": true})), "cli");
    let mut edited = live.clone();
    edited["spec"]["replicas"] = json!(5);
    let live = track(Some(&live), edited, &at("kubectl-edit", 7), deployment());
    assert_eq!(
        owners(&live),
        [
            owned("cli", "Apply", json!({"f:spec": {"f:paused": {}}})),
            owned("kubectl-edit", "Update", json!({"f:spec": {"f:replicas": {}}})),
        ]
    );
    assert_eq!(live["metadata"]["managedFields"][1]["time"], "1970-01-01T00:00:07Z");
    assert_eq!(
        refused(&live, &with(json!({"replicas": 3, "paused": true})), "cli"),
        ["conflict with \"kubectl-edit\" using apps/v1: .spec.replicas"]
    );
}

#[test]
fn an_update_that_changes_nothing_is_no_manager() {
    let live = applied(None, &with(json!({"replicas": 3})), "cli");
    assert_eq!(track(Some(&live), live.clone(), &at("controller", 9), deployment()), live);
}

#[test]
fn what_an_update_removes_no_one_owns() {
    let live = applied(None, &with(json!({"replicas": 3, "paused": true})), "cli");
    let mut edited = live.clone();
    edited["spec"].as_object_mut().unwrap().remove("paused");
    let live = track(Some(&live), edited, &at("kubectl-edit", 7), deployment());
    assert_eq!(owners(&live), [owned("cli", "Apply", json!({"f:spec": {"f:replicas": {}}}))]);
}

#[test]
fn a_subresource_has_its_own_entry() {
    let live = track(None, with(json!({"replicas": 3})), &at("controller", 1), deployment());
    let mut seen = live.clone();
    seen["status"] = json!({"replicas": 3});
    let status = Manager { name: "controller", subresource: "status", time: Duration::from_secs(2) };
    let live = track(Some(&live), seen, &status, deployment());
    let entries = live["metadata"]["managedFields"].as_array().unwrap();
    let told: Vec<_> = entries.iter().map(|entry| (entry["subresource"].clone(), entry["fieldsV1"].clone())).collect();
    assert_eq!(
        told,
        [
            (Json::Null, json!({"f:spec": {"f:replicas": {}}})),
            (json!("status"), json!({"f:status": {".": {}, "f:replicas": {}}})),
        ]
    );
}

#[test]
fn what_no_one_kept_books_on_belongs_to_before_the_first_apply() {
    let live = with(json!({"replicas": 3}));
    assert_eq!(
        refused(&live, &with(json!({"replicas": 1})), "cli"),
        ["conflict with \"before-first-apply\" using apps/v1: .spec.replicas"]
    );
    let live = applied(Some(&live), &with(json!({"paused": true})), "cli");
    assert_eq!(owners(&live).iter().map(|owner| owner.0.as_str()).collect::<Vec<_>>(), ["cli", "before-first-apply"]);
}

#[test]
fn kubectl_takes_over_what_it_applied_from_the_clients_side() {
    let mut object = with(json!({"replicas": 3}));
    object["metadata"]["annotations"] = json!({(LAST_APPLIED): with(json!({"replicas": 3})).to_string()});
    let live = track(None, object, &at("kubectl-client-side-apply", 1), deployment());
    let mut paused = live.clone();
    paused["spec"]["paused"] = json!(true);
    let live = track(Some(&live), paused, &at("kubectl-edit", 2), deployment());
    let patch = with(json!({"replicas": 4, "paused": false}));
    assert_eq!(refused(&live, &patch, "kubectl"), ["conflict with \"kubectl-edit\" using apps/v1: .spec.paused"]);
    assert_eq!(refused(&live, &patch, "someone").len(), 2);
    let live = applied(Some(&live), &with(json!({"replicas": 4})), "kubectl");
    assert_eq!(live["spec"], json!({"replicas": 4, "paused": true}));
}

#[test]
fn what_cannot_be_merged_is_refused() {
    let cases = [
        (
            with(json!({"replica": 1})),
            "failed to create typed patch object (demo/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema",
        ),
        (json!({"metadata": {"managedFields": []}}), "metadata.managedFields must be nil"),
    ];
    for (patch, why) in cases {
        let refusal = apply(None, &patch, &at("cli", 1), false, deployment()).unwrap_err();
        assert_eq!(refusal, Refused::Invalid(why.to_owned()));
    }
}

#[test]
fn books_can_be_closed() {
    let live = applied(None, &with(json!({"replicas": 3})), "cli");
    let mut reset = live.clone();
    reset["metadata"]["managedFields"] = json!([]);
    assert_eq!(owners(&track(Some(&live), reset, &at("kubectl-edit", 2), deployment())), []);
}

#[test]
fn the_oldest_updaters_are_put_together() {
    let mut live = track(None, with(json!({"replicas": 1})), &at("creator", 1), deployment());
    for number in 0..15 {
        let mut edited = live.clone();
        edited["metadata"]["labels"][format!("l{number}")] = json!("x");
        live = track(Some(&live), edited, &at(&format!("m{number:02}"), 2 + number), deployment());
    }
    let owners = owners(&live);
    assert_eq!(owners.len(), 10);
    assert!(
        owners
            .iter()
            .any(|owner| owner.0 == "ancient-changes" && owner.2["f:metadata"]["f:labels"]["f:l0"] == json!({}))
    );
}

#[test]
fn a_status_can_be_taken_out_and_alone() {
    let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {}}, "spec": {}, "status": {"phase": "Running"}});
    assert_eq!(without_status(&object).get("status"), None);
    assert_eq!(
        only_status(&object),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "status": {"phase": "Running"}})
    );
}

#[test]
fn another_spelling_of_an_amount_is_no_change() {
    let amount = |cpu: &str| containers(json!([{"name": "a", "image": "a", "resources": {"limits": {"cpu": cpu}}}]));
    let applied_at = |live: Option<&Json>, cpu: &str, seconds: u64| {
        let mut object = apply(live, &amount(cpu), &at("cli", seconds), false, deployment()).unwrap();
        crate::simulator::kubernetes::validation::default(&mut object, deployment());
        object
    };
    let live = applied_at(None, "0.5", 1);
    let again = applied_at(Some(&live), "0.5", 2);
    assert_ne!(again, live);
    assert!(is_no_change(&live, &again));
    assert!(!is_no_change(&live, &applied_at(Some(&live), "0.6", 2)));
}
