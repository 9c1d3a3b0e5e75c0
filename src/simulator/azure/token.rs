//! Entra's tokens: who they are for, until when, and the endpoints that give them.
//!
//! A simulated token says in clear what a real one says signed.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// What every simulated token begins with: the head of one that nobody signed.
const HEAD: &str = "eyJhbGciOiJub25lIn0";
/// Entra's are good for about an hour.
pub(super) const LASTS: Duration = Duration::from_secs(3_600);

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::simulator) struct Claims {
    /// What it is for, such as `https://management.azure.com`.
    pub(in crate::simulator) aud: String,
    /// Whose it is.
    pub(in crate::simulator) oid: String,
    pub(in crate::simulator) tid: String,
    /// In seconds since 1970.
    pub(in crate::simulator) exp: u64,
}

impl Claims {
    /// For a scope such as `https://management.azure.com/.default`.
    pub(super) fn new(scope: &str, oid: &str, tenant: &str, now: Timestamp) -> Self {
        let audience = scope.strip_suffix("/.default").unwrap_or(scope).trim_end_matches('/');
        Self { aud: audience.to_owned(), oid: oid.to_owned(), tid: tenant.to_owned(), exp: (now + LASTS).as_secs() }
    }

    pub(super) fn token(&self) -> String {
        let claims = serde_json::to_vec(self).unwrap_or_default();
        format!("{HEAD}.{}.", URL_SAFE_NO_PAD.encode(claims))
    }

    pub(in crate::simulator) fn read(token: &str) -> Option<Self> {
        let claims = token.strip_prefix(HEAD)?.strip_prefix('.')?.strip_suffix('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    pub(in crate::simulator) fn is_valid(&self, audience: &str, now: Timestamp) -> bool {
        self.aud == audience && now.as_secs() < self.exp
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_for_one_audience_and_an_hour() {
        let begun = Duration::from_secs(1_000);
        let claims = Claims::new("https://management.azure.com/.default", "me", "t", begun);
        assert_eq!(Claims::read(&claims.token()), Some(claims.clone()));
        assert!(claims.is_valid("https://management.azure.com", begun + LASTS - Duration::from_secs(1)));
        assert!(!claims.is_valid("https://management.azure.com", begun + LASTS));
        assert!(!claims.is_valid("https://vault.azure.net", begun));
        assert_eq!(Claims::read("eyJhbGciOiJub25lIn0.%%."), None);
    }
}
