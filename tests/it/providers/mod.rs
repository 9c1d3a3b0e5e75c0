//! Providers against independent programs that speak the clouds' protocols.

#[cfg(feature = "aws")]
mod aws;
