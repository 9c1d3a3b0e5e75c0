//! Event Hubs: namespaces, event hubs and their consumer groups. No event is ever sent here.
//!
//! Limits are those of <https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas>.

mod consumer_group;
mod hub;
mod namespace;
#[cfg(test)]
mod tests;

use http::Method;

use super::arm::{Arm, Asked, Kind, Outcome};
use crate::simulator::refusal::Refusal;

/// The first version that is still answered.
const SINCE: &str = "2021-11-01";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "Microsoft.EventHub",
        since: SINCE,
        get: nothing,
        put: None,
        patch: None,
        delete: None,
        others: &[
            ("namespaces", Method::GET, namespace::list),
            ("checknameavailability", Method::POST, namespace::check_name),
        ],
    },
    Kind {
        name: "Microsoft.EventHub/namespaces",
        since: SINCE,
        get: namespace::get,
        put: Some(namespace::put),
        patch: Some(namespace::patch),
        delete: Some(namespace::delete),
        others: &[("eventhubs", Method::GET, hub::list)],
    },
    Kind {
        name: "Microsoft.EventHub/namespaces/eventhubs",
        since: SINCE,
        get: hub::get,
        put: Some(hub::put),
        patch: None,
        delete: Some(hub::delete),
        others: &[("consumergroups", Method::GET, consumer_group::list)],
    },
    Kind {
        name: "Microsoft.EventHub/namespaces/eventhubs/consumergroups",
        since: SINCE,
        get: consumer_group::get,
        put: Some(consumer_group::put),
        patch: None,
        delete: Some(consumer_group::delete),
        others: &[],
    },
];

fn nothing(_: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let last = asked.id.last.as_deref().unwrap_or_default();
    Err(Refusal::new(404, "InvalidResourceType", format!("There is no list of {last} here.")))
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "BadRequest", message)
}

/// What a tier allows.
struct Limits {
    hubs: usize,
    partitions: i64,
    /// In hours.
    retention: i64,
    /// Beside `$Default`.
    consumer_groups: usize,
}

fn limits(tier: &str) -> Limits {
    match tier {
        "Basic" => Limits { hubs: 10, partitions: 32, retention: 24, consumer_groups: 0 },
        "Standard" => Limits { hubs: 10, partitions: 32, retention: 7 * 24, consumer_groups: 19 },
        _ => Limits { hubs: 100, partitions: 100, retention: 90 * 24, consumer_groups: 99 },
    }
}
