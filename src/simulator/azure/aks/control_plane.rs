//! Control planes: which cluster answers where, and whom it lets in. What they answer is Kubernetes's.

use serde_json::Value as Json;

use super::cluster::current;
use super::credential::{SERVER, has_local_accounts, is_of_entra};
use super::{busy, id_of, key_of, power};
use crate::simulator::World;
use crate::simulator::azure::TENANT;
use crate::simulator::azure::token::Claims;
use crate::simulator::kubernetes::ClusterId;
use crate::simulator::kubernetes::clouds::{Caller, Cloud, ControlPlane};
use crate::simulator::object::Object;

/// Whether a name could be that of a cluster's API server, such as `main-1a2b3c4d.hcp.westeurope.azmk8s.io`.
pub(in crate::simulator) fn is_host(host: &str) -> bool {
    let parts: Vec<_> = host.split('.').collect();
    matches!(parts.as_slice(), [_, "hcp", _, "azmk8s", "io"])
}

/// Every API server that answers now.
pub(in crate::simulator) fn all(world: &World) -> Vec<ControlPlane> {
    let below = "azure/subscriptions/";
    let ids = world.keys().skip_while(|key| *key < below).take_while(|key| key.starts_with(below));
    let ids: Vec<_> = ids.filter_map(id_of).collect();
    ids.into_iter().filter_map(|id| of_id(world, &id)).collect()
}

/// The API server of a cluster, if it answers now.
pub(in crate::simulator) fn of_id(world: &World, id: &ClusterId) -> Option<ControlPlane> {
    let cluster = cluster(world, id)?;
    let version = current(&cluster)?.to_string();
    let host = cluster.inner(&["properties", "fqdn"]).as_str()?.to_owned();
    let (id, name) = (id.clone(), cluster.text("name").to_owned());
    let answers = busy::state(&cluster) != "Deleting" && !power::is_stopped(&cluster);
    answers.then_some(ControlPlane { id, cloud: Cloud::Aks, host, version, name })
}

/// A cluster goes with its group.
pub(super) fn cluster(world: &World, id: &ClusterId) -> Option<Object> {
    let group = format!("azure/subscriptions/{}/resourcegroups/{}", id.account, id.region);
    world.get::<Object>(&group)?.at(world.now())?;
    world.get::<Object>(&key_of(id))?.at(world.now())
}

/// Whose token it is: the cluster's own, or one of Entra's where the cluster takes those.
///
/// Who is in which group is not known here: whoever the tenant knows is in those that administer the cluster.
pub(in crate::simulator) fn identify(world: &World, plane: &ControlPlane, token: &str) -> Option<Caller> {
    let cluster = cluster(world, &plane.id)?;
    let is = |name: &str| cluster.hidden.get(name).and_then(Json::as_str).is_some_and(|own| own == token);
    if has_local_accounts(&cluster) && (is("administratorToken") || is("userToken") && !is_of_entra(&cluster)) {
        return Some(Caller { name: "masterclient".to_owned(), administers: true });
    }
    let claims = Claims::read(token).filter(|_| is_of_entra(&cluster))?;
    let entra = cluster.inner(&["properties", "aadProfile"]);
    let has_groups = entra["adminGroupObjectIDs"].as_array().is_some_and(|groups| !groups.is_empty());
    let administers = has_groups || entra["enableAzureRBAC"] == true;
    let is_known = claims.is_valid(SERVER, world.now()) && claims.tid == TENANT;
    is_known.then_some(Caller { name: claims.oid, administers })
}
