//! What every namespace has from the start. Its end is the server's.

use serde_json::json;

use super::object::{CONFIG_MAP, NAMESPACE, SERVICE_ACCOUNT, deleting, set};
use super::turn::Turn;

pub(super) fn look(turn: &mut Turn<'_, '_>, _: &str, space: &str) {
    let there = turn.cluster.get(&NAMESPACE.place(None, space)).is_some_and(|object| !deleting(&object));
    if !there {
        return;
    }
    turn.create(&SERVICE_ACCOUNT.place_in(space, "default"), SERVICE_ACCOUNT.object(Some(space), "default"));
    let mut root = CONFIG_MAP.object(Some(space), "kube-root-ca.crt");
    set(&mut root, "/data", json!({"ca.crt": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"}));
    turn.create(&CONFIG_MAP.place_in(space, "kube-root-ca.crt"), root);
}
