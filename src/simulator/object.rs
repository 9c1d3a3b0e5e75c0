//! Things of a service that turn into what they will be when their time has come.
//!
//! A thing says beforehand what it becomes and when, so that what it is at any time is a function of the document and
//! the time alone.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::fault::Twist;
use crate::clock::Timestamp;

/// Something of the service's, with its members as they are answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulator) struct Object {
    pub(in crate::simulator) members: Map<String, Json>,
    /// What is known and not answered.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(in crate::simulator) hidden: Map<String, Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::simulator) settles: Option<Settling>,
}

/// What an object becomes, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulator) struct Settling {
    at_ms: u64,
    /// The members that are then others. None when it is gone then.
    into: Option<Map<String, Json>>,
}

impl Object {
    pub(in crate::simulator) fn new(members: Json) -> Self {
        Self { members: map(members), hidden: Map::new(), settles: None }
    }

    /// What has become of it, if it is still there.
    pub(in crate::simulator) fn at(mut self, time: Timestamp) -> Option<Self> {
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
    pub(in crate::simulator) fn settles_at(&self) -> Option<Timestamp> {
        self.settles.as_ref().map(|settling| Duration::from_millis(settling.at_ms))
    }

    /// Begins to become something else. Something that is stuck never does.
    pub(in crate::simulator) fn settle(&mut self, at: Timestamp, into: Option<Map<String, Json>>) {
        self.settles = Some(Settling { at_ms: milliseconds(at), into });
    }

    /// Begins to become something else, or to fail, or neither.
    pub(in crate::simulator) fn become_or(
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

    pub(in crate::simulator) fn set(&mut self, name: &str, value: impl Into<Json>) {
        self.members.insert(name.to_owned(), value.into());
    }

    pub(in crate::simulator) fn text(&self, name: &str) -> &str {
        self.members.get(name).and_then(Json::as_str).unwrap_or_default()
    }

    pub(in crate::simulator) fn status(&self) -> &str {
        self.text("status")
    }

    /// A member at some depth, such as `["accessConfig", "authenticationMode"]`; null when it is not there.
    pub(in crate::simulator) fn inner(&self, path: &[&str]) -> &Json {
        let mut parts = path.iter();
        let first = parts.next().and_then(|name| self.members.get(*name));
        parts.fold(first, |value, name| value?.get(*name)).unwrap_or(&Json::Null)
    }

    pub(in crate::simulator) fn answer(&self) -> Json {
        Json::Object(self.members.clone())
    }
}

/// The members of a value that is known to be a structure.
pub(in crate::simulator) fn map(value: Json) -> Map<String, Json> {
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
