//! Values with expressions in them, as a stack writes them.

use std::collections::BTreeMap;

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
#[derive(Clone, Debug, PartialEq)]
pub struct TextTemplate(pub Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Text(String),
    Expression(Expression),
}

/// Where and why a string could not be read: a 0-based character offset in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedTemplate {
    pub offset: usize,
    pub message: String,
}

impl TextTemplate {
    /// # Errors
    /// When a `${` has no end, or CEL cannot read what is between.
    pub fn parse(text: &str) -> Result<Self, MalformedTemplate> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            literal.push_str(&rest[..dollar]);
            rest = &rest[dollar..];
            if let Some(after) = rest.strip_prefix("$${") {
                literal.push_str("${");
                rest = after;
            } else if let Some(after) = rest.strip_prefix("${") {
                let at = |byte: usize| text[..text.len() - after.len() + byte].chars().count();
                let end = end_of_expression(after).ok_or_else(|| MalformedTemplate {
                    offset: at(0) - 2,
                    message: "this `${` has no matching `}`; write `$${` for the characters themselves".to_owned(),
                })?;
                let expression = Expression::parse(&after[..end])
                    .map_err(|(offset, message)| MalformedTemplate { offset: at(0) + offset, message })?;
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                }
                parts.push(Part::Expression(expression));
                rest = &after[end + 1..];
            } else {
                literal.push('$');
                rest = &rest[1..];
            }
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
            Part::Expression(expression) => Some(expression),
            Part::Text(_) => None,
        })
    }

    /// # Errors
    /// The first expression that fails.
    pub fn evaluate(
        &self,
        evaluator: &Evaluator,
        lookup: &dyn Fn(&Reference) -> Result<Value, Missing>,
    ) -> Result<Value, EvaluationError> {
        if let [Part::Expression(only)] = self.0.as_slice() {
            return evaluator.evaluate(only, lookup);
        }
        let mut text = String::new();
        let (mut unknown, mut secret) = (false, false);
        for part in &self.0 {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Expression(expression) => {
                    let value = evaluator.evaluate(expression, lookup)?;
                    unknown |= value.has_unknown();
                    secret |= value.has_secret();
                    if !unknown {
                        text.push_str(&as_text(expression, value.reveal())?);
                    }
                }
            }
        }
        let value = if unknown { Value::Unknown(Kind::String) } else { Value::String(text) };
        Ok(if secret { value.into_secret() } else { value })
    }
}

/// A value inside other text.
fn as_text(expression: &Expression, value: Value) -> Result<String, EvaluationError> {
    match value {
        Value::String(text) => Ok(text),
        Value::Bool(_) | Value::Integer(_) | Value::Float(_) => Ok(value.to_string()),
        other => Err(EvaluationError {
            expression: expression.source.to_string(),
            message: match other {
                Value::Null => "it is null, which has no place inside text".to_owned(),
                _ => format!("it is a {}, which has no place inside text; use json(…)", other.kind().name()),
            },
        }),
    }
}

/// The byte at which the `}` that ends the expression stands. Braces in CEL's maps and strings do not end it.
fn end_of_expression(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut position = 0;
    while position < bytes.len() {
        match bytes[position] {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(position),
            b'}' => depth -= 1,
            b'"' | b'\'' => {
                position = end_of_string(bytes, position)?;
                continue;
            }
            _ => {}
        }
        position += 1;
    }
    None
}

/// The byte after the string literal that starts at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes[start];
    let raw = start > 0 && matches!(bytes[start - 1], b'r' | b'R');
    let triple = bytes[start..].starts_with(&[quote; 3]);
    let mut position = start + if triple { 3 } else { 1 };
    while position < bytes.len() {
        if bytes[position] == b'\\' && !raw {
            position += 2;
        } else if triple && bytes[position..].starts_with(&[quote; 3]) {
            return Some(position + 3);
        } else if !triple && bytes[position] == quote {
            return Some(position + 1);
        } else {
            position += 1;
        }
    }
    None
}

impl Template {
    /// Every reference in it.
    pub fn references(&self) -> Vec<&Reference> {
        let mut found = Vec::new();
        self.collect_references(&mut found);
        found
    }

    fn collect_references<'a>(&'a self, found: &mut Vec<&'a Reference>) {
        match self {
            Template::Literal(_) => {}
            Template::Text(text) => found.extend(text.expressions().flat_map(Expression::references)),
            Template::List(items) => items.iter().for_each(|item| item.collect_references(found)),
            Template::Map(entries) => {
                for (key, entry) in entries {
                    found.extend(key.expressions().flat_map(Expression::references));
                    entry.collect_references(found);
                }
            }
        }
    }

    /// Computes the value as far as that goes: what fails is left unknown, and added to `failed`.
    pub fn evaluate_all(
        &self,
        evaluator: &Evaluator,
        lookup: &dyn Fn(&Reference) -> Result<Value, Missing>,
        failed: &mut Vec<EvaluationError>,
    ) -> Value {
        match self {
            Template::List(items) => {
                Value::List(items.iter().map(|item| item.evaluate_all(evaluator, lookup, failed)).collect())
            }
            Template::Map(entries) if entries.iter().all(|(key, _)| key.literal().is_some()) => {
                let known = entries.iter().filter_map(|(key, entry)| Some((key.literal()?.to_owned(), entry)));
                Value::Map(known.map(|(key, entry)| (key, entry.evaluate_all(evaluator, lookup, failed))).collect())
            }
            other => other.evaluate(evaluator, lookup).unwrap_or_else(|error| {
                failed.push(error);
                Value::Unknown(Kind::Any)
            }),
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
        match self {
            Template::Literal(value) => Ok(value.clone()),
            Template::Text(text) => text.evaluate(evaluator, lookup),
            Template::List(items) => {
                let items: Result<_, _> = items.iter().map(|item| item.evaluate(evaluator, lookup)).collect();
                Ok(Value::List(items?))
            }
            Template::Map(entries) => {
                let mut map = BTreeMap::new();
                for (key, entry) in entries {
                    let value = entry.evaluate(evaluator, lookup)?;
                    match key.literal() {
                        Some(key) => map.insert(key.to_owned(), value),
                        None => match key.evaluate(evaluator, lookup)? {
                            Value::String(key) => map.insert(key, value),
                            // A map with a key that is not known is not known.
                            Value::Unknown(_) => return Ok(Value::Unknown(Kind::Map)),
                            other => return Err(bad_key(key, &other)),
                        },
                    };
                }
                Ok(Value::Map(map))
            }
        }
    }
}

fn bad_key(key: &TextTemplate, value: &Value) -> EvaluationError {
    let expression = key.expressions().next().map(|expression| expression.source.to_string()).unwrap_or_default();
    let what = match value {
        Value::Secret(_) => "secret".to_owned(),
        other => format!("of kind {}", other.kind().name()),
    };
    EvaluationError { expression, message: format!("a key must be a plain string, and this one is {what}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn evaluate(text: &str) -> Result<Value, String> {
        let evaluator = Evaluator::default();
        let lookup = |reference: &Reference| match reference.to_string().as_str() {
            "a" => Ok(Value::from("x")),
            "number" => Ok(Value::Integer(7)),
            "later" => Ok(Value::Unknown(Kind::String)),
            "hidden" => Ok(Value::from("hunter2").into_secret()),
            _ => Err(Missing::at(0)),
        };
        let template = TextTemplate::parse(text).map_err(|error| error.message)?;
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
