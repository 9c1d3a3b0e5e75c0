//! How whoever makes clusters lets others into them. A connection is a plain value and holds no credential;
//! the family that made it knows how to get one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::ProviderError;
use crate::clock::{Clock, Timestamp};
use crate::value::Attributes;

/// Opens connections of one kind, such as `eks`.
#[async_trait]
pub trait Entrance: Send + Sync {
    /// The `kind` of the connections it opens.
    fn kind(&self) -> &'static str;

    /// Makes ready to call the cluster. Calls no cluster.
    async fn open(&self, connection: &Attributes, clock: Arc<dyn Clock>) -> Result<Arc<dyn Access>, ProviderError>;
}

/// A way into one cluster.
#[async_trait]
pub trait Access: Send + Sync {
    /// Such as `https://1A2B.gr7.us-east-1.eks.amazonaws.com`, without a slash at its end.
    fn server(&self) -> &str;

    /// The certificate its server's is signed with, in PEM; the system's certificates where there is none.
    fn certificate_authority(&self) -> Option<&str>;

    /// The certificate that callers show, for servers that know them by it.
    fn identity(&self) -> Option<&ClientIdentity> {
        None
    }

    /// A fresh credential; none where the certificate of [`identity`](Self::identity) is all it takes.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](super::ErrorKind::NotFound) where the cluster does not exist any more.
    async fn token(&self) -> Result<Option<Token>, ProviderError>;

    /// Whether the cluster exists, by its cloud: what cannot be reached may still be there.
    async fn exists(&self) -> Result<bool, ProviderError>;
}

/// A certificate and its key, both in PEM. Has no printable form.
#[derive(Clone)]
pub struct ClientIdentity {
    pub certificate: String,
    pub key: String,
}

impl std::fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientIdentity").finish_non_exhaustive()
    }
}

/// A bearer token. Has no printable form.
#[derive(Clone)]
pub struct Token {
    pub secret: String,
    /// It should not be used any more from then on.
    pub expires_at: Timestamp,
}

/// Tokens are replaced this long before they expire.
pub const RENEWED_BEFORE: Duration = Duration::from_secs(60);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}
