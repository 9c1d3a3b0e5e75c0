//! Takes objects away: what others need last, and each waited for until it is gone, with what stands in the way named.

use futures_util::{StreamExt as _, stream};
use serde_json::Value as Json;

use super::client::{ApiResource, Calls, Propagation};
use super::manifest::Id;
use super::object_type::Wanted;
use super::reading::{self, AT_ONCE};
use super::{obstacle, settling};
use crate::provider::{ErrorKind, ProviderError};

/// Kinds whose pods are to be gone when they are: a queue must not be deleted under its consumers.
const OWNERS_OF_PODS: &[&str] = &["CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"];

pub(super) async fn all(calls: &Calls<'_>, wanted: Vec<Wanted>) -> Result<(), ProviderError> {
    let mut ids: Vec<Id> = wanted.into_iter().map(|wanted| wanted.id).collect();
    ids.sort_by_key(|id| std::cmp::Reverse(settling::rank(id)));
    for group in ids.chunk_by(|one, other| settling::rank(one) == settling::rank(other)) {
        let removals: Vec<_> = group.iter().map(|id| one(calls, id)).collect();
        let removed: Vec<_> = stream::iter(removals).buffered(AT_ONCE).collect().await;
        removed.into_iter().collect::<Result<(), _>>()?;
    }
    Ok(())
}

/// Has one object deleted, and waits until it is gone.
pub(in crate::providers) async fn one(calls: &Calls<'_>, id: &Id) -> Result<(), ProviderError> {
    match begin(calls, id).await? {
        Some(uid) => gone(calls, id, &uid).await,
        None => Ok(()),
    }
}

/// Has an object deleted, and says which one it was if there is one: its finalizers may keep it for a while.
pub(in crate::providers) async fn begin(calls: &Calls<'_>, id: &Id) -> Result<Option<String>, ProviderError> {
    let Some(live) = reading::one(calls, id).await? else { return Ok(None) };
    let uid = uid(&live);
    if live["metadata"]["deletionTimestamp"].is_null() {
        let owns_pods = OWNERS_OF_PODS.contains(&id.kind.as_str());
        let propagation = if owns_pods { Propagation::Foreground } else { Propagation::Background };
        let uid = uid.as_deref();
        let delete = |kind: ApiResource| async move {
            calls.delete(&kind.path(id.namespace.as_deref(), &id.name), uid, propagation).await
        };
        calls.of_kind(&id.api_version(), &id.kind, delete).await?;
    }
    Ok(Some(uid.unwrap_or_default()))
}

/// Waits until the object with this uid is gone. Another object of the same name is another object.
pub(in crate::providers) async fn gone(calls: &Calls<'_>, id: &Id, uid: &str) -> Result<(), ProviderError> {
    let mut wait = calls.wait(calls.timeout());
    while let Some(live) = reading::one(calls, id).await?.filter(|live| self::uid(live).unwrap_or_default() == uid) {
        let what = format!("{id} is being deleted: {}", obstacle::text(&live));
        if !calls.pause(&mut wait, &what).await? {
            let kind = ErrorKind::TimedOut { after: calls.timeout() };
            let error =
                ProviderError::new(kind, "delete", what).hint("see to what stands in the way, and run it again");
            return Err(ProviderError { exhausted: true, ..error });
        }
    }
    Ok(())
}

fn uid(object: &Json) -> Option<String> {
    object["metadata"]["uid"].as_str().map(str::to_owned)
}
