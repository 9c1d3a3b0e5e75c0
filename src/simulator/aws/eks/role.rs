//! Roles as the service checks them: seen by it, trusting whom they have to, with the policies they need.
//!
//! A role that is too new is not seen yet, or seen without its newest policies. Its callers are told what
//! they are told of a wrong role, and cannot tell the two apart.

use serde_json::Value as Json;

use super::refusal::invalid;
use crate::simulator::World;
use crate::simulator::aws::iam::{VisibleRole, attached_policies, visible_role};
use crate::simulator::aws::{Caller, Refusal};

const CLUSTER_SERVICE: &str = "eks.amazonaws.com";
const NODE_SERVICE: &str = "ec2.amazonaws.com";
const POD_SERVICE: &str = "pods.eks.amazonaws.com";
const CLUSTER_POLICY: &str = "AmazonEKSClusterPolicy";
const WORKER_POLICY: &str = "AmazonEKSWorkerNodePolicy";
/// Any of these lets nodes fetch images.
const IMAGE_POLICIES: [&str; 4] = [
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryPowerUser",
    "AmazonEC2ContainerRegistryFullAccess",
];
const CNI_POLICY: &str = "AmazonEKS_CNI_Policy";

/// What the service sees of a role of the caller's account.
fn role(world: &World, caller: &Caller, arn: &str) -> Result<VisibleRole, Refusal> {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let ["arn", "aws", "iam", "", account, resource] = parts.as_slice() else {
        return Err(invalid(format!("Invalid role arn: {arn}")));
    };
    if !resource.starts_with("role/") || arn.len() > 2048 {
        return Err(invalid(format!("Invalid role arn: {arn}")));
    }
    if *account != caller.account {
        return Err(Refusal::new(403, "AccessDeniedException", "Cross-account pass role is not allowed."));
    }
    let missing = || invalid(format!("Role with arn: {arn}, could not be assumed because it does not exist"));
    visible_role(world, account, arn).ok_or_else(missing)
}

pub(super) fn check_cluster_role(world: &World, caller: &Caller, arn: &str) -> Result<(), Refusal> {
    let role = role(world, caller, arn)?;
    trusts(&role, CLUSTER_SERVICE, &["sts:AssumeRole"])?;
    has_policies(&role, &[CLUSTER_POLICY])
}

pub(super) fn check_node_role(world: &World, caller: &Caller, arn: &str) -> Result<(), Refusal> {
    let role = role(world, caller, arn)?;
    trusts(&role, NODE_SERVICE, &["sts:AssumeRole"])?;
    let [image_policy, ..] = IMAGE_POLICIES;
    if IMAGE_POLICIES.iter().any(|policy| has(&role, policy)) {
        return has_policies(&role, &[WORKER_POLICY]);
    }
    has_policies(&role, &[WORKER_POLICY, image_policy])
}

/// Whether the nodes themselves may set up the network. If not, the network's addon has to. Machines take longer
/// to start than IAM to spread a policy, so one that is new will do.
pub(super) fn has_network_policy(world: &World, caller: &Caller, arn: &str) -> bool {
    let end = format!("/{CNI_POLICY}");
    attached_policies(world, &caller.account, arn).iter().any(|policy| policy.ends_with(&end))
}

pub(super) fn check_pod_role(world: &World, caller: &Caller, arn: &str) -> Result<(), Refusal> {
    let role = role(world, caller, arn).map_err(|refusal| match refusal.code.as_str() {
        "InvalidParameterException" => invalid("Role provided in the request does not exist."),
        _ => refusal,
    })?;
    trusts(&role, POD_SERVICE, &["sts:AssumeRole", "sts:TagSession"])
}

/// A role that something else names. Only whether it is there counts.
pub(super) fn check_exists(world: &World, caller: &Caller, arn: &str) -> Result<(), Refusal> {
    role(world, caller, arn).map(drop)
}

fn trusts(role: &VisibleRole, service: &str, actions: &[&str]) -> Result<(), Refusal> {
    let statements = items(role.trust.get("Statement"));
    let allowed = |action: &&str| {
        statements.iter().any(|statement| {
            let allows = statement.get("Effect").and_then(Json::as_str) == Some("Allow");
            let principal = statement.get("Principal").and_then(|principal| principal.get("Service"));
            let service_named = items(principal).iter().any(|item| item.as_str() == Some(service));
            let asked = items(statement.get("Action"));
            allows && service_named && asked.iter().filter_map(|item| item.as_str()).any(|given| covers(given, action))
        })
    };
    if actions.iter().all(allowed) {
        return Ok(());
    }
    Err(invalid(format!(
        "Role could not be assumed because the trusted entity is not correct. Following required service \
         principals [{service}] were not found in the trust relationships of the role"
    )))
}

fn covers(given: &str, action: &str) -> bool {
    given == "*" || given.eq_ignore_ascii_case("sts:*") || given.eq_ignore_ascii_case(action)
}

fn items(value: Option<&Json>) -> Vec<&Json> {
    match value {
        Some(Json::Array(items)) => items.iter().collect(),
        Some(item) => vec![item],
        None => Vec::new(),
    }
}

fn has_policies(role: &VisibleRole, names: &[&str]) -> Result<(), Refusal> {
    if names.iter().all(|name| has(role, name)) {
        return Ok(());
    }
    Err(invalid(format!(
        "The provided role doesn't have the Amazon EKS Managed Policies associated with it. \
         Please ensure the following policies [{}] are attached",
        names.join(", ")
    )))
}

fn has(role: &VisibleRole, policy: &str) -> bool {
    let ending = format!("/{policy}");
    role.managed_policies.iter().any(|arn| arn.starts_with("arn:aws:iam::aws:policy/") && arn.ends_with(&ending))
}
