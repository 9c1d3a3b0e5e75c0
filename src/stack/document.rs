//! A YAML text as a tree in which every node knows where it was written.
//!
//! YAML 1.2 with its core schema: `no` and `on` are strings. Knows nothing of stacks.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as YamlSpan};

use super::scalar::{self, Scalar};
use crate::diagnostic::{Diagnostic, Diagnostics, Position, Source, SourceRange};

/// From one character to another, both 1-based line and 0-based column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: (u32, u32),
    end: (u32, u32),
}

impl Span {
    fn new(span: YamlSpan) -> Self {
        let place = |marker: saphyr_parser::Marker| {
            (u32::try_from(marker.line()).unwrap_or(u32::MAX), u32::try_from(marker.col()).unwrap_or(u32::MAX))
        };
        Self { start: place(span.start), end: place(span.end) }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) content: Content,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    Scalar(Scalar),
    List(Vec<Node>),
    /// In the order of the text, without repeats.
    Map(Vec<(Key, Node)>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub(super) span: Span,
    pub(super) text: String,
}

impl Node {
    pub(super) fn entry(&self, name: &str) -> Option<&Node> {
        match &self.content {
            Content::Map(entries) => entries.iter().find(|(key, _)| key.text == name).map(|(_, node)| node),
            _ => None,
        }
    }

    /// For messages.
    pub(super) fn noun(&self) -> &'static str {
        match &self.content {
            Content::Scalar(scalar) => scalar.noun(),
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }
}

/// Places in one text.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) source: Arc<Source>,
    /// The byte at which each line starts.
    lines: Arc<[usize]>,
}

impl Places {
    pub(super) fn new(source: Arc<Source>) -> Self {
        let ends = source.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines: Vec<_> = std::iter::once(0).chain(ends).collect();
        Self { source, lines: lines.into() }
    }

    pub(super) fn range(&self, span: Span) -> SourceRange {
        SourceRange {
            source: Arc::clone(&self.source),
            start: self.position(span.start),
            end: self.position(span.end.max(span.start)),
        }
    }

    fn position(&self, (line, column): (u32, u32)) -> Position {
        let text = &self.source.text;
        let start = self.lines.get(line.saturating_sub(1) as usize).copied().unwrap_or(text.len());
        let line_text = text.get(start..).unwrap_or_default();
        let within = line_text.char_indices().nth(column as usize).map_or(line_text.len(), |(byte, _)| byte);
        Position { line, column: column + 1, offset: start + within }
    }

    /// The place of a few characters inside a scalar, found by their text, since quotes and folding
    /// keep one from counting. The whole scalar when they cannot be found.
    pub(super) fn within(&self, span: Span, needle: &str) -> SourceRange {
        let whole = self.range(span);
        let text = self.source.text.get(whole.start.offset..whole.end.offset).unwrap_or_default();
        let Some(byte) = text.find(needle) else {
            return whole;
        };
        let before = &text[..byte];
        let moved = |from: Position, text: &str| {
            let newlines = text.matches('\n').count();
            let last = text.rsplit('\n').next().unwrap_or_default().chars().count();
            let last = u32::try_from(last).unwrap_or(u32::MAX);
            Position {
                line: from.line + u32::try_from(newlines).unwrap_or(0),
                column: if newlines == 0 { from.column + last } else { last + 1 },
                offset: from.offset + text.len(),
            }
        };
        let start = moved(whole.start, before);
        SourceRange { source: whole.source, start, end: moved(start, needle) }
    }
}

/// More nodes than this, aliases expanded, are an attack or a mistake.
const MAX_NODES: usize = 5_000_000;
const MAX_DEPTH: usize = 100;

