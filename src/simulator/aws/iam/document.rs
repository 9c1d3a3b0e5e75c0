//! Policy documents: the grammar of their language, and what each kind of them may say.
//!
//! Knows no principals, which `principals` does, and no service's actions.

use serde_json::{Map, Value as Json};

/// What a document is for, which decides what it has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulator::aws) enum Purpose {
    /// What someone may do, as a policy of its own.
    Managed,
    /// What someone may do, as a part of whoever it is.
    Inline,
    /// Who may act as a role.
    Trust,
    /// Who may do what with a thing that another service keeps.
    Resource,
}

type Entries = Map<String, Json>;

const NEWEST_VERSION: &str = "2012-10-17";
const VERSIONS: [&str; 2] = ["2008-10-17", NEWEST_VERSION];
const DOCUMENT: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
const PRINCIPALS: [&str; 4] = ["AWS", "CanonicalUser", "Federated", "Service"];
const PARTITIONS: [&str; 4] = ["*", "aws", "aws-cn", "aws-us-gov"];

const OPERATORS: &[&str] = &[
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

const TRUST_ACTIONS: &[&str] = &[
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
];

const SYNTAX: &str = "Syntax errors in policy.";

/// The document of a text.
///
/// # Errors
/// What IAM has against it, in IAM's words.
pub(in crate::simulator::aws) fn check(text: &str, purpose: Purpose) -> Result<Json, String> {
    let not_json = if purpose == Purpose::Trust { "This policy contains invalid Json" } else { SYNTAX };
    let document: Json = serde_json::from_str(text).map_err(|_| not_json.to_owned())?;
    if !has_syntax(&document) {
        return Err(SYNTAX.to_owned());
    }
    if purpose == Purpose::Managed && document["Version"] != NEWEST_VERSION {
        return Err(format!("Policy document must be version {NEWEST_VERSION} or greater."));
    }
    let mut ids: Vec<&str> = Vec::new();
    for statement in statements(&document) {
        if statement["Effect"] != "Allow" && statement["Effect"] != "Deny" {
            return Err("The policy failed legacy parsing".to_owned());
        }
        if let Some(id) = statement.get("Sid").and_then(Json::as_str).filter(|id| !id.is_empty()) {
            if ids.contains(&id) {
                return Err("Statement IDs (SID) in a single policy must be unique.".to_owned());
            }
            check_id(id, purpose)?;
            ids.push(id);
        }
        check_actions(statement, purpose)?;
        check_principal(statement, purpose)?;
        check_resources(statement, purpose)?;
    }
    Ok(document)
}

/// The statements of a document that was checked.
pub(in crate::simulator::aws) fn statements(document: &Json) -> impl Iterator<Item = &Entries> {
    let many = document["Statement"].as_array().into_iter().flatten();
    many.chain(document.get("Statement").filter(|statement| statement.is_object())).filter_map(Json::as_object)
}

/// One text or several.
pub(in crate::simulator::aws) fn texts(value: &Json) -> impl Iterator<Item = &str> {
    value.as_str().into_iter().chain(value.as_array().into_iter().flatten().filter_map(Json::as_str))
}

fn has_syntax(document: &Json) -> bool {
    let Some(entries) = document.as_object() else { return false };
    let version = entries.get("Version");
    let known = entries.keys().all(|key| DOCUMENT.contains(&key.as_str()));
    let versioned = version.is_none_or(|version| version.as_str().is_some_and(|text| VERSIONS.contains(&text)));
    let named = entries.get("Id").is_none_or(Json::is_string);
    let stated = match entries.get("Statement") {
        Some(Json::Array(statements)) => !statements.is_empty() && statements.iter().all(is_statement),
        Some(statement) => is_statement(statement),
        None => false,
    };
    known && versioned && named && stated
}

fn is_statement(statement: &Json) -> bool {
    let Some(entries) = statement.as_object() else { return false };
    let both = |one: &str| entries.contains_key(one) && entries.contains_key(&format!("Not{one}"));
    entries.keys().all(|key| STATEMENT.contains(&key.as_str()))
        && !["Action", "Resource", "Principal"].into_iter().any(both)
        && entries.get("Effect").is_some_and(Json::is_string)
        && entries.get("Sid").is_none_or(Json::is_string)
        && ["Action", "NotAction", "Resource", "NotResource"].iter().all(|key| entries.get(*key).is_none_or(is_texts))
        && ["Principal", "NotPrincipal"].iter().all(|key| entries.get(*key).is_none_or(is_principal))
        && entries.get("Condition").is_none_or(is_condition)
}

fn is_texts(value: &Json) -> bool {
    value.is_string() || value.as_array().is_some_and(|items| items.iter().all(Json::is_string))
}

fn is_principal(value: &Json) -> bool {
    let of_kind = |(kind, who): (&String, &Json)| PRINCIPALS.contains(&kind.as_str()) && is_texts(who);
    value == "*" || value.as_object().is_some_and(|kinds| !kinds.is_empty() && kinds.iter().all(of_kind))
}

fn is_condition(value: &Json) -> bool {
    let is_value = |value: &Json| value.is_string() || value.is_boolean() || value.is_number();
    let is_values =
        |value: &Json| is_value(value) || value.as_array().is_some_and(|values| values.iter().all(is_value));
    let Some(operators) = value.as_object() else { return false };
    operators.iter().all(|(operator, keys)| {
        let plain = operator.strip_prefix("ForAnyValue:").or_else(|| operator.strip_prefix("ForAllValues:"));
        let plain = plain.unwrap_or(operator);
        let plain = plain.strip_suffix("IfExists").unwrap_or(plain);
        let keyed = keys
            .as_object()
            .is_some_and(|keys| keys.iter().all(|(key, values)| key.contains(':') && is_values(values)));
        OPERATORS.contains(&plain) && keyed
    })
}

fn check_id(id: &str, purpose: Purpose) -> Result<(), String> {
    match purpose == Purpose::Resource || id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        true => Ok(()),
        false => Err("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular \
             expression [0-9A-Za-z]*"
            .to_owned()),
    }
}

