//! Tokens of Entra, kept until shortly before they expire: some of the credentials behind them start a program each time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use tokio::sync::Mutex;

use super::arm::no_credentials;
use crate::clock::Clock;
use crate::provider::{ProviderError, RENEWED_BEFORE, Token};

#[derive(Clone)]
pub(super) struct Tokens {
    credential: Arc<dyn TokenCredential>,
    clock: Arc<dyn Clock>,
    /// By scope.
    kept: Arc<Mutex<BTreeMap<String, Token>>>,
}

impl Tokens {
    pub(super) fn new(credential: Arc<dyn TokenCredential>, clock: Arc<dyn Clock>) -> Self {
        Self { credential, clock, kept: Arc::default() }
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// A token for a scope, such as `https://management.azure.com/.default`. Whoever comes while one is fetched waits.
    pub(super) async fn get(&self, scope: &str) -> Result<Token, ProviderError> {
        let mut kept = self.kept.lock().await;
        if let Some(token) = kept.get(scope).filter(|token| self.clock.now() + RENEWED_BEFORE < token.expires_at) {
            return Ok(token.clone());
        }
        let fetched = self.credential.get_token(&[scope], None).await;
        let fetched = fetched.map_err(|error| no_credentials("azure", &error.to_string()))?;
        let seconds = u64::try_from(fetched.expires_on.unix_timestamp()).unwrap_or_default();
        let token = Token { secret: fetched.token.secret().to_owned(), expires_at: Duration::from_secs(seconds) };
        kept.insert(scope.to_owned(), token.clone());
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use azure_core::credentials::{AccessToken, TokenRequestOptions};
    use azure_core::time::OffsetDateTime;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[derive(Debug, Default)]
    struct Counting(AtomicI64);

    #[async_trait::async_trait]
    impl TokenCredential for Counting {
        async fn get_token(
            &self,
            scopes: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            let expires = OffsetDateTime::from_unix_timestamp(count * 3600).unwrap();
            Ok(AccessToken::new(format!("{} {count}", scopes[0]), expires))
        }
    }

    #[tokio::test]
    async fn a_token_is_kept_until_shortly_before_it_expires() {
        let clock = ManualClock::default();
        let tokens = Tokens::new(Arc::new(Counting::default()), Arc::new(clock.clone()));
        assert_eq!(tokens.get("a").await.unwrap().secret, "a 1");
        clock.sleep(Duration::from_secs(3539)).await;
        assert_eq!(tokens.get("a").await.unwrap().secret, "a 1");
        clock.sleep(Duration::from_secs(1)).await;
        assert_eq!(tokens.get("a").await.unwrap().secret, "a 2");
        assert_eq!(tokens.get("b").await.unwrap().secret, "b 3");
    }
}
