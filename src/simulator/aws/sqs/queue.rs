//! Queues: made, found, changed and deleted by their names and URLs.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::attributes::{self, Attributes, Subject};
use super::lateness::{self, CHANGE_SHOWN, GONE_SHOWN, NAME_BLOCKED, PURGING, REACHED, now_ms};
use super::{missing_parameter, no_queue, tags, wrong_parameter};
use crate::simulator::World;
use crate::simulator::aws::iam::PolicyDocument;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal};

const FIFO_ENDING: &str = ".fifo";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Queue {
    pub(super) name: String,
    /// Those that were set, but for the policy.
    pub(super) attributes: Attributes,
    policy: Option<PolicyDocument>,
    pub(super) created_ms: u64,
    modified_ms: u64,
    purged_ms: Option<u64>,
}

/// That a queue of this name was deleted.
#[derive(Serialize, Deserialize)]
struct Deleted {
    at_ms: u64,
}

pub(super) fn key(caller: &Caller, name: &str) -> String {
    format!("aws/{}/{}/sqs/queue/{name}", caller.account, caller.region)
}

fn deleted_key(caller: &Caller, name: &str) -> String {
    format!("aws/{}/{}/sqs/memory/deleted-queue/{name}", caller.account, caller.region)
}

pub(super) fn url_of(caller: &Caller, name: &str) -> String {
    format!("https://sqs.{}.amazonaws.com/{}/{name}", caller.region, caller.account)
}

pub(super) fn arn_of(caller: &Caller, name: &str) -> String {
    format!("arn:aws:sqs:{}:{}:{name}", caller.region, caller.account)
}

impl Queue {
    pub(super) fn is_fifo(&self) -> bool {
        self.name.ends_with(FIFO_ENDING)
    }

    /// The queue of this name that calls reach, and its key.
    pub(super) fn reached(world: &World, caller: &Caller, name: &str) -> Option<(String, Queue)> {
        let key = key(caller, name);
        let queue: Queue = world.get(&key)?;
        REACHED.is_over(world, &key, queue.created_ms).then_some((key, queue))
    }

    /// The queue as this kind of read shows it.
    fn shown(world: &World, caller: &Caller, name: &str, read: &str) -> Option<Queue> {
        let key = key(caller, name);
        let queue = world.shown(&key)?;
        is_seen(world, caller, name, read).then_some(queue)
    }

    fn told(&self, world: &World, caller: &Caller) -> Attributes {
        let mut told = attributes::effective(&self.attributes, self.is_fifo());
        if let Some(policy) = &self.policy {
            told.insert("Policy".to_owned(), policy.shown(world));
        }
        let seconds = |milliseconds: u64| (milliseconds / 1000).to_string();
        told.insert("QueueArn".to_owned(), arn_of(caller, &self.name));
        told.insert("CreatedTimestamp".to_owned(), seconds(self.created_ms));
        told.insert("LastModifiedTimestamp".to_owned(), seconds(self.modified_ms));
        told
    }
}

/// Whether a kind of read still sees what is shown of a queue. While a queue goes, they do not agree.
pub(super) fn is_seen(world: &World, caller: &Caller, name: &str, read: &str) -> bool {
    let key = key(caller, name);
    if world.get::<Queue>(&key).is_some() {
        return true;
    }
    let deleted: Option<Deleted> = world.get(&deleted_key(caller, name));
    deleted.is_some_and(|deleted| !GONE_SHOWN.is_over(world, &format!("{key} {read}"), deleted.at_ms))
}

/// The name in a request's queue URL. Its host is whatever the caller calls the simulator.
pub(super) fn named<'a>(caller: &Caller, members: &'a Members) -> Result<&'a str, Refusal> {
    let url = members.text("QueueUrl")?.ok_or_else(|| missing_parameter("QueueUrl"))?;
    let mut parts = url.trim_end_matches('/').rsplit('/');
    let (Some(name), Some(account)) = (parts.next(), parts.next()) else {
        return Err(Refusal::new(404, "InvalidAddress", format!("The address {url} is not valid for this endpoint.")));
    };
    match account == caller.account {
        true => Ok(name),
        false => Err(Refusal::new(
            403,
            "AccessDenied",
            "Access to the resource is denied: it belongs to another account and has no policy that allows it.",
        )),
    }
}

/// The queue a call wants to change, and its key.
fn reached(world: &World, caller: &Caller, members: &Members) -> Result<(String, Queue), Refusal> {
    Queue::reached(world, caller, named(caller, members)?).ok_or_else(no_queue)
}

