//! The door to one account: picks the type, makes its calls, and waits until they have come into effect.
//!
//! SQS takes up to a minute to show what was set, and IAM serves reads from
//! replicas. So a change is done only when a read shows it, which is what keeps
//! the next plan empty.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::call::Calls;
use super::client::Client;
use super::wire::Wire;
use crate::provider::{
    ErrorKind, FailedChange, FamilySettings, Observed, Ownership, Provider, ProviderError, Target, difference,
};
use crate::value::Attributes;

/// How long a change may take to be seen.
const SEEN_WITHIN: Duration = Duration::from_secs(60);
/// How long a deleted object may still be seen: SQS says 60 seconds, and a little more costs nothing.
const GONE_WITHIN: Duration = Duration::from_secs(75);

pub(super) struct AwsDoor {
    client: Client,
    resolved: FamilySettings,
    types: BTreeMap<&'static str, Arc<dyn Wire>>,
}

impl AwsDoor {
    pub(super) fn new(
        client: Client,
        resolved: FamilySettings,
        types: impl IntoIterator<Item = Arc<dyn Wire>>,
    ) -> Self {
        Self { client, resolved, types: types.into_iter().map(|wire| (wire.name(), wire)).collect() }
    }

    fn wire(&self, target: &Target<'_>) -> Result<&dyn Wire, ProviderError> {
        self.types.get(target.resource_type).map(|wire| &**wire).ok_or_else(|| {
            let text = format!("there is no type `{}` in this family", target.resource_type);
            ProviderError::new(ErrorKind::Rejected, "aws", text)
        })
    }

    fn calls<'a>(&'a self, target: &Target<'a>) -> Calls<'a> {
        Calls::new(&self.client.pace, target.progress, target.timeout)
    }

    /// Waits until a read shows what was asked for.
    async fn seen(
        &self,
        wire: &dyn Wire,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Observed, FailedChange> {
        let mut wait = calls.wait(SEEN_WITHIN);
        loop {
            let observed = wire.read(&self.client, calls, target).await?;
            let missing = match &observed {
                None => vec!["the object itself".to_owned()],
                Some(observed) => not_yet(wire, observed, desired),
            };
            match observed {
                Some(observed) if missing.is_empty() => return Ok(observed),
                observed => {
                    let missing = missing.join(", ");
                    calls.report(&format!("waiting for AWS to show {missing}"));
                    if !calls.pause(&mut wait).await {
                        return Err(never_seen(target, &missing, observed));
                    }
                }
            }
        }
    }

    /// What a change that failed left behind, if it can be told and is ours.
    async fn left_behind(&self, wire: &dyn Wire, calls: &Calls<'_>, target: &Target<'_>) -> Option<Box<Observed>> {
        let read = wire.read(&self.client, &calls.briefly(), target).await;
        let observed = read.ok().flatten()?;
        (observed.ownership == Ownership::Ours).then(|| Box::new(observed))
    }
}

/// What of `desired` a read does not show.
fn not_yet(wire: &dyn Wire, observed: &Observed, desired: &Attributes) -> Vec<String> {
    let own = observed.attributes.iter().filter(|(name, _)| desired.contains_key(*name));
    let own: Attributes = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut missing: Vec<String> =
        difference(wire, &own, desired).changes.into_iter().map(|change| change.path.to_string()).collect();
    if observed.ownership != Ownership::Ours {
        missing.push("the marks of this stack".to_owned());
    }
    missing
}

fn never_seen(target: &Target<'_>, missing: &str, observed: Option<Observed>) -> FailedChange {
    let kind = ErrorKind::TimedOut { after: SEEN_WITHIN };
    let text = format!("AWS took the change and does not show it yet: {missing}");
    let mut error = ProviderError::new(kind, target.resource_type, text).hint("apply again: it goes on from here");
    error.exhausted = true;
    FailedChange { error, partial: observed.map(Box::new) }
}

/// What is known of an object after a call: what was recorded, what was asked for, what the call said.
fn known(target: &Target<'_>, desired: &Attributes, learned: Attributes) -> Attributes {
    let mut known = target.recorded.clone();
    known.extend(desired.clone());
    known.extend(learned);
    known
}

#[async_trait]
impl Provider for AwsDoor {
    /// Credentials and regions of the surroundings differ from run to run. With the wrong ones every
    /// object would look gone, and would be made again somewhere else.
    fn resolved_settings(&self) -> FamilySettings {
        self.resolved.clone()
    }

    async fn read(&self, target: &Target<'_>) -> Result<Option<Observed>, ProviderError> {
        self.wire(target)?.read(&self.client, &self.calls(target), target).await
    }

    async fn create(&self, target: &Target<'_>, desired: &Attributes) -> Result<Observed, FailedChange> {
        let (wire, calls) = (self.wire(target)?, self.calls(target));
        let wanted = known(target, desired, Attributes::new());
        match wire.create(&self.client, &calls, target, desired).await {
            Ok(learned) => {
                let known = known(target, desired, learned);
                self.seen(wire, &calls, &Target { recorded: &known, ..*target }, desired).await
            }
            Err(error) if error.kind == ErrorKind::AlreadyExists => Err(error.into()),
            Err(error) => {
                let partial = self.left_behind(wire, &calls, &Target { recorded: &wanted, ..*target }).await;
                Err(FailedChange { error, partial })
            }
        }
    }

    async fn update(&self, target: &Target<'_>, desired: &Attributes) -> Result<Observed, FailedChange> {
        let (wire, calls) = (self.wire(target)?, self.calls(target));
        let known = known(target, desired, Attributes::new());
        let after = Target { recorded: &known, ..*target };
        match wire.update(&self.client, &calls, target, desired).await {
            Ok(()) => self.seen(wire, &calls, &after, desired).await,
            Err(error) => Err(FailedChange { error, partial: self.left_behind(wire, &calls, &after).await }),
        }
    }

    async fn delete(&self, target: &Target<'_>) -> Result<(), ProviderError> {
        let (wire, calls) = (self.wire(target)?, self.calls(target));
        wire.delete(&self.client, &calls, target).await?;
        let mut wait = calls.wait(GONE_WITHIN);
        while wire.read(&self.client, &calls, target).await?.is_some() {
            calls.report("waiting for AWS to let it go");
            if !calls.pause(&mut wait).await {
                let kind = ErrorKind::TimedOut { after: GONE_WITHIN };
                let text = "AWS took the deletion and still shows the object";
                return Err(
                    ProviderError::new(kind, target.resource_type, text).hint("apply again: it goes on from here")
                );
            }
        }
        Ok(())
    }
}
