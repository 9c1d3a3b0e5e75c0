//! Which dependencies are enabled: by tags first, and then by conditions, which know better.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::super::{Chart, ChartError, Dependency};
use crate::providers::helm::functions::semver::{Constraint, Version};
use crate::providers::helm::values;

/// Leaves in the chart, and in its dependencies, the dependencies that are enabled. `path` is where the values of this
/// chart are, with a dot at its end.
pub(super) fn keep_enabled(chart: &mut Chart, values: &Map<String, Json>, path: &str) -> Result<(), ChartError> {
    let mut wanted = chart.metadata.dependencies();
    if wanted.is_empty() {
        return Ok(());
    }
    chart.dependencies = called(&chart.dependencies, &wanted);
    for dependency in &mut wanted {
        dependency.name = dependency.called().to_owned();
        dependency.enabled = true;
    }
    chart.metadata.set_dependencies(&wanted);
    let values = values::coalesce(chart, values)
        .map_err(|error| ChartError::new("chart/values", error.to_string(), "give the dependency a map of values"))?;
    by_tags(&mut wanted, &values);
    by_conditions(&mut wanted, &values, path);
    let disabled: BTreeSet<String> =
        wanted.iter().filter(|dependency| !dependency.enabled).map(|dependency| dependency.name.clone()).collect();
    chart.dependencies.retain(|inner| !disabled.contains(&inner.metadata.name));
    wanted.retain(|dependency| !disabled.contains(&dependency.name));
    for inner in &mut chart.dependencies {
        let path = format!("{path}{}.", inner.metadata.name);
        keep_enabled(inner, &values, &path)?;
    }
    chart.metadata.set_dependencies(&wanted);
    Ok(())
}

/// The charts under the names that they go by: those that no one asks for first, then those that are asked for, once
/// for each time.
fn called(there: &[Chart], wanted: &[Dependency]) -> Vec<Chart> {
    let is_meant = |inner: &Chart, dependency: &Dependency| {
        inner.metadata.name == dependency.name && is_compatible(&dependency.version, &inner.metadata.version)
    };
    let unasked = there.iter().filter(|inner| !wanted.iter().any(|dependency| is_meant(inner, dependency)));
    let mut charts: Vec<Chart> = unasked.cloned().collect();
    for dependency in wanted {
        let Some(inner) = there.iter().find(|inner| is_meant(inner, dependency)) else { continue };
        let mut inner = inner.clone();
        inner.metadata.rename(dependency.called());
        charts.push(inner);
    }
    charts
}

fn is_compatible(constraint: &str, version: &str) -> bool {
    match (Constraint::parse(constraint), Version::parse(version)) {
        (Ok(constraint), Ok(version)) => constraint.check(&version),
        _ => false,
    }
}

fn by_tags(wanted: &mut [Dependency], values: &Map<String, Json>) {
    let Some(tags) = values.get("tags").and_then(Json::as_object) else { return };
    for dependency in wanted {
        let said = || dependency.tags.iter().filter_map(|tag| tags.get(tag)?.as_bool());
        dependency.enabled = said().any(|tag| tag) || said().count() == 0;
    }
}

fn by_conditions(wanted: &mut [Dependency], values: &Map<String, Json>, path: &str) {
    for dependency in wanted {
        let conditions = dependency.condition.trim().split(',').filter(|condition| !condition.is_empty());
        let said = conditions.filter_map(|condition| value_at(values, &format!("{path}{condition}"))?.as_bool());
        if let Some(enabled) = said.into_iter().next() {
            dependency.enabled = enabled;
        }
    }
}

fn value_at<'a>(values: &'a Map<String, Json>, path: &str) -> Option<&'a Json> {
    let mut steps = path.split('.');
    let first = values.get(steps.next()?)?;
    steps.try_fold(first, |value, step| value.as_object()?.get(step))
}
