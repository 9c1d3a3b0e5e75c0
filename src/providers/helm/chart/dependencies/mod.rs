//! Which of a chart's dependencies are part of a release, and what they bring into the chart's values.

mod enabled;
mod import;
mod table;

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::{Chart, ChartError};

/// Leaves in a chart the dependencies that these values enable, under the names that they go by, and moves the values
/// over that they export. The values come back as they were.
///
/// # Errors
/// When a dependency is not there, or values of one are not a map.
pub(crate) fn process_dependencies(
    mut chart: Chart,
    values: &Map<String, Json>,
) -> Result<(Chart, Map<String, Json>), ChartError> {
    check_complete(&chart)?;
    enabled::keep_enabled(&mut chart, values, "")?;
    import::import_values(&mut chart)?;
    Ok((chart, values.clone()))
}

/// Sees that everything that `Chart.yaml` names is there.
fn check_complete(chart: &Chart) -> Result<(), ChartError> {
    let there: BTreeSet<&str> = chart.dependencies.iter().map(|inner| inner.metadata.name.as_str()).collect();
    let named = chart.metadata.dependencies();
    let missing: Vec<&str> =
        named.iter().map(|named| named.name.as_str()).filter(|name| !there.contains(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "chart `{}`: found in Chart.yaml, but missing in charts/ directory: {}",
        chart.metadata.name,
        missing.join(", ")
    );
    let help = "run `helm dependency build` in the chart's folder, or take a packaged chart, which has them inside";
    Err(ChartError::new("chart/missing-dependency", message, help))
}

#[cfg(test)]
mod tests;
