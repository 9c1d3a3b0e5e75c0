//! Instance profiles, as far as they keep a role from being deleted.

use serde::{Deserialize, Serialize};

use super::input::{self, conflict, date, draw_id, exists, limit, missing, page};
use super::key;
use super::lateness::{self, now_ms};
use super::role::{self, Role};
use super::tags::{self, Tags};
use crate::simulator::World;
use crate::simulator::aws::query::{Parameters, element, list, nested};
use crate::simulator::aws::{Caller, Refusal};

const KIND: &str = "instance-profile";

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Profile {
    name: String,
    path: String,
    id: String,
    created_ms: u64,
    /// One at most.
    role: Option<String>,
    tags: Tags,
}

impl Profile {
    fn xml(&self, world: &World, account: &str) -> String {
        let role = self.role.as_deref().and_then(|name| world.get::<Role>(&key(account, role::KIND, name)));
        [
            element("Path", &self.path),
            element("InstanceProfileName", &self.name),
            element("InstanceProfileId", &self.id),
            element("Arn", &format!("arn:aws:iam::{account}:{KIND}{}{}", self.path, self.name)),
            date("CreateDate", self.created_ms),
            list("Roles", role.map(|role| role.brief(world, account))),
            tags::xml(&self.tags),
        ]
        .concat()
    }
}

fn find(world: &World, caller: &Caller, parameters: &Parameters) -> Result<(String, Profile), Refusal> {
    let name = input::name(parameters, "InstanceProfileName", 128)?;
    let key = key(&caller.account, KIND, name);
    let unknown = || missing(format!("Instance Profile {name} cannot be found."));
    world.get(&key).map(|profile| (key, profile)).ok_or_else(unknown)
}

/// Whether the role is in any profile.
pub(super) fn has(world: &World, account: &str, role: &str) -> bool {
    let profiles = world.list::<Profile>(&key(account, KIND, ""));
    profiles.iter().any(|(_, profile)| profile.role.as_deref() == Some(role))
}

pub(super) fn create(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let name = input::name(parameters, "InstanceProfileName", 128)?;
    let (path, tags) = (input::path(parameters, |byte| byte.is_ascii_graphic())?, tags::given(parameters)?);
    if world.list::<Profile>(&key(&caller.account, KIND, "")).iter().any(|(taken, _)| taken.eq_ignore_ascii_case(name))
    {
        return Err(exists(format!("Instance Profile {name} already exists.")));
    }
    let (id, created_ms) = (draw_id(world, "AIPA"), now_ms(world));
    let profile = Profile { name: name.to_owned(), path, id, created_ms, role: None, tags };
    lateness::put(world, &key(&caller.account, KIND, name), &profile);
    Ok(nested("InstanceProfile", &profile.xml(world, &caller.account)))
}

pub(super) fn add_role(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let (key, mut profile) = find(world, caller, parameters)?;
    let (_, role) = role::reached(world, caller, parameters)?;
    if profile.role.is_some() {
        return Err(limit("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"));
    }
    profile.role = Some(role.name);
    lateness::put(world, &key, &profile);
    Ok(String::new())
}

pub(super) fn remove_role(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let (key, mut profile) = find(world, caller, parameters)?;
    let name = input::role_name(parameters)?;
    if profile.role.as_deref() != Some(name) {
        let message = format!("The role {name} is not in the instance profile {}.", profile.name);
        return Err(missing(message));
    }
    profile.role = None;
    lateness::put(world, &key, &profile);
    Ok(String::new())
}

pub(super) fn delete(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let (key, profile) = find(world, caller, parameters)?;
    if profile.role.is_some() {
        return Err(conflict("Cannot delete entity, must remove roles from instance profile first."));
    }
    lateness::remove(world, &key);
    Ok(String::new())
}

pub(super) fn of_role(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let role = role::shown(world, caller, parameters)?;
    let profiles = world.list_shown::<Profile>(&key(&caller.account, KIND, "")).into_iter();
    let profiles = profiles.filter(|(_, profile)| profile.role.as_deref() == Some(role.name.as_str()));
    let profiles = profiles.map(|(name, profile)| (name, profile.xml(world, &caller.account))).collect();
    let (members, rest) = page(parameters, profiles)?;
    Ok(list("InstanceProfiles", members) + &rest)
}
