//! Tables that are shared as Go's maps are: what changes one changes it for everyone who holds it.
//!
//! Helm hands tables of `global` down to other charts without copying what is in them, so what one chart's defaults
//! add deep in there is seen by others. Charts have come to rely on it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value as Json};

#[derive(Clone, Debug)]
pub(super) enum Entry {
    Table(Table),
    /// Everything but maps.
    Other(Json),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Table(Rc<RefCell<BTreeMap<String, Entry>>>);

impl Table {
    pub(super) fn new(entries: &Map<String, Json>) -> Self {
        let entries = entries.iter().map(|(key, entry)| (key.clone(), Entry::new(entry)));
        Self(Rc::new(RefCell::new(entries.collect())))
    }

    pub(super) fn get(&self, key: &str) -> Option<Entry> {
        self.0.borrow().get(key).cloned()
    }

    pub(super) fn insert(&self, key: impl Into<String>, entry: Entry) {
        self.0.borrow_mut().insert(key.into(), entry);
    }

    pub(super) fn remove(&self, key: &str) {
        self.0.borrow_mut().remove(key);
    }

    /// As they are now; the tables among them are shared.
    pub(super) fn entries(&self) -> Vec<(String, Entry)> {
        self.0.borrow().iter().map(|(key, entry)| (key.clone(), entry.clone())).collect()
    }

    /// A table of its own, but for the tables in it.
    pub(super) fn shallow(&self) -> Self {
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }

    /// Takes the nulls out, here and below.
    pub(super) fn drop_nulls(&self) {
        self.0.borrow_mut().retain(|_, entry| !entry.is_null());
        for (_, entry) in self.entries() {
            if let Entry::Table(table) = entry {
                table.drop_nulls();
            }
        }
    }

    pub(super) fn to_json(&self) -> Map<String, Json> {
        self.0.borrow().iter().map(|(key, entry)| (key.clone(), entry.to_json())).collect()
    }
}

impl Entry {
    fn new(json: &Json) -> Self {
        match json {
            Json::Object(entries) => Entry::Table(Table::new(entries)),
            other => Entry::Other(other.clone()),
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Entry::Other(Json::Null))
    }

    pub(super) fn to_json(&self) -> Json {
        match self {
            Entry::Table(table) => Json::Object(table.to_json()),
            Entry::Other(json) => json.clone(),
        }
    }
}
