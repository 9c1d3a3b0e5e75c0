//! Who manages which fields of an object, as its `managedFields` say:
//! <https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management>.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

/// The entries of an object.
fn entries(object: &Json) -> impl Iterator<Item = &Json> {
    object.pointer("/metadata/managedFields").and_then(Json::as_array).into_iter().flatten()
}

fn text<'a>(entry: &'a Json, key: &str) -> &'a str {
    entry.get(key).and_then(Json::as_str).unwrap_or_default()
}

/// What all managers together say of one place in an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Owned<'a>(Vec<&'a Json>);

impl<'a> Owned<'a> {
    pub(super) fn of(object: &'a Json) -> Self {
        Self(entries(object).filter_map(|entry| entry.get("fieldsV1")).collect())
    }

    pub(super) fn key(&self, key: &str) -> Self {
        let name = format!("f:{key}");
        Self(self.0.iter().filter_map(|fields| fields.get(&name)).collect())
    }

    /// What is said of the element of a list that has these names.
    pub(super) fn element(&self, names: &BTreeMap<String, Json>) -> Self {
        Self(self.names().filter(|(found, _)| found == names).map(|(_, below)| below).collect())
    }

    /// The fields that name the elements of a list, if they are named.
    pub(super) fn names_of_elements(&self) -> Option<BTreeSet<String>> {
        self.names().next().map(|(names, _)| names.into_keys().collect())
    }

    /// Whether a list is a set.
    pub(super) fn is_set(&self) -> bool {
        self.keys().any(|(key, _)| key.starts_with("v:"))
    }

    /// Whether a map is one value: whoever manages it manages all of it.
    pub(super) fn is_whole(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|fields| fields.as_object().is_some_and(serde_json::Map::is_empty))
    }

    fn names(&self) -> impl Iterator<Item = (BTreeMap<String, Json>, &'a Json)> {
        self.keys().filter_map(|(key, below)| Some((serde_json::from_str(key.strip_prefix("k:")?).ok()?, below)))
    }

    fn keys(&self) -> impl Iterator<Item = (&'a str, &'a Json)> {
        let fields = self.0.clone().into_iter().filter_map(Json::as_object);
        fields.flatten().map(|(key, below)| (key.as_str(), below))
    }
}

/// Whether `spec.replicas` was last changed through the subresource `scale`, as autoscalers do it.
pub(super) fn is_scaled(object: &Json) -> bool {
    let scales =
        |entry: &Json| text(entry, "subresource") == "scale" && entry.pointer("/fieldsV1/f:spec/f:replicas").is_some();
    entries(object).any(scales)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn replicas_are_scaled_by_whoever_writes_them_through_scale() {
        let object = |subresource: &str, fields: Json| {
            json!({"metadata": {"managedFields": [
                {"manager": "tidegate", "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
                {"manager": "keda", "operation": "Update", "subresource": subresource, "fieldsV1": fields},
            ]}})
        };
        let replicas = || json!({"f:spec": {"f:replicas": {}}});
        assert!(is_scaled(&object("scale", replicas())));
        assert!(!is_scaled(&object("", replicas())) && !is_scaled(&object("status", replicas())));
        assert!(!is_scaled(&object("scale", json!({"f:spec": {"f:paused": {}}}))) && !is_scaled(&json!({})));
    }
}
