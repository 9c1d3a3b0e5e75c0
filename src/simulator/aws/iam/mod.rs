//! IAM: roles, policies and OIDC providers of an account.

mod lateness;
mod role;
mod role_policy;

use serde_json::Value as Json;

use super::QueryOperation;
use crate::simulator::World;

pub(super) const OPERATIONS: &[QueryOperation] = &[];

/// A role as other services see it.
pub(in crate::simulator::aws) struct VisibleRole {
    /// Its trust policy.
    pub trust: Json,
    /// The ARNs of the policies attached to it.
    pub managed_policies: Vec<String>,
}

/// The role of this ARN, if there is one and other services have heard of it. What is too new of it does not show.
pub(in crate::simulator::aws) fn visible_role(world: &World, account: &str, arn: &str) -> Option<VisibleRole> {
    let role = role::trusted(world, account, arn)?;
    let trust = serde_json::from_str(&role.trust.text).ok()?;
    Some(VisibleRole { trust, managed_policies: role_policy::in_force(world, account, &role.name) })
}

/// Where IAM's objects of one kind are kept; with an empty name, all of them.
fn key(account: &str, kind: &str, name: &str) -> String {
    format!("aws/{account}/iam/{kind}/{name}")
}
