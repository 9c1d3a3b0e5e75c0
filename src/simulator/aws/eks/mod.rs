//! EKS: clusters and what belongs to them.

use super::json::{self, Members};
use super::{Input, JsonOperation, Refusal, reply};
use crate::simulator::exchange::{Reply, Request};

pub(super) const OPERATIONS: &[JsonOperation] = &[];

pub(super) fn read(_request: &Request, body: &str) -> Result<(&'static str, Input), Refusal> {
    json::read(OPERATIONS, "", Members::parse(body)?, ("NotFoundException", "InvalidParameterException"))
}

pub(super) fn refusal(refusal: &Refusal) -> Reply {
    let body = serde_json::json!({"message": refusal.message});
    let headers = [("x-amzn-errortype", refusal.code.as_str())];
    reply(refusal.status, "application/json", &headers, body.to_string())
}
