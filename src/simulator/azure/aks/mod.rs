//! `Microsoft.ContainerService`: clusters and their pools of nodes, of AKS.
//!
//! What takes time is done when its time has come, looked at from whichever call comes next. Networks, disks and the
//! group that the nodes are in are not here: a subnet is whatever id is given.

mod body;
mod busy;
mod cluster;
pub(in crate::simulator) mod control_plane;
mod credential;
pub(in crate::simulator) mod fittings;
mod location;
pub(in crate::simulator) mod machines;
mod pool;
mod pool_settings;
mod power;
mod rules;
mod settings;
mod version;

use std::time::Duration;

use http::Method;

use super::arm::{Arm, Asked, Kind, Outcome};
use crate::simulator::World;
use crate::simulator::kubernetes::{Cluster, ClusterId};
use crate::simulator::refusal::Refusal;

const SINCE: &str = "2024-01-01";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "Microsoft.ContainerService",
        since: SINCE,
        get: nothing,
        put: None,
        patch: None,
        delete: None,
        others: &[("managedclusters", Method::GET, cluster::list)],
    },
    Kind {
        name: "Microsoft.ContainerService/locations",
        since: SINCE,
        get: nothing,
        put: None,
        patch: None,
        delete: None,
        others: &[("kubernetesversions", Method::GET, location::versions)],
    },
    Kind {
        name: "Microsoft.ContainerService/managedClusters",
        since: SINCE,
        get: cluster::get,
        put: Some(cluster::put),
        patch: Some(cluster::patch),
        delete: Some(cluster::delete),
        others: &[
            ("agentpools", Method::GET, pool::list),
            ("listclusteradmincredential", Method::POST, credential::of_administrators),
            ("listclustermonitoringusercredential", Method::POST, credential::of_monitoring),
            ("listclusterusercredential", Method::POST, credential::of_users),
            ("start", Method::POST, power::start),
            ("stop", Method::POST, power::stop),
        ],
    },
    Kind {
        name: "Microsoft.ContainerService/managedClusters/agentPools",
        since: SINCE,
        get: pool::get,
        put: Some(pool::put),
        patch: None,
        delete: Some(pool::delete),
        others: &[],
    },
];

type Range = (Duration, Duration);

const fn seconds(least: u64, most: u64) -> Range {
    (Duration::from_secs(least), Duration::from_secs(most))
}

const CLUSTER_CREATES: Range = seconds(240, 480);
const CLUSTER_DELETES: Range = seconds(240, 420);
const CLUSTER_UPDATES: Range = seconds(60, 180);
const POOL_CREATES: Range = seconds(120, 240);
const POOL_DELETES: Range = seconds(120, 240);
const POOL_UPDATES: Range = seconds(45, 150);
const POWER: Range = seconds(60, 240);
const TAGS_CHANGE: Range = seconds(15, 45);
const UPGRADES: Range = seconds(300, 600);
/// How long readers are not shown what was just made.
const APPEARS_AFTER: Duration = Duration::from_secs(3);

fn nothing(_: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let text = format!("No HTTP resource was found that matches the request URI '{}'.", asked.id.path());
    Err(Refusal::new(404, "NotFound", text))
}

/// A value that the service itself has something against.
fn invalid(parameter: &str, why: &str) -> Refusal {
    let text = format!("The value of parameter {parameter} is invalid. Error details: {why}.");
    Refusal::new(400, "InvalidParameter", text)
}

/// Takes the objects of a cluster away that is kept at a key no more.
pub(super) fn gone(world: &mut World, key: &str) {
    if let Some(id) = id_of(key) {
        Cluster::new(world, &id).raze();
    }
}

/// Which cluster is kept at a key, if one is.
fn id_of(key: &str) -> Option<ClusterId> {
    let parts: Vec<_> = key.split('/').collect();
    let ["azure", "subscriptions", account, "resourcegroups", group, "providers", rest @ ..] = parts.as_slice() else {
        return None;
    };
    let ["microsoft.containerservice", "managedclusters", name] = rest else { return None };
    Some(ClusterId { account: (*account).to_owned(), region: (*group).to_owned(), name: (*name).to_owned() })
}

/// Where a cluster is kept.
fn key_of(id: &ClusterId) -> String {
    let ClusterId { account, region: group, name } = id;
    format!(
        "azure/subscriptions/{account}/resourcegroups/{group}/providers/microsoft.containerservice/managedclusters/{name}"
    )
}

#[cfg(test)]
mod tests;
