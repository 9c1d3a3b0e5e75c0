//! Lists of queues.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::lateness::LISTED;
use super::queue::{self, Queue, arn_of, is_seen, key, url_of};
use super::{no_queue, redrive, wrong_parameter};
use crate::simulator::World;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal};

const MOST: usize = 1000;

pub(super) fn all(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    let prefix = members.text("QueueNamePrefix")?.unwrap_or_default();
    let names = listed(world, caller).filter(|queue| queue.name.starts_with(prefix)).map(|queue| queue.name);
    let (urls, next) = page(caller, members, names.collect())?;
    // With nothing to tell, SQS leaves the members out.
    let mut answer = if urls.is_empty() { json!({}) } else { json!({"QueueUrls": urls}) };
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

pub(super) fn sources(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    let name = queue::named(caller, members)?;
    Queue::reached(world, caller, name).ok_or_else(no_queue)?;
    let target = arn_of(caller, name);
    let sources = listed(world, caller).filter(|queue| redrive::target(queue).as_ref() == Some(&target));
    let (urls, next) = page(caller, members, sources.map(|queue| queue.name).collect())?;
    let mut answer = json!({"queueUrls": urls});
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

/// The queues that lists have already, or still.
fn listed(world: &World, caller: &Caller) -> impl Iterator<Item = Queue> {
    let shown = world.list_shown::<Queue>(&key(caller, "")).into_iter();
    shown.map(|(_, queue)| queue).filter(|queue| {
        let key = key(caller, &queue.name);
        LISTED.is_over(world, &key, queue.created_ms) && is_seen(world, caller, &queue.name, "ListQueues")
    })
}

/// The page a request asks for. Only who says how many a page has is told of a next one.
fn page(caller: &Caller, members: &Members, names: Vec<String>) -> Result<(Vec<String>, Option<String>), Refusal> {
    let most = members.integer("MaxResults")?;
    let most = most.map(|most| usize::try_from(most).ok().filter(|most| (1..=MOST).contains(most)));
    let Some(size) = most.unwrap_or(Some(MOST)) else {
        return Err(wrong_parameter(format!("MaxResults must be an integer between 1 and {MOST}.")));
    };
    let after = match members.text("NextToken")? {
        None => String::new(),
        Some(token) => {
            let name = STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            name.filter(|_| most.is_some()).ok_or_else(|| wrong_parameter("Invalid or expired next token."))?
        }
    };
    let mut rest = names.into_iter().filter(|name| *name > after).peekable();
    let page: Vec<String> = rest.by_ref().take(size).collect();
    let next = page.last().filter(|_| most.is_some() && rest.peek().is_some()).map(|last| STANDARD.encode(last));
    Ok((page.iter().map(|name| url_of(caller, name)).collect(), next))
}
