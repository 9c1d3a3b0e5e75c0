//! Controllers on a cluster of their own, over simulated time.

mod jobs;
mod keda;
mod kinds;
mod pods;
mod storage;
mod workloads;

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::object::{self, deleting, list, name, number, set, text};
use super::{noticed, run};
use crate::clock::Timestamp;
use crate::simulator::World;
use crate::simulator::kubernetes::{Cluster, ClusterId, Place};

/// A cluster, its world, and what a client does to it.
struct Bench {
    world: World,
    now: Timestamp,
}

const SPACE: &str = "demo";

impl Bench {
    /// With so many nodes, which have joined.
    fn new(nodes: i64) -> Self {
        let mut bench = Self { world: World::new(7), now: Duration::from_secs(1_800_000_000) };
        bench.world.begin(bench.now);
        if nodes > 0 {
            bench.node_group("workers", "ACTIVE", nodes, None);
        }
        bench.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}));
        bench.wait(5);
        bench
    }

    fn node_group(&mut self, group: &str, status: &str, size: i64, settles: Option<(u64, Json)>) {
        let members = json!({"nodegroupName": group, "status": status, "version": "1.34", "instanceTypes": ["t3.medium"],
            "scalingConfig": {"desiredSize": size, "minSize": 0, "maxSize": 9}});
        let mut document = json!({"members": members});
        if let Some((after, into)) = settles {
            let at = self.now + Duration::from_secs(after);
            document["settles"] = json!({"at_ms": u64::try_from(at.as_millis()).unwrap(), "into": into});
        }
        self.world.put(&format!("aws/1/us-east-1/eks/node-group/c/{group}"), &document);
        self.cluster(run);
    }

    fn cluster<T>(&mut self, act: impl FnOnce(&mut Cluster<'_>) -> T) -> T {
        let id = ClusterId { account: "1".into(), region: "us-east-1".into(), name: "c".into() };
        act(&mut Cluster::new(&mut self.world, &id))
    }

    /// Lets time pass, and looks.
    fn wait(&mut self, seconds: u64) -> &mut Self {
        self.now += Duration::from_secs(seconds);
        self.world.begin(self.now);
        self.cluster(run);
        self
    }

    /// Creates or replaces an object, as a client does.
    fn put(&mut self, mut object: Json) {
        let place = place_of(&object);
        let now = object::moment(self.now);
        self.cluster(|cluster| {
            let before = cluster.get(&place);
            let of = before.clone().unwrap_or_default();
            let had = |pointer: &str| of.pointer(pointer).filter(|value| !value.is_null()).cloned();
            let uid = had("/metadata/uid").unwrap_or_else(|| json!(cluster.uid()));
            set(&mut object, "/metadata/uid", uid);
            set(&mut object, "/metadata/creationTimestamp", had("/metadata/creationTimestamp").unwrap_or(now));
            let changed = i64::from(of.get("spec") != object.get("spec"));
            set(&mut object, "/metadata/generation", number(&of, "/metadata/generation").unwrap_or(0) + changed);
            let kept = ["status", "metadata/finalizers"];
            for part in kept.iter().filter_map(|part| Some((format!("/{part}"), had(&format!("/{part}"))?))) {
                set(&mut object, &part.0, part.1);
            }
            let after = cluster.write(&place, object);
            noticed(cluster, &place, before.as_ref(), Some(&after));
        });
    }

    /// Changes an object where a pointer says.
    fn change(&mut self, kind: &str, name: &str, pointer: &str, value: impl Into<Json>) {
        let mut object = self.get(kind, name);
        set(&mut object, pointer, value);
        self.put(object);
    }

    fn delete(&mut self, kind: &str, name: &str) {
        let place = place(kind, name);
        self.cluster(|cluster| {
            let now = cluster.now();
            super::Turn::new(cluster, now, now).delete(&place);
        });
    }

    fn find(&mut self, kind: &str, name: &str) -> Option<Json> {
        self.cluster(|cluster| cluster.get(&place(kind, name)))
    }

    fn get(&mut self, kind: &str, name: &str) -> Json {
        self.find(kind, name).unwrap_or_else(|| panic!("no {kind} {name}"))
    }

    fn all(&mut self, kind: &str) -> Vec<Json> {
        let Place { group, resource, namespace, .. } = place(kind, "");
        self.cluster(|cluster| cluster.list(&group, &resource, namespace.as_deref()))
    }

    fn pods(&mut self) -> Vec<Json> {
        self.all("Pod")
    }

    fn number(&mut self, kind: &str, name: &str, pointer: &str) -> i64 {
        number(&self.get(kind, name), pointer).unwrap_or(0)
    }

    /// A condition as `True MinimumReplicasAvailable`.
    fn condition(&mut self, kind: &str, name: &str, of: &str) -> String {
        let object = self.get(kind, name);
        object::condition(&object, of)
            .map_or_else(String::new, |one| format!("{} {}", text(one, "/status"), text(one, "/reason")))
    }

    fn message(&mut self, kind: &str, name: &str, of: &str) -> String {
        let object = self.get(kind, name);
        object::condition(&object, of).map_or_else(String::new, |one| text(one, "/message").to_owned())
    }

    /// Why the first container of the first pod waits.
    fn waits(&mut self) -> String {
        let pod = self.pods().into_iter().next().unwrap_or_default();
        let status = list(&pod, "/status/containerStatuses").first().cloned().unwrap_or_default();
        text(&status, "/state/waiting/reason").to_owned()
    }

    fn reasons(&mut self) -> Vec<String> {
        let mut all: Vec<_> = self.all("Event").iter().map(|event| text(event, "/reason").to_owned()).collect();
        all.sort();
        all.dedup();
        all
    }

    fn world_has(&self, below: &str) -> usize {
        self.world.list::<Json>(below).len()
    }

    fn revision(&mut self) -> u64 {
        self.cluster(|cluster| cluster.revision())
    }
}

