//! What is put of a cluster. Built of the published models; what is newer than they are is put into it.

use azure_mgmt_containerservice::package_preview_2023_01::models::{
    ContainerServiceNetworkProfile, ManagedCluster, ManagedClusterAadProfile, ManagedClusterAgentPoolProfile,
    ManagedClusterAgentPoolProfileProperties, ManagedClusterApiServerAccessProfile, ManagedClusterAutoUpgradeProfile,
    ManagedClusterIdentity, ManagedClusterOidcIssuerProfile, ManagedClusterProperties, ManagedClusterSecurityProfile,
    ManagedClusterSecurityProfileWorkloadIdentity, ManagedClusterSku, ManagedClusterWorkloadAutoScalerProfile,
    ManagedClusterWorkloadAutoScalerProfileKeda, Resource, TrackedResource,
};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::super::aks::{self, flag, merge, part, parts, pool, text, texts, word};
use crate::value::{Attributes, Value};

/// The longest prefix of a name of an API server.
const LONGEST_PREFIX: usize = 54;

/// What the models do not have, or have in another form.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Newer<'a> {
    support_plan: Option<&'a str>,
    network_profile: Option<NewerNetwork<'a>>,
    workload_auto_scaler_profile: Option<NewerAutoScaler>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewerNetwork<'a> {
    network_dataplane: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewerAutoScaler {
    vertical_pod_autoscaler: Enabled,
}

#[derive(Serialize)]
struct Enabled {
    enabled: bool,
}

/// The body of a cluster that is not there yet.
pub(super) fn new(desired: &Attributes, tags: Json) -> Json {
    let mut body = ours(desired, None, tags);
    let prefix = text(desired, "name").map(prefix);
    if let (None, Some(prefix)) = (text(desired, "dns_prefix"), prefix) {
        body["properties"]["dnsPrefix"] = json!(prefix);
    }
    body["properties"]["enableRBAC"] = json!(true);
    if body.get("sku").is_none() {
        body["sku"] = json!({"name": "Base", "tier": "Free"});
    }
    merge::without_nulls(body)
}

/// The body that brings what is there to what is desired. The pools of others stay in it.
pub(super) fn changed(desired: &Attributes, present: &Json, tags: Json) -> Json {
    let mut body = merge::writable_cluster(present.clone());
    merge::onto(&mut body, ours(desired, Some(present), tags));
    body
}

/// The pools that are desired, each with its name.
fn pools(desired: &Attributes, present: Option<&Json>) -> Vec<Json> {
    let there = |name: Option<&str>| -> Option<&Json> {
        let pools = present?.pointer("/properties/agentPoolProfiles")?.as_array()?;
        pools.iter().find(|pool| pool.get("name").and_then(Json::as_str) == name)
    };
    let put = parts(desired, "pools").into_iter().map(|pool| {
        let name = text(pool, "name");
        let mut body = aks::json(&ManagedClusterAgentPoolProfile {
            managed_cluster_agent_pool_profile_properties: ManagedClusterAgentPoolProfileProperties::default(),
            name: name.unwrap_or_default().to_owned(),
        });
        if let (Json::Object(body), Json::Object(properties)) = (&mut body, pool::properties(pool, there(name))) {
            body.extend(properties);
            body.extend(part(pool, "tags").map(|tags| ("tags".to_owned(), json!(tags))));
        }
        body
    });
    put.collect()
}

fn ours(desired: &Attributes, present: Option<&Json>, tags: Json) -> Json {
    let model = ManagedCluster {
        tracked_resource: TrackedResource {
            resource: Resource::default(),
            tags: Some(tags),
            location: text(desired, "location").unwrap_or_default().to_owned(),
        },
        sku: word(text(desired, "tier")).map(|tier| ManagedClusterSku { name: word(Some("Base")), tier: Some(tier) }),
        extended_location: None,
        identity: Some(identity(&texts(desired, "identities"))),
        properties: Some(properties(desired)),
    };
    let mut body = aks::json(&model);
    let newer = Newer {
        support_plan: text(desired, "support_plan"),
        network_profile: part(desired, "network")
            .map(|network| NewerNetwork { network_dataplane: text(network, "dataplane") })
            .filter(|network| network.network_dataplane.is_some()),
        workload_auto_scaler_profile: flag(desired, "vertical_pod_autoscaler")
            .map(|enabled| NewerAutoScaler { vertical_pod_autoscaler: Enabled { enabled } }),
    };
    merge::onto(&mut body, json!({"properties": merge::without_nulls(aks::json(&newer))}));
    // The models leave out lists that are empty, and these are emptied so.
    let mut lists = Map::new();
    if let Some(ranges) = part(desired, "api_server").filter(|server| server.contains_key("authorized_ip_ranges")) {
        lists.insert(
            "apiServerAccessProfile".to_owned(),
            json!({"authorizedIPRanges": texts(ranges, "authorized_ip_ranges")}),
        );
    }
    if let Some(entra) = part(desired, "entra").filter(|entra| entra.contains_key("admin_group_ids")) {
        lists.insert("aadProfile".to_owned(), json!({"adminGroupObjectIDs": texts(entra, "admin_group_ids")}));
    }
    merge::onto(&mut body, json!({"properties": lists}));
    body["properties"]["agentPoolProfiles"] = json!(pools(desired, present));
    body
}

