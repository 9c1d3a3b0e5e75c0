//! `azure.federated_credential`: whose tokens a managed identity takes for its own.
//!
//! Pure: the calls are in `calls`.

mod calls;

use std::collections::BTreeSet;
use std::time::Duration;

use super::{fields, managed_identity};
use crate::provider::{Field, FieldType, Finding, Operation, Output, ResourceType, Schema, Text};
use crate::value::{Attributes, Kind, Path, Value};

/// What Azure wants tokens to be for, unless it is told otherwise.
const AUDIENCE: &str = "api://AzureADTokenExchange";
/// No issuer, subject or audience is longer:
/// <https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations>
const LONGEST: usize = 600;

pub(super) struct FederatedCredential {
    schema: Schema,
}

impl FederatedCredential {
    pub(super) fn new() -> Self {
        let outputs = vec![Output::new("id", Kind::String, "The id in Azure's Resource Manager")];
        Self { schema: Schema { spec: spec(), outputs } }
    }
}

fn spec() -> Vec<Field> {
    let name = FieldType::pattern(
        "[a-zA-Z0-9][a-zA-Z0-9_-]{2,119}",
        "a credential's name has 3 to 120 letters, digits, `-` and `_`, and starts with a letter or a digit",
    );
    let issuer = FieldType::pattern("https://.{1,592}", "an issuer is a URL such as https://example.com/id/");
    let short = || FieldType::String(Text { min: 1, max: Some(LONGEST), ..Text::default() });
    let namespace = FieldType::pattern(
        "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
        "a namespace has 1 to 63 lower-case letters, digits and `-`",
    );
    let account = FieldType::pattern(
        "[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?",
        "a service account's name has 1 to 253 lower-case letters, digits, `-` and `.`",
    );
    vec![
        Field::new("name", name, "Unique in its identity").required().replaces(),
        fields::resource_group(),
        Field::new("identity", managed_identity::name(), "The name of the managed identity it is of")
            .required()
            .replaces(),
        Field::new("issuer", issuer, "Who makes the tokens, byte for byte as they say, with the `/` at its end")
            .required(),
        Field::new(
            "subject",
            short(),
            "Whom the tokens are of; of pods, say `namespace` and `service_account` instead",
        ),
        Field::new("namespace", namespace, "The namespace of the service account that the tokens are of"),
        Field::new("service_account", account, "The service account that the tokens are of; it need not be there yet"),
        Field::new("audiences", FieldType::set(short()), "What the tokens are for")
            .default(Value::List(vec![AUDIENCE.into()])),
    ]
}

impl ResourceType for FederatedCredential {
    fn name(&self) -> &'static str {
        "azure.federated_credential"
    }

    fn doc(&self) -> &'static str {
        "Someone else's token that a managed identity takes for its own, such as one of a Kubernetes service account. \
         KEDA's operator needs one of its own with every identity that it scales by."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let has = |name: &str| spec.contains_key(name);
        let at = |name: &'static str, text: &str| Finding::new("azure/subject", Path::field(name), text);
        let mut findings = match (has("subject"), has("namespace"), has("service_account")) {
            (true, false, false) | (false, true, true) => Vec::new(),
            (true, _, _) => vec![at("subject", "`subject` says already what `namespace` and `service_account` would")],
            (false, true, false) => vec![at("namespace", "`namespace` needs `service_account` beside it")],
            (false, false, true) => vec![at("service_account", "`service_account` needs `namespace` beside it")],
            (false, false, false) => {
                let text = "it has to say whose tokens are taken: `namespace` and `service_account`, or `subject`";
                vec![Finding::new("azure/subject", Path::default(), text)]
            }
        };
        // More than one is refused, and none makes every token useless.
        let audiences = spec.get("audiences").and_then(Value::as_list);
        if let Some(given) = audiences.map(<[Value]>::len).filter(|given| *given != 1) {
            let text = format!("there has to be exactly one audience, and here are {given}");
            findings.push(Finding::new("azure/audiences", Path::field("audiences"), text));
        }
        findings
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        fields::identity(spec, self.identity_fields())
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["resource_group", "identity", "name"]
    }

    fn whereabouts(&self, spec: &Attributes) -> Attributes {
        fields::whereabouts(spec, self.identity_fields())
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["subscription"]
    }

    /// Azure refuses a second writer on the same identity, of deletions too.
    fn exclusive(&self, desired: &Attributes) -> Option<String> {
        Some(format!("federated credentials of {}", fields::identity(desired, &["resource_group", "identity"])?))
    }

    fn carries_marks(&self) -> bool {
        false
    }

    fn visible_after(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn expected(&self, _: Operation) -> Duration {
        Duration::from_secs(4)
    }
}

