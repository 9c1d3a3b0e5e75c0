//! API services: whether the API behind each of them can be reached.

use serde_json::Value as Json;

use super::Seen;
use super::endpoints::has_ready;
use super::object::{API_SERVICE, SERVICE, SLICE, deleting, label, set_condition, text};
use super::queue::{Task, Work};
use super::turn::Turn;

/// Who cares for the pods behind Services.
pub(super) fn notice(turn: &mut Turn<'_, '_>, seen: Seen<'_>) {
    let service = label(seen.object(), "kubernetes.io/service-name");
    turn.wake(SLICE.resource, seen.namespace(), service);
}

pub(super) fn look(turn: &mut Turn<'_, '_>, _: &str, own_name: &str) {
    let place = API_SERVICE.place(None, own_name);
    let Some(mut api) = turn.cluster.get(&place).filter(|api| !deleting(api)) else { return };
    let (space, service) =
        (text(&api, "/spec/service/namespace").to_owned(), text(&api, "/spec/service/name").to_owned());
    if service.is_empty() {
        set_condition(&mut api, "Available", "True", "Local", "Local APIServices are always available", turn.at);
        turn.save(&place, api);
        return;
    }
    let again = Task::new(Work::ApiService, "", own_name);
    turn.wait_for(SERVICE, &space, &service, &again);
    turn.wait_for(SLICE, &space, &service, &again);
    let (status, reason, message) = reach(turn, &space, &service);
    set_condition(&mut api, "Available", status, reason, &message, turn.at);
    turn.save(&place, api);
}

fn reach(turn: &Turn<'_, '_>, space: &str, service: &str) -> (&'static str, &'static str, String) {
    let found: Option<Json> = turn.get(SERVICE, space, service);
    if found.is_none() {
        let told = format!("service/{service} in \"{space}\" is not present");
        return ("False", "ServiceNotFound", told);
    }
    if !has_ready(turn, space, service) {
        let told = format!("endpoints for service/{service} in \"{space}\" have no addresses with port name \"https\"");
        return ("False", "MissingEndpoints", told);
    }
    ("True", "Passed", "all checks passed".to_owned())
}
