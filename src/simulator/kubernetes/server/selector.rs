//! Selectors of labels and of fields.

use serde_json::Value as Json;

use super::kinds::Kind;
use super::object::{strings, text};
use super::status::Refusal;

/// What a list or a watch is limited to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<(String, bool, String)>,
}

#[derive(Clone, Debug, PartialEq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    In,
    NotIn,
    Exists,
    Missing,
    Greater,
    Less,
}

/// The fields that every kind can be selected by.
const ALWAYS: [&str; 2] = ["metadata.name", "metadata.namespace"];

/// The others, by resource.
const SELECTABLE: &[(&str, &[&str])] = &[
    (
        "pods",
        &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
    ),
    (
        "events",
        &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
    ),
    ("namespaces", &["status.phase"]),
    ("secrets", &["type"]),
    ("nodes", &["spec.unschedulable"]),
    ("jobs", &["status.successful"]),
    ("replicasets", &["status.replicas"]),
    ("replicationcontrollers", &["status.replicas"]),
    ("services", &["spec.clusterIP", "spec.type"]),
];

impl Selector {
    pub(super) fn read(labels: Option<&str>, fields: Option<&str>, kind: &Kind) -> Result<Self, Refusal> {
        let labels = split(labels.unwrap_or_default()).into_iter().map(requirement).collect::<Result<_, _>>()?;
        let fields = fields.unwrap_or_default().split(',').filter(|part| !part.trim().is_empty());
        let fields = fields.map(|part| field(part.trim(), kind)).collect::<Result<_, _>>()?;
        Ok(Self { labels, fields })
    }

    /// A selector as objects have it; nothing when there is none.
    pub(super) fn of_labels(selector: &Json) -> Option<Self> {
        let exact = selector["matchLabels"].as_object().into_iter().flatten().map(|(key, value)| Requirement {
            key: key.clone(),
            operator: Operator::In,
            values: vec![value.as_str().unwrap_or_default().to_owned()],
        });
        let others = selector["matchExpressions"].as_array().into_iter().flatten().map(|one| Requirement {
            key: text(one, "key").to_owned(),
            operator: match text(one, "operator") {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                _ => Operator::Missing,
            },
            values: strings(&one["values"]),
        });
        let labels = exact.chain(others).collect();
        selector.is_object().then_some(Self { labels, fields: Vec::new() })
    }

    pub(super) fn matches(&self, object: &Json) -> bool {
        let labels = &object["metadata"]["labels"];
        self.labels.iter().all(|one| one.matches(labels[&one.key].as_str()))
            && self.fields.iter().all(|(path, equal, wanted)| (value(object, path) == *wanted) == *equal)
    }
}

fn value(object: &Json, path: &str) -> String {
    let path = if path == "source" { "source.component" } else { path };
    let found = path.split('.').try_fold(object, |at, part| at.get(part));
    match found {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Null) | None if path == "spec.unschedulable" => "false".to_owned(),
        Some(Json::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

fn field(text: &str, kind: &Kind) -> Result<(String, bool, String), Refusal> {
    let parts = [("!=", false), ("==", true), ("=", true)];
    let found = parts.iter().find_map(|(sign, equal)| Some((text.split_once(sign)?, *equal)));
    let Some(((path, value), equal)) = found else {
        return Err(Refusal::bad_request(format!("invalid selector: '{text}'; can't understand '{text}'")));
    };
    let others = SELECTABLE.iter().find(|(resource, _)| *resource == kind.plural).map_or(&[][..], |(_, all)| all);
    if !ALWAYS.contains(&path) && !others.contains(&path) {
        return Err(Refusal::bad_request(format!("field label not supported: {path}")));
    }
    Ok((path.to_owned(), equal, value.to_owned()))
}

/// At the commas that are in no list of values.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let parts = text.split(|letter: char| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn requirement(text: &str) -> Result<Requirement, Refusal> {
    let of = |key: &str, operator, values: &str| {
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        Requirement { key: key.trim().to_owned(), operator, values }
    };
    let list = |key: &str, rest: &str, operator| {
        let inside = rest.trim().strip_prefix('(')?.strip_suffix(')')?;
        Some(of(key, operator, inside))
    };
    let signs = [
        ("!=", Operator::NotIn),
        ("==", Operator::In),
        ("=", Operator::In),
        (">", Operator::Greater),
        ("<", Operator::Less),
    ];
    let found = if let Some((key, rest)) = text.split_once(" notin ").or_else(|| text.split_once(" notin(")) {
        list(key, &format!("({}", rest.trim().trim_start_matches('(')), Operator::NotIn)
    } else if let Some((key, rest)) = text.split_once(" in ").or_else(|| text.split_once(" in(")) {
        list(key, &format!("({}", rest.trim().trim_start_matches('(')), Operator::In)
    } else if let Some(((key, value), operator)) =
        signs.iter().find_map(|(sign, operator)| Some((text.split_once(sign)?, *operator)))
    {
        Some(of(key, operator, value))
    } else if let Some(key) = text.strip_prefix('!') {
        Some(of(key, Operator::Missing, ""))
    } else {
        Some(of(text, Operator::Exists, ""))
    };
    let sound = |key: &str| {
        !key.is_empty() && key.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._/".contains(letter))
    };
    found.filter(|one| sound(&one.key)).ok_or_else(|| {
        Refusal::bad_request(format!("unable to parse requirement: found '{text}', expected: a label and its values"))
    })
}

impl Requirement {
    fn matches(&self, value: Option<&str>) -> bool {
        let among = |value: &str| self.values.iter().any(|one| one == value);
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
        let compared = |is: fn(i64, i64) -> bool| {
            number(value)
                .zip(number(self.values.first().map(String::as_str)))
                .is_some_and(|(one, other)| is(one, other))
        };
        match self.operator {
            Operator::In => value.is_some_and(among),
            Operator::NotIn => !value.is_some_and(among),
            Operator::Exists => value.is_some(),
            Operator::Missing => value.is_none(),
            Operator::Greater => compared(|one, other| one > other),
            Operator::Less => compared(|one, other| one < other),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::simulator::kubernetes::server::kinds;

    #[test]
    fn labels_and_fields_select() {
        let pods = kinds::core("pods");
        let pod = json!({"metadata": {"name": "x", "labels": {"app": "a", "n": "3"}}, "status": {"phase": "Running"}});
        let cases = [
            ("app=a", "", true),
            ("app==b", "", false),
            ("app!=b,n", "", true),
            ("app in (b, a),!other", "", true),
            ("app notin (a,b)", "", false),
            ("other notin (a)", "", true),
            ("n>2,n<4", "", true),
            ("n>3", "", false),
            ("!app", "", false),
            ("", "metadata.name=x,status.phase!=Failed", true),
            ("", "status.phase=Pending", false),
        ];
        for (labels, fields, expected) in cases {
            let selector = Selector::read(Some(labels), Some(fields), &pods).unwrap();
            assert_eq!(selector.matches(&pod), expected, "{labels} {fields}");
        }
        let refused = Selector::read(None, Some("spec.color=red"), &pods).unwrap_err();
        assert_eq!(refused.message, "field label not supported: spec.color");
        assert!(Selector::read(Some("a b c"), None, &pods).is_err());
    }
}