/// Reads the one document of a text. Problems that leave the rest readable are collected.
///
/// # Errors
/// Everything that is wrong, when nothing sensible can be read.
pub(super) fn read(places: &Places, diagnostics: &mut Diagnostics) -> Option<Node> {
    let text = &places.source.text;
    let mut builder = Builder { places, diagnostics, open: Vec::new(), anchors: HashMap::new(), nodes: 0, root: None };
    let mut documents = 0;
    for event in Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let marker = *error.marker();
                let span = Span::new(YamlSpan::empty(marker));
                let problem = Diagnostic::error("yaml/syntax", "This is not YAML", error.info().to_owned());
                builder.diagnostics.push(problem.at(&places.range(span)));
                return None;
            }
        };
        let span = Span::new(span);
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                let problem = Diagnostic::error(
                    "yaml/second-document",
                    "A stack file is one document",
                    "a second YAML document starts here",
                );
                builder.diagnostics.push(problem.at(&places.range(span)).help("put each stack into its own file"));
                return builder.root;
            }
        }
        if let Err(problem) = builder.take(event, span) {
            builder.diagnostics.push(*problem);
            return None;
        }
    }
    builder.root
}

struct Builder<'a> {
    places: &'a Places,
    diagnostics: &'a mut Diagnostics,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    root: Option<Node>,
}

/// A list or map whose end has not come yet.
struct Open {
    span: Span,
    anchor: usize,
    nodes_before: usize,
    content: Opened,
}

enum Opened {
    List(Vec<Node>),
    Map { entries: Vec<(Key, Node)>, key: Option<Key>, seen: BTreeMap<String, Span> },
}

type Problem = Box<Diagnostic>;

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = matches!(style, ScalarStyle::Plain);
                let tag = tag.as_ref().map(|tag| (tag.is_yaml_core_schema(), tag.suffix.as_str()));
                let scalar = scalar::read(&text, plain, tag)
                    .map_err(|message| self.problem(span, "yaml/bad-scalar", "This scalar cannot be read", message))?;
                self.add(Node { span, content: Content::Scalar(scalar) }, anchor, 1)
            }
            Event::SequenceStart(anchor, _) => self.begin(span, anchor, Opened::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                self.begin(span, anchor, Opened::Map { entries: Vec::new(), key: None, seen: BTreeMap::new() })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => {
                let Some((node, nodes)) = self.anchors.get(&anchor).cloned() else {
                    let message = "this alias refers to something that is not finished yet";
                    return Err(self.problem(span, "yaml/syntax", "This is not YAML", message));
                };
                self.add(Node { span, ..node }, 0, nodes)
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, span: Span, anchor: usize, content: Opened) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} levels of nesting");
            return Err(self.problem(span, "yaml/too-deep", "This nests too deep", message));
        }
        self.open.push(Open { span, anchor, nodes_before: self.nodes, content });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), Problem> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let content = match open.content {
            Opened::List(items) => Content::List(items),
            Opened::Map { entries, .. } => Content::Map(entries),
        };
        let node = Node { span: Span { start: open.span.start, end: span.end }, content };
        let nodes = self.nodes - open.nodes_before + 1;
        self.add_counted(node, open.anchor, nodes, 1)
    }

    fn add(&mut self, node: Node, anchor: usize, nodes: usize) -> Result<(), Problem> {
        self.add_counted(node, anchor, nodes, nodes)
    }

    /// `size` is how many nodes it holds, `new` how many of them were not counted yet.
    fn add_counted(&mut self, node: Node, anchor: usize, size: usize, new: usize) -> Result<(), Problem> {
        self.nodes += new;
        if self.nodes > MAX_NODES {
            let message = format!("more than {MAX_NODES} values, aliases included");
            return Err(self.problem(node.span, "yaml/too-large", "This is too large", message));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Opened::List(items)) => items.push(node),
            Some(Opened::Map { entries, key, seen }) => match key.take() {
                None => *key = Some(into_key(self.places, node)?),
                Some(name) => match seen.get(&name.text) {
                    Some(first) => {
                        let first = self.places.range(*first);
                        let message = format!("the key `{}` is given before, on line {}", name.text, first.start.line);
                        let problem =
                            Diagnostic::error("yaml/duplicate-key", "A key is given twice in one map", message)
                                .at(&self.places.range(name.span))
                                .help("keep one of the two");
                        self.diagnostics.push(problem);
                    }
                    None => {
                        seen.insert(name.text.clone(), name.span);
                        entries.push((name, node));
                    }
                },
            },
        }
        Ok(())
    }

    fn problem(&self, span: Span, code: &'static str, summary: &'static str, message: impl Into<String>) -> Problem {
        Box::new(Diagnostic::error(code, summary, message).at(&self.places.range(span)))
    }
}

