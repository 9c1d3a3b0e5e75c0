//! Access entries: who of IAM is who in a cluster.

use serde_json::{Value as Json, json};

use super::input::{Member, PAGE, Shape, TEXTS, check, may, must, text};
use super::page::{names, page};
use super::place::{ACCESS_ENTRY, Place};
use super::refusal::{in_use, invalid, invalid_request, not_found};
use super::status::{APPEARS_AFTER, CHANGE_SHOWS_AFTER, Object};
use super::{access_policy, config, role, tags, token};
use crate::simulator::World;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal};

const TYPES: [&str; 7] =
    ["STANDARD", "FARGATE_LINUX", "EC2_LINUX", "EC2_WINDOWS", "EC2", "HYBRID_LINUX", "HYPERPOD_LINUX"];

pub(super) const CREATE: [Member; 7] = [
    must("clusterName", Shape::Text),
    must("principalArn", Shape::Text),
    may("kubernetesGroups", TEXTS),
    may("tags", Shape::TextMap),
    may("clientRequestToken", Shape::Text),
    may("username", Shape::Text),
    may("type", Shape::Among(&TYPES)),
];
pub(super) const UPDATE: [Member; 5] = [
    must("clusterName", Shape::Text),
    must("principalArn", Shape::Text),
    may("kubernetesGroups", TEXTS),
    may("clientRequestToken", Shape::Text),
    may("username", Shape::Text),
];
pub(super) const NAMED: [Member; 2] = [must("clusterName", Shape::Text), must("principalArn", Shape::Text)];
pub(super) const LIST: [Member; 4] = [
    must("clusterName", Shape::Text),
    may("associatedPolicyArn", Shape::Text),
    may("maxResults", PAGE),
    may("nextToken", Shape::Text),
];

const RESERVED_NAMES: [&str; 5] = ["system:", "eks:", "aws:", "amazon:", "iam:"];

pub(super) fn none() -> Refusal {
    not_found(
        "The specified principalArn could not be found. You can view your available access entries with \
         'list-access-entries'.",
    )
}

/// The cluster, when its access entries count.
pub(super) fn cluster_with_entries(place: &Place<'_>, name: &str) -> Result<(), Refusal> {
    let cluster = place.living_cluster(name)?;
    if config::has_entries(&cluster) {
        return Ok(());
    }
    Err(invalid_request(
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
    ))
}

pub(super) fn create(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &CREATE)?;
    let mut place = Place::enter(world, caller);
    token::once(&mut place, "CreateAccessEntry", &CREATE, members, |place| {
        let (cluster, principal) = (text(members, "clusterName"), text(members, "principalArn"));
        cluster_with_entries(place, cluster)?;
        check_principal(place, principal)?;
        let kind = members.text("type")?.unwrap_or("STANDARD");
        let groups = members.texts("kubernetesGroups")?;
        let username = members.text("username")?;
        if kind != "STANDARD" && (username.is_some() || groups.as_ref().is_some_and(|groups| !groups.is_empty())) {
            return Err(invalid(format!("kubernetesGroups and username cannot be specified for the type {kind}")));
        }
        check_identity(groups.as_deref().unwrap_or_default(), username)?;
        let tags = tags::read(members)?;
        if place.get(ACCESS_ENTRY, &[cluster, principal]).is_some() {
            return Err(in_use("The specified access entry resource is already in use on this cluster."));
        }
        let mut entry = new(place, cluster, principal, kind);
        if let Some(groups) = groups.filter(|groups| !groups.is_empty()) {
            entry.set("kubernetesGroups", groups);
        }
        if let Some(username) = username {
            entry.set("username", username);
        }
        entry.set("tags", json!(tags));
        place.put_late(ACCESS_ENTRY, &[cluster, principal], &entry, APPEARS_AFTER);
        Ok(json!({"accessEntry": entry.answer()}))
    })
}

/// With what the service fills in for its type.
fn new(place: &mut Place<'_>, cluster: &str, principal: &str, kind: &str) -> Object {
    let id = place.uuid();
    let (account, resource) = account_and_resource(principal).unwrap_or_default();
    let (principal_kind, name) = resource.split_once('/').unwrap_or_default();
    let last = name.rsplit('/').next().unwrap_or_default();
    let (username, groups): (_, &[&str]) = match kind {
        "EC2_LINUX" | "EC2" | "HYPERPOD_LINUX" => ("system:node:{{EC2PrivateDNSName}}".to_owned(), &["system:nodes"]),
        "EC2_WINDOWS" => ("system:node:{{EC2PrivateDNSName}}".to_owned(), &["eks:kube-proxy-windows", "system:nodes"]),
        "FARGATE_LINUX" => {
            ("system:node:{{SessionName}}".to_owned(), &["system:bootstrappers", "system:nodes", "system:node-proxier"])
        }
        "HYBRID_LINUX" => ("system:node:{{SessionName}}".to_owned(), &["system:bootstrappers", "system:nodes"]),
        _ if principal_kind == "role" => {
            (format!("arn:aws:sts::{account}:assumed-role/{last}/{{{{SessionName}}}}"), &[])
        }
        _ => (principal.to_owned(), &[]),
    };
    Object::new(json!({
        "clusterName": cluster,
        "principalArn": principal,
        "kubernetesGroups": groups,
        "accessEntryArn": place.arn(&format!("access-entry/{cluster}/{principal_kind}/{account}/{last}/{id}")),
        "createdAt": place.now(),
        "modifiedAt": place.now(),
        "tags": {},
        "username": username,
        "type": kind,
    }))
}

