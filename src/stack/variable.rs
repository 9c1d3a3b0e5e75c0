//! Variables: what a stack asks for, and what it is given.

use std::collections::BTreeMap;

use regex::Regex;

use super::document;
use super::document::{Content, Key, Node};
use super::places::{Places, Span};
use super::reader::Reader;
use crate::diagnostic::{Diagnostic, Diagnostics, Source, closest};
use crate::value::{Kind, Value};

#[derive(Clone, Debug)]
pub(super) struct VariableDeclaration {
    pub(super) key: Key,
    pub(super) kind: Kind,
    pub(super) default: Option<(Value, Span)>,
    pub(super) description: String,
    pub(super) secret: bool,
    minimum: Option<f64>,
    maximum: Option<f64>,
    /// With the text it was made from.
    pattern: Option<(Regex, String)>,
    one_of: Vec<Value>,
}

/// A value for a variable, and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    pub name: String,
    pub value: Given,
    /// For messages: `--var`, `TIDEGATE_VAR_account`, `prod.yaml`.
    pub origin: String,
    /// Whether a name the stack does not know is an error. The environment may hold others' variables.
    pub must_exist: bool,
}

#[derive(Clone, PartialEq)]
pub enum Given {
    /// From a command line or the environment: read as the variable's type says.
    Text(String),
    /// From a file.
    Value(Value),
}

impl std::fmt::Debug for Given {
    /// What is given may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(given)")
    }
}

const UNKNOWN: Value = Value::Unknown(Kind::Any);

const KINDS: &[(&str, Kind)] = &[
    ("string", Kind::String),
    ("integer", Kind::Integer),
    ("number", Kind::Float),
    ("bool", Kind::Bool),
    ("list", Kind::List),
    ("map", Kind::Map),
    ("any", Kind::Any),
];

const KEYS: &[&str] = &["type", "default", "description", "secret", "minimum", "maximum", "pattern", "one_of"];

pub(super) fn read_declaration(reader: &mut Reader<'_>, key: &Key, node: &Node) -> Option<VariableDeclaration> {
    let what = format!("the variable `{}`", key.text);
    reader.fixed(node, &what, KEYS);
    let default = match node.entry("default") {
        // What is no constant has been reported, and may be anything.
        Some(node) => Some((reader.constant(node, "a default").unwrap_or(UNKNOWN), node.span)),
        None if node.has_slip_of("default", KEYS) => Some((UNKNOWN, key.span)),
        None => None,
    };
    let kind = match node.entry("type") {
        Some(node) => kind(reader, node).unwrap_or(Kind::Any),
        None if node.has_slip_of("type", KEYS) => Kind::Any,
        None => default.as_ref().map_or(Kind::String, |(value, _)| value.kind()),
    };
    let one_of = node.entry("one_of").and_then(|node| one_of(reader, node, kind)).unwrap_or_default();
    let mut declaration = VariableDeclaration {
        key: key.clone(),
        kind,
        description: node
            .entry("description")
            .and_then(|node| reader.string(node, "`description`"))
            .unwrap_or_default(),
        secret: node.entry("secret").and_then(|node| reader.boolean(node, "`secret`")).unwrap_or_default(),
        minimum: limit(reader, node, "minimum", kind),
        maximum: limit(reader, node, "maximum", kind),
        pattern: node.entry("pattern").and_then(|node| pattern(reader, node, kind)),
        one_of,
        default,
    };
    if let (Some(minimum), Some(maximum), Some(node)) =
        (declaration.minimum, declaration.maximum, node.entry("maximum"))
        && minimum > maximum
    {
        let detail = format!("no number is {minimum} at least and {maximum} at most");
        reader.error(node.span, "stack/bad-value", "Bad value", detail);
        (declaration.minimum, declaration.maximum) = (None, None);
    }
    if declaration.secret
        && let Some((default, span)) = &declaration.default
        && !default.is_null()
    {
        let problem = Diagnostic::error(
            "stack/secret-default",
            "A secret stands in the stack file",
            format!("{what} is secret and has a default, which everyone can read here"),
        );
        let help = format!("leave the default out and set TIDEGATE_VAR_{}", key.text);
        reader.diagnostics.push(problem.at(&reader.places.range(*span)).help(help));
    }
    Some(declaration)
}

fn kind(reader: &mut Reader<'_>, node: &Node) -> Option<Kind> {
    let name = reader.string(node, "`type`")?;
    let found = KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    if found.is_none() {
        let names = KINDS.iter().map(|(name, _)| *name);
        let detail = format!("`{name}` is not a type; the types are: {}", names.clone().collect::<Vec<_>>().join(", "));
        let problem = Diagnostic::error("stack/unknown-variable-type", "Unknown type", detail);
        reader.diagnostics.push(problem.at(&reader.places.range(node.span)).did_you_mean(&name, names));
    }
    found
}

