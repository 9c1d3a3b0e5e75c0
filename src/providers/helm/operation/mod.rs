//! What is done in a cluster: install, upgrade, roll back, uninstall, and finish what was cut short.
//!
//! Every operation can be cut short after any call, and goes on when it is called again: a record says what is under
//! way before it begins, and what is done twice comes to the same.

mod apply;
mod capabilities;
mod converge;
mod crds;
mod custom_resources;
mod fields;
mod hooks;
mod install;
mod look_up;
mod outcome;
mod ownership;
mod place;
mod read;
mod records;
mod rollback;
mod uninstall;
mod upgrade;

use serde_json::{Map, Value as Json};

pub(crate) use apply::Kept;
pub(crate) use capabilities::capabilities;
pub(crate) use converge::converge;
pub(crate) use look_up::look_up;
pub(crate) use read::{Found, next, read};
pub(crate) use rollback::rollback;
pub(crate) use uninstall::uninstall;

use crate::provider::{Owner, ProviderError};
use crate::providers::helm::manifest::Sorted;
use crate::providers::kubernetes::Calls;

/// A release as it is to be.
pub(crate) struct Wanted<'a> {
    pub(crate) name: &'a str,
    pub(crate) namespace: &'a str,
    /// In the shape of Helm's records.
    pub(crate) chart: Json,
    /// The values that the user gives.
    pub(crate) config: &'a Map<String, Json>,
    pub(crate) sorted: &'a Sorted,
    /// The chart's `crds/`, in the order in which they are read.
    pub(crate) crds: &'a [CrdFile],
    /// A digest of everything the rendering depends on.
    pub(crate) inputs: &'a str,
    pub(crate) owner: &'a Owner,
    pub(crate) options: Options,
}

/// A file of a chart's `crds/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CrdFile {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// How a release is brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) create_namespace: bool,
    /// Take over objects that are there and belong to no release, or to another one.
    pub(crate) take_ownership: bool,
    /// Take over fields that others manage.
    pub(crate) force_conflicts: bool,
    /// Until everything is ready.
    pub(crate) wait: bool,
    pub(crate) skip_crds: bool,
    pub(crate) disable_hooks: bool,
    /// How many revisions are kept; 0 for all.
    pub(crate) history_max: usize,
    pub(crate) rollback_on_failure: bool,
    /// Take over a release that is there and is no stack's.
    pub(crate) adopt: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            create_namespace: false,
            take_ownership: false,
            force_conflicts: false,
            wait: true,
            skip_crds: false,
            disable_hooks: false,
            history_max: 10,
            rollback_on_failure: false,
            adopt: false,
        }
    }
}

/// What was done to bring a release about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Made {
    pub(crate) revision: u64,
    pub(crate) action: Action,
    /// What the release does not have any more and is there all the same.
    pub(crate) kept: Vec<Kept>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Installed,
    Upgraded,
    /// The revision in effect was applied again.
    Repaired,
    RolledBack,
}

/// It did not come about; `begun` if a part of it may have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Undone {
    pub(crate) error: ProviderError,
    pub(crate) begun: bool,
}

/// A release that is to go.
pub(crate) struct Removal<'a> {
    pub(crate) name: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) owner: &'a Owner,
    pub(crate) custom_resources: CustomResources,
    pub(crate) disable_hooks: bool,
}

/// What becomes of objects of the kinds that a release defines, when it goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CustomResources {
    /// As long as there are any, the release stays.
    #[default]
    Refuse,
    /// They go first.
    Delete,
}

/// The release that calls are about.
#[derive(Clone, Copy)]
struct Site<'a> {
    calls: &'a Calls<'a>,
    name: &'a str,
    namespace: &'a str,
    owner: &'a Owner,
}

impl<'a> Site<'a> {
    fn release(&self) -> ownership::Release<'a> {
        ownership::Release { name: self.name, namespace: self.namespace }
    }

    fn applying(&self, force: bool, makes_over: bool) -> apply::Applying<'a> {
        apply::Applying { calls: self.calls, release: self.release(), force, makes_over }
    }
}

