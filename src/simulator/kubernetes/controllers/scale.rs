//! The number of replicas of whatever has one, as autoscalers read and write it.

use serde_json::{Value as Json, json};

use super::object::{DEPLOYMENT, Kind, REPLICA_SET, STATEFUL_SET, list, moment, name, namespace, number, set};
use super::turn::Turn;
use crate::clock::Timestamp;

/// The kinds that can be scaled. Those of definitions are not among them.
pub(super) fn kind_of(api_version: &str, kind: &str) -> Option<Kind> {
    let (api_version, kind) = match (api_version, kind) {
        ("", "") => ("apps/v1", "Deployment"),
        ("", kind) => ("apps/v1", kind),
        (version, "") => (version, "Deployment"),
        both => both,
    };
    [DEPLOYMENT, STATEFUL_SET, REPLICA_SET].into_iter().find(|one| one.kind == kind && one.api_version() == api_version)
}

pub(super) fn replicas(target: &Json) -> i64 {
    number(target, "/spec/replicas").unwrap_or(1)
}

/// Writes the number through the subresource, which makes its writer the owner of it.
pub(super) fn write(turn: &mut Turn<'_, '_>, kind: Kind, target: &Json, replicas: i64, writer: &str) {
    let place = kind.place_in(namespace(target), name(target));
    let Some(mut now) = turn.cluster.get(&place).filter(|now| self::replicas(now) != replicas) else { return };
    set(&mut now, "/spec/replicas", replicas);
    own_replicas(&mut now, writer, &kind.api_version(), turn.at);
    turn.save(&place, now);
}

/// What an update through the subresource does to who owns the number: all others lose it.
fn own_replicas(object: &mut Json, writer: &str, api_version: &str, at: Timestamp) {
    let is_ours = |entry: &Json| entry["manager"] == writer && entry["subresource"] == "scale";
    let mut entries = Vec::new();
    for mut entry in list(object, "/metadata/managedFields").iter().filter(|entry| !is_ours(entry)).cloned() {
        if let Some(spec) = entry.pointer_mut("/fieldsV1/f:spec").and_then(Json::as_object_mut) {
            spec.remove("f:replicas");
            let empty = spec.keys().all(|key| key == ".");
            if empty && let Some(fields) = entry["fieldsV1"].as_object_mut() {
                fields.remove("f:spec");
            }
        }
        if entry["fieldsV1"].as_object().is_none_or(|fields| !fields.is_empty()) {
            entries.push(entry);
        }
    }
    entries.push(json!({
        "manager": writer,
        "operation": "Update",
        "apiVersion": api_version,
        "time": moment(at),
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {"f:replicas": {}}},
        "subresource": "scale",
    }));
    set(object, "/metadata/managedFields", entries);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_scales_owns_the_number() {
        let entry =
            |manager: &str, spec: Json| json!({"manager": manager, "operation": "Apply", "fieldsV1": {"f:spec": spec}});
        let mut object = json!({"metadata": {"managedFields": [
            entry("tidegate", json!({"f:replicas": {}, "f:template": {}})),
            entry("kubectl", json!({"f:replicas": {}})),
        ]}});
        own_replicas(&mut object, "keda", "apps/v1", Timestamp::ZERO);
        own_replicas(&mut object, "keda", "apps/v1", Timestamp::ZERO);
        let entries = list(&object, "/metadata/managedFields");
        assert_eq!(entries[0], entry("tidegate", json!({"f:template": {}})));
        assert_eq!((entries.len(), &entries[1]["subresource"]), (2, &json!("scale")));
        assert_eq!(entries[1]["fieldsV1"], json!({"f:spec": {"f:replicas": {}}}));
    }

    #[test]
    fn a_deployment_is_what_is_scaled_unless_it_is_said() {
        assert_eq!(kind_of("", ""), Some(DEPLOYMENT));
        assert_eq!(kind_of("apps/v1", "StatefulSet"), Some(STATEFUL_SET));
        assert_eq!(kind_of("example.com/v1", "Deployment"), None);
    }
}
