//! Checks, before anything is computed, that every name in an expression stands for something.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::declaration::{Declarations, ResourceDeclaration};
use super::document::Places;
use super::reader::{Located, Use};
use super::variable::closest_variable;
use crate::diagnostic::{Diagnostic, Diagnostics, closest};
use crate::expression::{EvaluationError, Step};
use crate::provider::{Registry, ResourceType};

/// What a reference may name.
pub(super) struct Names<'a> {
    declared: &'a Declarations,
    resources: BTreeMap<&'a str, Declared<'a>>,
    places: &'a Places,
}

/// A resource and its type, if there is such a type.
type Declared<'a> = (&'a ResourceDeclaration, Option<Arc<dyn ResourceType>>);

impl<'a> Names<'a> {
    pub(super) fn new(declared: &'a Declarations, registry: &Registry, places: &'a Places) -> Self {
        let resources = declared.resources.iter().map(|resource| {
            (resource.key.text.as_str(), (resource, registry.resource_type(&resource.resource_type).cloned()))
        });
        Self { declared, resources: resources.collect(), places }
    }

    /// Checks every reference of a value. `each` is whether it stands under `for_each`.
    pub(super) fn check(&self, located: &Located, each: bool, diagnostics: &mut Diagnostics) {
        for used in &located.uses {
            if let Some(problem) = self.problem(used, each) {
                let place = self.places.within(used.span, &used.text);
                diagnostics.push(problem.at(&place));
            }
        }
    }

    fn problem(&self, used: &Use, each: bool) -> Option<Diagnostic> {
        let reference = &used.reference;
        let path = reference.path.as_slice();
        let unknown = |detail: String| Diagnostic::error("stack/unknown-reference", "Unknown reference", detail);
        match (reference.root.as_str(), path.first()) {
            ("vars", Some(Step::Key(name))) => {
                let known = self.declared.variables.iter().any(|variable| variable.key.text == *name);
                (!known).then(|| {
                    let mut problem = unknown(format!("there is no variable `{name}`"));
                    problem.help = closest_variable(name, &self.declared.variables)
                        .map(|word| format!("did you mean `vars.{word}`?"));
                    problem
                })
            }
            ("locals", Some(Step::Key(name))) => {
                let names = || self.declared.locals.iter().map(|(key, _)| key.text.as_str());
                let known = names().any(|known| known == name);
                (!known).then(|| unknown(format!("there is no local `{name}`")).did_you_mean(name, names()))
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
                    self.resource_problem(resource, resource_type.as_deref(), used, each)
                }
                None => Some(self.unknown_name(name)),
            },
        }
    }

    fn unknown_name(&self, name: &str) -> Diagnostic {
        let detail = format!("there is no resource `{name}`");
        let problem = Diagnostic::error("stack/unknown-reference", "Unknown reference", detail);
        if self.declared.variables.iter().any(|variable| variable.key.text == name) {
            return problem.help(format!("there is a variable of that name: `vars.{name}`"));
        }
        if self.declared.locals.iter().any(|(key, _)| key.text == name) {
            return problem.help(format!("there is a local of that name: `locals.{name}`"));
        }
        problem.did_you_mean(name, self.resources.keys().copied().chain(["vars", "locals", "stack", "each"]))
    }

    fn resource_problem(
        &self,
        resource: &ResourceDeclaration,
        resource_type: Option<&dyn ResourceType>,
        used: &Use,
        each: bool,
    ) -> Option<Diagnostic> {
        let reference = &used.reference;
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
    let used = located.uses.iter().find(|used| used.text.contains(&error.expression));
    let place = match used {
        Some(used) => places.within(used.span, &error.expression),
        None => places.within(located.node.span, &error.expression),
    };
    Diagnostic::error("expression/failed", "An expression cannot be computed", error.message.clone()).at(&place)
}
