//! The family's settings, and the client they lead to. Knows no resource type.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_core::http::{HttpClient, new_http_client};
use serde_json::Value as Json;

use super::aks_entrance::AksEntrance;
use super::arm::{self, Arm, At};
use super::credential::{self, AzureEnvironment, CREDENTIALS};
use super::pace::MANNERS;
use super::together;
use super::tokens::Tokens;
use crate::clock::Clock;
use crate::provider::{
    Declared, Door, Entrance, ErrorKind, Family, FamilySettings, Field, FieldType, ProviderError, ResourceType,
    Together,
};
use crate::providers::cloud::{self, Calls, CloudDoor, Jitter, Pace, Wire, random_jitter};
use crate::value::Value;

/// The version of the API of subscriptions.
const SUBSCRIPTIONS: &str = "2022-12-01";
/// How long finding out whose credentials these are may take.
const OPEN_TIMEOUT: Duration = Duration::from_secs(60);

/// The settings that say how the subscription is reached, rather than which one it is.
pub(super) const WAY: [&str; 4] = ["tenant", "credential", "client_id", "endpoint"];

/// What calls of one provider configuration are made with.
pub(super) struct Azure {
    pub(super) arm: Arm,
    pub(super) tokens: Tokens,
    pub(super) pace: Pace,
    pub(super) subscription: String,
    /// Those of the settings that are among [`WAY`].
    pub(super) way: FamilySettings,
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
    surroundings: Surroundings,
    jitter: Jitter,
}

/// Where credentials and the subscription come from when the settings do not say.
#[derive(Clone, Default)]
pub(super) struct Surroundings {
    environment: AzureEnvironment,
    /// In place of the real ones.
    given: Option<Given>,
}

impl AzureFamily {
    /// With the credentials of the surroundings, where the settings do not say otherwise.
    pub fn new(environment: AzureEnvironment) -> Self {
        let wires = super::wires();
        let types = wires.iter().map(|wire| Arc::clone(wire) as Arc<dyn ResourceType>).collect();
        let surroundings = Surroundings { environment, given: None };
        Self { settings: settings(), wires, types, surroundings, jitter: Arc::new(random_jitter) }
    }

    /// With this network in place of the real one: for programs that embed the library, and for tests.
    pub fn with_network(network: impl Fn(&FamilySettings) -> AzureNetwork + Send + Sync + 'static) -> Self {
        let surroundings = Surroundings { given: Some(Arc::new(network)), ..Surroundings::default() };
        Self { surroundings, ..Self::new(AzureEnvironment::default()) }
    }

    /// With these numbers in `0..1` in place of random ones, so that a run can be replayed.
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        Self { jitter, ..self }
    }

    /// The way into the clusters of this family, with credentials from where the family has them.
    pub fn entrance(&self) -> Arc<dyn Entrance> {
        Arc::new(AksEntrance::new(self.surroundings.clone(), Arc::clone(&self.jitter)))
    }
}

impl Surroundings {
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

    fn looks_together(&self) -> bool {
        true
    }

    fn together(&self, resources: &[Declared<'_>]) -> Together {
        together::look(resources)
    }

    async fn open(&self, settings: &FamilySettings, clock: Arc<dyn Clock>) -> Result<Door, ProviderError> {
        let (client, tenant) = enter(&self.surroundings, settings, (clock, Arc::clone(&self.jitter))).await?;
        let resolved = [("subscription", client.subscription.clone()), ("tenant", tenant)];
        let resolved = resolved.map(|(name, value)| (name.to_owned(), Value::String(value))).into();
        Ok(Arc::new(CloudDoor::new(client, resolved, self.wires.iter().cloned())))
    }
}

/// What calls for these settings are made with, and the tenant they reach: one that the settings allow.
pub(super) async fn enter(
    surroundings: &Surroundings,
    settings: &FamilySettings,
    (clock, jitter): (Arc<dyn Clock>, Jitter),
) -> Result<(Azure, String), ProviderError> {
    let AzureNetwork { transport, credential, subscription } = surroundings.network(settings)?;
    let text = |name: &str| settings.get(name).and_then(Value::as_str);
    let subscription = text("subscription").unwrap_or(&subscription).to_lowercase();
    let pace = Pace::new(Arc::clone(&clock), jitter, &MANNERS);
    let tokens = Tokens::new(credential, clock);
    let endpoint = text("endpoint").or(surroundings.environment.endpoint.as_deref()).unwrap_or(arm::ENDPOINT);
    let arm = Arm::new(transport, tokens.clone(), endpoint)?;
    let way = WAY.iter().filter_map(|name| settings.get_key_value(*name));
    let way = way.map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut client = Azure { arm, tokens, pace, subscription, way };
    let tenant = guard(&client, text("tenant")).await?;
    // Later runs have it from the state, and connections are to be the same then.
    client.way.insert("tenant".to_owned(), tenant.as_str().into());
    Ok((client, tenant))
}

/// The tenant of the subscription, if the credentials reach it and the stack allows it.
async fn guard(client: &Azure, allowed: Option<&str>) -> Result<String, ProviderError> {
    let calls = Calls::new(&client.pace, OPEN_TIMEOUT);
    let id = format!("/subscriptions/{}", client.subscription);
    let asked = arm::id::permission(azure_core::http::Method::Get, &id);
    let found = match client.arm.get(&calls, At { id: &id, version: SUBSCRIPTIONS }).await {
        Err(error) if error.code.as_deref() == Some(arm::NO_SUBSCRIPTION) => None,
        found => found?,
    };
    let Some(found) = found else {
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
            "Where to send every call instead of to Azure's Resource Manager; AZURE_RESOURCE_MANAGER_URL where left out",
        ),
    ]
}
