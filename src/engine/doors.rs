//! Provider configurations, each opened when first needed, once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::clock::Clock;
use crate::provider::{Door, ErrorKind, FamilySettings, ProviderError, Registry};
use crate::value::Value;

type Slot = Arc<OnceCell<Result<Door, ProviderError>>>;

pub(super) struct Doors {
    registry: Registry,
    clock: Arc<dyn Clock>,
    /// By family and settings: two names for the same settings are one door.
    open: Mutex<BTreeMap<(String, String), Slot>>,
}

impl Doors {
    pub(super) fn new(registry: Registry, clock: Arc<dyn Clock>) -> Self {
        Self { registry, clock, open: Mutex::default() }
    }

    /// `provider` is the name of a configuration, such as `aws.eu`.
    pub(super) async fn get(&self, provider: &str, settings: &FamilySettings) -> Result<Door, ProviderError> {
        let family_name = provider.split('.').next().unwrap_or_default();
        let Some(family) = self.registry.family(family_name) else {
            let message = format!("this build has no provider `{family_name}`");
            return Err(ProviderError::new(ErrorKind::NotFound, "open", message)
                .hint("use a build with that feature, such as the default one"));
        };
        let key = (family_name.to_owned(), Value::Map(settings.clone()).to_string());
        let slot = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(open.entry(key).or_default())
        };
        let open = || {
            tracing::debug!(provider, ?settings, "opening");
            family.open(settings, Arc::clone(&self.clock))
        };
        slot.get_or_init(open).await.clone()
    }

    /// The settings with what they leave to the surroundings filled in, where the door can be opened.
    pub(super) async fn resolved(&self, provider: &str, settings: &FamilySettings) -> FamilySettings {
        let mut all = match self.get(provider, settings).await {
            Ok(door) => door.resolved_settings(),
            Err(_) => FamilySettings::new(),
        };
        all.extend(settings.clone());
        all
    }
}
