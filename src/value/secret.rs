//! A value that has no printable form.
//!
//! In memory it holds its content, for the provider. Everywhere else there is
//! only a keyed hash: enough to see that it changed. The key is random and kept
//! in the state, so the same secret in two stacks gives two hashes.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Value;

#[derive(Clone)]
pub struct Secret(Content);

#[derive(Clone)]
enum Content {
    Revealed(Box<Value>),
    Sealed(String),
}

impl Secret {
    pub fn new(value: Value) -> Self {
        Self(Content::Revealed(Box::new(value)))
    }

    /// As read from a state: what is left of a secret.
    pub fn from_hash(hash: String) -> Self {
        Self(Content::Sealed(hash))
    }

    /// The content, which only a provider may see; none when only the hash is left.
    pub fn revealed(&self) -> Option<&Value> {
        match &self.0 {
            Content::Revealed(value) => Some(value),
            Content::Sealed(_) => None,
        }
    }

    pub fn hash(&self) -> Option<&str> {
        match &self.0 {
            Content::Revealed(_) => None,
            Content::Sealed(hash) => Some(hash),
        }
    }

    pub fn seal(self, key: &SealKey) -> Self {
        match self.0 {
            Content::Revealed(value) => Self(Content::Sealed(key.hash(&value))),
            sealed @ Content::Sealed(_) => Self(sealed),
        }
    }
}

/// Equal contents or equal hashes. A content never equals a hash: seal first.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Content::Revealed(left), Content::Revealed(right)) => left == right,
            (Content::Sealed(left), Content::Sealed(right)) => left == right,
            _ => false,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// The random key of one state's hashes.
#[derive(Clone, PartialEq, Eq)]
pub struct SealKey([u8; 32]);

impl SealKey {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// HMAC-SHA-256 of the value's text, in base64 without padding.
    pub fn hash(&self, value: &Value) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).unwrap_or_else(|_| unreachable!("HMAC takes any key"));
        mac.update(value.to_string().as_bytes());
        BASE64_STANDARD_NO_PAD.encode(mac.finalize().into_bytes())
    }

    pub fn to_text(&self) -> String {
        BASE64_STANDARD_NO_PAD.encode(self.0)
    }

    pub fn from_text(text: &str) -> Option<Self> {
        BASE64_STANDARD_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(seal key)")
    }
}