/// Whoever makes a cluster administers it.
pub(super) fn add_creator(place: &mut Place<'_>, cluster: &str) {
    let principal = format!("arn:aws:iam::{}:user/{}", place.caller.account, place.caller.access_key);
    let mut entry = new(place, cluster, &principal, "STANDARD");
    access_policy::administers(place, &mut entry);
    place.put_late(ACCESS_ENTRY, &[cluster, &principal], &entry, APPEARS_AFTER);
}

/// The nodes of a node group get in by themselves.
pub(super) fn add_nodes(place: &mut Place<'_>, cluster: &str, role: &str) {
    if place.get(ACCESS_ENTRY, &[cluster, role]).is_none() {
        let entry = new(place, cluster, role, "EC2_LINUX");
        place.put_late(ACCESS_ENTRY, &[cluster, role], &entry, APPEARS_AFTER);
    }
}

fn account_and_resource(arn: &str) -> Option<(&str, &str)> {
    arn.strip_prefix("arn:aws:iam::")?.split_once(':')
}

fn check_principal(place: &Place<'_>, arn: &str) -> Result<(), Refusal> {
    let wrong = || invalid("The specified principalArn is invalid: invalid principal.");
    let (account, resource) = account_and_resource(arn).ok_or_else(wrong)?;
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let named = ["role/", "user/"].iter().any(|kind| resource.len() > kind.len() && resource.starts_with(kind));
    if !digits || !named {
        return Err(wrong());
    }
    if resource.starts_with("role/aws-service-role/") {
        return Err(invalid(
            "The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role",
        ));
    }
    // Users, and roles of other accounts, cannot be looked up from here.
    match resource.starts_with("role/") && account == place.caller.account {
        true => role::check_exists(place.world, place.caller, arn).map_err(|_| wrong()),
        false => Ok(()),
    }
}

fn check_identity(groups: &[String], username: Option<&str>) -> Result<(), Refusal> {
    if let Some(group) = groups.iter().find(|group| RESERVED_NAMES.iter().any(|prefix| group.starts_with(prefix))) {
        return Err(invalid(format!(
            "The kubernetes group name {group} is invalid, it cannot start with a reserved prefix"
        )));
    }
    let reserved = |name: &str| name.is_empty() || RESERVED_NAMES.iter().any(|prefix| name.starts_with(prefix));
    if let Some(name) = username.filter(|name| reserved(name)) {
        return Err(invalid(format!("The username {name} is invalid, it cannot start with a reserved prefix")));
    }
    Ok(())
}

pub(super) fn describe(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &NAMED)?;
    let place = Place::enter(world, caller);
    let (cluster, principal) = (text(members, "clusterName"), text(members, "principalArn"));
    place.shown_cluster(cluster)?;
    let entry = place.shown(ACCESS_ENTRY, &[cluster, principal]).ok_or_else(none)?;
    Ok(json!({"accessEntry": entry.answer()}))
}

pub(super) fn list(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &LIST)?;
    let place = Place::enter(world, caller);
    let cluster = text(members, "clusterName");
    place.shown_cluster(cluster)?;
    let policy = members.text("associatedPolicyArn")?;
    let all = place.list_shown(ACCESS_ENTRY, &[cluster]).into_iter();
    let all = all.filter(|(_, entry)| policy.is_none_or(|policy| access_policy::has(entry, policy)));
    page("accessEntries", names(all.map(|(principal, _)| principal)), members)
}

pub(super) fn update(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &UPDATE)?;
    let mut place = Place::enter(world, caller);
    token::once(&mut place, "UpdateAccessEntry", &UPDATE, members, |place| {
        let (cluster, principal) = (text(members, "clusterName"), text(members, "principalArn"));
        cluster_with_entries(place, cluster)?;
        let mut entry = place.get(ACCESS_ENTRY, &[cluster, principal]).ok_or_else(none)?;
        let (groups, username) = (members.texts("kubernetesGroups")?, members.text("username")?);
        if entry.text("type") != "STANDARD" {
            return Err(invalid_request(format!("An access entry of type {} cannot be updated", entry.text("type"))));
        }
        check_identity(groups.as_deref().unwrap_or_default(), username)?;
        if let Some(groups) = groups {
            entry.set("kubernetesGroups", groups);
        }
        if let Some(username) = username {
            entry.set("username", username);
        }
        entry.set("modifiedAt", place.now());
        place.put_late(ACCESS_ENTRY, &[cluster, principal], &entry, CHANGE_SHOWS_AFTER);
        Ok(json!({"accessEntry": entry.answer()}))
    })
}

pub(super) fn delete(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &NAMED)?;
    let place = Place::enter(world, caller);
    let (cluster, principal) = (text(members, "clusterName"), text(members, "principalArn"));
    cluster_with_entries(&place, cluster)?;
    place.get(ACCESS_ENTRY, &[cluster, principal]).ok_or_else(none)?;
    let key = place.key(ACCESS_ENTRY, &[cluster, principal]);
    place.world.remove_late(&key, APPEARS_AFTER);
    Ok(json!({}))
}
