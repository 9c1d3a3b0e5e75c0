//! What a cluster may say, what is put of it, and what makes it another one.

use super::*;
use crate::provider::{difference, normalise, output_difference};
use serde_json::{Value as Json, json};

fn spec(with: Json) -> (Attributes, Vec<Finding>) {
    let cluster = AksCluster::new();
    let mut spec = json!({
        "name": "demo", "resource_group": "main", "location": "westeurope",
        "pools": [{"name": "system", "vm_size": "Standard_D2s_v5", "count": 1}],
    });
    spec.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
    let (normal, mut findings) = normalise(&cluster.schema.spec, &spec, &Path::default());
    findings.extend(cluster.check(&normal));
    (normal, findings)
}

fn fine(with: Json) -> Attributes {
    let (normal, findings) = spec(with);
    assert_eq!(findings, []);
    normal
}

const GROUP: &str = "11111111-2222-3333-4444-555555555555";
const IDENTITY: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/plane";

/// Specs that between them have every field.
fn table() -> Vec<Json> {
    let pool = |name: &str, mode: &str| json!({"name": name, "vm_size": "Standard_D4s_v5", "mode": mode, "count": 2});
    vec![
        json!({}),
        json!({"kubernetes_version": "1.33", "tier": "Standard", "tags": {"team": "a"}, "dns_prefix": "other"}),
        json!({"tier": "Premium", "support_plan": "AKSLongTermSupport", "keda_add_on": true, "vertical_pod_autoscaler": true}),
        json!({"oidc": false, "workload_identity": false, "keda_add_on": false}),
        json!({"identities": [IDENTITY], "node_resource_group": "main-nodes"}),
        json!({"entra": {"azure_rbac": true, "admin_group_ids": [GROUP]}, "local_accounts": false, "access": "entra"}),
        json!({"entra": {"admin_group_ids": []}, "access": "admin"}),
        json!({"network": {
            "plugin": "azure", "plugin_mode": "overlay", "policy": "cilium", "dataplane": "cilium", "pod_cidr": "10.244.0.0/16",
            "service_cidr": "10.0.0.0/16", "dns_service_ip": "10.0.0.10", "load_balancer_sku": "standard",
            "outbound_type": "loadBalancer",
        }}),
        json!({"network": {"plugin": "kubenet", "policy": "calico", "outbound_type": "managedNATGateway"}}),
        json!({"api_server": {"authorized_ip_ranges": ["203.0.113.0/24"]}, "auto_upgrade": {"channel": "patch"}}),
        json!({"api_server": {"private": true}, "auto_upgrade": {"channel": "node-image", "node_os_channel": "NodeImage"}}),
        json!({"api_server": {"authorized_ip_ranges": []}}),
        json!({"pools": [pool("system", "System"), pool("work", "User")]}),
        json!({"pools": [
            {"name": "system", "vm_size": "Standard_D2s_v5", "min_count": 1, "max_count": 3, "zones": ["1", "2"], "tags": {"a": "b"}},
            {"name": "spare", "vm_size": "Standard_D4s_v5", "mode": "User", "min_count": 0, "max_count": 9, "spot": true,
             "labels": {"tier": "spare"}, "taints": ["spare=true:NoSchedule"], "os_sku": "AzureLinux", "os_disk_size_gb": 64,
             "os_disk_type": "Ephemeral", "max_pods": 50, "version": "1.33", "max_surge": "33%",
             "subnet_id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s"},
        ]}),
    ]
}

/// Each spec of the table, with the body that makes it; and the body that is put onto what a cluster looks like.
pub(in super::super) fn bodies() -> Vec<(Json, Json)> {
    let tags = || json!({"tidegate:stack": "s", "tidegate:address": "a"});
    let made = table().into_iter().map(|with| {
        let body = body::new(&fine(with.clone()), tags());
        (with, body)
    });
    let changed = table().into_iter().map(|with| {
        let body = body::changed(&fine(with.clone()), &answered(), tags());
        (with, body)
    });
    made.chain(changed).collect()
}

