//! The calls of a federated credential, and whose it is: that of its identity.

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::super::arm::{At, id};
use super::super::client::Azure;
use super::super::managed_identity::{self, VERSION};
use super::super::{fields, ownership};
use super::{FederatedCredential, audiences, subject, subject_fields};
use crate::provider::{ErrorKind, Observed, ProviderError, Target};
use crate::providers::cloud::{Calls, Wire};
use crate::value::{Attributes, Value};

/// How Azure says that another credential of the identity is for the same tokens.
const SAME_TOKENS: &str = "issuer and subject combination already exists";

/// The path of the identity, and of the credential in it, without the case of their names.
fn known_as(client: &Azure, target: &Target<'_>) -> (String, String) {
    let mut names = target.identity.splitn(3, '/');
    let mut name = || names.next().unwrap_or_default();
    let (group, identity, credential) = (name(), name(), name());
    paths(client, group, identity, credential)
}

fn paths(client: &Azure, group: &str, identity: &str, credential: &str) -> (String, String) {
    let identity = managed_identity::path(client, group, identity);
    let credential = format!("{identity}/federatedIdentityCredentials/{credential}");
    (identity, credential)
}

#[async_trait]
impl Wire<Azure> for FederatedCredential {
    async fn read(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let (identity, path) = known_as(client, target);
        let Some(body) = client.arm.get(calls, At { id: &path, version: VERSION }).await? else {
            return Ok(None);
        };
        // Only of one of which nothing is known does its identity have to say whose it is.
        let parent = match target.recorded.contains_key("id") {
            true => None,
            false => client.arm.get(calls, At { id: &identity, version: VERSION }).await?,
        };
        let (ownership, marks) = ownership::untagged(target, &parent.unwrap_or_default());
        let condition = fields::condition(&body);
        Ok(Some(Observed { attributes: attributes(&body, target), ownership, marks, condition }))
    }

    async fn create(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        _: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let text = |name: &str| desired.get(name).and_then(Value::as_str).unwrap_or_default();
        let (identity, path) = paths(client, text("resource_group"), text("identity"), text("name"));
        let at = At { id: &path, version: VERSION };
        fields::absent(client.arm.get(calls, at).await?, &path)?;
        put(client, calls, &identity, at, desired).await?;
        Ok(Attributes::from([("id".to_owned(), path.into())]))
    }

    async fn update(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let (identity, path) = known_as(client, target);
        let at = At { id: &path, version: VERSION };
        client.arm.get(calls, at).await?.ok_or_else(|| fields::gone(&path))?;
        put(client, calls, &identity, at, desired).await
    }

    async fn delete(&self, client: &Azure, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        let (_, path) = known_as(client, target);
        client.arm.delete(calls, At { id: &path, version: VERSION }).await
    }
}

async fn put(
    client: &Azure,
    calls: &Calls<'_>,
    identity: &str,
    at: At<'_>,
    desired: &Attributes,
) -> Result<(), ProviderError> {
    match client.arm.put_at_once(calls, at, &body(desired)).await {
        Err(error) if error.message.to_lowercase().contains(SAME_TOKENS) => {
            let list = format!("{identity}/federatedIdentityCredentials");
            // Without the list the error stands as it is.
            let all = client.arm.list(&calls.briefly(), At { id: &list, version: VERSION }).await.unwrap_or_default();
            Err(same_tokens(error, id::name(identity), &all, desired))
        }
        done => done.map(|_| ()),
    }
}

fn same_tokens(error: ProviderError, identity: &str, all: &[Json], desired: &Attributes) -> ProviderError {
    let text = |body: &Json, name: &str| body["properties"][name].as_str().unwrap_or_default().to_owned();
    let issuer = desired.get("issuer").and_then(Value::as_str).unwrap_or_default();
    let is_it = |other: &&Json| text(other, "issuer") == issuer && text(other, "subject") == subject(desired);
    let Some(name) = all.iter().find(is_it).and_then(|other| other.get("name")?.as_str()) else { return error };
    let message =
        format!("{identity} takes the tokens of {} already, by its federated credential {name}", subject(desired));
    ProviderError { kind: ErrorKind::Rejected, message, ..error }
        .hint(format!("delete {name}, or give this one its name and say `adopt: true` to take it over"))
}

fn body(desired: &Attributes) -> Json {
    let audiences = desired.get("audiences").and_then(Value::as_list).unwrap_or_default();
    let audiences: Vec<_> = audiences.iter().filter_map(Value::as_str).collect();
    let issuer = desired.get("issuer").and_then(Value::as_str);
    json!({"properties": {"issuer": issuer, "subject": subject(desired), "audiences": audiences}})
}

fn attributes(body: &Json, target: &Target<'_>) -> Attributes {
    let (id, properties) = (body.get("id").and_then(Json::as_str).unwrap_or_default(), &body["properties"]);
    let written =
        |part: &str, field: &str| fields::spelled(id::part(id, part).unwrap_or_default(), target.recorded.get(field));
    let found =
        properties["audiences"].as_array().into_iter().flatten().filter_map(|one| Some(one.as_str()?.to_owned()));
    let mut attributes = subject_fields(properties["subject"].as_str().unwrap_or_default());
    attributes.extend([
        ("name".to_owned(), fields::name(body, target)),
        ("resource_group".to_owned(), written("resourceGroups", "resource_group")),
        ("identity".to_owned(), written("userAssignedIdentities", "identity")),
        ("issuer".to_owned(), fields::text(properties, "issuer")),
        ("audiences".to_owned(), audiences(found)),
        ("id".to_owned(), fields::text(body, "id")),
    ]);
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_credential_for_the_same_tokens_is_named() {
        let desired = Attributes::from([
            ("issuer".to_owned(), "https://a/".into()),
            ("namespace".to_owned(), "keda".into()),
            ("service_account".to_owned(), "operator".into()),
        ]);
        let other = |name: &str, issuer: &str| json!({"name": name, "properties": {"issuer": issuer, "subject": "system:serviceaccount:keda:operator"}});
        let error =
            || ProviderError::new(ErrorKind::Rejected, "x/write", "Issuer and subject combination already exists");
        let all = [other("one", "https://a"), other("two", "https://a/")];
        assert_eq!(
            same_tokens(error(), "worker", &all, &desired).message,
            "worker takes the tokens of system:serviceaccount:keda:operator already, by its federated credential two"
        );
        assert_eq!(same_tokens(error(), "worker", &all[..1], &desired).message, error().message);
    }

    #[test]
    fn an_issuer_is_sent_byte_for_byte() {
        let desired = Attributes::from([
            ("issuer".to_owned(), "https://oidc.example.com/A/".into()),
            ("subject".to_owned(), "repo:x".into()),
            ("audiences".to_owned(), Value::List(vec!["api://a".into()])),
        ]);
        let properties =
            json!({"issuer": "https://oidc.example.com/A/", "subject": "repo:x", "audiences": ["api://a"]});
        assert_eq!(body(&desired), json!({"properties": properties}));
    }
}