impl Undone {
    fn before(error: ProviderError) -> Self {
        Self { error, begun: false }
    }

    fn after(error: ProviderError) -> Self {
        Self { error, begun: true }
    }
}

#[cfg(feature = "simulator")]
#[cfg(test)]
mod tests {
    //! Releases in a simulated cluster.

    mod changes;
    mod cut_short;
    mod helms;
    mod removals;

    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use async_trait::async_trait;
    use bytes::Bytes;
    use serde_json::json;

    use super::*;
    use crate::providers::helm::manifest;
    use crate::providers::helm::release::{History, Status};
    use crate::providers::kubernetes::client::Client;
    use crate::providers::kubernetes::{Transport, TransportError, Unreachable};
    use crate::simulator::{Broken, Faults, ServedAt, SimulatedClock, Simulator, World};

    const CLUSTER: &str = "123456789012/us-east-1/main";
    const HOST: &str = "localhost:1";
    const TIMEOUT: Duration = Duration::from_secs(600);

    /// A running cluster with nodes, and a client of it.
    struct Bench {
        simulator: Simulator,
        clock: SimulatedClock,
        runtime: tokio::runtime::Runtime,
        wire: Arc<Wire>,
        client: Client,
    }

    /// The way to the cluster, which ends after a number of changes: as if the process was killed there.
    struct Wire {
        simulator: Simulator,
        /// After so many changes no answer comes any more.
        cut_after: usize,
        changes: AtomicUsize,
        cut: tokio::sync::Notify,
        /// What was changed, such as `POST /api/v1/namespaces/demo/secrets`.
        log: Mutex<Vec<String>>,
    }

