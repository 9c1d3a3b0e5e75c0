//! The door to the releases of clusters: finds the chart, renders it with what the cluster can do and holds, and has it
//! installed, changed or taken away.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use super::family::{Supply, fetch};
use super::operation::{self, CrdFile, CustomResources, Found, Options, Removal, Wanted};
use super::rendering::{Facts, Ready, rendered};
use super::resource::{self, wish};
use super::sources::Loaded;
use super::surroundings::Real;
use super::template::Lookups;
use super::{release, seen};
use crate::clock::Clock;
use crate::provider::{ErrorKind, FailedChange, FamilySettings, Observed, Ownership, Provider, ProviderError, Target};
use crate::providers::kubernetes::{CLUSTER_GONE, Calls, Client, Clusters, Connection};
use crate::value::{Attributes, Value};

/// A chart looks things up to decide what to render; one that never has enough would be rendered forever.
const MOST_LOOKUPS: usize = 20;

/// How many revisions are kept where no one says, as Helm does.
const HISTORY_MAX: usize = 10;

pub(super) struct HelmDoor {
    clusters: Clusters,
    supply: Supply,
    settings: FamilySettings,
    clock: Arc<dyn Clock>,
}

fn rejected(text: impl Into<String>) -> ProviderError {
    ProviderError::new(ErrorKind::Rejected, "install", text)
}

fn text<'a>(spec: &'a Attributes, name: &str) -> &'a str {
    spec.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn flag(spec: &Attributes, name: &str) -> Option<bool> {
    spec.get(name).and_then(Value::as_bool)
}

impl HelmDoor {
    pub(super) fn new(clusters: Clusters, supply: Supply, settings: FamilySettings, clock: Arc<dyn Clock>) -> Self {
        Self { clusters, supply, settings, clock }
    }

    async fn client(&self, spec: &Attributes) -> Result<Arc<Client>, ProviderError> {
        let cluster = spec.get("cluster").ok_or_else(|| rejected("nothing says which cluster it is in"))?;
        let connection = Connection::parse(cluster).map_err(|finding| rejected(finding.message))?;
        let connection = connection.ok_or_else(|| rejected("which cluster it is in is not known yet"))?;
        self.clusters.client(&connection).await
    }

    async fn look(&self, target: &Target<'_>) -> Result<Option<Observed>, ProviderError> {
        let client = self.client(target.recorded).await?;
        let calls = client.on(target);
        let found = find(&calls, target.recorded).await?;
        Ok(found.map(|found| seen::observed(&found, target, target.recorded)))
    }

    /// Brings the release about, and tells how it is then.
    async fn make(
        &self,
        target: &Target<'_>,
        desired: &Attributes,
        calls: &Calls<'_>,
        found: Option<&Found>,
    ) -> Result<Observed, FailedChange> {
        let nothing_made = |error: ProviderError| FailedChange { nothing_made: found.is_none(), ..error.into() };
        let wish = wish(desired).ok_or_else(|| nothing_made(rejected("which chart is meant is not known")))?;
        let installed = target.recorded.get("chart_version").and_then(Value::as_str);
        let folder = Path::new("");
        let loaded = fetch(&self.supply, wish, &self.settings, installed, folder, &*self.clock);
        let loaded = loaded.await.map_err(nothing_made)?;
        let config = resource::values(desired).map_err(|finding| nothing_made(rejected(finding.message)))?;
        let ready = self.render(calls, desired, &loaded, &config, found).await.map_err(nothing_made)?;
        let most = desired.get("history_max").and_then(Value::as_i64);
        let options = Options {
            create_namespace: flag(desired, "create_namespace").unwrap_or(false),
            take_ownership: flag(desired, "take_ownership").unwrap_or(false),
            force_conflicts: flag(desired, "force_conflicts").unwrap_or(false),
            wait: flag(desired, "wait").unwrap_or(true),
            skip_crds: flag(desired, "skip_crds").unwrap_or(false),
            disable_hooks: flag(desired, "disable_hooks").unwrap_or(false),
            rollback_on_failure: flag(desired, "rollback_on_failure").unwrap_or(false),
            history_max: most.and_then(|most| usize::try_from(most).ok()).unwrap_or(HISTORY_MAX),
            adopt: found.is_some(),
        };
        let wanted = Wanted {
            name: text(desired, "name"),
            namespace: text(desired, "namespace"),
            chart: release::chart_record(&ready.chart),
            config: &config,
            crds: &definitions(&ready),
            sorted: &ready.sorted,
            inputs: &inputs(&loaded, &config, &options),
            owner: target.owner,
            options,
        };
        match operation::converge(calls, &wanted).await {
            Ok(_) => {
                let found = find(calls, desired).await?;
                let gone = || ProviderError::new(ErrorKind::Unexpected, "read", "the release is gone again");
                let found = found.ok_or_else(gone)?;
                Ok(seen::made(&found, target, desired))
            }
            Err(undone) => {
                let left = match undone.begun {
                    true => find(&calls.briefly(), desired).await.ok().flatten(),
                    false => None,
                };
                let partial = left.map(|found| seen::observed(&found, target, desired));
                let partial = partial.filter(|observed| observed.ownership == Ownership::Ours).map(Box::new);
                let nothing_made = !undone.begun && undone.error.kind.is_refusal() && !undone.error.unsure;
                Err(FailedChange { error: undone.error, partial, nothing_made })
            }
        }
    }

