//! Pools of nodes, as parts of a cluster's spec or as objects of their own: fields, checks, bodies, and how answers are read.

use std::collections::BTreeMap;

use azure_mgmt_containerservice::package_preview_2023_01::models::{
    AgentPoolUpgradeSettings, ManagedClusterAgentPoolProfileProperties,
};
use serde_json::{Value as Json, json};

use super::{flag, found, found_set, number, text, texts, version, word};
use crate::provider::{Field, FieldType, Finding, Text};
use crate::value::{Attributes, Path, Value};

/// The most nodes of a pool, and of a cluster: <https://learn.microsoft.com/azure/aks/quotas-skus-regions>
const MOST_NODES: i64 = 1_000;
/// Labels, and keys of taints, that AKS sets by itself.
const RESERVED: &str = "kubernetes.azure.com/";

/// The fields of a pool but for its tags. Those that say they need a new object do so for a pool of its own.
pub(in super::super) fn fields(mode: &'static str) -> Vec<Field> {
    let name = FieldType::pattern(
        "[a-z][a-z0-9]{0,11}",
        "a pool's name has 1 to 12 small letters and digits, and starts with a letter",
    );
    let nodes = || FieldType::Integer { min: 0, max: MOST_NODES };
    let mut fields = vec![
        Field::new("name", name, "Its name, unique in the cluster").required().replaces(),
        Field::new(
            "mode",
            FieldType::one_of(&["System", "User"]),
            "System pools also run what the cluster itself needs; there is always one",
        )
        .default(mode),
        Field::new(
            "vm_size",
            FieldType::pattern("[A-Za-z0-9_]+", "a size such as Standard_D4s_v5"),
            "What its machines are",
        )
        .required()
        .replaces(),
        Field::new("count", nodes(), "How many nodes it has; instead of `min_count` and `max_count`"),
        Field::new("min_count", nodes(), "The fewest nodes that the autoscaler leaves it"),
        Field::new(
            "max_count",
            FieldType::Integer { min: 1, max: MOST_NODES },
            "The most nodes that the autoscaler gives it",
        ),
    ];
    fields.extend(machines());
    fields.extend(nodes_of_kubernetes());
    fields
}

fn machines() -> Vec<Field> {
    vec![
        Field::new(
            "zones",
            FieldType::set(FieldType::one_of(&["1", "2", "3"])),
            "The zones that its nodes are spread over",
        )
        .replaces(),
        Field::new(
            "os_sku",
            FieldType::one_of(&["AzureLinux", "Ubuntu", "Windows2019", "Windows2022"]),
            "What its machines run",
        )
        .replaces(),
        Field::new("os_disk_size_gb", FieldType::Integer { min: 1, max: 2_048 }, "The disk of each machine, in GB")
            .replaces(),
        Field::new("os_disk_type", FieldType::one_of(&["Ephemeral", "Managed"]), "What that disk is").replaces(),
        Field::new("max_pods", FieldType::Integer { min: 10, max: 250 }, "The most pods on a node").replaces(),
        Field::new(
            "subnet_id",
            super::resource_id("the id of a subnet, such as /subscriptions/…/virtualNetworks/main/subnets/nodes"),
            "The subnet of its nodes",
        )
        .replaces(),
    ]
}

fn nodes_of_kubernetes() -> Vec<Field> {
    let label = FieldType::String(Text { max: Some(63), ..Text::default() });
    let taint = FieldType::pattern(
        "[^=:,]+(=[^=:,]*)?:(NoSchedule|PreferNoSchedule|NoExecute)",
        "a taint is written `key=value:NoSchedule`, with NoSchedule, PreferNoSchedule or NoExecute",
    );
    vec![
        Field::new("labels", FieldType::map(label), "Kubernetes labels of its nodes")
            .default(Value::Map(BTreeMap::new())),
        Field::new("taints", FieldType::set(taint), "Kubernetes taints of its nodes, such as `gpu=true:NoSchedule`")
            .default(Value::List(Vec::new())),
        Field::new(
            "spot",
            FieldType::Bool,
            "Whether its machines are spare ones, which Azure may take away at any time",
        )
        .default(false)
        .replaces(),
        Field::new(
            "version",
            super::kubernetes_version(),
            "The Kubernetes version of its nodes, in quotes; at most its cluster's",
        ),
        Field::new(
            "max_surge",
            FieldType::pattern("[1-9][0-9]*%?", "a number of nodes or a percentage, in quotes, such as \"33%\""),
            "How many more nodes it may have while it is upgraded",
        ),
    ]
}

