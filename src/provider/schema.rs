//! What a resource of a type may say, as data: one source for checking a stack,
//! for telling versions apart, for editors and for the reference.

use std::collections::BTreeMap;
use std::time::Duration;

use regex::Regex;

use super::Finding;
use crate::diagnostic::closest;
use crate::value::{Attributes, Kind, Path, Value};

/// The fields a stack writes and the outputs a resource gives.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    pub spec: Vec<Field>,
    pub outputs: Vec<Output>,
}

impl Schema {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.spec.iter().find(|field| field.name == name)
    }

    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.name == name)
    }

    /// Every name an expression may use behind the resource's own.
    pub fn attribute_names(&self) -> impl Iterator<Item = &str> {
        self.spec.iter().map(|field| field.name).chain(self.outputs.iter().map(|output| output.name))
    }

    /// What kind of value an attribute has.
    pub fn kind(&self, attribute: &str) -> Option<Kind> {
        match self.field(attribute) {
            Some(field) => Some(field.field_type.kind()),
            None => self.output(attribute).map(|output| output.kind),
        }
    }
}

/// What happens to the object when a field changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnChange {
    Update,
    Replace,
}

/// One field of a spec.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: &'static str,
    pub doc: &'static str,
    pub field_type: FieldType,
    pub required: bool,
    /// Stands for the field where the stack leaves it out. A field without one that is left out is not ours.
    pub default: Option<Value>,
    pub on_change: OnChange,
}

impl Field {
    pub fn new(name: &'static str, field_type: FieldType, doc: &'static str) -> Self {
        Self { name, doc, field_type, required: false, default: None, on_change: OnChange::Update }
    }

    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// A change of this field needs a new object.
    pub fn replaces(mut self) -> Self {
        self.on_change = OnChange::Replace;
        self
    }
}

/// One thing a resource tells once it is made.
#[derive(Clone, Debug)]
pub struct Output {
    pub name: &'static str,
    pub doc: &'static str,
    pub kind: Kind,
}

impl Output {
    pub fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, doc, kind }
    }
}

/// What a string may look like.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// In characters.
    pub min: usize,
    pub max: Option<usize>,
    /// Anchored at both ends, with its explanation for people.
    pub pattern: Option<(Regex, &'static str)>,
    /// The only values there are, when not empty.
    pub one_of: &'static [&'static str],
}

#[derive(Clone, Debug)]
pub enum FieldType {
    Bool,
    Integer {
        min: i64,
        max: i64,
    },
    Float,
    String(Text),
    /// Written `90s`, `10m`, `1h 30m` or whole seconds; kept as whole seconds.
    Duration {
        min: i64,
        max: i64,
    },
    List(Box<FieldType>),
    /// A list whose order has no meaning; kept sorted, without repeats.
    Set(Box<FieldType>),
    Map(Box<FieldType>),
    Object(Vec<Field>),
    /// A document of another API, compared by its canonical form and kept as written.
    Document {
        canonical: fn(&Value) -> Value,
    },
    Any,
}

impl FieldType {
    pub fn text() -> Self {
        FieldType::String(Text::default())
    }

    /// Text that matches a pattern all through; `says` explains the pattern to people.
    ///
    /// # Panics
    /// If the pattern does not compile: patterns are constants.
    pub fn pattern(pattern: &str, says: &'static str) -> Self {
        let regex = Regex::new(&format!("^(?:{pattern})$")).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        FieldType::String(Text { pattern: Some((regex, says)), ..Text::default() })
    }

    pub fn one_of(values: &'static [&'static str]) -> Self {
        FieldType::String(Text { one_of: values, ..Text::default() })
    }

    pub fn list(item: FieldType) -> Self {
        FieldType::List(Box::new(item))
    }

    pub fn set(item: FieldType) -> Self {
        FieldType::Set(Box::new(item))
    }

    pub fn map(entry: FieldType) -> Self {
        FieldType::Map(Box::new(entry))
    }

    pub fn kind(&self) -> Kind {
        match self {
            FieldType::Bool => Kind::Bool,
            FieldType::Integer { .. } | FieldType::Duration { .. } => Kind::Integer,
            FieldType::Float => Kind::Float,
            FieldType::String(_) => Kind::String,
            FieldType::List(_) | FieldType::Set(_) => Kind::List,
            FieldType::Map(_) | FieldType::Object(_) => Kind::Map,
            FieldType::Document { .. } | FieldType::Any => Kind::Any,
        }
    }

    /// For messages: `a duration`.
    pub fn noun(&self) -> &'static str {
        match self {
            FieldType::Bool => "true or false",
            FieldType::Integer { .. } => "a whole number",
            FieldType::Float => "a number",
            FieldType::String(_) => "a string",
            FieldType::Duration { .. } => "a duration, such as 90s, 10m or 600",
            FieldType::List(_) | FieldType::Set(_) => "a list",
            FieldType::Map(_) | FieldType::Object(_) => "a map",
            FieldType::Document { .. } => "a document",
            FieldType::Any => "a value",
        }
    }
}

