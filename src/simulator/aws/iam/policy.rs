//! Policies of their own: the account's, and the ones AWS keeps. Their documents are in `policy_version`.

use serde::{Deserialize, Serialize};

use super::document::Purpose;
use super::input::{self, conflict, date, draw_id, exists, id_of, limit, missing, page};
use super::lateness::{self, REACHED, now_ms};
use super::managed::{self, Managed};
use super::policy_version::{self, Version};
use super::role::{self, Role};
use super::tags::{self, Tags};
use super::{key, role_policy};
use crate::simulator::World;
use crate::simulator::aws::query::{Parameters, element, list, nested};
use crate::simulator::aws::{Caller, Refusal};
use crate::simulator::world::number;

const KIND: &str = "policy";
/// What a policy's document may weigh.
const LONGEST: usize = 6144;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Policy {
    pub(super) name: String,
    path: String,
    id: String,
    created_ms: u64,
    updated_ms: u64,
    description: Option<String>,
    /// The number of the version in force.
    pub(super) default: u64,
    /// How many versions there ever were.
    pub(super) versions: u64,
    tags: Tags,
}

impl Policy {
    pub(super) fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:policy{}{}", self.path, self.name)
    }

    fn of(managed: &Managed) -> Self {
        Self {
            name: managed.name.to_owned(),
            path: managed.path().to_owned(),
            id: id_of("ANPA", number(&[b"policy", managed.name.as_bytes()]).into()),
            created_ms: managed::MADE_MS,
            updated_ms: managed::MADE_MS,
            description: None,
            default: 1,
            versions: 1,
            tags: Tags::new(),
        }
    }

    /// What lists tell of it.
    fn brief(&self, arn: &str, usage: &Usage) -> String {
        [
            element("PolicyName", &self.name),
            element("PolicyId", &self.id),
            element("Arn", arn),
            element("Path", &self.path),
            element("DefaultVersionId", &format!("v{}", self.default)),
            element("AttachmentCount", &usage.attached.len().to_string()),
            element("PermissionsBoundaryUsageCount", &usage.bounding.len().to_string()),
            element("IsAttachable", "true"),
            date("CreateDate", self.created_ms),
            date("UpdateDate", self.updated_ms),
        ]
        .concat()
    }

    fn whole(&self, arn: &str, usage: &Usage) -> String {
        let described = self.description.as_deref().map(|text| element("Description", text));
        [self.brief(arn, usage), described.unwrap_or_default(), tags::xml(&self.tags)].concat()
    }

    pub(super) fn touch(&mut self, now_ms: u64) {
        self.updated_ms = now_ms;
    }
}

/// The names of the roles that use a policy.
#[derive(Default)]
struct Usage {
    attached: Vec<String>,
    bounding: Vec<String>,
}

impl Usage {
    fn shown(world: &World, account: &str, arn: &str) -> Self {
        let roles = world.list_shown::<Role>(&key(account, role::KIND, ""));
        Self { attached: role_policy::holders_shown(world, account, arn), bounding: bounded(roles, arn) }
    }

    fn any(&self) -> bool {
        !(self.attached.is_empty() && self.bounding.is_empty())
    }
}

fn bounded(roles: Vec<(String, Role)>, arn: &str) -> Vec<String> {
    let bounded = roles.into_iter().filter(|(_, role)| role.boundary.as_deref() == Some(arn));
    bounded.map(|(name, _)| name).collect()
}

pub(super) fn unknown(arn: &str) -> Refusal {
    missing(format!("Policy {arn} was not found."))
}

fn key_of(account: &str, arn: &str) -> String {
    key(account, KIND, arn.rsplit('/').next().unwrap_or_default())
}

/// The account's policy that a call wants to change, and its key: missing while the call does not reach it yet.
pub(super) fn reached(
    world: &World,
    caller: &Caller,
    parameters: &Parameters,
) -> Result<(String, String, Policy), Refusal> {
    let arn = input::arn(parameters, "PolicyArn")?;
    if arn.starts_with(managed::PREFIX) {
        let message = format!("The policy {arn} is managed by AWS and cannot be changed.");
        return Err(Refusal::new(403, "AccessDenied", message));
    }
    let found = find(world, &caller.account, arn).ok_or_else(|| unknown(arn))?;
    Ok((arn.to_owned(), key_of(&caller.account, arn), found))
}

