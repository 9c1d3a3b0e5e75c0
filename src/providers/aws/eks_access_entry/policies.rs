//! The access policies of an entry, each of which is associated, listed and taken away by calls of its own.
//!
//! Knows nothing of the entry itself but its cluster and its principal.

use aws_sdk_eks::types::{AccessScope, AccessScopeType, AssociatedAccessPolicy};

use super::super::client::Client;
use super::super::eks;
use crate::provider::{ProviderError, Target};
use crate::providers::cloud::Calls;
use crate::value::{Attributes, Value};

/// The policies an entry has, in the form of the spec.
pub(super) async fn listed(client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<Value, ProviderError> {
    let (cluster, principal) = eks::halves(target);
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let request = client
            .eks
            .list_associated_access_policies()
            .cluster_name(cluster)
            .principal_arn(principal)
            .set_next_token(next);
        let answer = calls.send("eks:ListAssociatedAccessPolicies", || request.clone().send()).await?;
        found.extend(answer.associated_access_policies().iter().map(read));
        next = answer.next_token;
        if next.is_none() {
            return Ok(eks::sorted(found));
        }
    }
}

/// Brings the policies of an entry to what they should be.
pub(super) async fn settle(
    client: &Client,
    calls: &Calls<'_>,
    target: &Target<'_>,
    present: &Value,
    desired: &Attributes,
) -> Result<(), ProviderError> {
    let (cluster, principal) = eks::halves(target);
    let (now, wanted) = (items(Some(present)), items(desired.get("policies")));
    for policy in wanted.iter().filter(|policy| !now.contains(*policy)) {
        let request = client
            .eks
            .associate_access_policy()
            .cluster_name(cluster)
            .principal_arn(principal)
            .set_policy_arn(eks::text(policy, "policy_arn").map(str::to_owned))
            .access_scope(scope(policy));
        calls.send("eks:AssociateAccessPolicy", || request.clone().send()).await?;
    }
    for arn in superfluous(&now, &wanted) {
        let request =
            client.eks.disassociate_access_policy().cluster_name(cluster).principal_arn(principal).policy_arn(arn);
        eks::gone_is_fine(calls.send("eks:DisassociateAccessPolicy", || request.clone().send()).await)?;
    }
    Ok(())
}

/// A policy with another scope is associated anew, which changes it in place.
fn superfluous<'a>(now: &[&'a Attributes], wanted: &[&Attributes]) -> Vec<&'a str> {
    let arn = |policy: &&'a Attributes| eks::text(policy, "policy_arn");
    let stays = |arn: &&str| wanted.iter().any(|policy| eks::text(policy, "policy_arn") == Some(*arn));
    now.iter().filter_map(arn).filter(|arn| !stays(arn)).collect()
}

fn items(policies: Option<&Value>) -> Vec<&Attributes> {
    policies.and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_map).collect()
}

fn read(policy: &AssociatedAccessPolicy) -> Value {
    let scope = policy.access_scope();
    let namespaces = scope.map(|scope| scope.namespaces()).unwrap_or_default();
    Value::Map(eks::map([
        eks::entry("policy_arn", policy.policy_arn()),
        eks::entry("scope", scope.and_then(|scope| scope.r#type()).map(|kind| kind.as_str())),
        eks::entry("namespaces", Some(eks::set(namespaces))),
    ]))
}

fn scope(policy: &Attributes) -> AccessScope {
    let namespaces = eks::texts(policy, "namespaces");
    AccessScope::builder()
        .set_type(eks::text(policy, "scope").map(AccessScopeType::from))
        .set_namespaces(Some(namespaces).filter(|namespaces| !namespaces.is_empty()))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_policy_reads_back_as_it_was_written() {
        let policy = json!({"policy_arn": "a", "scope": "namespace", "namespaces": ["x", "y"]});
        let Value::Map(written) = Value::from(policy) else { panic!("a map") };
        let wire = AssociatedAccessPolicy::builder().policy_arn("a").access_scope(scope(&written)).build();
        assert_eq!(read(&wire), Value::Map(written));
    }

    #[test]
    fn only_policies_that_are_not_wanted_are_taken_away() {
        let list = |arns: &[(&str, &str)]| {
            Value::from(json!(
                arns.iter().map(|(arn, scope)| json!({"policy_arn": arn, "scope": scope})).collect::<Vec<_>>()
            ))
        };
        let (now, wanted) = (list(&[("a", "cluster"), ("b", "cluster")]), list(&[("a", "namespace")]));
        assert_eq!(superfluous(&items(Some(&now)), &items(Some(&wanted))), ["b"]);
    }
}
