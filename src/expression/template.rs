//! Values with expressions in them, as a stack writes them.

use std::collections::BTreeMap;

use super::text::{end_of_expression, solid_count};
use super::{EvaluationError, Evaluator, Expression, Missing, Reference};
use crate::value::{Kind, Value};

/// A value in which any string may hold expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// Holds none.
    Literal(Value),
    Text(TextTemplate),
    List(Vec<Template>),
    /// Keys may hold expressions too.
    Map(Vec<(TextTemplate, Template)>),
}

/// A string with expressions in it. One that is a single expression keeps that expression's type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextTemplate(pub Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Text(String),
    /// With the number of characters before its `${` that are no blanks.
    Expression(Expression, usize),
}

/// Where and why a string could not be read: a 0-based character offset in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedTemplate {
    pub offset: usize,
    pub message: String,
    /// Whether it is the end of an expression that is missing.
    pub is_open: bool,
}

impl TextTemplate {
    /// # Errors
    /// When a `${` has no end, or CEL cannot read what is between.
    pub fn parse(text: &str) -> Result<Self, MalformedTemplate> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        let mut solid = 0;
        while let Some(dollar) = rest.find('$') {
            literal.push_str(&rest[..dollar]);
            solid += solid_count(rest[..dollar].chars());
            rest = &rest[dollar..];
            let taken =
                if rest.starts_with("$${") {
                    literal.push_str("${");
                    3
                } else if let Some(after) = rest.strip_prefix("${") {
                    let at = |byte: usize| text[..text.len() - after.len() + byte].chars().count();
                    let end = end_of_expression(after).ok_or_else(|| MalformedTemplate {
                        offset: at(0) - 2,
                        message: "this `${` has no matching `}`; write `$${` for the characters themselves".to_owned(),
                        is_open: true,
                    })?;
                    let expression = Expression::parse(&after[..end]).map_err(|(offset, message)| {
                        MalformedTemplate { offset: at(0) + offset, message, is_open: false }
                    })?;
                    if !literal.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::Expression(expression, solid));
                    end + 3
                } else {
                    literal.push('$');
                    1
                };
            solid += solid_count(rest[..taken].chars());
            rest = &rest[taken..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self(parts))
    }

    /// The text, where there is no expression in it.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.0.iter().filter_map(|part| match part {
            Part::Expression(expression, _) => Some(expression),
            Part::Text(_) => None,
        })
    }

    /// The value, unknown where an expression fails; each failure is noted.
    fn evaluate(
        &self,
        evaluator: &Evaluator,
        lookup: &dyn Fn(&Reference) -> Result<Value, Missing>,
        failures: &mut Vec<EvaluationError>,
    ) -> Value {
        let mut compute = |expression: &Expression| {
            evaluator.evaluate(expression, lookup).unwrap_or_else(|failure| {
                failures.push(failure);
                Value::Unknown(Kind::Any)
            })
        };
        if let [Part::Expression(only, _)] = self.0.as_slice() {
            return compute(only);
        }
        let mut parts = Vec::with_capacity(self.0.len());
        for part in &self.0 {
            match part {
                Part::Text(literal) => parts.push((None, Value::from(literal.as_str()))),
                Part::Expression(expression, _) => parts.push((Some(expression), compute(expression))),
            }
        }
        let mut text = String::new();
        let (mut unknown, mut secret) = (false, false);
        for (expression, value) in parts {
            unknown |= value.has_unknown() || value.has_sealed();
            secret |= value.has_secret();
            match (expression, value.reveal()) {
                _ if unknown => {}
                (None, Value::String(literal)) => text.push_str(&literal),
                (expression, value) => match as_text(value) {
                    Ok(part) => text.push_str(&part),
                    Err(message) => {
                        unknown = true;
                        failures.extend(expression.map(|expression| EvaluationError::new(expression, message)));
                    }
                },
            }
        }
        let value = if unknown { Value::Unknown(Kind::String) } else { Value::String(text) };
        if secret { value.into_secret() } else { value }
    }
}

/// A value inside other text.
fn as_text(value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        Value::Bool(_) | Value::Integer(_) | Value::Float(_) => Ok(value.to_string()),
        Value::Null => Err("it is null, which has no place inside text".to_owned()),
        other => Err(format!("it is {}, which has no place inside text; use json(…)", other.kind().noun())),
    }
}

