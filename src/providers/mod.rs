//! The families of resource types, each behind the contract in [`crate::provider`].
//!
//! None knows of stacks, plans, states or another family.

pub mod tidegate;

use crate::provider::Registry;

/// Every family of this build.
pub fn registry() -> Registry {
    Registry::new([tidegate::family()])
}
