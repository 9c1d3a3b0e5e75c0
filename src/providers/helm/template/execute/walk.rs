//! Carries out the nodes of a template: text, actions, conditions and loops.

use std::rc::Rc;

use super::super::print;
use super::super::syntax::tree::{Branch, Node, Pipeline, Span};
use super::super::truth::is_true;
use super::super::value::{Element, Value};
use super::engine::State;
use super::{Executed, Held};

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    On,
    Break,
    Continue,
}

impl State<'_, '_> {
    pub(super) fn walk(&mut self, dot: &Held, nodes: &[Node], out: &mut String) -> Executed<Flow> {
        for node in nodes {
            match node {
                Node::Text(span) => {
                    self.produce(span, span.len())?;
                    out.push_str(&self.tree.source.text[span.clone()]);
                }
                Node::Action(pipeline) => {
                    let value = self.pipeline(dot, pipeline)?;
                    if pipeline.variables.is_empty() {
                        self.print(&pipeline.span, &value, out)?;
                    }
                }
                Node::If(branch) => {
                    let flow = self.branch(dot, branch, false, out)?;
                    if flow != Flow::On {
                        return Ok(flow);
                    }
                }
                Node::With(branch) => {
                    let flow = self.branch(dot, branch, true, out)?;
                    if flow != Flow::On {
                        return Ok(flow);
                    }
                }
                Node::Range(branch) => {
                    let flow = self.range(dot, branch, out)?;
                    if flow != Flow::On {
                        return Ok(flow);
                    }
                }
                Node::Template { span, name, pipeline } => self.template(dot, span, name, pipeline.as_ref(), out)?,
                Node::Break => return Ok(Flow::Break),
                Node::Continue => return Ok(Flow::Continue),
            }
        }
        Ok(Flow::On)
    }

    fn print(&mut self, span: &Span, value: &Value, out: &mut String) -> Executed<()> {
        let before = out.len();
        match value {
            Value::Nil => out.push_str(print::NO_VALUE),
            Value::Object(object) => out.push_str(&object.show()),
            value => {
                self.bounded(span, value)?;
                print::write(value, out);
            }
        }
        self.produce(span, out.len() - before)
    }

    fn branch(&mut self, dot: &Held, branch: &Branch, sets_dot: bool, out: &mut String) -> Executed<Flow> {
        let mark = self.variables.len();
        let value = self.pipeline(dot, &branch.pipeline)?;
        let flow = if !is_true(&value) {
            self.walk(dot, &branch.otherwise, out)
        } else if sets_dot {
            self.walk(&Held::plain(value), &branch.then, out)
        } else {
            self.walk(dot, &branch.then, out)
        };
        self.forget(mark);
        flow
    }

    fn range(&mut self, dot: &Held, branch: &Branch, out: &mut String) -> Executed<Flow> {
        let outer = self.variables.len();
        let value = self.pipeline(dot, &branch.pipeline)?;
        let flow = self.rounds(dot, branch, &value, out);
        self.forget(outer);
        flow
    }

    fn rounds(&mut self, dot: &Held, branch: &Branch, value: &Value, out: &mut String) -> Executed<Flow> {
        let mut ran = false;
        for (key, element) in self.elements(&branch.pipeline, value)? {
            ran = true;
            let mark = self.variables.len();
            self.set_loop_variables(&branch.pipeline, key, &element)?;
            let flow = self.walk(&element, &branch.then, out)?;
            self.forget(mark);
            if flow == Flow::Break {
                break;
            }
        }
        if ran { Ok(Flow::On) } else { self.walk(dot, &branch.otherwise, out) }
    }

    /// What a loop goes through, each with its key or index.
    fn elements<'v>(
        &self,
        pipeline: &Pipeline,
        value: &'v Value,
    ) -> Executed<Box<dyn Iterator<Item = (Value, Held)> + 'v>> {
        Ok(match value {
            Value::Nil => Box::new(std::iter::empty()),
            Value::List(list) => {
                let boxed = list.of == Element::Any;
                let items = list.items.iter().enumerate();
                Box::new(items.map(move |(index, item)| (index_value(index), Held { value: item.clone(), boxed })))
            }
            Value::Map(map) => {
                let boxed = map.of == Element::Any;
                // A round may change the map; what is gone through is what was there at first.
                let entries: Vec<_> =
                    map.entries.borrow().iter().map(|(key, entry)| (key.clone(), entry.clone())).collect();
                Box::new(entries.into_iter().map(move |(key, value)| (Value::String(key), Held { value, boxed })))
            }
            Value::Bytes(bytes) => Box::new(
                bytes
                    .iter()
                    .enumerate()
                    .map(|(index, byte)| (index_value(index), Held::plain(Value::Uint64(u64::from(*byte))))),
            ),
            Value::Int(_) | Value::Int64(_) | Value::Uint64(_) if pipeline.variables.len() > 1 => {
                let message = format!("can't use {} to iterate over more than one variable", print::print(value));
                return self.fail(&pipeline.span, message);
            }
            Value::Int(_) | Value::Int64(_) | Value::Uint64(_) => {
                Box::new(numbers_below(value).map(|number| (Value::Nil, Held::plain(number))))
            }
            Value::Object(object) => match object.elements() {
                Some(elements) => Box::new(elements.into_iter().map(|(key, element)| (key, Held::plain(element)))),
                None => return self.cannot_range(&pipeline.span, value),
            },
            Value::Bool(_) | Value::Float(_) | Value::String(_) => return self.cannot_range(&pipeline.span, value),
        })
    }

    fn cannot_range<T>(&self, span: &Span, value: &Value) -> Executed<T> {
        self.fail(span, format!("range can't iterate over {}", print::print(value)))
    }

    fn set_loop_variables(&mut self, pipeline: &Pipeline, key: Value, element: &Held) -> Executed<()> {
        self.step(&pipeline.span)?;
        let names = &pipeline.variables;
        let count = self.variables.len();
        match (names.as_slice(), pipeline.assigns) {
            ([], _) => {}
            ([one], true) => self.assign(&pipeline.span, one, element.clone())?,
            ([first, second, ..], true) => {
                self.assign(&pipeline.span, first, Held::plain(key))?;
                self.assign(&pipeline.span, second, element.clone())?;
            }
            // The pipeline has declared them, the last one on top.
            ([_], false) => self.variables[count - 1].1 = element.clone(),
            ([_, _, ..], false) => {
                self.variables[count - 1].1 = element.clone();
                self.variables[count - 2].1 = Held::plain(key);
            }
        }
        Ok(())
    }

    fn template(
        &mut self,
        dot: &Held,
        span: &Span,
        name: &Rc<str>,
        pipeline: Option<&Pipeline>,
        out: &mut String,
    ) -> Executed<()> {
        let Some(tree) = self.set.find(name).cloned() else {
            return self.fail(span, format!("template {name:?} not defined"));
        };
        let data = match pipeline {
            Some(pipeline) => self.pipeline(dot, pipeline)?,
            None => Value::Nil,
        };
        self.engine.execute_into(self.set, &tree, data, out).map_err(|error| self.called_from(span, error))
    }
}

fn index_value(index: usize) -> Value {
    Value::Int(i64::try_from(index).unwrap_or(i64::MAX))
}

fn numbers_below(value: &Value) -> Box<dyn Iterator<Item = Value>> {
    match value {
        Value::Int(end) => Box::new((0..*end).map(Value::Int)),
        Value::Int64(end) => Box::new((0..*end).map(Value::Int64)),
        Value::Uint64(end) => Box::new((0..*end).map(Value::Uint64)),
        _ => Box::new(std::iter::empty()),
    }
}
