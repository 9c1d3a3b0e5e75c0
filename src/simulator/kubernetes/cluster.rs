//! The objects of one cluster, as its etcd has them. Knows places and revisions, and no kind.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::clock::Timestamp;
use crate::simulator::World;

/// How many changes a watcher may be behind before it must list again.
const REMEMBERED_CHANGES: u64 = 2_000;

/// Which cluster, by what its cloud knows it by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::simulator) struct ClusterId {
    pub(in crate::simulator) account: String,
    pub(in crate::simulator) region: String,
    pub(in crate::simulator) name: String,
}

/// Where an object is: `apps`, `deployments`, `demo`, `worker`. The core group is empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::simulator) struct Place {
    pub(in crate::simulator) group: String,
    pub(in crate::simulator) resource: String,
    /// `None` for what belongs to the whole cluster.
    pub(in crate::simulator) namespace: Option<String>,
    pub(in crate::simulator) name: String,
}

/// One change of an object, for whoever watches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::simulator) struct Change {
    pub(in crate::simulator) revision: u64,
    pub(in crate::simulator) place: Place,
    /// It was not there before.
    pub(in crate::simulator) added: bool,
    /// As it is after the change; a deleted one as it was last, with the revision of its deletion.
    pub(in crate::simulator) object: Json,
    pub(in crate::simulator) deleted: bool,
}

/// The objects of one cluster.
pub(in crate::simulator) struct Cluster<'w> {
    world: &'w mut World,
    prefix: String,
    /// What is done now was due then.
    at: Option<Timestamp>,
}

impl ClusterId {
    fn prefix(&self) -> String {
        format!("kubernetes/{}/{}/{}/", self.account, self.region, self.name)
    }
}

impl Place {
    fn key(&self) -> String {
        let Self { group, resource, namespace, name } = self;
        format!("{}/{resource}/{}/{name}", group_part(group), namespace.as_deref().unwrap_or("-"))
    }
}

fn group_part(group: &str) -> &str {
    if group.is_empty() { "core" } else { group }
}

impl<'w> Cluster<'w> {
    pub(in crate::simulator) fn new(world: &'w mut World, id: &ClusterId) -> Self {
        Self { world, prefix: id.prefix(), at: None }
    }

    pub(in crate::simulator) fn now(&self) -> Timestamp {
        self.at.unwrap_or_else(|| self.world.now())
    }

    /// Goes back to when something was due, or to the present.
    pub(in crate::simulator) fn as_of(&mut self, at: Option<Timestamp>) {
        self.at = at;
    }

    /// The number of the last change of anything.
    pub(in crate::simulator) fn revision(&self) -> u64 {
        self.recall("revision").unwrap_or(1)
    }

    pub(in crate::simulator) fn get(&self, place: &Place) -> Option<Json> {
        self.world.get(&format!("{}{}", self.prefix, place.key()))
    }

    /// All of one resource, or those of one namespace, in the order of namespace and name.
    pub(in crate::simulator) fn list(&self, group: &str, resource: &str, namespace: Option<&str>) -> Vec<Json> {
        let below = format!("{}{}/{resource}/", self.prefix, group_part(group));
        let below = match namespace {
            Some(namespace) => format!("{below}{namespace}/"),
            None => below,
        };
        self.world.list(&below).into_iter().map(|(_, object)| object).collect()
    }

    /// Puts an object in place, with the next resource version, and gives it as it is now.
    pub(in crate::simulator) fn write(&mut self, place: &Place, mut object: Json) -> Json {
        let added = self.get(place).is_none();
        let revision = self.advance();
        stamp(&mut object, revision);
        self.world.put(&format!("{}{}", self.prefix, place.key()), &object);
        self.tell(Change { revision, place: place.clone(), added, object: object.clone(), deleted: false });
        object
    }

    /// Takes an object away.
    pub(in crate::simulator) fn erase(&mut self, place: &Place) {
        let Some(mut object) = self.get(place) else { return };
        let revision = self.advance();
        stamp(&mut object, revision);
        self.world.remove(&format!("{}{}", self.prefix, place.key()));
        self.tell(Change { revision, place: place.clone(), added: false, object, deleted: true });
    }

    /// What changed after a revision, in order; `None` when that is too long ago to be told.
    pub(in crate::simulator) fn changes_since(&self, revision: u64) -> Option<Vec<Change>> {
        let oldest = self.revision().saturating_sub(REMEMBERED_CHANGES);
        if revision < oldest {
            return None;
        }
        Some((revision + 1..=self.revision()).filter_map(|number| self.recall(&change_name(number))).collect())
    }