fn identity(ids: &[String]) -> ManagedClusterIdentity {
    let assigned: Map<String, Json> = ids.iter().map(|id| (id.clone(), json!({}))).collect();
    ManagedClusterIdentity {
        type_: word(Some(if ids.is_empty() { "SystemAssigned" } else { "UserAssigned" })),
        user_assigned_identities: (!ids.is_empty()).then_some(Json::Object(assigned)),
        ..ManagedClusterIdentity::default()
    }
}

fn properties(desired: &Attributes) -> ManagedClusterProperties {
    let owned = |name: &str| text(desired, name).map(str::to_owned);
    ManagedClusterProperties {
        kubernetes_version: owned("kubernetes_version"),
        dns_prefix: owned("dns_prefix"),
        node_resource_group: owned("node_resource_group"),
        disable_local_accounts: flag(desired, "local_accounts").map(|enabled| !enabled),
        oidc_issuer_profile: flag(desired, "oidc")
            .map(|enabled| ManagedClusterOidcIssuerProfile { enabled: Some(enabled), issuer_url: None }),
        security_profile: flag(desired, "workload_identity").map(|enabled| ManagedClusterSecurityProfile {
            workload_identity: Some(ManagedClusterSecurityProfileWorkloadIdentity { enabled: Some(enabled) }),
            ..ManagedClusterSecurityProfile::default()
        }),
        workload_auto_scaler_profile: flag(desired, "keda_add_on").map(|enabled| {
            ManagedClusterWorkloadAutoScalerProfile {
                keda: Some(ManagedClusterWorkloadAutoScalerProfileKeda { enabled }),
                vertical_pod_autoscaler: None,
            }
        }),
        network_profile: part(desired, "network").map(network),
        api_server_access_profile: part(desired, "api_server").map(|server| ManagedClusterApiServerAccessProfile {
            authorized_ip_ranges: texts(server, "authorized_ip_ranges"),
            enable_private_cluster: flag(server, "private"),
            ..ManagedClusterApiServerAccessProfile::default()
        }),
        aad_profile: part(desired, "entra").map(|entra| ManagedClusterAadProfile {
            managed: flag(entra, "managed"),
            enable_azure_rbac: flag(entra, "azure_rbac"),
            admin_group_object_i_ds: texts(entra, "admin_group_ids"),
            ..ManagedClusterAadProfile::default()
        }),
        auto_upgrade_profile: part(desired, "auto_upgrade").map(|upgrade| ManagedClusterAutoUpgradeProfile {
            upgrade_channel: word(text(upgrade, "channel")),
            node_os_upgrade_channel: word(text(upgrade, "node_os_channel")),
        }),
        ..ManagedClusterProperties::default()
    }
}

fn network(network: &Attributes) -> ContainerServiceNetworkProfile {
    let owned = |name: &str| text(network, name).map(str::to_owned);
    ContainerServiceNetworkProfile {
        network_plugin: word(text(network, "plugin")),
        network_plugin_mode: word(text(network, "plugin_mode")),
        network_policy: word(text(network, "policy")),
        pod_cidr: owned("pod_cidr"),
        service_cidr: owned("service_cidr"),
        dns_service_ip: owned("dns_service_ip"),
        load_balancer_sku: word(text(network, "load_balancer_sku")),
        outbound_type: word(text(network, "outbound_type")),
        ..ContainerServiceNetworkProfile::default()
    }
}

/// A prefix that a name makes: without what names of hosts do not have.
fn prefix(name: &str) -> String {
    let fitting: String =
        name.chars().map(|letter| if letter == '_' { '-' } else { letter }).take(LONGEST_PREFIX).collect();
    fitting.trim_end_matches('-').to_owned()
}

/// Which upgrades a body asks for: the control plane's goes first, and pools follow when it is through.
pub(super) fn control_plane_first(body: &Json, present: &Json) -> Option<Json> {
    let version = |of: &Json| of.pointer("/properties/kubernetesVersion").cloned();
    let pools = |of: &Json| -> Vec<(Json, Json)> {
        let pools = of.pointer("/properties/agentPoolProfiles").and_then(Json::as_array).cloned().unwrap_or_default();
        pools.iter().map(|pool| (pool["name"].clone(), pool["orchestratorVersion"].clone())).collect()
    };
    let (wanted, there) = (pools(body), pools(present));
    let moves = |(name, version): &(Json, Json)| there.iter().any(|(other, now)| other == name && now != version);
    if version(body) == version(present) || !wanted.iter().any(moves) {
        return None;
    }
    let mut first = body.clone();
    for pool in first.pointer_mut("/properties/agentPoolProfiles").and_then(Json::as_array_mut).into_iter().flatten() {
        if let Some((_, now)) = there.iter().find(|(name, _)| *name == pool["name"]) {
            pool["orchestratorVersion"] = now.clone();
        }
    }
    Some(merge::without_nulls(first))
}

/// The names of pools that the cluster had and is to have no more.
pub(super) fn dropped(recorded: &Attributes, desired: &Attributes) -> Vec<String> {
    let names = |of: &Attributes| -> Vec<String> {
        parts(of, "pools")
            .into_iter()
            .filter_map(|pool| pool.get("name").and_then(Value::as_str).map(str::to_owned))
            .collect()
    };
    let kept = names(desired);
    names(recorded).into_iter().filter(|name| !kept.contains(name)).collect()
}
