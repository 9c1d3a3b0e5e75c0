//! The syntax of one YAML document as a tree. Knows nothing of what scalars mean.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use libyaml_safer::{Error, ErrorKind, Event, EventData, Mark, Parser, ScalarStyle};

use super::YamlError;

/// Deeper than any chart nests, and shallow enough for a recursion.
pub(super) const MAX_DEPTH: usize = 300;

pub(super) enum Node {
    Scalar(Scalar),
    List(Vec<Rc<Node>>),
    Map(Vec<(Rc<Node>, Rc<Node>)>),
    Alias(Rc<Node>),
    /// An alias of something that it stands in.
    Cycle(String),
}

pub(super) struct Scalar {
    pub(super) text: String,
    /// Without `tag:yaml.org,2002:` if it is one of YAML's own.
    pub(super) tag: Option<Tag>,
    /// Whether neither quotes nor a tag say what it is.
    pub(super) plain: bool,
}

pub(super) enum Tag {
    Own(String),
    Foreign,
}

/// A list or a map whose end has not come yet.
struct Open {
    anchor: Option<String>,
    content: Opened,
}

enum Opened {
    List(Vec<Rc<Node>>),
    Map(Vec<(Rc<Node>, Rc<Node>)>, Option<Rc<Node>>),
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    /// `None` for what is still open.
    anchors: HashMap<String, Option<Rc<Node>>>,
    /// In which line the last scalar ended, if it was a block of text.
    block_ends: Option<u64>,
}

/// The first document of a text, or nothing where there is none. What follows it is not looked at.
pub(super) fn read(text: &str) -> Result<Option<Rc<Node>>, YamlError> {
    // There is one thing more that the parser panics at, and it cannot be told from text before it is parsed.
    std::panic::catch_unwind(|| parse(text)).unwrap_or_else(|_| {
        Err(YamlError::yaml(None, "this cannot be read: put a blank between a tag (such as `!x`) and a comma"))
    })
}

fn parse(text: &str) -> Result<Option<Rc<Node>>, YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let ended = end_block(text);
    let mut input = ended.as_bytes();
    let mut parser = Parser::new();
    parser.set_input(&mut input);
    let mut builder = Builder::default();
    let mut root = None;
    for event in parser {
        let Event { mut data, start_mark, end_mark, .. } = event.map_err(|error| syntax_error(&error))?;
        if matches!(data, EventData::DocumentEnd { .. } | EventData::StreamEnd) {
            let whole = builder.block_ends == Some(start_mark.line);
            if whole && ended.len() > text.len() && start_mark.line == lines(&ended) {
                root = root.map(|root| unend_block(root, text));
            }
            break;
        }
        if let EventData::DocumentStart { version_directive: Some(version), .. } = &data
            && (version.major, version.minor) != (1, 1)
        {
            let line = usize::try_from(start_mark.line).ok().filter(|line| *line != 0);
            return Err(YamlError::yaml(line, "found incompatible YAML document"));
        }
        if let EventData::Scalar { style, tag, value, plain_implicit, .. } = &mut data {
            let source = Source { text, start: start_mark.index, end: end_mark.index };
            if *style == ScalarStyle::DoubleQuoted {
                source.check_escapes()?;
            }
            *plain_implicit &= tag.is_some() || !source.is_tagged();
            let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
            if is_block || !value.is_empty() || start_mark != end_mark {
                builder.block_ends = is_block.then_some(end_mark.line);
            }
        }
        if let Some(node) = builder.take(data)? {
            root = Some(node);
        }
    }
    Ok(root)
}

/// Where something was written, in bytes.
struct Source<'a> {
    text: &'a str,
    start: u64,
    end: u64,
}

impl Source<'_> {
    fn written(&self) -> Option<&str> {
        self.text.get(usize::try_from(self.start).ok()?..usize::try_from(self.end).ok()?)
    }

    /// Whether there is a tag in front, if only `!` for a string.
    fn is_tagged(&self) -> bool {
        self.written().is_some_and(|written| written.starts_with('!'))
    }

    /// Helm's YAML has no `\/`, which the parser knows from JSON.
    fn check_escapes(&self) -> Result<(), YamlError> {
        let Some(written) = self.written().filter(|written| written.contains("\\/")) else { return Ok(()) };
        let mut escaped = false;
        for (at, char) in written.char_indices() {
            if escaped && char == '/' {
                let before = usize::try_from(self.start).unwrap_or(0) + at;
                let line = lines(self.text.get(..before).unwrap_or_default());
                let line = usize::try_from(line).ok().filter(|line| *line != 0).map(|line| line + 1);
                return Err(YamlError::yaml(line, "found unknown escape character"));
            }
            escaped = !escaped && char == '\\';
        }
        Ok(())
    }
}

/// What ends a line in YAML 1.1.
const BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// How many lines a text has ended.
fn lines(text: &str) -> u64 {
    let breaks = text.matches(BREAKS).count() - text.matches("\r\n").count();
    u64::try_from(breaks).unwrap_or(u64::MAX)
}

