//! A chart: what it says of itself, its templates, its values, and the charts it brings along.

mod archive;
mod budget;
mod definitions;
mod dependencies;
mod digest;
mod entry_name;
mod error;
mod files;
mod folder;
mod gzip;
#[cfg(test)]
mod hostile_tests;
mod ignore;
mod metadata;
#[cfg(test)]
pub(crate) mod packed;
mod pattern;
#[cfg(test)]
pub(crate) mod real_charts;
mod remarks;

use std::path::Path;

use serde_json::{Map, Value as Json};

use budget::Budget;
pub(crate) use dependencies::process_dependencies;
pub(crate) use digest::digest;
pub(crate) use error::ChartError;
pub(crate) use gzip::gunzip;
pub(crate) use metadata::{Dependency, Metadata};

/// Of an archive as it is fetched. None unpacks to less than it has.
pub(crate) const ARCHIVE_LIMIT: u64 = budget::WHOLE;

/// One file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// From the chart's folder on, with slashes: `templates/deployment.yaml`.
    pub(crate) name: String,
    pub(crate) data: Vec<u8>,
}

/// A chart as loaded, with its dependencies under `charts/` inside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Chart {
    /// `Chart.yaml` as it is, camel-cased keys.
    pub(crate) metadata: Metadata,
    /// `Chart.lock`, as JSON.
    pub(crate) lock: Option<Json>,
    /// `values.yaml`. Numbers are as Helm has them: whatever YAML calls a number is a float64.
    pub(crate) values: Map<String, Json>,
    /// `values.schema.json`, as text.
    pub(crate) schema: Option<Vec<u8>>,
    /// Everything under `templates/`, in the order of the archive.
    pub(crate) templates: Vec<File>,
    /// Everything else, but for the files above and the dependencies. `crds/` is among these.
    pub(crate) files: Vec<File>,
    pub(crate) dependencies: Vec<Chart>,
    /// Of all that it was loaded from, `sha256:` and hexadecimal digits; of dependencies nothing.
    pub(crate) digest: String,
}

impl Chart {
    /// A chart that is there for other charts, and cannot be installed.
    pub(crate) fn is_library(&self) -> bool {
        self.metadata.is_library()
    }

    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }
}

/// Loads a chart from what `helm package` writes.
///
/// # Errors
/// When it is no such thing, or breaks a rule or a limit of charts.
pub(crate) fn load_archive(bytes: &[u8]) -> Result<Chart, ChartError> {
    let mut budget = Budget::new();
    let mut chart = files::chart(archive::files(bytes, &mut budget)?, &mut budget)?;
    chart.digest = digest(bytes);
    Ok(chart)
}

/// Loads a chart from its folder, but for what its `.helmignore` leaves out.
///
/// # Errors
/// When it cannot be read, or breaks a rule or a limit of charts.
pub(crate) fn load_folder(path: &Path) -> Result<Chart, ChartError> {
    let mut budget = Budget::new();
    let files = folder::files(path, &mut budget)?;
    let digest = folder::digest(&files);
    let mut chart = files::chart(files, &mut budget)?;
    chart.digest = digest;
    Ok(chart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charts_of_keda_are_loaded() {
        for (version, templates) in [("2.14.0", 43), ("2.14.2", 43), ("2.16.1", 44), ("2.18.1", 44), ("2.20.1", 47)] {
            let Some(path) = real_charts::find(&format!("keda-{version}.tgz")) else { return };
            let chart = load_archive(&std::fs::read(path).unwrap()).unwrap();
            assert_eq!((chart.metadata.name.as_str(), chart.metadata.version.as_str()), ("keda", version));
            assert_eq!(chart.templates.len(), templates, "{version}");
            let names: Vec<_> = chart.files.iter().map(|file| file.name.as_str()).collect();
            assert_eq!(names, [".helmignore", "README.md"]);
            assert!(chart.values.contains_key("podIdentity") && chart.crds().is_empty() && chart.remarks().is_empty());
            assert_eq!(chart.metadata.text("kubeVersion"), ">=v1.23.0-0");
        }
    }
}
