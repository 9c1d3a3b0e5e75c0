//! What several tests need.

#[cfg(feature = "aws")]
pub mod moto;
pub mod scripted;
pub mod session;