    /// An id no other object has.
    pub(in crate::simulator) fn uid(&mut self) -> String {
        let (high, low) = (self.world.draw(), self.world.draw());
        let number = (u128::from(high) << 64) | u128::from(low);
        uuid::Builder::from_u128(number).with_version(uuid::Version::Random).into_uuid().to_string()
    }

    /// A number that no one else gets.
    pub(in crate::simulator) fn draw(&mut self) -> u64 {
        self.world.draw()
    }

    /// How long something takes, of the given range: always the same for the same thing.
    pub(in crate::simulator) fn delay(&self, of: &str, least: Duration, most: Duration) -> Duration {
        self.world.delay(&format!("{}{of}", self.prefix), least, most)
    }

    /// What the server keeps for itself, which is no object.
    pub(in crate::simulator) fn recall<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.world.get(&format!("{}memory/{name}", self.prefix))
    }

    /// All that is kept below a name that ends with `/`, without that prefix, in order.
    pub(in crate::simulator) fn recall_all<T: DeserializeOwned>(&self, below: &str) -> Vec<(String, T)> {
        self.world.list(&format!("{}memory/{below}", self.prefix))
    }

    pub(in crate::simulator) fn remember<T: Serialize>(&mut self, name: &str, value: &T) {
        self.world.put(&format!("{}memory/{name}", self.prefix), value);
    }

    pub(in crate::simulator) fn forget(&mut self, name: &str) {
        self.world.remove(&format!("{}memory/{name}", self.prefix));
    }

    /// Takes everything away, when the cluster itself goes.
    pub(in crate::simulator) fn raze(&mut self) {
        let names: Vec<_> = self.world.list::<Json>(&self.prefix).into_iter().map(|(name, _)| name).collect();
        for name in names {
            self.world.remove(&format!("{}{name}", self.prefix));
        }
    }

    /// The first of what is kept below a name that ends with `/`, without that prefix.
    pub(in crate::simulator) fn recall_first<T: DeserializeOwned>(&self, below: &str) -> Option<(String, T)> {
        self.world.first(&format!("{}memory/{below}", self.prefix))
    }

    /// Which cluster it is.
    pub(in crate::simulator) fn id(&self) -> ClusterId {
        let mut parts = self.prefix.split('/').skip(1).map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        ClusterId { account: next(), region: next(), name: next() }
    }

    /// What is around the cluster: the clouds that its controllers ask for machines, volumes and load balancers.
    pub(in crate::simulator) fn around(&mut self) -> &mut World {
        self.world
    }

    fn advance(&mut self) -> u64 {
        let next = self.revision() + 1;
        self.remember("revision", &next);
        next
    }

    fn tell(&mut self, change: Change) {
        self.forget(&change_name(change.revision.saturating_sub(REMEMBERED_CHANGES)));
        self.remember(&change_name(change.revision), &change);
    }
}

fn change_name(revision: u64) -> String {
    format!("change/{revision:020}")
}

fn stamp(object: &mut Json, revision: u64) {
    if let Some(object) = object.as_object_mut() {
        let metadata = object.entry("metadata").or_insert_with(|| json!({}));
        metadata["resourceVersion"] = Json::String(revision.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(namespace: &str, name: &str) -> Place {
        let (group, resource) = (String::new(), "pods".to_owned());
        Place { group, resource, namespace: Some(namespace.to_owned()), name: name.to_owned() }
    }

    #[test]
    fn objects_are_listed_and_their_changes_told() {
        let mut world = World::new(1);
        let id = ClusterId { account: "1".into(), region: "r".into(), name: "c".into() };
        let mut cluster = Cluster::new(&mut world, &id);
        let before = cluster.revision();
        cluster.write(&place("b", "x"), json!({"metadata": {"name": "x"}}));
        cluster.write(&place("a", "y"), json!({"metadata": {"name": "y"}}));
        cluster.erase(&place("b", "x"));
        let names = |objects: Vec<Json>| objects.iter().map(|one| one["metadata"]["name"].clone()).collect::<Vec<_>>();
        assert_eq!(names(cluster.list("", "pods", None)), ["y"]);
        assert_eq!(cluster.list("", "pods", Some("b")), [] as [Json; 0]);
        let told: Vec<_> = cluster.changes_since(before).unwrap().iter().map(|one| (one.added, one.deleted)).collect();
        assert_eq!(told, [(true, false), (true, false), (false, true)]);
        cluster.raze();
        assert_eq!(world.list::<Json>("kubernetes/"), []);
    }
}
