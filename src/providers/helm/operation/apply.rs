//! Brings a release's objects about, kind by kind, as helm would; and takes away what it does not have any more.

use futures_util::{StreamExt as _, stream};
use serde_json::{Value as Json, json};

use super::fields;
use super::ownership::Release;
use super::place::Piece;
use crate::provider::{ErrorKind, ProviderError};
use crate::providers::helm::manifest::by_uninstall;
use crate::providers::kubernetes::{Apply, Calls, Id, Manager, objects};

const KEEP: &str = "/metadata/annotations/helm.sh~1resource-policy";
/// How often fields are made over, if the object changes meanwhile.
const TRIES: usize = 5;

/// How objects are applied.
#[derive(Clone, Copy)]
pub(super) struct Applying<'a> {
    pub(super) calls: &'a Calls<'a>,
    pub(super) release: Release<'a>,
    pub(super) force: bool,
    /// What is there may have been made by a Helm that updates in place of applying.
    pub(super) makes_over: bool,
}

impl Applying<'_> {
    /// Everything, in the order of the manifest: one kind after the other, and the objects of a kind together.
    pub(super) async fn all(&self, pieces: &[Piece]) -> Result<Vec<Option<Json>>, ProviderError> {
        let ids: Vec<Id> = pieces.iter().map(|piece| piece.id.clone()).collect();
        let mut made = vec![None; pieces.len()];
        let indices: Vec<usize> = (0..pieces.len()).collect();
        for group in indices.chunk_by(|one, other| ids[*one].kind == ids[*other].kind) {
            let applied: Vec<_> = group.iter().map(|index| self.one(&pieces[*index])).collect();
            let applied: Vec<_> = stream::iter(applied).buffered(objects::AT_ONCE).collect().await;
            for (index, applied) in group.iter().zip(applied) {
                made[*index] = Some(applied?);
            }
            if objects::is_ground(&ids[group[0]]) {
                objects::ready(self.calls, &ids, group.to_vec(), &mut made).await?;
            }
        }
        Ok(made)
    }

    async fn one(&self, piece: &Piece) -> Result<Json, ProviderError> {
        let body = self.release.marked(piece.manifest.clone());
        self.as_it_is(piece, body).await
    }

    /// An object that is no part of the release's manifest: it carries no marks.
    pub(super) async fn unmarked(&self, piece: &Piece) -> Result<Json, ProviderError> {
        self.as_it_is(piece, piece.manifest.clone()).await
    }

    async fn as_it_is(&self, piece: &Piece, body: Json) -> Result<Json, ProviderError> {
        let calls = self.calls;
        let resource = objects::kind(calls, &piece.id).await?;
        let path = resource.path(piece.id.namespace.as_deref(), &piece.id.name);
        let live = calls.get(&path).await?;
        let live = objects::room(calls, &piece.id, &path, live).await?;
        let live = match live {
            Some(live) if self.makes_over => Some(make_over(calls, &path, live).await?),
            live => live,
        };
        let body = objects::applicable(objects::text_as_data(body), live.as_ref());
        let how = Apply { force: self.force, dry_run: false, manager: Manager::Helm };
        calls.apply(&path, &body, how).await.map_err(|error| within(error, &piece.source))
    }

    /// Takes objects away, kind by kind, unless one is to be kept or is no longer the release's; what stays is told.
    /// The others may need a while to go, but for custom resources, which are waited for: whoever has a finalizer on
    /// them is likely to be of the same release.
    pub(super) async fn without(&self, ids: Vec<Id>) -> Result<(Vec<(Id, String)>, Vec<Kept>), ProviderError> {
        let mut ids = ids;
        ids.sort_by(in_order);
        let (mut leaving, mut kept): (Vec<(Id, String)>, Vec<Kept>) = (Vec::new(), Vec::new());
        for group in ids.chunk_by(|one, other| one.kind == other.kind) {
            let seen = seen(self.calls, &group.iter().collect::<Vec<_>>()).await?;
            let mut going = Vec::new();
            for (id, live) in group.iter().zip(seen) {
                match live.as_ref().and_then(|live| why_kept(live, self.release)) {
                    Some(why) => kept.push(Kept { id: id.clone(), why }),
                    None if live.is_some() => going.push(id),
                    None => {}
                }
            }
            let begun: Vec<_> = going.iter().map(|id| objects::begin_removal(self.calls, id)).collect();
            let begun: Vec<_> = stream::iter(begun).buffered(objects::AT_ONCE).collect().await;
            for (id, uid) in going.into_iter().zip(begun) {
                leaving.extend(uid?.map(|uid| (id.clone(), uid)));
            }
            if is_custom(&group[0]) {
                gone(self.calls, std::mem::take(&mut leaving)).await?;
            }
        }
        Ok((leaving, kept))
    }
}

