//! Checks, before anything is computed, that every name in an expression stands for something.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::declaration::{Declarations, ResourceDeclaration};
use super::places::Places;
use super::reader::{Located, Placed};
use super::variable::closest_variable;
use crate::diagnostic::{Diagnostic, Diagnostics, closest};
use crate::expression::{EvaluationError, Evaluator, Reference, Step, check_call};
use crate::provider::{Registry, ResourceType};

/// What a reference may name.
pub(super) struct Names<'a> {
    declared: &'a Declarations,
    variables: BTreeSet<&'a str>,
    locals: BTreeSet<&'a str>,
    resources: BTreeMap<&'a str, Declared<'a>>,
    evaluator: &'a Evaluator,
    places: &'a Places,
}

/// A resource and its type, if there is such a type.
type Declared<'a> = (&'a ResourceDeclaration, Option<Arc<dyn ResourceType>>);

impl<'a> Names<'a> {
    pub(super) fn new(
        declared: &'a Declarations,
        registry: &Registry,
        evaluator: &'a Evaluator,
        places: &'a Places,
    ) -> Self {
        let resources = declared.resources.iter().map(|resource| {
            (resource.key.text.as_str(), (resource, registry.resource_type(&resource.resource_type).cloned()))
        });
        let variables = declared.variables.iter().map(|variable| variable.key.text.as_str()).collect();
        let locals = declared.locals.iter().map(|(key, _)| key.text.as_str()).collect();
        Self { declared, variables, locals, resources: resources.collect(), evaluator, places }
    }

    /// Checks every name in the expressions of a value. `each` is whether it stands under `for_each`.
    pub(super) fn check(&self, located: &Located, each: bool, diagnostics: &mut Diagnostics) {
        for (placed, reference) in located.uses() {
            if let Some(problem) = self.problem(reference, each) {
                diagnostics.push(problem.at(&self.places.part(placed.reference(reference))));
            }
        }
        for placed in &located.expressions {
            self.calls(placed, diagnostics);
            if let Err(failure) = self.evaluator.read_files(&placed.expression) {
                diagnostics.push(evaluation_problem(self.places, located, &failure));
            }
        }
    }

    fn calls(&self, placed: &Placed, diagnostics: &mut Diagnostics) {
        for call in placed.expression.calls() {
            if let Err(problem) = check_call(call) {
                diagnostics.push(problem.at(&self.places.part(placed.function(&call.name))));
            }
        }
    }

    fn problem(&self, reference: &Reference, each: bool) -> Option<Diagnostic> {
        let path = reference.path.as_slice();
        let unknown = |detail: String| Diagnostic::error("stack/unknown-reference", "Unknown reference", detail);
        match (reference.root.as_str(), path.first()) {
            ("vars", Some(Step::Key(name))) => (!self.variables.contains(name.as_str())).then(|| {
                let mut problem = unknown(format!("there is no variable `{name}`"));
                problem.help =
                    closest_variable(name, &self.declared.variables).map(|word| format!("did you mean `vars.{word}`?"));
                problem
            }),
            ("locals", Some(Step::Key(name))) => {
                let problem = || unknown(format!("there is no local `{name}`"));
                let known = self.locals.contains(name.as_str());
                (!known).then(|| problem().did_you_mean(name, self.locals.iter().copied()))
            }
            ("vars" | "locals", _) => None,
            ("stack", Some(Step::Key(name))) if name == "name" => None,
            ("stack", _) => Some(unknown(format!("`{reference}`: a stack has only `stack.name`"))),
            ("each", Some(Step::Key(name))) if each && (name == "key" || name == "value") => None,
            ("each", _) if each => Some(unknown(format!("`{reference}`: there are `each.key` and `each.value`"))),
            ("each", _) => Some(
                unknown(format!("`{reference}` stands where there is no `for_each`"))
                    .help("add `for_each` to the resource, or name the value otherwise"),
            ),
            (name, _) => match self.resources.get(name) {
                Some((resource, resource_type)) => {
                    self.resource_problem(resource, resource_type.as_deref(), reference, each)
                }
                // What is wrong with it has been said.
                None if self.declared.unreadable.contains(name) => None,
                None => Some(self.unknown_name(name)),
            },
        }
    }

    fn unknown_name(&self, name: &str) -> Diagnostic {
        let detail = format!("there is no resource `{name}`");
        let problem = Diagnostic::error("stack/unknown-reference", "Unknown reference", detail);
        if self.variables.contains(name) {
            return problem.help(format!("there is a variable of that name: `vars.{name}`"));
        }
        if self.locals.contains(name) {
            return problem.help(format!("there is a local of that name: `locals.{name}`"));
        }
        problem.did_you_mean(name, self.resources.keys().copied().chain(["vars", "locals", "stack", "each"]))
    }

    fn resource_problem(
        &self,
        resource: &ResourceDeclaration,
        resource_type: Option<&dyn ResourceType>,
        reference: &Reference,
        each: bool,
    ) -> Option<Diagnostic> {
        let unknown = |detail: String| Diagnostic::error("stack/unknown-reference", "Unknown reference", detail);
        let name = &resource.key.text;
        let attribute = match (resource.for_each.is_some(), reference.path.as_slice()) {
            (false, [Step::Key(attribute), ..]) => attribute,
            (false, []) | (true, []) => return None,
            (false, [_, ..]) => {
                let problem = unknown(format!("`{reference}`: `{name}` has no `for_each`, so it has no instances"));
                return Some(problem.help(format!("write `{name}.…`")));
            }
            (true, [Step::EachKey, ..]) if !each => {
                return Some(unknown(format!("`{reference}` stands where there is no `for_each`")));
            }
            (true, [Step::Key(_) | Step::EachKey]) => return None,
            (true, [Step::Key(_) | Step::EachKey, Step::Key(attribute), ..]) => attribute,
            (true, _) => return Some(unknown(format!("`{reference}`: the instances of `{name}` go by key"))),
        };
        let schema = resource_type?.schema();
        if resource.for_each.is_some() && reference.path.len() == 1 {
            return None;
        }
        if schema.attribute_names().any(|known| known == attribute) {
            return None;
        }
        let type_name = &resource.resource_type;
        // `one["a"].id`, where `one` is the only one there is.
        if let (false, [_, Step::Key(behind), ..]) = (resource.for_each.is_some(), reference.path.as_slice())
            && schema.attribute_names().any(|known| known == behind)
        {
            let problem = unknown(format!("`{name}` has no `for_each`, so it has no instance `{attribute}`"));
            return Some(problem.help(format!("write `{name}.{behind}`")));
        }
        let mut problem = unknown(format!("`{name}` has no attribute `{attribute}`"));
        problem.help = Some(match closest(attribute, schema.attribute_names()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("see what it has with `tidegate schema {type_name}`"),
        });
        Some(problem)
    }
}

/// An expression that failed, with its place.
pub(super) fn evaluation_problem(places: &Places, located: &Located, error: &EvaluationError) -> Diagnostic {
    let placed = located.expressions.iter().find(|placed| placed.expression.source.trim() == error.expression);
    let place = match placed {
        Some(placed) => places.part(placed.whole()),
        None => places.range(located.node.span),
    };
    Diagnostic::error("expression/failed", "An expression cannot be computed", error.message.clone()).at(&place)
}
