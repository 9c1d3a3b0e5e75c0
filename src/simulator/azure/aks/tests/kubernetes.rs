//! The API servers of clusters: who gets in with what, and which nodes there are.

use super::*;

/// The user's part of a kubeconfig, and where its server is.
fn kubeconfig(answer: &Json) -> (Json, String) {
    let text = STANDARD.decode(super::text(answer, "/kubeconfigs/0/value")).unwrap();
    let document: Json = serde_yaml::from_slice(&text).unwrap();
    let server = super::text(&document, "/clusters/0/cluster/server").to_owned();
    (document["users"][0]["user"].clone(), server)
}

fn credential(bench: &Bench, of: &str) -> (Json, String) {
    let (status, answer) = bench.call("POST", &format!("{CLUSTER}/listCluster{of}Credential"), Json::Null);
    assert_eq!(status, 200, "{answer}");
    kubeconfig(&answer)
}

fn ask(bench: &Bench, url: &str, token: &str) -> Result<(u16, Json), Broken> {
    let request = http::Request::get(url).header("authorization", format!("Bearer {token}"));
    let reply = bench.send(request.body(Bytes::new()).unwrap())?;
    Ok((reply.status().as_u16(), document(&reply)))
}

#[test]
fn whoever_has_a_token_of_the_cluster_gets_in() {
    let bench = Bench::with_cluster(&json!({}));
    for of in ["User", "Admin", "MonitoringUser"] {
        let (user, server) = credential(&bench, of);
        assert!(server.ends_with(".hcp.westeurope.azmk8s.io:443"), "{server}");
        let (status, version) = ask(&bench, &format!("{server}/version"), text(&user, "/token")).unwrap();
        assert_eq!((status, text(&version, "/gitVersion")), (200, "v1.33.3"));
    }
    let (_, server) = credential(&bench, "User");
    let entra = bench.token("6dae42f8-4368-4678-94ff-3960e28e3630/.default");
    for token in ["", "x", "simulated", &entra] {
        assert_eq!(ask(&bench, &format!("{server}/version"), token).unwrap().0, 401, "{token}");
    }
}

#[test]
fn a_cluster_of_entra_takes_its_tokens() {
    let more = json!({"aadProfile": {"managed": true, "enableAzureRBAC": true}, "disableLocalAccounts": true});
    let bench = Bench::with_cluster(&more);
    let (user, server) = credential(&bench, "User");
    assert_eq!(text(&user, "/exec/command"), "kubelogin");
    let (status, code, message) = bench.refused("POST", &format!("{CLUSTER}/listClusterAdminCredential"), Json::Null);
    let expected = "Getting static credential is not allowed because this cluster is set to disable local accounts.";
    assert_eq!((status, code.as_str(), message.as_str()), (400, "BadRequest", expected));
    let url = format!("{server}/api/v1/namespaces");
    let token = bench.token("6dae42f8-4368-4678-94ff-3960e28e3630/.default");
    assert_eq!(ask(&bench, &url, &token).unwrap().0, 200);
    assert_eq!(ask(&bench, &url, &bench.token("https://management.azure.com/.default")).unwrap().0, 401);
    bench.pass(3_700);
    assert_eq!(ask(&bench, &url, &token).unwrap().0, 401);
}