/// The parser panics at the end of a block of text (`|` or `>`) whose last line has no end, and at the end of a text
/// that is cut off behind a backslash, so they are given one.
fn end_block(text: &str) -> Cow<'_, str> {
    if (text.contains(['|', '>']) || text.ends_with('\\')) && !text.ends_with(BREAKS) {
        Cow::Owned(format!("{text}\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Takes the end of line away again from the block of text that is the last thing in a document.
fn unend_block(mut node: Rc<Node>, text: &str) -> Rc<Node> {
    let last_line = text.rsplit('\n').next().unwrap_or_default();
    if ["---", "..."].iter().any(|marker| last_line.starts_with(marker)) {
        return node;
    }
    let Some(inner) = Rc::get_mut(&mut node) else { return node };
    match inner {
        Node::Scalar(scalar) => {
            if let Some(shorter) = scalar.text.strip_suffix('\n') {
                let is_blank = |line: &str| line.bytes().all(|byte| byte == b' ');
                let last = shorter.rsplit('\n').next().unwrap_or_default();
                if !is_blank(last_line) || is_blank(last) {
                    scalar.text.pop();
                }
            }
        }
        Node::List(items) => {
            if let Some(last) = items.pop() {
                items.push(unend_block(last, text));
            }
        }
        Node::Map(entries) => {
            if let Some((key, last)) = entries.pop() {
                let missing = matches!(&*last, Node::Scalar(Scalar { text, plain: true, .. }) if text.is_empty());
                entries.push(if missing { (unend_block(key, text), last) } else { (key, unend_block(last, text)) });
            }
        }
        Node::Alias(_) | Node::Cycle(_) => {}
    }
    node
}

/// What Helm's parser would say: the scanner counts lines from one, the parser from zero.
fn syntax_error(error: &Error) -> YamlError {
    let line = |mark: Option<Mark>| mark.map(|mark| mark.line).filter(|line| *line != 0);
    let line = match (line(error.problem_mark()), line(error.context_mark())) {
        (Some(line), _) if error.kind() == ErrorKind::Scanner => Some(line + 1),
        (Some(line), _) | (None, Some(line)) => Some(line),
        (None, None) => None,
    };
    YamlError::yaml(line.and_then(|line| usize::try_from(line).ok()), error.problem())
}

impl Builder {
    /// The whole document, once it is complete.
    fn take(&mut self, event: EventData) -> Result<Option<Rc<Node>>, YamlError> {
        match event {
            EventData::Scalar { anchor, tag, value, plain_implicit, .. } => {
                let tag = tag.map(|tag| match tag.strip_prefix("tag:yaml.org,2002:") {
                    Some(own) => Tag::Own(own.to_owned()),
                    None => Tag::Foreign,
                });
                let scalar = Scalar { text: value, tag, plain: plain_implicit };
                Ok(self.add(Node::Scalar(scalar), anchor))
            }
            EventData::Alias { anchor } => match self.anchors.get(&anchor) {
                Some(Some(node)) => {
                    let node = Node::Alias(Rc::clone(node));
                    Ok(self.add(node, None))
                }
                Some(None) => Ok(self.add(Node::Cycle(anchor), None)),
                None => Err(YamlError::yaml(None, format!("unknown anchor '{anchor}' referenced"))),
            },
            EventData::SequenceStart { anchor, .. } => self.begin(anchor, Opened::List(Vec::new())),
            EventData::MappingStart { anchor, .. } => self.begin(anchor, Opened::Map(Vec::new(), None)),
            EventData::SequenceEnd | EventData::MappingEnd => Ok(self.end()),
            _ => Ok(None),
        }
    }

    fn begin(&mut self, anchor: Option<String>, content: Opened) -> Result<Option<Rc<Node>>, YamlError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(YamlError::yaml(None, format!("exceeded max depth of {MAX_DEPTH}")));
        }
        if let Some(anchor) = &anchor {
            self.anchors.insert(anchor.clone(), None);
        }
        self.open.push(Open { anchor, content });
        Ok(None)
    }

    fn end(&mut self) -> Option<Rc<Node>> {
        let open = self.open.pop()?;
        let node = match open.content {
            Opened::List(items) => Node::List(items),
            Opened::Map(entries, _) => Node::Map(entries),
        };
        self.add(node, open.anchor)
    }

    fn add(&mut self, node: Node, anchor: Option<String>) -> Option<Rc<Node>> {
        let node = Rc::new(node);
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, Some(Rc::clone(&node)));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => return Some(node),
            Some(Opened::List(items)) => items.push(node),
            Some(Opened::Map(entries, key)) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => *key = Some(node),
            },
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_parser_panics_at_is_an_error() {
        for text in ["[!a, b]", "[!,"] {
            let error = read(text).err().unwrap();
            assert!(error.message.contains("between a tag (such as `!x`) and a comma"), "{text}");
        }
        for text in ["\"\\", "a: \"x\\", "k: |\n  x", "[!a , b]", "a: 'hello!, you'", "a: hello!, you"] {
            drop(read(text));
        }
    }

    #[test]
    fn lines_are_counted_as_yaml_1_1_does() {
        assert_eq!(lines("a\r\nb\rc\nd\u{85}e\u{2028}f"), 5);
        assert_eq!(lines(""), 0);
    }
}
