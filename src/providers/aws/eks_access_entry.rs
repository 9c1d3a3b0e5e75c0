//! `aws.eks_access_entry`: what an IAM role or user may do in a cluster.
//!
//! Pure: the calls are in `calls`, and those for the policies of an entry in `policies`.

mod calls;
mod policies;

use std::time::Duration;

use super::{eks, eks_entrance, ownership};
use crate::provider::{Field, FieldType, Finding, Operation, Output, ResourceType, Schema, Text};
use crate::value::{Attributes, Kind, Path, Value};

const STANDARD: &str = "STANDARD";
/// EKS grants these what nodes need, and takes nothing else for them.
const NODES: [&str; 4] = ["EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX"];
const TYPES: &[&str] =
    &["EC2", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX", STANDARD];

pub(super) struct EksAccessEntry {
    schema: Schema,
}

impl EksAccessEntry {
    pub(super) fn new() -> Self {
        let outputs = vec![Output::new("arn", Kind::String, "Its name in policies")];
        Self { schema: Schema { spec: fields(), outputs } }
    }
}

impl ResourceType for EksAccessEntry {
    fn name(&self) -> &'static str {
        "aws.eks_access_entry"
    }

    fn doc(&self) -> &'static str {
        "What an IAM role or user may do in an EKS cluster."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let mut findings = ownership::check(spec, ownership::Tagging::Eks);
        findings.extend(check_type(spec));
        findings.extend(check_policies(spec));
        findings
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        eks::inside(spec, self.identity_fields())
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["cluster", "principal_arn"]
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
        Duration::from_secs(3)
    }
}

fn fields() -> Vec<Field> {
    let principal =
        FieldType::pattern(r"arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[!-~]+", "the ARN of an IAM role or user");
    let name = || FieldType::String(Text { min: 1, max: Some(256), ..Text::default() });
    let empty = || Value::List(Vec::new());
    vec![
        Field::new("cluster", eks::cluster_name(), "The name of its cluster").required().replaces(),
        Field::new("principal_arn", principal, "The ARN of the IAM role or user").required().replaces(),
        Field::new("type", FieldType::one_of(TYPES), "STANDARD for people and programs, another for nodes")
            .default(STANDARD)
            .replaces(),
        Field::new("kubernetes_groups", FieldType::set(name()), "The Kubernetes groups it is in").default(empty()),
        Field::new("username", name(), "Its Kubernetes user; EKS gives one where it is left out"),
        Field::new("policies", FieldType::set(policy()), "The access policies of EKS it has").default(empty()),
        ownership::field(),
    ]
}

fn policy() -> FieldType {
    let arn = FieldType::pattern(
        r"arn:[a-z-]+:eks::aws:cluster-access-policy/[0-9A-Za-z]+",
        "the ARN of an access policy, such as arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
    );
    let namespace = FieldType::String(Text { min: 1, max: Some(63), ..Text::default() });
    FieldType::Object(vec![
        Field::new("policy_arn", arn, "The ARN of the policy").required(),
        Field::new(
            "scope",
            FieldType::one_of(&["cluster", "namespace"]),
            "Whether it counts everywhere or in `namespaces`",
        )
        .required(),
        Field::new("namespaces", FieldType::set(namespace), "The namespaces it counts in")
            .default(Value::List(Vec::new())),
    ])
}

fn check_type(spec: &Attributes) -> Vec<Finding> {
    let Some(kind) = eks::text(spec, "type").filter(|kind| NODES.contains(kind)) else {
        return Vec::new();
    };
    let says = |field: &&str| match spec.get(*field) {
        Some(Value::List(items)) => !items.is_empty(),
        other => other.is_some(),
    };
    let given = ["kubernetes_groups", "policies"].into_iter().filter(says);
    given
        .map(|field| {
            let message = format!("EKS gives an entry of type {kind} all that it needs, and takes no `{field}`");
            Finding::new("aws/access-entry-type", Path::field(field), message)
        })
        .collect()
}

fn check_policies(spec: &Attributes) -> Vec<Finding> {
    let items = spec.get("policies").and_then(Value::as_list).unwrap_or_default();
    let items: Vec<_> = items.iter().filter_map(Value::as_map).collect();
    let mut findings = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let at = Path::field("policies").index(index);
        let namespaces = item.get("namespaces").and_then(Value::as_list).map(<[Value]>::len);
        let message = match (eks::text(item, "scope"), namespaces) {
            (Some("namespace"), Some(0)) => Some("say in which `namespaces` it counts"),
            (Some("cluster"), Some(1..)) => Some("it counts everywhere: say `scope: namespace`, or name no namespaces"),
            _ => None,
        };
        findings.extend(message.map(|text| Finding::new("aws/access-scope", at.key("namespaces"), text)));
        let arn = eks::text(item, "policy_arn");
        if arn.is_some() && items[..index].iter().any(|other| eks::text(other, "policy_arn") == arn) {
            let message = "a policy counts once: put all of its namespaces together";
            findings.push(Finding::new("aws/repeated", at.key("policy_arn"), message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::normalise;
    use serde_json::json;

    const VIEW: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";

    fn spec(with: serde_json::Value) -> (Attributes, Vec<Finding>) {
        let entry = EksAccessEntry::new();
        let mut spec = json!({"cluster": "main", "principal_arn": "arn:aws:iam::123456789012:role/ops/admin"});
        spec.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, mut findings) = normalise(&entry.schema.spec, &spec, &Path::default());
        findings.extend(entry.check(&normal));
        (normal, findings)
    }

    #[test]
    fn a_spec_is_checked() {
        let cases = [
            (json!({}), None),
            (json!({"kubernetes_groups": ["viewers"], "username": "ops"}), None),
            (json!({"policies": [{"policy_arn": VIEW, "scope": "cluster"}]}), None),
            (json!({"policies": [{"policy_arn": VIEW, "scope": "namespace", "namespaces": ["a", "b"]}]}), None),
            (json!({"type": "EC2_LINUX"}), None),
            (json!({"principal_arn": "admin"}), Some("stack/bad-pattern")),
            (json!({"type": "LINUX"}), Some("stack/not-one-of")),
            (json!({"type": "EC2_LINUX", "kubernetes_groups": ["a"]}), Some("aws/access-entry-type")),
            (
                json!({"type": "FARGATE_LINUX", "policies": [{"policy_arn": VIEW, "scope": "cluster"}]}),
                Some("aws/access-entry-type"),
            ),
            (json!({"policies": [{"policy_arn": VIEW, "scope": "namespace"}]}), Some("aws/access-scope")),
            (
                json!({"policies": [{"policy_arn": VIEW, "scope": "cluster", "namespaces": ["a"]}]}),
                Some("aws/access-scope"),
            ),
            (
                json!({"policies": [{"policy_arn": VIEW, "scope": "cluster"},
                                    {"policy_arn": VIEW, "scope": "namespace", "namespaces": ["a"]}]}),
                Some("aws/repeated"),
            ),
            (json!({"policies": [{"policy_arn": "View", "scope": "cluster"}]}), Some("stack/bad-pattern")),
        ];
        for (with, code) in cases {
            let found: Vec<_> = spec(with.clone()).1.iter().map(|one| one.code).collect();
            assert_eq!(found, Vec::from_iter(code), "{with}");
        }
    }

    #[test]
    fn it_is_known_by_cluster_and_principal() {
        let (normal, _) = spec(json!({}));
        let identity = EksAccessEntry::new().identity(&normal);
        assert_eq!(identity.as_deref(), Some("main/arn:aws:iam::123456789012:role/ops/admin"));
    }
}
