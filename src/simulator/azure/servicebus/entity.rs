//! Queues, topics and subscriptions: there at once, in a namespace that is active.

use serde_json::{Map, Value as Json};

use super::forms::{Bounds, QUEUE, SUBSCRIPTION, Sort, TOPIC};
use super::namespace::inside;
use super::{Tier, active, bad, check_name, conflict, head, namespace_of, part, rule, state};
use crate::simulator::azure::arm::{Arm, Asked, Outcome, found, missing, set_property};
use crate::simulator::azure::id::Id;
use crate::simulator::azure::shape::check;
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;

pub(super) fn put_queue(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    not_also(arm, &asked.id, "topics")?;
    put(arm, asked, &QUEUE)
}

pub(super) fn put_topic(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    not_also(arm, &asked.id, "queues")?;
    let namespace = active(arm, &asked.id)?;
    if Tier::of(&namespace) == Tier::Basic {
        return Err(bad("Topics are not available in the Basic tier"));
    }
    put(arm, asked, &TOPIC)
}

pub(super) fn put_subscription(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let is_new = arm.object(&asked.id).is_none();
    let outcome = put(arm, asked, &SUBSCRIPTION)?;
    if is_new {
        rule::put_first(arm, &asked.id);
        count(arm, &asked.id.parent());
    }
    Ok(outcome)
}

pub(super) fn get(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    Ok(Outcome::new(200, found(arm, &asked.id)?.answer()))
}

/// Whatever is right below.
pub(super) fn list(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let below = Id { last: None, ..asked.id.clone() };
    found(arm, &below)?;
    let kind = asked.id.last.clone().unwrap_or_default();
    part(arm, asked, &arm.list_shown(&below, &kind))
}

pub(super) fn delete(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let namespace = namespace_of(&asked.id);
    let found = arm.object(&namespace).ok_or_else(|| missing(arm, &namespace))?;
    if arm.object(&asked.id).is_none() {
        return Ok(Outcome::empty(204));
    }
    if state(&found) != "Failed" {
        active(arm, &asked.id)?;
    }
    arm.remove(&asked.id);
    if asked.id.parts.last().is_some_and(|(kind, _)| kind.eq_ignore_ascii_case("subscriptions")) {
        count(arm, &asked.id.parent());
    }
    Ok(Outcome::empty(200))
}

fn put(arm: &mut Arm<'_>, asked: &Asked, sort: &Sort) -> Result<Outcome, Refusal> {
    check(&asked.body, sort.body)?;
    check_name(asked.id.name(), sort.longest_name)?;
    let namespace = active(arm, &asked.id)?;
    let partitions = namespace.inner(&["properties", "premiumMessagingPartitions"]).as_i64().unwrap_or_default();
    let given = asked.properties();
    let mut properties = sort.filled(given, Bounds { tier: Tier::of(&namespace), partitions })?;
    forwards(arm, &asked.id, &properties)?;
    let present = arm.object(&asked.id);
    if let Some(present) = &present {
        stays(sort, present, &properties)?;
    }
    let time = Json::from(arm.time());
    let was = |name: &str| present.as_ref().map(|present| present.inner(&["properties", name]).clone());
    properties.insert("createdAt".to_owned(), was("createdAt").unwrap_or_else(|| time.clone()));
    properties.insert("accessedAt".to_owned(), was("accessedAt").unwrap_or_else(|| Json::from("0001-01-01T00:00:00Z")));
    properties.insert("updatedAt".to_owned(), time);
    if let Some(count) = was("subscriptionCount").filter(|count| !count.is_null()) {
        properties.insert("subscriptionCount".to_owned(), count);
    }
    let name = present.as_ref().map_or(asked.id.name(), |present| present.text("name")).to_owned();
    let mut answer = head(&asked.id, &name);
    answer["location"] = namespace.text("location").into();
    answer["properties"] = Json::Object(properties);
    let object = Object::new(answer);
    arm.put(&asked.id, &object);
    Ok(Outcome::new(200, object.answer()))
}

/// What is made once is not made another.
fn stays(sort: &Sort, present: &Object, wanted: &Map<String, Json>) -> Result<(), Refusal> {
    let differs = |name: &&&str| present.inner(&["properties", name]) != wanted.get(**name).unwrap_or(&Json::Null);
    match sort.fixed.iter().find(differs) {
        Some(name) => {
            Err(bad(format!("The value for the '{name}' property of an existing {} cannot be changed", sort.noun)))
        }
        None => Ok(()),
    }
}

/// A queue and a topic of one name would have one address.
fn not_also(arm: &Arm<'_>, id: &Id, kind: &str) -> Result<(), Refusal> {
    let other = inside(&namespace_of(id), kind, id.name());
    if arm.object(&other).is_none() {
        return Ok(());
    }
    Err(conflict(format!("The name '{}' is taken by one of the {kind} of the namespace", id.name())))
}

/// What messages are sent on to has to be there, and to be something else.
fn forwards(arm: &Arm<'_>, id: &Id, wanted: &Map<String, Json>) -> Result<(), Refusal> {
    let namespace = namespace_of(id);
    for member in ["forwardTo", "forwardDeadLetteredMessagesTo"] {
        let Some(to) = wanted.get(member).and_then(Json::as_str) else { continue };
        let places = ["queues", "topics"].map(|kind| inside(&namespace, kind, to));
        if places.iter().any(|place| place.key() == id.key()) || id.parent().key() == places[1].key() {
            return Err(bad(format!("'{member}' of '{}' leads back to itself", id.name())));
        }
        if places.iter().all(|place| arm.object(place).is_none()) {
            return Err(bad(format!("The destination '{to}' of '{member}' does not exist")));
        }
    }
    Ok(())
}

/// A topic says how many subscriptions it has.
fn count(arm: &mut Arm<'_>, topic: &Id) {
    let prefix = format!("{}/subscriptions/", topic.key());
    let all = arm.world.list::<Json>(&prefix);
    let number = all.iter().filter(|(name, _)| !name.contains('/')).count();
    if let Some(mut object) = arm.object(topic) {
        set_property(&mut object, "subscriptionCount", number);
        arm.put(topic, &object);
    }
}
