//! Waiting for what EKS does by itself: objects that settle, and updates that finish.

use std::future::Future;
use std::time::Duration;

use aws_sdk_eks::types::{Update, UpdateStatus};

use super::super::client::Client;
use super::{missing, told};
use crate::provider::{Condition, ErrorKind, ProviderError, Target};
use crate::providers::cloud::Calls;

/// How long a new update may be missing for a call that asks for it.
const NEW_UPDATE_UNSEEN: Duration = Duration::from_secs(60);

const GO_ON: &str = "apply again to go on waiting; `timeouts` on the resource says how long";

/// What an update is of.
#[derive(Clone, Copy)]
pub(in super::super) struct Updated<'a> {
    pub(in super::super) cluster: &'a str,
    pub(in super::super) node_group: Option<&'a str>,
    pub(in super::super) addon: Option<&'a str>,
}

/// The object, once it no longer changes by itself.
pub(in super::super) async fn settled<T, F>(
    calls: &Calls<'_>,
    target: &Target<'_>,
    look: impl Fn() -> F + Send + Sync,
    condition: impl Fn(&T) -> Condition + Send + Sync,
) -> Result<T, ProviderError>
where
    T: Send,
    F: Future<Output = Result<Option<T>, ProviderError>> + Send,
{
    let mut wait = calls.wait(target.timeout);
    loop {
        let object = look().await?;
        let object = object.ok_or_else(|| missing(target.resource_type, &format!("object `{}`", target.identity)))?;
        let why = match condition(&object) {
            Condition::Ready => return Ok(object),
            Condition::Broken(why) => {
                return Err(ProviderError::new(ErrorKind::Rejected, target.resource_type, why)
                    .hint("only a new one helps: plan again"));
            }
            Condition::Settling(why) => why,
        };
        if !calls.pause(&mut wait, &why).await? {
            return Err(too_long(target.resource_type, target, &why));
        }
    }
}

/// Waits until a new object works. EKS may not show it at first.
pub(in super::super) async fn works<T, F>(
    calls: &Calls<'_>,
    target: &Target<'_>,
    look: impl Fn() -> F + Send + Sync,
    condition: impl Fn(&T) -> Condition + Send + Sync,
) -> Result<(), ProviderError>
where
    T: Send,
    F: Future<Output = Result<Option<T>, ProviderError>> + Send,
{
    let mut wait = calls.wait(target.timeout);
    loop {
        let why = match look().await?.as_ref().map(&condition) {
            Some(Condition::Ready) => return Ok(()),
            Some(Condition::Broken(why)) => {
                let error = ProviderError::new(ErrorKind::Rejected, target.resource_type, why);
                return Err(ProviderError { exhausted: true, ..error }.hint("see to the cause and apply again"));
            }
            Some(Condition::Settling(why)) => why,
            None => "waiting for EKS to show it".to_owned(),
        };
        if !calls.pause(&mut wait, &why).await? {
            return Err(too_long(target.resource_type, target, &why));
        }
    }
}

/// Waits until an object may be deleted. False when it is gone or on its way out, and there is nothing left to ask for.
pub(in super::super) async fn free<T, F>(
    calls: &Calls<'_>,
    target: &Target<'_>,
    look: impl Fn() -> F + Send + Sync,
    state: impl Fn(&T) -> (bool, Condition) + Send + Sync,
) -> Result<bool, ProviderError>
where
    T: Send,
    F: Future<Output = Result<Option<T>, ProviderError>> + Send,
{
    let mut wait = calls.wait(target.timeout);
    loop {
        let Some(object) = look().await? else {
            return Ok(false);
        };
        let why = match state(&object) {
            (true, _) => return Ok(false),
            (false, Condition::Settling(why)) => why,
            (false, _) => return Ok(true),
        };
        if !calls.pause(&mut wait, &why).await? {
            return Err(too_long(target.resource_type, target, &why));
        }
    }
}

/// Waits until EKS is through with an update.
pub(in super::super) async fn finish(
    client: &Client,
    calls: &Calls<'_>,
    target: &Target<'_>,
    of: Updated<'_>,
    started: Result<Option<Update>, ProviderError>,
) -> Result<(), ProviderError> {
    let started = match started {
        // What a read showed was already old: an earlier try has come into effect.
        Err(error) if says_nothing_to_do(&error) => return Ok(()),
        started => started?,
    };
    let Some(id) = started.as_ref().and_then(Update::id) else {
        return Ok(());
    };
    let request = client
        .eks
        .describe_update()
        .name(of.cluster)
        .update_id(id)
        .set_nodegroup_name(of.node_group.map(str::to_owned))
        .set_addon_name(of.addon.map(str::to_owned));
    let mut wait = calls.wait(target.timeout);
    let mut unseen = calls.wait(NEW_UPDATE_UNSEEN);
    loop {
        let update = match calls.send("eks:DescribeUpdate", || request.clone().send()).await {
            Ok(answer) => answer.update,
            Err(error) if error.kind == ErrorKind::NotFound => {
                if !calls.pause(&mut unseen, "waiting for EKS to see its update").await? {
                    return Err(error);
                }
                continue;
            }
            Err(error) => return Err(error),
        };
        let what = update.as_ref().map(|update| (update.status(), named(update)));
        let why = match what {
            Some((Some(UpdateStatus::Successful), _)) => return Ok(()),
            Some((Some(status @ (UpdateStatus::Failed | UpdateStatus::Cancelled)), name)) => {
                return Err(failed(target, update.as_ref(), &format!("the {name} is {}", status.as_str())));
            }
            Some((_, name)) => format!("the {name} is InProgress"),
            None => "the update is InProgress".to_owned(),
        };
        if !calls.pause(&mut wait, &why).await? {
            return Err(too_long("eks:DescribeUpdate", target, &why));
        }
    }
}

fn says_nothing_to_do(error: &ProviderError) -> bool {
    let text = error.message.to_lowercase();
    error.kind == ErrorKind::Rejected
        && (text.contains("no changes needed") || text.contains("already at the desired configuration"))
}

fn named(update: &Update) -> String {
    update.r#type().map_or("update".to_owned(), |kind| format!("update {}", kind.as_str()))
}

fn failed(target: &Target<'_>, update: Option<&Update>, what: &str) -> ProviderError {
    let errors = update.map(Update::errors).unwrap_or_default();
    let errors = told(errors.iter().map(|error| (error.error_code().map(|code| code.as_str()), error.error_message())));
    let text = if errors.is_empty() { what.to_owned() } else { format!("{what}: {errors}") };
    let error = ProviderError::new(ErrorKind::Rejected, target.resource_type, text);
    ProviderError { exhausted: true, ..error }.hint("see to the cause and apply again: it goes on from here")
}

fn too_long(operation: &str, target: &Target<'_>, why: &str) -> ProviderError {
    let kind = ErrorKind::TimedOut { after: target.timeout };
    ProviderError { exhausted: true, ..ProviderError::new(kind, operation, why) }.hint(GO_ON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_that_is_not_needed_is_no_failure() {
        let error = |text: &str| ProviderError::new(ErrorKind::Rejected, "eks:UpdateClusterConfig", text);
        assert!(says_nothing_to_do(&error("No changes needed for the logging config provided")));
        assert!(says_nothing_to_do(&error("Cluster is already at the desired configuration with …")));
        assert!(!says_nothing_to_do(&error("subnet-1 is in another VPC")));
    }
}
