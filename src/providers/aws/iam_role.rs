//! `aws.iam_role`: who may act as whom, and with which policies.
//!
//! Pure: the calls are in `calls`, and those for the parts of a role in `parts`.

mod calls;
mod parts;

use std::collections::BTreeMap;
use std::time::Duration;

use super::policy_grammar::{self, Purpose};
use super::{iam, ownership, policy_document};
use crate::provider::{Field, FieldType, Finding, Operation, Output, ResourceType, Schema, Text};
use crate::value::{Attributes, Kind, Path, Value};

/// What IAM takes of all inline policies of a role together, white space not counted.
const LONGEST_INLINE: usize = 10_240;
/// What the quota of an account's trust documents can be raised to, white space not counted; it starts at half of that,
/// and only IAM knows where it stands.
const LONGEST_TRUST: usize = 4096;

pub(super) struct IamRole {
    schema: Schema,
}

impl IamRole {
    pub(super) fn new() -> Self {
        let name = FieldType::pattern(r"[0-9A-Za-z_+=,.@-]{1,64}", "1 to 64 letters, digits and `_+=,.@-`");
        let policy_arn =
            || FieldType::pattern(r"arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[!-~]+", "the ARN of an IAM policy");
        let description = FieldType::String(Text { max: Some(1000), ..Text::default() });
        let empty_map = Value::Map(BTreeMap::new());
        let spec = vec![
            Field::new("name", name, "Its name, unique in the account").required().replaces(),
            iam::path_field(),
            Field::new("description", description, "What it is for").default(""),
            Field::new("trust", iam::document(), "Who may act as it, as an IAM policy document").required(),
            Field::new("inline_policies", FieldType::map(iam::document()), "Policies that are part of it, by name")
                .default(empty_map),
            Field::new("managed_policies", FieldType::set(policy_arn()), "The ARNs of the policies attached to it")
                .default(Value::List(Vec::new())),
            Field::new("permissions_boundary", policy_arn(), "The ARN of the policy that bounds all others"),
            Field::new("max_session", FieldType::Duration { min: 3600, max: 43_200 }, "How long one may act as it")
                .default(3600),
            ownership::field(),
        ];
        let outputs = vec![
            Output::new("arn", Kind::String, "What policies and service accounts name it by"),
            Output::new("id", Kind::String, "Its stable id, such as AROA…"),
        ];
        Self { schema: Schema { spec, outputs } }
    }
}

impl ResourceType for IamRole {
    fn name(&self) -> &'static str {
        "aws.iam_role"
    }

    fn doc(&self) -> &'static str {
        "An IAM role with its trust, its inline policies and the policies attached to it."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let mut findings = ownership::check(spec, ownership::Tagging::Iam);
        findings.extend(check_description(spec));
        if let Some(trust) = spec.get("trust") {
            findings.extend(policy_grammar::check(trust, Purpose::Trust, &Path::field("trust")));
            let length = policy_document::weight(trust);
            if length > LONGEST_TRUST {
                let message = format!("the document has {length} characters, IAM takes {LONGEST_TRUST} at most");
                let finding = Finding::new("aws/long-policy", Path::field("trust"), message);
                findings.push(finding.help("name fewer principals, or make several roles"));
            }
        }
        let at = Path::field("inline_policies");
        let inline = spec.get("inline_policies").and_then(Value::as_map);
        let mut length = 0;
        for (name, document) in inline.into_iter().flatten() {
            let fits = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
            if name.is_empty() || name.len() > 128 || !name.chars().all(fits) {
                let message = "a policy's name has 1 to 128 letters, digits and `_+=,.@-`";
                let mut finding = Finding::new("aws/policy-name", at.key(name), message);
                finding.on_key = true;
                findings.push(finding);
            }
            findings.extend(policy_grammar::check(document, Purpose::Identity, &at.key(name)));
            length += policy_document::weight(document);
        }
        if length > LONGEST_INLINE {
            let message = format!("the inline policies have {length} characters together, IAM takes {LONGEST_INLINE}");
            findings.push(Finding::new("aws/long-policy", at, message).help("attach an `aws.iam_policy` instead"));
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

    fn visible_after(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn shown_after_deletion(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn expected(&self, _: Operation) -> Duration {
        Duration::from_secs(3)
    }
}

/// `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`, by the API reference.
fn check_description(spec: &Attributes) -> Option<Finding> {
    let fits = |letter: &char| matches!(letter, '\t' | '\n' | '\r' | ' '..='~' | '¡'..='ÿ');
    let wrong = iam::text(spec, "description")?.chars().find(|letter| !fits(letter))?;
    let message = format!("IAM takes no {wrong:?} in the description of a role");
    let finding = Finding::new("aws/bad-description", Path::field("description"), message);
    Some(finding.help("it takes what Latin-1 has: ASCII, and letters such as `é` and `ß`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::normalise;
    use serde_json::json;

    fn codes(spec: serde_json::Value) -> Vec<&'static str> {
        let role = IamRole::new();
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, mut findings) = normalise(&role.schema.spec, &spec, &Path::default());
        findings.extend(role.check(&normal));
        findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_spec_is_checked() {
        let trust = json!({"Version": "2012-10-17", "Statement": []});
        let cases = [
            (json!({"name": "r", "trust": trust}), None),
            (json!({"name": "r", "trust": trust, "managed_policies": ["arn:aws:iam::aws:policy/A"]}), None),
            (json!({"name": "r", "trust": trust, "managed_policies": ["A"]}), Some("stack/bad-pattern")),
            (json!({"name": "r", "trust": trust, "max_session": "30m"}), Some("stack/out-of-range")),
            (json!({"name": "r", "trust": trust, "path": "team"}), Some("stack/bad-pattern")),
            (
                json!({"name": "r", "trust": trust, "inline_policies": {"a b": {"Statement": []}}}),
                Some("aws/policy-name"),
            ),
            (
                json!({"name": "r", "trust": trust, "inline_policies": {"a": {"Id": "x".repeat(10_240), "Statement": []}}}),
                Some("aws/long-policy"),
            ),
            (json!({"name": "r", "trust": {"Statement": 1}}), Some("aws/bad-policy")),
            (json!({"name": "r", "trust": {"Id": "x".repeat(4000), "Statement": []}}), None),
            (json!({"name": "r", "trust": {"Id": "x".repeat(4096), "Statement": []}}), Some("aws/long-policy")),
            (json!({"name": "r", "trust": trust, "description": "größe\n"}), None),
            (json!({"name": "r", "trust": trust, "description": "größer → besser"}), Some("aws/bad-description")),
            (json!({"name": "r", "trust": trust, "description": "x".repeat(1001)}), Some("stack/out-of-range")),
            (json!({"name": "r"}), Some("stack/missing-field")),
        ];
        for (spec, code) in cases {
            assert_eq!(codes(spec.clone()), Vec::from_iter(code), "{spec}");
        }
    }
}
