//! Fields of values: `.a.b`, `$x.a`, `(…).a`, and methods with their arguments.

use std::rc::Rc;

use super::super::print;
use super::super::syntax::tree::{Operand, Span};
use super::super::value::{Element, List, Map, Value};
use super::engine::State;
use super::{Executed, Held};

impl State<'_, '_> {
    /// Goes along a path. What is behind it are the arguments of its last part.
    pub(super) fn path(
        &mut self,
        dot: &Held,
        receiver: Held,
        path: &[Rc<str>],
        operand: &Operand,
        arguments: &[Operand],
        piped: Option<Value>,
    ) -> Executed<Value> {
        let Some((last, before)) = path.split_last() else { return Ok(receiver.value) };
        let mut receiver = receiver;
        for name in before {
            receiver = self.field(&operand.span, &receiver, name, &[])?;
        }
        if arguments.is_empty() && piped.is_none() {
            return Ok(self.field(&operand.span, &receiver, last, &[])?.value);
        }
        let mut values = Vec::with_capacity(arguments.len() + 1);
        for argument in arguments {
            values.push(self.argument(dot, argument)?);
        }
        values.extend(piped);
        Ok(self.field(&operand.span, &receiver, last, &values)?.value)
    }

    /// `Has` is the method of `.Capabilities.APIVersions`, which is a list of strings in all else.
    fn field(&self, span: &Span, receiver: &Held, name: &Rc<str>, arguments: &[Value]) -> Executed<Held> {
        match &receiver.value {
            Value::Nil if receiver.boxed => self.fail(span, format!("nil pointer evaluating interface {{}}.{name}")),
            Value::Nil => Ok(Held::plain(Value::Nil)),
            Value::Map(map) => {
                if !arguments.is_empty() {
                    return self.fail(span, format!("{name} is not a method but has arguments"));
                }
                Ok(entry(map, name))
            }
            Value::Object(object) => {
                if let Some(result) = object.call(name, arguments) {
                    return match result {
                        Ok(value) => Ok(Held::plain(value)),
                        Err(failure) => self.failed(span, name, &failure),
                    };
                }
                match object.field(name) {
                    Some(_) if !arguments.is_empty() => {
                        self.fail(span, format!("{name} has arguments but cannot be invoked as function"))
                    }
                    Some(value) => Ok(Held::plain(value)),
                    None => self.no_field(span, receiver, name),
                }
            }
            Value::List(List { items, of: Element::String, .. }) if &**name == "Has" => match arguments {
                [Value::String(_)] => {
                    Ok(Held::plain(Value::Bool(items.iter().any(|item| item.as_str() == arguments[0].as_str()))))
                }
                [other] => {
                    let message = format!("wrong type for value; expected string; got {}", print::type_name(other));
                    self.fail(span, message)
                }
                others => self.fail(span, format!("wrong number of args for Has: want 1 got {}", others.len())),
            },
            _ => self.no_field(span, receiver, name),
        }
    }

    fn no_field<T>(&self, span: &Span, receiver: &Held, name: &str) -> Executed<T> {
        self.fail(span, format!("can't evaluate field {name} in type {}", receiver.type_name()))
    }
}

/// A missing key gives the zero of what the map holds.
pub(super) fn entry(map: &Map, key: &str) -> Held {
    let found = map.entries.borrow().get(key).cloned();
    match map.of {
        Element::Any => Held { value: found.unwrap_or_default(), boxed: true },
        Element::String => Held::plain(found.unwrap_or_else(|| Value::string(""))),
        Element::Int => Held::plain(found.unwrap_or(Value::Int(0))),
    }
}
