//! The way into AKS clusters, as the `connection` of an `azure.aks_cluster` describes it.
//!
//! Where its API server is and whom it trusts is asked of Azure each time: no answer is kept longer than a run.

mod kubeconfig;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::Method;
use serde_json::{Value as Json, json};

use super::aks::{self, at, text};
use super::aks_cluster;
use super::arm::id;
use super::client::{self, Azure, Surroundings, WAY};
use crate::clock::Clock;
use crate::provider::{
    Access, ClientIdentity, Entrance, ErrorKind, FamilySettings, ProviderError, RENEWED_BEFORE, Token,
};
use crate::providers::cloud::{Calls, Jitter};
use crate::value::Attributes;
use kubeconfig::Way;

pub(super) const KIND: &str = "aks";
/// What tokens for the API servers of all clusters with Entra are for.
const SERVER_APP: &str = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";
/// How long a token of the cluster's own is used before it is asked for again: it may be rotated.
const LASTS: Duration = Duration::from_secs(30 * 60);
/// How long asking Azure about a cluster may take.
const ASKING: Duration = Duration::from_secs(120);

/// What a setting of the family is called in a connection, whose own `credential` is the cluster's.
pub(super) fn part(setting: &str) -> &str {
    match setting {
        "credential" => "azure_credential",
        "endpoint" => "azure_endpoint",
        other => other,
    }
}

pub(super) struct AksEntrance {
    surroundings: Surroundings,
    jitter: Jitter,
}

impl AksEntrance {
    pub(super) fn new(surroundings: Surroundings, jitter: Jitter) -> Self {
        Self { surroundings, jitter }
    }
}

#[async_trait]
impl Entrance for AksEntrance {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn open(&self, connection: &Attributes, clock: Arc<dyn Clock>) -> Result<Arc<dyn Access>, ProviderError> {
        let cluster = Cluster::of(connection)?;
        let settings = settings(connection);
        let using = (Arc::clone(&clock), Arc::clone(&self.jitter));
        let (client, _) = client::enter(&self.surroundings, &settings, using).await?;
        let path = aks::cluster_path(&client, &cluster.group, &cluster.name);
        let mut access = AksAccess { path, way: Way::to(&cluster.server), cluster, client, clock };
        if let Some(found) = access.found().await? {
            if aks::is_stopped(&found) {
                return Err(aks::stopped(id::permission(Method::Post, &access.path), &access.path));
            }
            access.way = access.ask().await?;
            access.check()?;
        }
        Ok(Arc::new(access))
    }
}

/// The provider settings under which the cluster was made.
fn settings(connection: &Attributes) -> FamilySettings {
    let names = ["subscription"].into_iter().chain(WAY);
    let given = names.filter_map(|name| Some((name.to_owned(), connection.get(part(name))?.clone())));
    given.filter(|(_, value)| !value.is_null()).collect()
}

/// Which credential a cluster is entered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Credential {
    User,
    Admin,
    Entra,
}

/// What a connection says of its cluster.
struct Cluster {
    group: String,
    name: String,
    /// As the cluster told it when the connection was written.
    server: String,
    credential: Credential,
}

impl Cluster {
    fn of(connection: &Attributes) -> Result<Self, ProviderError> {
        let part = |name: &str| {
            let part = text(connection, name).filter(|part| !part.is_empty());
            part.map(str::to_owned).ok_or_else(|| unusable(&format!("has no `{name}`")))
        };
        part("subscription")?;
        let credential = match text(connection, "credential") {
            None | Some("user") => Credential::User,
            Some("admin") => Credential::Admin,
            Some("entra") => Credential::Entra,
            Some(other) => return Err(unusable(&format!("has the `credential` {other}, which is none"))),
        };
        Ok(Self { group: part("resource_group")?, name: part("name")?, server: part("server")?, credential })
    }
}

fn unusable(why: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Rejected, "azure", format!("the connection of kind `{KIND}` {why}"))
        .hint("take the `connection` of an `azure.aks_cluster` as it is")
}

struct AksAccess {
    cluster: Cluster,
    path: String,
    client: Azure,
    clock: Arc<dyn Clock>,
    /// What Azure said when it was opened.
    way: Way,
}

