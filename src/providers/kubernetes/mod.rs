//! The Kubernetes family: objects on clusters, whoever made the clusters.
//!
//! A resource is one object or several; `object_type` says what every type of it has, `door` what is done with
//! them. `reading`, `making`, `removing` and `settling` talk to a cluster by its `client`; the rest is pure. Families
//! whose objects are in clusters too use what is visible to them.
#![cfg_attr(not(feature = "helm"), expect(dead_code, unused_imports, reason = "releases need more of clusters"))]

pub(in crate::providers) mod client;
pub(in crate::providers) mod clusters;
pub(in crate::providers) mod connection;
mod connection_type;
mod door;
mod family;
mod immutable;
pub(in crate::providers) mod kinds;
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
pub(in crate::providers) mod object_type;
mod obstacle;
mod place;
pub(in crate::providers) mod readiness;
mod reading;
mod removing;
mod sent;
mod settling;
pub(in crate::providers) mod shown;
mod together;
pub(in crate::providers) mod uses;

pub use client::{Jitter, Transport, TransportError, Unreachable};
pub use clusters::{Clusters, Network};
pub use family::KubernetesFamily;
pub(crate) use named::Named;
pub(crate) use together::Placed;
// What a chart installs are objects of a cluster too.
#[cfg(feature = "helm")]
pub(in crate::providers) use {
    client::{ApiResource, Apply, CLUSTER_GONE, Calls, Client, Manager, NO_KIND_MATCH, Propagation},
    connection::Connection,
    manifest::Id,
    shown::Normal,
};
#[cfg(feature = "helm")]
pub(in crate::providers) mod objects {
    //! What is done with objects of any kind, for families that stand on this one.

    pub(in crate::providers) use super::kinds::{is_namespaced, known_apis};
    pub(in crate::providers) use super::marks::set as set_metadata;
    pub(in crate::providers) use super::object_type::stays_behind;
    pub(in crate::providers) use super::readiness::Readiness;
    pub(in crate::providers) use super::reading::{AT_ONCE, is_there, one as read};
    pub(in crate::providers) use super::removing::{begin as begin_removal, gone, one as remove};
    pub(in crate::providers) use super::sent::text_as_data;
    pub(in crate::providers) use super::settling::{is_ground, kind, look, ready, room};
    pub(in crate::providers) use super::shown::{applicable, of as shown};
}

/// The name of the family, and of its provider configurations.
const FAMILY: &str = "kubernetes";
