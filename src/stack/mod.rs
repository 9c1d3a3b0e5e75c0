//! What is wanted: a stack file, read, checked and expanded into resources.
//!
//! Pure: the text and the values of variables come in, a [`Stack`] or problems go out.
//! Knows the language and the schemas of the types, nothing of states or plans.

mod declaration;
mod document;
mod expand;
mod load;
mod places;
mod reader;
mod references;
mod scalar;
mod scope;
mod together;
mod variable;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use declaration::Timeouts;
pub use load::{Inputs, load};
pub use scope::Each;
pub use variable::{Assignment, Given, read_variable_file};

use crate::address::{Address, StackName};
use crate::diagnostic::{Diagnostic, Severity, SourceRange};
use crate::expression::{EvaluationError, Evaluator, Template};
use crate::provider::{FamilySettings, Finding, ResourceType, normalise};
use crate::value::{Attributes, Path, Value};

/// A stack as its file, its variables and its expressions make it.
pub struct Stack {
    pub name: StackName,
    pub description: String,
    pub resources: BTreeMap<Address, Resource>,
    /// By name: `aws`, `aws.eu`.
    pub providers: BTreeMap<String, FamilySettings>,
    pub outputs: BTreeMap<String, Output>,
    pub checks: Vec<Check>,
    scope: scope::Scope,
    evaluator: Evaluator,
    places: places::Places,
}

/// One instance of a resource.
#[derive(Clone)]
pub struct Resource {
    pub address: Address,
    pub resource_type: Arc<dyn ResourceType>,
    /// The name of its provider configuration.
    pub provider: String,
    pub dependencies: BTreeSet<Address>,
    pub lifecycle: Lifecycle,
    each: Option<Each>,
    declaration: Arc<declaration::ResourceDeclaration>,
}

/// What the stack says of a resource's life, beyond its spec.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifecycle {
    pub protect: bool,
    /// `on_destroy: retain`.
    pub retain: bool,
    pub adopt: bool,
    pub ignore_changes: Vec<Path>,
    pub timeouts: Timeouts,
    pub moved_from: Vec<Address>,
}

pub struct Output {
    pub description: String,
    pub secret: bool,
    value: reader::Located,
}

/// Something the author of the stack wants to hold.
pub struct Check {
    pub range: SourceRange,
    assert: reader::Located,
    message: reader::Located,
}

/// Attributes of resources that expressions may refer to.
pub type Known<'a> = &'a dyn Fn(&Address) -> Option<&'a Attributes>;

impl Stack {
    /// The spec of a resource with its expressions computed, in its normal form.
    ///
    /// # Errors
    /// Every problem, each with its place in the stack file.
    pub fn desired(&self, resource: &Resource, known: Known<'_>) -> Result<Attributes, Vec<Diagnostic>> {
        let (spec, mut problems) = self.judged(resource, known);
        problems.retain(|problem| problem.severity == Severity::Error);
        spec.ok_or(problems)
    }

    /// The spec as [`desired`](Self::desired) gives it, unless it has errors, and all errors and warnings.
    pub fn judged(&self, resource: &Resource, known: Known<'_>) -> (Option<Attributes>, Vec<Diagnostic>) {
        let located = &resource.declaration.spec;
        let (value, mut problems) = self.evaluate_all(located, resource.each.as_ref(), known);
        let spec = match value {
            Value::Map(spec) => spec,
            Value::Null => Attributes::new(),
            // Why has been said.
            Value::Unknown(_) if !problems.is_empty() || !self.needs_resources(located) => return (None, problems),
            other => return (None, vec![self.not_a_spec(resource, &other)]),
        };
        let (normal, mut findings) = normalise(&resource.resource_type.schema().spec, &spec, &Path::default());
        findings.extend(secret_identity(&*resource.resource_type, &normal));
        if problems.is_empty() && !findings.iter().any(Finding::is_error) {
            findings.extend(resource.resource_type.check(&normal));
        }
        let is_wrong = !problems.is_empty() || findings.iter().any(Finding::is_error);
        problems.extend(findings.into_iter().map(|finding| self.place(resource, finding)));
        ((!is_wrong).then_some(normal), problems)
    }

    fn not_a_spec(&self, resource: &Resource, found: &Value) -> Diagnostic {
        let range = resource.declaration.spec.place(&self.places, &Path::default(), false);
        if matches!(found, Value::Unknown(_)) {
            let detail = format!("which fields the spec of `{}` has is not known before apply", resource.address);
            let problem = Diagnostic::error("stack/not-known-yet", "Must be known when the stack is loaded", detail);
            return problem.at(&range).help("write the fields out, each with its own expression");
        }
        let kind = if found.has_secret() { "a secret" } else { found.kind().noun() };
        let detail = format!("the spec of `{}` is a map, not {kind}", resource.address);
        Diagnostic::error("stack/wrong-type", "Wrong type", detail).at(&range)
    }

    fn needs_resources(&self, located: &reader::Located) -> bool {
        let mut found = BTreeSet::new();
        located.uses().for_each(|(_, reference)| self.scope.dependencies(reference, &mut found));
        !found.is_empty()
    }

