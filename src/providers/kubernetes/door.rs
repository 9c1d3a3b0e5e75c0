//! The door to clusters: picks the type, opens the cluster its spec names, and has its objects read, made or removed.
//!
//! One door serves all clusters, since which cluster is meant is a value of each resource. Knows no kind of object.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::client::{CLUSTER_GONE, Calls, Client};
use super::clusters::Clusters;
use super::connection::Connection;
use super::making::{Making, Unmade};
use super::object_type::{ObjectType, Wanted, wanted};
use super::reading::{self, Seen};
use super::{connection_type, listing, removing};
use crate::provider::{ErrorKind, FailedChange, Observed, Ownership, Provider, ProviderError, Target};
use crate::value::Attributes;

pub(super) struct KubernetesDoor {
    clusters: Clusters,
    types: Arc<BTreeMap<&'static str, Arc<dyn ObjectType>>>,
}

/// One resource, and what is needed to deal with it.
pub(super) struct Subject<'a> {
    pub(super) object_type: &'a dyn ObjectType,
    pub(super) wanted: Vec<Wanted>,
}

impl KubernetesDoor {
    pub(super) fn new(clusters: Clusters, types: Arc<BTreeMap<&'static str, Arc<dyn ObjectType>>>) -> Self {
        Self { clusters, types }
    }

    pub(super) fn subject(&self, target: &Target<'_>, spec: &Attributes) -> Result<Subject<'_>, ProviderError> {
        let Some(object_type) = self.types.get(target.resource_type) else {
            let text = format!("there is no type `{}` in this family", target.resource_type);
            return Err(ProviderError::new(ErrorKind::Rejected, "kubernetes", text));
        };
        Ok(Subject { object_type: &**object_type, wanted: wanted(&**object_type, spec) })
    }

    /// The cluster a spec names.
    pub(super) async fn client(&self, spec: &Attributes) -> Result<Arc<Client>, ProviderError> {
        let unclear = |why: String| ProviderError::new(ErrorKind::Rejected, "kubernetes", why);
        let cluster = spec.get("cluster").ok_or_else(|| unclear("nothing says which cluster it is in".to_owned()))?;
        let connection = Connection::parse(cluster).map_err(|finding| unclear(finding.message))?;
        let connection = connection.ok_or_else(|| unclear("which cluster it is in is not known yet".to_owned()))?;
        self.clusters.client(&connection).await
    }

    async fn look(&self, target: &Target<'_>) -> Result<Option<Observed>, ProviderError> {
        let subject = self.subject(target, target.recorded)?;
        let client = self.client(target.recorded).await?;
        let seen = reading::all(&client.on(target), &subject.wanted).await?;
        Ok(reading::observed(&subject, target, target.recorded, &seen))
    }

    /// Makes what is wanted of what is there, and tells how it is then.
    async fn make(
        &self,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
        seen: Option<Seen>,
    ) -> Result<Observed, FailedChange> {
        let subject = self.subject(target, desired)?;
        let making = Making::new(calls, target, desired, &subject);
        match making.all(seen).await {
            Ok(made) => {
                let mut known = desired.clone();
                known.extend([("spellings".to_owned(), reading::spelled(&subject.wanted, &made))]);
                let observed = reading::observed(&subject, target, &known, &made);
                observed.ok_or_else(|| ProviderError::new(ErrorKind::Unexpected, "read", "it is gone again").into())
            }
            Err(Unmade { error, begun }) => {
                let partial = if begun { self.left_behind(calls, target, desired).await } else { None };
                let nothing_made = !begun && error.kind.is_refusal() && !error.unsure;
                Err(FailedChange { error, partial, nothing_made })
            }
        }
    }

    /// What a change that failed left, if it can be told and is ours.
    async fn left_behind(&self, calls: &Calls<'_>, target: &Target<'_>, desired: &Attributes) -> Option<Box<Observed>> {
        let subject = self.subject(target, desired).ok()?;
        let seen = reading::all(&calls.briefly(), &subject.wanted).await.ok()?;
        let observed = reading::observed(&subject, target, desired, &seen)?;
        (observed.ownership == Ownership::Ours).then(|| Box::new(observed))
    }
}

fn is_gone(error: &ProviderError) -> bool {
    error.code.as_deref() == Some(CLUSTER_GONE)
}

#[async_trait]
impl Provider for KubernetesDoor {
    /// With its cluster, an object is gone too.
    async fn read(&self, target: &Target<'_>) -> Result<Option<Observed>, ProviderError> {
        if target.resource_type == connection_type::NAME {
            return Ok(connection_type::observed(target.recorded));
        }
        match self.look(target).await {
            Err(error) if is_gone(&error) => Ok(None),
            looked => looked,
        }
    }

