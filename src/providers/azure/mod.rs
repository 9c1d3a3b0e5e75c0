//! The Azure family: whatever Azure's Resource Manager has, over one client of it.
//!
//! One file a resource type. Tokens are of `azure_identity` and requests go through `azure_core`. Knows the provider
//! contract, and nothing of plans or states.

mod aks;
mod aks_cluster;
mod aks_entrance;
mod aks_node_pool;
mod arm;
mod client;
mod credential;
mod duration;
mod eventhub;
mod eventhub_namespace;
mod federated_credential;
mod fields;
mod managed_identity;
mod ownership;
mod pace;
mod resource_group;
mod role_assignment;
mod servicebus;
mod servicebus_namespace;
mod servicebus_queue;
mod servicebus_subscription;
mod servicebus_topic;
mod storage_account;
mod storage_queue;
mod together;
mod tokens;
mod written_marks;

use std::sync::Arc;

use client::Azure;
pub use client::{AzureFamily, AzureNetwork};
pub use credential::AzureEnvironment;

use crate::providers::cloud::Wire;

/// Every type of the family.
fn wires() -> Vec<Arc<dyn Wire<Azure>>> {
    vec![
        Arc::new(resource_group::ResourceGroup::new()),
        Arc::new(aks_cluster::AksCluster::new()),
        Arc::new(aks_node_pool::AksNodePool::new()),
        Arc::new(servicebus_namespace::ServiceBusNamespace::new()),
        Arc::new(servicebus_queue::ServiceBusQueue::new()),
        Arc::new(servicebus_topic::ServiceBusTopic::new()),
        Arc::new(servicebus_subscription::ServiceBusSubscription::new()),
        Arc::new(managed_identity::ManagedIdentity::new()),
        Arc::new(federated_credential::FederatedCredential::new()),
        Arc::new(role_assignment::RoleAssignment::new()),
        Arc::new(eventhub_namespace::EventHubNamespace::new()),
        Arc::new(eventhub::EventHub::new()),
        Arc::new(storage_account::StorageAccount::new()),
        Arc::new(storage_queue::StorageQueue::new()),
    ]
}

/// What is put over tables of specs that between them have every field: the type and version it is of, its spec, its body.
#[cfg(test)]
pub(crate) fn put_bodies() -> Vec<(String, serde_json::Value, serde_json::Value)> {
    let of = |kind: &str, all: Vec<(serde_json::Value, serde_json::Value)>| -> Vec<_> {
        let kind = format!("Microsoft.ContainerService/{kind}@{}", aks::VERSION);
        all.into_iter().map(|(spec, body)| (kind.clone(), spec, body)).collect()
    };
    let mut all = of("managedClusters", aks_cluster::tests::bodies());
    all.extend(of("managedClusters/agentPools", aks_node_pool::tests::bodies()));
    all
}
