//! IAM policy documents, compared by what they mean.
//!
//! One meaning has many spellings: a string or a list of one, statements in any
//! order, `sqs:SendMessage` or `SQS:sendmessage`, an account id or the ARN of its
//! root. [`canonical`] gives all of them one form. It knows the grammar of the
//! language and nothing of what any action does.

use std::collections::BTreeMap;

use crate::value::Value;

/// The version a document has that names none.
const OLDEST_VERSION: &str = "2008-10-17";

/// The one form of all documents with this meaning. What is unknown or secret stays in it as it is.
pub(super) fn canonical(document: &Value) -> Value {
    match document {
        Value::String(text) => match from_text(text) {
            parsed @ Value::Map(_) => canonical(&parsed),
            _ => document.clone(),
        },
        Value::Map(entries) => canonical_document(entries),
        other => other.clone(),
    }
}

/// The document as the API takes it.
pub(super) fn to_text(document: &Value) -> String {
    match document {
        Value::String(text) => text.clone(),
        other => other.to_json().to_string(),
    }
}

/// What counts of a document towards its quota: everything but white space.
pub(super) fn weight(document: &Value) -> usize {
    to_text(document).chars().filter(|letter| !letter.is_whitespace()).count()
}

/// The document as the API gives it: IAM percent-encodes documents (RFC 3986, so `+` is a plus), SQS does not.
pub(super) fn from_text(text: &str) -> Value {
    let trimmed = text.trim_start();
    // A document that was not encoded may well hold a `%`, but it starts with a brace.
    let plain = if trimmed.starts_with('{') { text.to_owned() } else { percent_decoded(text) };
    match serde_json::from_str::<serde_json::Value>(&plain) {
        Ok(json) => Value::from(json),
        Err(_) => Value::String(plain),
    }
}

/// Whether two documents mean the same.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    canonical(left) == canonical(right)
}

fn canonical_document(entries: &BTreeMap<String, Value>) -> Value {
    let mut document = without_empty(entries, &["Id"]);
    document.entry("Version".to_owned()).or_insert_with(|| OLDEST_VERSION.into());
    if let Some(statement) = document.remove("Statement") {
        let statements = match statement {
            Value::List(items) => Value::List(sorted(items.iter().map(canonical_statement).collect())),
            single @ Value::Map(_) => Value::List(vec![canonical_statement(&single)]),
            unresolved => unresolved,
        };
        document.insert("Statement".to_owned(), statements);
    }
    Value::Map(document)
}

fn canonical_statement(statement: &Value) -> Value {
    let Value::Map(entries) = statement else {
        return statement.clone();
    };
    let mut statement = without_empty(entries, &["Sid", "Condition"]);
    for (key, value) in &mut statement {
        *value = match key.as_str() {
            "Action" | "NotAction" => entry_list(value, &lower_case),
            "Resource" | "NotResource" => entry_list(value, &Clone::clone),
            "Principal" | "NotPrincipal" => canonical_principal(value),
            "Condition" => canonical_condition(value),
            _ => continue,
        };
    }
    Value::Map(statement)
}

