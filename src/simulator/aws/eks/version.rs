//! The Kubernetes versions there are, and how a cluster goes from one to the next.
//!
//! The table stands still: which versions are supported does not depend on the simulation's time.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::input::{Member, PAGE, Shape, TEXTS, check, may, must, text};
use super::page::page;
use super::place::{CLUSTER, NODE_GROUP, Place, epoch};
use super::refusal::{invalid, invalid_request, not_here};
use super::status::{Object, VERSION_UPDATES, map};
use super::token;
use super::update::{Change, Changed, begin, changeable};
use crate::simulator::World;
use crate::simulator::aws::json::Members;
use crate::simulator::aws::{Caller, Refusal};

pub(super) const UPDATE: [Member; 5] = [
    must("name", Shape::Text),
    must("version", Shape::Text),
    may("clientRequestToken", Shape::Text),
    may("force", Shape::Boolean),
    may("rollbackConfig", Shape::NotHere),
];
pub(super) const DESCRIBE: [Member; 8] = [
    may("clusterType", Shape::Text),
    may("maxResults", PAGE),
    may("nextToken", Shape::Text),
    may("defaultOnly", Shape::Boolean),
    may("includeAll", Shape::Boolean),
    may("clusterVersions", TEXTS),
    may("status", Shape::Among(&["unsupported", "standard-support", "extended-support"])),
    may("versionStatus", Shape::Among(&["UNSUPPORTED", "STANDARD_SUPPORT", "EXTENDED_SUPPORT"])),
];

pub(super) struct Version {
    pub(super) minor: &'static str,
    pub(super) patch: &'static str,
    pub(super) platform: &'static str,
    /// Whether standard support has not ended yet.
    pub(super) standard: bool,
    /// In days since 1970, as the release calendar has them.
    released: u64,
    standard_ends: u64,
    extended_ends: u64,
}

/// Newest last.
pub(super) const VERSIONS: [Version; 7] = [
    version("1.28", "1.28.15", "eks.43", false, [19626, 20053, 20418]),
    version("1.29", "1.29.15", "eks.34", false, [19745, 20170, 20535]),
    version("1.30", "1.30.14", "eks.30", false, [19866, 20292, 20657]),
    version("1.31", "1.31.13", "eks.21", true, [19992, 20418, 20783]),
    version("1.32", "1.32.9", "eks.18", true, [20111, 20535, 20900]),
    version("1.33", "1.33.5", "eks.12", true, [20237, 20663, 21028]),
    version("1.34", "1.34.1", "eks.4", true, [20363, 20789, 21154]),
];
/// The newest but one.
pub(super) const DEFAULT: &str = "1.33";
/// How many minors a node may be older than its control plane.
const SKEW: u32 = 3;

const fn version(
    minor: &'static str,
    patch: &'static str,
    platform: &'static str,
    standard: bool,
    [released, standard_ends, extended_ends]: [u64; 3],
) -> Version {
    Version { minor, patch, platform, standard, released, standard_ends, extended_ends }
}

pub(super) fn find(minor: &str) -> Option<&'static Version> {
    VERSIONS.iter().find(|version| version.minor == minor)
}

/// The number after `1.`.
pub(super) fn number(minor: &str) -> Option<u32> {
    minor.strip_prefix("1.")?.parse().ok()
}

pub(super) fn of_a_new_cluster(asked: Option<&str>) -> Result<&'static Version, Refusal> {
    let asked = asked.unwrap_or(DEFAULT);
    find(asked).ok_or_else(|| invalid(format!("unsupported Kubernetes version {asked}")))
}

pub(super) fn of_a_cluster(cluster: &Object) -> Result<&'static Version, Refusal> {
    of_a_new_cluster(Some(cluster.text("version")))
}

pub(super) fn update(world: &mut World, caller: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &UPDATE)?;
    let mut place = Place::enter(world, caller);
    token::once(&mut place, "UpdateClusterVersion", &UPDATE, members, |place| {
        let name = text(members, "name");
        let cluster = changeable(place, name, "VersionUpdate")?;
        let next = next(cluster.text("version"), text(members, "version"))?;
        nodes_can_follow(place, name, cluster.text("version"), next)?;
        let change = Change {
            kind: "VersionUpdate",
            params: vec![("Version", next.minor.to_owned()), ("PlatformVersion", next.platform.to_owned())],
            takes: VERSION_UPDATES,
            into: map(json!({"version": next.minor, "platformVersion": next.platform})),
        };
        Ok(begin(place, &Changed { kind: CLUSTER, name: &[name] }, cluster, change))
    })
}

