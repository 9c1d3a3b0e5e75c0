//! Computes an expression from the values of its references.

use std::collections::BTreeMap;

use cel::{Context, ExecutionError};

use super::{Body, Expression, Files, Reference, Step, cel_value, functions};
use crate::value::{Kind, Value};

/// An expression that could not be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{expression}` cannot be computed: {message}")]
pub struct EvaluationError {
    pub expression: String,
    pub message: String,
}

/// There is nothing at a reference: how many of its steps could be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub steps: usize,
    /// Said instead of "there is no …".
    pub message: Option<String>,
}

impl Missing {
    pub fn at(steps: usize) -> Self {
        Self { steps, message: None }
    }
}

/// Holds the functions that expressions may call. One serves a whole run.
pub struct Evaluator {
    context: Context<'static, 'static>,
}

impl Default for Evaluator {
    fn default() -> Self {
        Self::new(Files::none())
    }
}

impl Evaluator {
    /// `files` answers the `file(…)` function.
    pub fn new(files: Files) -> Self {
        let mut context = Context::default();
        functions::declare(&mut context, files);
        Self { context }
    }

    /// # Errors
    /// When a reference that is needed leads nowhere, or CEL refuses.
    pub fn evaluate(
        &self,
        expression: &Expression,
        lookup: &dyn Fn(&Reference) -> Result<Value, Missing>,
    ) -> Result<Value, EvaluationError> {
        let failed = |message: String| EvaluationError { expression: expression.source.trim().to_owned(), message };
        let program = match &expression.body {
            Body::Reference => {
                let reference = expression.references[0].with_each(lookup);
                return lookup(&reference).map_err(|missing| failed(nothing_at(&reference, &missing)));
            }
            Body::Program(program) => program,
        };
        let mut scope = BTreeMap::new();
        let mut secret = false;
        let mut first_missing = None;
        for reference in expression.references() {
            let reference = &*reference.with_each(lookup);
            match lookup(reference) {
                Ok(value) if value.has_unknown() => return Ok(Value::Unknown(Kind::Any)),
                Ok(value) => {
                    secret |= value.has_secret();
                    place(&mut scope, reference, value.reveal());
                }
                // It may stand in the branch that is not taken, so CEL decides whether it is needed.
                Err(missing) => {
                    let steps = missing.steps;
                    first_missing.get_or_insert_with(|| nothing_at(reference, &missing));
                    place_parent(&mut scope, reference, steps);
                }
            }
        }
        let mut context = self.context.new_inner_scope();
        for (root, value) in scope {
            context.add_variable_from_value(root, cel_value::from_value(value));
        }
        match program.execute(&context).map_err(|error| explain(&error)).and_then(cel_value::into_value) {
            Ok(value) if secret => Ok(value.into_secret()),
            Ok(value) => Ok(value),
            Err(_) if secret => Err(failed("it fails, and its values are secret".to_owned())),
            Err(message) => Err(failed(first_missing.unwrap_or(message))),
        }
    }
}

fn nothing_at(reference: &Reference, missing: &Missing) -> String {
    if let Some(message) = &missing.message {
        return message.clone();
    }
    let reached = Reference { root: reference.root.clone(), path: reference.path[..missing.steps].to_vec() };
    match reference.path.get(missing.steps) {
        Some(Step::Key(key)) => format!("there is no `{key}` in `{reached}`"),
        Some(Step::Index(index)) => format!("there is no item {index} in `{reached}`"),
        Some(Step::EachKey) | None => format!("there is no `{reached}`"),
    }
}

/// Puts a value at its path in a scope that holds only what is referred to.
fn place(scope: &mut BTreeMap<String, Value>, reference: &Reference, value: Value) {
    let mut slot = scope.entry(reference.root.clone()).or_default();
    for step in &reference.path {
        match step {
            Step::Key(key) => {
                if !matches!(slot, Value::Map(_)) {
                    *slot = Value::Map(BTreeMap::new());
                }
                let Value::Map(entries) = slot else { return };
                slot = entries.entry(key.clone()).or_default();
            }
            Step::Index(index) => {
                if !matches!(slot, Value::List(_)) {
                    *slot = Value::List(Vec::new());
                }
                let Value::List(items) = slot else { return };
                if items.len() <= *index {
                    items.resize(*index + 1, Value::Null);
                }
                slot = &mut items[*index];
            }
            // There is no `each` here, which whoever looks up has said already.
            Step::EachKey => return,
        }
    }
    merge(slot, value);
}

/// A whole (`a`) and a part of it (`a.b`) may both be referred to, in any order.
fn merge(slot: &mut Value, value: Value) {
    match (slot, value) {
        (Value::Map(entries), Value::Map(more)) => {
            for (key, value) in more {
                merge(entries.entry(key).or_default(), value);
            }
        }
        (slot, value) => *slot = value,
    }
}

/// The part of a reference that is there, so that `a == null` and `has(a.b)` can be asked.
fn place_parent(scope: &mut BTreeMap<String, Value>, reference: &Reference, steps: usize) {
    let slot = scope.entry(reference.root.clone()).or_default();
    if slot.is_null() && steps > 0 {
        *slot = Value::Map(BTreeMap::new());
    }
}

/// CEL's message, in words of the stack language.
fn explain(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("there is no `{key}`"),
        ExecutionError::UndeclaredReference(name) => format!("there is no function or value `{name}`"),
        ExecutionError::NoSuchOverload(overload) => {
            let types = overload.argument_types().join("`, `");
            format!("`{}` does not take `{types}`", overload.function().trim_matches('_'))
        }
        ExecutionError::FunctionError { function, message } => format!("{function}: {message}"),
        other => other.to_string(),
    }
}
