//! Whose name calls are made in: what the stack chooses, or the first of the surroundings that has a token.
//!
//! What these are is `azure_identity`'s, and found where every tool of Azure looks for it.

use std::sync::Arc;

use azure_core::credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientSecretCredential, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use tokio::sync::OnceCell;

use crate::provider::FamilySettings;
use crate::value::Value;

/// What a stack may choose, in the order in which they are tried where it does not.
///
/// A managed identity comes last: on a machine that has none, nobody says so quickly.
pub(super) const CREDENTIALS: [&str; 4] = ["environment", "workload_identity", "cli", "managed_identity"];

/// What the process's environment says of Azure, for whoever reads it.
#[derive(Clone, Default)]
pub struct AzureEnvironment {
    /// `AZURE_TENANT_ID`
    pub tenant: Option<String>,
    /// `AZURE_CLIENT_ID`
    pub client: Option<String>,
    /// `AZURE_CLIENT_SECRET`
    pub client_secret: Option<String>,
    /// `AZURE_SUBSCRIPTION_ID`
    pub subscription: Option<String>,
    /// `AZURE_RESOURCE_MANAGER_URL`, by the name that tests of Azure's SDKs have for it
    pub endpoint: Option<String>,
}

impl std::fmt::Debug for AzureEnvironment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AzureEnvironment").field("subscription", &self.subscription).finish_non_exhaustive()
    }
}

/// The credential for these settings.
pub(super) fn credential(settings: &FamilySettings, environment: &AzureEnvironment) -> Arc<dyn TokenCredential> {
    let text = |name: &str| settings.get(name).and_then(Value::as_str).map(str::to_owned);
    let given = Given { tenant: text("tenant"), client: text("client_id"), environment: environment.clone() };
    let names = match text("credential") {
        Some(chosen) => CREDENTIALS.into_iter().filter(|name| **name == chosen).collect(),
        None => CREDENTIALS.to_vec(),
    };
    let all = names.into_iter().map(|name| (name, given.open(name))).collect();
    Arc::new(FirstOf { all, found: OnceCell::new() })
}

struct Given {
    tenant: Option<String>,
    client: Option<String>,
    environment: AzureEnvironment,
}

type Opened = azure_core::Result<Arc<dyn TokenCredential>>;

impl Given {
    fn open(&self, name: &str) -> Opened {
        match name {
            "environment" => self.client_secret(),
            "workload_identity" => {
                let options = WorkloadIdentityCredentialOptions {
                    client_id: self.client.clone(),
                    tenant_id: self.tenant.clone(),
                    ..WorkloadIdentityCredentialOptions::default()
                };
                Ok(WorkloadIdentityCredential::new(Some(options))?)
            }
            "cli" => {
                let tenant_id = self.tenant.clone();
                let options = AzureCliCredentialOptions { tenant_id, ..AzureCliCredentialOptions::default() };
                Ok(AzureCliCredential::new(Some(options))?)
            }
            _ => {
                let client = self.client.clone().or_else(|| self.environment.client.clone());
                let user_assigned_id = client.map(UserAssignedId::ClientId);
                let options = ManagedIdentityCredentialOptions {
                    user_assigned_id,
                    ..ManagedIdentityCredentialOptions::default()
                };
                Ok(ManagedIdentityCredential::new(Some(options))?)
            }
        }
    }

    fn client_secret(&self) -> Opened {
        let AzureEnvironment { tenant, client, client_secret, .. } = &self.environment;
        let (tenant, client) = (self.tenant.as_ref().or(tenant.as_ref()), self.client.as_ref().or(client.as_ref()));
        let (Some(tenant), Some(client), Some(secret)) = (tenant, client, client_secret) else {
            let text = "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not all set";
            return Err(Error::with_message(ErrorKind::Credential, text));
        };
        Ok(ClientSecretCredential::new(tenant, client.clone(), Secret::new(secret.clone()), None)?)
    }
}

/// Several credentials, of which the first that gives a token is used from then on.
struct FirstOf {
    all: Vec<(&'static str, Opened)>,
    found: OnceCell<usize>,
}

impl std::fmt::Debug for FirstOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.all.iter().map(|(name, _)| name)).finish()
    }
}

#[async_trait::async_trait]
impl TokenCredential for FirstOf {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        if let Some((_, Ok(credential))) = self.found.get().and_then(|at| self.all.get(*at)) {
            return credential.get_token(scopes, options).await;
        }
        let mut tried = Vec::new();
        for (at, (name, opened)) in self.all.iter().enumerate() {
            let outcome = match opened {
                Ok(credential) => {
                    credential.get_token(scopes, options.clone()).await.map_err(|error| error.to_string())
                }
                Err(error) => Err(error.to_string()),
            };
            match outcome {
                Ok(token) => {
                    // Whoever else found one meanwhile found the same.
                    let _ = self.found.set(at);
                    return Ok(token);
                }
                Err(why) => tried.push(format!("{name}: {}", why.lines().next().unwrap_or_default())),
            }
        }
        Err(Error::with_message(ErrorKind::Credential, tried.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Always(&'static str);

    #[async_trait::async_trait]
    impl TokenCredential for Always {
        async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
            let expires = azure_core::time::OffsetDateTime::UNIX_EPOCH;
            match self.0 {
                "" => Err(Error::with_message(ErrorKind::Credential, "nobody is signed in\nat all")),
                token => Ok(AccessToken::new(token, expires)),
            }
        }
    }

    fn first_of(all: &[&'static str]) -> FirstOf {
        let opened = |token: &&'static str| -> (&'static str, Opened) { ("cli", Ok(Arc::new(Always(token)))) };
        FirstOf { all: all.iter().map(opened).collect(), found: OnceCell::new() }
    }

    #[tokio::test]
    async fn the_first_that_has_a_token_is_used_and_the_others_say_why_not() {
        let credential = first_of(&["", "a", "b"]);
        for _ in 0..2 {
            assert_eq!(credential.get_token(&["s"], None).await.unwrap().token.secret(), "a");
        }
        let error = first_of(&["", ""]).get_token(&["s"], None).await.unwrap_err().to_string();
        assert_eq!(error, "cli: nobody is signed in; cli: nobody is signed in");
    }

    #[tokio::test]
    async fn an_environment_that_is_not_whole_is_none() {
        let environment = AzureEnvironment { client_secret: Some("x".to_owned()), ..AzureEnvironment::default() };
        let settings = FamilySettings::from([("credential".to_owned(), "environment".into())]);
        let error = credential(&settings, &environment).get_token(&["s"], None).await.unwrap_err().to_string();
        assert!(error.starts_with("environment: AZURE_TENANT_ID"), "{error}");
    }
}
