//! What the names in an expression stand for.

use std::collections::{BTreeMap, BTreeSet};

use super::Known;
use super::reader::Located;
use crate::address::{Address, StackName};
use crate::expression::{Evaluator, Missing, Reference, Step};
use crate::value::{Attributes, Kind, Segment, Value};

/// The key and value of one instance under `for_each`.
#[derive(Clone, Debug, PartialEq)]
pub struct Each {
    pub key: String,
    pub value: Value,
}

/// What the names in expressions stand for.
///
/// A name that stands for nothing is reported when the stack is loaded, and unknown from then on.
pub(super) struct Scope {
    pub(super) stack: StackName,
    pub(super) variables: BTreeMap<String, Value>,
    pub(super) locals: BTreeMap<String, Local>,
    /// The name of every resource of the file, also of those that cannot be made sense of.
    pub(super) names: BTreeSet<String>,
    /// Every resource of the file, also those with no instance.
    pub(super) resources: BTreeMap<String, Instances>,
}

pub(super) enum Local {
    Known(Value),
    /// Needs resources, so it is computed wherever it is used, and so many others below it.
    Deferred(Located, usize),
}

/// The instances of one resource.
#[derive(Clone, Debug)]
pub(super) struct Instances {
    pub(super) for_each: bool,
    pub(super) keys: BTreeSet<String>,
    /// Keys of `for_each` that `when` switches off.
    pub(super) off: BTreeSet<String>,
    /// Whether the keys could be told; if not, that has been reported.
    pub(super) certain: bool,
    /// Without `for_each`: whether `when` lets it be.
    pub(super) present: bool,
    /// Every attribute its type has.
    pub(super) attributes: Vec<String>,
}

const UNKNOWN: Value = Value::Unknown(Kind::Any);

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
            ("vars", [Step::Key(name), rest @ ..]) => walk(self.variables.get(name).unwrap_or(&UNKNOWN), rest, 1),
            ("vars", []) => Ok(Value::Map(self.variables.clone())),
            ("locals", [Step::Key(name), rest @ ..]) => match self.locals.get(name) {
                Some(Local::Known(value)) => walk(value, rest, 1),
                Some(Local::Deferred(located, _)) => walk(&self.deferred(name, located, evaluator, known)?, rest, 1),
                None => Ok(UNKNOWN),
            },
            ("stack", [Step::Key(name)]) if name == "name" => Ok(Value::from(self.stack.as_str())),
            ("each", [Step::Key(name), rest @ ..]) => match (each, name.as_str()) {
                (Some(each), "key") => walk(&Value::from(each.key.as_str()), rest, 1),
                (Some(each), "value") => walk(&each.value, rest, 1),
                _ => Ok(UNKNOWN),
            },
            (name, path) => match self.resources.get(name) {
                Some(instances) => resource(name, instances, path, known),
                None => Ok(UNKNOWN),
            },
        }
    }

    /// A local that needs resources. What fails in it is told of the local, not of each of its uses.
    fn deferred(
        &self,
        name: &str,
        located: &Located,
        evaluator: &Evaluator,
        known: Known<'_>,
    ) -> Result<Value, Missing> {
        let lookup = |inner: &Reference| self.lookup(inner, None, evaluator, known);
        located.template.evaluate(evaluator, &lookup).map_err(|mut failure| {
            failure.local.get_or_insert_with(|| name.to_owned());
            Missing { cause: Some(Box::new(failure)), ..Missing::at(1) }
        })
    }

    /// The instances a reference needs, those behind locals included.
    pub(super) fn dependencies(&self, reference: &Reference, found: &mut BTreeSet<Address>) {
        if reference.root == "locals" {
            return self.behind_locals(reference, &mut BTreeSet::new(), found);
        }
        let Some(instances) = self.resources.get(&reference.root) else { return };
        match (instances.for_each, reference.path.first()) {
            (true, Some(Step::Key(key))) if instances.keys.contains(key) => {
                found.insert(Address::instance(&reference.root, key));
            }
            (true, Some(Step::Key(key))) if instances.off.contains(key) => {}
            (true, _) => found.extend(instances.keys.iter().map(|key| Address::instance(&reference.root, key))),
            (false, _) if instances.present => {
                found.insert(Address::single(&reference.root));
            }
            (false, _) => {}
        }
    }

    /// Each local is looked through once, however many ways lead to it.
    fn behind_locals<'a>(
        &'a self,
        reference: &'a Reference,
        seen: &mut BTreeSet<&'a str>,
        found: &mut BTreeSet<Address>,
    ) {
        let named: Vec<_> = match reference.path.first() {
            Some(Step::Key(name)) => self.locals.get_key_value(name).into_iter().collect(),
            _ => self.locals.iter().collect(),
        };
        for (name, local) in named {
            let Local::Deferred(located, _) = local else { continue };
            if !seen.insert(name) {
                continue;
            }
            for (_, used) in located.uses() {
                match used.root.as_str() {
                    "locals" => self.behind_locals(used, seen, found),
                    _ => self.dependencies(used, found),
                }
            }
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
        Value::Unknown(_) => Ok(UNKNOWN),
        Value::Secret(secret) => match secret.revealed() {
            Some(content) => walk(content, path, taken).map(Value::into_secret),
            None => Ok(value.clone()),
        },
        value => walk(value.at(&[segment]).ok_or(Missing::at(taken))?, rest, taken + 1),
    }
}

