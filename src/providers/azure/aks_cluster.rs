//! `azure.aks_cluster`: a cluster of AKS, with its control plane, its network and the pools that belong to it.
//!
//! Pure: the calls are in `calls`, what is put in `body`, what a cluster looks like in `view`.

mod body;
mod calls;
mod checks;
mod schema;
mod view;

use std::time::Duration;

pub(super) use view::server;

use super::aks::{flag, part, text};
use super::fields;
use crate::provider::{Finding, Operation, ResourceType, Schema};
use crate::value::{Attributes, Path, Value};

const MINUTE: Duration = Duration::from_secs(60);

/// Fields of which a read shows only what the stack has a say in.
const SHARED: [&str; 7] = ["access", "api_server", "auto_upgrade", "entra", "network", "node_resource_group", "pools"];

/// What of the network stays as it was made.
const FIXED_NETWORK: [&str; 5] = ["dns_service_ip", "load_balancer_sku", "plugin", "pod_cidr", "service_cidr"];

pub(super) struct AksCluster {
    schema: Schema,
}

impl AksCluster {
    pub(super) fn new() -> Self {
        Self { schema: schema::schema() }
    }
}

impl ResourceType for AksCluster {
    fn name(&self) -> &'static str {
        "azure.aks_cluster"
    }

    fn doc(&self) -> &'static str {
        "An AKS cluster: a Kubernetes control plane that Azure runs, with its first pools of nodes."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        checks::check(spec)
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        fields::identity(spec, self.identity_fields())
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["resource_group", "name"]
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["subscription"]
    }

    /// Which pools and which parts of its settings are the cluster's own follows from the spec.
    fn whereabouts(&self, spec: &Attributes) -> Attributes {
        let known = |value: &Value| !value.has_unknown() && !value.has_secret();
        let own = spec.iter().filter(|(name, value)| SHARED.contains(&name.as_str()) && known(value));
        let mut found = fields::whereabouts(spec, self.identity_fields());
        found.extend(own.map(|(name, value)| (name.clone(), value.clone())));
        found
    }

    fn also_replaces(&self, before: &Attributes, desired: &Attributes) -> Vec<Path> {
        let mut because = Vec::new();
        let mut compare = |field: &'static str, name: &str| {
            let of = |spec| part(spec, field).and_then(|parts| parts.get(name)).filter(|value| !value.is_null());
            if let (Some(old), Some(new)) = (of(before), of(desired))
                && old != new
            {
                because.push(Path::field(field).key(name));
            }
        };
        for name in FIXED_NETWORK {
            compare("network", name);
        }
        compare("api_server", "private");
        // An issuer that tokens are trusted from cannot be taken away.
        if flag(before, "oidc") == Some(true) && flag(desired, "oidc") == Some(false) {
            because.push(Path::field("oidc"));
        }
        because
    }

    fn planned_outputs(&self, desired: &Attributes, recorded: Option<&Attributes>) -> Attributes {
        let mut outputs = fields::planned(&self.schema, recorded);
        let connection = outputs.get("connection").cloned().unwrap_or_default();
        outputs.insert("connection".to_owned(), view::connection_to_come(desired, connection));
        outputs
    }

    fn visible_after(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn shown_after_deletion(&self) -> Duration {
        Duration::from_secs(10)
    }

    /// AKS does one thing at a time with a cluster and its pools.
    fn exclusive(&self, desired: &Attributes) -> Option<String> {
        fields::identity(desired, &["resource_group", "name"]).map(|cluster| format!("aks/{cluster}"))
    }

    fn expected(&self, operation: Operation) -> Duration {
        MINUTE * if operation == Operation::Delete { 6 } else { 5 }
    }

    /// An upgrade drains every node, one after the other.
    fn timeout(&self, operation: Operation) -> Duration {
        MINUTE * if operation == Operation::Update { 180 } else { 60 }
    }
}

/// Which credential its connection is opened with.
fn access(spec: &Attributes) -> &str {
    match text(spec, "access") {
        Some(access) => access,
        // A user of Entra has to sign in, and a token does that.
        None if spec.contains_key("entra") => "entra",
        None => "user",
    }
}

#[cfg(test)]
pub(super) mod tests;
