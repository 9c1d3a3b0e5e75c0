//! The calls behind `aws.iam_role`.
//!
//! A role is made of parts that IAM changes one by one. Creating makes the role and
//! then its parts; updating compares each part with what is really there, so either
//! may stop anywhere and be done again. Whatever changes a role may be sent a moment
//! after it was made, while IAM shows it and does not reach it yet.

use async_trait::async_trait;
use aws_sdk_iam::types::Role;

use super::super::client::Client;
use super::super::{iam, ownership, policy_document};
use super::{IamRole, parts};
use crate::provider::{Observed, ProviderError, Target};
use crate::providers::cloud::Calls;
use crate::providers::cloud::Wire;
use crate::value::{Attributes, Value};

#[async_trait]
impl Wire<Client> for IamRole {
    async fn read(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let name = target.identity;
        let Some(role) = get(client, calls, name).await? else {
            return Ok(None);
        };
        let parts = tokio::try_join!(parts::inline(client, calls, name), parts::attached(client, calls, name));
        // Gone in between.
        let Some((inline, attached)) = iam::found(parts)? else {
            return Ok(None);
        };
        let tags = iam::from_wire(role.tags());
        let mut attributes = Attributes::from([
            ("name".to_owned(), name.into()),
            ("path".to_owned(), role.path().into()),
            ("description".to_owned(), role.description().unwrap_or("").into()),
            ("trust".to_owned(), trust(&role)),
            ("inline_policies".to_owned(), Value::Map(inline)),
            ("managed_policies".to_owned(), iam::set(attached)),
            ("max_session".to_owned(), i64::from(role.max_session_duration().unwrap_or(3600)).into()),
            ("tags".to_owned(), ownership::users(&tags)),
            ("arn".to_owned(), role.arn().into()),
            ("id".to_owned(), role.role_id().into()),
        ]);
        if let Some(arn) = boundary(&role) {
            attributes.insert("permissions_boundary".to_owned(), arn.into());
        }
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
            .create_role()
            .role_name(target.identity)
            .set_path(iam::text(desired, "path").map(str::to_owned))
            .assume_role_policy_document(wanted_trust(desired))
            .set_description(iam::text(desired, "description").filter(|text| !text.is_empty()).map(str::to_owned))
            .set_max_session_duration(wanted_session(desired))
            .set_permissions_boundary(iam::text(desired, "permissions_boundary").map(str::to_owned))
            .set_tags(Some(iam::to_wire(&ownership::wanted(target.owner, desired))?));
        // The boundary may be a policy made a moment ago.
        let answer = calls.send_to_new("iam:CreateRole", || request.clone().send()).await?;
        parts::add_all(client, calls, target.identity, desired).await?;
        Ok(answer.role().map(|role| ("arn".to_owned(), role.arn().into())).into_iter().collect())
    }

    async fn update(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let name = target.identity;
        let Some(role) = get(client, calls, name).await? else {
            return Err(iam::missing("iam:UpdateRole", &format!("role named {name}")));
        };
        if let Some(wanted) = iam::text(desired, "path").filter(|wanted| *wanted != role.path()) {
            return Err(iam::fixed("iam:UpdateRole", "path", role.path(), wanted));
        }
        set_tags(client, calls, &role, target, desired).await?;
        if !desired.get("trust").is_some_and(|wanted| policy_document::same(&trust(&role), wanted)) {
            let request = client.iam.update_assume_role_policy().role_name(name).policy_document(wanted_trust(desired));
            calls.send_to_new("iam:UpdateAssumeRolePolicy", || request.clone().send()).await?;
        }
        set_simple(client, calls, &role, desired).await?;
        set_boundary(client, calls, &role, target, desired).await?;
        parts::settle(client, calls, name, desired).await
    }

    async fn delete(&self, client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        iam::until_free(calls, || delete_once(client, calls, target.identity)).await
    }
}