#[test]
fn pools_have_nodes() {
    let bench = Bench::with_cluster(&json!({}));
    let body = json!({"properties": {"vmSize": "Standard_D2ps_v5", "count": 2, "availabilityZones": ["1", "2"],
        "nodeLabels": {"for": "work"}, "nodeTaints": ["for=work:NoSchedule"]}});
    bench.call("PUT", &pool("work"), body);
    let (user, server) = credential(&bench, "Admin");
    let nodes = || {
        let (_, list) = ask(&bench, &format!("{server}/api/v1/nodes"), text(&user, "/token")).unwrap();
        list["items"].as_array().unwrap().clone()
    };
    assert_eq!(nodes().len(), 2);
    bench.pass(240);
    let all = nodes();
    let names: Vec<_> = all.iter().map(|node| text(node, "/metadata/name")).collect();
    assert_eq!(names.len(), 4);
    assert!(names[0].starts_with("aks-system-") && names[0].ends_with("-vmss000000"), "{names:?}");
    let work = &all[3];
    assert!(names[3].starts_with("aks-work-") && names[3].ends_with("-vmss000001"), "{names:?}");
    let labels = &work["metadata"]["labels"];
    for (name, value) in [
        ("agentpool", "work"),
        ("kubernetes.azure.com/agentpool", "work"),
        ("kubernetes.azure.com/cluster", "MC_demo_main_westeurope"),
        ("kubernetes.azure.com/mode", "user"),
        ("topology.kubernetes.io/zone", "westeurope-2"),
        ("topology.kubernetes.io/region", "westeurope"),
        ("node.kubernetes.io/instance-type", "Standard_D2ps_v5"),
        ("kubernetes.io/arch", "arm64"),
        ("for", "work"),
    ] {
        assert_eq!(labels[name], value, "{name}");
    }
    assert_eq!(work["spec"]["taints"], json!([{"key": "for", "value": "work", "effect": "NoSchedule"}]));
    assert_eq!(text(work, "/status/nodeInfo/kubeletVersion"), "v1.33.3");
    bench.call("DELETE", &pool("work"), Json::Null);
    bench.pass(240);
    assert_eq!(nodes().len(), 2);
}

#[test]
fn a_group_takes_its_clusters_and_their_objects_along() {
    let bench = Bench::with_cluster(&json!({}));
    let (user, server) = credential(&bench, "User");
    let url = format!("{server}/api/v1/namespaces");
    assert_eq!(ask(&bench, &url, text(&user, "/token")).unwrap().0, 200);
    let kept = |of: &str| bench.simulator.world().keys().filter(|key| key.starts_with(of)).count();
    assert!(kept("kubernetes/") > 0);
    assert_eq!(bench.call("DELETE", "", Json::Null).0, 202);
    bench.pass(60);
    assert_eq!(ask(&bench, &url, text(&user, "/token")).unwrap_err(), Broken::Refused);
    assert_eq!(bench.refused("GET", CLUSTER, Json::Null).1, "ResourceGroupNotFound");
    assert_eq!((kept("kubernetes/"), bench.simulator.world().objects().count()), (0, 0));
}

#[test]
fn a_new_cluster_of_the_same_name_knows_nothing_of_the_old_one() {
    let bench = Bench::with_cluster(&json!({}));
    let (old, server) = credential(&bench, "User");
    assert_eq!(ask(&bench, &format!("{server}/api/v1/nodes"), text(&old, "/token")).unwrap().0, 200);
    bench.call("DELETE", CLUSTER, Json::Null);
    bench.pass(430);
    bench.make(&json!({}));
    let (new, other) = credential(&bench, "User");
    assert_ne!(server, other);
    assert_eq!(ask(&bench, &format!("{other}/version"), text(&old, "/token")).unwrap().0, 401);
    assert_eq!(ask(&bench, &format!("{other}/version"), text(&new, "/token")).unwrap().0, 200);
    assert!(ask(&bench, &format!("{server}/version"), text(&old, "/token")).is_err());
}

#[test]
fn on_a_socket_a_cluster_has_a_path() {
    let bench = Bench::with_cluster(&json!({}));
    let call = |method: &str, url: &str, token: Option<&str>| {
        let mut request = http::Request::builder().method(method).uri(url);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut request = request.body(Bytes::new()).unwrap();
        request.extensions_mut().insert(ServedAt("localhost:1".to_owned()));
        document(&bench.send(request).unwrap())
    };
    let path = Bench::path(&format!("{CLUSTER}/listClusterUserCredential"));
    let (user, server) = kubeconfig(&call("POST", &format!("http://localhost:1{path}"), None));
    assert_eq!(server, format!("http://localhost:1/clusters/{SUBSCRIPTION}/demo/main"));
    for token in [None, Some("simulated"), Some(text(&user, "/token"))] {
        assert_eq!(text(&call("GET", &format!("{server}/version"), token), "/gitVersion"), "v1.33.3");
    }
}

