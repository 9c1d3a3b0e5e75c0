//! The calls of a role assignment. One for a new identity is refused until Entra has told everyone of it, which the
//! calls wait for.

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

use super::super::arm::{At, id};
use super::super::client::Azure;
use super::super::fields;
use super::{RoleAssignment, mark, path, role};
use crate::provider::{Condition, ErrorKind, Observed, Owner, ProviderError, Target};
use crate::providers::cloud::{Calls, Wire};
use crate::value::{Attributes, Value};

const VERSION: &str = "2022-04-01";
/// What Azure says when the same is assigned already.
const EXISTS: &str = "RoleAssignmentExists";

fn text<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    attributes.get(name).and_then(Value::as_str)
}

#[async_trait]
impl Wire<Azure> for RoleAssignment {
    async fn read(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let found = client.arm.get(calls, At { id: target.identity, version: VERSION }).await?;
        Ok(found.map(|body| observed(&body, target)))
    }

    async fn create(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let scope = text(desired, "scope").unwrap_or_default();
        let path = path(scope, desired).unwrap_or_else(|| target.identity.to_owned());
        guard(client, &path)?;
        let at = At { id: &path, version: VERSION };
        fields::absent(client.arm.get(calls, at).await?, &path)?;
        let body = body(client, target.owner, desired, &Map::new(), target)?;
        match client.arm.put_at_once(calls, at, &body).await {
            Err(error) if error.code.as_deref() == Some(EXISTS) => {
                Err(assigned_already(client, calls, error, (&path, scope), &body).await)
            }
            done => done.map(|_| Attributes::new()),
        }
    }

    async fn update(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        guard(client, target.identity)?;
        let at = At { id: target.identity, version: VERSION };
        let present = client.arm.get(calls, at).await?.ok_or_else(|| fields::gone(target.identity))?;
        let none = Map::new();
        let properties = present.get("properties").and_then(Json::as_object).unwrap_or(&none);
        let body = body(client, target.owner, desired, properties, target)?;
        client.arm.put_at_once(calls, at, &body).await.map(|_| ())
    }

    async fn delete(&self, client: &Azure, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        guard(client, target.identity)?;
        client.arm.delete(calls, At { id: target.identity, version: VERSION }).await
    }
}

/// No other subscription is touched than the one that the stack is for.
fn guard(client: &Azure, path: &str) -> Result<(), ProviderError> {
    let subscription = id::part(path, "subscriptions").unwrap_or_default();
    if subscription.eq_ignore_ascii_case(&client.subscription) {
        return Ok(());
    }
    let message = format!("the scope is in subscription {subscription}, and the stack is for {}", client.subscription);
    let permission = "Microsoft.Authorization/roleAssignments/write";
    Err(ProviderError::new(ErrorKind::Rejected, permission, message)
        .hint("assign roles there with a provider configuration that has that `subscription`"))
}

fn observed(body: &Json, target: &Target<'_>) -> Observed {
    let properties = &body["properties"];
    let said = |name: &str| properties[name].as_str().unwrap_or_default();
    let written = |name: &str, field: &str| fields::spelled(said(name), target.recorded.get(field));
    let (description, marks) = mark::read(said("description"), target.owner);
    let role = role::as_written(said("roleDefinitionId"), text(target.recorded, "role"));
    let attributes = Attributes::from([
        ("scope".to_owned(), written("scope", "scope")),
        ("principal_id".to_owned(), written("principalId", "principal_id")),
        ("principal_type".to_owned(), written("principalType", "principal_type")),
        ("role".to_owned(), role.into()),
        ("condition".to_owned(), fields::text(properties, "condition")),
        ("condition_version".to_owned(), fields::text(properties, "conditionVersion")),
        ("description".to_owned(), description.map_or(Value::Null, Value::from)),
        ("id".to_owned(), fields::text(body, "id")),
        ("role_definition_id".to_owned(), fields::text(properties, "roleDefinitionId")),
    ]);
    Observed { condition: Condition::Ready, ..marks.observed(attributes) }
}

/// What to send. What the stack says nothing of, and never did, stays as it is.
fn body(
    client: &Azure,
    owner: &Owner,
    desired: &Attributes,
    present: &Map<String, Json>,
    target: &Target<'_>,
) -> Result<Json, ProviderError> {
    let role = text(desired, "role").unwrap_or_default();
    let definition = role::definition(role, &client.subscription).ok_or_else(|| {
        let permission = "Microsoft.Authorization/roleAssignments/write";
        ProviderError::new(ErrorKind::Rejected, permission, format!("there is no built-in role `{role}`"))
    })?;
    let there = |name: &str| present.get(name).and_then(Json::as_str);
    let kept = |name: &str, there: Option<String>| {
        let given_up = target.recorded.contains_key(name) && !desired.contains_key(name);
        text(desired, name).map(str::to_owned).or(there.filter(|_| !given_up))
    };
    let users = there("description").and_then(|description| mark::read(description, owner).0);
    let description = mark::written(kept("description", users).as_deref(), owner);
    let mut properties = json!({
        // As it is there where it is the same: the case of ids may be another.
        "roleDefinitionId": there("roleDefinitionId").map_or(definition, str::to_owned),
        "principalId": text(desired, "principal_id"),
        "principalType": text(desired, "principal_type"),
        "description": description,
    });
    if let Some(condition) = kept("condition", there("condition").map(str::to_owned)) {
        let version = text(desired, "condition_version").or(there("conditionVersion")).unwrap_or("2.0");
        properties["conditionVersion"] = version.into();
        properties["condition"] = condition.into();
    }
    Ok(json!({"properties": properties}))
}

/// Which assignment it is that assigns the same. Our own is only not shown yet.
async fn assigned_already(
    client: &Azure,
    calls: &Calls<'_>,
    error: ProviderError,
    (path, scope): (&str, &str),
    body: &Json,
) -> ProviderError {
    let asked = |name: &str| body["properties"][name].as_str().unwrap_or_default();
    let filter = format!("$filter=principalId eq '{}'", asked("principalId"));
    let list = format!("{scope}/providers/Microsoft.Authorization/roleAssignments?{filter}");
    // Without the list the error stands as it is.
    let all = client.arm.list(&calls.briefly(), At { id: &list, version: VERSION }).await.unwrap_or_default();
    let is_it = |other: &&Json| {
        let said = |name: &str| other["properties"][name].as_str().unwrap_or_default();
        id::same(said("scope"), scope) && role::guid(said("roleDefinitionId")) == role::guid(asked("roleDefinitionId"))
    };
    let other = all.iter().find(is_it).and_then(|other| other.get("id")?.as_str()).unwrap_or_default();
    if id::name(other).eq_ignore_ascii_case(id::name(path)) {
        return error;
    }
    let message = match other {
        "" => error.message.clone(),
        other => format!("the principal has the role there already, by the assignment {other}"),
    };
    // To take over there is nothing, since it would have to have another name.
    ProviderError { kind: ErrorKind::Rejected, message, ..error }
        .hint("delete that one, with `az role assignment delete --ids`, or leave this one out of the stack")
}
