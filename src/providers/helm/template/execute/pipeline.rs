//! Works out pipelines, and the operands in them.

use std::rc::Rc;

use super::super::syntax::tree::{Command, Number, Operand, Pipeline, Span, Term};
use super::super::value::Value;
use super::engine::State;
use super::{Executed, Held};

impl State<'_, '_> {
    pub(super) fn pipeline(&mut self, dot: &Held, pipeline: &Pipeline) -> Executed<Value> {
        self.step(&pipeline.span)?;
        let mut value = None;
        for command in &pipeline.commands {
            value = Some(self.command(dot, command, value)?);
        }
        let value = value.unwrap_or_default();
        for name in &pipeline.variables {
            let held = Held::plain(value.clone());
            if pipeline.assigns {
                self.assign(&pipeline.span, name, held)?;
            } else {
                self.variables.push((name.clone(), held));
            }
        }
        Ok(value)
    }

    /// `piped` is what the command before this one gave: its last argument.
    fn command(&mut self, dot: &Held, command: &Command, piped: Option<Value>) -> Executed<Value> {
        let Command { span, first, arguments } = command;
        match &first.term {
            Term::Field(path) => self.path(dot, dot.clone(), path, first, arguments, piped),
            Term::Chain(inner, path) => {
                let receiver = self.inner(dot, inner)?;
                self.path(dot, receiver, path, first, arguments, piped)
            }
            Term::Variable(name, path) => {
                let held = self.variable(&first.span, name)?;
                if path.is_empty() {
                    self.takes_no_arguments(first, arguments, &piped)?;
                    return Ok(held.value);
                }
                self.path(dot, held, path, first, arguments, piped)
            }
            Term::Function(name, callee) => self.call(dot, span, name, *callee, arguments, piped),
            Term::Pipeline(inner) => {
                self.takes_no_arguments(first, arguments, &piped)?;
                self.pipeline(dot, inner)
            }
            Term::Nil => {
                self.takes_no_arguments(first, arguments, &piped)?;
                self.fail(&first.span, "nil is not a command")
            }
            term => {
                self.takes_no_arguments(first, arguments, &piped)?;
                self.literal(&first.span, dot, term)
            }
        }
    }

    fn takes_no_arguments(&self, first: &Operand, arguments: &[Operand], piped: &Option<Value>) -> Executed<()> {
        if arguments.is_empty() && piped.is_none() {
            return Ok(());
        }
        let written = &self.tree.source.text[first.span.clone()];
        self.fail(&first.span, format!("can't give argument to non-function {written}"))
    }

    fn literal(&self, span: &Span, dot: &Held, term: &Term) -> Executed<Value> {
        Ok(match term {
            Term::Dot => dot.value.clone(),
            Term::Bool(value) => Value::Bool(*value),
            Term::String(text) => Value::String(text.clone()),
            Term::Number(Number::Int(value)) => Value::Int(*value),
            Term::Number(Number::Float(value)) => Value::Float(*value),
            Term::Number(Number::Overflow(written)) => return self.fail(span, format!("{written} overflows int")),
            // All others are worked out by whoever has their parts at hand.
            _ => Value::Nil,
        })
    }

    /// An argument of a function, or of a method.
    pub(super) fn argument(&mut self, dot: &Held, operand: &Operand) -> Executed<Value> {
        match &operand.term {
            Term::Field(path) => self.path(dot, dot.clone(), path, operand, &[], None),
            Term::Variable(name, path) => {
                let held = self.variable(&operand.span, name)?;
                if path.is_empty() { Ok(held.value) } else { self.path(dot, held, path, operand, &[], None) }
            }
            Term::Pipeline(inner) => self.pipeline(dot, inner),
            Term::Function(name, callee) => self.call(dot, &operand.span, name, *callee, &[], None),
            Term::Chain(inner, path) => {
                let receiver = self.inner(dot, inner)?;
                self.path(dot, receiver, path, operand, &[], None)
            }
            term => self.literal(&operand.span, dot, term),
        }
    }

    /// What the fields of a chain are taken of.
    fn inner(&mut self, dot: &Held, operand: &Operand) -> Executed<Held> {
        Ok(Held::plain(self.argument(dot, operand)?))
    }

    fn variable(&self, span: &Span, name: &str) -> Executed<Held> {
        match self.variables.iter().rev().find(|(known, _)| **known == *name) {
            Some((_, held)) => Ok(held.clone()),
            None => self.fail(span, format!("undefined variable: {name}")),
        }
    }

    pub(super) fn assign(&mut self, span: &Span, name: &Rc<str>, held: Held) -> Executed<()> {
        match self.variables.iter_mut().rev().find(|(known, _)| known == name) {
            Some((_, variable)) => {
                *variable = held;
                Ok(())
            }
            None => self.fail(span, format!("undefined variable: {name}")),
        }
    }

    /// Leaves the variables behind that were declared since a mark.
    pub(super) fn forget(&mut self, mark: usize) {
        self.variables.truncate(mark);
    }
}
