//! One step of a plan: resolve, check that it is still what was planned, call, describe the result.

use std::sync::Arc;
use std::time::Duration;

use super::ended::{Failed, Interrupted, NotDone};
use super::stop::{Stop, StopLevel};
use super::{Engine, Event};
use crate::plan::{Change, Step, StepKind, owned, seal_all, seal_seen, with_ignored};
use crate::provider::{
    Door, ErrorKind, FailedChange, Interrupt, Observed, Owner, Ownership, Progress, ProviderError, ResourceType,
    Target, difference,
};
use crate::stack::Resource;
use crate::state::{Record, Status};
use crate::value::{Attributes, SealKey, Value};

/// How long, at the least, a service may take to show what it says exists.
const SHOWN_WITHIN: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// A step with everything resolved that it needs.
pub(super) struct Prepared<'a> {
    pub(super) step: &'a Step,
    pub(super) resource_type: Arc<dyn ResourceType>,
    pub(super) owner: Owner,
    pub(super) identity: String,
    pub(super) token: String,
    pub(super) key: SealKey,
    /// What is recorded of the object; empty for a new one.
    pub(super) recorded: Attributes,
    pub(super) interrupt: Interrupt,
    pub(super) work: Work,
    /// The service keeps the identity blocked until then.
    pub(super) not_before: Option<Duration>,
}

pub(super) enum Work {
    /// Secrets in `desired` are in the open; `planned` is the record it will have, sealed.
    Make {
        desired: Attributes,
        planned: Box<Record>,
        adopt: bool,
    },
    Delete {
        adopted: bool,
    },
}

/// What a step brought about.
pub(super) enum Done {
    Made {
        record: Box<Record>,
        /// For expressions: secrets in the open.
        live: Attributes,
    },
    Deleted,
}

/// Checks, with everything known, that a step still does what was shown, and gives the desired attributes.
pub(super) fn resolve(
    resource: &Resource,
    change: &Change,
    step: &Step,
    mut desired: Attributes,
    key: &SealKey,
) -> Result<Attributes, Failed> {
    let refuse = |error: String| {
        let hint = "plan and apply again to see and do what is needed now".to_owned();
        Failed { error, hint: Some(hint), partial: None, unsure: false }
    };
    if let Some(name) = desired.iter().find(|(_, value)| value.has_unknown()).map(|(name, _)| name) {
        return Err(refuse(format!("`{name}` is still not known")));
    }
    let resource_type = &*resource.resource_type;
    if !resource_type.is_identified_by_address()
        && let (Some(planned), Some(now)) = (&change.identity, resource_type.identity(&desired))
        && *planned != now
    {
        return Err(refuse(format!("`{planned}` was planned, and now it would be `{now}`")));
    }
    if let (StepKind::Update, Some(before)) = (step.kind, &change.before) {
        desired = with_ignored(desired, before, &resource.lifecycle.ignore_changes);
        let schema = resource_type.schema();
        let fields = before.iter().filter(|(name, _)| schema.field(name).is_some());
        let fields: Attributes = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
        let found = difference(resource_type, &fields, &seal_all(desired.clone(), key));
        if let Some(path) = found.replace_because.first() {
            return Err(refuse(format!("an update was planned, but now `{path}` forces a replacement")));
        }
    }
    Ok(desired)
}

struct Reporter<'a> {
    engine: &'a Engine,
    step: &'a Step,
    started: Duration,
}

impl Progress for Reporter<'_> {
    fn report(&self, message: &str) {
        self.engine.tell(Event::StepProgress {
            address: self.step.address.clone(),
            kind: self.step.kind,
            message: message.to_owned(),
            elapsed: self.engine.clock.now().saturating_sub(self.started),
            expected: self.step.usual_duration(),
        });
    }
}

impl Engine {
    pub(super) async fn run_step(&self, prepared: &Prepared<'_>, stop: &Stop) -> Result<Done, NotDone> {
        let reporter = Reporter { engine: self, step: prepared.step, started: self.clock.now() };
        self.wait_for_identity(prepared, &reporter, stop).await?;
        let step = prepared.step;
        let door = self.doors.get(&step.provider, &step.provider_settings).await;
        let door = door.map_err(|error| prepared.failed(error.into()))?;
        match &prepared.work {
            Work::Make { desired, adopt, .. } => {
                let plain: Attributes =
                    desired.iter().map(|(name, value)| (name.clone(), value.clone().reveal())).collect();
                match self.make(&door, prepared, &plain, *adopt, &reporter).await {
                    Ok((observed, adopted)) => Ok(prepared.made(observed, adopted)),
                    Err(failed) => {
                        let (failed, unsure) = self.look_for_traces(&door, prepared, failed).await;
                        Err(prepared.not_done(failed, unsure))
                    }
                }
            }
            Work::Delete { adopted } => {
                let deleted = self.delete(&door, prepared, *adopted, &reporter).await;
                deleted.map_err(|failed| prepared.not_done(failed, false))?;
                Ok(Done::Deleted)
            }
        }
    }

