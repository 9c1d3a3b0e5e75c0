//! The Kubernetes family: objects on clusters, whoever made the clusters.
//!
//! A resource is one object or several; `object_type` says what every type of it has, `door` what is done with
//! them. `reading`, `making` and `removing` talk to a cluster by its `client`; the rest is pure.

mod client;
mod clusters;
mod connection;
mod connection_type;
mod door;
mod family;
mod immutable;
mod kinds;
mod kubeconfig;
mod listing;
#[cfg(test)]
mod loopback;
mod making;
mod managed;
mod manifest;
mod manifests;
mod marks;
mod named;
mod namespace;
mod object;
mod object_type;
mod obstacle;
mod place;
mod readiness;
mod reading;
mod removing;
mod sent;
mod shown;
mod together;
mod uses;

pub use client::{Jitter, Transport, TransportError, Unreachable};
pub use clusters::{Clusters, Network};
pub use family::KubernetesFamily;
pub(crate) use named::Named;
pub(crate) use together::Placed;

/// The name of the family, and of its provider configurations.
const FAMILY: &str = "kubernetes";
