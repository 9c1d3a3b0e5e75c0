//! What every new cluster has: its first namespaces and its own service.

use serde_json::json;

use super::write::place_of;
use super::{controllers, kinds};
use crate::clock::rfc3339;
use crate::simulator::kubernetes::Cluster;
use crate::simulator::kubernetes::clouds::Cloud;

const STARTED: &str = "started";
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Does it the first time.
pub(super) fn begin(cluster: &mut Cluster<'_>) {
    if cluster.recall::<bool>(STARTED).is_none() {
        cluster.remember(STARTED, &true);
        start(cluster);
    }
}

fn start(cluster: &mut Cluster<'_>) {
    let now = rfc3339(cluster.now());
    for name in NAMESPACES {
        let uid = cluster.uid();
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": name, "uid": uid, "creationTimestamp": now,
                "labels": {"kubernetes.io/metadata.name": name}},
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        });
        controllers::write(cluster, &place_of(&kinds::core("namespaces"), None, name), namespace);
    }
    let uid = cluster.uid();
    let address = format!("{}.0.1", Cloud::of(&cluster.id()).fittings().services);
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "kubernetes", "namespace": "default", "uid": uid, "creationTimestamp": now,
            "labels": {"component": "apiserver", "provider": "kubernetes"}},
        "spec": {
            "clusterIP": address, "clusterIPs": [address], "type": "ClusterIP", "sessionAffinity": "None",
            "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 443}],
        },
        "status": {"loadBalancer": {}},
    });
    controllers::write(cluster, &place_of(&kinds::core("services"), Some("default"), "kubernetes"), service);
}
