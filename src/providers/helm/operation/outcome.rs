//! What a revision comes to: in effect, or failed and why; and which records are kept.

use super::{Site, Undone, records};
use crate::provider::ProviderError;
use crate::providers::helm::release::{History, Record, Status, Stored};

/// Longer reasons are cut: a record holds much, and a list of releases shows it on one line.
const LONGEST_REASON: usize = 2000;

/// Puts a revision into effect, and everything that was in effect before it out of effect.
///
/// In this order, so that at any moment one is in effect; of several, it is the newest.
pub(super) async fn deployed(site: &Site<'_>, stored: &mut Stored, description: &str) -> Result<(), ProviderError> {
    stored.record.set_status(Status::Deployed, description);
    records::update(site.calls, stored).await?;
    supersede(site, stored.record.revision()).await
}

/// Puts every other revision out of effect.
pub(super) async fn supersede(site: &Site<'_>, but: u64) -> Result<(), ProviderError> {
    let history = records::history(site.calls, site.namespace, site.name).await?;
    let others = history
        .all()
        .iter()
        .filter(|other| other.record.status() == Status::Deployed && other.record.revision() != but);
    for other in others {
        let mut other = other.clone();
        let description = other.record.description().to_owned();
        other.record.set_status(Status::Superseded, &description);
        records::update(site.calls, &mut other).await?;
    }
    Ok(())
}

/// Notes why a revision did not come about. That this cannot be noted would only hide the reason.
pub(super) async fn failed(site: &Site<'_>, stored: &mut Stored, what: &str, error: ProviderError) -> Undone {
    let reason: String = format!("{what} {:?} failed: {error}", site.name).chars().take(LONGEST_REASON).collect();
    stored.record.set_status(Status::Failed, &reason);
    records::update(&site.calls.afresh().briefly(), stored).await.ok();
    Undone::after(error)
}

/// Deletes the oldest records, so that with one more there are at most `most`. What may have left objects behind
/// that nothing else knows of is kept.
pub(super) async fn make_room(site: &Site<'_>, history: &History, most: usize) -> Result<(), ProviderError> {
    let needed = history.at_work().first().map_or(0, |stored| stored.record.revision());
    let surplus = if most == 0 { Vec::new() } else { history.surplus(most.saturating_sub(1).max(1)) };
    for stored in surplus.into_iter().filter(|stored| stored.record.revision() < needed) {
        records::delete(site.calls, &stored.record).await?;
    }
    Ok(())
}

/// A record for what comes next, marked as ours.
pub(super) fn next(site: &Site<'_>, revision: u64, previous: Option<&Record>) -> Record {
    let mut record = Record::new(site.name, site.namespace, revision, site.calls.now());
    if let Some(first) = previous.and_then(Record::first_deployed) {
        record.set_first_deployed(first);
    }
    record
}
