//! How long things take.

use std::time::Duration;

pub(super) use crate::simulator::object::{Object, map};

/// The least and the most that something takes.
pub(super) type Span = (Duration, Duration);

const fn seconds(least: u64, most: u64) -> Span {
    (Duration::from_secs(least), Duration::from_secs(most))
}

// What the user guide says and what people see; rather more than less. A cluster that cannot be made
// says so only after a while, because its parts are tried first.
pub(super) const CLUSTER_CREATES: Span = seconds(8 * 60, 11 * 60);
pub(super) const CLUSTER_FAILS: Span = seconds(5 * 60, 7 * 60);
pub(super) const CLUSTER_DELETES: Span = seconds(150, 240);
/// The control plane is replaced instance by instance.
pub(super) const VERSION_UPDATES: Span = seconds(7 * 60, 10 * 60);
pub(super) const ENDPOINT_UPDATES: Span = seconds(150, 240);
pub(super) const NETWORK_UPDATES: Span = seconds(3 * 60, 6 * 60);
pub(super) const LOGGING_UPDATES: Span = seconds(45, 90);
pub(super) const ACCESS_UPDATES: Span = seconds(2 * 60, 4 * 60);
/// Settings that no machine has to be told of.
pub(super) const SETTING_UPDATES: Span = seconds(15, 60);
/// Every secret is written again.
pub(super) const ENCRYPTION_UPDATES: Span = seconds(8 * 60, 15 * 60);
pub(super) const NODES_CREATE: Span = seconds(110, 200);
/// A node group gives its machines this long to join.
pub(super) const NODES_FAIL: Span = seconds(15 * 60, 25 * 60);
pub(super) const NODES_DELETE: Span = seconds(3 * 60, 5 * 60);
pub(super) const NODES_CONFIG_UPDATES: Span = seconds(30, 120);
/// Node after node is drained and replaced.
pub(super) const NODES_VERSION_UPDATES: Span = seconds(5 * 60, 10 * 60);
pub(super) const ADDON_CREATES: Span = seconds(30, 60);
pub(super) const ADDON_UPDATES: Span = seconds(20, 60);
pub(super) const ADDON_DELETES: Span = seconds(5, 20);

/// A new object is not shown at once.
pub(super) const APPEARS_AFTER: Duration = Duration::from_secs(1);
/// Readers are shown the old values for a while after a change was accepted.
pub(super) const CHANGE_SHOWS_AFTER: Duration = Duration::from_secs(2);
