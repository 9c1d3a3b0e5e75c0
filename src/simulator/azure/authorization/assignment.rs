//! Role assignments: on a subscription, a group or a resource, with which they go; whom they are of may go before.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::super::arm::{Arm, Asked, Kind, Outcome, group_of, missing, page};
use super::super::id::Id;
use super::super::shape::{Member, Shape, check, may, must};
use super::super::{PRINCIPAL, principal};
use super::filter::{self, Term};
use super::role;
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;

pub(super) const KIND: Kind = Kind {
    name: "Microsoft.Authorization/roleAssignments",
    since: "2015-07-01",
    get,
    put: Some(put),
    patch: None,
    delete: Some(delete),
    others: &[],
};

const TYPES: &[&str] = &["User", "Group", "ServicePrincipal", "ForeignGroup", "Device"];
const PROPERTIES: &[Member] = &[
    must("roleDefinitionId", Shape::Text),
    must("principalId", Shape::Text),
    may("principalType", Shape::Among(TYPES)),
    may("condition", Shape::Text),
    may("conditionVersion", Shape::Text),
    may("description", Shape::Text),
    may("delegatedManagedIdentityResourceId", Shape::Text),
];
const BODY: &[Member] = &[must("properties", Shape::Structure(PROPERTIES))];

/// Until one is shown.
const SHOWN: (Duration, Duration) = (Duration::ZERO, Duration::from_secs(5));
/// No description is longer.
const LONGEST: usize = 1024;

/// Who is given what, with the role as its GUID.
struct Given {
    principal: String,
    role: &'static str,
    scope: String,
}

fn put(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, BODY)?;
    let name = asked.id.name();
    if uuid::Uuid::parse_str(name).is_err() {
        let text = format!("The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID.");
        return Err(Refusal::new(400, "InvalidRoleAssignmentId", text));
    }
    scope_is_there(arm, asked)?;
    let properties = asked.properties();
    let given = given(asked, &properties)?;
    check_condition(&properties)?;
    let present = arm.object(&asked.id);
    let kind = kind(arm, &properties, &given)?;
    conflicts(arm, asked, present.as_ref(), &given)?;
    let assignment = assignment(arm, asked, present.as_ref(), kind);
    let shown = arm.world.delay(&format!("shown/{}", asked.id.key()), SHOWN.0, SHOWN.1);
    arm.put_late(&asked.id, &assignment, shown);
    Ok(Outcome::new(if present.is_some() { 200 } else { 201 }, assignment.answer()))
}

fn given(asked: &Asked, properties: &Map<String, Json>) -> Result<Given, Refusal> {
    let text = |name: &str| properties.get(name).and_then(Json::as_str).unwrap_or_default();
    let (principal, definition) = (text("principalId"), text("roleDefinitionId"));
    if uuid::Uuid::parse_str(principal).is_err() {
        let text = format!("The principal ID '{principal}' is not valid. Principal ID must be a GUID.");
        return Err(Refusal::new(400, "InvalidPrincipalId", text));
    }
    let Some(role) = role::known(definition) else {
        let text = format!("The specified role definition with ID '{definition}' does not exist.");
        return Err(Refusal::new(400, "RoleDefinitionDoesNotExist", text));
    };
    Ok(Given { principal: principal.to_lowercase(), role, scope: asked.id.scope.to_lowercase() })
}

fn check_condition(properties: &Map<String, Json>) -> Result<(), Refusal> {
    let text = |name: &str| properties.get(name).and_then(Json::as_str);
    let why = match (text("condition"), text("conditionVersion")) {
        (Some(_), Some("2.0")) | (None, None) => None,
        (Some(_), Some(_)) => Some("The only version of conditions is '2.0'."),
        (Some(_), None) => Some("A condition needs its version."),
        (None, Some(_)) => Some("A version needs its condition."),
    };
    let too_long = text("description").is_some_and(|text| text.chars().count() > LONGEST);
    match why.or(too_long.then_some("The description has more than 1024 characters.")) {
        None => Ok(()),
        Some(why) => Err(Refusal::new(400, "BadRequestFormat", why)),
    }
}

