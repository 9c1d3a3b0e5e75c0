//! The family's settings, and the SDK clients they lead to.
//!
//! Credentials come from where every AWS tool looks for them: environment,
//! profile, SSO, the machine's own role. Knows no resource type.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, ProvideCredentials as _};
use tokio::sync::OnceCell;

use super::eks_entrance::EksEntrance;
use super::failure;
use super::pace::MANNERS;
use crate::clock::Clock;
use crate::provider::{
    Door, Entrance, ErrorKind, Family, FamilySettings, Field, FieldType, ProviderError, ResourceType,
};
use crate::providers::cloud::{self, Calls, CloudDoor, Jitter, Pace, Wire, random_jitter};
use crate::value::Value;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long finding out whose credentials these are may take.
const OPEN_TIMEOUT: Duration = Duration::from_secs(60);

/// The settings without which another run may not find the same credentials.
pub(super) const WAY: [&str; 2] = ["endpoint", "profile"];

const WHO_AM_I: &str = "sts:GetCallerIdentity";

/// The account the credentials belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) id: String,
    /// `aws`, `aws-cn` or `aws-us-gov`: the second word of every ARN.
    pub(super) partition: String,
}

/// The clients of one provider configuration.
pub(super) struct Client {
    pub(super) eks: aws_sdk_eks::Client,
    pub(super) sqs: aws_sdk_sqs::Client,
    pub(super) iam: aws_sdk_iam::Client,
    sts: aws_sdk_sts::Client,
    pub(super) pace: Pace,
    account: OnceCell<Account>,
    /// The settings that lead to this account's credentials; none of them is one.
    pub(super) way: FamilySettings,
}

impl cloud::Client for Client {
    fn pace(&self) -> &Pace {
        &self.pace
    }

    fn creates(&self, operation: &str) -> bool {
        operation.split(':').nth(1).is_some_and(|name| name.starts_with("Create"))
    }
}

impl Client {
    pub(super) fn new(config: &SdkConfig, pace: Pace) -> Self {
        Self {
            way: FamilySettings::new(),
            eks: aws_sdk_eks::Client::new(config),
            sqs: aws_sdk_sqs::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            sts: aws_sdk_sts::Client::new(config),
            pace,
            account: OnceCell::new(),
        }
    }

    /// Whose credentials these are; asked once.
    pub(super) async fn account(&self, calls: &Calls<'_>) -> Result<&Account, ProviderError> {
        self.account
            .get_or_try_init(|| async {
                let identity = calls.send(WHO_AM_I, || self.sts.get_caller_identity().send()).await?;
                let partition = identity.arn().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws").to_owned();
                match identity.account() {
                    Some(id) => Ok(Account { id: id.to_owned(), partition }),
                    None => Err(ProviderError::new(ErrorKind::Unexpected, WHO_AM_I, "the answer names no account")),
                }
            })
            .await
    }

    /// The account these credentials belong to, if it is the one that is allowed.
    async fn guard(&self, allowed: Option<&str>) -> Result<String, ProviderError> {
        let found = &self.account(&Calls::new(&self.pace, OPEN_TIMEOUT)).await?.id;
        let Some(allowed) = allowed.filter(|allowed| found != allowed) else {
            return Ok(found.clone());
        };
        let kind = ErrorKind::WrongAccount { allowed: allowed.to_owned(), found: found.clone() };
        Err(ProviderError::new(kind, WHO_AM_I, "")
            .hint("use credentials of the right account, or correct `account` under `providers: aws:`"))
    }
}

/// Makes a configuration of the SDK for settings of a stack.
type Given = Arc<dyn Fn(&FamilySettings) -> SdkConfig + Send + Sync>;

/// Where credentials and the region come from when the settings do not say.
#[derive(Clone, Default)]
pub(super) struct Surroundings {
    /// In place of the real ones.
    given: Option<Given>,
}

/// The types whose names start with `aws.`, and how to reach their account.
pub struct AwsFamily {
    settings: Vec<Field>,
    wires: Vec<Arc<dyn Wire<Client>>>,
    types: Vec<Arc<dyn ResourceType>>,
    surroundings: Surroundings,
    jitter: Jitter,
}

impl AwsFamily {
    /// With the credentials and the region of the surroundings, where the settings do not say otherwise.
    pub fn new() -> Self {
        let wires = super::wires();
        let types = wires.iter().map(|wire| Arc::clone(wire) as Arc<dyn ResourceType>).collect();
        let surroundings = Surroundings::default();
        Self { settings: settings(), wires, types, surroundings, jitter: Arc::new(random_jitter) }
    }

    /// With this configuration instead of the surroundings': for programs that embed the library, and for tests.
    ///
    /// Settings of a stack still come first. `profile` is left unread, since it says where credentials come from.
    pub fn with_config(config: SdkConfig) -> Self {
        Self::with_config_for(move |_| config.clone())
    }