    async fn read_all(&self, targets: &[Target<'_>]) -> Vec<Result<Option<Observed>, ProviderError>> {
        let read = listing::read_all(self, targets).await;
        let gone = |read| match read {
            Err(error) if is_gone(&error) => Ok(None),
            read => read,
        };
        read.into_iter().map(gone).collect()
    }

    fn reads_together(&self) -> bool {
        true
    }

    async fn rehearse(&self, target: &Target<'_>, desired: &Attributes) -> Result<(), ProviderError> {
        if target.resource_type == connection_type::NAME {
            return Ok(());
        }
        let subject = self.subject(target, desired)?;
        let client = self.client(desired).await?;
        let calls = client.on(target);
        match Making::new(&calls.briefly(), target, desired, &subject).rehearse().await {
            Err(error) if error.kind == ErrorKind::Rejected => Err(error),
            _ => Ok(()),
        }
    }

    fn rehearses(&self) -> bool {
        true
    }

    async fn create(&self, target: &Target<'_>, desired: &Attributes) -> Result<Observed, FailedChange> {
        if let Some(observed) =
            connection_type::observed(desired).filter(|_| target.resource_type == connection_type::NAME)
        {
            return Ok(observed);
        }
        let subject = self.subject(target, desired)?;
        let client = self.client(desired).await.map_err(|error| FailedChange { nothing_made: true, ..error.into() })?;
        let calls = client.on(target);
        let seen = reading::all(&calls, &subject.wanted).await;
        let seen = seen.map_err(|error| FailedChange { nothing_made: true, ..error.into() })?;
        if let Some((wanted, _)) = subject.wanted.iter().zip(&seen).find(|(_, live)| reading::is_there(live.as_ref())) {
            return Err(ProviderError::new(ErrorKind::AlreadyExists, "create", wanted.id.full()).into());
        }
        self.make(&calls, target, desired, Some(seen)).await
    }

    async fn update(&self, target: &Target<'_>, desired: &Attributes) -> Result<Observed, FailedChange> {
        if let Some(observed) =
            connection_type::observed(desired).filter(|_| target.resource_type == connection_type::NAME)
        {
            return Ok(observed);
        }
        let client = self.client(desired).await?;
        let calls = client.on(target);
        let observed = self.make(&calls, target, desired, None).await?;
        let before = self.subject(target, target.recorded)?.wanted;
        let now = self.subject(target, desired)?.wanted;
        let dropped = before.into_iter().filter(|old| !now.iter().any(|new| new.id.is_same_object(&old.id))).collect();
        let removed = removing::all(&calls, dropped).await;
        removed.map_err(|error| FailedChange { partial: Some(Box::new(observed.clone())), ..error.into() })?;
        Ok(observed)
    }

    async fn delete(&self, target: &Target<'_>) -> Result<(), ProviderError> {
        if target.resource_type == connection_type::NAME {
            return Ok(());
        }
        let subject = self.subject(target, target.recorded)?;
        let removed = async {
            let client = self.client(target.recorded).await?;
            removing::all(&client.on(target), subject.wanted).await
        };
        match removed.await {
            Err(error) if is_gone(&error) => Ok(()),
            removed => removed,
        }
    }
}
