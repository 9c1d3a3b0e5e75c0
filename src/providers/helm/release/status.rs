//! What state a revision of a release is in.

/// The states Helm knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Status {
    #[default]
    Unknown,
    Deployed,
    Uninstalled,
    Superseded,
    Failed,
    Uninstalling,
    PendingInstall,
    PendingUpgrade,
    PendingRollback,
}

const NAMES: &[(&str, Status)] = &[
    ("unknown", Status::Unknown),
    ("deployed", Status::Deployed),
    ("uninstalled", Status::Uninstalled),
    ("superseded", Status::Superseded),
    ("failed", Status::Failed),
    ("uninstalling", Status::Uninstalling),
    ("pending-install", Status::PendingInstall),
    ("pending-upgrade", Status::PendingUpgrade),
    ("pending-rollback", Status::PendingRollback),
];

impl Status {
    pub(crate) fn name(self) -> &'static str {
        NAMES.iter().find(|(_, status)| *status == self).map_or("unknown", |(name, _)| name)
    }

    pub(crate) fn parse(name: &str) -> Self {
        NAMES.iter().find(|(known, _)| *known == name).map_or(Status::Unknown, |(_, status)| *status)
    }

    /// Somebody is at it, or was and did not get to the end.
    pub(crate) fn is_pending(self) -> bool {
        matches!(self, Status::PendingInstall | Status::PendingUpgrade | Status::PendingRollback)
    }

    /// Pending, or being taken away.
    pub(crate) fn is_unfinished(self) -> bool {
        self.is_pending() || self == Status::Uninstalling
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_read_by_its_name() {
        for (name, status) in NAMES {
            assert_eq!((Status::parse(name), status.name()), (*status, *name));
        }
        assert_eq!(Status::parse("sleeping"), Status::Unknown);
        let unfinished: Vec<_> =
            NAMES.iter().filter(|(_, status)| status.is_unfinished()).map(|(name, _)| *name).collect();
        assert_eq!(unfinished, ["uninstalling", "pending-install", "pending-upgrade", "pending-rollback"]);
    }
}
