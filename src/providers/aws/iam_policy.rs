//! `aws.iam_policy`: a policy that roles and users can be given.
//!
//! Pure: the calls are in `calls`.

mod calls;

use std::time::Duration;

use super::policy_grammar::{self, Purpose};
use super::{iam, ownership, policy_document};
use crate::provider::{Field, FieldType, Finding, Operation, Output, ResourceType, Schema, Text};
use crate::value::{Attributes, Kind, Path, Value};

/// What IAM takes of a policy document, white space not counted.
const LONGEST_DOCUMENT: usize = 6144;

pub(super) struct IamPolicy {
    schema: Schema,
}

impl IamPolicy {
    pub(super) fn new() -> Self {
        let name = FieldType::pattern(r"[0-9A-Za-z_+=,.@-]{1,128}", "1 to 128 letters, digits and `_+=,.@-`");
        let description = FieldType::String(Text { max: Some(1000), ..Text::default() });
        let spec = vec![
            Field::new("name", name, "Its name, unique in the account").required().replaces(),
            iam::path_field(),
            Field::new("description", description, "What it is for").replaces(),
            Field::new("document", iam::document(), "What it allows, as an IAM policy document").required(),
            ownership::field(),
        ];
        let outputs = vec![
            Output::new("arn", Kind::String, "What it is attached by"),
            Output::new("id", Kind::String, "Its stable id, such as ANPA…"),
            Output::new("default_version", Kind::String, "The version of the document that is in force, such as v3"),
        ];
        Self { schema: Schema { spec, outputs } }
    }
}

impl ResourceType for IamPolicy {
    fn name(&self) -> &'static str {
        "aws.iam_policy"
    }

    fn doc(&self) -> &'static str {
        "An IAM policy, compared by what it means; a change makes a new default version."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let mut findings = ownership::check(spec, ownership::Tagging::Iam);
        findings.extend(check_path(spec));
        let Some(document) = spec.get("document") else {
            return findings;
        };
        findings.extend(policy_grammar::check(document, Purpose::Managed, &Path::field("document")));
        let length = policy_document::weight(document);
        if length > LONGEST_DOCUMENT {
            let message = format!("the document has {length} characters, IAM takes {LONGEST_DOCUMENT}");
            let finding = Finding::new("aws/long-policy", Path::field("document"), message);
            findings.push(finding.help("split it into several policies"));
        }
        findings
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        spec.get("name")?.as_str().map(str::to_owned)
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["account"]
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["name"]
    }

    /// A new document is a new version, of which only IAM knows the number.
    fn planned_outputs(&self, desired: &Attributes, recorded: Option<&Attributes>) -> Attributes {
        let same = |recorded: &Attributes| match (recorded.get("document"), desired.get("document")) {
            (Some(left), Some(right)) => !right.has_unknown() && policy_document::same(left, right),
            _ => false,
        };
        let stays = recorded.is_some_and(same);
        let outputs = self.schema.outputs.iter().map(|output| {
            let known = recorded.filter(|_| stays || output.name != "default_version");
            let value = known.and_then(|attributes| attributes.get(output.name)).cloned();
            (output.name.to_owned(), value.unwrap_or(Value::Unknown(output.kind)))
        });
        outputs.collect()
    }

    fn visible_after(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn shown_after_deletion(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn expected(&self, _: Operation) -> Duration {
        Duration::from_secs(2)
    }
}

/// `((/[A-Za-z0-9\.,\+@=_-]+)*)/`, by the API reference: narrower than what a role's path may be.
fn check_path(spec: &Attributes) -> Option<Finding> {
    let path = iam::text(spec, "path")?;
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "/.,+@=_-".contains(letter);
    let message = "the parts of a policy's path have letters, digits and `.,+@=_-`";
    (path.contains("//") || !path.chars().all(fits))
        .then(|| Finding::new("aws/bad-path", Path::field("path"), message).help("such as `/team/apps/`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec(json: serde_json::Value) -> Attributes {
        match Value::from(json) {
            Value::Map(entries) => entries,
            _ => panic!("a map"),
        }
    }

    #[test]
    fn only_a_new_meaning_makes_a_new_version() {
        let policy = IamPolicy::new();
        let recorded = spec(json!({"document": {"Statement": {"Action": "a:B"}}, "default_version": "v1", "arn": "x"}));
        let version = |document: serde_json::Value| {
            policy.planned_outputs(&spec(json!({"document": document})), Some(&recorded))["default_version"].clone()
        };
        assert_eq!(version(json!({"Statement": [{"Action": ["a:b"]}]})), Value::from("v1"));
        assert_eq!(version(json!({"Statement": [{"Action": ["a:c"]}]})), Value::Unknown(Kind::String));
        assert_eq!(policy.planned_outputs(&recorded, None)["arn"], Value::Unknown(Kind::String));
    }

    #[test]
    fn a_path_has_the_characters_iam_takes() {
        let codes = |path: &str| {
            let findings = IamPolicy::new().check(&spec(json!({"path": path})));
            findings.into_iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        assert_eq!([codes("/"), codes("/team/a.b,c+d@e=f_g-h/")].concat(), [""; 0]);
        for wrong in ["/a//b/", "/a!b/", "/a*/", "//"] {
            assert_eq!(codes(wrong), ["aws/bad-path"], "{wrong}");
        }
    }

    #[test]
    fn a_document_too_long_for_iam_is_found() {
        let found = |length: usize| {
            IamPolicy::new()
                .check(&spec(json!({"document": {"Version": "2012-10-17", "Id": "x".repeat(length), "Statement": []}})))
                .len()
        };
        assert_eq!((found(6000), found(6144)), (0, 1));
    }
}