fn check_name(name: &str, given: &Attributes) -> Result<bool, Refusal> {
    let fits =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let is_fifo = given.get("FifoQueue").map(String::as_str) == Some("true");
    match (is_fifo, name.strip_suffix(FIFO_ENDING)) {
        (true, Some(stem)) if fits(stem) && name.len() <= 80 => Ok(true),
        (true, _) => Err(wrong_parameter(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with \
             .fifo suffix and be 1 to 80 in length.",
        )),
        (false, None) if fits(name) && name.len() <= 80 => Ok(false),
        _ => {
            Err(wrong_parameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"))
        }
    }
}

pub(super) fn create(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    let name = members.text("QueueName")?.ok_or_else(|| missing_parameter("QueueName"))?;
    let given = members.text_map("Attributes")?.unwrap_or_default();
    let is_fifo = check_name(name, &given)?;
    let given_tags = tags::given(members, "tags")?.unwrap_or_default();
    let subject = Subject { world, caller, name, is_fifo, is_new: true };
    let (mut wanted, mut policy) = (Attributes::new(), None);
    attributes::set(&subject, &mut wanted, &mut policy, &given)?;
    let key = key(caller, name);
    let url = json!({"QueueUrl": url_of(caller, name)});
    if let Some(present) = world.get::<Queue>(&key) {
        let effective = attributes::effective(&present.attributes, is_fifo);
        let asked = wanted.into_iter().filter(|(name, _)| given.contains_key(name));
        let asked = given.keys().map(|name| (name.clone(), String::new())).chain(asked).collect();
        return match attributes::differing(&asked, &effective, (policy.as_ref(), present.policy.as_ref())) {
            None => Ok(url),
            Some(attribute) => Err(Refusal::new(
                400,
                "QueueNameExists",
                format!("A queue already exists with the same name and a different value for attribute {attribute}"),
            )),
        };
    }
    let deleted: Option<Deleted> = world.get(&deleted_key(caller, name));
    if deleted.is_some_and(|deleted| !lateness::is_over(world, NAME_BLOCKED, deleted.at_ms)) {
        let message =
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
        return Err(Refusal::new(400, "QueueDeletedRecently", message));
    }
    let now_ms = now_ms(world);
    let name = name.to_owned();
    let queue = Queue { name, attributes: wanted, policy, created_ms: now_ms, modified_ms: now_ms, purged_ms: None };
    let lag = REACHED.of(world, &key);
    world.remove(&deleted_key(caller, &queue.name));
    world.put_late(&key, &queue, lag);
    tags::put(world, caller, &queue.name, &given_tags, lag);
    Ok(url)
}

pub(super) fn url(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    let name = members.text("QueueName")?.ok_or_else(|| missing_parameter("QueueName"))?;
    if members.text("QueueOwnerAWSAccountId")?.is_some_and(|owner| owner != caller.account) {
        return Err(no_queue());
    }
    Queue::shown(world, caller, name, "GetQueueUrl").ok_or_else(no_queue)?;
    Ok(json!({"QueueUrl": url_of(caller, name)}))
}

pub(super) fn attributes(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    let names = members.texts("AttributeNames")?.unwrap_or_default();
    let asked = attributes::asked(&names)?;
    let queue = Queue::shown(world, caller, named(caller, members)?, "GetQueueAttributes").ok_or_else(no_queue)?;
    let mut told = queue.told(world, caller);
    if let Some(asked) = asked {
        told.retain(|name, _| asked.contains(name));
    }
    // With nothing to tell, SQS leaves the member out.
    Ok(if told.is_empty() { json!({}) } else { json!({"Attributes": told}) })
}

pub(super) fn set_attributes(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    let given = members.text_map("Attributes")?.ok_or_else(|| missing_parameter("Attributes"))?;
    let (key, mut queue) = reached(world, caller, members)?;
    let subject = Subject { world, caller, name: &queue.name, is_fifo: queue.is_fifo(), is_new: false };
    let (mut wanted, mut policy) = (queue.attributes.clone(), queue.policy.clone());
    attributes::set(&subject, &mut wanted, &mut policy, &given)?;
    (queue.attributes, queue.policy, queue.modified_ms) = (wanted, policy, now_ms(world));
    let lag = CHANGE_SHOWN.of(world, &key);
    world.put_late(&key, &queue, lag);
    Ok(json!({}))
}

pub(super) fn purge(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    let (key, mut queue) = reached(world, caller, members)?;
    if queue.purged_ms.is_some_and(|since_ms| !lateness::is_over(world, PURGING, since_ms)) {
        let message = format!("Only one PurgeQueue operation on {} is allowed every 60 seconds.", queue.name);
        return Err(Refusal::new(403, "PurgeQueueInProgress", message));
    }
    queue.purged_ms = Some(now_ms(world));
    world.put_late(&key, &queue, Duration::from_secs(1));
    Ok(json!({}))
}

pub(super) fn delete(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    let (key, queue) = reached(world, caller, members)?;
    // How long each kind of read goes on showing it is decided when it is asked.
    world.remove_late(&key, NAME_BLOCKED);
    tags::remove(world, caller, &queue.name);
    world.put(&deleted_key(caller, &queue.name), &Deleted { at_ms: now_ms(world) });
    Ok(json!({}))
}
