//! What ARM answered: status, headers and body.

use std::collections::BTreeMap;
use std::time::Duration;

use azure_core::http::AsyncRawResponse;
use serde_json::Value as Json;

/// An answer that has arrived whole.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Answer {
    pub(in super::super) status: u16,
    /// By names in lower case.
    headers: BTreeMap<String, String>,
    /// Null where there is none, or none that is JSON.
    pub(in super::super) body: Json,
}

impl Answer {
    pub(super) async fn receive(response: AsyncRawResponse) -> azure_core::Result<Self> {
        let (status, headers, body) = response.deconstruct();
        let headers = headers.iter().map(|(name, value)| (name.as_str().to_lowercase(), value.as_str().to_owned()));
        let headers = headers.collect();
        let body = serde_json::from_slice(&body.collect().await?).unwrap_or_default();
        Ok(Self { status: status.into(), headers, body })
    }

    #[cfg(test)]
    pub(super) fn new(status: u16, headers: &[(&str, &str)], body: Json) -> Self {
        let headers = headers.iter().map(|(name, value)| (name.to_lowercase(), (*value).to_owned())).collect();
        Self { status, headers, body }
    }

    pub(in super::super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// How long the service asks to be left alone. Dates are not among what ARM sends.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let milliseconds = ["retry-after-ms", "x-ms-retry-after-ms"].iter().find_map(|name| self.header(name));
        if let Some(milliseconds) = milliseconds.and_then(|text| text.parse().ok()) {
            return Some(Duration::from_millis(milliseconds));
        }
        self.header("retry-after")?.parse().ok().map(Duration::from_secs)
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
