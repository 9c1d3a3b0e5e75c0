//! Control planes: which cluster answers where, and whom it lets in. What they answer is Kubernetes's.

use super::status::Object;
use super::{access_policy, config};
use crate::simulator::World;
use crate::simulator::kubernetes::ClusterId;
use crate::simulator::kubernetes::clouds::{Cloud, ControlPlane};

/// Whether a name could be that of a cluster's API server.
pub(in crate::simulator) fn is_host(host: &str) -> bool {
    let parts: Vec<_> = host.split('.').collect();
    matches!(parts.as_slice(), [_, "gr7", _, "eks", "amazonaws", "com"])
}

/// Every API server that answers now.
pub(in crate::simulator) fn all(world: &World) -> Vec<ControlPlane> {
    let ids = world.keys().skip_while(|key| *key < "aws/").take_while(|key| key.starts_with("aws/"));
    let ids: Vec<_> = ids.filter_map(id).collect();
    ids.into_iter().filter_map(|id| of_id(world, &id)).collect()
}

/// The API server of a cluster, if it answers now.
pub(in crate::simulator) fn of_id(world: &World, id: &ClusterId) -> Option<ControlPlane> {
    let cluster = cluster(world, id)?;
    let host = cluster.text("endpoint").strip_prefix("https://")?.to_owned();
    let answers = matches!(cluster.status(), "ACTIVE" | "UPDATING");
    let version = format!("{}.0-eks-simulated", cluster.text("version"));
    let (id, name) = (id.clone(), cluster.text("arn").to_owned());
    answers.then_some(ControlPlane { id, cloud: Cloud::Eks, host, version, name })
}

/// Whether the account's users administer the cluster: by having made it, or by an access entry.
pub(in crate::simulator) fn administers(world: &World, id: &ClusterId, account: &str) -> bool {
    let Some(cluster) = cluster(world, id).filter(|_| id.account == account) else { return false };
    if !config::has_entries(&cluster) {
        return true;
    }
    let ClusterId { region, name, .. } = id;
    let entries = world.list::<Object>(&format!("aws/{}/{region}/eks/access-entry/{name}/", id.account));
    let user = format!("arn:aws:iam::{account}:user/");
    entries.iter().any(|(principal, entry)| principal.starts_with(&user) && access_policy::is_administrator(entry))
}

fn cluster(world: &World, id: &ClusterId) -> Option<Object> {
    let key = format!("aws/{}/{}/eks/cluster/{}", id.account, id.region, id.name);
    world.get::<Object>(&key)?.at(world.now())
}

fn id(key: &str) -> Option<ClusterId> {
    let parts: Vec<_> = key.split('/').collect();
    let ["aws", account, region, "eks", "cluster", name] = parts.as_slice() else { return None };
    Some(ClusterId { account: (*account).to_owned(), region: (*region).to_owned(), name: (*name).to_owned() })
}
