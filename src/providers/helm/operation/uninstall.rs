//! Takes a release away: what others would miss is seen to first, then its objects in order, its records last.

use super::apply::{self, Kept};
use super::place::{self, Piece};
use super::{CustomResources, Removal, Site, converge, custom_resources, hooks, records, upgrade};
use crate::provider::ProviderError;
use crate::providers::helm::manifest::Event;
use crate::providers::helm::release::{History, Status, Stored};
use crate::providers::kubernetes::Calls;

/// Takes a release away and says what of it stays; one that is gone already is a success.
pub(crate) async fn uninstall(calls: &Calls<'_>, removal: &Removal<'_>) -> Result<Vec<Kept>, ProviderError> {
    let Removal { name, namespace, owner, custom_resources, disable_hooks } = *removal;
    let site = Site { calls, name, namespace, owner };
    let history = records::history(calls, namespace, name).await?;
    converge::check_unfinished(&site, &history)?;
    go_on(&site, history, custom_resources, disable_hooks).await
}

/// The same for a release that is ours for certain, whose custom resources stay if there are any.
pub(super) async fn take_away(site: &Site<'_>, disable_hooks: bool) -> Result<Vec<Kept>, ProviderError> {
    let history = records::history(site.calls, site.namespace, site.name).await?;
    go_on(site, history, CustomResources::Refuse, disable_hooks).await
}

async fn go_on(
    site: &Site<'_>,
    history: History,
    custom_resources: CustomResources,
    disable_hooks: bool,
) -> Result<Vec<Kept>, ProviderError> {
    let Some(mut latest) = history.latest().cloned() else { return Ok(Vec::new()) };
    let mut kept = Vec::new();
    if latest.record.status() != Status::Uninstalled {
        let pieces = upgrade::at_work(site, &history).await?;
        custom_resources::see_to(site.calls, site.release(), &pieces, custom_resources).await?;
        begin(site, &mut latest).await?;
        let applying = site.applying(false, false);
        if !disable_hooks {
            let done = latest.record.done(Event::PreDelete);
            hooks::run(&applying, &mut latest, Event::PreDelete, &done).await?;
        }
        kept = objects_gone(site, pieces).await?;
        if !disable_hooks {
            let done = latest.record.done(Event::PostDelete);
            hooks::run(&applying, &mut latest, Event::PostDelete, &done).await?;
        }
    }
    // The latest goes last: as long as it is there, it says what is under way.
    for stored in history.all() {
        records::delete(site.calls, &stored.record).await?;
    }
    Ok(kept)
}

async fn begin(site: &Site<'_>, latest: &mut Stored) -> Result<(), ProviderError> {
    if latest.record.status() == Status::Uninstalling && latest.is_by(site.owner) {
        return Ok(());
    }
    latest.record.set_status(Status::Uninstalling, "Deletion in progress (or silently failed)");
    latest.record.set_deleted(site.calls.now());
    latest.record.forget_runs();
    let inputs = latest.inputs().unwrap_or_default().to_owned();
    latest.mark(site.owner, &inputs);
    records::update(site.calls, latest).await
}

/// Has the objects deleted, and waits until all are gone.
async fn objects_gone(site: &Site<'_>, pieces: Vec<Piece>) -> Result<Vec<Kept>, ProviderError> {
    let ids = place::dropped(pieces, &[]).into_iter().map(|piece| piece.id).collect();
    let (leaving, kept) = site.applying(false, false).without(ids).await?;
    apply::gone(site.calls, leaving).await?;
    Ok(kept)
}
