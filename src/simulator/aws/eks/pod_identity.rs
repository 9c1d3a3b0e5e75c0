//! Pod identity associations: which role the pods of a service account have.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::input::{Member, PAGE, Shape, check, may, must, text};
use super::page::page;
use super::place::{POD_IDENTITY, Place};
use super::refusal::{in_use, invalid, invalid_request, not_found};
use super::status::{APPEARS_AFTER, CHANGE_SHOWS_AFTER, Object};
use super::{role, tags, token};
use crate::simulator::World;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal};

pub(super) const CREATE: [Member; 9] = [
    must("clusterName", Shape::Text),
    must("namespace", Shape::Text),
    must("serviceAccount", Shape::Text),
    must("roleArn", Shape::Text),
    may("clientRequestToken", Shape::Text),
    may("tags", Shape::TextMap),
    may("disableSessionTags", Shape::Boolean),
    may("targetRoleArn", Shape::Text),
    may("policy", Shape::NotHere),
];
pub(super) const UPDATE: [Member; 7] = [
    must("clusterName", Shape::Text),
    must("associationId", Shape::Text),
    may("roleArn", Shape::Text),
    may("clientRequestToken", Shape::Text),
    may("disableSessionTags", Shape::Boolean),
    may("targetRoleArn", Shape::Text),
    may("policy", Shape::NotHere),
];
pub(super) const NAMED: [Member; 2] = [must("clusterName", Shape::Text), must("associationId", Shape::Text)];
pub(super) const LIST: [Member; 5] = [
    must("clusterName", Shape::Text),
    may("namespace", Shape::Text),
    may("serviceAccount", Shape::Text),
    may("maxResults", PAGE),
    may("nextToken", Shape::Text),
];

const SUMMARY: [&str; 6] =
    ["clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn"];

fn none(id: &str) -> Refusal {
    not_found(format!("The specified association {id} could not be found."))
}

pub(super) fn create(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &CREATE)?;
    let mut place = Place::enter(world, caller);
    token::once(&mut place, "CreatePodIdentityAssociation", &CREATE, members, |place| {
        let cluster = text(members, "clusterName");
        place.living_cluster(cluster)?;
        let tags = tags::read(members)?;
        if let Some(target) = members.text("targetRoleArn")? {
            check_target(target)?;
        }
        let account = (text(members, "namespace"), text(members, "serviceAccount"));
        let role_arn = text(members, "roleArn");
        check_new(place, cluster, account, role_arn, None)?;
        let mut association = new(place, cluster, account, role_arn);
        association.set("tags", json!(tags));
        association.set("disableSessionTags", members.boolean("disableSessionTags")?.unwrap_or(false));
        target(place, &mut association, members)?;
        let id = association.text("associationId").to_owned();
        place.put_late(POD_IDENTITY, &[cluster, &id], &association, APPEARS_AFTER);
        Ok(json!({"association": association.answer()}))
    })
}

/// Whether a service account may get this role: it has none yet, but perhaps from the one who asks.
fn check_new(
    place: &Place<'_>,
    cluster: &str,
    (namespace, service_account): (&str, &str),
    role_arn: &str,
    owner: Option<&str>,
) -> Result<(), Refusal> {
    check_kubernetes_name("namespace", namespace, 63)?;
    check_kubernetes_name("serviceAccount", service_account, 253)?;
    role::check_pod_role(place.world, place.caller, role_arn)?;
    let taken = |other: &Object| {
        other.text("namespace") == namespace
            && other.text("serviceAccount") == service_account
            && owner.is_none_or(|owner| other.text("ownerArn") != owner)
    };
    match place.list(POD_IDENTITY, &[cluster]).into_iter().find(|(_, other)| taken(other)) {
        Some((id, _)) => Err(in_use(format!("Association already exists: {id}"))),
        None => Ok(()),
    }
}

fn new(place: &mut Place<'_>, cluster: &str, (namespace, service_account): (&str, &str), role_arn: &str) -> Object {
    let id = format!("a-{}", letters(&place.hex()));
    Object::new(json!({
        "clusterName": cluster,
        "namespace": namespace,
        "serviceAccount": service_account,
        "roleArn": role_arn,
        "associationArn": place.arn(&format!("podidentityassociation/{cluster}/{id}")),
        "associationId": id,
        "tags": {},
        "createdAt": place.now(),
        "modifiedAt": place.now(),
        "disableSessionTags": false,
    }))
}

/// The ids have letters and digits of all kinds; these are enough of them.
fn letters(hex: &str) -> String {
    hex.chars().take(17).collect()
}

fn check_target(arn: &str) -> Result<(), Refusal> {
    match arn.starts_with("arn:aws:iam::") && arn.contains(":role/") {
        true => Ok(()),
        false => Err(invalid(format!("Invalid targetRoleArn: {arn}"))),
    }
}

/// A role that the pod's role goes on to has an external id that the service makes up.
fn target(place: &mut Place<'_>, association: &mut Object, members: &Members) -> Result<(), Refusal> {
    let Some(target) = members.text("targetRoleArn")? else { return Ok(()) };
    if target.is_empty() {
        association.members.remove("targetRoleArn");
        association.members.remove("externalId");
        return Ok(());
    }
    check_target(target)?;
    let id = place.uuid();
    association.set("targetRoleArn", target);
    association.set("externalId", id);
    Ok(())
}

