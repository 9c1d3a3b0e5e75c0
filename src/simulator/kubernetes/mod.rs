//! Kubernetes: an API server for every simulated cluster, and the controllers that make things happen on it.
//!
//! Unlike the clouds around it, an API server is consistent: what was written is read at once. What is late
//! is what controllers do about it.

mod apply;
mod call;
pub(super) mod clouds;
mod cluster;
mod controllers;
mod fields;
mod kubeconfig;
mod openapi;
mod patch;
mod schema;
mod server;
mod validation;

pub(super) use call::{Call, served_at};
pub(super) use cluster::{Change, Cluster, ClusterId, Place};
pub(super) use kubeconfig::{KUBECONFIG, TOKEN, certificate, kubeconfig};
pub(super) use server::{Watch, refusal};