/// Without keys that mean nothing while they are empty.
fn without_empty(entries: &BTreeMap<String, Value>, optional: &[&str]) -> BTreeMap<String, Value> {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        _ => false,
    };
    let kept = entries.iter().filter(|(key, value)| !(optional.contains(&key.as_str()) && is_empty(value)));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn canonical_principal(principal: &Value) -> Value {
    match principal {
        Value::String(everyone) if everyone == "*" => {
            Value::Map(BTreeMap::from([("AWS".to_owned(), vec!["*"].into())]))
        }
        Value::Map(kinds) => Value::Map(
            kinds
                .iter()
                .map(|(kind, who)| match kind.as_str() {
                    "AWS" => (kind.clone(), entry_list(who, &account)),
                    _ => (kind.clone(), entry_list(who, &Clone::clone)),
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

/// An account as its twelve digits, whether it is written so or as the ARN of its root, in any partition.
fn account(principal: &Value) -> Value {
    let digits = principal
        .as_str()
        .and_then(|arn| arn.strip_prefix("arn:")?.split_once(":iam::")?.1.strip_suffix(":root"))
        .filter(|id| id.len() == 12 && id.bytes().all(|digit| digit.is_ascii_digit()));
    digits.map_or_else(|| principal.clone(), Value::from)
}

fn canonical_condition(condition: &Value) -> Value {
    let Value::Map(operators) = condition else {
        return condition.clone();
    };
    let keys = |keys: &Value| match keys {
        Value::Map(keys) => {
            Value::Map(keys.iter().map(|(key, value)| (key.clone(), entry_list(value, &as_text))).collect())
        }
        other => other.clone(),
    };
    Value::Map(operators.iter().map(|(operator, value)| (operator.clone(), keys(value))).collect())
}

fn as_text(value: &Value) -> Value {
    match value {
        Value::Bool(_) | Value::Integer(_) | Value::Float(_) => value.to_string().into(),
        other => other.clone(),
    }
}

fn lower_case(value: &Value) -> Value {
    match value {
        Value::String(text) => text.to_lowercase().into(),
        other => other.clone(),
    }
}

/// One or many as a sorted list without repeats.
fn entry_list(value: &Value, change: &dyn Fn(&Value) -> Value) -> Value {
    let items: Vec<Value> = match value {
        Value::List(items) => items.iter().map(change).collect(),
        single => vec![change(single)],
    };
    let mut items = sorted(items);
    // Two unknowns may turn out to be two things.
    items.dedup_by(|left, right| left == right && !left.has_unknown() && !left.has_secret());
    Value::List(items)
}

fn sorted(mut items: Vec<Value>) -> Vec<Value> {
    items.sort_by_cached_key(Value::to_string);
    items
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = (first == b'%').then(|| tail.get(..2)).flatten();
        match escaped.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Kind;
    use proptest::prelude::*;
    use serde_json::json;

    fn form(json: serde_json::Value) -> Value {
        canonical(&Value::from(json))
    }

    fn one(statement: serde_json::Value) -> serde_json::Value {
        json!({"Version": "2012-10-17", "Statement": [statement]})
    }

    #[test]
    fn spellings_of_one_meaning_are_equal() {
        let equal = [
            (json!({"Statement": []}), json!({"Version": "2008-10-17", "Statement": [], "Id": ""})),
            (json!({"Statement": {"Effect": "Allow"}}), json!({"Statement": [{"Effect": "Allow"}]})),
            (one(json!({"Sid": "", "Effect": "Allow"})), one(json!({"Effect": "Allow"}))),
            (one(json!({"Action": "SQS:SendMessage"})), one(json!({"Action": ["sqs:sendmessage"]}))),
            (one(json!({"Resource": ["b", "a", "a"]})), one(json!({"Resource": ["a", "b"]}))),
            (one(json!({"Principal": "*"})), one(json!({"Principal": {"AWS": "*"}}))),
            (
                one(json!({"Principal": {"AWS": "123456789012"}})),
                one(json!({"Principal": {"AWS": ["arn:aws:iam::123456789012:root"]}})),
            ),
            (
                one(json!({"Condition": {"Bool": {"aws:SecureTransport": false}}})),
                one(json!({"Condition": {"Bool": {"aws:SecureTransport": ["false"]}}})),
            ),
            (one(json!({"Condition": {}})), one(json!({}))),
        ];
        for (left, right) in equal {
            assert_eq!(form(left.clone()), form(right), "{left}");
        }
    }

    #[test]
    fn meanings_that_differ_stay_apart() {
        let differ = [
            (one(json!({"Action": "sqs:SendMessage"})), one(json!({"NotAction": "sqs:SendMessage"}))),
            (one(json!({"Resource": "a"})), one(json!({"Resource": "A"}))),
            (one(json!({"Principal": {"AWS": "x"}})), one(json!({"Principal": {"Service": "x"}}))),
            (one(json!({"Effect": "Allow"})), one(json!({"Effect": "Deny"}))),
            (json!({"Version": "2012-10-17", "Statement": []}), json!({"Statement": []})),
            (one(json!({"Sid": "A"})), one(json!({"Sid": "B"}))),
            (
                one(json!({"Principal": {"AWS": "arn:aws:iam::123456789012:role/root"}})),
                one(json!({"Principal": {"AWS": "123456789012"}})),
            ),
        ];
        for (left, right) in differ {
            assert_ne!(form(left.clone()), form(right), "{left}");
        }
    }

    #[test]
    fn a_document_may_come_as_text_and_percent_encoded() {
        let document = one(json!({"Action": "sqs:*", "Resource": "a+b 100%"}));
        let text = document.to_string();
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(canonical(&Value::from(text.as_str())), form(document.clone()));
        assert_eq!(from_text(&encoded), Value::from(document.clone()));
        assert_eq!(from_text(&text), Value::from(document));
        assert_eq!(from_text("%zz%4"), Value::from("%zz%4"));
    }

    #[test]
    fn what_is_unknown_or_secret_stays() {
        let mut statement = BTreeMap::from([("Resource".to_owned(), Value::Unknown(Kind::String))]);
        statement.insert("Action".to_owned(), Value::List(vec![Value::from("sqs:x").into_secret()]));
        let document = Value::Map(BTreeMap::from([("Statement".to_owned(), Value::Map(statement))]));
        let canonical = canonical(&document);
        assert!(canonical.has_unknown() && canonical.has_secret());
        assert_eq!(super::canonical(&Value::Unknown(Kind::Any)), Value::Unknown(Kind::Any));
    }

    fn words() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::vec("[a-z]{2,4}:[A-Za-z*]{1,6}", 1..4)
    }

    fn statement() -> impl Strategy<Value = serde_json::Value> {
        (words(), words(), proptest::option::of("[A-Z]{0,2}"), any::<bool>()).prop_map(
            |(actions, resources, sid, allow)| {
                let effect = if allow { "Allow" } else { "Deny" };
                let mut statement = json!({"Effect": effect, "Action": actions, "Resource": resources});
                if let Some(sid) = sid {
                    statement["Sid"] = sid.into();
                }
                statement
            },
        )
    }

    /// The same document in another spelling, as the seed decides.
    fn respelled(statements: &[serde_json::Value], seed: u64) -> serde_json::Value {
        let turn = |items: &mut Vec<serde_json::Value>| {
            let by = seed as usize % items.len().max(1);
            items.rotate_left(by);
        };
        let mut statements = statements.to_vec();
        turn(&mut statements);
        for statement in &mut statements {
            for key in ["Action", "Resource"] {
                let mut items = statement[key].as_array().unwrap().clone();
                turn(&mut items);
                statement[key] = match (items.len(), seed % 2) {
                    (1, 0) => items[0].clone(),
                    _ => items.into(),
                };
            }
        }
        match (statements.len(), seed % 3) {
            (1, 0) => json!({"Statement": statements[0]}),
            _ => json!({"Statement": statements, "Version": "2008-10-17"}),
        }
    }

    proptest! {
        #[test]
        fn no_spelling_changes_the_form(
            statements in proptest::collection::vec(statement(), 1..4),
            one in any::<u64>(),
            other in any::<u64>(),
        ) {
            prop_assert_eq!(form(respelled(&statements, one)), form(respelled(&statements, other)));
        }

        #[test]
        fn another_action_is_another_form(
            statements in proptest::collection::vec(statement(), 1..4),
            at in any::<proptest::sample::Index>(),
        ) {
            let mut changed = statements.clone();
            changed[at.index(statements.len())]["Action"] = json!(["other:Thing"]);
            prop_assert_ne!(form(json!({"Statement": statements})), form(json!({"Statement": changed})));
        }

        #[test]
        fn the_form_of_a_form_is_itself(statements in proptest::collection::vec(statement(), 0..4)) {
            let once = form(json!({"Statement": statements}));
            prop_assert_eq!(canonical(&once), once);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            canonical(&from_text(&text));
        }
    }
}
