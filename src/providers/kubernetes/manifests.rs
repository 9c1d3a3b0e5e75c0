//! `kubernetes.manifests`: several objects that belong together, such as those of a file or a folder.

use std::collections::BTreeMap;
use std::time::Duration;

use super::manifest::{self, Id};
use super::object::identifying;
use super::object_type::{self, ObjectType, common_fields, common_outputs, untold};
use crate::provider::{FamilySettings, Field, FieldType, Finding, Operation, ResourceType, Schema};
use crate::value::{Attributes, Path, Value};

pub(super) struct Manifests {
    schema: Schema,
}

impl Manifests {
    pub(super) fn new() -> Self {
        let objects = FieldType::Document { canonical: by_object };
        let doc = "The objects, such as `${manifests(\"crds\")}`; namespaces and what defines kinds are made first";
        let objects = Field::new("objects", objects, doc).required();
        let spec = std::iter::once(objects).chain(common_fields()).collect();
        Self { schema: Schema { spec, outputs: common_outputs() } }
    }
}

/// The objects by what each is, since their order means nothing.
fn by_object(objects: &Value) -> Value {
    let Some(items) = objects.as_list() else { return objects.clone() };
    let mut all = Attributes::new();
    for (index, item) in items.iter().enumerate() {
        let key = Id::of(item).map_or_else(|| format!("object {}", index + 1), |id| id.key());
        all.insert(key, item.clone());
    }
    Value::Map(all)
}

fn objects(spec: &Attributes) -> &[Value] {
    spec.get("objects").and_then(Value::as_list).unwrap_or_default()
}

impl ResourceType for Manifests {
    fn name(&self) -> &'static str {
        "kubernetes.manifests"
    }

    fn doc(&self) -> &'static str {
        "The objects of a file or a folder in a cluster."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let at = Path::field("objects");
        if !matches!(spec.get("objects"), Some(Value::List(_) | Value::Unknown(_))) {
            let message = "the objects are a list of manifests";
            return vec![Finding::new("stack/wrong-type", at, message).help("write `${manifests(\"a-folder\")}`")];
        }
        let mut findings = Vec::new();
        let mut seen = BTreeMap::new();
        for (index, object) in objects(spec).iter().enumerate() {
            let at = at.index(index);
            let found = manifest::check(object).into_iter();
            findings.extend(found.map(|finding| Finding { path: at.join(finding.path.segments()), ..finding }));
            if let Some(id) = Id::of(object)
                && let Some(first) = seen.insert(id.key(), index)
            {
                let message = format!("{id} is also the object {} of this list", first + 1);
                findings.push(Finding::new("kubernetes/same-object", at, message).help("keep one of the two"));
            }
        }
        findings
    }

    fn identity(&self, _: &Attributes) -> Option<String> {
        None
    }

    fn is_identified_by_address(&self) -> bool {
        true
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["cluster"]
    }

    fn whereabouts(&self, spec: &Attributes) -> Attributes {
        let mut known = Attributes::new();
        known.extend(spec.get("cluster").map(|cluster| ("cluster".to_owned(), cluster.clone())));
        known.insert("objects".to_owned(), Value::List(objects(spec).iter().map(identifying).collect()));
        known
    }

    fn also_replaces(&self, before: &Attributes, desired: &Attributes) -> Vec<Path> {
        let mut changed = Vec::new();
        let olds: BTreeMap<_, _> = objects(before).iter().filter_map(|old| Some((Id::of(old)?.key(), old))).collect();
        for (index, new) in objects(desired).iter().enumerate() {
            let old = Id::of(new).and_then(|id| olds.get(&id.key()).copied());
            let at = Path::field("objects").index(index);
            let paths = old.map(|old| object_type::fixed_changes(old, new)).unwrap_or_default();
            changed.extend(paths.iter().map(|path| at.join(path.segments())));
        }
        changed
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

    fn expected(&self, _: Operation) -> Duration {
        Duration::from_secs(30)
    }

    fn timeout(&self, _: Operation) -> Duration {
        Duration::from_secs(600)
    }
}

impl ObjectType for Manifests {
    fn manifests(&self, spec: &Attributes) -> Vec<Value> {
        objects(spec).to_vec()
    }

    fn at(&self, index: usize) -> Path {
        Path::field("objects").index(index)
    }

    fn told(&self, spec: &Attributes, shown: &[Option<Value>]) -> Attributes {
        let mut told = untold(spec);
        told.insert("objects".to_owned(), Value::List(shown.iter().flatten().cloned().collect()));
        told
    }
}
