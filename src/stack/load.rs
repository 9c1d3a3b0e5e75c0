//! From a text to a stack: reads, checks names, gives variables and locals their values, expands.

use std::collections::BTreeMap;
use std::str::FromStr as _;
use std::sync::Arc;

use super::declaration::{self, Declarations};
use super::document;
use super::expand::is_early;
use super::places::Places;
use super::reader::{Located, Reader};
use super::references::Names;
use super::scope::{Local, Scope};
use super::variable::{self, Assignment};
use super::{Check, Output, Stack, expand, together};
use crate::address::{StackName, check_name};
use crate::diagnostic::{Diagnostic, Diagnostics, Source};
use crate::expression::{Evaluator, Files, Step};
use crate::provider::{FamilySettings, Registry, normalise};
use crate::value::{Kind, Path, Value};

/// What a stack is given from outside.
#[derive(Clone)]
pub struct Inputs {
    pub assignments: Vec<Assignment>,
    /// `--name`: stands in for `stack:`.
    pub name: Option<StackName>,
    pub files: Files,
}

impl Default for Inputs {
    fn default() -> Self {
        Self { assignments: Vec::new(), name: None, files: Files::none() }
    }
}

/// Reads a stack. There may be a stack and problems: then it is good enough to look for more of them.
pub fn load(source: Source, inputs: &Inputs, registry: &Registry) -> (Option<Stack>, Diagnostics) {
    let places = Places::new(Arc::new(source));
    let mut diagnostics = Diagnostics::default();
    let Some(root) = document::read(&places, &mut diagnostics) else {
        if diagnostics.is_empty() {
            let problem = Diagnostic::error("stack/empty", "Nothing to read", "the stack file is empty");
            diagnostics.push(problem.help("start it with `tidegate: 1`, or let `tidegate init` write one"));
        }
        return (None, diagnostics.sorted());
    };
    let mut reader = Reader { places: &places, diagnostics };
    let declared = declaration::read(&mut reader, &root);
    let mut diagnostics = reader.diagnostics;
    // What else is wrong can be told whatever the name is.
    let nameless = || StackName::from_str("nameless").ok();
    let Some(name) = inputs.name.clone().or(declared.name.clone()).or_else(nameless) else {
        return (None, diagnostics.sorted());
    };
    let evaluator = Evaluator::new(inputs.files.clone());
    check_names(&declared, registry, &evaluator, &places, &mut diagnostics);
    let variables = variable::assign(&declared.variables, &inputs.assignments, &places, &mut diagnostics);
    let names = declared.resources.iter().map(|resource| resource.key.text.clone()).chain(declared.unreadable.clone());
    let scope = Scope {
        stack: name.clone(),
        variables,
        locals: BTreeMap::new(),
        names: names.collect(),
        resources: BTreeMap::new(),
    };
    let mut stack = Stack {
        name,
        description: declared.description.clone(),
        resources: BTreeMap::new(),
        providers: BTreeMap::new(),
        outputs: BTreeMap::new(),
        checks: Vec::new(),
        scope,
        evaluator,
        places: places.clone(),
    };
    locals(&mut stack, &declared, &mut diagnostics);
    providers(&mut stack, &declared, registry, &mut diagnostics);
    expand::expand(&mut stack, &declared, registry, &mut diagnostics);
    if !diagnostics.has_errors() {
        together::look(&mut stack, registry, &mut diagnostics);
    }
    for declared in declared.outputs {
        let output = Output { description: declared.description, secret: declared.secret, value: declared.value };
        stack.outputs.insert(declared.key.text, output);
    }
    for declared in declared.checks {
        let range = places.range(declared.assert.node.span);
        stack.checks.push(Check { range, assert: declared.assert, message: declared.message });
    }
    (Some(stack), diagnostics.sorted())
}

/// Every name in the file, whether its value is needed or not.
fn check_names(
    declared: &Declarations,
    registry: &Registry,
    evaluator: &Evaluator,
    places: &Places,
    diagnostics: &mut Diagnostics,
) {
    let mut keys: Vec<_> = (declared.resources.iter().map(|resource| &resource.key))
        .chain(declared.variables.iter().map(|variable| &variable.key))
        .chain(declared.locals.iter().map(|(key, _)| key))
        .collect();
    keys.sort_by_key(|key| key.span.start);
    let mut names = BTreeMap::new();
    for key in keys {
        let first = *names.entry(key.text.as_str()).or_insert(key);
        if first.span != key.span {
            let line = places.range(first.span).start.line;
            let detail = format!("`{}` is also the name of something on line {line}", key.text);
            let problem = Diagnostic::error("stack/duplicate-name", "A name is used twice", detail);
            diagnostics.push(problem.at(&places.range(key.span)).help("give one of them another name"));
        }
    }
    let names = Names::new(declared, registry, evaluator, places);
    for resource in &declared.resources {
        let each = resource.for_each.is_some();
        names.check(&resource.spec, each, diagnostics);
        resource.for_each.iter().for_each(|located| names.check(located, false, diagnostics));
        let lifecycle = [&resource.when, &resource.protect, &resource.on_destroy, &resource.adopt];
        lifecycle.into_iter().flatten().for_each(|located| names.check(located, each, diagnostics));
    }
    let plain = (declared.locals.iter().chain(&declared.providers).map(|(_, located)| located))
        .chain(declared.outputs.iter().map(|output| &output.value))
        .chain(declared.checks.iter().flat_map(|check| [&check.assert, &check.message]));
    plain.for_each(|located| names.check(located, false, diagnostics));
}