/// Waits until all of these are gone.
pub(super) async fn gone(calls: &Calls<'_>, leaving: Vec<(Id, String)>) -> Result<(), ProviderError> {
    let waits: Vec<_> = leaving.iter().map(|(id, uid)| objects::gone(calls, id, uid)).collect();
    let waited: Vec<_> = stream::iter(waits).buffered(objects::AT_ONCE).collect().await;
    waited.into_iter().collect()
}

/// Custom resources go first, and the rest as Helm has it.
fn in_order(one: &Id, other: &Id) -> std::cmp::Ordering {
    (!is_custom(one)).cmp(&!is_custom(other)).then_with(|| by_uninstall(&one.kind, &other.kind))
}

/// Whether a kind is none of Kubernetes' own.
fn is_custom(id: &Id) -> bool {
    let is_known = objects::is_namespaced(&id.group, &id.kind).is_some();
    id.group.contains('.') && !(is_known && id.group.ends_with(".k8s.io"))
}

/// An object that a release leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) id: Id,
    pub(crate) why: &'static str,
}

pub(super) fn why_kept(live: &Json, release: Release<'_>) -> Option<&'static str> {
    if is_to_be_kept(live) {
        return Some("its annotation helm.sh/resource-policy says `keep`");
    }
    (!release.owns(live)).then_some("it is not the release's any more")
}

/// Whether an object is to stay when its release goes.
pub(super) fn is_to_be_kept(object: &Json) -> bool {
    let policy = object.pointer(KEEP).and_then(Json::as_str).unwrap_or_default();
    policy.trim().eq_ignore_ascii_case("keep")
}

/// What is there of these objects, in their order.
pub(super) async fn seen(calls: &Calls<'_>, ids: &[&Id]) -> Result<Vec<Option<Json>>, ProviderError> {
    let reads: Vec<_> = ids.iter().map(|id| objects::read(calls, id)).collect();
    let read: Vec<_> = stream::iter(reads).buffered(objects::AT_ONCE).collect().await;
    read.into_iter().collect()
}

async fn make_over(calls: &Calls<'_>, path: &str, mut live: Json) -> Result<Json, ProviderError> {
    for _ in 0..TRIES {
        let Some(managers) = fields::made_over(&live) else { return Ok(live) };
        let version = live["metadata"]["resourceVersion"].clone();
        let patch = json!({"metadata": {"resourceVersion": version, "managedFields": managers}});
        match calls.merge(path, &patch, Manager::Helm).await {
            Err(error) if error.code.as_deref() == Some("Conflict") => {}
            made => return made,
        }
        match calls.get(path).await? {
            Some(now) => live = now,
            None => return Ok(live),
        }
    }
    Err(ProviderError::new(ErrorKind::Busy, "helm", "something else changes the object all the time"))
}

fn within(error: ProviderError, source: &str) -> ProviderError {
    if source.is_empty() {
        return error;
    }
    ProviderError { message: format!("{source}: {}", error.message), ..error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_resources_go_before_their_definitions() {
        let id = |api_version: &str, kind: &str| Id::new(api_version, kind, None, "a");
        let mut ids = [
            id("v1", "Namespace"),
            id("apps/v1", "Deployment"),
            id("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
            id("keda.sh/v1alpha1", "ScaledObject"),
            id("apiregistration.k8s.io/v1", "APIService"),
            id("snapshot.storage.k8s.io/v1", "VolumeSnapshot"),
        ];
        ids.sort_by(in_order);
        let kinds: Vec<_> = ids.iter().map(|id| id.kind.as_str()).collect();
        let expected =
            ["ScaledObject", "VolumeSnapshot", "APIService", "Deployment", "CustomResourceDefinition", "Namespace"];
        assert_eq!(kinds, expected);
    }
}
