//! The Secret that keeps a record: its name and type, Helm's labels, and our marks.
//!
//! Helm copies labels that it does not know from one revision to the next and drops annotations when it writes a
//! record. So the label says to which stack a release belongs, and the annotations that we wrote this record last.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value as Json, json};

use super::{Record, RecordError};
use crate::clock::Timestamp;
use crate::provider::Owner;

const TYPE: &str = "helm.sh/release.v1";
/// What an API server takes in one Secret.
const LARGEST: usize = 1 << 20;

const STACK: &str = "tidegate/stack";
const ADDRESS: &str = "tidegate/address";
/// A digest of everything the revision was made of.
const INPUTS: &str = "tidegate/inputs";

/// A record as it is kept, and what its Secret says besides.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stored {
    pub(crate) record: Record,
    pub(crate) labels: Map<String, Json>,
    pub(crate) annotations: Map<String, Json>,
    /// Which version of the Secret this is; empty for one that is not kept yet.
    pub(crate) resource_version: String,
}

/// The name of the Secret of a revision.
pub(crate) fn name(release: &str, revision: u64) -> String {
    format!("sh.helm.release.v1.{release}.v{revision}")
}

/// Which Secrets are records of a release.
pub(crate) fn selector(release: &str) -> String {
    format!("owner=helm,name={release}")
}

impl Stored {
    /// One that is not kept yet.
    pub(crate) fn new(record: Record, now: Timestamp) -> Self {
        let labels = Map::from_iter([("createdAt".to_owned(), now.as_secs().to_string().into())]);
        Self { record, labels, annotations: Map::new(), resource_version: String::new() }
    }

    /// The record in a Secret, as an API server shows it.
    pub(crate) fn read(secret: &Json) -> Result<Self, RecordError> {
        let text = |pointer: &str| secret.pointer(pointer).and_then(Json::as_str).unwrap_or_default();
        let name = text("/metadata/name").to_owned();
        let within = |error: RecordError| RecordError::new(format!("Secret {name}: {error}"));
        let data = BASE64_STANDARD.decode(text("/data/release")).ok().and_then(|data| String::from_utf8(data).ok());
        let data = data.filter(|data| !data.is_empty()).ok_or_else(|| RecordError::new("it has no `data.release`"));
        let record = data.and_then(|data| Record::decode(&data)).map_err(within)?;
        let map = |pointer: &str| secret.pointer(pointer).and_then(Json::as_object).cloned().unwrap_or_default();
        Ok(Self {
            record,
            labels: map("/metadata/labels"),
            annotations: map("/metadata/annotations"),
            resource_version: text("/metadata/resourceVersion").to_owned(),
        })
    }

    /// As a Secret to be made or replaced. One that was read insists on what was read.
    ///
    /// # Errors
    /// When the record is larger than any Secret may be.
    pub(crate) fn write(&self, now: Timestamp) -> Result<Json, RecordError> {
        let record = &self.record;
        let data = record.encode()?;
        if data.len() > LARGEST {
            return Err(RecordError::new(format!(
                "the record of release {} would have {} KiB, and a Secret has at most 1024: leave files out of the \
                 chart with a .helmignore, or split the chart",
                record.name(),
                data.len() / 1024
            )));
        }
        let mut labels = self.labels.clone();
        let mut label = |key: &str, value: &str| labels.insert(key.to_owned(), value.into());
        label("name", record.name());
        label("owner", "helm");
        label("status", record.status().name());
        label("version", &record.revision().to_string());
        let mut metadata = json!({"name": name(record.name(), record.revision()), "namespace": record.namespace()});
        if !self.resource_version.is_empty() {
            label("modifiedAt", &now.as_secs().to_string());
            metadata["resourceVersion"] = self.resource_version.as_str().into();
        }
        metadata["labels"] = Json::Object(labels);
        if !self.annotations.is_empty() {
            metadata["annotations"] = Json::Object(self.annotations.clone());
        }
        Ok(json!({"apiVersion": "v1", "kind": "Secret", "type": TYPE, "metadata": metadata,
            "data": {"release": BASE64_STANDARD.encode(data)}}))
    }

    /// Says whose the release is, and of what this revision was made.
    pub(crate) fn mark(&mut self, owner: &Owner, inputs: &str) {
        self.labels.insert(STACK.to_owned(), owner.stack.as_str().into());
        self.annotations.insert(ADDRESS.to_owned(), owner.address.to_string().into());
        match inputs {
            "" => self.annotations.remove(INPUTS),
            inputs => self.annotations.insert(INPUTS.to_owned(), inputs.into()),
        };
    }