    async fn wait_for_identity(
        &self,
        prepared: &Prepared<'_>,
        reporter: &Reporter<'_>,
        stop: &Stop,
    ) -> Result<(), NotDone> {
        let Some(wait) = prepared.not_before.map(|until| until.saturating_sub(self.clock.now())) else {
            return Ok(());
        };
        if wait.is_zero() {
            return Ok(());
        }
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        reporter.report(&format!("waiting {seconds} s: `{}` was deleted and is blocked until then", prepared.identity));
        tokio::select! {
            () = self.clock.sleep(wait) => Ok(()),
            () = stop.reached(StopLevel::Finish) => {
                let waiting_for = format!("`{}` is blocked for {seconds} s", prepared.identity);
                Err(NotDone::Interrupted(Box::new(Interrupted { waiting_for, partial: None, unsure: false })))
            }
        }
    }

    /// Creates, updates or takes over; says whether the object was someone else's before.
    async fn make(
        &self,
        door: &Door,
        prepared: &Prepared<'_>,
        desired: &Attributes,
        adopt: bool,
        reporter: &Reporter<'_>,
    ) -> Result<(Observed, bool), FailedChange> {
        let step = prepared.step;
        let target = prepared.target(reporter);
        let (address, kind) = (&step.address, Some(step.kind));
        if step.kind == StepKind::Create {
            let create = || door.create(&target, desired);
            let created = self.persist(address, kind, step.timeout, target.interrupt, create).await;
            match created {
                Err(failed) if failed.error.kind == ErrorKind::AlreadyExists => {}
                other => return other.map(|observed| (observed, false)),
            }
        }
        let mut adopted = false;
        if step.kind != StepKind::Update {
            let observed = self.find_existing(door, prepared, &target).await?;
            adopted = may_take_over(prepared, &observed, adopt)?;
        }
        let update = || door.update(&target, desired);
        let updated = self.persist(address, kind, step.timeout, target.interrupt, update).await?;
        Ok((updated, adopted))
    }

    /// What the service says is there already. If we made it a moment ago, and the answer was lost, it may not show it yet.
    async fn find_existing(
        &self,
        door: &Door,
        prepared: &Prepared<'_>,
        target: &Target<'_>,
    ) -> Result<Observed, FailedChange> {
        let step = prepared.step;
        let read = || async { door.read(target).await.map_err(FailedChange::from) };
        let until = self.clock.now() + prepared.resource_type.visible_after().max(SHOWN_WITHIN);
        loop {
            let found = self.persist(&step.address, Some(step.kind), step.timeout, target.interrupt, read).await?;
            if let Some(observed) = found {
                return Ok(observed);
            }
            if self.clock.now() >= until {
                let message = "the service says it exists, and cannot find it";
                return Err(ProviderError::new(ErrorKind::Unexpected, "read", message).into());
            }
            target.progress.report("waiting for the service to show what it says exists");
            tokio::select! {
                () = self.clock.sleep(LOOK_AGAIN) => {}
                () = target.interrupt.asked() => {
                    let message = "the service does not show yet what it says exists";
                    return Err(ProviderError::new(ErrorKind::Interrupted, "read", message).into());
                }
            }
        }
    }

    /// A creation that failed may have made something all the same. Says whether that is still open.
    async fn look_for_traces(
        &self,
        door: &Door,
        prepared: &Prepared<'_>,
        mut failed: FailedChange,
    ) -> (FailedChange, bool) {
        let makes = matches!(prepared.step.kind, StepKind::Create | StepKind::Adopt);
        let settled = failed.partial.is_some() || failed.nothing_made;
        if !makes || settled || failed.error.kind == ErrorKind::AlreadyExists {
            return (failed, false);
        }
        match door.read(&prepared.target(&())).await {
            Ok(Some(observed)) if observed.ownership == Ownership::Ours => {
                failed.partial = Some(Box::new(observed));
                (failed, false)
            }
            // What was refused was not made, unless it was a later call that was refused and the object is not
            // shown yet. What only got no answer may still come about.
            Ok(_) => {
                let would_be_shown = prepared.resource_type.visible_after().is_zero();
                let certain = failed.error.kind.is_refusal() && would_be_shown;
                (failed, !certain)
            }
            Err(_) => (failed, true),
        }
    }

