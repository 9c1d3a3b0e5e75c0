//! Fields that a client-side Helm left its name on, made over to who applies from now on.
//!
//! Helm 3 updates objects, Helm 4 and this program apply them. To an API server these are two owners, even under one
//! name: what a chart drops would stay, owned by the updates of long ago.

use serde_json::{Map, Value as Json};

use crate::providers::kubernetes::Manager;

/// The managers of an object with all that Helm's updates own owned by its applies; `None` where there is nothing
/// to make over.
pub(super) fn made_over(object: &Json) -> Option<Json> {
    let entries = object.pointer("/metadata/managedFields")?.as_array()?;
    let mut owned = Json::Object(Map::new());
    let mut kept = Vec::new();
    let (mut place, mut found) = (None, None);
    for entry in entries {
        match operation(entry) {
            Some(operation) => {
                owned = union(owned, entry.get("fieldsV1").unwrap_or(&Json::Null));
                // An entry of applies stays what it is; else the first of the updates becomes one.
                if found.is_none() || operation == "Apply" {
                    (place, found) = (Some(place.unwrap_or(kept.len())), Some(entry.clone()));
                }
            }
            None => kept.push(entry.clone()),
        }
    }
    let is_due = entries.iter().any(|entry| operation(entry) == Some("Update"));
    let mut entry = found.filter(|_| is_due)?;
    entry["manager"] = Manager::Helm.name().into();
    entry["operation"] = "Apply".into();
    entry["fieldsV1"] = owned;
    kept.insert(place.unwrap_or(0), entry);
    Some(Json::Array(kept))
}

/// What an entry of Helm's is about; `None` for anyone else's.
fn operation(entry: &Json) -> Option<&str> {
    let text = |key: &str| entry.get(key).and_then(Json::as_str).unwrap_or_default();
    let manager = text("manager");
    let is_helm = match text("operation") {
        "Apply" => manager == Manager::Helm.name(),
        // Terraform's provider is a Helm by another name.
        _ => manager == Manager::Helm.name() || manager.starts_with("terraform-provider-helm"),
    };
    (is_helm && text("subresource").is_empty()).then(|| text("operation"))
}

/// Everything that is in one of two sets of fields.
fn union(one: Json, other: &Json) -> Json {
    match (one, other) {
        (Json::Object(mut one), Json::Object(other)) => {
            for (key, below) in other {
                let merged = match one.remove(key) {
                    Some(own) => union(own, below),
                    None => below.clone(),
                };
                one.insert(key.clone(), merged);
            }
            Json::Object(one)
        }
        (one, _) => one,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(manager: &str, operation: &str, subresource: &str, fields: Json) -> Json {
        json!({"manager": manager, "operation": operation, "subresource": subresource, "apiVersion": "v1",
            "fieldsType": "FieldsV1", "time": "t", "fieldsV1": fields})
    }

    fn object(entries: &[Json]) -> Json {
        json!({"metadata": {"managedFields": entries}})
    }

    #[test]
    fn updates_become_one_apply() {
        let mine = json!({"f:data": {".": {}, "f:a": {}}});
        let status = entry("helm", "Update", "status", json!({"f:status": {}}));
        let kubectl = entry("kubectl-edit", "Update", "", json!({"f:data": {"f:z": {}}}));
        let terraform = entry("terraform-provider-helm_v2", "Update", "", json!({"f:data": {"f:b": {}}, "f:spec": {}}));
        let before = [kubectl.clone(), entry("helm", "Update", "", mine), terraform, status.clone()];
        let owned = json!({"f:data": {".": {}, "f:a": {}, "f:b": {}}, "f:spec": {}});
        let expected = json!([kubectl, entry("helm", "Apply", "", owned), status]);
        assert_eq!(made_over(&object(&before)), Some(expected));
    }

    #[test]
    fn an_apply_that_is_there_takes_the_rest() {
        let apply = entry("helm", "Apply", "", json!({"f:a": {}}));
        let update = entry("helm", "Update", "", json!({"f:b": {}}));
        let both = json!([entry("helm", "Apply", "", json!({"f:a": {}, "f:b": {}}))]);
        assert_eq!(made_over(&object(&[apply.clone(), update.clone()])), Some(both.clone()));
        assert_eq!(made_over(&object(&[update, apply.clone()])), Some(both));
        assert_eq!(made_over(&object(&[apply])), None);
        assert_eq!(made_over(&json!({})), None);
    }
}
