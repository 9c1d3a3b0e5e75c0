//! The tags of queues.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::lateness::{NAME_BLOCKED, TAGS_SHOWN};
use super::queue::{self, Queue};
use super::{missing_parameter, no_queue, wrong_parameter};
use crate::simulator::World;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal};

type Tags = BTreeMap<String, String>;

const MOST: usize = 50;

fn key(caller: &Caller, name: &str) -> String {
    format!("aws/{}/{}/sqs/queue-tags/{name}", caller.account, caller.region)
}

/// The tags of a request.
pub(super) fn given(members: &Members, field: &str) -> Result<Option<Tags>, Refusal> {
    let Some(tags) = members.text_map(field)? else { return Ok(None) };
    if tags.len() > MOST {
        return Err(wrong_parameter(format!("Too many tags: there may be {MOST}.")));
    }
    for (key, value) in &tags {
        let fits = |letter: char| letter.is_alphanumeric() || letter == ' ' || "_.:/=+-@".contains(letter);
        if !(1..=128).contains(&key.chars().count()) || !key.chars().all(fits) {
            return Err(wrong_parameter(format!("Tag key {key} is invalid.")));
        }
        if value.chars().count() > 256 || !value.chars().all(fits) {
            return Err(wrong_parameter(format!("Tag value {value} is invalid.")));
        }
        if key.to_lowercase().starts_with("aws:") {
            return Err(wrong_parameter(format!("Tag key {key} is invalid: aws: is reserved for AWS.")));
        }
    }
    Ok(Some(tags))
}

pub(super) fn put(world: &mut World, caller: &Caller, name: &str, tags: &Tags, shown_after: Duration) {
    world.put_late(&key(caller, name), tags, shown_after);
}

pub(super) fn remove(world: &mut World, caller: &Caller, name: &str) {
    world.remove_late(&key(caller, name), NAME_BLOCKED);
}

/// Changes the tags of a queue that the call reaches.
fn change(world: &mut World, caller: &Caller, members: &Members, how: impl FnOnce(&mut Tags)) -> Result<Json, Refusal> {
    let name = queue::named(caller, members)?;
    let (queue_key, _) = Queue::reached(world, caller, name).ok_or_else(no_queue)?;
    let mut tags: Tags = world.get(&key(caller, name)).unwrap_or_default();
    how(&mut tags);
    if tags.len() > MOST {
        return Err(wrong_parameter(format!("Too many tags added for queue {name}.")));
    }
    let lag = TAGS_SHOWN.of(world, &queue_key);
    put(world, caller, name, &tags, lag);
    Ok(json!({}))
}

pub(super) fn tag(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    let given = given(members, "Tags")?.ok_or_else(|| missing_parameter("Tags"))?;
    change(world, caller, members, |tags| tags.extend(given))
}

pub(super) fn untag(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    let keys = members.texts("TagKeys")?.ok_or_else(|| missing_parameter("TagKeys"))?;
    change(world, caller, members, |tags| tags.retain(|key, _| !keys.contains(key)))
}

pub(super) fn listed(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    let name = queue::named(caller, members)?;
    let tags: Option<Tags> = world.shown(&key(caller, name));
    let tags = tags.filter(|_| queue::is_seen(world, caller, name, "ListQueueTags")).ok_or_else(no_queue)?;
    // With nothing to tell, SQS leaves the member out.
    Ok(if tags.is_empty() { json!({}) } else { json!({"Tags": tags}) })
}