/// What one field alone cannot show of a pool at `at`.
pub(in super::super) fn check(pool: &Attributes, at: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |part: &str, message: String| findings.push(Finding::new("azure/pool", at.key(part), message));
    let has = |part: &str| pool.contains_key(part);
    match (has("count"), has("min_count"), has("max_count")) {
        (true, false, false) | (false, true, true) => {}
        (true, ..) => add(
            "count",
            "an autoscaled pool has as many nodes as the autoscaler gives it: leave `count` out".to_owned(),
        ),
        (false, true, false) => add("min_count", "`min_count` comes with `max_count`".to_owned()),
        (false, false, true) => add("max_count", "`max_count` comes with `min_count`".to_owned()),
        (false, false, false) => {
            add(
                "name",
                "say with `count` how many nodes it has, or with `min_count` and `max_count` how many it may have"
                    .to_owned(),
            );
        }
    }
    if let (Some(min), Some(max)) = (number(pool, "min_count"), number(pool, "max_count"))
        && min > max
    {
        add("min_count", format!("{min} is more than `max_count`, which is {max}"));
    }
    if text(pool, "mode") == Some("System") {
        for part in ["count", "min_count"] {
            if number(pool, part) == Some(0) {
                add(part, "a system pool has a node at least".to_owned());
            }
        }
        if flag(pool, "spot") == Some(true) {
            add("spot", "a system pool has no spare machines".to_owned());
        }
        if is_windows(pool) {
            add("os_sku", "a system pool runs Linux".to_owned());
        }
    }
    if is_windows(pool) && text(pool, "name").is_some_and(|name| name.len() > 6) {
        add("name", "the name of a pool with Windows has at most 6 letters and digits".to_owned());
    }
    for key in pool.get("labels").and_then(Value::as_map).into_iter().flatten().map(|(key, _)| key) {
        if key.starts_with(RESERVED) {
            let mut finding = Finding::new(
                "azure/pool",
                at.key("labels").key(key),
                format!("labels that start with `{RESERVED}` are AKS's"),
            );
            finding.on_key = true;
            findings.push(finding);
        }
    }
    findings
}

fn is_windows(pool: &Attributes) -> bool {
    text(pool, "os_sku").is_some_and(|sku| sku.starts_with("Windows"))
}

/// What is asked for of a pool, without its name and tags; null is what must not be there. `present` is the pool as
/// it is.
pub(in super::super) fn properties(pool: &Attributes, present: Option<&Json>) -> Json {
    let (min, max) = (number(pool, "min_count"), number(pool, "max_count"));
    let autoscaled = min.is_some() || max.is_some();
    let count = if autoscaled { scaled(pool, present) } else { number(pool, "count") };
    let spot = flag(pool, "spot") == Some(true);
    let model = ManagedClusterAgentPoolProfileProperties {
        count,
        min_count: min,
        max_count: max,
        enable_auto_scaling: Some(autoscaled),
        vm_size: text(pool, "vm_size").map(str::to_owned),
        mode: word(text(pool, "mode")),
        os_type: word(Some(if is_windows(pool) { "Windows" } else { "Linux" })),
        os_sku: word(text(pool, "os_sku")),
        os_disk_size_gb: number(pool, "os_disk_size_gb"),
        os_disk_type: word(text(pool, "os_disk_type")),
        type_: word(Some("VirtualMachineScaleSets")),
        max_pods: number(pool, "max_pods"),
        availability_zones: texts(pool, "zones"),
        vnet_subnet_id: text(pool, "subnet_id").map(str::to_owned),
        scale_set_priority: spot.then(|| word(Some("Spot"))).flatten(),
        orchestrator_version: text(pool, "version").map(str::to_owned),
        upgrade_settings: text(pool, "max_surge")
            .map(|surge| AgentPoolUpgradeSettings { max_surge: Some(surge.to_owned()) }),
        ..ManagedClusterAgentPoolProfileProperties::default()
    };
    let mut body = super::json(&model);
    if !autoscaled {
        body["minCount"] = Json::Null;
        body["maxCount"] = Json::Null;
    }
    body["nodeLabels"] = labels(pool, present);
    body["nodeTaints"] = taints(pool, present);
    body
}

