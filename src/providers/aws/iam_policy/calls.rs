//! The calls behind `aws.iam_policy`.
//!
//! A policy is reached by its ARN, which holds the path, while its name alone is unique in the account.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_iam::types::{Policy, PolicyScopeType, PolicyUsageType, PolicyVersion};

use super::super::client::Client;
use super::super::{iam, ownership, policy_document};
use super::IamPolicy;
use crate::provider::{ErrorKind, Observed, ProviderError, Target};
use crate::providers::cloud::Calls;
use crate::providers::cloud::Wire;
use crate::value::{Attributes, Value};

/// How many versions of its document IAM keeps of a policy.
const MOST_VERSIONS: usize = 5;
/// How long the document of a policy that is shown may be missing.
const VERSION_UNSEEN: Duration = Duration::from_secs(60);

#[async_trait]
impl Wire<Client> for IamPolicy {
    async fn read(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let Some((policy, document)) = with_document(client, calls, target).await? else {
            return Ok(None);
        };
        let (Some(arn), Some(version)) = (policy.arn(), policy.default_version_id()) else {
            return Err(ProviderError::new(ErrorKind::Unexpected, "iam:GetPolicy", "the answer has no ARN or version"));
        };
        let tags = iam::from_wire(policy.tags());
        let attributes = Attributes::from([
            ("name".to_owned(), target.identity.into()),
            ("path".to_owned(), policy.path().unwrap_or("/").into()),
            // IAM is silent on an empty one.
            ("description".to_owned(), policy.description().unwrap_or("").into()),
            ("document".to_owned(), document),
            ("tags".to_owned(), ownership::users(&tags)),
            ("arn".to_owned(), arn.into()),
            ("id".to_owned(), policy.policy_id().unwrap_or("").into()),
            ("default_version".to_owned(), version.into()),
        ]);
        let marks = ownership::marks(&tags, target.owner);
        Ok(Some(marks.observed(attributes)))
    }

    async fn create(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let request = client
            .iam
            .create_policy()
            .policy_name(target.identity)
            .set_path(iam::text(desired, "path").map(str::to_owned))
            .set_description(iam::text(desired, "description").map(str::to_owned))
            .policy_document(wanted_document(desired))
            .set_tags(Some(iam::to_wire(&ownership::wanted(target.owner, desired))?));
        let answer = calls.send("iam:CreatePolicy", || request.clone().send()).await?;
        let arn = answer.policy().and_then(Policy::arn);
        Ok(arn.map(|arn| ("arn".to_owned(), arn.into())).into_iter().collect())
    }

    async fn update(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let operation = "iam:CreatePolicyVersion";
        let missing = || iam::missing(operation, &format!("policy named {}", target.identity));
        let (policy, present) = with_document(client, calls, target).await?.ok_or_else(missing)?;
        let arn = policy.arn().unwrap_or("");
        for (field, present) in [("path", policy.path()), ("description", policy.description())] {
            let present = present.unwrap_or("");
            if let Some(wanted) = iam::text(desired, field).filter(|wanted| *wanted != present) {
                return Err(iam::fixed(operation, field, present, wanted));
            }
        }
        if !desired.get("document").is_some_and(|wanted| policy_document::same(&present, wanted)) {
            add_version(client, calls, arn, &wanted_document(desired)).await?;
        }
        let changes = ownership::changes(&iam::from_wire(policy.tags()), &ownership::wanted(target.owner, desired));
        if !changes.remove.is_empty() {
            let request = client.iam.untag_policy().policy_arn(arn).set_tag_keys(Some(changes.remove));
            calls.send_to_new("iam:UntagPolicy", || request.clone().send()).await?;
        }
        if !changes.set.is_empty() {
            let request = client.iam.tag_policy().policy_arn(arn).set_tags(Some(iam::to_wire(&changes.set)?));
            calls.send_to_new("iam:TagPolicy", || request.clone().send()).await?;
        }
        Ok(())
    }

    async fn delete(&self, client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        iam::until_free(calls, || delete_once(client, calls, target)).await
    }
}

