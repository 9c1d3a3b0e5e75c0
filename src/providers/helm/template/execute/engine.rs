//! What all templates of one rendering share.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::super::error::{Place, RenderError};
use super::super::limits::{Limits, Used};
use super::super::lookup::{Lookup, Lookups};
use super::super::syntax::{
    self,
    tree::{Source, Span, Tree},
};
use super::super::{Surroundings, Value, nesting};
use super::{Callee, Executed, Held, TemplateSet};

/// All templates of one text.
type Trees = Rc<[Rc<Tree>]>;

pub(in super::super) struct Engine<'a> {
    pub(super) surroundings: &'a dyn Surroundings,
    pub(super) lookups: &'a Lookups,
    pub(super) limits: Limits,
    pub(super) used: Used,
    /// How often each template is being included right now.
    pub(super) included: RefCell<HashMap<Rc<str>, usize>>,
    /// What `tpl` was given before: a chart gives the same few texts again and again.
    parsed: RefCell<HashMap<Rc<str>, Trees>>,
    asked: RefCell<Vec<Lookup>>,
    /// Maps that templates have changed. Only those can be put into each other level by level without an end, so they
    /// are kept until all is done, and then emptied one by one: were they let go of, that would be one call for each
    /// level, and those that contain themselves would stay for ever.
    changed: RefCell<Vec<Value>>,
}

impl Drop for Engine<'_> {
    fn drop(&mut self) {
        nesting::take_apart(self.changed.take());
    }
}

/// A template being carried out.
pub(super) struct State<'e, 'a> {
    pub(super) engine: &'e Engine<'a>,
    pub(super) set: &'e Rc<TemplateSet>,
    pub(super) tree: &'e Tree,
    pub(super) variables: Vec<(Rc<str>, Held)>,
}

/// Parses a text; the first template is that of the text itself, in the order of its names otherwise.
pub(in super::super) fn parse(name: &str, text: &str) -> Executed<Vec<Rc<Tree>>> {
    let source = Rc::new(Source { name: name.into(), text: text.into() });
    syntax::parse(source, &Callee::find).map_err(|error| {
        let file = if name == TPL { TPL_FILE } else { name };
        let mut place = Place::of(file, text, error.offset, error.offset);
        place.action.clear();
        Box::new(RenderError { message: error.message, places: vec![place] })
    })
}

impl<'a> Engine<'a> {
    pub(in super::super) fn new(surroundings: &'a dyn Surroundings, lookups: &'a Lookups, limits: Limits) -> Self {
        Self {
            surroundings,
            lookups,
            limits,
            used: Used::default(),
            included: RefCell::default(),
            parsed: RefCell::default(),
            asked: RefCell::default(),
            changed: RefCell::default(),
        }
    }

    pub(in super::super) fn asked(&self) -> Vec<Lookup> {
        self.asked.take()
    }

    pub(super) fn keep(&self, changed: &Value) {
        if let Value::Map(_) = changed {
            self.changed.borrow_mut().push(changed.clone());
        }
    }

    pub(super) fn note(&self, lookup: Lookup) {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&lookup) {
            asked.push(lookup);
        }
    }

    /// The templates of a text that `tpl` was given.
    pub(super) fn parse_once(&self, text: &Rc<str>) -> Executed<Trees> {
        if let Some(trees) = self.parsed.borrow().get(text) {
            return Ok(trees.clone());
        }
        let trees: Trees = parse(TPL, text)?.into();
        self.parsed.borrow_mut().insert(text.clone(), trees.clone());
        Ok(trees)
    }

    /// Carries a template out on a value, and gives its text.
    pub(in super::super) fn execute(&self, set: &Rc<TemplateSet>, tree: &Tree, data: Value) -> Executed<String> {
        let mut text = String::with_capacity(tree.source.text.len().min(4_096));
        self.execute_into(set, tree, data, &mut text)?;
        Ok(text)
    }

    pub(super) fn execute_into(
        &self,
        set: &Rc<TemplateSet>,
        tree: &Tree,
        data: Value,
        out: &mut String,
    ) -> Executed<()> {
        self.used.enter(&self.limits).map_err(without_place)?;
        let dot = Held::plain(data);
        let mut state = State { engine: self, set, tree, variables: vec![("$".into(), dot.clone())] };
        let done = state.walk(&dot, &tree.nodes, out);
        self.used.leave();
        done.map(|_| ())
    }
}

/// In errors, where the name of a file would be.
const TPL_FILE: &str = "text given to tpl";

/// The name that Helm gives a text that `tpl` was given.
pub(super) const TPL: &str = "gotpl";

pub(super) fn without_place(message: String) -> Box<RenderError> {
    Box::new(RenderError { message, places: Vec::new() })
}

impl State<'_, '_> {
    pub(super) fn place(&self, span: &Span) -> Place {
        let source = &self.tree.source;
        let file = if *source.name == *TPL { TPL_FILE } else { &source.name };
        let mut place = Place::of(file, &source.text, span.start, span.end);
        place.definition = (self.tree.name != source.name).then(|| self.tree.name.to_string());
        place
    }

    pub(super) fn fail<T>(&self, span: &Span, message: impl Into<String>) -> Executed<T> {
        Err(Box::new(RenderError { message: message.into(), places: vec![self.place(span)] }))
    }

    /// Notes that this is where what failed was called from.
    pub(super) fn called_from(&self, span: &Span, mut error: Box<RenderError>) -> Box<RenderError> {
        error.places.push(self.place(span));
        error
    }

    pub(super) fn step(&self, span: &Span) -> Executed<()> {
        self.engine.used.step(&self.engine.limits).or_else(|message| self.fail(span, message))
    }

    pub(super) fn produce(&self, span: &Span, bytes: usize) -> Executed<()> {
        self.engine.used.produce(&self.engine.limits, bytes).or_else(|message| self.fail(span, message))
    }
}
