//! Makes a chart of its files, and of the charts among them.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::budget::Budget;
use super::{Chart, ChartError, File, archive, metadata};
use crate::providers::helm::yaml;

/// # Errors
/// When a file that has a meaning does not have the content that it should.
pub(super) fn chart(files: Vec<File>, budget: &mut Budget) -> Result<Chart, ChartError> {
    let mut chart = Chart::default();
    let Some(file) = files.iter().find(|file| file.name == "Chart.yaml") else {
        let help = "a chart's folder has a `Chart.yaml` that tells its name and version";
        return Err(ChartError::new("chart/no-chart-yaml", "Chart.yaml file is missing", help));
    };
    read_into(&mut chart, file)?;
    if chart.metadata.api_version().is_empty() {
        // As charts were before they said so.
        chart.metadata.all.insert("apiVersion".to_owned(), Json::String("v1".to_owned()));
    }
    let mut inner: BTreeMap<String, Vec<File>> = BTreeMap::new();
    for file in files {
        take(&mut chart, file, &mut inner)?;
    }
    chart.metadata.validate()?;
    for (name, files) in inner {
        if name.starts_with(['_', '.']) {
            continue;
        }
        let place = format!("charts/{name} in chart `{}`", chart.metadata.name);
        chart.dependencies.push(dependency(&name, files, budget).map_err(|error| error.within(&place))?);
    }
    Ok(chart)
}

/// Puts a file where it belongs; `inner` has what is under `charts/`, by the first name there.
fn take(chart: &mut Chart, file: File, inner: &mut BTreeMap<String, Vec<File>>) -> Result<(), ChartError> {
    let is_first = chart.metadata.api_version() == "v1";
    match file.name.as_str() {
        "Chart.yaml" => {}
        "values.yaml" => chart.values = values(&file)?,
        "values.schema.json" => chart.schema = Some(file.data),
        "Chart.lock" => chart.lock = Some(lock(&file)?),
        "requirements.lock" => {
            chart.lock = Some(lock(&file)?);
            if is_first {
                chart.files.push(file);
            }
        }
        "requirements.yaml" => {
            read_into(chart, &file)?;
            if is_first {
                chart.files.push(file);
            }
        }
        name if name.starts_with("templates/") => chart.templates.push(file),
        name => match name.strip_prefix("charts/") {
            Some(path) if !path.ends_with(".prov") => {
                let (first, rest) = path.split_once('/').unwrap_or((path, ""));
                let (first, name) = (first.to_owned(), rest.to_owned());
                inner.entry(first).or_default().push(File { name, data: file.data });
            }
            _ => chart.files.push(file),
        },
    }
    Ok(())
}

fn dependency(name: &str, files: Vec<File>, budget: &mut Budget) -> Result<Chart, ChartError> {
    budget.enter()?;
    let files = match files.first() {
        Some(file) if name.ends_with(".tgz") && file.name.is_empty() => archive::files(&file.data, budget)?,
        _ if name.ends_with(".tgz") => {
            let help = "unpack the chart into a folder without `.tgz` in its name";
            return Err(ChartError::new("chart/folder-named-tgz", "this is a folder and not an archive", help));
        }
        Some(file) if file.name.is_empty() => {
            let help = "`charts/` holds charts; move the file elsewhere, or start its name with `_` or `.`";
            return Err(ChartError::new("chart/stray-file", "this is a file and not a chart", help));
        }
        _ => files,
    };
    let chart = chart(files, budget);
    budget.leave();
    chart
}

/// Reads `Chart.yaml` or `requirements.yaml`.
fn read_into(chart: &mut Chart, file: &File) -> Result<(), ChartError> {
    let content = yaml::read(text(file)?).map_err(|error| unreadable(file, &error.message))?;
    chart.metadata.read(&content).map_err(|message| unreadable(file, &message))
}

fn lock(file: &File) -> Result<Json, ChartError> {
    let content = yaml::read(text(file)?).map_err(|error| unreadable(file, &error.message))?;
    metadata::read_lock(&content).map_err(|message| unreadable(file, &message))
}

/// The documents of `values.yaml`, later ones over earlier ones.
fn values(file: &File) -> Result<Map<String, Json>, ChartError> {
    let documents = yaml::read_all(text(file)?).map_err(|error| unreadable(file, &error.message))?;
    let mut values = Map::new();
    for document in documents {
        match document {
            Json::Null => {}
            Json::Object(entries) => merge(&mut values, entries),
            other => {
                let kind = if other.is_array() { "a list" } else { "a single value" };
                return Err(unreadable(file, &format!("it holds {kind}, and values are a map")));
            }
        }
    }
    Ok(values)
}

fn merge(under: &mut Map<String, Json>, over: Map<String, Json>) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Json::Object(under)), Json::Object(over)) => merge(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

fn text(file: &File) -> Result<&str, ChartError> {
    std::str::from_utf8(&file.data).map_err(|error| unreadable(file, &format!("it is not UTF-8: {error}")))
}

fn unreadable(file: &File, why: &str) -> ChartError {
    let message = format!("cannot load {}: {why}", file.name);
    ChartError::new("chart/unreadable", message, "correct the file, or ask who made the chart")
}
