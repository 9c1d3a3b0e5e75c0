//! `aws.eks_pod_identity_association`: which IAM role the pods of a service account act as.
//!
//! Pure: the calls are in `calls`.

mod calls;

use std::time::Duration;

use super::{eks, eks_entrance, ownership};
use crate::provider::{Field, FieldType, Finding, Operation, Output, ResourceType, Schema};
use crate::value::{Attributes, Kind};

pub(super) struct EksPodIdentityAssociation {
    schema: Schema,
}

impl EksPodIdentityAssociation {
    pub(super) fn new() -> Self {
        let outputs = vec![
            Output::new("association_id", Kind::String, "Its id, such as a-0123456789abcdefg"),
            Output::new("arn", Kind::String, "Its name in policies"),
        ];
        Self { schema: Schema { spec: fields(), outputs } }
    }
}

impl ResourceType for EksPodIdentityAssociation {
    fn name(&self) -> &'static str {
        "aws.eks_pod_identity_association"
    }

    fn doc(&self) -> &'static str {
        "The IAM role that pods of a Kubernetes service account act as; the cluster needs the addon `eks-pod-identity-agent`."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        ownership::check(spec, ownership::Tagging::Eks)
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        eks::inside(spec, self.identity_fields())
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["cluster", "namespace", "service_account"]
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
    let namespace = FieldType::pattern(
        "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
        "a namespace has 1 to 63 lower-case letters, digits and `-`",
    );
    let account = FieldType::pattern(
        "[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?",
        "a service account's name has 1 to 253 lower-case letters, digits, `-` and `.`",
    );
    vec![
        Field::new("cluster", eks::cluster_name(), "The name of its cluster").required().replaces(),
        Field::new("namespace", namespace, "The namespace of the service account").required().replaces(),
        Field::new("service_account", account, "The service account; it need not be there yet").required().replaces(),
        Field::new("role_arn", eks::role_arn(), "The ARN of the role its pods act as").required(),
        Field::new(
            "target_role_arn",
            eks::role_arn(),
            "The ARN of another role, which the first one acts as in turn, such as one of another account",
        ),
        Field::new(
            "disable_session_tags",
            FieldType::Bool,
            "Whether to leave out the tags that say which pod of which cluster acts as the role",
        ),
        ownership::field(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{difference, normalise};
    use crate::value::{Path, Value};
    use serde_json::json;

    const ROLE: &str = "arn:aws:iam::123456789012:role/reader";

    fn spec(with: serde_json::Value) -> (Attributes, Vec<Finding>) {
        let association = EksPodIdentityAssociation::new();
        let mut spec = json!({"cluster": "main", "namespace": "video", "service_account": "encoder", "role_arn": ROLE});
        spec.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, mut findings) = normalise(&association.schema.spec, &spec, &Path::default());
        findings.extend(association.check(&normal));
        (normal, findings)
    }

    #[test]
    fn a_spec_is_checked() {
        let cases = [
            (json!({}), None),
            (json!({"target_role_arn": ROLE, "disable_session_tags": true, "tags": {"a": "b"}}), None),
            (json!({"namespace": "Video"}), Some("stack/bad-pattern")),
            (json!({"service_account": "-a"}), Some("stack/bad-pattern")),
            (json!({"role_arn": "reader"}), Some("stack/bad-pattern")),
            (json!({"tags": {"tidegate:x": "b"}}), Some("aws/reserved-tag")),
        ];
        for (with, code) in cases {
            let found: Vec<_> = spec(with.clone()).1.iter().map(|one| one.code).collect();
            assert_eq!(found, Vec::from_iter(code), "{with}");
        }
    }

    #[test]
    fn the_role_changes_in_place() {
        let (before, _) = spec(json!({}));
        let (after, _) = spec(json!({"role_arn": format!("{ROLE}2")}));
        let association = EksPodIdentityAssociation::new();
        assert_eq!(difference(&association, &before, &after).replace_because, []);
        assert_eq!(association.identity(&after).as_deref(), Some("main/video/encoder"));
    }
}
