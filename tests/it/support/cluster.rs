//! A cluster to try things on over real sockets: a simulated one, or the one that `TIDEGATE_TEST_KUBECONFIG` names.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};

use kube::api::{ApiResource, DynamicObject, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client};
use serde_json::Value as Json;

use super::served::Served;
use super::tidegate::{Place, Run};

const SIMULATED: &str = include_str!("cluster.yaml");

pub struct Cluster {
    pub place: Place,
    /// One that no other test uses.
    pub namespace: String,
    /// What serves it, and where its world is.
    served: Option<(Served, Place)>,
}

impl Cluster {
    pub fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "whoever tests against a cluster of his own says so there")]
        let real = std::env::var("TIDEGATE_TEST_KUBECONFIG").ok();
        let place = Place::default();
        let served = match real {
            Some(path) => {
                std::fs::create_dir_all(place.path(".")).unwrap();
                std::fs::copy(path, place.path("kubeconfig")).unwrap();
                None
            }
            None => {
                let world = Place::default();
                world.write("stacks/cluster.yaml", SIMULATED);
                world.expect(0, "apply --simulate --auto-approve");
                let served = Served::start(&world, 60);
                place.write("kubeconfig", &kubeconfig(served.url()));
                Some((served, world))
            }
        };
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("tidegate-test-{}-{number}", std::process::id());
        Self { place, namespace, served }
    }

    /// Puts a stack of these resources in place; `NAMESPACE` stands for the test's own.
    pub fn stack(&self, resources: &str) {
        let text = format!(
            "tidegate: 1\nstack: it\nresources:\n  here:\n    type: kubernetes.connection\n    spec: {{ kubeconfig: kubeconfig, name: here }}\n{resources}"
        );
        self.place.write("stacks/it.yaml", &text.replace("NAMESPACE", &self.namespace));
    }

    /// Where its cloud answers, if it is a simulated one.
    pub fn url(&self) -> Option<&str> {
        self.served.as_ref().map(|(served, _)| served.url())
    }

    pub fn expect(&self, code: i32, arguments: &str) -> Run {
        self.place.expect(code, arguments)
    }

    pub fn apply(&self) -> Run {
        self.expect(0, "apply --auto-approve")
    }

    /// Nothing is left to do.
    pub fn is_settled(&self) {
        self.expect(0, "plan --detailed-exitcode");
        self.expect(0, "drift");
    }

    /// Does something behind Tidegate's back, over a client of its own.
    fn by_hand<T>(&self, work: impl AsyncFnOnce(Client) -> kube::Result<T>) -> kube::Result<T> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let file = Kubeconfig::read_from(self.place.path("kubeconfig")).unwrap();
            let config = kube::Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.unwrap();
            work(Client::try_from(config).unwrap()).await
        })
    }

    /// The object, such as `apps/v1 Deployment worker`, of the test's namespace.
    pub fn get(&self, object: &str) -> Option<Json> {
        let (resource, name) = parse(object);
        let found = self.by_hand(async |client| self.api(client, &resource).get_opt(name).await).unwrap();
        found.map(|object| serde_json::to_value(object).unwrap())
    }

    /// Applies a change as another manager.
    pub fn change(&self, object: &str, manager: &str, change: &Json) {
        let (resource, name) = parse(object);
        let mut body = change.clone();
        body["apiVersion"] = resource.api_version.clone().into();
        body["kind"] = resource.kind.clone().into();
        let how = PatchParams::apply(manager).force();
        self.by_hand(async |client| self.api(client, &resource).patch(name, &how, &Patch::Apply(&body)).await).unwrap();
    }

    /// Changes an object as one does who edits it.
    pub fn edit(&self, object: &str, change: &Json) {
        let (resource, name) = parse(object);
        let how = PatchParams { field_manager: Some("someone".to_owned()), ..PatchParams::default() };
        self.by_hand(async |client| self.api(client, &resource).patch(name, &how, &Patch::Merge(change)).await)
            .unwrap();
    }

    /// Scales as an autoscaler does.
    pub fn scale(&self, object: &str, replicas: u32) {
        let (resource, name) = parse(object);
        let how = PatchParams { field_manager: Some("keda".to_owned()), ..PatchParams::default() };
        let change = serde_json::json!({"spec": {"replicas": replicas}});
        self.by_hand(async |client| self.api(client, &resource).patch_scale(name, &how, &Patch::Merge(&change)).await)
            .unwrap();
    }

    fn api(&self, client: Client, resource: &ApiResource) -> Api<DynamicObject> {
        match resource.kind.as_str() {
            "Namespace" | "CustomResourceDefinition" => Api::all_with(client, resource),
            _ => Api::namespaced_with(client, &self.namespace, resource),
        }
    }
}

fn parse(object: &str) -> (ApiResource, &str) {
    let [api_version, kind, name] = object.split(' ').collect::<Vec<_>>()[..] else { panic!("{object}") };
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    (ApiResource::from_gvk(&kube::core::GroupVersionKind::gvk(group, version, kind)), name)
}

/// What a served simulator gives for its clusters.
fn kubeconfig(url: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /kubeconfig HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    body.to_owned()
}
