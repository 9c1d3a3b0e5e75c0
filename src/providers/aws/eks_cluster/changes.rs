//! What has to change for a cluster to be as desired, in the order in which EKS is asked for it.
//!
//! Compares with what the cluster is and not with what was recorded, so an update may stop anywhere and be
//! done again. Makes no calls.

use super::super::eks;
use super::{AUTHENTICATION_MODES, Endpoint};
use crate::provider::{ProviderError, Target};
use crate::value::{Attributes, Value};

/// One thing EKS changes at a time.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    Network {
        subnet_ids: Vec<String>,
        security_group_ids: Vec<String>,
    },
    Endpoint(Endpoint),
    /// The kinds of logs that are on; all others are off.
    Logging(Vec<String>),
    AuthenticationMode(String),
    UpgradePolicy(String),
    ZonalShift(bool),
    DeletionProtection(bool),
    Encryption(String),
    Version(String),
}

impl Change {
    /// Tells the steps of one update apart in their idempotency tokens.
    pub(super) fn step(&self) -> String {
        match self {
            Change::Network { .. } => "network".to_owned(),
            Change::Endpoint(_) => "endpoint".to_owned(),
            Change::Logging(_) => "logging".to_owned(),
            Change::AuthenticationMode(mode) => mode.clone(),
            Change::UpgradePolicy(_) => "upgrade-policy".to_owned(),
            Change::ZonalShift(_) => "zonal-shift".to_owned(),
            Change::DeletionProtection(_) => "deletion-protection".to_owned(),
            Change::Encryption(_) => "encryption".to_owned(),
            Change::Version(version) => version.clone(),
        }
    }
}

/// Every change that is needed. Versions come last, since they take longest and the rest helps them to succeed.
///
/// # Errors
/// What is asked for cannot be done to a cluster that is there; nothing has been changed then.
pub(super) fn needed(
    present: &Attributes,
    target: &Target<'_>,
    desired: &Attributes,
) -> Result<Vec<Change>, ProviderError> {
    let mut changes = Vec::new();
    changes.extend(authentication_mode(present, desired)?);
    changes.extend(network(present, target, desired));
    let endpoint = wanted(target, desired, "endpoint_access", Endpoint::of, Endpoint::new_clusters);
    changes.extend(endpoint.filter(|wanted| Endpoint::of(present).as_ref() != Some(wanted)).map(Change::Endpoint));
    let logs = |fields: &Attributes| fields.contains_key("logging").then(|| eks::texts(fields, "logging"));
    let logging = wanted(target, desired, "logging", logs, Vec::new);
    changes.extend(logging.filter(|wanted| logs(present).as_ref() != Some(wanted)).map(Change::Logging));
    changes.extend(differing(present, desired, "upgrade_policy").map(Change::UpgradePolicy));
    for (field, change) in
        [("zonal_shift", Change::ZonalShift as fn(bool) -> Change), ("deletion_protection", Change::DeletionProtection)]
    {
        let flag = |fields: &Attributes| eks::flag(fields, field);
        let wanted = wanted(target, desired, field, flag, || false);
        changes.extend(wanted.filter(|wanted| flag(present) != Some(*wanted)).map(change));
    }
    changes.extend(encryption(present, desired)?);
    changes.extend(versions(present, desired)?);
    Ok(changes)
}

/// What a field should be: as the spec has it, or as a new cluster has it when the spec has it no longer.
fn wanted<T>(
    target: &Target<'_>,
    desired: &Attributes,
    field: &str,
    of: impl Fn(&Attributes) -> Option<T>,
    new_clusters: impl Fn() -> T,
) -> Option<T> {
    of(desired).or_else(|| eks::is_given_up(target, desired, field).then(new_clusters))
}

fn differing(present: &Attributes, desired: &Attributes, field: &str) -> Option<String> {
    let wanted = eks::text(desired, field).filter(|wanted| Some(*wanted) != eks::text(present, field));
    wanted.map(str::to_owned)
}

/// EKS takes subnets and security groups together.
fn network(present: &Attributes, target: &Target<'_>, desired: &Attributes) -> Option<Change> {
    let now = |field: &str| eks::texts(present, field);
    let then = |field: &str| match desired.contains_key(field) || eks::is_given_up(target, desired, field) {
        true => eks::texts(desired, field),
        false => now(field),
    };
    let (subnet_ids, security_group_ids) = (then("subnet_ids"), then("security_group_ids"));
    let same = subnet_ids == now("subnet_ids") && security_group_ids == now("security_group_ids");
    (!same).then_some(Change::Network { subnet_ids, security_group_ids })
}

/// A cluster goes from one mode to the next, so from the first to the last there are two changes.
fn authentication_mode(present: &Attributes, desired: &Attributes) -> Result<Vec<Change>, ProviderError> {
    const FIELD: &str = "authentication_mode";
    let place = |mode: &str| AUTHENTICATION_MODES.iter().position(|known| *known == mode);
    let Some(wanted) = eks::text(desired, FIELD) else {
        return Ok(Vec::new());
    };
    // A cluster that does not say has the mode of all clusters before there were modes.
    let now = eks::text(present, FIELD).unwrap_or(AUTHENTICATION_MODES[0]);
    match (place(now), place(wanted)) {
        (Some(from), Some(to)) if from <= to => {
            let modes = AUTHENTICATION_MODES[from + 1..=to].iter();
            Ok(modes.map(|mode| Change::AuthenticationMode((*mode).to_owned())).collect())
        }
        _ => Err(eks::no_way_back("eks:UpdateClusterConfig", FIELD, now, wanted)),
    }
}

