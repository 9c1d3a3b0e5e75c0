//! What a release will be, told before it is installed: rendered without a cluster, as far as everything is known.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use super::config::{StandIns, config, wish};
use super::objects::{brief, guarded, keyed};
use super::woven::{Thread, weave};
use crate::provider::Finding;
use crate::providers::helm::rendering::{Facts, Fault, rendered};
use crate::providers::helm::shelf::Shelf;
use crate::providers::helm::sources::Loaded;
use crate::providers::helm::surroundings::Rehearsed;
use crate::providers::kubernetes::connection;
use crate::value::{Attributes, Kind, Path, Value};

/// What can be told.
#[derive(Clone, Debug)]
pub(super) enum Planned {
    /// The chart is not at hand, or too little of the values is known.
    Unknown {
        chart_version: Option<String>,
    },
    Known(Told),
    Wrong(Vec<Finding>),
}

#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) objects: Attributes,
    /// Places in `objects` that are decided by chance each time the chart is rendered.
    pub(super) chance: Vec<Path>,
    pub(super) chart_version: String,
    pub(super) app_version: Value,
}

/// Everything that [`plan`] depends on, in one text.
pub(super) fn key(shelf: &Shelf, spec: &Attributes) -> Option<String> {
    let loaded = shelf.chart(&wish(spec)?)?;
    let values = config(spec, StandIns::default());
    let other = config(spec, StandIns { other_unknowns: true, other_secrets: true });
    let text = |name: &str| spec.get(name).and_then(Value::as_str).unwrap_or_default();
    let cluster = cluster(spec).and_then(|cluster| shelf.capabilities(&cluster));
    let parts = format!(
        "{} {:?} {values:?} {other:?} {cluster:?}",
        loaded.digest,
        (text("name"), text("namespace"), spec.get("skip_schema_validation"))
    );
    Some(Sha256::digest(parts).iter().map(|byte| format!("{byte:02x}")).collect())
}

fn cluster(spec: &Attributes) -> Option<String> {
    connection::key(spec.get("cluster")?)
}

/// What the release of a spec will be.
pub(super) fn plan(shelf: &Shelf, spec: &Attributes) -> Planned {
    let Some(loaded) = wish(spec).and_then(|wish| shelf.chart(&wish)) else {
        return Planned::Unknown { chart_version: None };
    };
    let unknown = || Planned::Unknown { chart_version: Some(loaded.version.clone()) };
    let text = |name: &str| spec.get(name).and_then(Value::as_str);
    let (Some(name), Some(namespace)) = (text("name"), text("namespace")) else { return unknown() };
    let capabilities = cluster(spec).and_then(|cluster| shelf.capabilities(&cluster));
    let skip_schema = spec.get("skip_schema_validation") == Some(&Value::Bool(true));
    let facts = Facts::to_come(name, namespace, capabilities, skip_schema);
    let sketch = Sketch { loaded: &loaded, spec, facts };
    let has = |test: fn(&Value) -> bool| ["values", "values_files"].iter().filter_map(|name| spec.get(*name)).any(test);
    match sketch.render(StandIns::default(), 1) {
        Ok(Some((objects, by_chance))) => {
            let mut others = Vec::new();
            if has(Value::has_unknown) || has(Value::has_sealed) {
                let other = sketch.render(StandIns { other_unknowns: true, ..StandIns::default() }, 1);
                let Ok(Some((other, _))) = other else { return unknown() };
                others.push((Thread::Unknown, other));
            }
            if has(Value::has_secret) {
                let other = sketch.render(StandIns { other_secrets: true, ..StandIns::default() }, 1);
                let Ok(Some((other, _))) = other else { return unknown() };
                others.push((Thread::Secret, other));
            }
            if by_chance && let Ok(Some((other, _))) = sketch.render(StandIns::default(), 2) {
                others.push((Thread::Chance, other));
            }
            let (objects, chance) = woven(&objects, &others);
            let app_version = loaded.chart.metadata.all.get("appVersion");
            let app_version = app_version.map(|version| Value::from(version.clone())).unwrap_or_default();
            Planned::Known(Told { objects, chance, chart_version: loaded.version.clone(), app_version })
        }
        Ok(None) => unknown(),
        // With a stand-in for what is not known, a chart may refuse what it will not refuse then.
        Err(_) if has(Value::has_unknown) || has(Value::has_sealed) => unknown(),
        Err(faults) => Planned::Wrong(faults),
    }
}

/// A release that is rendered several times.
struct Sketch<'a> {
    loaded: &'a Loaded,
    spec: &'a Attributes,
    facts: Facts<'a>,
}

type Objects = BTreeMap<String, Json>;

impl Sketch<'_> {
    /// The objects, and whether chance has a part in them. `None` while the values are not known.
    fn render(&self, stand_ins: StandIns, seed: u64) -> Result<Option<(Objects, bool)>, Vec<Finding>> {
        let config = config(self.spec, stand_ins).map_err(|(index, message)| {
            vec![Finding::new("helm/values", Path::field("values_files").index(index), message)]
        })?;
        let Some(config) = config else { return Ok(None) };
        let surroundings = Rehearsed::new(seed);
        let rendered = rendered(self.loaded, &config, &self.facts, &surroundings);
        let rendered =
            rendered.map_err(|faults| faults.into_iter().map(|fault| finding(fault, &config)).collect::<Vec<_>>())?;
        let objects = rendered.sorted.documents.iter().map(|document| brief(document.object.clone()));
        let objects = keyed(objects, self.facts.namespace).into_iter().collect();
        Ok(Some((objects, surroundings.was_asked())))
    }
}

/// Where in the stack a fault is, as far as the stack says what is wrong.
fn finding(fault: Fault, config: &Map<String, Json>) -> Finding {
    match fault {
        Fault::Values { path, message } => {
            let mut at = Path::field("values");
            let mut here = Json::Object(config.clone());
            // What is missing is told where it should be.
            for part in path {
                here = here[part.as_str()].clone();
                if here.is_null() {
                    break;
                }
                at = at.key(&part);
            }
            Finding::new("helm/values", at, message)
        }
        Fault::Chart { message, help } => {
            let finding = Finding::new("helm/chart", Path::field("chart"), message);
            match help {
                Some(help) => finding.help(help),
                None => finding,
            }
        }
    }
}

fn woven(objects: &Objects, others: &[(Thread, Objects)]) -> (Attributes, Vec<Path>) {
    let mut chance = Vec::new();
    let mut all = Attributes::new();
    for (key, object) in objects {
        let versions: Vec<_> =
            others.iter().map(|(thread, other)| (*thread, other.get(key).unwrap_or(&Json::Null))).collect();
        let value = weave(object, &versions, &Path::default().key(key), &mut chance);
        all.insert(key.clone(), guarded(value));
    }
    // Objects that are there only if something turns out so.
    for (_, other) in others.iter().filter(|(thread, _)| *thread == Thread::Unknown) {
        for key in other.keys().filter(|key| !objects.contains_key(*key)) {
            all.insert(key.clone(), Value::Unknown(Kind::Map));
        }
    }
    (all, chance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_that_depends_on_what_is_unknown_may_come() {
        let objects =
            |keys: &[&str]| keys.iter().map(|key| ((*key).to_owned(), json!({"kind": "X"}))).collect::<Objects>();
        let (all, chance) = woven(&objects(&["a"]), &[(Thread::Unknown, objects(&["a", "b"]))]);
        assert_eq!(all["b"], Value::Unknown(Kind::Map));
        assert_eq!(all["a"], Value::from(json!({"kind": "X"})));
        assert_eq!(chance, []);
    }
}