/// One minor up, and never down.
fn next(now: &str, asked: &str) -> Result<&'static Version, Refusal> {
    let version = find(asked).ok_or_else(|| invalid(format!("unsupported Kubernetes version {asked}")))?;
    if now == asked {
        return Err(invalid(format!("Cluster is already at the desired version: {asked}")));
    }
    match (number(now), number(asked)) {
        (Some(now), Some(asked)) if asked == now + 1 => Ok(version),
        _ => Err(invalid(format!("Unsupported Kubernetes minor version update from {now} to {asked}"))),
    }
}

fn nodes_can_follow(place: &Place<'_>, cluster: &str, now: &str, next: &Version) -> Result<(), Refusal> {
    let next_number = number(next.minor).unwrap_or_default();
    let too_old = |group: &Object| number(group.text("version")).is_some_and(|nodes| nodes + SKEW < next_number);
    let groups: Vec<_> = place.list(NODE_GROUP, &[cluster]).into_iter().filter(|(_, group)| too_old(group)).collect();
    if groups.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = groups.into_iter().map(|(name, _)| name).collect();
    Err(invalid_request(format!(
        "Nodegroups {} must be updated to match cluster version {now} before updating cluster version to {}",
        names.join(", "),
        next.minor
    )))
}

pub(super) fn describe(_: &mut World, _: &Caller, members: &Members) -> Result<Json, Refusal> {
    check(members, &DESCRIBE)?;
    if members.text("clusterType")?.is_some_and(|kind| kind != "eks") {
        return Err(not_here("cluster type but eks"));
    }
    let only_default = members.boolean("defaultOnly")?.unwrap_or(false);
    let named = members.texts("clusterVersions")?;
    if let Some(unknown) = named.iter().flatten().find(|minor| find(minor).is_none()) {
        return Err(invalid(format!("unsupported Kubernetes version {unknown}")));
    }
    let status = members.text("versionStatus")?.map(|status| status.to_lowercase().replace('_', "-"));
    let status = status.or(members.text("status")?.map(str::to_owned));
    let wanted = |version: &&Version| {
        (!only_default || version.minor == DEFAULT)
            && named.as_ref().is_none_or(|named| named.iter().any(|minor| minor == version.minor))
            && status.as_ref().is_none_or(|status| status == version.status())
    };
    let all = VERSIONS.iter().filter(wanted).map(|version| (version.minor.to_owned(), version.described()));
    page("clusterVersions", all.collect(), members)
}

impl Version {
    fn status(&self) -> &'static str {
        if self.standard { "standard-support" } else { "extended-support" }
    }

    fn described(&self) -> Json {
        let day = |days: u64| epoch(Duration::from_secs(days * 24 * 60 * 60));
        json!({
            "clusterVersion": self.minor,
            "clusterType": "eks",
            "defaultPlatformVersion": self.platform,
            "defaultVersion": self.minor == DEFAULT,
            "releaseDate": day(self.released),
            "endOfStandardSupportDate": day(self.standard_ends),
            "endOfExtendedSupportDate": day(self.extended_ends),
            "status": self.status(),
            "versionStatus": self.status().to_uppercase().replace('-', "_"),
            "kubernetesPatchVersion": self.patch,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_go_up_one_by_one() {
        let table = [
            ("1.32", "1.33", None),
            ("1.28", "1.30", Some("Unsupported Kubernetes minor version update from 1.28 to 1.30")),
            ("1.30", "1.29", Some("Unsupported Kubernetes minor version update from 1.30 to 1.29")),
            ("1.30", "1.30", Some("Cluster is already at the desired version: 1.30")),
            ("1.34", "1.35", Some("unsupported Kubernetes version 1.35")),
            ("1.34", "1.35.1", Some("unsupported Kubernetes version 1.35.1")),
        ];
        for (now, asked, message) in table {
            assert_eq!(next(now, asked).err().map(|refusal| refusal.message).as_deref(), message);
        }
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(VERSIONS.windows(2).all(|pair| number(pair[0].minor) < number(pair[1].minor)));
        assert!(VERSIONS.iter().all(|v| v.released < v.standard_ends && v.standard_ends < v.extended_ends));
        assert_eq!(VERSIONS[VERSIONS.len() - 2].minor, DEFAULT);
    }
}