fn encryption(present: &Attributes, desired: &Attributes) -> Result<Option<Change>, ProviderError> {
    let key = |fields| eks::part(fields, "encryption", "key_arn").and_then(Value::as_str);
    match (key(present), key(desired)) {
        (None, Some(wanted)) => Ok(Some(Change::Encryption(wanted.to_owned()))),
        (Some(now), Some(wanted)) if now != wanted => {
            Err(eks::no_way_back("eks:AssociateEncryptionConfig", "encryption.key_arn", now, wanted))
        }
        _ => Ok(None),
    }
}

fn versions(present: &Attributes, desired: &Attributes) -> Result<Vec<Change>, ProviderError> {
    let Some(wanted) = eks::text(desired, "version") else {
        return Ok(Vec::new());
    };
    let now = eks::text(present, "version").unwrap_or_default();
    let steps =
        eks::steps(now, wanted).ok_or_else(|| eks::no_way_back("eks:UpdateClusterVersion", "version", now, wanted))?;
    Ok(steps.into_iter().map(Change::Version).collect())
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

    fn changes(
        present: serde_json::Value,
        recorded: serde_json::Value,
        desired: serde_json::Value,
    ) -> Result<Vec<Change>, ProviderError> {
        let owner = Owner { stack: "video".parse().unwrap(), address: "main".parse().unwrap() };
        let target = Target {
            resource_type: "aws.eks_cluster",
            identity: "main",
            owner: &owner,
            recorded: &attributes(recorded),
            progress: &(),
            interrupt: &Interrupt::NEVER,
            timeout: Duration::from_secs(60),
            token: "token",
        };
        needed(&attributes(present), &target, &attributes(desired))
    }

    #[test]
    fn each_kind_of_change_is_a_step_of_its_own() {
        let open = json!({"public": true, "private": false, "public_cidrs": ["0.0.0.0/0"]});
        let closed = json!({"public": false, "private": true, "public_cidrs": ["0.0.0.0/0"]});
        let present = json!({
            "version": "1.30", "subnet_ids": ["a", "b"], "security_group_ids": [], "logging": [],
            "endpoint_access": open, "authentication_mode": "CONFIG_MAP", "upgrade_policy": "EXTENDED",
            "zonal_shift": false, "deletion_protection": false,
        });
        let desired = json!({
            "version": "1.32", "subnet_ids": ["a", "c"], "logging": ["api"], "endpoint_access": closed,
            "authentication_mode": "API", "upgrade_policy": "STANDARD", "zonal_shift": true,
            "deletion_protection": true, "encryption": {"key_arn": "k"},
        });
        let steps: Vec<String> =
            changes(present, json!({}), desired.clone()).unwrap().iter().map(Change::step).collect();
        let expected = "API_AND_CONFIG_MAP API network endpoint logging upgrade-policy zonal-shift \
                        deletion-protection encryption 1.31 1.32";
        assert_eq!(steps.join(" "), expected);
        let mut done = attributes(desired.clone());
        done.insert("security_group_ids".to_owned(), Value::List(Vec::new()));
        assert_eq!(changes(Value::Map(done).to_json(), json!({}), desired), Ok(Vec::new()));
    }

    #[test]
    fn what_was_never_ours_stays_and_what_is_given_up_goes_back() {
        let present = json!({
            "subnet_ids": ["a", "b"], "security_group_ids": ["s"], "logging": ["api"], "deletion_protection": true,
            "endpoint_access": {"public": false, "private": true, "public_cidrs": []},
        });
        let desired = json!({"subnet_ids": ["a", "b"]});
        assert_eq!(changes(present.clone(), json!({}), desired.clone()), Ok(Vec::new()));
        let steps = changes(present.clone(), present, desired).unwrap();
        let network =
            Change::Network { subnet_ids: vec!["a".to_owned(), "b".to_owned()], security_group_ids: Vec::new() };
        let expected = [
            network,
            Change::Endpoint(Endpoint::new_clusters()),
            Change::Logging(Vec::new()),
            Change::DeletionProtection(false),
        ];
        assert_eq!(steps, expected);
    }

    #[test]
    fn there_is_no_way_back() {
        let cases = [
            (json!({"version": "1.31"}), json!({"version": "1.30"})),
            (json!({"authentication_mode": "API"}), json!({"authentication_mode": "CONFIG_MAP"})),
            (json!({"encryption": {"key_arn": "a"}}), json!({"encryption": {"key_arn": "b"}})),
        ];
        for (present, desired) in cases {
            let error = changes(present, json!({}), desired).unwrap_err();
            assert!(error.hint.is_some_and(|hint| hint.contains("--replace")));
        }
    }
}
