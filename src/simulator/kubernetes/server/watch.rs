//! Watches: what happens to objects, told as it happens.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::kinds::Kind;
use super::object::take;
use super::reply::Form;
use super::selector::Selector;
use super::status::Refusal;
use super::write::{Request, full_name, place_of, shown};
use super::{read, upkeep};
use crate::clock::Timestamp;
use crate::simulator::Simulator;
use crate::simulator::kubernetes::clouds::{self, ControlPlane};
use crate::simulator::kubernetes::{Change, Cluster, ClusterId};

/// How long something may have happened before it is told.
const EVERY: Duration = Duration::from_millis(500);
const BOOKMARKS_EVERY: Duration = Duration::from_secs(60);
/// A watch that does not say how long it lasts ends after this and at most as much again.
const LASTS: u64 = 1800;

/// A watch that goes on.
pub(in crate::simulator) struct Watch {
    of: ClusterId,
    kind: Kind,
    namespace: Option<String>,
    name: Option<String>,
    selector: Selector,
    form: Form,
    /// Everything up to here has been told.
    revision: u64,
    /// The objects that the watcher knows of.
    known: BTreeSet<String>,
    events: VecDeque<Json>,
    bookmarks: bool,
    next_bookmark: Timestamp,
    until: Timestamp,
    /// The columns of a table are told once.
    told_columns: bool,
    ended: bool,
}

/// Begins a watch where its request says.
pub(super) fn begin(cluster: &mut Cluster<'_>, plane: &ControlPlane, request: &Request<'_>) -> Result<Watch, Refusal> {
    let (asked, now) = (request.asked, cluster.now());
    let from = match asked.parameter("resourceVersion").unwrap_or("0").parse::<u64>() {
        Ok(from) => from,
        Err(_) => return Err(Refusal::bad_request("invalid resource version: it has to be a number")),
    };
    let initial = match asked.parameter("sendInitialEvents") {
        Some(_) => asked.flag("sendInitialEvents"),
        None => from == 0,
    };
    let seconds = asked.parameter("timeoutSeconds").and_then(|text| text.parse().ok());
    let seconds = seconds.filter(|seconds| *seconds > 0).unwrap_or_else(|| LASTS + cluster.draw() % LASTS);
    let selector = read::selector(request)?;
    let mut watch = Watch {
        of: plane.id.clone(),
        kind: request.kind.clone(),
        namespace: request.target.namespace.clone(),
        name: request.target.name.clone(),
        form: Form::of(asked)?,
        revision: if initial || from == 0 { cluster.revision() } else { from },
        known: BTreeSet::new(),
        events: VecDeque::new(),
        bookmarks: asked.flag("allowWatchBookmarks"),
        next_bookmark: now + BOOKMARKS_EVERY,
        until: now + Duration::from_secs(seconds),
        told_columns: false,
        ended: false,
        selector,
    };
    let objects = read::selected(cluster, request, &watch.selector);
    watch.known = objects.iter().map(full_name).collect();
    if initial {
        objects.into_iter().for_each(|object| watch.tell("ADDED", object, now));
        if asked.flag("sendInitialEvents") && watch.bookmarks {
            watch.bookmark(Some("k8s.io/initial-events-end"));
        }
        return Ok(watch);
    }
    let Some(changes) = cluster.changes_since(watch.revision) else {
        return Err(Refusal::expired(format!("too old resource version: {from} ({})", cluster.revision())));
    };
    // What came after that is still to be told: back to what was known then.
    let concerned: Vec<_> = changes.iter().rev().filter(|change| watch.concerns(change)).collect();
    for change in concerned {
        if change.added {
            watch.known.remove(&full_name(&change.object));
        } else if watch.selector.matches(&change.object) {
            watch.known.insert(full_name(&change.object));
        }
    }
    Ok(watch)
}

impl Watch {
    /// The status and the headers of the answer.
    pub(in crate::simulator) fn head(&self) -> http::Response<()> {
        let mut head = http::Response::new(());
        let media_type = http::HeaderValue::from_static("application/json");
        head.headers_mut().insert(http::header::CONTENT_TYPE, media_type);
        head
    }

    /// The next of what happens, once it does; nothing when the watch ends.
    pub(in crate::simulator) async fn next(&mut self, simulator: &Simulator) -> Option<Bytes> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(Bytes::from(format!("{event}\n")));
            }
            let now = simulator.clock().now();
            if self.ended || now >= self.until || !self.look(simulator) {
                return None;
            }
            if self.events.is_empty() {
                simulator.clock().sleep(EVERY.min(self.until.saturating_sub(now))).await;
            }
        }
    }

    /// Takes in what has happened. False when the server is gone.
    fn look(&mut self, simulator: &Simulator) -> bool {
        let mut world = simulator.world();
        world.begin(simulator.clock().now());
        if clouds::of_id(&world, &self.of).is_none() {
            return false;
        }
        let mut cluster = Cluster::new(&mut world, &self.of);
        upkeep::catch_up(&mut cluster);
        let (now, revision) = (cluster.now(), cluster.revision());
        match cluster.changes_since(self.revision) {
            Some(changes) => {
                changes.into_iter().for_each(|change| self.take_in(change, now));
                self.revision = revision;
            }
            None => {
                let refusal = Refusal::expired(format!("too old resource version: {} ({revision})", self.revision));
                self.events.push_back(json!({"type": "ERROR", "object": refusal.document()}));
                self.ended = true;
            }
        }
        if self.bookmarks && now >= self.next_bookmark {
            self.bookmark(None);
            self.next_bookmark = now + BOOKMARKS_EVERY;
        }
        world.commit().is_ok()
    }

    fn concerns(&self, change: &Change) -> bool {
        let place = &change.place;
        *place == place_of(&self.kind, place.namespace.as_deref(), &place.name)
            && (self.namespace.is_none() || self.namespace == place.namespace)
            && self.name.as_ref().is_none_or(|name| *name == place.name)
    }

    fn take_in(&mut self, change: Change, now: Timestamp) {
        if !self.concerns(&change) {
            return;
        }
        let selected = self.selector.matches(&change.object);
        let object = shown(change.object, &self.kind);
        let place = full_name(&object);
        let was_known = self.known.contains(&place);
        if selected && !change.deleted {
            self.known.insert(place);
        } else {
            self.known.remove(&place);
        }
        match (selected && !change.deleted, was_known && !change.added) {
            (true, false) => self.tell("ADDED", object, now),
            (true, true) => self.tell("MODIFIED", object, now),
            (false, true) => self.tell("DELETED", object, now),
            // Something the watcher never heard of.
            (false, false) => {}
        }
    }

    fn tell(&mut self, what: &str, object: Json, now: Timestamp) {
        let mut object = self.form.show(object, &self.kind, now);
        if object["kind"] == "Table" && std::mem::replace(&mut self.told_columns, true) {
            take(&mut object, "columnDefinitions");
        }
        self.events.push_back(json!({"type": what, "object": object}));
    }

    fn bookmark(&mut self, mark: Option<&str>) {
        let mut metadata = json!({"resourceVersion": self.revision.to_string()});
        if let Some(mark) = mark {
            metadata["annotations"] = json!({mark: "true"});
        }
        let object = json!({"kind": self.kind.kind, "apiVersion": self.kind.api_version(), "metadata": metadata});
        self.events.push_back(json!({"type": "BOOKMARK", "object": object}));
    }
}
