//! The clouds that clusters are in: which cluster answers where, whom it lets in, and what its nodes run on.
//!
//! What is said here is asked of each cloud's own half. Knows no object of a cluster.

use serde_json::Value as Json;

use super::ClusterId;
use crate::clock::Timestamp;
use crate::simulator::World;
use crate::simulator::aws::eks;
use crate::simulator::azure::aks;

/// The API server of a cluster that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulator) struct ControlPlane {
    pub(in crate::simulator) id: ClusterId,
    pub(in crate::simulator) cloud: Cloud,
    /// Such as `1A2B.gr7.us-east-1.eks.amazonaws.com`.
    pub(in crate::simulator) host: String,
    /// What runs there, such as `1.34.0-eks-simulated`.
    pub(in crate::simulator) version: String,
    /// What kubeconfigs call it, such as its ARN.
    pub(in crate::simulator) name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulator) enum Cloud {
    Eks,
    Aks,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulator) struct Caller {
    pub(in crate::simulator) name: String,
    pub(in crate::simulator) administers: bool,
}

/// Machines of one kind, as a cloud has them at a time.
#[derive(Debug)]
pub(in crate::simulator) struct Machines {
    pub(in crate::simulator) group: String,
    /// How many nodes there are to be.
    pub(in crate::simulator) wanted: usize,
    /// When the group becomes, or became, what it was asked to be.
    pub(in crate::simulator) settles: Option<Timestamp>,
    pub(in crate::simulator) kind: MachineKind,
}

/// What the machines of a group have in common.
#[derive(Clone, Debug, Default)]
pub(in crate::simulator) struct MachineKind {
    /// Such as `t3.medium`.
    pub(in crate::simulator) instance: String,
    pub(in crate::simulator) is_arm: bool,
    pub(in crate::simulator) region: String,
    /// Where they are, in turn.
    pub(in crate::simulator) zones: Vec<String>,
    /// The cloud's own, those of the group last.
    pub(in crate::simulator) labels: Vec<(String, String)>,
    /// In Kubernetes's words.
    pub(in crate::simulator) taints: Vec<Json>,
    /// Such as `v1.34.0-eks-simulated`.
    pub(in crate::simulator) kubelet: String,
    pub(in crate::simulator) system: &'static str,
    pub(in crate::simulator) kernel: &'static str,
    /// What names begin with, where the cloud does not name nodes by their address.
    pub(in crate::simulator) prefix: String,
    /// What the provider's own names begin with, likewise.
    pub(in crate::simulator) provider: String,
}

/// One machine among those of its group and of its cluster.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulator) struct Slot<'a> {
    /// How many of the group joined before.
    pub(in crate::simulator) number: u64,
    /// Such as `10.0.16.4`.
    pub(in crate::simulator) address: &'a str,
    pub(in crate::simulator) zone: &'a str,
    /// What no other machine has.
    pub(in crate::simulator) drawn: u64,
}

/// What a cloud gives to the objects of its clusters.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulator) struct Fittings {
    /// What addresses of Services begin with: two numbers of four.
    pub(in crate::simulator) services: &'static str,
    /// What addresses of nodes begin with.
    pub(in crate::simulator) nodes: &'static str,
    /// What makes volumes.
    pub(in crate::simulator) driver: &'static str,
    /// The finalizer of volumes that are attached.
    pub(in crate::simulator) detach: &'static str,
    /// The classes of volumes that there are from the start.
    pub(in crate::simulator) classes: &'static [Class],
}

/// A class of volumes.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulator) struct Class {
    pub(in crate::simulator) name: &'static str,
    pub(in crate::simulator) provisioner: &'static str,
    pub(in crate::simulator) parameters: Parameters,
    pub(in crate::simulator) is_default: bool,
    pub(in crate::simulator) can_grow: bool,
}

pub(in crate::simulator) type Parameters = &'static [(&'static str, &'static str)];

impl Cloud {
    pub(in crate::simulator) fn fittings(self) -> Fittings {
        match self {
            Self::Eks => eks::fittings::FITTINGS,
            Self::Aks => aks::fittings::FITTINGS,
        }
    }

