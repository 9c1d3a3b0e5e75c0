//! The custom resources of the kinds that a release defines: with their definitions, all of them would go, whosever
//! they are.

use futures_util::{StreamExt as _, stream};
use serde_json::Value as Json;

use super::ownership::Release;
use super::place::Piece;
use super::{CustomResources, apply};
use crate::provider::{ErrorKind, ProviderError};
use crate::providers::kubernetes::{ApiResource, Calls, Id, objects};

/// Objects of kinds that would go are left.
pub(super) const REMAIN: &str = "CustomResourcesRemain";

/// How many of several objects are named.
const NAMED: usize = 10;

/// Sees to them before anything else, while whoever looks after them still runs: where they are not to be deleted,
/// none may be there but those of the release itself.
pub(super) async fn see_to(
    calls: &Calls<'_>,
    release: Release<'_>,
    pieces: &[Piece],
    what: CustomResources,
) -> Result<(), ProviderError> {
    let mut all = Vec::new();
    for definition in pieces.iter().filter(|piece| piece.id.kind == "CustomResourceDefinition") {
        let Some(live) = objects::read(calls, &definition.id).await? else { continue };
        if apply::why_kept(&live, release).is_none() {
            all.extend(of_kind(calls, &live).await?);
        }
    }
    let is_own = |id: &Id| pieces.iter().any(|piece| piece.id.is_same_object(id));
    let foreign: Vec<&Id> = all.iter().filter(|id| !is_own(id)).collect();
    match what {
        CustomResources::Delete => {}
        CustomResources::Refuse if foreign.is_empty() => return Ok(()),
        CustomResources::Refuse => return Err(refused(release, &foreign)),
    }
    // Also of a kind that Helm would delete last: whoever holds a finalizer on it must still be there.
    let removals: Vec<_> = all.iter().map(|id| objects::remove(calls, id)).collect();
    let removed: Vec<_> = stream::iter(removals).buffered(objects::AT_ONCE).collect().await;
    removed.into_iter().collect()
}

/// Every object of a definition's kind.
async fn of_kind(calls: &Calls<'_>, definition: &Json) -> Result<Vec<Id>, ProviderError> {
    let text = |pointer: &str| definition.pointer(pointer).and_then(Json::as_str).unwrap_or_default();
    let versions = definition.pointer("/spec/versions").and_then(Json::as_array);
    let mut served = versions.into_iter().flatten().filter(|version| version["served"] == true);
    let Some(version) = served.next().and_then(|version| version["name"].as_str()) else { return Ok(Vec::new()) };
    let (group, kind) = (text("/spec/group"), text("/spec/names/kind"));
    let list = |kind: ApiResource| async move { calls.list(&kind.collection(None), None).await };
    // A kind that the cluster does not have was never established, or is on its way out and empty.
    let found = calls.of_kind(&format!("{group}/{version}"), kind, list).await?.unwrap_or_default();
    Ok(found.iter().filter_map(Id::of_object).collect())
}

fn refused(release: Release<'_>, foreign: &[&Id]) -> ProviderError {
    let mut named: Vec<String> = foreign.iter().take(NAMED).map(ToString::to_string).collect();
    if foreign.len() > NAMED {
        named.push(format!("and {} more", foreign.len() - NAMED));
    }
    let (count, objects) = match foreign.len() {
        1 => ("1 object of a kind".to_owned(), "it"),
        count => (format!("{count} objects of kinds"), "them"),
    };
    let message = format!(
        "release {} defines what {count} in the cluster needs, and would take {objects} along: {}",
        release.name,
        named.join(", ")
    );
    ProviderError::new(ErrorKind::Rejected, "helm", message).code(REMAIN).hint(format!(
        "delete {objects} first if nobody needs {objects}, or have it done with `delete_custom_resources: true`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_are_named_and_the_rest_is_counted() {
        let ids: Vec<_> =
            (0..13).map(|n| Id::new("keda.sh/v1alpha1", "ScaledObject", Some("shop"), &n.to_string())).collect();
        let error = refused(Release { name: "keda", namespace: "keda" }, &ids.iter().collect::<Vec<_>>());
        assert!(
            error.message.contains("13 objects") && error.message.ends_with("ScaledObject shop/9, and 3 more"),
            "{error}"
        );
        assert!(error.hint.is_some_and(|hint| hint.contains("delete_custom_resources: true")));
        let error = refused(Release { name: "keda", namespace: "keda" }, &[&ids[0]]);
        assert!(error.message.contains("1 object of a kind"), "{error}");
    }
}
