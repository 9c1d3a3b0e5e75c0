//! Has every family look at the resources of the stack side by side: dependencies that no one wrote down,
//! and mistakes that no resource shows alone.

use std::collections::{BTreeMap, BTreeSet};

use super::Stack;
use crate::address::Address;
use crate::diagnostic::Diagnostics;
use crate::provider::{Declared, Registry};
use crate::value::{Attributes, Value};

pub(super) fn look(stack: &mut Stack, registry: &Registry, diagnostics: &mut Diagnostics) {
    let concerned = |name: &str| stack.resources.values().any(|resource| resource.resource_type.family() == name);
    let families: Vec<_> =
        registry.families().filter(|family| family.looks_together() && concerned(family.name())).collect();
    if families.is_empty() {
        return;
    }
    let known = attributes(stack);
    let declared: Vec<_> =
        known.iter().filter_map(|(address, attributes)| declared(stack, address, attributes)).collect();
    let mut wanted = Vec::new();
    for family in families {
        let together = family.together(&declared);
        for (index, finding) in together.findings {
            if let Some(resource) = stack.resources.get(declared[index].address) {
                diagnostics.push(stack.place(resource, finding));
            }
        }
        let address = |index: usize| declared[index].address.clone();
        wanted.extend(together.dependencies.into_iter().map(|(from, to)| (address(from), address(to))));
    }
    for (from, to) in wanted {
        // What someone wrote down comes first.
        if !reaches(stack, &to, &from)
            && let Some(resource) = stack.resources.get_mut(&from)
        {
            resource.dependencies.insert(to);
        }
    }
}

fn declared<'a>(stack: &'a Stack, address: &'a Address, attributes: &'a Attributes) -> Option<Declared<'a>> {
    let resource = stack.resources.get(address)?;
    let unknown = attributes.iter().filter(|(_, value)| value.has_unknown());
    let written = unknown.filter_map(|(name, _)| Some((name.as_str(), resource.written(stack, name)?))).collect();
    Some(Declared { address, resource_type: &*resource.resource_type, attributes, written })
}

/// What can be told of every resource without a cloud. One that is not as its type wants it is left out.
fn attributes(stack: &Stack) -> BTreeMap<Address, Attributes> {
    let mut known: BTreeMap<Address, Attributes> = BTreeMap::new();
    for address in in_order(stack) {
        let resource = &stack.resources[&address];
        if let Ok(mut attributes) = stack.desired(resource, &|address| known.get(address)) {
            attributes.extend(resource.resource_type.planned_outputs(&attributes, None));
            known.insert(address, attributes);
        }
    }
    known
}

/// Each after what it depends on, but for circles.
fn in_order(stack: &Stack) -> Vec<Address> {
    let (mut order, mut seen) = (Vec::new(), BTreeSet::new());
    for start in stack.resources.keys() {
        let mut path = vec![(start, false)];
        while let Some((address, done)) = path.pop() {
            if done {
                order.push(address.clone());
            } else if seen.insert(address) {
                path.push((address, true));
                let needs = stack.resources.get(address).into_iter().flat_map(|resource| &resource.dependencies);
                path.extend(needs.filter(|needed| stack.resources.contains_key(needed)).map(|needed| (needed, false)));
            }
        }
    }
    order
}

fn reaches(stack: &Stack, from: &Address, to: &Address) -> bool {
    let (mut path, mut seen) = (vec![from], BTreeSet::new());
    while let Some(address) = path.pop() {
        if address == to {
            return true;
        }
        if seen.insert(address) {
            path.extend(stack.resources.get(address).into_iter().flat_map(|resource| &resource.dependencies));
        }
    }
    false
}

impl super::Resource {
    /// How a field of the spec is written, together with what makes it differ from instance to instance.
    fn written(&self, stack: &Stack, field: &str) -> Option<String> {
        let node = self.declaration.spec.node.entry(field)?;
        let range = stack.places.range(node.span);
        let text = &range.source.text[range.start.offset..range.end.offset];
        let text: String = text.chars().filter(|letter| !letter.is_whitespace() && !"\"'".contains(*letter)).collect();
        let key = self.each.as_ref().map(|each| Value::from(each.key.clone()).to_string()).unwrap_or_default();
        Some(if text.contains("each") { format!("{text} {key}") } else { text })
    }
}
