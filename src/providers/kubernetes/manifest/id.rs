//! Which object a manifest is about.

use std::fmt;

use serde_json::Value as Json;

use crate::providers::kubernetes::kinds;
use crate::value::{Path, Value};

/// One object of one cluster. Two versions of a kind show the same object: see [`Id::is_same_object`].
///
/// Prints as `Deployment demo/worker`; [`Id::full`] says all of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id {
    pub group: String,
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
    pub version: String,
}

impl Id {
    /// The object of a manifest: `None` while a part of it is unknown, or if a part is missing.
    pub(crate) fn of(manifest: &Value) -> Option<Self> {
        let text = |path: &Path| manifest.at(path.segments()).and_then(Value::as_str).filter(|text| !text.is_empty());
        let metadata = Path::field("metadata");
        let namespace = match manifest.at(metadata.key("namespace").segments()) {
            None | Some(Value::Null) => None,
            Some(Value::String(namespace)) => Some(namespace.as_str()),
            Some(_) => return None,
        };
        let (api_version, kind) = (text(&Path::field("apiVersion"))?, text(&Path::field("kind"))?);
        Some(Self::new(api_version, kind, namespace, text(&metadata.key("name"))?))
    }

    /// The object that an API server shows.
    pub(crate) fn of_object(object: &Json) -> Option<Self> {
        let metadata = object.get("metadata")?;
        let text = |of: &Json, key: &str| of.get(key).and_then(Json::as_str).map(str::to_owned);
        let namespace = text(metadata, "namespace");
        Some(Self::new(
            &text(object, "apiVersion")?,
            &text(object, "kind")?,
            namespace.as_deref(),
            &text(metadata, "name")?,
        ))
    }

    pub(crate) fn new(api_version: &str, kind: &str, namespace: Option<&str>, name: &str) -> Self {
        let (group, version) = kinds::split_api_version(api_version);
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.filter(|namespace| !namespace.is_empty()).map(str::to_owned),
            name: name.to_owned(),
        }
    }

    /// `apps/v1`.
    pub(crate) fn api_version(&self) -> String {
        kinds::api_version(&self.group, &self.version)
    }

    /// All of it: `apps/v1 Deployment demo/worker`.
    pub(crate) fn full(&self) -> String {
        format!("{} {self}", self.api_version())
    }

    /// What it is found by, whatever the version: `Deployment.apps demo/worker`.
    pub(crate) fn key(&self) -> String {
        let dot = if self.group.is_empty() { "" } else { "." };
        format!("{}{dot}{} {}", self.kind, self.group, self.place())
    }

    /// `demo/worker`, or `worker` if it is in no namespace.
    pub(crate) fn place(&self) -> String {
        self.namespace.as_ref().map_or_else(|| self.name.clone(), |namespace| format!("{namespace}/{}", self.name))
    }

    pub(crate) fn is_same_object(&self, other: &Id) -> bool {
        let part = |id: &Id| (id.group.clone(), id.kind.clone(), id.namespace.clone(), id.name.clone());
        part(self) == part(other)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.place())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Kind;
    use serde_json::json;

    #[test]
    fn an_id_is_told_in_every_form() {
        let worker = Id::new("apps/v1", "Deployment", Some("demo"), "worker");
        assert_eq!(worker.to_string(), "Deployment demo/worker");
        assert_eq!(worker.full(), "apps/v1 Deployment demo/worker");
        assert_eq!(worker.key(), "Deployment.apps demo/worker");
        let demo = Id::new("v1", "Namespace", Some(""), "demo");
        assert_eq!(demo.to_string(), "Namespace demo");
        assert_eq!(demo.full(), "v1 Namespace demo");
        assert_eq!(demo.key(), "Namespace demo");
    }

    #[test]
    fn manifests_and_objects_say_which_they_are() {
        let object = json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
            "metadata": {"namespace": "demo", "name": "worker"}});
        let id = Id::of_object(&object).unwrap();
        assert_eq!(id.full(), "keda.sh/v1alpha1 ScaledObject demo/worker");
        assert_eq!(Id::of(&Value::from(object.clone())), Some(id.clone()));
        let newer = Id { version: "v1".to_owned(), ..id.clone() };
        assert!(newer.is_same_object(&id) && newer != id);
        let Value::Map(mut fields) = Value::from(object) else { panic!() };
        fields.insert("kind".to_owned(), Value::Unknown(Kind::String));
        assert_eq!(Id::of(&Value::Map(fields)), None);
    }
}
