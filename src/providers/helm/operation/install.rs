//! Installs a release: as its first revision, or as the same one again where that was cut short.

use serde_json::json;

use super::place::{self, Piece};
use super::{Action, Kept, Made, Options, Site, Undone, Wanted, apply, crds, hooks, outcome, records, uninstall};
use crate::provider::ProviderError;
use crate::providers::helm::manifest::{Event, documents};
use crate::providers::helm::release::{Record, Status, Stored};
use crate::providers::kubernetes::{Id, objects};

/// `unfinished` is the record of an installation of ours that was cut short.
pub(super) async fn install(
    site: &Site<'_>,
    wanted: &Wanted<'_>,
    revision: u64,
    unfinished: Option<Stored>,
) -> Result<Made, Undone> {
    let calls = site.calls;
    let options = wanted.options;
    let begun = unfinished.is_some();
    let early = |error: ProviderError| Undone { error, begun };
    let stored = pending(site, wanted, revision, unfinished.clone());
    records::check(&stored, calls).map_err(early)?;
    if !options.skip_crds {
        crds::install(site, wanted.crds, options.force_conflicts).await.map_err(Undone::after)?;
    }
    let pieces = place::pieces(calls, &wanted.sorted.documents, site.namespace).await.map_err(early)?;
    check_owners(site, &pieces, options).await.map_err(early)?;
    if options.create_namespace {
        create_namespace(site).await.map_err(early)?;
    }
    let mut kept = Vec::new();
    let mut stored = match unfinished {
        None => records::create(calls, stored).await.map_err(early)?,
        Some(before) => {
            // What only the earlier try had is known by its record alone, so it goes before that is written anew.
            kept = without_earlier(site, &before.record, &pieces).await.map_err(Undone::after)?;
            let mut stored = stored;
            records::update(calls, &mut stored).await.map_err(Undone::after)?;
            stored
        }
    };
    match make(site, options, &pieces, &mut stored).await {
        Ok(()) => Ok(Made { revision, action: Action::Installed, kept }),
        Err(error) => Err(fail(site, options, &mut stored, error).await),
    }
}

async fn make(site: &Site<'_>, options: Options, pieces: &[Piece], stored: &mut Stored) -> Result<(), ProviderError> {
    let applying = site.applying(options.force_conflicts, true);
    if !options.disable_hooks {
        hooks::run(&applying, stored, Event::PreInstall, &[]).await?;
    }
    let made = applying.all(pieces).await?;
    ready(site, pieces, made, options.wait).await?;
    if !options.disable_hooks {
        hooks::run(&applying, stored, Event::PostInstall, &[]).await?;
    }
    outcome::deployed(site, stored, "Install complete").await
}

/// Until everything is ready, if that is to be waited for.
pub(super) async fn ready(
    site: &Site<'_>,
    pieces: &[Piece],
    mut made: Vec<Option<serde_json::Value>>,
    waits: bool,
) -> Result<(), ProviderError> {
    if !waits {
        return Ok(());
    }
    let ids: Vec<Id> = pieces.iter().map(|piece| piece.id.clone()).collect();
    objects::ready(site.calls, &ids, (0..ids.len()).collect(), &mut made).await
}

async fn fail(site: &Site<'_>, options: Options, stored: &mut Stored, error: ProviderError) -> Undone {
    let undone = outcome::failed(site, stored, "Release", error).await;
    if !options.rollback_on_failure {
        return undone;
    }
    let calls = site.calls.afresh();
    let removed = uninstall::take_away(&Site { calls: &calls, ..*site }, options.disable_hooks).await;
    let message = match removed {
        Ok(_) => format!("{}; what was installed of it has been taken away again", undone.error.message),
        Err(error) => format!("{}; and it could not be taken away again: {error}", undone.error.message),
    };
    Undone { error: ProviderError { message, ..undone.error }, ..undone }
}

/// The record of a release that is about to be installed.
fn pending(site: &Site<'_>, wanted: &Wanted<'_>, revision: u64, unfinished: Option<Stored>) -> Stored {
    let now = site.calls.now();
    let mut record = outcome::next(site, revision, unfinished.as_ref().map(|stored| &stored.record));
    fill(&mut record, wanted);
    record.set_status(Status::PendingInstall, "Initial install underway");
    let mut stored = match unfinished {
        Some(stored) => Stored { record, ..stored },
        None => Stored::new(record, now),
    };
    stored.mark(site.owner, wanted.inputs);
    stored
}

/// What a record says of what is wanted.
pub(super) fn fill(record: &mut Record, wanted: &Wanted<'_>) {
    record.set_chart(wanted.chart.clone());
    record.set_config(wanted.config);
    record.set_manifest(&wanted.sorted.manifest);
    record.set_hooks(&wanted.sorted.hooks);
    record.set_notes(wanted.sorted.notes.as_deref().unwrap_or_default());
}

/// That nothing which is there belongs to someone else, unless it is to be taken over.
pub(super) async fn check_owners(site: &Site<'_>, pieces: &[Piece], options: Options) -> Result<(), ProviderError> {
    if options.take_ownership {
        return Ok(());
    }
    let ids: Vec<_> = pieces.iter().map(|piece| &piece.id).collect();
    let seen = apply::seen(site.calls, &ids).await?;
    // What is on its way out is no one's any more.
    let there = seen.iter().map(|live| live.as_ref().filter(|live| objects::is_there(Some(live))));
    site.release().check(pieces.iter().zip(there))
}

async fn create_namespace(site: &Site<'_>) -> Result<(), ProviderError> {
    let id = Id::new("v1", "Namespace", None, site.namespace);
    let manifest = json!({"apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": site.namespace, "labels": {"name": site.namespace}}});
    let live = objects::read(site.calls, &id).await?;
    if objects::is_there(live.as_ref()) {
        return Ok(());
    }
    let made = site.applying(false, false).unmarked(&Piece { id, manifest, source: String::new() }).await;
    made.map(drop)
}

async fn without_earlier(site: &Site<'_>, before: &Record, pieces: &[Piece]) -> Result<Vec<Kept>, ProviderError> {
    let earlier = place::pieces(site.calls, &documents(before.manifest()), site.namespace).await?;
    let dropped = place::dropped(earlier, pieces).into_iter().map(|piece| piece.id).collect();
    let (_, kept) = site.applying(false, false).without(dropped).await?;
    Ok(kept)
}
