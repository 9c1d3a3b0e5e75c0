//! Storage: accounts, and the queues in them. No message and no blob is ever kept here.

mod account;
mod queue;
#[cfg(test)]
mod tests;

use http::Method;

use super::arm::{Arm, Asked, Kind, Outcome};
use crate::simulator::refusal::Refusal;

/// The first version that is still answered.
const SINCE: &str = "2021-04-01";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "Microsoft.Storage",
        since: SINCE,
        get: nothing,
        put: None,
        patch: None,
        delete: None,
        others: &[
            ("storageaccounts", Method::GET, account::list),
            ("checknameavailability", Method::POST, account::check_name),
        ],
    },
    Kind {
        name: "Microsoft.Storage/storageAccounts",
        since: SINCE,
        get: account::get,
        put: Some(account::put),
        patch: Some(account::patch),
        delete: Some(account::delete),
        others: &[("listkeys", Method::POST, account::list_keys), ("queueservices", Method::GET, queue::services)],
    },
    Kind {
        name: "Microsoft.Storage/storageAccounts/queueServices",
        since: SINCE,
        get: queue::service,
        put: None,
        patch: None,
        delete: None,
        others: &[("queues", Method::GET, queue::list)],
    },
    Kind {
        name: "Microsoft.Storage/storageAccounts/queueServices/queues",
        since: SINCE,
        get: queue::get,
        put: Some(queue::put),
        patch: Some(queue::patch),
        delete: Some(queue::delete),
        others: &[],
    },
];

fn nothing(_: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let last = asked.id.last.as_deref().unwrap_or_default();
    Err(Refusal::new(404, "InvalidResourceType", format!("There is no list of {last} here.")))
}
