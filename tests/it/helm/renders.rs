//! What is rendered here against what Helm's own library renders, object by object: KEDA's charts and our own,
//! each with many values.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use serde_json::{Map, Value as Json, json};
use tidegate::providers::helm::{OfflineRelease, render};

use super::oracle::{Files, Oracle};
use crate::support::tidegate::skip;

/// How renderings compared.
#[derive(Default)]
struct Tally {
    renderings: usize,
    equal: usize,
    same_text: usize,
    refused_by_both: usize,
    differences: Vec<String>,
}

/// A chart with values, and what to call that.
struct Case<'a> {
    chart: &'a Path,
    name: String,
    values: Json,
}

impl Tally {
    fn compare(&mut self, oracle: &mut Oracle, release: &OfflineRelease, case: &Case<'_>) {
        let theirs = oracle.render(case.chart, &case.values, release);
        let ours = render(case.chart, &case.values.to_string(), release).map_err(|error| error.to_string());
        self.renderings += 1;
        let difference = match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => {
                self.same_text += usize::from(ours == theirs);
                difference(ours, theirs)
            }
            (Err(_), Err(_)) => {
                self.refused_by_both += 1;
                self.same_text += 1;
                None
            }
            (Ok(_), Err(theirs)) => Some(format!("Helm refuses it, and we do not: {theirs}")),
            (Err(ours), Ok(_)) => Some(format!("Helm renders it, and we do not: {ours}")),
        };
        match difference {
            None => self.equal += 1,
            Some(difference) => {
                let file = case.chart.file_name().unwrap_or_default().display();
                self.differences.push(format!("{file}, {}: {difference}", case.name));
            }
        }
    }

    fn tell(&self, what: &str) {
        let Self { renderings, equal, same_text, refused_by_both, differences } = self;
        println!(
            "{what}: renders equal: {equal}/{renderings}; the same text: {same_text}; refused by both: {refused_by_both}"
        );
        let shown: Vec<_> = differences.iter().take(12).map(String::as_str).collect();
        assert!(differences.is_empty(), "{} differ, such as:\n{}", differences.len(), shown.join("\n"));
    }
}

/// What differs first, if anything does.
fn difference(ours: &Files, theirs: &Files) -> Option<String> {
    for name in ours.keys().chain(theirs.keys()) {
        let (Some(ours), Some(theirs)) = (ours.get(name), theirs.get(name)) else {
            let by = if ours.contains_key(name) { "us" } else { "Helm" };
            return Some(format!("{name} is rendered by {by} alone"));
        };
        if ours == theirs {
            continue;
        }
        let lines = || differing_lines(ours, theirs);
        if !name.ends_with(".yaml") && !name.ends_with(".yml") {
            return Some(format!("{name}: {}", lines()));
        }
        let (ours, theirs) = (objects(ours), objects(theirs));
        if ours.is_err() || ours != theirs {
            return Some(format!("{name}: {}", lines()));
        }
    }
    None
}

/// The objects in a text, nothing among them where a document is empty.
fn objects(text: &str) -> Result<Vec<Json>, String> {
    let documents = serde_yaml::Deserializer::from_str(text).map(Json::deserialize);
    let objects = documents.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    Ok(objects.into_iter().filter(|object| !object.is_null()).collect())
}

fn differing_lines(ours: &str, theirs: &str) -> String {
    let (mut ours, mut theirs) = (ours.lines(), theirs.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (ours.next(), theirs.next()) {
            (None, None) => return "the last line end".to_owned(),
            (ours, theirs) if ours == theirs => {}
            (ours, theirs) => return format!("line {number}: {ours:?} instead of {theirs:?}"),
        }
    }
}

/// KEDA's archives, which are no part of the repository. `None`, having said so, where there are none.
pub fn keda_archives() -> Option<Vec<PathBuf>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("shared/charts");
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests may say where the archives are")]
    let folder = std::env::var_os("TIDEGATE_TEST_CHARTS").map_or(beside, PathBuf::from);
    let entries = std::fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut archives: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "tgz")).collect();
    archives.sort();
    if archives.is_empty() {
        let folder = folder.display();
        skip(&format!("there are no chart archives in {folder}; TIDEGATE_TEST_CHARTS says where there are"));
        return None;
    }
    Some(archives)
}

/// Each switch of the values, turned.
fn turned(values: &Json) -> Vec<(String, Json)> {
    let mut found = Vec::new();
    turn(values, &mut Vec::new(), &mut found);
    found
}

fn turn<'v>(values: &'v Json, path: &mut Vec<&'v str>, found: &mut Vec<(String, Json)>) {
    match values {
        Json::Bool(value) => {
            let around = |inner: Json, key: &&str| Json::Object(Map::from_iter([((*key).to_owned(), inner)]));
            found.push((format!("{} turned", path.join(".")), path.iter().rev().fold(json!(!value), around)));
        }
        Json::Object(entries) => {
            for (key, value) in entries {
                path.push(key);
                turn(value, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

#[test]
fn kedas_charts_are_rendered_as_helm_renders_them() {
    let (Some(archives), Some(mut oracle)) = (keda_archives(), Oracle::start()) else { return };
    let install = oracle.release("keda");
    let upgrade = OfflineRelease { revision: 7, is_upgrade: true, ..oracle.release("other-name") };
    let sets: BTreeMap<String, Json> = serde_yaml::from_str(include_str!("keda_values.yaml")).unwrap();
    assert!(sets.len() >= 12);
    let mut tally = Tally::default();
    for chart in &archives {
        let switches = turned(&oracle.values(chart));
        assert!(switches.len() > 20, "{}: {} switches", chart.display(), switches.len());
        let sets = sets.iter().map(|(name, values)| (name.clone(), values.clone()));
        for (name, values) in sets.clone().chain(switches) {
            tally.compare(&mut oracle, &install, &Case { chart, name, values });
        }
        for (name, values) in sets {
            tally.compare(&mut oracle, &upgrade, &Case { chart, name: format!("{name}, upgraded"), values });
        }
    }
    tally.tell("KEDA's charts");
}

#[derive(serde::Deserialize)]
struct Chart {
    /// Values by what they are called.
    #[serde(default)]
    sets: BTreeMap<String, Json>,
}

#[test]
fn our_charts_are_rendered_as_helm_renders_them() {
    let Some(mut oracle) = Oracle::start() else { return };
    let install = oracle.release("trial");
    let upgrade = OfflineRelease { revision: 3, is_upgrade: true, ..install.clone() };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts");
    let charts: BTreeMap<String, Chart> =
        serde_yaml::from_str(&std::fs::read_to_string(folder.join("values.yaml")).unwrap()).unwrap();
    let mut tally = Tally::default();
    for (name, Chart { mut sets }) in charts {
        let chart = &folder.join(name);
        sets.insert("defaults".to_owned(), json!({}));
        for (name, values) in sets {
            tally.compare(&mut oracle, &install, &Case { chart, name: name.clone(), values: values.clone() });
            tally.compare(&mut oracle, &upgrade, &Case { chart, name: format!("{name}, upgraded"), values });
        }
    }
    tally.tell("our charts");
}
