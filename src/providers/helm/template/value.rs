//! What templates compute with: Go's values, as far as a chart can tell them apart.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use serde_json::Value as Json;

use super::Failure;

/// A value of a template. Lists never change; maps are shared and do, as in Go.
#[derive(Clone, Default)]
pub(crate) enum Value {
    #[default]
    Nil,
    Bool(bool),
    /// Go's `int`: literals of templates, lengths, what `int` and `until` give.
    Int(i64),
    /// What `int64`, `add` and their like give.
    Int64(i64),
    Uint64(u64),
    /// Every number that comes out of YAML or JSON.
    Float(f64),
    String(Rc<str>),
    /// Go's `[]byte`, such as what `.Files.GetBytes` gives.
    Bytes(Rc<[u8]>),
    List(List),
    Map(Map),
    /// What has fields of certain names and methods: `.Chart`, `.Files`, `.Capabilities`, versions, times.
    Object(Rc<dyn Object>),
}

/// What a list or a map is declared to hold: `[]string` is another type than `[]interface {}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Element {
    #[default]
    Any,
    String,
    Int,
}

#[derive(Clone, Default)]
pub(crate) struct List {
    pub(crate) items: Rc<[Value]>,
    pub(crate) of: Element,
    /// Go's nil slice: empty like any other, but `null` in JSON and YAML.
    pub(crate) nil: bool,
}

/// Keys are in order, as in everything that Go prints of a map.
#[derive(Clone, Default)]
pub(crate) struct Map {
    pub(crate) entries: Rc<RefCell<BTreeMap<Rc<str>, Value>>>,
    pub(crate) of: Element,
}

/// A Go struct with its methods.
pub(crate) trait Object {
    /// As `typeOf` has it, such as `*semver.Version`.
    fn type_name(&self) -> &str;

    /// As `kindOf` has it: `struct`, `ptr`, `slice`, `map`.
    fn kind(&self) -> &str {
        "struct"
    }

    /// The field, or `None` where there is none of that name, which is an error in Go.
    fn field(&self, name: &str) -> Option<Value>;

    /// Calls a method; `None` where there is none of that name.
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, Failure>>;

    /// What `range` goes through, as keys or indexes and what they stand for; `None` for what has no elements.
    fn elements(&self) -> Option<Vec<(Value, Value)>> {
        None
    }

    /// As `%v` prints it.
    fn print(&self) -> String;

    /// As an action shows it, where that is not the same: Go finds more methods there.
    fn show(&self) -> String {
        self.print()
    }

    /// As `toJson` and `toYaml` have it.
    fn json(&self) -> Json;
}

impl Value {
    pub(crate) fn string(text: impl Into<Rc<str>>) -> Self {
        Value::String(text.into())
    }

    pub(crate) fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Value::list_of(Element::Any, items)
    }

    /// Go's `[]string`.
    pub(crate) fn strings(items: impl IntoIterator<Item = impl Into<Rc<str>>>) -> Self {
        Value::list_of(Element::String, items.into_iter().map(|item| Value::String(item.into())))
    }

    pub(crate) fn list_of(of: Element, items: impl IntoIterator<Item = Value>) -> Self {
        Value::List(List { items: items.into_iter().collect(), of, nil: false })
    }

    /// What Go has of a list that it began and added nothing to.
    pub(crate) fn list_or_nil(of: Element, items: impl IntoIterator<Item = Value>) -> Self {
        let items: Rc<[Value]> = items.into_iter().collect();
        let nil = items.is_empty();
        Value::List(List { items, of, nil })
    }

    pub(crate) fn map(entries: impl IntoIterator<Item = (impl Into<Rc<str>>, Value)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        Value::Map(Map { entries: Rc::new(RefCell::new(entries)), of: Element::Any })
    }

    /// As Helm has values: every number a float64.
    pub(crate) fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Value::Nil,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => Value::Float(number.as_f64().unwrap_or_default()),
            Json::String(text) => Value::string(text.as_str()),
            Json::Array(items) => Value::list(items.iter().map(Value::from_json)),
            Json::Object(entries) => {
                Value::map(entries.iter().map(|(key, entry)| (key.as_str(), Value::from_json(entry))))
            }
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nil => f.write_str("nil"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Int64(value) => write!(f, "{value}i64"),
            Value::Uint64(value) => write!(f, "{value}u64"),
            Value::Float(value) => write!(f, "{value:?}"),
            Value::String(text) => write!(f, "{text:?}"),
            Value::Bytes(bytes) => write!(f, "{bytes:?}"),
            Value::List(list) => f.debug_list().entries(list.items.iter()).finish(),
            Value::Map(map) => f.debug_map().entries(map.entries.borrow().iter()).finish(),
            Value::Object(object) => f.write_str(&object.print()),
        }
    }
}