fn find(world: &World, account: &str, arn: &str) -> Option<Policy> {
    let key = key_of(account, arn);
    let policy: Policy = world.get(&key)?;
    (policy.arn(account) == arn && REACHED.is_over(world, &key, policy.created_ms)).then_some(policy)
}

/// The policy a call wants to know of.
pub(super) fn shown(world: &World, caller: &Caller, parameters: &Parameters) -> Result<(String, Policy), Refusal> {
    let arn = input::arn(parameters, "PolicyArn")?;
    let policy = match Managed::find(arn) {
        Some(managed) => Some(Policy::of(managed)),
        None => world.shown(&key_of(&caller.account, arn)).filter(|policy: &Policy| policy.arn(&caller.account) == arn),
    };
    policy.map(|policy| (arn.to_owned(), policy)).ok_or_else(|| unknown(arn))
}

/// Whether there is such a policy, and IAM reaches it already.
pub(super) fn is_attachable(world: &World, caller: &Caller, arn: &str) -> bool {
    Managed::find(arn).is_some() || find(world, &caller.account, arn).is_some()
}

/// The text of a request's document, and what is wrong with it.
pub(super) fn document(parameters: &Parameters) -> Result<String, Refusal> {
    let (text, _) = input::policy(parameters, "PolicyDocument", Purpose::Managed)?;
    match input::weight(text) > LONGEST {
        true => Err(limit(format!("Cannot exceed quota for PolicySize: {LONGEST}"))),
        false => Ok(text.to_owned()),
    }
}

pub(super) fn create(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let account = &caller.account;
    let name = input::name(parameters, "PolicyName", 128)?;
    let path = input::path(parameters, |byte| byte.is_ascii_alphanumeric() || b".,+@=_-/".contains(&byte))?;
    if path.contains("//") {
        return Err(input::validation(
            "path",
            "Member must satisfy regular expression pattern: ((/[A-Za-z0-9.,+@=_-]+)*)/",
        ));
    }
    let description = parameters.text("Description").filter(|text| !text.is_empty()).map(str::to_owned);
    if description.as_ref().is_some_and(|text| text.chars().count() > 1000) {
        return Err(input::too_many("description", 1000));
    }
    let (tags, text) = (tags::given(parameters)?, document(parameters)?);
    if world.list::<Policy>(&key(account, KIND, "")).iter().any(|(taken, _)| taken.eq_ignore_ascii_case(name)) {
        return Err(exists(format!("A policy called {name} already exists. Duplicate names are not allowed.")));
    }
    let (id, now_ms) = (draw_id(world, "ANPA"), now_ms(world));
    let policy = Policy {
        name: name.to_owned(),
        path,
        id,
        created_ms: now_ms,
        updated_ms: now_ms,
        description,
        default: 1,
        versions: 1,
        tags,
    };
    lateness::put(world, &key(account, KIND, name), &policy);
    policy_version::put(world, account, name, &Version { number: 1, text, created_ms: now_ms });
    // The answer to CreatePolicy tells no description, and of tags only those that are there.
    let tags = if policy.tags.is_empty() { String::new() } else { tags::xml(&policy.tags) };
    Ok(nested("Policy", &(policy.brief(&policy.arn(account), &Usage::default()) + &tags)))
}

pub(super) fn get(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let (arn, policy) = shown(world, caller, parameters)?;
    Ok(nested("Policy", &policy.whole(&arn, &Usage::shown(world, &caller.account, &arn))))
}

pub(super) fn all(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let account = &caller.account;
    let scope = input::one_of(parameters, "Scope", &["All", "AWS", "Local"])?.unwrap_or("All");
    let usage = input::one_of(parameters, "PolicyUsageFilter", &["PermissionsPolicy", "PermissionsBoundary"])?;
    let (only_attached, prefix) = (input::boolean(parameters, "OnlyAttached")?, input::path_prefix(parameters)?);
    let mut policies: Vec<(String, Policy)> = Vec::new();
    if scope != "AWS" {
        let own = world.list_shown::<Policy>(&key(account, KIND, "")).into_iter();
        policies.extend(own.map(|(_, policy)| (policy.arn(account), policy)));
    }
    if scope != "Local" {
        policies.extend(managed::ALL.iter().map(|managed| (managed.arn(), Policy::of(managed))));
    }
    policies.retain(|(_, policy)| policy.path.starts_with(prefix));
    policies.sort_by(|(left, _), (right, _)| left.cmp(right));
    let told = policies.into_iter().filter_map(|(arn, policy)| {
        let used = Usage::shown(world, account, &arn);
        let asked = match usage {
            Some("PermissionsPolicy") => !used.attached.is_empty(),
            Some(_) => !used.bounding.is_empty(),
            None => true,
        };
        (asked && (!only_attached || used.any())).then(|| (arn.clone(), policy.brief(&arn, &used)))
    });
    let (members, rest) = page(parameters, told.collect())?;
    Ok(list("Policies", members) + &rest)
}

