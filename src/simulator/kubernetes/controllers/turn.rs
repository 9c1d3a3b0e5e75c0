//! A controller's turn: the cluster at the moment at which it acts. What it writes is noticed by the others.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::object::{self, Kind, NAMESPACE, count, deleting, moment, set};
use super::queue::{self, Task, Work};
use super::{notice, ownership};
use crate::clock::Timestamp;
use crate::simulator::kubernetes::{Cluster, Place};

/// A pod's own `terminationGracePeriodSeconds` is what objects say; this is how long its containers take to end.
pub(super) const PODS_END_AFTER: Duration = Duration::from_secs(2);

pub(super) struct Turn<'t, 'w> {
    pub(super) cluster: &'t mut Cluster<'w>,
    /// When what is done now happens.
    pub(super) at: Timestamp,
    /// How far the cluster is being brought: nothing that passes before then is seen by anyone.
    pub(super) until: Timestamp,
}

impl<'t, 'w> Turn<'t, 'w> {
    pub(super) fn new(cluster: &'t mut Cluster<'w>, at: Timestamp, until: Timestamp) -> Self {
        Self { cluster, at, until }
    }

    pub(super) fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<Json> {
        self.cluster.get(&kind.place_in(namespace, name))
    }

    pub(super) fn list(&self, kind: Kind, namespace: &str) -> Vec<Json> {
        self.cluster.list(kind.group, kind.resource, Some(namespace).filter(|namespace| !namespace.is_empty()))
    }

    /// What an object controls, of one kind, in order of name.
    pub(super) fn controlled(&self, owner: &Json, kind: Kind) -> Vec<Json> {
        let uid = object::uid(owner);
        let mine = |one: &Json| object::controller(one).is_some_and(|by| object::text(by, "/uid") == uid);
        let places = ownership::dependants(self.cluster, uid);
        let places = places.into_iter().filter(|place| kind.is_of(place));
        places.filter_map(|place| self.cluster.get(&place)).filter(mine).collect()
    }

    pub(super) fn delay(&self, of: &str, least: u64, most: u64) -> Duration {
        let exact = self.cluster.delay(of, Duration::from_secs(least), Duration::from_secs(most));
        // The queue knows no finer moments.
        Duration::from_millis(u64::try_from(exact.as_millis()).unwrap_or(0))
    }

    /// Letters and digits for a name that nothing else has, as API servers draw them.
    pub(super) fn suffix(&mut self) -> String {
        const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
        let mut number = self.cluster.draw();
        let mut next = || {
            let letter = LETTERS[usize::try_from(number % 27).unwrap_or(0)];
            number /= 27;
            char::from(letter)
        };
        (0..5).map(|_| next()).collect()
    }

    /// Has a controller look in a moment.
    pub(super) fn soon(&mut self, work: Work, namespace: &str, name: &str) {
        queue::add(self.cluster, queue::soon(self.at), &Task::new(work, namespace, name));
    }

    /// Has a controller look at a time, which is not now.
    pub(super) fn later(&mut self, at: Timestamp, work: Work, namespace: &str, name: &str) {
        let at = at.max(self.at + Duration::from_millis(1));
        queue::add(self.cluster, at, &Task::new(work, namespace, name));
    }

    /// Puts a new object in, unless there is one of that name, or its namespace takes nothing any more.
    pub(super) fn create(&mut self, place: &Place, mut object: Json) -> Option<Json> {
        if self.cluster.get(place).is_some() || place.namespace.as_ref().is_some_and(|space| !self.takes(space)) {
            return None;
        }
        set(&mut object, "/metadata/uid", self.cluster.uid());
        set(&mut object, "/metadata/creationTimestamp", moment(self.at));
        if object.get("spec").is_some() && matches!(place.group.as_str(), "apps" | "batch") {
            set(&mut object, "/metadata/generation", 1);
        }
        let object = self.cluster.write(place, object);
        notice(self, place, None, Some(&object));
        Some(object)
    }

    fn takes(&self, space: &str) -> bool {
        self.cluster.get(&NAMESPACE.place(None, space)).is_some_and(|space| !deleting(&space))
    }

    /// Puts an object back as it is to be. One that waited only for its last finalizer is gone.
    pub(super) fn save(&mut self, place: &Place, mut object: Json) {
        let Some(before) = self.cluster.get(place) else { return };
        if before == object {
            return;
        }
        if deleting(&object) && object::list(&object, "/metadata/finalizers").is_empty() && place.resource != "pods" {
            self.erase(place);
            return;
        }
        if before.get("spec") != object.get("spec")
            && let Some(generation) = object::number(&object, "/metadata/generation")
        {
            set(&mut object, "/metadata/generation", generation + 1);
        }
        let after = self.cluster.write(place, object);
        notice(self, place, Some(&before), Some(&after));
    }

    pub(super) fn erase(&mut self, place: &Place) {
        let Some(before) = self.cluster.get(place) else { return };
        self.cluster.erase(place);
        notice(self, place, Some(&before), None);
    }

    /// Asks for an object to go, as a client would.
    pub(super) fn delete(&mut self, place: &Place) {
        let Some(mut object) = self.cluster.get(place).filter(|object| !deleting(object)) else { return };
        let grace = super::grace(place, &object).unwrap_or(0);
        if grace == 0 && object::list(&object, "/metadata/finalizers").is_empty() {
            self.erase(place);
            return;
        }
        set(&mut object, "/metadata/deletionTimestamp", moment(self.at + Duration::from_secs(grace)));
        set(&mut object, "/metadata/deletionGracePeriodSeconds", grace);
        if let Some(generation) = object::number(&object, "/metadata/generation") {
            count(&mut object, "/metadata/generation", generation + 1);
        }
        self.save(place, object);
    }

    /// Has a task done when something appears or changes, such as a ConfigMap that a pod needs.
    pub(super) fn wait_for(&mut self, kind: Kind, namespace: &str, name: &str, task: &Task) {
        let waits = format!("{}{}", waits_for(kind.resource, namespace, name), task.key());
        self.cluster.remember(&waits, task);
    }

    pub(super) fn wake(&mut self, resource: &str, namespace: &str, name: &str) {
        let below = waits_for(resource, namespace, name);
        for (key, task) in self.cluster.recall_all::<Task>(&below) {
            self.cluster.forget(&format!("{below}{key}"));
            self.soon(task.work, &task.namespace, &task.name);
        }
    }

    /// Says what happened to an object. The same again is counted.
    pub(super) fn tell(&mut self, about: &Json, component: &str, normal: bool, reason: &str, message: &str) {
        super::events::tell(self, about, component, normal, [reason, message]);
    }

    /// An object that is controlled by another, with its kind, name and owner filled in.
    pub(super) fn owned(kind: Kind, owner: &Json, name: &str) -> Json {
        let mut object = kind.object(Some(object::namespace(owner)), name);
        set(&mut object, "/metadata/ownerReferences", json!([object::reference(owner)]));
        object
    }
}

fn waits_for(resource: &str, namespace: &str, name: &str) -> String {
    format!("waits/{resource}/{namespace}/{name}/")
}
