//! Reads templates: what Go's parser refuses is refused, with its words.

use std::rc::Rc;

use super::super::execute::Callee;
use super::token::{Keyword, Kind, Token};
use super::tree::{Branch, Node, Source, Tree};
use super::{SyntaxError, lexer, literal};

/// How deep parentheses and blocks may be in one another.
const DEEPEST: usize = 2_000;

/// All templates of a text: its own, by the name of the source, and those that are defined in it.
pub(in super::super) fn parse(
    source: Rc<Source>,
    find: &dyn Fn(&str) -> Option<Callee>,
) -> Result<Vec<Rc<Tree>>, SyntaxError> {
    let text = source.text.clone();
    let tokens = lexer::tokens(&text);
    let mut parser =
        Parser { text: &text, tokens, position: 0, source, find, trees: Vec::new(), scope: Scope::default(), depth: 0 };
    let nodes = parser.file()?;
    let name = parser.source.name.clone();
    parser.add(name, nodes)?;
    Ok(parser.trees)
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    tokens: Vec<Token>,
    pub(super) position: usize,
    source: Rc<Source>,
    pub(super) find: &'a dyn Fn(&str) -> Option<Callee>,
    trees: Vec<Rc<Tree>>,
    pub(super) scope: Scope,
    depth: usize,
}

/// What a template may use where the parser stands in it.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) variables: Vec<Rc<str>>,
    ranges: usize,
}

/// What a list of nodes ended with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    End,
    Else,
}

pub(super) type Parsed<T> = Result<T, SyntaxError>;