/// Checks a spec against its fields and brings it to its normal form: durations
/// as seconds, sets sorted, defaults filled in, nulls dropped.
///
/// Unknown values pass, if they can become what is asked for.
pub fn normalise(fields: &[Field], spec: &Attributes, at: &Path) -> (Attributes, Vec<Finding>) {
    let mut normal = Attributes::new();
    let mut findings = Vec::new();
    for name in spec.keys().filter(|name| !fields.iter().any(|field| field.name == *name)) {
        let mut finding = Finding::new("stack/unknown-field", at.key(name), format!("there is no field `{name}` here"));
        finding.on_key = true;
        finding.help = match closest(name, fields.iter().map(|field| field.name)) {
            Some(word) => Some(format!("did you mean `{word}`?")),
            None => Some(format!("the fields are: {}", names(fields))),
        };
        findings.push(finding);
    }
    for field in fields {
        let path = at.key(field.name);
        match spec.get(field.name).filter(|value| !value.is_null()) {
            Some(value) => {
                normal.insert(field.name.to_owned(), check(&field.field_type, value, &path, &mut findings));
            }
            None if field.required => findings.push(
                Finding::new("stack/missing-field", at.clone(), format!("the field `{}` is missing", field.name))
                    .help(format!("`{}`: {}", field.name, field.doc)),
            ),
            None => {
                if let Some(default) = &field.default {
                    normal.insert(field.name.to_owned(), default.clone());
                }
            }
        }
    }
    (normal, findings)
}

fn names(fields: &[Field]) -> String {
    fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
}

/// One value against its type; gives back its normal form.
fn check(field_type: &FieldType, value: &Value, path: &Path, findings: &mut Vec<Finding>) -> Value {
    if let Value::Secret(secret) = value {
        // The content is checked like any other, but no finding may quote it.
        if let Some(content) = secret.revealed() {
            let mut hidden = Vec::new();
            let normal = check(field_type, content, path, &mut hidden);
            if !hidden.is_empty() {
                let text = format!("the secret given here is not {}", field_type.noun());
                findings.push(Finding::new("stack/wrong-type", path.clone(), text));
            }
            return normal.into_secret();
        }
        return value.clone();
    }
    if let Value::Unknown(kind) = value {
        let wanted = field_type.kind();
        // A duration may still come as text.
        let fits = *kind == wanted
            || *kind == Kind::Any
            || wanted == Kind::Any
            || (*kind == Kind::Integer && wanted == Kind::Float)
            || (*kind == Kind::String && matches!(field_type, FieldType::Duration { .. }));
        if !fits {
            let text = format!("this will be of kind {}, but the field takes {}", kind.name(), field_type.noun());
            findings.push(Finding::new("stack/wrong-type", path.clone(), text));
        }
        return value.clone();
    }
    match (field_type, value) {
        (FieldType::Any | FieldType::Document { .. }, value) => value.clone(),
        (FieldType::Bool, Value::Bool(_)) | (FieldType::Float, Value::Float(_)) => value.clone(),
        (FieldType::Float, Value::Integer(number)) => Value::Float(*number as f64),
        (FieldType::Integer { min, max }, Value::Integer(number)) => {
            in_range(*number, *min, *max, "", path, findings);
            value.clone()
        }
        (FieldType::Duration { min, max }, value) => duration(value, *min, *max, path, findings),
        (FieldType::String(text), Value::String(string)) => {
            check_text(text, string, path, findings);
            value.clone()
        }
        (FieldType::List(item), Value::List(items)) => Value::List(each(item, items, path, findings)),
        (FieldType::Set(item), Value::List(items)) => sorted(each(item, items, path, findings)),
        (FieldType::Map(entry), Value::Map(entries)) => Value::Map(
            entries.iter().map(|(key, value)| (key.clone(), check(entry, value, &path.key(key), findings))).collect(),
        ),
        (FieldType::Object(fields), Value::Map(entries)) => {
            let (normal, more) = normalise(fields, entries, path);
            findings.extend(more);
            Value::Map(normal)
        }
        (field_type, value) => {
            let text = format!("expected {}, found {}", field_type.noun(), describe(value));
            findings.push(Finding::new("stack/wrong-type", path.clone(), text));
            value.clone()
        }
    }
}

fn each(item: &FieldType, items: &[Value], path: &Path, findings: &mut Vec<Finding>) -> Vec<Value> {
    items.iter().enumerate().map(|(index, value)| check(item, value, &path.index(index), findings)).collect()
}

/// A set in its normal form. Unknown items keep their place at the end.
fn sorted(items: Vec<Value>) -> Value {
    let mut keyed: BTreeMap<String, Value> = BTreeMap::new();
    let mut unknown = Vec::new();
    for item in items {
        match item.has_unknown() || item.has_secret() {
            true => unknown.push(item),
            false => {
                keyed.insert(item.to_string(), item);
            }
        }
    }
    Value::List(keyed.into_values().chain(unknown).collect())
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Map(_) => "a map".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::String(text) => format!("the string {}", Value::from(text.as_str())),
        other => format!("{} {other}", other.kind().name()),
    }
}

