//! Events: few, counted when they repeat, and gone after an hour.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::object::{EVENT, moment, name, namespace, number, set, time_at, uid};
use super::queue::Work;
use super::turn::Turn;
use crate::simulator::world::number as digest;

const KEPT: Duration = Duration::from_secs(3_600);

pub(super) fn tell(turn: &mut Turn<'_, '_>, about: &Json, component: &str, normal: bool, [reason, message]: [&str; 2]) {
    let space = Some(namespace(about)).filter(|space| !space.is_empty()).unwrap_or("default").to_owned();
    let mark = digest(&[uid(about).as_bytes(), reason.as_bytes(), message.as_bytes()]);
    let event_name = format!("{}.{mark:016x}", name(about));
    let place = EVENT.place_in(&space, &event_name);
    turn.later(turn.at + KEPT, Work::Event, &space, &event_name);
    if let Some(mut event) = turn.cluster.get(&place) {
        let count = number(&event, "/count").unwrap_or(1) + 1;
        set(&mut event, "/count", count);
        set(&mut event, "/lastTimestamp", moment(turn.at));
        turn.save(&place, event);
        return;
    }
    let mut event = EVENT.object(Some(&space), &event_name);
    let parts = json!({
        "involvedObject": {
            "apiVersion": about["apiVersion"],
            "kind": about["kind"],
            "name": name(about),
            "resourceVersion": about["metadata"]["resourceVersion"],
            "uid": uid(about),
        },
        "reason": reason,
        "message": message,
        "source": {"component": component},
        "firstTimestamp": moment(turn.at),
        "lastTimestamp": moment(turn.at),
        "count": 1,
        "type": if normal { "Normal" } else { "Warning" },
        "eventTime": null,
        "reportingComponent": component,
        "reportingInstance": "",
    });
    for (member, value) in parts.as_object().into_iter().flatten() {
        event[member.as_str()] = value.clone();
    }
    if !namespace(about).is_empty() {
        set(&mut event, "/involvedObject/namespace", space.as_str());
    }
    turn.create(&place, event);
}

/// An event that was not repeated for an hour is gone.
pub(super) fn expire(turn: &mut Turn<'_, '_>, namespace: &str, name: &str) {
    let old = turn.get(EVENT, namespace, name).and_then(|event| time_at(&event, "/lastTimestamp"));
    if old.is_some_and(|last| last + KEPT <= turn.at) {
        turn.erase(&EVENT.place_in(namespace, name));
    }
}
