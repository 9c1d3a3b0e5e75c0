//! Roles: who may act as whom. Their policies are in `role_policy`.

use serde::{Deserialize, Serialize};

use super::document::Purpose;
use super::input::{self, conflict, date, draw_id, encoded, exists, limit, malformed, missing, page, role_name};
use super::lateness::{self, REACHED, TRUSTED, now_ms};
use super::principals::Document;
use super::tags::{self, Tags};
use super::{instance_profile, key, policy, role_policy};
use crate::simulator::World;
use crate::simulator::aws::query::{Parameters, element, list, nested};
use crate::simulator::aws::{Caller, Refusal};

pub(super) const KIND: &str = "role";
/// What a trust policy may weigh.
const LONGEST_TRUST: usize = 2048;
const SHORTEST_SESSION: u64 = 3600;
const LONGEST_SESSION: u64 = 43_200;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) id: String,
    pub(super) created_ms: u64,
    pub(super) trust: Document,
    /// An empty one that was given is told like any other.
    pub(super) description: Option<String>,
    pub(super) max_session: u64,
    pub(super) boundary: Option<String>,
    pub(super) tags: Tags,
}

impl Role {
    pub(super) fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:role{}{}", self.path, self.name)
    }

    /// What lists tell of it.
    pub(super) fn brief(&self, world: &World, account: &str) -> String {
        let described = self.description.as_deref().map(|text| element("Description", text));
        [
            element("Path", &self.path),
            element("RoleName", &self.name),
            element("RoleId", &self.id),
            element("Arn", &self.arn(account)),
            date("CreateDate", self.created_ms),
            encoded("AssumeRolePolicyDocument", &self.trust.shown(world)),
            described.unwrap_or_default(),
            element("MaxSessionDuration", &self.max_session.to_string()),
        ]
        .concat()
    }

    fn whole(&self, world: &World, account: &str) -> String {
        let boundary = self.boundary.as_deref().map(|arn| {
            let parts = [element("PermissionsBoundaryType", "Policy"), element("PermissionsBoundaryArn", arn)];
            nested("PermissionsBoundary", &parts.concat())
        });
        let tags = if self.tags.is_empty() { String::new() } else { tags::xml(&self.tags) };
        [self.brief(world, account), boundary.unwrap_or_default(), tags, element("RoleLastUsed", "")].concat()
    }
}

fn unknown(name: &str) -> Refusal {
    missing(format!("The role with name {name} cannot be found."))
}

/// The role of this ARN, once every service has heard of it, as it is shown.
pub(super) fn trusted(world: &World, account: &str, arn: &str) -> Option<Role> {
    let key = key(account, KIND, arn.rsplit('/').next()?);
    let role: Role = world.get(&key)?;
    match role.arn(account) == arn && TRUSTED.is_over(world, &key, role.created_ms) {
        true => world.shown(&key),
        false => None,
    }
}

/// The role a call wants to change, and its key: missing while the call does not reach it yet.
pub(super) fn reached(world: &World, caller: &Caller, parameters: &Parameters) -> Result<(String, Role), Refusal> {
    let name = role_name(parameters)?;
    let key = key(&caller.account, KIND, name);
    let role = world.get(&key).filter(|role: &Role| REACHED.is_over(world, &key, role.created_ms));
    role.map(|role| (key, role)).ok_or_else(|| unknown(name))
}

/// The role a call wants to know of.
pub(super) fn shown(world: &World, caller: &Caller, parameters: &Parameters) -> Result<Role, Refusal> {
    let name = role_name(parameters)?;
    world.shown(&key(&caller.account, KIND, name)).ok_or_else(|| unknown(name))
}

fn description(parameters: &Parameters) -> Result<Option<String>, Refusal> {
    let Some(text) = parameters.text("Description") else { return Ok(None) };
    if text.chars().count() > 1000 {
        return Err(input::too_many("description", 1000));
    }
    input::latin(text, "description")?;
    Ok(Some(text.to_owned()))
}

fn max_session(parameters: &Parameters) -> Result<u64, Refusal> {
    let given = parameters.number("MaxSessionDuration")?.unwrap_or(SHORTEST_SESSION);
    if given < SHORTEST_SESSION {
        return Err(input::validation("maxSessionDuration", "Member must have value greater than or equal to 3600"));
    }
    match given > LONGEST_SESSION {
        true => Err(input::validation("maxSessionDuration", "Member must have value less than or equal to 43200")),
        false => Ok(given),
    }
}

fn trust(world: &World, caller: &Caller, parameters: &Parameters, field: &str) -> Result<Document, Refusal> {
    let (text, checked) = input::policy(parameters, field, Purpose::Trust)?;
    if input::weight(text) > LONGEST_TRUST {
        return Err(limit(format!("Cannot exceed quota for ACLSizePerRole: {LONGEST_TRUST}")));
    }
    Document::new(world, caller, text, &checked).map_err(malformed)
}

fn boundary(world: &World, caller: &Caller, parameters: &Parameters) -> Result<Option<String>, Refusal> {
    if parameters.text("PermissionsBoundary").is_none() {
        return Ok(None);
    }
    let arn = input::arn(parameters, "PermissionsBoundary")?;
    match policy::is_attachable(world, caller, arn) {
        true => Ok(Some(arn.to_owned())),
        false => Err(missing(format!("Scope ARN: {arn} does not exist or is not attachable."))),
    }
}

