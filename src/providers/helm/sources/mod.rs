//! Where charts come from: repositories, registries, folders and archives; and the cache of what was fetched.

mod cache;
mod charts;
mod client;
mod credentials;
mod error;
mod fetch;
mod index;
mod oci;
mod patient;
mod reference;
mod repository;
#[cfg(test)]
mod scripted;

pub use charts::Charts;
pub(crate) use charts::{Credential, Loaded};
pub use client::HttpClient;
pub use fetch::{Answer, Fetch, Get, NoAnswer};
pub(crate) use reference::Reference;
