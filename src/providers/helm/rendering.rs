//! A chart with its values, rendered and sorted: the way that planning and installing have in common.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::manifest::{self, Sorted};
use super::sources::Loaded;
use super::template::{Capabilities, Limits, Lookup, Lookups, ReleaseFacts, Rendering, Surroundings, render};
use super::{chart, values};
use crate::providers::kubernetes::objects;

/// The Kubernetes that a plan takes a cluster for while there is none.
const KUBE_VERSION: &str = "v1.34.0";

/// What templates are told beside their values.
pub(super) struct Facts<'a> {
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
    pub(super) revision: u64,
    pub(super) is_upgrade: bool,
    pub(super) capabilities: Arc<Capabilities>,
    pub(super) lookups: Lookups,
    /// The chart's schema of its values is left aside.
    pub(super) skip_schema: bool,
}

impl<'a> Facts<'a> {
    /// Those of a release that is to be, without a cluster to ask.
    pub(super) fn to_come(
        name: &'a str,
        namespace: &'a str,
        capabilities: Option<Arc<Capabilities>>,
        skip_schema: bool,
    ) -> Self {
        let capabilities = capabilities.unwrap_or_else(|| Arc::new(usual_capabilities()));
        Self { name, namespace, revision: 1, is_upgrade: false, capabilities, lookups: Lookups::default(), skip_schema }
    }
}

/// What a cluster of today can do, for a plan that can ask none.
fn usual_capabilities() -> Capabilities {
    Capabilities { kube_version: KUBE_VERSION.to_owned(), api_versions: objects::known_apis().collect() }
}

/// Why there is nothing to install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The values, at this place in them.
    Values { path: Vec<String>, message: String },
    /// The chart, or what it says of the values.
    Chart { message: String, help: Option<String> },
}

impl Fault {
    fn chart(message: impl ToString) -> Self {
        Fault::Chart { message: message.to_string(), help: None }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Values { path, message } if path.is_empty() => f.write_str(message),
            Fault::Values { path, message } => write!(f, "values.{}: {message}", path.join(".")),
            Fault::Chart { message, .. } => f.write_str(message),
        }
    }
}

pub(super) struct Ready {
    pub(super) sorted: Sorted,
    /// The chart with the dependencies that these values leave.
    pub(super) chart: chart::Chart,
    /// Lookups that `lookups` had no answer to.
    pub(super) asked: Vec<Lookup>,
}

/// Renders a chart with a user's values.
pub(super) fn rendered(
    loaded: &Loaded,
    config: &Map<String, Json>,
    facts: &Facts<'_>,
    surroundings: &(dyn Surroundings + Sync),
) -> Result<Ready, Vec<Fault>> {
    if loaded.chart.is_library() {
        let message = format!("the chart {} is a library: it has nothing to install", loaded.chart.metadata.name);
        return Err(vec![Fault::Chart { message, help: Some("install a chart that uses it".to_owned()) }]);
    }
    let one = |fault| vec![fault];
    let (chart, config) =
        chart::process_dependencies(loaded.chart.clone(), config).map_err(|error| one(Fault::chart(error)))?;
    let coalesced = values::coalesce(&chart, &config).map_err(|error| one(Fault::chart(error)))?;
    if !facts.skip_schema {
        values::check_schema(&chart, &coalesced).map_err(|faults| {
            let fault = |fault: values::SchemaFault| Fault::Values { path: fault.path, message: fault.message };
            faults.into_iter().map(fault).collect::<Vec<_>>()
        })?;
    }
    let release = ReleaseFacts {
        name: facts.name.to_owned(),
        namespace: facts.namespace.to_owned(),
        revision: facts.revision,
        is_upgrade: facts.is_upgrade,
    };
    let rendering = Rendering {
        chart: &chart,
        values: &coalesced,
        release,
        capabilities: &facts.capabilities,
        lookups: &facts.lookups,
        surroundings,
        limits: Limits::default(),
    };
    let rendered = render(&rendering).map_err(|error| one(Fault::chart(error)))?;
    let sorted = manifest::sort(&rendered.files, &chart.metadata.name).map_err(|error| one(Fault::chart(error)))?;
    Ok(Ready { sorted, asked: rendered.asked, chart })
}
