//! The door to one account: picks the type, makes its calls, and waits until they have come into effect.
//!
//! Clouds serve reads from copies that lag behind: SQS takes up to a minute to show what was set. So a change is done
//! only when a read shows it, which is what keeps the next plan empty.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::calls::Calls;
use super::wire::{Client, Wire};
use crate::provider::{
    Condition, ErrorKind, FailedChange, FamilySettings, Observed, Ownership, Provider, ProviderError, ResourceType,
    Target, difference,
};
use crate::value::Attributes;

/// How long a change may take to be seen.
const SEEN_WITHIN: Duration = Duration::from_secs(60);

pub(crate) struct CloudDoor<C> {
    client: C,
    resolved: FamilySettings,
    types: BTreeMap<&'static str, Arc<dyn Wire<C>>>,
}

impl<C: Client> CloudDoor<C> {
    pub(crate) fn new(client: C, resolved: FamilySettings, types: impl IntoIterator<Item = Arc<dyn Wire<C>>>) -> Self {
        Self { client, resolved, types: types.into_iter().map(|wire| (wire.name(), wire)).collect() }
    }

    fn wire(&self, target: &Target<'_>) -> Result<&dyn Wire<C>, ProviderError> {
        self.types.get(target.resource_type).map(|wire| &**wire).ok_or_else(|| {
            let text = format!("there is no type `{}` in this family", target.resource_type);
            ProviderError::new(ErrorKind::Rejected, self.cloud(), text)
        })
    }

    fn calls<'a>(&'a self, target: &Target<'a>) -> Calls<'a> {
        Calls::on(self.client.pace(), target)
    }

    fn cloud(&self) -> &'static str {
        self.client.pace().cloud()
    }

    /// Waits until the object has settled, and a read shows what was asked for.
    async fn seen(
        &self,
        wire: &dyn Wire<C>,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Observed, FailedChange> {
        let mut settled = calls.wait(target.timeout);
        let mut shown = calls.wait(SEEN_WITHIN);
        loop {
            let observed = wire.read(&self.client, calls, target).await?.map(|observed| taken(wire, observed));
            let (wait, what, late) = match look(wire, observed.as_ref(), desired) {
                Look::Done(observed) => return Ok(observed),
                Look::Broken(why) => return Err(left(broken(target, &why), observed)),
                Look::Settling(why) => {
                    shown = calls.wait(SEEN_WITHIN);
                    let late = never_settled(target, &why);
                    (&mut settled, why, late)
                }
                Look::Unseen(missing) => {
                    let what = format!("waiting for {} to show {missing}", self.cloud());
                    (&mut shown, what, never_seen(self.cloud(), target, &missing))
                }
            };
            match calls.pause(wait, &what).await {
                Ok(true) => {}
                Ok(false) => return Err(left(late, observed)),
                Err(interrupted) => return Err(left(interrupted, observed)),
            }
        }
    }

    /// Whether the very call that would have made the object was refused. A later one may be refused of an object
    /// that is there and not shown yet.
    fn is_refused_creation(&self, error: &ProviderError) -> bool {
        error.kind.is_refusal() && self.client.creates(&error.operation) && !error.unsure
    }

    /// What a change that failed left behind, if it can be told and is ours.
    async fn left_behind(&self, wire: &dyn Wire<C>, calls: &Calls<'_>, target: &Target<'_>) -> Option<Box<Observed>> {
        let read = wire.read(&self.client, &calls.briefly(), target).await;
        let observed = read.ok().flatten()?;
        (observed.ownership == Ownership::Ours).then(|| Box::new(observed))
    }
}

/// An object that a change was just taken for. Where no mark could say that it is ours, the change does.
fn taken(resource_type: &dyn ResourceType, observed: Observed) -> Observed {
    match resource_type.carries_marks() {
        true => observed,
        false => Observed { ownership: Ownership::Ours, marks: None, ..observed },
    }
}

