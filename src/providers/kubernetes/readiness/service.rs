//! Services: those of type LoadBalancer wait for their load balancer.

use serde_json::Value as Json;

use super::status::Status;
use super::{Readiness, Related};

pub(super) fn readiness(status: &Status<'_>, related: &Related<'_>) -> Readiness {
    let any =
        |pointer: &str| status.object.pointer(pointer).and_then(Json::as_array).is_some_and(|list| !list.is_empty());
    if status.text("/spec/type") != Some("LoadBalancer")
        || any("/spec/externalIPs")
        || any("/status/loadBalancer/ingress")
    {
        return Readiness::Ready;
    }
    status.waiting("it has no load balancer yet".to_owned(), related)
}
