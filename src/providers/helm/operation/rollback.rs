//! Goes back to an earlier revision, by making a new one that is the same.

use super::upgrade::{self, Kind};
use super::{Action, Made, Options, Site, Undone, converge, place, records};
use crate::provider::{ErrorKind, Owner, ProviderError};
use crate::providers::helm::manifest::{Event, documents};
use crate::providers::helm::release::{History, Status, Stored};
use crate::providers::kubernetes::Calls;

const ROLLBACK: Kind = Kind { before: Event::PreRollback, after: Event::PostRollback, called: "Rollback" };

/// Makes the release what it was in revision `to`.
#[cfg_attr(
    not(all(test, feature = "simulator")),
    expect(dead_code, reason = "no command goes back to a revision by itself yet")
)]
pub(crate) async fn rollback(
    calls: &Calls<'_>,
    (namespace, name): (&str, &str),
    owner: &Owner,
    to: u64,
    options: Options,
) -> Result<Made, Undone> {
    let site = Site { calls, name, namespace, owner };
    let history = records::history(calls, namespace, name).await.map_err(Undone::before)?;
    let history = converge::settled(&site, history).await?;
    back(&site, &history, to, options).await
}

async fn back(site: &Site<'_>, history: &History, to: u64, options: Options) -> Result<Made, Undone> {
    let Some(target) = history.get(to) else {
        let kept: Vec<_> = history.all().iter().map(|stored| stored.record.revision().to_string()).collect();
        let text = format!("release {} has no revision {to} any more; it has {}", site.name, kept.join(", "));
        return Err(Undone::before(ProviderError::new(ErrorKind::NotFound, "helm", text)));
    };
    let latest = history.latest().unwrap_or(target);
    let mut record = target.record.clone();
    record.set_revision(history.next_revision());
    record.set_last_deployed(site.calls.now());
    if let Some(first) = latest.record.first_deployed() {
        record.set_first_deployed(first);
    }
    record.set_server_side();
    record.forget_runs();
    record.set_rollback_revision(to);
    let description = format!("Rollback to {to}");
    record.set_status(Status::PendingRollback, &description);
    let mut stored = Stored::new(record, site.calls.now());
    stored.labels.extend(upgrade::foreign_labels(target));
    stored.mark(site.owner, target.inputs().unwrap_or_default());
    let pieces = place::pieces(site.calls, &documents(stored.record.manifest()), site.namespace).await;
    let pieces = pieces.map_err(Undone::before)?;
    let revision = stored.record.revision();
    let kept = upgrade::follow(site, history, stored, &pieces, options, &ROLLBACK, &description).await?;
    Ok(Made { revision, action: Action::RolledBack, kept })
}

/// Goes back to what worked last, after revision `failed` did not, and says so.
pub(super) async fn after_failure(site: &Site<'_>, options: Options, failed: u64, undone: Undone) -> Undone {
    let gone_back = async {
        let history = records::history(site.calls, site.namespace, site.name).await.map_err(Undone::after)?;
        match history.last_good(failed).map(|stored| stored.record.revision()) {
            Some(good) => back(site, &history, good, options).await.map(|_| Some(good)),
            None => Ok(None),
        }
    };
    let end = match gone_back.await {
        Ok(Some(good)) => format!("the release is as it was in revision {good} again"),
        Ok(None) => "there is no earlier revision that worked, to which to go back".to_owned(),
        Err(Undone { error, .. }) => format!("and it could not be brought back to what it was: {error}"),
    };
    let message = format!("{}; {end}", undone.error.message);
    Undone { error: ProviderError { message, ..undone.error }, ..undone }
}
