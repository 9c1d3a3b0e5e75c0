//! Reads YAML nodes as what a stack file expects, and notes every problem with its place.

use std::ops::Range;
use std::sync::Arc;

use super::document::{Content, Key, Node};
use super::places::{Extract, Places, Span};
use super::scalar::Scalar;
use crate::diagnostic::{Diagnostic, Diagnostics, SourceRange};
use crate::expression::{Expression, MalformedTemplate, Part, Reference, Template, TextTemplate, solid_count};
use crate::value::{Kind, Path, Segment, Value};

/// A value with expressions, and where everything in it was written.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) template: Template,
    pub(super) expressions: Vec<Placed>,
    pub(super) node: Arc<Node>,
}

/// An expression and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) expression: Expression,
    /// The scalar it stands in.
    span: Span,
    /// How many characters that are no blanks stand before its `${`.
    before: usize,
}

impl Placed {
    /// All of it, with its `${` and `}`.
    pub(super) fn whole(&self) -> Extract {
        Extract { span: self.span, first: self.before, count: solid_count(self.expression.source.chars()) + 3 }
    }

    /// Some bytes of its source.
    fn bytes(&self, range: Range<usize>) -> Extract {
        let source = &self.expression.source;
        let first = self.before + 2 + solid_count(source[..range.start].chars());
        Extract { span: self.span, first, count: solid_count(source[range].chars()) }
    }

    pub(super) fn reference(&self, reference: &Reference) -> Extract {
        self.expression.find_reference(reference).map_or_else(|| self.whole(), |range| self.bytes(range))
    }

    pub(super) fn function(&self, name: &str) -> Extract {
        self.expression.find_function(name).map_or_else(|| self.whole(), |range| self.bytes(range))
    }
}

pub(super) struct Reader<'a> {
    pub(super) places: &'a Places,
    pub(super) diagnostics: Diagnostics,
}