fn into_key(places: &Places, node: Node) -> Result<Key, Problem> {
    match node.content {
        Content::Scalar(scalar) => Ok(Key { span: node.span, text: scalar.into_text() }),
        _ => Err(Box::new(
            Diagnostic::error("yaml/bad-key", "A key must be a string", format!("{} stands as a key", node.noun()))
                .at(&places.range(node.span)),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;
    use proptest::prelude::*;

    fn read_text(text: &str) -> (Option<Node>, Diagnostics) {
        let places = Places::new(Arc::new(Source { name: "x.yaml".into(), text: text.into() }));
        let mut diagnostics = Diagnostics::default();
        let node = read(&places, &mut diagnostics);
        (node, diagnostics)
    }

    fn codes(text: &str) -> Vec<String> {
        let (_, diagnostics) = read_text(text);
        diagnostics.iter().map(|d| format!("{} {}", d.code, d.range.as_ref().unwrap())).collect()
    }

    #[test]
    fn scalars_follow_the_core_schema() {
        let (node, _) = read_text("{a: no, b: 012, c: 0x1f, d: '1', e: ~, f: 1e3, g: true, h: !!str 5}");
        let texts: Vec<_> = match node.unwrap().content {
            Content::Map(entries) => entries
                .into_iter()
                .map(|(_, node)| match node.content {
                    Content::Scalar(scalar) => Value::from(scalar).to_string(),
                    _ => panic!(),
                })
                .collect(),
            _ => panic!(),
        };
        assert_eq!(texts, ["\"no\"", "12", "31", "\"1\"", "null", "1000.0", "true", "\"5\""]);
    }

    #[test]
    fn problems_say_where_they_are() {
        assert_eq!(codes("a: 1\nb: 2\na: 3\n"), ["yaml/duplicate-key x.yaml:3:1"]);
        assert_eq!(codes("a: [1\n"), ["yaml/syntax x.yaml:2:1"]);
        assert_eq!(codes("a: 1\n---\nb: 1\n"), ["yaml/second-document x.yaml:2:1"]);
        assert_eq!(codes("[a]: 1\n"), ["yaml/bad-key x.yaml:1:1"]);
        assert_eq!(codes("a: !!int x\n"), ["yaml/bad-scalar x.yaml:1:4"]);
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let alias = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![alias; 10].join(", ")));
        }
        assert!(codes(&text)[0].starts_with("yaml/too-large"));
        let deep = "[".repeat(200);
        assert!(codes(&deep)[0].starts_with("yaml/"));
    }

    #[test]
    fn a_place_inside_a_scalar_is_found_by_its_text() {
        let places = Places::new(Arc::new(Source { name: "x".into(), text: "é: \"a ${b} c\"\n".into() }));
        let node = read(&places, &mut Diagnostics::default()).unwrap();
        let range = places.within(node.entry("é").unwrap().span, "${b}");
        assert_eq!((range.start.line, range.start.column), (1, 7));
        assert_eq!(&places.source.text[range.start.offset..range.end.offset], "${b}");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in r"[ a-c:\-\[\]{},&*!|>'\x22#\n\té]{0,60}|.*") {
            let (_, diagnostics) = read_text(&text);
            for diagnostic in diagnostics.iter() {
                let range = diagnostic.range.as_ref().unwrap();
                prop_assert!(range.end.offset <= text.len() && text.is_char_boundary(range.start.offset));
            }
        }
    }
}
