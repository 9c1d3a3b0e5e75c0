//! Decides what a release needs: an installation, a new revision, a repair, or first of all that what was cut short
//! is settled.

use super::read::{self, Unfinished};
use super::{Made, Site, Undone, Wanted, install, records, uninstall, upgrade};
use crate::provider::{ErrorKind, Ownership, ProviderError};
use crate::providers::helm::release::{History, Status};
use crate::providers::kubernetes::Calls;

/// A release of the name is there, and is not ours.
pub(super) const RELEASE_EXISTS: &str = "ReleaseExists";
/// Somebody else is at the release.
pub(super) const IN_PROGRESS: &str = "ReleaseInProgress";

/// Brings the release about, whatever is there of it.
pub(crate) async fn converge(calls: &Calls<'_>, wanted: &Wanted<'_>) -> Result<Made, Undone> {
    let site = Site { calls, name: wanted.name, namespace: wanted.namespace, owner: wanted.owner };
    let history = records::history(calls, site.namespace, site.name).await.map_err(Undone::before)?;
    check_whose(&site, wanted, &history).map_err(Undone::before)?;
    let Some(latest) = history.latest().cloned() else { return install::install(&site, wanted, 1, None).await };
    check_unfinished(&site, &history).map_err(Undone::before)?;
    match latest.record.status() {
        Status::PendingInstall => {
            let (revision, _) = read::next_of(&history);
            install::install(&site, wanted, revision, Some(latest)).await
        }
        Status::Uninstalling => {
            uninstall::take_away(&site, wanted.options.disable_hooks).await.map_err(Undone::after)?;
            install::install(&site, wanted, 1, None).await
        }
        Status::Uninstalled => install::install(&site, wanted, history.next_revision(), None).await,
        Status::Deployed if upgrade::is_in_effect(&latest, wanted) => {
            upgrade::repair(&site, wanted, &history, &latest).await
        }
        _ => {
            let history = settled(&site, history).await?;
            upgrade::upgrade(&site, wanted, &history).await
        }
    }
}

/// The history once an upgrade or rollback of ours that was cut short is noted to have failed.
pub(super) async fn settled(site: &Site<'_>, history: History) -> Result<History, Undone> {
    check_unfinished(site, &history).map_err(Undone::before)?;
    let cut_short = |status: Status| matches!(status, Status::PendingUpgrade | Status::PendingRollback);
    let Some(latest) = history.latest().filter(|latest| cut_short(latest.record.status())) else {
        return Ok(history);
    };
    let mut latest = latest.clone();
    let what = if latest.record.status() == Status::PendingRollback { "Rollback" } else { "Upgrade" };
    latest.record.set_status(Status::Failed, &format!("{what} {:?} was cut short", site.name));
    records::update(site.calls, &mut latest).await.map_err(Undone::after)?;
    records::history(site.calls, site.namespace, site.name).await.map_err(Undone::after)
}

/// That a release which is there is this resource's, or may become so.
fn check_whose(site: &Site<'_>, wanted: &Wanted<'_>, history: &History) -> Result<(), ProviderError> {
    let Some(latest) = history.latest().filter(|latest| latest.record.status() != Status::Uninstalled) else {
        return Ok(());
    };
    let (whose, marks) = read::ownership(history, site.owner);
    if whose == Ownership::Ours || wanted.options.adopt {
        return Ok(());
    }
    let of = marks.map_or_else(|| "which no stack has made".to_owned(), |marks| format!("which belongs to {marks}"));
    let text = format!(
        "there is a release {} in namespace {} already, in revision {}, {of}",
        site.name,
        site.namespace,
        latest.record.revision()
    );
    Err(ProviderError::new(ErrorKind::AlreadyExists, "helm", text)
        .code(RELEASE_EXISTS)
        .hint("take it over with `adopt: true`, or give this one another name"))
}

/// That what is unfinished was begun by us.
pub(super) fn check_unfinished(site: &Site<'_>, history: &History) -> Result<(), ProviderError> {
    let unfinished = history.latest().and_then(read::unfinished);
    match unfinished.filter(|unfinished| !unfinished.is_by(site.owner)) {
        Some(unfinished) => Err(in_progress(site, history, &unfinished)),
        None => Ok(()),
    }
}

fn in_progress(site: &Site<'_>, history: &History, unfinished: &Unfinished) -> ProviderError {
    let (name, namespace) = (site.name, site.namespace);
    let Unfinished { status, revision, secret, .. } = unfinished;
    let text = format!("somebody else is at release {name}: its revision {revision} is {status}");
    let way_out = match (status, history.last_good(*revision)) {
        (Status::Uninstalling, _) => format!("`helm uninstall {name} --namespace {namespace}` finishes it"),
        (_, Some(good)) => {
            format!(
                "`helm rollback {name} {} --namespace {namespace}` goes back to what worked",
                good.record.revision()
            )
        }
        (_, None) => format!("`helm uninstall {name} --namespace {namespace}` takes away what there is of it"),
    };
    ProviderError::new(ErrorKind::Rejected, "helm", text).code(IN_PROGRESS).hint(format!(
        "wait until they are done; if nobody is any more, {way_out}, or delete Secret {secret} in namespace {namespace}"
    ))
}