/// As many nodes as the autoscaler has given it, within what it may.
fn scaled(pool: &Attributes, present: Option<&Json>) -> Option<i32> {
    let system = text(pool, "mode") == Some("System");
    let least = number(pool, "min_count")?.max(i32::from(system));
    let most = number(pool, "max_count")?.max(least);
    let now =
        present.and_then(|pool| pool.get("count")).and_then(Json::as_i64).and_then(|count| i32::try_from(count).ok());
    Some(now.unwrap_or(least).clamp(least, most))
}

/// The user's, and what AKS keeps there.
fn labels(pool: &Attributes, present: Option<&Json>) -> Json {
    let kept = present.and_then(|pool| pool.get("nodeLabels")).and_then(Json::as_object).into_iter().flatten();
    let kept = kept.filter(|(key, _)| key.starts_with(RESERVED));
    let mut labels: BTreeMap<String, Json> = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
    let own = pool.get("labels").and_then(Value::as_map).into_iter().flatten();
    labels.extend(own.filter_map(|(key, value)| Some((key.clone(), json!(value.as_str()?)))));
    json!(labels)
}

fn taints(pool: &Attributes, present: Option<&Json>) -> Json {
    let kept = present.and_then(|pool| pool.get("nodeTaints")).and_then(Json::as_array).into_iter().flatten();
    let kept = kept.filter_map(Json::as_str).filter(|taint| taint.starts_with(RESERVED));
    let mut taints: Vec<String> = kept.map(str::to_owned).collect();
    for taint in texts(pool, "taints") {
        if !taints.contains(&taint) {
            taints.push(taint);
        }
    }
    json!(taints)
}

