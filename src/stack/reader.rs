//! Reads YAML nodes as what a stack file expects, and notes every problem with its place.

use std::sync::Arc;

use super::document::{Content, Key, Node, Places, Span};
use super::scalar::Scalar;
use crate::diagnostic::{Diagnostic, Diagnostics, SourceRange};
use crate::expression::{MalformedTemplate, Part, Reference, Template, TextTemplate};
use crate::value::{Path, Segment, Value};

/// A value with expressions, and where everything in it was written.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) template: Template,
    pub(super) uses: Vec<Use>,
    pub(super) node: Arc<Node>,
}

/// A reference and the string it stands in.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) reference: Reference,
    /// With its `${` and `}`.
    pub(super) text: String,
    pub(super) span: Span,
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
        let detail = format!("{what} is {wanted}, this is {}", node.noun());
        self.error(node.span, "stack/wrong-type", "Wrong type", detail);
    }

    /// A value in which expressions have no place.
    pub(super) fn constant(&mut self, node: &Node, what: &str) -> Option<Value> {
        let located = self.located(node);
        match located.template {
            Template::Literal(value) => Some(value),
            _ => {
                self.error(node.span, "stack/not-constant", "No expression here", format!("{what} is a constant"));
                None
            }
        }
    }

    pub(super) fn located(&mut self, node: &Node) -> Located {
        let mut uses = Vec::new();
        let template = self.template(node, &mut uses);
        Located { template, uses, node: Arc::new(node.clone()) }
    }

    fn template(&mut self, node: &Node, uses: &mut Vec<Use>) -> Template {
        match &node.content {
            Content::Scalar(Scalar::String(text)) => {
                let text = self.text(text, node.span, uses);
                match text.literal() {
                    Some(literal) => Template::Literal(Value::from(literal)),
                    None => Template::Text(text),
                }
            }
            Content::Scalar(scalar) => Template::Literal(Value::from(scalar.clone())),
            Content::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.template(item, uses)).collect();
                match items.iter().map(literal).collect() {
                    Some(values) => Template::Literal(Value::List(values)),
                    None => Template::List(items),
                }
            }
            Content::Map(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, entry)| (self.text(&key.text, key.span, uses), self.template(entry, uses)))
                    .collect();
                let plain = entries.iter().map(|(key, entry)| Some((key.literal()?.to_owned(), literal(entry)?)));
                match plain.collect() {
                    Some(values) => Template::Literal(Value::Map(values)),
                    None => Template::Map(entries),
                }
            }
        }
    }

    fn text(&mut self, text: &str, span: Span, uses: &mut Vec<Use>) -> TextTemplate {
        match TextTemplate::parse(text) {
            Ok(template) => {
                for part in &template.0 {
                    let Part::Expression(expression) = part else { continue };
                    uses.extend(expression.references().iter().map(|reference| Use {
                        reference: reference.clone(),
                        text: format!("${{{}}}", expression.source),
                        span,
                    }));
                }
                template
            }
            Err(malformed) => {
                let range = self.place_of(text, span, &malformed);
                let problem =
                    Diagnostic::error("expression/syntax", "This expression cannot be read", malformed.message);
                self.diagnostics.push(problem.at(&range));
                TextTemplate(Vec::new())
            }
        }
    }

    /// The rest of the expression from where it cannot be read.
    fn place_of(&self, text: &str, span: Span, malformed: &MalformedTemplate) -> SourceRange {
        let byte = text.char_indices().nth(malformed.offset).map_or(text.len(), |(byte, _)| byte);
        let rest = text[byte..].split('\n').next().unwrap_or_default();
        if rest.is_empty() {
            return self.places.range(span);
        }
        self.places.within(span, rest)
    }
}

fn literal(template: &Template) -> Option<Value> {
    match template {
        Template::Literal(value) => Some(value.clone()),
        _ => None,
    }
}

impl Located {
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