#[test]
fn services_and_claims_get_what_azure_has() {
    let bench = Bench::with_cluster(&json!({}));
    let (user, server) = credential(&bench, "Admin");
    let call = |method: &str, path: &str, body: Json| {
        let request = http::Request::builder().method(method).uri(format!("{server}{path}"));
        let request = request.header("authorization", format!("Bearer {}", text(&user, "/token")));
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        document(&bench.send(request.header("content-type", "application/json").body(body).unwrap()).unwrap())
    };
    let classes = call("GET", "/apis/storage.k8s.io/v1/storageclasses", Json::Null);
    let names: Vec<_> = classes["items"].as_array().unwrap().iter().map(|one| text(one, "/metadata/name")).collect();
    assert_eq!(names, ["default", "managed-csi", "managed-csi-premium"]);
    let space = "/api/v1/namespaces/default";
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]}});
    let made = call("POST", &format!("{space}/services"), service);
    assert!(text(&made, "/spec/clusterIP").starts_with("10.0."), "{made}");
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    let made = call("POST", &format!("{space}/persistentvolumeclaims"), claim);
    assert_eq!(made["kind"], "PersistentVolumeClaim", "{made}");
    // Pods need the namespace's service account, which is not there at once.
    bench.pass(10);
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {
        "containers": [{"name": "main", "image": "nginx"}],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]}});
    let made = call("POST", &format!("{space}/pods"), pod);
    assert_eq!(made["kind"], "Pod", "{made}");
    bench.pass(120);
    let service = call("GET", &format!("{space}/services/web"), Json::Null);
    assert!(text(&service, "/status/loadBalancer/ingress/0/ip").starts_with("20."), "{service}");
    let volumes = call("GET", "/api/v1/persistentvolumes", Json::Null);
    let handle = text(&volumes, "/items/0/spec/csi/volumeHandle");
    let group = "/resourceGroups/mc_demo_main_westeurope/providers/Microsoft.Compute/disks/pvc-";
    let claim = call("GET", &format!("{space}/persistentvolumeclaims/data"), Json::Null);
    let told = call("GET", &format!("{space}/events"), Json::Null);
    assert!(handle.contains(group), "{volumes} {claim} {told}");
    let kept = |of: &str| bench.simulator.world().objects().filter(|key| key.contains(of)).count();
    assert_eq!((kept("/managedclusters/main/disks/"), kept("/managedclusters/main/loadbalancers/")), (1, 1));
    // They are in the group of the nodes, which goes with the cluster.
    bench.call("DELETE", CLUSTER, Json::Null);
    bench.pass(430);
    bench.get("");
    assert_eq!(kept("main"), 0);
}

#[test]
fn nodes_come_and_go_with_their_pools_size() {
    let bench = Bench::with_cluster(&json!({}));
    let (user, server) = credential(&bench, "User");
    let names = || -> Vec<String> {
        let (_, list) = ask(&bench, &format!("{server}/api/v1/nodes"), text(&user, "/token")).unwrap();
        list["items"].as_array().unwrap().iter().map(|node| text(node, "/metadata/name").to_owned()).collect()
    };
    let before = names();
    for (count, expected) in [(4, 4), (1, 1), (2, 2)] {
        bench.call("PUT", &pool("system"), json!({"properties": {"mode": "System", "count": count}}));
        bench.pass(150);
        assert_eq!(names().len(), expected, "{count}");
    }
    let after = names();
    assert_eq!(before[0], after[0]);
    // A machine that is new has a name of its own.
    assert!(!before.contains(&after[1]) && after[1].ends_with("-vmss000004"), "{after:?}");
}
