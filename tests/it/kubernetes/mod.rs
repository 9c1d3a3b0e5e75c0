//! Clusters and what is in them.

#[cfg(feature = "simulator")]
mod clients;
mod eks_token;
mod keda;
#[cfg(feature = "simulator")]
mod objects;
#[cfg(feature = "simulator")]
mod simulated_entrance;