    #[async_trait]
    impl Transport for Wire {
        async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
            let mut request = request;
            request.extensions_mut().insert(ServedAt(HOST.to_owned()));
            let is_change = request.method() != http::Method::GET;
            if is_change {
                let path = request.uri().path().replace(&format!("/clusters/{CLUSTER}"), "");
                self.log.lock().unwrap().push(format!("{} {path}", request.method()));
            }
            let answer = self.simulator.exchange(request).await.map_err(|broken| match broken {
                Broken::Refused => {
                    TransportError::NoConnection { why: Unreachable::Refused, cause: broken.to_string() }
                }
                Broken::Reset => TransportError::NoAnswer(broken.to_string()),
            });
            if is_change && self.changes.fetch_add(1, Ordering::Relaxed) + 1 >= self.cut_after {
                self.cut.notify_one();
                return std::future::pending().await;
            }
            answer
        }
    }

    impl Bench {
        fn new() -> Self {
            let mut world = World::new(7);
            let members = json!({"name": "main", "status": "ACTIVE", "version": "1.34",
                "endpoint": "https://AB.gr7.us-east-1.eks.amazonaws.com",
                "arn": "arn:aws:eks:us-east-1:123456789012:cluster/main",
                "accessConfig": {"authenticationMode": "CONFIG_MAP"}});
            let put = |world: &mut World, what: &str, members: Json| {
                world.put(&format!("aws/123456789012/us-east-1/eks/{what}"), &json!({"members": members}));
            };
            put(&mut world, "cluster/main", members);
            let group = json!({"nodegroupName": "workers", "status": "ACTIVE", "version": "1.34",
                "instanceTypes": ["t3.medium"], "scalingConfig": {"desiredSize": 2, "minSize": 0, "maxSize": 9}});
            put(&mut world, "node-group/main/workers", group);
            let bench = Self::of(world, usize::MAX);
            bench.put(
                "/api/v1/namespaces",
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}}),
            );
            // Every namespace gets what a cluster puts into it.
            bench.run(crate::clock::Clock::sleep(&bench.clock, Duration::from_secs(60)));
            bench.get("/version");
            bench
        }

        fn of(world: World, cut_after: usize) -> Self {
            let clock = SimulatedClock::new(Duration::from_secs(1_800_000_000).max(world.time()));
            let simulator = Simulator::of(world, Arc::new(clock.clone()), Faults::default());
            let runtime = clock.runtime().unwrap();
            let wire = Arc::new(Wire {
                simulator: simulator.clone(),
                cut_after,
                changes: AtomicUsize::new(0),
                cut: tokio::sync::Notify::new(),
                log: Mutex::default(),
            });
            let names = ("eks/main".to_owned(), format!("http://{HOST}/clusters/{CLUSTER}"));
            let client = Client::new(
                (names.0, &names.1),
                Arc::clone(&wire) as Arc<dyn Transport>,
                None,
                Arc::new(clock.clone()),
                Arc::new(|| 0.5),
            );
            Self { simulator, clock, runtime, wire, client }
        }

        /// Another that goes on from here by itself.
        fn fork(&self, cut_after: usize) -> Self {
            Self::of(self.simulator.world().copy(), cut_after)
        }

        fn calls(&self) -> Calls<'_> {
            self.client.within(TIMEOUT)
        }

        fn run<T>(&self, work: impl Future<Output = T>) -> T {
            self.runtime.block_on(work)
        }

        /// What comes of some work, or nothing if it was cut short.
        fn cut<T>(&self, work: impl Future<Output = T>) -> Option<T> {
            self.runtime.block_on(async {
                tokio::select! {
                    biased;
                    done = work => Some(done),
                    () = self.wire.cut.notified() => None,
                }
            })
        }

        fn converge(&self, chart: &Chart) -> Result<Made, Undone> {
            chart.with(|wanted| self.run(converge(&self.calls(), &wanted)))
        }

        /// As far as it gets.
        fn converge_cut(&self, chart: &Chart) -> Option<Result<Made, Undone>> {
            chart.with(|wanted| self.cut(converge(&self.calls(), &wanted)))
        }

        fn uninstall(&self, custom_resources: CustomResources) -> Result<Vec<Kept>, ProviderError> {
            self.run(uninstall(&self.calls(), &removal(custom_resources)))
        }

        fn found(&self) -> Option<Found> {
            self.run(read(&self.calls(), "demo", "web")).unwrap()
        }

        fn history(&self) -> History {
            self.run(records::history(&self.calls(), "demo", "web")).unwrap()
        }

        /// Revisions and their statuses.
        fn statuses(&self) -> Vec<(u64, Status)> {
            let history = self.history();
            history.all().iter().map(|stored| (stored.record.revision(), stored.record.status())).collect()
        }

        fn get(&self, path: &str) -> Option<Json> {
            self.run(self.calls().get(path)).unwrap()
        }

        fn put(&self, collection: &str, object: Json) {
            self.run(self.calls().create(collection, &object, Default::default())).unwrap();
        }

        /// Changes an object as someone with kubectl does.
        fn patch(&self, path: &str, patch: Json) {
            self.run(self.calls().merge(path, &patch, Default::default())).unwrap();
        }

        fn changes(&self) -> Vec<String> {
            self.wire.log.lock().unwrap().clone()
        }

        /// What people made, by its place, without what the cluster adds and changes by itself.
        fn picture(&self) -> BTreeMap<String, Json> {
            let kinds = [
                ("v1", "ConfigMap"),
                ("v1", "Service"),
                ("v1", "ServiceAccount"),
                ("v1", "Namespace"),
                ("apps/v1", "Deployment"),
                ("batch/v1", "Job"),
                ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
            ];
            let mut picture = BTreeMap::new();
            for (api_version, kind) in kinds {
                let resource = self.run(self.calls().resource(api_version, kind)).unwrap();
                for mut object in self.run(self.calls().list(&resource.collection(None), None)).unwrap() {
                    let id = crate::providers::kubernetes::Id::of_object(&object).unwrap();
                    if let Some(metadata) = object["metadata"].as_object_mut() {
                        metadata.retain(|key, _| ["labels", "annotations"].contains(&key.as_str()));
                        for part in metadata.values_mut().filter_map(Json::as_object_mut) {
                            part.retain(|key, _| {
                                !key.starts_with("deployment.kubernetes.io/") && !key.contains("controller-uid")
                            });
                        }
                    }
                    let whole = object.as_object_mut().unwrap();
                    whole.remove("status");
                    if ["Service", "Job"].contains(&kind) {
                        whole.remove("spec");
                    }
                    picture.insert(id.to_string(), object);
                }
            }
            picture
        }
    }

    fn owner() -> &'static Owner {
        static OWNER: std::sync::OnceLock<Owner> = std::sync::OnceLock::new();
        OWNER.get_or_init(|| Owner { stack: "shop".parse().unwrap(), address: "web".parse().unwrap() })
    }

    fn removal(custom_resources: CustomResources) -> Removal<'static> {
        Removal { name: "web", namespace: "demo", owner: owner(), custom_resources, disable_hooks: false }
    }

    /// A rendered chart.
    #[derive(Clone)]
    struct Chart {
        files: BTreeMap<String, String>,
        crds: Vec<CrdFile>,
        inputs: String,
        config: Json,
        owner: Owner,
        options: Options,
    }

    impl Chart {
        fn new(inputs: &str, files: &[(&str, &str)]) -> Self {
            let files = files.iter().map(|(name, text)| (format!("web/templates/{name}"), (*text).to_owned()));
            Self {
                files: files.collect(),
                crds: Vec::new(),
                inputs: inputs.to_owned(),
                config: json!({"inputs": inputs}),
                owner: owner().clone(),
                options: Options::default(),
            }
        }

        fn with<T>(&self, work: impl FnOnce(Wanted<'_>) -> T) -> T {
            let sorted = manifest::sort(&self.files, "web").unwrap();
            let chart = json!({"metadata": {"name": "web", "version": "1.0.0", "apiVersion": "v2"}, "lock": null,
                "templates": [], "values": {}, "schema": null, "files": []});
            work(Wanted {
                name: "web",
                namespace: "demo",
                chart,
                config: self.config.as_object().unwrap(),
                sorted: &sorted,
                crds: &self.crds,
                inputs: &self.inputs,
                owner: &self.owner,
                options: self.options,
            })
        }
    }

    fn config_map(name: &str, value: &str) -> String {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  a: {value:?}\n")
    }

    fn deployment(image: &str) -> String {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector: {{ matchLabels: {{ app: web }} }}\n  template:\n    metadata: {{ labels: {{ app: web }} }}\n    spec: {{ containers: [{{ name: web, image: {image} }}] }}\n"
        )
    }

    fn hook(name: &str, events: &str, more: &str, image: &str) -> String {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n  annotations:\n    helm.sh/hook: {events}\n{more}spec:\n  backoffLimit: 0\n  template:\n    spec: {{ restartPolicy: Never, containers: [{{ name: c, image: {image} }}] }}\n"
        )
    }

    const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec: { selector: { app: web }, ports: [{ port: 80 }] }\n";

    /// A Deployment, a Service and settings, with hooks around everything.
    fn web(inputs: &str, image: &str) -> Chart {
        let after = "    helm.sh/hook-delete-policy: hook-succeeded\n";
        Chart::new(
            inputs,
            &[
                ("settings.yaml", &config_map("settings", inputs)),
                ("only.yaml", &config_map(&format!("only-{inputs}"), inputs)),
                ("service.yaml", SERVICE),
                ("deployment.yaml", &deployment(image)),
                ("before.yaml", &hook("before", "pre-install,pre-upgrade,pre-rollback", "", "example.org/migrate:1")),
                ("after.yaml", &hook("after", "post-install,post-upgrade,post-rollback", after, "example.org/test:1")),
                ("going.yaml", &hook("going", "pre-delete", after, "example.org/backup:1")),
                ("gone.yaml", &hook("gone", "post-delete", after, "example.org/bye:1")),
            ],
        )
    }
}
