//! The policies of a role: those that are part of it, and those attached to it.

use serde::{Deserialize, Serialize};

use super::key;
use super::lateness::IN_FORCE;
use crate::simulator::World;

/// That a policy is attached to a role. Its key ends with the policy's ARN.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Attachment {
    pub(super) since_ms: u64,
}

/// The ARNs of the attached policies that other services act by.
pub(super) fn in_force(world: &World, account: &str, role: &str) -> Vec<String> {
    let below = key(account, "role-attachment", &format!("{role}/"));
    let attached = world.list::<Attachment>(&below).into_iter();
    attached
        .filter(|(arn, attachment)| IN_FORCE.is_over(world, &format!("{below}{arn}"), attachment.since_ms))
        .map(|(arn, _)| arn)
        .collect()
}
