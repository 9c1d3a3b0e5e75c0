//! Claims, Services, and what the cloud keeps for them.

use super::*;

fn claim(class: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": SPACE},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": class, "resources": {"requests": {"storage": "1Gi"}}}})
}

fn user() -> Json {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "user", "namespace": SPACE}, "spec": {
        "containers": [{"name": "main", "image": "x"}], "terminationGracePeriodSeconds": 30,
        "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]}})
}

#[test]
fn a_claim_is_bound_when_a_pod_uses_it_and_given_back_after() {
    let mut bench = Bench::new(1);
    bench.put(claim("gp2"));
    bench.wait(60);
    let pending = bench.get("PersistentVolumeClaim", "data");
    assert_eq!(text(&pending, "/status/phase"), "Pending");
    assert_eq!(list(&pending, "/metadata/finalizers"), [json!("kubernetes.io/pvc-protection")]);
    bench.put(user());
    bench.wait(60);
    let bound = bench.get("PersistentVolumeClaim", "data");
    assert_eq!((text(&bound, "/status/phase"), text(&bound, "/status/capacity/storage")), ("Bound", "1Gi"));
    assert_eq!(text(&bench.get("Pod", "user"), "/status/phase"), "Running");
    assert_eq!(text(&bench.all("PersistentVolume")[0], "/status/phase"), "Bound");
    assert_eq!(bench.world_has("aws/1/ebs/us-east-1/"), 1);
    bench.delete("PersistentVolumeClaim", "data");
    bench.wait(60);
    assert!(deleting(&bench.get("PersistentVolumeClaim", "data")));
    bench.delete("Pod", "user");
    bench.wait(60);
    assert!(bench.find("PersistentVolumeClaim", "data").is_none());
    assert_eq!((bench.all("PersistentVolume").len(), bench.world_has("aws/1/ebs/us-east-1/")), (0, 0));
}

#[test]
fn a_claim_without_a_class_waits_for_one() {
    let mut bench = Bench::new(1);
    bench.put(claim("fast"));
    bench.put(user());
    bench.wait(60);
    assert_eq!(text(&bench.get("PersistentVolumeClaim", "data"), "/status/phase"), "Pending");
    assert!(bench.message("Pod", "user", "PodScheduled").contains("unbound immediate PersistentVolumeClaims"));
    bench.put(json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "fast"},
        "volumeBindingMode": "Immediate", "reclaimPolicy": "Retain"}));
    bench.wait(60);
    assert_eq!(text(&bench.get("Pod", "user"), "/status/phase"), "Running");
    bench.delete("Pod", "user");
    bench.delete("PersistentVolumeClaim", "data");
    bench.wait(60);
    assert_eq!(text(&bench.all("PersistentVolume")[0], "/status/phase"), "Released");
    assert_eq!(bench.world_has("aws/1/ebs/us-east-1/"), 1);
}

#[test]
fn a_pod_waits_for_its_claim_to_be_there() {
    let mut bench = Bench::new(1);
    bench.put(user());
    bench.wait(30);
    assert!(bench.message("Pod", "user", "PodScheduled").contains("persistentvolumeclaim \"data\" not found"));
    bench.put(claim("gp2"));
    bench.wait(60);
    assert_eq!(text(&bench.get("Pod", "user"), "/status/phase"), "Running");
}

fn service(kind: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": SPACE},
        "spec": {"type": kind, "selector": {"app": "web"}, "ports": [{"port": 80}]}})
}

#[test]
fn a_load_balancer_comes_and_goes_with_its_service() {
    let mut bench = Bench::new(1);
    bench.put(service("LoadBalancer"));
    bench.wait(10);
    assert_eq!(bench.world_has("aws/1/elb/us-east-1/"), 1);
    assert!(list(&bench.get("Service", "web"), "/status/loadBalancer/ingress").is_empty());
    bench.wait(90);
    let host = text(&bench.get("Service", "web"), "/status/loadBalancer/ingress/0/hostname").to_owned();
    assert!(host.ends_with(".us-east-1.elb.amazonaws.com"), "{host}");
    bench.delete("Service", "web");
    bench.wait(5);
    assert_eq!((bench.find("Service", "web").is_some(), bench.world_has("aws/1/elb/us-east-1/")), (true, 1));
    bench.wait(20);
    assert_eq!((bench.find("Service", "web").is_some(), bench.world_has("aws/1/elb/us-east-1/")), (false, 0));
}

#[test]
fn a_service_that_is_no_longer_one_gives_its_load_balancer_back() {
    let mut bench = Bench::new(1);
    bench.put(service("LoadBalancer"));
    bench.wait(100);
    bench.change("Service", "web", "/spec/type", "ClusterIP");
    bench.wait(30);
    assert_eq!(bench.world_has("aws/1/elb/us-east-1/"), 0);
    assert!(list(&bench.get("Service", "web"), "/metadata/finalizers").is_empty());
}

#[test]
fn a_cluster_that_goes_leaves_its_load_balancers_behind() {
    let mut bench = Bench::new(1);
    bench.put(service("LoadBalancer"));
    bench.wait(100);
    bench.cluster(|cluster| cluster.raze());
    assert_eq!(bench.world_has("aws/1/elb/us-east-1/"), 1);
}

#[test]
fn ready_pods_are_behind_their_service() {
    let mut bench = Bench::new(1);
    bench.put(service("ClusterIP"));
    bench.put(deployment("web", "nginx", 2));
    bench.wait(30);
    let slice = bench.all("EndpointSlice").remove(0);
    assert_eq!(list(&slice, "/endpoints").len(), 2);
    bench.change("Deployment", "web", "/spec/replicas", 0);
    bench.wait(30);
    assert_eq!(list(&bench.all("EndpointSlice")[0], "/endpoints").len(), 0);
    bench.delete("Service", "web");
    bench.wait(30);
    assert_eq!(bench.all("EndpointSlice").len(), 0);
}

#[test]
fn addresses_and_ports_are_given_once() {
    let mut bench = Bench::new(0);
    let all: std::collections::BTreeSet<_> = (0..600).map(|_| bench.cluster(super::super::address)).collect();
    assert_eq!(all.len(), 600);
    let [one, other] = [0, 1].map(|_| bench.cluster(super::super::node_port));
    assert!(one != other && (30_000..32_768).contains(&one));
}
