//! `kubernetes.object`: one object of any kind, its manifest as people paste it.

use std::time::Duration;

use super::manifest;
use super::object_type::{self, ObjectType, common_fields, common_outputs, identity, untold};
use crate::provider::{FamilySettings, Field, FieldType, Finding, Operation, ResourceType, Schema};
use crate::value::{Attributes, Path, Value};

pub(super) struct Object {
    schema: Schema,
}

impl Object {
    pub(super) fn new() -> Self {
        let manifest =
            Field::new("manifest", FieldType::Any, "The object, as `kubectl apply` would take it").required();
        let spec = std::iter::once(manifest).chain(common_fields()).collect();
        Self { schema: Schema { spec, outputs: common_outputs() } }
    }
}

/// What of a manifest says which object it is.
pub(super) fn identifying(manifest: &Value) -> Value {
    let mut small = Attributes::new();
    for name in ["apiVersion", "kind"] {
        small.extend(manifest.at(Path::field(name).segments()).map(|value| (name.to_owned(), value.clone())));
    }
    let metadata = Path::field("metadata");
    let names = ["namespace", "name"].into_iter();
    let named = names.filter_map(|name| Some((name.to_owned(), manifest.at(metadata.key(name).segments())?.clone())));
    small.insert("metadata".to_owned(), Value::Map(named.collect()));
    Value::Map(small)
}

impl ResourceType for Object {
    fn name(&self) -> &'static str {
        "kubernetes.object"
    }

    fn doc(&self) -> &'static str {
        "One object of any kind in a cluster."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let findings = spec.get("manifest").map(manifest::check).unwrap_or_default();
        let at = Path::field("manifest");
        findings.into_iter().map(|finding| Finding { path: at.join(finding.path.segments()), ..finding }).collect()
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        identity(spec, spec.get("manifest")?)
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        // Of the manifest its kind and its name: its own check sees that those are not secret.
        &["cluster"]
    }

    fn whereabouts(&self, spec: &Attributes) -> Attributes {
        let mut known = Attributes::new();
        known.extend(spec.get("cluster").map(|cluster| ("cluster".to_owned(), cluster.clone())));
        known.extend(spec.get("manifest").map(|manifest| ("manifest".to_owned(), identifying(manifest))));
        known
    }

    fn also_replaces(&self, before: &Attributes, desired: &Attributes) -> Vec<Path> {
        let (Some(before), Some(desired)) = (before.get("manifest"), desired.get("manifest")) else {
            return Vec::new();
        };
        let at = Path::field("manifest");
        object_type::fixed_changes(before, desired).iter().map(|path| at.join(path.segments())).collect()
    }

    fn brief(&self, attributes: &Attributes) -> Attributes {
        object_type::brief(attributes)
    }

    fn goes_with<'a>(&self, recorded: &'a Attributes, settings: &FamilySettings) -> Option<&'a Value> {
        object_type::goes_with(self, recorded, settings)
    }

    fn planned_outputs(&self, _: &Attributes, recorded: Option<&Attributes>) -> Attributes {
        object_type::outputs_to_come(recorded)
    }

    fn expected(&self, operation: Operation) -> Duration {
        match operation {
            Operation::Create | Operation::Update => Duration::from_secs(30),
            Operation::Delete => Duration::from_secs(15),
        }
    }

    fn timeout(&self, _: Operation) -> Duration {
        Duration::from_secs(600)
    }
}

impl ObjectType for Object {
    fn manifests(&self, spec: &Attributes) -> Vec<Value> {
        spec.get("manifest").cloned().into_iter().collect()
    }

    fn at(&self, _: usize) -> Path {
        Path::field("manifest")
    }

    fn told(&self, spec: &Attributes, shown: &[Option<Value>]) -> Attributes {
        let mut told = untold(spec);
        told.extend(shown.first().cloned().flatten().map(|manifest| ("manifest".to_owned(), manifest)));
        told
    }
}