/// What of `desired` a read does not show.
fn not_yet(resource_type: &dyn ResourceType, observed: &Observed, desired: &Attributes) -> Vec<String> {
    let own = observed.attributes.iter().filter(|(name, _)| desired.contains_key(*name));
    let own: Attributes = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut missing: Vec<String> =
        difference(resource_type, &own, desired).changes.into_iter().map(|change| change.path.to_string()).collect();
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

fn look(resource_type: &dyn ResourceType, observed: Option<&Observed>, desired: &Attributes) -> Look {
    let Some(observed) = observed else {
        return Look::Unseen("the object itself".to_owned());
    };
    match &observed.condition {
        Condition::Broken(why) => Look::Broken(why.clone()),
        Condition::Settling(why) => Look::Settling(why.clone()),
        Condition::Ready => {
            let missing = not_yet(resource_type, observed, desired);
            if missing.is_empty() { Look::Done(observed.clone()) } else { Look::Unseen(missing.join(", ")) }
        }
    }
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

fn never_seen(cloud: &str, target: &Target<'_>, missing: &str) -> ProviderError {
    let kind = ErrorKind::TimedOut { after: SEEN_WITHIN };
    let text = format!("{cloud} took the change and does not show it yet: {missing}");
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
impl<C: Client> Provider for CloudDoor<C> {
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
            Err(error) if self.is_refused_creation(&error) => Err(FailedChange { nothing_made: true, ..error.into() }),
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
            // By what was recorded before: what the cloud tells nothing of did not come about, and is still to be asked for.
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
                Condition::Ready => format!("waiting for {} to let it go", self.cloud()),
                Condition::Settling(why) | Condition::Broken(why) => why.clone(),
            };
            if !calls.pause(&mut wait, &what).await? {
                let kind = ErrorKind::TimedOut { after: patience };
                let text = format!("{} took the deletion and still shows the object", self.cloud());
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
    use super::super::calls::{Manners, Pace};
    use super::*;
    use crate::clock::ManualClock;
    use crate::provider::RetryPolicy;
    use crate::provider::{Field, FieldType, Interrupt, Operation, Owner, ResourceType, Schema};

    const MANNERS: Manners =
        Manners { cloud: "the cloud", rates: &[], api: |operation| operation, patience: |_| RetryPolicy::default() };

    struct Nothing(Pace);

    impl Client for Nothing {
        fn pace(&self) -> &Pace {
            &self.0
        }

        fn creates(&self, _: &str) -> bool {
            false
        }
    }

    /// A type with a field of which the cloud tells nothing: it is as it was last written.
    struct Untold(Schema);

    impl ResourceType for Untold {
        fn name(&self) -> &'static str {
            "cloud.untold"
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
    impl Wire<Nothing> for Untold {
        async fn read(
            &self,
            _: &Nothing,
            _: &Calls<'_>,
            target: &Target<'_>,
        ) -> Result<Option<Observed>, ProviderError> {
            let attributes = target.recorded.clone();
            Ok(Some(Observed { attributes, ownership: Ownership::Ours, marks: None, condition: Condition::Ready }))
        }

        async fn create(
            &self,
            _: &Nothing,
            _: &Calls<'_>,
            _: &Target<'_>,
            _: &Attributes,
        ) -> Result<Attributes, ProviderError> {
            Ok(Attributes::new())
        }

        async fn update(
            &self,
            _: &Nothing,
            _: &Calls<'_>,
            _: &Target<'_>,
            desired: &Attributes,
        ) -> Result<(), ProviderError> {
            match desired["size"].as_i64() {
                Some(3..) => Err(ProviderError::new(ErrorKind::Rejected, "cloud:Update", "too large")),
                _ => Ok(()),
            }
        }

        async fn delete(&self, _: &Nothing, _: &Calls<'_>, _: &Target<'_>) -> Result<(), ProviderError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_a_failed_change_asked_for_is_not_taken_for_done() {
        let client = Nothing(Pace::new(Arc::new(ManualClock::default()), Arc::new(|| 0.0), &MANNERS));
        let size = Field::new("size", FieldType::Integer { min: 0, max: 9 }, "");
        let wire: Arc<dyn Wire<Nothing>> = Arc::new(Untold(Schema { spec: vec![size], outputs: Vec::new() }));
        let door = CloudDoor::new(client, FamilySettings::new(), [wire]);
        let of = |size: i64| Attributes::from([("size".to_owned(), size.into())]);
        let (recorded, owner) = (of(1), Owner { stack: "s".parse().unwrap(), address: "a".parse().unwrap() });
        let target = Target {
            resource_type: "cloud.untold",
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
