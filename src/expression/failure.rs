//! What CEL says when it cannot compute an expression, in words of the stack language.

use cel::ExecutionError;

use super::cel_value::into_value;
use crate::value::{Kind, Value};

pub(super) fn explain(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("there is no `{key}`"),
        ExecutionError::UndeclaredReference(name) => format!("there is no function or value `{name}`"),
        ExecutionError::NoSuchOverload(overload) => match overload.argument_types() {
            [of, index] if overload.function() == "_[_]" => {
                format!("{} cannot be looked up in {}", type_words(index), type_words(of))
            }
            [one, other] if overload.function().starts_with('_') => {
                operator(overload.function().trim_matches('_'), type_words(one), type_words(other))
            }
            types => {
                let types: Vec<_> = types.iter().map(|name| type_words(name)).collect();
                format!("`{}` does not take {}", overload.function().trim_matches('_'), types.join(" and "))
            }
        },
        ExecutionError::UnsupportedBinaryOperator(name, one, other) => {
            operator(symbol(name), value_words(one), value_words(other))
        }
        ExecutionError::ValuesNotComparable(one, other) => {
            format!("{} cannot be compared with {}", value_words(one), value_words(other))
        }
        ExecutionError::FunctionError { function, message } => format!("{function}: {message}"),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "it divides by zero".to_owned(),
        ExecutionError::Overflow(name, ..) => format!("the result of `{}` does not fit into 64 bits", symbol(name)),
        ExecutionError::IndexOutOfBounds(index) => format!("there is no item {}", short(index)),
        ExecutionError::UnsupportedIndex(index, of) => {
            format!("{} cannot be looked up in {}", short(index), value_words(of))
        }
        ExecutionError::UnsupportedKeyType(key) => format!("{} cannot be a key", value_words(key)),
        ExecutionError::DuplicateKey(key) => format!("the key {} is given twice", short(key)),
        ExecutionError::UnexpectedType { got, want } => {
            format!("{} stands where {} is needed", type_words(got), type_words(want))
        }
        ExecutionError::NotSupportedAsMethod { method, target } => {
            format!("`{method}` does not take {}", value_words(target))
        }
        other => other.to_string(),
    }
}

fn operator(symbol: &str, one: &str, other: &str) -> String {
    let detail = format!("`{symbol}` does not take {one} and {other}");
    let words = [one, other];
    match symbol {
        "." => format!("{one} has no fields"),
        "+" if words.contains(&"a string") && !words.contains(&"null") => {
            format!("{detail}; make text of the other with string(…)")
        }
        _ if words.contains(&"a whole number") && words.contains(&"a number with a point") => {
            format!("{detail}; convert one with double(…) or int(…)")
        }
        _ => detail,
    }
}

fn symbol(name: &str) -> &str {
    match name {
        "add" => "+",
        "sub" => "-",
        "mul" => "*",
        "div" => "/",
        "rem" => "%",
        other => other,
    }
}

fn type_words(name: &str) -> &str {
    match name {
        "int" => "a whole number",
        "double" => "a number with a point",
        "uint" => "an unsigned number",
        "string" => "a string",
        "bool" => "true or false",
        "list" => "a list",
        "map" => "a map",
        "null_type" | "null" => "null",
        other => other,
    }
}

fn value_words(value: &cel::Value) -> &'static str {
    match into_value(value.clone()) {
        Ok(Value::Null) => "null",
        Ok(value) => match value.kind() {
            Kind::Bool => "true or false",
            Kind::Integer => "a whole number",
            Kind::Float => "a number with a point",
            Kind::String => "a string",
            Kind::List => "a list",
            Kind::Map => "a map",
            Kind::Any => "a value",
        },
        Err(_) => "a value of another kind",
    }
}

/// A value that is small enough to be told.
fn short(value: &cel::Value) -> String {
    match into_value(value.clone()) {
        Ok(value @ (Value::Bool(_) | Value::Integer(_) | Value::Float(_))) => value.to_string(),
        Ok(Value::String(text)) if text.len() <= 40 => format!("`{text}`"),
        _ => value_words(value).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Evaluator, Expression, Missing};

    #[test]
    fn failures_are_told_plainly() {
        let table = [
            ("1 / 0", "it divides by zero"),
            ("1 % 0", "it divides by zero"),
            ("9223372036854775807 + 1", "the result of `+` does not fit into 64 bits"),
            ("[1][3]", "there is no item 3"),
            ("[1]['a']", "a string cannot be looked up in a list"),
            ("{'a': 1}.b", "there is no `b`"),
            ("'a' + 1", "`+` does not take a string and a whole number; make text of the other with string(…)"),
            (
                "1 + 1.0",
                "`+` does not take a whole number and a number with a point; convert one with double(…) or int(…)",
            ),
            ("null + 'a'", "`+` does not take null and a string"),
            ("{'a': 1, 'a': 2}", "the key `a` is given twice"),
            ("[1].map(x, x.y)", "a whole number has no fields"),
            ("size(1)", "`size` does not take a whole number"),
            ("lower(1)", "lower: expected a string, found 1"),
        ];
        for (source, expected) in table {
            let expression = Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error:?}"));
            let failure = Evaluator::default().evaluate(&expression, &|_| Err(Missing::at(0))).unwrap_err();
            assert_eq!(failure.message, expected, "{source}");
        }
    }
}
