//! The family of Helm releases: its type, its charts, and what opens its door.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::door::HelmDoor;
use super::resource::{self, ReleaseType, wish};
use super::shelf::{Shelf, Wish};
use super::sources::{Answer, Charts, Fetch, Get, Loaded, NoAnswer};
use super::{operation, settings};
use crate::clock::Clock;
use crate::provider::{
    Declared, Door, Entrance, ErrorKind, Family, FamilySettings, Field, Interrupt, Owner, ProviderError, ResourceType,
    Target, Together, Wanting,
};
use crate::providers::kubernetes::{Clusters, Connection, Jitter, Network};
use crate::value::{Attributes, Value};

/// A cluster that does not answer in this time tells a plan nothing of what it can do.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where charts come from, and where they are put until a plan is made.
#[derive(Clone)]
pub struct Supply {
    pub charts: Arc<Charts>,
    /// Families that share it see each other's charts.
    pub shelf: Shelf,
}

impl Supply {
    pub fn new(charts: Charts) -> Self {
        Self { charts: Arc::new(charts), shelf: Shelf::default() }
    }
}

/// Fetches nothing: for whoever only looks at stacks.
impl Default for Supply {
    fn default() -> Self {
        Self::new(Charts::new(Arc::new(Nowhere)))
    }
}

struct Nowhere;

#[async_trait]
impl Fetch for Nowhere {
    async fn get(&self, get: &Get) -> Result<Answer, NoAnswer> {
        Err(NoAnswer { message: format!("{}: there is no network here", get.url), transient: false })
    }
}

/// Helm releases.
pub struct HelmFamily {
    settings: Vec<Field>,
    types: Vec<Arc<dyn ResourceType>>,
    supply: Supply,
    entrances: Vec<Arc<dyn Entrance>>,
    network: Option<Network>,
    jitter: Option<Jitter>,
}

impl HelmFamily {
    /// With these ways into clusters, beside kubeconfigs, and charts from there.
    pub fn new(entrances: impl IntoIterator<Item = Arc<dyn Entrance>>, supply: Supply) -> Self {
        Self {
            settings: settings::fields(),
            types: vec![Arc::new(ReleaseType::new(supply.shelf.clone()))],
            supply,
            entrances: entrances.into_iter().collect(),
            network: None,
            jitter: None,
        }
    }

    /// Over this network to clusters instead of the real one.
    pub fn with_network(self, network: Network) -> Self {
        Self { network: Some(network), ..self }
    }

    /// With these numbers in `0..1` in place of random ones, so that a run can be replayed.
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        Self { jitter: Some(jitter), ..self }
    }

    fn clusters(&self, clock: Arc<dyn Clock>) -> Clusters {
        let mut clusters = Clusters::new(clock, self.entrances.iter().cloned());
        if let Some(network) = &self.network {
            clusters = clusters.with_network(Arc::clone(network));
        }
        if let Some(jitter) = &self.jitter {
            clusters = clusters.with_jitter(Arc::clone(jitter));
        }
        clusters
    }
}

#[async_trait]
impl Family for HelmFamily {
    fn name(&self) -> &'static str {
        "helm"
    }

    fn settings(&self) -> &[Field] {
        &self.settings
    }

    fn resource_types(&self) -> &[Arc<dyn ResourceType>] {
        &self.types
    }

    fn looks_together(&self) -> bool {
        true
    }

    fn together(&self, resources: &[Declared<'_>]) -> Together {
        resource::look(resources)
    }

    fn gathers(&self) -> bool {
        true
    }

    /// Fetches the chart, and asks the cluster what it can do if there is one.
    async fn gather(&self, wanting: &Wanting<'_>, clock: Arc<dyn Clock>) -> Result<(), ProviderError> {
        let Some(wish) = wish(wanting.spec) else {
            let text = "which chart is meant depends on something that is not made yet";
            let error = ProviderError::new(ErrorKind::Rejected, "find", text);
            return Err(error.hint("say `chart`, `repository` and `version` by variables or as they are"));
        };
        let recorded = wanting.recorded.and_then(|recorded| recorded.get("chart_version")).and_then(Value::as_str);
        fetch(&self.supply, wish, wanting.settings, recorded, wanting.folder, &*clock).await?;
        // Without an answer, the plan is made for a cluster of today.
        if let Some((cluster, capabilities)) = self.capabilities(wanting, clock).await {
            self.supply.shelf.put_capabilities(cluster, capabilities);
        }
        Ok(())
    }

    /// Opens no cluster: that is done when the first call to it is made.
    async fn open(&self, settings: &FamilySettings, clock: Arc<dyn Clock>) -> Result<Door, ProviderError> {
        let clusters = self.clusters(Arc::clone(&clock));
        Ok(Arc::new(HelmDoor::new(clusters, self.supply.clone(), settings.clone(), clock)))
    }
}

impl HelmFamily {
    async fn capabilities(
        &self,
        wanting: &Wanting<'_>,
        clock: Arc<dyn Clock>,
    ) -> Option<(String, super::template::Capabilities)> {
        let connection = Connection::parse(wanting.spec.get("cluster")?).ok()??;
        let client = self.clusters(clock).client(&connection).await.ok()?;
        let owner = Owner { stack: "gather".parse().ok()?, address: "gather".parse().ok()? };
        let target = Target {
            resource_type: wanting.resource_type,
            identity: "",
            owner: &owner,
            recorded: &Attributes::new(),
            progress: &(),
            interrupt: &Interrupt::NEVER,
            timeout: PATIENCE,
            token: "",
        };
        let capabilities = operation::capabilities(&client.on(&target).briefly()).await.ok()?;
        Some((connection.key().to_owned(), capabilities))
    }
}

/// Has a chart on the shelf.
pub(super) async fn fetch(
    supply: &Supply,
    wish: Wish,
    settings: &FamilySettings,
    installed: Option<&str>,
    folder: &Path,
    clock: &dyn Clock,
) -> Result<Arc<Loaded>, ProviderError> {
    if let Some(loaded) = supply.shelf.chart(&wish) {
        return Ok(loaded);
    }
    let reference = resource::reference(&wish).map_err(|findings| {
        let text = findings.into_iter().next().map(|finding| finding.message).unwrap_or_default();
        ProviderError::new(ErrorKind::Rejected, "find", text)
    })?;
    let loaded = supply.charts.load(&reference, folder, installed, &settings::credentials(settings), clock).await?;
    supply.shelf.put_chart(wish, Arc::clone(&loaded));
    Ok(loaded)
}
