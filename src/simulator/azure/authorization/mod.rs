//! Who may do what: role assignments on whatever has an id, and the roles there are.

mod assignment;
mod filter;
mod role;

use super::arm::{Arm, Asked, Kind, Outcome};
use crate::simulator::refusal::Refusal;

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "Microsoft.Authorization",
        since: "2015-07-01",
        get: nothing,
        put: None,
        patch: None,
        delete: None,
        others: &[
            ("roleassignments", http::Method::GET, assignment::list),
            ("roledefinitions", http::Method::GET, role::list),
        ],
    },
    assignment::KIND,
    role::KIND,
];

/// Of the service itself there is nothing to see.
fn nothing(_: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let text = format!("There is no list of {} here.", asked.id.last.as_deref().unwrap_or_default());
    Err(Refusal::new(404, "NotFound", text))
}

#[cfg(test)]
mod tests;
