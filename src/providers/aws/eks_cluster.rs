//! `aws.eks_cluster`: the control plane of a Kubernetes cluster, and who can reach it.
//!
//! Pure: the calls are in `calls`, what a cluster looks like in `view`, and what has to change in `changes`.

mod calls;
mod changes;
mod view;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::{eks, ownership};
use crate::provider::{Field, FieldType, Finding, Operation, Output, ResourceType, Schema, planned_outputs};
use crate::value::{Attributes, Kind, Path, Value};

const MINUTE: Duration = Duration::from_secs(60);

/// Everything a control plane can log.
const LOG_TYPES: [&str; 5] = ["api", "audit", "authenticator", "controllerManager", "scheduler"];
/// Each can be changed to those after it and never back.
const AUTHENTICATION_MODES: [&str; 3] = ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"];
const ANYWHERE: &str = "0.0.0.0/0";
/// EKS takes these when a cluster is made, and never tells them.
const ONLY_WHEN_MADE: [&str; 2] = ["bootstrap_cluster_creator_admin_permissions", "bootstrap_self_managed_addons"];

pub(super) struct EksCluster {
    schema: Schema,
}

impl EksCluster {
    pub(super) fn new() -> Self {
        let outputs = vec![
            Output::new("arn", Kind::String, "Its name in policies"),
            Output::new("endpoint", Kind::String, "Where its API server answers"),
            Output::new("certificate_authority", Kind::String, "What its API server is trusted by, PEM in base64"),
            Output::new("oidc_issuer", Kind::String, "Who issues its service accounts' tokens, for IAM roles"),
            Output::new("cluster_security_group_id", Kind::String, "The security group EKS made for it and its nodes"),
            Output::new("vpc_id", Kind::String, "The VPC its subnets are in"),
            Output::new("connection", Kind::Map, "How to reach it, for resources inside it; holds no credential"),
        ];
        Self { schema: Schema { spec: fields(), outputs } }
    }
}

impl ResourceType for EksCluster {
    fn name(&self) -> &'static str {
        "aws.eks_cluster"
    }

    fn doc(&self) -> &'static str {
        "An EKS cluster: a Kubernetes control plane that AWS runs."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let mut findings = ownership::check(spec, ownership::Tagging::Eks);
        let subnets = eks::at_least(spec, "subnet_ids", 2, "a cluster needs subnets in at least two zones");
        findings.extend(subnets);
        findings.extend(check_endpoint(spec));
        findings.extend(check_network(spec));
        findings
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        eks::text(spec, "name").map(str::to_owned)
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["name"]
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["account", "region"]
    }

    /// Encryption can be added to a cluster, and stays as it is from then on.
    fn also_replaces(&self, before: &Attributes, desired: &Attributes) -> Vec<Path> {
        let changed = before.get("encryption").is_some_and(|before| desired.get("encryption") != Some(before));
        changed.then(|| Path::field("encryption")).into_iter().collect()
    }

    fn visible_after(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn shown_after_deletion(&self) -> Duration {
        Duration::from_secs(10)
    }

    /// Of a new one's connection, its kind and its name can be told.
    fn planned_outputs(&self, desired: &Attributes, recorded: Option<&Attributes>) -> Attributes {
        let mut outputs = planned_outputs(&self.schema, recorded);
        if let (Some(Value::Unknown(_)), Some(name)) = (outputs.get("connection"), desired.get("name")) {
            outputs.insert("connection".to_owned(), view::connection_to_come(name));
        }
        outputs
    }

    fn expected(&self, operation: Operation) -> Duration {
        match operation {
            Operation::Create => 10 * MINUTE,
            Operation::Update => 5 * MINUTE,
            Operation::Delete => 3 * MINUTE,
        }
    }

    /// An update may climb several versions, ten minutes each and more in a bad hour.
    fn timeout(&self, operation: Operation) -> Duration {
        match operation {
            Operation::Create | Operation::Delete => 60 * MINUTE,
            Operation::Update => 120 * MINUTE,
        }
    }
}

