//! What is in the imitated cloud, seen through AWS's own SDK: of one test, which knows its objects by their names.

use std::collections::BTreeMap;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::types::PolicyScopeType;
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;

use super::moto::Moto;
use super::tidegate::Place;

/// The account moto gives to everyone.
pub const ACCOUNT: &str = "123456789012";

/// The part of the cloud whose names begin with the name of one stack.
pub struct World {
    pub name: String,
    pub issuer: String,
    pub sqs: aws_sdk_sqs::Client,
    pub iam: aws_sdk_iam::Client,
    runtime: Runtime,
    endpoint: String,
}

/// Every object by kind and name, with everything about it that a stack can decide. Names of the stack read `NAME`.
pub type Objects = BTreeMap<String, Vec<Json>>;

impl World {
    /// `name` must be no other test's.
    pub fn open(name: &str) -> Option<Self> {
        let endpoint = Moto::shared()?.endpoint();
        let credentials = Credentials::new("test", "test", None, None, "tests");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(&endpoint)
            .build();
        Some(Self {
            name: name.to_owned(),
            issuer: format!("https://oidc.eks.us-east-1.amazonaws.com/id/{}", name.to_uppercase()),
            sqs: aws_sdk_sqs::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
            endpoint,
        })
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Where `stacks/video-encoder.yaml` can be run in this world, through a proxy or not.
    pub fn video_encoder(&self, endpoint: &str) -> Place {
        let mut place = Place::with_stack("video-encoder").aws(endpoint);
        place.set("TIDEGATE_VAR_account", ACCOUNT).set("TIDEGATE_VAR_issuer", &self.issuer);
        place
    }

    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub fn make_queue(&self, name: &str) {
        self.wait(self.sqs.create_queue().queue_name(name).send()).unwrap();
    }

    pub fn queue_url(&self, name: &str) -> String {
        self.wait(self.sqs.get_queue_url().queue_name(name).send()).unwrap().queue_url().unwrap().to_owned()
    }

    pub fn set_queue(&self, name: &str, attribute: QueueAttributeName, value: &str) {
        let url = self.queue_url(name);
        self.wait(self.sqs.set_queue_attributes().queue_url(url).attributes(attribute, value).send()).unwrap();
    }

    pub fn delete_queue(&self, name: &str) {
        let url = self.queue_url(name);
        self.wait(self.sqs.delete_queue().queue_url(url).send()).unwrap();
    }

    /// Everything there is of this test.
    pub fn objects(&self) -> Objects {
        let found = self.wait(async {
            let mut found = self.queues().await;
            found.extend(self.roles().await);
            found.extend(self.policies().await);
            found.extend(self.oidc_providers().await);
            found
        });
        let mut objects = Objects::new();
        for (key, object) in found {
            let rename = |text: &str| text.replace(&self.name.to_uppercase(), "NAME").replace(&self.name, "NAME");
            let object = serde_json::from_str(&rename(&object.to_string())).unwrap();
            objects.entry(rename(&key)).or_default().push(object);
        }
        objects
    }

    fn prefix(&self) -> String {
        format!("{}-", self.name)
    }

    async fn queues(&self) -> Vec<(String, Json)> {
        let listed = self.sqs.list_queues().queue_name_prefix(self.prefix()).send().await.unwrap();
        let mut found = Vec::new();
        for url in listed.queue_urls() {
            let got = self.sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
            let mut attributes = BTreeMap::new();
            for (name, value) in got.send().await.unwrap().attributes().into_iter().flatten() {
                if !name.as_str().ends_with("Timestamp") {
                    attributes.insert(name.as_str().to_owned(), value.clone());
                }
            }
            let tags = self.sqs.list_queue_tags().queue_url(url).send().await.unwrap();
            let tags: BTreeMap<_, _> = tags.tags().into_iter().flatten().collect();
            let name = url.rsplit('/').next().unwrap();
            found.push((format!("queue {name}"), json!({"attributes": attributes, "tags": tags})));
        }
        found
    }

    async fn roles(&self) -> Vec<(String, Json)> {
        let listed =
            self.iam.list_roles().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.unwrap();
        let mut found = Vec::new();
        for role in listed.iter().filter(|role| role.role_name().starts_with(&self.prefix())) {
            let name = role.role_name();
            let got = self.iam.get_role().role_name(name).send().await.unwrap();
            let got = got.role().unwrap();
            let attached = self.iam.list_attached_role_policies().role_name(name).send().await.unwrap();
            let mut attached: Vec<_> =
                attached.attached_policies().iter().map(|one| one.policy_arn().unwrap()).collect();
            attached.sort_unstable();
            let inline = self.iam.list_role_policies().role_name(name).send().await.unwrap();
            let tags: BTreeMap<_, _> = got.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
            let trust = document(got.assume_role_policy_document().unwrap());
            found.push((
                format!("role {name}"),
                json!({"trust": trust, "description": got.description(), "tags": tags, "attached": attached,
                       "inline": inline.policy_names(), "max_session": got.max_session_duration()}),
            ));
        }
        found
    }

    async fn policies(&self) -> Vec<(String, Json)> {
        let listed = self.iam.list_policies().scope(PolicyScopeType::Local).into_paginator().items();
        let listed = listed.send().collect::<Result<Vec<_>, _>>().await.unwrap();
        let mut found = Vec::new();
        for policy in &listed {
            let name = policy.policy_name().unwrap();
            if !name.starts_with(&self.prefix()) {
                continue;
            }
            let (arn, version) = (policy.arn().unwrap(), policy.default_version_id().unwrap());
            let got = self.iam.get_policy_version().policy_arn(arn).version_id(version).send().await.unwrap();
            let versions = self.iam.list_policy_versions().policy_arn(arn).send().await.unwrap();
            let tags = self.iam.list_policy_tags().policy_arn(arn).send().await.unwrap();
            let tags: BTreeMap<_, _> = tags.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
            found.push((
                format!("policy {name}"),
                json!({"document": document(got.policy_version().unwrap().document().unwrap()), "tags": tags,
                       "description": policy.description(), "versions": versions.versions().len(),
                       "attached_to": policy.attachment_count()}),
            ));
        }
        found
    }

    async fn oidc_providers(&self) -> Vec<(String, Json)> {
        let listed = self.iam.list_open_id_connect_providers().send().await.unwrap();
        let mut found = Vec::new();
        for listed in listed.open_id_connect_provider_list() {
            let arn = listed.arn().unwrap();
            if !arn.ends_with(self.issuer.trim_start_matches("https://")) {
                continue;
            }
            let got = self.iam.get_open_id_connect_provider().open_id_connect_provider_arn(arn).send().await.unwrap();
            let tags: BTreeMap<_, _> = got.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
            let ids = got.client_id_list();
            found.push((format!("oidc {arn}"), json!({"client_ids": ids, "url": got.url(), "tags": tags})));
        }
        found
    }
}

/// IAM answers documents with percent signs; the order of keys means nothing.
fn document(text: &str) -> Json {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes().iter();
    while let Some(byte) = rest.next() {
        let decoded = (*byte == b'%').then(|| [*rest.next().unwrap(), *rest.next().unwrap()]);
        bytes.push(decoded.map_or(*byte, |hex| u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()));
    }
    serde_json::from_slice(&bytes).unwrap()
}