impl Template {
    /// Computes the value. What fails is unknown in it, and each failure is noted.
    pub fn evaluate_all(
        &self,
        evaluator: &Evaluator,
        lookup: &dyn Fn(&Reference) -> Result<Value, Missing>,
        failures: &mut Vec<EvaluationError>,
    ) -> Value {
        match self {
            Template::Literal(value) => value.clone(),
            Template::Text(text) => text.evaluate(evaluator, lookup, failures),
            Template::List(items) => {
                Value::List(items.iter().map(|item| item.evaluate_all(evaluator, lookup, failures)).collect())
            }
            Template::Map(entries) => {
                let mut map = BTreeMap::new();
                let mut key_unknown = false;
                for (key, entry) in entries {
                    let value = entry.evaluate_all(evaluator, lookup, failures);
                    if let Some(key) = key.literal() {
                        map.insert(key.to_owned(), value);
                        continue;
                    }
                    match key.evaluate(evaluator, lookup, failures) {
                        Value::String(text) if map.contains_key(&text) => {
                            failures.extend(bad_key(key, format!("the key `{text}` is in this map already")));
                        }
                        Value::String(text) => {
                            map.insert(text, value);
                        }
                        Value::Unknown(_) => key_unknown = true,
                        other => failures.extend(bad_key(key, not_a_key(&other))),
                    }
                }
                // A map with a key that is not known is not known.
                if key_unknown { Value::Unknown(Kind::Map) } else { Value::Map(map) }
            }
        }
    }

    /// Computes the value.
    ///
    /// # Errors
    /// The first expression that fails.
    pub fn evaluate(
        &self,
        evaluator: &Evaluator,
        lookup: &dyn Fn(&Reference) -> Result<Value, Missing>,
    ) -> Result<Value, EvaluationError> {
        let mut failures = Vec::new();
        let value = self.evaluate_all(evaluator, lookup, &mut failures);
        if failures.is_empty() { Ok(value) } else { Err(failures.swap_remove(0)) }
    }
}

fn bad_key(key: &TextTemplate, message: String) -> Option<EvaluationError> {
    key.expressions().next().map(|expression| EvaluationError::new(expression, message))
}

fn not_a_key(value: &Value) -> String {
    let what = match value {
        Value::Secret(_) => "secret",
        other => other.kind().noun(),
    };
    format!("a key must be a plain string, and this one is {what}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::SealKey;
    use proptest::prelude::*;

    fn evaluate(text: &str) -> Result<Value, String> {
        let evaluator = Evaluator::default();
        let lookup = |reference: &Reference| match reference.to_string().as_str() {
            "a" => Ok(Value::from("x")),
            "number" => Ok(Value::Integer(7)),
            "later" => Ok(Value::Unknown(Kind::String)),
            "hidden" => Ok(Value::from("hunter2").into_secret()),
            "sealed" => Ok(Value::from("hunter2").into_secret().seal(&SealKey::from_bytes([0; 32]))),
            _ => Err(Missing::at(0)),
        };
        let template = Template::Text(TextTemplate::parse(text).map_err(|error| error.message)?);
        template.evaluate(&evaluator, &lookup).map_err(|error| error.message)
    }

    #[test]
    fn text_and_expressions_mix() {
        let table = [
            ("plain", Value::from("plain")),
            ("${a}-${number}", Value::from("x-7")),
            ("${number}", Value::Integer(7)),
            ("$${a} $a $", Value::from("${a} $a $")),
            ("${ {'k': '}'}['k'] }", Value::from("}")),
            ("${later}", Value::Unknown(Kind::String)),
            ("x${later}", Value::Unknown(Kind::String)),
            ("${[1, 2].map(n, n * 2)}", Value::from(vec![2, 4])),
            ("${'''it's'''}", Value::from("it's")),
        ];
        for (text, expected) in table {
            assert_eq!(evaluate(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_a_secret_touches_is_secret() {
        for text in ["${hidden}", "x-${hidden}", "${sha256(hidden)}", "${hidden + 'x'}", "${hidden == 'a'}"] {
            let value = evaluate(text).unwrap();
            assert!(matches!(value, Value::Secret(_)), "{text}: {value}");
        }
        let error = evaluate("${hidden + 1}").unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn nothing_is_computed_from_the_hash_of_a_secret() {
        for text in ["x-${sealed}", "${sha256(sealed)}", "${sealed == 'a'}"] {
            let value = evaluate(text).unwrap();
            assert!(value.has_unknown(), "{text}: {value}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        for (text, offset) in [("ab${a", 2), ("${'a}", 0), ("x${1 +}", 6)] {
            assert_eq!(TextTemplate::parse(text).unwrap_err().offset, offset, "{text}");
        }
        assert!(evaluate("a${[1]}").unwrap_err().contains("json("));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in r"[\x00-\x7f]{0,40}|(\$\{[a-z0-9.+*\[\](){}'\x22?: ]{0,20}\}){1,3}") {
            let _ = evaluate(&text);
        }

        #[test]
        fn text_without_dollars_is_itself(text in "[^$]*") {
            prop_assert_eq!(evaluate(&text), Ok(Value::from(text)));
        }
    }
}
