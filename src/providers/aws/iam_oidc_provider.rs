//! `aws.iam_oidc_provider`: trust in the tokens of a cluster, or of anyone else who speaks OpenID Connect.
//!
//! Pure: the calls are in `calls`.

mod calls;

use std::time::Duration;

use super::{iam, ownership};
use crate::provider::{Field, FieldType, Finding, Operation, Output, ResourceType, Schema, Text};
use crate::value::{Attributes, Kind, Path, Value};

const SCHEME: &str = "https://";

pub(super) struct IamOidcProvider {
    schema: Schema,
}

impl IamOidcProvider {
    pub(super) fn new() -> Self {
        let url = FieldType::pattern(
            r"https://[^/?#\s:@]+(/[^?#\s]*)?",
            "an issuer's URL starts with `https://` and has no port, query or fragment",
        );
        let client = FieldType::String(Text { min: 1, max: Some(255), ..Text::default() });
        let thumbprint = FieldType::pattern("[0-9A-Fa-f]{40}", "a thumbprint is 40 hexadecimal digits (SHA-1)");
        let spec = vec![
            Field::new("url", url, "The issuer's URL, exactly as its tokens have it in `iss`").required().replaces(),
            Field::new("client_ids", FieldType::set(client), "The audiences that tokens may be for")
                .default(vec!["sts.amazonaws.com"]),
            Field::new(
                "thumbprints",
                FieldType::set(thumbprint),
                "Certificates to trust; left out, IAM finds the issuer's own, and it needs none of a public authority",
            ),
            ownership::field(),
        ];
        let outputs = vec![
            Output::new("arn", Kind::String, "What a role's trust names as `Federated`"),
            Output::new("issuer", Kind::String, "The URL without its scheme, as conditions name it"),
        ];
        Self { schema: Schema { spec, outputs } }
    }
}

impl ResourceType for IamOidcProvider {
    fn name(&self) -> &'static str {
        "aws.iam_oidc_provider"
    }

    fn doc(&self) -> &'static str {
        "Trust of an account in an OpenID Connect issuer, such as a cluster's."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let mut findings = ownership::check(spec, ownership::Tagging::Iam);
        let at = Path::field;
        let count = |field: &str| spec.get(field).and_then(Value::as_list).map_or(0, <[Value]>::len);
        if spec.contains_key("thumbprints") && count("thumbprints") == 0 && !spec["thumbprints"].has_unknown() {
            let finding = Finding::new("aws/no-thumbprints", at("thumbprints"), "a provider always has a thumbprint");
            findings.push(finding.help("leave `thumbprints` out, and IAM finds the issuer's own"));
        }
        if count("thumbprints") > 5 {
            findings.push(Finding::new(
                "aws/many-thumbprints",
                at("thumbprints"),
                "IAM takes five thumbprints at most",
            ));
        }
        if count("client_ids") > 100 {
            findings.push(Finding::new("aws/many-client-ids", at("client_ids"), "IAM takes 100 audiences at most"));
        }
        findings
    }

    /// The URL without its scheme. IAM takes one with and one without a `/` at the end for two
    /// providers, since a token's `iss` has to be met to the letter.
    fn identity(&self, spec: &Attributes) -> Option<String> {
        spec.get("url")?.as_str()?.strip_prefix(SCHEME).map(str::to_owned)
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["account"]
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["url"]
    }

    /// The issuer follows from the URL, so policies that name it can be planned.
    fn planned_outputs(&self, desired: &Attributes, recorded: Option<&Attributes>) -> Attributes {
        let arn = recorded.and_then(|attributes| iam::text(attributes, "arn"));
        let known = |text: Option<&str>| text.map_or(Value::Unknown(Kind::String), Value::from);
        Attributes::from([
            ("arn".to_owned(), known(arn)),
            ("issuer".to_owned(), known(self.identity(desired).as_deref())),
        ])
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

/// Thumbprints as the spec wrote them, where they are the same but for upper and lower case.
fn as_written(present: &[String], recorded: Option<&Value>) -> Value {
    let lower = |text: &str| text.to_lowercase();
    let lowered = iam::set(present.iter().map(|text| lower(text)));
    let written = recorded.and_then(Value::as_list).unwrap_or_default();
    let written_lowered = iam::set(written.iter().filter_map(Value::as_str).map(lower));
    match recorded {
        Some(recorded) if lowered == written_lowered => recorded.clone(),
        _ => lowered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::normalise;
    use serde_json::json;

    fn codes(spec: serde_json::Value) -> Vec<&'static str> {
        let provider = IamOidcProvider::new();
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, mut findings) = normalise(&provider.schema.spec, &spec, &Path::default());
        findings.extend(provider.check(&normal));
        findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_url_is_checked() {
        let eks = "https://oidc.eks.us-east-1.amazonaws.com/id/ABC";
        let none: [&str; 0] = [];
        assert_eq!(codes(json!({"url": eks})), none);
        assert_eq!(codes(json!({"url": "https://example.com/"})), none);
        for bad in ["http://example.com", "example.com", "https://example.com:8443", "https://example.com/?a"] {
            assert_eq!(codes(json!({"url": bad})), ["stack/bad-pattern"], "{bad}");
        }
        assert_eq!(codes(json!({"url": eks, "thumbprints": ["ab"]})), ["stack/bad-pattern"]);
        assert_eq!(codes(json!({"url": eks, "thumbprints": []})), ["aws/no-thumbprints"]);
    }

    #[test]
    fn the_issuer_is_known_before_anything_is_made() {
        let provider = IamOidcProvider::new();
        let spec = Attributes::from([("url".to_owned(), "https://example.com/id/A".into())]);
        assert_eq!(provider.identity(&spec).as_deref(), Some("example.com/id/A"));
        assert_eq!(provider.planned_outputs(&spec, None)["issuer"], Value::from("example.com/id/A"));
        assert_eq!(provider.planned_outputs(&spec, None)["arn"], Value::Unknown(Kind::String));
    }

    #[test]
    fn the_case_of_a_thumbprint_is_the_writers() {
        let written = Value::from(vec!["AB", "cd"]);
        let present = ["cd".to_owned(), "ab".to_owned()];
        assert_eq!(as_written(&present, Some(&written)), written);
        assert_eq!(as_written(&present[..1], Some(&written)), Value::from(vec!["cd"]));
        assert_eq!(as_written(&present, None), Value::from(vec!["ab", "cd"]));
    }
}
