//! A YAML text as a tree in which every node knows where it was written.
//!
//! YAML 1.2 with its core schema: `no` and `on` are strings. Knows nothing of stacks.

use std::collections::{BTreeMap, HashMap};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span as YamlSpan, Tag};

use super::places::{Places, Span};
use super::scalar::{self, Scalar};
use crate::diagnostic::{Diagnostic, Diagnostics, closest};

impl From<YamlSpan> for Span {
    fn from(span: YamlSpan) -> Self {
        let place = |marker: Marker| u32::try_from(marker.index()).unwrap_or(u32::MAX);
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

    /// Whether a key that is not known is most likely a slip for this one, which is known.
    pub(super) fn has_slip_of(&self, name: &str, known: &[&str]) -> bool {
        let Content::Map(entries) = &self.content else { return false };
        let mut strangers = entries.iter().map(|(key, _)| key.text.as_str()).filter(|key| !known.contains(key));
        strangers.any(|key| closest(key, known.iter().copied()) == Some(name))
    }

    /// Whether it could not be read, which has been said.
    pub(super) fn is_broken(&self) -> bool {
        self.content == Content::Scalar(Scalar::Broken)
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

/// More nodes than this, aliases expanded, are an attack or a mistake.
const MAX_NODES: usize = 5_000_000;
const MAX_DEPTH: usize = 100;

/// Reads the one document of a text. Problems that leave the rest readable are collected.
///
/// # Errors
/// Everything that is wrong, when nothing sensible can be read.
pub(super) fn read(places: &Places, diagnostics: &mut Diagnostics) -> Option<Node> {
    let mut builder = Builder { places, diagnostics, open: Vec::new(), anchors: HashMap::new(), nodes: 0, root: None };
    let mut documents = 0;
    for event in Parser::new_from_str(places.text()) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let span = Span::from(YamlSpan::empty(*error.marker()));
                let problem = syntax_problem(error.info());
                builder.diagnostics.push(problem.at(&places.range(span)));
                return None;
            }
        };
        let span = Span::from(span);
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

/// What the parser says, and where the slip is a usual one, in plain words and with a way out.
fn syntax_problem(said: &str) -> Diagnostic {
    const USUAL: &[(&str, &str, &str)] = &[
        ("tabs disallowed", "a tab stands in the indentation", "indent with spaces"),
        (
            "mapping values are not allowed",
            "a `:` stands where no key can be",
            "put a value that holds `: ` in quotes, or look at the indentation",
        ),
        (
            "trailing content after",
            "something follows the closing quote",
            "inside double quotes write \\\", inside single quotes write ''",
        ),
        (
            "invalid indentation in quoted",
            "text in quotes goes on in a line that is not indented",
            "close the quote that starts here",
        ),
        ("unexpected character", "", "a value cannot start so: put it in quotes"),
        (
            "did not find expected key",
            "a key is expected here",
            "look at the indentation: the keys of one map start in one column",
        ),
        (
            "unknown anchor",
            "there is no anchor of this name",
            "what starts with `*` is an alias; put it in quotes if it is text",
        ),
        ("',' or '}'", "`,` or `}` is expected here", "inside { … } put an expression in quotes: \"${vars.x}\""),
        ("',' or ']'", "`,` or `]` is expected here", "inside [ … ] put an expression in quotes: \"${vars.x}\""),
        ("illegal placement of ':'", "a `:` stands where no key can be", "a `[` or `{` before this is not closed"),
        ("simple key expect", "a key before this has no `:` behind it", "write `key: value`"),
        (
            "unknown escape",
            "a backslash is followed by what is no escape",
            "inside double quotes a backslash is written \\\\; inside single quotes it is itself",
        ),
        ("recursion limit", "this nests too deep", "keep large structures in a file, and read it with file(…)"),
    ];
    let (detail, help) = match USUAL.iter().find(|(part, ..)| said.contains(part)) {
        Some((_, "", help)) => (said, Some(*help)),
        Some((_, detail, help)) => (*detail, Some(*help)),
        None => (said, None),
    };
    let problem = Diagnostic::error("yaml/syntax", "This is not YAML", detail);
    Diagnostic { help: help.map(str::to_owned), ..problem }
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
    Map {
        entries: Vec<(Key, Node)>,
        key: Option<Key>,
        seen: BTreeMap<String, Span>,
    },
    /// Its tag asks for something that is not there.
    Broken,
}

type Problem = Box<Diagnostic>;

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = matches!(style, ScalarStyle::Plain);
                let tag = tag.as_ref().map(|tag| (tag.is_yaml_core_schema(), tag.suffix.as_str()));
                let scalar = scalar::read(&text, plain, tag).unwrap_or_else(|message| {
                    let problem = self.problem(span, "yaml/bad-scalar", "This value cannot be read", message);
                    self.diagnostics.push(*problem);
                    Scalar::Broken
                });
                self.add(Node { span, content: Content::Scalar(scalar) }, anchor, 1)
            }
            Event::SequenceStart(anchor, tag) => {
                let content = self.tagged(span, tag.as_deref(), "seq", Opened::List(Vec::new()));
                self.begin(span, anchor, content)
            }
            Event::MappingStart(anchor, tag) => {
                let content = Opened::Map { entries: Vec::new(), key: None, seen: BTreeMap::new() };
                let content = self.tagged(span, tag.as_deref(), "map", content);
                self.begin(span, anchor, content)
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

    /// What a list or map with a tag is.
    fn tagged(&mut self, span: Span, tag: Option<&Tag>, natural: &str, content: Opened) -> Opened {
        let Some(tag) = tag.filter(|tag| !(tag.is_yaml_core_schema() && tag.suffix == natural)) else {
            return content;
        };
        let tag = if tag.is_yaml_core_schema() { format!("!!{}", tag.suffix) } else { tag.to_string() };
        let message = format!("the tag `{tag}` has no meaning here");
        let problem = self.problem(span, "yaml/bad-scalar", "This value cannot be read", message);
        self.diagnostics.push(*problem);
        Opened::Broken
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
            Opened::Broken => Content::Scalar(Scalar::Broken),
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
            Some(Opened::Broken) => {}
            Some(Opened::List(items)) => items.push(node),
            Some(Opened::Map { entries, key, seen }) => match key.take() {
                None => *key = Some(into_key(self.places, node)?),
                Some(name) => {
                    if let Some(problem) = entry_problem(self.places, seen.get(&name.text), &name, &node) {
                        self.diagnostics.push(problem);
                    } else {
                        seen.insert(name.text.clone(), name.span);
                        entries.push((name, node));
                    }
                }
            },
        }
        Ok(())
    }

