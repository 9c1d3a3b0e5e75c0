//! From declared resources to their instances: `for_each`, `when`, and who depends on whom.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::declaration::{Declarations, ResourceDeclaration};
use super::document::Span;
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
        let instances = instances(stack, declaration, diagnostics);
        let entry = Instances {
            for_each: declaration.for_each.is_some(),
            keys: instances.iter().flatten().map(|each| each.key.clone()).collect(),
            present: declaration.for_each.is_none() && !instances.is_empty(),
            attributes: resource_type.schema().attribute_names().map(str::to_owned).collect(),
        };
        stack.scope.resources.insert(declaration.key.text.clone(), entry);
        expanded.push((Arc::new(declaration.clone()), resource_type, instances));
    }
    let names: BTreeSet<&str> = declared.resources.iter().map(|resource| resource.key.text.as_str()).collect();
    for (declaration, resource_type, instances) in expanded {
        check_depends_on(stack, &declaration, &names, diagnostics);
        let provider = provider(stack, &declaration, registry, diagnostics);
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

/// The instances of a resource: `[None]` without `for_each`.
fn instances(stack: &Stack, declaration: &ResourceDeclaration, diagnostics: &mut Diagnostics) -> Vec<Option<Each>> {
    let all = match &declaration.for_each {
        None => vec![None],
        Some(located) if !is_early(stack, located, "for_each", diagnostics) => Vec::new(),
        Some(located) => each(stack, located, diagnostics).into_iter().map(Some).collect(),
    };
    let Some(when) = &declaration.when else { return all };
    if !is_early(stack, when, "when", diagnostics) {
        return all;
    }
    all.into_iter().filter(|each| boolean(stack, when, "`when`", each.as_ref(), true, diagnostics)).collect()
}

/// Whether a value refers to no resource, directly or by a local; says so if it does.
fn is_early(stack: &Stack, located: &Located, what: &str, diagnostics: &mut Diagnostics) -> bool {
    let mut early = true;
    for used in &located.uses {
        let through_local = used.reference.root == "locals" && deferred(stack, &used.reference);
        let resource = !["vars", "locals", "stack", "each"].contains(&used.reference.root.as_str());
        if resource || through_local {
            early = false;
            let detail =
                format!("`{what}` decides which resources there are, so it cannot depend on one: `{}`", used.reference);
            let problem = Diagnostic::error("stack/not-known-yet", "Must be known when the stack is loaded", detail)
                .at(&stack.places.within(used.span, &used.text))
                .help("take it from a variable or a local that depends on no resource");
            diagnostics.push(problem);
        }
    }
    early
}

fn deferred(stack: &Stack, reference: &Reference) -> bool {
    match reference.path.first() {
        Some(crate::expression::Step::Key(name)) => {
            matches!(stack.scope.locals.get(name), Some(super::scope::Local::Deferred(_)))
        }
        _ => stack.scope.locals.values().any(|local| matches!(local, super::scope::Local::Deferred(_))),
    }
}

fn each(stack: &Stack, located: &Located, diagnostics: &mut Diagnostics) -> Vec<Each> {
    let mut problem = |detail: String, help: &str| {
        let problem = Diagnostic::error("stack/bad-for-each", "Not something to go through", detail);
        diagnostics.push(problem.at(&stack.places.range(located.node.span)).help(help));
        Vec::new()
    };
    let mut inner = Diagnostics::default();
    let value = early(stack, located, None, &mut inner);
    if !inner.is_empty() {
        diagnostics.extend(inner);
        return Vec::new();
    }
    let wants = "give a list of strings, or a map";
    match value {
        Value::List(items) => {
            let mut seen = BTreeMap::new();
            for item in items {
                let Value::String(key) = &item else {
                    let kind = if item.has_secret() { "secret" } else { item.kind().name() };
                    return problem(format!("`for_each` holds a value of kind {kind}"), wants);
                };
                if seen.insert(key.clone(), item.clone()).is_some() {
                    return problem(format!("`for_each` holds {item} twice"), "each item names one instance");
                }
            }
            seen.into_iter().map(|(key, value)| Each { key, value }).collect()
        }
        Value::Map(entries) => entries.into_iter().map(|(key, value)| Each { key, value }).collect(),
        // The variable it comes from has been reported.
        Value::Unknown(_) => Vec::new(),
        Value::Secret(_) => problem("`for_each` is secret, and its keys would be shown".to_owned(), wants),
        other => problem(format!("`for_each` is of kind {}", other.kind().name()), wants),
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
            let kind = if other.has_secret() { "secret" } else { other.kind().name() };
            let problem =
                Diagnostic::error("stack/wrong-type", "Wrong type", format!("{what} is true or false, not {kind}"));
            diagnostics.push(problem.at(&stack.places.range(located.node.span)));
            fallback
        }
    }
}