pub(super) fn entities(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let kinds = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];
    let kind = input::one_of(parameters, "EntityFilter", &kinds)?;
    let usage = input::one_of(parameters, "PolicyUsageFilter", &["PermissionsPolicy", "PermissionsBoundary"])?;
    let prefix = input::path_prefix(parameters)?;
    let (arn, _) = shown(world, caller, parameters)?;
    let used = Usage::shown(world, &caller.account, &arn);
    let mut names = match usage {
        Some("PermissionsPolicy") => used.attached,
        Some(_) => used.bounding,
        None => [used.attached, used.bounding].concat(),
    };
    names.sort();
    names.dedup();
    let roles = names.into_iter().filter_map(|name| {
        let role: Role = world.shown(&key(&caller.account, role::KIND, &name))?;
        let asked = matches!(kind, None | Some("Role")) && role.path.starts_with(prefix);
        asked.then(|| (name, element("RoleName", &role.name) + &element("RoleId", &role.id)))
    });
    let (members, rest) = page(parameters, roles.collect())?;
    Ok([list("PolicyGroups", []), list("PolicyUsers", []), list("PolicyRoles", members), rest].concat())
}

pub(super) fn delete(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let account = &caller.account;
    let (arn, key_of_policy, policy) = reached(world, caller, parameters)?;
    let bounding = bounded(world.list(&key(account, role::KIND, "")), &arn);
    // IAM takes a while to see that it is no longer attached.
    let attached = [role_policy::holders(world, account, &arn), role_policy::holders_shown(world, account, &arn)];
    if !(bounding.is_empty() && attached.concat().is_empty()) {
        return Err(conflict("Cannot delete a policy attached to entities."));
    }
    if policy_version::all(world, account, &policy.name).len() > 1 {
        return Err(conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. \
             The default version is deleted with the policy.",
        ));
    }
    policy_version::remove(world, account, &policy.name, policy.default);
    lateness::remove(world, &key_of_policy);
    Ok(String::new())
}

fn change(
    world: &mut World,
    caller: &Caller,
    parameters: &Parameters,
    how: impl FnOnce(&mut Tags) -> Result<(), Refusal>,
) -> Result<String, Refusal> {
    let (_, key, mut policy) = reached(world, caller, parameters)?;
    how(&mut policy.tags)?;
    lateness::put(world, &key, &policy);
    Ok(String::new())
}

pub(super) fn tag(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    change(world, caller, parameters, |tags| tags::add(tags, parameters))
}

pub(super) fn untag(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    change(world, caller, parameters, |tags| tags::take(tags, parameters))
}

pub(super) fn tags(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    tags::listed(&shown(world, caller, parameters)?.1.tags, parameters)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use crate::simulator::{Faults, SimulatedClock, Simulator, aws};

    #[test]
    fn a_new_policy_is_answered_with_tags_only_when_it_has_some() {
        let clock = SimulatedClock::new(Duration::from_secs(1_000_000_000));
        let simulator = Simulator::in_memory(Arc::new(clock.clone()), 1, Faults::default());
        let client = aws_sdk_iam::Client::new(&aws::sdk_config(&simulator));
        let document = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        let tag = aws_sdk_iam::types::Tag::builder().key("team").value("a").build().unwrap();
        clock.runtime().unwrap().block_on(async {
            let create = |name: &str| client.create_policy().policy_name(name).policy_document(document);
            let plain = create("plain").send().await.unwrap().policy.unwrap();
            assert_eq!(plain.tags, None);
            let tagged = create("tagged").tags(tag.clone()).send().await.unwrap().policy.unwrap();
            assert_eq!(tagged.tags, Some(vec![tag]));
        });
    }
}
