//! Takes objects away: what others need last, and each waited for until it is gone, with what stands in the way named.

use futures_util::{StreamExt as _, stream};
use serde_json::Value as Json;

use super::client::{Calls, Propagation};
use super::object_type::Wanted;
use super::reading::{self, AT_ONCE};
use super::{kinds, obstacle};
use crate::provider::{ErrorKind, ProviderError, Target};

/// Kinds whose pods are to be gone when they are: a queue must not be deleted under its consumers.
const OWNERS_OF_PODS: &[&str] = &["CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"];

pub(super) async fn all(calls: &Calls<'_>, target: &Target<'_>, mut wanted: Vec<Wanted>) -> Result<(), ProviderError> {
    let rank = |wanted: &Wanted| kinds::order(&wanted.id.group, &wanted.id.kind);
    wanted.sort_by_key(|wanted| std::cmp::Reverse(rank(wanted)));
    for group in wanted.chunk_by(|one, other| rank(one) == rank(other)) {
        let removals: Vec<_> = group.iter().map(|wanted| one(calls, target, wanted)).collect();
        let removed: Vec<_> = stream::iter(removals).buffered(AT_ONCE).collect().await;
        removed.into_iter().collect::<Result<(), _>>()?;
    }
    Ok(())
}

async fn one(calls: &Calls<'_>, target: &Target<'_>, wanted: &Wanted) -> Result<(), ProviderError> {
    let Some(live) = reading::one(calls, wanted).await? else { return Ok(()) };
    let resource = calls.resource(&wanted.id.api_version(), &wanted.id.kind).await?;
    let path = resource.path(wanted.id.namespace.as_deref(), &wanted.id.name);
    let uid = uid(&live);
    if live["metadata"]["deletionTimestamp"].is_null() {
        let owns_pods = OWNERS_OF_PODS.contains(&wanted.id.kind.as_str());
        let propagation = if owns_pods { Propagation::Foreground } else { Propagation::Background };
        calls.delete(&path, uid.as_deref(), propagation).await?;
    }
    let mut wait = calls.wait(target.timeout);
    // Another object of the same name is another object.
    while let Some(live) = reading::one(calls, wanted).await?.filter(|live| self::uid(live) == uid) {
        let what = format!("{} is being deleted: {}", wanted.id, obstacle::text(&live));
        if !calls.pause(&mut wait, &what).await? {
            let kind = ErrorKind::TimedOut { after: target.timeout };
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