/// `minimum` or `maximum`.
fn limit(reader: &mut Reader<'_>, node: &Node, name: &str, kind: Kind) -> Option<f64> {
    let node = node.entry(name)?;
    let number = match reader.constant(node, &format!("`{name}`"))? {
        Value::Integer(number) => number as f64,
        Value::Float(number) => number,
        _ => {
            reader.wrong_type(node, &format!("`{name}`"), "a number");
            return None;
        }
    };
    fits(reader, node, name, kind, &[Kind::Integer, Kind::Float])?;
    Some(number)
}

fn pattern(reader: &mut Reader<'_>, node: &Node, kind: Kind) -> Option<(Regex, String)> {
    let text = reader.string(node, "`pattern`")?;
    fits(reader, node, "pattern", kind, &[Kind::String])?;
    match Regex::new(&format!("^(?:{text})$")) {
        Ok(regex) => Some((regex, text)),
        Err(error) => {
            let said = error.to_string();
            let reason = said.lines().last().unwrap_or_default().trim_start_matches("error: ");
            reader.error(node.span, "stack/bad-value", "Bad value", format!("not a regular expression: {reason}"));
            None
        }
    }
}

fn one_of(reader: &mut Reader<'_>, node: &Node, kind: Kind) -> Option<Vec<Value>> {
    let Value::List(values) = reader.constant(node, "`one_of`")? else {
        reader.wrong_type(node, "`one_of`", "a list");
        return None;
    };
    let values: Vec<_> = values.into_iter().map(|value| widened(kind, value)).collect();
    if let Some(stranger) = values.iter().find(|value| kind != Kind::Any && value.kind() != kind) {
        let detail = format!("`one_of` holds {stranger}, and the variable takes {}", kind.noun());
        reader.error(node.span, "stack/bad-value", "Bad value", detail);
        return None;
    }
    Some(values)
}

/// Says so when a limit has no meaning for a variable's type.
fn fits(reader: &mut Reader<'_>, node: &Node, name: &str, kind: Kind, kinds: &[Kind]) -> Option<()> {
    if kind == Kind::Any || kinds.contains(&kind) {
        return Some(());
    }
    let detail = format!("`{name}` has no meaning for a variable that takes {}", kind.noun());
    reader.error(node.span, "stack/bad-value", "Bad value", detail);
    None
}

/// A whole number where any number will do.
fn widened(kind: Kind, value: Value) -> Value {
    match (kind, value) {
        (Kind::Float, Value::Integer(number)) => Value::Float(number as f64),
        (_, value) => value,
    }
}

