//! An addon's fields in EKS's forms, and back.
//!
//! Makes no calls.

use aws_sdk_eks::types::{Addon, AddonPodIdentityAssociations, PodIdentityAssociation};

use super::super::eks;
use super::NOT_KEPT;
use crate::provider::{Condition, ProviderError, Target};
use crate::value::{Attributes, Value};

pub(super) fn status(addon: &Addon) -> &str {
    addon.status().map_or("", |status| status.as_str())
}

fn issues(addon: &Addon) -> String {
    let issues = addon.health().map(|health| health.issues()).unwrap_or_default();
    eks::told(issues.iter().map(|issue| (issue.code().map(|code| code.as_str()), issue.message())))
}

/// Whether its last update has failed: another one may mend it, so it need not be made anew.
pub(super) fn needs_repair(addon: &Addon) -> bool {
    status(addon) == "UPDATE_FAILED"
}

pub(super) fn condition(addon: &Addon) -> Condition {
    match needs_repair(addon) {
        true => Condition::Settling(eks_says(addon)),
        false => eks::condition(status(addon), &issues(addon)),
    }
}

/// What an update has to wait for; one that has failed is over.
pub(super) fn moving(addon: &Addon) -> Condition {
    if needs_repair(addon) { Condition::Ready } else { condition(addon) }
}

/// A new addon is often degraded until there are nodes for its pods, so that is waited for. Plans leave one alone
/// that is degraded later on, since no change of it would help.
pub(super) fn healthy(addon: &Addon) -> Condition {
    match status(addon) {
        "DEGRADED" => Condition::Settling(eks_says(addon)),
        _ => condition(addon),
    }
}

fn eks_says(addon: &Addon) -> String {
    let (status, issues) = (status(addon), issues(addon));
    if issues.is_empty() { format!("it is {status}") } else { format!("it is {status}: {issues}") }
}

pub(super) fn read(addon: &Addon, associations: &[PodIdentityAssociation], target: &Target<'_>) -> Attributes {
    let (cluster, name) = eks::halves(target);
    let mut attributes = eks::map([
        eks::entry("cluster", Some(cluster)),
        eks::entry("name", Some(name)),
        eks::entry("version", addon.addon_version()),
        eks::entry("configuration_values", Some(read_values(addon.configuration_values()))),
        eks::entry("service_account_role_arn", addon.service_account_role_arn()),
        eks::entry("pod_identity_associations", Some(eks::sorted(associations.iter().map(read_association)))),
        eks::entry("arn", addon.addon_arn()),
    ]);
    attributes.extend(eks::as_recorded(target, &NOT_KEPT));
    attributes
}

/// EKS keeps the text it was given, and none is as good as an empty map.
fn read_values(text: Option<&str>) -> Value {
    let text = text.map(str::trim).filter(|text| !text.is_empty()).unwrap_or("{}");
    serde_json::from_str::<serde_json::Value>(text).map_or_else(|_| Value::from(text), Value::from)
}

fn read_association(association: &PodIdentityAssociation) -> Value {
    Value::Map(eks::map([
        eks::entry("service_account", association.service_account()),
        eks::entry("role_arn", association.role_arn()),
    ]))
}

pub(super) fn wanted_values(desired: &Attributes) -> Option<String> {
    desired.get("configuration_values").map(|values| values.to_json().to_string())
}

pub(super) fn wanted_associations(
    desired: &Attributes,
) -> Result<Option<Vec<AddonPodIdentityAssociations>>, ProviderError> {
    let Some(items) = desired.get("pod_identity_associations").and_then(Value::as_list) else {
        return Ok(None);
    };
    let one = |fields: &Attributes| {
        AddonPodIdentityAssociations::builder()
            .set_service_account(eks::text(fields, "service_account").map(str::to_owned))
            .set_role_arn(eks::text(fields, "role_arn").map(str::to_owned))
            .build()
            .map_err(eks::incomplete)
    };
    items.iter().filter_map(Value::as_map).map(one).collect::<Result<_, _>>().map(Some)
}

/// What UpdateAddon is given.
#[derive(Debug, PartialEq)]
pub(super) struct Changes {
    pub(super) version: Option<String>,
    pub(super) values: Option<String>,
    /// EKS takes the role away where a call does not name it.
    pub(super) role: Option<String>,
    pub(super) associations: Option<Vec<AddonPodIdentityAssociations>>,
}