    pub(crate) fn stack(&self) -> Option<&str> {
        self.labels.get(STACK)?.as_str()
    }

    pub(crate) fn address(&self) -> Option<&str> {
        self.annotations.get(ADDRESS)?.as_str()
    }

    pub(crate) fn inputs(&self) -> Option<&str> {
        self.annotations.get(INPUTS)?.as_str()
    }

    /// Whether we wrote it last, for this owner.
    pub(crate) fn is_by(&self, owner: &Owner) -> bool {
        self.stack() == Some(owner.stack.as_str()) && self.address() == Some(owner.address.to_string().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::helm::release::Status;
    use proptest::prelude::*;
    use std::time::Duration;

    const NOW: Timestamp = Duration::from_secs(1_800_000_000);

    fn stored() -> Stored {
        let mut record = Record::new("web", "demo", 2, NOW);
        record.set_status(Status::PendingUpgrade, "Preparing upgrade");
        Stored::new(record, NOW)
    }

    fn owner() -> Owner {
        Owner { stack: "shop".parse().unwrap(), address: "web".parse().unwrap() }
    }

    #[test]
    fn a_record_is_kept_as_helm_keeps_it() {
        let secret = stored().write(NOW).unwrap();
        assert_eq!(secret["metadata"]["name"], "sh.helm.release.v1.web.v2");
        assert_eq!(secret["type"], "helm.sh/release.v1");
        let labels = json!({"name": "web", "owner": "helm", "status": "pending-upgrade", "version": "2", "createdAt": "1800000000"});
        assert_eq!(secret["metadata"]["labels"], labels);
        assert!(secret["metadata"].get("annotations").is_none());
        let read = Stored::read(&secret).unwrap();
        assert_eq!(read.record, stored().record);
    }

    #[test]
    fn a_change_insists_on_what_was_read_and_keeps_foreign_labels() {
        let mut secret = stored().write(NOW).unwrap();
        secret["metadata"]["resourceVersion"] = "7".into();
        secret["metadata"]["labels"]["team"] = "a".into();
        let mut read = Stored::read(&secret).unwrap();
        read.mark(&owner(), "abc");
        read.record.set_status(Status::Deployed, "Upgrade complete");
        let secret = read.write(NOW + Duration::from_secs(5)).unwrap();
        assert_eq!(secret["metadata"]["resourceVersion"], "7");
        let labels = &secret["metadata"]["labels"];
        assert_eq!((&labels["team"], &labels["modifiedAt"]), (&json!("a"), &json!("1800000005")));
        assert_eq!((&labels["createdAt"], &labels["status"]), (&json!("1800000000"), &json!("deployed")));
        let marks = json!({"tidegate/address": "web", "tidegate/inputs": "abc"});
        assert_eq!((&labels["tidegate/stack"], &secret["metadata"]["annotations"]), (&json!("shop"), &marks));
    }

    #[test]
    fn only_what_we_wrote_last_is_ours() {
        let mut stored = stored();
        assert!(!stored.is_by(&owner()));
        stored.mark(&owner(), "");
        assert!(stored.is_by(&owner()) && stored.inputs().is_none());
        // As Helm leaves it.
        stored.annotations.clear();
        assert!(!stored.is_by(&owner()) && stored.stack() == Some("shop"));
    }

    #[test]
    fn a_record_that_no_secret_can_hold_says_so() {
        let mut stored = stored();
        let mut noise = String::new();
        let mut state = 1_u64;
        while noise.len() < 3 << 20 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            noise.push_str(&format!("{:x}", state >> 16));
        }
        stored.record.set_manifest(&noise);
        let error = stored.write(NOW).unwrap_err().to_string();
        assert!(error.contains("release web") && error.contains(".helmignore"), "{error}");
    }

    proptest! {
        #[test]
        fn no_secret_is_too_odd(data in ".*", name in ".*") {
            let secret = json!({"metadata": {"name": name, "labels": []}, "data": {"release": data}});
            prop_assert!(Stored::read(&secret).is_err());
            let secret = json!({"data": {"release": BASE64_STANDARD.encode(&data)}});
            prop_assert!(Stored::read(&secret).is_err());
        }
    }
}