fn check_actions(statement: &Entries, purpose: Purpose) -> Result<(), String> {
    let of = |key: &str| statement.get(key).into_iter().flat_map(texts);
    let actions: Vec<_> = of("Action").chain(of("NotAction")).collect();
    if actions.is_empty() {
        return Err("Policy statement must contain actions.".to_owned());
    }
    for action in &actions {
        let Some((vendor, name)) = action.split_once(':') else {
            if *action == "*" && purpose != Purpose::Trust {
                continue;
            }
            return Err("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned());
        };
        if name.contains(':') {
            return Err("Actions/Condition can contain only one colon.".to_owned());
        }
        if vendor.is_empty() || !vendor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)) {
            return Err(format!("Vendor {vendor} is not valid"));
        }
    }
    let trusts = |action: &&str| TRUST_ACTIONS.iter().any(|known| known.eq_ignore_ascii_case(action));
    match purpose == Purpose::Trust && !(statement.contains_key("Action") && actions.iter().all(trusts)) {
        true => Err("AssumeRole policy may only specify STS AssumeRole actions.".to_owned()),
        false => Ok(()),
    }
}

fn check_principal(statement: &Entries, purpose: Purpose) -> Result<(), String> {
    let named = statement.contains_key("Principal") || statement.contains_key("NotPrincipal");
    match (purpose, named) {
        (Purpose::Managed | Purpose::Inline, true) => Err("Policy document should not specify a principal.".to_owned()),
        (Purpose::Trust, _) if statement.contains_key("NotPrincipal") => {
            Err("AssumeRolePolicy contained an invalid field: NotPrincipal".to_owned())
        }
        (Purpose::Trust | Purpose::Resource, false) => Err("Missing required field Principal".to_owned()),
        _ => Ok(()),
    }
}