fn lifecycle(
    stack: &Stack,
    declaration: &ResourceDeclaration,
    each: Option<&Each>,
    diagnostics: &mut Diagnostics,
) -> Lifecycle {
    let mut flag = |located: &Option<Located>, what: &str| match located {
        Some(located) if is_early(stack, located, what, diagnostics) => {
            boolean(stack, located, what, each, false, diagnostics)
        }
        _ => false,
    };
    let (protect, adopt) = (flag(&declaration.protect, "protect"), flag(&declaration.adopt, "adopt"));
    let retain =
        declaration.on_destroy.as_ref().is_some_and(|located| match early(stack, located, each, diagnostics) {
            Value::String(word) if word == "retain" => true,
            Value::String(word) if word == "delete" => false,
            _ => {
                let problem = Diagnostic::error("stack/bad-value", "Bad value", "`on_destroy` is `delete` or `retain`");
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
        ignore_changes: declaration.ignore_changes.clone(),
        timeouts: declaration.timeouts,
        moved_from: moved_from.collect(),
    }
}

fn dependencies(scope: &Scope, declaration: &ResourceDeclaration, each: Option<&Each>) -> BTreeSet<Address> {
    let mut found = BTreeSet::new();
    for used in &declaration.spec.uses {
        match each {
            Some(each) => scope.dependencies(&used.reference.with_key(&each.key), &mut found),
            None => scope.dependencies(&used.reference, &mut found),
        }
    }
    for (name, _) in &declaration.depends_on {
        match name.parse::<Address>() {
            Ok(address) if address.key().is_some() => {
                found.insert(address);
            }
            _ => scope.dependencies(&Reference { root: name.clone(), path: Vec::new() }, &mut found),
        }
    }
    found
}

fn check_depends_on(
    stack: &Stack,
    declaration: &ResourceDeclaration,
    names: &BTreeSet<&str>,
    diagnostics: &mut Diagnostics,
) {
    for (name, span) in &declaration.depends_on {
        let address: Option<Address> = name.parse().ok();
        let known = match &address {
            Some(address) => match (address.key(), stack.scope.resources.get(address.name())) {
                (Some(key), Some(instances)) => instances.keys.contains(key),
                (Some(_), None) => false,
                (None, _) => names.contains(address.name()),
            },
            None => false,
        };
        if !known {
            diagnostics.push(unknown_dependency(stack, name, *span, names));
        }
    }
}

fn unknown_dependency(stack: &Stack, name: &str, span: Span, names: &BTreeSet<&str>) -> Diagnostic {
    let detail = format!("there is no resource `{name}` to depend on");
    Diagnostic::error("stack/unknown-reference", "Unknown reference", detail)
        .at(&stack.places.range(span))
        .did_you_mean(name, names.iter().copied())
}

fn provider(
    stack: &Stack,
    declaration: &ResourceDeclaration,
    registry: &Registry,
    diagnostics: &mut Diagnostics,
) -> String {
    let family = declaration.resource_type.split('.').next().unwrap_or_default();
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
    } else if name != family && !stack.providers.contains_key(name) && registry.family(family).is_some() {
        let detail = format!("there is no provider configuration `{name}`");
        problem(detail, format!("add `{name}: {{ … }}` under `providers:`"));
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