/// A pool as its spec would write it, by what is written of it; tags are left to the caller.
pub(in super::super) fn read(pool: &Json, written: Option<&Attributes>) -> Attributes {
    let of = |pointer: &str| found(pool, pointer);
    let autoscaled = pool.get("enableAutoScaling").and_then(Json::as_bool) == Some(true);
    let spot =
        super::json_text(pool, "/scaleSetPriority").is_some_and(|priority| priority.eq_ignore_ascii_case("spot"));
    let own_version = super::json_text(pool, "/orchestratorVersion")
        .map(|found| version(found, written.and_then(|written| written.get("version"))));
    let entries = [
        ("name", of("/name")),
        ("mode", of("/mode")),
        ("vm_size", of("/vmSize")),
        ("count", if autoscaled { Value::Null } else { of("/count") }),
        ("min_count", if autoscaled { of("/minCount") } else { Value::Null }),
        ("max_count", if autoscaled { of("/maxCount") } else { Value::Null }),
        ("zones", found_set(pool, "/availabilityZones")),
        ("os_sku", of("/osSKU")),
        ("os_disk_size_gb", of("/osDiskSizeGB")),
        ("os_disk_type", of("/osDiskType")),
        ("max_pods", of("/maxPods")),
        ("subnet_id", of("/vnetSubnetID")),
        ("labels", own_labels(pool)),
        ("taints", own_taints(pool, written)),
        ("spot", Value::Bool(spot)),
        ("version", own_version.unwrap_or_default()),
        ("max_surge", of("/upgradeSettings/maxSurge")),
    ];
    let entries = entries.into_iter().filter(|(_, value)| !value.is_null());
    entries.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn own_labels(pool: &Json) -> Value {
    let labels = pool.get("nodeLabels").and_then(Json::as_object).into_iter().flatten();
    let own = labels.filter(|(key, _)| !key.starts_with(RESERVED));
    Value::Map(own.map(|(key, value)| (key.clone(), Value::from(value.clone()))).collect())
}

fn own_taints(pool: &Json, written: Option<&Attributes>) -> Value {
    let written = written.map(|written| texts(written, "taints")).unwrap_or_default();
    let Value::List(taints) = found_set(pool, "/nodeTaints") else { return Value::Null };
    let own = |taint: &Value| {
        taint.as_str().is_some_and(|taint| !taint.starts_with(RESERVED) || written.iter().any(|one| one == taint))
    };
    Value::List(taints.into_iter().filter(own).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::normalise;

    /// AKS gives it to every pool of spare machines.
    const SPOT_TAINT: &str = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule";

    fn pool(with: Json) -> (Attributes, Vec<Finding>) {
        let mut spec = json!({"name": "work", "vm_size": "Standard_D4s_v5"});
        spec.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, mut findings) = normalise(&fields("User"), &spec, &Path::default());
        findings.extend(check(&normal, &Path::default()));
        (normal, findings)
    }

    fn fine(with: Json) -> Attributes {
        let (normal, findings) = pool(with);
        assert_eq!(findings, []);
        normal
    }

    #[test]
    fn what_does_not_fit_is_found_where_it_stands() {
        let cases = [
            (json!({}), "name"),
            (json!({"name": "Work", "count": 1}), "name"),
            (json!({"count": 1, "min_count": 1, "max_count": 2}), "count"),
            (json!({"min_count": 1}), "min_count"),
            (json!({"max_count": 1}), "max_count"),
            (json!({"min_count": 3, "max_count": 2}), "min_count"),
            (json!({"count": 0, "mode": "System"}), "count"),
            (json!({"min_count": 0, "max_count": 2, "mode": "System"}), "min_count"),
            (json!({"count": 1, "mode": "System", "spot": true}), "spot"),
            (json!({"count": 1, "mode": "System", "os_sku": "Windows2022"}), "os_sku"),
            (json!({"count": 1, "name": "windows", "os_sku": "Windows2022"}), "name"),
            (json!({"count": 1, "zones": ["4"]}), "zones[0]"),
            (json!({"count": 1, "taints": ["gpu"]}), "taints[0]"),
            (json!({"count": 1, "max_surge": "0"}), "max_surge"),
            (json!({"count": 1, "subnet_id": "main"}), "subnet_id"),
            (json!({"count": 1, "labels": {"kubernetes.azure.com/mode": "x"}}), "labels.kubernetes.azure.com/mode"),
        ];
        for (with, path) in cases {
            let found: Vec<_> = pool(with.clone()).1.iter().map(|one| one.path.to_string()).collect();
            let expected = if path.contains('/') { r#"labels["kubernetes.azure.com/mode"]"# } else { path };
            assert!(found == [path] || found == [expected], "{with}: {found:?}");
        }
    }

    #[test]
    fn what_is_put_is_read_again() {
        let cases = [
            json!({"count": 0}),
            json!({"count": 3, "mode": "System", "labels": {"a": "b"}, "taints": ["x=y:NoExecute", "gpu:NoSchedule"]}),
            json!({"min_count": 0, "max_count": 10, "spot": true, "version": "1.33", "max_surge": "33%"}),
            json!({
                "count": 1, "zones": ["1", "3"], "os_sku": "AzureLinux", "os_disk_size_gb": 64, "os_disk_type": "Ephemeral",
                "max_pods": 60, "subnet_id": "/subscriptions/s/resourceGroups/g/providers/p/virtualNetworks/v/subnets/s",
            }),
        ];
        for with in cases {
            let spec = fine(with.clone());
            let mut body = properties(&spec, None);
            body["name"] = json!("work");
            let mut seen = read(&body, Some(&spec));
            seen.retain(|name, _| spec.contains_key(name));
            assert_eq!(seen, spec, "{with}");
        }
    }

    #[test]
    fn the_autoscalers_number_and_what_aks_keeps_stay() {
        let spec = fine(json!({"min_count": 2, "max_count": 5, "taints": ["a=b:NoSchedule"], "spot": true}));
        let count = |present: Json| properties(&spec, Some(&present))["count"].clone();
        assert_eq!(count(json!({"count": 4})), 4);
        assert_eq!(count(json!({"count": 9})), 5);
        assert_eq!(count(json!({})), 2);
        let present = json!({"nodeTaints": [SPOT_TAINT, "old=1:NoSchedule"], "nodeLabels": {"kubernetes.azure.com/x": "y", "z": ""}});
        let body = properties(&spec, Some(&present));
        assert_eq!(body["nodeTaints"], json!([SPOT_TAINT, "a=b:NoSchedule"]));
        assert_eq!(body["nodeLabels"], json!({"kubernetes.azure.com/x": "y"}));
        assert_eq!((body.get("orchestratorVersion"), &body["enableAutoScaling"]), (None, &json!(true)));
        let shown = read(&json!({"name": "a", "nodeTaints": [SPOT_TAINT, "a=b:NoSchedule"]}), None);
        assert_eq!(shown["taints"], Value::from(json!(["a=b:NoSchedule"])));
        // From the autoscaler's hands into the stack's.
        let body = properties(&fine(json!({"count": 2})), Some(&json!({"count": 4, "minCount": 1})));
        assert_eq!((&body["count"], &body["minCount"], &body["maxCount"]), (&json!(2), &Json::Null, &Json::Null));
    }
}
