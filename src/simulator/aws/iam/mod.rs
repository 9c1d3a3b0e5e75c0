//! IAM: roles, policies and OIDC providers of an account.

mod document;
mod input;
mod instance_profile;
mod lateness;
mod managed;
mod oidc_provider;
mod policy;
mod policy_version;
mod principals;
mod role;
mod role_policy;
mod tags;

use serde_json::Value as Json;

use super::query::Parameters;
use super::{Caller, QueryOperation, Refusal};
use crate::simulator::World;

pub(in crate::simulator::aws) use document::{Purpose, check as check_policy, statements, texts};
pub(in crate::simulator::aws) use principals::Document as PolicyDocument;

type Answer = fn(&mut World, &Caller, &Parameters) -> Result<String, Refusal>;

const fn operation(name: &'static str, takes: &'static [&'static str], answer: Answer) -> QueryOperation {
    QueryOperation { name, takes, answer }
}

const ROLE: &[&str] = &["RoleName"];
const ROLE_PAGE: &[&str] = &["RoleName", "Marker", "MaxItems"];
const ROLE_POLICY: &[&str] = &["RoleName", "PolicyName"];
const ROLE_AND_POLICY: &[&str] = &["RoleName", "PolicyArn"];
const PROFILE: &[&str] = &["InstanceProfileName"];
const PROFILE_ROLE: &[&str] = &["InstanceProfileName", "RoleName"];
const POLICY: &[&str] = &["PolicyArn"];
const POLICY_PAGE: &[&str] = &["PolicyArn", "Marker", "MaxItems"];
const VERSION: &[&str] = &["PolicyArn", "VersionId"];
const PROVIDER: &[&str] = &["OpenIDConnectProviderArn"];
const CLIENT: &[&str] = &["OpenIDConnectProviderArn", "ClientID"];

const NEW_ROLE: &[&str] = &[
    "RoleName",
    "Path",
    "AssumeRolePolicyDocument",
    "Description",
    "MaxSessionDuration",
    "PermissionsBoundary",
    "Tags",
];
const POLICIES: &[&str] = &["Scope", "OnlyAttached", "PathPrefix", "PolicyUsageFilter", "Marker", "MaxItems"];
const ENTITIES: &[&str] = &["PolicyArn", "EntityFilter", "PathPrefix", "PolicyUsageFilter", "Marker", "MaxItems"];

#[rustfmt::skip]
pub(super) const OPERATIONS: &[QueryOperation] = &[
    operation("CreateRole", NEW_ROLE, role::create),
    operation("GetRole", ROLE, role::get),
    operation("ListRoles", &["PathPrefix", "Marker", "MaxItems"], role::all),
    operation("UpdateRole", &["RoleName", "Description", "MaxSessionDuration"], role::update),
    operation("UpdateRoleDescription", &["RoleName", "Description"], role::describe),
    operation("UpdateAssumeRolePolicy", &["RoleName", "PolicyDocument"], role::set_trust),
    operation("PutRolePermissionsBoundary", &["RoleName", "PermissionsBoundary"], role::bound),
    operation("DeleteRolePermissionsBoundary", ROLE, role::unbound),
    operation("TagRole", &["RoleName", "Tags"], role::tag),
    operation("UntagRole", &["RoleName", "TagKeys"], role::untag),
    operation("ListRoleTags", ROLE_PAGE, role::tags),
    operation("DeleteRole", ROLE, role::delete),
    operation("PutRolePolicy", &["RoleName", "PolicyName", "PolicyDocument"], role_policy::put),
    operation("GetRolePolicy", ROLE_POLICY, role_policy::get),
    operation("DeleteRolePolicy", ROLE_POLICY, role_policy::delete),
    operation("ListRolePolicies", ROLE_PAGE, role_policy::names),
    operation("AttachRolePolicy", ROLE_AND_POLICY, role_policy::attach),
    operation("DetachRolePolicy", ROLE_AND_POLICY, role_policy::detach),
    operation("ListAttachedRolePolicies", &["RoleName", "PathPrefix", "Marker", "MaxItems"], role_policy::attached),
    operation("CreateInstanceProfile", &["InstanceProfileName", "Path", "Tags"], instance_profile::create),
    operation("DeleteInstanceProfile", PROFILE, instance_profile::delete),
    operation("AddRoleToInstanceProfile", PROFILE_ROLE, instance_profile::add_role),
    operation("RemoveRoleFromInstanceProfile", PROFILE_ROLE, instance_profile::remove_role),
    operation("ListInstanceProfilesForRole", ROLE_PAGE, instance_profile::of_role),
    operation("CreatePolicy", &["PolicyName", "Path", "PolicyDocument", "Description", "Tags"], policy::create),
    operation("GetPolicy", POLICY, policy::get),
    operation("ListPolicies", POLICIES, policy::all),
    operation("ListEntitiesForPolicy", ENTITIES, policy::entities),
    operation("TagPolicy", &["PolicyArn", "Tags"], policy::tag),
    operation("UntagPolicy", &["PolicyArn", "TagKeys"], policy::untag),
    operation("ListPolicyTags", POLICY_PAGE, policy::tags),
    operation("DeletePolicy", POLICY, policy::delete),
    operation("CreatePolicyVersion", &["PolicyArn", "PolicyDocument", "SetAsDefault"], policy_version::create),
    operation("GetPolicyVersion", VERSION, policy_version::get),
    operation("ListPolicyVersions", POLICY_PAGE, policy_version::listed),
    operation("DeletePolicyVersion", VERSION, policy_version::delete),
    operation("SetDefaultPolicyVersion", VERSION, policy_version::set_default),
    operation("CreateOpenIDConnectProvider", &["Url", "ClientIDList", "ThumbprintList", "Tags"], oidc_provider::create),
    operation("GetOpenIDConnectProvider", PROVIDER, oidc_provider::get),
    operation("ListOpenIDConnectProviders", &[], oidc_provider::all),
    operation("UpdateOpenIDConnectProviderThumbprint", &["OpenIDConnectProviderArn", "ThumbprintList"], oidc_provider::set_thumbprints),
    operation("AddClientIDToOpenIDConnectProvider", CLIENT, oidc_provider::add_client),
    operation("RemoveClientIDFromOpenIDConnectProvider", CLIENT, oidc_provider::remove_client),
    operation("TagOpenIDConnectProvider", &["OpenIDConnectProviderArn", "Tags"], oidc_provider::tag),
    operation("UntagOpenIDConnectProvider", &["OpenIDConnectProviderArn", "TagKeys"], oidc_provider::untag),
    operation("ListOpenIDConnectProviderTags", &["OpenIDConnectProviderArn", "Marker", "MaxItems"], oidc_provider::tags),
    operation("DeleteOpenIDConnectProvider", PROVIDER, oidc_provider::delete),
];

/// A role as other services see it.
pub(in crate::simulator::aws) struct VisibleRole {
    /// Its trust policy.
    pub trust: Json,
    /// The ARNs of the policies attached to it.
    pub managed_policies: Vec<String>,
}

/// The role of this ARN, if there is one and other services have heard of it. What is too new of it does not show.
pub(in crate::simulator::aws) fn visible_role(world: &World, account: &str, arn: &str) -> Option<VisibleRole> {
    let role = role::trusted(world, account, arn)?;
    let trust = serde_json::from_str(&role.trust.shown(world)).ok()?;
    Some(VisibleRole { trust, managed_policies: role_policy::in_force(world, account, &role.name) })
}

/// Where IAM's objects of one kind are kept; with an empty name, all of them.
fn key(account: &str, kind: &str, name: &str) -> String {
    format!("aws/{account}/iam/{kind}/{name}")
}
