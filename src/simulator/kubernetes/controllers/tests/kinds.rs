//! What controllers write is what the API's types have, and nothing else.

use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{
    ConfigMap, Event, Node, PersistentVolume, PersistentVolumeClaim, Pod, Service, ServiceAccount,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::storage::v1::StorageClass;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::*;

/// An object that is read as its type and written again says the same.
fn check<T: DeserializeOwned + Serialize>(bench: &mut Bench, kind: &str) {
    let all = bench.all(kind);
    assert!(!all.is_empty(), "no {kind}");
    for object in all {
        let read: T =
            serde_json::from_value(object.clone()).unwrap_or_else(|problem| panic!("{kind}: {problem}: {object}"));
        let lost = lost(&object, &serde_json::to_value(read).unwrap(), kind);
        assert_eq!(lost, None, "{object}");
    }
}

/// The first thing that is not there any more, but for what is null or empty.
fn lost(written: &Json, read: &Json, path: &str) -> Option<String> {
    match (written, read) {
        (Json::Object(written), _) => {
            let mut members = written.iter().filter(|(_, value)| !value.is_null() && **value != json!({}));
            members.find_map(|(name, value)| lost(value, &read[name.as_str()], &format!("{path}.{name}")))
        }
        (Json::Array(written), _) => {
            let mut items = written.iter().enumerate();
            items.find_map(|(index, value)| lost(value, &read[index], &format!("{path}[{index}]")))
        }
        (written, read) => (written != read).then(|| path.to_owned()),
    }
}

#[test]
fn objects_have_the_fields_of_their_types_only() {
    let mut bench = Bench::new(1);
    let template = json!({"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "storageClassName": "gp2", "resources": {"requests": {"storage": "1Gi"}}}});
    bench.put(deployment("web", "nginx", 2));
    bench.put(deployment("crash", "crash", 1));
    bench.put(deployment("missing", "x:missing", 1));
    bench.put(workload(
        "StatefulSet",
        "db",
        "x",
        json!({"replicas": 1, "serviceName": "db", "volumeClaimTemplates": [template]}),
    ));
    bench.put(workload("DaemonSet", "agent", "x", json!({})));
    bench.put(workload("Job", "work", "x", json!({"completions": 1, "completionMode": "Indexed"})));
    bench.put(workload("Job", "broken", "crash", json!({"completions": 1, "backoffLimit": 0})));
    bench.put(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": SPACE},
        "spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]}}));
    bench.put(json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": SPACE}, "spec": {"minReplicas": 1, "maxReplicas": 4,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}}));
    bench.wait(200);
    check::<ConfigMap>(&mut bench, "ConfigMap");
    check::<ControllerRevision>(&mut bench, "ControllerRevision");
    check::<DaemonSet>(&mut bench, "DaemonSet");
    check::<Deployment>(&mut bench, "Deployment");
    check::<EndpointSlice>(&mut bench, "EndpointSlice");
    check::<Event>(&mut bench, "Event");
    check::<HorizontalPodAutoscaler>(&mut bench, "HorizontalPodAutoscaler");
    check::<Job>(&mut bench, "Job");
    check::<Node>(&mut bench, "Node");
    check::<PersistentVolume>(&mut bench, "PersistentVolume");
    check::<PersistentVolumeClaim>(&mut bench, "PersistentVolumeClaim");
    check::<Pod>(&mut bench, "Pod");
    check::<ReplicaSet>(&mut bench, "ReplicaSet");
    check::<Service>(&mut bench, "Service");
    check::<ServiceAccount>(&mut bench, "ServiceAccount");
    check::<StatefulSet>(&mut bench, "StatefulSet");
    check::<StorageClass>(&mut bench, "StorageClass");
}
