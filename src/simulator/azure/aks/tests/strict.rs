//! What is refused, in which code and words.

use super::*;

#[test]
fn one_operation_at_a_time() {
    let bench = Bench::with_cluster(&json!({}));
    assert_eq!(bench.call("PUT", &pool("work"), json!({"properties": {"vmSize": "Standard_D2s_v5"}})).0, 201);
    let others = [
        ("PUT", CLUSTER.to_owned(), cluster(&json!({"agentPoolProfiles": null}))),
        ("PUT", pool("more"), json!({"properties": {}})),
        ("PATCH", CLUSTER.to_owned(), json!({"tags": {}})),
        ("DELETE", CLUSTER.to_owned(), Json::Null),
        ("DELETE", pool("work"), Json::Null),
    ];
    for (method, path, body) in others {
        let (status, code, message) = bench.refused(method, &path, body);
        assert_eq!((status, code.as_str()), (409, "OperationNotAllowed"), "{method} {path}");
        assert!(message.contains("Another operation (Creating) is in progress"), "{message}");
    }
    bench.pass(240);
    assert_eq!(bench.call("DELETE", &pool("work"), Json::Null).0, 202);
    // Who asks again is told of the same.
    assert_eq!(bench.call("DELETE", &pool("work"), Json::Null).0, 202);
}

#[test]
fn tags_of_entities_are_looked_at() {
    let bench = Bench::with_cluster(&json!({}));
    let put = |name: &str, value: &str| {
        let reply = bench.reply("PUT", CLUSTER, &[(name, value)], &cluster(&json!({"agentPoolProfiles": null})));
        (reply.status().as_u16(), text(&document(&reply), "/error/code").to_owned())
    };
    let stale = (412, "PreconditionFailed".to_owned());
    assert_eq!((put("if-match", "\"x\""), put("if-none-match", "*")), (stale.clone(), stale));
    let tag = text(&bench.get(CLUSTER), "/eTag").to_owned();
    assert_eq!(put("if-match", &tag).0, 200);
    // A change is one even before it is through.
    assert_eq!(put("if-match", &tag).0, 412);
    bench.pass(180);
    let pool = pool("system");
    let body = json!({"properties": {"mode": "System", "count": 2, "vmSize": "Standard_D2s_v5"}});
    let put = |tag: &str| bench.reply("PUT", &pool, &[("if-match", tag)], &body).status().as_u16();
    let tag = text(&bench.get(&pool), "/properties/eTag").to_owned();
    assert_eq!((put("\"x\""), put(&tag)), (412, 200));
}

#[test]
fn what_a_new_cluster_cannot_be_is_refused() {
    let bench = Bench::new("");
    let without = |name: &str| {
        let mut body = cluster(&json!({}));
        body["properties"][name] = Json::Null;
        body
    };
    let mut nobody = cluster(&json!({}));
    nobody["identity"] = Json::Null;
    let mut someone = cluster(&json!({}));
    someone["identity"] = json!({"type": "UserAssigned", "userAssignedIdentities": {
        "/subscriptions/x/resourceGroups/demo/providers/Microsoft.ManagedIdentity/userAssignedIdentities/none": {}}});
    let user = json!({"name": "user", "vmSize": "Standard_D2s_v5"});
    let system = json!({"name": "system", "mode": "System"});
    let cases = [
        (cluster(&json!({"fqdn": "x"})), "Could not find member 'fqdn'"),
        (cluster(&json!({"agentPoolProfiles": [{"mode": "System"}]})), "agentPoolProfiles[0].name"),
        (without("dnsPrefix"), "dnsPrefix"),
        (without("agentPoolProfiles"), "agentPoolProfiles"),
        (nobody, "servicePrincipalProfile"),
        (someone, "could not be found"),
        (cluster(&json!({"kubernetesVersion": "1.20.1"})), "not supported"),
        (cluster(&json!({"agentPoolProfiles": [user]})), "at least one system agent pool"),
        (cluster(&json!({"agentPoolProfiles": [system, system]})), "twice"),
        (cluster(&json!({"agentPoolProfiles": [{"name": "Bad", "mode": "System"}]})), "agentPool.name"),
        (
            cluster(&json!({"agentPoolProfiles": [{"name": "a", "mode": "System", "orchestratorVersion": "1.34.0"}]})),
            "bigger than control plane",
        ),
    ];
    for (body, expected) in cases {
        let (status, code, message) = bench.refused("PUT", CLUSTER, body);
        assert!(status == 400 && message.contains(expected), "{expected}: {status} {code} {message}");
    }
    let elsewhere = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/none/{CLUSTER}");
    assert_eq!(bench.refused("PUT", &elsewhere, cluster(&json!({}))).1, "ResourceGroupNotFound");
    assert_eq!(bench.refused("GET", CLUSTER, Json::Null).1, "ResourceNotFound");
    assert_eq!(bench.refused("PUT", &pool("a"), json!({"properties": {}})).1, "ParentResourceNotFound");
}

