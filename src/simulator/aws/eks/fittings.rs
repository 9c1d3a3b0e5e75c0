//! What EKS gives to the objects of its clusters: addresses, disks and load balancers.

use serde_json::{Value as Json, json};

use crate::simulator::kubernetes::ClusterId;
use crate::simulator::kubernetes::clouds::{Class, Fittings};

/// There is a class of volumes from the start. It is not the default one.
pub(in crate::simulator) const FITTINGS: Fittings = Fittings {
    services: "172.20",
    nodes: "10.0",
    driver: "ebs.csi.aws.com",
    detach: "external-attacher/ebs-csi-aws-com",
    classes: &[Class {
        name: "gp2",
        provisioner: "kubernetes.io/aws-ebs",
        parameters: &[("fsType", "ext4"), ("type", "gp2")],
        is_default: false,
        can_grow: false,
    }],
};

/// Where the cloud keeps a volume: around the cluster, so that it stays when the cluster goes.
pub(in crate::simulator) fn volume_key(id: &ClusterId, handle: &str) -> String {
    format!("aws/{}/ebs/{}/{handle}", id.account, id.region)
}

/// Where the cloud keeps a load balancer, likewise.
pub(in crate::simulator) fn balancer_key(id: &ClusterId, name: &str) -> String {
    format!("aws/{}/elb/{}/{name}", id.account, id.region)
}

/// Where a load balancer is reached.
pub(in crate::simulator) fn entry(id: &ClusterId, name: &str, number: u64) -> Json {
    json!({"hostname": format!("{name}-{}.{}.elb.amazonaws.com", number % 2_000_000_000, id.region)})
}