/// Locals in an order in which each needs only those before it.
fn locals(stack: &mut Stack, declared: &Declarations, diagnostics: &mut Diagnostics) {
    let all: BTreeMap<&str, &Located> =
        declared.locals.iter().map(|(key, located)| (key.text.as_str(), located)).collect();
    let mut path = Vec::new();
    for (key, _) in &declared.locals {
        local(stack, &key.text, &all, &mut path, diagnostics);
    }
}

/// Locals may build on each other so far. Whatever computes them recurses.
const MAX_CHAIN: usize = 100;

fn local<'a>(
    stack: &mut Stack,
    name: &'a str,
    all: &BTreeMap<&'a str, &'a Located>,
    path: &mut Vec<&'a str>,
    diagnostics: &mut Diagnostics,
) {
    let Some(located) = all.get(name).filter(|_| !stack.scope.locals.contains_key(name)) else { return };
    let cycle = path.iter().position(|on_path| *on_path == name);
    if cycle.is_some() || path.len() >= MAX_CHAIN {
        let problem = match cycle {
            Some(start) => {
                let cycle: Vec<_> = path[start..].iter().chain([&name]).map(|name| format!("locals.{name}")).collect();
                Diagnostic::error("stack/cycle", "Things depend on each other", cycle.join(" → "))
                    .help("break the circle at one of them")
            }
            None => too_deep(name),
        };
        diagnostics.push(problem.at(&stack.places.range(located.node.span)));
        stack.scope.locals.insert(name.to_owned(), Local::Known(UNKNOWN));
        return;
    }
    path.push(name);
    let mut depth = None;
    for (_, reference) in located.uses() {
        let needs = match (reference.root.as_str(), reference.path.first()) {
            ("locals", Some(Step::Key(inner))) => match all.get_key_value(inner.as_str()) {
                Some((inner, _)) => {
                    local(stack, inner, all, path, diagnostics);
                    match stack.scope.locals.get(*inner) {
                        Some(Local::Deferred(_, depth)) => Some(depth + 1),
                        _ => None,
                    }
                }
                None => None,
            },
            (root, _) => stack.scope.names.contains(root).then_some(0),
        };
        depth = depth.max(needs);
    }
    path.pop();
    if stack.scope.locals.contains_key(name) {
        return;
    }
    let value = match depth {
        Some(depth) if depth >= MAX_CHAIN => {
            diagnostics.push(too_deep(name).at(&stack.places.range(located.node.span)));
            Local::Known(UNKNOWN)
        }
        Some(depth) => Local::Deferred((*located).clone(), depth),
        None => Local::Known(early(stack, located, None, diagnostics)),
    };
    stack.scope.locals.insert(name.to_owned(), value);
}

fn too_deep(name: &str) -> Diagnostic {
    let detail = format!("more than {MAX_CHAIN} locals build on each other, down to `{name}`");
    Diagnostic::error("stack/too-deep", "Locals build on each other too deep", detail)
}

const UNKNOWN: Value = Value::Unknown(Kind::Any);

/// A value that must be known before any resource is; unknown where something is wrong.
pub(super) fn early(
    stack: &Stack,
    located: &Located,
    each: Option<&super::Each>,
    diagnostics: &mut Diagnostics,
) -> Value {
    let (value, problems) = stack.evaluate_all(located, each, &|_| None);
    if problems.is_empty() {
        return value;
    }
    diagnostics.extend(problems);
    UNKNOWN
}

fn providers(stack: &mut Stack, declared: &Declarations, registry: &Registry, diagnostics: &mut Diagnostics) {
    for (key, located) in &declared.providers {
        let (family_name, variant) = key.text.split_once('.').unwrap_or((&key.text, "default"));
        let Some(family) = registry.family(family_name) else {
            diagnostics.push(unknown_provider(family_name, registry).at(&stack.places.range(key.span)));
            continue;
        };
        if let Err(error) = check_name(variant) {
            let problem = Diagnostic::error("stack/bad-name", "Bad name", error.to_string());
            let help = format!("a second configuration is named `{family_name}.some_name`");
            diagnostics.push(problem.at(&stack.places.range(key.span)).help(help));
        }
        if !is_early(stack, located, "a provider's settings", diagnostics) {
            continue;
        }
        let settings = match early(stack, located, None, diagnostics) {
            Value::Map(settings) => settings,
            Value::Null => FamilySettings::new(),
            Value::Unknown(_) => continue,
            _ => {
                let problem = Diagnostic::error("stack/wrong-type", "Wrong type", "a provider's settings are a map");
                diagnostics.push(problem.at(&stack.places.range(located.node.span)));
                continue;
            }
        };
        let (settings, mut findings) = normalise(family.settings(), &settings, &Path::default());
        for (name, value) in &settings {
            if value.has_secret() {
                let message = format!("`{name}` is kept in the state, so it cannot be secret");
                findings.push(crate::provider::Finding::new("stack/secret-setting", Path::field(name), message));
            }
        }
        for finding in findings {
            let place = located.place(&stack.places, &finding.path, finding.on_key);
            diagnostics.push(super::finding_problem(finding).at(&place));
        }
        // What is still unknown is the value of a variable that has been reported.
        let known = settings.into_iter().filter(|(_, value)| !value.has_unknown());
        stack.providers.insert(key.text.clone(), known.collect());
    }
}

fn unknown_provider(name: &str, registry: &Registry) -> Diagnostic {
    let names = || registry.families().map(|family| family.name());
    let detail = format!("there is no provider `{name}`");
    let problem = Diagnostic::error("stack/unknown-provider", "Unknown provider", detail).did_you_mean(name, names());
    match problem.help {
        Some(_) => problem,
        None => problem.help(format!("this build has: {}", names().collect::<Vec<_>>().join(", "))),
    }
}
