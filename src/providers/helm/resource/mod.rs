//! `helm.release`: a chart with its values, installed in a cluster under a name.

mod config;
mod fields;
mod objects;
mod planned;
mod together;
mod told;
mod woven;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub(super) use config::wish;
use config::{StandIns, config};
pub(super) use objects::{brief, guarded, key};
use planned::Planned;
pub(super) use together::look;
pub(super) use told::{Facts, told};

use super::shelf::Shelf;
use super::sources::Reference;
use crate::provider::{FamilySettings, Finding, Operation, ResourceType, Schema};
use crate::providers::kubernetes::connection;
use crate::providers::kubernetes::objects::stays_behind;
use crate::value::{Attributes, Kind, Path, Value};

pub(super) const NAME: &str = "helm.release";

/// How many plans are kept: the same spec is asked for several times in a run.
const KEPT: usize = 32;

pub(super) struct ReleaseType {
    schema: Schema,
    shelf: Shelf,
    kept: Mutex<VecDeque<(String, Arc<Planned>)>>,
}

impl ReleaseType {
    pub(super) fn new(shelf: Shelf) -> Self {
        Self { schema: fields::schema(), shelf, kept: Mutex::default() }
    }

    fn planned(&self, spec: &Attributes) -> Arc<Planned> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(key) = planned::key(&self.shelf, spec) else {
            return Arc::new(planned::plan(&self.shelf, spec));
        };
        if let Some((_, planned)) = kept().iter().find(|(of, _)| *of == key) {
            return Arc::clone(planned);
        }
        let planned = Arc::new(planned::plan(&self.shelf, spec));
        let mut kept = kept();
        kept.truncate(KEPT - 1);
        kept.push_front((key, Arc::clone(&planned)));
        planned
    }
}

impl ResourceType for ReleaseType {
    fn name(&self) -> &'static str {
        NAME
    }

    fn doc(&self) -> &'static str {
        "A Helm chart installed in a cluster, recorded as Helm records it."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let findings = match wish(spec) {
            Some(wish) => reference(&wish).err().unwrap_or_default(),
            None => Vec::new(),
        };
        if !findings.is_empty() {
            return findings;
        }
        let mut findings = match &*self.planned(spec) {
            Planned::Wrong(findings) => findings.clone(),
            Planned::Unknown { .. } | Planned::Known(_) => Vec::new(),
        };
        let loaded = wish(spec).and_then(|wish| self.shelf.chart(&wish));
        let remarks = loaded.iter().flat_map(|loaded| &loaded.remarks);
        findings.extend(remarks.map(|remark| Finding::new("helm/chart", Path::field("chart"), remark).warning()));
        findings
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        let text = |name: &str| spec.get(name).and_then(Value::as_str);
        Some(format!("{} {}/{}", connection::key(spec.get("cluster")?)?, text("namespace")?, text("name")?))
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["cluster", "namespace", "name"]
    }

    /// All of the spec that a read needs to tell what it finds in the words of the spec. Values may be secret, and
    /// are left out then.
    fn whereabouts(&self, spec: &Attributes) -> Attributes {
        let known = spec.iter().filter(|(_, value)| !value.has_secret() && !value.has_unknown());
        known.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn brief(&self, attributes: &Attributes) -> Attributes {
        let mut brief: Attributes = attributes
            .get("cluster")
            .map(|cluster| ("cluster".to_owned(), connection::brief(cluster)))
            .into_iter()
            .collect();
        if let Some(Value::Map(objects)) = attributes.get("objects") {
            let names = objects.keys().map(|key| Value::from(key.as_str())).collect();
            brief.insert("objects".to_owned(), Value::List(names));
        }
        brief
    }

    fn goes_with<'a>(&self, recorded: &'a Attributes, settings: &FamilySettings) -> Option<&'a Value> {
        let fast = settings.get("teardown").and_then(Value::as_str) == Some("fast");
        let objects = recorded.get("objects").and_then(Value::as_map)?;
        if !fast || objects.values().any(stays_behind) {
            return None;
        }
        recorded.get("cluster")
    }

    fn planned_outputs(&self, desired: &Attributes, before: Option<&Attributes>) -> Attributes {
        told::planned_outputs(&self.planned(desired), before)
    }

    fn expected(&self, operation: Operation) -> Duration {
        match operation {
            Operation::Create => Duration::from_secs(60),
            Operation::Update | Operation::Delete => Duration::from_secs(45),
        }
    }

    fn timeout(&self, _: Operation) -> Duration {
        Duration::from_secs(600)
    }
}

/// Which chart is meant by the words of a spec.
pub(super) fn reference(wish: &super::shelf::Wish) -> Result<Reference, Vec<Finding>> {
    Reference::parse(&wish.chart, wish.repository.as_deref(), wish.version.as_deref())
}

/// What the values of a spec are in an install; only a plan has stand-ins.
pub(super) fn values(spec: &Attributes) -> Result<serde_json::Map<String, serde_json::Value>, Finding> {
    match config(spec, StandIns::default()) {
        Ok(Some(config)) => Ok(config),
        Ok(None) => Err(Finding::new("helm/values", Path::field("values"), "the values are not known")),
        Err((index, message)) => Err(Finding::new("helm/values", Path::field("values_files").index(index), message)),
    }
}

/// An output that is not known yet.
fn unknown(name: &str, kind: Kind) -> (String, Value) {
    (name.to_owned(), Value::Unknown(kind))
}
