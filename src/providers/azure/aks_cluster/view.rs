//! A cluster as its spec would write it, and what it tells.

use serde_json::{Value as Json, json};

use super::super::aks::{self, found, found_set, json_text, part, parts, pool, shown, text};
use super::super::client::Azure;
use super::super::{aks_entrance, fields};
use super::{AksCluster, access};
use crate::provider::{ResourceType as _, Target};
use crate::value::{Attributes, Kind, Value};

/// Everything but the tags.
pub(super) fn read(body: &Json, target: &Target<'_>, client: &Azure) -> Attributes {
    let mut attributes = Attributes::new();
    let cluster = AksCluster::new();
    let mut parts = spec(body, target);
    for field in &cluster.schema().spec {
        if let Some(value) = parts.remove(field.name).filter(|value| !value.is_null()) {
            let shown = shown::like(&field.field_type, value, target.recorded.get(field.name));
            attributes.insert(field.name.to_owned(), shown);
        }
    }
    attributes.extend(outputs(body));
    if let Some(connection) = connection(body, target, client) {
        attributes.insert("connection".to_owned(), connection);
    }
    attributes
}

fn spec(body: &Json, target: &Target<'_>) -> Attributes {
    let of = |pointer: &str| found(body, &format!("/properties{pointer}"));
    let flag = |pointer: &str| Value::Bool(of(pointer).as_bool() == Some(true));
    let [group, _] = aks::spelled(target, ["resource_group", "name"]);
    let version = json_text(body, "/properties/kubernetesVersion")
        .map(|found| aks::version(found, target.recorded.get("kubernetes_version")));
    let local_accounts = of("/disableLocalAccounts").as_bool() != Some(true);
    let entries = [
        ("name", fields::name(body, target)),
        ("resource_group", Value::from(group)),
        ("location", fields::location_of(body)),
        ("kubernetes_version", version.unwrap_or_default()),
        ("pools", pools(body, target)),
        ("dns_prefix", of("/dnsPrefix")),
        ("tier", found(body, "/sku/tier")),
        ("support_plan", of("/supportPlan")),
        ("oidc", flag("/oidcIssuerProfile/enabled")),
        ("workload_identity", flag("/securityProfile/workloadIdentity/enabled")),
        ("keda_add_on", flag("/workloadAutoScalerProfile/keda/enabled")),
        ("vertical_pod_autoscaler", flag("/workloadAutoScalerProfile/verticalPodAutoscaler/enabled")),
        ("identities", identities(body)),
        ("entra", entra(body)),
        ("local_accounts", Value::Bool(local_accounts)),
        // Azure knows nothing of it.
        ("access", target.recorded.get("access").cloned().unwrap_or_default()),
        ("network", network(body)),
        ("api_server", api_server(body)),
        ("auto_upgrade", auto_upgrade(body)),
        ("node_resource_group", of("/nodeResourceGroup")),
    ];
    entries.map(|(name, value)| (name.to_owned(), value)).into()
}

fn identities(body: &Json) -> Value {
    let assigned = body.pointer("/identity/userAssignedIdentities").and_then(Json::as_object);
    let mut ids: Vec<&String> = assigned.into_iter().flatten().map(|(id, _)| id).collect();
    ids.sort_unstable();
    Value::List(ids.into_iter().map(|id| Value::from(id.as_str())).collect())
}

/// Those of the spec, or all of them where nothing is recorded.
fn pools(body: &Json, target: &Target<'_>) -> Value {
    let there = body.pointer("/properties/agentPoolProfiles").and_then(Json::as_array).into_iter().flatten();
    let written = |pool: &Json| {
        let name = pool.get("name").and_then(Json::as_str);
        parts(target.recorded, "pools").into_iter().find(|pool| text(pool, "name") == name)
    };
    let read = there.map(|one| {
        let mut pool = pool::read(one, written(one));
        pool.insert("tags".to_owned(), Value::from(one.get("tags").cloned().unwrap_or_else(|| json!({}))));
        Value::Map(pool)
    });
    Value::List(read.collect())
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.map(|(name, value)| (name.to_owned(), value)).into())
}

fn entra(body: &Json) -> Value {
    let Some(profile) = body.pointer("/properties/aadProfile").filter(|profile| profile.is_object()) else {
        return Value::Null;
    };
    let flag = |pointer: &str| Value::Bool(profile.pointer(pointer).and_then(Json::as_bool) == Some(true));
    object([
        ("managed", flag("/managed")),
        ("azure_rbac", flag("/enableAzureRBAC")),
        ("admin_group_ids", found_set(profile, "/adminGroupObjectIDs")),
    ])
}