fn fields() -> Vec<Field> {
    let security_group = FieldType::pattern("sg-[0-9a-z]+", "the id of a security group, such as sg-0a1b");
    vec![
        Field::new("name", eks::cluster_name(), "Its name, unique in account and region").required().replaces(),
        Field::new("role_arn", eks::role_arn(), "The ARN of the role the control plane acts as").required().replaces(),
        Field::new(
            "version",
            eks::kubernetes_version(),
            "Its Kubernetes version, in quotes; it is raised one minor version at a time and never lowered",
        ),
        Field::new("subnet_ids", FieldType::set(eks::subnet_id()), "Subnets in two zones or more, all in one VPC")
            .required(),
        Field::new(
            "security_group_ids",
            FieldType::set(security_group),
            "Security groups of the control plane beside the one that EKS makes",
        ),
        endpoint_access(),
        Field::new("logging", FieldType::set(FieldType::one_of(&LOG_TYPES)), "What it logs to CloudWatch"),
        encryption(),
        Field::new(
            "authentication_mode",
            FieldType::one_of(&AUTHENTICATION_MODES),
            "Where it looks up who may do what; it goes from CONFIG_MAP towards API and never back",
        ),
        Field::new(
            ONLY_WHEN_MADE[0],
            FieldType::Bool,
            "Whether whoever makes it becomes its administrator; a later change has no effect",
        ),
        Field::new(
            ONLY_WHEN_MADE[1],
            FieldType::Bool,
            "Whether it is made with the network addons that EKS does not manage; a later change has no effect",
        ),
        Field::new(
            "service_ipv4_cidr",
            FieldType::text(),
            "The addresses of its services, a private block from /12 to /24 outside of the VPC's",
        )
        .replaces(),
        Field::new("ip_family", FieldType::one_of(&["ipv4", "ipv6"]), "What addresses pods and services have")
            .replaces(),
        Field::new(
            "upgrade_policy",
            FieldType::one_of(&["EXTENDED", "STANDARD"]),
            "At the end of standard support: EXTENDED costs more, STANDARD upgrades by itself",
        ),
        Field::new("zonal_shift", FieldType::Bool, "Whether traffic may be shifted away from a zone that fails"),
        Field::new("deletion_protection", FieldType::Bool, "Whether EKS refuses to delete it"),
        ownership::field(),
    ]
}

fn endpoint_access() -> Field {
    let fields = vec![
        Field::new("public", FieldType::Bool, "From the internet").default(true),
        Field::new("private", FieldType::Bool, "From inside its VPC").default(false),
        Field::new("public_cidrs", FieldType::set(FieldType::text()), "From which addresses on the internet")
            .default(vec![ANYWHERE]),
    ];
    Field::new("endpoint_access", FieldType::Object(fields), "From where its API server can be reached")
}