/// What the principal is, which has to be known by now.
fn kind(arm: &Arm<'_>, properties: &Map<String, Json>, given: &Given) -> Result<&'static str, Refusal> {
    let said = properties.get("principalType").and_then(Json::as_str);
    let Some(kind) = principal::kind(arm, &given.principal, said) else {
        let text = format!(
            "Principal {} does not exist in the directory {}. Check that you have the correct principal ID. If you are \
             creating this principal and then immediately assigning a role, this error might be related to a \
             replication delay. In this case, set the role assignment principalType property to a value, such as \
             ServicePrincipal, User, or Group.",
            given.principal.replace('-', ""),
            super::super::TENANT
        );
        return Err(Refusal::new(400, "PrincipalNotFound", text));
    };
    if let Some(said) = said.filter(|said| *said != kind) {
        let text = format!(
            "The PrincipalId '{}' has type '{kind}' , which is different from specified PrincipalType '{said}'.",
            given.principal
        );
        return Err(Refusal::new(400, "UnmatchedPrincipalType", text));
    }
    Ok(kind)
}

/// What is assigned stays, and is assigned once; a GUID is for one assignment of all that there are.
fn conflicts(arm: &Arm<'_>, asked: &Asked, present: Option<&Object>, given: &Given) -> Result<(), Refusal> {
    let not_permitted = || {
        let text = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.";
        Refusal::new(400, "RoleAssignmentUpdateNotPermitted", text)
    };
    if let Some(present) = present {
        return if is_of(present, given) { Ok(()) } else { Err(not_permitted()) };
    }
    let all = all(arm, &asked.id.subscription);
    if all.iter().any(|other| other.text("name").eq_ignore_ascii_case(asked.id.name())) {
        return Err(not_permitted());
    }
    match all.iter().find(|other| is_of(other, given)) {
        None => Ok(()),
        Some(other) => {
            let id = other.text("name").replace('-', "");
            let text =
                format!("The role assignment already exists. The ID of the conflicting role assignment is {id}.");
            Err(Refusal::new(409, "RoleAssignmentExists", text))
        }
    }
}

fn is_of(assignment: &Object, given: &Given) -> bool {
    let is = |name: &str, value: &str| {
        assignment.inner(&["properties", name]).as_str().is_some_and(|found| found.eq_ignore_ascii_case(value))
    };
    let definition = assignment.inner(&["properties", "roleDefinitionId"]).as_str().unwrap_or_default();
    is("principalId", &given.principal) && is("scope", &given.scope) && role::known(definition) == Some(given.role)
}

fn assignment(arm: &Arm<'_>, asked: &Asked, present: Option<&Object>, kind: &str) -> Object {
    let now = arm.time();
    let made = present.map(|present| present.inner(&["properties", "createdOn"]).clone());
    let mut properties = json!({
        "scope": asked.id.scope, "principalType": kind, "condition": null, "conditionVersion": null,
        "createdOn": made.unwrap_or_else(|| now.as_str().into()), "updatedOn": now,
        "createdBy": PRINCIPAL, "updatedBy": PRINCIPAL,
        "delegatedManagedIdentityResourceId": null, "description": null,
    });
    for (name, value) in asked.properties().into_iter().filter(|(_, value)| !value.is_null()) {
        properties[name] = value;
    }
    Object::new(json!({
        "id": asked.id.path(), "name": asked.id.name(), "type": KIND.name, "properties": properties,
    }))
}

/// What they are on has to be there.
fn scope_is_there(arm: &Arm<'_>, asked: &Asked) -> Result<(), Refusal> {
    let scope = Id::read(&asked.id.scope)?;
    if scope.group.is_some() {
        group_of(arm, &scope)?;
    }
    match scope.namespace.is_empty() || arm.object(&scope).is_some() {
        true => Ok(()),
        false => Err(missing(arm, &scope)),
    }
}

fn get(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    scope_is_there(arm, asked)?;
    match arm.shown(&asked.id) {
        Some(found) => Ok(Outcome::new(200, found.answer())),
        None => {
            let text = format!("The role assignment '{}' is not found.", asked.id.name());
            Err(Refusal::new(404, "RoleAssignmentNotFound", text))
        }
    }
}

fn delete(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    scope_is_there(arm, asked)?;
    let found = arm.object(&asked.id);
    arm.remove(&asked.id);
    Ok(found.map_or(Outcome::empty(204), |found| Outcome::new(200, found.answer())))
}

/// All that there are in a subscription, really.
fn all(arm: &Arm<'_>, subscription: &str) -> Vec<Object> {
    let all = arm.world.list::<Object>(&format!("azure/subscriptions/{subscription}/")).into_iter();
    all.map(|(_, object)| object).filter(|object| object.text("type") == KIND.name).collect()
}

/// Those on a scope, on what is above it and on what is below it, of which a filter takes some.
pub(super) fn list(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    scope_is_there(arm, asked)?;
    let terms = filter::read(asked)?;
    let scope = asked.id.scope.to_lowercase();
    let all = arm.world.list_shown::<Object>(&format!("azure/subscriptions/{}/", asked.id.subscription));
    let mut found: Vec<Object> =
        all.into_iter().map(|(_, object)| object).filter(|object| object.text("type") == KIND.name).collect();
    let on = |object: &Object| object.inner(&["properties", "scope"]).as_str().unwrap_or_default().to_lowercase();
    found.retain(|object| is_within(&scope, &on(object)) || is_within(&on(object), &scope));
    for term in &terms {
        match term {
            Term::Call(name, None) if name == "atscope" => found.retain(|object| is_within(&scope, &on(object))),
            Term::Equals(name, id) if name == "principalid" => found.retain(|object| is_whose(object, id)),
            Term::Call(name, Some(id)) if name == "assignedto" => found.retain(|object| is_whose(object, id)),
            _ => return Err(filter::refused(asked.query("$filter").unwrap_or_default())),
        }
    }
    Ok(page(found.iter().map(Object::answer)))
}

fn is_whose(assignment: &Object, principal: &str) -> bool {
    assignment.inner(&["properties", "principalId"]).as_str().is_some_and(|id| id.eq_ignore_ascii_case(principal))
}

/// Whether a scope is another one or is below it.
fn is_within(scope: &str, outer: &str) -> bool {
    scope.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