fn check_kubernetes_name(what: &str, name: &str, most: usize) -> Result<(), Refusal> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let dotted = most > 63;
    let fine = name.bytes().all(|byte| plain(byte) || byte == b'-' || (dotted && byte == b'.'));
    let ends = name.bytes().next().is_some_and(plain) && name.bytes().last().is_some_and(plain);
    if fine && ends && name.len() <= most {
        return Ok(());
    }
    Err(invalid(format!("The {what} '{name}' is no valid Kubernetes name")))
}

/// Whether an addon may bring these associations, instead of those it has.
pub(super) fn check_of_an_addon(
    place: &Place<'_>,
    cluster: &str,
    namespace: &str,
    owner: Option<&str>,
    wanted: &[Json],
) -> Result<(), Refusal> {
    let part = |one: &Json, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let accounts: BTreeSet<_> = wanted.iter().map(|one| part(one, "serviceAccount")).collect();
    if accounts.len() != wanted.len() {
        return Err(invalid("A service account of the podIdentityAssociations is given twice"));
    }
    wanted.iter().try_for_each(|one| {
        check_new(place, cluster, (namespace, &part(one, "serviceAccount")), &part(one, "roleArn"), owner)
    })
}

/// Makes what an addon brings, and answers with the ARNs.
pub(super) fn of_an_addon(
    place: &mut Place<'_>,
    cluster: &str,
    namespace: &str,
    owner: &str,
    wanted: &[Json],
) -> Vec<String> {
    let mut arns = Vec::new();
    for one in wanted {
        let part = |name: &str| one[name].as_str().unwrap_or_default();
        let mut association = new(place, cluster, (namespace, part("serviceAccount")), part("roleArn"));
        association.set("ownerArn", owner);
        arns.push(association.text("associationArn").to_owned());
        let id = association.text("associationId").to_owned();
        place.put(POD_IDENTITY, &[cluster, &id], &association);
    }
    arns
}

pub(super) fn remove_owned(place: &mut Place<'_>, cluster: &str, owner: &str) {
    let owned = place.list(POD_IDENTITY, &[cluster]).into_iter().filter(|(_, one)| one.text("ownerArn") == owner);
    for (id, _) in owned.collect::<Vec<_>>() {
        let key = place.key(POD_IDENTITY, &[cluster, &id]);
        place.world.remove(&key);
    }
}

pub(super) fn describe(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &NAMED)?;
    let place = Place::enter(world, caller);
    let (cluster, id) = (text(members, "clusterName"), text(members, "associationId"));
    place.shown_cluster(cluster)?;
    let association = place.shown(POD_IDENTITY, &[cluster, id]).ok_or_else(|| none(id))?;
    Ok(json!({"association": association.answer()}))
}

pub(super) fn list(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &LIST)?;
    let place = Place::enter(world, caller);
    let cluster = text(members, "clusterName");
    place.shown_cluster(cluster)?;
    let (namespace, account) = (members.text("namespace")?, members.text("serviceAccount")?);
    let wanted = |one: &Object| {
        namespace.is_none_or(|namespace| one.text("namespace") == namespace)
            && account.is_none_or(|account| one.text("serviceAccount") == account)
    };
    let all = place.list_shown(POD_IDENTITY, &[cluster]).into_iter().filter(|(_, one)| wanted(one));
    let all = all.map(|(id, mut one)| {
        one.members.retain(|name, _| SUMMARY.contains(&name.as_str()));
        (id, one.answer())
    });
    page("associations", all.collect(), members)
}

/// The association, when it is not an addon's.
fn changeable(place: &Place<'_>, cluster: &str, id: &str) -> Result<Object, Refusal> {
    place.living_cluster(cluster)?;
    let association = place.get(POD_IDENTITY, &[cluster, id]).ok_or_else(|| none(id))?;
    if association.members.contains_key("ownerArn") {
        return Err(invalid_request(format!(
            "The association {id} is owned by {}, and is changed with it",
            association.text("ownerArn")
        )));
    }
    Ok(association)
}

pub(super) fn update(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &UPDATE)?;
    let mut place = Place::enter(world, caller);
    token::once(&mut place, "UpdatePodIdentityAssociation", &UPDATE, members, |place| {
        let (cluster, id) = (text(members, "clusterName"), text(members, "associationId"));
        let mut association = changeable(place, cluster, id)?;
        if let Some(arn) = members.text("roleArn")? {
            role::check_pod_role(place.world, place.caller, arn)?;
            association.set("roleArn", arn);
        }
        if let Some(disable) = members.boolean("disableSessionTags")? {
            association.set("disableSessionTags", disable);
        }
        target(place, &mut association, members)?;
        association.set("modifiedAt", place.now());
        place.put_late(POD_IDENTITY, &[cluster, id], &association, CHANGE_SHOWS_AFTER);
        Ok(json!({"association": association.answer()}))
    })
}

pub(super) fn delete(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &NAMED)?;
    let place = Place::enter(world, caller);
    let (cluster, id) = (text(members, "clusterName"), text(members, "associationId"));
    let association = changeable(&place, cluster, id)?;
    let key = place.key(POD_IDENTITY, &[cluster, id]);
    place.world.remove_late(&key, APPEARS_AFTER);
    Ok(json!({"association": association.answer()}))
}
