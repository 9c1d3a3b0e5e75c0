//! Services: their addresses, and load balancers of the cloud for those that ask for one.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::object::{
    SERVICE, add_finalizer, deleting, drop_finalizer, has_finalizer, list, moment, name, namespace, set, text, uid,
    unset,
};
use super::queue::Work;
use super::turn::Turn;
use crate::simulator::kubernetes::Cluster;
use crate::simulator::kubernetes::clouds::Cloud;

const CLEANUP: &str = "service.kubernetes.io/load-balancer-cleanup";
/// What a Service's id has in front of it when its load balancer is being made.
const MAKING: &str = "balancer-is-made/";
const GOES_AFTER: Duration = Duration::from_secs(12);

/// A cluster address for a new Service.
pub(in crate::simulator) fn address(cluster: &mut Cluster<'_>) -> String {
    // The first ones are the API server's own and the name server's.
    let number: u64 = cluster.recall("service-addresses").unwrap_or(10) + 1;
    cluster.remember("service-addresses", &number);
    let services = Cloud::of(&cluster.id()).fittings().services;
    format!("{services}.{}.{}", (number / 256) % 256, number % 256)
}

/// A port on every node for a new Service.
pub(in crate::simulator) fn node_port(cluster: &mut Cluster<'_>) -> u16 {
    let number: u16 = cluster.recall("service-ports").unwrap_or(0);
    cluster.remember("service-ports", &((number + 1) % 2768));
    30_000 + number % 2768
}

pub(super) fn look(turn: &mut Turn<'_, '_>, space: &str, own_name: &str) {
    super::endpoints::service_changed(turn, space, own_name);
    let Some(service) = turn.get(SERVICE, space, own_name) else { return };
    if text(&service, "/spec/type") == "LoadBalancer" && !deleting(&service) {
        provide(turn, service);
    } else if has_finalizer(&service, CLEANUP) {
        take_back(turn, service);
    }
}

fn provide(turn: &mut Turn<'_, '_>, mut service: Json) {
    if !list(&service, "/status/loadBalancer/ingress").is_empty() {
        return;
    }
    let place = SERVICE.place_in(namespace(&service), name(&service));
    if add_finalizer(&mut service, CLEANUP) {
        turn.save(&place, service.clone());
        turn.tell(&service, "service-controller", true, "EnsuringLoadBalancer", "Ensuring load balancer");
    }
    let memory = format!("{MAKING}{}", uid(&service));
    match turn.cluster.recall::<Duration>(&memory) {
        None => {
            let ready = turn.at + turn.delay(&format!("balancer/{}/{}", namespace(&service), name(&service)), 45, 75);
            turn.cluster.remember(&memory, &ready);
            turn.later(ready, Work::Service, namespace(&service), name(&service));
            // It is there long before it serves anyone.
            let key = cloud_key(turn, &service);
            let kept = json!({"loadBalancerName": cloud_name(&service), "createdTime": moment(turn.at),
                "service": format!("{}/{}", namespace(&service), name(&service)), "cluster": turn.cluster.id().name});
            turn.cluster.around().put(&key, &kept);
        }
        Some(ready) if ready > turn.at => {}
        Some(_) => {
            turn.cluster.forget(&memory);
            let (id, number) = (turn.cluster.id(), crate::simulator::world::number(&[uid(&service).as_bytes()]));
            let entry = Cloud::of(&id).entry(&id, &cloud_name(&service), number);
            set(&mut service, "/status/loadBalancer", json!({"ingress": [entry]}));
            turn.save(&place, service.clone());
            turn.tell(&service, "service-controller", true, "EnsuredLoadBalancer", "Ensured load balancer");
        }
    }
}

/// The load balancer goes some time after it is no longer asked for.
fn take_back(turn: &mut Turn<'_, '_>, mut service: Json) {
    let memory = format!("balancer-goes/{}", uid(&service));
    match turn.cluster.recall::<Duration>(&memory) {
        None => {
            turn.cluster.remember(&memory, &(turn.at + GOES_AFTER));
            turn.later(turn.at + GOES_AFTER, Work::Service, namespace(&service), name(&service));
            turn.tell(&service, "service-controller", true, "DeletingLoadBalancer", "Deleting load balancer");
        }
        Some(gone) if gone > turn.at => {}
        Some(_) => {
            turn.cluster.forget(&memory);
            turn.cluster.forget(&format!("{MAKING}{}", uid(&service)));
            let key = cloud_key(turn, &service);
            turn.cluster.around().remove(&key);
            drop_finalizer(&mut service, CLEANUP);
            unset(&mut service, "/status/loadBalancer/ingress");
            turn.tell(&service, "service-controller", true, "DeletedLoadBalancer", "Deleted load balancer");
            turn.save(&SERVICE.place_in(namespace(&service), name(&service)), service);
        }
    }
}

/// As the cloud controller names it: after the Service's id.
fn cloud_name(service: &Json) -> String {
    let id: String = uid(service).chars().filter(|one| *one != '-').collect();
    format!("a{}", id.get(..31).unwrap_or(&id))
}

/// Where the cloud keeps it.
fn cloud_key(turn: &Turn<'_, '_>, service: &Json) -> String {
    let id = turn.cluster.id();
    Cloud::of(&id).balancer_key(&id, &cloud_name(service))
}