async fn delete_once(client: &Client, calls: &Calls<'_>, name: &str) -> Result<(), ProviderError> {
    if iam::found(parts::remove_all(client, calls, name).await)?.is_none() {
        return Ok(());
    }
    let is_shown = || async { Ok(get(client, calls, name).await?.is_some()) };
    calls.take_away("iam:DeleteRole", || client.iam.delete_role().role_name(name).send(), is_shown).await
}

async fn get(client: &Client, calls: &Calls<'_>, name: &str) -> Result<Option<Role>, ProviderError> {
    let answer = calls.send("iam:GetRole", || client.iam.get_role().role_name(name).send()).await;
    Ok(iam::found(answer)?.and_then(|answer| answer.role))
}

fn trust(role: &Role) -> Value {
    role.assume_role_policy_document().map(policy_document::from_text).unwrap_or_default()
}

fn boundary(role: &Role) -> Option<&str> {
    role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn())
}

fn wanted_trust(desired: &Attributes) -> String {
    policy_document::to_text(desired.get("trust").unwrap_or(&Value::Null))
}

fn wanted_session(desired: &Attributes) -> Option<i32> {
    desired.get("max_session").and_then(Value::as_i64).and_then(|seconds| i32::try_from(seconds).ok())
}

/// Description and session length, which IAM changes in one call.
async fn set_simple(
    client: &Client,
    calls: &Calls<'_>,
    role: &Role,
    desired: &Attributes,
) -> Result<(), ProviderError> {
    let description = iam::text(desired, "description");
    let session = wanted_session(desired);
    let differs = description.is_some_and(|wanted| wanted != role.description().unwrap_or(""))
        || session.is_some_and(|wanted| Some(wanted) != role.max_session_duration());
    if !differs {
        return Ok(());
    }
    let request = client
        .iam
        .update_role()
        .role_name(role.role_name())
        .set_description(description.map(str::to_owned))
        .set_max_session_duration(session);
    calls.send_to_new("iam:UpdateRole", || request.clone().send()).await.map(|_| ())
}

/// A boundary that never was ours stays, and so does its guard.
async fn set_boundary(
    client: &Client,
    calls: &Calls<'_>,
    role: &Role,
    target: &Target<'_>,
    desired: &Attributes,
) -> Result<(), ProviderError> {
    let wanted = iam::text(desired, "permissions_boundary");
    match (boundary(role), wanted) {
        (present, Some(wanted)) if present != Some(wanted) => {
            let request =
                client.iam.put_role_permissions_boundary().role_name(role.role_name()).permissions_boundary(wanted);
            calls.send_to_new("iam:PutRolePermissionsBoundary", || request.clone().send()).await.map(|_| ())
        }
        (Some(_), None) if target.recorded.contains_key("permissions_boundary") => {
            let request = client.iam.delete_role_permissions_boundary().role_name(role.role_name());
            let is_shown = || async {
                let role = get(client, calls, role.role_name()).await?;
                Ok(role.as_ref().and_then(boundary).is_some())
            };
            calls.take_away("iam:DeleteRolePermissionsBoundary", || request.clone().send(), is_shown).await
        }
        _ => Ok(()),
    }
}

async fn set_tags(
    client: &Client,
    calls: &Calls<'_>,
    role: &Role,
    target: &Target<'_>,
    desired: &Attributes,
) -> Result<(), ProviderError> {
    let changes = ownership::changes(&iam::from_wire(role.tags()), &ownership::wanted(target.owner, desired));
    if !changes.remove.is_empty() {
        let request = client.iam.untag_role().role_name(role.role_name()).set_tag_keys(Some(changes.remove));
        calls.send_to_new("iam:UntagRole", || request.clone().send()).await?;
    }
    if !changes.set.is_empty() {
        let request = client.iam.tag_role().role_name(role.role_name()).set_tags(Some(iam::to_wire(&changes.set)?));
        calls.send_to_new("iam:TagRole", || request.clone().send()).await?;
    }
    Ok(())
}
