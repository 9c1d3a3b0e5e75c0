//! Expressions: CEL between `${` and `}`, and what they refer to.
//!
//! Knows how an expression is read, which names it needs, and how to compute it
//! when their values are given. Does not know what the names stand for.

mod cel_value;
mod evaluate;
mod functions;
mod reference;
mod template;

use std::fmt;
use std::sync::Arc;

use cel::Program;

pub use evaluate::{EvaluationError, Evaluator, Missing};
pub use functions::{Files, UNTRANSLATED_FUNCTIONS};
pub use reference::{Reference, Step};
pub use template::{MalformedTemplate, Part, Template, TextTemplate};

/// One expression, parsed.
#[derive(Clone)]
pub struct Expression {
    /// What stands between `${` and `}`.
    pub source: Arc<str>,
    references: Arc<[Reference]>,
    body: Body,
}

#[derive(Clone)]
enum Body {
    /// Nothing but a reference, such as `jobs.arn`: no need to trouble CEL.
    Reference,
    Program(Arc<Program>),
}

impl Expression {
    /// # Errors
    /// What CEL's parser says, with the 0-based character offset at which it says it.
    pub fn parse(source: &str) -> Result<Self, (usize, String)> {
        let trimmed = source.trim();
        if let Some(reference) = Reference::parse(trimmed) {
            return Ok(Self { source: source.into(), references: [reference].into(), body: Body::Reference });
        }
        // The parser of CEL recurses; a bound keeps hostile input from exhausting the stack.
        if nesting(source) > MAX_NESTING {
            return Err((0, format!("the expression nests deeper than {MAX_NESTING} brackets")));
        }
        let program = Program::compile(source).map_err(|errors| first_error(source, &errors))?;
        let references = reference::collect(program.expression());
        Ok(Self { source: source.into(), references: references.into(), body: Body::Program(Arc::new(program)) })
    }

    /// Everything the expression may need, in no particular order.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// The functions it calls that are neither operators nor part of CEL's macros.
    pub fn is_plain_reference(&self) -> bool {
        matches!(self.body, Body::Reference)
    }
}

const MAX_NESTING: usize = 64;

fn nesting(source: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    for character in source.chars() {
        match character {
            '(' | '[' | '{' | '?' | '!' | '-' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn first_error(source: &str, errors: &cel::ParseErrors) -> (usize, String) {
    let Some(error) = errors.errors.first() else {
        return (0, "not an expression".to_owned());
    };
    let (line, column) = error.pos;
    let before: usize = source
        .split_inclusive('\n')
        .take(usize::try_from(line - 1).unwrap_or(0))
        .map(|line| line.chars().count())
        .sum();
    let message = error.msg.strip_prefix("Syntax error: ").unwrap_or(&error.msg);
    (before + usize::try_from(column - 1).unwrap_or(0), message.replace("<EOF>", "the end of the expression"))
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
