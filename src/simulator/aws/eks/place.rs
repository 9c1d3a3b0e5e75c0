//! Where a caller's objects are: the part of the world that is one account's EKS in one region.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::refusal::{in_use, invalid_request, not_found};
use super::status::{Object, Span};
use crate::clock::Timestamp;
use crate::simulator::World;
use crate::simulator::aws::{Caller, Refusal};
use crate::simulator::kubernetes::{self, ClusterId};

pub(super) const CLUSTER: &str = "cluster";
pub(super) const NODE_GROUP: &str = "node-group";
pub(super) const ADDON: &str = "addon";
pub(super) const ACCESS_ENTRY: &str = "access-entry";
pub(super) const POD_IDENTITY: &str = "pod-identity-association";
pub(super) const UPDATE: &str = "memory/update";
pub(super) const TOKEN: &str = "memory/token";

/// What goes with a cluster.
pub(super) const OF_A_CLUSTER: [&str; 6] = [NODE_GROUP, ADDON, ACCESS_ENTRY, POD_IDENTITY, UPDATE, TOKEN];

pub(super) struct Place<'a> {
    pub(super) world: &'a mut World,
    pub(super) caller: &'a Caller,
    below: String,
}

impl<'a> Place<'a> {
    /// Takes away what was deleted and is gone by now.
    pub(super) fn enter(world: &'a mut World, caller: &'a Caller) -> Self {
        let below = format!("aws/{}/{}/eks/", caller.account, caller.region);
        let mut place = Self { world, caller, below };
        place.sweep();
        place
    }

    fn sweep(&mut self) {
        let time = self.world.time();
        for kind in [NODE_GROUP, ADDON, CLUSTER] {
            let below = format!("{}{kind}/", self.below);
            let all = self.world.list::<Object>(&below);
            for (name, _) in all.into_iter().filter(|(_, object)| object.clone().at(time).is_none()) {
                self.world.remove(&format!("{below}{name}"));
                if kind == CLUSTER {
                    self.remove_what_goes_with(&name);
                }
            }
        }
    }

    fn remove_what_goes_with(&mut self, cluster: &str) {
        let prefixes = OF_A_CLUSTER.map(|kind| format!("{}{kind}/{cluster}/", self.below));
        let Caller { account, region, .. } = self.caller;
        let id = ClusterId { account: account.clone(), region: region.clone(), name: cluster.to_owned() };
        kubernetes::Cluster::new(self.world, &id).raze();
        let of_it = |key: &&str| prefixes.iter().any(|prefix| key.starts_with(prefix));
        let keys: Vec<_> = self.world.keys().filter(of_it).map(str::to_owned).collect();
        keys.iter().for_each(|key| self.world.remove(key));
    }

    /// Such as `aws/123456789012/us-east-1/eks/node-group/main/workers`.
    pub(super) fn key(&self, kind: &str, name: &[&str]) -> String {
        format!("{}{kind}/{}", self.below, name.join("/"))
    }

    pub(super) fn below(&self) -> &str {
        &self.below
    }

    pub(super) fn get(&self, kind: &str, name: &[&str]) -> Option<Object> {
        self.world.get::<Object>(&self.key(kind, name))?.at(self.world.time())
    }

    /// What readers are shown.
    pub(super) fn shown(&self, kind: &str, name: &[&str]) -> Option<Object> {
        self.world.shown::<Object>(&self.key(kind, name))?.at(self.world.time())
    }

    /// All of a kind, of one cluster or of none.
    pub(super) fn list(&self, kind: &str, of: &[&str]) -> Vec<(String, Object)> {
        self.settled(self.world.list(&self.prefix(kind, of)))
    }

    /// What readers are shown of a kind.
    pub(super) fn list_shown(&self, kind: &str, of: &[&str]) -> Vec<(String, Object)> {
        self.settled(self.world.list_shown(&self.prefix(kind, of)))
    }

    fn prefix(&self, kind: &str, of: &[&str]) -> String {
        let of: String = of.iter().map(|part| format!("{part}/")).collect();
        format!("{}{kind}/{of}", self.below)
    }

    fn settled(&self, all: Vec<(String, Object)>) -> Vec<(String, Object)> {
        let time = self.world.time();
        all.into_iter().filter_map(|(name, object)| Some((name, object.at(time)?))).collect()
    }

    pub(super) fn put(&mut self, kind: &str, name: &[&str], object: &Object) {
        let key = self.key(kind, name);
        self.world.put(&key, object);
    }

    pub(super) fn put_late(&mut self, kind: &str, name: &[&str], object: &Object, after: Duration) {
        let key = self.key(kind, name);
        self.world.put_late(&key, object, after);
    }

    pub(super) fn cluster(&self, name: &str) -> Result<Object, Refusal> {
        self.get(CLUSTER, &[name]).ok_or_else(|| no_cluster(name))
    }

    pub(super) fn shown_cluster(&self, name: &str) -> Result<Object, Refusal> {
        self.shown(CLUSTER, &[name]).ok_or_else(|| no_cluster(name))
    }

    /// The cluster, when something new may be put into it.
    pub(super) fn ready_cluster(&self, name: &str) -> Result<Object, Refusal> {
        let cluster = self.cluster(name)?;
        match cluster.status() {
            "ACTIVE" => Ok(cluster),
            "UPDATING" => Err(in_use(format!("Cluster {name} currently has an update in progress"))),
            status => Err(invalid_request(format!("Cluster {name} is not ACTIVE: its status is {status}"))),
        }
    }

    /// The cluster, when it is or soon is able to work.
    pub(super) fn living_cluster(&self, name: &str) -> Result<Object, Refusal> {
        let cluster = self.cluster(name)?;
        match cluster.status() {
            "ACTIVE" | "UPDATING" => Ok(cluster),
            status => Err(invalid_request(format!("Cluster {name} is not ACTIVE: its status is {status}"))),
        }
    }

    /// Now, as the service writes it.
    pub(super) fn now(&self) -> Json {
        epoch(self.world.time())
    }

    /// When something that begins now is done.
    pub(super) fn after(&self, of: &str, span: Span) -> Timestamp {
        self.world.time() + self.world.delay(&format!("{}{of}", self.below), span.0, span.1)
    }

    pub(super) fn arn(&self, resource: &str) -> String {
        format!("arn:aws:eks:{}:{}:{resource}", self.caller.region, self.caller.account)
    }

    /// 32 hexadecimal digits that nothing else has.
    pub(super) fn hex(&mut self) -> String {
        format!("{:016x}{:016x}", self.world.draw(), self.world.draw())
    }

    pub(super) fn uuid(&mut self) -> String {
        let hex = self.hex();
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
        [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
    }
}

pub(super) fn epoch(time: Timestamp) -> Json {
    json!(time.as_millis() as f64 / 1000.0)
}

fn no_cluster(name: &str) -> Refusal {
    not_found(format!("No cluster found for name: {name}."))
}