pub(super) fn create(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let name = role_name(parameters)?;
    let path = input::path(parameters, |byte| byte.is_ascii_graphic())?;
    let (description, max_session) = (description(parameters)?, max_session(parameters)?);
    let tags = tags::given(parameters)?;
    let trust = trust(world, caller, parameters, "AssumeRolePolicyDocument")?;
    let taken = world.list::<Role>(&key(&caller.account, KIND, ""));
    if taken.iter().any(|(taken, _)| taken.eq_ignore_ascii_case(name)) {
        return Err(exists(format!("Role with name {name} already exists.")));
    }
    let boundary = boundary(world, caller, parameters)?;
    let role = Role {
        name: name.to_owned(),
        path,
        id: draw_id(world, "AROA"),
        created_ms: now_ms(world),
        trust,
        description,
        max_session,
        boundary,
        tags,
    };
    lateness::put(world, &key(&caller.account, KIND, name), &role);
    Ok(nested("Role", &role.whole(world, &caller.account)))
}

pub(super) fn get(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let role = shown(world, caller, parameters)?;
    Ok(nested("Role", &role.whole(world, &caller.account)))
}

pub(super) fn all(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let prefix = input::path_prefix(parameters)?;
    let roles = world.list_shown::<Role>(&key(&caller.account, KIND, "")).into_iter();
    let roles = roles.filter(|(_, role)| role.path.starts_with(prefix));
    let roles = roles.map(|(name, role)| (name, role.brief(world, &caller.account))).collect();
    let (members, rest) = page(parameters, roles)?;
    Ok(list("Roles", members) + &rest)
}

/// Changes a role that the call reaches.
fn change(
    world: &mut World,
    caller: &Caller,
    parameters: &Parameters,
    how: impl FnOnce(&World, &mut Role) -> Result<(), Refusal>,
) -> Result<Role, Refusal> {
    let (key, mut role) = reached(world, caller, parameters)?;
    how(world, &mut role)?;
    lateness::put(world, &key, &role);
    Ok(role)
}

pub(super) fn update(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let given = description(parameters)?;
    // The documentation of UpdateRole: "If you do not specify a value for this setting, the default value of one
    // hour is applied."
    let max_session = max_session(parameters)?;
    change(world, caller, parameters, |_, role| {
        role.max_session = max_session;
        if given.is_some() {
            role.description = given;
        }
        Ok(())
    })?;
    Ok(String::new())
}

pub(super) fn describe(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    parameters.required("Description")?;
    let given = description(parameters)?;
    let role = change(world, caller, parameters, |_, role| {
        role.description = given;
        Ok(())
    })?;
    Ok(nested("Role", &role.whole(world, &caller.account)))
}

pub(super) fn set_trust(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    change(world, caller, parameters, |world, role| {
        role.trust = trust(world, caller, parameters, "PolicyDocument")?;
        Ok(())
    })?;
    Ok(String::new())
}

pub(super) fn bound(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    parameters.required("PermissionsBoundary")?;
    change(world, caller, parameters, |world, role| {
        role.boundary = boundary(world, caller, parameters)?;
        Ok(())
    })?;
    Ok(String::new())
}

pub(super) fn unbound(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    change(world, caller, parameters, |_, role| match role.boundary.take() {
        Some(_) => Ok(()),
        None => Err(missing(format!("Permissions boundary for role {} not found.", role.name))),
    })?;
    Ok(String::new())
}

pub(super) fn tag(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    change(world, caller, parameters, |_, role| tags::add(&mut role.tags, parameters))?;
    Ok(String::new())
}

pub(super) fn untag(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    change(world, caller, parameters, |_, role| tags::take(&mut role.tags, parameters))?;
    Ok(String::new())
}

pub(super) fn tags(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    tags::listed(&shown(world, caller, parameters)?.tags, parameters)
}

pub(super) fn delete(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let (key, role) = reached(world, caller, parameters)?;
    if role_policy::has_attached(world, &caller.account, &role.name) {
        return Err(conflict("Cannot delete entity, must detach all policies first."));
    }
    if role_policy::has_inline(world, &caller.account, &role.name) {
        return Err(conflict("Cannot delete entity, must delete policies first."));
    }
    if instance_profile::has(world, &caller.account, &role.name) {
        return Err(conflict("Cannot delete entity, must remove roles from instance profile first."));
    }
    lateness::remove(world, &key);
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use crate::clock::Clock as _;
    use crate::simulator::{Faults, SimulatedClock, Simulator, aws};

    #[test]
    fn an_empty_description_is_told_and_one_that_is_not_given_stays() {
        let clock = SimulatedClock::new(Duration::from_secs(1_000_000_000));
        let simulator = Simulator::in_memory(Arc::new(clock.clone()), 1, Faults::default());
        let client = aws_sdk_iam::Client::new(&aws::sdk_config(&simulator));
        let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":
            "ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
        clock.clone().runtime().unwrap().block_on(async {
            let create = client.create_role().role_name("r").assume_role_policy_document(trust);
            let made = create.description("").send().await.unwrap().role.unwrap();
            assert_eq!(made.description(), Some(""));
            for (given, told) in [(Some("Reads"), "Reads"), (None, "Reads"), (Some(""), "")] {
                clock.sleep(Duration::from_secs(60)).await;
                client.update_role().role_name("r").set_description(given.map(str::to_owned)).send().await.unwrap();
                clock.sleep(Duration::from_secs(60)).await;
                let role = client.get_role().role_name("r").send().await.unwrap().role.unwrap();
                assert_eq!(role.description(), Some(told));
            }
        });
    }
}
