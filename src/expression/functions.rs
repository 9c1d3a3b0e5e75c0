//! The functions expressions have beyond CEL's own.
//!
//! Each can be called as `f(x, …)` and as `x.f(…)`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cel::extractors::This;
use cel::{Context, ExecutionError, Value as Cel};
use sha2::{Digest, Sha256};

use super::cel_value::{from_value, into_value};
use crate::value::Value;

type Reader = dyn Fn(&str) -> Result<String, String> + Send + Sync;

/// Where `file(…)` and `manifests(…)` read from. The content of a path that ends with `/` is the names of the files
/// in that folder, a line each, in order. What was read once stays the same for the whole run.
#[derive(Clone)]
pub struct Files {
    reader: Arc<Reader>,
    read: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Files {
    pub fn new(reader: impl Fn(&str) -> Result<String, String> + Send + Sync + 'static) -> Self {
        Self { reader: Arc::new(reader), read: Arc::default() }
    }

    /// No file can be read.
    pub fn none() -> Self {
        Self::new(|path| Err(format!("`{path}` cannot be read here")))
    }

    /// Only the given files are there.
    pub fn fixed(files: BTreeMap<String, String>) -> Self {
        let read = Arc::new(Mutex::new(files));
        Self { read, ..Self::none() }
    }

    /// Every file read so far, by the path the stack names it with.
    pub fn contents(&self) -> BTreeMap<String, String> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn get(&self, path: &str) -> Result<String, String> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = read.get(path) {
            return Ok(text.clone());
        }
        let text = (self.reader)(path)?;
        read.insert(path.to_owned(), text.clone());
        Ok(text)
    }
}

type Answer = Result<Value, String>;

pub(super) fn declare(context: &mut Context<'_, '_>, files: Files) {
    let of_manifests = files.clone();
    one(context, "manifests", move |path| super::manifests::read(&of_manifests, text(&path)?));
    one(context, "file", move |path| files.get(text(&path)?).map(Value::String));
    one(context, "json", |value| serde_json::to_string(&value.to_json()).map(Value::String).map_err(|e| e.to_string()));
    one(context, "parse_json", |value| {
        let json: serde_json::Value = serde_json::from_str(text(&value)?).map_err(|error| error.to_string())?;
        Ok(Value::from(json))
    });
    one(context, "yaml", |value| {
        serde_yaml::to_string(&value.to_json()).map(Value::String).map_err(|error| error.to_string())
    });
    one(context, "base64", |value| Ok(Value::String(BASE64_STANDARD.encode(text(&value)?))));
    one(context, "sha256", |value| {
        let digest = Sha256::digest(text(&value)?.as_bytes());
        Ok(Value::String(digest.iter().map(|byte| format!("{byte:02x}")).collect()))
    });
    one(context, "lower", |value| Ok(Value::String(text(&value)?.to_lowercase())));
    one(context, "upper", |value| Ok(Value::String(text(&value)?.to_uppercase())));
    one(context, "trim", |value| Ok(Value::from(text(&value)?.trim())));
    one(context, "host", |value| host(text(&value)?).map(Value::from));
    two(context, "split", |value, separator| {
        let separator = text(&separator)?;
        if separator.is_empty() {
            return Err("the separator is empty".to_owned());
        }
        Ok(Value::from(text(&value)?.split(separator).collect::<Vec<_>>()))
    });
    two(context, "join", |list, separator| {
        let items = list.as_list().ok_or_else(|| expected("a list", &list))?;
        let items: Result<Vec<_>, _> = items.iter().map(text).collect();
        Ok(Value::String(items?.join(text(&separator)?)))
    });
    three(context, "replace", |value, from, to| Ok(Value::String(text(&value)?.replace(text(&from)?, text(&to)?))));
}

/// The host of a URL: without scheme, user, port and path.
fn host(url: &str) -> Result<&str, String> {
    let (_, rest) = url.split_once("://").ok_or_else(|| format!("`{url}` is not a URL"))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.starts_with('[') {
        true => host.split_inclusive(']').next().unwrap_or_default(),
        false => host.split(':').next().unwrap_or_default(),
    };
    if host.is_empty() { Err(format!("`{url}` has no host")) } else { Ok(host) }
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| expected("a string", value))
}