/// What has to change, if anything: what is left out of the spec stays, and what is given up goes.
pub(super) fn changes(
    present: &Attributes,
    target: &Target<'_>,
    desired: &Attributes,
) -> Result<Option<Changes>, ProviderError> {
    const ROLE: &str = "service_account_role_arn";
    const VALUES: &str = "configuration_values";
    const ASSOCIATIONS: &str = "pod_identity_associations";
    let given_up = |name: &str| eks::is_given_up(target, desired, name);
    let differs = |name: &str| desired.get(name).is_some_and(|wanted| present.get(name) != Some(wanted));
    let emptied = |name: &str, empty: Value| given_up(name) && present.get(name).is_some_and(|now| *now != empty);
    let no_role = given_up(ROLE) && present.contains_key(ROLE);
    let no_values = emptied(VALUES, Value::Map(Attributes::new()));
    let no_associations = emptied(ASSOCIATIONS, Value::List(Vec::new()));
    let fields = ["version", VALUES, ROLE, ASSOCIATIONS];
    if !fields.into_iter().any(differs) && !no_role && !no_values && !no_associations {
        return Ok(None);
    }
    let role = eks::text(desired, ROLE).or_else(|| eks::text(present, ROLE).filter(|_| !given_up(ROLE)));
    Ok(Some(Changes {
        version: eks::text(desired, "version").map(str::to_owned),
        values: wanted_values(desired).or_else(|| no_values.then(|| "{}".to_owned())),
        role: role.map(str::to_owned),
        associations: match wanted_associations(desired)? {
            Some(wanted) => differs(ASSOCIATIONS).then_some(wanted),
            None => no_associations.then(Vec::new),
        },
    }))
}

/// Everything desired once more, for an update that failed.
pub(super) fn again(present: &Attributes, desired: &Attributes) -> Changes {
    let role = eks::text(desired, "service_account_role_arn").or(eks::text(present, "service_account_role_arn"));
    Changes {
        version: eks::text(desired, "version").map(str::to_owned),
        values: wanted_values(desired),
        role: role.map(str::to_owned),
        associations: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Interrupt, Owner};
    use serde_json::json;
    use std::time::Duration;

    fn attributes(json: serde_json::Value) -> Attributes {
        let Value::Map(entries) = Value::from(json) else { panic!("a map") };
        entries
    }

    fn changed(present: serde_json::Value, recorded: serde_json::Value, desired: serde_json::Value) -> Option<Changes> {
        let owner = Owner { stack: "video".parse().unwrap(), address: "cni".parse().unwrap() };
        let target = Target {
            resource_type: "aws.eks_addon",
            identity: "main/vpc-cni",
            owner: &owner,
            recorded: &attributes(recorded),
            progress: &(),
            interrupt: &Interrupt::NEVER,
            timeout: Duration::from_secs(60),
            token: "token",
        };
        changes(&attributes(present), &target, &attributes(desired)).unwrap()
    }

    #[test]
    fn an_update_keeps_the_role_that_is_not_ours_and_drops_the_one_that_is_given_up() {
        let present = json!({"version": "v1", "service_account_role_arn": "r", "configuration_values": {"a": 1}});
        let none = Changes { version: Some("v2".to_owned()), values: None, role: None, associations: None };
        let kept = Changes { role: Some("r".to_owned()), ..none };
        assert_eq!(changed(present.clone(), json!({}), json!({"version": "v2"})), Some(kept));
        let none = Changes { version: Some("v2".to_owned()), values: None, role: None, associations: None };
        let recorded = json!({"service_account_role_arn": "r"});
        assert_eq!(changed(present.clone(), recorded, json!({"version": "v2"})), Some(none));
        assert_eq!(changed(present.clone(), json!({}), json!({"version": "v1"})), None);
        let emptied = changed(present.clone(), present, json!({"version": "v1", "service_account_role_arn": "r"}));
        assert_eq!(emptied.and_then(|changes| changes.values).as_deref(), Some("{}"));
    }

    #[test]
    fn values_are_compared_by_meaning() {
        assert_eq!(read_values(Some(" {\"b\": 1,\n \"a\": [true]} ")).to_string(), r#"{"a": [true], "b": 1}"#);
        assert_eq!(read_values(None), Value::Map(Attributes::new()));
        assert_eq!(read_values(Some("a: 1")), Value::from("a: 1"));
    }

    #[test]
    fn an_update_that_failed_is_mended_by_another() {
        let addon = |status: &str| Addon::builder().status(status.into()).build();
        assert!(matches!(condition(&addon("UPDATE_FAILED")), Condition::Settling(why) if why == "it is UPDATE_FAILED"));
        assert_eq!(moving(&addon("UPDATE_FAILED")), Condition::Ready);
        assert_eq!(condition(&addon("DEGRADED")), Condition::Ready);
        assert!(matches!(healthy(&addon("DEGRADED")), Condition::Settling(_)));
        assert!(matches!(condition(&addon("CREATE_FAILED")), Condition::Broken(_)));
    }
}
