//! What the names in an expression stand for.

use std::collections::{BTreeMap, BTreeSet};

use super::Known;
use super::reader::Located;
use crate::address::{Address, StackName};
use crate::expression::{Evaluator, Missing, Reference, Step};
use crate::value::{Attributes, Segment, Value};

/// The key and value of one instance under `for_each`.
#[derive(Clone, Debug, PartialEq)]
pub struct Each {
    pub key: String,
    pub value: Value,
}

pub(super) struct Scope {
    pub(super) stack: StackName,
    pub(super) variables: BTreeMap<String, Value>,
    pub(super) locals: BTreeMap<String, Local>,
    /// Every resource of the file, also those with no instance.
    pub(super) resources: BTreeMap<String, Instances>,
}

pub(super) enum Local {
    Known(Value),
    /// Needs resources, so it is computed wherever it is used.
    Deferred(Located),
}

/// The instances of one resource.
#[derive(Clone, Debug)]
pub(super) struct Instances {
    pub(super) for_each: bool,
    pub(super) keys: BTreeSet<String>,
    /// Without `for_each`: whether `when` lets it be.
    pub(super) present: bool,
    /// Every attribute its type has.
    pub(super) attributes: Vec<String>,
}

impl Scope {
    /// The value a reference leads to, with what is `known` of resources.
    pub(super) fn lookup(
        &self,
        reference: &Reference,
        each: Option<&Each>,
        evaluator: &Evaluator,
        known: Known<'_>,
    ) -> Result<Value, Missing> {
        let path = reference.path.as_slice();
        match (reference.root.as_str(), path) {
            ("vars", [Step::Key(name), rest @ ..]) => walk(self.variables.get(name).ok_or(Missing::at(0))?, rest, 1),
            ("vars", []) => Ok(Value::Map(self.variables.clone())),
            ("locals", [Step::Key(name), rest @ ..]) => match self.locals.get(name).ok_or(Missing::at(0))? {
                Local::Known(value) => walk(value, rest, 1),
                Local::Deferred(located) => {
                    let lookup = |inner: &Reference| self.lookup(inner, None, evaluator, known);
                    let value = located
                        .template
                        .evaluate(evaluator, &lookup)
                        .map_err(|error| Missing { steps: 1, message: Some(error.to_string()) })?;
                    walk(&value, rest, 1)
                }
            },
            ("stack", [Step::Key(name)]) if name == "name" => Ok(Value::from(self.stack.as_str())),
            ("each", [Step::Key(name), rest @ ..]) => match (each, name.as_str()) {
                (Some(each), "key") => walk(&Value::from(each.key.as_str()), rest, 1),
                (Some(each), "value") => walk(&each.value, rest, 1),
                _ => Err(Missing::at(0)),
            },
            (name, path) => match self.resources.get(name) {
                Some(instances) => resource(name, instances, path, known),
                None => Err(Missing::at(0)),
            },
        }
    }

    /// The instances a reference needs, those behind locals included.
    pub(super) fn dependencies(&self, reference: &Reference, found: &mut BTreeSet<Address>) {
        if reference.root == "locals" {
            let named = match reference.path.first() {
                Some(Step::Key(name)) => self.locals.get(name).into_iter().collect(),
                _ => self.locals.values().collect::<Vec<_>>(),
            };
            for local in named {
                if let Local::Deferred(located) = local {
                    located.uses.iter().for_each(|used| self.dependencies(&used.reference, found));
                }
            }
            return;
        }
        let Some(instances) = self.resources.get(&reference.root) else { return };
        match (instances.for_each, reference.path.first()) {
            (true, Some(Step::Key(key))) if instances.keys.contains(key) => {
                found.insert(Address::instance(&reference.root, key));
            }
            (true, _) => found.extend(instances.keys.iter().map(|key| Address::instance(&reference.root, key))),
            (false, _) if instances.present => {
                found.insert(Address::single(&reference.root));
            }
            (false, _) => {}
        }
    }

    pub(super) fn secret_texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for value in self.variables.values() {
            collect_texts(value, false, &mut texts);
        }
        texts
    }
}

fn collect_texts(value: &Value, secret: bool, texts: &mut Vec<String>) {
    match value {
        Value::Secret(content) => {
            if let Some(content) = content.revealed() {
                collect_texts(content, true, texts);
            }
        }
        Value::List(items) => items.iter().for_each(|item| collect_texts(item, secret, texts)),
        Value::Map(entries) => entries.values().for_each(|entry| collect_texts(entry, secret, texts)),
        Value::String(text) if secret && !text.is_empty() => texts.push(text.clone()),
        _ => {}
    }
}

/// Follows the rest of a path; `taken` steps are behind us.
fn walk(value: &Value, path: &[Step], taken: usize) -> Result<Value, Missing> {
    let Some((step, rest)) = path.split_first() else {
        return Ok(value.clone());
    };
    let segment = match step {
        Step::Key(key) => Segment::Key(key.clone()),
        Step::Index(index) => Segment::Index(*index),
        Step::EachKey => return Err(Missing::at(taken)),
    };
    match value {
        Value::Unknown(_) => Ok(Value::Unknown(crate::value::Kind::Any)),
        Value::Secret(secret) => match secret.revealed() {
            Some(content) => walk(content, path, taken).map(Value::into_secret),
            None => Ok(value.clone()),
        },
        value => walk(value.at(&[segment]).ok_or(Missing::at(taken))?, rest, taken + 1),
    }
}

fn resource(name: &str, instances: &Instances, path: &[Step], known: Known<'_>) -> Result<Value, Missing> {
    if !instances.for_each {
        if !instances.present {
            let off = || Missing { steps: 0, message: Some(format!("`{name}` is switched off by its `when`")) };
            return if path.is_empty() { Ok(Value::Null) } else { Err(off()) };
        }
        return attribute(instances, known(&Address::single(name)), path, 0);
    }
    match path.split_first() {
        Some((Step::Key(key), rest)) if instances.keys.contains(key) => {
            attribute(instances, known(&Address::instance(name, key)), rest, 1)
        }
        Some(_) => Err(Missing::at(0)),
        None => {
            let all = instances.keys.iter().map(|key| {
                let value = attribute(instances, known(&Address::instance(name, key)), &[], 1)?;
                Ok((key.clone(), value))
            });
            Ok(Value::Map(all.collect::<Result<_, _>>()?))
        }
    }
}

fn attribute(
    instances: &Instances,
    attributes: Option<&Attributes>,
    path: &[Step],
    taken: usize,
) -> Result<Value, Missing> {
    let Some(attributes) = attributes else {
        // Its own problems are reported elsewhere.
        return Ok(Value::Unknown(crate::value::Kind::Any));
    };
    match path.split_first() {
        None => Ok(Value::Map(attributes.clone())),
        Some((Step::Key(name), rest)) => match attributes.get(name) {
            Some(value) => walk(value, rest, taken + 1),
            None if instances.attributes.contains(name) => walk(&Value::Null, rest, taken + 1),
            None => Err(Missing::at(taken)),
        },
        Some(_) => Err(Missing::at(taken)),
    }
}
