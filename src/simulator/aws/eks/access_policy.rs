//! What access entries may do: access policies, associated with them.

use serde_json::{Value as Json, json};

use super::access_entry::{cluster_with_entries, none};
use super::input::{Member, PAGE, Shape, TEXTS, check, may, must, text};
use super::page::page;
use super::place::{ACCESS_ENTRY, Place};
use super::refusal::{invalid, invalid_request, not_found};
use super::status::{CHANGE_SHOWS_AFTER, Object};
use crate::simulator::World;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal};

const SCOPE: [Member; 2] = [may("type", Shape::Among(&["cluster", "namespace"])), may("namespaces", TEXTS)];
pub(super) const ASSOCIATE: [Member; 4] = [
    must("clusterName", Shape::Text),
    must("principalArn", Shape::Text),
    must("policyArn", Shape::Text),
    must("accessScope", Shape::Structure(&SCOPE)),
];
pub(super) const DISASSOCIATE: [Member; 3] =
    [must("clusterName", Shape::Text), must("principalArn", Shape::Text), must("policyArn", Shape::Text)];
pub(super) const LIST_ASSOCIATED: [Member; 4] = [
    must("clusterName", Shape::Text),
    must("principalArn", Shape::Text),
    may("maxResults", PAGE),
    may("nextToken", Shape::Text),
];
pub(super) const LIST: [Member; 2] = [may("maxResults", PAGE), may("nextToken", Shape::Text)];

const POLICIES: [&str; 9] = [
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSAutoNodePolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSClusterInsightsPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSSecretReaderPolicy",
    "AmazonEKSViewPolicy",
    "AmazonSagemakerHyperpodClusterPolicy",
];
const ADMINISTRATOR: &str = "AmazonEKSClusterAdminPolicy";

/// Where an entry keeps its associations.
const ASSOCIATED: &str = "policies";

fn arn(name: &str) -> String {
    format!("arn:aws:eks::aws:cluster-access-policy/{name}")
}

fn associated(entry: &Object) -> Vec<Json> {
    entry.hidden.get(ASSOCIATED).and_then(Json::as_array).cloned().unwrap_or_default()
}

pub(super) fn has(entry: &Object, policy: &str) -> bool {
    associated(entry).iter().any(|association| association["policyArn"] == policy)
}

pub(super) fn is_administrator(entry: &Object) -> bool {
    let arn = arn(ADMINISTRATOR);
    associated(entry).iter().any(|one| one["policyArn"] == arn && one["accessScope"]["type"] == "cluster")
}

/// May do everything in the cluster.
pub(super) fn administers(place: &Place<'_>, entry: &mut Object) {
    let association = json!({
        "policyArn": arn(ADMINISTRATOR),
        "accessScope": {"type": "cluster", "namespaces": []},
        "associatedAt": place.now(),
        "modifiedAt": place.now(),
    });
    entry.hidden.insert(ASSOCIATED.to_owned(), json!([association]));
}

pub(super) fn associate(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &ASSOCIATE)?;
    let mut place = Place::enter(world, caller);
    let (cluster, principal, policy) =
        (text(members, "clusterName"), text(members, "principalArn"), text(members, "policyArn"));
    if !POLICIES.iter().any(|name| arn(name) == policy) {
        return Err(invalid("The policyArn parameter format is not valid"));
    }
    let scope = scope(members)?;
    cluster_with_entries(&place, cluster)?;
    let mut entry = place.get(ACCESS_ENTRY, &[cluster, principal]).ok_or_else(none)?;
    if !matches!(entry.text("type"), "STANDARD" | "EC2") {
        return Err(invalid_request(format!(
            "An access policy cannot be associated with an access entry of type {}",
            entry.text("type")
        )));
    }
    let mut all = associated(&entry);
    let before = all.iter().position(|association| association["policyArn"] == policy).map(|at| all.remove(at));
    let since = before.map_or_else(|| place.now(), |before| before["associatedAt"].clone());
    let association = json!({
        "policyArn": policy,
        "accessScope": scope,
        "associatedAt": since,
        "modifiedAt": place.now(),
    });
    all.push(association.clone());
    entry.hidden.insert(ASSOCIATED.to_owned(), json!(all));
    place.put_late(ACCESS_ENTRY, &[cluster, principal], &entry, CHANGE_SHOWS_AFTER);
    Ok(json!({"clusterName": cluster, "principalArn": principal, "associatedAccessPolicy": association}))
}

fn scope(members: &Members) -> Result<Json, Refusal> {
    let scope = members.structure("accessScope")?.unwrap_or_default();
    let namespaces = scope.texts("namespaces")?.unwrap_or_default();
    match (scope.text("type")?, namespaces.is_empty()) {
        (Some("cluster"), true) | (Some("namespace"), false) => {}
        (Some("cluster"), false) => return Err(invalid("namespaces cannot be specified for the access scope cluster")),
        (Some(_), _) => return Err(invalid("namespaces are required for the access scope namespace")),
        (None, _) => return Err(invalid("accessScope.type is required")),
    }
    Ok(json!({"type": scope.text("type")?, "namespaces": namespaces}))
}

pub(super) fn disassociate(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &DISASSOCIATE)?;
    let mut place = Place::enter(world, caller);
    let (cluster, principal, policy) =
        (text(members, "clusterName"), text(members, "principalArn"), text(members, "policyArn"));
    cluster_with_entries(&place, cluster)?;
    let mut entry = place.get(ACCESS_ENTRY, &[cluster, principal]).ok_or_else(none)?;
    let mut all = associated(&entry);
    let Some(at) = all.iter().position(|association| association["policyArn"] == policy) else {
        return Err(not_found("The specified policyArn is not associated with the access entry."));
    };
    all.remove(at);
    entry.hidden.insert(ASSOCIATED.to_owned(), json!(all));
    place.put_late(ACCESS_ENTRY, &[cluster, principal], &entry, CHANGE_SHOWS_AFTER);
    Ok(json!({}))
}

pub(super) fn list_associated(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &LIST_ASSOCIATED)?;
    let place = Place::enter(world, caller);
    let (cluster, principal) = (text(members, "clusterName"), text(members, "principalArn"));
    place.shown_cluster(cluster)?;
    let entry = place.shown(ACCESS_ENTRY, &[cluster, principal]).ok_or_else(none)?;
    let key = |association: &Json| association["policyArn"].as_str().unwrap_or_default().to_owned();
    let mut all: Vec<_> = associated(&entry).into_iter().map(|one| (key(&one), one)).collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut answer = page("associatedAccessPolicies", all, members)?;
    answer["clusterName"] = json!(cluster);
    answer["principalArn"] = json!(principal);
    Ok(answer)
}

pub(super) fn list(_: &mut World, _: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &LIST)?;
    let all = POLICIES.iter().map(|name| ((*name).to_owned(), json!({"name": name, "arn": arn(name)})));
    page("accessPolicies", all.collect(), members)
}
