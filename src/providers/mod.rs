//! The families of resource types, each behind the contract in [`crate::provider`].
//!
//! None knows of stacks, plans, states or another family.

#[cfg(feature = "aws")]
pub mod aws;
pub mod tidegate;

use crate::provider::Registry;

/// Every family of this build.
pub fn registry() -> Registry {
    Registry::new([
        tidegate::family(),
        #[cfg(feature = "aws")]
        aws::family(),
    ])
}
