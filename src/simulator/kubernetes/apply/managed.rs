//! Who owns which fields of an object: `metadata.managedFields`, read and written.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::{Conflict, Manager};
use crate::clock::{Timestamp, rfc3339};
use crate::simulator::kubernetes::fields::{FieldSet, Path};

/// How many managers may own fields by updates before the oldest are put together.
const MOST_UPDATERS: usize = 10;
const ANCIENT: &str = "ancient-changes";

/// What tells one manager from another. Who applies is the same whatever version it applies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity {
    manager: String,
    applies: bool,
    /// Empty for who applies.
    api_version: String,
    subresource: String,
}

/// What a manager owns, and since when it is as it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Owned {
    pub(super) api_version: String,
    pub(super) fields: FieldSet,
    /// RFC 3339.
    pub(super) time: Option<String>,
}

/// The managers of one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Managers(BTreeMap<Identity, Owned>);

impl Identity {
    pub(super) fn applier(manager: &Manager<'_>) -> Self {
        let (name, subresource) = (name_of(manager.name), manager.subresource.to_owned());
        Self { manager: name, applies: true, api_version: String::new(), subresource }
    }

    pub(super) fn updater(manager: &Manager<'_>, api_version: &str) -> Self {
        let (name, subresource) = (name_of(manager.name), manager.subresource.to_owned());
        Self { manager: name, applies: false, api_version: api_version.to_owned(), subresource }
    }

    pub(super) fn conflict(&self, api_version: &str, path: Path) -> Conflict {
        Conflict {
            manager: self.manager.clone(),
            operation: self.operation().to_owned(),
            api_version: api_version.to_owned(),
            subresource: self.subresource.clone(),
            path,
        }
    }

    fn operation(&self) -> &'static str {
        if self.applies { "Apply" } else { "Update" }
    }
}

fn name_of(manager: &str) -> String {
    if manager.is_empty() { "unknown" } else { manager }.to_owned()
}

impl Managers {
    /// Those of an object; none when it has none or they cannot be read.
    pub(super) fn of(object: Option<&Json>) -> Self {
        let entries = object.and_then(|object| object.pointer("/metadata/managedFields")?.as_array());
        Self(entries.into_iter().flatten().filter_map(read).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, identity: &Identity) -> Option<&Owned> {
        self.0.get(identity)
    }

    pub(super) fn time(&self, identity: &Identity) -> Option<String> {
        self.get(identity).and_then(|owned| owned.time.clone())
    }

    pub(super) fn set(&mut self, identity: Identity, owned: Owned) {
        self.0.insert(identity, owned);
    }

    pub(super) fn others<'m>(&'m self, own: &'m Identity) -> impl Iterator<Item = (&'m Identity, &'m Owned)> {
        self.0.iter().filter(move |(identity, _)| *identity != own)
    }

    pub(super) fn all_fields(&self) -> FieldSet {
        self.0.values().fold(FieldSet::default(), |all, owned| all.union(&owned.fields))
    }

    /// Takes fields from everyone else; who owns nothing any more is no manager.
    pub(super) fn release_by_others(&mut self, own: &Identity, lost: &FieldSet) {
        for (_, owned) in self.0.iter_mut().filter(|(identity, _)| *identity != own) {
            owned.fields = owned.fields.difference(lost);
        }
        self.0.retain(|identity, owned| identity == own || !owned.fields.is_empty());
    }

    /// Takes fields from one manager.
    pub(super) fn release(&mut self, own: &Identity, lost: &FieldSet) {
        if let Some(owned) = self.0.get_mut(own) {
            owned.fields = owned.fields.difference(lost);
        }
        self.0.retain(|_, owned| !owned.fields.is_empty());
    }

    /// Takes from one manager what no one owns.
    pub(super) fn strip(&mut self, own: &Identity, never_owned: &FieldSet) {
        self.release(own, never_owned);
    }

    pub(super) fn touch(&mut self, identity: &Identity, now: Timestamp) {
        if let Some(owned) = self.0.get_mut(identity) {
            owned.time = Some(rfc3339(now));
        }
    }

    /// Puts the oldest updaters of a version together when there are too many.
    pub(super) fn cap(&mut self) {
        let mut updaters: Vec<_> = self.0.iter().filter(|(identity, _)| !identity.applies).collect();
        updaters.sort_by(|a, b| (&a.1.time, a.0).cmp(&(&b.1.time, b.0)));
        let surplus = updaters.len().saturating_sub(MOST_UPDATERS);
        if surplus == 0 {
            return;
        }
        let oldest: Vec<Identity> =
            updaters.iter().take(surplus + 1).map(|(identity, _)| (*identity).clone()).collect();
        for identity in oldest {
            let Some(owned) = self.0.remove(&identity) else { continue };
            let ancient = Identity { manager: ANCIENT.to_owned(), subresource: String::new(), ..identity };
            match self.0.get_mut(&ancient) {
                Some(all) => {
                    all.fields = all.fields.union(&owned.fields);
                    all.time = all.time.take().max(owned.time);
                }
                None => self.set(ancient, owned),
            }
        }
    }

    /// The object with its managers, in the order an API server lists them.
    pub(super) fn put_into(&self, mut object: Json) -> Json {
        let mut entries: Vec<_> = self.0.iter().collect();
        entries.sort_by(|a, b| (!a.0.applies, &a.1.time, a.0).cmp(&(!b.0.applies, &b.1.time, b.0)));
        let entries: Vec<Json> = entries.into_iter().map(|(identity, owned)| entry(identity, owned)).collect();
        if let Some(object) = object.as_object_mut().filter(|_| !entries.is_empty()) {
            let metadata = object.entry("metadata").or_insert_with(|| json!({}));
            metadata["managedFields"] = Json::Array(entries);
        }
        object
    }
}

fn read(entry: &Json) -> Option<(Identity, Owned)> {
    let text = |name: &str| entry.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let applies = match entry.get("operation")?.as_str()? {
        "Apply" => true,
        "Update" => false,
        _ => return None,
    };
    let api_version = text("apiVersion");
    let identity = Identity {
        manager: text("manager"),
        applies,
        api_version: if applies { String::new() } else { api_version.clone() },
        subresource: text("subresource"),
    };
    let fields = entry.get("fieldsV1").map(FieldSet::from_json).unwrap_or_default();
    let time = entry.get("time").and_then(Json::as_str).map(str::to_owned);
    Some((identity, Owned { api_version, fields, time }))
}

fn entry(identity: &Identity, owned: &Owned) -> Json {
    let mut entry = Map::new();
    let mut say = |name: &str, value: Json| entry.insert(name.to_owned(), value);
    say("manager", json!(identity.manager));
    say("operation", json!(identity.operation()));
    say("apiVersion", json!(owned.api_version));
    if let Some(time) = &owned.time {
        say("time", json!(time));
    }
    say("fieldsType", json!("FieldsV1"));
    say("fieldsV1", owned.fields.to_json());
    if !identity.subresource.is_empty() {
        say("subresource", json!(identity.subresource));
    }
    Json::Object(entry)
}
