//! The Kubernetes versions there are, and from which to which a cluster and its pools may go.
//!
//! The table stands still: which versions are supported does not depend on the simulation's time.

use serde_json::{Map, Value as Json, json};

use super::invalid;
use crate::simulator::refusal::Refusal;

/// How many minor versions a pool may be behind its control plane.
const MOST_BEHIND: u32 = 3;

/// A minor version, and its patches from the first to the last.
struct Minor {
    number: u32,
    patches: &'static [u32],
    is_default: bool,
}

const MINORS: [Minor; 4] = [
    Minor { number: 31, patches: &[11, 12], is_default: false },
    Minor { number: 32, patches: &[7, 8], is_default: false },
    Minor { number: 33, patches: &[3, 4], is_default: true },
    Minor { number: 34, patches: &[0, 1], is_default: false },
];

/// Such as 1.33.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    minor: u32,
    patch: u32,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "1.{}.{}", self.minor, self.patch)
    }
}

impl Version {
    /// Of `1.33.4`, or of `1.33`, which is its last patch.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (minor, patch) = match text.strip_prefix("1.")?.split_once('.') {
            Some((minor, patch)) => (minor, Some(patch.parse().ok()?)),
            None => (text.strip_prefix("1.")?, None),
        };
        let known = MINORS.iter().find(|known| Some(known.number) == minor.parse().ok())?;
        let patch = patch.or_else(|| known.patches.last().copied())?;
        known.patches.contains(&patch).then_some(Self { minor: known.number, patch })
    }

    /// What clusters get that ask for none.
    pub(super) fn default_one() -> String {
        let default = MINORS.iter().find(|minor| minor.is_default);
        default.map(|minor| format!("1.{}", minor.number)).unwrap_or_default()
    }
}

/// What is asked for has to be there.
pub(super) fn known(text: &str) -> Result<Version, Refusal> {
    Version::read(text).ok_or_else(|| {
        let text = format!(
            "Managed cluster is on version {text}, which is not supported in this region. Please use [az aks \
             get-versions] command to get the supported version list in this region."
        );
        Refusal::new(400, "K8sVersionNotSupported", text)
    })
}

/// What is asked for, where a minor version alone is what runs there already, if that is of it, and else the last one.
pub(super) fn asked_for(text: &str, running: &[Version]) -> Result<Version, Refusal> {
    let asked = known(text)?;
    let is_minor = text.matches('.').count() == 1;
    let near = running.iter().find(|running| is_minor && running.minor == asked.minor);
    Ok(near.copied().unwrap_or(asked))
}

/// A control plane goes forward, and one minor version at a time.
pub(super) fn may_upgrade(from: Version, to: Version) -> Result<(), Refusal> {
    if to < from {
        return Err(invalid("kubernetesVersion", &format!("downgrading from {from} to {to} is not allowed")));
    }
    if to.minor > from.minor + 1 {
        let why = format!("upgrading Kubernetes version {from} to {to} is not allowed, since it skips a minor version");
        return Err(invalid("kubernetesVersion", &why));
    }
    Ok(())
}

/// Pools are not newer than their control plane, and not much older.
pub(super) fn fit(pool: Version, control_plane: Version) -> Result<(), Refusal> {
    if pool <= control_plane && pool.minor + MOST_BEHIND >= control_plane.minor {
        return Ok(());
    }
    let text = format!(
        "Node pool version {pool} and control plane version {control_plane} are incompatible. Node pool version cannot \
         be bigger than control plane version, and its minor version not {MOST_BEHIND} less."
    );
    Err(Refusal::new(400, "NodePoolMcVersionIncompatible", text))
}

/// As the list of versions tells them.
pub(super) fn told() -> Json {
    let minors = MINORS.iter().map(|minor| {
        let patches: Map<String, Json> = minor
            .patches
            .iter()
            .map(|patch| {
                let from = Version { minor: minor.number, patch: *patch };
                (from.to_string(), json!({"upgrades": upgrades(from)}))
            })
            .collect();
        let mut told = json!({
            "version": format!("1.{}", minor.number),
            "capabilities": {"supportPlan": ["KubernetesOfficial", "AKSLongTermSupport"]},
            "patchVersions": patches,
        });
        if minor.is_default {
            told["isDefault"] = json!(true);
        }
        told
    });
    json!({"values": minors.collect::<Vec<_>>()})
}

fn upgrades(from: Version) -> Vec<String> {
    let all = MINORS.iter().flat_map(|minor| minor.patches.iter().map(|patch| (minor.number, *patch)));
    let all = all.map(|(minor, patch)| Version { minor, patch });
    all.filter(|to| *to > from && may_upgrade(from, *to).is_ok()).map(|to| to.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_known_by_their_patch_or_as_the_last_of_their_minor() {
        let cases = [
            ("1.33.4", Some("1.33.4")),
            ("1.33", Some("1.33.4")),
            ("1.33.9", None),
            ("1.9", None),
            ("2.33", None),
            ("1.33.", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Version::read(text).map(|version| version.to_string()).as_deref(), expected, "{text}");
        }
        assert!(Version::read(&Version::default_one()).is_some());
    }

    #[test]
    fn a_minor_version_is_what_runs_already() {
        let runs: Vec<_> = ["1.32.7", "1.33.3"].iter().filter_map(|text| Version::read(text)).collect();
        for (text, expected) in [("1.32", "1.32.7"), ("1.33", "1.33.3"), ("1.33.4", "1.33.4"), ("1.34", "1.34.1")] {
            assert_eq!(asked_for(text, &runs).unwrap().to_string(), expected, "{text}");
        }
        assert!(asked_for("1.1", &runs).is_err());
    }

    #[test]
    fn upgrades_go_forward_and_skip_no_minor() {
        let may = |from: &str, to: &str| may_upgrade(Version::read(from).unwrap(), Version::read(to).unwrap()).is_ok();
        let cases = [
            ("1.32.7", "1.32.7", true),
            ("1.32.7", "1.32.8", true),
            ("1.32.8", "1.33.3", true),
            ("1.32.8", "1.32.7", false),
            ("1.32.8", "1.34.0", false),
            ("1.33", "1.32", false),
        ];
        for (from, to, expected) in cases {
            assert_eq!(may(from, to), expected, "{from} to {to}");
        }
        let told = told();
        let first = &told["values"][0];
        assert_eq!((&first["version"], &first["isDefault"]), (&json!("1.31"), &Json::Null));
        assert_eq!(first["patchVersions"]["1.31.11"]["upgrades"], json!(["1.31.12", "1.32.7", "1.32.8"]));
    }

    #[test]
    fn pools_are_not_newer_than_their_control_plane() {
        let fits = |pool: &str, plane: &str| fit(Version::read(pool).unwrap(), Version::read(plane).unwrap()).is_ok();
        assert!(fits("1.33.3", "1.33.4") && fits("1.31", "1.34") && fits("1.33", "1.33"));
        assert!(!fits("1.33.4", "1.33.3") && !fits("1.34", "1.33"));
    }
}