    /// What the cloud calls a new volume.
    pub(in crate::simulator) fn volume_handle(self, world: &mut World, id: &ClusterId, volume: &str) -> String {
        match self {
            Self::Eks => format!("vol-0{:016x}", world.draw()),
            Self::Aks => aks::fittings::volume_handle(world, id, volume),
        }
    }

    /// Where the cloud keeps a volume.
    pub(in crate::simulator) fn volume_key(self, id: &ClusterId, handle: &str) -> String {
        match self {
            Self::Eks => eks::fittings::volume_key(id, handle),
            Self::Aks => aks::fittings::volume_key(id, handle),
        }
    }

    /// Where the cloud keeps a load balancer.
    pub(in crate::simulator) fn balancer_key(self, id: &ClusterId, name: &str) -> String {
        match self {
            Self::Eks => eks::fittings::balancer_key(id, name),
            Self::Aks => aks::fittings::balancer_key(id, name),
        }
    }

    /// Where a load balancer is reached, as a Service says it.
    pub(in crate::simulator) fn entry(self, id: &ClusterId, name: &str, number: u64) -> Json {
        match self {
            Self::Eks => eks::fittings::entry(id, name, number),
            Self::Aks => aks::fittings::entry(number),
        }
    }

    /// The label in which a node says of which group it is.
    pub(in crate::simulator) fn group_label(self) -> &'static str {
        match self {
            Self::Eks => eks::machines::GROUP,
            Self::Aks => aks::machines::POOL,
        }
    }

    /// A node's name and what its provider calls it.
    pub(in crate::simulator) fn node_name(
        self,
        id: &ClusterId,
        kind: &MachineKind,
        slot: Slot<'_>,
    ) -> (String, String) {
        match self {
            Self::Eks => eks::machines::node_name(&id.region, slot),
            Self::Aks => aks::machines::node_name(kind, slot),
        }
    }

    /// Where a cluster is, by how its account is written: subscriptions are GUIDs.
    pub(in crate::simulator) fn of(id: &ClusterId) -> Self {
        if is_guid(&id.account) { Self::Aks } else { Self::Eks }
    }
}

/// Whether a name could be that of a cluster's API server.
pub(in crate::simulator) fn is_host(host: &str) -> bool {
    eks::control_plane::is_host(host) || aks::control_plane::is_host(host)
}

/// What has the form of a subscription's id.
pub(in crate::simulator) fn is_guid(text: &str) -> bool {
    let lengths: Vec<_> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Every API server that answers now.
pub(in crate::simulator) fn all(world: &World) -> Vec<ControlPlane> {
    eks::control_plane::all(world).into_iter().chain(aks::control_plane::all(world)).collect()
}

pub(in crate::simulator) fn of_host(world: &World, host: &str) -> Option<ControlPlane> {
    all(world).into_iter().find(|plane| plane.host.eq_ignore_ascii_case(host))
}

/// The API server of a cluster, if it answers now.
pub(in crate::simulator) fn of_id(world: &World, id: &ClusterId) -> Option<ControlPlane> {
    match Cloud::of(id) {
        Cloud::Eks => eks::control_plane::of_id(world, id),
        Cloud::Aks => aks::control_plane::of_id(world, id),
    }
}

/// Whose bearer token it is, where the cluster knows them. Whoever calls a socket may go by another time.
pub(in crate::simulator) fn identify(
    world: &World,
    plane: &ControlPlane,
    token: &str,
    on_socket: bool,
) -> Option<Caller> {
    match plane.cloud {
        Cloud::Eks => eks::bearer::identify(world, plane, token, on_socket),
        Cloud::Aks => aks::control_plane::identify(world, plane, token),
    }
}

/// The groups of machines of a cluster at a time.
pub(in crate::simulator) fn machines(world: &World, id: &ClusterId, time: Timestamp) -> Vec<Machines> {
    match Cloud::of(id) {
        Cloud::Eks => eks::machines::machines(world, id, time),
        Cloud::Aks => aks::machines::machines(world, id, time),
    }
}
