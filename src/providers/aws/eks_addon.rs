//! `aws.eks_addon`: software of a cluster that EKS installs and keeps up, such as `vpc-cni` and `coredns`.
//!
//! Pure: the calls are in `calls`, and how fields and EKS's forms belong together in `parts`.

mod calls;
mod parts;

use std::time::Duration;

use super::{eks, eks_entrance, ownership};
use crate::provider::{Field, FieldType, Finding, Operation, Output, ResourceType, Schema, Text};
use crate::value::{Attributes, Kind, Path, Value};

const MINUTE: Duration = Duration::from_secs(60);
/// How calls are to be made; EKS keeps none of it.
const NOT_KEPT: [&str; 2] = ["resolve_conflicts", "preserve"];

pub(super) struct EksAddon {
    schema: Schema,
}

impl EksAddon {
    pub(super) fn new() -> Self {
        let outputs = vec![Output::new("arn", Kind::String, "Its name in policies")];
        Self { schema: Schema { spec: fields(), outputs } }
    }
}

impl ResourceType for EksAddon {
    fn name(&self) -> &'static str {
        "aws.eks_addon"
    }

    fn doc(&self) -> &'static str {
        "An addon of an EKS cluster, such as `vpc-cni`, `coredns` or `eks-pod-identity-agent`."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let mut findings = ownership::check(spec, ownership::Tagging::Eks);
        let values = spec.get("configuration_values");
        if values.is_some_and(|values| !matches!(values, Value::Map(_) | Value::Unknown(_) | Value::Secret(_))) {
            let at = Path::field("configuration_values");
            findings.push(
                Finding::new("aws/bad-configuration", at, "the values of an addon are a map")
                    .help("`aws eks describe-addon-configuration` shows what an addon takes"),
            );
        }
        findings.extend(check_associations(spec));
        findings
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        eks::inside(spec, self.identity_fields())
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["cluster", "name"]
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["account", "region"]
    }

    fn visible_after(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn shown_after_deletion(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn completes<'a>(&self, spec: &'a Attributes) -> Option<(&'static str, &'a str)> {
        Some((eks_entrance::KIND, spec.get("cluster")?.as_str()?))
    }

    fn expected(&self, _: Operation) -> Duration {
        MINUTE
    }

    /// EKS's own waiters give up after ten minutes, and an addon may have to wait for nodes as well.
    fn timeout(&self, operation: Operation) -> Duration {
        match operation {
            Operation::Create | Operation::Update => 20 * MINUTE,
            Operation::Delete => 40 * MINUTE,
        }
    }
}

fn fields() -> Vec<Field> {
    let name = FieldType::pattern("[0-9A-Za-z][A-Za-z0-9_-]{0,99}", "the name of an addon, such as vpc-cni");
    let version = FieldType::pattern("v[0-9][0-9A-Za-z.+_-]*", "the version of an addon, such as v1.19.0-eksbuild.1");
    let association = vec![
        Field::new("service_account", FieldType::String(Text { min: 1, ..Text::default() }), "The service account")
            .required(),
        Field::new("role_arn", eks::role_arn(), "The ARN of the role its pods act as").required(),
    ];
    vec![
        Field::new("cluster", eks::cluster_name(), "The name of its cluster").required().replaces(),
        Field::new("name", name, "Which addon").required().replaces(),
        Field::new("version", version, "Its version; left out, a new one gets EKS's default for the cluster"),
        Field::new(
            "configuration_values",
            FieldType::Document { canonical: Value::clone },
            "Its settings, a map as the addon's own schema has it",
        ),
        Field::new(
            "service_account_role_arn",
            eks::role_arn(),
            "The ARN of the role its pods act as, by the cluster's OIDC provider",
        ),
        Field::new(
            "pod_identity_associations",
            FieldType::set(FieldType::Object(association)),
            "The roles its pods act as, by EKS Pod Identity",
        ),
        Field::new(
            NOT_KEPT[0],
            FieldType::one_of(&["NONE", "OVERWRITE", "PRESERVE"]),
            "What wins where the cluster has other settings: NONE fails, OVERWRITE takes the addon's, PRESERVE the cluster's",
        ),
        Field::new(NOT_KEPT[1], FieldType::Bool, "Whether its software stays in the cluster when it is deleted"),
        ownership::field(),
    ]
}

fn check_associations(spec: &Attributes) -> Vec<Finding> {
    let at = Path::field("pod_identity_associations");
    let items = spec.get("pod_identity_associations").and_then(Value::as_list).unwrap_or_default();
    let account = |item: &Value| Some(item.as_map()?.get("service_account")?.as_str()?.to_owned());
    let mut findings = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(name) = account(item) else {
            continue;
        };
        if items[..index].iter().any(|other| account(other).as_ref() == Some(&name)) {
            let message = format!("the service account `{name}` has a role already");
            findings.push(Finding::new("aws/repeated", at.index(index), message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{difference, normalise};
    use serde_json::json;

    const ROLE: &str = "arn:aws:iam::123456789012:role/cni";

    fn spec(with: serde_json::Value) -> (Attributes, Vec<Finding>) {
        let addon = EksAddon::new();
        let mut spec = json!({"cluster": "main", "name": "vpc-cni"});
        spec.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, mut findings) = normalise(&addon.schema.spec, &spec, &Path::default());
        findings.extend(addon.check(&normal));
        (normal, findings)
    }

    #[test]
    fn a_spec_is_checked() {
        let association = |role: &str| json!({"service_account": "aws-node", "role_arn": role});
        let cases = [
            (json!({}), None),
            (json!({"version": "v1.19.0-eksbuild.1", "service_account_role_arn": ROLE, "preserve": true}), None),
            (json!({"configuration_values": {"env": {"A": "1"}}, "resolve_conflicts": "OVERWRITE"}), None),
            (json!({"pod_identity_associations": [association(ROLE)]}), None),
            (json!({"version": "1.19"}), Some("stack/bad-pattern")),
            (json!({"configuration_values": "{}"}), Some("aws/bad-configuration")),
            (json!({"resolve_conflicts": "FORCE"}), Some("stack/not-one-of")),
            (json!({"pod_identity_associations": [association("a")]}), Some("stack/bad-pattern")),
            (
                json!({"pod_identity_associations": [association(ROLE), association(&format!("{ROLE}2"))]}),
                Some("aws/repeated"),
            ),
            (json!({"cluster": "a b"}), Some("stack/bad-pattern")),
        ];
        for (with, code) in cases {
            let found: Vec<_> = spec(with.clone()).1.iter().map(|one| one.code).collect();
            assert_eq!(found, Vec::from_iter(code), "{with}");
        }
    }

    #[test]
    fn everything_but_its_identity_changes_in_place() {
        let (before, _) = spec(json!({}));
        let (after, _) = spec(json!({"version": "v2", "service_account_role_arn": ROLE, "preserve": true}));
        let in_place = difference(&EksAddon::new(), &before, &after);
        assert_eq!((in_place.changes.len(), in_place.replace_because), (3, Vec::new()));
        assert_eq!(EksAddon::new().identity(&after).as_deref(), Some("main/vpc-cni"));
    }
}