fn place_of(object: &Json) -> Place {
    place(text(object, "/kind"), name(object))
}

fn place(kind: &str, name: &str) -> Place {
    let (group, resource) = match kind {
        "ConfigMap" => ("", "configmaps"),
        "Event" => ("", "events"),
        "Namespace" => ("", "namespaces"),
        "Node" => ("", "nodes"),
        "PersistentVolume" => ("", "persistentvolumes"),
        "PersistentVolumeClaim" => ("", "persistentvolumeclaims"),
        "Pod" => ("", "pods"),
        "Secret" => ("", "secrets"),
        "Service" => ("", "services"),
        "ServiceAccount" => ("", "serviceaccounts"),
        "ControllerRevision" => ("apps", "controllerrevisions"),
        "DaemonSet" => ("apps", "daemonsets"),
        "Deployment" => ("apps", "deployments"),
        "ReplicaSet" => ("apps", "replicasets"),
        "StatefulSet" => ("apps", "statefulsets"),
        "HorizontalPodAutoscaler" => ("autoscaling", "horizontalpodautoscalers"),
        "Job" => ("batch", "jobs"),
        "EndpointSlice" => ("discovery.k8s.io", "endpointslices"),
        "StorageClass" => ("storage.k8s.io", "storageclasses"),
        "APIService" => ("apiregistration.k8s.io", "apiservices"),
        "CustomResourceDefinition" => ("apiextensions.k8s.io", "customresourcedefinitions"),
        "ScaledObject" => ("keda.sh", "scaledobjects"),
        "ScaledJob" => ("keda.sh", "scaledjobs"),
        "TriggerAuthentication" => ("keda.sh", "triggerauthentications"),
        other => panic!("no such kind here: {other}"),
    };
    let whole = ["Namespace", "Node", "PersistentVolume", "StorageClass", "APIService", "CustomResourceDefinition"];
    let namespace = (!whole.contains(&kind)).then(|| SPACE.to_owned());
    Place { group: group.to_owned(), resource: resource.to_owned(), namespace, name: name.to_owned() }
}

/// Something with a template of one container.
fn workload(kind: &str, name: &str, image: &str, spec: Json) -> Json {
    let version = if kind == "Job" { "batch/v1" } else { "apps/v1" };
    let policy = if kind == "Job" { "Never" } else { "Always" };
    let mut object = json!({
        "apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": SPACE},
        "spec": {
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": image}], "restartPolicy": policy,
                    "terminationGracePeriodSeconds": 30},
            },
        },
    });
    if kind != "Job" {
        set(&mut object, "/spec/selector", json!({"matchLabels": {"app": name}}));
    }
    for (member, value) in spec.as_object().unwrap() {
        object["spec"][member.as_str()] = value.clone();
    }
    object
}

fn deployment(name: &str, image: &str, replicas: i64) -> Json {
    workload("Deployment", name, image, json!({"replicas": replicas}))
}
