//! The family's settings, and the client they lead to. Knows no resource type.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_core::http::{HttpClient, new_http_client};
use serde_json::Value as Json;

use super::arm::{self, Arm, At};
use super::credential::{self, AzureEnvironment, CREDENTIALS};
use super::pace::MANNERS;
use super::tokens::Tokens;
use crate::clock::Clock;
use crate::provider::{Door, ErrorKind, Family, FamilySettings, Field, FieldType, ProviderError, ResourceType};
use crate::providers::cloud::{self, Calls, CloudDoor, Jitter, Pace, Wire, random_jitter};
use crate::value::Value;

/// The version of the API of subscriptions.
const SUBSCRIPTIONS: &str = "2022-12-01";
/// How long finding out whose credentials these are may take.
const OPEN_TIMEOUT: Duration = Duration::from_secs(60);

/// What calls of one provider configuration are made with.
pub(super) struct Azure {
    pub(super) arm: Arm,
    pub(super) pace: Pace,
    pub(super) subscription: String,
}

impl cloud::Client for Azure {
    fn pace(&self) -> &Pace {
        &self.pace
    }

    fn creates(&self, operation: &str) -> bool {
        operation.ends_with("/write")
    }
}

impl Azure {
    /// `/subscriptions/…/resourceGroups/…/providers` and what follows it.
    pub(super) fn in_group(&self, group: &str, rest: &str) -> String {
        format!("/subscriptions/{}/resourceGroups/{group}/providers/{rest}", self.subscription)
    }
}

/// The other side of the calls, for settings of a stack.
#[derive(Clone)]
pub struct AzureNetwork {
    pub transport: Arc<dyn HttpClient>,
    pub credential: Arc<dyn TokenCredential>,
    /// The subscription of stacks that name none.
    pub subscription: String,
}

type Given = Arc<dyn Fn(&FamilySettings) -> AzureNetwork + Send + Sync>;

/// The types whose names start with `azure.`, and how to reach their subscription.
pub struct AzureFamily {
    settings: Vec<Field>,
    wires: Vec<Arc<dyn Wire<Azure>>>,
    types: Vec<Arc<dyn ResourceType>>,
    environment: AzureEnvironment,
    /// In place of the real one.
    given: Option<Given>,
    jitter: Jitter,
}

impl AzureFamily {
    /// With the credentials of the surroundings, where the settings do not say otherwise.
    pub fn new(environment: AzureEnvironment) -> Self {
        let wires = super::wires();
        let types = wires.iter().map(|wire| Arc::clone(wire) as Arc<dyn ResourceType>).collect();
        Self { settings: settings(), wires, types, environment, given: None, jitter: Arc::new(random_jitter) }
    }

    /// With this network in place of the real one: for programs that embed the library, and for tests.
    pub fn with_network(network: impl Fn(&FamilySettings) -> AzureNetwork + Send + Sync + 'static) -> Self {
        Self { given: Some(Arc::new(network)), ..Self::new(AzureEnvironment::default()) }
    }

    /// With these numbers in `0..1` in place of random ones, so that a run can be replayed.
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        Self { jitter, ..self }
    }

    fn network(&self, settings: &FamilySettings) -> Result<AzureNetwork, ProviderError> {
        if let Some(given) = &self.given {
            return Ok(given(settings));
        }
        let chosen = settings.get("subscription").and_then(Value::as_str).map(str::to_owned);
        let subscription = chosen.or_else(|| self.environment.subscription.clone()).ok_or_else(|| {
            ProviderError::new(ErrorKind::Rejected, "azure", "no subscription is set")
                .hint("set `subscription` under `providers: azure:`, or AZURE_SUBSCRIPTION_ID")
        })?;
        let credential = credential::credential(settings, &self.environment);
        Ok(AzureNetwork { transport: new_http_client(None), credential, subscription })
    }
}

#[async_trait]
impl Family for AzureFamily {
    fn name(&self) -> &'static str {
        "azure"
    }

    fn settings(&self) -> &[Field] {
        &self.settings
    }

    fn resource_types(&self) -> &[Arc<dyn ResourceType>] {
        &self.types
    }

    async fn open(&self, settings: &FamilySettings, clock: Arc<dyn Clock>) -> Result<Door, ProviderError> {
        let AzureNetwork { transport, credential, subscription } = self.network(settings)?;
        let text = |name: &str| settings.get(name).and_then(Value::as_str);
        let subscription = text("subscription").unwrap_or(&subscription).to_lowercase();
        let pace = Pace::new(Arc::clone(&clock), Arc::clone(&self.jitter), &MANNERS);
        let endpoint = text("endpoint").unwrap_or(arm::ENDPOINT);
        let arm = Arm::new(transport, Tokens::new(credential, clock), endpoint)?;
        let client = Azure { arm, pace, subscription };
        let tenant = guard(&client, text("tenant")).await?;
        let resolved = [("subscription", client.subscription.clone()), ("tenant", tenant)];
        let resolved = resolved.map(|(name, value)| (name.to_owned(), Value::String(value))).into();
        Ok(Arc::new(CloudDoor::new(client, resolved, self.wires.iter().cloned())))
    }
}

/// The tenant of the subscription, if the credentials reach it and the stack allows it.
async fn guard(client: &Azure, allowed: Option<&str>) -> Result<String, ProviderError> {
    let calls = Calls::new(&client.pace, OPEN_TIMEOUT);
    let id = format!("/subscriptions/{}", client.subscription);
    let asked = arm::id::permission(azure_core::http::Method::Get, &id);
    let Some(found) = client.arm.get(&calls, At { id: &id, version: SUBSCRIPTIONS }).await? else {
        let text = format!("there is no subscription {} for these credentials", client.subscription);
        return Err(ProviderError::new(ErrorKind::Rejected, asked, text)
            .hint("use credentials that reach it, or correct `subscription` under `providers: azure:`"));
    };
    let text = |name: &str| found.get(name).and_then(Json::as_str).unwrap_or_default();
    if !matches!(text("state"), "Enabled" | "Warned" | "PastDue") {
        let message = format!("subscription {} is {}", client.subscription, text("state"));
        return Err(ProviderError::new(ErrorKind::Rejected, asked, message));
    }
    match allowed.filter(|allowed| !allowed.eq_ignore_ascii_case(text("tenantId"))) {
        None => Ok(text("tenantId").to_owned()),
        Some(allowed) => {
            let kind = ErrorKind::WrongAccount { allowed: allowed.to_owned(), found: text("tenantId").to_owned() };
            Err(ProviderError::new(kind, asked, "")
                .hint("use credentials of the right tenant, or correct `tenant` under `providers: azure:`"))
        }
    }
}

fn settings() -> Vec<Field> {
    const GUID: &str = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
    let guid = || FieldType::pattern(GUID, "a GUID such as 11111111-2222-3333-4444-555555555555");
    vec![
        Field::new("subscription", guid(), "The subscription that everything is in, and the only one that is touched")
            .replaces(),
        Field::new("tenant", guid(), "The only tenant whose subscriptions are accepted").replaces(),
        Field::new(
            "credential",
            FieldType::one_of(&CREDENTIALS),
            "Where credentials come from; left out, the first that has any",
        ),
        Field::new("client_id", guid(), "The identity to use, where there are several"),
        Field::new(
            "endpoint",
            FieldType::pattern("https?://.+", "a URL such as http://127.0.0.1:5000"),
            "Where to send every call instead of to Azure's Resource Manager",
        ),
    ]
}
