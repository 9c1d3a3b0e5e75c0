//! The planted mistakes and the correct manifests, each case as the objects of one stack.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use tidegate::provider::Finding;
use tidegate::providers::keda::{Body, Kind, Object, check, check_together};
use tidegate::value::{Attributes, Value};

static WRONG: LazyLock<Vec<Case>> = LazyLock::new(|| read(include_str!("wrong.yaml")));
static RIGHT: LazyLock<Vec<Case>> = LazyLock::new(|| read(include_str!("right.yaml")));

#[derive(Clone)]
pub struct Case {
    pub says: String,
    pub objects: Vec<(Option<Kind>, Attributes)>,
    /// Whether the objects are all that the stack has.
    pub together: bool,
    /// For a mistake.
    pub expected: Expected,
}

/// What must be found.
#[derive(Clone)]
pub struct Expected {
    pub code: String,
    pub path: String,
    pub at: usize,
    /// Further codes that go with it.
    pub also: Vec<String>,
}

pub fn wrong() -> Vec<Case> {
    WRONG.clone()
}

pub fn right() -> Vec<Case> {
    RIGHT.clone()
}

fn read(text: &str) -> Vec<Case> {
    let cases: Vec<Attributes> = serde_yaml::from_str(text).unwrap();
    cases.into_iter().map(case).collect()
}

fn text(entries: &Attributes, key: &str) -> String {
    entries.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn case(mut entries: Attributes) -> Case {
    let also = entries.get("also").and_then(Value::as_list).unwrap_or_default();
    let expected = Expected {
        code: text(&entries, "code"),
        path: text(&entries, "path"),
        at: entries.get("at").and_then(Value::as_i64).map_or(0, |at| usize::try_from(at).unwrap()),
        also: also.iter().map(|code| code.as_str().unwrap().to_owned()).collect(),
    };
    let says = text(&entries, "says");
    let together = entries.contains_key("objects");
    let objects = match entries.remove("objects") {
        Some(Value::List(objects)) => objects.iter().map(|object| one(object.as_map().unwrap(), &says)).collect(),
        _ if entries.contains_key("trigger") || entries.contains_key("triggers") => vec![scaled_object(entries)],
        _ => vec![one(&entries, &says)],
    };
    Case { says, objects, together, expected }
}

const KINDS: &[(&str, Option<Kind>)] = &[
    ("scaled_object", Some(Kind::ScaledObject)),
    ("scaled_job", Some(Kind::ScaledJob)),
    ("trigger_authentication", Some(Kind::TriggerAuthentication)),
    ("cluster_trigger_authentication", Some(Kind::ClusterTriggerAuthentication)),
    ("manifest", None),
];

fn one(entries: &Attributes, says: &str) -> (Option<Kind>, Attributes) {
    let found = KINDS.iter().find_map(|(key, kind)| Some((*kind, entries.get(*key)?)));
    let (kind, object) = found.unwrap_or_else(|| panic!("{says}: no object"));
    (kind, object.as_map().unwrap().clone())
}

/// The whole object that a trigger stands for.
fn scaled_object(mut entries: Attributes) -> (Option<Kind>, Attributes) {
    let target = BTreeMap::from([("name".to_owned(), Value::from("worker"))]);
    let mut spec = BTreeMap::from([("scaleTargetRef".to_owned(), Value::Map(target))]);
    let triggers = match entries.remove("trigger") {
        Some(trigger) => Value::List(vec![trigger]),
        None => entries.remove("triggers").unwrap(),
    };
    spec.insert("triggers".to_owned(), triggers);
    if let Some(Value::Map(more)) = entries.remove("spec") {
        spec.extend(more);
    }
    let mut fields = BTreeMap::from([
        ("name".to_owned(), Value::from("worker")),
        ("namespace".to_owned(), Value::from("demo")),
        ("spec".to_owned(), Value::Map(spec)),
    ]);
    if let Some(version) = entries.remove("keda_version") {
        fields.insert("keda_version".to_owned(), version);
    }
    (Some(Kind::ScaledObject), fields)
}

impl Case {
    /// Everything that is found, by itself and together, with the index of the object.
    pub fn findings(&self) -> Vec<(usize, Finding)> {
        let mut found = Vec::new();
        for (index, (kind, fields)) in self.objects.iter().enumerate() {
            let alone = kind.map(|kind| check(kind, fields)).unwrap_or_default();
            found.extend(alone.into_iter().map(|finding| (index, finding)));
        }
        if self.together {
            found.extend(together(&self.objects));
        }
        found
    }
}

pub fn together(objects: &[(Option<Kind>, Attributes)]) -> Vec<(usize, Finding)> {
    let manifests: Vec<_> = objects.iter().map(|(_, fields)| Value::Map(fields.clone())).collect();
    let seen: Vec<_> = objects.iter().zip(&manifests).enumerate().map(|(index, object)| seen(index, object)).collect();
    check_together(&seen)
}

fn seen<'a>(index: usize, ((kind, fields), manifest): (&'a (Option<Kind>, Attributes), &'a Value)) -> Object<'a> {
    let place = match kind {
        Some(_) => Some(fields),
        None => fields.get("metadata").and_then(Value::as_map),
    };
    let word = |key: &str| place.and_then(|place| place.get(key)).and_then(Value::as_str);
    let body = match kind {
        Some(kind) => Body::Keda(*kind, fields),
        None => Body::Manifest(manifest),
    };
    Object { index, namespace: word("namespace"), name: word("name"), body }
}

pub fn told(findings: &[(usize, Finding)]) -> String {
    let lines = findings.iter().map(|(index, finding)| {
        let Finding { code, path, message, help, .. } = finding;
        format!("  [{index}] {code} at {path}: {message} ({})", help.as_deref().unwrap_or("no help"))
    });
    lines.collect::<Vec<_>>().join("\n")
}
