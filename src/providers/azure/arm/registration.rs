//! A subscription takes calls of a service only once it is registered for it, which whoever first uses the service sees to.

use std::time::Duration;

use azure_core::http::Method;
use serde_json::Value as Json;

use super::{Arm, At, id};
use crate::provider::{ErrorKind, ProviderError};
use crate::providers::cloud::Calls;

/// What ARM says of a subscription that is not registered.
pub(super) const MISSING: &str = "MissingSubscriptionRegistration";
const VERSION: &str = "2021-04-01";
/// It takes a minute or two, and may take longer.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

impl Arm {
    /// Registers the subscription for the service that an id is of.
    pub(super) async fn register(&self, calls: &Calls<'_>, of: &str) -> Result<(), ProviderError> {
        let of_type = id::type_of(of);
        let namespace = of_type.split('/').next().unwrap_or_default();
        let service =
            format!("/subscriptions/{}/providers/{namespace}", id::part(of, "subscriptions").unwrap_or_default());
        let action = format!("{service}/register");
        let asked = self.url(At { id: &action, version: VERSION })?;
        self.send(calls, Method::Post, &asked, super::NOTHING).await?;
        let mut wait = calls.wait(PATIENCE);
        let what = format!("waiting until the subscription is registered for {namespace}");
        loop {
            let found = self.get(calls, At { id: &service, version: VERSION }).await?.unwrap_or_default();
            if found.get("registrationState").and_then(Json::as_str) == Some("Registered") {
                return Ok(());
            }
            if !calls.pause(&mut wait, &what).await? {
                let kind = ErrorKind::TimedOut { after: PATIENCE };
                return Err(ProviderError::new(kind, format!("{namespace}/register/action"), what));
            }
        }
    }
}