    /// Renders the chart, and again with what it looked up, until it has looked up everything it asks for.
    async fn render(
        &self,
        calls: &Calls<'_>,
        spec: &Attributes,
        loaded: &Loaded,
        config: &Map<String, Json>,
        found: Option<&Found>,
    ) -> Result<Ready, ProviderError> {
        let capabilities = Arc::new(operation::capabilities(calls).await?);
        let mut lookups = Lookups::default();
        let (revision, is_upgrade) = operation::next(found);
        for _ in 0..MOST_LOOKUPS {
            let facts = Facts {
                name: text(spec, "name"),
                namespace: text(spec, "namespace"),
                revision,
                is_upgrade,
                capabilities: Arc::clone(&capabilities),
                lookups,
                skip_schema: flag(spec, "skip_schema_validation").unwrap_or(false),
            };
            let surroundings = Real { now: self.clock.now() };
            let ready = rendered(loaded, config, &facts, &surroundings).map_err(|faults| {
                let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
                rejected(faults.join("; "))
            })?;
            if ready.asked.is_empty() {
                return Ok(ready);
            }
            lookups = facts.lookups;
            for asked in ready.asked {
                let answer = operation::look_up(calls, &asked).await?;
                lookups.insert(asked, answer);
            }
        }
        Err(rejected(format!("the chart goes on looking things up after {MOST_LOOKUPS} rounds")))
    }
}

fn definitions(ready: &Ready) -> Vec<CrdFile> {
    let all = ready.chart.crds().into_iter();
    all.map(|crd| CrdFile { name: crd.filename, text: String::from_utf8_lossy(&crd.data).into_owned() }).collect()
}

/// What a revision is made from, in one word. The same again is no new revision.
fn inputs(loaded: &Loaded, config: &Map<String, Json>, options: &Options) -> String {
    let config = Json::Object(config.clone());
    let text = format!("{} {config} {} {}", loaded.digest, options.skip_crds, options.disable_hooks);
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The release that a spec names, unless it has been uninstalled.
async fn find(calls: &Calls<'_>, spec: &Attributes) -> Result<Option<Found>, ProviderError> {
    let found = operation::read(calls, text(spec, "namespace"), text(spec, "name")).await?;
    Ok(found)
}

fn is_gone(error: &ProviderError) -> bool {
    error.code.as_deref() == Some(CLUSTER_GONE)
}

#[async_trait]
impl Provider for HelmDoor {
    /// With its cluster, a release is gone too.
    async fn read(&self, target: &Target<'_>) -> Result<Option<Observed>, ProviderError> {
        match self.look(target).await {
            Err(error) if is_gone(&error) => Ok(None),
            looked => looked,
        }
    }

    async fn create(&self, target: &Target<'_>, desired: &Attributes) -> Result<Observed, FailedChange> {
        let nothing_made = |error: ProviderError| FailedChange { nothing_made: true, ..error.into() };
        let client = self.client(desired).await.map_err(nothing_made)?;
        let calls = client.on(target);
        if find(&calls, desired).await.map_err(nothing_made)?.is_some() {
            let name = format!("release {}/{}", text(desired, "namespace"), text(desired, "name"));
            return Err(ProviderError::new(ErrorKind::AlreadyExists, "create", name).into());
        }
        self.make(target, desired, &calls, None).await
    }

    async fn update(&self, target: &Target<'_>, desired: &Attributes) -> Result<Observed, FailedChange> {
        let client = self.client(desired).await?;
        let calls = client.on(target);
        let found = find(&calls, desired).await?;
        self.make(target, desired, &calls, found.as_ref()).await
    }

    async fn delete(&self, target: &Target<'_>) -> Result<(), ProviderError> {
        let recorded = target.recorded;
        let removed = async {
            let client = self.client(recorded).await?;
            let removal = Removal {
                name: text(recorded, "name"),
                namespace: text(recorded, "namespace"),
                owner: target.owner,
                custom_resources: match flag(recorded, "delete_custom_resources") {
                    Some(true) => CustomResources::Delete,
                    _ => CustomResources::Refuse,
                },
                disable_hooks: flag(recorded, "disable_hooks").unwrap_or(false),
            };
            let kept = operation::uninstall(&client.on(target), &removal).await?;
            for kept in kept {
                target.progress.report(&format!("{} stays: {}", kept.id, kept.why));
            }
            Ok(())
        };
        match removed.await {
            Err(error) if is_gone(&error) => Ok(()),
            removed => removed,
        }
    }
}