fn check_resources(statement: &Entries, purpose: Purpose) -> Result<(), String> {
    let of = |key: &str| statement.get(key).into_iter().flat_map(texts);
    let resources: Vec<_> = of("Resource").chain(of("NotResource")).collect();
    let named = ["Resource", "NotResource"].into_iter().find(|key| statement.contains_key(*key));
    match (purpose, named) {
        (Purpose::Trust, Some(key)) => return Err(format!("Has prohibited field {key}")),
        (Purpose::Trust, None) => return Ok(()),
        _ if resources.is_empty() => return Err("Policy statement must contain resources.".to_owned()),
        _ => {}
    }
    for resource in resources.into_iter().filter(|resource| *resource != "*") {
        let mut parts = resource.splitn(6, ':');
        if !resource.contains(':') || parts.next() != Some("arn") {
            return Err(format!("Resource {resource} must be in ARN format or \"*\"."));
        }
        let partition = parts.next().unwrap_or_default();
        if !PARTITIONS.contains(&partition) {
            return Err(format!("Partition \"{partition}\" is not valid for resource \"{resource}\"."));
        }
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(vendor), Some(_), Some(_), Some(_)) if !vendor.is_empty() => {}
            _ => return Err("The policy failed legacy parsing".to_owned()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_purpose_has_its_own_rules() {
        use Purpose::{Inline, Managed, Resource, Trust};
        let rights = json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"});
        let trust = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}});
        let with = |base: &Json, key: &str, value: Json| {
            let mut changed = base.clone();
            changed[key] = value;
            changed
        };
        let without = |base: &Json, key: &str| {
            let mut changed = base.clone();
            changed.as_object_mut().unwrap().remove(key);
            changed
        };
        let cases = [
            (rights.clone(), Managed, ""),
            (trust.clone(), Trust, ""),
            (with(&trust, "Resource", json!("*")), Resource, ""),
            (with(&rights, "Principal", json!("*")), Inline, "Policy document should not specify a principal."),
            (with(&trust, "Resource", json!("*")), Trust, "Has prohibited field Resource"),
            (without(&trust, "Principal"), Trust, "Missing required field Principal"),
            (
                with(&trust, "Action", json!("s3:*")),
                Trust,
                "AssumeRole policy may only specify STS AssumeRole actions.",
            ),
            (without(&rights, "Resource"), Inline, "Policy statement must contain resources."),
            (without(&rights, "Action"), Inline, "Policy statement must contain actions."),
            (with(&rights, "Action", json!([])), Inline, "Policy statement must contain actions."),
            (
                with(&rights, "Action", json!("get")),
                Inline,
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ),
            (with(&rights, "Resource", json!("q")), Inline, "Resource q must be in ARN format or \"*\"."),
            (with(&rights, "Resource", json!("arn:aws:sqs")), Inline, "The policy failed legacy parsing"),
            (with(&rights, "Effect", json!("allow")), Inline, "The policy failed legacy parsing"),
            (without(&rights, "Effect"), Inline, SYNTAX),
            (with(&rights, "Efect", json!("Allow")), Inline, SYNTAX),
            (with(&rights, "NotAction", json!("s3:*")), Inline, SYNTAX),
            (with(&rights, "Condition", json!({"StringIs": {"a:b": "c"}})), Inline, SYNTAX),
            (with(&rights, "Condition", json!({"ForAnyValue:StringLikeIfExists": {"a:b": ["c"]}})), Inline, ""),
        ];
        for (statement, purpose, expected) in cases {
            let text = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
            assert_eq!(check(&text, purpose).err().unwrap_or_default(), expected, "{purpose:?} {text}");
        }
    }

    #[test]
    fn documents_have_a_version_and_statements() {
        let statement = r#"{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}"#;
        let old = format!(r#"{{"Statement":{statement}}}"#);
        assert!(check(&old, Purpose::Inline).is_ok());
        assert!(check(&old, Purpose::Managed).is_err_and(|why| why.contains("2012-10-17 or greater")));
        let twice = format!(r#"{{"Version":"2012-10-17","Statement":[{statement},{statement}]}}"#);
        assert!(check(&twice, Purpose::Managed).is_err_and(|why| why.contains("unique")));
        for text in ["", "[]", "{}", r#"{"Statement":[]}"#, r#"{"Version":"2013-01-01","Statement":[]}"#] {
            assert_eq!(check(text, Purpose::Inline), Err(SYNTAX.to_owned()), "{text}");
        }
    }
}