fn resource(name: &str, instances: &Instances, path: &[Step], known: Known<'_>) -> Result<Value, Missing> {
    let off = |what: &str| Missing::because(format!("`{what}` is switched off by its `when`"));
    if !instances.certain {
        return Ok(UNKNOWN);
    }
    if !instances.for_each {
        if !instances.present {
            return if path.is_empty() { Ok(Value::Null) } else { Err(off(name)) };
        }
        return attribute(instances, known(&Address::single(name)), path, 0);
    }
    match path.split_first() {
        Some((Step::Key(key), rest)) if instances.keys.contains(key) => {
            attribute(instances, known(&Address::instance(name, key)), rest, 1)
        }
        Some((Step::Key(key), [])) if instances.off.contains(key) => Ok(Value::Null),
        Some((Step::Key(key), _)) if instances.off.contains(key) => Err(off(&Address::instance(name, key).to_string())),
        Some((Step::Key(key), _)) => Err(Missing::because(no_instance(name, key, instances))),
        // Instances go by key, which has been said.
        Some(_) => Ok(UNKNOWN),
        None => {
            let all = instances.keys.iter().map(|key| {
                let value = attribute(instances, known(&Address::instance(name, key)), &[], 1)?;
                Ok((key.clone(), value))
            });
            Ok(Value::Map(all.collect::<Result<_, _>>()?))
        }
    }
}

fn no_instance(name: &str, key: &str, instances: &Instances) -> String {
    const SHOWN: usize = 5;
    let keys: Vec<_> = instances.keys.iter().take(SHOWN).map(|key| format!("`{key}`")).collect();
    let more = if instances.keys.len() > SHOWN { ", …" } else { "" };
    match keys.is_empty() {
        true => format!("`{name}` has no instance `{key}`: its `for_each` is empty"),
        false => format!("`{name}` has no instance `{key}`; it has {}{more}", keys.join(", ")),
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
        return Ok(UNKNOWN);
    };
    match path.split_first() {
        None => Ok(Value::Map(attributes.clone())),
        Some((Step::Key(name), rest)) => match attributes.get(name) {
            Some(value) => walk(value, rest, taken + 1),
            None if instances.attributes.contains(name) => walk(&Value::Null, rest, taken + 1),
            // There is no such attribute, which has been reported.
            None => Ok(UNKNOWN),
        },
        Some(_) => Err(Missing::at(taken)),
    }
}
