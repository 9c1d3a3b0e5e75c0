//! What is there of a resource's objects, told in the words of its spec.

use futures_util::{StreamExt as _, stream};
use serde_json::Value as Json;

use super::client::{ApiResource, Calls};
use super::door::Subject;
use super::manifest::Id;
use super::marks;
use super::object_type::{Wanted, flag, spellings};
use super::readiness::{self, Readiness, Related};
use super::shown::{self, Normal};
use crate::provider::{Condition, Observed, ProviderError, Target};
use crate::value::{Attributes, Value};

/// What is there of what is wanted, in the same order.
pub(in crate::providers) type Seen = Vec<Option<Json>>;

/// How many calls of one resource are under way at once.
pub(in crate::providers) const AT_ONCE: usize = 8;

pub(in crate::providers) async fn all(calls: &Calls<'_>, wanted: &[Wanted]) -> Result<Seen, ProviderError> {
    let reads: Vec<_> = wanted.iter().map(|wanted| one(calls, &wanted.id)).collect();
    let read: Vec<_> = stream::iter(reads).buffered(AT_ONCE).collect().await;
    read.into_iter().collect()
}

/// The object. Of a kind that the cluster does not have, there is none.
pub(in crate::providers) async fn one(calls: &Calls<'_>, id: &Id) -> Result<Option<Json>, ProviderError> {
    let get = |kind: ApiResource| async move { calls.get(&kind.path(id.namespace.as_deref(), &id.name)).await };
    Ok(calls.of_kind(&id.api_version(), &id.kind, get).await?.flatten())
}

/// Whether an object is there to stay.
pub(in crate::providers) fn is_there(live: Option<&Json>) -> bool {
    live.is_some_and(|live| live["metadata"]["deletionTimestamp"].is_null())
}

/// The resource, if anything of it is there. `known` is its spec as it was last applied, with its spellings.
pub(in crate::providers) fn observed(
    subject: &Subject<'_>,
    target: &Target<'_>,
    known: &Attributes,
    seen: &[Option<Json>],
) -> Option<Observed> {
    let pairs = || subject.wanted.iter().zip(seen);
    if !subject.wanted.is_empty() && seen.iter().all(Option::is_none) {
        return None;
    }
    let shown: Vec<_> = pairs()
        .map(|(wanted, live)| {
            let normal = spellings(known, &wanted.id);
            live.as_ref().map(|live| Value::from(shown::of(live, &wanted.manifest, &normal).manifest))
        })
        .collect();
    let mut attributes = subject.object_type.told(known, &shown);
    attributes.extend([("uid".to_owned(), uids(&subject.wanted, seen))]);
    attributes.extend(known.get("spellings").map(|spellings| ("spellings".to_owned(), spellings.clone())));
    let lives = || seen.iter().flatten();
    let (ownership, marks) = marks::least(lives().map(|live| marks::ownership(live, target.owner)));
    let waits = flag(known, "wait", true);
    let condition = lives().map(|live| condition(live, waits)).find(|one| *one != Condition::Ready).unwrap_or_default();
    Some(Observed { attributes, ownership, marks, condition })
}

/// Whether there is something to wait for: an object that is on its way out, or was never complete as it is now.
/// One that was complete and is not well at present is no unfinished change.
fn condition(live: &Json, waits: bool) -> Condition {
    match readiness::of(live, &Related::default()) {
        Readiness::Leaving(why) => Condition::Settling(format!("it is being deleted: {why}")),
        Readiness::Waiting(what) if waits && !readiness::rolled_out(live) => Condition::Settling(what),
        _ => Condition::Ready,
    }
}

fn uids(wanted: &[Wanted], seen: &[Option<Json>]) -> Value {
    let uid = |live: &Option<Json>| Some(Value::from(live.as_ref()?["metadata"]["uid"].as_str()?));
    match (wanted, seen) {
        ([_], [live]) => uid(live).unwrap_or_default(),
        _ => Value::Map(
            wanted.iter().zip(seen).filter_map(|(wanted, live)| Some((wanted.id.key(), uid(live)?))).collect(),
        ),
    }
}

/// What the cluster spells in its own way, by object.
pub(in crate::providers) fn spelled(wanted: &[Wanted], seen: &[Option<Json>]) -> Value {
    let spelled = wanted.iter().zip(seen).filter_map(|(wanted, live)| {
        let normal = Normal::of(&wanted.manifest, live.as_ref()?);
        let digests: Attributes =
            normal.entries().iter().map(|(path, digest)| (path.clone(), digest.as_str().into())).collect();
        (!digests.is_empty()).then(|| (wanted.id.key(), Value::Map(digests)))
    });
    Value::Map(spelled.collect())
}
