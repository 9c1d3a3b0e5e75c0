//! Renders a chart with no cluster at all: the way in for whoever compares or measures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::chart::{self, Chart};
use super::template::{self, Capabilities, Limits, Lookups, ReleaseFacts, Rendering, Surroundings};
use super::{values, yaml};

/// What a template can ask about the release and the cluster that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineRelease {
    pub name: String,
    pub namespace: String,
    pub revision: u64,
    pub is_upgrade: bool,
    /// Such as `v1.34.0`.
    pub kube_version: String,
    /// Such as `apps/v1`, or `apps/v1/Deployment`.
    pub api_versions: BTreeSet<String>,
    /// What `now` says, since 1970.
    pub now: Duration,
}

/// Why nothing was rendered, in words for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct OfflineError(String);

/// A loaded chart.
#[derive(Debug)]
pub struct OfflineChart(Chart);

struct Offline {
    now: Duration,
}

impl Surroundings for Offline {
    fn random(&self, bytes: &mut [u8]) {
        // Without randomness the bytes stay what they are: nothing that is rendered here is installed.
        let _ = getrandom::fill(bytes);
    }

    fn now(&self) -> Duration {
        self.now
    }
}

fn told(error: impl std::fmt::Display) -> OfflineError {
    OfflineError(error.to_string())
}

/// Loads the chart at a path, an archive or a folder, and renders it with these values, which are YAML. Gives the
/// text of each template by its path.
///
/// # Errors
/// When the chart cannot be loaded, its schema refuses the values, or a template fails.
pub fn render(chart: &Path, values: &str, release: &OfflineRelease) -> Result<BTreeMap<String, String>, OfflineError> {
    OfflineChart::load(chart)?.render(values, release)
}

impl OfflineChart {
    /// # Errors
    /// When there is no chart at the path, or one that cannot be read.
    pub fn load(path: &Path) -> Result<Self, OfflineError> {
        let chart = if path.is_dir() {
            chart::load_folder(path).map_err(told)?
        } else {
            let bytes = std::fs::read(path).map_err(|error| told(format!("{}: {error}", path.display())))?;
            chart::load_archive(&bytes).map_err(told)?
        };
        Ok(Self(chart))
    }

    /// # Errors
    /// When the chart's schema refuses the values, or a template fails.
    pub fn render(&self, values: &str, release: &OfflineRelease) -> Result<BTreeMap<String, String>, OfflineError> {
        let own = match yaml::read(values).map_err(|error| told(error.message))? {
            Json::Object(own) => own,
            Json::Null => Map::new(),
            _ => return Err(told("values have to be a map from names to values")),
        };
        let (chart, own) = chart::process_dependencies(self.0.clone(), &own).map_err(told)?;
        let values = values::coalesce(&chart, &own).map_err(told)?;
        values::check_schema(&chart, &values).map_err(|faults| {
            let lines =
                faults.iter().map(|fault| format!("{}: {}: {}", fault.chart, fault.path.join("."), fault.message));
            told(lines.collect::<Vec<_>>().join("\n"))
        })?;
        let rendering = Rendering {
            chart: &chart,
            values: &values,
            release: ReleaseFacts {
                name: release.name.clone(),
                namespace: release.namespace.clone(),
                revision: release.revision,
                is_upgrade: release.is_upgrade,
            },
            capabilities: &Capabilities {
                kube_version: release.kube_version.clone(),
                api_versions: release.api_versions.clone(),
            },
            lookups: &Lookups::default(),
            surroundings: &Offline { now: release.now },
            limits: Limits::default(),
        };
        template::render(&rendering).map(|rendered| rendered.files).map_err(told)
    }
}
