//! From declared resources to their instances: `for_each`, `when`, and who depends on whom.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::declaration::{Declarations, ResourceDeclaration};
use super::load::early;
use super::reader::Located;
use super::scope::{Each, Instances, Scope};
use super::{Lifecycle, Resource, Stack};
use crate::address::Address;
use crate::diagnostic::{Diagnostic, Diagnostics, closest};
use crate::expression::Reference;
use crate::provider::{Registry, ResourceType};
use crate::value::Value;

/// Fills in the stack's resources. All instances are known before any dependency is looked for.
pub(super) fn expand(stack: &mut Stack, declared: &Declarations, registry: &Registry, diagnostics: &mut Diagnostics) {
    let mut expanded = Vec::new();
    for declaration in &declared.resources {
        let Some(resource_type) = resource_type(stack, declaration, registry, diagnostics) else {
            continue;
        };
        check_ignored(stack, declaration, &*resource_type, diagnostics);
        let Expanded { instances, off, certain } = instances(stack, declaration, diagnostics);
        let entry = Instances {
            for_each: declaration.for_each.is_some(),
            keys: instances.iter().flatten().map(|each| each.key.clone()).collect(),
            off,
            certain,
            present: declaration.for_each.is_none() && !instances.is_empty(),
            attributes: resource_type.schema().attribute_names().map(str::to_owned).collect(),
        };
        stack.scope.resources.insert(declaration.key.text.clone(), entry);
        expanded.push((Arc::new(declaration.clone()), resource_type, instances));
    }
    let configurations: BTreeSet<&str> = declared.providers.iter().map(|(key, _)| key.text.as_str()).collect();
    for (declaration, resource_type, instances) in expanded {
        check_depends_on(stack, &declaration, diagnostics);
        let provider = provider(stack, &declaration, &*resource_type, &configurations, diagnostics);
        check_lifecycle(stack, &declaration, diagnostics);
        for each in instances {
            let name = &declaration.key.text;
            let address = match &each {
                Some(each) => Address::instance(name, &each.key),
                None => Address::single(name),
            };
            let resource = Resource {
                dependencies: dependencies(&stack.scope, &declaration, each.as_ref()),
                lifecycle: lifecycle(stack, &declaration, each.as_ref(), diagnostics),
                address: address.clone(),
                resource_type: Arc::clone(&resource_type),
                provider: provider.clone(),
                each,
                declaration: Arc::clone(&declaration),
            };
            stack.resources.insert(address, resource);
        }
    }
    check_moves(stack, diagnostics);
}

fn resource_type(
    stack: &Stack,
    declaration: &ResourceDeclaration,
    registry: &Registry,
    diagnostics: &mut Diagnostics,
) -> Option<Arc<dyn ResourceType>> {
    let name = &declaration.resource_type;
    if let Some(known) = registry.resource_type(name) {
        return Some(Arc::clone(known));
    }
    let detail = format!("there is no resource type `{name}`");
    let mut problem = Diagnostic::error("stack/unknown-type", "Unknown resource type", detail)
        .at(&stack.places.range(declaration.type_span));
    problem.help = Some(match closest(name, registry.resource_types().map(|known| known.name())) {
        Some(word) => format!("did you mean `{word}`?"),
        None => "see the types with `tidegate schema`".to_owned(),
    });
    diagnostics.push(problem);
    None
}

/// `ignore_changes` names fields of the spec.
fn check_ignored(
    stack: &Stack,
    declaration: &ResourceDeclaration,
    resource_type: &dyn ResourceType,
    diagnostics: &mut Diagnostics,
) {
    let schema = resource_type.schema();
    for (path, span) in declaration.ignore_changes.iter().filter(|(path, _)| schema.field(path.root()).is_none()) {
        let detail =
            format!("`{}` has no field `{}` whose changes could be ignored", declaration.key.text, path.root());
        let problem = Diagnostic::error("stack/unknown-field", "Unknown field", detail);
        let fields = schema.spec.iter().map(|field| field.name);
        diagnostics.push(problem.at(&stack.places.range(*span)).did_you_mean(path.root(), fields));
    }
}

