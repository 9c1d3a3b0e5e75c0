//! Templates by their names.

use std::collections::HashMap;
use std::rc::Rc;

use super::super::syntax::tree::Tree;

/// What `include` and `template` can name. What `tpl` defines is seen by what it includes, and by nothing around it.
#[derive(Default)]
pub(in super::super) struct TemplateSet {
    outer: Option<Rc<TemplateSet>>,
    own: HashMap<Rc<str>, Rc<Tree>>,
}

impl TemplateSet {
    pub(in super::super) fn within(outer: Rc<TemplateSet>) -> Self {
        Self { outer: Some(outer), own: HashMap::new() }
    }

    /// The last one wins, unless it is empty.
    pub(in super::super) fn add(&mut self, tree: Rc<Tree>) {
        if tree.is_empty() && self.find(&tree.name).is_some() {
            return;
        }
        self.own.insert(tree.name.clone(), tree);
    }

    pub(in super::super) fn find(&self, name: &str) -> Option<&Rc<Tree>> {
        let mut set = self;
        loop {
            if let Some(tree) = set.own.get(name) {
                return Some(tree);
            }
            set = set.outer.as_deref()?;
        }
    }

    /// Of all templates, those of the sets around this one included.
    pub(in super::super) fn names(&self) -> Vec<Rc<str>> {
        let mut names: Vec<Rc<str>> = self.own.keys().cloned().collect();
        if let Some(outer) = &self.outer {
            names.extend(outer.names());
        }
        names
    }
}
