//! The versions of a policy: its documents, one of them in force.

use serde::{Deserialize, Serialize};

use super::input::{self, conflict, date, encoded, limit, missing, page};
use super::lateness::{self, now_ms};
use super::managed::{self, Managed};
use super::{key, policy};
use crate::simulator::World;
use crate::simulator::aws::query::{Parameters, element, list, nested};
use crate::simulator::aws::{Caller, Refusal};

const MOST: usize = 5;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) number: u64,
    pub(super) text: String,
    pub(super) created_ms: u64,
}

impl Version {
    fn xml(&self, default: u64, with_document: bool) -> String {
        let document = if with_document { encoded("Document", &self.text) } else { String::new() };
        [
            document,
            element("VersionId", &format!("v{}", self.number)),
            element("IsDefaultVersion", if self.number == default { "true" } else { "false" }),
            date("CreateDate", self.created_ms),
        ]
        .concat()
    }
}

fn below(account: &str, policy: &str) -> String {
    key(account, "policy-version", &format!("{policy}/"))
}

fn key_of(account: &str, policy: &str, number: u64) -> String {
    format!("{}v{number}", below(account, policy))
}

pub(super) fn put(world: &mut World, account: &str, policy: &str, version: &Version) {
    lateness::put(world, &key_of(account, policy, version.number), version);
}

pub(super) fn remove(world: &mut World, account: &str, policy: &str, number: u64) {
    lateness::remove(world, &key_of(account, policy, number));
}

pub(super) fn all(world: &World, account: &str, policy: &str) -> Vec<Version> {
    world.list(&below(account, policy)).into_iter().map(|(_, version)| version).collect()
}

/// The number in an id such as `v3`.
fn number(parameters: &Parameters) -> Result<u64, Refusal> {
    let id = parameters.required("VersionId")?;
    let digits = id.strip_prefix('v').filter(|digits| !digits.starts_with(['0', '+']));
    let malformed = || {
        let pattern = r"Member must satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?";
        input::validation("versionId", pattern)
    };
    digits.and_then(|digits| digits.parse().ok()).ok_or_else(malformed)
}

fn unknown(arn: &str, number: u64) -> Refusal {
    missing(format!("Policy {arn} version v{number} does not exist or is not attachable."))
}

pub(super) fn create(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let text = policy::document(parameters)?;
    let as_default = input::boolean(parameters, "SetAsDefault")?;
    let (_, key, mut policy) = policy::reached(world, caller, parameters)?;
    if all(world, &caller.account, &policy.name).len() >= MOST {
        return Err(limit(format!(
            "A managed policy can have up to {MOST} versions. Before you create a new version, you must delete an \
             existing version."
        )));
    }
    policy.versions += 1;
    if as_default {
        policy.default = policy.versions;
    }
    policy.touch(now_ms(world));
    let version = Version { number: policy.versions, text, created_ms: now_ms(world) };
    put(world, &caller.account, &policy.name, &version);
    lateness::put(world, &key, &policy);
    Ok(nested("PolicyVersion", &version.xml(policy.default, false)))
}

pub(super) fn get(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let number = number(parameters)?;
    let (arn, policy) = policy::shown(world, caller, parameters)?;
    let version = match Managed::find(&arn) {
        Some(managed) => Some(of_managed(managed)).filter(|version| version.number == number),
        None => world.shown(&key_of(&caller.account, &policy.name, number)),
    };
    let version = version.ok_or_else(|| unknown(&arn, number))?;
    Ok(nested("PolicyVersion", &version.xml(policy.default, true)))
}

fn of_managed(managed: &Managed) -> Version {
    Version { number: 1, text: managed.document(), created_ms: managed::MADE_MS }
}

pub(super) fn listed(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let (arn, policy) = policy::shown(world, caller, parameters)?;
    let mut versions: Vec<Version> = match Managed::find(&arn) {
        Some(managed) => vec![of_managed(managed)],
        None => {
            let shown = world.list_shown::<Version>(&below(&caller.account, &policy.name));
            shown.into_iter().map(|(_, version)| version).collect()
        }
    };
    // The newest first.
    versions.sort_by_key(|version| std::cmp::Reverse(version.number));
    let members = versions.iter().map(|version| (page_key(version), version.xml(policy.default, false)));
    let (members, rest) = page(parameters, members.collect())?;
    Ok(list("Versions", members) + &rest)
}

fn page_key(version: &Version) -> String {
    format!("{:020}", u64::MAX - version.number)
}

pub(super) fn delete(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let number = number(parameters)?;
    let (arn, _, policy) = policy::reached(world, caller, parameters)?;
    if world.get::<Version>(&key_of(&caller.account, &policy.name, number)).is_none() {
        return Err(unknown(&arn, number));
    }
    if policy.default == number {
        return Err(conflict("Cannot delete the default version of a policy."));
    }
    remove(world, &caller.account, &policy.name, number);
    Ok(String::new())
}

pub(super) fn set_default(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let number = number(parameters)?;
    let (arn, key, mut policy) = policy::reached(world, caller, parameters)?;
    if world.get::<Version>(&key_of(&caller.account, &policy.name, number)).is_none() {
        return Err(unknown(&arn, number));
    }
    policy.default = number;
    policy.touch(now_ms(world));
    lateness::put(world, &key, &policy);
    Ok(String::new())
}
