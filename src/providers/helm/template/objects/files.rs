//! `.Files`: what a chart has beside its templates.

use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};

use super::super::value::{Object, Value};
use super::super::{Failure, print};
use super::glob::Glob;
use crate::providers::helm::{chart, yaml};

/// Files by their names, from the chart's folder on.
pub(in super::super) struct Files(BTreeMap<Rc<str>, Rc<[u8]>>);

impl Files {
    pub(in super::super) fn of(files: &[chart::File]) -> Self {
        Self(files.iter().map(|file| (file.name.as_str().into(), file.data.as_slice().into())).collect())
    }

    fn get(&self, name: &str) -> Rc<[u8]> {
        self.0.get(name).cloned().unwrap_or_else(|| Rc::from([]))
    }

    fn text(&self, name: &str) -> String {
        self.0.get(name).map(|data| String::from_utf8_lossy(data).into_owned()).unwrap_or_default()
    }

    /// A pattern that cannot be read matches everything.
    fn glob(&self, pattern: &str) -> Files {
        let glob = Glob::parse(pattern);
        let matching = self.0.iter().filter(|(name, _)| glob.as_ref().is_none_or(|glob| glob.matches(name.as_ref())));
        Files(matching.map(|(name, data)| (name.clone(), data.clone())).collect())
    }

    fn lines(&self, name: &str) -> Value {
        let text = self.text(name);
        if text.is_empty() {
            return Value::strings([] as [&str; 0]);
        }
        Value::strings(text.strip_suffix('\n').unwrap_or(&text).split('\n'))
    }

    /// YAML of the files' names, without their folders, with what is in them.
    fn config(&self, content: impl Fn(&[u8]) -> String) -> Value {
        let entries: Map<String, Json> = self
            .0
            .iter()
            .map(|(name, data)| {
                let base = name.rsplit('/').next().unwrap_or(name);
                (base.to_owned(), Json::String(content(data)))
            })
            .collect();
        let yaml = yaml::json_to_yaml(&Json::Object(entries));
        Value::string(yaml.strip_suffix('\n').unwrap_or(&yaml))
    }
}

impl Object for Files {
    fn type_name(&self) -> &str {
        "engine.files"
    }

    fn kind(&self) -> &str {
        "map"
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(Value::Bytes(self.get(name)))
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, Failure>> {
        let expected = match name {
            "Get" | "GetBytes" | "Glob" | "Lines" => 1,
            "AsConfig" | "AsSecrets" => 0,
            _ => return None,
        };
        if arguments.len() != expected {
            let message = format!("wrong number of args for {name}: want {expected} got {}", arguments.len());
            return Some(Err(Failure(message)));
        }
        let argument = match arguments.first() {
            None => "",
            Some(Value::String(text)) => text,
            Some(Value::Nil) => return Some(Err(Failure::new("invalid value; expected string"))),
            Some(other) => {
                let message = format!("wrong type for value; expected string; got {}", print::type_name(other));
                return Some(Err(Failure(message)));
            }
        };
        Some(Ok(match name {
            "Get" => Value::string(self.text(argument)),
            "GetBytes" => Value::Bytes(self.get(argument)),
            "Glob" => Value::Object(Rc::new(self.glob(argument))),
            "Lines" => self.lines(argument),
            "AsConfig" => self.config(|data| String::from_utf8_lossy(data).into_owned()),
            _ => self.config(|data| STANDARD.encode(data)),
        }))
    }

    fn elements(&self) -> Option<Vec<(Value, Value)>> {
        Some(self.0.iter().map(|(name, data)| (Value::String(name.clone()), Value::Bytes(data.clone()))).collect())
    }

    fn print(&self) -> String {
        let entries = self.0.iter().map(|(name, data)| (name.clone(), Value::Bytes(data.clone())));
        print::print(&Value::map(entries))
    }

    fn json(&self) -> Json {
        Json::Object(
            self.0.iter().map(|(name, data)| (name.to_string(), Json::String(STANDARD.encode(data)))).collect(),
        )
    }
}