/// The values of all variables. Later assignments win over earlier ones, and both over defaults.
pub(super) fn assign(
    declarations: &[VariableDeclaration],
    assignments: &[Assignment],
    places: &Places,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Value> {
    for assignment in assignments.iter().filter(|assignment| assignment.must_exist) {
        if !declarations.iter().any(|declared| declared.key.text == assignment.name) {
            let detail = format!("{} gives `{}`, which the stack does not declare", assignment.origin, assignment.name);
            let names = declarations.iter().map(|declared| declared.key.text.as_str());
            let problem = Diagnostic::error("stack/unknown-variable", "Unknown variable", detail);
            diagnostics.push(problem.did_you_mean(&assignment.name, names));
        }
    }
    let mut values = BTreeMap::new();
    for declared in declarations {
        let name = &declared.key.text;
        let given = assignments.iter().rev().find(|assignment| assignment.name == *name);
        let checked = match (given, &declared.default) {
            (Some(given), _) => declared.read(&given.value).map_err(|message| {
                Diagnostic::error("stack/bad-variable", "Bad value of a variable", message)
                    .at(&places.range(declared.key.span))
                    .help(format!("the value comes from {}", given.origin))
            }),
            // Terraform's way to say that a variable may be left out.
            (None, Some((Value::Null, _))) => Ok(Value::Null),
            (None, Some((default, span))) => declared.check(default.clone()).map_err(|message| {
                Diagnostic::error("stack/bad-variable", "Bad value of a variable", message).at(&places.range(*span))
            }),
            (None, None) => Err(Diagnostic::error(
                "stack/missing-variable",
                "A variable has no value",
                match declared.description.as_str() {
                    "" => format!("`{name}` has no default and was not given"),
                    description => format!("`{name}` has no default and was not given: {description}"),
                },
            )
            .at(&places.range(declared.key.span))
            .help(format!("give --var {name}=…, a --var-file, or TIDEGATE_VAR_{name}"))),
        };
        let value = match checked {
            Ok(value) if declared.secret => value.into_secret(),
            Ok(value) => value,
            Err(problem) => {
                diagnostics.push(problem);
                // What depends on it is checked all the same.
                Value::Unknown(declared.kind)
            }
        };
        values.insert(name.clone(), value);
    }
    values
}

impl VariableDeclaration {
    fn read(&self, given: &Given) -> Result<Value, String> {
        match given {
            Given::Value(value) => self.check(value.clone()),
            Given::Text(text) => self.check(match self.kind {
                Kind::String => Value::from(text.as_str()),
                kind => parse_text(text).ok_or_else(|| format!("`{}` takes {}", self.key.text, kind.noun()))?,
            }),
        }
    }

    /// Messages never quote the value when it is secret.
    fn check(&self, value: Value) -> Result<Value, String> {
        let name = &self.key.text;
        let shown = if self.secret { "what was given".to_owned() } else { value.to_string() };
        if value.has_unknown() {
            return Ok(value);
        }
        let value = widened(self.kind, value);
        if self.kind != Kind::Any && self.kind != value.kind() {
            return Err(format!("`{name}` takes {}, not {shown}", self.kind.noun()));
        }
        let size = match &value {
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            _ => None,
        };
        if size.is_some_and(|size| self.minimum.is_some_and(|minimum| size < minimum)) {
            return Err(format!("`{name}` is {} at least, not {shown}", self.minimum.unwrap_or_default()));
        }
        if size.is_some_and(|size| self.maximum.is_some_and(|maximum| size > maximum)) {
            return Err(format!("`{name}` is {} at most, not {shown}", self.maximum.unwrap_or_default()));
        }
        if let (Some((pattern, written)), Some(text)) = (&self.pattern, value.as_str())
            && !pattern.is_match(text)
        {
            return Err(format!("`{name}` must match `{written}`, which {shown} does not"));
        }
        if !self.one_of.is_empty() && !self.one_of.contains(&value) {
            let allowed: Vec<_> = self.one_of.iter().map(ToString::to_string).collect();
            return Err(format!("`{name}` is one of {}, not {shown}", allowed.join(", ")));
        }
        Ok(value)
    }
}

/// A value written as YAML in one line: `3`, `[a, b]`.
fn parse_text(text: &str) -> Option<Value> {
    let places = Places::new(std::sync::Arc::new(Source { name: String::new(), text: text.to_owned() }));
    let mut diagnostics = Diagnostics::default();
    let node = document::read(&places, &mut diagnostics)?;
    (!diagnostics.has_errors()).then(|| plain(&node))
}

/// A node as a value, without looking for expressions.
fn plain(node: &Node) -> Value {
    match &node.content {
        Content::Scalar(scalar) => Value::from(scalar.clone()),
        Content::List(items) => Value::List(items.iter().map(plain).collect()),
        Content::Map(entries) => {
            Value::Map(entries.iter().map(|(key, entry)| (key.text.clone(), plain(entry))).collect())
        }
    }
}

/// Reads a variable file: a YAML map of names to values.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_variable_file(source: Source) -> Result<Vec<Assignment>, Diagnostics> {
    let origin = source.name.clone();
    // Problems point into it and show nothing of it: whoever keeps secrets apart keeps them here.
    let blank = source.text.chars().flat_map(|letter| match letter {
        '\n' => "\n".chars(),
        letter => "    "[..letter.len_utf8()].chars(),
    });
    let blank = std::sync::Arc::new(Source { name: source.name.clone(), text: blank.collect() });
    let places = Places::new(std::sync::Arc::new(source));
    let mut diagnostics = Diagnostics::default();
    let root = document::read(&places, &mut diagnostics);
    let mut reader = Reader { places: &places, diagnostics };
    let entries = root.iter().flat_map(|root| reader.map(root, "a variable file").to_vec());
    let assignments: Vec<_> = entries
        .map(|(key, node)| Assignment {
            name: key.text.clone(),
            value: Given::Value(plain(&node)),
            origin: origin.clone(),
            must_exist: true,
        })
        .collect();
    if !reader.diagnostics.has_errors() {
        return Ok(assignments);
    }
    let mut told = Diagnostics::default();
    for mut problem in reader.diagnostics.sorted() {
        if let Some(range) = &mut problem.range {
            range.source = std::sync::Arc::clone(&blank);
        }
        told.push(problem);
    }
    Err(told)
}

/// What the closest known variable is, for messages of other modules.
pub(super) fn closest_variable<'a>(name: &str, declarations: &'a [VariableDeclaration]) -> Option<&'a str> {
    closest(name, declarations.iter().map(|declared| declared.key.text.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_yaml() {
        assert_eq!(parse_text("3"), Some(Value::Integer(3)));
        assert_eq!(parse_text("[a, 1]").map(|value| value.to_string()), Some("[\"a\", 1]".to_owned()));
        assert_eq!(parse_text("{a"), None);
    }

    #[test]
    fn a_variable_file_is_a_map() {
        let file = |text: &str| read_variable_file(Source { name: "v.yaml".into(), text: text.into() });
        assert_eq!(file("a: 1\nb: x\n").unwrap().len(), 2);
        assert!(file("- a\n").is_err());
        assert!(file("a: 1\na: 2\n").is_err());
    }
}
