//! The way a request takes to an API server, and how it can fail on it. Knows nothing of what is sent.

use async_trait::async_trait;
use bytes::Bytes;

/// Carries requests to one API server.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends a request, whose address is complete, and brings what comes back, whatever its status.
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError>;

    /// Gets itself new credentials, after the server has not taken the ones it has; false where it has none of its own.
    async fn renew(&self) -> Result<bool, TransportError> {
        Ok(false)
    }
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// There was no connection, so nothing has been sent.
    #[error("{cause}")]
    NoConnection { why: Unreachable, cause: String },
    /// The connection ended, or nothing came over it: the call may have had its effect.
    #[error("{0}")]
    NoAnswer(String),
    /// The credentials could not be had, so nothing has been sent.
    #[error("{0}")]
    NoCredentials(String),
}

/// What stands in the way of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// The server's name has no address.
    Unnamed,
    /// Nothing listens there.
    Refused,
    /// Nothing comes back.
    Silent,
    /// The server's certificate is not the cluster's.
    Untrusted,
    Other,
}
