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
use crate::simulator::world::number;

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

/// The ARNs of the policies attached to a role, by its ARN, for what takes so long that it meets no lag.
pub(in crate::simulator::aws) fn attached_policies(world: &World, account: &str, arn: &str) -> Vec<String> {
    role_policy::really_attached(world, account, arn.rsplit('/').next().unwrap_or(arn))
}

/// The unique id of the user of this ARN.
pub(in crate::simulator::aws) fn user_id(arn: &str) -> String {
    input::id_of("AIDA", number(&[arn.as_bytes()]).into())
}

/// Where IAM's objects of one kind are kept; with an empty name, all of them.
fn key(account: &str, kind: &str, name: &str) -> String {
    format!("aws/{account}/iam/{kind}/{name}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::time::Duration;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::simulator::aws::{ACCOUNT, Input, query};

    type Form<'a> = &'a [(&'a str, &'a str)];

    const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"eks.amazonaws.com"}}]}"#;
    const RIGHTS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]}"#;
    const POLICY_ARN: &str = "arn:aws:iam::123456789012:policy/p";
    const AWS_POLICY: &str = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy";
    const ISSUER: &str = "arn:aws:iam::123456789012:oidc-provider/example.com/id";

    /// What IAM answers at this time to the account's own user.
    fn ask(world: &mut World, seconds: f64, action: &str, form: Form<'_>) -> Result<String, Refusal> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        let body = body.append_pair("Action", action).extend_pairs(form).finish();
        let (name, Input::Query(parameters)) = query::read(OPERATIONS, &body)? else { panic!("a form") };
        let caller = Caller {
            account: ACCOUNT.to_owned(),
            region: "us-east-1".to_owned(),
            access_key: ACCOUNT.to_owned(),
            served_at: None,
            twist: None,
        };
        world.begin(Duration::from_secs_f64(1e9 + seconds));
        let operation = OPERATIONS.iter().find(|operation| operation.name == name).unwrap();
        let answer = (operation.answer)(world, &caller, &parameters);
        world.commit().unwrap();
        answer
    }

    fn code(answer: &Result<String, Refusal>) -> &str {
        answer.as_ref().map_or_else(|refusal| refusal.code.as_str(), |_| "")
    }

    /// Asks for one thing after the other, a minute apart, so that nothing is late.
    fn check(world: &mut World, steps: &[(&str, Form<'_>, &str)]) {
        let start = world.time().saturating_sub(Duration::from_secs(1_000_000_000)).as_secs_f64();
        for (index, (action, form, expected)) in steps.iter().enumerate() {
            let answer = ask(world, start + 60.0 * (index + 1) as f64, action, form);
            assert_eq!(code(&answer), *expected, "{action} {form:?} {answer:?}");
        }
    }

    fn world() -> World {
        let mut world = World::new(1);
        check(
            &mut world,
            &[
                ("CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)], ""),
                ("CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", RIGHTS)], ""),
            ],
        );
        world
    }

    #[test]
    fn roles_are_strict() {
        let no_json = [("RoleName", "x"), ("AssumeRolePolicyDocument", "{")];
        let attach: Form<'_> = &[("RoleName", "r"), ("PolicyArn", AWS_POLICY)];
        let inline: Form<'_> = &[("RoleName", "r"), ("PolicyName", "i"), ("PolicyDocument", RIGHTS)];
        let new = |more: (&'static str, &'static str)| [("RoleName", "x"), ("AssumeRolePolicyDocument", TRUST), more];
        let role: Form<'_> = &[("RoleName", "r")];
        let profile: Form<'_> = &[("InstanceProfileName", "i"), ("RoleName", "r")];
        check(
            &mut world(),
            &[
                ("CreateRole", &[("RoleName", "R"), ("AssumeRolePolicyDocument", TRUST)], "EntityAlreadyExists"),
                ("CreateRole", &[("RoleName", "a b"), ("AssumeRolePolicyDocument", TRUST)], "ValidationError"),
                ("CreateRole", &no_json, "MalformedPolicyDocument"),
                ("CreateRole", &[("RoleName", "x")], "ValidationError"),
                ("CreateRole", &new(("Path", "x/")), "ValidationError"),
                ("CreateRole", &new(("MaxSessionDuration", "3599")), "ValidationError"),
                ("CreateRole", &new(("Description", "→")), "ValidationError"),
                ("CreateRole", &new(("PermissionsBoundary", "arn:aws:iam::aws:policy/None")), "NoSuchEntity"),
                ("CreateRole", &new(("Nonsense", "1")), "ValidationError"),
                ("GetRole", &[("RoleName", "x")], "NoSuchEntity"),
                (
                    "AttachRolePolicy",
                    &[("RoleName", "r"), ("PolicyArn", "arn:aws:iam::aws:policy/None")],
                    "NoSuchEntity",
                ),
                ("AttachRolePolicy", attach, ""),
                ("AttachRolePolicy", attach, ""),
                ("DeleteRole", role, "DeleteConflict"),
                ("DetachRolePolicy", attach, ""),
                ("DetachRolePolicy", attach, "NoSuchEntity"),
                ("PutRolePolicy", inline, ""),
                ("DeleteRole", role, "DeleteConflict"),
                ("DeleteRolePolicy", &inline[..2], ""),
                ("DeleteRolePolicy", &inline[..2], "NoSuchEntity"),
                ("CreateInstanceProfile", &profile[..1], ""),
                ("AddRoleToInstanceProfile", profile, ""),
                ("DeleteRole", role, "DeleteConflict"),
                ("RemoveRoleFromInstanceProfile", profile, ""),
                ("DeleteRolePermissionsBoundary", role, "NoSuchEntity"),
                ("PutRolePermissionsBoundary", &[("RoleName", "r"), ("PermissionsBoundary", POLICY_ARN)], ""),
                ("DeletePolicy", &[("PolicyArn", POLICY_ARN)], "DeleteConflict"),
                ("DeleteRole", role, ""),
                ("DeleteRole", role, "NoSuchEntity"),
                ("DeletePolicy", &[("PolicyArn", POLICY_ARN)], ""),
            ],
        );
    }

    #[test]
    fn quotas_hold() {
        let mut world = world();
        for index in 0..11 {
            let (name, arn) = (format!("q{index}"), format!("arn:aws:iam::123456789012:policy/q{index}"));
            let expected = if index < 10 { "" } else { "LimitExceeded" };
            check(
                &mut world,
                &[
                    ("CreatePolicy", &[("PolicyName", &name), ("PolicyDocument", RIGHTS)], ""),
                    ("AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", &arn)], expected),
                ],
            );
        }
        let version: Form<'_> = &[("PolicyArn", POLICY_ARN), ("PolicyDocument", RIGHTS), ("SetAsDefault", "true")];
        check(&mut world, &[("CreatePolicyVersion", version, ""); 4]);
        let of = |id| [("PolicyArn", POLICY_ARN), ("VersionId", id)];
        let long = format!(r#"{{"Id":"{}",{}"#, "x".repeat(10_200), &RIGHTS[1..]);
        check(
            &mut world,
            &[
                ("CreatePolicyVersion", version, "LimitExceeded"),
                ("DeletePolicy", &[("PolicyArn", POLICY_ARN)], "DeleteConflict"),
                ("DeletePolicyVersion", &of("v5"), "DeleteConflict"),
                ("DeletePolicyVersion", &of("v6"), "NoSuchEntity"),
                ("DeletePolicyVersion", &of("5"), "ValidationError"),
                ("DeletePolicyVersion", &of("v1"), ""),
                ("CreatePolicyVersion", version, ""),
                ("CreatePolicy", &[("PolicyName", "long"), ("PolicyDocument", &long)], "LimitExceeded"),
                (
                    "PutRolePolicy",
                    &[("RoleName", "r"), ("PolicyName", "i"), ("PolicyDocument", &long)],
                    "LimitExceeded",
                ),
            ],
        );
        let versions = ask(&mut world, 1e6, "ListPolicyVersions", &[("PolicyArn", POLICY_ARN)]).unwrap();
        assert!(versions.contains("<VersionId>v6</VersionId><IsDefaultVersion>true</IsDefaultVersion>"), "{versions}");
        let policies = ask(&mut world, 1e6, "ListPolicies", &[("Scope", "Local"), ("OnlyAttached", "true")]).unwrap();
        assert_eq!(policies.matches("<AttachmentCount>1</AttachmentCount>").count(), 10);
    }

    #[test]
    fn tags_are_told_apart_without_their_case() {
        let tag = |key: &'static str| [("RoleName", "r"), ("Tags.member.1.Key", key), ("Tags.member.1.Value", "v")];
        let mut world = world();
        check(
            &mut world,
            &[
                ("TagRole", &tag("Team"), ""),
                ("TagRole", &tag("team"), ""),
                ("TagRole", &tag("aws:x"), "InvalidInput"),
                ("TagRole", &tag("a#b"), "ValidationError"),
                (
                    "TagRole",
                    &[&tag("a")[..], &[("Tags.member.2.Key", "A"), ("Tags.member.2.Value", "")]].concat(),
                    "InvalidInput",
                ),
            ],
        );
        let tags = ask(&mut world, 1e6, "ListRoleTags", &[("RoleName", "r")]).unwrap();
        assert_eq!(
            tags,
            "<Tags><member><Key>team</Key><Value>v</Value></member></Tags><IsTruncated>false</IsTruncated>"
        );
        for index in 0..49 {
            let (key, at) = (format!("k{index}"), 2e6);
            ask(
                &mut world,
                at,
                "TagRole",
                &[("RoleName", "r"), ("Tags.member.1.Key", &key), ("Tags.member.1.Value", "")],
            )
            .unwrap();
        }
        assert_eq!(code(&ask(&mut world, 3e6, "TagRole", &tag("more"))), "LimitExceeded");
    }

    #[test]
    fn providers_are_strict() {
        let thumbprint = "A".repeat(40);
        let of = |more: (&'static str, &'static str)| [("OpenIDConnectProviderArn", ISSUER), more];
        let mut world = World::new(1);
        check(
            &mut world,
            &[
                ("CreateOpenIDConnectProvider", &[("Url", "http://example.com")], "ValidationError"),
                ("CreateOpenIDConnectProvider", &[("Url", "https://example.com:8443/id")], "ValidationError"),
                (
                    "CreateOpenIDConnectProvider",
                    &[("Url", "https://example.com/id"), ("ThumbprintList.member.1", "12")],
                    "ValidationError",
                ),
                ("CreateOpenIDConnectProvider", &[("Url", "https://example.com/id"), ("ClientIDList", "")], ""),
                ("CreateOpenIDConnectProvider", &[("Url", "https://example.com/id")], "EntityAlreadyExists"),
                ("AddClientIDToOpenIDConnectProvider", &of(("ClientID", "a")), ""),
                ("AddClientIDToOpenIDConnectProvider", &of(("ClientID", "a")), ""),
                ("RemoveClientIDFromOpenIDConnectProvider", &of(("ClientID", "b")), ""),
            ],
        );
        let provider =
            ask(&mut world, 1e6, "GetOpenIDConnectProvider", &[("OpenIDConnectProviderArn", ISSUER)]).unwrap();
        let told =
            ["<Url>example.com/id</Url><ClientIDList><member>a</member></ClientIDList>", "<ThumbprintList><member>"];
        assert!(told.iter().all(|part| provider.contains(part)), "{provider}");
        let thumbprints = [("OpenIDConnectProviderArn", ISSUER), ("ThumbprintList.member.1", thumbprint.as_str())];
        check(
            &mut world,
            &[
                ("UpdateOpenIDConnectProviderThumbprint", &thumbprints, ""),
                ("DeleteOpenIDConnectProvider", &[("OpenIDConnectProviderArn", ISSUER)], ""),
                ("GetOpenIDConnectProvider", &[("OpenIDConnectProviderArn", ISSUER)], "NoSuchEntity"),
                ("DeleteOpenIDConnectProvider", &[("OpenIDConnectProviderArn", ISSUER)], ""),
            ],
        );
    }

    #[test]
    fn nothing_is_seen_at_once() {
        let role: Form<'_> = &[("RoleName", "r")];
        let attach: Form<'_> = &[("RoleName", "r"), ("PolicyArn", AWS_POLICY)];
        let trust = TRUST.replace(r#""Service":"eks.amazonaws.com""#, r#""AWS":["arn:aws:iam::123456789012:role/r"]"#);
        for seed in 0..20 {
            let mut world = World::new(seed);
            let mut ask = |seconds: f64, action, form: Form<'_>| ask(&mut world, seconds, action, form);
            let create: Form<'_> = &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)];
            let trusting = [("RoleName", "t"), ("AssumeRolePolicyDocument", trust.as_str())];
            ask(0.0, "CreateRole", create).unwrap();
            assert_eq!(code(&ask(0.1, "GetRole", role)), "NoSuchEntity");
            assert_eq!(code(&ask(0.1, "CreateRole", create)), "EntityAlreadyExists");
            assert_eq!(code(&ask(4.0, "GetRole", role)), "");
            assert_eq!(code(&ask(4.0, "AttachRolePolicy", attach)), "");
            let early = ask(4.5, "CreateRole", &trusting).unwrap_err();
            let said = r#"Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/r""#;
            assert_eq!((early.code.as_str(), early.message.as_str()), ("MalformedPolicyDocument", said));
            assert_eq!(code(&ask(12.0, "CreateRole", &trusting)), "");
            assert_eq!(code(&ask(20.0, "DetachRolePolicy", attach)), "");
            assert_eq!(code(&ask(20.5, "DeleteRole", role)), "DeleteConflict");
            assert_eq!(code(&ask(22.0, "DeleteRole", role)), "");
            assert_eq!(code(&ask(22.9, "GetRole", role)), "");
            assert_eq!(code(&ask(24.0, "GetRole", role)), "NoSuchEntity");
            // Who is gone is shown as an id, and who takes the name is someone else.
            ask(30.0, "CreateRole", create).unwrap();
            let shown = ask(60.0, "GetRole", &trusting[..1]).unwrap();
            assert!(shown.contains("%22AWS%22%3A%22AROA") && !shown.contains("role%2Fr"), "{shown}");
        }
        let early = (0..20).filter(|seed| {
            let mut world = World::new(*seed);
            ask(&mut world, 0.0, "CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)]).unwrap();
            code(&ask(&mut world, 1.0, "AttachRolePolicy", attach)) == "NoSuchEntity"
        });
        assert!((1..20).contains(&early.count()));
    }

    #[test]
    fn other_services_see_roles_last() {
        let arn = "arn:aws:iam::123456789012:role/team/r";
        let mut world = World::new(1);
        let create = [("RoleName", "r"), ("Path", "/team/"), ("AssumeRolePolicyDocument", TRUST)];
        ask(&mut world, 0.0, "CreateRole", &create).unwrap();
        ask(&mut world, 4.9, "AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", AWS_POLICY)]).unwrap();
        assert!(visible_role(&world, ACCOUNT, arn).is_none());
        world.begin(Duration::from_secs(1_000_000_015));
        let seen = visible_role(&world, ACCOUNT, arn).unwrap();
        assert_eq!(
            (seen.trust, seen.managed_policies),
            (serde_json::from_str(TRUST).unwrap(), vec![AWS_POLICY.to_owned()])
        );
        assert!(visible_role(&world, ACCOUNT, "arn:aws:iam::123456789012:role/r").is_none());
    }

    #[test]
    fn lists_come_in_pages() {
        let mut world = World::new(1);
        for index in 0..120 {
            let create = [("RoleName", &*format!("r{index:03}")), ("AssumeRolePolicyDocument", TRUST)];
            ask(&mut world, 0.0, "CreateRole", &create).unwrap();
        }
        let first = ask(&mut world, 60.0, "ListRoles", &[]).unwrap();
        let (_, marker) = first.split_once("<IsTruncated>true</IsTruncated><Marker>").unwrap();
        let marker = marker.strip_suffix("</Marker>").unwrap();
        let second = ask(&mut world, 60.0, "ListRoles", &[("Marker", marker)]).unwrap();
        let count = |page: &str| page.matches("<RoleName>").count();
        assert_eq!((count(&first), count(&second)), (100, 20));
        assert!(second.contains("<RoleName>r100</RoleName>") && second.ends_with("<IsTruncated>false</IsTruncated>"));
        assert_eq!(code(&ask(&mut world, 60.0, "ListRoles", &[("Marker", "?")])), "ValidationError");
        assert_eq!(code(&ask(&mut world, 60.0, "ListRoles", &[("MaxItems", "0")])), "ValidationError");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_is_asked_nothing_dangles(
            seed in any::<u64>(),
            calls in prop::collection::vec((0..OPERATIONS.len(), 0..3usize, 0..3usize, 0..4_000u32), 1..120),
        ) {
            let mut world = World::new(seed);
            let mut seconds = 0.0;
            for (operation, role, policy, wait) in calls {
                seconds += f64::from(wait) / 1000.0;
                let operation = &OPERATIONS[operation];
                let (role, name, version) = (format!("r{role}"), format!("p{policy}"), format!("v{}", policy + 1));
                let arn = format!("arn:aws:iam::123456789012:policy/{name}");
                let document = if operation.name.contains("Assume") { TRUST } else { RIGHTS };
                let known = BTreeMap::from([
                    ("RoleName", role.as_str()),
                    ("PolicyName", name.as_str()),
                    ("PolicyArn", arn.as_str()),
                    ("PermissionsBoundary", arn.as_str()),
                    ("InstanceProfileName", "i"),
                    ("VersionId", version.as_str()),
                    ("AssumeRolePolicyDocument", TRUST),
                    ("PolicyDocument", document),
                    ("OpenIDConnectProviderArn", ISSUER),
                    ("Url", "https://example.com/id"),
                    ("ClientID", name.as_str()),
                    ("Description", name.as_str()),
                ]);
                let form: Vec<_> = operation.takes.iter().filter_map(|name| Some((*name, *known.get(name)?))).collect();
                let answer = ask(&mut world, seconds, operation.name, &form);
                prop_assert!(answer.as_ref().is_err() || !answer.as_ref().unwrap().contains("&"));
                let all = |kind: &str| world.list::<Json>(&key(ACCOUNT, kind, ""));
                let names = |kind: &str| all(kind).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
                let (roles, policies, versions) = (names("role"), names("policy"), names("policy-version"));
                for attachment in names("role-attachment") {
                    let (role, arn) = attachment.split_once('/').unwrap();
                    prop_assert!(roles.contains(&role.to_owned()));
                    prop_assert!(policies.contains(&arn.rsplit('/').next().unwrap().to_owned()));
                }
                for inline in names("role-policy") {
                    prop_assert!(roles.contains(&inline.split('/').next().unwrap().to_owned()));
                }
                for (name, policy) in all("policy") {
                    let own = versions.iter().filter(|version| version.starts_with(&format!("{name}/"))).count();
                    prop_assert!((1..=5).contains(&own));
                    let default = format!("{name}/v{}", policy["default"]);
                    prop_assert!(versions.contains(&default));
                }
                for (_, role) in all("role") {
                    let bound = role["boundary"].as_str().and_then(|arn| arn.rsplit('/').next());
                    prop_assert!(bound.is_none_or(|name| policies.contains(&name.to_owned())));
                }
            }
        }
    }

    /// The types that use this service, over the SDK and in simulated time.
    mod types {
        use super::*;
        use crate::clock::Clock as _;
        use crate::provider::{
            Door, ErrorKind, Family as _, FamilySettings, Interrupt, Owner, ResourceType, Target, normalise,
        };
        use crate::providers::aws::AwsFamily;
        use crate::simulator::{Faults, SimulatedClock, Simulator, aws};
        use crate::value::{Attributes, Path, Value};

        const SEEDS: u64 = 6;

        struct Stack {
            door: Door,
            config: aws_config::SdkConfig,
            types: Vec<Arc<dyn ResourceType>>,
            clock: SimulatedClock,
        }

        struct Thing {
            kind: Arc<dyn ResourceType>,
            owner: Owner,
            identity: String,
            recorded: Attributes,
        }

        impl Stack {
            async fn open(seed: u64, clock: &SimulatedClock) -> Self {
                let simulator = Simulator::in_memory(Arc::new(clock.clone()), seed, Faults::default());
                let config = aws::sdk_config(&simulator);
                let family = AwsFamily::with_config(config.clone()).with_jitter(Arc::new(|| 0.5));
                let door = family.open(&FamilySettings::new(), Arc::new(clock.clone())).await.unwrap();
                Self { door, config, types: family.resource_types().to_vec(), clock: clock.clone() }
            }

            fn target<'a>(&self, thing: &'a Thing) -> Target<'a> {
                Target {
                    resource_type: thing.kind.name(),
                    identity: &thing.identity,
                    owner: &thing.owner,
                    recorded: &thing.recorded,
                    progress: &(),
                    interrupt: &Interrupt::NEVER,
                    timeout: Duration::from_secs(600),
                    token: "token",
                }
            }

            async fn create(&self, kind: &str, spec: Json) -> Thing {
                let kind = self.types.iter().find(|known| known.name() == format!("aws.{kind}")).unwrap().clone();
                let desired = normal(&*kind, spec);
                let owner = Owner { stack: "s".parse().unwrap(), address: "a".parse().unwrap() };
                let identity = kind.identity(&desired).unwrap();
                let mut thing = Thing { identity, kind, owner, recorded: Attributes::new() };
                assert_eq!(self.door.read(&self.target(&thing)).await.unwrap(), None);
                let observed = self.door.create(&self.target(&thing), &desired).await.unwrap();
                thing.recorded = observed.attributes;
                thing
            }

            async fn update(&self, thing: &mut Thing, spec: Json) {
                let desired = normal(&*thing.kind, spec);
                thing.recorded = self.door.update(&self.target(thing), &desired).await.unwrap().attributes;
            }

            async fn delete(&self, thing: &Thing) {
                self.door.delete(&self.target(thing)).await.unwrap();
                assert_eq!(self.door.read(&self.target(thing)).await.unwrap(), None);
            }
        }

        fn normal(kind: &dyn ResourceType, spec: Json) -> Attributes {
            let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
            let (normal, mut findings) = normalise(&kind.schema().spec, &spec, &Path::default());
            findings.extend(kind.check(&normal));
            assert_eq!(findings, []);
            normal
        }

        fn arn(thing: &Thing) -> String {
            thing.recorded.get("arn").and_then(Value::as_str).unwrap().to_owned()
        }

        fn allow(entries: &Json) -> Json {
            let mut statement = json!({"Effect": "Allow"});
            statement.as_object_mut().unwrap().extend(entries.as_object().unwrap().clone());
            json!({"Version": "2012-10-17", "Statement": [statement]})
        }

        fn rights(action: &str) -> Json {
            allow(&json!({"Action": action, "Resource": "*"}))
        }

        fn trust(principal: &Json) -> Json {
            allow(&json!({"Action": "sts:AssumeRole", "Principal": principal}))
        }

        async fn live(stack: &Stack) {
            let service = trust(&json!({"Service": "eks.amazonaws.com"}));
            let mut policy = stack.create("iam_policy", json!({"name": "p", "document": rights("sqs:*")})).await;
            let managed = [arn(&policy), AWS_POLICY.to_owned()];
            let spec = json!({"name": "r", "trust": service, "managed_policies": managed, "tags": {"a": "b"},
                "inline_policies": {"i": rights("s3:*")}});
            let mut role = stack.create("iam_role", spec).await;
            let trusting =
                stack.create("iam_role", json!({"name": "t", "trust": trust(&json!({"AWS": [arn(&role)]}))}));
            let trusting = trusting.await;
            let url = "https://oidc.eks.us-east-1.amazonaws.com/id/A";
            let mut issuer = stack.create("iam_oidc_provider", json!({"url": url, "client_ids": ["a"]})).await;
            let dead = stack.create("sqs_queue", json!({"name": "dead"})).await;
            let sends = json!({"Action": "sqs:SendMessage", "Resource": "*", "Principal": {"AWS": arn(&trusting)}});
            let dead_letter = json!({"queue": arn(&dead), "max_receive_count": 3});
            let mut queue = stack
                .create("sqs_queue", json!({"name": "q", "policy": allow(&sends), "dead_letter": dead_letter}))
                .await;
            stack.update(&mut queue, json!({"name": "q", "visibility_timeout": "90s", "kms_key": "alias/a"})).await;
            stack.update(&mut queue, json!({"name": "q", "sse": true, "tags": {"a": "b"}})).await;
            for action in ["sqs:A*", "sqs:B*", "sqs:C*", "sqs:D*", "sqs:E*"] {
                stack.update(&mut policy, json!({"name": "p", "document": rights(action)})).await;
            }
            let spec = json!({"name": "r", "trust": trust(&json!({"AWS": arn(&trusting)})), "max_session": "2h",
                "permissions_boundary": arn(&policy), "description": "d", "inline_policies": {"j": rights("s3:*")}});
            stack.update(&mut role, spec).await;
            stack.update(&mut role, json!({"name": "r", "trust": service})).await;
            stack.update(&mut issuer, json!({"url": url, "client_ids": ["b"], "tags": {"x": "y"}})).await;
            stack.delete(&queue).await;
            queue = stack.create("sqs_queue", json!({"name": "q"})).await;
            for thing in [&queue, &dead, &issuer, &role, &trusting, &policy] {
                stack.delete(thing).await;
            }
        }

        async fn change_new(stack: &Stack) {
            let service = trust(&json!({"Service": "eks.amazonaws.com"}));
            let mut policy = stack.create("iam_policy", json!({"name": "p", "document": rights("sqs:*")})).await;
            stack.update(&mut policy, json!({"name": "p", "document": rights("s3:*"), "tags": {"a": "b"}})).await;
            let bound = stack.create("iam_policy", json!({"name": "b", "document": rights("sqs:*")})).await;
            let spec = json!({"name": "r", "trust": service, "permissions_boundary": arn(&bound)});
            let mut role = stack.create("iam_role", spec).await;
            let next = stack.create("iam_policy", json!({"name": "n", "document": rights("sqs:*")})).await;
            let spec = json!({"name": "r", "trust": trust(&json!({"Service": "ec2.amazonaws.com"})),
                "permissions_boundary": arn(&next), "description": "d", "tags": {"a": "b"}});
            stack.update(&mut role, spec).await;
            let (url, print) = ("https://example.com/id", "a".repeat(40));
            let spec = json!({"url": url, "client_ids": ["a"], "tags": {"a": "b"}});
            let mut issuer = stack.create("iam_oidc_provider", spec).await;
            stack.update(&mut issuer, json!({"url": url, "client_ids": ["b"], "thumbprints": [print]})).await;
        }

        async fn delete_new(stack: &Stack) {
            let policy = stack.create("iam_policy", json!({"name": "p", "document": rights("sqs:*")})).await;
            stack.delete(&policy).await;
            let spec = json!({"name": "r", "trust": trust(&json!({"Service": "eks.amazonaws.com"})),
                "managed_policies": [AWS_POLICY], "inline_policies": {"i": rights("s3:*")}});
            let role = stack.create("iam_role", spec).await;
            stack.delete(&role).await;
            let role = json!({"name": "s", "trust": trust(&json!({"Service": "eks.amazonaws.com"}))});
            stack.delete(&stack.create("iam_role", role).await).await;
            let issuer = stack.create("iam_oidc_provider", json!({"url": "https://example.com/id"})).await;
            stack.delete(&issuer).await;
            // Nothing is left that only reads miss.
            stack.clock.sleep(Duration::from_secs(60)).await;
            for thing in [&policy, &issuer] {
                assert_eq!(stack.door.read(&stack.target(thing)).await.unwrap(), None);
            }
        }

        async fn replace_queue(stack: &Stack) {
            let queue = stack.create("sqs_queue", json!({"name": "q"})).await;
            stack.delete(&queue).await;
            let spec = json!({"name": "q", "visibility_timeout": "90s"});
            stack.create("sqs_queue", spec.clone()).await;
            // One that is there is never taken for a new one.
            let failed = stack.door.create(&stack.target(&queue), &normal(&*queue.kind, spec)).await.unwrap_err();
            assert_eq!(failed.error.kind, ErrorKind::AlreadyExists);
        }

        /// Reads a policy as long as its versions come late: it never looks gone.
        async fn reread_policy(stack: &Stack) {
            let iam = aws_sdk_iam::Client::new(&stack.config);
            let policy = stack.create("iam_policy", json!({"name": "p", "document": rights("sqs:*")})).await;
            for action in ["sqs:A*", "sqs:B*"] {
                stack.clock.sleep(Duration::from_secs(10)).await;
                let document = rights(action).to_string();
                let version = iam.create_policy_version().policy_arn(POLICY_ARN).policy_document(document);
                version.set_as_default(true).send().await.unwrap();
                for _ in 0..20 {
                    stack.clock.sleep(Duration::from_millis(200)).await;
                    assert!(stack.door.read(&stack.target(&policy)).await.unwrap().is_some());
                }
            }
        }

        /// Answers that no type reads: the SDK finds in them all that the service's model requires.
        async fn answers(config: &aws_config::SdkConfig, clock: &SimulatedClock) {
            use aws_sdk_iam::types::Tag;
            let iam = aws_sdk_iam::Client::new(config);
            let tag = || Tag::builder().key("k").value("<&>").build().unwrap();
            let bad = iam.create_policy().policy_name("p").policy_document(RIGHTS).tags(tag()).send().await;
            assert!(bad.unwrap_err().into_service_error().meta().code() == Some("ValidationError"));
            iam.create_policy().policy_name("p").policy_document(RIGHTS).send().await.unwrap();
            let made =
                iam.create_role().role_name("r").assume_role_policy_document(TRUST).description("<&>").send().await;
            assert_eq!(made.unwrap().role().unwrap().create_date().secs(), 1_000_000_000);
            iam.create_open_id_connect_provider().url("https://example.com/id").send().await.unwrap();
            clock.sleep(Duration::from_secs(10)).await;
            iam.put_role_permissions_boundary().role_name("r").permissions_boundary(POLICY_ARN).send().await.unwrap();
            let role =
                iam.update_role_description().role_name("r").description("d").send().await.unwrap().role.unwrap();
            let bound = role.permissions_boundary().unwrap().permissions_boundary_arn();
            assert_eq!((role.description(), bound), (Some("d"), Some(POLICY_ARN)));
            iam.tag_policy()
                .policy_arn(POLICY_ARN)
                .tags(Tag::builder().key("k").value("").build().unwrap())
                .send()
                .await
                .unwrap();
            iam.create_instance_profile().instance_profile_name("i").send().await.unwrap();
            iam.add_role_to_instance_profile().instance_profile_name("i").role_name("r").send().await.unwrap();
            clock.sleep(Duration::from_secs(10)).await;
            let roles = iam.list_roles().send().await.unwrap();
            assert_eq!((roles.roles()[0].role_name(), roles.roles()[0].max_session_duration()), ("r", Some(3600)));
            let tags = iam.list_policy_tags().policy_arn(POLICY_ARN).send().await.unwrap();
            assert_eq!((tags.tags()[0].key(), tags.tags()[0].value()), ("k", ""));
            let providers = iam.list_open_id_connect_providers().send().await.unwrap();
            assert_eq!(providers.open_id_connect_provider_list()[0].arn(), Some(ISSUER));
            let profiles = iam.list_instance_profiles_for_role().role_name("r").send().await.unwrap();
            assert_eq!(profiles.instance_profiles()[0].roles()[0].role_name(), "r");
            let entities = iam.list_entities_for_policy().policy_arn(POLICY_ARN).send().await.unwrap();
            assert_eq!(entities.policy_roles()[0].role_name(), Some("r"));
            let policies = iam.list_policies().max_items(1000).send().await.unwrap();
            assert_eq!(policies.policies().len(), managed::ALL.len() + 1);
            assert!(policies.policies().iter().all(|policy| policy.policy_id().is_some_and(|id| id.len() == 21)));
        }

        #[test]
        fn the_sdk_reads_every_answer() {
            let clock = SimulatedClock::new(Duration::from_secs(1_000_000_000));
            let simulator = Simulator::in_memory(Arc::new(clock.clone()), 1, Faults::default());
            clock.runtime().unwrap().block_on(answers(&aws::sdk_config(&simulator), &clock));
        }

        fn for_seeds<F: Future<Output = ()>>(run: impl Fn(Stack) -> F) {
            for seed in 0..SEEDS {
                let clock = SimulatedClock::new(Duration::from_secs(1_000_000_000));
                let runtime = clock.runtime().unwrap();
                runtime.block_on(async { run(Stack::open(seed, &clock).await).await });
            }
        }

        #[test]
        fn every_type_comes_and_goes() {
            for_seeds(|stack| async move { live(&stack).await });
        }

        #[test]
        fn what_was_just_made_can_be_changed() {
            for_seeds(|stack| async move { change_new(&stack).await });
        }

        #[test]
        fn what_was_just_made_can_be_deleted() {
            for_seeds(|stack| async move { delete_new(&stack).await });
        }

        #[test]
        fn a_queue_is_made_again_as_soon_as_it_is_gone() {
            for_seeds(|stack| async move { replace_queue(&stack).await });
        }

        #[test]
        fn a_policy_is_there_while_its_version_is_not_shown() {
            for_seeds(|stack| async move { reread_policy(&stack).await });
        }
    }
}