/// What `for_each` and `when` make of a resource.
struct Expanded {
    /// `[None]` without `for_each`.
    instances: Vec<Option<Each>>,
    off: BTreeSet<String>,
    /// Whether this is what the author meant, and not what is left of a mistake.
    certain: bool,
}

fn instances(stack: &Stack, declaration: &ResourceDeclaration, diagnostics: &mut Diagnostics) -> Expanded {
    let all = match &declaration.for_each {
        None => Some(vec![None]),
        Some(located) if !is_early(stack, located, "`for_each`", diagnostics) => None,
        Some(located) => each(stack, located, diagnostics).map(|all| all.into_iter().map(Some).collect()),
    };
    let certain = all.is_some();
    let all: Vec<Option<Each>> = all.unwrap_or_default();
    let mut off = BTreeSet::new();
    let Some(when) = &declaration.when else { return Expanded { instances: all, off, certain } };
    if !is_early(stack, when, "`when`", diagnostics) {
        return Expanded { instances: all, off, certain: false };
    }
    if !certain && when.expressions.is_empty() {
        boolean(stack, when, "`when`", None, true, diagnostics);
    }
    let mut instances = Vec::with_capacity(all.len());
    for each in all {
        match (boolean(stack, when, "`when`", each.as_ref(), true, diagnostics), each) {
            (true, each) => instances.push(each),
            (false, Some(each)) => {
                off.insert(each.key);
            }
            (false, None) => {}
        }
    }
    Expanded { instances, off, certain }
}

/// Whether a value refers to no resource, directly or by a local; says so if it does.
pub(super) fn is_early(stack: &Stack, located: &Located, what: &str, diagnostics: &mut Diagnostics) -> bool {
    let mut early = true;
    for (placed, reference) in located.uses() {
        let through_local = reference.root == "locals" && deferred(stack, reference);
        if stack.scope.names.contains(&reference.root) || through_local {
            early = false;
            let detail = format!("{what} must be known before any resource is, so it cannot use `{reference}`");
            let problem = Diagnostic::error("stack/not-known-yet", "Must be known when the stack is loaded", detail)
                .at(&stack.places.part(placed.reference(reference)))
                .help("take it from a variable or a local that depends on no resource");
            diagnostics.push(problem);
        }
    }
    early
}

fn deferred(stack: &Stack, reference: &Reference) -> bool {
    match reference.path.first() {
        Some(crate::expression::Step::Key(name)) => {
            matches!(stack.scope.locals.get(name), Some(super::scope::Local::Deferred(..)))
        }
        _ => stack.scope.locals.values().any(|local| matches!(local, super::scope::Local::Deferred(..))),
    }
}

/// The keys and values to go through; none when they cannot be told, which is reported.
fn each(stack: &Stack, located: &Located, diagnostics: &mut Diagnostics) -> Option<Vec<Each>> {
    let value = early(stack, located, None, diagnostics);
    match keyed(value) {
        Ok(all) => all,
        Err((detail, help)) => {
            let problem = Diagnostic::error("stack/bad-for-each", "Not something to go through", detail);
            diagnostics.push(problem.at(&stack.places.range(located.node.span)).help(help));
            None
        }
    }
}

/// One instance an item; nothing when it comes from something that has been reported.
fn keyed(value: Value) -> Result<Option<Vec<Each>>, (String, &'static str)> {
    const WANTS: &str = "give a list of strings, or a map";
    match value {
        Value::List(items) => {
            let mut seen = BTreeMap::new();
            for item in items {
                let Value::String(key) = &item else {
                    return match item {
                        Value::Unknown(_) => Ok(None),
                        Value::Secret(_) => Err(("`for_each` holds a secret, and keys are shown".to_owned(), WANTS)),
                        Value::List(_) | Value::Map(_) => {
                            let detail = format!("`for_each` holds {} where it takes strings", item.kind().noun());
                            Err((detail, "give a map, so that each value has a key"))
                        }
                        item => Err((format!("`for_each` holds {item}, which is no string"), "put it in quotes")),
                    };
                };
                if seen.insert(key.clone(), item.clone()).is_some() {
                    return Err((format!("`for_each` holds {item} twice"), "each item names one instance"));
                }
            }
            Ok(Some(seen.into_iter().map(|(key, value)| Each { key, value }).collect()))
        }
        Value::Map(entries) => Ok(Some(entries.into_iter().map(|(key, value)| Each { key, value }).collect())),
        Value::Unknown(_) => Ok(None),
        Value::Secret(_) => Err(("`for_each` is secret, and its keys would be shown".to_owned(), WANTS)),
        Value::Null => Err(("`for_each` is null".to_owned(), "for no instance at all, give an empty list")),
        other => Err((format!("`for_each` is {other}"), WANTS)),
    }
}

