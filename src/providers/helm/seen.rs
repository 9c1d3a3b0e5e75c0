//! What a read of a release and its objects says, in the words of its resource.

use serde_json::Value as Json;

use super::manifest::documents;
use super::operation::Found;
use super::release::Status;
use super::resource::{Facts, brief, key, told};
use crate::provider::{Condition, Observed, Target};
use crate::providers::kubernetes::{Normal, objects::shown};
use crate::value::{Attributes, Value};

/// A release as it is. `known` is its spec as it was last recorded, or as it is wanted.
pub(super) fn observed(found: &Found, target: &Target<'_>, known: &Attributes) -> Observed {
    let spellings = known.get("spellings").cloned();
    describe(found, target, known, spellings)
}

/// A release that has just been installed or changed: whatever its objects say now is how the cluster spells it.
pub(super) fn made(found: &Found, target: &Target<'_>, known: &Attributes) -> Observed {
    let spellings = Value::Map(
        pairs(found)
            .filter_map(|(key, applied, live)| {
                let normal = Normal::of(&applied, live?);
                let digests: Attributes =
                    normal.entries().iter().map(|(path, digest)| (path.clone(), digest.as_str().into())).collect();
                (!digests.is_empty()).then_some((key, Value::Map(digests)))
            })
            .collect(),
    );
    describe(found, target, known, Some(spellings))
}

/// Each object of the release: what it is, as it was applied, and as it is.
fn pairs(found: &Found) -> impl Iterator<Item = (String, Json, Option<&Json>)> {
    let namespace = found.effective.namespace().to_owned();
    let documents = documents(found.effective.manifest()).into_iter().map(|document| document.object);
    documents
        .zip(&found.live)
        .filter_map(move |(applied, live)| Some((key(&applied, &namespace)?, applied, live.as_ref())))
}

fn describe(found: &Found, target: &Target<'_>, known: &Attributes, spellings: Option<Value>) -> Observed {
    let digests = |key: &str| {
        let of = spellings.as_ref().and_then(Value::as_map).and_then(|all| all.get(key));
        let digests = of.and_then(Value::as_map).into_iter().flatten();
        let digests = digests.filter_map(|(path, digest)| Some((path.clone(), digest.as_str()?.to_owned())));
        Normal::from(digests.collect::<std::collections::BTreeMap<_, _>>())
    };
    let objects = pairs(found)
        .filter_map(|(key, applied, live)| {
            let shown = shown(live?, &applied, &digests(&key)).manifest;
            Some((key, brief(shown)))
        })
        .collect();
    let release = &found.effective;
    let attributes = told(
        known,
        Facts {
            config: &release.config(),
            chart_name: release.chart_metadata("name"),
            chart_version: release.chart_metadata("version"),
            app_version: Some(release.chart_metadata("appVersion")).filter(|version| !version.is_empty()),
            revision: found.release.revision(),
            status: found.release.status().name(),
            objects,
            spellings: spellings.clone(),
        },
    );
    let (ownership, marks) = found.ownership(target.owner);
    Observed { attributes, ownership, marks, condition: condition(found, target) }
}

fn condition(found: &Found, target: &Target<'_>) -> Condition {
    match &found.unfinished {
        Some(unfinished) if unfinished.is_by(target.owner) => {
            Condition::Settling(format!("it was cut short and left {}", unfinished.status.name()))
        }
        Some(unfinished) => {
            Condition::Settling(format!("it is {}, which was begun by someone else", unfinished.status.name()))
        }
        None if found.release.status() == Status::Failed => {
            let why = found.release.description();
            Condition::Settling(format!("revision {} failed: {why}", found.release.revision()))
        }
        None => Condition::Ready,
    }
}