fn in_range(number: i64, min: i64, max: i64, unit: &str, path: &Path, findings: &mut Vec<Finding>) {
    if number < min || number > max {
        let text = format!("{number}{unit} is out of range: {min} to {max}{unit}");
        findings.push(Finding::new("stack/out-of-range", path.clone(), text));
    }
}

fn duration(value: &Value, min: i64, max: i64, path: &Path, findings: &mut Vec<Finding>) -> Value {
    match parse_duration(value) {
        Some(seconds) => {
            in_range(seconds, min, max, " seconds", path, findings);
            Value::Integer(seconds)
        }
        None => {
            let text = format!("expected a duration, such as 90s, 10m or 600, found {}", describe(value));
            findings.push(Finding::new("stack/wrong-type", path.clone(), text));
            value.clone()
        }
    }
}

/// Whole seconds of `90s`, `1h 30m` or a number of seconds.
pub(crate) fn parse_duration(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(seconds) => Some(*seconds),
        Value::String(text) => match text.parse::<i64>() {
            Ok(seconds) => Some(seconds),
            Err(_) => {
                let duration: Duration = humantime::parse_duration(text).ok()?;
                (duration.subsec_nanos() == 0).then(|| i64::try_from(duration.as_secs()).ok()).flatten()
            }
        },
        _ => None,
    }
}

fn check_text(text: &Text, string: &str, path: &Path, findings: &mut Vec<Finding>) {
    let length = string.chars().count();
    if length < text.min || text.max.is_some_and(|max| length > max) {
        let most = text.max.map_or("any number of".to_owned(), |max| max.to_string());
        let says = format!("{} is {length} characters long: {} to {most} are allowed", Value::from(string), text.min);
        findings.push(Finding::new("stack/out-of-range", path.clone(), says));
    }
    if let Some((pattern, says)) = &text.pattern
        && !pattern.is_match(string)
    {
        let text = format!("{} does not fit: {says}", Value::from(string));
        findings.push(Finding::new("stack/bad-pattern", path.clone(), text));
    }
    if !text.one_of.is_empty() && !text.one_of.contains(&string) {
        let says = format!("{} is not one of: {}", Value::from(string), text.one_of.join(", "));
        let mut finding = Finding::new("stack/not-one-of", path.clone(), says);
        finding.help = closest(string, text.one_of.iter().copied()).map(|word| format!("did you mean `{word}`?"));
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Vec<Field> {
        vec![
            Field::new("name", FieldType::pattern("[a-z]+", "lower-case letters"), "Its name").required(),
            Field::new("wait", FieldType::Duration { min: 0, max: 600 }, "How long").default(30),
            Field::new("tags", FieldType::set(FieldType::text()), "Some tags"),
        ]
    }

    fn spec(json: serde_json::Value) -> Attributes {
        match Value::from(json) {
            Value::Map(entries) => entries,
            _ => panic!("a map"),
        }
    }

    #[test]
    fn a_spec_is_brought_to_its_normal_form() {
        let given = spec(serde_json::json!({"name": "a", "wait": "2m", "tags": ["b", "a", "b"]}));
        let (normal, findings) = normalise(&fields(), &given, &Path::default());
        assert_eq!(findings, []);
        assert_eq!(Value::from(normal).to_string(), r#"{"name": "a", "tags": ["a", "b"], "wait": 120}"#);
    }

    #[test]
    fn every_mistake_is_found_at_once() {
        let given = spec(serde_json::json!({"nam": "A", "wait": "11m", "tags": 3}));
        let (_, findings) = normalise(&fields(), &given, &Path::default());
        let codes: Vec<_> = findings.iter().map(|finding| (finding.code, finding.path.to_string())).collect();
        assert_eq!(
            codes,
            [
                ("stack/unknown-field", "nam".to_owned()),
                ("stack/missing-field", String::new()),
                ("stack/out-of-range", "wait".to_owned()),
                ("stack/wrong-type", "tags".to_owned()),
            ]
        );
        assert_eq!(findings[0].help.as_deref(), Some("did you mean `name`?"));
    }

    #[test]
    fn a_secret_is_checked_and_not_quoted() {
        let mut given = spec(serde_json::json!({"name": "a"}));
        given.insert("wait".to_owned(), Value::from("hunter2").into_secret());
        let (_, findings) = normalise(&fields(), &given, &Path::default());
        assert_eq!(findings.len(), 1);
        assert!(!findings[0].message.contains("hunter2"));
    }

    #[test]
    fn an_unknown_must_be_able_to_become_what_is_asked_for() {
        let mut given = spec(serde_json::json!({}));
        given.insert("name".to_owned(), Value::Unknown(Kind::Integer));
        let (_, findings) = normalise(&fields(), &given, &Path::default());
        assert_eq!(findings[0].code, "stack/wrong-type");
    }
}
