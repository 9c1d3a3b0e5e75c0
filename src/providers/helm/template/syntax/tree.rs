//! A template as it was understood.

use std::ops::Range;
use std::rc::Rc;

use crate::providers::helm::template::execute::Callee;

/// A text that templates were read from: a file of a chart, or what `tpl` was given.
#[derive(Debug)]
pub(in super::super) struct Source {
    pub(in super::super) name: Rc<str>,
    pub(in super::super) text: Rc<str>,
}

/// A named template: a file, or what a `define` or `block` in it says.
#[derive(Debug)]
pub(in super::super) struct Tree {
    pub(in super::super) name: Rc<str>,
    pub(in super::super) source: Rc<Source>,
    pub(in super::super) nodes: Vec<Node>,
}

impl Tree {
    /// Whether there is nothing in it but space. Such a template replaces none of the same name.
    pub(in super::super) fn is_empty(&self) -> bool {
        self.nodes.iter().all(|node| match node {
            Node::Text(range) => self.source.text[range.clone()].trim().is_empty(),
            _ => false,
        })
    }
}

/// Bytes of a source.
pub(in super::super) type Span = Range<usize>;

#[derive(Debug)]
pub(in super::super) enum Node {
    Text(Span),
    Action(Pipeline),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template { span: Span, name: Rc<str>, pipeline: Option<Pipeline> },
    Break,
    Continue,
}

#[derive(Debug)]
pub(in super::super) struct Branch {
    pub(in super::super) pipeline: Pipeline,
    pub(in super::super) then: Vec<Node>,
    pub(in super::super) otherwise: Vec<Node>,
}

#[derive(Debug)]
pub(in super::super) struct Pipeline {
    pub(in super::super) span: Span,
    pub(in super::super) variables: Vec<Rc<str>>,
    /// `=` rather than `:=`.
    pub(in super::super) assigns: bool,
    pub(in super::super) commands: Vec<Command>,
}

/// An operand with its arguments behind it; there is always a first one.
#[derive(Debug)]
pub(in super::super) struct Command {
    pub(in super::super) span: Span,
    pub(in super::super) first: Operand,
    pub(in super::super) arguments: Vec<Operand>,
}

#[derive(Debug)]
pub(in super::super) struct Operand {
    pub(in super::super) span: Span,
    pub(in super::super) term: Term,
}

#[derive(Debug)]
pub(in super::super) enum Term {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    String(Rc<str>),
    /// `.a.b`
    Field(Vec<Rc<str>>),
    /// `$x.a.b`
    Variable(Rc<str>, Vec<Rc<str>>),
    Function(Rc<str>, Callee),
    Pipeline(Box<Pipeline>),
    /// `(…).a.b`
    Chain(Box<Operand>, Vec<Rc<str>>),
}

#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Number {
    Int(i64),
    Float(f64),
    /// Fits into a `uint64` only, which no template can have.
    Overflow(String),
}
