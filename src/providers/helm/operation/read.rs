//! A release as it is in a cluster.

use serde_json::Value as Json;

use super::{apply, place, records};
use crate::provider::{Owner, Ownership, ProviderError};
use crate::providers::helm::manifest::documents;
use crate::providers::helm::release::{History, Record, Status, Stored, secret_name};
use crate::providers::kubernetes::{Calls, Id};

/// A release that is there.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) history: History,
    /// The latest revision.
    pub(crate) release: Record,
    /// The one whose objects should be there: the one in effect, or else the latest.
    pub(crate) effective: Record,
    /// What is there of its objects, in the order of [`documents`].
    pub(crate) live: Vec<Option<Json>>,
    pub(crate) unfinished: Option<Unfinished>,
}

/// An operation that is under way, or was cut short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unfinished {
    pub(crate) status: Status,
    pub(crate) revision: u64,
    /// The Secret of its record.
    pub(crate) secret: String,
    /// The stack and the address of whoever began it, if that was one of us.
    pub(crate) by: Option<(String, String)>,
}

/// Reads a release and its objects; `None` where there is no release of that name.
pub(crate) async fn read(calls: &Calls<'_>, namespace: &str, name: &str) -> Result<Option<Found>, ProviderError> {
    let history = records::history(calls, namespace, name).await?;
    let Some(latest) = history.latest().filter(|latest| latest.record.status() != Status::Uninstalled) else {
        return Ok(None);
    };
    let in_effect = history.deployed().unwrap_or(latest);
    let pieces = place::pieces(calls, &documents(in_effect.record.manifest()), namespace).await?;
    let ids: Vec<Id> = pieces.into_iter().map(|piece| piece.id).collect();
    let live = apply::seen(calls, &ids.iter().collect::<Vec<_>>()).await?;
    Ok(Some(Found {
        release: latest.record.clone(),
        effective: in_effect.record.clone(),
        live,
        unfinished: unfinished(latest),
        history,
    }))
}

impl Found {
    /// The digest of what the revision in effect was made of, if we made it.
    #[cfg(all(test, feature = "simulator"))]
    pub(super) fn inputs(&self) -> Option<&str> {
        self.history.deployed().and_then(Stored::inputs)
    }

    /// Whose the release is by its marks, and what they say in words.
    pub(crate) fn ownership(&self, owner: &Owner) -> (Ownership, Option<String>) {
        ownership(&self.history, owner)
    }
}

impl Unfinished {
    /// Whether it is this owner's to go on with.
    pub(crate) fn is_by(&self, owner: &Owner) -> bool {
        self.by
            .as_ref()
            .is_some_and(|(stack, address)| stack == owner.stack.as_str() && *address == owner.address.to_string())
    }
}

/// The revision that bringing about something else makes, and whether it is an upgrade: templates know both.
pub(crate) fn next(found: Option<&Found>) -> (u64, bool) {
    found.map_or((1, false), |found| next_of(&found.history))
}

/// The revision that the next installation or upgrade makes, and whether it is an upgrade.
pub(super) fn next_of(history: &History) -> (u64, bool) {
    match history.latest() {
        None => (1, false),
        Some(latest) => match latest.record.status() {
            Status::PendingInstall => (latest.record.revision(), false),
            // Its records go before the new release comes.
            Status::Uninstalling => (1, false),
            Status::Uninstalled => (history.next_revision(), false),
            _ => (history.next_revision(), true),
        },
    }
}

pub(super) fn unfinished(latest: &Stored) -> Option<Unfinished> {
    let (record, status) = (&latest.record, latest.record.status());
    let by = latest.stack().zip(latest.address());
    status.is_unfinished().then(|| Unfinished {
        status,
        revision: record.revision(),
        secret: secret_name(record.name(), record.revision()),
        by: by.map(|(stack, address)| (stack.to_owned(), address.to_owned())),
    })
}

/// Whose a release is. Its label outlives what helm does to it; the address only tells resources of one stack apart.
pub(super) fn ownership(history: &History, owner: &Owner) -> (Ownership, Option<String>) {
    let Some(stack) = history.latest().and_then(Stored::stack) else { return (Ownership::Unmarked, None) };
    let address = history.all().iter().rev().find_map(Stored::address);
    let words = match address {
        Some(address) => format!("stack {stack}, {address}"),
        None => format!("stack {stack}"),
    };
    let whose = match address {
        _ if stack != owner.stack.as_str() => Ownership::Foreign,
        Some(address) if address != owner.address.to_string() => Ownership::SameStack,
        _ => Ownership::Ours,
    };
    (whose, Some(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn owner(address: &str) -> Owner {
        Owner { stack: "shop".parse().unwrap(), address: address.parse().unwrap() }
    }

    fn stored(revision: u64, status: Status, by: Option<&Owner>) -> Stored {
        let mut record = Record::new("web", "demo", revision, Duration::from_secs(1));
        record.set_status(status, "");
        let mut stored = Stored::new(record, Duration::from_secs(1));
        if let Some(owner) = by {
            stored.mark(owner, "abc");
        }
        stored
    }

    #[test]
    fn a_release_is_ours_by_its_label_even_after_helm_was_at_it() {
        let ours = stored(1, Status::Superseded, Some(&owner("web")));
        let mut by_helm = stored(2, Status::Deployed, Some(&owner("web")));
        by_helm.annotations.clear();
        let history = History::new([ours, by_helm.clone()]);
        assert_eq!(ownership(&history, &owner("web")).0, Ownership::Ours);
        assert_eq!(ownership(&history, &owner("other")).0, Ownership::SameStack);
        assert_eq!(
            ownership(&History::new([by_helm]), &owner("web")),
            (Ownership::Ours, Some("stack shop".to_owned()))
        );
        let foreign = Owner { stack: "video".parse().unwrap(), ..owner("web") };
        assert_eq!(ownership(&history, &foreign).0, Ownership::Foreign);
        assert_eq!(ownership(&History::new([stored(1, Status::Deployed, None)]), &foreign).0, Ownership::Unmarked);
    }

    #[test]
    fn what_comes_next_follows_from_the_latest() {
        let of = |revision, status| next_of(&History::new([stored(revision, status, None)]));
        assert_eq!(next_of(&History::default()), (1, false));
        assert_eq!(of(1, Status::PendingInstall), (1, false));
        assert_eq!(of(4, Status::Deployed), (5, true));
        assert_eq!(of(4, Status::Failed), (5, true));
        assert_eq!(of(4, Status::PendingRollback), (5, true));
        assert_eq!(of(4, Status::Uninstalling), (1, false));
        assert_eq!(of(4, Status::Uninstalled), (5, false));
    }
}
