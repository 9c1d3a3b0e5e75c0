//! The way of Azure's SDK into the simulator: everything but the transport stays as it is.

use std::sync::Arc;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request as SdkRequest};
use azure_core::time::OffsetDateTime;
use bytes::Bytes;

use super::token::{Claims, LASTS};
use super::{PRINCIPAL, TENANT};
use crate::clock::Clock;
use crate::simulator::{Broken, Request, Simulator};

/// A transport whose requests go to a simulator.
pub fn transport(simulator: &Simulator) -> Arc<dyn HttpClient> {
    Arc::new(Transport(simulator.clone()))
}

/// The credential of the simulation's own user.
pub fn credential(simulator: &Simulator) -> Arc<dyn TokenCredential> {
    Arc::new(SimulatedUser(Arc::clone(simulator.clock())))
}

struct Transport(Simulator);

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("simulator")
    }
}

#[async_trait::async_trait]
impl HttpClient for Transport {
    async fn execute_request(&self, request: &SdkRequest) -> azure_core::Result<AsyncRawResponse> {
        let reply = self.0.exchange(plain(request)?).await.map_err(|broken| {
            let kind = if broken == Broken::Refused { ErrorKind::Connection } else { ErrorKind::Io };
            Error::with_message(kind, broken.to_string())
        })?;
        let (parts, body) = reply.into_parts();
        let mut headers = Headers::new();
        for (name, value) in &parts.headers {
            headers.insert(name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned());
        }
        Ok(AsyncRawResponse::from_bytes(parts.status.as_u16().into(), headers, body))
    }
}

fn plain(request: &SdkRequest) -> azure_core::Result<Request> {
    let body = match request.body() {
        Body::Bytes(bytes) => Bytes::copy_from_slice(bytes),
        Body::SeekableStream(_) => return Err(Error::with_message(ErrorKind::Other, "bodies here are whole")),
    };
    let mut plain = http::Request::builder().method(request.method().as_ref()).uri(request.url().as_str());
    for (name, value) in request.headers().iter() {
        plain = plain.header(name.as_str(), value.as_str());
    }
    plain.body(body).map_err(|error| Error::with_message(ErrorKind::Other, error.to_string()))
}

struct SimulatedUser(Arc<dyn Clock>);

impl std::fmt::Debug for SimulatedUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("simulated user")
    }
}

#[async_trait::async_trait]
impl TokenCredential for SimulatedUser {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let now = self.0.now();
        let claims = Claims::new(scopes.first().copied().unwrap_or_default(), PRINCIPAL, TENANT, now);
        let expires = i64::try_from((now + LASTS).as_secs()).unwrap_or(i64::MAX);
        let expires = OffsetDateTime::from_unix_timestamp(expires)
            .map_err(|error| Error::with_message(ErrorKind::DataConversion, error.to_string()))?;
        Ok(AccessToken::new(claims.token(), expires))
    }
}
