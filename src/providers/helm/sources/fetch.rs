//! The network, as far as charts need it.

use async_trait::async_trait;

/// A GET. Redirects are followed by whoever answers it; credentials go to no other host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Get {
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// An answer of more bytes is an error.
    pub limit: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// No answer: what went wrong, in words for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NoAnswer {
    pub message: String,
    /// Whether asking again may help.
    pub transient: bool,
}

/// Asks repositories and registries. For programs that embed the library, and for simulated networks.
#[async_trait]
pub trait Fetch: Send + Sync {
    async fn get(&self, get: &Get) -> Result<Answer, NoAnswer>;
}
