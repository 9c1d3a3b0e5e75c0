//! Calls functions.

use super::super::nesting;
use super::super::syntax::tree::{Operand, Span};
use super::super::truth::is_true;
use super::super::value::Value;
use super::super::{Failure, Function};
use super::engine::State;
use super::{Callee, Executed, Held};

impl State<'_, '_> {
    pub(super) fn call(
        &mut self,
        dot: &Held,
        span: &Span,
        name: &str,
        callee: Callee,
        arguments: &[Operand],
        piped: Option<Value>,
    ) -> Executed<Value> {
        self.step(span)?;
        self.count(span, name, callee, arguments.len(), piped.is_some())?;
        if let Callee::And | Callee::Or = callee {
            return self.short_circuit(dot, matches!(callee, Callee::Or), arguments, piped);
        }
        let mut values = Vec::with_capacity(arguments.len() + 1);
        for argument in arguments {
            values.push(self.argument(dot, argument)?);
        }
        values.extend(piped);
        match callee {
            Callee::Function(function) | Callee::Changing(function) => {
                if let (Callee::Changing(_), Some(changed)) = (callee, values.first()) {
                    self.engine.keep(changed);
                }
                for value in &values {
                    self.bounded(span, value)?;
                }
                self.function(span, name, function, &values)
            }
            Callee::Shallow(function) => self.function(span, name, function, &values),
            Callee::Include => self.include(span, &values),
            Callee::Tpl => self.tpl(span, &values),
            Callee::Required => self.required(span, &values),
            Callee::Fail => self.fail_as_told(span, &values),
            Callee::Lookup => self.lookup(span, &values),
            Callee::And | Callee::Or => Ok(Value::Nil),
        }
    }

    fn count(&self, span: &Span, name: &str, callee: Callee, arguments: usize, piped: bool) -> Executed<()> {
        let (least, most) = callee.arity();
        let given = arguments + usize::from(piped);
        if most == Some(least) && given != least {
            return self.fail(span, format!("wrong number of args for {name}: want {least} got {given}"));
        }
        if given < least {
            return self.fail(span, format!("wrong number of args for {name}: want at least {least} got {arguments}"));
        }
        match most {
            Some(most) if given > most => {
                self.fail(span, format!("wrong number of args for {name}: want at most {most} got {given}"))
            }
            _ => Ok(()),
        }
    }

    /// What is behind the argument that decides is not worked out.
    fn short_circuit(
        &mut self,
        dot: &Held,
        decided_by: bool,
        arguments: &[Operand],
        piped: Option<Value>,
    ) -> Executed<Value> {
        let mut value = Value::Nil;
        for argument in arguments {
            value = self.argument(dot, argument)?;
            if is_true(&value) == decided_by {
                return Ok(value);
            }
        }
        Ok(piped.unwrap_or(value))
    }

    fn function(&self, span: &Span, name: &str, function: Function, values: &[Value]) -> Executed<Value> {
        let result = (function.call)(self.engine.surroundings, values);
        let value = result.or_else(|failure| self.failed(span, name, &failure))?;
        self.produce(span, nesting::size(&value))?;
        Ok(value)
    }

    /// What does not fit a parameter is the caller's fault, and is said without the name of the function.
    pub(super) fn failed<T>(&self, span: &Span, name: &str, Failure(message): &Failure) -> Executed<T> {
        let by_caller = ["wrong type for value;", "invalid value;", "wrong number of args"];
        if by_caller.iter().any(|beginning| message.starts_with(beginning)) {
            return self.fail(span, message.clone());
        }
        self.fail(span, format!("error calling {name}: {message}"))
    }

    /// Functions go through what they are given, level by level: it must have an end.
    pub(super) fn bounded(&self, span: &Span, value: &Value) -> Executed<()> {
        nesting::check(value, self.engine.limits.elements).or_else(|message| self.fail(span, message))
    }
}
