//! The grammar of IAM policy documents, as far as it can be checked before any call.
//!
//! Knows the words of the language and who may stand where, and no service's actions.

use std::collections::BTreeMap;

use super::policy_document::from_text;
use crate::diagnostic::closest;
use crate::provider::Finding;
use crate::value::{Path, Value};

const DOCUMENT: &[&str] = &["Version", "Id", "Statement"];
const STATEMENT: &[&str] =
    &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
const NEWEST_VERSION: &str = "2012-10-17";
const VERSIONS: [&str; 2] = [NEWEST_VERSION, "2008-10-17"];

/// What a document belongs to, which decides what it has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// What someone may do: names resources, and no principal.
    Identity,
    /// The same as an object of its own, which IAM takes in the newest version of the language only.
    Managed,
    /// Who may act as a role: names principals, and no resource.
    Trust,
    /// Who may do what with a thing: names principals and resources.
    Resource,
}

/// Everything in a document that no service will take. What is unknown or secret passes.
pub(super) fn check(document: &Value, purpose: Purpose, at: &Path) -> Vec<Finding> {
    let mut check = Check { purpose, findings: Vec::new() };
    match document {
        Value::String(text) => match from_text(text) {
            // Places inside a text cannot be pointed at.
            parsed @ Value::Map(_) => {
                check.document(&parsed, at);
                check.findings.iter_mut().for_each(|finding| {
                    finding.message = format!("{} (at `{}`)", finding.message, finding.path);
                    (finding.path, finding.on_key) = (at.clone(), false);
                });
            }
            _ => check.find(at, "this text is not a JSON object", Some("write the document as YAML, or as JSON")),
        },
        document => check.document(document, at),
    }
    check.findings
}

struct Check {
    purpose: Purpose,
    findings: Vec<Finding>,
}

impl Check {
    fn find(&mut self, at: &Path, message: impl Into<String>, help: Option<&str>) {
        let finding = Finding::new("aws/bad-policy", at.clone(), message);
        self.findings.push(match help {
            Some(help) => finding.help(help),
            None => finding,
        });
    }

    fn document(&mut self, document: &Value, at: &Path) {
        let Some(entries) = self.map(document, at, "a policy document") else {
            return;
        };
        self.keys(entries, DOCUMENT, at);
        self.version(entries.get("Version"), at);
        let place = at.key("Statement");
        match entries.get("Statement") {
            None => self.find(at, "the document has no `Statement`", None),
            Some(Value::List(statements)) => {
                for (index, statement) in statements.iter().enumerate() {
                    self.statement(statement, &place.index(index));
                }
            }
            Some(statement) => self.statement(statement, &place),
        }
    }

    fn version(&mut self, version: Option<&Value>, at: &Path) {
        match version {
            Some(Value::String(version)) if !VERSIONS.contains(&version.as_str()) => {
                let help = "it is the version of the language, not of your document: \"2012-10-17\"";
                self.find(&at.key("Version"), format!("there is no policy version {version:?}"), Some(help));
            }
            Some(Value::String(version)) if self.purpose == Purpose::Managed && version != NEWEST_VERSION => {
                let message = format!("IAM takes no managed policy of version {version}");
                self.find(&at.key("Version"), message, Some("`Version: \"2012-10-17\"`"));
            }
            None if self.purpose == Purpose::Managed => {
                let message = "a managed policy has to say the version of the language";
                self.find(at, message, Some("`Version: \"2012-10-17\"`"));
            }
            _ => {}
        }
    }

    fn statement(&mut self, statement: &Value, at: &Path) {
        let Some(entries) = self.map(statement, at, "a statement") else {
            return;
        };
        self.keys(entries, STATEMENT, at);
        match entries.get("Effect") {
            None => self.find(at, "the statement has no `Effect`", Some("`Effect: Allow` or `Effect: Deny`")),
            Some(Value::String(effect)) if !["Allow", "Deny"].contains(&effect.as_str()) => {
                self.find(&at.key("Effect"), format!("{effect:?} is neither `Allow` nor `Deny`"), None);
            }
            _ => {}
        }
        self.one_of(entries, ["Action", "NotAction"], at);
        match self.purpose {
            Purpose::Identity | Purpose::Managed => {
                self.one_of(entries, ["Resource", "NotResource"], at);
                let why = "who it holds for is whoever the policy is attached to";
                self.none_of(entries, ["Principal", "NotPrincipal"], at, why);
            }
            Purpose::Trust => {
                self.one_of(entries, ["Principal", "NotPrincipal"], at);
                self.none_of(entries, ["Resource", "NotResource"], at, "what a trust holds for is the role itself");
            }
            Purpose::Resource => {
                self.one_of(entries, ["Principal", "NotPrincipal"], at);
                self.one_of(entries, ["Resource", "NotResource"], at);
            }
        }
    }