fn encryption() -> Field {
    let key = FieldType::pattern(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[!-~]+", "the ARN of a KMS key");
    let fields = vec![Field::new("key_arn", key, "The ARN of the KMS key").required()];
    Field::new(
        "encryption",
        FieldType::Object(fields),
        "Encrypts Kubernetes secrets with a KMS key; it can be added, and another key or none makes a new object",
    )
}

fn check_endpoint(spec: &Attributes) -> Vec<Finding> {
    let at = Path::field("endpoint_access");
    let of = |part: &str| eks::part(spec, "endpoint_access", part);
    let mut findings = Vec::new();
    let (public, private) = (of("public").and_then(Value::as_bool), of("private").and_then(Value::as_bool));
    if (public, private) == (Some(false), Some(false)) {
        let message = "no one could reach the cluster: `public` or `private` has to be true";
        findings.push(Finding::new("aws/no-endpoint", at.clone(), message));
    }
    let cidrs = of("public_cidrs").and_then(Value::as_list).unwrap_or_default();
    let at = at.key("public_cidrs");
    for (index, cidr) in cidrs.iter().enumerate() {
        if cidr.as_str().is_some_and(|text| block(text).is_none()) {
            let message = format!("{cidr} is no block of addresses");
            findings.push(Finding::new("aws/bad-cidr", at.index(index), message).help("such as \"203.0.113.0/24\""));
        }
    }
    if public == Some(false) && cidrs != [Value::from(ANYWHERE)] {
        let message = "these addresses only count with `public: true`";
        findings.push(Finding::new("aws/no-public-endpoint", at, message));
    } else if cidrs.is_empty() && of("public_cidrs").and_then(Value::as_list).is_some() {
        let message = "a public endpoint needs a block of addresses it can be reached from";
        findings.push(Finding::new("aws/too-few", at, message).help("or say `public: false`"));
    }
    findings
}

fn check_network(spec: &Attributes) -> Vec<Finding> {
    let at = Path::field("service_ipv4_cidr");
    let Some(text) = eks::text(spec, "service_ipv4_cidr") else {
        return Vec::new();
    };
    let private = block(text).filter(|(address, prefix)| {
        let is_private = matches!(address, IpAddr::V4(address) if address.is_private());
        is_private && (12..=24).contains(prefix)
    });
    if private.is_none() {
        let message = format!("{} is no private IPv4 block from /12 to /24", Value::from(text));
        return vec![Finding::new("aws/bad-cidr", at, message).help("such as \"172.20.0.0/16\"")];
    }
    if eks::text(spec, "ip_family") == Some("ipv6") {
        let message = "a cluster with `ip_family: ipv6` gets the addresses of its services from EKS";
        return vec![Finding::new("aws/service-cidr", at, message)];
    }
    Vec::new()
}

fn block(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = text.split_once('/')?;
    let (address, prefix): (IpAddr, u8) = (address.parse().ok()?, prefix.parse().ok()?);
    let most = if address.is_ipv4() { 32 } else { 128 };
    (prefix <= most).then_some((address, prefix))
}

/// What `endpoint_access` says.
#[derive(Clone, Debug, PartialEq)]
struct Endpoint {
    public: bool,
    private: bool,
    cidrs: Vec<String>,
}

impl Endpoint {
    /// As a new cluster has it.
    fn new_clusters() -> Self {
        Self { public: true, private: false, cidrs: vec![ANYWHERE.to_owned()] }
    }

    fn of(fields: &Attributes) -> Option<Self> {
        let of = fields.get("endpoint_access")?.as_map()?;
        let flag = |name| eks::flag(of, name);
        Some(Self { public: flag("public")?, private: flag("private")?, cidrs: eks::texts(of, "public_cidrs") })
    }

    fn value(self) -> Value {
        Value::Map(BTreeMap::from([
            ("public".to_owned(), self.public.into()),
            ("private".to_owned(), self.private.into()),
            ("public_cidrs".to_owned(), eks::set(&self.cidrs)),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{difference, normalise};
    use serde_json::json;

    const ROLE: &str = "arn:aws:iam::123456789012:role/cluster";

    fn spec(with: serde_json::Value) -> (Attributes, Vec<Finding>) {
        let cluster = EksCluster::new();
        let mut spec = json!({"name": "main", "role_arn": ROLE, "subnet_ids": ["subnet-b", "subnet-a"]});
        spec.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, mut findings) = normalise(&cluster.schema.spec, &spec, &Path::default());
        findings.extend(cluster.check(&normal));
        (normal, findings)
    }

    fn fine(with: serde_json::Value) -> Attributes {
        let (normal, findings) = spec(with);
        assert_eq!(findings, []);
        normal
    }

    #[test]
    fn what_fits_is_taken() {
        fine(json!({}));
        fine(json!({
            "version": "1.33", "security_group_ids": ["sg-1"], "logging": ["api", "audit"],
            "endpoint_access": {"private": true, "public_cidrs": ["203.0.113.0/24", "2001:db8::/32"]},
            "encryption": {"key_arn": "arn:aws:kms:us-east-1:123456789012:key/a-b"},
            "authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": false,
            "bootstrap_self_managed_addons": false, "service_ipv4_cidr": "10.100.0.0/16", "ip_family": "ipv4",
            "upgrade_policy": "STANDARD", "zonal_shift": true, "deletion_protection": true, "tags": {"team": "a"},
        }));
        fine(json!({"endpoint_access": {"public": false, "private": true}, "ip_family": "ipv6"}));
    }

    #[test]
    fn what_does_not_fit_is_found_where_it_stands() {
        let cases = [
            (json!({"name": "-a"}), "stack/bad-pattern", "name"),
            (json!({"name": "a".repeat(101)}), "stack/bad-pattern", "name"),
            (json!({"role_arn": "cluster"}), "stack/bad-pattern", "role_arn"),
            (json!({"version": 1.3}), "stack/wrong-type", "version"),
            (json!({"version": "latest"}), "stack/bad-pattern", "version"),
            (json!({"subnet_ids": ["subnet-a"]}), "aws/too-few", "subnet_ids"),
            (json!({"subnet_ids": ["subnet-a", "subnet-a"]}), "aws/too-few", "subnet_ids"),
            (json!({"logging": ["apis"]}), "stack/not-one-of", "logging[0]"),
            (json!({"endpoint_access": {"public": false}}), "aws/no-endpoint", "endpoint_access"),
            (json!({"endpoint_access": {"public_cidrs": ["a"]}}), "aws/bad-cidr", "endpoint_access.public_cidrs[0]"),
            (
                json!({"endpoint_access": {"public_cidrs": ["10.0.0.0/33"]}}),
                "aws/bad-cidr",
                "endpoint_access.public_cidrs[0]",
            ),
            (json!({"endpoint_access": {"public_cidrs": []}}), "aws/too-few", "endpoint_access.public_cidrs"),
            (
                json!({"endpoint_access": {"public": false, "private": true, "public_cidrs": ["10.0.0.0/8"]}}),
                "aws/no-public-endpoint",
                "endpoint_access.public_cidrs",
            ),
            (json!({"encryption": {"key_arn": "alias/a"}}), "stack/bad-pattern", "encryption.key_arn"),
            (json!({"authentication_mode": "NONE"}), "stack/not-one-of", "authentication_mode"),
            (json!({"service_ipv4_cidr": "8.8.0.0/16"}), "aws/bad-cidr", "service_ipv4_cidr"),
            (json!({"service_ipv4_cidr": "10.0.0.0/8"}), "aws/bad-cidr", "service_ipv4_cidr"),
            (
                json!({"service_ipv4_cidr": "10.100.0.0/16", "ip_family": "ipv6"}),
                "aws/service-cidr",
                "service_ipv4_cidr",
            ),
            (json!({"tags": {"aws:x": "y"}}), "aws/reserved-tag", "tags.aws:x"),
        ];
        for (with, code, path) in cases {
            let found: Vec<_> = spec(with.clone()).1.iter().map(|one| (one.code, one.path.to_string())).collect();
            assert_eq!(found, [(code, path.to_owned())], "{with}");
        }
    }

    #[test]
    fn a_version_without_quotes_is_told_what_to_do() {
        let (_, findings) = spec(json!({"version": 1.30}));
        assert!(findings[0].help.as_deref().is_some_and(|help| help.contains("quotes")), "{findings:?}");
    }

    #[test]
    fn what_is_unknown_is_left_for_later() {
        let mut normal = fine(json!({}));
        normal.insert("subnet_ids".to_owned(), Value::Unknown(Kind::List));
        normal.insert("service_ipv4_cidr".to_owned(), Value::Unknown(Kind::String));
        normal.insert("endpoint_access".to_owned(), Value::Unknown(Kind::Map));
        assert_eq!(EksCluster::new().check(&normal), []);
        assert_eq!(EksCluster::new().identity(&normal).as_deref(), Some("main"));
    }

    #[test]
    fn only_what_never_changes_needs_a_new_cluster() {
        let key = |name: &str| json!({"key_arn": format!("arn:aws:kms:us-east-1:123456789012:key/{name}")});
        let cases = [
            (json!({}), json!({"version": "1.33"}), ""),
            (json!({}), json!({"encryption": key("a")}), ""),
            (json!({"encryption": key("a")}), json!({"encryption": key("b")}), "encryption"),
            (json!({"encryption": key("a")}), json!({}), "encryption"),
            (json!({}), json!({"subnet_ids": ["subnet-a", "subnet-c"]}), ""),
            (json!({}), json!({"name": "other"}), "name"),
            (json!({"bootstrap_self_managed_addons": true}), json!({"bootstrap_self_managed_addons": false}), ""),
            (json!({}), json!({"role_arn": "arn:aws:iam::123456789012:role/b"}), "role_arn"),
            (json!({"ip_family": "ipv4"}), json!({"ip_family": "ipv6"}), "ip_family"),
        ];
        for (before, after, replaced) in cases {
            let difference = difference(&EksCluster::new(), &fine(before), &fine(after.clone()));
            let because: Vec<_> = difference.replace_because.iter().map(ToString::to_string).collect();
            assert!(!difference.changes.is_empty(), "{after}");
            assert_eq!(because.join(" "), replaced, "{after}");
        }
    }
}