fn expected(what: &str, value: &Value) -> String {
    match value {
        Value::List(_) | Value::Map(_) => format!("expected {what}, found {}", value.kind().noun()),
        _ => format!("expected {what}, found {value}"),
    }
}

fn one(context: &mut Context<'_, '_>, name: &'static str, call: impl Fn(Value) -> Answer + Send + Sync + 'static) {
    let function = move |This(this): This<Cel>| answer(name, into_value(this).and_then(&call));
    register(name, context.add_function(name, function));
}

fn two(
    context: &mut Context<'_, '_>,
    name: &'static str,
    call: impl Fn(Value, Value) -> Answer + Send + Sync + 'static,
) {
    let function = move |This(this): This<Cel>, first: Cel| {
        answer(name, into_value(this).and_then(|this| call(this, into_value(first)?)))
    };
    register(name, context.add_function(name, function));
}

fn three(
    context: &mut Context<'_, '_>,
    name: &'static str,
    call: impl Fn(Value, Value, Value) -> Answer + Send + Sync + 'static,
) {
    let function = move |This(this): This<Cel>, first: Cel, second: Cel| {
        answer(name, into_value(this).and_then(|this| call(this, into_value(first)?, into_value(second)?)))
    };
    register(name, context.add_function(name, function));
}

fn answer(name: &str, result: Answer) -> Result<Cel, ExecutionError> {
    result.map(from_value).map_err(|message| ExecutionError::function_error(name, message))
}

fn register(name: &str, declared: Result<(), cel::DeclarationError>) {
    // Only a clash with a function of CEL itself can fail, and the tests call every one of ours.
    debug_assert!(declared.is_ok(), "{name}: {declared:?}");
}

#[cfg(test)]
mod tests {
    use super::super::{Evaluator, Expression, Missing};
    use super::*;

    fn evaluate(source: &str) -> Result<Value, String> {
        let files = Files::fixed(BTreeMap::from([
            ("a.txt".to_owned(), "hello".to_owned()),
            ("a.json".to_owned(), r#"{"kind": "Pod"}"#.to_owned()),
        ]));
        let expression = Expression::parse(source).map_err(|(_, message)| message)?;
        let lookup = |_: &super::super::Reference| Err(Missing::at(0));
        Evaluator::new(files).evaluate(&expression, &lookup).map_err(|error| error.message)
    }

    #[test]
    fn every_function_does_what_its_name_says() {
        let table = [
            ("file('a.txt')", "\"hello\""),
            ("manifests('a.json').map(m, m.kind)", r#"["Pod"]"#),
            ("json({'a': [1, 2.5, null, true]})", r#""{\"a\":[1,2.5,null,true]}""#),
            ("parse_json('{\"a\": 1}').a + 1", "2"),
            ("yaml({'a': 'true'})", r#""a: 'true'\n""#),
            ("base64('hi')", "\"aGk=\""),
            ("sha256('')", "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""),
            ("'aXa'.replace('X', '-')", "\"a-a\""),
            ("split('a,b', ',')", r#"["a", "b"]"#),
            ("['a', 'b'].join('-')", "\"a-b\""),
            ("lower('AbC') + upper('x') + trim(' y ')", "\"abcXy\""),
            ("host('https://user@example.org:8443/id/1')", "\"example.org\""),
            ("host('https://[::1]:8443/')", "\"[::1]\""),
        ];
        for (source, expected) in table {
            assert_eq!(evaluate(source).map(|value| value.to_string()).as_deref(), Ok(expected), "{source}");
        }
        let ours = super::super::call::FUNCTIONS.iter().map(|(name, _)| name).take_while(|name| **name != "bool");
        for name in ours {
            assert!(table.iter().any(|(source, _)| source.contains(&format!("{name}("))), "{name} is not tried");
        }
    }

    #[test]
    fn a_wrong_argument_is_named() {
        assert_eq!(evaluate("lower(1)"), Err("lower: expected a string, found 1".to_owned()));
        assert_eq!(evaluate("host('x')"), Err("host: `x` is not a URL".to_owned()));
        assert!(evaluate("file('b.txt')").unwrap_err().contains("b.txt"));
    }
}
