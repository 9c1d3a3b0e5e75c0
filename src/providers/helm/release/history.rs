//! The revisions of a release, and what follows from them.

use super::{Status, Stored};

/// All revisions that are kept, the oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct History {
    revisions: Vec<Stored>,
}

impl History {
    pub(crate) fn new(revisions: impl IntoIterator<Item = Stored>) -> Self {
        let mut revisions: Vec<_> = revisions.into_iter().collect();
        revisions.sort_by_key(|stored| stored.record.revision());
        Self { revisions }
    }

    pub(crate) fn all(&self) -> &[Stored] {
        &self.revisions
    }

    pub(crate) fn get(&self, revision: u64) -> Option<&Stored> {
        self.revisions.iter().find(|stored| stored.record.revision() == revision)
    }

    pub(crate) fn latest(&self) -> Option<&Stored> {
        self.revisions.last()
    }

    /// The revision in effect: the newest of those that say so, should there be several.
    pub(crate) fn deployed(&self) -> Option<&Stored> {
        self.revisions.iter().rfind(|stored| stored.record.status() == Status::Deployed)
    }

    /// The newest that was in effect once, but for this one.
    pub(crate) fn last_good(&self, but: u64) -> Option<&Stored> {
        let was_good = |stored: &&Stored| {
            matches!(stored.record.status(), Status::Deployed | Status::Superseded) && stored.record.revision() != but
        };
        self.revisions.iter().rfind(was_good)
    }

    /// The revisions whose objects may be in the cluster: the one in effect and whatever came after it; where none
    /// is in effect, the last that was, and what came after that.
    pub(crate) fn at_work(&self) -> &[Stored] {
        let from = self.deployed().or_else(|| self.last_good(0)).map_or(0, |stored| stored.record.revision());
        let from = self.revisions.partition_point(|stored| stored.record.revision() < from);
        &self.revisions[from..]
    }

    pub(crate) fn next_revision(&self) -> u64 {
        self.latest().map_or(1, |stored| stored.record.revision() + 1)
    }

    /// What is to go so that at most `most` are left, the oldest first; never the one in effect. `0`: as many as
    /// there are.
    pub(crate) fn surplus(&self, most: usize) -> Vec<&Stored> {
        if most == 0 {
            return Vec::new();
        }
        let deployed = self.deployed().map(|stored| stored.record.revision());
        let kept = |stored: &&Stored| Some(stored.record.revision()) != deployed;
        self.revisions.iter().filter(kept).take(self.revisions.len().saturating_sub(most)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::helm::release::Record;
    use std::time::Duration;

    /// Revisions and their statuses.
    type Statuses<'a> = &'a [(u64, Status)];

    fn history(statuses: Statuses<'_>) -> History {
        let stored = statuses.iter().map(|(revision, status)| {
            let mut record = Record::new("web", "demo", *revision, Duration::from_secs(1));
            record.set_status(*status, "");
            Stored::new(record, Duration::from_secs(1))
        });
        History::new(stored)
    }

    fn numbers<'a>(all: impl IntoIterator<Item = &'a Stored>) -> Vec<u64> {
        all.into_iter().map(|stored| stored.record.revision()).collect()
    }

    #[test]
    fn the_newest_deployed_is_in_effect() {
        let all =
            history(&[(4, Status::Failed), (2, Status::Deployed), (3, Status::Deployed), (1, Status::Superseded)]);
        assert_eq!(numbers(all.all()), [1, 2, 3, 4]);
        assert_eq!(numbers(all.deployed()), [3]);
        assert_eq!(numbers(all.latest()), [4]);
        assert_eq!(numbers(all.last_good(3)), [2]);
        assert_eq!((all.next_revision(), history(&[]).next_revision()), (5, 1));
    }

    #[test]
    fn what_may_be_in_the_cluster_begins_with_what_is_in_effect() {
        use Status::{Deployed, Failed, PendingUpgrade, Superseded};
        let cases: &[(Statuses<'_>, &[u64])] = &[
            (&[(1, Superseded), (2, Deployed)], &[2]),
            (&[(1, Superseded), (2, Deployed), (3, Failed), (4, PendingUpgrade)], &[2, 3, 4]),
            (&[(1, Failed), (2, Superseded), (3, PendingUpgrade)], &[2, 3]),
            (&[(1, Failed), (2, Failed)], &[1, 2]),
            (&[], &[]),
        ];
        for (statuses, expected) in cases {
            assert_eq!(numbers(history(statuses).at_work()), *expected);
        }
    }

    #[test]
    fn the_oldest_go_and_the_one_in_effect_stays() {
        use Status::{Deployed, Failed, Superseded};
        let all = history(&[(1, Deployed), (2, Failed), (3, Failed), (4, Failed)]);
        assert_eq!(numbers(all.surplus(2)), [2, 3]);
        assert_eq!(numbers(all.surplus(1)), [2, 3, 4]);
        assert_eq!(numbers(all.surplus(0)), [] as [u64; 0]);
        let all = history(&[(5, Superseded), (6, Superseded), (7, Deployed)]);
        assert_eq!(numbers(all.surplus(2)), [5]);
        assert_eq!(numbers(all.surplus(9)), [] as [u64; 0]);
    }
}
