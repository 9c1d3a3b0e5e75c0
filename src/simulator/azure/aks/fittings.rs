//! What AKS gives to the objects of its clusters: addresses, disks and load balancers.
//!
//! All of it is in the group of the cluster's nodes, and goes with the cluster.

use serde_json::{Value as Json, json};

use super::{control_plane, key_of};
use crate::simulator::World;
use crate::simulator::kubernetes::ClusterId;
use crate::simulator::kubernetes::clouds::{Class, Fittings, Parameters};

const DRIVER: &str = "disk.csi.azure.com";

pub(in crate::simulator) const FITTINGS: Fittings = Fittings {
    services: "10.0",
    nodes: "10.224",
    driver: DRIVER,
    detach: "external-attacher/disk-csi-azure-com",
    classes: &[
        class("default", STANDARD, true),
        class("managed-csi", STANDARD, false),
        class("managed-csi-premium", PREMIUM, false),
    ],
};

const STANDARD: Parameters = &[("skuname", "StandardSSD_LRS")];
const PREMIUM: Parameters = &[("skuname", "Premium_LRS")];

const fn class(name: &'static str, parameters: Parameters, is_default: bool) -> Class {
    Class { name, provisioner: DRIVER, parameters, is_default, can_grow: true }
}

/// What a volume is called: by the id of its disk.
pub(in crate::simulator) fn volume_handle(world: &World, id: &ClusterId, volume: &str) -> String {
    let cluster = control_plane::cluster(world, id).unwrap_or_default();
    let group = cluster.inner(&["properties", "nodeResourceGroup"]).as_str().unwrap_or_default().to_lowercase();
    format!("/subscriptions/{}/resourceGroups/{group}/providers/Microsoft.Compute/disks/{volume}", id.account)
}

pub(in crate::simulator) fn volume_key(id: &ClusterId, handle: &str) -> String {
    format!("{}/disks/{}", key_of(id), handle.rsplit('/').next().unwrap_or_default())
}

pub(in crate::simulator) fn balancer_key(id: &ClusterId, name: &str) -> String {
    format!("{}/loadbalancers/{name}", key_of(id))
}

/// Where a load balancer is reached: a public address.
pub(in crate::simulator) fn entry(number: u64) -> Json {
    json!({"ip": format!("20.{}.{}.{}", number % 256, number / 256 % 256, number / 65_536 % 254 + 1)})
}
