//! The AWS family: queues, policies, roles, OIDC trust and EKS, over the AWS SDK.
//!
//! One file a resource type, with its pure half; its calls stand beside it in a
//! folder of the type's name. Knows the provider contract, and nothing of plans or states.

mod client;
mod eks;
mod eks_access_entry;
mod eks_addon;
mod eks_cluster;
mod eks_entrance;
mod eks_node_group;
mod eks_pod_identity_association;
mod eks_token;
mod failure;
mod iam;
mod iam_oidc_provider;
mod iam_policy;
mod iam_role;
mod ownership;
mod pace;
mod policy_document;
mod policy_grammar;
mod sqs_queue;

use std::sync::Arc;

pub use client::AwsFamily;
pub use eks_token::{SigningKeys, eks_token};

use crate::provider::Family;
use crate::providers::cloud::Wire;
use client::Client;

/// The family with the credentials of its surroundings.
pub fn family() -> Arc<dyn Family> {
    Arc::new(AwsFamily::new())
}

/// Every type of the family.
fn wires() -> Vec<Arc<dyn Wire<Client>>> {
    vec![
        Arc::new(sqs_queue::SqsQueue::new()),
        Arc::new(iam_policy::IamPolicy::new()),
        Arc::new(iam_role::IamRole::new()),
        Arc::new(iam_oidc_provider::IamOidcProvider::new()),
        Arc::new(eks_cluster::EksCluster::new()),
        Arc::new(eks_node_group::EksNodeGroup::new()),
        Arc::new(eks_addon::EksAddon::new()),
        Arc::new(eks_access_entry::EksAccessEntry::new()),
        Arc::new(eks_pod_identity_association::EksPodIdentityAssociation::new()),
    ]
}
