//! The Azure family: whatever Azure's Resource Manager has, over one client of it.
//!
//! One file a resource type. Tokens are of `azure_identity` and requests go through `azure_core`. Knows the provider
//! contract, and nothing of plans or states.

mod arm;
mod client;
mod credential;
mod fields;
mod ownership;
mod pace;
mod resource_group;
mod tokens;

use std::sync::Arc;

use client::Azure;
pub use client::{AzureFamily, AzureNetwork};
pub use credential::AzureEnvironment;

use crate::providers::cloud::Wire;

/// Every type of the family.
fn wires() -> Vec<Arc<dyn Wire<Azure>>> {
    vec![Arc::new(resource_group::ResourceGroup::new())]
}