fn network(body: &Json) -> Value {
    let of = |name: &str| found(body, &format!("/properties/networkProfile/{name}"));
    object([
        ("plugin", of("networkPlugin")),
        ("plugin_mode", of("networkPluginMode")),
        ("policy", of("networkPolicy")),
        ("dataplane", of("networkDataplane")),
        ("pod_cidr", of("podCidr")),
        ("service_cidr", of("serviceCidr")),
        ("dns_service_ip", of("dnsServiceIP")),
        ("load_balancer_sku", of("loadBalancerSku")),
        ("outbound_type", of("outboundType")),
    ])
}

fn api_server(body: &Json) -> Value {
    let private = found(body, "/properties/apiServerAccessProfile/enablePrivateCluster").as_bool() == Some(true);
    let ranges = found_set(body, "/properties/apiServerAccessProfile/authorizedIPRanges");
    object([("authorized_ip_ranges", ranges), ("private", Value::Bool(private))])
}

fn auto_upgrade(body: &Json) -> Value {
    let of = |name: &str| found(body, &format!("/properties/autoUpgradeProfile/{name}"));
    let channel = match of("upgradeChannel") {
        Value::Null => Value::from("none"),
        channel => channel,
    };
    object([("channel", channel), ("node_os_channel", of("nodeOSUpgradeChannel"))])
}

/// What it tells. A cluster that is being made has some of it only later.
fn outputs(body: &Json) -> Attributes {
    let of = |pointer: &str| json_text(body, pointer).map_or(Value::Null, Value::from);
    let kubelet = |part: &str| of(&format!("/properties/identityProfile/kubeletidentity/{part}"));
    let assigned = body.pointer("/identity/userAssignedIdentities").and_then(Json::as_object);
    let assigned = assigned.and_then(|ids| ids.values().next()?.get("principalId")?.as_str());
    let principal = json_text(body, "/identity/principalId").or(assigned);
    let mut outputs: Attributes = [
        ("id", of("/id")),
        ("fqdn", host(body).map_or(Value::Null, Value::from)),
        ("oidc_issuer", of("/properties/oidcIssuerProfile/issuerURL")),
        ("principal_id", principal.map_or(Value::Null, Value::from)),
        ("nodes_group", of("/properties/nodeResourceGroup")),
        ("current_version", of("/properties/currentKubernetesVersion")),
        ("provisioning_state", of("/properties/provisioningState")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    if body.pointer("/properties/identityProfile/kubeletidentity").is_some() {
        let identity = [("client_id", "clientId"), ("object_id", "objectId"), ("id", "resourceId")];
        outputs.insert("kubelet_identity".to_owned(), object(identity.map(|(name, part)| (name, kubelet(part)))));
    }
    outputs.retain(|_, value| !value.is_null());
    outputs
}

/// The name of its API server.
fn host(body: &Json) -> Option<&str> {
    json_text(body, "/properties/privateFQDN").or_else(|| json_text(body, "/properties/fqdn"))
}

/// Where its API server answers: another cluster of the same name has another one.
pub(in super::super) fn server(body: &Json) -> Option<String> {
    host(body).map(|host| format!("https://{host}"))
}

fn connection(body: &Json, target: &Target<'_>, client: &Azure) -> Option<Value> {
    let [group, _] = aks::spelled(target, ["resource_group", "name"]);
    let credential = match text(target.recorded, "access") {
        None if entra(body).as_map().is_some() => "entra",
        _ => access(target.recorded),
    };
    let mut entries: Attributes = [
        ("kind", "aks".into()),
        ("subscription", client.subscription.as_str().into()),
        ("resource_group", group.into()),
        ("name", fields::name(body, target)),
        ("server", server(body)?.into()),
        ("credential", credential.into()),
    ]
    .map(|(name, value): (&str, Value)| (name.to_owned(), value))
    .into();
    let way = client.way.iter().map(|(name, value)| (aks_entrance::part(name).to_owned(), value.clone()));
    entries.extend(way);
    Some(Value::Map(entries))
}

/// What can be told of the connection beforehand: of a new cluster its names, and how it will be entered.
pub(super) fn connection_to_come(desired: &Attributes, recorded: Value) -> Value {
    let mut entries = match recorded {
        Value::Map(entries) => entries,
        _ => ["subscription", "server", "tenant"].map(|part| (part.to_owned(), Value::Unknown(Kind::String))).into(),
    };
    entries.insert("kind".to_owned(), "aks".into());
    for name in ["resource_group", "name"] {
        entries.insert(name.to_owned(), desired.get(name).cloned().unwrap_or(Value::Unknown(Kind::String)));
    }
    let is_known =
        text(desired, "access").is_some() || part(desired, "entra").is_some() || !entries.contains_key("credential");
    if is_known {
        entries.insert("credential".to_owned(), access(desired).into());
    }
    Value::Map(entries)
}
