//! Types of one object whose kind the type says: `kubernetes.namespace`, and KEDA's.
//!
//! Their specs have the object's name, its namespace, labels and annotations, and the rest of it as its API has it.

use std::time::Duration;

use super::object_type::{self, ObjectType, common_fields, common_outputs, identity, untold};
use crate::provider::{FamilySettings, Field, FieldType, Finding, Operation, ResourceType, Schema};
use crate::value::{Attributes, Path, Value};

/// What is particular to one type.
pub(crate) struct Named {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) namespaced: bool,
    /// Fields beyond those that every such type has. `spec` is the object's own.
    pub(crate) fields: Vec<Field>,
    /// Checks a spec offline.
    pub(crate) check: fn(&Attributes) -> Vec<Finding>,
    /// How long a creation usually takes.
    pub(crate) expected: Duration,
}

pub(crate) struct NamedType {
    named: Named,
    schema: Schema,
    identity_fields: &'static [&'static str],
}

/// Parts of the object that stand in the spec under their own names.
const BODY: &[&str] = &["spec"];

impl NamedType {
    pub(crate) fn new(named: Named) -> Self {
        let mut spec = vec![Field::new("name", FieldType::text(), "Its name").required().replaces()];
        if named.namespaced {
            spec.push(Field::new("namespace", FieldType::text(), "The namespace it is in").required().replaces());
        }
        spec.extend(named.fields.iter().cloned());
        let texts = || FieldType::map(FieldType::text());
        spec.push(Field::new("labels", texts(), "Labels; those that others set are left alone"));
        spec.push(Field::new("annotations", texts(), "Annotations; those that others set are left alone"));
        spec.extend(common_fields());
        let identity_fields: &[&str] =
            if named.namespaced { &["cluster", "namespace", "name"] } else { &["cluster", "name"] };
        Self { named, schema: Schema { spec, outputs: common_outputs() }, identity_fields }
    }

    fn manifest(&self, spec: &Attributes) -> Value {
        let mut metadata = Attributes::new();
        for name in ["name", "namespace", "labels", "annotations"] {
            metadata.extend(spec.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        let mut manifest = Attributes::from([
            ("apiVersion".to_owned(), self.named.api_version.into()),
            ("kind".to_owned(), self.named.kind.into()),
            ("metadata".to_owned(), Value::Map(metadata)),
        ]);
        for name in BODY {
            manifest.extend(spec.get(*name).map(|value| ((*name).to_owned(), value.clone())));
        }
        Value::Map(manifest)
    }
}

impl ResourceType for NamedType {
    fn name(&self) -> &'static str {
        self.named.name
    }

    fn doc(&self) -> &'static str {
        self.named.doc
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn family(&self) -> &str {
        super::FAMILY
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let mut findings: Vec<_> = super::manifest::check(&self.manifest(spec))
            .into_iter()
            .filter_map(|finding| Some(Finding { path: in_spec(&finding.path)?, ..finding }))
            .collect();
        findings.extend((self.named.check)(spec));
        findings
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        identity(spec, &self.manifest(spec))
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        self.identity_fields
    }

    fn whereabouts(&self, spec: &Attributes) -> Attributes {
        let fields =
            self.identity_fields.iter().filter_map(|name| Some(((*name).to_owned(), spec.get(*name)?.clone())));
        fields.collect()
    }

    fn also_replaces(&self, before: &Attributes, desired: &Attributes) -> Vec<Path> {
        let changed = object_type::fixed_changes(&self.manifest(before), &self.manifest(desired));
        changed.iter().filter_map(in_spec).collect()
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
            Operation::Create | Operation::Update => self.named.expected,
            Operation::Delete => self.named.expected * 2,
        }
    }
}

/// From a place in the object to one in the spec.
fn in_spec(path: &Path) -> Option<Path> {
    use crate::value::Segment;
    let segments = path.segments();
    match segments.first() {
        Some(Segment::Key(key)) if key == "metadata" => Some(Path::default().join(&segments[1..])),
        Some(Segment::Key(key)) if BODY.contains(&key.as_str()) => Some(path.clone()),
        _ => None,
    }
}

impl ObjectType for NamedType {
    fn manifests(&self, spec: &Attributes) -> Vec<Value> {
        vec![self.manifest(spec)]
    }

    fn at(&self, _: usize) -> Path {
        Path::default()
    }

    fn told(&self, spec: &Attributes, shown: &[Option<Value>]) -> Attributes {
        let mut told = untold(spec);
        let Some(Some(shown)) = shown.first() else { return told };
        let metadata = Path::field("metadata");
        for name in ["name", "namespace", "labels", "annotations"] {
            told.extend(shown.at(metadata.key(name).segments()).map(|value| (name.to_owned(), value.clone())));
        }
        for name in BODY {
            told.extend(shown.at(Path::field(name).segments()).map(|value| ((*name).to_owned(), value.clone())));
        }
        told
    }
}