fn boolean(
    stack: &Stack,
    located: &Located,
    what: &str,
    each: Option<&Each>,
    fallback: bool,
    diagnostics: &mut Diagnostics,
) -> bool {
    match early(stack, located, each, diagnostics) {
        Value::Bool(yes) => yes,
        Value::Unknown(_) => fallback,
        other => {
            let mut problem =
                Diagnostic::error("stack/wrong-type", "Wrong type", format!("{what} is true or false, not {other}"));
            if matches!(other.as_str(), Some("yes" | "no" | "on" | "off")) {
                problem = problem.help("in YAML 1.2 that is a string; write true or false");
            }
            diagnostics.push(problem.at(&stack.places.range(located.node.span)));
            fallback
        }
    }
}

/// What can be said of the lifecycle whatever the instances are.
fn check_lifecycle(stack: &Stack, declaration: &ResourceDeclaration, diagnostics: &mut Diagnostics) {
    let keys = [
        ("`protect`", &declaration.protect),
        ("`adopt`", &declaration.adopt),
        ("`on_destroy`", &declaration.on_destroy),
    ];
    for (what, located) in keys {
        if let Some(located) = located {
            is_early(stack, located, what, diagnostics);
        }
    }
}

fn lifecycle(
    stack: &Stack,
    declaration: &ResourceDeclaration,
    each: Option<&Each>,
    diagnostics: &mut Diagnostics,
) -> Lifecycle {
    let mut flag = |located: &Option<Located>, what: &str| {
        located.as_ref().is_some_and(|located| boolean(stack, located, what, each, false, diagnostics))
    };
    let (protect, adopt) = (flag(&declaration.protect, "`protect`"), flag(&declaration.adopt, "`adopt`"));
    let retain =
        declaration.on_destroy.as_ref().is_some_and(|located| match early(stack, located, each, diagnostics) {
            Value::String(word) if word == "retain" => true,
            Value::String(word) if word == "delete" => false,
            Value::Unknown(_) => false,
            other => {
                let detail = format!("`on_destroy` is `delete` or `retain`, not {other}");
                let problem = Diagnostic::error("stack/bad-value", "Bad value", detail)
                    .did_you_mean(other.as_str().unwrap_or_default(), ["delete", "retain"]);
                diagnostics.push(problem.at(&stack.places.range(located.node.span)));
                false
            }
        });
    let moved_from = declaration.moved_from.iter().map(|from| match (from.key(), each) {
        // Under `for_each`, a bare name stands for the instance of the same key.
        (None, Some(each)) => Address::instance(from.name(), &each.key),
        _ => from.clone(),
    });
    Lifecycle {
        protect,
        retain,
        adopt,
        ignore_changes: declaration.ignore_changes.iter().map(|(path, _)| path.clone()).collect(),
        timeouts: declaration.timeouts,
        moved_from: moved_from.collect(),
    }
}

fn dependencies(scope: &Scope, declaration: &ResourceDeclaration, each: Option<&Each>) -> BTreeSet<Address> {
    let mut found = BTreeSet::new();
    for (_, reference) in declaration.spec.uses() {
        match each {
            Some(each) => scope.dependencies(&reference.with_key(&each.key), &mut found),
            None => scope.dependencies(reference, &mut found),
        }
    }
    for (name, _) in &declaration.depends_on {
        match name.parse::<Address>() {
            Ok(address) if address.key().is_some() => {
                let present = |instances: &Instances| address.key().is_some_and(|key| instances.keys.contains(key));
                if scope.resources.get(address.name()).is_some_and(present) {
                    found.insert(address);
                }
            }
            _ => scope.dependencies(&Reference { root: name.clone(), path: Vec::new() }, &mut found),
        }
    }
    found
}

