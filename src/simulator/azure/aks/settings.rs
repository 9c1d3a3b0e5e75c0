//! What a cluster's properties become: what is given, over what was there or what the cloud fills in.

use serde_json::{Map, Value as Json, json};

use super::version;

/// What a cluster is made with where nothing is said.
pub(super) fn defaults(given: &Map<String, Json>, [group, name, location]: [&str; 3]) -> Json {
    let network = given.get("networkProfile").unwrap_or(&Json::Null);
    let plugin = network["networkPlugin"].as_str().unwrap_or("kubenet");
    let node_group: String = format!("MC_{group}_{name}_{location}").chars().take(80).collect();
    json!({
        "kubernetesVersion": version::Version::default_one(),
        "nodeResourceGroup": node_group,
        "enableRBAC": true,
        "supportPlan": "KubernetesOfficial",
        "maxAgentPools": 100,
        "disableLocalAccounts": false,
        "oidcIssuerProfile": {"enabled": false},
        "securityProfile": {},
        "workloadAutoScalerProfile": {},
        "servicePrincipalProfile": {"clientId": "msi"},
        "autoUpgradeProfile": {"nodeOSUpgradeChannel": "NodeImage"},
        "metricsProfile": {"costAnalysis": {"enabled": false}},
        "bootstrapProfile": {"artifactSource": "Direct"},
        "storageProfile": {
            "diskCSIDriver": {"enabled": true},
            "fileCSIDriver": {"enabled": true},
            "snapshotController": {"enabled": true},
        },
        "networkProfile": networks(plugin, network),
    })
}

fn networks(plugin: &str, given: &Json) -> Json {
    let is_overlay = given["networkPluginMode"] == "overlay";
    let mut network = json!({
        "networkPlugin": plugin,
        "networkPolicy": "none",
        "loadBalancerSku": "standard",
        "loadBalancerProfile": {
            "managedOutboundIPs": {"count": 1},
            "backendPoolType": "nodeIPConfiguration",
        },
        "serviceCidr": "10.0.0.0/16",
        "dnsServiceIP": "10.0.0.10",
        "outboundType": "loadBalancer",
        "ipFamilies": ["IPv4"],
    });
    if plugin == "azure" {
        network["networkDataplane"] = json!("azure");
    }
    if plugin == "kubenet" || is_overlay {
        network["podCidr"] = json!("10.244.0.0/16");
    }
    if given["outboundType"].as_str().is_some_and(|of| of != "loadBalancer") {
        network.as_object_mut().into_iter().for_each(|network| {
            network.remove("loadBalancerProfile");
        });
    }
    network
}

/// The lists that say the same as a single range.
pub(super) fn complete_network(properties: &mut Json) {
    let network = &mut properties["networkProfile"];
    for (one, many) in [("podCidr", "podCidrs"), ("serviceCidr", "serviceCidrs")] {
        if network[many].is_null() && network[one].is_string() {
            network[many] = json!([network[one]]);
        }
    }
}

/// Lays what is given over what is there. What is not given, or is null, stays as it is.
pub(super) fn lay_over(base: &mut Json, given: &Json) {
    match (base, given) {
        (Json::Object(base), Json::Object(given)) => {
            for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
                let empty = if value.is_object() { json!({}) } else { Json::Null };
                lay_over(base.entry(name.clone()).or_insert(empty), value);
            }
        }
        (base, given) => *base = given.clone(),
    }
}

/// The first of these members that is given and is not what it was.
pub(super) fn first_changed<'p>(before: &Json, given: &Json, fixed: &[&'p str]) -> Option<&'p str> {
    let changes = |path: &&&str| {
        let given = given.pointer(path).filter(|value| !value.is_null());
        given.is_some_and(|given| before.pointer(path).unwrap_or(&Json::Null) != given)
    };
    fixed.iter().find(changes).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_stays() {
        let mut base = json!({"a": {"b": 1, "c": [1, 2]}, "d": "x"});
        lay_over(&mut base, &json!({"a": {"c": [3], "e": true}, "d": null, "f": {"g": null}}));
        assert_eq!(base, json!({"a": {"b": 1, "c": [3], "e": true}, "d": "x", "f": {}}));
    }

    #[test]
    fn what_is_fixed_is_found_when_it_changes() {
        let before = json!({"a": {"b": 1}});
        let fixed = ["/a/b", "/c"];
        let cases = [
            (json!({}), None),
            (json!({"a": {"b": 1}}), None),
            (json!({"a": {"b": null}}), None),
            (json!({"a": {"b": 2}}), Some("/a/b")),
            (json!({"c": 1}), Some("/c")),
        ];
        for (given, expected) in cases {
            assert_eq!(first_changed(&before, &given, &fixed), expected, "{given}");
        }
    }
}
