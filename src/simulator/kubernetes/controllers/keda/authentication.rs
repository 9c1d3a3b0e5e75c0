//! TriggerAuthentications: held until the operator lets them go, and told who uses them.

use serde_json::Value as Json;

use super::super::object::{Kind, add_finalizer, deleting, drop_finalizer, list, name, namespace, set, text};
use super::super::turn::Turn;
use super::operator::is_running;
use super::{AUTHENTICATION, CLUSTER_AUTHENTICATION, FINALIZER};

pub(in super::super) fn look(turn: &mut Turn<'_, '_>, space: &str, own_name: &str) {
    hold_or_let_go(turn, AUTHENTICATION, space, own_name);
}

pub(in super::super) fn look_cluster(turn: &mut Turn<'_, '_>, _: &str, own_name: &str) {
    hold_or_let_go(turn, CLUSTER_AUTHENTICATION, "", own_name);
}

fn hold_or_let_go(turn: &mut Turn<'_, '_>, kind: Kind, space: &str, own_name: &str) {
    let place = kind.place_in(space, own_name);
    let Some(mut object) = turn.cluster.get(&place).filter(|_| is_running(turn)) else { return };
    if deleting(&object) {
        if drop_finalizer(&mut object, FINALIZER) {
            let told = format!("{} was deleted", kind.kind);
            turn.tell(&object, "keda-operator", true, &format!("{}Deleted", kind.kind), &told);
            turn.save(&place, object);
        }
    } else if add_finalizer(&mut object, FINALIZER) {
        let told = format!("New {} configured", kind.kind);
        turn.tell(&object, "keda-operator", true, &format!("{}Added", kind.kind), &told);
        turn.save(&place, object);
    }
}

/// What a trigger of an object authenticates with: kind, namespace and name.
pub(super) fn of_trigger(object: &Json, trigger: &Json) -> Option<(Kind, String, String)> {
    let named = text(trigger, "/authenticationRef/name");
    let cluster = text(trigger, "/authenticationRef/kind") == CLUSTER_AUTHENTICATION.kind;
    let (kind, space) = if cluster { (CLUSTER_AUTHENTICATION, "") } else { (AUTHENTICATION, namespace(object)) };
    (!named.is_empty()).then(|| (kind, space.to_owned(), named.to_owned()))
}

/// Notes in the status of what the triggers authenticate with that an object uses it, or no longer does.
pub(super) fn note_user(turn: &mut Turn<'_, '_>, object: &Json, member: &str, uses: bool) {
    for trigger in list(object, "/spec/triggers") {
        let Some((kind, space, named)) = of_trigger(object, trigger) else { continue };
        let Some(mut found) = turn.get(kind, &space, &named) else { continue };
        let pointer = format!("/status/{member}");
        let before = text(&found, &pointer).to_owned();
        let mut users: Vec<_> = before.split(',').filter(|user| !user.is_empty() && *user != name(object)).collect();
        if uses {
            users.push(name(object));
        }
        users.sort_unstable();
        let users = users.join(",");
        if users != before {
            set(&mut found, &pointer, users);
            turn.save(&kind.place_in(&space, &named), found);
        }
    }
}
