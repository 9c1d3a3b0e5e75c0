//! `azure.aks_node_pool`: a pool of nodes of a cluster that is not among the cluster's own.
//!
//! Pure: the calls are in `calls`, and what pools have in common in `aks::pool`.

mod calls;

use std::time::Duration;

use super::aks::{self, pool, text};
use super::{aks_entrance, fields, ownership};
use crate::provider::{Field, Finding, Operation, Output, ResourceType, Schema};
use crate::value::{Attributes, Kind, Path};

const MINUTE: Duration = Duration::from_secs(60);

pub(super) struct AksNodePool {
    schema: Schema,
}

impl AksNodePool {
    pub(super) fn new() -> Self {
        let mut spec = vec![
            fields::resource_group(),
            Field::new("cluster", aks::cluster_name(), "The name of its cluster").required().replaces(),
        ];
        spec.extend(pool::fields("User"));
        spec.push(ownership::field());
        let outputs =
            vec![Output::new("id", Kind::String, "The id in Azure's Resource Manager"), fields::state_output()];
        Self { schema: Schema { spec, outputs } }
    }
}

impl ResourceType for AksNodePool {
    fn name(&self) -> &'static str {
        "azure.aks_node_pool"
    }

    fn doc(&self) -> &'static str {
        "A pool of nodes of an AKS cluster, beside the pools that the cluster itself has."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let mut findings = ownership::check(spec);
        findings.extend(pool::check(spec, &Path::default()));
        findings
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        fields::identity(spec, self.identity_fields())
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["resource_group", "cluster", "name"]
    }

    fn whereabouts(&self, spec: &Attributes) -> Attributes {
        fields::whereabouts(spec, self.identity_fields())
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["subscription"]
    }

    fn planned_outputs(&self, _desired: &Attributes, recorded: Option<&Attributes>) -> Attributes {
        fields::planned(&self.schema, recorded)
    }

    fn visible_after(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn shown_after_deletion(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn completes<'a>(&self, spec: &'a Attributes) -> Option<(&'static str, &'a str)> {
        Some((aks_entrance::KIND, text(spec, "cluster")?))
    }

    /// AKS does one thing at a time with a cluster and its pools.
    fn exclusive(&self, desired: &Attributes) -> Option<String> {
        fields::identity(desired, &["resource_group", "cluster"]).map(|cluster| format!("aks/{cluster}"))
    }

    fn expected(&self, operation: Operation) -> Duration {
        MINUTE * if operation == Operation::Delete { 5 } else { 3 }
    }

    /// An upgrade drains every node, one after the other; and it waits until its cluster has time for it.
    fn timeout(&self, operation: Operation) -> Duration {
        MINUTE * if operation == Operation::Update { 180 } else { 90 }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::provider::{difference, normalise};
    use crate::value::Value;
    use serde_json::json;

    /// Each spec of a table, with the body that makes it.
    pub(in super::super) fn bodies() -> Vec<(serde_json::Value, serde_json::Value)> {
        let table = [
            json!({"count": 0}),
            json!({"mode": "System", "min_count": 1, "max_count": 5, "zones": ["1", "2"], "labels": {"a": "b"}}),
            json!({
                "count": 1, "spot": true, "taints": ["spare=true:NoSchedule"], "os_sku": "AzureLinux", "version": "1.33",
                "os_disk_size_gb": 64, "os_disk_type": "Ephemeral", "max_pods": 50, "max_surge": "33%",
                "subnet_id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s",
            }),
        ];
        let body = |with: serde_json::Value| {
            let body = calls::new(&spec(&with), json!({"tidegate:stack": "s"}));
            (with, body)
        };
        table.into_iter().map(body).collect()
    }

    fn spec(with: &serde_json::Value) -> Attributes {
        let pool = AksNodePool::new();
        let mut spec = json!({
            "resource_group": "Main", "cluster": "demo", "name": "work", "vm_size": "Standard_D4s_v5",
        });
        spec.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, findings) = normalise(&pool.schema.spec, &spec, &Path::default());
        assert_eq!((findings, pool.check(&normal)), (Vec::new(), Vec::new()));
        normal
    }

    #[test]
    fn a_body_is_all_of_properties() {
        let all = bodies();
        let (_, body) = &all[1];
        assert_eq!(body["properties"]["tags"], json!({"tidegate:stack": "s"}));
        assert_eq!((&body["properties"]["count"], &body["properties"]["minCount"]), (&json!(1), &json!(1)));
        assert_eq!((body.get("name"), body["properties"].get("name")), (None, None));
        assert_eq!(all[2].1["properties"]["scaleSetPriority"], "Spot");
        assert_eq!(all[0].1["properties"].get("minCount"), None);
    }

    #[test]
    fn nodes_stay_as_they_were_made() {
        let pool = AksNodePool::new();
        let before = spec(&json!({"count": 1}));
        assert_eq!(pool.identity(&before).as_deref(), Some("main/demo/work"));
        assert_eq!(pool.completes(&before), Some(("aks", "demo")));
        let cases = [
            (json!({"count": 2}), ""),
            (json!({"labels": {"a": "b"}, "taints": ["a=b:NoSchedule"], "version": "1.33"}), ""),
            (json!({"mode": "System"}), ""),
            (json!({"vm_size": "Standard_D8s_v5"}), "vm_size"),
            (json!({"spot": true}), "spot"),
            (json!({"zones": ["1"]}), "zones"),
        ];
        for (with, expected) in cases {
            let mut after = json!({"count": 1});
            after.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
            let difference = difference(&pool, &before, &spec(&after));
            assert!(!difference.changes.is_empty(), "{with}");
            let because: Vec<_> = difference.replace_because.iter().map(ToString::to_string).collect();
            assert_eq!(because.join(" "), expected, "{with}");
        }
    }
}
