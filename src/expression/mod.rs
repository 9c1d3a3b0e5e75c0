//! Expressions: CEL between `${` and `}`, and what they refer to.
//!
//! Knows how an expression is read, which names it needs, and how to compute it
//! when their values are given. Does not know what the names stand for.

mod call;
mod cel_value;
mod evaluate;
mod failure;
mod functions;
mod kind;
mod manifests;
mod reference;
mod template;
mod text;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use cel::Program;

pub use call::{Call, check_call, function_names};
pub use evaluate::{EvaluationError, Evaluator, Missing};
pub use functions::Files;
pub use reference::{Reference, Step, is_type_name};
pub use template::{MalformedTemplate, Part, Template, TextTemplate};
use text::Depth;
pub use text::solid_count;

use crate::value::Kind;

/// One expression, parsed.
#[derive(Clone)]
pub struct Expression {
    /// What stands between `${` and `}`.
    pub source: Arc<str>,
    needs: Arc<Needs>,
    body: Body,
}

/// What an expression asks of the world around it.
#[derive(Debug)]
struct Needs {
    references: Vec<Reference>,
    /// Those of the references that are only asked for their keys, or whether they are there.
    shapes: Vec<Reference>,
    calls: Vec<Call>,
    /// Whether one of the calls is wrong, which is said when the stack is loaded.
    wrong_call: bool,
    /// Paths that `file(…)` is given as plain text.
    files: Vec<String>,
    /// Whether it may leave out some of what it names, as `a ? b : c` does.
    branches: bool,
    /// What kind of value it gives, where its form tells.
    kind: Kind,
}

impl Default for Needs {
    fn default() -> Self {
        Self {
            references: Vec::new(),
            shapes: Vec::new(),
            calls: Vec::new(),
            wrong_call: false,
            files: Vec::new(),
            branches: false,
            kind: Kind::Any,
        }
    }
}

#[derive(Clone)]
enum Body {
    /// Nothing but a reference, such as `jobs.arn`: no need to trouble CEL.
    Reference,
    Program(Arc<Program>, Depth),
}

impl Expression {
    /// # Errors
    /// What CEL's parser says, with the 0-based character offset at which it says it.
    pub fn parse(source: &str) -> Result<Self, (usize, String)> {
        let trimmed = source.trim();
        if trimmed.is_empty() {
            return Err((0, "there is nothing between `${` and `}`".to_owned()));
        }
        if let Some(reference) = Reference::parse(trimmed) {
            let needs = Needs { references: vec![reference], ..Needs::default() };
            return Ok(Self { source: source.into(), needs: Arc::new(needs), body: Body::Reference });
        }
        // The parser of CEL recurses; a bound keeps hostile input from exhausting the stack.
        let depth = Depth::of(source);
        if let Some(why) = depth.problem() {
            return Err((0, why));
        }
        let parse = || {
            let program = Program::compile(source).map_err(|errors| first_error(source, &errors))?;
            let needs = reference::collect(program.expression());
            Ok((program, needs))
        };
        let (program, needs) = depth.with_room(parse)?;
        Ok(Self { source: source.into(), needs: Arc::new(needs), body: Body::Program(Arc::new(program), depth) })
    }

    /// Everything the expression may need, in no particular order.
    pub fn references(&self) -> &[Reference] {
        &self.needs.references
    }

    /// The functions it calls, operators left out.
    pub fn calls(&self) -> &[Call] {
        &self.needs.calls
    }

    /// The files it names as plain text, and whether it certainly reads them.
    pub fn files(&self) -> (&[String], bool) {
        (&self.needs.files, !self.needs.branches)
    }

    /// The part of the source that spells a reference, if it is to be found.
    pub fn find_reference(&self, reference: &Reference) -> Option<Range<usize>> {
        let root = reference.root.as_str();
        let places = || text::find_words(&self.source, root).filter(|start| !self.source[..*start].ends_with('.'));
        let spelled = |start: usize| {
            let end = text::end_of_path(&self.source, start + root.len(), reference.path.len());
            let found = Reference::parse(&self.source[start..end].replace('\'', "\""));
            (found.as_ref() == Some(reference)).then_some(start..end)
        };
        places().find_map(spelled).or_else(|| places().next().map(|start| start..start + root.len()))
    }

    /// The part of the source that names a function.
    pub fn find_function(&self, name: &str) -> Option<Range<usize>> {
        text::find_words(&self.source, name)
            .find(|start| self.source[start + name.len()..].trim_start().starts_with('('))
            .map(|start| start..start + name.len())
    }
}

fn first_error(source: &str, errors: &cel::ParseErrors) -> (usize, String) {
    // What the parser makes of the rest after a first error is of no interest.
    let first =
        errors.errors.iter().filter(|error| error.msg.starts_with("Syntax error")).min_by_key(|error| error.pos);
    let reserved = errors.errors.iter().find(|error| error.msg.starts_with("reserved"));
    let Some(error) = reserved.or(first).or(errors.errors.first()) else {
        return (0, "not an expression".to_owned());
    };
    let (line, column) = error.pos;
    let before: usize = source
        .split_inclusive('\n')
        .take(usize::try_from(line - 1).unwrap_or(0))
        .map(|line| line.chars().count())
        .sum();
    (before + usize::try_from(column - 1).unwrap_or(0), text::plain_words(&error.msg))
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${{{}}}", self.source)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}
