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
    Condition, ErrorKind, FailedChange, FamilySettings, Observed, Ownership, Provider, ProviderError, Target,
    difference,
};
use crate::value::Attributes;

/// How long a change may take to be seen.
const SEEN_WITHIN: Duration = Duration::from_secs(60);

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
        Calls::on(&self.client.pace, target)
    }

    /// Waits until the object has settled, and a read shows what was asked for.
    async fn seen(
        &self,
        wire: &dyn Wire,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Observed, FailedChange> {
        let mut settled = calls.wait(target.timeout);
        let mut shown = calls.wait(SEEN_WITHIN);
        loop {
            let observed = wire.read(&self.client, calls, target).await?;
            let (wait, what, late) = match look(wire, observed.as_ref(), desired) {
                Look::Done(observed) => return Ok(observed),
                Look::Broken(why) => return Err(left(broken(target, &why), observed)),
                Look::Settling(why) => {
                    shown = calls.wait(SEEN_WITHIN);
                    let late = never_settled(target, &why);
                    (&mut settled, why, late)
                }
                Look::Unseen(missing) => {
                    (&mut shown, format!("waiting for AWS to show {missing}"), never_seen(target, &missing))
                }
            };
            match calls.pause(wait, &what).await {
                Ok(true) => {}
                Ok(false) => return Err(left(late, observed)),
                Err(interrupted) => return Err(left(interrupted, observed)),
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

/// What a read says of a change.
enum Look {
    Done(Observed),
    Settling(String),
    Broken(String),
    /// What is not shown yet.
    Unseen(String),
}

fn look(wire: &dyn Wire, observed: Option<&Observed>, desired: &Attributes) -> Look {
    let Some(observed) = observed else {
        return Look::Unseen("the object itself".to_owned());
    };
    match &observed.condition {
        Condition::Broken(why) => Look::Broken(why.clone()),
        Condition::Settling(why) => Look::Settling(why.clone()),
        Condition::Ready => {
            let missing = not_yet(wire, observed, desired);
            if missing.is_empty() { Look::Done(observed.clone()) } else { Look::Unseen(missing.join(", ")) }
        }
    }
}

/// Whether the very call that would have made the object was refused. A later one may be refused of an object that
/// is there and not shown yet.
fn is_refused_creation(error: &ProviderError) -> bool {
    let creates = error.operation.split(':').nth(1).is_some_and(|name| name.starts_with("Create"));
    error.kind.is_refusal() && creates && !error.unsure
}

fn left(error: ProviderError, observed: Option<Observed>) -> FailedChange {
    let error = ProviderError { exhausted: true, ..error };
    FailedChange { partial: observed.map(Box::new), ..error.into() }
}

/// It will not get better by waiting, nor by asking again.
fn broken(target: &Target<'_>, why: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Rejected, target.resource_type, why)
        .hint("see to the cause and apply again: it is deleted and made anew")
}

fn never_settled(target: &Target<'_>, why: &str) -> ProviderError {
    let kind = ErrorKind::TimedOut { after: target.timeout };
    ProviderError::new(kind, target.resource_type, why)
        .hint("apply again to go on waiting; `timeouts` on the resource says how long")
}

fn never_seen(target: &Target<'_>, missing: &str) -> ProviderError {
    let kind = ErrorKind::TimedOut { after: SEEN_WITHIN };
    let text = format!("AWS took the change and does not show it yet: {missing}");
    ProviderError::new(kind, target.resource_type, text).hint("apply again: it goes on from here")
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
            Err(error) if is_refused_creation(&error) => Err(FailedChange { nothing_made: true, ..error.into() }),
            Err(error) => {
                let partial = self.left_behind(wire, &calls, &Target { recorded: &wanted, ..*target }).await;
                Err(FailedChange { partial, ..error.into() })
            }
        }
    }

    async fn update(&self, target: &Target<'_>, desired: &Attributes) -> Result<Observed, FailedChange> {
        let (wire, calls) = (self.wire(target)?, self.calls(target));
        let known = known(target, desired, Attributes::new());
        let after = Target { recorded: &known, ..*target };
        match wire.update(&self.client, &calls, target, desired).await {
            Ok(()) => self.seen(wire, &calls, &after, desired).await,
            // By what was recorded before: what AWS tells nothing of did not come about, and is still to be asked for.
            Err(error) => {
                let partial = self.left_behind(wire, &calls, target).await;
                Err(FailedChange { partial, ..error.into() })
            }
        }
    }

    async fn delete(&self, target: &Target<'_>) -> Result<(), ProviderError> {
        let (wire, calls) = (self.wire(target)?, self.calls(target));
        wire.delete(&self.client, &calls, target).await?;
        let patience = wire.gone_within(target.timeout);
        let mut wait = calls.wait(patience);
        while let Some(observed) = wire.read(&self.client, &calls, target).await? {
            let what = match &observed.condition {
                Condition::Ready => "waiting for AWS to let it go",
                Condition::Settling(why) | Condition::Broken(why) => why,
            };
            if !calls.pause(&mut wait, what).await? {
                let kind = ErrorKind::TimedOut { after: patience };
                let text = "AWS took the deletion and still shows the object";
                return Err(
                    ProviderError::new(kind, target.resource_type, text).hint("apply again: it goes on from here")
                );
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::call::Pace;
    use super::*;
    use crate::clock::ManualClock;
    use crate::provider::{Field, FieldType, Interrupt, Operation, Owner, ResourceType, Schema};
    use aws_config::{BehaviorVersion, Region, SdkConfig};

    /// A type with a field of which AWS tells nothing: it is as it was last written.
    struct Untold(Schema);

    impl ResourceType for Untold {
        fn name(&self) -> &'static str {
            "aws.untold"
        }

        fn doc(&self) -> &'static str {
            ""
        }

        fn schema(&self) -> &Schema {
            &self.0
        }

        fn identity(&self, _: &Attributes) -> Option<String> {
            Some("a".to_owned())
        }

        fn identity_fields(&self) -> &'static [&'static str] {
            &[]
        }

        fn expected(&self, _: Operation) -> Duration {
            Duration::ZERO
        }
    }

    #[async_trait]
    impl Wire for Untold {
        async fn read(
            &self,
            _: &Client,
            _: &Calls<'_>,
            target: &Target<'_>,
        ) -> Result<Option<Observed>, ProviderError> {
            let attributes = target.recorded.clone();
            Ok(Some(Observed { attributes, ownership: Ownership::Ours, marks: None, condition: Condition::Ready }))
        }

        async fn create(
            &self,
            _: &Client,
            _: &Calls<'_>,
            _: &Target<'_>,
            _: &Attributes,
        ) -> Result<Attributes, ProviderError> {
            Ok(Attributes::new())
        }

        async fn update(
            &self,
            _: &Client,
            _: &Calls<'_>,
            _: &Target<'_>,
            desired: &Attributes,
        ) -> Result<(), ProviderError> {
            match desired["size"].as_i64() {
                Some(3..) => Err(ProviderError::new(ErrorKind::Rejected, "aws:Update", "too large")),
                _ => Ok(()),
            }
        }

        async fn delete(&self, _: &Client, _: &Calls<'_>, _: &Target<'_>) -> Result<(), ProviderError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_a_failed_change_asked_for_is_not_taken_for_done() {
        let config =
            SdkConfig::builder().behavior_version(BehaviorVersion::latest()).region(Region::new("us-east-1")).build();
        let client = Client::new(&config, Pace::new(Arc::new(ManualClock::default()), Arc::new(|| 0.0)));
        let size = Field::new("size", FieldType::Integer { min: 0, max: 9 }, "");
        let wire: Arc<dyn Wire> = Arc::new(Untold(Schema { spec: vec![size], outputs: Vec::new() }));
        let door = AwsDoor::new(client, FamilySettings::new(), [wire]);
        let of = |size: i64| Attributes::from([("size".to_owned(), size.into())]);
        let (recorded, owner) = (of(1), Owner { stack: "s".parse().unwrap(), address: "a".parse().unwrap() });
        let target = Target {
            resource_type: "aws.untold",
            identity: "a",
            owner: &owner,
            recorded: &recorded,
            progress: &(),
            interrupt: &Interrupt::NEVER,
            timeout: Duration::from_secs(60),
            token: "t",
        };
        assert_eq!(door.update(&target, &of(2)).await.unwrap().attributes, of(2));
        let failed = door.update(&target, &of(3)).await.unwrap_err();
        assert_eq!(failed.partial.unwrap().attributes, of(1));
    }
}
