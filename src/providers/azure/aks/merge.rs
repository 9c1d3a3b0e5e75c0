//! Puts what a stack says of a cluster or a pool into what is there: a PUT brings back to its default whatever it
//! leaves out, and some of that is others'.

use serde_json::Value as Json;

/// What is taken as it is, since its keys are the user's or one part of it makes no sense without the other.
const WHOLE: [&str; 4] = ["identity", "nodeLabels", "tags", "upgradeSettings"];
const POOLS: &str = "agentPoolProfiles";

/// What the service alone writes, of a cluster. `*` is every item of a list and every entry of a map.
const OF_CLUSTERS: &[&str] = &[
    "id",
    "name",
    "type",
    "eTag",
    // For the portal alone, and in no published type of this version.
    "kind",
    "systemData",
    "identity.principalId",
    "identity.tenantId",
    "identity.userAssignedIdentities.*.clientId",
    "identity.userAssignedIdentities.*.principalId",
    "properties.addonProfiles.*.identity",
    "properties.azurePortalFQDN",
    "properties.currentKubernetesVersion",
    "properties.fqdn",
    "properties.ingressProfile.webAppRouting.identity",
    "properties.maxAgentPools",
    "properties.networkProfile.loadBalancerProfile.effectiveOutboundIPs",
    "properties.networkProfile.natGatewayProfile.effectiveOutboundIPs",
    "properties.oidcIssuerProfile.issuerURL",
    "properties.powerState",
    "properties.privateFQDN",
    "properties.privateLinkResources.*.privateLinkServiceID",
    "properties.provisioningState",
    "properties.resourceUID",
    "properties.status",
];

/// The same of a pool, below its cluster or below `properties` of its own.
const OF_POOLS: &[&str] = &["currentOrchestratorVersion", "eTag", "nodeImageVersion", "provisioningState", "status"];

/// A cluster as it can be put again.
pub(in super::super) fn writable_cluster(mut body: Json) -> Json {
    for path in OF_CLUSTERS {
        remove(&mut body, path);
    }
    if let Some(Json::Array(pools)) = body.pointer_mut(&format!("/properties/{POOLS}")) {
        pools.iter_mut().for_each(strip_pool);
    }
    body
}

/// A pool of its own as it can be put again.
pub(in super::super) fn writable_pool(mut body: Json) -> Json {
    for path in ["id", "name", "type", "systemData"] {
        remove(&mut body, path);
    }
    if let Some(properties) = body.get_mut("properties") {
        strip_pool(properties);
    }
    body
}

fn strip_pool(pool: &mut Json) {
    for path in OF_POOLS {
        remove(pool, path);
    }
    // Left out, a pool that someone stopped would be started.
    if pool.pointer("/powerState/code").and_then(Json::as_str) != Some("Stopped") {
        remove(pool, "powerState");
    }
}

fn remove(body: &mut Json, path: &str) {
    match (path.split_once('.'), body) {
        (Some(("*", rest)), Json::Array(items)) => items.iter_mut().for_each(|item| remove(item, rest)),
        (Some(("*", rest)), Json::Object(entries)) => entries.values_mut().for_each(|entry| remove(entry, rest)),
        (Some((first, rest)), Json::Object(entries)) => {
            if let Some(entry) = entries.get_mut(first) {
                remove(entry, rest);
            }
        }
        (None, Json::Object(entries)) => {
            entries.remove(path);
        }
        _ => {}
    }
}

/// Puts `ours` into `present`; what is null there is taken out.
pub(in super::super) fn onto(present: &mut Json, ours: Json) {
    match (present, ours) {
        (Json::Object(present), Json::Object(ours)) => {
            for (name, value) in ours {
                if value.is_null() {
                    present.remove(&name);
                    continue;
                }
                match present.get_mut(&name).filter(|there| !there.is_null() && !WHOLE.contains(&name.as_str())) {
                    Some(there) if name == POOLS => pools_onto(there, value),
                    Some(there) => onto(there, value),
                    None => {
                        present.insert(name, without_nulls(value));
                    }
                }
            }
        }
        (present, ours) => *present = without_nulls(ours),
    }
}

/// Each of ours goes into the one of its name; the others stay as they are.
fn pools_onto(present: &mut Json, ours: Json) {
    let (Some(present), Json::Array(ours)) = (present.as_array_mut(), ours) else { return };
    for pool in ours {
        match present.iter_mut().find(|there| there.get("name") == pool.get("name")) {
            Some(there) => onto(there, pool),
            None => present.push(without_nulls(pool)),
        }
    }
}

/// A body for what is not there yet: nothing has to be taken out of it.
pub(in super::super) fn without_nulls(body: Json) -> Json {
    match body {
        Json::Object(entries) => {
            let kept = entries.into_iter().filter(|(_, value)| !value.is_null());
            Json::Object(kept.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(without_nulls).collect()),
        leaf => leaf,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_service_writes_is_not_sent_back() {
        let body = json!({
            "id": "/x", "name": "main", "type": "t", "location": "westeurope", "tags": {"name": "kept"},
            "identity": {"type": "UserAssigned", "principalId": "p", "userAssignedIdentities": {"/i": {"clientId": "c"}}},
            "properties": {
                "fqdn": "f", "powerState": {"code": "Running"}, "dnsPrefix": "main",
                "oidcIssuerProfile": {"enabled": true, "issuerURL": "https://x/"},
                "agentPoolProfiles": [
                    {"name": "a", "provisioningState": "Succeeded", "powerState": {"code": "Running"}, "count": 1},
                    {"name": "b", "eTag": "1", "powerState": {"code": "Stopped"}},
                ],
            },
        });
        let sent = writable_cluster(body);
        assert_eq!(
            sent,
            json!({
                "location": "westeurope", "tags": {"name": "kept"},
                "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/i": {}}},
                "properties": {
                    "dnsPrefix": "main",
                    "oidcIssuerProfile": {"enabled": true},
                    "agentPoolProfiles": [
                        {"name": "a", "count": 1},
                        {"name": "b", "powerState": {"code": "Stopped"}},
                    ],
                },
            })
        );
        let pool = json!({"id": "/p", "name": "a", "properties": {"eTag": "1", "count": 2, "nodeImageVersion": "x"}});
        assert_eq!(writable_pool(pool), json!({"properties": {"count": 2}}));
    }

    #[test]
    fn what_others_wrote_stays() {
        let mut body = json!({
            "tags": {"old": "1"}, "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/i": {}}},
            "properties": {"a": {"x": 1, "y": 2}, "n": null, "agentPoolProfiles": [
                {"name": "theirs", "count": 7}, {"name": "ours", "count": 1, "minCount": 1, "nodeTaints": ["a"], "maxPods": 30},
            ]},
        });
        let ours = json!({
            "tags": {"new": "2"}, "identity": {"type": "SystemAssigned"},
            "properties": {"a": {"x": 3}, "n": {"z": 1}, "agentPoolProfiles": [
                {"name": "new", "minCount": null}, {"name": "ours", "count": 2, "minCount": null, "nodeTaints": []},
            ]},
        });
        onto(&mut body, ours);
        assert_eq!(
            body,
            json!({
                "tags": {"new": "2"}, "identity": {"type": "SystemAssigned"},
                "properties": {"a": {"x": 3, "y": 2}, "n": {"z": 1}, "agentPoolProfiles": [
                    {"name": "theirs", "count": 7},
                    {"name": "ours", "count": 2, "nodeTaints": [], "maxPods": 30}, {"name": "new"},
                ]},
            })
        );
    }
}