    /// The same, with a configuration that depends on a stack's settings.
    pub fn with_config_for(config: impl Fn(&FamilySettings) -> SdkConfig + Send + Sync + 'static) -> Self {
        Self { surroundings: Surroundings { given: Some(Arc::new(config)) }, ..Self::new() }
    }

    /// With these numbers in `0..1` in place of random ones, so that a run can be replayed.
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        Self { jitter, ..self }
    }

    /// The way into the clusters of this family, with credentials from where the family has them.
    pub fn entrance(&self) -> Arc<dyn Entrance> {
        Arc::new(EksEntrance::new(self.surroundings.clone(), Arc::clone(&self.jitter)))
    }
}

impl Surroundings {
    /// The configuration of the SDK for these settings.
    pub(super) async fn config(&self, settings: &FamilySettings) -> SdkConfig {
        let text = |name: &str| settings.get(name).and_then(Value::as_str).map(str::to_owned);
        let base = match &self.given {
            Some(given) => given(settings),
            None => {
                let mut loader = aws_config::defaults(BehaviorVersion::latest());
                if let Some(profile) = text("profile") {
                    loader = loader.profile_name(profile);
                }
                if let Some(region) = text("region") {
                    loader = loader.region(Region::new(region));
                }
                loader.load().await
            }
        };
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let mut builder = base.into_builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts);
        if let Some(region) = text("region") {
            builder = builder.region(Region::new(region));
        }
        if let Some(endpoint) = text("endpoint") {
            builder = builder.endpoint_url(endpoint);
        }
        builder.build()
    }
}

/// The clients for these settings, and the account they reach: one that the settings allow.
pub(super) async fn enter(
    config: &SdkConfig,
    settings: &FamilySettings,
    pace: Pace,
) -> Result<(Client, String), ProviderError> {
    if config.region().is_none() {
        return Err(ProviderError::new(ErrorKind::Rejected, "aws", "no region is set")
            .hint("set `region` under `providers: aws:`, or AWS_REGION"));
    }
    credentials(config).await?;
    let way = WAY.iter().filter_map(|name| settings.get_key_value(*name));
    let way = way.map(|(name, value)| (name.clone(), value.clone())).collect();
    let client = Client { way, ..Client::new(config, pace) };
    let account = client.guard(settings.get("account").and_then(Value::as_str)).await?;
    Ok((client, account))
}

/// What requests are signed with, as it is now.
pub(super) async fn credentials(config: &SdkConfig) -> Result<Credentials, ProviderError> {
    let provider = config.credentials_provider();
    let provider = provider.ok_or_else(|| failure::no_credentials("aws", "no credentials were found"))?;
    provider.provide_credentials().await.map_err(|error| {
        let source = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        failure::no_credentials("aws", &format!("{error}{source}"))
    })
}

impl Default for AwsFamily {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Family for AwsFamily {
    fn name(&self) -> &'static str {
        "aws"
    }

    fn settings(&self) -> &[Field] {
        &self.settings
    }

    fn resource_types(&self) -> &[Arc<dyn ResourceType>] {
        &self.types
    }

    async fn open(&self, settings: &FamilySettings, clock: Arc<dyn Clock>) -> Result<Door, ProviderError> {
        let config = self.surroundings.config(settings).await;
        let pace = Pace::new(clock, Arc::clone(&self.jitter), &MANNERS);
        let (client, account) = enter(&config, settings, pace).await?;
        let region = config.region().map(|region| region.as_ref().to_owned()).unwrap_or_default();
        let resolved = [("account", account), ("region", region)];
        let resolved = resolved.map(|(name, value)| (name.to_owned(), Value::String(value))).into();
        Ok(Arc::new(CloudDoor::new(client, resolved, self.wires.iter().cloned())))
    }
}

fn settings() -> Vec<Field> {
    vec![
        Field::new("region", FieldType::pattern("[a-z0-9-]+", "a region such as us-east-1"), "Where everything lives")
            .replaces(),
        Field::new(
            "account",
            FieldType::pattern("[0-9]{12}", "an account id has 12 digits, in quotes"),
            "The only account whose credentials are accepted",
        )
        .replaces(),
        Field::new("profile", FieldType::text(), "The profile of the AWS configuration files to use"),
        Field::new(
            "endpoint",
            FieldType::pattern("https?://.+", "a URL such as http://127.0.0.1:5000"),
            "Where to send every call instead of to AWS",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn settings_come_before_the_given_configuration() {
        let given = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url("http://127.0.0.1:1")
            .build();
        let settings = FamilySettings::from([("region".to_owned(), "eu-west-1".into())]);
        let config = AwsFamily::with_config(given).surroundings.config(&settings).await;
        assert_eq!(config.region().map(Region::as_ref), Some("eu-west-1"));
        assert_eq!(config.endpoint_url(), Some("http://127.0.0.1:1"));
        assert!(config.retry_config().is_some_and(|retries| !retries.has_retry()));
    }
}