/// Whom the tokens are of, as the issuer says it.
fn subject(spec: &Attributes) -> String {
    let text = |name: &str| spec.get(name).and_then(Value::as_str);
    match (text("namespace"), text("service_account")) {
        (Some(namespace), Some(account)) => format!("system:serviceaccount:{namespace}:{account}"),
        _ => text("subject").unwrap_or_default().to_owned(),
    }
}

/// The same from what Azure says, in both ways of writing it.
fn subject_fields(subject: &str) -> Attributes {
    let mut fields = Attributes::from([("subject".to_owned(), subject.into())]);
    let account = subject.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    if let Some((namespace, account)) = account {
        fields.insert("namespace".to_owned(), namespace.into());
        fields.insert("service_account".to_owned(), account.into());
    }
    fields
}

/// In the order that sets are kept in.
fn audiences(found: impl IntoIterator<Item = String>) -> Value {
    let sorted: BTreeSet<String> = found.into_iter().collect();
    Value::List(sorted.into_iter().map(Value::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{difference, normalise};
    use proptest::prelude::*;
    use serde_json::json;

    fn spec(with: serde_json::Value) -> (Attributes, Vec<Finding>) {
        let credential = FederatedCredential::new();
        let mut spec =
            json!({"name": "keda", "resource_group": "Main", "identity": "worker", "issuer": "https://a/b/"});
        spec.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, mut findings) = normalise(&credential.schema.spec, &spec, &Path::default());
        findings.extend(credential.check(&normal));
        (normal, findings)
    }

    #[test]
    fn a_spec_is_checked() {
        let cases = [
            (json!({"subject": "repo:a/b"}), None),
            (json!({"namespace": "video", "service_account": "encoder"}), None),
            (json!({}), Some("azure/subject")),
            (json!({"namespace": "video"}), Some("azure/subject")),
            (json!({"service_account": "encoder"}), Some("azure/subject")),
            (json!({"subject": "a", "namespace": "video"}), Some("azure/subject")),
            (json!({"subject": "a", "audiences": []}), Some("azure/audiences")),
            (json!({"subject": "a", "audiences": ["a", "b"]}), Some("azure/audiences")),
            (json!({"subject": "a", "issuer": "http://a"}), Some("stack/bad-pattern")),
            (json!({"subject": "a", "name": "ab"}), Some("stack/bad-pattern")),
        ];
        for (with, code) in cases {
            let found: Vec<_> = spec(with.clone()).1.iter().map(|one| one.code).collect();
            assert_eq!(found, Vec::from_iter(code), "{with}");
        }
    }

    #[test]
    fn one_identity_has_one_writer_and_others_are_others() {
        let credential = FederatedCredential::new();
        let exclusive = |with| credential.exclusive(&spec(with).0);
        let one = exclusive(json!({"subject": "a"}));
        assert_eq!(one, exclusive(json!({"subject": "b", "name": "other", "resource_group": "MAIN"})));
        assert_ne!(one, exclusive(json!({"subject": "a", "identity": "another"})));
        assert_eq!(credential.identity(&spec(json!({"subject": "a"})).0).as_deref(), Some("main/worker/keda"));
    }

    #[test]
    fn issuer_and_subject_change_in_place() {
        let (before, _) = spec(json!({"subject": "system:serviceaccount:a:b"}));
        let (after, _) = spec(json!({"namespace": "a", "service_account": "b", "issuer": "https://a/b"}));
        assert_eq!(difference(&FederatedCredential::new(), &before, &after).replace_because, []);
        assert_eq!(subject(&before), subject(&after));
    }

    proptest! {
        #[test]
        fn a_subject_is_read_as_it_was_written(namespace in "[a-z0-9-]{1,9}", account in "[a-z0-9.-]{1,9}") {
            let spec = Attributes::from([
                ("namespace".to_owned(), namespace.into()),
                ("service_account".to_owned(), account.into()),
            ]);
            let mut read = subject_fields(&subject(&spec));
            prop_assert_eq!(read.remove("subject"), Some(Value::from(subject(&spec))));
            prop_assert_eq!(read, spec);
        }
    }
}
