//! Computes an expression from the values of its references.

use std::collections::BTreeMap;

use cel::Context;

use super::failure::explain;
use super::{Body, Expression, Files, Reference, Step, cel_value, functions};
use crate::value::{Kind, Value};

/// An expression that could not be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{expression}` cannot be computed: {message}")]
pub struct EvaluationError {
    pub expression: String,
    pub message: String,
    /// The local that holds the expression, when it is not where the evaluation began.
    pub local: Option<String>,
}

impl EvaluationError {
    pub fn new(expression: &Expression, message: impl Into<String>) -> Self {
        Self { expression: expression.source.trim().to_owned(), message: message.into(), local: None }
    }
}

/// There is nothing at a reference: how many of its steps could be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub steps: usize,
    /// Said instead of "there is no …".
    pub message: Option<String>,
    /// What failed behind the reference, when it leads to something that is computed.
    pub cause: Option<Box<EvaluationError>>,
}

impl Missing {
    pub fn at(steps: usize) -> Self {
        Self { steps, message: None, cause: None }
    }

    /// What it leads to is there in principle, and now it is not.
    pub fn because(message: impl Into<String>) -> Self {
        Self { steps: 0, message: Some(message.into()), cause: None }
    }
}

/// Holds the functions that expressions may call. One serves a whole run.
pub struct Evaluator {
    context: Context<'static, 'static>,
    files: Files,
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
        functions::declare(&mut context, files.clone());
        Self { context, files }
    }

    /// # Errors
    /// When a reference that is needed leads nowhere, or CEL refuses.
    pub fn evaluate(
        &self,
        expression: &Expression,
        lookup: &dyn Fn(&Reference) -> Result<Value, Missing>,
    ) -> Result<Value, EvaluationError> {
        let failed = |message: String| EvaluationError::new(expression, message);
        let (program, depth) = match &expression.body {
            Body::Reference => {
                let reference = expression.references()[0].with_each(lookup);
                return lookup(&reference).map_err(|missing| nothing_at(expression, &reference, missing));
            }
            // The names in it have been found wrong already: one mistake is told once.
            Body::Program(..) if expression.needs.wrong_call => return Ok(Value::Unknown(Kind::Any)),
            Body::Program(program, depth) => (program, *depth),
        };
        let Gathered { scope, secret, unknown, missing } = gather(expression, lookup);
        match missing {
            // What is certainly needed and not there will not come by waiting.
            Some(missing) if !expression.needs.branches => return Err(missing),
            _ if unknown => return Ok(Value::Unknown(expression.needs.kind)),
            _ => {}
        }
        let compute = || {
            let mut context = self.context.new_inner_scope();
            for (root, value) in scope {
                context.add_variable_from_value(root, cel_value::from_value(value));
            }
            program.execute(&context).map_err(|error| explain(&error)).and_then(cel_value::into_value)
        };
        match depth.with_room(compute) {
            Ok(value) if secret => Ok(value.into_secret()),
            Ok(value) => Ok(value),
            Err(_) if secret => Err(failed("it fails, and its values are secret".to_owned())),
            Err(message) => Err(missing.unwrap_or_else(|| failed(message))),
        }
    }

    /// Reads the files that the expression names, so that they are known from the start of a run.
    ///
    /// # Errors
    /// When a file that it certainly needs cannot be read.
    pub fn read_files(&self, expression: &Expression) -> Result<(), EvaluationError> {
        let (paths, certain) = expression.files();
        let read: Result<Vec<_>, _> = paths.iter().map(|path| self.files.get(path)).collect();
        match read {
            Err(message) if certain => Err(EvaluationError::new(expression, format!("file: {message}"))),
            _ => Ok(()),
        }
    }
}

/// The values an expression needs.
#[derive(Default)]
struct Gathered {
    scope: BTreeMap<String, Value>,
    secret: bool,
    unknown: bool,
    /// The first reference that leads nowhere.
    missing: Option<EvaluationError>,
}

fn gather(expression: &Expression, lookup: &dyn Fn(&Reference) -> Result<Value, Missing>) -> Gathered {
    let mut gathered = Gathered::default();
    for reference in expression.references() {
        let only_shape = expression.needs.shapes.contains(reference);
        let reference = &*reference.with_each(lookup);
        match lookup(reference) {
            Ok(Value::Map(entries)) if only_shape => {
                let keys = entries.into_keys().map(|key| (key, Value::Null)).collect();
                place(&mut gathered.scope, reference, Value::Map(keys));
            }
            // Of a secret that was kept there is only a hash, to compute nothing with.
            Ok(value) if value.has_unknown() || value.has_sealed() => gathered.unknown = true,
            Ok(value) => {
                gathered.secret |= value.has_secret();
                place(&mut gathered.scope, reference, value.reveal());
            }
            // It may stand in the branch that is not taken, so CEL decides whether it is needed.
            Err(missing) => {
                place_parent(&mut gathered.scope, reference, missing.steps);
                gathered.missing.get_or_insert_with(|| nothing_at(expression, reference, missing));
            }
        }
    }
    gathered
}

fn nothing_at(expression: &Expression, reference: &Reference, missing: Missing) -> EvaluationError {
    if let Some(cause) = missing.cause {
        return *cause;
    }
    if let Some(message) = missing.message {
        return EvaluationError::new(expression, message);
    }
    let reached = Reference { root: reference.root.clone(), path: reference.path[..missing.steps].to_vec() };
    let message = match reference.path.get(missing.steps) {
        Some(Step::Key(key)) => format!("there is no `{key}` in `{reached}`"),
        Some(Step::Index(index)) => format!("there is no item {index} in `{reached}`"),
        Some(Step::EachKey) | None => format!("there is no `{reached}`"),
    };
    EvaluationError::new(expression, message)
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
