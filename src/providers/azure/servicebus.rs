//! What the types of Service Bus share: the members of their bodies, and the calls of what is in a namespace.
//!
//! The shapes are those of <https://learn.microsoft.com/rest/api/servicebus/> in version 2024-01-01, and bodies pass through
//! the models that `azure_mgmt_servicebus` has of it.

pub(super) mod entity;
pub(super) mod entity_fields;
pub(super) mod members;

/// The version of the API of everything in Service Bus.
pub(super) const VERSION: &str = "2024-01-01";
