//! Roles: who may act as whom. Their policies are in `role_policy`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::key;
use super::lateness::TRUSTED;
use crate::simulator::World;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) id: String,
    pub(super) created_ms: u64,
    pub(super) trust: Document,
    pub(super) description: Option<String>,
    pub(super) max_session: u64,
    pub(super) boundary: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) text: String,
}

impl Role {
    pub(super) fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:role{}{}", self.path, self.name)
    }
}

/// The role of this ARN, once every service has heard of it, with the trust they have heard of.
pub(super) fn trusted(world: &World, account: &str, arn: &str) -> Option<Role> {
    let name = arn.rsplit('/').next()?;
    let key = key(account, "role", name);
    let role: Role = world.get(&key)?;
    if role.arn(account) != arn || !TRUSTED.is_over(world, &key, role.created_ms) {
        return None;
    }
    world.shown(&key)
}
