//! Helm's functions that know of the templates around them, and of the cluster.

use std::rc::Rc;

use serde_json::Value as Json;

use super::super::lookup::Lookup;
use super::super::print::{NO_VALUE, type_name};
use super::super::syntax::tree::Span;
use super::super::value::Value;
use super::engine::{State, TPL};
use super::{Executed, TemplateSet};

/// How often a template may be including itself, as Helm counts.
const SELF_INCLUSIONS: usize = 1_000;

impl State<'_, '_> {
    fn text(&self, span: &Span, value: &Value) -> Executed<Rc<str>> {
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Nil => self.fail(span, "invalid value; expected string"),
            other => self.fail(span, format!("wrong type for value; expected string; got {}", type_name(other))),
        }
    }

    pub(super) fn include(&self, span: &Span, values: &[Value]) -> Executed<Value> {
        let [name, data] = values else { return Ok(Value::Nil) };
        let name = self.text(span, name)?;
        let Some(tree) = self.set.find(&name) else { return self.no_template(span, &name) };
        if self.engine.included.borrow().get(&name).is_some_and(|count| *count > SELF_INCLUSIONS) {
            let message = format!(
                "error calling include: rendering template has a nested reference name: {name}: unable to execute template"
            );
            return self.fail(span, message);
        }
        *self.engine.included.borrow_mut().entry(name.clone()).or_default() += 1;
        let text = self.engine.execute(self.set, tree, data.clone());
        if let Some(count) = self.engine.included.borrow_mut().get_mut(&name) {
            *count -= 1;
        }
        Ok(Value::string(text.map_err(|error| self.called_from(span, error))?))
    }

    fn no_template<T>(&self, span: &Span, name: &str) -> Executed<T> {
        let nearest = self
            .set
            .names()
            .into_iter()
            .map(|known| (strsim::jaro_winkler(&known, name), known))
            .filter(|(likeness, _)| *likeness > 0.85)
            .max_by(|(one, _), (other, _)| one.total_cmp(other));
        let hint = nearest.map(|(_, known)| format!("; is {known:?} meant?")).unwrap_or_default();
        let message =
            format!("error calling include: template: no template {name:?} associated with template \"gotpl\"{hint}");
        self.fail(span, message)
    }

    pub(super) fn tpl(&self, span: &Span, values: &[Value]) -> Executed<Value> {
        let [text, data] = values else { return Ok(Value::Nil) };
        let text = self.text(span, text)?;
        if !text.contains("{{") {
            // Nothing to carry out.
            let text = if text.contains(NO_VALUE) { text.replace(NO_VALUE, "").into() } else { text };
            return Ok(Value::String(text));
        }
        let trees = self.engine.parse_once(&text).map_err(|error| self.called_from(span, error))?;
        let Some(own) = trees.iter().find(|tree| *tree.name == *TPL) else { return Ok(Value::string("")) };
        let rendered = if let [own] = &*trees {
            self.engine.execute(self.set, own, data.clone())
        } else {
            let mut set = TemplateSet::within(self.set.clone());
            trees.iter().for_each(|tree| set.add(tree.clone()));
            self.engine.execute(&Rc::new(set), own, data.clone())
        };
        let rendered = rendered.map_err(|error| self.called_from(span, error))?;
        Ok(Value::string(without_no_value(rendered)))
    }

    pub(super) fn required(&self, span: &Span, values: &[Value]) -> Executed<Value> {
        let [warning, value] = values else { return Ok(Value::Nil) };
        let warning = self.text(span, warning)?;
        match value {
            Value::Nil => self.fail(span, &*warning),
            Value::String(text) if text.is_empty() => self.fail(span, &*warning),
            value => Ok(value.clone()),
        }
    }

    pub(super) fn fail_as_told(&self, span: &Span, values: &[Value]) -> Executed<Value> {
        let message = match values {
            [message] => self.text(span, message)?,
            _ => "".into(),
        };
        self.fail(span, &*message)
    }

    pub(super) fn lookup(&self, span: &Span, values: &[Value]) -> Executed<Value> {
        let mut texts = Vec::with_capacity(values.len());
        for value in values {
            texts.push(self.text(span, value)?.to_string());
        }
        let [api_version, kind, namespace, name] = <[String; 4]>::try_from(texts).unwrap_or_default();
        let lookup = Lookup { api_version, kind, namespace, name };
        match self.engine.lookups.get(&lookup) {
            Some(found) => Ok(from_cluster(found)),
            None => {
                self.engine.note(lookup);
                Ok(from_cluster(&Json::Object(serde_json::Map::new())))
            }
        }
    }
}

/// An object of a cluster: its whole numbers are int64, other than those of values files.
fn from_cluster(json: &Json) -> Value {
    match json {
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int64(whole),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        Json::Array(items) => Value::list(items.iter().map(from_cluster)),
        Json::Object(entries) => Value::map(entries.iter().map(|(key, entry)| (key.as_str(), from_cluster(entry)))),
        plain => Value::from_json(plain),
    }
}

/// Helm takes out what Go writes for values that are not there, wherever it comes from.
pub(in super::super) fn without_no_value(text: String) -> String {
    if text.contains(NO_VALUE) { text.replace(NO_VALUE, "") } else { text }
}
