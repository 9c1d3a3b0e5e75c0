//! The policies of a role: those that are part of it, and those attached to it.

use serde::{Deserialize, Serialize};

use super::document::Purpose;
use super::input::{self, encoded, limit, missing, page};
use super::lateness::{self, IN_FORCE, now_ms};
use super::{key, policy, role};
use crate::simulator::World;
use crate::simulator::aws::query::{Parameters, element, list, nested};
use crate::simulator::aws::{Caller, Refusal};

/// The quota of a new account.
const MOST_ATTACHED: usize = 10;
/// What all inline policies of a role may weigh together.
const LONGEST_INLINE: usize = 10_240;

/// That a policy is attached to a role. Its key ends with the policy's ARN.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Attachment {
    since_ms: u64,
}

/// Its key ends with the policy's name.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Inline {
    text: String,
}

fn attachments(account: &str, role: &str) -> String {
    key(account, "role-attachment", &format!("{role}/"))
}

fn inline(account: &str, role: &str) -> String {
    key(account, "role-policy", &format!("{role}/"))
}

/// The ARNs of the attached policies that other services act by.
pub(super) fn in_force(world: &World, account: &str, role: &str) -> Vec<String> {
    let below = attachments(account, role);
    let attached = world.list::<Attachment>(&below).into_iter();
    attached
        .filter(|(arn, attachment)| IN_FORCE.is_over(world, &format!("{below}{arn}"), attachment.since_ms))
        .map(|(arn, _)| arn)
        .collect()
}

/// The ARNs of the policies that are really attached, however new.
pub(super) fn really_attached(world: &World, account: &str, role: &str) -> Vec<String> {
    world.list::<Attachment>(&attachments(account, role)).into_iter().map(|(arn, _)| arn).collect()
}

/// Whether a policy is attached, or was until a moment ago: IAM takes a while to see that it no longer is.
pub(super) fn has_attached(world: &World, account: &str, role: &str) -> bool {
    let below = attachments(account, role);
    !(world.list::<Attachment>(&below).is_empty() && world.list_shown::<Attachment>(&below).is_empty())
}

/// The same for the policies that are part of it.
pub(super) fn has_inline(world: &World, account: &str, role: &str) -> bool {
    let below = inline(account, role);
    !(world.list::<Inline>(&below).is_empty() && world.list_shown::<Inline>(&below).is_empty())
}

/// The names of the roles that have this policy attached.
pub(super) fn holders(world: &World, account: &str, arn: &str) -> Vec<String> {
    with(world.list::<Attachment>(&key(account, "role-attachment", "")), arn)
}

pub(super) fn holders_shown(world: &World, account: &str, arn: &str) -> Vec<String> {
    with(world.list_shown::<Attachment>(&key(account, "role-attachment", "")), arn)
}

fn with(attachments: Vec<(String, Attachment)>, arn: &str) -> Vec<String> {
    let pairs = attachments.iter().filter_map(|(key, _)| key.split_once('/'));
    pairs.filter(|(_, attached)| *attached == arn).map(|(role, _)| role.to_owned()).collect()
}

pub(super) fn attach(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let arn = input::arn(parameters, "PolicyArn")?;
    let (_, role) = role::reached(world, caller, parameters)?;
    if !policy::is_attachable(world, caller, arn) {
        return Err(missing(format!("Policy {arn} does not exist or is not attachable.")));
    }
    let below = attachments(&caller.account, &role.name);
    let attached = world.list::<Attachment>(&below);
    if attached.iter().any(|(present, _)| present == arn) {
        return Ok(String::new());
    }
    if attached.len() >= MOST_ATTACHED {
        return Err(limit(format!("Cannot exceed quota for PoliciesPerRole: {MOST_ATTACHED}")));
    }
    lateness::put(world, &format!("{below}{arn}"), &Attachment { since_ms: now_ms(world) });
    Ok(String::new())
}

pub(super) fn detach(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let arn = input::arn(parameters, "PolicyArn")?;
    let (_, role) = role::reached(world, caller, parameters)?;
    let key = format!("{}{arn}", attachments(&caller.account, &role.name));
    if world.get::<Attachment>(&key).is_none() {
        return Err(missing(format!("Policy {arn} was not found.")));
    }
    lateness::remove(world, &key);
    Ok(String::new())
}

pub(super) fn attached(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let prefix = input::path_prefix(parameters)?;
    let role = role::shown(world, caller, parameters)?;
    let attached = world.list_shown::<Attachment>(&attachments(&caller.account, &role.name));
    let members = attached.into_iter().filter_map(|(arn, _)| {
        let resource = arn.split_once(":policy").map(|(_, resource)| resource.to_owned())?;
        let name = resource.rsplit('/').next()?;
        let member = element("PolicyName", name) + &element("PolicyArn", &arn);
        resource.starts_with(prefix).then_some((arn, member))
    });
    let (members, rest) = page(parameters, members.collect())?;
    Ok(list("AttachedPolicies", members) + &rest)
}

pub(super) fn put(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let name = input::name(parameters, "PolicyName", 128)?;
    let (text, _) = input::policy(parameters, "PolicyDocument", Purpose::Inline)?;
    let (_, role) = role::reached(world, caller, parameters)?;
    let below = inline(&caller.account, &role.name);
    let others = world.list::<Inline>(&below).into_iter().filter(|(other, _)| other != name);
    let weight: usize = others.map(|(_, other)| input::weight(&other.text)).sum();
    if weight + input::weight(text) > LONGEST_INLINE {
        let message = format!("Maximum policy size of {LONGEST_INLINE} bytes exceeded for role {}", role.name);
        return Err(limit(message));
    }
    lateness::put(world, &format!("{below}{name}"), &Inline { text: text.to_owned() });
    Ok(String::new())
}

fn unknown(name: &str) -> Refusal {
    missing(format!("The role policy with name {name} cannot be found."))
}

pub(super) fn get(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let name = input::name(parameters, "PolicyName", 128)?;
    let role = role::shown(world, caller, parameters)?;
    let key = format!("{}{name}", inline(&caller.account, &role.name));
    let policy: Inline = world.shown(&key).ok_or_else(|| unknown(name))?;
    let parts = [element("RoleName", &role.name), element("PolicyName", name), encoded("PolicyDocument", &policy.text)];
    Ok(parts.concat())
}

pub(super) fn delete(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let name = input::name(parameters, "PolicyName", 128)?;
    let (_, role) = role::reached(world, caller, parameters)?;
    let key = format!("{}{name}", inline(&caller.account, &role.name));
    if world.get::<Inline>(&key).is_none() {
        return Err(unknown(name));
    }
    lateness::remove(world, &key);
    Ok(String::new())
}

pub(super) fn names(world: &mut World, caller: &Caller, parameters: &Parameters) -> Result<String, Refusal> {
    let role = role::shown(world, caller, parameters)?;
    let present = world.list_shown::<Inline>(&inline(&caller.account, &role.name)).into_iter();
    let (members, rest) = page(parameters, present.map(|(name, _)| (name.clone(), name)).collect())?;
    let members: String = members.iter().map(|name| element("member", name)).collect();
    Ok(nested("PolicyNames", &members) + &rest)
}
