//! User-assigned managed identities, and the tokens of others that they take for their own.

mod federated;
mod user_assigned;

use super::arm::{Arm, Asked, Kind, Outcome};
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;

pub(super) use federated::{Presented, Unmatched, matched};

/// What identities are called.
pub(super) const IDENTITIES: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "Microsoft.ManagedIdentity",
        since: user_assigned::SINCE,
        get: nothing,
        put: None,
        patch: None,
        delete: None,
        others: &[("userassignedidentities", http::Method::GET, user_assigned::list)],
    },
    user_assigned::KIND,
    federated::KIND,
];

/// Of the service itself there is nothing to see.
fn nothing(_: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let text = format!("There is no list of {} here.", asked.id.last.as_deref().unwrap_or_default());
    Err(Refusal::new(404, "NotFound", text))
}

/// The identity one of whose ids, such as `clientId`, this is, and where it is kept.
pub(super) fn with(arm: &Arm<'_>, member: &str, id: &str) -> Option<(String, Object)> {
    let below = "azure/subscriptions/";
    let all = arm.world.list::<Object>(below).into_iter();
    let mut identities = all.filter(|(_, object)| object.text("type") == IDENTITIES);
    let is_it = |object: &Object| {
        let of = if member == "id" {
            object.text("id")
        } else {
            object.inner(&["properties", member]).as_str().unwrap_or_default()
        };
        of.eq_ignore_ascii_case(id)
    };
    let (name, object) = identities.find(|(_, object)| is_it(object))?;
    Some((format!("{below}{name}"), object))
}

/// Starts with a letter or a digit, and goes on with those, `-` and `_`.
fn check_name(name: &str, (least, most): (usize, usize)) -> Result<(), Refusal> {
    let fits = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    let starts = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    if starts && name.chars().all(fits) && (least..=most).contains(&name.len()) {
        return Ok(());
    }
    let text = format!(
        "The name '{name}' is invalid. It has to have {least} to {most} letters, digits, '-' and '_', and to start \
         with a letter or a digit."
    );
    Err(Refusal::new(400, "BadRequest", text))
}

#[cfg(test)]
pub(super) mod tests;
