//! Brings objects about: what others need first, each applied, and waited for until it is ready.

use futures_util::{StreamExt as _, stream};
use serde_json::Value as Json;

use super::client::{Apply, Calls};
use super::door::Subject;
use super::object_type::{Wanted, flag};
use super::reading::{AT_ONCE, Seen};
use super::sent::sent;
use super::{kinds, settling, shown};
use crate::provider::{ErrorKind, ProviderError, Target};
use crate::value::Attributes;

pub(super) struct Making<'a> {
    calls: &'a Calls<'a>,
    target: &'a Target<'a>,
    subject: &'a Subject<'a>,
    force: bool,
    waits: bool,
}

/// It did not come about; `begun` if a part of it may have.
pub(super) struct Unmade {
    pub(super) error: ProviderError,
    pub(super) begun: bool,
}

impl<'a> Making<'a> {
    pub(super) fn new(
        calls: &'a Calls<'a>,
        target: &'a Target<'a>,
        desired: &Attributes,
        subject: &'a Subject<'a>,
    ) -> Self {
        let (force, waits) = (flag(desired, "force_conflicts", false), flag(desired, "wait", true));
        Self { calls, target, subject, force, waits }
    }

    /// Everything, in the order of kinds. `seen` is what was there a moment ago, if someone has looked.
    pub(super) async fn all(&self, seen: Option<Seen>) -> Result<Seen, Unmade> {
        let wanted = &self.subject.wanted;
        let mut order: Vec<usize> = (0..wanted.len()).collect();
        order.sort_by_key(|index| self.rank(*index));
        let mut made: Seen = vec![None; wanted.len()];
        let mut begun = false;
        for group in order.chunk_by(|one, other| self.rank(*one) == self.rank(*other)) {
            let before = |index: usize| seen.as_ref().map(|seen| seen[index].clone());
            let applied: Vec<_> = group.iter().map(|index| self.one(&wanted[*index], before(*index))).collect();
            let applied: Vec<_> = stream::iter(applied).buffered(AT_ONCE).collect().await;
            begun |= applied.iter().any(Result::is_ok);
            for (index, applied) in group.iter().zip(applied) {
                made[*index] = Some(applied.map_err(|error| Unmade { begun: begun || error.unsure, error })?);
            }
            // The rest is waited for together: a volume is only bound when a pod uses it.
            let grounds: Vec<_> = group.iter().copied().filter(|index| self.is_ground(*index)).collect();
            self.ready(grounds, &mut made).await.map_err(|error| Unmade { error, begun: true })?;
        }
        if self.waits {
            self.ready(order, &mut made).await.map_err(|error| Unmade { error, begun: true })?;
        }
        Ok(made)
    }

    /// Whether the cluster would take everything. Of what needs something that is not there yet, nothing can be told.
    pub(super) async fn rehearse(&self) -> Result<(), ProviderError> {
        for wanted in &self.subject.wanted {
            match self.rehearse_one(wanted).await {
                Err(error) if error.kind == ErrorKind::NotFound => {}
                told => told?,
            }
        }
        Ok(())
    }

    async fn rehearse_one(&self, wanted: &Wanted) -> Result<(), ProviderError> {
        let resource = self.calls.resource(&wanted.id.api_version(), &wanted.id.kind).await?;
        let path = resource.path(wanted.id.namespace.as_deref(), &wanted.id.name);
        let live = self.calls.get(&path).await?;
        let body = self.body(wanted, live.as_ref());
        self.calls.apply(&path, &body, Apply { force: self.force, dry_run: true, ..Apply::default() }).await?;
        Ok(())
    }

    /// What is sent: without what others have taken over who are meant to.
    fn body(&self, wanted: &Wanted, live: Option<&Json>) -> Json {
        sent(shown::applicable(wanted.manifest.clone(), live), self.target.owner)
    }

    fn rank(&self, index: usize) -> kinds::Order {
        settling::rank(&self.subject.wanted[index].id)
    }

    /// Whether others cannot be made before it is ready.
    fn is_ground(&self, index: usize) -> bool {
        settling::is_ground(&self.subject.wanted[index].id) && self.subject.wanted.len() > 1
    }

    async fn ready(&self, waiting: Vec<usize>, made: &mut Seen) -> Result<(), ProviderError> {
        let ids: Vec<_> = self.subject.wanted.iter().map(|wanted| wanted.id.clone()).collect();
        settling::ready(self.calls, &ids, waiting, made).await
    }

    async fn one(&self, wanted: &Wanted, seen: Option<Option<Json>>) -> Result<Json, ProviderError> {
        let resource = settling::kind(self.calls, &wanted.id).await?;
        let path = resource.path(wanted.id.namespace.as_deref(), &wanted.id.name);
        let live = match seen {
            Some(seen) => seen,
            None => self.calls.get(&path).await?,
        };
        let live = settling::room(self.calls, &wanted.id, &path, live).await?;
        let body = self.body(wanted, live.as_ref());
        self.calls.apply(&path, &body, Apply { force: self.force, ..Apply::default() }).await
    }
}
