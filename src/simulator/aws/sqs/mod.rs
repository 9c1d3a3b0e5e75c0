//! SQS: the queues of an account in a region.

use super::json::{self, Members};
use super::{Input, JsonOperation, Refusal, reply};
use crate::simulator::exchange::{Reply, Request};

pub(super) const OPERATIONS: &[JsonOperation] = &[];

const TARGET: &str = "x-amz-target";

pub(super) fn read(request: &Request, body: &str) -> Result<(&'static str, Input), Refusal> {
    let target = request.headers().get(TARGET).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = target.strip_prefix("AmazonSQS.").unwrap_or(target);
    json::read(OPERATIONS, name, Members::parse(body)?, ("InvalidAction", "InvalidParameterValue"))
}

pub(super) fn refusal(refusal: &Refusal) -> Reply {
    let body = serde_json::json!({"__type": format!("com.amazonaws.sqs#{}", refusal.code), "message": refusal.message});
    let query_code = format!("{};{}", refusal.code, refusal.fault());
    let headers = [("x-amzn-query-error", query_code.as_str())];
    reply(refusal.status, "application/x-amz-json-1.0", &headers, body.to_string())
}
