//! What every type made of a cluster's objects has: the objects it wants, and how a read of them is told
//! in the words of its spec. Pure; knows no client.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::manifest::Id;
use super::shown::Normal;
use super::{connection, immutable};
use crate::provider::{FamilySettings, Field, FieldType, Output, ResourceType};
use crate::value::{Attributes, Kind, Path, Value};

/// A type whose resources are objects of a cluster.
pub(in crate::providers) trait ObjectType: ResourceType {
    /// The objects a spec asks for, in the order of the spec; parts may be unknown or secret.
    fn manifests(&self, spec: &Attributes) -> Vec<Value>;

    /// Where in the spec the manifest of this number is: empty where the spec as a whole stands for it.
    fn at(&self, index: usize) -> Path;

    /// The fields of a spec that say what these objects say, in the form of `spec`. One that is missing is `None`.
    fn told(&self, spec: &Attributes, shown: &[Option<Value>]) -> Attributes;
}

/// An object that is wanted.
#[derive(Clone, Debug)]
pub(in crate::providers) struct Wanted {
    pub(in crate::providers) id: Id,
    pub(in crate::providers) manifest: Json,
}

/// Fields that every such type has.
pub(crate) fn common_fields() -> Vec<Field> {
    let cluster = FieldType::Document { canonical: connection::canonical };
    vec![
        Field::new("cluster", cluster, "The cluster it belongs to: the `connection` of a cluster")
            .required()
            .replaces(),
        Field::new(
            "force_conflicts",
            FieldType::Bool,
            "`true`: take over fields that someone else manages, which is refused otherwise",
        ),
        Field::new("wait", FieldType::Bool, "`false`: an apply does not wait until it is ready"),
    ]
}

/// Outputs that every such type has.
pub(crate) fn common_outputs() -> Vec<Output> {
    vec![
        Output::new("uid", Kind::Any, "The id the cluster gave it; of several objects, by object"),
        Output::new(
            "spellings",
            Kind::Map,
            "Digests of what the cluster spells in its own way, such as `500m` for `0.5`",
        ),
    ]
}

/// What stands for a connection in a plan for people.
pub(crate) fn brief(attributes: &Attributes) -> Attributes {
    attributes.get("cluster").map(|cluster| ("cluster".to_owned(), connection::brief(cluster))).into_iter().collect()
}

/// What can be told of the outputs before an apply. How the cluster will spell things is no one's business.
pub(in crate::providers) fn outputs_to_come(recorded: Option<&Attributes>) -> Attributes {
    let uid = recorded.and_then(|attributes| attributes.get("uid")).cloned();
    let mut outputs = Attributes::from([("uid".to_owned(), uid.unwrap_or(Value::Unknown(Kind::Any)))]);
    let spellings = recorded.and_then(|attributes| attributes.get("spellings")).cloned();
    outputs.extend(spellings.map(|spellings| ("spellings".to_owned(), spellings)));
    outputs
}

/// The objects of a spec, as far as each says which one it is.
pub(in crate::providers) fn wanted(object_type: &dyn ObjectType, spec: &Attributes) -> Vec<Wanted> {
    let manifests = object_type.manifests(spec).into_iter();
    manifests.filter_map(|manifest| Some(Wanted { id: Id::of(&manifest)?, manifest: as_applied(&manifest) })).collect()
}

/// What stands for a secret of which only the hash is left: no cluster shows it, so what is shown is what is there.
const SEALED: &str = "\u{0}";

/// A manifest as it was applied, or is to be.
fn as_applied(value: &Value) -> Json {
    match value {
        Value::Secret(secret) => secret.revealed().map_or_else(|| SEALED.into(), as_applied),
        Value::List(items) => items.iter().map(as_applied).collect(),
        Value::Map(entries) => entries.iter().map(|(key, entry)| (key.clone(), as_applied(entry))).collect(),
        plain => plain.to_json(),
    }
}

/// The identity of a resource with one object.
pub(crate) fn identity(spec: &Attributes, manifest: &Value) -> Option<String> {
    Some(format!("{} {}", connection::key(spec.get("cluster")?)?, Id::of(manifest)?.key()))
}

/// Where two manifests of one object differ in what cannot change in place. What is not known yet is taken to stay.
pub(in crate::providers) fn fixed_changes(before: &Value, desired: &Value) -> Vec<Path> {
    let settled = settled(desired, before);
    let changed = immutable::changed(&before.to_json(), &settled.to_json());
    changed.iter().filter_map(|path| Path::parse(path)).collect()
}

/// A value with its unknown parts as they are in another one.
fn settled(value: &Value, other: &Value) -> Value {
    match (value, other) {
        (Value::Unknown(_), other) => other.clone(),
        (Value::Map(entries), Value::Map(others)) => {
            let all = entries.iter().map(|(key, entry)| {
                (key.clone(), others.get(key).map_or_else(|| entry.clone(), |other| settled(entry, other)))
            });
            Value::Map(all.collect())
        }
        (Value::List(items), Value::List(others)) if items.len() == others.len() => {
            Value::List(items.iter().zip(others).map(|(item, other)| settled(item, other)).collect())
        }
        (value, _) => value.clone(),
    }
}

/// Kinds that stand for something outside the cluster, which is left behind when the cluster goes before they do.
const LEAVE_BEHIND: &[&str] = &["Ingress", "PersistentVolumeClaim"];

/// The connection to the cluster with which all objects of a resource go.
pub(in crate::providers) fn goes_with<'a>(
    object_type: &dyn ObjectType,
    recorded: &'a Attributes,
    settings: &FamilySettings,
) -> Option<&'a Value> {
    let fast = settings.get("teardown").and_then(Value::as_str) == Some("fast");
    if !fast || object_type.manifests(recorded).iter().any(stays_behind) {
        return None;
    }
    recorded.get("cluster")
}

/// Whether an object stands for something outside its cluster.
pub(in crate::providers) fn stays_behind(manifest: &Value) -> bool {
    let text = |path: &[&str]| {
        let path = path.iter().fold(Path::default(), |path, key| path.key(key));
        manifest.at(path.segments()).and_then(Value::as_str)
    };
    let kind = text(&["kind"]).unwrap_or_default();
    LEAVE_BEHIND.contains(&kind) || (kind == "Service" && text(&["spec", "type"]) == Some("LoadBalancer"))
}

/// What the cluster spelled in its own way after the last apply.
pub(in crate::providers) fn spellings(recorded: &Attributes, id: &Id) -> Normal {
    let of = recorded.get("spellings").and_then(Value::as_map).and_then(|all| all.get(&id.key()));
    let digests = of.and_then(Value::as_map).into_iter().flatten();
    let digests = digests.filter_map(|(path, digest)| Some((path.clone(), digest.as_str()?.to_owned())));
    digests.collect::<BTreeMap<_, _>>().into()
}

/// Fields of a spec that no read tells, as they are.
pub(in crate::providers) fn untold(spec: &Attributes) -> Attributes {
    let names = ["cluster", "force_conflicts", "wait", "keda_version"];
    let found = names.into_iter().filter_map(|name| Some((name.to_owned(), spec.get(name)?.clone())));
    found.collect()
}

pub(in crate::providers) fn flag(spec: &Attributes, name: &str, usual: bool) -> bool {
    match spec.get(name) {
        Some(Value::Bool(said)) => *said,
        _ => usual,
    }
}
