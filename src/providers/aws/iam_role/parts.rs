//! The policies of a role: inline ones and attached ones. Each is added, listed and removed by calls of its own.
//!
//! Knows nothing of the role itself but its name.

use std::collections::BTreeMap;

use super::super::client::Client;
use super::super::{iam, policy_document};
use crate::provider::ProviderError;
use crate::providers::cloud::Calls;
use crate::value::{Attributes, Value};

type Outcome<T = ()> = Result<T, ProviderError>;

/// Adds every policy to a role made a moment ago.
pub(super) async fn add_all(client: &Client, calls: &Calls<'_>, role: &str, desired: &Attributes) -> Outcome {
    for (name, document) in wanted_inline(desired) {
        put(client, calls, role, name, document).await?;
    }
    for arn in iam::texts(desired, "managed_policies") {
        attach(client, calls, role, &arn).await?;
    }
    Ok(())
}

/// Brings a role's policies to what is wanted. Adding comes before removing, so that nothing is missing in between.
pub(super) async fn settle(client: &Client, calls: &Calls<'_>, role: &str, desired: &Attributes) -> Outcome {
    let (present, attached) = tokio::try_join!(inline(client, calls, role), attached(client, calls, role))?;
    let wanted: BTreeMap<_, _> = wanted_inline(desired).collect();
    for (name, document) in &wanted {
        if !present.get(*name).is_some_and(|present| policy_document::same(present, document)) {
            put(client, calls, role, name, document).await?;
        }
    }
    let managed = iam::texts(desired, "managed_policies");
    for arn in iam::without(&managed, &attached) {
        attach(client, calls, role, &arn).await?;
    }
    if desired.contains_key("inline_policies") {
        for name in present.keys().filter(|name| !wanted.contains_key(name)) {
            delete(client, calls, role, name).await?;
        }
    }
    if desired.contains_key("managed_policies") {
        for arn in iam::without(&attached, &managed) {
            detach(client, calls, role, &arn).await?;
        }
    }
    Ok(())
}

/// Takes away everything that keeps a role from being deleted.
pub(super) async fn remove_all(client: &Client, calls: &Calls<'_>, role: &str) -> Outcome {
    for arn in attached(client, calls, role).await? {
        detach(client, calls, role, &arn).await?;
    }
    for name in inline_names(client, calls, role).await? {
        delete(client, calls, role, &name).await?;
    }
    for profile in instance_profiles(client, calls, role).await? {
        let request = client.iam.remove_role_from_instance_profile().instance_profile_name(&profile).role_name(role);
        let is_shown = || async { is_among(instance_profiles(client, calls, role).await, &profile) };
        calls.take_away("iam:RemoveRoleFromInstanceProfile", || request.clone().send(), is_shown).await?;
    }
    Ok(())
}

/// The inline policies, by name.
pub(super) async fn inline(client: &Client, calls: &Calls<'_>, role: &str) -> Outcome<BTreeMap<String, Value>> {
    let mut policies = BTreeMap::new();
    for name in inline_names(client, calls, role).await? {
        let request = client.iam.get_role_policy().role_name(role).policy_name(&name);
        let answer = iam::found(calls.send("iam:GetRolePolicy", || request.clone().send()).await)?;
        // One that is gone since it was listed is not there.
        if let Some(answer) = answer {
            policies.insert(name, policy_document::from_text(answer.policy_document()));
        }
    }
    Ok(policies)
}

/// The ARNs of the attached policies.
pub(super) async fn attached(client: &Client, calls: &Calls<'_>, role: &str) -> Outcome<Vec<String>> {
    let mut arns = Vec::new();
    let mut marker = None;
    loop {
        let request = client.iam.list_attached_role_policies().role_name(role).set_marker(marker);
        let page = calls.send("iam:ListAttachedRolePolicies", || request.clone().send()).await?;
        arns.extend(page.attached_policies().iter().filter_map(|policy| policy.policy_arn.clone()));
        match page.marker.filter(|_| page.is_truncated) {
            Some(next) => marker = Some(next),
            None => return Ok(arns),
        }
    }
}

async fn inline_names(client: &Client, calls: &Calls<'_>, role: &str) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    let mut marker = None;
    loop {
        let request = client.iam.list_role_policies().role_name(role).set_marker(marker);
        let page = calls.send("iam:ListRolePolicies", || request.clone().send()).await?;
        names.extend(page.policy_names);
        match page.marker.filter(|_| page.is_truncated) {
            Some(next) => marker = Some(next),
            None => return Ok(names),
        }
    }
}

async fn instance_profiles(client: &Client, calls: &Calls<'_>, role: &str) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    let mut marker = None;
    loop {
        let request = client.iam.list_instance_profiles_for_role().role_name(role).set_marker(marker);
        let page = calls.send("iam:ListInstanceProfilesForRole", || request.clone().send()).await?;
        names.extend(page.instance_profiles.into_iter().map(|profile| profile.instance_profile_name));
        match page.marker.filter(|_| page.is_truncated) {
            Some(next) => marker = Some(next),
            None => return Ok(names),
        }
    }
}

fn wanted_inline(desired: &Attributes) -> impl Iterator<Item = (&String, &Value)> {
    desired.get("inline_policies").and_then(Value::as_map).into_iter().flatten()
}

async fn put(client: &Client, calls: &Calls<'_>, role: &str, name: &str, document: &Value) -> Outcome {
    let text = policy_document::to_text(document);
    let request = client.iam.put_role_policy().role_name(role).policy_name(name).policy_document(text);
    calls.send_to_new("iam:PutRolePolicy", || request.clone().send()).await.map(|_| ())
}

/// The policy may be as new as the role, and IAM may not see it yet.
async fn attach(client: &Client, calls: &Calls<'_>, role: &str, arn: &str) -> Outcome {
    let request = client.iam.attach_role_policy().role_name(role).policy_arn(arn);
    calls.send_to_new("iam:AttachRolePolicy", || request.clone().send()).await.map(|_| ())
}

async fn delete(client: &Client, calls: &Calls<'_>, role: &str, name: &str) -> Outcome {
    let request = client.iam.delete_role_policy().role_name(role).policy_name(name);
    let is_shown = || async { is_among(inline_names(client, calls, role).await, name) };
    calls.take_away("iam:DeleteRolePolicy", || request.clone().send(), is_shown).await
}

async fn detach(client: &Client, calls: &Calls<'_>, role: &str, arn: &str) -> Outcome {
    let request = client.iam.detach_role_policy().role_name(role).policy_arn(arn);
    let is_shown = || async { is_among(attached(client, calls, role).await, arn) };
    calls.take_away("iam:DetachRolePolicy", || request.clone().send(), is_shown).await
}

/// Whether a list has this item. Where the role is gone there is no list.
fn is_among(list: Outcome<Vec<String>>, item: &str) -> Outcome<bool> {
    Ok(iam::found(list)?.is_some_and(|items| items.iter().any(|listed| listed == item)))
}