    /// The value of an output.
    ///
    /// # Errors
    /// When its expression fails.
    pub fn output(&self, output: &Output, known: Known<'_>) -> Result<Value, Box<Diagnostic>> {
        let value = self.evaluate(&output.value, None, known)?;
        Ok(if output.secret { value.into_secret() } else { value })
    }

    /// Whether a check holds; `None` while that cannot be known.
    ///
    /// # Errors
    /// What is wrong: the check's message, or that it cannot be computed.
    pub fn check(&self, check: &Check, known: Known<'_>) -> Result<Option<()>, Box<Diagnostic>> {
        match self.evaluate(&check.assert, None, known)? {
            Value::Bool(true) => Ok(Some(())),
            Value::Unknown(_) => Ok(None),
            Value::Bool(false) => {
                let message = match self.evaluate(&check.message, None, known)? {
                    Value::String(message) => message,
                    other => other.to_string(),
                };
                Err(Box::new(
                    Diagnostic::error("stack/check-failed", "A check of the stack fails", message).at(&check.range),
                ))
            }
            other => {
                let found = if other.has_secret() { "secret" } else { other.kind().noun() };
                let detail = format!("`assert` must be true or false, this is {found}");
                Err(Box::new(Diagnostic::error("stack/wrong-type", "Wrong type", detail).at(&check.range)))
            }
        }
    }

    fn evaluate(
        &self,
        located: &reader::Located,
        each: Option<&Each>,
        known: Known<'_>,
    ) -> Result<Value, Box<Diagnostic>> {
        let (value, mut problems) = self.evaluate_all(located, each, known);
        if problems.is_empty() { Ok(value) } else { Err(Box::new(problems.swap_remove(0))) }
    }

    /// The value, unknown where something is wrong, and everything that is wrong.
    fn evaluate_all(
        &self,
        located: &reader::Located,
        each: Option<&Each>,
        known: Known<'_>,
    ) -> (Value, Vec<Diagnostic>) {
        if let Template::Literal(value) = &located.template {
            return (value.clone(), Vec::new());
        }
        let lookup = |reference: &_| self.scope.lookup(reference, each, &self.evaluator, known);
        let mut failures = Vec::new();
        let value = located.template.evaluate_all(&self.evaluator, &lookup, &mut failures);
        (value, failures.iter().map(|failure| self.failed(located, failure)).collect())
    }

    fn failed(&self, located: &reader::Located, failure: &EvaluationError) -> Diagnostic {
        let local = failure.local.as_ref().and_then(|name| self.scope.locals.get(name));
        let located = match local {
            Some(scope::Local::Deferred(local, _)) => local,
            _ => located,
        };
        references::evaluation_problem(&self.places, located, failure)
    }

    fn place(&self, resource: &Resource, finding: Finding) -> Diagnostic {
        let range = resource.declaration.spec.place(&self.places, &finding.path, finding.on_key);
        finding_problem(finding).at(&range)
    }

    /// The folder that the stack file is in.
    pub fn folder(&self) -> &std::path::Path {
        std::path::Path::new(&self.places.source.name).parent().unwrap_or(std::path::Path::new(""))
    }

    /// Where a resource is declared.
    pub fn range_of(&self, resource: &Resource) -> SourceRange {
        self.places.range(resource.declaration.key.span)
    }

    /// Every string that is secret, for whoever prints.
    pub fn secret_texts(&self) -> Vec<String> {
        self.scope.secret_texts()
    }

    /// The values of variables that are no secret, and the secret ones.
    pub fn variables(&self) -> &BTreeMap<String, Value> {
        &self.scope.variables
    }
}

/// What a schema found, under the heading of its code.
fn finding_problem(finding: Finding) -> Diagnostic {
    let summary = match finding.code {
        "stack/unknown-field" => "Unknown field",
        "stack/missing-field" => "Missing field",
        "stack/wrong-type" => "Wrong type",
        "stack/out-of-range" => "Out of range",
        "stack/bad-pattern" | "stack/not-one-of" => "Bad value",
        "stack/secret-identity" | "stack/secret-setting" => "A secret has no place here",
        _ if finding.is_error() => "A resource is not as its type wants it",
        _ => "A resource may not do what is meant",
    };
    let problem = Diagnostic::error(finding.code, summary, finding.message);
    Diagnostic { severity: finding.severity, help: finding.help, ..problem }
}

/// An identity is shown and searched for, so nothing secret may be part of it.
fn secret_identity(resource_type: &dyn ResourceType, spec: &Attributes) -> Vec<Finding> {
    let fields = resource_type.identity_fields().iter();
    fields
        .filter(|field| spec.get(**field).is_some_and(Value::has_secret))
        .map(|field| {
            let message = format!("`{field}` names the object everywhere, so it cannot be secret");
            Finding::new("stack/secret-identity", Path::field(field), message)
        })
        .collect()
}

impl From<Box<Diagnostic>> for Diagnostic {
    fn from(boxed: Box<Diagnostic>) -> Self {
        *boxed
    }
}
