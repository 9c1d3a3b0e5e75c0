//! Authorization rules of namespaces, queues and topics, and their keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::namespace::inside;
use super::{active, bad, check_name, entity, head, namespace_of, part};
use crate::simulator::azure::arm::{Arm, Asked, Kind, Outcome, found, missing};
use crate::simulator::azure::id::Id;
use crate::simulator::azure::shape::{Member, Shape, check, may, must};
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;

/// The one that every namespace begins with.
const ROOT: &str = "RootManageSharedAccessKey";
const MOST: usize = 12;

const RIGHTS: Shape = Shape::List(&Shape::Among(&["Manage", "Send", "Listen"]));
const BODY: &[Member] = &[must("properties", Shape::Structure(&[must("rights", RIGHTS)]))];
const REGENERATION: &[Member] =
    &[must("keyType", Shape::Among(&["PrimaryKey", "SecondaryKey"])), may("key", Shape::Text)];

pub(super) const fn kind(name: &'static str) -> Kind {
    Kind {
        name,
        since: super::SINCE,
        get: entity::get,
        put: Some(put),
        patch: None,
        delete: Some(entity::delete),
        others: &[("listkeys", Method::POST, list_keys), ("regeneratekeys", Method::POST, regenerate)],
    }
}

/// Those of a namespace are spelled `AuthorizationRules`, all others `authorizationRules`.
pub(super) fn list(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let below = Id { last: None, ..asked.id.clone() };
    found(arm, &below)?;
    part(arm, asked, &arm.list_shown(&below, "authorizationRules"))
}

fn put(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, BODY)?;
    check_name(asked.id.name(), 256)?;
    active(arm, &asked.id)?;
    let rights = asked.body["properties"]["rights"].clone();
    let has = |right: &str| rights.as_array().is_some_and(|all| all.iter().any(|one| one == right));
    if has("Manage") && !(has("Send") && has("Listen")) {
        return Err(bad("Manage permission should also include Send and Listen"));
    }
    if rights.as_array().is_none_or(Vec::is_empty) {
        return Err(bad("An authorization rule has at least one right"));
    }
    let present = arm.object(&asked.id);
    let others = arm.list_shown(&asked.id.parent(), "authorizationRules").len();
    if present.is_none() && others >= MOST {
        return Err(bad(format!("There are at most {MOST} authorization rules")));
    }
    let object =
        Object { hidden: present.map(|present| present.hidden).unwrap_or_default(), ..rule(&asked.id, rights) };
    arm.put(&asked.id, &object);
    Ok(Outcome::new(200, object.answer()))
}

pub(super) fn put_root(arm: &mut Arm<'_>, namespace: &Id) {
    let id = inside(namespace, "AuthorizationRules", ROOT);
    let object = rule(&id, json!(["Listen", "Manage", "Send"]));
    arm.put(&id, &object);
}

fn rule(id: &Id, rights: Json) -> Object {
    let mut answer = head(id, id.name());
    answer["properties"] = json!({"rights": rights});
    Object::new(answer)
}

fn list_keys(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let id = Id { last: None, ..asked.id.clone() };
    let rule = arm.object(&id).ok_or_else(|| missing(arm, &id))?;
    Ok(Outcome::new(200, keys(arm, &id, &rule)))
}

fn regenerate(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, REGENERATION)?;
    let id = Id { last: None, ..asked.id.clone() };
    let mut rule = arm.object(&id).ok_or_else(|| missing(arm, &id))?;
    let which = asked.body["keyType"].as_str().unwrap_or_default();
    let next = match asked.body.get("key").and_then(Json::as_str) {
        Some(key) => Json::from(key),
        None => Json::from(rule.hidden.get(which).and_then(Json::as_u64).unwrap_or_default() + 1),
    };
    rule.hidden.insert(which.to_owned(), next);
    arm.put(&id, &rule);
    Ok(Outcome::new(200, keys(arm, &id, &rule)))
}

fn keys(arm: &Arm<'_>, id: &Id, rule: &Object) -> Json {
    let (namespace, name) = (namespace_of(id), rule.text("name"));
    let endpoint = format!("sb://{}.servicebus.windows.net/", namespace.name());
    // Of a queue or a topic, clients are told which one.
    let of = id.parent();
    let entity = if of.parts.len() > 1 { format!(";EntityPath={}", of.name()) } else { String::new() };
    let key = |which: &str| match rule.hidden.get(which) {
        Some(Json::String(given)) => given.clone(),
        generation => {
            let generation = generation.and_then(Json::as_u64).unwrap_or_default();
            let text = format!("{} {} {which} {generation}", arm.world.seed(), id.key());
            STANDARD.encode(Sha256::digest(text.as_bytes()))
        }
    };
    let connection =
        |key: &str| format!("Endpoint={endpoint};SharedAccessKeyName={name};SharedAccessKey={key}{entity}");
    let (primary, secondary) = (key("PrimaryKey"), key("SecondaryKey"));
    json!({
        "primaryConnectionString": connection(&primary), "secondaryConnectionString": connection(&secondary),
        "primaryKey": primary, "secondaryKey": secondary, "keyName": name,
    })
}