#[test]
fn what_a_cluster_was_made_with_stays() {
    let more = json!({"oidcIssuerProfile": {"enabled": true}, "networkProfile": {"networkPlugin": "azure",
        "networkPluginMode": "overlay"}});
    let bench = Bench::with_cluster(&more);
    let put = |more: Json| {
        let mut body = cluster(&json!({"agentPoolProfiles": null}));
        for (name, value) in more.as_object().into_iter().flatten() {
            body["properties"][name] = value.clone();
        }
        bench.refused("PUT", CLUSTER, body)
    };
    let cases = [
        (json!({"dnsPrefix": "other"}), "PropertyChangeNotAllowed"),
        (json!({"nodeResourceGroup": "other"}), "PropertyChangeNotAllowed"),
        (json!({"networkProfile": {"networkPlugin": "kubenet"}}), "PropertyChangeNotAllowed"),
        (json!({"networkProfile": {"serviceCidr": "10.9.0.0/16"}}), "PropertyChangeNotAllowed"),
        (json!({"oidcIssuerProfile": {"enabled": false}}), "OIDCIssuerFeatureCannotBeDisabled"),
        (json!({"kubernetesVersion": "1.32.8"}), "InvalidParameter"),
        (json!({"agentPoolProfiles": [{"name": "other", "mode": "System"}]}), "InvalidParameter"),
        (json!({"agentPoolProfiles": [{"name": "system", "mode": "User"}]}), "InvalidParameter"),
    ];
    for (more, expected) in cases {
        let (status, code, message) = put(more.clone());
        assert_eq!((status, code.as_str()), (400, expected), "{more}: {message}");
    }
    let mut elsewhere = cluster(&json!({"agentPoolProfiles": null}));
    elsewhere["location"] = json!("northeurope");
    assert_eq!(bench.refused("PUT", CLUSTER, elsewhere).1, "InvalidResourceLocation");
    let size = json!({"properties": {"vmSize": "Standard_D8s_v5", "mode": "System"}});
    let (status, code, message) = bench.refused("PUT", &pool("system"), size);
    let expected = "Changing property 'properties.vmSize' is not allowed.";
    assert_eq!((status, code.as_str(), message.as_str()), (400, "PropertyChangeNotAllowed", expected));
    assert_eq!(bench.refused("PUT", &pool("system"), json!({"properties": {"mode": "User"}})).1, "InvalidParameter");
}

/// Newer versions of the API let callers say which image a pool runs, and libraries put back all that they read.
#[test]
fn a_pool_is_put_back_with_the_image_it_was_read_with() {
    let bench = Bench::with_cluster(&json!({}));
    let read = bench.get(&pool("system"));
    let image = text(&read, "/properties/nodeImageVersion");
    let mut profile = json!({"name": "system", "mode": "System", "vmSize": text(&read, "/properties/vmSize")});
    profile["nodeImageVersion"] = json!(image);
    assert_eq!(bench.call("PUT", CLUSTER, cluster(&json!({"agentPoolProfiles": [profile]}))).0, 200);
    bench.pass(600);
    let body = |image: &str| json!({"properties": {"mode": "System", "nodeImageVersion": image}});
    let (status, code, message) = bench.refused("PUT", &pool("system"), body("AKSUbuntu-1"));
    assert_eq!((status, code.as_str()), (400, "InvalidParameter"), "{message}");
    assert_eq!(bench.call("PUT", &pool("system"), body(image)).0, 200);
}

#[test]
fn versions_are_told() {
    let bench = Bench::new("");
    let path = format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.ContainerService/locations/westeurope/kubernetesVersions"
    );
    let told = bench.get(&path);
    let default = told["values"].as_array().unwrap().iter().find(|one| one["isDefault"] == true).unwrap();
    assert_eq!(default["version"], "1.33");
    assert_eq!(default["patchVersions"]["1.33.4"]["upgrades"], json!(["1.34.0", "1.34.1"]));
}
