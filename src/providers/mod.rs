//! The families of resource types, each behind the contract in [`crate::provider`].
//!
//! None knows of stacks, plans, states or another family.

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "kubernetes")]
pub mod keda;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;
pub mod tidegate;

#[cfg(any(feature = "aws", feature = "kubernetes"))]
use std::sync::Arc;

#[cfg(feature = "kubernetes")]
use crate::provider::Entrance;
use crate::provider::Registry;

/// Every family of this build.
pub fn registry() -> Registry {
    #[cfg(feature = "aws")]
    let aws = aws::AwsFamily::new();
    Registry::new([
        tidegate::family(),
        #[cfg(all(feature = "aws", feature = "kubernetes"))]
        Arc::new(kubernetes_family([aws.entrance()])),
        #[cfg(all(not(feature = "aws"), feature = "kubernetes"))]
        Arc::new(kubernetes_family([])),
        #[cfg(feature = "aws")]
        Arc::new(aws),
    ])
}

/// The family of everything that is an object of a cluster, with these ways into clusters beside kubeconfigs.
#[cfg(feature = "kubernetes")]
pub fn kubernetes_family(entrances: impl IntoIterator<Item = Arc<dyn Entrance>>) -> kubernetes::KubernetesFamily {
    kubernetes::KubernetesFamily::new(entrances).with(keda::types(), keda::look)
}
