//! Azure's types over the wire, against a simulated Resource Manager, which is judged by what Microsoft itself publishes:
//! the types of its resources, and the libraries that call it.

mod adoption;
mod aks;
mod bodies;
mod identities;
mod queues_and_hubs;
mod sdk;
mod servicebus;
mod types;
