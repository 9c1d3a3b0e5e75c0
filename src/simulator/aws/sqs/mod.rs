//! SQS: the queues of an account in a region.

mod attributes;
mod lateness;
mod listing;
mod queue;
mod redrive;
mod tags;

use super::json::{self, Members};
use super::{Caller, Input, JsonOperation, Refusal, reply};
use crate::simulator::World;
use crate::simulator::exchange::{Reply, Request};

type Answer = fn(&mut World, &Caller, &Members) -> Result<serde_json::Value, Refusal>;

const fn operation(name: &'static str, takes: &'static [&'static str], answer: Answer) -> JsonOperation {
    JsonOperation { name, takes, answer }
}

const QUEUE: &[&str] = &["QueueUrl"];

#[rustfmt::skip]
pub(super) const OPERATIONS: &[JsonOperation] = &[
    operation("CreateQueue", &["QueueName", "Attributes", "tags"], queue::create),
    operation("GetQueueUrl", &["QueueName", "QueueOwnerAWSAccountId"], queue::url),
    operation("GetQueueAttributes", &["QueueUrl", "AttributeNames"], queue::attributes),
    operation("SetQueueAttributes", &["QueueUrl", "Attributes"], queue::set_attributes),
    operation("PurgeQueue", QUEUE, queue::purge),
    operation("DeleteQueue", QUEUE, queue::delete),
    operation("ListQueues", &["QueueNamePrefix", "NextToken", "MaxResults"], listing::all),
    operation("ListDeadLetterSourceQueues", &["QueueUrl", "NextToken", "MaxResults"], listing::sources),
    operation("TagQueue", &["QueueUrl", "Tags"], tags::tag),
    operation("UntagQueue", &["QueueUrl", "TagKeys"], tags::untag),
    operation("ListQueueTags", QUEUE, tags::listed),
];

const TARGET: &str = "x-amz-target";

/// What errors were called before SQS spoke JSON, where that differs. Clients of the old protocol go by it, and
/// SDKs prefer it.
const QUERY_CODES: &[(&str, &str)] = &[
    ("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress"),
    ("QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently"),
    ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
    ("QueueNameExists", "QueueAlreadyExists"),
    ("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"),
];

pub(super) fn read(request: &Request, body: &str) -> Result<(&'static str, Input), Refusal> {
    let target = request.headers().get(TARGET).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = target.strip_prefix("AmazonSQS.").unwrap_or(target);
    json::read(OPERATIONS, name, Members::parse(body)?, ("InvalidAction", "InvalidParameterValue"))
}

pub(super) fn refusal(refusal: &Refusal) -> Reply {
    let body = serde_json::json!({"__type": format!("com.amazonaws.sqs#{}", refusal.code), "message": refusal.message});
    let old = QUERY_CODES.iter().find(|(code, _)| *code == refusal.code).map_or(refusal.code.as_str(), |(_, old)| old);
    let query_code = format!("{old};{}", refusal.fault());
    let headers = [("x-amzn-query-error", query_code.as_str())];
    reply(refusal.status, "application/x-amz-json-1.0", &headers, body.to_string())
}

fn no_queue() -> Refusal {
    Refusal::new(400, "QueueDoesNotExist", "The specified queue does not exist.")
}

fn wrong_parameter(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidParameterValue", message)
}

fn missing_parameter(name: &str) -> Refusal {
    Refusal::new(400, "MissingParameter", format!("The request must contain the parameter {name}."))
}