fn check_depends_on(stack: &Stack, declaration: &ResourceDeclaration, diagnostics: &mut Diagnostics) {
    for (name, span) in &declaration.depends_on {
        let problem = match name.parse::<Address>() {
            Ok(address) if !stack.scope.names.contains(address.name()) => unknown_dependency(stack, name),
            Ok(address) => match (address.key(), stack.scope.resources.get(address.name())) {
                (Some(key), Some(instances)) if instances.certain => {
                    match instances.problem_with(name, &address, key) {
                        Some(problem) => problem,
                        None => continue,
                    }
                }
                _ => continue,
            },
            Err(_) => unknown_dependency(stack, name),
        };
        diagnostics.push(problem.at(&stack.places.range(*span)));
    }
}

fn unknown_dependency(stack: &Stack, name: &str) -> Diagnostic {
    let detail = format!("there is no resource `{name}` to depend on");
    Diagnostic::error("stack/unknown-reference", "Unknown reference", detail)
        .did_you_mean(name, stack.scope.names.iter().map(String::as_str))
}

impl Instances {
    /// Why there is no instance of that key to depend on. One that is switched off need not be there.
    fn problem_with(&self, written: &str, address: &Address, key: &str) -> Option<Diagnostic> {
        if self.keys.contains(key) || self.off.contains(key) {
            return None;
        }
        let detail = format!("there is no resource `{written}` to depend on");
        let problem = Diagnostic::error("stack/unknown-reference", "Unknown reference", detail);
        if !self.for_each {
            return Some(problem.help(format!("`{0}` has no `for_each`: write `{0}`", address.name())));
        }
        Some(problem.did_you_mean(key, self.keys.iter().map(String::as_str)))
    }
}

fn provider(
    stack: &Stack,
    declaration: &ResourceDeclaration,
    resource_type: &dyn ResourceType,
    configurations: &BTreeSet<&str>,
    diagnostics: &mut Diagnostics,
) -> String {
    let family = resource_type.family();
    let Some((name, span)) = &declaration.provider else {
        return family.to_owned();
    };
    let mut problem = |detail: String, help: String| {
        let problem = Diagnostic::error("stack/bad-provider", "Bad provider", detail);
        diagnostics.push(problem.at(&stack.places.range(*span)).help(help));
    };
    if name.split('.').next() != Some(family) {
        let detail = format!("`{name}` cannot make a `{}`", declaration.resource_type);
        problem(detail, format!("name a provider of `{family}`"));
    } else if name != family && !configurations.contains(name.as_str()) {
        let detail = format!("there is no provider configuration `{name}`");
        let help = match closest(name, configurations.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("add `{name}: {{ … }}` under `providers:`"),
        };
        problem(detail, help);
    }
    name.clone()
}

fn check_moves(stack: &Stack, diagnostics: &mut Diagnostics) {
    let mut taken: BTreeMap<&Address, &Address> = BTreeMap::new();
    for resource in stack.resources.values() {
        for from in &resource.lifecycle.moved_from {
            let range = stack.range_of(resource);
            if stack.resources.contains_key(from) {
                let detail = format!("`{}` says it was `{from}`, which is still there", resource.address);
                let problem = Diagnostic::error("stack/bad-move", "A move that cannot be", detail).at(&range);
                diagnostics.push(problem.help("remove the old resource or the `moved_from`"));
            }
            if let Some(other) = taken.insert(from, &resource.address) {
                let detail = format!("both `{other}` and `{}` say they were `{from}`", resource.address);
                diagnostics.push(Diagnostic::error("stack/bad-move", "A move that cannot be", detail).at(&range));
            }
        }
    }
}