impl AksAccess {
    /// Asks Azure for the credential.
    async fn ask(&self) -> Result<Way, ProviderError> {
        let action = match self.cluster.credential {
            Credential::User => "listClusterUserCredential",
            Credential::Admin => "listClusterAdminCredential",
            // Of this one only the server and its certificate are taken; `exec` works for every cluster.
            Credential::Entra => "listClusterUserCredential?format=exec",
        };
        let asked = format!("{}/{action}", self.path);
        let calls = Calls::new(&self.client.pace, ASKING);
        let answer = self.client.arm.post(&calls, at(&asked), &json!({})).await;
        let answer = answer.map_err(|error| self.hinted(error))?;
        kubeconfig::read(&answer).map_err(|why| {
            let operation = id::permission(Method::Post, &asked);
            ProviderError::new(
                ErrorKind::Unexpected,
                operation,
                format!("the credentials of cluster {} {why}", self.cluster.name),
            )
        })
    }

    fn hinted(&self, error: ProviderError) -> ProviderError {
        match (&error.kind, self.cluster.credential) {
            (ErrorKind::Rejected, Credential::Admin) => {
                error.hint("where local accounts are off there is no such credential: take `access: entra`")
            }
            (ErrorKind::AccessDenied { .. }, _) => error.hint(
                "the role `Azure Kubernetes Service Cluster User Role` allows it; `access: admin` takes `… Cluster Admin Role`",
            ),
            _ => error,
        }
    }

    /// Whether what came lets anyone in.
    fn check(&self) -> Result<(), ProviderError> {
        let way = &self.way;
        if self.cluster.credential == Credential::Entra || way.token.is_some() || way.identity.is_some() {
            return Ok(());
        }
        let text = format!("the credential of cluster {} wants a user to sign in", self.cluster.name);
        Err(ProviderError::new(ErrorKind::Rejected, id::permission(Method::Post, &self.path), text)
            .hint("take `access: entra` on the cluster, or `access: admin`"))
    }

    /// The cluster, if it is still the same. One without a server is being made: it is not the one that had this one.
    async fn found(&self) -> Result<Option<Json>, ProviderError> {
        let calls = Calls::new(&self.client.pace, ASKING);
        let found = self.client.arm.get(&calls, at(&self.path)).await?;
        let is_same = |found: &Json| {
            let server = aks_cluster::server(found);
            server.is_some_and(|server| server.eq_ignore_ascii_case(&self.cluster.server))
        };
        Ok(found.filter(is_same))
    }
}

#[async_trait]
impl Access for AksAccess {
    fn server(&self) -> &str {
        &self.way.server
    }

    fn certificate_authority(&self) -> Option<&str> {
        self.way.certificate_authority.as_deref()
    }

    fn identity(&self) -> Option<&ClientIdentity> {
        self.way.identity.as_ref().filter(|_| self.cluster.credential != Credential::Entra)
    }

    async fn token(&self) -> Result<Option<Token>, ProviderError> {
        if self.way.is_guess {
            let text = format!("there is no cluster {} any more", self.cluster.name);
            return Err(ProviderError::new(ErrorKind::NotFound, id::permission(Method::Post, &self.path), text));
        }
        if self.cluster.credential == Credential::Entra {
            return self.client.tokens.get(SERVER_APP).await.map(Some);
        }
        // The first one came with the way; this is for the ones after it, when the cluster's were rotated.
        if self.way.token.is_none() {
            return Ok(None);
        }
        let way = self.ask().await?;
        let expires_at = self.clock.now() + LASTS + RENEWED_BEFORE;
        Ok(way.token.map(|secret| Token { secret, expires_at }))
    }

    async fn exists(&self) -> Result<bool, ProviderError> {
        Ok(self.found().await?.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn connection(with: Json) -> Attributes {
        let mut all =
            json!({"kind": "aks", "subscription": "s", "resource_group": "g", "name": "n", "server": "https://f"});
        all.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let Value::Map(all) = Value::from(all) else { panic!("a map") };
        all
    }

    #[test]
    fn a_connection_says_which_cluster_it_is_and_how_it_is_entered() {
        for (word, credential) in
            [("user", Credential::User), ("admin", Credential::Admin), ("entra", Credential::Entra)]
        {
            let cluster = Cluster::of(&connection(json!({"credential": word}))).unwrap();
            assert_eq!((cluster.credential, cluster.server.as_str()), (credential, "https://f"));
        }
        for wrong in
            [json!({"credential": "x"}), json!({"name": ""}), json!({"subscription": null}), json!({"server": 1})]
        {
            let error = Cluster::of(&connection(wrong.clone())).err().map(|error| error.kind);
            assert_eq!(error, Some(ErrorKind::Rejected), "{wrong}");
        }
        let given =
            json!({"credential": "user", "azure_credential": "cli", "azure_endpoint": "http://x", "tenant": null});
        let settings = settings(&connection(given));
        let names: Vec<_> =
            settings.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect();
        assert_eq!(names, ["credential=cli", "endpoint=http://x", "subscription=s"]);
    }
}