async fn delete_once(client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
    let Some(policy) = find(client, calls, target).await? else {
        return Ok(());
    };
    let arn = policy.arn().unwrap_or("");
    detach(client, calls, target, arn).await?;
    for version in versions(client, calls, arn).await? {
        if !version.is_default_version() {
            delete_version(client, calls, arn, &version).await?;
        }
    }
    let is_shown = || async { Ok(get(client, calls, arn).await?.is_some()) };
    calls.take_away("iam:DeletePolicy", || client.iam.delete_policy().policy_arn(arn).send(), is_shown).await
}

fn wanted_document(desired: &Attributes) -> String {
    policy_document::to_text(desired.get("document").unwrap_or(&Value::Null))
}

/// The policy of this name, wherever its path has put it.
async fn find(client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<Option<Policy>, ProviderError> {
    if let Some(arn) = iam::text(target.recorded, "arn") {
        return get(client, calls, arn).await;
    }
    let account = client.account(calls).await?;
    let path = iam::text(target.recorded, "path");
    let arn = iam::arn(account, "policy", path.unwrap_or("/"), target.identity);
    match get(client, calls, &arn).await? {
        // Nothing says where it would be, after a crash for instance: look through all.
        None => match search(client, calls, target.identity).await? {
            Some(arn) => get(client, calls, &arn).await,
            None => Ok(None),
        },
        found => Ok(found),
    }
}

async fn get(client: &Client, calls: &Calls<'_>, arn: &str) -> Result<Option<Policy>, ProviderError> {
    let answer = calls.send("iam:GetPolicy", || client.iam.get_policy().policy_arn(arn).send()).await;
    Ok(iam::found(answer)?.and_then(|answer| answer.policy))
}

async fn search(client: &Client, calls: &Calls<'_>, name: &str) -> Result<Option<String>, ProviderError> {
    let mut marker = None;
    loop {
        let request = client.iam.list_policies().scope(PolicyScopeType::Local).set_marker(marker);
        let page = calls.send("iam:ListPolicies", || request.clone().send()).await?;
        if let Some(policy) = page.policies().iter().find(|policy| policy.policy_name() == Some(name)) {
            return Ok(policy.arn.clone());
        }
        match page.marker.filter(|_| page.is_truncated) {
            Some(next) => marker = Some(next),
            None => return Ok(None),
        }
    }
}

/// The policy with the document in force. IAM may name a new version before it shows it, which makes the policy
/// neither gone nor without a document.
async fn with_document(
    client: &Client,
    calls: &Calls<'_>,
    target: &Target<'_>,
) -> Result<Option<(Policy, Value)>, ProviderError> {
    let mut wait = calls.wait(VERSION_UNSEEN);
    loop {
        let Some(policy) = find(client, calls, target).await? else {
            return Ok(None);
        };
        let (arn, version) = (policy.arn().unwrap_or(""), policy.default_version_id().unwrap_or(""));
        match document(client, calls, arn, version).await {
            Ok(document) => return Ok(Some((policy, document))),
            Err(error) if error.kind == ErrorKind::NotFound => {
                if !calls.pause(&mut wait, "waiting for IAM to show the policy's document").await? {
                    return Err(ProviderError { kind: ErrorKind::Unexpected, ..error });
                }
            }
            Err(error) => return Err(error),
        }
    }
}

async fn document(client: &Client, calls: &Calls<'_>, arn: &str, version: &str) -> Result<Value, ProviderError> {
    let request = client.iam.get_policy_version().policy_arn(arn).version_id(version);
    let answer = calls.send("iam:GetPolicyVersion", || request.clone().send()).await?;
    let text = answer.policy_version.and_then(|version| version.document);
    Ok(text.map(|text| policy_document::from_text(&text)).unwrap_or_default())
}

/// Makes a version and puts it in force, after making room for it.
///
/// A try whose answer was lost may have taken the room, so a full list is cleared once more.
async fn add_version(client: &Client, calls: &Calls<'_>, arn: &str, document: &str) -> Result<(), ProviderError> {
    let request = client.iam.create_policy_version().policy_arn(arn).policy_document(document).set_as_default(true);
    make_room(client, calls, arn).await?;
    match calls.send_to_new("iam:CreatePolicyVersion", || request.clone().send()).await {
        Err(error) if error.kind == ErrorKind::QuotaExceeded => {
            make_room(client, calls, arn).await?;
            calls.send_to_new("iam:CreatePolicyVersion", || request.clone().send()).await.map(|_| ())
        }
        outcome => outcome.map(|_| ()),
    }
}

/// Deletes the oldest versions that are not in force, until there is room for one more.
async fn make_room(client: &Client, calls: &Calls<'_>, arn: &str) -> Result<(), ProviderError> {
    let mut versions = versions(client, calls, arn).await?;
    let surplus = (versions.len() + 1).saturating_sub(MOST_VERSIONS);
    versions.retain(|version| !version.is_default_version());
    // By number, since several may have been made within the second that a date tells.
    versions.sort_by_key(|version| {
        version.version_id().and_then(|id| id.strip_prefix('v')?.parse::<u64>().ok()).unwrap_or(u64::MAX)
    });
    for version in versions.iter().take(surplus) {
        delete_version(client, calls, arn, version).await?;
    }
    Ok(())
}

async fn versions(client: &Client, calls: &Calls<'_>, arn: &str) -> Result<Vec<PolicyVersion>, ProviderError> {
    // Five at most, so there is no second page.
    let answer =
        calls.send("iam:ListPolicyVersions", || client.iam.list_policy_versions().policy_arn(arn).send()).await;
    Ok(iam::found(answer)?.and_then(|answer| answer.versions).unwrap_or_default())
}

async fn delete_version(
    client: &Client,
    calls: &Calls<'_>,
    arn: &str,
    version: &PolicyVersion,
) -> Result<(), ProviderError> {
    let id = version.version_id();
    let request = client.iam.delete_policy_version().policy_arn(arn).version_id(id.unwrap_or(""));
    let is_shown = || async {
        let shown = versions(client, calls, arn).await?;
        Ok(shown.iter().any(|version| version.version_id() == id))
    };
    calls.take_away("iam:DeletePolicyVersion", || request.clone().send(), is_shown).await
}

/// Detaches it from the roles of this stack, and refuses while anything else has it.
async fn detach(client: &Client, calls: &Calls<'_>, target: &Target<'_>, arn: &str) -> Result<(), ProviderError> {
    let (roles, mut others) = attached_to(client, calls, arn).await?;
    let mut own = Vec::new();
    for role in roles {
        let answer = calls.send("iam:GetRole", || client.iam.get_role().role_name(&role).send()).await;
        match iam::found(answer)?.and_then(|answer| answer.role) {
            None => {}
            Some(found) => {
                let tags = iam::from_wire(found.tags());
                match tags.get(ownership::STACK).map(String::as_str) == Some(target.owner.stack.as_str()) {
                    true => own.push(role),
                    false => others.push(format!("role {role}")),
                }
            }
        }
    }
    if !others.is_empty() {
        let text = format!("it is attached to what this stack did not make: {}", others.join(", "));
        return Err(ProviderError::new(ErrorKind::Rejected, "iam:DeletePolicy", text)
            .hint("detach it there first, or keep it with `on_destroy: retain`"));
    }
    for role in own {
        let request = client.iam.detach_role_policy().role_name(&role).policy_arn(arn);
        let is_shown = || async { Ok(attached_to(client, calls, arn).await?.0.contains(&role)) };
        calls.take_away("iam:DetachRolePolicy", || request.clone().send(), is_shown).await?;
    }
    Ok(())
}

/// The names of the roles it is attached to, and what else it is attached to, for messages.
async fn attached_to(
    client: &Client,
    calls: &Calls<'_>,
    arn: &str,
) -> Result<(Vec<String>, Vec<String>), ProviderError> {
    let (mut roles, mut others) = (Vec::new(), Vec::new());
    let mut marker = None;
    loop {
        let request = client
            .iam
            .list_entities_for_policy()
            .policy_arn(arn)
            .policy_usage_filter(PolicyUsageType::PermissionsPolicy)
            .set_marker(marker);
        let answer = calls.send("iam:ListEntitiesForPolicy", || request.clone().send()).await;
        let Some(page) = iam::found(answer)? else {
            return Ok((roles, others));
        };
        roles.extend(page.policy_roles().iter().filter_map(|role| role.role_name.clone()));
        others.extend(page.policy_users().iter().filter_map(|user| Some(format!("user {}", user.user_name()?))));
        others.extend(page.policy_groups().iter().filter_map(|group| Some(format!("group {}", group.group_name()?))));
        match page.marker.filter(|_| page.is_truncated) {
            Some(next) => marker = Some(next),
            None => return Ok((roles, others)),
        }
    }
}
