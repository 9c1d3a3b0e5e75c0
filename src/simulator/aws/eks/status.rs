//! How long things take, and objects that turn into what they will be when their time has come.
//!
//! An object says beforehand what it becomes and when, so that what it is at any time is a function of
//! the document and the time alone.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::clock::Timestamp;
use crate::simulator::aws::Twist;

/// The least and the most that something takes.
pub(super) type Span = (Duration, Duration);

const fn seconds(least: u64, most: u64) -> Span {
    (Duration::from_secs(least), Duration::from_secs(most))
}

// What the user guide says and what people see; rather more than less. A cluster that cannot be made
// says so only after a while, because its parts are tried first.
pub(super) const CLUSTER_CREATES: Span = seconds(8 * 60, 11 * 60);
pub(super) const CLUSTER_FAILS: Span = seconds(5 * 60, 7 * 60);
pub(super) const CLUSTER_DELETES: Span = seconds(150, 240);
/// The control plane is replaced instance by instance.
pub(super) const VERSION_UPDATES: Span = seconds(7 * 60, 10 * 60);
pub(super) const ENDPOINT_UPDATES: Span = seconds(150, 240);
pub(super) const NETWORK_UPDATES: Span = seconds(3 * 60, 6 * 60);
pub(super) const LOGGING_UPDATES: Span = seconds(45, 90);
pub(super) const ACCESS_UPDATES: Span = seconds(2 * 60, 4 * 60);
/// Settings that no machine has to be told of.
pub(super) const SETTING_UPDATES: Span = seconds(15, 60);
/// Every secret is written again.
pub(super) const ENCRYPTION_UPDATES: Span = seconds(8 * 60, 15 * 60);
pub(super) const NODES_CREATE: Span = seconds(110, 200);
/// A node group gives its machines this long to join.
pub(super) const NODES_FAIL: Span = seconds(15 * 60, 25 * 60);
pub(super) const NODES_DELETE: Span = seconds(3 * 60, 5 * 60);
pub(super) const NODES_CONFIG_UPDATES: Span = seconds(30, 120);
/// Node after node is drained and replaced.
pub(super) const NODES_VERSION_UPDATES: Span = seconds(5 * 60, 10 * 60);
pub(super) const ADDON_CREATES: Span = seconds(30, 60);
pub(super) const ADDON_UPDATES: Span = seconds(20, 60);
pub(super) const ADDON_DELETES: Span = seconds(5, 20);

/// A new object is not shown at once.
pub(super) const APPEARS_AFTER: Duration = Duration::from_secs(1);
/// Readers are shown the old values for a while after a change was accepted.
pub(super) const CHANGE_SHOWS_AFTER: Duration = Duration::from_secs(2);

/// Something of the service's, with its members as they are answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Object {
    pub(super) members: Map<String, Json>,
    /// What is known and not answered.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) hidden: Map<String, Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) settles: Option<Settling>,
}

/// What an object becomes, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settling {
    at_ms: u64,
    /// The members that are then others. None when it is gone then.
    into: Option<Map<String, Json>>,
}

impl Object {
    pub(super) fn new(members: Json) -> Self {
        Self { members: map(members), hidden: Map::new(), settles: None }
    }

    /// What has become of it, if it is still there.
    pub(super) fn at(mut self, time: Timestamp) -> Option<Self> {
        let due = self.settles.as_ref().is_some_and(|settling| settling.at_ms <= milliseconds(time));
        match self.settles.take_if(|_| due) {
            Some(Settling { into: None, .. }) => None,
            Some(Settling { into: Some(into), .. }) => {
                self.members.extend(into);
                Some(self)
            }
            None => Some(self),
        }
    }

    /// When it becomes, or became, something else.
    pub(super) fn settles_at(&self) -> Option<Timestamp> {
        self.settles.as_ref().map(|settling| Duration::from_millis(settling.at_ms))
    }

    /// Begins to become something else. Something that is stuck never does.
    pub(super) fn settle(&mut self, at: Timestamp, into: Option<Map<String, Json>>) {
        self.settles = Some(Settling { at_ms: milliseconds(at), into });
    }

    /// Begins to become something else, or to fail, or neither.
    pub(super) fn become_or(
        &mut self,
        twist: Option<Twist>,
        at: Timestamp,
        into: Option<Map<String, Json>>,
        failed: Json,
    ) {
        match twist {
            None => self.settle(at, into),
            Some(Twist::Failed) => self.settle(at, Some(map(failed))),
            Some(Twist::Stuck) => self.settles = None,
        }
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<Json>) {
        self.members.insert(name.to_owned(), value.into());
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.members.get(name).and_then(Json::as_str).unwrap_or_default()
    }

    pub(super) fn status(&self) -> &str {
        self.text("status")
    }

    /// A member at some depth, such as `["accessConfig", "authenticationMode"]`; null when it is not there.
    pub(super) fn inner(&self, path: &[&str]) -> &Json {
        let mut parts = path.iter();
        let first = parts.next().and_then(|name| self.members.get(*name));
        parts.fold(first, |value, name| value?.get(*name)).unwrap_or(&Json::Null)
    }

    pub(super) fn answer(&self) -> Json {
        Json::Object(self.members.clone())
    }
}

/// The members of a value that is known to be a structure.
pub(super) fn map(value: Json) -> Map<String, Json> {
    match value {
        Json::Object(members) => members,
        _ => Map::new(),
    }
}

fn milliseconds(time: Timestamp) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_what_its_time_makes_it() {
        let at = Duration::from_secs;
        let mut object = Object::new(json!({"status": "CREATING", "kept": 1}));
        object.settle(at(10), Some(map(json!({"status": "ACTIVE"}))));
        assert_eq!(object.clone().at(at(9)).unwrap().status(), "CREATING");
        let settled = object.clone().at(at(10)).unwrap();
        assert_eq!(settled.answer(), json!({"status": "ACTIVE", "kept": 1}));
        assert_eq!(settled.clone().at(at(11)), Some(settled));
        object.settle(at(10), None);
        assert_eq!(object.at(at(10)), None);
    }

    #[test]
    fn a_twist_changes_what_becomes_of_it() {
        let then = Duration::from_secs(10);
        let becomes = |twist| {
            let mut object = Object::new(json!({"status": "CREATING"}));
            object.become_or(twist, then, Some(map(json!({"status": "ACTIVE"}))), json!({"status": "FAILED"}));
            object.at(then * 1000).unwrap().status().to_owned()
        };
        assert_eq!(becomes(None), "ACTIVE");
        assert_eq!(becomes(Some(Twist::Failed)), "FAILED");
        assert_eq!(becomes(Some(Twist::Stuck)), "CREATING");
    }
}
