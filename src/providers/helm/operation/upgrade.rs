//! Makes a new revision of a release that is there; or applies the one in effect again.

use super::install::{self, check_owners, fill};
use super::place::{self, Piece};
use super::{
    Action, CustomResources, Kept, Made, Options, Site, Undone, Wanted, apply, custom_resources, hooks, outcome,
    records, rollback,
};
use crate::provider::ProviderError;
use crate::providers::helm::manifest::{Event, documents};
use crate::providers::helm::release::{ApplyMethod, History, Record, Status, Stored};

/// What of a revision that follows another is particular to why it does.
pub(super) struct Kind {
    pub(super) before: Event,
    pub(super) after: Event,
    /// What it is called when it fails.
    pub(super) called: &'static str,
}

const UPGRADE: Kind = Kind { before: Event::PreUpgrade, after: Event::PostUpgrade, called: "Upgrade" };

pub(super) async fn upgrade(site: &Site<'_>, wanted: &Wanted<'_>, history: &History) -> Result<Made, Undone> {
    let latest = history.latest().map(|stored| &stored.record);
    let mut record = outcome::next(site, history.next_revision(), latest);
    fill(&mut record, wanted);
    record.set_status(Status::PendingUpgrade, "Preparing upgrade");
    let mut stored = Stored::new(record, site.calls.now());
    // Whatever labels others put on a release go on with it.
    stored.labels.extend(history.latest().map(foreign_labels).unwrap_or_default());
    stored.mark(site.owner, wanted.inputs);
    let pieces = place::pieces(site.calls, &wanted.sorted.documents, site.namespace).await.map_err(Undone::before)?;
    let (revision, options) = (stored.record.revision(), wanted.options);
    match follow(site, history, stored, &pieces, options, &UPGRADE, "Upgrade complete").await {
        Ok(kept) => Ok(Made { revision, action: Action::Upgraded, kept }),
        Err(undone) if undone.begun && options.rollback_on_failure => {
            let calls = site.calls.afresh();
            Err(rollback::after_failure(&Site { calls: &calls, ..*site }, options, revision, undone).await)
        }
        Err(undone) => Err(undone),
    }
}

/// Makes a revision that follows others: its objects come, and those that it does not have go.
pub(super) async fn follow(
    site: &Site<'_>,
    history: &History,
    stored: Stored,
    pieces: &[Piece],
    options: Options,
    kind: &Kind,
    description: &str,
) -> Result<Vec<Kept>, Undone> {
    let calls = site.calls;
    records::check(&stored, calls).map_err(Undone::before)?;
    let earlier = at_work(site, history).await.map_err(Undone::before)?;
    let is_new = |piece: &&Piece| !earlier.iter().any(|other| other.id.is_same_object(&piece.id));
    let new: Vec<Piece> = pieces.iter().filter(is_new).cloned().collect();
    check_owners(site, &new, options).await.map_err(Undone::before)?;
    let dropped = place::dropped(earlier, pieces);
    // A definition that is dropped would take along whatever is of its kind.
    let seen_to = custom_resources::see_to(calls, site.release(), &dropped, CustomResources::Refuse).await;
    seen_to.map_err(Undone::before)?;
    outcome::make_room(site, history, options.history_max).await.map_err(Undone::before)?;
    let mut stored = records::create(calls, stored).await.map_err(Undone::before)?;
    let makes_over = makes_over(history);
    let outcome = async {
        let applying = site.applying(options.force_conflicts, makes_over);
        if !options.disable_hooks {
            hooks::run(&applying, &mut stored, kind.before, &[]).await?;
        }
        let made = applying.all(pieces).await?;
        let (leaving, kept) = applying.without(dropped.into_iter().map(|piece| piece.id).collect()).await?;
        install::ready(site, pieces, made, options.wait).await?;
        if options.wait {
            apply::gone(calls, leaving).await?;
        }
        if !options.disable_hooks {
            hooks::run(&applying, &mut stored, kind.after, &[]).await?;
        }
        Ok(kept)
    };
    let outcome: Result<Vec<Kept>, ProviderError> = outcome.await;
    match outcome {
        Ok(kept) => outcome::deployed(site, &mut stored, description).await.map(|()| kept).map_err(Undone::after),
        Err(error) => Err(outcome::failed(site, &mut stored, kind.called, error).await),
    }
}

/// Applies the revision in effect again: what was changed in the cluster is as it was, and nothing is recorded but
/// that it is ours.
pub(super) async fn repair(
    site: &Site<'_>,
    wanted: &Wanted<'_>,
    history: &History,
    deployed: &Stored,
) -> Result<Made, Undone> {
    let options = wanted.options;
    let pieces = place::pieces(site.calls, &documents(deployed.record.manifest()), site.namespace).await;
    let pieces = pieces.map_err(Undone::before)?;
    let made = site.applying(options.force_conflicts, makes_over(history)).all(&pieces).await.map_err(Undone::after)?;
    install::ready(site, &pieces, made, options.wait).await.map_err(Undone::after)?;
    let mut stored = deployed.clone();
    stored.mark(site.owner, wanted.inputs);
    stored.record.set_server_side();
    if stored != *deployed {
        records::update(site.calls, &mut stored).await.map_err(Undone::after)?;
    }
    let revision = stored.record.revision();
    if history.all().iter().filter(|one| one.record.status() == Status::Deployed).count() > 1 {
        outcome::supersede(site, revision).await.map_err(Undone::after)?;
    }
    Ok(Made { revision, action: Action::Repaired, kept: Vec::new() })
}

/// Whether the revision in effect is what is wanted.
pub(super) fn is_in_effect(deployed: &Stored, wanted: &Wanted<'_>) -> bool {
    if let Some(inputs) = deployed.inputs() {
        return inputs == wanted.inputs;
    }
    // Helm made it, or was at it after us.
    let mut record = Record::default();
    fill(&mut record, wanted);
    let found = &deployed.record;
    let same_chart =
        ["name", "version"].iter().all(|field| found.chart_metadata(field) == record.chart_metadata(field));
    let hooks = |record: &Record| record.hooks().into_iter().map(|hook| hook.object).collect::<Vec<_>>();
    let objects = |record: &Record| documents(record.manifest()).into_iter().map(|one| one.object).collect::<Vec<_>>();
    same_chart
        && found.config() == record.config()
        && objects(found) == objects(&record)
        && hooks(found) == hooks(&record)
}

/// The objects that revisions which may be at work have.
pub(super) async fn at_work(site: &Site<'_>, history: &History) -> Result<Vec<Piece>, ProviderError> {
    let mut pieces = Vec::new();
    for stored in history.at_work() {
        pieces.extend(place::pieces(site.calls, &documents(stored.record.manifest()), site.namespace).await?);
    }
    Ok(pieces)
}

fn makes_over(history: &History) -> bool {
    history.all().iter().any(|stored| stored.record.apply_method() == ApplyMethod::ClientSide)
}

/// Labels of a record's Secret that are neither Helm's nor ours.
pub(super) fn foreign_labels(stored: &Stored) -> Vec<(String, serde_json::Value)> {
    const HELMS: &[&str] = &["name", "owner", "status", "version", "createdAt", "modifiedAt"];
    let foreign = stored.labels.iter().filter(|(key, _)| !HELMS.contains(&key.as_str()));
    foreign.map(|(key, value)| (key.clone(), value.clone())).collect()
}