/// What Azure answers of a cluster, with everything that only it writes.
fn answered() -> Json {
    json!({
        "id": "/subscriptions/s/resourcegroups/main/providers/Microsoft.ContainerService/managedClusters/demo",
        "name": "demo", "type": "Microsoft.ContainerService/ManagedClusters", "location": "westeurope", "eTag": "1",
        "systemData": {}, "tags": {"old": "1"}, "sku": {"name": "Base", "tier": "Free"},
        "identity": {"type": "SystemAssigned", "principalId": "p", "tenantId": "t"},
        "properties": {
            "provisioningState": "Succeeded", "powerState": {"code": "Running"}, "kubernetesVersion": "1.32",
            "currentKubernetesVersion": "1.32.4", "dnsPrefix": "demo", "fqdn": "demo-1.hcp.westeurope.azmk8s.io",
            "azurePortalFQDN": "demo-1.portal.hcp.westeurope.azmk8s.io", "maxAgentPools": 100, "resourceUID": "u",
            "agentPoolProfiles": [
                {"name": "system", "count": 1, "vmSize": "Standard_D2s_v5", "provisioningState": "Succeeded", "eTag": "2",
                 "powerState": {"code": "Running"}, "orchestratorVersion": "1.32", "currentOrchestratorVersion": "1.32.4",
                 "nodeImageVersion": "AKSUbuntu-1", "enableAutoScaling": false, "mode": "System", "osType": "Linux",
                 "type": "VirtualMachineScaleSets", "maxPods": 110, "osDiskSizeGB": 128, "osDiskType": "Managed", "osSKU": "Ubuntu"},
                {"name": "theirs", "count": 4, "vmSize": "Standard_D8s_v5", "provisioningState": "Succeeded", "mode": "User",
                 "powerState": {"code": "Running"}, "nodeLabels": {"a": "b"}, "osType": "Linux"},
            ],
            "oidcIssuerProfile": {"enabled": true, "issuerURL": "https://westeurope.oic.prod-aks.azure.com/t/u/"},
            "networkProfile": {"networkPlugin": "azure", "serviceCidr": "10.0.0.0/16", "dnsServiceIP": "10.0.0.10",
                "loadBalancerProfile": {"managedOutboundIPs": {"count": 1}, "effectiveOutboundIPs": [{"id": "/ip"}]}},
            "identityProfile": {"kubeletidentity": {"clientId": "c", "objectId": "o", "resourceId": "/r"}},
            "nodeResourceGroup": "MC_main_demo_westeurope", "enableRBAC": true, "disableLocalAccounts": false,
            "servicePrincipalProfile": {"clientId": "msi"},
        },
    })
}

#[test]
fn every_spec_is_taken_and_makes_a_body_without_what_the_service_writes() {
    let mut seen = std::collections::BTreeSet::new();
    for with in table() {
        let spec = fine(with.clone());
        seen.extend(spec.keys().cloned());
        let body = &body::new(&spec, json!({}));
        for read_only in [
            "/id",
            "/name",
            "/properties/fqdn",
            "/properties/provisioningState",
            "/properties/oidcIssuerProfile/issuerURL",
        ] {
            assert!(body.pointer(read_only).is_none(), "{with}: {read_only}");
        }
        assert!(!body.to_string().contains("null"), "{body}");
        assert_eq!(body["location"], "westeurope");
        // What was put, put again, is the same.
        assert_eq!(&body::changed(&spec, body, body["tags"].clone()), body, "{with}");
    }
    for (with, body) in bodies() {
        let text = body.to_string();
        for read_only in
            ["provisioningState", "issuerURL", "principalId", "eTag", "fqdn", "powerState", "effectiveOutboundIPs"]
        {
            assert!(!text.contains(read_only), "{with}: {read_only} in {text}");
        }
    }
    assert_eq!(super::super::put_bodies().len(), 2 * table().len() + 3);
    let all: std::collections::BTreeSet<_> =
        AksCluster::new().schema.spec.iter().map(|field| field.name.to_owned()).collect();
    assert_eq!(seen, all);
}

