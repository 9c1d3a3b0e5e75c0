//! Queues of a storage account. The name of one that is deleted cannot be used at once.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::super::arm::{Arm, Asked, Outcome, found, missing, page};
use super::super::id::Id;
use super::super::shape::{Member, Shape, check, may};
use super::account;
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;

const TYPE: &str = "Microsoft.Storage/storageAccounts/queueServices/queues";

const BODY: &[Member] = &[may("properties", Shape::Structure(&[may("metadata", Shape::TextMap)]))];

/// <https://learn.microsoft.com/rest/api/storageservices/delete-queue4>: 30 seconds, or longer.
const NAME_HELD: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(40));

/// The only one of an account, which is there with it.
fn told(account: &Id) -> Json {
    json!({
        "id": format!("{}/queueServices/default", account.path()), "name": "default",
        "type": "Microsoft.Storage/storageAccounts/queueServices", "properties": {"cors": {"corsRules": []}},
    })
}

fn account_of(id: &Id) -> Id {
    let mut account = Id { last: None, ..id.clone() };
    account.parts.truncate(1);
    account
}

pub(super) fn services(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let account = account_of(&asked.id);
    found(arm, &account)?;
    Ok(page([told(&account)]))
}

pub(super) fn service(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    is_default(arm, &asked.id)?;
    Ok(Outcome::new(200, told(&account_of(&asked.id))))
}

/// There is one service only, and only in an account that is there.
fn is_default(arm: &Arm<'_>, id: &Id) -> Result<(), Refusal> {
    found(arm, &account_of(id))?;
    match id.names().nth(1) {
        Some("default") => Ok(()),
        _ => Err(missing(arm, id)),
    }
}

pub(super) fn get(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    is_default(arm, &asked.id)?;
    let queue = arm.shown(&asked.id).ok_or_else(|| {
        Refusal::new(404, "QueueNotFound", format!("The specified queue {} does not exist.", asked.id.name()))
    })?;
    Ok(Outcome::new(200, queue.answer()))
}

pub(super) fn list(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    is_default(arm, &asked.id)?;
    Ok(page(arm.list_shown(&asked.id, "queues").iter().map(Object::answer)))
}

pub(super) fn put(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, BODY)?;
    account::at_rest(arm, &asked.id)?;
    is_default(arm, &asked.id)?;
    name_fits(asked.id.name())?;
    let held: Option<u64> = arm.world.get(&held_key(&asked.id));
    if held.is_some_and(|until| until > arm.now().as_secs()) {
        return Err(Refusal::new(409, "QueueBeingDeleted", "The specified queue is being deleted."));
    }
    let metadata = metadata(asked)?;
    let queue = queue(&asked.id, metadata);
    arm.world.remove(&held_key(&asked.id));
    arm.put(&asked.id, &queue);
    Ok(Outcome::new(200, queue.answer()))
}

pub(super) fn patch(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, BODY)?;
    account::at_rest(arm, &asked.id)?;
    get(arm, asked)?;
    let queue = queue(&asked.id, metadata(asked)?);
    arm.put(&asked.id, &queue);
    Ok(Outcome::new(200, queue.answer()))
}

fn queue(id: &Id, metadata: Json) -> Object {
    Object::new(json!({
        "id": id.path(), "name": id.name(), "type": TYPE,
        "properties": {"metadata": metadata, "approximateMessageCount": 0},
    }))
}

/// Its keys are identifiers, and the values are sent as headers.
fn metadata(asked: &Asked) -> Result<Json, Refusal> {
    let given = asked.properties().get("metadata").filter(|metadata| !metadata.is_null()).cloned();
    let given = given.unwrap_or_else(|| json!({}));
    for (name, value) in given.as_object().into_iter().flatten() {
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
        let is_value = value.as_str().is_some_and(|text| text.chars().all(|one| one == ' ' || one.is_ascii_graphic()));
        if !is_name || !is_value {
            let text = format!("The metadata specified is invalid: {name}. It has characters that are not permitted.");
            return Err(Refusal::new(400, "InvalidMetadata", text));
        }
    }
    Ok(given)
}

fn name_fits(name: &str) -> Result<(), Refusal> {
    let is_plain = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    let fits = (3..=63).contains(&name.len())
        && name.starts_with(is_plain)
        && name.ends_with(is_plain)
        && !name.contains("--")
        && name.chars().all(|character| is_plain(character) || character == '-');
    match fits {
        true => Ok(()),
        false => Err(Refusal::new(400, "InvalidResourceName", format!("'{name}' is no valid name of a queue."))),
    }
}

pub(super) fn delete(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    account::at_rest(arm, &asked.id)?;
    if arm.object(&asked.id).is_none() {
        let text = format!("The specified queue {} does not exist.", asked.id.name());
        return Err(Refusal::new(404, "QueueNotFound", text));
    }
    arm.remove(&asked.id);
    let until = arm.after(&format!("delete/{}", asked.id.key()), NAME_HELD);
    arm.world.put(&held_key(&asked.id), &until.as_secs());
    Ok(Outcome::empty(204))
}

/// Until when the name is held.
fn held_key(id: &Id) -> String {
    let path = id.path().to_lowercase();
    format!("azure/subscriptions/{}/memory/queue{path}", id.subscription)
}

/// Another account of the same name has held none.
pub(super) fn forget(arm: &mut Arm<'_>, account: &Id) {
    let below = format!("{}/", held_key(account));
    let held: Vec<_> = arm.world.list::<u64>(&below).into_iter().map(|(name, _)| name).collect();
    held.iter().for_each(|name| arm.world.remove(&format!("{below}{name}")));
}