impl Reader<'_> {
    pub(super) fn error(&mut self, span: Span, code: &'static str, summary: &'static str, detail: impl Into<String>) {
        let problem = Diagnostic::error(code, summary, detail).at(&self.places.range(span));
        self.diagnostics.push(problem);
    }

    /// The entries of a map whose keys are fixed; others are reported.
    pub(super) fn fixed<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> &'n [(Key, Node)] {
        let entries = self.map(node, what);
        for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.text.as_str())) {
            let mut problem =
                Diagnostic::error("stack/unknown-key", "Unknown key", format!("{what} has no key `{}`", key.text))
                    .at(&self.places.range(key.span))
                    .did_you_mean(&key.text, known.iter().copied());
            if problem.help.is_none() {
                problem = problem.help(format!("the keys are: {}", known.join(", ")));
            }
            self.diagnostics.push(problem);
        }
        entries
    }

    /// The entries of a map with any keys.
    pub(super) fn map<'n>(&mut self, node: &'n Node, what: &str) -> &'n [(Key, Node)] {
        match &node.content {
            Content::Map(entries) => entries,
            // A key with nothing behind it, such as a section that is still empty.
            Content::Scalar(Scalar::Null) => &[],
            _ => {
                self.wrong_type(node, what, "a map");
                &[]
            }
        }
    }

    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.content {
            Content::List(items) => items,
            Content::Scalar(Scalar::Null) => &[],
            _ => {
                self.wrong_type(node, what, "a list");
                &[]
            }
        }
    }

    pub(super) fn string(&mut self, node: &Node, what: &str) -> Option<String> {
        match &node.content {
            Content::Scalar(Scalar::String(text)) => Some(text.clone()),
            _ => {
                self.wrong_type(node, what, "a string");
                None
            }
        }
    }

    /// A string that no expression can stand in.
    pub(super) fn plain(&mut self, node: &Node, what: &str) -> Option<String> {
        let text = self.string(node, what)?;
        if text.contains("${") {
            self.not_constant(node, what);
            return None;
        }
        Some(text)
    }

    fn not_constant(&mut self, node: &Node, what: &str) {
        let detail = format!("{what} is a constant: it is read before any expression is computed");
        self.error(node.span, "stack/not-constant", "No expression here", detail);
    }

    pub(super) fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        match &node.content {
            Content::Scalar(Scalar::Bool(yes)) => Some(*yes),
            _ => {
                self.wrong_type(node, what, "true or false");
                None
            }
        }
    }

    pub(super) fn wrong_type(&mut self, node: &Node, what: &str, wanted: &str) {
        if node.is_broken() {
            return;
        }
        let detail = format!("{what} is {wanted}, this is {}", node.noun());
        self.error(node.span, "stack/wrong-type", "Wrong type", detail);
    }

    /// A value in which expressions have no place; none when that is not so, or it could not be read.
    pub(super) fn constant(&mut self, node: &Node, what: &str) -> Option<Value> {
        let located = self.located(node);
        match located.template {
            Template::Literal(value) if value.has_unknown() => None,
            Template::Literal(value) => Some(value),
            _ => {
                self.not_constant(node, what);
                None
            }
        }
    }

    pub(super) fn located(&mut self, node: &Node) -> Located {
        let mut expressions = Vec::new();
        let template = self.template(node, &mut expressions);
        Located { template, expressions, node: Arc::new(node.clone()) }
    }

    fn template(&mut self, node: &Node, found: &mut Vec<Placed>) -> Template {
        match &node.content {
            Content::Scalar(Scalar::String(text)) => match self.text(text, node.span, false, found) {
                Some(text) => match text.literal() {
                    Some(literal) => Template::Literal(Value::from(literal)),
                    None => Template::Text(text),
                },
                // What it would be has been left to guess.
                None => Template::Literal(Value::Unknown(Kind::Any)),
            },
            Content::Scalar(scalar) => Template::Literal(Value::from(scalar.clone())),
            Content::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.template(item, found)).collect();
                match items.iter().map(literal).collect() {
                    Some(values) => Template::Literal(Value::List(values)),
                    None => Template::List(items),
                }
            }
            Content::Map(entries) => {
                let entry = |(key, entry): &(Key, Node)| {
                    let key = self.text(&key.text, key.span, true, found);
                    let entry = self.template(entry, found);
                    Some((key?, entry))
                };
                let entries: Vec<_> = entries.iter().map(entry).collect();
                let Some(entries) = entries.into_iter().collect::<Option<Vec<_>>>() else {
                    return Template::Literal(Value::Unknown(Kind::Map));
                };
                let plain = entries.iter().map(|(key, entry)| Some((key.literal()?.to_owned(), literal(entry)?)));
                match plain.collect() {
                    Some(values) => Template::Literal(Value::Map(values)),
                    None => Template::Map(entries),
                }
            }
        }
    }

    fn text(&mut self, text: &str, span: Span, is_key: bool, found: &mut Vec<Placed>) -> Option<TextTemplate> {
        match TextTemplate::parse(text) {
            Ok(template) => {
                found.extend(template.0.iter().filter_map(|part| match part {
                    Part::Expression(expression, before) => {
                        Some(Placed { expression: expression.clone(), span, before: *before })
                    }
                    Part::Text(_) => None,
                }));
                Some(template)
            }
            Err(malformed) => {
                let range = self.place_of(text, span, &malformed);
                let mut problem =
                    Diagnostic::error("expression/syntax", "This expression cannot be read", malformed.message);
                if is_key && malformed.is_open {
                    problem =
                        problem.help("YAML takes what stands before `: ` for a key; put the whole value in quotes");
                }
                self.diagnostics.push(problem.at(&range));
                None
            }
        }
    }

    /// The rest of the line from where it cannot be read.
    fn place_of(&self, text: &str, span: Span, malformed: &MalformedTemplate) -> SourceRange {
        let rest = text.chars().skip(malformed.offset).take_while(|c| *c != '\n').count();
        if rest == 0 {
            return self.places.range(span);
        }
        self.places.part(Extract::new(span, text, malformed.offset, malformed.offset + rest))
    }
}

fn literal(template: &Template) -> Option<Value> {
    match template {
        Template::Literal(value) => Some(value.clone()),
        _ => None,
    }
}

impl Located {
    /// Every reference of every expression.
    pub(super) fn uses(&self) -> impl Iterator<Item = (&Placed, &Reference)> {
        self.expressions.iter().flat_map(|placed| placed.expression.references().iter().map(move |used| (placed, used)))
    }

    /// Where the value at a path was written, or the nearest thing that holds it.
    pub(super) fn place(&self, places: &Places, path: &Path, on_key: bool) -> SourceRange {
        let mut node = &*self.node;
        let mut key_span = None;
        for segment in path.segments() {
            let next = match (&node.content, segment) {
                (Content::Map(entries), Segment::Key(name)) => entries.iter().find(|(key, _)| key.text == *name),
                (Content::List(items), Segment::Index(index)) => {
                    if let Some(item) = items.get(*index) {
                        (node, key_span) = (item, None);
                        continue;
                    }
                    None
                }
                _ => None,
            };
            let Some((key, entry)) = next else { break };
            (node, key_span) = (entry, Some(key.span));
        }
        match key_span.filter(|_| on_key) {
            Some(span) => places.range(span),
            None => places.range(node.span),
        }
    }
}
