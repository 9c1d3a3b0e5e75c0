//! What a name of a function stands for.

use std::fmt;

use super::super::{Function, builtins};
use crate::providers::helm::functions;

/// A function, or one that has to know of the templates or of the order of evaluation.
#[derive(Clone, Copy)]
pub(in super::super) enum Callee {
    And,
    Or,
    Include,
    Tpl,
    Required,
    Fail,
    Lookup,
    Function(Function),
    /// A function that looks at what it is given, and at nothing that is inside of it.
    Shallow(Function),
    /// A function that changes its first argument.
    Changing(Function),
}

/// These are called often, and on large values: whether those have an end does not matter to them.
const SHALLOW: &[&str] = &[
    "coalesce", "default", "empty", "get", "hasKey", "index", "keys", "kindIs", "kindOf", "len", "not", "ternary",
    "typeIs", "typeOf",
];

/// These change the map that they are given first.
const CHANGING: &[&str] = &["merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite", "set"];

impl Callee {
    pub(in super::super) fn find(name: &str) -> Option<Self> {
        Some(match name {
            "and" => Callee::And,
            "or" => Callee::Or,
            "include" => Callee::Include,
            "tpl" => Callee::Tpl,
            "required" => Callee::Required,
            "fail" => Callee::Fail,
            "lookup" => Callee::Lookup,
            _ => {
                let function = functions::find(name).or_else(|| builtins::find(name))?;
                match () {
                    () if SHALLOW.contains(&name) => Callee::Shallow(function),
                    () if CHANGING.contains(&name) => Callee::Changing(function),
                    () => Callee::Function(function),
                }
            }
        })
    }

    /// How few and how many arguments it takes.
    pub(super) fn arity(self) -> (usize, Option<usize>) {
        match self {
            Callee::And | Callee::Or => (1, None),
            Callee::Include | Callee::Tpl | Callee::Required => (2, Some(2)),
            Callee::Fail => (1, Some(1)),
            Callee::Lookup => (4, Some(4)),
            Callee::Function(function) | Callee::Shallow(function) | Callee::Changing(function) => {
                (function.least, function.most)
            }
        }
    }
}

impl fmt::Debug for Callee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Callee::And => "and",
            Callee::Or => "or",
            Callee::Include => "include",
            Callee::Tpl => "tpl",
            Callee::Required => "required",
            Callee::Fail => "fail",
            Callee::Lookup => "lookup",
            Callee::Function(_) | Callee::Shallow(_) | Callee::Changing(_) => "function",
        })
    }
}
