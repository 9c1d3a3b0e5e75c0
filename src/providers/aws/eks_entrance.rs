//! The way into EKS clusters, as the `connection` of an `aws.eks_cluster` describes it.
//!
//! Credentials come from where the family has them, and have to be of the cluster's account.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use aws_config::SdkConfig;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::client::{self, Client, Surroundings, WAY};
use super::eks;
use super::eks_token::{SigningKeys, eks_token};
use super::pace::MANNERS;
use crate::clock::{Clock, Timestamp};
use crate::provider::{Access, Entrance, ErrorKind, FamilySettings, ProviderError, Token};
use crate::providers::cloud::{Calls, Jitter, Pace};
use crate::value::{Attributes, Value};

pub(super) const KIND: &str = "eks";
/// EKS takes a token for 15 minutes.
const LASTS: Duration = Duration::from_secs(14 * 60);
/// How long finding out whether a cluster exists may take.
const ASKING: Duration = Duration::from_secs(60);

/// What a setting of the family is called in a connection, whose own `endpoint` is the cluster's.
pub(super) fn part(setting: &str) -> &str {
    if setting == "endpoint" { "aws_endpoint" } else { setting }
}

pub(super) struct EksEntrance {
    surroundings: Surroundings,
    jitter: Jitter,
}

impl EksEntrance {
    pub(super) fn new(surroundings: Surroundings, jitter: Jitter) -> Self {
        Self { surroundings, jitter }
    }
}

#[async_trait]
impl Entrance for EksEntrance {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn open(&self, connection: &Attributes, clock: Arc<dyn Clock>) -> Result<Arc<dyn Access>, ProviderError> {
        let cluster = Cluster::of(connection)?;
        let settings = settings(connection);
        let config = self.surroundings.config(&settings).await;
        let pace = Pace::new(Arc::clone(&clock), Arc::clone(&self.jitter), &MANNERS);
        let entered = client::enter(&config, &settings, pace).await;
        let (client, _) = entered.map_err(|error| of_another_account(error, &cluster))?;
        Ok(Arc::new(EksAccess { cluster, config, client, clock }))
    }
}

/// The provider settings under which the cluster was made.
fn settings(connection: &Attributes) -> FamilySettings {
    let names = ["region", "account"].into_iter().chain(WAY);
    let given = names.filter_map(|name| Some((name.to_owned(), connection.get(part(name))?.clone())));
    given.filter(|(_, value)| !value.is_null()).collect()
}

fn of_another_account(error: ProviderError, cluster: &Cluster) -> ProviderError {
    if !matches!(error.kind, ErrorKind::WrongAccount { .. }) {
        return error;
    }
    error.hint(format!(
        "cluster {} is in the other one: use credentials of that account, such as by `profile` under `providers: aws:`",
        cluster.name
    ))
}

/// What a connection says of its cluster.
struct Cluster {
    name: String,
    region: String,
    server: String,
    /// In PEM; none where the connection is not encrypted, as to an imitation of AWS on this machine.
    certificate_authority: Option<String>,
}

impl Cluster {
    fn of(connection: &Attributes) -> Result<Self, ProviderError> {
        let text = |name: &str| {
            let text = connection.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            text.map(str::to_owned).ok_or_else(|| unusable(&format!("has no `{name}`")))
        };
        text("account")?;
        let server = text("endpoint")?.trim_end_matches('/').to_owned();
        let authority = match server.starts_with("http://") {
            true => None,
            false => Some(pem(&text("certificate_authority")?)?),
        };
        Ok(Self { name: text("name")?, region: text("region")?, server, certificate_authority: authority })
    }
}

fn pem(encoded: &str) -> Result<String, ProviderError> {
    let text = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| unusable("has a `certificate_authority` that is no PEM in base64"))
}

fn unusable(why: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Rejected, "aws", format!("the connection of kind `eks` {why}"))
        .hint("take the `connection` of an `aws.eks_cluster` as it is")
}

struct EksAccess {
    cluster: Cluster,
    config: SdkConfig,
    client: Client,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Access for EksAccess {
    fn server(&self) -> &str {
        &self.cluster.server
    }

    fn certificate_authority(&self) -> Option<&str> {
        self.cluster.certificate_authority.as_deref()
    }

    async fn token(&self) -> Result<Option<Token>, ProviderError> {
        let credentials = client::credentials(&self.config).await?;
        let now = self.clock.now();
        let keys = SigningKeys {
            access_key_id: credentials.access_key_id(),
            secret_access_key: credentials.secret_access_key(),
            session_token: credentials.session_token(),
        };
        // STS answers no question that is signed with credentials that have expired meanwhile.
        let until = credentials.expiry().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let until: Timestamp = until.unwrap_or(Duration::MAX).min(now + LASTS);
        let Cluster { name, region, .. } = &self.cluster;
        Ok(Some(Token { secret: eks_token(keys, region, name, now), expires_at: until }))
    }

    async fn exists(&self) -> Result<bool, ProviderError> {
        let calls = Calls::new(&self.client.pace, ASKING);
        let describe = || self.client.eks.describe_cluster().name(&self.cluster.name).send();
        let answer = eks::found(calls.send("eks:DescribeCluster", describe).await)?;
        let found = answer.and_then(|answer| answer.cluster);
        // One without an endpoint is being made: it is not the one that had this one.
        let endpoint = found.as_ref().and_then(|cluster| cluster.endpoint());
        Ok(endpoint.is_some_and(|endpoint| endpoint.trim_end_matches('/') == self.cluster.server))
    }
}