#[test]
fn a_body_says_what_the_spec_says() {
    let body = |with: Json| body::new(&fine(with), json!({}));
    let plain = body(json!({"name": "a_b"}));
    assert_eq!(plain["sku"], json!({"name": "Base", "tier": "Free"}));
    assert_eq!(plain["identity"], json!({"type": "SystemAssigned"}));
    assert_eq!(plain["properties"]["dnsPrefix"], "a-b");
    assert_eq!(plain["properties"]["oidcIssuerProfile"], json!({"enabled": true}));
    assert_eq!(plain["properties"]["securityProfile"], json!({"workloadIdentity": {"enabled": true}}));
    assert_eq!(
        plain["properties"]["agentPoolProfiles"],
        json!([{
            "name": "system", "mode": "System", "vmSize": "Standard_D2s_v5", "count": 1, "enableAutoScaling": false,
            "osType": "Linux", "type": "VirtualMachineScaleSets", "nodeLabels": {}, "nodeTaints": [],
        }])
    );
    let all = table();
    let network = body(all[7].clone());
    assert_eq!(network["properties"]["networkProfile"]["networkDataplane"], "cilium");
    assert_eq!(network["properties"]["networkProfile"]["networkPluginMode"], "overlay");
    let scaled = body(all[2].clone());
    assert_eq!(
        scaled["properties"]["workloadAutoScalerProfile"],
        json!({"keda": {"enabled": true}, "verticalPodAutoscaler": {"enabled": true}})
    );
    assert_eq!(
        (&scaled["properties"]["supportPlan"], &scaled["sku"]["tier"]),
        (&json!("AKSLongTermSupport"), &json!("Premium"))
    );
    assert_eq!(body(all[3].clone())["properties"]["workloadAutoScalerProfile"], json!({"keda": {"enabled": false}}));
    assert_eq!(body(all[8].clone())["properties"]["networkProfile"]["networkPlugin"], "kubenet");
    let entra = body(all[5].clone());
    assert_eq!(
        entra["properties"]["aadProfile"],
        json!({"managed": true, "enableAzureRBAC": true, "adminGroupObjectIDs": [GROUP]})
    );
    assert_eq!(entra["properties"]["disableLocalAccounts"], true);
    assert_eq!(body(all[11].clone())["properties"]["apiServerAccessProfile"], json!({"authorizedIPRanges": []}));
    assert_eq!(
        body(all[4].clone())["identity"],
        json!({"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}})
    );
}

#[test]
fn what_does_not_fit_is_found_where_it_stands() {
    let user = json!({"name": "work", "vm_size": "Standard_D2s_v5", "count": 1, "mode": "User"});
    let system = json!({"name": "system", "vm_size": "Standard_D2s_v5", "count": 1});
    let cases = [
        (json!({"name": "-a"}), "name"),
        (json!({"location": "West Europe"}), "location"),
        (json!({"kubernetes_version": "latest"}), "kubernetes_version"),
        (json!({"pools": [user]}), "pools"),
        (json!({"pools": []}), "pools"),
        (json!({"pools": [system, system]}), "pools[1].name"),
        (json!({"oidc": false}), "workload_identity"),
        (json!({"identities": [IDENTITY, format!("{IDENTITY}2")]}), "identities"),
        (json!({"identities": ["plane"]}), "identities[0]"),
        (json!({"local_accounts": false}), "local_accounts"),
        (json!({"access": "entra"}), "access"),
        (json!({"entra": {}, "access": "user"}), "access"),
        (json!({"entra": {}, "access": "admin", "local_accounts": false}), "access"),
        (json!({"entra": {"admin_group_ids": ["admins"]}}), "entra.admin_group_ids[0]"),
        (json!({"network": {"plugin": "kubenet", "plugin_mode": "overlay"}}), "network.plugin_mode"),
        (json!({"network": {"plugin": "azure", "policy": "cilium"}}), "network.policy"),
        (json!({"network": {"pod_cidr": "10.0.0.0"}}), "network.pod_cidr"),
        (json!({"network": {"service_cidr": "10.0.0.0/16", "dns_service_ip": "10.1.0.10"}}), "network.dns_service_ip"),
        (json!({"api_server": {"authorized_ip_ranges": ["here"]}}), "api_server.authorized_ip_ranges[0]"),
        (json!({"support_plan": "AKSLongTermSupport", "tier": "Free"}), "support_plan"),
    ];
    for (with, path) in cases {
        let found: Vec<_> = spec(with.clone()).1.iter().map(|one| one.path.to_string()).collect();
        assert_eq!(found, [path], "{with}");
    }
}

#[test]
fn only_what_stays_as_it_was_made_needs_a_new_cluster() {
    let network = |with: Json| json!({"network": with});
    let cases = [
        (json!({}), json!({"kubernetes_version": "1.33"}), ""),
        (json!({}), network(json!({"policy": "calico"})), ""),
        (network(json!({"plugin": "azure"})), network(json!({"plugin": "azure", "plugin_mode": "overlay"})), ""),
        (network(json!({"plugin": "azure"})), network(json!({"plugin": "kubenet"})), "network.plugin"),
        (
            network(json!({"service_cidr": "10.0.0.0/16"})),
            network(json!({"service_cidr": "10.1.0.0/16"})),
            "network.service_cidr",
        ),
        (json!({"api_server": {"private": false}}), json!({"api_server": {"private": true}}), "api_server.private"),
        (json!({}), json!({"oidc": false, "workload_identity": false}), "oidc"),
        (json!({"oidc": false, "workload_identity": false}), json!({}), ""),
        (json!({}), json!({"location": "northeurope"}), "location"),
        (json!({}), json!({"tier": "Standard", "keda_add_on": true}), ""),
    ];
    for (before, after, replaced) in cases {
        let difference = difference(&AksCluster::new(), &fine(before), &fine(after.clone()));
        let because: Vec<_> = difference.replace_because.iter().map(ToString::to_string).collect();
        assert!(!difference.changes.is_empty(), "{after}");
        assert_eq!(because.join(" "), replaced, "{after}");
    }
}

#[test]
fn the_control_plane_is_upgraded_before_its_pools() {
    let with = |version: &str| {
        let pool = json!({"name": "system", "vm_size": "Standard_D2s_v5", "count": 1, "version": version});
        fine(json!({"kubernetes_version": version, "pools": [pool]}))
    };
    let present = body::new(&with("1.32"), json!({}));
    let wanted = body::changed(&with("1.33"), &present, json!({}));
    let first = body::control_plane_first(&wanted, &present).unwrap();
    assert_eq!(first["properties"]["kubernetesVersion"], "1.33");
    assert_eq!(first["properties"]["agentPoolProfiles"][0]["orchestratorVersion"], "1.32");
    assert_eq!(body::control_plane_first(&wanted, &first), None);
    assert_eq!(body::control_plane_first(&present, &present), None);
}

#[test]
fn pools_that_others_made_stay_and_those_left_out_are_named() {
    let two = fine(json!({"pools": [
        {"name": "system", "vm_size": "Standard_D2s_v5", "count": 1}, {"name": "old", "vm_size": "Standard_D2s_v5", "count": 1},
    ]}));
    let one = fine(json!({}));
    let mut present = body::new(&two, json!({}));
    present["properties"]["agentPoolProfiles"].as_array_mut().unwrap().push(json!({"name": "theirs", "count": 5}));
    let sent = body::changed(&one, &present, json!({}));
    assert_eq!(sent["properties"]["agentPoolProfiles"].as_array().unwrap().len(), 3);
    assert_eq!(body::dropped(&two, &one), ["old"]);
    assert_eq!(body::dropped(&one, &two), [""; 0]);
    assert_eq!(body::dropped(&Attributes::new(), &two), [""; 0]);
}

#[test]
fn what_a_plan_can_tell_beforehand() {
    let cluster = AksCluster::new();
    let new = cluster.planned_outputs(&fine(json!({})), None);
    let connection = new["connection"].as_map().unwrap();
    assert_eq!(
        (&connection["kind"], &connection["name"], &connection["credential"]),
        (&"aks".into(), &"demo".into(), &"user".into())
    );
    assert!(connection["server"].has_unknown());
    // What failed is put again.
    let failed = Attributes::from([("provisioning_state".to_owned(), "Failed".into())]);
    let planned = cluster.planned_outputs(&fine(json!({})), Some(&failed));
    assert_eq!(output_difference(&cluster.schema, &failed, &planned).len(), 1);
    let entra = cluster.planned_outputs(&fine(json!({"entra": {}})), None);
    assert_eq!(entra["connection"].as_map().unwrap()["credential"], "entra".into());
}
