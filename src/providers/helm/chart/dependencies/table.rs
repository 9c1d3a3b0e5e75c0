//! Maps of values that are shared, as Go's are: what is moved to another place is there and here, and what is merged
//! into it later is in both.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value as Json};

use super::super::ChartError;

/// Values are nowhere near as deep, unless they are moved into themselves.
const DEEPEST: u32 = 500;

#[derive(Clone, Default)]
pub(super) struct Table(Rc<RefCell<BTreeMap<String, Node>>>);

#[derive(Clone)]
pub(super) enum Node {
    Leaf(Json),
    Table(Table),
}

impl Table {
    pub(super) fn from_json(entries: &Map<String, Json>) -> Self {
        let table = Table::default();
        for (key, value) in entries {
            let node = match value {
                Json::Object(entries) => Node::Table(Table::from_json(entries)),
                other => Node::Leaf(other.clone()),
            };
            table.set(key, node);
        }
        table
    }

    /// # Errors
    /// When it is inside of itself.
    pub(super) fn to_json(&self) -> Result<Map<String, Json>, ChartError> {
        self.json(0)
    }

    fn json(&self, depth: u32) -> Result<Map<String, Json>, ChartError> {
        check_depth(depth)?;
        let json = |(key, node): (String, Node)| match node {
            Node::Leaf(value) => Ok((key, value)),
            Node::Table(table) => Ok((key, Json::Object(table.json(depth + 1)?))),
        };
        self.entries().into_iter().map(json).collect()
    }

    pub(super) fn get(&self, key: &str) -> Option<Node> {
        self.0.borrow().get(key).cloned()
    }

    pub(super) fn set(&self, key: &str, node: Node) {
        self.0.borrow_mut().insert(key.to_owned(), node);
    }

    pub(super) fn entries(&self) -> Vec<(String, Node)> {
        self.0.borrow().iter().map(|(key, node)| (key.clone(), node.clone())).collect()
    }

    /// A map of its own with the same content.
    pub(super) fn copy(&self) -> Self {
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }

    /// The table at a path with dots.
    pub(super) fn at(&self, path: &str) -> Option<Self> {
        path.split('.').try_fold(self.clone(), |table, step| match table.get(step) {
            Some(Node::Table(inner)) => Some(inner),
            _ => None,
        })
    }

    /// A table that has this one at a path with dots.
    pub(super) fn under(&self, path: &str) -> Self {
        path.rsplit('.').fold(self.clone(), |inner, step| {
            let outer = Table::default();
            outer.set(step, Node::Table(inner));
            outer
        })
    }

    /// Adds what is in another one and not in this, nulls and all.
    ///
    /// # Errors
    /// When one of them is inside of itself.
    pub(super) fn merge(&self, under: &Self) -> Result<(), ChartError> {
        self.merge_at(under, 0)
    }

    fn merge_at(&self, under: &Self, depth: u32) -> Result<(), ChartError> {
        check_depth(depth)?;
        for (key, _) in self.entries().iter().filter(|(_, node)| matches!(node, Node::Leaf(Json::Null))) {
            under.set(key, Node::Leaf(Json::Null));
        }
        for (key, node) in under.entries() {
            match (self.get(&key), node) {
                (None, node) => self.set(&key, node),
                (Some(Node::Table(own)), Node::Table(under)) => own.merge_at(&under, depth + 1)?,
                _ => {}
            }
        }
        Ok(())
    }
}

fn check_depth(depth: u32) -> Result<(), ChartError> {
    if depth <= DEEPEST {
        return Ok(());
    }
    let message = "`import-values` in Chart.yaml moves values into themselves";
    Err(ChartError::new("chart/import-loop", message, "give the import a `parent` that is not inside of its `child`"))
}