impl Parser<'_> {
    pub(super) fn peek(&self) -> &Token {
        // The last token is an end or an error, and neither is ever passed.
        &self.tokens[self.position.min(self.tokens.len() - 1)]
    }

    pub(super) fn peek_beyond_space(&mut self) -> &Token {
        if self.peek().kind == Kind::Space {
            self.position += 1;
        }
        self.peek()
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.position += 1;
        token
    }

    pub(super) fn next_beyond_space(&mut self) -> Token {
        self.peek_beyond_space();
        self.next()
    }

    pub(super) fn written(&self, token: &Token) -> &str {
        &self.text[token.start..token.end]
    }

    pub(super) fn error<T>(&self, at: usize, message: impl Into<String>) -> Parsed<T> {
        Err(SyntaxError { offset: at, message: message.into() })
    }

    pub(super) fn unexpected<T>(&self, token: &Token, context: &str) -> Parsed<T> {
        let found = match &token.kind {
            Kind::Invalid(message) => return self.error(token.start, message.clone()),
            Kind::End => "EOF".to_owned(),
            Kind::Keyword(_) | Kind::Dot | Kind::Nil => format!("<{}>", self.written(token)),
            _ => {
                let written = self.written(token);
                match written.char_indices().nth(10) {
                    Some((length, _)) => format!("{:?}...", &written[..length]),
                    None => format!("{written:?}"),
                }
            }
        };
        self.error(token.start, format!("unexpected {found} in {context}"))
    }

    fn expect(&mut self, kind: &Kind, context: &str) -> Parsed<Token> {
        let token = self.next_beyond_space();
        if token.kind == *kind { Ok(token) } else { self.unexpected(&token, context) }
    }

    /// Of two templates with the same name in one text, one has to be empty.
    fn add(&mut self, name: Rc<str>, nodes: Vec<Node>) -> Parsed<()> {
        let tree = Tree { name, source: self.source.clone(), nodes };
        match self.trees.iter_mut().find(|known| known.name == tree.name) {
            None => self.trees.push(Rc::new(tree)),
            Some(known) if known.is_empty() => *known = Rc::new(tree),
            Some(_) if tree.is_empty() => {}
            Some(_) => {
                let message = format!("multiple definition of template {:?}", tree.name);
                return self.error(self.peek().start, message);
            }
        }
        Ok(())
    }

    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let message = format!("blocks or parentheses are more than {DEEPEST} deep in one another: take them apart");
            return self.error(self.peek().start, message);
        }
        let read = read(self)?;
        self.depth -= 1;
        Ok(read)
    }

    fn file(&mut self) -> Parsed<Vec<Node>> {
        let mut nodes = Vec::new();
        while self.peek().kind != Kind::End {
            if self.peek().kind == Kind::LeftDelimiter {
                let before = self.position;
                self.position += 1;
                if self.peek_beyond_space().kind == Kind::Keyword(Keyword::Define) {
                    self.position += 1;
                    self.define()?;
                    continue;
                }
                self.position = before;
            }
            let at = self.peek().start;
            match self.text_or_action()? {
                Item::Node(node) => nodes.push(node),
                Item::Ending(Ending::End) => return self.error(at, "unexpected {{end}}"),
                Item::Ending(Ending::Else) => return self.error(at, "unexpected {{else}}"),
            }
        }
        Ok(nodes)
    }

    fn define(&mut self) -> Parsed<()> {
        let context = "define clause";
        let token = self.next_beyond_space();
        let name = self.template_name(&token, context)?;
        self.expect(&Kind::RightDelimiter, context)?;
        self.definition(name, context)
    }

    /// What is defined sees none of the variables around it.
    fn definition(&mut self, name: Rc<str>, context: &str) -> Parsed<()> {
        let outer = std::mem::take(&mut self.scope);
        let (nodes, ending) = self.deeper(Self::list)?;
        self.scope = outer;
        if ending == Ending::Else {
            return self.error(self.peek().start, format!("unexpected {{{{else}}}} in {context}"));
        }
        self.add(name, nodes)
    }

    fn list(&mut self) -> Parsed<(Vec<Node>, Ending)> {
        let mut nodes = Vec::new();
        while self.peek_beyond_space().kind != Kind::End {
            match self.text_or_action()? {
                Item::Node(node) => nodes.push(node),
                Item::Ending(ending) => return Ok((nodes, ending)),
            }
        }
        self.error(self.peek().start, "unexpected EOF")
    }

    fn text_or_action(&mut self) -> Parsed<Item> {
        let token = self.next_beyond_space();
        match token.kind {
            Kind::Text => Ok(Item::Node(Node::Text(token.start..token.end))),
            Kind::LeftDelimiter => self.action(),
            _ => self.unexpected(&token, "input"),
        }
    }

    fn action(&mut self) -> Parsed<Item> {
        let token = self.peek_beyond_space().clone();
        let Kind::Keyword(keyword) = token.kind else {
            return Ok(Item::Node(Node::Action(self.pipeline("command", &Kind::RightDelimiter)?)));
        };
        self.position += 1;
        Ok(Item::Node(match keyword {
            Keyword::Block => self.block()?,
            Keyword::Break => self.leave(Node::Break, "{{break}}")?,
            Keyword::Continue => self.leave(Node::Continue, "{{continue}}")?,
            Keyword::If => Node::If(self.branch("if", Some(Keyword::If))?),
            Keyword::With => Node::With(self.branch("with", Some(Keyword::With))?),
            Keyword::Range => Node::Range(self.branch("range", None)?),
            Keyword::Template => self.template()?,
            Keyword::Define => return self.unexpected(&token, "command"),
            Keyword::End => {
                self.expect(&Kind::RightDelimiter, "end")?;
                return Ok(Item::Ending(Ending::End));
            }
            Keyword::Else => {
                if !matches!(self.peek_beyond_space().kind, Kind::Keyword(Keyword::If | Keyword::With)) {
                    self.expect(&Kind::RightDelimiter, "else")?;
                }
                return Ok(Item::Ending(Ending::Else));
            }
        }))
    }

    fn leave(&mut self, node: Node, written: &str) -> Parsed<Node> {
        let token = self.expect(&Kind::RightDelimiter, written)?;
        if self.scope.ranges == 0 {
            return self.error(token.start, format!("{written} outside {{{{range}}}}"));
        }
        Ok(node)
    }

    /// `chained` is what may follow an `else` at once: `{{else if}}` needs no end of its own.
    fn branch(&mut self, context: &str, chained: Option<Keyword>) -> Parsed<Branch> {
        let variables = self.scope.variables.len();
        let pipeline = self.pipeline(context, &Kind::RightDelimiter)?;
        let ranges = usize::from(context == "range");
        self.scope.ranges += ranges;
        let (then, ending) = self.deeper(Self::list)?;
        self.scope.ranges -= ranges;
        let otherwise = match ending {
            Ending::End => Vec::new(),
            Ending::Else => self.otherwise(chained)?,
        };
        self.scope.variables.truncate(variables);
        Ok(Branch { pipeline, then, otherwise })
    }

    fn otherwise(&mut self, chained: Option<Keyword>) -> Parsed<Vec<Node>> {
        let next = match self.peek().kind {
            Kind::Keyword(keyword) if Some(keyword) == chained => chained,
            _ => None,
        };
        match next {
            Some(Keyword::If) => {
                self.position += 1;
                Ok(vec![Node::If(self.deeper(|parser| parser.branch("if", chained))?)])
            }
            Some(_) => {
                self.position += 1;
                Ok(vec![Node::With(self.deeper(|parser| parser.branch("with", chained))?)])
            }
            None => {
                let (nodes, ending) = self.deeper(Self::list)?;
                if ending == Ending::Else {
                    return self.error(self.peek().start, "expected end; found {{else}}");
                }
                Ok(nodes)
            }
        }
    }

    fn block(&mut self) -> Parsed<Node> {
        let context = "block clause";
        let token = self.next_beyond_space();
        let name = self.template_name(&token, context)?;
        let pipeline = self.pipeline(context, &Kind::RightDelimiter)?;
        self.definition(name.clone(), context)?;
        Ok(Node::Template { span: token.start..token.end, name, pipeline: Some(pipeline) })
    }

    fn template(&mut self) -> Parsed<Node> {
        let context = "template clause";
        let token = self.next_beyond_space();
        let name = self.template_name(&token, context)?;
        let pipeline = if self.peek_beyond_space().kind == Kind::RightDelimiter {
            self.position += 1;
            None
        } else {
            Some(self.pipeline(context, &Kind::RightDelimiter)?)
        };
        Ok(Node::Template { span: token.start..token.end, name, pipeline })
    }

    fn template_name(&self, token: &Token, context: &str) -> Parsed<Rc<str>> {
        match token.kind {
            Kind::QuotedString | Kind::RawString => self.string(token),
            _ => self.unexpected(token, context),
        }
    }

    pub(super) fn string(&self, token: &Token) -> Parsed<Rc<str>> {
        let written = self.written(token);
        if token.kind == Kind::RawString {
            return Ok(literal::raw(written).into());
        }
        match literal::quoted(written) {
            Some(text) => Ok(text.into()),
            None => self.error(token.start, "invalid syntax"),
        }
    }
}

enum Item {
    Node(Node),
    Ending(Ending),
}