    fn map<'a>(&mut self, value: &'a Value, at: &Path, what: &str) -> Option<&'a BTreeMap<String, Value>> {
        match value {
            Value::Map(entries) => Some(entries),
            Value::Unknown(_) | Value::Secret(_) => None,
            other => {
                self.find(at, format!("{what} is a map, not {}", other.kind().name()), None);
                None
            }
        }
    }

    fn keys(&mut self, entries: &BTreeMap<String, Value>, known: &[&str], at: &Path) {
        for key in entries.keys().filter(|key| !known.contains(&key.as_str())) {
            let help = closest(key, known.iter().copied()).map(|word| format!("did you mean `{word}`?"));
            self.find(&at.key(key), format!("the policy language has no `{key}` here"), help.as_deref());
            if let Some(finding) = self.findings.last_mut() {
                finding.on_key = true;
            }
        }
    }

    fn one_of(&mut self, entries: &BTreeMap<String, Value>, keys: [&str; 2], at: &Path) {
        let given = keys.iter().filter(|key| entries.contains_key(**key)).count();
        if given != 1 {
            self.find(at, format!("the statement needs either `{}` or `{}`", keys[0], keys[1]), None);
        }
    }

    fn none_of(&mut self, entries: &BTreeMap<String, Value>, keys: [&str; 2], at: &Path, why: &str) {
        for key in keys.into_iter().filter(|key| entries.contains_key(*key)) {
            self.find(&at.key(key), format!("`{key}` has no place in this policy: {why}"), Some("remove it"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Kind;
    use serde_json::json;

    fn found(document: serde_json::Value, purpose: Purpose) -> Vec<String> {
        let findings = check(&Value::from(document), purpose, &Path::field("p"));
        findings.into_iter().map(|finding| format!("{}: {}", finding.path, finding.message)).collect()
    }

    #[test]
    fn each_purpose_has_its_own_words() {
        let document = |statement: serde_json::Value| json!({"Version": "2012-10-17", "Statement": statement});
        let identity = document(json!([{"Effect": "Allow", "Action": "a:B", "Resource": "*"}]));
        let trust = document(json!({"Effect": "Allow", "Action": "a:B", "Principal": "*"}));
        let both = document(json!({"Effect": "Deny", "NotAction": "a:B", "Principal": "*", "Resource": "*"}));
        let fits = |document: &serde_json::Value| {
            let purposes = [Purpose::Identity, Purpose::Managed, Purpose::Trust, Purpose::Resource].into_iter();
            purposes.filter(|purpose| found(document.clone(), *purpose).is_empty()).collect::<Vec<_>>()
        };
        assert_eq!(fits(&identity), [Purpose::Identity, Purpose::Managed]);
        assert_eq!(fits(&trust), [Purpose::Trust]);
        assert_eq!(fits(&both), [Purpose::Resource]);
        assert_eq!(fits(&json!(identity.to_string())), [Purpose::Identity, Purpose::Managed]);
    }

    #[test]
    fn mistakes_are_told_where_they_stand() {
        let statement = json!({"Effect": "allow", "Actions": "a:B", "Resource": "*"});
        let document = json!({"Version": "2024-01-01", "Statment": [], "Statement": [statement, 3]});
        assert_eq!(
            found(document, Purpose::Identity),
            [
                "p.Statment: the policy language has no `Statment` here",
                "p.Version: there is no policy version \"2024-01-01\"",
                "p.Statement[0].Actions: the policy language has no `Actions` here",
                "p.Statement[0].Effect: \"allow\" is neither `Allow` nor `Deny`",
                "p.Statement[0]: the statement needs either `Action` or `NotAction`",
                "p.Statement[1]: a statement is a map, not integer",
            ]
        );
        assert_eq!(found(json!([]), Purpose::Trust), ["p: a policy document is a map, not list"]);
        assert_eq!(found(json!("{"), Purpose::Trust), ["p: this text is not a JSON object"]);
        assert_eq!(found(json!({}), Purpose::Trust), ["p: the document has no `Statement`"]);
        assert_eq!(
            found(json!("{\"Statement\": 1}"), Purpose::Trust),
            ["p: a statement is a map, not integer (at `p.Statement`)"]
        );
    }

    #[test]
    fn a_managed_policy_is_of_the_newest_version() {
        let statement = json!({"Effect": "Allow", "Action": "a:B", "Resource": "*"});
        let older = json!({"Version": "2008-10-17", "Statement": [statement]});
        let none = json!({"Statement": [statement]});
        assert_eq!(
            found(older.clone(), Purpose::Managed),
            ["p.Version: IAM takes no managed policy of version 2008-10-17"]
        );
        assert_eq!(
            found(none.clone(), Purpose::Managed),
            ["p: a managed policy has to say the version of the language"]
        );
        assert_eq!([found(older, Purpose::Identity), found(none, Purpose::Identity)].concat(), [""; 0]);
        let version = Value::Map(
            [("Version".to_owned(), Value::Unknown(Kind::String)), ("Statement".to_owned(), vec![""; 0].into())].into(),
        );
        assert_eq!(check(&version, Purpose::Managed, &Path::field("p")), []);
    }

    #[test]
    fn what_is_unknown_passes() {
        for value in [Value::Unknown(Kind::Any), Value::from("x").into_secret()] {
            assert_eq!(check(&value, Purpose::Trust, &Path::field("p")), []);
            let document = Value::Map([("Statement".to_owned(), value)].into());
            assert_eq!(check(&document, Purpose::Trust, &Path::field("p")), []);
        }
    }
}
