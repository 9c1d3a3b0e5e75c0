//! Whom roles can be given to, and since when role assignments know of them: a new identity reaches them late.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::PRINCIPAL;
use super::arm::Arm;
use super::id::Id;
use crate::clock::Timestamp;
use crate::simulator::object::Object;

/// How long Entra takes to tell everyone of a new identity.
const TOLD_EVERYWHERE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(60));
/// The same for whoever says that it is a service principal, so that nobody has to look up what it is.
const TAKEN_ON_TRUST: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(10));

/// What all that is made here is. Users and groups are not.
pub(super) const SERVICE_PRINCIPAL: &str = "ServicePrincipal";

/// Kept for as long as anyone may ask.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Principal {
    made_ms: u64,
    /// The resource whose identity it is, with which it goes.
    of: Id,
}

/// A resource has got an identity of its own.
pub(super) fn remember(arm: &mut Arm<'_>, principal: &str, of: &Id) {
    let made_ms = u64::try_from(arm.now().as_millis()).unwrap_or(u64::MAX);
    arm.world.put(&key(principal), &Principal { made_ms, of: of.clone() });
}

/// What it is, if role assignments know of it by now. Some is said of what it is by whoever asks.
pub(super) fn kind(arm: &Arm<'_>, principal: &str, said: Option<&str>) -> Option<&'static str> {
    if principal.eq_ignore_ascii_case(PRINCIPAL) {
        return Some(SERVICE_PRINCIPAL);
    }
    let found: Principal = arm.world.get(&key(principal))?;
    arm.world.get::<Object>(&found.of.key())?.at(arm.now())?;
    let known = since(arm, principal, &found, said);
    (known <= arm.now()).then_some(SERVICE_PRINCIPAL)
}

fn since(arm: &Arm<'_>, principal: &str, found: &Principal, said: Option<&str>) -> Timestamp {
    let (least, most) = if said == Some(SERVICE_PRINCIPAL) { TAKEN_ON_TRUST } else { TOLD_EVERYWHERE };
    Duration::from_millis(found.made_ms) + arm.world.delay(&format!("principal/{principal}"), least, most)
}

fn key(principal: &str) -> String {
    format!("azure/memory/principal/{}", principal.to_lowercase())
}
