//! Brings objects about: what others need first, each applied, and waited for until it is ready.

use futures_util::{StreamExt as _, stream};
use serde_json::Value as Json;

use super::client::{ApiResource, Apply, Calls, NO_KIND_MATCH, Wait};
use super::door::Subject;
use super::object_type::{Wanted, flag};
use super::readiness::{self, Readiness, Related};
use super::reading::{self, AT_ONCE, Seen};
use super::sent::sent;
use super::{kinds, obstacle, shown};
use crate::provider::{ErrorKind, ProviderError, Target};
use crate::value::Attributes;

/// How long a kind may take to be served once it is defined.
const KIND_SERVED_WITHIN: std::time::Duration = std::time::Duration::from_secs(60);

/// An object that had failed before may get well, now that something it needs is there. So long it has for that.
const FAILED_FOR_GOOD_AFTER: std::time::Duration = std::time::Duration::from_secs(60);

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
        self.calls.apply(&path, &body, Apply { force: self.force, dry_run: true }).await?;
        Ok(())
    }

    /// What is sent: without what others have taken over who are meant to.
    fn body(&self, wanted: &Wanted, live: Option<&Json>) -> Json {
        let given_up = live.map(|live| shown::of(live, &wanted.manifest, &Default::default()).given_up);
        sent(shown::without(wanted.manifest.clone(), &given_up.unwrap_or_default()), self.target.owner)
    }

    fn rank(&self, index: usize) -> kinds::Order {
        let id = &self.subject.wanted[index].id;
        kinds::order(&id.group, &id.kind)
    }

    /// Whether others cannot be made before it is ready.
    fn is_ground(&self, index: usize) -> bool {
        let kind = self.subject.wanted[index].id.kind.as_str();
        matches!(kind, "Namespace" | "CustomResourceDefinition") && self.subject.wanted.len() > 1
    }

    async fn one(&self, wanted: &Wanted, seen: Option<Option<Json>>) -> Result<Json, ProviderError> {
        let resource = self.kind(wanted).await?;
        let path = resource.path(wanted.id.namespace.as_deref(), &wanted.id.name);
        let live = match seen {
            Some(seen) => seen,
            None => self.calls.get(&path).await?,
        };
        let live = self.gone_first(wanted, &path, live).await?;
        let body = self.body(wanted, live.as_ref());
        self.calls.apply(&path, &body, Apply { force: self.force, dry_run: false }).await
    }

    /// The kind, which may have been defined a moment ago.
    async fn kind(&self, wanted: &Wanted) -> Result<ApiResource, ProviderError> {
        let mut wait = self.calls.wait(KIND_SERVED_WITHIN);
        loop {
            match self.calls.resource(&wanted.id.api_version(), &wanted.id.kind).await {
                Err(error) if error.code.as_deref() == Some(NO_KIND_MATCH) => {
                    let what =
                        format!("waiting for the cluster to serve {} ({})", wanted.id.kind, wanted.id.api_version());
                    if !self.calls.pause(&mut wait, &what).await? {
                        return Err(ProviderError { exhausted: true, ..error });
                    }
                }
                found => return found,
            }
        }
    }

    /// An object on its way out makes room first: what is applied to it would go with it.
    async fn gone_first(
        &self,
        wanted: &Wanted,
        path: &str,
        mut live: Option<Json>,
    ) -> Result<Option<Json>, ProviderError> {
        let mut wait = self.calls.wait(self.target.timeout);
        while let Some(leaving) = live.as_ref().filter(|live| !reading::is_there(Some(live))) {
            let what = format!("waiting for the {} that is being deleted: {}", wanted.id, obstacle::text(leaving));
            if !self.calls.pause(&mut wait, &what).await? {
                return Err(self.late(&what));
            }
            live = self.calls.get(path).await?;
        }
        Ok(live)
    }

    async fn ready(&self, mut waiting: Vec<usize>, made: &mut Seen) -> Result<(), ProviderError> {
        let mut wait: Wait = self.calls.wait(self.target.timeout);
        let mut first = true;
        let grace = self.calls.wait(FAILED_FOR_GOOD_AFTER);
        loop {
            let mut reasons = Vec::new();
            let mut left = Vec::new();
            for index in waiting {
                if !first {
                    made[index] = reading::one(self.calls, &self.subject.wanted[index]).await?;
                }
                if let Some(reason) = self.not_ready(index, made[index].as_ref(), self.calls.is_over(&grace)).await? {
                    reasons.push(reason);
                    left.push(index);
                }
            }
            let Some(reason) = reasons.first() else { return Ok(()) };
            let what = match reasons.len() {
                1 => reason.clone(),
                count => format!("{reason}, and {} more", count - 1),
            };
            if !self.calls.pause(&mut wait, &what).await? {
                return Err(self.late(&what));
            }
            (first, waiting) = (false, left);
        }
    }

    /// What is still to come about, if anything is.
    async fn not_ready(
        &self,
        index: usize,
        live: Option<&Json>,
        for_good: bool,
    ) -> Result<Option<String>, ProviderError> {
        let id = &self.subject.wanted[index].id;
        let of_many = |reason: String| match self.subject.wanted.len() {
            1 => reason,
            _ => format!("{id}: {reason}"),
        };
        let Some(live) = live else { return Ok(Some(of_many("it is gone again".to_owned()))) };
        let mut readiness = readiness::of(live, &Related::default());
        if !matches!(readiness, Readiness::Ready) {
            let namespace = id.namespace.as_deref();
            let pods = match readiness::pods_selector(live) {
                Some(selector) => self.around("Pod", namespace, Some(&selector)).await,
                None => Vec::new(),
            };
            // Only an event tells that a claim waits for a pod to use it, which is all it can do.
            let events = match id.kind.as_str() {
                "PersistentVolumeClaim" => self.around("Event", namespace, None).await,
                _ => Vec::new(),
            };
            readiness = readiness::of(live, &Related { pods: &pods, events: &events });
        }
        match readiness {
            Readiness::Ready => Ok(None),
            Readiness::Waiting(reason) | Readiness::Leaving(reason) => Ok(Some(of_many(reason))),
            Readiness::Failed(reason) if !for_good => Ok(Some(of_many(reason))),
            Readiness::Failed(reason) => {
                let error = ProviderError::new(ErrorKind::Rejected, "wait", of_many(reason))
                    .hint("see to the cause, in the object or in what it needs, and apply again");
                Err(ProviderError { exhausted: true, ..error })
            }
        }
    }

    /// What stands around an object, for what is said of a wait; without it less is said.
    async fn around(&self, kind: &str, namespace: Option<&str>, selector: Option<&str>) -> Vec<Json> {
        let Ok(resource) = self.calls.resource("v1", kind).await else { return Vec::new() };
        self.calls.briefly().list(&resource.collection(namespace), selector).await.unwrap_or_default()
    }

    fn late(&self, what: &str) -> ProviderError {
        let kind = ErrorKind::TimedOut { after: self.target.timeout };
        let error = ProviderError::new(kind, "wait", what)
            .hint("apply again to go on waiting; `timeouts` on the resource says how long, `wait: false` not to wait");
        ProviderError { exhausted: true, ..error }
    }
}