    fn problem(&self, span: Span, code: &'static str, summary: &'static str, message: impl Into<String>) -> Problem {
        Box::new(Diagnostic::error(code, summary, message).at(&self.places.range(span)))
    }
}

/// Why an entry cannot be taken into its map.
fn entry_problem(places: &Places, first: Option<&Span>, name: &Key, node: &Node) -> Option<Diagnostic> {
    if let Some(first) = first {
        let message = format!("the key `{}` is given before, on line {}", name.text, places.range(*first).start.line);
        let problem = Diagnostic::error("yaml/duplicate-key", "A key is given twice in one map", message);
        return Some(problem.at(&places.range(name.span)).help("keep one of the two"));
    }
    if name.text == "<<" && !matches!(node.content, Content::Scalar(_)) {
        let message = "`<<` merges maps in YAML 1.1, and this is YAML 1.2";
        let problem = Diagnostic::error("yaml/merge-key", "Maps are not merged", message);
        return Some(
            problem.at(&places.range(name.span)).help("write the entries out, or keep the whole map as a local"),
        );
    }
    None
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
    use std::sync::Arc;

    use crate::diagnostic::Source;
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
        assert_eq!(codes("a: !!int x\nb: .inf\n"), ["yaml/bad-scalar x.yaml:1:4", "yaml/bad-scalar x.yaml:2:4"]);
        assert_eq!(codes("a: !GetAtt [b, c]\nd: !!map {}\n"), ["yaml/bad-scalar x.yaml:1:4"]);
        assert_eq!(codes("a: &a {x: 1}\nb: {<<: *a}\n"), ["yaml/merge-key x.yaml:2:5"]);
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
