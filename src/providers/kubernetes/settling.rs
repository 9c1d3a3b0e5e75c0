//! Waits for objects of any kind: until their kind is served, until one on its way out has made room, until they
//! are ready.

use futures_util::{StreamExt as _, stream};
use serde_json::Value as Json;

use super::client::{ApiResource, Calls, NO_KIND_MATCH, Wait};
use super::manifest::Id;
use super::readiness::{self, Readiness, Related};
use super::reading::{self, AT_ONCE};
use super::{kinds, obstacle};
use crate::provider::{ErrorKind, ProviderError};

/// How long a kind may take to be served once it is defined.
const KIND_SERVED_WITHIN: std::time::Duration = std::time::Duration::from_secs(60);

/// An object that had failed before may get well, now that something it needs is there. So long it has for that.
const FAILED_FOR_GOOD_AFTER: std::time::Duration = std::time::Duration::from_secs(60);

/// The kind, which may have been defined a moment ago.
pub(in crate::providers) async fn kind(calls: &Calls<'_>, id: &Id) -> Result<ApiResource, ProviderError> {
    let mut wait = calls.wait(KIND_SERVED_WITHIN);
    loop {
        match calls.resource(&id.api_version(), &id.kind).await {
            Err(error) if error.code.as_deref() == Some(NO_KIND_MATCH) => {
                let what = format!("waiting for the cluster to serve {} ({})", id.kind, id.api_version());
                if !calls.pause(&mut wait, &what).await? {
                    return Err(ProviderError { exhausted: true, ..error });
                }
            }
            found => return found,
        }
    }
}

/// An object on its way out makes room first: what is applied to it would go with it.
pub(in crate::providers) async fn room(
    calls: &Calls<'_>,
    id: &Id,
    path: &str,
    mut live: Option<Json>,
) -> Result<Option<Json>, ProviderError> {
    let mut wait = calls.wait(calls.timeout());
    while let Some(leaving) = live.as_ref().filter(|live| !reading::is_there(Some(live))) {
        let what = format!("waiting for the {id} that is being deleted: {}", obstacle::text(leaving));
        if !calls.pause(&mut wait, &what).await? {
            return Err(late(calls, &what));
        }
        live = calls.get(path).await?;
    }
    Ok(live)
}

/// Until those of the objects that are `waiting` are ready; what was seen of them last is in `made`.
pub(in crate::providers) async fn ready(
    calls: &Calls<'_>,
    ids: &[Id],
    mut waiting: Vec<usize>,
    made: &mut [Option<Json>],
) -> Result<(), ProviderError> {
    let mut wait: Wait = calls.wait(calls.timeout());
    let mut first = true;
    let grace = calls.wait(FAILED_FOR_GOOD_AFTER);
    loop {
        if !first {
            let reads: Vec<_> = waiting.iter().map(|index| reading::one(calls, &ids[*index])).collect();
            let read: Vec<_> = stream::iter(reads).buffered(AT_ONCE).collect().await;
            for (index, read) in waiting.iter().zip(read) {
                made[*index] = read?;
            }
        }
        let mut reasons = Vec::new();
        let mut left = Vec::new();
        for index in waiting {
            let unready = not_ready(calls, &ids[index], made[index].as_ref(), calls.is_over(&grace)).await;
            let of_many = |reason: String| match ids.len() {
                1 => reason,
                _ => format!("{}: {reason}", ids[index]),
            };
            if let Some(reason) = unready.map_err(|failed| for_good(of_many(failed)))? {
                reasons.push(of_many(reason));
                left.push(index);
            }
        }
        let Some(reason) = reasons.first() else { return Ok(()) };
        let what = match reasons.len() {
            1 => reason.clone(),
            count => format!("{reason}, and {} more", count - 1),
        };
        if !calls.pause(&mut wait, &what).await? {
            return Err(late(calls, &what));
        }
        (first, waiting) = (false, left);
    }
}

/// What is still to come about, if anything is; as an error, why it does not come about any more.
async fn not_ready(calls: &Calls<'_>, id: &Id, live: Option<&Json>, for_good: bool) -> Result<Option<String>, String> {
    let Some(live) = live else { return Ok(Some("it is gone again".to_owned())) };
    match look(calls, id, live).await {
        Readiness::Ready => Ok(None),
        Readiness::Waiting(reason) | Readiness::Leaving(reason) => Ok(Some(reason)),
        Readiness::Failed(reason) if !for_good => Ok(Some(reason)),
        Readiness::Failed(reason) => Err(reason),
    }
}

/// Whether an object is ready; if it is not, with what its pods and events say of it.
pub(in crate::providers) async fn look(calls: &Calls<'_>, id: &Id, live: &Json) -> Readiness {
    let readiness = readiness::of(live, &Related::default());
    if readiness == Readiness::Ready {
        return readiness;
    }
    let namespace = id.namespace.as_deref();
    let pods = match readiness::pods_selector(live) {
        Some(selector) => around(calls, "Pod", namespace, Some(&selector)).await,
        None => Vec::new(),
    };
    // Only an event tells that a claim waits for a pod to use it, which is all it can do.
    let events = match id.kind.as_str() {
        "PersistentVolumeClaim" => around(calls, "Event", namespace, None).await,
        _ => Vec::new(),
    };
    readiness::of(live, &Related { pods: &pods, events: &events })
}

/// What stands around an object, for what is said of a wait; without it less is said.
async fn around(calls: &Calls<'_>, kind: &str, namespace: Option<&str>, selector: Option<&str>) -> Vec<Json> {
    let Ok(resource) = calls.resource("v1", kind).await else { return Vec::new() };
    calls.briefly().list(&resource.collection(namespace), selector).await.unwrap_or_default()
}

/// Whether others cannot be made before such an object is ready.
pub(in crate::providers) fn is_ground(id: &Id) -> bool {
    matches!(id.kind.as_str(), "Namespace" | "CustomResourceDefinition")
}

/// When objects of this kind are made, in an order that suits any cluster.
pub(super) fn rank(id: &Id) -> kinds::Order {
    kinds::order(&id.group, &id.kind)
}

fn for_good(reason: String) -> ProviderError {
    let error = ProviderError::new(ErrorKind::Rejected, "wait", reason)
        .hint("see to the cause, in the object or in what it needs, and apply again");
    ProviderError { exhausted: true, ..error }
}

fn late(calls: &Calls<'_>, what: &str) -> ProviderError {
    let kind = ErrorKind::TimedOut { after: calls.timeout() };
    let error = ProviderError::new(kind, "wait", what)
        .hint("apply again to go on waiting; `timeouts` on the resource says how long, `wait: false` not to wait");
    ProviderError { exhausted: true, ..error }
}
