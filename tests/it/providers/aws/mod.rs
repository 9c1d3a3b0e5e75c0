//! The AWS family over the wire, against moto.
//!
//! One server serves all tests that run at the same time, so each test uses names of its
//! own. Clocks are manual, so that waits take no time; moto shows every change at once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod door;
mod eks_cluster;
mod eks_entrance;
mod eks_node_group;
mod eks_settling;
mod faults;
mod iam_oidc_provider;
mod iam_policy;
mod iam_role;
mod proxy;
mod sqs_queue;

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use tidegate::clock::ManualClock;
use tidegate::provider::{
    Door, Family as _, FamilySettings, Interrupt, Observed, Owner, Ownership, ResourceType, Target, difference,
    normalise,
};
use tidegate::providers::aws::AwsFamily;
use tidegate::value::{Attributes, Path, Value};

use crate::support::moto::Moto;

/// The account moto gives to everyone.
const ACCOUNT: &str = "123456789012";

static RUNNING: Mutex<Weak<Moto>> = Mutex::new(Weak::new());

/// The server of all tests that run now; the last one to finish stops it.
fn moto() -> Option<Arc<Moto>> {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(moto) = running.upgrade() {
        return Some(moto);
    }
    let moto = Arc::new(Moto::start()?);
    *running = Arc::downgrade(&moto);
    Some(moto)
}

fn config(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("testing", "testing", None, None, "tests");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .build()
}

/// One resource and the door to its object.
struct World {
    moto: Arc<Moto>,
    door: Door,
    resource_type: Arc<dyn ResourceType>,
    config: SdkConfig,
}

/// A resource as the engine would hold it between runs.
struct Resource {
    owner: Owner,
    identity: String,
    desired: Attributes,
    recorded: Attributes,
}

impl World {
    async fn open(type_name: &str) -> Option<Self> {
        let moto = moto()?;
        let config = config(&moto.endpoint());
        let family = AwsFamily::with_config(config.clone());
        let types = family.resource_types().iter();
        let resource_type = types.into_iter().find(|known| known.name() == type_name).unwrap().clone();
        let door = family.open(&FamilySettings::new(), Arc::new(ManualClock::default())).await.unwrap();
        Some(Self { moto, door, resource_type, config })
    }

    fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    fn iam(&self) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&self.config)
    }

    /// A resource with this spec, checked and in its normal form.
    fn resource(&self, address: &str, spec: serde_json::Value) -> Resource {
        let desired = self.normal(spec);
        let identity = self.resource_type.identity(&desired).unwrap();
        let owner = Owner { stack: "video-encoder".parse().unwrap(), address: address.parse().unwrap() };
        Resource { owner, identity, desired, recorded: Attributes::new() }
    }

    fn normal(&self, spec: serde_json::Value) -> Attributes {
        let (normal, mut findings) = normalise(&self.resource_type.schema().spec, &attributes(spec), &Path::default());
        findings.extend(self.resource_type.check(&normal));
        assert_eq!(findings, []);
        normal
    }

    fn target<'a>(&'a self, resource: &'a Resource) -> Target<'a> {
        Target {
            resource_type: self.resource_type.name(),
            identity: &resource.identity,
            owner: &resource.owner,
            recorded: &resource.recorded,
            progress: &(),
            interrupt: &Interrupt::NEVER,
            timeout: Duration::from_secs(600),
            token: "token",
        }
    }

    async fn read(&self, resource: &Resource) -> Option<Observed> {
        self.door.read(&self.target(resource)).await.unwrap()
    }

    /// Creates it, and checks that a read tells exactly what was asked for.
    async fn create(&self, resource: &mut Resource) -> Observed {
        assert_eq!(self.read(resource).await, None);
        let observed = self.door.create(&self.target(resource), &resource.desired).await.unwrap();
        self.record(resource, &observed);
        let read = self.read(resource).await.unwrap();
        assert_eq!(read.ownership, Ownership::Ours);
        self.assert_settled(resource, &read);
        read
    }

    /// Changes it to another spec, and checks the same.
    async fn update(&self, resource: &mut Resource, spec: serde_json::Value) -> Observed {
        resource.desired = self.normal(spec);
        let before = self.read(resource).await.unwrap();
        assert_ne!(self.differing(resource, &before), Vec::<String>::new(), "the update has something to do");
        let observed = self.door.update(&self.target(resource), &resource.desired).await.unwrap();
        self.record(resource, &observed);
        let read = self.read(resource).await.unwrap();
        assert_eq!(read.ownership, Ownership::Ours);
        self.assert_settled(resource, &read);
        read
    }

    /// Deletes it twice: the second time there is nothing left to do.
    async fn delete(&self, resource: &Resource) {
        for _ in 0..2 {
            self.door.delete(&self.target(resource)).await.unwrap();
            assert_eq!(self.read(resource).await, None);
        }
    }

    /// What the engine records: the fields that are ours, and the outputs.
    fn record(&self, resource: &mut Resource, observed: &Observed) {
        resource.recorded = self.own(resource, observed);
        let outputs = self.resource_type.schema().outputs.iter();
        for output in outputs {
            let value = observed.attributes.get(output.name).unwrap_or_else(|| panic!("no output {}", output.name));
            assert_eq!(value.kind(), output.kind);
            resource.recorded.insert(output.name.to_owned(), value.clone());
        }
    }

    fn own(&self, resource: &Resource, observed: &Observed) -> Attributes {
        let own = observed.attributes.iter().filter(|(name, _)| resource.desired.contains_key(*name));
        own.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn differing(&self, resource: &Resource, observed: &Observed) -> Vec<String> {
        let own = self.own(resource, observed);
        let changes = difference(&*self.resource_type, &own, &resource.desired).changes;
        changes.into_iter().map(|change| change.path.to_string()).collect()
    }

    fn assert_settled(&self, resource: &Resource, observed: &Observed) {
        assert_eq!(self.differing(resource, observed), Vec::<String>::new());
    }
}

fn attributes(json: serde_json::Value) -> Attributes {
    match Value::from(json) {
        Value::Map(entries) => entries,
        other => panic!("a map, not {other}"),
    }
}

/// The same spec with some fields changed; null takes one away.
fn with(spec: &serde_json::Value, changes: serde_json::Value) -> serde_json::Value {
    let mut spec = spec.clone();
    for (name, value) in changes.as_object().unwrap() {
        match value.is_null() {
            true => spec.as_object_mut().unwrap().remove(name),
            false => spec.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    spec
}
