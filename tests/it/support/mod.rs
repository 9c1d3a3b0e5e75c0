//! What several tests need.

#[cfg(feature = "simulator")]
pub mod cluster;
#[cfg(feature = "aws")]
pub mod moto;
#[cfg(feature = "aws")]
pub mod proxy;
pub mod scripted;
#[cfg(feature = "simulator")]
pub mod served;
pub mod session;
#[cfg(feature = "simulator")]
pub mod simulated;
pub mod tidegate;
#[cfg(feature = "aws")]
pub mod world;