    async fn delete(
        &self,
        door: &Door,
        prepared: &Prepared<'_>,
        adopted: bool,
        reporter: &Reporter<'_>,
    ) -> Result<(), FailedChange> {
        let step = prepared.step;
        let target = prepared.target(reporter);
        let (address, kind) = (&step.address, Some(step.kind));
        let read = || async { door.read(&target).await.map_err(FailedChange::from) };
        let Some(observed) = self.persist(address, kind, step.timeout, target.interrupt, read).await? else {
            return Ok(());
        };
        let ours = match observed.ownership {
            Ownership::Ours | Ownership::SameStack => true,
            Ownership::Unmarked => adopted,
            Ownership::Foreign => false,
        };
        if !ours {
            let whose = observed.marks.unwrap_or_else(|| "no one: it carries no mark".to_owned());
            let message = format!("`{}` belongs to {whose}", prepared.identity);
            return Err(ProviderError::new(ErrorKind::Rejected, "delete", message)
                .hint("delete it by hand, or forget it here with `tidegate state rm`")
                .into());
        }
        let delete = || async { door.delete(&target).await.map_err(FailedChange::from) };
        self.persist(address, kind, step.timeout, target.interrupt, delete).await
    }
}

/// Whether an object that is there already may become ours, and whether that makes it adopted.
fn may_take_over(prepared: &Prepared<'_>, observed: &Observed, adopt: bool) -> Result<bool, FailedChange> {
    match observed.ownership {
        Ownership::Ours | Ownership::SameStack => Ok(false),
        Ownership::Foreign | Ownership::Unmarked if adopt => Ok(true),
        Ownership::Foreign | Ownership::Unmarked => {
            let whose = match &observed.marks {
                Some(marks) => format!("it is marked as made by {marks}"),
                None => "it carries no mark of this stack".to_owned(),
            };
            let message = format!("`{}` exists already, and {whose}", prepared.identity);
            Err(ProviderError::new(ErrorKind::AlreadyExists, "create", message)
                .hint("say `adopt: true` on the resource to take the object over, or use another name")
                .into())
        }
    }
}

impl Prepared<'_> {
    fn target<'b>(&'b self, progress: &'b dyn Progress) -> Target<'b> {
        Target {
            resource_type: &self.step.resource_type,
            identity: &self.identity,
            owner: &self.owner,
            recorded: &self.recorded,
            progress,
            interrupt: &self.interrupt,
            timeout: self.step.timeout,
            token: &self.token,
        }
    }

    fn made(&self, observed: Observed, adopted: bool) -> Done {
        let Work::Make { desired, .. } = &self.work else { return Done::Deleted };
        let mut live = observed.attributes.clone();
        // What went in as a secret stays one in what comes out.
        let outputs = self.resource_type.planned_outputs(desired, None);
        live.extend(outputs.into_iter().filter(|(_, value)| value.has_secret()));
        live.extend(desired.clone());
        let record = Box::new(self.record(observed, Status::Ready, adopted));
        Done::Made { record, live }
    }

    /// What is to be recorded of what is there now.
    fn record(&self, observed: Observed, status: Status, adopted: bool) -> Record {
        let Work::Make { planned, .. } = &self.work else { unreachable!("only what is made is recorded") };
        let outputs = self.resource_type.planned_outputs(&planned.attributes, None);
        let seen = owned(&*self.resource_type, &observed.attributes, &planned.attributes);
        let mut attributes = seal_seen(seen, &[&planned.attributes, &outputs, &self.recorded], &self.key);
        if status == Status::Ready {
            // As the stack spells it: the provider has made sure that the object means the same.
            attributes.extend(planned.attributes.clone());
        }
        Record { attributes, status, adopted: planned.adopted || adopted, ..(**planned).clone() }
    }

    fn failed(&self, failed: FailedChange) -> Failed {
        let partial = self.partial(failed.partial);
        Failed { error: failed.error.to_string(), hint: failed.error.hint.clone(), partial, unsure: false }
    }

    fn not_done(&self, failed: FailedChange, unsure: bool) -> NotDone {
        if failed.error.kind != ErrorKind::Interrupted {
            return Failed { unsure, ..self.failed(failed) }.into();
        }
        let waiting_for = failed.error.message;
        NotDone::Interrupted(Box::new(Interrupted { waiting_for, partial: self.partial(failed.partial), unsure }))
    }

    fn partial(&self, observed: Option<Box<Observed>>) -> Option<Box<Record>> {
        match &self.work {
            Work::Make { .. } => observed.map(|observed| Box::new(self.record(*observed, Status::Incomplete, false))),
            Work::Delete { .. } => None,
        }
    }
}

/// A value as it may be recorded: nothing unknown is left in it.
pub(super) fn recordable(attributes: Attributes) -> Attributes {
    attributes.into_iter().filter(|(_, value)| !matches!(value, Value::Unknown(_))).collect()
}
